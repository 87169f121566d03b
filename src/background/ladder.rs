//! The ladder of supervision: a reminder at the yellow light, a nudge on the workday after red, a notice (督办单) at
//! three workdays overdue, raising by one level at five. Each rung once for each limit; of rungs missed while the
//! server was down, the highest alone, but nothing is raised without a notice. What somebody did by hand stands for its
//! own rung. A co-handling unit is pressed for its own limit, up to the notice.
use super::BATCH;
use crate::{
    calendar::{Calendar, Light, end_of_day, shanghai_date},
    db::{Conn, Db},
    directory,
    error::{Error, Result},
    issue::{
        perform::{Authority, perform},
        step::Step,
        submit::next_notice,
        workflow::*,
    },
    schema::{issue_units as u, issues as i, supervisions as s},
    time::Time,
};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// Whole workdays overdue at which each rung is due, the highest first.
const RUNGS: [(i64, Stage); 3] = [(5, Stage::Raise), (3, Stage::Supervise), (1, Stage::Nudge)];

/// The highest rung that is due for a limit.
pub fn due(calendar: &Calendar, limit: Time, now: Time) -> Option<Stage> {
    match Light::of(calendar, limit, now) {
        Light::Overdue(days) => RUNGS.iter().find(|(at, _)| days >= *at).map(|(_, stage)| *stage),
        Light::Soon(_) => Some(Stage::Remind),
        Light::Normal(_) | Light::Still => None,
    }
}

/// A limit that may have to be pressed for: the one in hand of an issue, or that of one of its co-handling units.
struct Candidate {
    id: i64,
    number: String,
    version: i64,
    limit: StepLimit,
    due_at: Time,
    co_unit_id: Option<i64>,
}

impl Candidate {
    fn co(&self) -> Option<(i64, i64)> {
        self.co_unit_id.map(|unit_id| (unit_id, self.due_at.0))
    }
}

/// The next open issues of a status whose limit ends before `until`, the earliest first.
fn candidates(conn: &mut Conn, status: Status, until: Time, after: (Time, i64)) -> Result<Vec<Candidate>> {
    let rows: Vec<(i64, String, i64, StepLimit, Time)> = i::table
        .filter(i::status.eq(status))
        .filter(i::step_due_at.ge(after.0))
        .filter(i::step_due_at.le(until))
        .filter(i::step_due_at.gt(after.0).or(i::id.gt(after.1)))
        // What was imported as history is nobody's delay of today.
        .filter(i::history.eq(false))
        .order((i::step_due_at, i::id))
        .limit(BATCH)
        .select((i::id, i::number, i::version, i::step_limit, i::step_due_at))
        .load(conn)?;
    let made =
        |(id, number, version, limit, due_at)| Candidate { id, number, version, limit, due_at, co_unit_id: None };
    Ok(rows.into_iter().map(made).collect())
}

/// The co-handling units that have not answered, of issues in work, whose own limit ends before `until`.
fn late_co_units(conn: &mut Conn, until: Time) -> Result<Vec<Candidate>> {
    let rows: Vec<(i64, String, i64, Time, i64)> = i::table
        .inner_join(u::table.on(u::issue_id.eq(i::id)))
        .filter(i::status.eq_any(vec![Status::Dispatched, Status::InProgress]))
        .filter(i::history.eq(false))
        .filter(u::part.eq(Part::Co))
        .filter(u::active.eq(true))
        .filter(u::replied_at.eq(Time::NEVER))
        .filter(u::due_at.le(until))
        .order((u::due_at, u::id))
        .select((i::id, i::number, i::version, u::due_at, u::unit_id))
        .load(conn)?;
    let made = |(id, number, version, due_at, unit_id)| Candidate {
        id,
        number,
        version,
        limit: StepLimit::CoReply,
        due_at,
        co_unit_id: Some(unit_id),
    };
    Ok(rows.into_iter().map(made).collect())
}

/// What has to be done at a rung, given what was done. A notice says all that a nudge would; raising by hand says nothing
/// to the unit, so it stands for no other rung.
fn missing(stage: Stage, done: &HashSet<Stage>) -> Vec<Stage> {
    let wanted: &[Stage] = match stage {
        Stage::Nudge if done.contains(&Stage::Supervise) => &[],
        Stage::Raise => &[Stage::Supervise, Stage::Raise],
        Stage::Remind | Stage::Nudge | Stage::Supervise => &[stage],
    };
    wanted.iter().copied().filter(|one| !done.contains(one)).collect()
}

/// The rungs that were done, by issue and co-handling unit.
type Done = HashMap<(i64, Option<i64>), HashSet<Stage>>;

/// The rungs that were done for each of these limits. A nudge or a notice of somebody impatient, before the limit has
/// passed, replaces none; what is raised is raised.
fn done(conn: &mut Conn, candidates: &[Candidate]) -> Result<Done> {
    let limits: HashMap<_, Time> = candidates.iter().map(|one| ((one.id, one.co_unit_id), one.due_at)).collect();
    let ids: Vec<i64> = candidates.iter().map(|one| one.id).collect();
    let rows: Vec<(i64, StepLimit, Option<i64>, Time, Stage, Time)> = s::table
        .filter(s::issue_id.eq_any(&ids))
        .select((s::issue_id, s::step_limit, s::unit_id, s::step_due_at, s::stage, s::given_at))
        .load(conn)?;
    let mut done: HashMap<_, HashSet<Stage>> = HashMap::new();
    for (issue_id, step_limit, unit_id, limit, stage, given_at) in rows {
        let of = (issue_id, unit_id.filter(|_| step_limit == StepLimit::CoReply));
        let counts = matches!(stage, Stage::Remind | Stage::Raise) || given_at > limit;
        if limits.get(&of) == Some(&limit) && counts {
            done.entry(of).or_default().insert(stage);
        }
    }
    Ok(done)
}

/// The step of a rung; the notice's number is taken in the same transaction.
fn step(conn: &mut Conn, stage: Stage, one: &Candidate, left: i64, now: Time) -> Result<Step> {
    let overdue = (-left).max(0);
    let (what, co) = (one.limit.label(), one.co());
    Ok(match stage {
        Stage::Remind => Step::Remind { left: left.max(0), co },
        Stage::Nudge => Step::Nudge { overdue, text: format!("“{what}”时限已过，请抓紧办理"), co },
        Stage::Supervise => Step::Supervise {
            number: next_notice(conn, now)?,
            overdue,
            text: format!("“{what}”已逾期 {overdue} 个工作日，请说明原因，抓紧办理，并反馈结果。"),
            co,
        },
        Stage::Raise => Step::Raise {
            overdue,
            decided_by: "督办规则".into(),
            reason: format!("“{what}”已逾期 {overdue} 个工作日，提级督办，抄送市助企办和市领导"),
        },
    })
}

/// The rungs that are due of these limits; returns how many were done.
fn press(db: &Db, calendar: &Calendar, found: Vec<Candidate>, now: Time) -> Result<usize> {
    let done = db.read_blocking(|conn| done(conn, &found))?;
    let today = shanghai_date(now);
    let mut climbed = 0;
    for one in found {
        let Some(mut stage) = due(calendar, one.due_at, now) else { continue };
        if one.co_unit_id.is_some() {
            // What is raised is the issue, for its lead.
            stage = stage.min(Stage::Supervise);
        }
        let nothing = HashSet::new();
        let stages = missing(stage, done.get(&(one.id, one.co_unit_id)).unwrap_or(&nothing));
        if stages.is_empty() {
            continue;
        }
        let left = calendar.workdays_between(today, shanghai_date(one.due_at));
        let shown = one.number.clone();
        let result = db.write_blocking(move |conn| {
            let mut version = one.version;
            for stage in &stages {
                let step = step(conn, *stage, &one, left, now)?;
                version = perform(conn, &Authority::system(), &one.number, Some(version), &step, now)?.version;
            }
            Ok(())
        });
        match result {
            Ok(_) => climbed += 1,
            // Somebody acted meanwhile, or another instance was faster.
            Err(Error::Conflict(_)) => {}
            Err(error) => tracing::error!(issue = shown, %error, "a rung of supervision is tried again"),
        }
    }
    Ok(climbed)
}

/// Does what is due now; returns how many rungs were done.
pub fn climb(db: &Db, now: Time) -> Result<usize> {
    let rules = db.read_blocking(directory::current)?.rules.clone();
    let calendar = rules.calendar(now);
    // At most one workday left is yellow.
    let until = end_of_day(calendar.add_workdays(shanghai_date(now), 1).on);
    let mut climbed = 0;
    for status in city_statuses() {
        let mut after = (Time(i64::MIN), i64::MIN);
        loop {
            let found = db.read_blocking(|conn| candidates(conn, status, until, after))?;
            let Some(last) = found.last() else { break };
            after = (last.due_at, last.id);
            climbed += press(db, calendar, found, now)?;
        }
    }
    // After the leads: each step is asked for the version that the one before has left.
    let mut late = db.read_blocking(|conn| late_co_units(conn, until))?.into_iter().peekable();
    while late.peek().is_some() {
        climbed += press(db, calendar, late.by_ref().take(BATCH as usize).collect(), now)?;
    }
    Ok(climbed)
}

/// Statuses in which an office or a unit has to act.
fn city_statuses() -> impl Iterator<Item = Status> {
    Status::ALL.iter().copied().filter(|status| status.can_be_overdue())
}
