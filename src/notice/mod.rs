//! The notice of supervision (督办单): what it says, as a page to print and as a file for the office's word processor.
pub mod document;
pub mod pages;
pub mod query;

use crate::{
    calendar::{shanghai, shanghai_date},
    directory::Directory,
    issue::{Issue, Supervision},
};
use chrono::{Datelike, NaiveDate};

/// The words of one notice, in their order on paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub number: String,
    /// Whom it is addressed to.
    pub to: String,
    pub paragraphs: Vec<String>,
    pub signed_by: String,
    pub dated: String,
}

/// 2022年6月9日
fn date(on: NaiveDate) -> String {
    format!("{}年{}月{}日", on.year(), on.month(), on.day())
}

fn office_name(directory: &Directory, area_id: i64) -> String {
    match directory.area(area_id) {
        Some(area) if area.parent_id.is_none() => "市助企办".into(),
        Some(area) => format!("{}助企办", area.short_name),
        None => "助企办".into(),
    }
}

impl Notice {
    pub fn of(issue: &Issue, supervision: &Supervision, directory: &Directory) -> Self {
        let given_on = shanghai_date(supervision.given_at);
        let due_on = shanghai_date(supervision.step_due_at);
        let calendar = directory.rules.calendar(supervision.given_at);
        let overdue = calendar.workdays_between(due_on, given_on).max(0);
        let what = format!(
            "{}反映的“{}”（编号 {}），“{}”的时限是{} {}",
            issue.enterprise_name,
            issue.title,
            issue.number,
            supervision.step_limit.label(),
            date(due_on),
            shanghai(supervision.step_due_at).format("%H:%M"),
        );
        let to_unit = supervision.unit_id.is_some();
        let late = if overdue > 0 { format!("，至今已逾期 {overdue} 个工作日。") } else { "。".into() };
        let office_area_id = supervision.office_area_id;
        let office = office_name(directory, office_area_id);
        // An office that is late itself is pressed by the one above, the city's own by the rule.
        let signed_by = match directory.area(office_area_id).and_then(|area| area.parent_id) {
            _ if to_unit => office.clone(),
            Some(above) => office_name(directory, above),
            None => format!("{office}（依督办规则签发）"),
        };
        Self {
            number: supervision.number.clone(),
            to: match supervision.unit_id {
                Some(id) => directory.unit_name(Some(id)).to_owned(),
                None => office,
            },
            paragraphs: vec![what + &late, supervision.text.clone()],
            signed_by,
            dated: date(given_on),
        }
    }
}
