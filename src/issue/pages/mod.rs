//! Pages of problems.
pub mod act;
pub mod attachment;
pub mod contact;
pub mod days;
pub mod deadline;
pub mod fields;
pub mod home;
pub mod list;
pub mod new;
pub mod offered;
pub mod overview;
pub mod sent;
pub mod show;
pub mod timeline;
pub mod told;

use super::Issue;
use crate::{
    calendar::{Light, shanghai_date},
    directory::Directory,
    export::columns::{COLUMNS, LedgerColumn},
    form::Form,
    time::Time,
};
use std::borrow::Borrow;

/// A row of any list of issues, with the words that the directory knows.
pub struct IssueRow {
    pub issue: Issue,
    pub area: String,
    pub unit: String,
    pub category: String,
    pub light: Light,
    /// The reply's limit, and that of the step in hand, lie in a year whose days off are not known yet: 估算.
    pub due_estimated: bool,
    pub step_estimated: bool,
    /// 序号, where a list numbers its rows.
    pub no: Option<i64>,
    /// The ledger's 48 cells, where it shows more than the usual columns.
    pub cells: Vec<String>,
}

impl IssueRow {
    pub fn of(issue: Issue, directory: &Directory, now: Time) -> Self {
        let calendar = directory.rules.calendar(now);
        let estimated = |due: Time| due.some().is_some_and(|due| calendar.is_estimated(shanghai_date(due)));
        Self {
            area: directory.area_name(issue.area_id).to_owned(),
            unit: directory.unit_name(issue.lead_unit_id).to_owned(),
            category: directory.category_path(issue.category_id),
            light: Light::of(calendar, issue.step_due_at, now),
            due_estimated: issue.is_open() && estimated(issue.due_at),
            step_estimated: issue.is_open() && estimated(issue.step_due_at),
            no: None,
            cells: Vec::new(),
            issue,
        }
    }
    /// `ZZ-410105-` and `2026-000123`: the first part is the same down a column.
    pub fn number_parts(&self) -> (&str, &str) {
        self.issue.number.split_at(self.issue.number.match_indices('-').nth(1).map_or(0, |(at, _)| at + 1))
    }
    /// What a column says that not every list has.
    pub fn cell(&self, column: &LedgerColumn) -> &str {
        let at = COLUMNS.iter().position(|one| one.head == column.head);
        at.and_then(|at| self.cells.get(at)).map_or("", String::as_str)
    }
    /// The reply's limit as a date; blank until dispatched.
    pub fn due(&self) -> String {
        date(self.issue.due_at)
    }
    pub fn rating(&self) -> &'static str {
        match (self.issue.rating, self.issue.answer) {
            (Some(rating), _) => rating.label(),
            (None, Some(answer)) => answer.label(),
            (None, None) => "",
        }
    }
    pub fn remark(&self) -> String {
        let mut parts = Vec::new();
        if self.issue.history {
            parts.push("历史导入".to_owned());
        }
        if self.issue.urgency == super::workflow::Urgency::Urgent {
            parts.push("紧急".to_owned());
        }
        if self.issue.round > 1 {
            parts.push(format!("第 {} 轮", self.issue.round));
        }
        if self.issue.request != super::workflow::Request::None {
            parts.push(self.issue.request.label().to_owned());
        }
        parts.join("，")
    }
}

/// 2022-06-09, or blank.
pub fn date(at: impl Borrow<Time>) -> String {
    at.borrow().some().map(|at| crate::calendar::shanghai_date(at).to_string()).unwrap_or_default()
}
/// 2022-06-09 17:40, or blank.
pub fn date_time(at: impl Borrow<Time>) -> String {
    at.borrow().some().map(|at| crate::calendar::shanghai(at).format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}
/// 138****5678; of a shorter number less is shown, never fewer than four stars.
pub fn masked(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let hidden = digits.len().saturating_sub(7).max(4).min(digits.len());
    let tail = (digits.len() - hidden).min(4);
    let head = digits.len() - hidden - tail;
    let shown = digits[..head].iter().copied().chain(std::iter::repeat_n('*', hidden));
    shown.chain(digits[head + hidden..].iter().copied()).collect()
}

/// Where a list by what is due first goes on.
pub fn after(form: &Form) -> Option<(Time, i64)> {
    let (due, id) = form.text("after").split_once('~')?;
    Some((Time(due.parse().ok()?), id.parse().ok()?))
}

/// Cuts a page of such a list, which was loaded with one row more; the address of the rest.
pub fn rest(path: &str, rows: &mut Vec<Issue>, size: i64) -> Option<String> {
    let more = rows.len() as i64 > size;
    rows.truncate(size as usize);
    rows.last().filter(|_| more).map(|last| format!("{path}?after={}~{}", last.step_due_at.0, last.id))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn at_least_four_digits_of_a_phone_are_hidden() {
        for (phone, shown) in [
            ("13812345678", "138****5678"),
            ("037167181234", "037*****1234"),
            ("03716718123", "037****8123"),
            ("0371671812", "03****1812"),
            ("67181234", "****1234"),
            ("6718123", "****123"),
            ("12345", "****5"),
            ("110", "***"),
            ("", ""),
        ] {
            assert_eq!(masked(phone), shown, "{phone}");
        }
    }
}
