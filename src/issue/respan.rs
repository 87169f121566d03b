//! The stretches of all issues made anew from their events, once after an upgrade by which figures count more than was
//! written down before.
use super::{
    apply::Context,
    event::grow,
    history::{Past, pasts},
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
    let pasts = pasts(conn, after, BLOCK)?;
    let Some(last) = pasts.last().map(|past| past.issue.id) else { return Ok(None) };
    let (mut spans, mut made) = (Vec::new(), Vec::with_capacity(pasts.len()));
    for Past { issue, detail, events } in &pasts {
        let mut own = Vec::new();
        let replayed = replay(issue, detail, events, context, |event, dossier| {
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
