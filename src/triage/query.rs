//! What past dispatches tell.
use crate::{
    db::Conn,
    directory::Directory,
    error::Result,
    issue::{Issue, event::Event, step::Step, workflow::Action},
    schema::{issue_events as e, issues},
};
use diesel::prelude::*;

/// Problems of an area that are looked back at.
const RECENT: i64 = 1000;

/// (category, lead unit) of the newest dispatched problems of an area.
pub fn dispatched(conn: &mut Conn, area_id: i64) -> Result<Vec<(i64, i64)>> {
    Ok(issues::table
        .filter(issues::area_id.eq(area_id))
        .filter(issues::category_id.is_not_null())
        .filter(issues::lead_unit_id.is_not_null())
        .order(issues::id.desc())
        .limit(RECENT)
        .select((issues::category_id.assume_not_null(), issues::lead_unit_id.assume_not_null()))
        .load(conn)?)
}

/// A return that the office agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Who had it.
    pub unit_id: i64,
    pub reason: String,
    /// The unit's own words for who should have it.
    pub suggested_unit: String,
}

/// Those of one problem, the oldest first.
pub fn returned(conn: &mut Conn, issue_id: i64) -> Result<Vec<Returned>> {
    let actions = vec![Action::Dispatch, Action::Transfer, Action::RequestReturn, Action::UpholdReturn];
    let events: Vec<Event> = e::table
        .filter(e::issue_id.eq(issue_id))
        .filter(e::action.eq_any(actions))
        .order(e::seq)
        .select(Event::as_select())
        .load(conn)?;
    let (mut lead, mut asked, mut returned) = (None, None, Vec::new());
    for event in events {
        match event.step()? {
            Step::Dispatch { lead_unit_id, .. } | Step::Transfer { lead_unit_id, .. } => lead = Some(lead_unit_id),
            Step::RequestReturn { reason, suggested_unit, .. } => asked = Some((reason, suggested_unit)),
            _ => {
                if let (Some(unit_id), Some((reason, suggested_unit))) = (lead.take(), asked.take()) {
                    returned.push(Returned { unit_id, reason, suggested_unit });
                }
            }
        }
    }
    Ok(returned)
}

/// The lead unit that the file of an import names in the issue's first event, as long as the issue has none: one that is
/// there and has not returned it.
pub fn named_unit(issue: &Issue, first: &Event, directory: &Directory, returned: &[Returned]) -> Result<Option<i64>> {
    let Step::Import { facts, .. } = first.step()? else { return Ok(None) };
    let may =
        |id: &i64| directory.valid_units().any(|unit| unit.id == *id) && !returned.iter().any(|one| one.unit_id == *id);
    Ok(facts.lead_unit_id.filter(|_| issue.lead_unit_id.is_none()).filter(may))
}
