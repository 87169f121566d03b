//! Order and rank of a report's rows. Groups, units and areas are ranked, persons never.
use super::{By, Question, figures::Figures, query::Report};
use crate::directory::Directory;
use std::cmp::Reverse;

/// Fewer problems that are due or replied than this say nothing about a unit.
const DUE_AT_LEAST: i64 = 5;

#[derive(Debug, Clone, PartialEq)]
pub struct RankedRow {
    pub id: i64,
    pub name: String,
    pub figures: Figures,
    pub rank: Option<usize>,
    /// Why it is not ranked, where others are.
    pub unranked: Option<&'static str>,
}

/// Groups, units and areas are compared; categories are only counted.
pub fn is_ranked(by: By) -> bool {
    matches!(by, By::Area | By::Group | By::Unit)
}

pub(super) fn name(directory: &Directory, by: By, id: i64) -> String {
    let name = match by {
        By::City => directory.city().map_or("全市", |area| area.name.as_str()),
        By::Area => directory.area_name(id),
        By::Group => directory.group_name(Some(id)),
        By::Unit => directory.unit_name(Some(id)),
        By::Category => directory.category_name(Some(id)),
    };
    match (name, by) {
        ("", By::Group) => "没有工作组".into(),
        ("", By::Unit) => "未交办（含干部当场解决）".into(),
        ("", _) => "未分类".into(),
        (name, _) => name.to_owned(),
    }
}

fn reason(by: By, row: &RankedRow) -> Option<&'static str> {
    match (by, row.id) {
        (By::Group, 0) => Some("不属于任何工作组"),
        (By::Unit, 0) => Some("没有承办单位"),
        (_, 0) => Some("不属于任何辖区"),
        _ if row.figures.due < DUE_AT_LEAST => Some("到期问题不足 5 件"),
        _ => None,
    }
}

/// The rows by an indicator, highest first unless `ascending`, those that are not ranked behind the others; ranked by
/// resolution rate, ties share a rank.
pub fn ranked(
    report: &Report,
    question: &Question,
    directory: &Directory,
    sort: &str,
    ascending: bool,
) -> Vec<RankedRow> {
    let mut rows: Vec<RankedRow> = report
        .rows
        .iter()
        .map(|(id, figures)| RankedRow {
            id: *id,
            name: name(directory, question.by, *id),
            figures: *figures,
            rank: None,
            unranked: None,
        })
        .collect();
    if is_ranked(question.by) {
        let rate = |row: &RankedRow| row.figures.value("resolution_rate").unwrap_or(-1);
        for row in &mut rows {
            row.unranked = reason(question.by, row);
        }
        let mut order: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].unranked.is_none()).collect();
        order.sort_by_key(|index| Reverse(rate(&rows[*index])));
        let mut shared = 0;
        for place in 0..order.len() {
            if place == 0 || rate(&rows[order[place]]) != rate(&rows[order[place - 1]]) {
                shared = place + 1;
            }
            rows[order[place]].rank = Some(shared);
        }
    }
    if sort == "name" {
        rows.sort_by_key(|row| row.id);
    } else {
        rows.sort_by_key(|row| (Reverse(row.figures.value(sort)), Reverse(row.figures.collected), row.id));
    }
    if ascending {
        rows.reverse();
    }
    rows.sort_by_key(|row| row.unranked.is_some());
    rows
}
