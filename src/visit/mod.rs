//! Visits (走访) to companies.
pub mod pages;
pub mod pages_edit;
pub mod pages_new;
pub mod query;

use crate::{schema::visits, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

/// How a visit was made; the first one is what a form proposes.
pub const MANNERS: [&str; 4] = ["上门走访", "电话联系", "视频连线", "企业来访"];

/// Characters of who came along and of what was said, at most.
pub const COMPANIONS_MOST: usize = 100;
pub const NOTE_MOST: usize = 1000;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = visits)]
pub struct Visit {
    pub id: i64,
    pub enterprise_id: i64,
    pub cadre_id: i64,
    pub group_id: Option<i64>,
    pub area_id: i64,
    pub visited_on: NaiveDate,
    /// One of `MANNERS`, or what an import said before it was held to them.
    pub manner: String,
    pub companions: String,
    pub note: String,
    pub recorded_at: Time,
    /// `NEVER` while it counts.
    pub voided_at: Time,
    pub void_reason: String,
    pub version: i64,
}

impl Visit {
    pub fn is_void(&self) -> bool {
        !self.voided_at.is_never()
    }
}
