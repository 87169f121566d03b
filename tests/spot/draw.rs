//! The draw, made again here from the head and the rule as the page tells them, without any code of the product's.
use super::*;
use crate::support::server;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use zhuqi::schema::{audit_events, issues, seals, spot_checks as s, spot_draws};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Numbers drawn, in the order of their position, and with each its class.
fn stored(db: &Db) -> Vec<(String, String)> {
    let rows: Vec<(i64, String, zhuqi::spot_check::Class)> = db
        .read_blocking(|conn| {
            let rows = s::table.inner_join(issues::table).order(s::position);
            Ok(rows.select((s::position, issues::number, s::reason)).load(conn)?)
        })
        .expect("reads");
    let positions: Vec<i64> = rows.iter().map(|row| row.0).collect();
    assert_eq!(positions, (1..=rows.len() as i64).collect::<Vec<_>>());
    rows.into_iter().map(|(_, number, class)| (number, class.as_str().to_owned())).collect()
}

/// What the rule draws from a list of numbers and classes.
fn by_hand(head: &str, list: &[(String, String)]) -> Vec<(String, String)> {
    let shares = BTreeMap::from([("repeated", 30), ("fast", 20), ("unrated", 20), ("ordinary", 5)]);
    let mut ordered: Vec<(String, &(String, String))> =
        list.iter().map(|line| (hex(&Sha256::digest(format!("{head}{}", line.0))), line)).collect();
    ordered.sort();
    let mut chosen = BTreeSet::new();
    let area = |number: &str| number.split('-').nth(1).expect("a code").to_owned();
    let places: BTreeSet<(String, &str)> = list.iter().map(|(number, class)| (area(number), class.as_str())).collect();
    for (code, class) in places {
        let of_place = |line: &(String, String)| area(&line.0) == code && line.1 == class;
        let all: Vec<_> = ordered.iter().filter(|(_, line)| of_place(line)).collect();
        // The least whole number that is not below share × n.
        let wanted = (0..).find(|count| count * 100 >= all.len() * shares[class]).expect("a count");
        chosen.extend(all.into_iter().take(wanted).map(|(_, line)| (*line).clone()));
    }
    ordered.into_iter().map(|(_, line)| line.clone()).filter(|line| chosen.contains(line)).collect()
}

#[actix_web::test]
async fn anybody_can_make_the_draw_again() {
    let city = drawn_city(&[(End::Answered, 23), (End::Unrated, 6), (End::Alike, 8), (End::Fast, 3)]);
    let mut office = city.desk("city1").await;
    let page = office.open("/spot-checks").await;
    let head = page.texts("code.hash").first().cloned().expect("the head");
    let list = office.open(&format!("/spot-checks/list?month={}&file=1", word())).await.html();
    let list: Vec<(String, String)> = list
        .lines()
        .map(|line| line.split_once(' ').map(|(number, class)| (number.to_owned(), class.to_owned())).expect("a line"))
        .collect();
    assert_eq!(list.len(), 40);
    let shown = office.open(&format!("/spot-checks/list?month={}", word())).await;
    assert!(shown.says("ordinary其他") || shown.says("ordinary 其他"), "{}", shown.text());
    assert!(shown.texts("pre").concat().contains(&list[0].0));
    let of = |class: &str| list.iter().filter(|line| line.1 == class).count();
    // The first of those who answer alike is like nobody yet.
    assert_eq!([of("ordinary"), of("unrated"), of("repeated"), of("fast")], [24, 6, 7, 3]);
    let drawn = by_hand(&head, &list);
    assert_eq!(drawn, stored(&city.app.db));
    let count = |class: &str| drawn.iter().filter(|line| line.1 == class).count();
    assert_eq!([count("ordinary"), count("unrated"), count("repeated"), count("fast")], [2, 2, 3, 1]);
    // The head is that of the seal of the month's last day.
    let sealed: Vec<u8> = city
        .app
        .db
        .read(|conn| Ok(seals::table.find(zhuqi::spot_check::last_day(month())).select(seals::head).first(conn)?))
        .await
        .expect("the seal");
    assert_eq!(hex(&sealed), head);
    // The list's hash went into the audit log when it was drawn.
    let told: String = city
        .app
        .db
        .read(|conn| {
            let row = audit_events::table.filter(audit_events::action.eq("spot_draw"));
            Ok(row.select(audit_events::detail).first(conn)?)
        })
        .await
        .expect("the audit row");
    let kept: String =
        city.app.db.read(|conn| Ok(spot_draws::table.select(spot_draws::list).first(conn)?)).await.expect("the list");
    assert!(told.contains(&hex(&Sha256::digest(kept.as_bytes()))) && told.contains("销号 40 件，抽中 8 件"), "{told}");
}

#[test]
fn a_month_is_drawn_once_however_often_and_by_how_many() {
    let city = fresh();
    close(&city.app.db, &[(End::Answered, 12), (End::Unrated, 4)]);
    let end = start_of_day(zhuqi::spot_check::next_month(month()));
    assert_eq!(seal_and_draw(&city, end.plus_minutes(11 * 60)), 0, "the last day is not sealed yet");
    let file = city.app.config.seal_key();
    seal::close_days(&city.app.db, &file, after_the_month()).expect("seals");
    let draws: Vec<_> = (0..2)
        .map(|_| {
            let other = Db::open(city.app.config.database_url.as_deref().expect("a url")).expect("opens");
            std::thread::spawn(move || draw_months(&other, after_the_month()).expect("draws"))
        })
        .collect();
    let months: usize = draws.into_iter().map(|one| one.join().expect("ends")).sum();
    assert_eq!(months, 1, "one of the two instances");
    let told = || {
        let told = zhuqi::schema::draw_messages::table;
        city.app.db.read_blocking(|conn| Ok(told.count().get_result::<i64>(conn)?)).expect("counts")
    };
    assert_eq!(told(), 5, "four dispatchers and who calls, once each");
    let before = stored(&city.app.db);
    assert_eq!(before.len(), 2);
    assert_eq!(seal_and_draw(&city, after_the_month().plus_minutes(600)), 0);
    assert_eq!(stored(&city.app.db), before);
    assert_eq!(told(), 5);
}

#[test]
fn only_what_is_closed_at_the_months_end_and_was_closed_in_it_is_drawn_from() {
    let city = fresh();
    let db = &city.app.db;
    db.write_blocking(|conn| {
        let office = by("erqi", Permission::Review, None);
        let kept = closed(conn, "留下", End::Answered, morning(3))?;
        let reopened = closed(conn, "重开", End::Answered, morning(4))?;
        step(conn, &reopened, &office, Step::Reopen { reason: "没有解决".into() }, morning(5))?;
        closed(conn, "下月", End::Answered, start_of_day(zhuqi::spot_check::next_month(month())).plus_minutes(1))?;
        let called = closed(conn, "回访过", End::Unrated, morning(6))?;
        let call = Step::CallBack { note: "解决了".into(), solved: Some(Answer::Solved), result: None };
        step(conn, &called, &by("callback", Permission::CallBack, None), call, morning(7))?;
        let history = closed(conn, "历史", End::Answered, morning(8))?;
        diesel::update(issues::table.find(history.id)).set(issues::history.eq(true)).execute(conn)?;
        assert_eq!(kept.status, Status::Closed);
        Ok(())
    })
    .expect("closes");
    seal_and_draw(&city, after_the_month());
    let list: String =
        db.read_blocking(|conn| Ok(spot_draws::table.select(spot_draws::list).first(conn)?)).expect("the list");
    let titles: BTreeMap<String, String> = db
        .read_blocking(|conn| {
            let rows: Vec<(String, String)> = issues::table.select((issues::number, issues::title)).load(conn)?;
            Ok(rows.into_iter().collect())
        })
        .expect("titles");
    let listed: BTreeSet<(&str, &str)> = list
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(number, class)| (titles[number].as_str(), class))
        .collect();
    assert_eq!(listed, BTreeSet::from([("留下", "ordinary"), ("回访过", "ordinary")]));
}

#[test]
fn the_command_makes_the_draw_again_and_finds_what_was_changed() {
    let city = drawn_city(&[(End::Answered, 21), (End::Unrated, 5)]);
    let output = server::run(&city, &["spot-checks", &word()], "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("销号 26 件，抽中 3 件") && said.contains("重算与抽取时的结果一致"), "{said}");
    let hashes: Vec<&str> = said.lines().filter(|line| line.contains("\tZZ-")).collect();
    assert_eq!(hashes.len(), 26);
    assert_eq!(hashes.iter().filter(|line| line.contains("\t抽中 ")).count(), 3);
    // Somebody would rather have another issue called back.
    let moved = city.app.db.write_blocking(|conn| {
        let drawn: Vec<i64> = s::table.select(s::issue_id).load(conn)?;
        let other: i64 =
            issues::table.filter(issues::id.ne_all(drawn)).order(issues::id).select(issues::id).first(conn)?;
        Ok(diesel::update(s::table.filter(s::position.eq(1))).set(s::issue_id.eq(other)).execute(conn)?)
    });
    assert_eq!(moved.expect("changes"), 1);
    let output = server::run(&city, &["spot-checks", &word()], "");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("抽中的问题与按规则重算的不符"));
    for (month, why) in [("2031-01", "还没有封存"), ("2031-13", "月份请写成")] {
        let output = server::run(&city, &["spot-checks", month], "");
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(why), "{month}");
    }
}
