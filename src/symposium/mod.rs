//! Symposiums (座谈会): several companies, several problems entered in one go.
mod lines;
pub mod pages;
pub mod pages_edit;
pub mod pages_new;
pub mod query;

use crate::{schema::symposiums, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

/// Lines for a company and its problem on the form that records one.
pub const LINES: usize = 10;
/// Lines that are read, so that a symposium of many companies can be corrected.
pub const MOST_LINES: usize = 60;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = symposiums)]
pub struct Symposium {
    pub id: i64,
    pub topic: String,
    pub group_id: Option<i64>,
    pub area_id: i64,
    pub host_id: i64,
    pub held_on: NaiveDate,
    pub place: String,
    pub note: String,
    pub recorded_at: Time,
    pub voided_at: Time,
    pub void_reason: String,
    pub version: i64,
}

impl Symposium {
    pub fn is_void(&self) -> bool {
        !self.voided_at.is_never()
    }
}
