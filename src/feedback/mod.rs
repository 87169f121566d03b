//! Complaints and suggestions about the application itself (意见建议): a short form on every page, read by the office.
//! The rules for government applications (国办函〔2026〕12号) ask for it.
pub mod pages;
pub mod query;

use crate::{calendar, schema::feedback, time::Time};
use diesel::prelude::*;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = feedback)]
pub struct Feedback {
    pub id: i64,
    /// None: sent without signing in.
    pub user_id: Option<i64>,
    pub contact: String,
    /// Where it was written, as a path.
    pub page: String,
    pub text: String,
    pub sent_at: Time,
    /// `NEVER` until the office has read it.
    pub read_at: Time,
}

impl Feedback {
    pub fn is_read(&self) -> bool {
        !self.read_at.is_never()
    }
    /// 2026-11-24 09:30, Shanghai.
    pub fn when(&self) -> String {
        calendar::shanghai(self.sent_at).format("%Y-%m-%d %H:%M").to_string()
    }
}
