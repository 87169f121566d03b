//! Sends what is due. A row is marked after the server took it: when the process ends between the two it is sent again,
//! with the same key.
use super::{channel::Channels, query};
use crate::{config::Config, db::Db, error::Result, step_link, time::Time, web::session};

/// Rows of one pass; the rest waits for the next.
const MOST: i64 = 200;

/// Returns how many were taken.
pub fn pass(db: &Db, config: &Config, now: Time) -> Result<usize> {
    let channels = Channels::of(config)?;
    let configured = channels.configured();
    if configured.is_empty() {
        return Ok(0);
    }
    let mut sent = 0;
    for delivery in db.read_blocking(|conn| query::due(conn, &configured, now, MOST))? {
        let origin = config.address();
        let message_id = delivery.message_id;
        // A link of its own for each try: the key itself is stored nowhere.
        let link = db.write_blocking(move |conn| {
            let (user_id, issue, contacted_at) = query::concerns(conn, message_id)?;
            let is_official = session::viewer(conn, user_id)?.is_none_or(|viewer| viewer.is_official());
            let path = match step_link::step(&issue, contacted_at, is_official) {
                Some(action) => step_link::query::make(conn, user_id, &issue, action, Time::system())?,
                None => format!("/issues/{}", issue.number),
            };
            Ok(format!("{origin}{path}"))
        })?;
        let outcome = channels.send(&delivery, &link);
        sent += usize::from(outcome.is_ok());
        if let Err(why) = &outcome {
            tracing::warn!(delivery = delivery.id, why, "a message could not be delivered");
        }
        db.write_blocking(move |conn| query::tried(conn, &delivery, outcome.as_ref().err().map(String::as_str), now))?;
    }
    Ok(sent)
}
