//! How fast the rules are over many open issues: a changed calendar previewed and applied, the pass of each minute with
//! and without something to do.
//!
//! `cargo bench --bench limits -- --open 10000`. SQLite in a temporary directory; `DATABASE_URL` names another database,
//! which must be empty.
use chrono::NaiveDate;
use diesel::prelude::*;
use std::time::Instant;
use zhuqi::{
    access::{Permission, Scope},
    background::{ladder, pass},
    calendar::{Calendar, shanghai_date, start_of_day},
    db,
    directory::{self, Unit},
    error::{Error, Result},
    issue::{
        apply::Actor,
        perform::{Authority, perform},
        recalculate::plan,
        step::Step,
        submit::{NewIssue, submit},
        workflow::*,
    },
    rules::draft,
    schema::{areas, categories, units},
    start,
    time::Time,
};

const UNIT: i64 = 1;
/// Issues recorded in one transaction.
const BLOCK: usize = 500;

fn by(permission: Permission) -> Authority {
    let unit_id = (permission == Permission::Handle).then_some(UNIT);
    let actor = Actor { id: None, name: "某人".into(), by: permission, unit_id };
    Authority { see: Scope::system(), act: Scope::system(), actor }
}

/// Recorded, registered, dispatched and signed.
fn signed(conn: &mut db::Conn, area_id: i64, category_id: i64, number: usize, at: Time) -> Result<()> {
    let new = NewIssue {
        enterprise_id: None,
        enterprise_name: format!("郑州第{number}纺织有限公司"),
        area_id,
        group_id: None,
        collector_id: None,
        channel: Channel::Visit,
        title: format!("停汽第{number}天"),
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
    let issue = submit(conn, &by(Permission::RecordIssue).actor, new, at)?;
    let register = Step::Register {
        category_id,
        complexity: Complexity::C,
        level: Level::County,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
        group_id: None,
    };
    let dispatch = Step::Dispatch {
        lead_unit_id: UNIT,
        co_unit_ids: Vec::new(),
        template: "13710".into(),
        requirement: "请上门核实".into(),
        responsible_leader: String::new(),
    };
    for (permission, step) in [
        (Permission::Triage, register),
        (Permission::Triage, dispatch),
        (Permission::Handle, Step::Sign),
        (Permission::Handle, Step::Contact { person: "何女士".into(), note: "约好上门".into() }),
    ] {
        perform(conn, &by(permission), &issue.number, None, &step, at)?;
    }
    Ok(())
}

fn build(db: &db::Db, open: usize, at: Time) -> Result<()> {
    start::prepare(db)?;
    let (area_id, category_id) = db.write_blocking(move |conn| {
        let area_id = areas::table.filter(areas::parent_id.is_not_null()).select(areas::id).first(conn)?;
        let top: i64 = categories::table.order(categories::id).select(categories::id).first(conn)?;
        let unit = Unit {
            id: UNIT,
            name: "某局".into(),
            area_id,
            valid_from: shanghai_date(at),
            valid_until: None,
            version: 1,
        };
        diesel::insert_into(units::table).values(&unit).execute(conn)?;
        directory::changed(conn)?;
        Ok((area_id, top))
    })?;
    for first in (0..open).step_by(BLOCK) {
        db.write_blocking(move |conn| {
            (first..(first + BLOCK).min(open)).try_for_each(|number| signed(conn, area_id, category_id, number, at))
        })?;
    }
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>, told: impl Fn(&T) -> String) -> Result<T> {
    let started = Instant::now();
    let result = work()?;
    println!("| {what} | {:.0} | {} |", started.elapsed().as_secs_f64() * 1000.0, told(&result));
    Ok(result)
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let open = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => 10_000,
        (Some("--open"), Some(count)) => count.parse().map_err(|_| Error::refused("--open N"))?,
        _ => return Err(Error::refused("known: --open N")),
    };
    let directory = tempfile::tempdir()?;
    let url = std::env::var("DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite:{}", directory.path().join("limits.db").display()));
    let db = db::Db::open(&url)?;
    let calendar = Calendar::official();
    let on: NaiveDate = "2026-03-02".parse().map_err(Error::internal)?;
    let at = start_of_day(on).plus_minutes(600);
    let later = |workdays| start_of_day(calendar.add_workdays(on, workdays).on).plus_minutes(600);
    build(&db, open, at)?;

    println!("{open} open issues on {}:\n\n| what | ms | moved |\n|---|---:|---:|", db.url().shown());
    // The next Wednesday becomes a day off.
    let mut years = calendar.years().clone();
    draft::toggle(&mut years, on + chrono::Days::new(2), "演练");
    let changed = || Calendar::of(years.clone()).ok_or_else(|| Error::internal("a calendar without years"));
    let now = at.plus_minutes(5);
    let tried = |conn: &mut db::Conn| {
        let rules = directory::current(conn)?.rules.clone();
        plan(conn, &rules, changed()?, now)
    };
    timed("preview a changed calendar", || db.snapshot_blocking(tried), |plan| plan.moved.len().to_string())?;
    let apply = |conn: &mut db::Conn| {
        let plan = tried(conn)?;
        plan.apply(conn, "演练", now)?;
        Ok(plan.moved.len())
    };
    timed("plan and apply it", || db.write_long(apply), ToString::to_string)?;
    let minute = |moment: Time| Ok(pass(&db, moment)? + ladder::climb(&db, moment)?);
    timed("a pass when nothing is due", || minute(now), ToString::to_string)?;
    timed("a pass when all are reminded", || minute(later(7)), ToString::to_string)?;
    timed("the pass after it", || minute(later(7).plus_minutes(1)), ToString::to_string)?;
    timed("a pass when all are raised", || minute(later(15)), ToString::to_string)?;
    timed("the pass after it", || minute(later(15).plus_minutes(1)), ToString::to_string)?;
    Ok(())
}
