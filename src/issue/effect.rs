//! What steps have in common: giving an issue to units and taking it back, replying, closing, doing it again.
use super::{
    Dossier, IssueUnit,
    apply::{Actor, Context, required},
    deadline::*,
    workflow::*,
};
use crate::{
    calendar::{Calendar, shanghai_date},
    error::{Error, Invalid, Result},
    key,
    time::Time,
};

impl Dossier {
    pub(super) fn lead(&self) -> Option<&IssueUnit> {
        self.active_units().find(|unit| unit.part == Part::Lead)
    }

    pub(super) fn dispatch(&mut self, lead_unit_id: i64, co_unit_ids: &[i64], at: Time) -> Result<()> {
        if co_unit_ids.contains(&lead_unit_id) {
            return Err(Invalid::one("co_units", "主办单位不能同时是协办单位").into());
        }
        let complexity = self.issue.complexity.ok_or_else(|| Error::refused("请先建档，确定复杂程度"))?;
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
            });
        }
        self.issue.lead_unit_id = Some(lead_unit_id);
        self.issue.due_at = Calendar::official().due_at(at, TEMPLATE.reply(complexity));
        self.detail.original_due_at = self.issue.due_at;
        self.detail.dispatched_at = at;
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
        self.limit(StepLimit::Sign, at, TEMPLATE.sign);
        Ok(())
    }

    pub(super) fn take_back_from_units(&mut self) {
        for unit in &mut self.units {
            unit.active = false;
        }
        self.issue.lead_unit_id = None;
        self.issue.handler_id = None;
        self.issue.due_at = Time::NEVER;
    }

    pub(super) fn sign(&mut self, actor: &Actor, at: Time) {
        self.detail.signed_at = at;
        self.issue.handler_id = actor.id;
        if let Some(lead) = self.units.iter_mut().find(|unit| unit.active && unit.part == Part::Lead) {
            lead.handler_id = actor.id;
        }
        self.issue.status = Status::InProgress;
        self.working_limit();
    }

    pub(super) fn working_limit_if_in_progress(&mut self) {
        if self.issue.status == Status::InProgress {
            self.working_limit();
        }
    }

    pub(super) fn request_extension(&mut self, days: u32, reason: &str, at: Time) -> Result<()> {
        required(&[("reason", reason, "请写明延期的理由")])?;
        extension_days(days)?;
        self.expect_no_request()?;
        if self.detail.extended_days > 0 {
            return Err(Error::refused("只能延期一次，这件问题已经延过"));
        }
        let due = shanghai_date(self.issue.due_at);
        if Calendar::official().workdays_between(shanghai_date(at), due) < 1 {
            return Err(Error::refused("延期须在到期前至少 1 个工作日提出，期限已过"));
        }
        self.issue.request = Request::Extension;
        Ok(())
    }

    pub(super) fn resume(&mut self, at: Time, most: Option<i64>) {
        self.end_pause(at, most);
        self.issue.status = Status::InProgress;
        self.working_limit();
    }

    pub(super) fn reply(
        &mut self,
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
            self.end_pause(at, None);
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
        self.limit(StepLimit::Review, at, TEMPLATE.review);
        Ok(())
    }

    pub(super) fn ask_for_rating(&mut self, at: Time) {
        self.detail.approved_at = at;
        self.issue.answer = None;
        self.issue.rating = None;
        self.detail.attitude = None;
        self.issue.status = Status::AwaitingRating;
        self.limit(StepLimit::Rating, at, TEMPLATE.rating);
    }

    pub(super) fn answer(
        &mut self,
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
            let asked = self.main.is_some_and(|main| matches!(main.status, Status::AwaitingRating | Status::Closed));
            if !asked {
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
                // It splits off with the unit that handled the main issue.
                self.issue.lead_unit_id = self.main.and_then(|main| main.lead_unit_id);
                self.issue.main_issue_id = None;
            }
            self.issue.status = Status::Disputed;
            self.limit(StepLimit::Dispute, at, TEMPLATE.dispute);
        } else if !merged {
            self.close(at);
        }
        Ok(())
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
    pub(super) fn do_again(&mut self, at: Time) {
        self.issue.closed_at = Time::NEVER;
        self.issue.resolution = None;
        self.issue.request = Request::None;
        self.detail.paused_at = Time::NEVER;
        if let Some(lead_unit_id) = self.issue.lead_unit_id {
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
                });
            }
            self.issue.status = Status::InProgress;
            self.issue.due_at = Calendar::official().due_at(at, TEMPLATE.rework);
            self.issue.step_limit = StepLimit::Reply;
            self.issue.step_due_at = self.issue.due_at;
        } else {
            self.issue.status = Status::Registered;
            self.limit(StepLimit::Triage, at, TEMPLATE.triage);
        }
    }

    pub(super) fn back_to_triage(&mut self, at: Time) {
        self.take_back_from_units();
        self.issue.resolution = None;
        self.issue.status = Status::Submitted;
        self.limit(StepLimit::Triage, at, TEMPLATE.triage);
    }

    pub(super) fn split(&mut self, at: Time) -> Result<()> {
        let before = self.detail.merged_from.take().ok_or_else(|| Error::internal("merged from no status"))?;
        self.issue.main_issue_id = None;
        self.issue.status = before;
        match before {
            Status::Dispatched => self.limit(StepLimit::Sign, at, TEMPLATE.sign),
            Status::InProgress => self.working_limit(),
            _ => self.limit(StepLimit::Triage, at, TEMPLATE.triage),
        }
        Ok(())
    }

    /// Dispatched in vain for the second time: the city office takes over by itself.
    pub(super) fn vain_round(&mut self, context: Context) {
        self.detail.vain_rounds += 1;
        if self.detail.vain_rounds >= 2 {
            self.issue.office_area_id = context.city_area_id;
        }
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

pub(super) fn extension_days(days: u32) -> Result<()> {
    if (1..=EXTENSION_DAYS).contains(&days) {
        Ok(())
    } else {
        Err(Invalid::one("days", "延期为 1 至 10 个工作日").into())
    }
}
