//! Once a minute: what the rules do by themselves (automatic signing, time-outs of supplements and of confirmations)
//! and forgetting what has expired. Every pass can run twice or on several instances: each step checks the status and
//! version of its issue in the transaction that changes it.
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
    seal,
    time::Time,
    web::{App, session},
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

pub async fn run(app: App) {
    loop {
        let (db, now) = (app.db.clone(), app.now());
        match actix_web::web::block(move || pass(&db, now)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(steps)) => tracing::info!(steps, "limits that ran out"),
            Ok(Err(error)) => tracing::error!(%error, "the pass over limits failed and is tried again"),
        }
        let (db, secret, now) = (app.db.clone(), app.config.seal_key(), app.now());
        if let Ok(Err(error)) = actix_web::web::block(move || seal::close_days(&db, &secret, now)).await {
            tracing::error!(%error, "a day could not be sealed and is tried again");
        }
        actix_web::rt::time::sleep(std::time::Duration::from_secs(60)).await;
    }
}

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

/// One pass; returns how many issues moved. The limit's own moment is when it happened, not when the pass came by.
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
        Ok(())
    })?;
    Ok(moved)
}
