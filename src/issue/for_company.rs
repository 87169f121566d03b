//! What a company may see of its problem's history: what was done for it and what was said to it. Rulings between office
//! and units, instructions, opinions of the review and notes of call-backs stay inside.
use super::{event::Event, step::Step};
use crate::{access::Permission, directory::Directory, error::Result, time::Time};

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

/// None: the step itself is not shown.
fn texts(step: &Step, directory: &Directory) -> Option<Vec<(&'static str, String)>> {
    Some(match step {
        Step::Instruct { .. } | Step::CallBack { .. } | Step::FindPressure { .. } | Step::Correct { .. } => {
            return None;
        }
        Step::RequestReturn { .. } | Step::RefuseReturn { .. } | Step::CoReply { .. } | Step::PassUp { .. } => {
            return None;
        }
        Step::RequestExtension { .. } | Step::RefuseExtension { .. } => return None,
        Step::RequestLongTerm { .. } | Step::RefuseLongTerm { .. } | Step::ReviewOnSite { .. } => return None,

        Step::Submit { channel } => vec![("", channel.label().to_owned())],
        Step::Import { .. } | Step::Sign | Step::UpholdReturn { .. } | Step::Approve { .. } => Vec::new(),
        Step::SendBack { .. } | Step::UpholdDispute { .. } | Step::Split { .. } => Vec::new(),
        Step::Register { category_id, .. } => vec![("", directory.category_name(Some(*category_id)).to_owned())],
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
        Step::Report { note } | Step::Resume { note } => vec![("", note.clone())],
        Step::CloseImported { resolution, text, .. } => {
            vec![("类别", resolution.label().to_owned()), ("", text.clone())]
        }
        Step::Reply { resolution, text, measures, .. } => {
            vec![("类别", resolution.label().to_owned()), ("", text.clone()), ("措施", measures.clone())]
        }
        Step::Answer { solved, result, attitude, words, called_back_by } => vec![
            ("", format!("{}，结果{}，态度{}", solved.label(), result.label(), attitude.label())),
            ("说的话", words.clone()),
            ("", if called_back_by.is_empty() { String::new() } else { "由回访员电话记录".to_owned() }),
        ],
        Step::RatingTimeout => vec![("", "期限内没有评价，按未评价销号；没有解决的，90 天内可以重开".to_owned())],
        Step::DismissDispute { finding } => vec![("说明", finding.clone())],
        Step::Supplement { text } | Step::SolveOnSite { text } => vec![("", text.clone())],
        Step::Reopen { reason } | Step::Appeal { reason } | Step::Withdraw { reason } => vec![("", reason.clone())],
    })
}
