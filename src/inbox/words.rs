//! What a message says of an event, in one sentence.
use super::audience::Audience;
use crate::{
    calendar,
    issue::{Dossier, Issue, step::Step, workflow::*},
    time::Time,
};

fn day(at: Time) -> String {
    at.some().map_or(String::new(), |at| calendar::shanghai_date(at).format("%-m月%-d日").to_string())
}

fn until(what: StepLimit, at: Time) -> String {
    match day(at).as_str() {
        "" => String::new(),
        on => format!("请在 {on} 前{}", what.label()),
    }
}

/// A sentence that somebody wrote, and the next one.
fn and(text: &str, next: &str) -> String {
    let text = text.trim();
    match next {
        "" => text.to_owned(),
        _ if text.ends_with(['。', '！', '？']) => format!("{text}{next}"),
        _ => format!("{text}。{next}"),
    }
}

/// What is said where a problem that was dispatched twice in vain goes to the city office by itself.
pub fn taken_over(from_office: i64, to_office: i64, action: Action) -> Option<&'static str> {
    match action {
        _ if from_office == to_office => None,
        Action::UpholdReturn => Some("两次交办未果，转由市助企办交办"),
        Action::SendBack => Some("两次交办未果，转由市助企办审核"),
        _ => None,
    }
}

/// How long an instruction may still wait for its answer.
pub fn instruction_waits(left: Option<i64>) -> String {
    match left {
        None => "批示要求的反馈日期已过，还没有反馈".to_owned(),
        Some(0) => "批示要求今天反馈，还没有反馈".to_owned(),
        Some(left) => format!("离批示要求的反馈日期还剩 {left} 个工作日，还没有反馈"),
    }
}

/// For officials. The company's own words are no part of it: not everybody who is told may read them.
pub fn told(after: &Dossier, step: &Step, reader: Audience) -> String {
    let issue = &after.issue;
    let limit = || until(issue.step_limit, issue.step_due_at);
    let is_lead = reader == Audience::Unit(issue.lead_unit_id.unwrap_or_default());
    let has_it = after.active_units().any(|unit| reader == Audience::Unit(unit.unit_id));
    match step {
        Step::Dispatch { requirement, .. } if requirement.trim().is_empty() => limit(),
        Step::Dispatch { requirement, .. } => and(requirement, &limit()),
        Step::Transfer { reason, .. } if is_lead => and(reason, &limit()),
        Step::Transfer { reason, .. } if has_it => format!("主办单位已更换：{reason}"),
        // Who does not see it any more reads its number here.
        Step::Transfer { reason, .. } => format!("{} 已转由其他单位办理：{reason}", issue.number),
        Step::AutoSign => format!("签收时限已过，系统代为签收。{}", limit()),
        Step::Supplement { .. } => format!("企业已补充。{}", limit()),
        Step::SupplementTimeout => format!("企业没有补充，恢复计时。{}", limit()),
        Step::RequestReturn { reason, .. } | Step::RequestLongTerm { reason, .. } => reason.clone(),
        Step::RequestExtension { days, reason, .. } => format!("申请延长 {days} 个工作日：{reason}"),
        Step::GrantExtension { days, .. } => format!("同意延长 {days} 个工作日。{}", limit()),
        Step::UpholdReturn { finding, .. } | Step::RefuseReturn { finding } => finding.clone(),
        Step::RefuseExtension { opinion } | Step::RefuseLongTerm { opinion } => opinion.clone(),
        Step::AgreeLongTerm { opinion, .. } if opinion.trim().is_empty() => and("同意挂账", &limit()),
        Step::AgreeLongTerm { opinion, .. } => and(&format!("同意挂账：{opinion}"), &limit()),
        Step::CoReply { text, .. } => format!("协办单位反馈：{text}"),
        Step::SendBack { reason, .. } | Step::PassUp { reason } => and(reason, &limit()),
        Step::UpholdDispute { finding } | Step::FindFalse { finding } => and(finding, &limit()),
        Step::Reopen { .. } | Step::Appeal { .. } => limit(),
        Step::FindPressure { .. } => "回访发现企业是被迫撤回的，请重新甄别".into(),
        Step::Answer { solved, result, .. } if issue.status == Status::Disputed => {
            format!("企业：{}，结果{}。{}", solved.label(), result.label(), limit())
        }
        Step::Answer { solved, result, .. } => format!("企业：{}，结果{}，已销号", solved.label(), result.label()),
        Step::CallBack { .. } => format!("回访时企业不满意。{}", limit()),
        Step::RatingTimeout => "企业没有评价，按未评价销号".into(),
        Step::DismissDispute { .. } => "差评不属实，已销号".into(),
        Step::Reply { resolution, .. } => format!("报{}，{}", resolution.label(), limit()),
        Step::Approve { .. } => "审核通过，等企业评价".into(),
        Step::Remind { left, co } => {
            let limit = co.map_or_else(limit, |(_, due_at)| until(StepLimit::CoReply, Time(due_at)));
            match left {
                0 => format!("今天到期，{limit}"),
                left => format!("还剩 {left} 个工作日，{limit}"),
            }
        }
        Step::RemindInstruction { left, .. } => instruction_waits(*left),
        Step::Nudge { text, .. } | Step::Instruct { text, .. } | Step::AnswerInstruction { text, .. } => text.clone(),
        Step::Reject { reason, channel } => format!("不予受理：{reason}。可走的渠道：{channel}"),
        Step::Merge { main_number, reason, .. } => format!("并入 {main_number}：{reason}"),
        Step::Split { reason } if has_it || matches!(reader, Audience::Office(_)) => {
            and(&format!("已从主件拆分，单独办理：{reason}"), &limit())
        }
        Step::Split { reason } => format!("{} 已从主件拆分，不再并案办理：{reason}", issue.number),
        Step::Withdraw { .. } => match reader {
            Audience::Callers(_) => format!("企业撤回了这件问题，{}", limit()),
            Audience::Office(_) => "企业撤回了这件问题，由回访员回访".into(),
            _ => "企业撤回了这件问题，不用再办".into(),
        },
        Step::Supervise { number, text, .. } => format!("{number} {text}"),
        Step::Raise { reason, .. } => reason.clone(),
        _ => String::new(),
    }
}

/// By when the company gets its reply, once a unit has it.
fn answered_by(issue: &Issue) -> String {
    match day(issue.due_at).as_str() {
        "" => String::new(),
        on => format!("，{on} 前答复"),
    }
}

/// For the company.
pub fn told_company(after: &Dossier, step: &Step) -> String {
    let issue = &after.issue;
    match step {
        Step::RequestSupplement { missing, .. } => format!("请在 {} 前补充：{missing}", day(issue.step_due_at)),
        Step::Reject { reason, channel } => {
            let why = and(&format!("不予受理：{reason}"), &format!("可走的渠道：{channel}"));
            if after.detail.appealed { why } else { and(&why, "可以申诉一次") }
        }
        Step::Merge { .. } => "与反映同一件事的另一件问题一起办理".into(),
        Step::DismissDispute { finding } => format!("已核实并销号：{finding}"),
        Step::RatingTimeout => "期限内没有评价，按未评价销号；没有解决的，90 天内可以重开".into(),
        Step::GrantExtension { days, .. } => format!("办理时限延长 {days} 个工作日{}", answered_by(issue)),
        Step::FindFalse { .. } => format!("抽查发现问题没有解决，重新办理{}", answered_by(issue)),
        Step::Reopen { reason } => format!("已重开，重新办理{}：{reason}", answered_by(issue)),
        Step::Approve { .. } | Step::Ask { .. } => format!("已经答复，请在 {} 前评价", day(issue.step_due_at)),
        _ => String::new(),
    }
}
