//! The demonstration city: everything `zhuqi demo` needs to make believable records out of a seed.
pub mod assigned;
pub mod build;
pub mod city;
pub mod clock;
pub mod companies;
pub mod fate;
pub mod life;
pub mod names;
pub mod plan;
pub mod serve;
pub mod shown;
pub mod texts;
pub mod units;

use crate::{db::Conn, directory, error::Result, key, time::Time};
use diesel::QueryResult;

/// Settings that mark a database as a demo: its last day and its scale, written before anything else, and its sign-in
/// names, written last of all: a city without them is unfinished.
pub const UNTIL: &str = "demo_until";
pub const SCALE: &str = "demo_scale";
pub const ACCOUNTS: &str = "demo_accounts";

/// Of every demo account; argon2 is asked once for all of them.
pub const PASSWORD: &str = "Zhuqi-demo-1";

/// When a row of a log is written: by the machine's clock, but where a demo's clock stands ahead of it, a millisecond
/// after the newest row there. The days before that are sealed, and keys must rise though the clock does not.
pub fn written_at(conn: &mut Conn, newest: impl FnOnce(&mut Conn) -> QueryResult<Option<i64>>) -> Result<Time> {
    let now = Time::system();
    let until = directory::setting(conn, UNTIL)?.and_then(|text| text.parse().ok());
    let Some(stands) = until.map(build::last_moment).filter(|stands| *stands > now) else { return Ok(now) };
    let next = newest(conn)?.map(|id| Time(key::moment(id).0 + 1_000));
    Ok(next.map_or(stands, |next| next.max(stands)))
}
