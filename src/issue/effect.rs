//! What steps have in common: giving an issue to units and taking it back, replying, closing, doing it again.
use super::{
    Dossier, IssueUnit, Main,
    apply::{Actor, Context, required},
    deadline::FirstClock,
    workflow::*,
};
use crate::{
    error::{Error, Invalid, Result},
    key,
    time::Time,
};

impl Dossier {
    pub fn lead(&self) -> Option<&IssueUnit> {
        self.active_units().find(|unit| unit.part == Part::Lead)
    }

    /// Gives the issue to a lead unit and its co-units; a fresh clock for each.
    pub(super) fn dispatch(
        &mut self,
        context: Context,
        lead_unit_id: i64,
        co_unit_ids: &[i64],
        template: &str,
        at: Time,
    ) -> Result<()> {
        if co_unit_ids.contains(&lead_unit_id) {
            return Err(Invalid::one("co_units", "主办单位不能同时是协办单位").into());
        }
        let complexity = self.issue.complexity.ok_or_else(|| Error::refused("请先建档，确定复杂程度"))?;
        let template = context
            .rules
            .deadlines(at)
            .find(template)
            .ok_or_else(|| Invalid::one("template", "没有这个时限模板，请重新选择"))?;
        let due_at = context.calendar(at).due_at(at, template.reply(complexity));
        self.take_back_from_units();
        let given = [(lead_unit_id, Part::Lead)].into_iter().chain(co_unit_ids.iter().map(|id| (*id, Part::Co)));
        for (unit_id, part) in given {
            self.units.push(IssueUnit {
                id: key::fresh(at),
                issue_id: self.issue.id,
                unit_id,
                part,
                active: true,
                return_refused: self.units.iter().any(|unit| unit.unit_id == unit_id && unit.return_refused),
                handler_id: None,
                reply: String::new(),
                replied_at: Time::NEVER,
                given_at: at,
                template: template.name.clone(),
                due_at,
            });
        }
        self.issue.lead_unit_id = Some(lead_unit_id);
        // Giving it to units anew does not reset the first clock; only a ruling that the dispatch was wrong does.
        if self.detail.dispatched_at.is_never() {
            self.detail.original_due_at = due_at;
            self.detail.dispatched_at = at;
        }
        self.issue.due_at = self.detail.original_due_at;
        self.set_lead_due(self.issue.due_at);
        for time in [
            &mut self.detail.signed_at,
            &mut self.detail.contacted_at,
            &mut self.detail.progressed_at,
            &mut self.detail.paused_at,
            &mut self.detail.replied_at,
            &mut self.detail.approved_at,
        ] {
            *time = Time::NEVER;
        }
        self.detail.paused_days = 0;
        self.detail.extended_days = 0;
        self.issue.status = Status::Dispatched;
        self.limit(context, StepLimit::Sign, at, template.sign);
        Ok(())
    }

    /// The lead unit's clock is the issue's.
    pub(super) fn set_lead_due(&mut self, due_at: Time) {
        if let Some(lead) = self.units.iter_mut().find(|unit| unit.active && unit.part == Part::Lead) {
            lead.due_at = due_at;
        }
    }

    pub(super) fn take_back_from_units(&mut self) {
        for unit in &mut self.units {
            unit.active = false;
        }
        self.issue.lead_unit_id = None;
        self.issue.handler_id = None;
        self.issue.due_at = Time::NEVER;
    }

    pub(super) fn sign(&mut self, context: Context, actor: &Actor, at: Time) {
        self.detail.signed_at = at;
        self.issue.handler_id = actor.id;
        if let Some(lead) = self.units.iter_mut().find(|unit| unit.active && unit.part == Part::Lead) {
            lead.handler_id = actor.id;
        }
        self.issue.status = Status::InProgress;
        self.working_limit(context, at);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one step")]
    pub(super) fn reply(
        &mut self,
        context: Context,
        resolution: Resolution,
        text: &str,
        measures: &str,
        override_reason: &str,
        actor: &Actor,
        at: Time,
    ) -> Result<()> {
        required(&[("text", text, "请写答复内容")])?;
        if resolution == Resolution::Invalid {
            return Err(Invalid::one("resolution", "无效只能由助企办在审核时认定").into());
        }
        let waiting = self.active_units().any(|unit| unit.part == Part::Co && unit.replied_at.is_never());
        if waiting && override_reason.trim().is_empty() {
            return Err(Invalid::one("override_reason", "还有协办单位没有反馈，请写明不再等待的理由").into());
        }
        if self.issue.status == Status::LongTerm {
            self.end_pause(context, at, FirstClock::Ran, None);
        }
        self.issue.resolution = Some(resolution);
        self.issue.request = Request::None;
        self.issue.handler_id = actor.id.or(self.issue.handler_id);
        self.detail.progress = text.to_owned();
        if !measures.trim().is_empty() {
            self.detail.measures = measures.to_owned();
        }
        self.detail.replied_at = at;
        self.issue.status = Status::Replied;
        self.limit(context, StepLimit::Review, at, self.template(context, at).review);
        Ok(())
    }

    pub(super) fn ask_for_rating(&mut self, context: Context, at: Time) {
        self.detail.approved_at = at;
        self.forget_answer();
        self.issue.status = Status::AwaitingRating;
        self.limit(context, StepLimit::Rating, at, self.template(context, at).rating);
    }

    pub(super) fn answer(
        &mut self,
        context: Context,
        solved: Answer,
        result: Rating,
        attitude: Rating,
        words: &str,
        at: Time,
    ) -> Result<()> {
        if solved == Answer::Unrated {
            return Err(Invalid::one("solved", "请选择问题是否解决").into());
        }
        let merged = self.issue.status == Status::Merged;
        if merged {
            if self.issue.step_limit != StepLimit::Rating {
                return Err(Error::refused("并入的问题还没有办完，现在还不能评价"));
            }
            if self.issue.answer.is_some() {
                return Err(Error::Conflict("这件问题已经评价过".into()));
            }
        }
        self.issue.answer = Some(solved);
        self.issue.rating = Some(result);
        self.detail.attitude = Some(attitude);
        self.detail.words = words.to_owned();
        self.partly_at_most();
        if solved == Answer::No || result.is_bad() {
            if merged {
                self.end_pause(context, at, FirstClock::Stood, None);
            }
            self.issue.status = Status::Disputed;
            self.limit(context, StepLimit::Dispute, at, self.template(context, at).dispute);
        } else if merged {
            self.no_limit();
        } else {
            self.close(at);
        }
        Ok(())
    }

    /// A merged issue whose company says "no" goes on by itself, with the unit that handled the main issue; who
    /// reviewed or handled that one does not look into it. Never registered, it is now, as the main issue was, and counts
    /// for the group of its company.
    pub(super) fn split_off(&mut self, main: Main, group_id: Option<i64>, at: Time) {
        if let (true, Some(complexity)) = (self.issue.registered_at.is_never(), main.complexity) {
            self.issue.category_id = self.issue.category_id.or(main.category_id);
            self.issue.complexity = Some(complexity);
            self.issue.level = main.level.unwrap_or(self.issue.level);
            self.issue.group_id = group_id.or(self.issue.group_id);
            self.issue.registered_at = at;
        }
        self.take_back_from_units();
        self.issue.main_issue_id = None;
        self.detail.merged_from = None;
        // What it was told before it was merged is no reply to what its company says now.
        self.detail.replied_at = Time::NEVER;
        self.issue.lead_unit_id = main.lead_unit_id;
        self.issue.handler_id = main.handler_id;
        self.detail.reviewer_id = main.reviewer_id;
    }

    /// "Partly" closes as partly solved at most.
    pub(super) fn partly_at_most(&mut self) {
        if self.issue.answer == Some(Answer::Partly) && self.issue.resolution == Some(Resolution::Solved) {
            self.issue.resolution = Some(Resolution::PartlySolved);
        }
    }

    pub(super) fn close(&mut self, at: Time) {
        self.finish(Status::Closed);
        self.issue.closed_at = at;
    }

    /// The answer was given before the history came here, so no company was asked: closed as unrated.
    pub(super) fn close_imported(
        &mut self,
        resolution: Resolution,
        text: &str,
        complexity: Complexity,
        lead_unit_id: Option<i64>,
        at: Time,
    ) -> Result<()> {
        if !self.issue.history {
            return Err(Error::refused("只有历史导入的问题可以凭原来的答复销号"));
        }
        required(&[("text", text, "历史问题要有答复才能销号")])?;
        self.issue.registered_at = self.issue.registered_at.min(self.issue.submitted_at);
        // Should it be reopened, it can be dispatched at once.
        self.issue.complexity = Some(complexity);
        self.issue.lead_unit_id = lead_unit_id;
        self.issue.resolution = Some(resolution);
        self.issue.answer = Some(Answer::Unrated);
        self.detail.progress = text.to_owned();
        self.detail.replied_at = at;
        self.close(at);
        Ok(())
    }

    /// Until it is registered, a problem goes with its company to the office of the company's area; one that was passed
    /// up to the city stays there. Its number stays as it is.
    pub(super) fn goes_with(&mut self, context: Context, area_id: i64) {
        let issue = &mut self.issue;
        if !issue.registered_at.is_never() || issue.area_id == area_id {
            return;
        }
        if issue.office_area_id == issue.area_id {
            issue.office_area_id = area_id;
            issue.level = if area_id == context.city_area_id { Level::City } else { Level::County };
        }
        issue.area_id = area_id;
    }

    /// Into a final status: no limit runs and nothing is asked any more (the review of an on-site solution is).
    pub(super) fn finish(&mut self, status: Status) {
        self.issue.status = status;
        if self.issue.request != Request::OnSite || status != Status::Closed {
            self.issue.request = Request::None;
        }
        self.detail.paused_at = Time::NEVER;
        self.no_limit();
    }

    /// Back to work with the rework limit; an issue that no unit ever had goes to the office to be dispatched.
    pub(super) fn do_again(&mut self, context: Context, at: Time) {
        self.issue.closed_at = Time::NEVER;
        self.issue.resolution = None;
        self.issue.request = Request::None;
        self.forget_answer();
        self.detail.paused_days = 0;
        self.detail.paused_at = Time::NEVER;
        if let Some(lead_unit_id) = self.issue.lead_unit_id {
            let template = self.template(context, at);
            let due_at = context.calendar(at).due_at(at, template.rework);
            if self.lead().is_none() {
                self.units.push(IssueUnit {
                    id: key::fresh(at),
                    issue_id: self.issue.id,
                    unit_id: lead_unit_id,
                    part: Part::Lead,
                    active: true,
                    return_refused: true,
                    handler_id: None,
                    reply: String::new(),
                    replied_at: Time::NEVER,
                    given_at: at,
                    template: template.name.clone(),
                    due_at,
                });
            }
            self.issue.status = Status::InProgress;
            self.issue.due_at = due_at;
            self.set_lead_due(due_at);
            if context.edition > 0 {
                self.ask_co_units_again(due_at);
            }
            self.issue.step_limit = StepLimit::Reply;
            self.issue.step_due_at = self.issue.due_at;
        } else {
            self.issue.status = Status::Registered;
            self.limit(context, StepLimit::Triage, at, self.template(context, at).triage);
        }
    }

    /// What they answered was about the last round, as was the limit of those who did not.
    fn ask_co_units_again(&mut self, due_at: Time) {
        for unit in self.units.iter_mut().filter(|unit| unit.active && unit.part == Part::Co) {
            unit.reply.clear();
            unit.replied_at = Time::NEVER;
            unit.due_at = due_at;
        }
    }

    /// What the company said of the last round says nothing about the next.
    fn forget_answer(&mut self) {
        self.issue.answer = None;
        self.issue.rating = None;
        self.detail.attitude = None;
    }

    pub(super) fn back_to_triage(&mut self, context: Context, at: Time) {
        self.take_back_from_units();
        self.issue.resolution = None;
        self.issue.status = Status::Submitted;
        self.limit(context, StepLimit::Triage, at, self.template(context, at).triage);
    }

    pub(super) fn split(&mut self, context: Context, at: Time) -> Result<()> {
        let before = self.detail.merged_from.take().ok_or_else(|| Error::internal("merged from no status"))?;
        self.issue.main_issue_id = None;
        self.forget_answer();
        self.issue.status = before;
        // Nobody could work on it while it was merged.
        self.end_pause(context, at, FirstClock::Stood, None);
        match before {
            Status::Dispatched => self.limit(context, StepLimit::Sign, at, self.template(context, at).sign),
            Status::InProgress => self.working_limit(context, at),
            _ => self.limit(context, StepLimit::Triage, at, self.template(context, at).triage),
        }
        Ok(())
    }

    /// Dispatched in vain for the second time: the city office takes over by itself.
    pub(super) fn vain_round(&mut self, context: Context, level: Option<Level>) {
        if self.next_vain_round_moves() {
            self.issue.office_area_id = context.city_area_id;
            self.issue.level = level.unwrap_or(self.issue.level);
        }
        self.detail.vain_rounds += 1;
    }
    pub(super) fn next_vain_round_moves(&self) -> bool {
        self.detail.vain_rounds >= 1
    }

    pub(super) fn expect_request(&self, request: Request) -> Result<()> {
        if self.issue.request == request {
            Ok(())
        } else {
            Err(Error::Conflict(format!("没有待处理的{}，可能已经有人处理", request.label())))
        }
    }
    pub(super) fn expect_no_request(&self) -> Result<()> {
        if self.issue.request == Request::None {
            Ok(())
        } else {
            Err(Error::refused(format!("已有{}等待助企办答复", self.issue.request.label())))
        }
    }
    pub(super) fn expect_other_than_handler(&self, actor: &Actor) -> Result<()> {
        let is_handler = actor.id.is_some()
            && (actor.id == self.issue.handler_id
                || (self.issue.request == Request::OnSite && actor.id == self.issue.collector_id));
        if is_handler { Err(Error::refused("办理人不能审核自己办理的问题")) } else { Ok(()) }
    }
    /// A bad rating is looked into by somebody who neither reviewed nor handled it.
    pub(super) fn expect_neutral(&self, actor: &Actor) -> Result<()> {
        self.expect_other_than_handler(actor)?;
        if actor.id.is_some() && actor.id == self.detail.reviewer_id {
            return Err(Error::refused("差评须由审核人以外的调度员核实，请转给其他调度员或市助企办"));
        }
        Ok(())
    }
}
