//! The numbers: an indicator dictionary, figures of any period as of any moment, and the sentence that is published.
//! Its only table keeps the reports of past days; its queries may read any.
pub mod answers;
pub mod command;
pub mod day;
pub mod export;
pub mod figures;
pub mod indicator;
pub mod kept;
pub mod measure;
pub mod pages;
pub mod pages_rows;
pub mod pages_week;
pub mod query;
pub mod rank;
pub mod rows;
pub mod telling;
pub mod week;

use crate::{
    calendar::{start_of_day, start_of_next_day},
    db::Conn,
    directory,
    error::{Error, Result},
    time::Time,
};
use chrono::{Datelike, Days, NaiveDate, Weekday};

crate::text_enum! {
    pub enum By {
        City = "city", "全市";
        Area = "area", "区县";
        Group = "group", "工作组";
        Unit = "unit", "责任单位";
        Category = "category", "问题类别";
    }
}

/// What a report is asked: which cohort, as of when, by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    pub by: By,
    /// Problems registered and visits made from this day …
    pub from: NaiveDate,
    /// … up to and with this day …
    pub to: NaiveDate,
    /// … in their state just before this moment.
    pub before: Time,
}

impl Question {
    /// As of the end of a day, Shanghai.
    pub fn at_end_of(by: By, from: NaiveDate, to: NaiveDate, as_of: NaiveDate) -> Self {
        Self { by, from, to, before: start_of_next_day(as_of) }
    }
    /// As of now, this moment included.
    pub fn now(by: By, from: NaiveDate, to: NaiveDate, now: Time) -> Self {
        Self { by, from, to, before: Time(now.0 + 1) }
    }
    pub fn from_at(&self) -> Time {
        start_of_day(self.from)
    }
    pub fn to_at(&self) -> Time {
        start_of_next_day(self.to)
    }
    /// 2026年3月1日至3月31日, where it is not the whole campaign up to the moment.
    pub fn period(&self, campaign_start: NaiveDate) -> Option<String> {
        let day = |on: NaiveDate| format!("{}年{}月{}日", on.year(), on.month(), on.day());
        let is_whole = self.from <= campaign_start && self.to >= self.as_of();
        (!is_whole).then(|| format!("{}至{}", day(self.from), day(self.to)))
    }
    /// The week after that of the moment is over.
    pub fn end_of_next_week(&self) -> Time {
        start_of_day(self.as_of().week(Weekday::Mon).first_day() + Days::new(14))
    }
    /// The day that the moment belongs to.
    pub fn as_of(&self) -> NaiveDate {
        crate::calendar::shanghai_date(Time(self.before.0 - 1))
    }
}

pub(crate) fn wrong_period(from: NaiveDate, to: NaiveDate) -> Error {
    Error::refused(format!("期间不对：{from} 在 {to} 之后"))
}

/// The campaign's first day, as the office set it.
pub fn campaign_start(conn: &mut Conn) -> Result<NaiveDate> {
    Ok(directory::current(conn)?.rules.reporting().started_on)
}
