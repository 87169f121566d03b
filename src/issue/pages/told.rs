//! Events in words, for the timeline.
use crate::{
    directory::Directory,
    inbox::words::instruction_waits,
    issue::{code::by_slip, for_company, step::*},
    time::Time,
};

fn late(overdue: i64) -> String {
    if overdue > 0 { format!("已逾期 {overdue} 个工作日") } else { String::new() }
}

fn seen(for_company: bool) -> &'static str {
    if for_company { "企业可见" } else { "企业看不到" }
}

/// What an event says, as (label, text) lines for the timeline. `for_office`: the company's words are shown, and what it
/// confided in a call-back.
pub fn told(step: &Step, directory: &Directory, for_office: bool) -> Vec<(&'static str, String)> {
    let four = |four: &FourAnswers| {
        let word = |yes: bool| if yes { "是" } else { "否" };
        format!(
            "解决{} 答复{} 对接{} 满意{}",
            word(four.solved),
            word(four.replied),
            word(four.met),
            word(four.satisfied)
        )
    };
    let unit_of = |co: Option<(i64, i64)>| directory.unit_name(co.map(|(unit_id, _)| unit_id)).to_owned();
    let confided = |text: &str| if for_office { text.to_owned() } else { String::new() };
    let mut lines = match step {
        Step::Submit { channel, .. } => vec![("", channel.label().to_owned())],
        Step::Import { source, facts } => vec![
            ("来源", source.clone()),
            ("来文的主责单位", directory.unit_name(facts.lead_unit_id).to_owned()),
            ("来文的复杂程度", facts.complexity.map_or(String::new(), |one| one.label().to_owned())),
        ],
        Step::CloseImported { resolution, text, lead_unit_id, .. } => vec![
            ("答复单位", directory.unit_name(*lead_unit_id).to_owned()),
            ("类别", resolution.label().to_owned()),
            ("", text.clone()),
        ],
        Step::Register { category_id, complexity, level, urgency, .. } => vec![(
            "",
            format!(
                "{}，{}，{}，{}",
                directory.category_path(Some(*category_id)),
                complexity.label(),
                level.label(),
                urgency.label()
            ),
        )],
        Step::Merge { main_number, reason, .. } => vec![("并入", main_number.clone()), ("理由", reason.clone())],
        Step::Reject { reason, channel } => vec![("理由", reason.clone()), ("渠道", channel.clone())],
        Step::Dispatch { lead_unit_id, co_unit_ids, requirement, responsible_leader, .. } => {
            let co: Vec<_> = co_unit_ids.iter().map(|id| directory.unit_name(Some(*id))).collect();
            vec![
                ("主办", directory.unit_name(Some(*lead_unit_id)).to_owned()),
                ("协办", co.join("、")),
                ("要求", requirement.clone()),
                ("责任领导", responsible_leader.clone()),
            ]
        }
        Step::RequestReturn { reason, basis, suggested_unit } => {
            vec![("理由", reason.clone()), ("依据", basis.clone()), ("建议", suggested_unit.clone())]
        }
        Step::Contact { person, note } => vec![("", format!("{person}：{note}"))],
        Step::Progress { note, measures } => vec![("", note.clone()), ("措施", measures.clone())],
        Step::RequestExtension { days, reason, basis } => {
            vec![("", format!("{days} 个工作日")), ("理由", reason.clone()), ("依据", basis.clone())]
        }
        Step::GrantExtension { days, opinion } => vec![("", format!("{days} 个工作日")), ("意见", opinion.clone())],
        Step::RequestSupplement { missing, days } => {
            vec![("", missing.clone()), ("时间", format!("{days} 个工作日，其间停表"))]
        }
        Step::RequestLongTerm { reason, milestones, next_on, told } => vec![
            ("原因", reason.clone()),
            ("目标", milestones.clone()),
            ("下次报告", next_on.to_string()),
            ("告知企业", told.clone()),
        ],
        Step::Reply { resolution, text, measures, override_reason } => vec![
            ("类别", resolution.label().to_owned()),
            ("", text.clone()),
            ("措施", measures.clone()),
            ("不等协办", override_reason.clone()),
        ],
        Step::Approve { four: answers, opinion, invalid } => vec![
            ("", four(answers)),
            ("意见", opinion.clone()),
            ("", if *invalid { "认定为无效".into() } else { String::new() }),
        ],
        Step::SendBack { four: answers, reason, .. } => vec![("", four(answers)), ("理由", reason.clone())],
        Step::ReviewOnSite { four: answers, opinion } => vec![("", four(answers)), ("意见", opinion.clone())],
        Step::Answer { solved, result, attitude, words, called_back_by, by_slip_of, .. } => vec![
            ("", format!("{}，结果{}，态度{}", solved.label(), result.label(), attitude.label())),
            ("企业的话", confided(words)),
            ("电话回访", called_back_by.clone()),
            ("", if by_slip_of.is_empty() { String::new() } else { confided(&by_slip(by_slip_of)) }),
        ],
        Step::CallBack { note, solved, result } => vec![
            ("", confided(note)),
            ("企业说", solved.map_or(String::new(), |one| one.label().to_owned())),
            ("满意度", result.map_or(String::new(), |one| one.label().to_owned())),
        ],
        Step::Correct { title, description, demand, remark, category_id, enterprise, contact, reason } => vec![
            ("标题改为", title.clone().unwrap_or_default()),
            ("描述改为", description.clone().unwrap_or_default()),
            ("诉求改为", demand.clone().unwrap_or_default()),
            ("备注改为", remark.clone().unwrap_or_default()),
            ("类别改为", category_id.map_or(String::new(), |id| directory.category_path(Some(id)))),
            ("企业改为", enterprise.as_ref().map_or(String::new(), |one| one.name.clone())),
            ("联系人和电话", contact.as_ref().map_or(String::new(), |_| "已更正".to_owned())),
            ("理由", reason.clone()),
        ],
        Step::Withdraw { reason: text } | Step::FindPressure { finding: text } => vec![("", confided(text))],
        Step::Attach { names, for_company, .. } => vec![("", names.join("、")), ("", seen(*for_company).to_owned())],
        Step::VoidAttachment { name, reason, .. } => vec![("", name.clone()), ("原因", reason.clone())],
        Step::PrintSlip { .. } => vec![("", "给企业的新查询码，只印在纸上".to_owned())],
        Step::RatingTimeout => vec![("", "企业在期限内没有评价，按未评价销号，列入抽查".to_owned())],
        Step::AutoSign => vec![("", "签收期限已过，系统代为签收".to_owned())],
        Step::SupplementTimeout => vec![("", "补件期限已过，恢复计时".to_owned())],
        Step::PassUp { reason: text }
        | Step::UpholdReturn { finding: text, .. }
        | Step::RefuseReturn { finding: text }
        | Step::RefuseExtension { opinion: text }
        | Step::Supplement { text }
        | Step::AgreeLongTerm { opinion: text, .. }
        | Step::RefuseLongTerm { opinion: text }
        | Step::Report { note: text, .. }
        | Step::Resume { note: text }
        | Step::CoReply { text, .. }
        | Step::UpholdDispute { finding: text }
        | Step::DismissDispute { finding: text }
        | Step::Reopen { reason: text }
        | Step::Appeal { reason: text }
        | Step::Split { reason: text }
        | Step::SolveOnSite { text }
        | Step::AnswerInstruction { text, .. }
        | Step::FindFalse { finding: text } => vec![("", text.clone())],
        Step::Instruct { text, answer_by } => {
            vec![("", text.clone()), ("请反馈", answer_by.map_or(String::new(), |on| format!("{on} 前")))]
        }
        Step::RemindInstruction { left, .. } => vec![("", instruction_waits(*left))],
        Step::Transfer { lead_unit_id, reason } => vec![
            ("改由", directory.unit_name(Some(*lead_unit_id)).to_owned()),
            ("理由", reason.clone()),
            ("", "时限不变".to_owned()),
        ],
        Step::Remind { left: 0, co } => vec![("协办单位", unit_of(*co)), ("", "今天到期".to_owned())],
        Step::Remind { left, co } => vec![("协办单位", unit_of(*co)), ("", format!("还剩 {left} 个工作日"))],
        Step::Nudge { overdue, text, co } => {
            vec![("协办单位", unit_of(*co)), ("", text.clone()), ("", late(*overdue))]
        }
        Step::Supervise { number, overdue, text, co } => {
            vec![("", number.clone()), ("协办单位", unit_of(*co)), ("", text.clone()), ("", late(*overdue))]
        }
        Step::Raise { overdue, decided_by, reason } => {
            vec![("决定", decided_by.clone()), ("理由", reason.clone()), ("", late(*overdue))]
        }
        Step::Recalculate { reason, due_at, step_due_at, was, .. } => {
            let moved = |from: Option<i64>, to: i64| match (from.map(|at| super::date(Time(at))), super::date(Time(to)))
            {
                (Some(from), to) if from != to => format!("{from} 改为 {to}"),
                (_, to) => to,
            };
            vec![
                ("", reason.clone()),
                ("答复时限", moved(was.map(|one| one.0), *due_at)),
                ("本步时限", moved(was.map(|one| one.1), *step_due_at)),
            ]
        }
        Step::Sign => Vec::new(),
        Step::Ask { reply } => for_company::asked(reply.as_ref(), "主件已答复，请企业评价", directory),
    };
    lines.retain(|(_, text)| !text.trim().is_empty());
    lines
}
