//! Signs of false closure (假办结线索): what about a closure looks as if the problem had not been solved. A sign accuses
//! nobody; it says where the office looks and how often a closure is drawn for a spot check.
//!
//! Each is found in the transaction of the step that shows it and names its event, so that a page only reads rows. What a
//! step shows does not hang on when it is asked: `rebuild` makes all of them anew, and `zhuqi verify` holds them against
//! the events.
pub mod find;
pub mod pages;
pub mod print;
pub mod query;
pub mod rebuild;

use crate::{schema::signs, time::Time};
use diesel::prelude::*;

crate::text_enum! {
    pub enum Sign {
        Recurrence = "recurrence", "销号后复发";
        Repeated = "repeated", "雷同答复";
        Rushed = "rushed", "红灯前后突击答复";
        Fast = "fast", "交办后很快答复";
        Uncontacted = "uncontacted", "没有联系记录";
        Withdrawn = "withdrawn", "交办后即撤回";
    }
}

/// Days after its closure within which the same company comes with the same sub-category again.
pub const RECURRENCE_DAYS: i64 = 90;
/// Minutes before or after a red light, or after a nudge for an overdue limit.
pub const RUSHED_MINUTES: i64 = 30;
/// Minutes from the dispatch to the reply.
pub const FAST_MINUTES: i64 = 60;
/// Hours from the dispatch to the withdrawal.
pub const WITHDRAWN_HOURS: i64 = 24;
/// Percent of their three-character pieces that two replies have in common.
pub const ALIKE_PERCENT: usize = 80;

impl Sign {
    /// When it appears, for the list's page.
    pub fn rule(self) -> String {
        match self {
            Self::Recurrence => {
                format!("同一企业在销号后 {RECURRENCE_DAYS} 天内又反映同一小类（没有分小类的，同一大类）的问题")
            }
            Self::Repeated => {
                format!("去掉企业名称、数字和标点后，与另一件问题的答复有 {ALIKE_PERCENT}% 以上的三字片段相同")
            }
            Self::Rushed => {
                format!(
                    "在本步时限亮红灯前后 {RUSHED_MINUTES} 分钟内，或因逾期被催办、督办、提级后 {RUSHED_MINUTES} 分钟内答复"
                )
            }
            Self::Fast => format!("交办后 {FAST_MINUTES} 分钟内答复"),
            Self::Uncontacted => "答复时还没有登记过联系企业".into(),
            Self::Withdrawn => format!("交办后 {WITHDRAWN_HOURS} 小时内企业撤回"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signs, treat_none_as_default_value = false)]
pub struct SignRow {
    pub id: i64,
    /// The issue whose closure, reply or withdrawal is in doubt.
    pub issue_id: i64,
    pub area_id: i64,
    /// The event that showed it; of another issue where a problem came back.
    pub event_id: i64,
    pub sign: Sign,
    /// The problem that came back, or that was answered alike.
    pub other_issue_id: Option<i64>,
    pub reason: String,
    pub found_at: Time,
}

/// Since when a sign counts as found lately.
pub fn recently(now: Time) -> Time {
    now.plus_minutes(-30 * 24 * 60)
}
