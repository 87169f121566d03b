//! What people are told (消息): one message for one event and person, never to who acted. `audience` says who, `words`
//! says what, `deliver` writes it with the event; what leaves the house goes through `outbox`. `drawn` tells of spot checks,
//! which are about no event.
pub mod audience;
pub mod deliver;
pub mod drawn;
pub mod pages;
pub mod pages_settings;
pub mod query;
pub mod words;

use crate::{calendar, issue::workflow::Action, schema::*, time::Time};
use chrono::Timelike;
use diesel::prelude::*;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct Message {
    pub id: i64,
    pub user_id: i64,
    pub issue_id: i64,
    pub event_id: i64,
    pub kind: Action,
    pub text: String,
    pub sent_at: Time,
    /// `NEVER` until it was read.
    pub read_at: Time,
}

impl Message {
    pub fn is_read(&self) -> bool {
        !self.read_at.is_never()
    }
    /// 2026-11-24 09:30, Shanghai.
    pub fn when(&self) -> String {
        calendar::shanghai(self.sent_at).format("%Y-%m-%d %H:%M").to_string()
    }
}

/// How a person wants to be told outside the application.
#[derive(Debug, Clone, Default, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = message_settings, primary_key(user_id), treat_none_as_default_value = false)]
pub struct Settings {
    pub user_id: i64,
    pub email: String,
    pub by_email: bool,
    pub by_phone: bool,
    /// Minutes of the day; equal ones mean no quiet hours.
    pub quiet_from: i64,
    pub quiet_until: i64,
}

pub const MINUTES_PER_DAY: i64 = 24 * 60;

impl Settings {
    /// When something of this moment may go out: at once, or when the quiet hours end. They may reach over midnight.
    pub fn not_before(&self, at: Time) -> Time {
        let local = calendar::shanghai(at);
        let minute = i64::from(local.hour() * 60 + local.minute());
        let length = (self.quiet_until - self.quiet_from).rem_euclid(MINUTES_PER_DAY);
        let into = (minute - self.quiet_from).rem_euclid(MINUTES_PER_DAY);
        if into >= length {
            return at;
        }
        at.plus_minutes(length - into).plus_seconds(-i64::from(local.second()))
    }
}
