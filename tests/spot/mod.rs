//! Spot checks: the draw that anybody can make again, and the call-back that may reopen what was closed.
mod call_back;
mod draw;

use crate::{
    supervision::{by, recorded, register, step},
    support::city::*,
};
use chrono::{Datelike, NaiveDate};
use zhuqi::{
    access::Permission,
    calendar::{Clock, start_of_day},
    db::{Conn, Db},
    error::Result,
    issue::{Issue, step::*, workflow::*},
    seal,
    spot_check::draw::draw_months,
    time::Time,
    web::App,
};

/// The first day of the month after next: whatever is written now was written before it.
pub fn month() -> NaiveDate {
    let mut on = zhuqi::calendar::shanghai_date(Time::system()).with_day(1).expect("a first day");
    for _ in 0..2 {
        on = on.checked_add_months(chrono::Months::new(1)).expect("a month later");
    }
    on
}

pub fn word() -> String {
    month().format("%Y-%m").to_string()
}

/// Ten in the morning of a day of the month.
pub fn morning(day: u32) -> Time {
    start_of_day(month().with_day(day).expect("a day")).plus_minutes(600)
}

/// Noon and a minute of the second day after the month's end.
pub fn after_the_month() -> Time {
    let next = month().checked_add_months(chrono::Months::new(1)).expect("the next month");
    start_of_day(next).plus_minutes(36 * 60 + 1)
}

/// A text like no other's.
fn own_words(title: &str) -> String {
    let mut seed: u32 = title.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4E00 + (seed >> 8) % 8000).expect("a character")
    };
    (0..40).map(|_| next()).collect()
}

/// How an issue comes to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Answered,
    Unrated,
    /// Answered, by a reply like all of its kind.
    Alike,
    /// Answered, and replied to within minutes of the dispatch.
    Fast,
}

/// Recorded, dispatched to the housing unit and replied to.
pub fn replied(conn: &mut Conn, title: &str, text: &str, at: Time, minutes: i64) -> Result<Issue> {
    let issue = recorded(conn, title, at)?;
    let office = by("erqi", Permission::Triage, None);
    step(conn, &issue, &office, register(CATEGORY_UTILITIES), at)?;
    let dispatch = Step::Dispatch {
        lead_unit_id: HOUSING,
        co_unit_ids: vec![],
        template: "13710".into(),
        requirement: String::new(),
        responsible_leader: String::new(),
    };
    step(conn, &issue, &office, dispatch, at)?;
    let unit = by("housing", Permission::Handle, Some(HOUSING));
    step(conn, &issue, &unit, Step::Sign, at)?;
    step(conn, &issue, &unit, Step::Contact { person: "何女士".into(), note: "电话".into() }, at)?;
    let reply = Step::Reply {
        resolution: Resolution::Solved,
        text: text.into(),
        measures: String::new(),
        override_reason: String::new(),
    };
    step(conn, &issue, &unit, reply, at.plus_minutes(minutes))
}

pub fn closed(conn: &mut Conn, title: &str, end: End, at: Time) -> Result<Issue> {
    let text = match end {
        End::Alike => "您反映的问题我单位高度重视，已经协调有关部门研究解决，感谢您对我们工作的支持。".into(),
        _ => own_words(title),
    };
    let issue = replied(conn, title, &text, at, if end == End::Fast { 9 } else { 180 })?;
    let at = at.plus_minutes(200);
    let four = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
    let approve = Step::Approve { four, opinion: String::new(), invalid: false };
    step(conn, &issue, &by("city1", Permission::Review, None), approve, at)?;
    if end == End::Unrated {
        return step(conn, &issue, &zhuqi::issue::perform::Authority::system(), Step::RatingTimeout, at);
    }
    let answer = Step::Answer {
        solved: Answer::Solved,
        result: Rating::Satisfied,
        attitude: Rating::Satisfied,
        words: String::new(),
        called_back_by: String::new(),
        by_slip_of: String::new(),
        main: None,
        group_id: None,
    };
    step(conn, &issue, &by("mill", Permission::AnswerAsEnterprise, None), answer, at)
}

/// Seals every day that is over and draws every month that is due; how many months.
pub fn seal_and_draw(city: &City, now: Time) -> usize {
    let (db, file) = (city.app.db.clone(), city.app.config.seal_key());
    let work = move || {
        seal::close_days(&db, &file, now).expect("seals");
        draw_months(&db, now).expect("draws")
    };
    std::thread::spawn(work).join().expect("ends")
}

/// A city after the month, in which so many issues of each kind were closed; drawn.
pub fn drawn_city(kinds: &[(End, usize)]) -> City {
    let mut city = fresh();
    close(&city.app.db, kinds);
    city.app = App { clock: Clock { stopped_at: Some(after_the_month()) }, ..city.app.clone() };
    assert_eq!(seal_and_draw(&city, after_the_month()), 1);
    city
}

pub fn close(db: &Db, kinds: &[(End, usize)]) {
    let (db, kinds) = (db.clone(), kinds.to_vec());
    let work = move || {
        db.write_blocking(move |conn| {
            for (kind, (end, count)) in kinds.iter().enumerate() {
                for n in 0..*count {
                    let day = 2 + (n % 20) as u32;
                    closed(conn, &format!("第{kind}类第{n}件"), *end, morning(day).plus_minutes(n as i64))?;
                }
            }
            Ok(())
        })
        .expect("closes");
    };
    std::thread::spawn(work).join().expect("ends");
}
