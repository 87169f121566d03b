//! The figures, counted in the database by grouped queries over `issue_spans` and the records. The same text runs on
//! both engines.
use super::{
    By, Question,
    figures::{Beside, Figures},
    indicator::FLOWS,
    measure::{self, Record},
};
use crate::{access::Scope, db::Conn, directory, error::Result, issue::workflow::Resolution};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Date, Nullable},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A report: the rows by id of area, group, unit or top category (0: none, or the city), and their sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub rows: HashMap<i64, Figures>,
    /// Not the sum of the rows where a company or a person is in several.
    pub total: Figures,
    pub beside: Beside,
}

#[derive(QueryableByName)]
struct IssueCounts {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = BigInt)]
    collected: i64,
    #[diesel(sql_type = BigInt)]
    resolved: i64,
    #[diesel(sql_type = BigInt)]
    closed: i64,
    #[diesel(sql_type = BigInt)]
    overdue: i64,
    #[diesel(sql_type = BigInt)]
    replied: i64,
    #[diesel(sql_type = BigInt)]
    closed_unrated: i64,
    #[diesel(sql_type = BigInt)]
    answered: i64,
    #[diesel(sql_type = BigInt)]
    confirmed: i64,
    #[diesel(sql_type = BigInt)]
    rated: i64,
    #[diesel(sql_type = BigInt)]
    satisfied: i64,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = BigInt)]
    on_time: i64,
    #[diesel(sql_type = BigInt)]
    due_extended: i64,
    #[diesel(sql_type = BigInt)]
    on_time_extended: i64,
    #[diesel(sql_type = BigInt)]
    needing_contact: i64,
    #[diesel(sql_type = BigInt)]
    responded: i64,
}

/// Issues that took as many workdays.
#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = BigInt)]
    workdays: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct BesideCounts {
    #[diesel(sql_type = BigInt)]
    submitted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = BigInt)]
    merged: i64,
    #[diesel(sql_type = BigInt)]
    withdrawn: i64,
    #[diesel(sql_type = BigInt)]
    invalid: i64,
    #[diesel(sql_type = BigInt)]
    history: i64,
}

/// Resolution types that count as resolved, as the office set them.
pub fn resolved_types(conn: &mut Conn) -> Result<Vec<Resolution>> {
    Ok(directory::current(conn)?.rules.reporting().resolved.clone())
}

const ZERO: &str = "CAST(0 AS BIGINT)";

/// What to select and to group by. Where there is no column it is the number of the selected one: PostgreSQL refuses to
/// group by a constant. The sum hides the column's index, by which SQLite would look up every stretch to spare sorting.
fn grouped(column: Option<&'static str>) -> (String, String) {
    match column {
        None => (ZERO.into(), "1".into()),
        Some(column) => (format!("{column} + 0"), format!("{column} + 0")),
    }
}

fn sum(condition: &str) -> String {
    format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
}

fn issues(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Vec<IssueCounts>> {
    let (column, group) = grouped(measure::issue_column(question.by));
    let resolved = resolved_types(conn)?;
    let sum_of = |word: &str| sum(&measure::of_issues(word, question, &resolved).unwrap_or_default());
    let text = format!(
        "SELECT {column} AS id, COUNT(*) AS collected, {} AS resolved, {} AS closed, {} AS overdue, {} AS replied, \
         {} AS closed_unrated, {} AS answered, {} AS confirmed, {} AS rated, {} AS satisfied, {} AS due, \
         {} AS on_time, {} AS due_extended, {} AS on_time_extended, {} AS needing_contact, {} AS responded \
         {} GROUP BY {group}",
        sum_of("resolved"),
        sum_of("closed"),
        sum_of("overdue_open"),
        sum_of("replied"),
        sum_of("closed_unrated"),
        sum_of("answered"),
        sum_of("confirmed"),
        sum_of("rated"),
        sum_of("satisfied"),
        sum_of("due"),
        sum_of("on_time"),
        sum_of("due_extended"),
        sum_of("on_time_extended"),
        sum_of("needing_contact"),
        sum_of("responded"),
        measure::cohort(scope, question),
    );
    Ok(sql_query(text).load(conn)?)
}

/// How many issues count for a figure, by what the report is by.
fn counted(conn: &mut Conn, scope: Scope, question: &Question, word: &str) -> Result<Vec<Counted>> {
    let (column, group) = grouped(measure::issue_column(question.by));
    let cohort = measure::cohort(scope, question);
    let counts = measure::of_issues(word, question, &[]).unwrap_or_default();
    let text = format!("SELECT {column} AS id, COUNT(*) AS number {cohort} AND {counts} GROUP BY {group}");
    Ok(sql_query(text).load(conn)?)
}

/// Puts it into the rows and their sum; `of` says which row a value of the column counts for.
fn costly(
    conn: &mut Conn,
    scope: Scope,
    question: &Question,
    of: &impl Fn(Option<i64>) -> i64,
    rows: &mut HashMap<i64, Figures>,
    total: &mut Figures,
) -> Result<()> {
    let whole = total.costly.get_or_insert_default();
    for counted in counted(conn, scope, question, "recurred")? {
        let row = rows.entry(of(counted.id)).or_default();
        row.costly.get_or_insert_default().recurred += counted.number;
        whole.recurred += counted.number;
    }
    let mut by_row: HashMap<i64, BTreeMap<i64, i64>> = HashMap::new();
    let mut all = BTreeMap::new();
    for taken in taken(conn, scope, question)? {
        *by_row.entry(of(taken.id)).or_default().entry(taken.workdays).or_default() += taken.number;
        *all.entry(taken.workdays).or_default() += taken.number;
    }
    whole.take(&all);
    for (id, taken) in by_row {
        rows.entry(id).or_default().costly.get_or_insert_default().take(&taken);
    }
    Ok(())
}

/// How many issues took how many workdays: few rows, of which mean and median are made.
fn taken(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Vec<Taken>> {
    let (column, group) = grouped(measure::issue_column(question.by));
    let cohort = measure::cohort(scope, question);
    let timed = measure::of_issues("timed", question, &[]).unwrap_or_default();
    let text =
        format!("SELECT {column} AS id, workdays, COUNT(*) AS number {cohort} AND {timed} GROUP BY {group}, workdays");
    Ok(sql_query(text).load(conn)?)
}

fn beside(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Beside> {
    let sum_of = |word: &str| sum(&measure::beside(word).unwrap_or_default());
    let text = format!(
        "SELECT {} AS submitted, {} AS rejected, {} AS merged, {} AS withdrawn, {} AS invalid, {} AS history {} \
         AND (history OR status IN ('submitted','rejected','merged','withdrawn') OR resolution = 'invalid')",
        sum_of("submitted"),
        sum_of("rejected"),
        sum_of("merged"),
        sum_of("withdrawn"),
        sum_of("invalid"),
        sum_of("history"),
        measure::submitted(scope, question)
    );
    let counts: BesideCounts = sql_query(text).get_result(conn)?;
    Ok(Beside {
        submitted: counts.submitted,
        rejected: counts.rejected,
        merged: counts.merged,
        withdrawn: counts.withdrawn,
        invalid: counts.invalid,
        history: counts.history,
    })
}

fn records(conn: &mut Conn, scope: Scope, question: &Question, record: Record) -> Result<Vec<Counted>> {
    let source = record.source(scope, question);
    let text = match record.column(question.by) {
        Some(column) => format!("SELECT {column} AS id, {} AS number {source} GROUP BY {column}", record.count()),
        // The index by which the same ones stand together spares sorting them.
        None => {
            let counted = if record.is_distinct() { format!("{source} GROUP BY {}", record.key()) } else { source };
            format!("SELECT {ZERO} AS id, COUNT(*) AS number FROM (SELECT {} {counted}) counted", record.key())
        }
    };
    let (first, second) = record.days(question);
    Ok(sql_query(text).bind::<Date, _>(first).bind::<Date, _>(second).load(conn)?)
}

fn flows(conn: &mut Conn, scope: Scope, question: &Question, word: &str) -> Result<Vec<Counted>> {
    let (column, group) = grouped(measure::issue_column(question.by));
    let text = format!(
        "SELECT {column} AS id, COUNT(*) AS number FROM issue_spans WHERE {} AND {} GROUP BY {group}",
        measure::flow(word, question).unwrap_or_default(),
        measure::within(scope),
    );
    Ok(sql_query(text).load(conn)?)
}

/// All figures of a question within a scope.
pub fn report(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Report> {
    made(conn, scope, question, true)
}

/// The same without what is costly.
pub fn brief(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Report> {
    made(conn, scope, question, false)
}

fn made(conn: &mut Conn, scope: Scope, question: &Question, all: bool) -> Result<Report> {
    let directory = directory::current(conn)?;
    // A category counts with those below it.
    let of = |id: Option<i64>| match question.by {
        By::Category => directory.top_category_id(id.unwrap_or(0)),
        _ => id.unwrap_or(0),
    };
    let mut rows: HashMap<i64, Figures> = HashMap::new();
    of_issues(conn, scope, question, &of, &mut rows)?;
    // An issue stands in one row, a company in several.
    let mut total = Figures::default();
    rows.values().for_each(|row| total += *row);
    if all {
        costly(conn, scope, question, &of, &mut rows, &mut total)?;
    }
    let whole = Question { by: By::City, ..*question };
    for record in Record::ALL {
        match record {
            // What is left.
            Record::Uncovered => continue,
            Record::Covered if !all => continue,
            _ => {}
        }
        let mut sum = None;
        if !matches!(question.by, By::Unit | By::Category) {
            let mut counted_in_all = 0;
            for counted in records(conn, scope, question, *record)? {
                *rows.entry(counted.id.unwrap_or(0)).or_default().record(*record) = counted.number;
                counted_in_all += counted.number;
            }
            sum = Some(counted_in_all).filter(|_| !record.is_distinct() || question.by == By::City);
        }
        *total.record(*record) = match sum {
            Some(sum) => sum,
            None => records(conn, scope, &whole, *record)?.iter().map(|counted| counted.number).sum(),
        };
    }
    if question.by == By::City {
        rows.insert(0, total);
    }
    if all {
        // Nothing found is 0 and not unknown.
        for row in rows.values_mut() {
            row.costly.get_or_insert_default();
        }
    }
    Ok(Report { rows, total, beside: beside(conn, scope, question)? })
}

fn of_issues(
    conn: &mut Conn,
    scope: Scope,
    question: &Question,
    of: &impl Fn(Option<i64>) -> i64,
    rows: &mut HashMap<i64, Figures>,
) -> Result<()> {
    for counts in issues(conn, scope, question)? {
        let id = of(counts.id);
        *rows.entry(id).or_default() += Figures {
            collected: counts.collected,
            resolved: counts.resolved,
            closed: counts.closed,
            overdue: counts.overdue,
            replied: counts.replied,
            closed_unrated: counts.closed_unrated,
            answered: counts.answered,
            confirmed: counts.confirmed,
            rated: counts.rated,
            satisfied: counts.satisfied,
            due: counts.due,
            on_time: counts.on_time,
            due_extended: counts.due_extended,
            on_time_extended: counts.on_time_extended,
            needing_contact: counts.needing_contact,
            responded: counts.responded,
            ..Figures::default()
        };
    }
    for word in FLOWS {
        for counted in flows(conn, scope, question, word)? {
            if let Some(figure) = rows.entry(of(counted.id)).or_default().flow(word) {
                *figure += counted.number;
            }
        }
    }
    Ok(())
}
