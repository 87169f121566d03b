//! One line of the ledger.
use super::{
    facts::Facts,
    query::{Around, Line, State},
};
use crate::{
    directory::Directory,
    enterprise::section_name,
    issue::{
        IssueDetail,
        pages::{date, masked},
        workflow::*,
    },
    sheet::Value,
};

fn on_time(state: &State, facts: &Facts, detail: &IssueDetail) -> &'static str {
    match (facts.replied_at.some(), detail.original_due_at.some()) {
        (Some(replied), Some(due)) if state.resolution.is_some() && !facts.limits_moved_since => {
            if replied <= due {
                "是"
            } else {
                "否"
            }
        }
        _ => "",
    }
}

/// 解决了，结果满意，态度非常满意。谢谢
fn rating(state: &State, facts: &Facts, with_words: bool) -> String {
    let Some(answer) = state.answer else { return String::new() };
    let mut told = answer.label().to_owned();
    if let Some(rating) = state.rating {
        told += &format!("，结果{}", rating.label());
    }
    if let Some(attitude) = facts.attitude {
        told += &format!("，态度{}", attitude.label());
    }
    if with_words && !facts.words.trim().is_empty() {
        told += &format!("。企业说：{}", facts.words.trim());
    }
    told
}

/// The 48 cells. `with_words`: the reader may see what the company said.
pub fn row<'a>(
    serial: i64,
    line: &'a Line,
    around: &'a Around,
    directory: &'a Directory,
    with_words: bool,
) -> Vec<Value<'a>> {
    let text = |text: &str| if text.is_empty() { Value::Empty } else { Value::Text(text.to_owned().into()) };
    let empty = String::new();
    let Line { issue, state } = line;
    let nothing = Facts::default();
    let facts = around.facts.get(&issue.id).unwrap_or(&nothing);
    let detail = around.details.get(&issue.id);
    let of = |pick: fn(&IssueDetail) -> &String| detail.map_or(&empty, pick);
    let company = issue.enterprise_id.and_then(|id| around.enterprises.get(&id));
    let person = |id: Option<i64>| id.and_then(|id| around.people.get(&id)).map_or("", String::as_str);
    let assigned = issue.enterprise_id.and_then(|id| around.assigned.get(&id));
    let place = company.map_or(String::new(), |one| format!("{} {}", one.township, one.park).trim().to_owned());
    let co: Vec<&str> = facts.co_unit_ids.iter().map(|id| directory.unit_name(Some(*id))).collect();
    let dispatched = match date(facts.dispatched_at) {
        day if day.is_empty() => day,
        day => format!("{day}（{}）", facts.round),
    };
    let due = if facts.limits_moved_since { String::new() } else { date(issue.due_at) };
    let origin = detail.and_then(|one| around.origins.get(&one.visit_id.or(one.symposium_id)?));
    let (category, below) = directory.category_names(state.category_id);
    let mut remark = of(|one| &one.remark).clone();
    if issue.history {
        remark = format!("历史导入 {remark}").trim().to_owned();
    }
    vec![
        Value::Integer(serial),
        text(&issue.number),
        text(issue.channel.label()),
        text(&date(issue.submitted_at)),
        text(person(issue.collector_id)),
        text(directory.group_name(state.group_id)),
        text(origin.map_or("", String::as_str)),
        text(&issue.enterprise_name),
        text(company.and_then(|one| one.usci.as_deref()).unwrap_or_default()),
        text(directory.area_name(issue.area_id)),
        text(&place),
        text(company.map_or("", |one| section_name(&one.industry))),
        text(company.map_or("", |one| one.above_scale.label())),
        text(company.map_or("", |one| one.size.label())),
        text(of(|one| &one.contact_name)),
        text(&masked(of(|one| &one.contact_phone))),
        text(assigned.map_or("", |one| one.0.as_str())),
        text(assigned.map_or("", |one| one.1.as_str())),
        text(&issue.title),
        text(of(|one| &one.description)),
        text(of(|one| &one.demand)),
        text(category),
        text(below),
        text(issue.complexity.map_or("", Complexity::label)),
        text(issue.level.label()),
        text(issue.urgency.label()),
        text(&facts.main_number),
        text(directory.unit_name(state.lead_unit_id)),
        text(&co.join("、")),
        text(&facts.responsible_leader),
        text(person(facts.handler_id)),
        text(&dispatched),
        text(&date(facts.signed_at)),
        text(&due),
        text(&date(facts.contacted_at)),
        text(state.status.label()),
        text(&facts.progress),
        text(&facts.measures),
        text(state.resolution.map_or("", Resolution::label)),
        text(&date(facts.replied_at)),
        text(detail.map_or("", |one| on_time(state, facts, one))),
        text(&facts.vain()),
        text(&facts.supervised()),
        text(&facts.review),
        text(&rating(state, facts, with_words)),
        text(if with_words { &facts.confided } else { &facts.call_back }),
        text(&date(facts.closed_at)),
        text(&remark),
    ]
}
