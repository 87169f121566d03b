//! What a step does to an issue: a pure function on a `Dossier`. The database, the demo city and replay all use it.
use super::{Dossier, deadline::*, effect::extension_days, step::Step, workflow::*};
use crate::{
    access::Permission,
    calendar::{Calendar, Limit, shanghai_date},
    error::{Error, Invalid, Result},
    time::Time,
};

/// Who acts, as the event keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// None: the system, or a company that gave the query code.
    pub id: Option<i64>,
    /// Unit and name, as read later: 市财政局 王静怡.
    pub name: String,
    /// The permission by which the step is done.
    pub by: Permission,
    pub unit_id: Option<i64>,
}

impl Actor {
    pub fn system() -> Self {
        Self { id: None, name: "系统".into(), by: Permission::System, unit_id: None }
    }
}

/// What a step must know beside the dossier.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    pub city_area_id: i64,
}

pub(super) fn required(fields: &[(&str, &str, &str)]) -> Result<()> {
    let mut invalid = Invalid::default();
    for (field, text, message) in fields {
        if text.trim().is_empty() {
            invalid.add(field, *message);
        }
    }
    invalid.check()
}

/// Does the step or says why not; on an error the dossier is to be thrown away. Returns the status before.
pub fn apply(dossier: &mut Dossier, context: Context, actor: &Actor, step: &Step, at: Time) -> Result<Status> {
    let before = dossier.issue.status;
    let line = transition(step.action(), before)
        .ok_or_else(|| Error::Conflict(format!("这件问题现在是“{}”，不能{}", before.label(), step.action().label())))?;
    if !line.needs.contains(&actor.by) {
        return Err(Error::Forbidden);
    }
    dossier.step(context, actor, step, at)?;
    debug_assert!(if line.to.is_empty() {
        dossier.issue.status == before
    } else {
        line.to.contains(&dossier.issue.status)
    });
    dossier.issue.version += 1;
    Ok(before)
}

impl Dossier {
    fn step(&mut self, context: Context, actor: &Actor, step: &Step, at: Time) -> Result<()> {
        match step {
            Step::Submit { .. } | Step::Import { .. } => return Err(Error::internal("made by submit, not by a step")),
            Step::Register { category_id, complexity, level, urgency, duplicates_looked_at } => {
                if !duplicates_looked_at {
                    return Err(
                        Invalid::one("duplicates_looked_at", "请先看过相似问题，确认不是重复反映，再建档").into()
                    );
                }
                let issue = &mut self.issue;
                issue.category_id = Some(*category_id);
                issue.complexity = Some(*complexity);
                issue.level = *level;
                issue.urgency = *urgency;
                issue.registered_at = issue.registered_at.min(at);
                issue.status = Status::Registered;
            }
            Step::CloseImported { resolution, text, complexity, lead_unit_id } => {
                self.close_imported(*resolution, text, *complexity, *lead_unit_id, at)?;
            }
            Step::Merge { main_issue_id, reason, .. } => {
                required(&[("reason", reason, "请写明并案的理由")])?;
                if *main_issue_id == self.issue.id {
                    return Err(Invalid::one("main", "不能并入它自己").into());
                }
                self.detail.merged_from = Some(self.issue.status);
                self.issue.main_issue_id = Some(*main_issue_id);
                self.finish(Status::Merged);
            }
            Step::Reject { reason, channel } => {
                required(&[
                    ("reason", reason, "请写明不予受理的法定理由"),
                    ("channel", channel, "请写明企业可以走的渠道"),
                ])?;
                self.finish(Status::Rejected);
            }
            Step::PassUp { reason } => {
                required(&[("reason", reason, "请写明提交市级的理由")])?;
                if self.issue.office_area_id == context.city_area_id {
                    return Err(Error::refused("这件问题已经在市助企办手中"));
                }
                self.issue.office_area_id = context.city_area_id;
                self.issue.level = Level::City;
            }
            Step::Dispatch { lead_unit_id, co_unit_ids, requirement, responsible_leader, .. } => {
                self.dispatch(*lead_unit_id, co_unit_ids, at)?;
                self.detail.requirement.clone_from(requirement);
                self.detail.responsible_leader.clone_from(responsible_leader);
            }
            Step::Sign | Step::AutoSign => self.sign(actor, at),
            Step::RequestReturn { reason, basis, suggested_unit } => {
                required(&[
                    ("reason", reason, "请写明退回的理由"),
                    ("basis", basis, "请写明依据（职责规定或文件）"),
                    ("suggested_unit", suggested_unit, "请写明建议由哪个单位办理"),
                ])?;
                if self.lead().is_some_and(|unit| unit.return_refused) {
                    return Err(Error::refused("这件问题的退回申请已经裁定不同意，一个单位只能申请一次"));
                }
                if at > Calendar::official().due_at(self.detail.dispatched_at, TEMPLATE.return_asked) {
                    return Err(Error::refused("退回申请须在交办后 1 个工作日内提出，期限已过"));
                }
                self.issue.status = Status::ReturnRequested;
                self.limit(StepLimit::Return, at, TEMPLATE.return_asked);
            }
            Step::UpholdReturn { finding } => {
                required(&[("finding", finding, "请写明裁定理由")])?;
                self.take_back_from_units();
                self.vain_round(context);
                self.issue.status = Status::Registered;
                // A wrong dispatch was ruled: the clock restarts.
                self.limit(StepLimit::Triage, at, TEMPLATE.triage);
            }
            Step::RefuseReturn { finding } => {
                required(&[("finding", finding, "请写明裁定理由")])?;
                if let Some(lead) = self.units.iter_mut().find(|unit| unit.active && unit.part == Part::Lead) {
                    lead.return_refused = true;
                }
                self.sign(&Actor { id: None, ..actor.clone() }, at);
            }
            Step::Contact { person, note } => {
                required(&[("person", person, "请写明联系了谁"), ("note", note, "请写明联系的情况")])?;
                self.detail.contacted_at = self.detail.contacted_at.min(at);
                self.working_limit_if_in_progress();
            }
            Step::Progress { note, measures } => {
                required(&[("note", note, "请写明做了什么、下一步做什么")])?;
                self.detail.progressed_at = self.detail.progressed_at.min(at);
                self.detail.progress.clone_from(note);
                if !measures.trim().is_empty() {
                    self.detail.measures.clone_from(measures);
                }
                self.working_limit();
            }
            Step::RequestExtension { days, reason } => self.request_extension(*days, reason, at)?,
            Step::GrantExtension { days, .. } => {
                self.expect_request(Request::Extension)?;
                extension_days(*days)?;
                self.issue.request = Request::None;
                self.detail.extended_days = i64::from(*days);
                self.issue.due_at = Calendar::official().shift(self.issue.due_at, i64::from(*days));
                self.working_limit();
            }
            Step::RefuseExtension { opinion } => {
                self.expect_request(Request::Extension)?;
                required(&[("opinion", opinion, "请写明不同意的理由")])?;
                self.issue.request = Request::None;
            }
            Step::RequestSupplement { missing, days } => {
                required(&[("missing", missing, "请写明缺什么材料或说明")])?;
                if !(1..=SUPPLEMENT_DAYS).contains(days) {
                    return Err(Invalid::one("days", "补件时间为 1 至 5 个工作日").into());
                }
                self.issue.status = Status::WaitingEnterprise;
                self.detail.paused_at = at;
                self.limit(StepLimit::Supplement, at, Limit::Workdays(*days));
            }
            Step::Supplement { text } => {
                required(&[("text", text, "请写补充的内容")])?;
                self.resume(at, Some(i64::from(SUPPLEMENT_DAYS)));
            }
            Step::SupplementTimeout => self.resume(at, Some(i64::from(SUPPLEMENT_DAYS))),
            Step::RequestLongTerm { reason, milestones, next_on, told } => {
                required(&[
                    ("reason", reason, "请写明一时不能解决的原因"),
                    ("milestones", milestones, "请写明分阶段的目标"),
                    ("told", told, "请写明何时、怎样告知了企业"),
                ])?;
                if *next_on <= shanghai_date(at) {
                    return Err(Invalid::one("next_on", "下次报告日期须在今天之后").into());
                }
                self.expect_no_request()?;
                self.issue.request = Request::LongTerm;
            }
            Step::AgreeLongTerm { .. } => {
                self.expect_request(Request::LongTerm)?;
                self.issue.request = Request::None;
                self.issue.status = Status::LongTerm;
                self.detail.paused_at = at;
                self.limit(StepLimit::Report, at, TEMPLATE.report);
            }
            Step::RefuseLongTerm { opinion } => {
                self.expect_request(Request::LongTerm)?;
                required(&[("opinion", opinion, "请写明不同意的理由")])?;
                self.issue.request = Request::None;
            }
            Step::Report { note } => {
                required(&[("note", note, "请写明阶段进展")])?;
                self.detail.progress.clone_from(note);
                self.limit(StepLimit::Report, at, TEMPLATE.report);
            }
            Step::Resume { note } => {
                required(&[("note", note, "请写明恢复办理的条件")])?;
                self.resume(at, None);
            }
            Step::CoReply { text } => {
                required(&[("text", text, "请写协办反馈")])?;
                let unit = self
                    .units
                    .iter_mut()
                    .find(|unit| unit.active && unit.part == Part::Co && Some(unit.unit_id) == actor.unit_id)
                    .ok_or(Error::Forbidden)?;
                unit.reply.clone_from(text);
                unit.replied_at = at;
                unit.handler_id = actor.id;
            }
            Step::Reply { resolution, text, measures, override_reason } => {
                self.reply(*resolution, text, measures, override_reason, actor, at)?;
            }
            Step::Approve { opinion, invalid, .. } => {
                self.expect_other_than_handler(actor)?;
                if *invalid {
                    required(&[("opinion", opinion, "认定为无效须写明理由")])?;
                    self.issue.resolution = Some(Resolution::Invalid);
                }
                self.detail.reviewer_id = actor.id;
                self.ask_for_rating(at);
            }
            Step::SendBack { reason, .. } => {
                self.expect_other_than_handler(actor)?;
                required(&[("reason", reason, "请写明退回重办的理由")])?;
                self.detail.reviewer_id = actor.id;
                self.issue.round += 1;
                self.issue.resolution = None;
                self.vain_round(context);
                self.issue.status = Status::InProgress;
                // Rework keeps the first clock.
                self.issue.step_limit = StepLimit::Reply;
                self.issue.step_due_at = self.issue.due_at;
            }
            Step::Answer { solved, result, attitude, words, .. } => {
                self.answer(*solved, *result, *attitude, words, at)?
            }
            Step::RatingTimeout => {
                self.issue.answer = Some(Answer::Unrated);
                self.close(at);
            }
            Step::UpholdDispute { finding } => {
                self.expect_neutral(actor)?;
                required(&[("finding", finding, "请写明核实情况")])?;
                self.issue.round += 1;
                self.do_again(at);
            }
            Step::DismissDispute { finding } => {
                self.expect_neutral(actor)?;
                required(&[("finding", finding, "请写明核实情况和对企业的解释")])?;
                // A merged issue that split off has no reply of its own: what it got is this explanation.
                self.issue.resolution = self.issue.resolution.or(Some(Resolution::Explained));
                self.close(at);
            }
            Step::Reopen { reason } => {
                required(&[("reason", reason, "请写明重开的理由")])?;
                let days = (shanghai_date(at) - shanghai_date(self.issue.closed_at)).num_days();
                if actor.by == Permission::AnswerAsEnterprise && days > REOPEN_DAYS {
                    return Err(Error::refused("销号已超过 90 天，不能直接重开，请重新反映或联系助企办"));
                }
                self.issue.round += 1;
                self.do_again(at);
            }
            Step::Appeal { reason } => {
                required(&[("reason", reason, "请写明申诉理由")])?;
                if self.detail.appealed {
                    return Err(Error::refused("每件问题只能申诉一次"));
                }
                self.detail.appealed = true;
                self.back_to_triage(at);
            }
            Step::Split { reason } => {
                required(&[("reason", reason, "请写明拆分的理由")])?;
                self.split(at)?;
            }
            Step::Withdraw { reason } => {
                required(&[("reason", reason, "请写明撤回的原因")])?;
                self.finish(Status::Withdrawn);
            }
            Step::FindPressure { finding } => {
                required(&[("finding", finding, "请写明回访中发现的情况")])?;
                self.detail.coerced = true;
                self.back_to_triage(at);
            }
            Step::CallBack { note, solved, result } => {
                required(&[("note", note, "请写回访情况")])?;
                // A call-back speaks for a company that did not answer; it never replaces the company's own words.
                if self.issue.status == Status::Closed && self.issue.answer == Some(Answer::Unrated) {
                    self.issue.answer = solved.or(self.issue.answer);
                    self.issue.rating = result.or(self.issue.rating);
                    self.partly_at_most();
                }
            }
            Step::SolveOnSite { text } => {
                required(&[("text", text, "请写明当场怎么解决的")])?;
                self.issue.resolution = Some(Resolution::Solved);
                self.issue.request = Request::OnSite;
                self.detail.measures.clone_from(text);
                self.detail.replied_at = at;
                self.detail.contacted_at = self.detail.contacted_at.min(at);
                self.ask_for_rating(at);
            }
            Step::ReviewOnSite { .. } => {
                self.expect_request(Request::OnSite)?;
                self.expect_other_than_handler(actor)?;
                self.issue.request = Request::None;
                self.detail.reviewer_id = actor.id;
            }
            Step::Correct { title, description, demand, category_id, enterprise, remark, reason } => {
                required(&[("reason", reason, "请写明更正的理由")])?;
                for (field, now) in [
                    (&mut self.issue.title, title),
                    (&mut self.detail.description, description),
                    (&mut self.detail.demand, demand),
                    (&mut self.detail.remark, remark),
                ] {
                    if let Some(now) = now {
                        field.clone_from(now);
                    }
                }
                self.issue.category_id = category_id.or(self.issue.category_id);
                if let Some(enterprise) = enterprise {
                    self.issue.enterprise_id = Some(enterprise.id);
                    self.issue.enterprise_name.clone_from(&enterprise.name);
                }
                required(&[("title", &self.issue.title, "标题不能为空")])?;
            }
            Step::Instruct { text } => required(&[("text", text, "请写批示内容")])?,
        }
        Ok(())
    }
}
