//! SQL of the rules' versions: they are added, never changed.
use super::{Deadlines, Kind, Reporting, Rules};
use crate::{
    access::Viewer,
    audit::AuditActor,
    calendar::{Calendar, Years},
    db::Conn,
    directory,
    error::{Error, Result},
    key,
    record::{self, NewRecordEvent},
    schema::{issue_events, rule_versions},
    time::Time,
};
use diesel::prelude::*;
use std::sync::Arc;

/// Events of one millisecond are not so many.
const NEWEST: i64 = 100;

/// One saved version, for the history of changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_versions)]
pub struct Version {
    pub id: i64,
    pub kind: Kind,
    /// JSON of `calendar::Years`, of `Deadlines` or of `Reporting`.
    pub content: String,
    pub reason: String,
    pub actor_id: Option<i64>,
    pub actor: String,
    pub saved_at: Time,
}

pub fn versions(conn: &mut Conn, kind: Kind) -> Result<Vec<Version>> {
    Ok(rule_versions::table
        .filter(rule_versions::kind.eq(kind))
        .order((rule_versions::saved_at, rule_versions::id))
        .select(Version::as_select())
        .load(conn)?)
}

pub fn load(conn: &mut Conn) -> Result<Arc<Rules>> {
    let (mut calendars, mut deadlines) = (Vec::new(), Vec::new());
    for version in versions(conn, Kind::Calendar)? {
        let years: Years = serde_json::from_str(&version.content)?;
        let calendar = Calendar::of(years).ok_or_else(|| Error::internal("a saved calendar leaves out a year"))?;
        calendars.push((version.saved_at, Arc::new(calendar)));
    }
    for version in versions(conn, Kind::Deadlines)? {
        let saved: Deadlines = serde_json::from_str(&version.content)?;
        deadlines.push((version.saved_at, Arc::new(saved)));
    }
    let reporting = versions(conn, Kind::Reporting)?.pop().map(|version| serde_json::from_str(&version.content));
    Ok(Arc::new(Rules::of(calendars, deadlines, reporting.transpose()?.unwrap_or_default())))
}

fn insert(
    conn: &mut Conn,
    by: Option<&Viewer>,
    kind: Kind,
    content: String,
    reason: &str,
    saved_at: Time,
) -> Result<()> {
    let actor = by.map_or("系统".to_owned(), |viewer| format!("{} {}", viewer.home, viewer.name).trim().to_owned());
    let version = Version {
        id: key::fresh(Time::system()),
        kind,
        content,
        reason: reason.to_owned(),
        actor_id: by.map(|viewer| viewer.id),
        actor,
        saved_at,
    };
    diesel::insert_into(rule_versions::table).values(&version).execute(conn)?;
    let actor = by.map_or_else(AuditActor::system, |viewer| AuditActor::of(viewer, ""));
    let line = NewRecordEvent::by(&actor, "rule_versions", version.id, "保存", reason);
    record::append_all(conn, &[line])?;
    directory::changed(conn)
}

pub fn save_calendar(conn: &mut Conn, by: &Viewer, calendar: &Calendar, reason: &str, at: Time) -> Result<()> {
    insert(conn, Some(by), Kind::Calendar, serde_json::to_string(calendar.years())?, reason, at)
}

pub fn save_deadlines(conn: &mut Conn, by: &Viewer, deadlines: &Deadlines, reason: &str, at: Time) -> Result<()> {
    insert(conn, Some(by), Kind::Deadlines, serde_json::to_string(deadlines)?, reason, at)
}

/// `by`: None for the program itself.
pub fn save_reporting(
    conn: &mut Conn,
    by: Option<&Viewer>,
    reporting: &Reporting,
    reason: &str,
    at: Time,
) -> Result<()> {
    insert(conn, by, Kind::Reporting, serde_json::to_string(reporting)?, reason, at)
}

/// A moment for a new version: behind every step, even of an instance whose clock is ahead, and of a clock that stands.
pub fn moment(conn: &mut Conn, now: Time) -> Result<Time> {
    use issue_events as e;
    // Keys sort by the moment, to the millisecond.
    let newest: Vec<Time> = e::table.order(e::id.desc()).limit(NEWEST).select(e::happened_at).load(conn)?;
    let since = directory::current(conn)?.rules.since();
    let last = newest.into_iter().max().unwrap_or(Time(i64::MIN)).max(since);
    Ok(now.max(Time(last.0.saturating_add(1))))
}

/// Puts what the program brings along into a database that has no rules yet.
pub fn seed(conn: &mut Conn) -> Result<()> {
    if rule_versions::table.count().get_result::<i64>(conn)? == 0 {
        let official = serde_json::to_string(Calendar::official().years())?;
        let usual = serde_json::to_string(&Deadlines::default())?;
        // From the beginning of time: the first version counts for everything before the next.
        insert(conn, None, Kind::Calendar, official, "随程序安装", Time(0))?;
        insert(conn, None, Kind::Deadlines, usual, "随程序安装", Time(0))?;
    }
    // A demo city of an earlier version kept its first day as a setting.
    if let Some(started_on) = directory::setting(conn, "campaign_started_on")?.and_then(|text| text.parse().ok())
        && versions(conn, Kind::Reporting)?.is_empty()
    {
        let reporting = Reporting { started_on, ..Reporting::default() };
        save_reporting(conn, None, &reporting, "沿用原来的设置", Time(0))?;
    }
    Ok(())
}
