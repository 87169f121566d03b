//! What a company may see of its problem's history: what was done for it and what was said to it. Rulings between office
//! and units, instructions, opinions of the review and notes of call-backs stay inside.
use super::{
    event::Event,
    step::{MainReply, Step},
    workflow::Resolution,
};
use crate::{access::Permission, calendar::shanghai_date, directory::Directory, error::Result, time::Time};

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub at: Time,
    pub label: &'static str,
    /// Unit, office or company; no person's name.
    pub who: String,
    /// (label, text); the label may be empty.
    pub texts: Vec<(&'static str, String)>,
}

/// The history in the order of the events, without what is not the company's to see.
pub fn lines(events: &[Event], directory: &Directory) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for event in events {
        let Some(mut texts) = texts(&event.step()?, directory) else {
            continue;
        };
        texts.retain(|(_, text)| !text.trim().is_empty());
        lines.push(Line { at: event.happened_at, label: event.action.label(), who: who(event), texts });
    }
    Ok(lines)
}

fn who(event: &Event) -> String {
    let by_company = matches!(event.actor_kind, Permission::AnswerAsEnterprise | Permission::System);
    match event.actor.split_once(' ') {
        Some((home, _)) if !by_company => home.to_owned(),
        _ => event.actor.clone(),
    }
}

/// What the company of a merged issue is to rate, and that it is asked to.
pub(super) fn asked(reply: Option<&MainReply>, please: &str, directory: &Directory) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(reply) = reply {
        lines.push(("答复单位", directory.unit_name(reply.unit_id).to_owned()));
        lines.push(("类别", reply.resolution.map_or("", Resolution::label).to_owned()));
        lines.push(("", reply.text.clone()));
    }
    lines.push(("", please.to_owned()));
    lines
}

/// None: the step itself is not shown.
fn texts(step: &Step, directory: &Directory) -> Option<Vec<(&'static str, String)>> {
    Some(match step {
        Step::Instruct { .. } | Step::CallBack { .. } | Step::FindPressure { .. } => return None,
        Step::Correct { title, description, demand, category_id, enterprise, contact, reason, .. } => vec![
            ("标题改为", title.clone().unwrap_or_default()),
            ("描述改为", description.clone().unwrap_or_default()),
            ("诉求改为", demand.clone().unwrap_or_default()),
            ("类别改为", category_id.map_or(String::new(), |id| directory.category_name(Some(id)).to_owned())),
            ("企业改为", enterprise.as_ref().map_or(String::new(), |one| one.name.clone())),
            ("联系人和电话", contact.as_ref().map_or(String::new(), |_| "已更正".to_owned())),
            ("理由", reason.clone()),
        ],
        Step::Ask { reply } => asked(reply.as_ref(), "与这件事一起办理的问题已有答复，请您评价", directory),
        Step::Remind { .. } | Step::Nudge { .. } | Step::Supervise { .. } => return None,
        Step::AnswerInstruction { .. } | Step::RemindInstruction { .. } => return None,
        Step::Raise { .. } => vec![("", "提到市级办理".to_owned())],
        Step::Transfer { lead_unit_id, .. } => {
            vec![("改由", directory.unit_name(Some(*lead_unit_id)).to_owned())]
        }
        Step::Recalculate { due_at, .. } => match Time(*due_at).some() {
            Some(due) => vec![("", format!("工作日历有调整，答复时限改为 {}", shanghai_date(due)))],
            None => return None,
        },
        Step::FindFalse { .. } => vec![("", "抽查发现问题没有解决，重新办理".to_owned())],
        Step::RequestReturn { .. } | Step::RefuseReturn { .. } | Step::CoReply { .. } | Step::PassUp { .. } => {
            return None;
        }
        Step::RequestExtension { .. } | Step::RefuseExtension { .. } => return None,
        Step::RequestLongTerm { .. } | Step::RefuseLongTerm { .. } | Step::ReviewOnSite { .. } => return None,

        Step::Submit { channel, .. } => vec![("", channel.label().to_owned())],
        Step::Import { .. } | Step::Sign | Step::UpholdReturn { .. } | Step::Approve { .. } => Vec::new(),
        Step::SendBack { .. } | Step::UpholdDispute { .. } | Step::Split { .. } => Vec::new(),
        Step::Register { category_id, .. } => vec![("", directory.category_path(Some(*category_id)))],
        // The main issue may be another company's.
        Step::Merge { .. } => vec![("", "与反映同一件事的另一件问题一起办理".to_owned())],
        Step::Reject { reason, channel } => vec![("理由", reason.clone()), ("可走的渠道", channel.clone())],
        Step::Dispatch { lead_unit_id, co_unit_ids, .. } => {
            let co: Vec<_> = co_unit_ids.iter().map(|id| directory.unit_name(Some(*id))).collect();
            vec![("主办", directory.unit_name(Some(*lead_unit_id)).to_owned()), ("协办", co.join("、"))]
        }
        Step::AutoSign => vec![("", "签收期限已过，系统代为签收".to_owned())],
        Step::Contact { note, .. } => vec![("", note.clone())],
        Step::Progress { note, measures } => vec![("", note.clone()), ("措施", measures.clone())],
        Step::GrantExtension { days, .. } => vec![("", format!("办理时限延长 {days} 个工作日"))],
        Step::RequestSupplement { missing, days } => {
            vec![("请补充", missing.clone()), ("时间", format!("{days} 个工作日"))]
        }
        Step::SupplementTimeout => vec![("", "补件期限已过，恢复计时".to_owned())],
        Step::AgreeLongTerm { .. } => vec![("", "一时不能解决，挂账跟踪，定期报告".to_owned())],
        Step::Report { note, .. } | Step::Resume { note } => vec![("", note.clone())],
        Step::CloseImported { resolution, text, .. } => {
            vec![("类别", resolution.label().to_owned()), ("", text.clone())]
        }
        Step::Reply { resolution, text, measures, .. } => {
            vec![("类别", resolution.label().to_owned()), ("", text.clone()), ("措施", measures.clone())]
        }
        Step::Attach { for_company: false, .. } | Step::VoidAttachment { for_company: false, .. } => return None,
        Step::Attach { names, .. } => vec![("", names.join("、"))],
        Step::VoidAttachment { name, reason, .. } => vec![("", name.clone()), ("原因", reason.clone())],
        Step::PrintSlip { .. } => {
            vec![("", "凭单子上的新查询码也能查看和评价。没有人给过您这张单子，请告诉助企办".to_owned())]
        }
        Step::Answer { solved, result, attitude, words, called_back_by, by_slip_of, .. } => vec![
            ("", format!("{}，结果{}，态度{}", solved.label(), result.label(), attitude.label())),
            ("说的话", words.clone()),
            ("", if called_back_by.is_empty() { String::new() } else { "由回访员电话记录".to_owned() }),
            ("", if by_slip_of.is_empty() { String::new() } else { "凭打印的查询单".to_owned() }),
        ],
        Step::RatingTimeout => vec![("", "期限内没有评价，按未评价销号；没有解决的，90 天内可以重开".to_owned())],
        Step::DismissDispute { finding } => vec![("说明", finding.clone())],
        Step::Supplement { text } | Step::SolveOnSite { text } => vec![("", text.clone())],
        Step::Reopen { reason } | Step::Appeal { reason } | Step::Withdraw { reason } => vec![("", reason.clone())],
    })
}
