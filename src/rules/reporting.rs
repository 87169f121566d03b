//! What figures begin with, and what they count as resolved.
use crate::issue::workflow::Resolution;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporting {
    /// The campaign's first day.
    pub started_on: NaiveDate,
    /// 办结类别 that count as 已解决; at least one.
    pub resolved: Vec<Resolution>,
}

/// Before the office has said anything: from before everything on, 已解决 alone.
impl Default for Reporting {
    fn default() -> Self {
        Self { started_on: NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default(), resolved: vec![Resolution::Solved] }
    }
}

impl Reporting {
    /// 已解决、部分解决.
    pub fn resolved_label(&self) -> String {
        let labels: Vec<_> = self.resolved.iter().map(|one| one.label()).collect();
        labels.join("、")
    }
}
