//! Working groups (工作组): the noun is `directory::Group`, as nearly every page names one; here is its upkeep.
pub mod pages;
pub mod pages_edit;
pub mod query;

use crate::directory::Group;
use chrono::NaiveDate;

/// Why no group begins in the past.
pub const PAST_DAY: &str = "启用日期不能早于今天：过去的统计不能因为今天的改动变样";

impl Group {
    /// The first day has passed, so figures of past days count the group where it is.
    pub fn is_settled(&self, today: NaiveDate) -> bool {
        self.valid_from < today
    }
}
