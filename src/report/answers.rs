//! What the units answered, what the companies confirmed and what was closed without a rating: three figures that are
//! never added up, shown beside everybody's work.
use super::{By, Question, campaign_start, day};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    error::Result,
    time::Time,
};
use chrono::NaiveDate;

/// Since the campaign's start, at the end of the day before: that report is stored, so a first screen never waits for
/// the counting of a city.
pub struct Answers {
    pub replied: i64,
    pub confirmed: i64,
    pub closed_unrated: i64,
    pub as_of: NaiveDate,
    /// Address of the rows behind a figure, without its word.
    pub behind: String,
}

impl Answers {
    /// Of the viewer's own group, unit, area or city; None: sees no reports, or the day has not been counted yet.
    pub fn of(conn: &mut Conn, viewer: &Viewer, now: Time) -> Result<Option<Self>> {
        let (by, row) = match viewer.scope(Permission::SeeReports).map(|scope| scope.reach()) {
            Some(Reach::Everything) => (By::City, 0),
            Some(Reach::Area(id)) => (By::Area, id),
            Some(Reach::Group(id)) => (By::Group, id),
            Some(Reach::LeadUnit(id)) => (By::Unit, id),
            _ => return Ok(None),
        };
        let (from, today) = (campaign_start(conn)?, shanghai_date(now));
        let as_of = today.pred_opt().unwrap_or(today);
        let question = Question::at_end_of(by, from, as_of, as_of);
        let Some(report) = day::stored(conn, Scope::system(), &question)? else { return Ok(None) };
        let figures = report.rows.get(&row).copied().unwrap_or_default();
        Ok(Some(Self {
            replied: figures.replied,
            confirmed: figures.confirmed,
            closed_unrated: figures.closed_unrated,
            as_of,
            behind: format!("/reports/rows?by={}&from={from}&to={as_of}&as_of={as_of}&row={row}&measure=", by.as_str()),
        }))
    }
}
