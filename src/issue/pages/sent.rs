//! The step that a sent form means, or the fields that must be mended.
use crate::{
    access::Viewer,
    calendar::shanghai_date,
    error::Invalid,
    form::Form,
    issue::{Dossier, step::*, workflow::*},
    rules::Rules,
    time::Time,
};

fn four_answers(form: &Form, invalid: &mut Invalid) -> FourAnswers {
    let mut one = |id: &str, what: &str| match form.text(id) {
        "yes" => true,
        "no" => false,
        _ => {
            invalid.add(id, format!("请回答：{what}"));
            false
        }
    };
    FourAnswers {
        solved: one("four_solved", "解决没有"),
        replied: one("four_replied", "答复没有"),
        met: one("four_met", "对接没有"),
        satisfied: one("four_satisfied", "满意没有"),
    }
}

/// What a form names, looked up by the caller.
#[derive(Debug, Default)]
pub struct Named {
    /// The issue to merge into.
    pub main: Option<i64>,
    pub company: Option<EnterpriseOfIssue>,
    /// The contact, where it becomes another.
    pub contact: Option<Contact>,
}

/// What a sent form means at a moment, and what is wrong with it: then the step stands for no more than the fields that
/// are right.
pub fn step(
    action: Action,
    form: &Form,
    dossier: &Dossier,
    viewer: &Viewer,
    named: &Named,
    rules: &Rules,
    at: Time,
) -> (Step, Invalid) {
    let mut invalid = Invalid::default();
    for (id, value) in &form.0 {
        if value.chars().count() > 5000 {
            invalid.add(id, "最多 5000 个字");
        }
    }
    let text = |id: &str| form.text(id).to_owned();
    let overdue = || {
        let (today, due) = (shanghai_date(at), shanghai_date(dossier.issue.step_due_at));
        if at > dossier.issue.step_due_at { rules.calendar(at).workdays_between(due, today) } else { 0 }
    };
    let step = match action {
        Action::Register => Step::Register {
            category_id: form.required_as("category", "请选择问题类别", &mut invalid).unwrap_or(0),
            complexity: form.required_as("complexity", "请选择复杂程度", &mut invalid).unwrap_or(Complexity::C),
            level: form.parse("level").unwrap_or(dossier.issue.level),
            urgency: form.parse("urgency").unwrap_or(Urgency::Normal),
            duplicates_looked_at: form.has("duplicates_looked_at"),
            group_id: None,
        },
        Action::Dispatch => Step::Dispatch {
            lead_unit_id: form.required_as("lead_unit", "请选择主办单位", &mut invalid).unwrap_or(0),
            co_unit_ids: form.all("co_units").filter_map(|id| id.parse().ok()).collect(),
            template: match form.text("template") {
                "" => {
                    let category_id = form.parse("category").or(dossier.issue.category_id);
                    let level = form.parse("level").unwrap_or(dossier.issue.level);
                    rules.deadlines(at).suggested(category_id, level).name.clone()
                }
                name => name.to_owned(),
            },
            requirement: form.required("requirement", "请写办理要求", &mut invalid),
            responsible_leader: text("responsible_leader"),
        },
        Action::Merge => {
            let number = form.required("main", "请填写主件的问题编号", &mut invalid);
            if !number.is_empty() && named.main.is_none() {
                invalid.add("main", "没有这个编号的问题，或者您看不到它");
            }
            Step::Merge { main_issue_id: named.main.unwrap_or(0), main_number: number, reason: text("reason") }
        }
        Action::Reject => Step::Reject { reason: text("reason"), channel: text("channel") },
        Action::PassUp => Step::PassUp { reason: text("reason") },
        Action::Sign => Step::Sign,
        Action::RequestReturn => {
            Step::RequestReturn { reason: text("reason"), basis: text("basis"), suggested_unit: text("suggested_unit") }
        }
        Action::UpholdReturn => Step::UpholdReturn { finding: text("finding"), level: None },
        Action::RefuseReturn => Step::RefuseReturn { finding: text("finding") },
        Action::Contact => Step::Contact { person: text("person"), note: text("note") },
        Action::Progress => Step::Progress { note: text("note"), measures: text("measures") },
        Action::RequestExtension => Step::RequestExtension {
            days: form.required_as("days", "请填写天数", &mut invalid).unwrap_or(1),
            reason: text("reason"),
            basis: form.required("basis", "请写明依据或证明", &mut invalid),
        },
        Action::GrantExtension => Step::GrantExtension {
            days: form.required_as("days", "请填写天数", &mut invalid).unwrap_or(1),
            opinion: text("opinion"),
        },
        Action::RefuseExtension => Step::RefuseExtension { opinion: text("opinion") },
        Action::RequestSupplement => Step::RequestSupplement {
            missing: text("missing"),
            days: form.required_as("days", "请填写天数", &mut invalid).unwrap_or(1),
        },
        Action::Supplement => Step::Supplement { text: text("text") },
        Action::RequestLongTerm => Step::RequestLongTerm {
            reason: text("reason"),
            milestones: text("milestones"),
            next_on: form.required_as("next_on", "请填写下次报告日期", &mut invalid).unwrap_or_default(),
            told: text("told"),
        },
        Action::AgreeLongTerm => Step::AgreeLongTerm {
            opinion: text("opinion"),
            next_on: form.required_as("next_on", "请填写首次报告日期", &mut invalid),
        },
        Action::RefuseLongTerm => Step::RefuseLongTerm { opinion: text("opinion") },
        Action::Report => {
            let next_on = match form.has("next_on") {
                true => form.required_as("next_on", "日期请写成 2026-07-08", &mut invalid),
                false => None,
            };
            Step::Report { note: text("note"), next_on }
        }
        Action::Resume => Step::Resume { note: text("note") },
        Action::CoReply => Step::CoReply { unit_id: viewer.unit_id.unwrap_or(0), text: text("text") },
        Action::Reply => Step::Reply {
            resolution: form.required_as("resolution", "请选择办结类别", &mut invalid).unwrap_or(Resolution::Explained),
            text: text("text"),
            measures: text("measures"),
            override_reason: text("override_reason"),
        },
        Action::Approve => Step::Approve {
            four: four_answers(form, &mut invalid),
            opinion: text("opinion"),
            invalid: form.has("invalid"),
        },
        Action::SendBack => {
            Step::SendBack { four: four_answers(form, &mut invalid), reason: text("reason"), level: None }
        }
        Action::ReviewOnSite => Step::ReviewOnSite { four: four_answers(form, &mut invalid), opinion: text("opinion") },
        Action::Answer => Step::Answer {
            solved: form.required_as("solved", "请选择问题是否解决", &mut invalid).unwrap_or(Answer::No),
            result: form.required_as("result", "请选择对结果是否满意", &mut invalid).unwrap_or(Rating::Basic),
            attitude: form.required_as("attitude", "请选择对态度是否满意", &mut invalid).unwrap_or(Rating::Basic),
            words: text("words"),
            by_slip_of: String::new(),
            called_back_by: if viewer.is_official() { viewer.name.clone() } else { String::new() },
            main: None,
            group_id: None,
        },
        Action::CallBack => {
            Step::CallBack { note: text("note"), solved: form.parse("solved"), result: form.parse("result") }
        }
        Action::UpholdDispute => Step::UpholdDispute { finding: text("finding") },
        Action::DismissDispute => Step::DismissDispute { finding: text("finding") },
        Action::Reopen => Step::Reopen { reason: text("reason") },
        Action::Appeal => Step::Appeal { reason: text("reason") },
        Action::Split => Step::Split { reason: text("reason") },
        Action::Withdraw => Step::Withdraw { reason: text("reason") },
        Action::FindPressure => Step::FindPressure { finding: text("finding") },
        Action::SolveOnSite => Step::SolveOnSite { text: text("text") },
        Action::Correct => {
            let changed = |id: &str, now: &str| (form.text(id) != now.trim()).then(|| form.text(id).to_owned());
            if form.text("title").chars().count() > 100 {
                invalid.add("title", "标题最多 100 个字");
            }
            let category_id = form.parse("category").filter(|id| Some(*id) != dossier.issue.category_id);
            let enterprise = match (&named.company, form.text("enterprise")) {
                (Some(found), _) => Some(found.clone()).filter(|one| Some(one.id) != dossier.issue.enterprise_id),
                (None, "") if !dossier.issue.enterprise_name.is_empty() => {
                    invalid.add("enterprise", "企业不能空着，请写统一社会信用代码或准确名称");
                    None
                }
                (None, typed) => {
                    if typed != dossier.issue.enterprise_name {
                        invalid.add("enterprise", "没有这家企业，请写统一社会信用代码或准确名称");
                    }
                    None
                }
            };
            // What the company wrote itself is not the officials' to rewrite.
            let said_by_company = dossier.issue.channel == Channel::Portal && viewer.is_official();
            for (id, now) in [("description", &dossier.detail.description), ("demand", &dossier.detail.demand)] {
                if said_by_company && form.text(id) != now.trim() {
                    invalid.add(id, "企业自己写的话不能改；补充情况请写在备注里");
                }
            }
            let texts = [
                changed("title", &dossier.issue.title),
                changed("description", &dossier.detail.description),
                changed("demand", &dossier.detail.demand),
                changed("remark", &dossier.detail.remark),
            ];
            let is_same = texts.iter().all(Option::is_none) && category_id.is_none() && enterprise.is_none();
            if is_same && named.contact.is_none() && invalid.is_empty() {
                invalid.add("", "没有改动");
            }
            let [title, description, demand, remark] = texts;
            let contact = named.contact.clone();
            Step::Correct {
                title,
                description,
                demand,
                remark,
                category_id,
                enterprise,
                contact,
                reason: text("reason"),
            }
        }
        Action::Instruct => {
            let answer_by = form.parse("answer_by");
            if answer_by.is_none() && form.has("answer_by") {
                invalid.add("answer_by", "日期请写成 2022-06-09");
            }
            Step::Instruct { text: text("text"), answer_by }
        }
        Action::AnswerInstruction => Step::AnswerInstruction {
            instruction_id: form.required_as("instruction", "请选择批示", &mut invalid).unwrap_or(0),
            text: text("text"),
        },
        Action::Transfer => Step::Transfer {
            lead_unit_id: form.required_as("lead_unit", "请选择主办单位", &mut invalid).unwrap_or(0),
            reason: text("reason"),
        },
        Action::Nudge => Step::Nudge { overdue: overdue(), text: text("text"), co: None },
        // The number is given when the notice is written.
        Action::Supervise => {
            Step::Supervise { number: String::new(), overdue: overdue(), text: text("text"), co: None }
        }
        Action::Raise => Step::Raise { overdue: overdue(), decided_by: text("decided_by"), reason: text("reason") },
        Action::FindFalse => Step::FindFalse { finding: text("finding") },
        Action::Submit
        | Action::Import
        | Action::CloseImported
        | Action::AutoSign
        | Action::SupplementTimeout
        | Action::RatingTimeout
        | Action::Attach
        | Action::VoidAttachment
        | Action::PrintSlip
        | Action::Ask
        | Action::Remind
        | Action::RemindInstruction
        | Action::Recalculate => {
            invalid.add("", "这一步由系统自己做");
            Step::AutoSign
        }
    };
    (step, invalid)
}
