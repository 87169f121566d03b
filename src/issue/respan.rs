//! The stretches of all issues made anew from their events, once after an upgrade by which figures count more than was
//! written down before.
use super::{
    Issue, IssueDetail,
    apply::Context,
    event::{Event, grow},
    perform::city_area_id,
    replay::replay,
};
use crate::{
    db::{Conn, Db},
    directory,
    error::Result,
    insert_all,
    schema::*,
};
use diesel::prelude::*;
use std::collections::HashMap;

/// Set by a migration.
const OUTDATED: &str = "spans_outdated";
/// Issues whose events are in memory at once.
const BLOCK: i64 = 2_000;

/// Nothing to do unless a migration left the mark; all or nothing.
pub fn if_outdated(db: &Db) -> Result<()> {
    if db.read_blocking(|conn| directory::setting(conn, OUTDATED))?.is_none() {
        return Ok(());
    }
    db.write_long(|conn| {
        let mut after = i64::MIN;
        while let Some(last) = block(conn, after)? {
            after = last;
        }
        diesel::delete(settings::table.find(OUTDATED)).execute(conn)?;
        crate::record::changed_at_large(conn)
    })
}

/// The next issues; the key of the last one.
fn block(conn: &mut Conn, after: i64) -> Result<Option<i64>> {
    let rules = directory::current(conn)?.rules.clone();
    let context = Context::new(city_area_id(conn)?, &rules);
    let rows: Vec<(Issue, IssueDetail)> = issues::table
        .inner_join(issue_details::table)
        .filter(issues::id.gt(after))
        .order(issues::id)
        .limit(BLOCK)
        .select((Issue::as_select(), IssueDetail::as_select()))
        .load(conn)?;
    let Some(last) = rows.last().map(|(issue, _)| issue.id) else { return Ok(None) };
    let ids: Vec<i64> = rows.iter().map(|(issue, _)| issue.id).collect();
    let events: Vec<Event> = issue_events::table
        .filter(issue_events::issue_id.eq_any(&ids))
        .order((issue_events::issue_id, issue_events::seq))
        .select(Event::as_select())
        .load(conn)?;
    let mut events_of: HashMap<i64, Vec<Event>> = HashMap::with_capacity(ids.len());
    for event in events {
        events_of.entry(event.issue_id).or_default().push(event);
    }
    let (mut spans, mut made) = (Vec::new(), Vec::with_capacity(ids.len()));
    for (issue, detail) in &rows {
        let events = events_of.remove(&issue.id).unwrap_or_default();
        let mut own = Vec::new();
        let replayed = replay(issue, detail, &events, context, |event, dossier| {
            grow(&mut own, dossier, context.calendar(event.happened_at), event.happened_at);
            Ok(())
        });
        match replayed {
            Ok(_) => {
                made.push(issue.id);
                spans.extend(own);
            }
            // `zhuqi verify` names what is wrong with it; its stretches stay as they are.
            Err(cause) => tracing::warn!(issue = issue.number, %cause, "a history cannot be played again"),
        }
    }
    diesel::delete(issue_spans::table.filter(issue_spans::issue_id.eq_any(&made))).execute(conn)?;
    insert_all!(conn, issue_spans, 22, &spans[..]);
    Ok(Some(last))
}
