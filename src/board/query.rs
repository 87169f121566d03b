//! Counts and rows of the board. Whatever stands open with the city is little in a city of any size, so each question
//! begins with an index over the status or the request.
use super::Heap;
use crate::{
    access::Scope,
    db::Conn,
    error::Result,
    issue::{
        Issue,
        query::{Attachment, Filter, later, within},
        step::Step,
        workflow::*,
    },
    schema::*,
    time::Time,
};
use diesel::{dsl::exists, prelude::*};
use std::collections::HashMap;

fn matching(heap: Heap) -> Filter {
    match heap {
        Heap::Unanswered => {
            Box::new(issues::status.eq(Status::InProgress).and(issues::step_limit.eq(StepLimit::Contact)))
        }
        Heap::Supervised => {
            let city: Vec<Status> = Status::ALL.iter().copied().filter(|one| one.can_be_overdue()).collect();
            // A notice speaks of one limit; once that is met it is not in force any more.
            let in_force = supervisions::table
                .filter(supervisions::issue_id.eq(issues::id))
                .filter(supervisions::step_due_at.eq(issues::step_due_at))
                .filter(supervisions::stage.eq(Stage::Supervise));
            Box::new(issues::status.eq_any(city).and(exists(in_force)))
        }
        Heap::Raised => {
            let raised = supervisions::table
                .filter(supervisions::issue_id.eq(issues::id))
                .filter(supervisions::stage.eq(Stage::Raise));
            Box::new(issues::status.eq_any(Status::OPEN).and(exists(raised)))
        }
        Heap::Rulings => Box::new(issues::request.eq_any(vec![Request::Extension, Request::LongTerm])),
        Heap::Returns => Box::new(issues::status.eq(Status::ReturnRequested)),
    }
}

pub fn count(conn: &mut Conn, scope: Scope, heap: Heap) -> Result<i64> {
    Ok(issues::table.filter(within(scope)).filter(matching(heap)).count().get_result(conn)?)
}

/// Those whose limit ends first, first.
pub fn rows(conn: &mut Conn, scope: Scope, heap: Heap, after: Option<(Time, i64)>, most: i64) -> Result<Vec<Issue>> {
    let mut query = issues::table.filter(within(scope)).filter(matching(heap)).into_boxed();
    if let Some(after) = after {
        query = query.filter(later(after));
    }
    Ok(query.order((issues::step_due_at, issues::id)).limit(most).select(Issue::as_select()).load(conn)?)
}

/// What was asked for, with who asked and when.
#[derive(Debug, Clone)]
pub struct Asked {
    pub step: Step,
    pub actor: String,
    pub at: Time,
}

/// The newest request of each of these issues.
pub fn requests(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Asked>> {
    use issue_events as e;
    let rows: Vec<(i64, String, String, Time)> = e::table
        .filter(e::issue_id.eq_any(ids))
        .filter(e::action.eq_any(vec![Action::RequestExtension, Action::RequestLongTerm, Action::RequestReturn]))
        .order((e::issue_id, e::seq))
        .select((e::issue_id, e::data, e::actor, e::happened_at))
        .load(conn)?;
    let asked =
        rows.into_iter().map(|(id, data, actor, at)| Ok((id, Asked { step: serde_json::from_str(&data)?, actor, at })));
    asked.collect()
}

/// The files of these issues: what a request is proved with.
pub fn proofs(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Attachment>> {
    use attachments as a;
    Ok(a::table
        .filter(a::issue_id.eq_any(ids))
        .filter(a::voided_at.eq(Time::NEVER))
        .order(a::id)
        .select(Attachment::as_select())
        .load(conn)?)
}
