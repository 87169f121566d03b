//! What another calendar does to the limits of open issues: each history is played again by it, what differs is shown
//! before it is saved, and then written in bulk with one event for each issue that moves.
use super::{
    Dossier, Issue, IssueDetail, IssueUnit,
    apply::{Actor, Context},
    event::{Event, Span, of_issues},
    perform::city_area_id,
    replay::replay,
    step::Step,
    workflow::*,
};
use crate::{calendar::Calendar, db::Conn, directory, error::Result, insert_all, rules::Rules, schema::*, time::Time};
use diesel::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Issues whose events are in memory at once.
const BLOCK: i64 = 2_000;
/// Rows that one statement names at most.
const NAMED: usize = 5_000;

/// Limits of one issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub due_at: Time,
    pub original_due_at: Time,
    pub step_due_at: Time,
    /// (unit, its own limit) of the units that have it.
    pub units: Vec<(i64, Time)>,
}

impl Limits {
    pub fn of(dossier: &Dossier) -> Self {
        let mut units: Vec<(i64, Time)> = dossier.active_units().map(|unit| (unit.unit_id, unit.due_at)).collect();
        units.sort_unstable();
        Self {
            due_at: dossier.issue.due_at,
            original_due_at: dossier.detail.original_due_at,
            step_due_at: dossier.issue.step_due_at,
            units,
        }
    }
}

/// An open issue whose limits are others by the new calendar.
pub struct Moved {
    pub issue: Issue,
    detail: IssueDetail,
    pub before: Limits,
    pub after: Limits,
    /// (row, its limit) of the units whose limit moves.
    units: Vec<(i64, Time)>,
    last: (i64, Vec<u8>),
}

#[derive(Default)]
pub struct Plan {
    /// Open issues that were played again.
    pub open: usize,
    pub moved: Vec<Moved>,
    /// Numbers of issues whose history cannot be played again; their limits stay.
    pub left: Vec<String>,
}

struct Row {
    dossier: Dossier,
    events: Vec<Event>,
}

fn block(conn: &mut Conn, after: i64) -> Result<Vec<Row>> {
    let rows: Vec<(Issue, IssueDetail)> = issues::table
        .inner_join(issue_details::table)
        .filter(issues::status.eq_any(Status::OPEN))
        .filter(issues::id.gt(after))
        .order(issues::id)
        .limit(BLOCK)
        .select((Issue::as_select(), IssueDetail::as_select()))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(issue, _)| issue.id).collect();
    let units: Vec<IssueUnit> = issue_units::table
        .filter(issue_units::issue_id.eq_any(&ids))
        .order((issue_units::issue_id, issue_units::id))
        .select(IssueUnit::as_select())
        .load(conn)?;
    let mut events = of_issues(conn, &ids)?;
    let mut units_of: HashMap<i64, Vec<IssueUnit>> = HashMap::with_capacity(ids.len());
    for unit in units {
        units_of.entry(unit.issue_id).or_default().push(unit);
    }
    let whole = |(issue, detail): (Issue, IssueDetail)| Row {
        events: events.remove(&issue.id).unwrap_or_default(),
        dossier: Dossier { units: units_of.remove(&issue.id).unwrap_or_default(), ..Dossier::new(issue, detail) },
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// None: nothing moves.
fn compared(row: &Row, context: Context) -> Result<Option<Moved>> {
    let Row { dossier, events } = row;
    let again = replay(&dossier.issue, &dossier.detail, events, context, |_, _| Ok(()))?;
    let (before, after) = (Limits::of(dossier), Limits::of(&again));
    let Some(last) = events.last().filter(|_| before != after) else { return Ok(None) };
    let new_limit = |unit: &IssueUnit| {
        after
            .units
            .iter()
            .find(|(id, due_at)| *id == unit.unit_id && *due_at != unit.due_at)
            .map(|one| (unit.id, one.1))
    };
    Ok(Some(Moved {
        issue: dossier.issue.clone(),
        detail: dossier.detail.clone(),
        units: dossier.active_units().filter_map(new_limit).collect(),
        before,
        after,
        last: (last.seq, last.hash.clone()),
    }))
}

/// What would move if this calendar counted from `at` on.
pub fn plan(conn: &mut Conn, rules: &Rules, calendar: Calendar, at: Time) -> Result<Plan> {
    let rules = rules.with_calendar(calendar, at);
    let context = Context { by_calendar_of: Some(at), ..Context::new(city_area_id(conn)?, &rules) };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut plan = Plan::default();
    let mut after = 0;
    loop {
        let rows = block(conn, after)?;
        let Some(last) = rows.last() else { break };
        after = last.dossier.issue.id;
        plan.open += rows.len();
        let results: Vec<(&Row, Result<Option<Moved>>)> = std::thread::scope(|scope| {
            let parts: Vec<_> = rows
                .chunks(rows.len().div_ceil(threads))
                .map(|part| {
                    scope.spawn(move || part.iter().map(|row| (row, compared(row, context))).collect::<Vec<_>>())
                })
                .collect();
            // A panic in a part is a panic here.
            parts
                .into_iter()
                .flat_map(|part| part.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)))
                .collect()
        });
        for (row, result) in results {
            match result {
                Ok(moved) => plan.moved.extend(moved),
                Err(cause) => {
                    let number = row.dossier.issue.number.clone();
                    tracing::warn!(issue = number, %cause, "a history cannot be played again");
                    plan.left.push(number);
                }
            }
        }
    }
    Ok(plan)
}

impl Plan {
    /// The stretches that last, by issue.
    fn spans(&self, conn: &mut Conn) -> Result<HashMap<i64, Span>> {
        use issue_spans as s;
        let ids: Vec<i64> = self.moved.iter().map(|moved| moved.issue.id).collect();
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(NAMED) {
            let lasting = s::table.filter(s::until_at.eq(Time::NEVER)).filter(s::issue_id.eq_any(ids));
            let rows: Vec<Span> = lasting.select(Span::as_select()).load(conn)?;
            found.extend(rows.into_iter().map(|span| (span.issue_id, span)));
        }
        Ok(found)
    }

    /// Writes the new limits, each with its event. The caller's transaction, the same that saves the calendar.
    pub fn apply(&self, conn: &mut Conn, reason: &str, at: Time) -> Result<()> {
        let actor = Actor::system();
        // The one that was just saved.
        let rules = directory::current(conn)?.rules.clone();
        let mut lasting = self.spans(conn)?;
        let (mut events, mut ended, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        let mut issues_by: BTreeMap<(Time, Time), Vec<i64>> = BTreeMap::new();
        let mut details_by: BTreeMap<Time, Vec<i64>> = BTreeMap::new();
        let mut units_by: BTreeMap<Time, Vec<i64>> = BTreeMap::new();
        for Moved { issue, detail, before, after, units, last, .. } in &self.moved {
            let step = Step::Recalculate {
                reason: reason.to_owned(),
                due_at: after.due_at.0,
                original_due_at: after.original_due_at.0,
                step_due_at: after.step_due_at.0,
                units: after.units.iter().map(|(unit_id, due_at)| (*unit_id, due_at.0)).collect(),
                was: Some((before.due_at.0, before.step_due_at.0)),
            };
            let now = Issue {
                due_at: after.due_at,
                step_due_at: after.step_due_at,
                version: issue.version + 1,
                ..issue.clone()
            };
            events.push(Event::new(&now, Some(issue.status), last.clone(), &actor, &step, at, at.max(Time::system()))?);
            issues_by.entry((after.due_at, after.step_due_at)).or_default().push(issue.id);
            if before.original_due_at != after.original_due_at {
                details_by.entry(after.original_due_at).or_default().push(issue.id);
            }
            for (row, due_at) in units {
                units_by.entry(*due_at).or_default().push(*row);
            }
            let detail = IssueDetail { original_due_at: after.original_due_at, ..detail.clone() };
            let span = Span::of(&Dossier::new(now, detail), rules.calendar(at), at);
            if !lasting.remove(&issue.id).is_some_and(|lasting| lasting.counts_like(&span)) {
                ended.push(issue.id);
                spans.push(span);
            }
        }
        for ((due_at, step_due_at), ids) in issues_by {
            for ids in ids.chunks(NAMED) {
                diesel::update(issues::table.filter(issues::id.eq_any(ids)))
                    .set((
                        issues::due_at.eq(due_at),
                        issues::step_due_at.eq(step_due_at),
                        issues::version.eq(issues::version + 1),
                    ))
                    .execute(conn)?;
            }
        }
        for (due_at, ids) in details_by {
            for ids in ids.chunks(NAMED) {
                diesel::update(issue_details::table.filter(issue_details::issue_id.eq_any(ids)))
                    .set(issue_details::original_due_at.eq(due_at))
                    .execute(conn)?;
            }
        }
        for (due_at, ids) in units_by {
            for ids in ids.chunks(NAMED) {
                diesel::update(issue_units::table.filter(issue_units::id.eq_any(ids)))
                    .set(issue_units::due_at.eq(due_at))
                    .execute(conn)?;
            }
        }
        for ids in ended.chunks(NAMED) {
            use issue_spans as s;
            let current = s::table.filter(s::until_at.eq(Time::NEVER)).filter(s::issue_id.eq_any(ids));
            // Begun in this very moment: no moment falls into it.
            diesel::delete(current.clone().filter(s::from_at.ge(at))).execute(conn)?;
            diesel::update(current).set(s::until_at.eq(at)).execute(conn)?;
        }
        insert_all!(conn, issue_events, 13, &events[..]);
        insert_all!(conn, issue_spans, 22, &spans[..]);
        Ok(())
    }
}
