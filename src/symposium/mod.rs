//! Symposiums (座谈会): several companies, several problems entered in one go.
pub mod pages;
pub mod query;

use crate::{schema::symposiums, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

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
