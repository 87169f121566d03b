//! The server's own minutes: which work is done, by the instance that holds its lease.
use super::lease::{Lease, SECONDS};
use crate::{error::Result, instruction, outbox, report, seal, spot_check, time::Time, web::App};
use actix_web::{rt::time::sleep, web::block};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);

/// Three pieces of work, each by the instance that holds its lease: neither a mail server that hangs nor the counting of
/// a large city holds up a limit.
pub async fn run(app: App) {
    tokio::join!(
        every_minute(&app, Lease::new("limits"), everything),
        every_minute(&app, Lease::new("outbox"), |app| outbox::send::pass(&app.db, &app.config, Time::system())),
        every_minute(&app, Lease::new("reports"), |app| report::day::count_last(&app.db, app.now())),
    );
}

async fn every_minute(app: &App, lease: Lease, work: fn(&App) -> Result<usize>) {
    loop {
        if taken(app, &lease).await {
            held(app, &lease, work).await;
        }
        sleep(EVERY).await;
    }
}

async fn taken(app: &App, lease: &Lease) -> bool {
    let (db, lease) = (app.db.clone(), lease.clone());
    match block(move || lease.take(&db, Time::system())).await {
        Ok(Ok(taken)) => taken,
        Ok(Err(error)) => {
            tracing::error!(%error, "a lease cannot be asked for");
            false
        }
        Err(_) => false,
    }
}

/// One pass; the lease is renewed as long as it takes.
async fn held(app: &App, lease: &Lease, work: fn(&App) -> Result<usize>) {
    let worked = app.clone();
    let mut pass = std::pin::pin!(block(move || work(&worked)));
    loop {
        tokio::select! {
            done = &mut pass => {
                match done {
                    Ok(Ok(0)) | Err(_) => {}
                    Ok(Ok(done)) => tracing::info!(work = lease.name, done, "done by the rules"),
                    Ok(Err(error)) => tracing::error!(work = lease.name, %error, "a pass failed and is tried again"),
                }
                return;
            }
            () = sleep(Duration::from_secs(SECONDS as u64 / 3)) => {
                taken(app, lease).await;
            }
        }
    }
}

fn everything(app: &App) -> Result<usize> {
    let now = app.now();
    let steps =
        super::pass(&app.db, now)? + super::ladder::climb(&app.db, now)? + instruction::remind::pass(&app.db, now)?;
    seal::close_days(&app.db, &app.config.seal_key(), now)?;
    spot_check::draw::draw_months(&app.db, now)?;
    Ok(steps)
}
