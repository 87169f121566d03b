//! Who is ranked, by what, and who is not and why.
use crate::support::{cast::*, city};
use zhuqi::{
    directory,
    report::{
        By, Question,
        figures::{Beside, Figures},
        query::Report,
        rank::{RankedRow, ranked},
    },
};

fn row(resolved: i64, collected: i64, due: i64) -> Figures {
    Figures { resolved, collected, closed: collected, due, ..Figures::default() }
}

fn ranks(by: By, rows: Vec<(i64, Figures)>) -> Vec<RankedRow> {
    let city = city::fresh();
    let day = city::day("2022-06-01");
    let question = Question::at_end_of(by, day, day, day);
    let report = Report { rows: rows.into_iter().collect(), total: Figures::default(), beside: Beside::default() };
    let directory = city.app.db.read_blocking(directory::current).expect("the directory");
    ranked(&report, &question, &directory, "resolution_rate", false)
}

#[test]
fn ties_share_a_rank_and_the_next_one_is_passed_over() {
    let rows = ranks(By::Area, vec![(CITY, row(9, 10, 10)), (ERQI, row(18, 20, 20)), (ZHENGDONG, row(1, 10, 8))]);
    let ranks: Vec<_> = rows.iter().map(|row| (row.id, row.rank)).collect();
    assert_eq!(ranks, [(ERQI, Some(1)), (CITY, Some(1)), (ZHENGDONG, Some(3))]);
}

#[test]
fn closed_on_the_spot_is_not_due_and_too_few_are_not_ranked() {
    // All of its problems are closed, but only four ever had a limit that passed or a reply.
    let rows = ranks(By::Unit, vec![(FINANCE, row(30, 30, 4)), (HOUSING, row(3, 6, 5)), (0, row(0, 9, 0))]);
    let told: Vec<_> = rows.iter().map(|row| (row.id, row.rank, row.unranked)).collect();
    assert_eq!(told[0], (HOUSING, Some(1), None));
    assert!(told.contains(&(FINANCE, None, Some("到期问题不足 5 件"))), "{told:?}");
    assert!(told.contains(&(0, None, Some("没有承办单位"))), "{told:?}");
    let without = rows.iter().find(|row| row.id == 0).expect("the row without a unit");
    assert_eq!(without.name, "未交办（含干部当场解决）");
}
