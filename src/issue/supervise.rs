//! What steps do that press for a problem: instructions of leaders, the rungs of the ladder, another lead unit.
use super::{
    Dossier, Instruction, IssueUnit, Supervision,
    apply::{Actor, Context, required},
    deadline::FirstClock,
    step::Step,
    workflow::*,
};
use crate::{
    access::Permission,
    calendar::{end_of_day, shanghai_date},
    error::{Error, Invalid, Result},
    key,
    time::Time,
};
use chrono::NaiveDate;

impl Dossier {
    pub(super) fn press(&mut self, context: Context, actor: &Actor, step: &Step, at: Time) -> Result<()> {
        match step {
            Step::Instruct { text, answer_by } => {
                required(&[("text", text, "请写批示内容")])?;
                if answer_by.is_some_and(|on| on < shanghai_date(at)) {
                    return Err(Invalid::one("answer_by", "反馈日期不能在今天之前").into());
                }
                self.instruct(actor, text, *answer_by, at);
            }
            Step::AnswerInstruction { instruction_id, text } => {
                required(&[("text", text, "请写落实情况")])?;
                self.answer_instruction(actor, *instruction_id, text, at)?;
            }
            Step::Transfer { lead_unit_id, reason } => {
                required(&[("reason", reason, "请写明转办的理由")])?;
                self.transfer(context, *lead_unit_id, at)?;
            }
            Step::Remind { co, .. } => self.supervised(Stage::Remind, "", "", *co, actor, at),
            Step::Nudge { text, co, .. } => {
                required(&[("text", text, "请写催办的话")])?;
                self.supervised(Stage::Nudge, "", text, *co, actor, at);
            }
            Step::Supervise { number, text, co, .. } => {
                required(&[("text", text, "请写明督办要求"), ("number", number, "督办单没有编号")])?;
                self.supervised(Stage::Supervise, number, text, *co, actor, at);
            }
            Step::Raise { decided_by, reason, .. } => {
                required(&[("reason", reason, "请写明提级的理由"), ("decided_by", decided_by, "请写明谁决定的")])?;
                // The ladder goes on: its last rung tells the supervision office of a problem of the city too.
                let is_with_city = self.issue.office_area_id == context.city_area_id && self.issue.level == Level::City;
                if is_with_city && actor.by != Permission::System {
                    return Err(Error::refused("这件问题已经由市级办理，不能再提级"));
                }
                self.supervised(Stage::Raise, "", reason, None, actor, at);
                self.issue.level = Level::City;
                self.issue.office_area_id = context.city_area_id;
            }
            // Played again by another calendar, the limits follow from the steps themselves.
            Step::Recalculate { .. } if context.is_replay() => {}
            Step::Recalculate { due_at, original_due_at, step_due_at, units, .. } => {
                self.issue.due_at = Time(*due_at);
                self.detail.original_due_at = Time(*original_due_at);
                self.issue.step_due_at = Time(*step_due_at);
                for unit in self.units.iter_mut().filter(|unit| unit.active) {
                    if let Some((_, due_at)) = units.iter().find(|(id, _)| *id == unit.unit_id) {
                        unit.due_at = Time(*due_at);
                    }
                }
            }
            Step::FindFalse { finding } => {
                self.expect_outsider(actor)?;
                required(&[("finding", finding, "请写明抽查发现的情况")])?;
                self.issue.round += 1;
                self.do_again(context, at);
            }
            _ => return Err(Error::internal("not a step that presses for a problem")),
        }
        Ok(())
    }

    /// Whether a closure was false is found out by somebody who had no part in it.
    pub fn expect_outsider(&self, actor: &Actor) -> Result<()> {
        let by_unit = self.units.iter().map(|unit| unit.handler_id);
        // Solved on the spot, it was handled by who recorded it.
        let on_site = self.issue.collector_id.filter(|_| self.issue.lead_unit_id.is_none());
        let mut took_part = by_unit.chain([self.issue.handler_id, self.detail.reviewer_id, on_site]);
        if actor.id.is_some() && took_part.any(|id| id == actor.id) {
            return Err(Error::refused("办理过或审核过这件问题的人不能抽查它，请由其他回访员抽查"));
        }
        if actor.unit_id.is_some() && actor.unit_id == self.issue.lead_unit_id {
            return Err(Error::refused("主责单位的人不能抽查本单位办理的问题，请由其他回访员抽查"));
        }
        Ok(())
    }

    fn instruct(&mut self, actor: &Actor, text: &str, answer_by: Option<NaiveDate>, at: Time) {
        self.instructions.push(Instruction {
            id: key::fresh(at),
            issue_id: self.issue.id,
            leader_id: actor.id.unwrap_or(0),
            leader: actor.name.clone(),
            text: text.to_owned(),
            given_at: at,
            due_at: answer_by.map_or(Time::NEVER, end_of_day),
            answer: String::new(),
            answered_by: String::new(),
            answered_at: Time::NEVER,
        });
    }

    fn answer_instruction(&mut self, actor: &Actor, id: i64, text: &str, at: Time) -> Result<()> {
        let open = self.instructions.iter_mut().find(|one| one.id == id && one.answered_at.is_never());
        let open = open.ok_or_else(|| Error::Conflict("这条批示已经反馈，或者不在这件问题上".into()))?;
        open.answer = text.to_owned();
        open.answered_by.clone_from(&actor.name);
        open.answered_at = at;
        Ok(())
    }

    /// Remembers a rung of the ladder for the limit in hand, or for that of a co-handling unit.
    fn supervised(&mut self, stage: Stage, number: &str, text: &str, co: Option<(i64, i64)>, actor: &Actor, at: Time) {
        let with_unit = self.issue.status.holder() == Holder::Unit;
        let (step_limit, step_due_at, unit_id) = match co {
            Some((unit_id, due_at)) => (StepLimit::CoReply, Time(due_at), Some(unit_id)),
            None => (self.issue.step_limit, self.issue.step_due_at, self.issue.lead_unit_id.filter(|_| with_unit)),
        };
        self.supervisions.push(Supervision {
            id: key::fresh(at),
            issue_id: self.issue.id,
            stage,
            step_limit,
            step_due_at,
            unit_id,
            office_area_id: self.issue.office_area_id,
            number: number.to_owned(),
            text: text.to_owned(),
            actor: actor.name.clone(),
            given_at: at,
        });
    }

    /// Another unit takes the lead on the same clock; it signs anew.
    fn transfer(&mut self, context: Context, lead_unit_id: i64, at: Time) -> Result<()> {
        let old = self.lead().cloned().ok_or_else(|| Error::internal("no unit has the lead"))?;
        if old.unit_id == lead_unit_id {
            return Err(Invalid::one("lead_unit", "它已经是主办单位").into());
        }
        if self.issue.status == Status::LongTerm {
            self.end_pause(context, at, FirstClock::Ran, None);
        }
        let sign = self.template(context, at).sign;
        for unit in self.units.iter_mut().filter(|unit| unit.part == Part::Lead || unit.unit_id == lead_unit_id) {
            unit.active = false;
        }
        self.units.push(IssueUnit {
            id: key::fresh(at),
            unit_id: lead_unit_id,
            return_refused: self.units.iter().any(|unit| unit.unit_id == lead_unit_id && unit.return_refused),
            handler_id: None,
            reply: String::new(),
            active: true,
            given_at: at,
            ..old
        });
        self.issue.lead_unit_id = Some(lead_unit_id);
        self.issue.handler_id = None;
        self.issue.request = Request::None;
        self.detail.signed_at = Time::NEVER;
        self.issue.status = Status::Dispatched;
        self.limit(context, StepLimit::Sign, at, sign);
        Ok(())
    }
}
