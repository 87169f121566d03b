//! The whole city's report at the end of a day: counted once when the day is over and stored, so that a past day costs
//! one row however much the city holds.
use super::{
    By, Question, campaign_start,
    query::{self, Report},
};
use crate::{
    access::{Reach, Scope},
    calendar::shanghai_date,
    db::{Conn, Db},
    directory,
    error::Result,
    key, record,
    schema::{day_reports as d, imports, issue_events},
    time::Time,
};
use chrono::NaiveDate;
use diesel::{
    dsl::{count_star, max},
    prelude::*,
};
use sha2::{Digest, Sha256};

/// What can change figures of a past day though no event of that day is added: imports, what was changed at large, and
/// the directory: groups and areas, what the city's figures begin with and count as resolved. Visits and symposiums say
/// when they were written down; an event of that day takes the report away (`record::past_changed`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeless {
    imports: Vec<(i64, String, Time)>,
    at_large: Option<String>,
    directory: Option<String>,
}

impl Timeless {
    pub(super) fn read(conn: &mut Conn) -> Result<Self> {
        Ok(Self {
            imports: imports::table
                .order(imports::id.desc())
                .limit(5)
                .select((imports::id, imports::state, imports::ended_at))
                .load(conn)?,
            at_large: directory::setting(conn, record::CHANGED_AT_LARGE)?,
            directory: directory::setting(conn, directory::VERSION)?,
        })
    }
}

/// What a stored report was made by, this version's dictionary included.
fn basis(conn: &mut Conn, from: NaiveDate) -> Result<String> {
    let timeless = Timeless::read(conn)?;
    let all = format!("{from} {timeless:?} {} {:?}", env!("CARGO_PKG_VERSION"), super::indicator::INDICATORS);
    Ok(hex::encode(Sha256::digest(all)))
}

/// The report if it is one that is stored: of everything, from the campaign's first day on, at the end of a day.
pub fn stored(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Option<Report>> {
    let day = question.as_of();
    let is_whole = scope.reach() == Reach::Everything
        && *question == Question::at_end_of(question.by, campaign_start(conn)?, question.to.max(day), day);
    if !is_whole {
        return Ok(None);
    }
    let basis = basis(conn, question.from)?;
    let row = d::table.find((day, question.by.as_str())).filter(d::basis.eq(basis));
    let text: Option<String> = row.select(d::report).first(conn).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Stores what is not stored yet of the day before this moment's. Returns how many reports were counted.
pub fn count_last(db: &Db, now: Time) -> Result<usize> {
    let Some(day) = shanghai_date(now).pred_opt() else { return Ok(0) };
    let mut counted = 0;
    for by in By::ALL {
        let made = db.snapshot_blocking(|conn| {
            let question = Question::at_end_of(*by, campaign_start(conn)?, day, day);
            let basis = basis(conn, question.from)?;
            let row = d::table.find((day, by.as_str())).filter(d::basis.eq(&basis));
            if question.from > day || row.select(count_star()).first::<i64>(conn)? > 0 {
                return Ok(None);
            }
            let report = query::report(conn, Scope::system(), &question)?;
            Ok(Some((question, basis, written_late(conn, &question)?, serde_json::to_string(&report)?)))
        })?;
        let Some((question, was, late, report)) = made else { continue };
        counted += db.write_blocking(move |conn| {
            // Something of that day was written while it was counted: next time.
            if (basis(conn, question.from)?, written_late(conn, &question)?) != (was.clone(), late) {
                return Ok(0);
            }
            let key = (day, question.by.as_str());
            diesel::delete(d::table.find(key)).execute(conn)?;
            Ok(diesel::insert_into(d::table)
                .values((d::day.eq(day), d::what_by.eq(key.1), d::basis.eq(&was), d::report.eq(&report)))
                .execute(conn)?)
        })?;
    }
    Ok(counted)
}

/// Events written in the last hour, longer than any counting takes, that belong before the question's moment: how many, and the newest.
fn written_late(conn: &mut Conn, question: &Question) -> Result<(i64, Option<i64>)> {
    let recent = key::first_at(Time::system().plus_minutes(-60));
    Ok(issue_events::table
        .filter(issue_events::id.ge(recent))
        .filter(issue_events::happened_at.lt(question.before))
        .select((count_star(), max(issue_events::id)))
        .first(conn)?)
}
