//! All signs made anew from the events: for a city that is older than they are, and for the demo, whose past is put
//! into the database in blocks.
use super::{
    find::{Done, keep_print, replies, show},
    print::Print,
};
use crate::{
    db::Conn,
    directory,
    error::Result,
    issue::{
        Dossier,
        apply::Context,
        history::{Past, pasts},
        perform::city_area_id,
        replay::replay,
        step::Step,
        workflow::Action,
    },
    schema::*,
};
use diesel::prelude::*;

const BATCH: i64 = 500;

/// The caller's transaction.
pub fn rebuild(conn: &mut Conn) -> Result<()> {
    diesel::delete(signs::table).execute(conn)?;
    diesel::delete(reply_bands::table).execute(conn)?;
    prints(conn)?;
    let rules = directory::current(conn)?.rules.clone();
    let context = Context::new(city_area_id(conn)?, &rules);
    let mut after = i64::MIN;
    loop {
        let pasts = pasts(conn, after, BATCH)?;
        let Some(last) = pasts.last() else { return Ok(()) };
        after = last.issue.id;
        for past in pasts.iter().filter(|past| !past.issue.history) {
            retell(conn, past, context)?;
        }
    }
}

/// The fingerprints of all replies come first: an issue may be like one that was submitted later and answered earlier.
fn prints(conn: &mut Conn) -> Result<()> {
    use issue_events as e;
    let mut after = i64::MIN;
    loop {
        let next = e::table.filter(e::id.gt(after)).filter(e::action.eq(Action::Reply));
        let last: Vec<i64> = next.order(e::id).limit(BATCH).select(e::id).load(conn)?;
        let Some(last) = last.last() else { return Ok(()) };
        let batch = e::table.filter(e::id.gt(after)).filter(e::id.le(last)).into_boxed();
        after = *last;
        for reply in replies(conn, batch)? {
            if let Some(print) = Print::of(&reply.text, &reply.enterprise_name) {
                keep_print(conn, &print, reply.event_id, reply.issue_id)?;
            }
        }
    }
}

/// The steps of one issue that can show something, as they were done.
fn retell(conn: &mut Conn, past: &Past, context: Context) -> Result<()> {
    let mut before: Option<Dossier> = None;
    replay(&past.issue, &past.detail, &past.events, context, |event, dossier| {
        if let Some(before) = before.replace(dossier.clone()) {
            let step: Step = event.step()?;
            let at = event.happened_at;
            show(conn, Done { before: &before, after: dossier, event_id: event.id, step: &step, at })?;
        }
        Ok(())
    })?;
    Ok(())
}
