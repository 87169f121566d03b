//! What a step does to an issue: a pure function on a `Dossier`. The database, the demo city and replay all use it.
use super::{
    Dossier,
    step::{Contact, Step},
    workflow::*,
};
use crate::{
    access::Permission,
    calendar::Calendar,
    error::{Error, Invalid, Result},
    rules::Rules,
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
pub struct Context<'a> {
    pub city_area_id: i64,
    pub rules: &'a Rules,
    /// Set when a history is played again to compute its limits anew: by the calendar of this moment. Whether a step
    /// came in time was decided when it was done.
    pub by_calendar_of: Option<Time>,
    /// By which rules: those of today, or those by which an older event was written.
    pub edition: u8,
}

/// Of the rules that steps are done by; an event keeps it, so that a history is played by the rules of its time. 0: being
/// merged stopped no clock, and work that began again gave no limit to co-handling units.
pub const EDITION: u8 = 1;

impl<'a> Context<'a> {
    pub fn new(city_area_id: i64, rules: &'a Rules) -> Self {
        Self { city_area_id, rules, by_calendar_of: None, edition: EDITION }
    }
    pub fn calendar(self, at: Time) -> &'a Calendar {
        self.rules.calendar(self.by_calendar_of.unwrap_or(at))
    }
    pub(super) fn is_replay(self) -> bool {
        self.by_calendar_of.is_some()
    }
}

pub(super) fn required(fields: &[(&str, &str, &str)]) -> Result<()> {
    missing_texts(fields).check()
}

/// To be shown together with whatever else is wrong.
pub(super) fn missing_texts(fields: &[(&str, &str, &str)]) -> Invalid {
    let mut invalid = Invalid::default();
    for (field, text, message) in fields {
        if text.trim().is_empty() {
            invalid.add(field, *message);
        }
    }
    invalid
}

/// Does the step or says why not; on an error the dossier is to be thrown away. Returns the status before.
pub fn apply(dossier: &mut Dossier, context: Context, actor: &Actor, step: &Step, at: Time) -> Result<Status> {
    let before = dossier.issue.status;
    let line = transition(step.action(), before).ok_or_else(|| Error::Conflict(step.action().out_of_place(before)))?;
    if !line.needs.contains(&actor.by) {
        return Err(Error::Forbidden);
    }
    dossier.step(context, actor, step, at)?;
    let status = dossier.issue.status;
    let is_known = if line.to.is_empty() { status == before } else { line.to.contains(&status) };
    debug_assert!(is_known, "{:?} led from {before:?} to {status:?}", step.action());
    dossier.issue.version += 1;
    Ok(before)
}

impl Dossier {
    fn step(&mut self, context: Context, actor: &Actor, step: &Step, at: Time) -> Result<()> {
        match step {
            Step::Submit { .. } | Step::Import { .. } => return Err(Error::internal("made by submit, not by a step")),
            Step::Register { category_id, complexity, level, urgency, duplicates_looked_at, group_id } => {
                // On the spot there is no list to look at; the office looks when it reviews.
                if !duplicates_looked_at && actor.by != Permission::SolveOnSite {
                    return Err(
                        Invalid::one("duplicates_looked_at", "请先看过相似问题，确认不是重复反映，再建档").into()
                    );
                }
                let issue = &mut self.issue;
                issue.category_id = Some(*category_id);
                issue.complexity = Some(*complexity);
                issue.level = *level;
                issue.urgency = *urgency;
                // It counts for the group of its first registration.
                if issue.registered_at.is_never() {
                    issue.group_id = group_id.or(issue.group_id);
                }
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
                if context.edition > 0 {
                    self.detail.paused_at = at;
                }
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
            Step::Dispatch { lead_unit_id, co_unit_ids, template, requirement, responsible_leader } => {
                self.dispatch(context, *lead_unit_id, co_unit_ids, template, at)?;
                self.detail.requirement.clone_from(requirement);
                self.detail.responsible_leader.clone_from(responsible_leader);
            }
            Step::Sign | Step::AutoSign => self.sign(context, actor, at),
            Step::RequestReturn { reason, basis, suggested_unit } => {
                required(&[
                    ("reason", reason, "请写明退回的理由"),
                    ("basis", basis, "请写明依据（职责规定或文件）"),
                    ("suggested_unit", suggested_unit, "请写明建议由哪个单位办理"),
                ])?;
                if self.lead().is_some_and(|unit| unit.return_refused) {
                    return Err(Error::refused("这件问题的退回申请已经裁定不同意，一个单位只能申请一次"));
                }
                let within = self.template(context, at).return_asked;
                let given_at = self.lead().map_or(at, |lead| lead.given_at);
                if !context.is_replay() && at > context.calendar(at).due_at(given_at, within) {
                    let why = format!("退回申请须在交办后 {} 内提出，期限已过", within.label());
                    return Err(Error::refused(why));
                }
                self.issue.status = Status::ReturnRequested;
                self.limit(context, StepLimit::Return, at, within);
            }
            Step::UpholdReturn { finding, level } => {
                required(&[("finding", finding, "请写明裁定理由")])?;
                self.take_back_from_units();
                self.vain_round(context, *level);
                self.issue.status = Status::Registered;
                // A wrong dispatch was ruled: the clock restarts.
                self.detail.original_due_at = Time::NEVER;
                self.detail.dispatched_at = Time::NEVER;
                self.limit(context, StepLimit::Triage, at, self.template(context, at).triage);
            }
            Step::RefuseReturn { finding } => {
                required(&[("finding", finding, "请写明裁定理由")])?;
                if let Some(lead) = self.units.iter_mut().find(|unit| unit.active && unit.part == Part::Lead) {
                    lead.return_refused = true;
                }
                self.sign(context, &Actor { id: None, ..actor.clone() }, at);
            }
            Step::Contact { person, note } => {
                required(&[("person", person, "请写明联系了谁"), ("note", note, "请写明联系的情况")])?;
                self.detail.contacted_at = self.detail.contacted_at.min(at);
                if self.issue.status == Status::InProgress {
                    self.working_limit(context, at);
                }
            }
            Step::Progress { note, measures } => {
                required(&[("note", note, "请写明做了什么、下一步做什么")])?;
                self.detail.progressed_at = self.detail.progressed_at.min(at);
                self.detail.progress.clone_from(note);
                if !measures.trim().is_empty() {
                    self.detail.measures.clone_from(measures);
                }
                self.working_limit(context, at);
            }
            Step::RequestExtension { .. } | Step::GrantExtension { .. } | Step::RefuseExtension { .. } => {
                self.ask(context, step, at)?;
            }
            Step::RequestSupplement { .. } | Step::Supplement { .. } | Step::SupplementTimeout => {
                self.ask(context, step, at)?;
            }
            Step::RequestLongTerm { .. } | Step::AgreeLongTerm { .. } | Step::RefuseLongTerm { .. } => {
                self.ask(context, step, at)?;
            }
            Step::Report { .. } | Step::Resume { .. } => self.ask(context, step, at)?,
            Step::CoReply { unit_id, text } => {
                required(&[("text", text, "请写协办反馈")])?;
                if actor.unit_id.is_some_and(|own| own != *unit_id) {
                    return Err(Error::Forbidden);
                }
                let unit = self
                    .units
                    .iter_mut()
                    .find(|unit| unit.active && unit.part == Part::Co && unit.unit_id == *unit_id)
                    .ok_or(Error::Forbidden)?;
                unit.reply.clone_from(text);
                unit.replied_at = at;
                unit.handler_id = actor.id;
            }
            Step::Reply { resolution, text, measures, override_reason } => {
                self.reply(context, *resolution, text, measures, override_reason, actor, at)?;
            }
            Step::Approve { four, opinion, invalid } => {
                self.expect_other_than_handler(actor)?;
                if !four.replied {
                    return Err(Invalid::one("four_replied", "还没有答复企业，请退回重办").into());
                }
                if !four.solved && self.issue.resolution == Some(Resolution::Solved) && !invalid {
                    let why = "问题没有解决，不能按“已解决”通过；请退回重办，改报办结类别";
                    return Err(Invalid::one("four_solved", why).into());
                }
                if *invalid {
                    required(&[("opinion", opinion, "认定为无效须写明理由")])?;
                    self.issue.resolution = Some(Resolution::Invalid);
                }
                self.detail.reviewer_id = actor.id;
                self.ask_for_rating(context, at);
            }
            Step::SendBack { reason, level, .. } => {
                self.expect_other_than_handler(actor)?;
                required(&[("reason", reason, "请写明退回重办的理由")])?;
                self.detail.reviewer_id = actor.id;
                self.issue.round += 1;
                self.issue.resolution = None;
                self.vain_round(context, *level);
                self.issue.status = Status::InProgress;
                // Rework keeps the first clock.
                self.issue.step_limit = StepLimit::Reply;
                self.issue.step_due_at = self.issue.due_at;
            }
            Step::Answer { solved, result, attitude, words, main, group_id, .. } => {
                let merged = self.issue.status == Status::Merged;
                self.answer(context, *solved, *result, *attitude, words, at)?;
                if let (true, Status::Disputed, Some(main)) = (merged, self.issue.status, main) {
                    self.split_off(*main, *group_id, at);
                }
            }
            Step::Ask { .. } => self.limit(context, StepLimit::Rating, at, self.template(context, at).rating),
            Step::RatingTimeout => {
                self.issue.answer = Some(Answer::Unrated);
                self.close(at);
            }
            Step::UpholdDispute { finding } => {
                self.expect_neutral(actor)?;
                required(&[("finding", finding, "请写明核实情况")])?;
                self.issue.round += 1;
                self.do_again(context, at);
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
                if actor.by == Permission::AnswerAsEnterprise {
                    self.expect_lately_closed(at)?;
                }
                self.issue.round += 1;
                self.do_again(context, at);
            }
            Step::Appeal { reason } => {
                required(&[("reason", reason, "请写明申诉理由")])?;
                if self.detail.appealed {
                    return Err(Error::refused("每件问题只能申诉一次"));
                }
                self.detail.appealed = true;
                self.back_to_triage(context, at);
            }
            Step::Split { reason } => {
                required(&[("reason", reason, "请写明拆分的理由")])?;
                self.split(context, at)?;
            }
            Step::Withdraw { reason } => {
                required(&[("reason", reason, "请写明撤回的原因")])?;
                let within = self.template(context, at).call_back;
                self.finish(Status::Withdrawn);
                // Every one is called back.
                self.limit(context, StepLimit::CallBack, at, within);
            }
            Step::FindPressure { finding } => {
                required(&[("finding", finding, "请写明回访中发现的情况")])?;
                self.detail.coerced = true;
                self.back_to_triage(context, at);
            }
            Step::CallBack { note, solved, result } => {
                required(&[("note", note, "请写回访情况")])?;
                if self.issue.status == Status::Withdrawn {
                    self.no_limit();
                }
                // A call-back speaks for a company that did not answer; it never replaces the company's own words.
                if self.issue.status == Status::Closed && self.issue.answer == Some(Answer::Unrated) {
                    self.issue.answer = solved.or(self.issue.answer);
                    self.issue.rating = result.or(self.issue.rating);
                    self.partly_at_most();
                    if self.issue.answer == Some(Answer::No) || self.issue.rating.is_some_and(Rating::is_bad) {
                        self.issue.closed_at = Time::NEVER;
                        self.issue.status = Status::Disputed;
                        self.limit(context, StepLimit::Dispute, at, self.template(context, at).dispute);
                    }
                }
            }
            Step::SolveOnSite { text } => {
                required(&[("text", text, "请写明当场怎么解决的")])?;
                // Only together with its registration, by the one who recorded it: no way round dispatch and review.
                if self.issue.round > 1 || self.issue.registered_at != at || self.issue.collector_id != actor.id {
                    return Err(Error::refused("当场解决只能由记录人在建档的同时登记，其他的请交办"));
                }
                self.issue.resolution = Some(Resolution::Solved);
                self.issue.request = Request::OnSite;
                self.detail.measures.clone_from(text);
                self.detail.replied_at = at;
                self.detail.contacted_at = self.detail.contacted_at.min(at);
                self.ask_for_rating(context, at);
            }
            Step::ReviewOnSite { four, opinion } => {
                self.expect_request(Request::OnSite)?;
                self.expect_other_than_handler(actor)?;
                self.issue.request = Request::None;
                self.detail.reviewer_id = actor.id;
                if !four.solved {
                    required(&[("opinion", opinion, "没有解决的，请写明复核情况")])?;
                    self.issue.round += 1;
                    self.do_again(context, at);
                }
            }
            Step::Correct { title, description, demand, category_id, enterprise, remark, contact, reason } => {
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
                    self.goes_with(context, enterprise.area_id);
                }
                // Played again, the event knows its hash alone, and the contact is the one that is stored.
                if let Some(Contact::Told { name, phone }) = contact {
                    self.detail.contact_name.clone_from(name);
                    self.detail.contact_phone.clone_from(phone);
                }
                required(&[("title", &self.issue.title, "标题不能为空")])?;
            }
            // What they are about stands in tables of their own.
            Step::Attach { .. } | Step::PrintSlip { .. } => {}
            // It changes nothing: who has to answer is told.
            Step::RemindInstruction { .. } => {}
            Step::VoidAttachment { reason, .. } => required(&[("reason", reason, "请写明作废的原因")])?,
            Step::Instruct { .. } | Step::AnswerInstruction { .. } | Step::Transfer { .. } | Step::Remind { .. } => {
                self.press(context, actor, step, at)?;
            }
            Step::Nudge { .. } | Step::Supervise { .. } | Step::Raise { .. } | Step::FindFalse { .. } => {
                self.press(context, actor, step, at)?;
            }
            Step::Recalculate { .. } => self.press(context, actor, step, at)?,
        }
        Ok(())
    }
}
