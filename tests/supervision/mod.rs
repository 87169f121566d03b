//! What happens by itself: the ladder of supervision, who is told, and what leaves the house.
mod again;
mod inbox;
mod kill;
mod ladder;
mod link;
mod outbox;

use crate::support::city::*;
use zhuqi::{
    access::{Permission, Scope},
    background,
    calendar::{Calendar, shanghai_date, start_of_day},
    db::{Conn, Db},
    error::Result,
    issue::{
        Issue,
        apply::Actor,
        perform::{Authority, perform},
        step::Step,
        submit::{NewIssue, submit},
        workflow::*,
    },
    time::Time,
};

/// Ten in the morning.
pub fn morning(on: &str) -> Time {
    start_of_day(day(on)).plus_minutes(600)
}

/// Ten in the morning of the Nth workday after a moment.
pub fn workdays_later(at: Time, n: u32) -> Time {
    start_of_day(Calendar::official().add_workdays(shanghai_date(at), n).on).plus_minutes(600)
}

pub fn by(account: &str, permission: Permission, unit_id: Option<i64>) -> Authority {
    let actor = Actor { id: Some(id_of(account)), name: account.into(), by: permission, unit_id };
    Authority { see: Scope::system(), act: Scope::system(), actor }
}

/// Recorded by cadre1 for the mill in Erqi.
pub fn recorded(conn: &mut Conn, title: &str, at: Time) -> Result<Issue> {
    let new = NewIssue {
        enterprise_id: Some(MILL),
        enterprise_name: "郑州砺衡纺织有限公司".into(),
        area_id: ERQI,
        group_id: Some(GROUP_ONE),
        collector_id: Some(id_of("cadre1")),
        channel: Channel::Visit,
        title: title.into(),
        description: "停汽三天".into(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: "何女士".into(),
        contact_phone: "13800005678".into(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: None,
    };
    submit(conn, &by("cadre1", Permission::RecordIssue, None).actor, new, at)
}

pub fn step(conn: &mut Conn, issue: &Issue, authority: &Authority, step: Step, at: Time) -> Result<Issue> {
    perform(conn, authority, &issue.number, None, &step, at)
}

/// A simple problem of the county, looked at for duplicates.
pub fn register(category_id: i64) -> Step {
    Step::Register {
        category_id,
        complexity: Complexity::C,
        level: Level::County,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
        group_id: None,
    }
}

/// Dispatched by Erqi's office to the housing unit.
pub fn dispatched(conn: &mut Conn, title: &str, at: Time) -> Result<Issue> {
    let issue = recorded(conn, title, at)?;
    let office = by("erqi", Permission::Triage, None);
    step(conn, &issue, &office, register(CATEGORY_UTILITIES), at)?;
    let dispatch = Step::Dispatch {
        lead_unit_id: HOUSING,
        co_unit_ids: vec![FINANCE],
        template: "13710".into(),
        requirement: "请上门核实".into(),
        responsible_leader: String::new(),
    };
    step(conn, &issue, &office, dispatch, at)
}

/// In the hands of the housing unit.
pub fn signed(conn: &mut Conn, title: &str, at: Time) -> Result<Issue> {
    let issue = dispatched(conn, title, at)?;
    step(conn, &issue, &by("housing", Permission::Handle, Some(HOUSING)), Step::Sign, at)
}

/// Everything that the server does by itself in one minute.
pub fn pass(db: &Db, now: Time) -> usize {
    background::pass(db, now).expect("limits") + background::ladder::climb(db, now).expect("the ladder")
}
