//! What leaves the house: e-mail, and SMS or a government messenger behind a signed webhook. Rows are made with their
//! message in one transaction and sent afterwards, at least once, always with the same key. Off unless configured.
pub mod channel;
pub mod pages;
pub mod query;
pub mod send;

use crate::{calendar, schema::deliveries, time::Time};
use diesel::prelude::*;

crate::text_enum! {
    pub enum Channel {
        Email = "email", "电子邮件";
        Phone = "phone", "短信或政务通讯";
    }
}

crate::text_enum! {
    pub enum State {
        Waiting = "waiting", "待发";
        Sent = "sent", "已发";
        Dead = "dead", "发不出去";
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct Delivery {
    pub id: i64,
    pub message_id: i64,
    pub channel: Channel,
    pub recipient: String,
    pub subject: String,
    pub text: String,
    /// The same at every try: what the receiver tells a repetition by.
    pub idempotency_key: String,
    pub state: State,
    pub tries: i64,
    pub next_try_at: Time,
    pub last_error: String,
    pub made_at: Time,
    pub ended_at: Time,
}

/// Minutes until the next try, after each one that failed; then it is given up.
pub const BACK_OFF: [i64; 5] = [1, 5, 30, 2 * 60, 12 * 60];

impl Delivery {
    pub fn when(&self) -> String {
        calendar::shanghai(self.made_at).format("%Y-%m-%d %H:%M").to_string()
    }
    /// Enough to find the person, not more.
    pub fn masked_recipient(&self) -> String {
        let shown: String = self.recipient.chars().take(3).collect();
        format!("{shown}…")
    }
}
