//! Once a minute, by the instance that holds the lease: what the rules do by themselves (automatic signing, time-outs of
//! supplements and of confirmations, the ladder of supervision) and forgetting what has expired. Every pass can run twice
//! or on several instances: each step checks the status and version of its issue in the transaction that changes it.
pub mod ladder;
pub mod lease;
pub mod run;

use crate::{
    db::{Conn, Db},
    error::{Error, Result},
    issue::{
        perform::{Authority, perform},
        step::Step,
        workflow::*,
    },
    once, rate_limit,
    schema::issues,
    step_link,
    time::Time,
    web::session,
};
use diesel::prelude::*;

/// Steps in one transaction at most.
const BATCH: i64 = 200;

/// What happens when the limit of a status runs out.
type Timeout = (Status, fn() -> Step);
const TIMEOUTS: &[Timeout] = &[
    (Status::Dispatched, || Step::AutoSign),
    (Status::WaitingEnterprise, || Step::SupplementTimeout),
    (Status::AwaitingRating, || Step::RatingTimeout),
];

fn overdue(conn: &mut Conn, status: Status, now: Time, after: i64) -> Result<Vec<(i64, String, i64, Time)>> {
    Ok(issues::table
        .filter(issues::status.eq(status))
        .filter(issues::step_due_at.lt(now))
        .filter(issues::id.gt(after))
        .order(issues::id)
        .limit(BATCH)
        .select((issues::id, issues::number, issues::version, issues::step_due_at))
        .load(conn)?)
}

/// One pass over limits that end by themselves; returns how many issues moved. The limit's own moment is when it
/// happened, not when the pass came by.
pub fn pass(db: &Db, now: Time) -> Result<usize> {
    let mut moved = 0;
    for (status, step) in TIMEOUTS {
        let mut after = 0;
        loop {
            let due = db.read_blocking(|conn| overdue(conn, *status, now, after))?;
            let Some((last, ..)) = due.last() else { break };
            after = *last;
            for (_, number, version, due_at) in due {
                let (shown, step) = (number.clone(), step());
                let done = db.write_blocking(move |conn| {
                    perform(conn, &Authority::system(), &number, Some(version), &step, due_at)
                });
                match done {
                    Ok(_) => moved += 1,
                    // Somebody acted meanwhile: nothing to do any more.
                    Err(Error::Conflict(_)) => {}
                    // One that cannot be moved holds up no other.
                    Err(error) => tracing::error!(issue = shown, %error, "a limit that ran out is tried again"),
                }
            }
        }
    }
    db.write_blocking(move |conn| {
        let system = Time::system();
        session::forget_old(conn, system)?;
        once::forget_old(conn, system)?;
        rate_limit::forget_old(conn, system)?;
        step_link::query::forget_old(conn, system)?;
        Ok(())
    })?;
    Ok(moved)
}
