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
        actix_web::rt::time::sleep(std::time::Duration::from_secs(60)).await;
    }
}

fn overdue(conn: &mut Conn, status: Status, now: Time) -> Result<Vec<(String, i64)>> {
    Ok(issues::table
        .filter(issues::status.eq(status))
        .filter(issues::step_due_at.lt(now))
        .order(issues::id)
        .limit(BATCH)
        .select((issues::number, issues::version))
        .load(conn)?)
}

/// One pass; returns how many issues moved. The limit's own moment is when it happened, not when the pass came by.
pub fn pass(db: &Db, now: Time) -> Result<usize> {
    let mut moved = 0;
    for (status, step) in TIMEOUTS {
        loop {
            let due = db.read_blocking(|conn| overdue(conn, *status, now))?;
            let mut progressed = false;
            for (number, version) in &due {
                let (number, version, step) = (number.clone(), *version, step());
                let done = db.write_blocking(move |conn| {
                    perform(conn, &Authority::system(), &number, Some(version), &step, now)
                });
                match done {
                    Ok(_) => {
                        moved += 1;
                        progressed = true;
                    }
                    // Somebody acted meanwhile: nothing to do any more.
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if !progressed {
                break;
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
