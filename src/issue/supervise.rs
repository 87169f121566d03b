//! What steps do that press for a problem: instructions of leaders, the rungs of the ladder, another lead unit.
use super::{
    Dossier, Instruction, IssueUnit, Supervision,
    apply::{Actor, Context},
    workflow::*,
};
use crate::{
    calendar::end_of_day,
    error::{Error, Invalid, Result},
    key,
    time::Time,
};
use chrono::NaiveDate;

impl Dossier {
    pub(super) fn instruct(&mut self, actor: &Actor, text: &str, answer_by: Option<NaiveDate>, at: Time) {
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

    pub(super) fn answer_instruction(&mut self, actor: &Actor, id: i64, text: &str, at: Time) -> Result<()> {
        let open = self.instructions.iter_mut().find(|one| one.id == id && one.answered_at.is_never());
        let open = open.ok_or_else(|| Error::Conflict("这条批示已经反馈，或者不在这件问题上".into()))?;
        open.answer = text.to_owned();
        open.answered_by.clone_from(&actor.name);
        open.answered_at = at;
        Ok(())
    }

    /// Remembers a rung of the ladder for the limit in hand.
    pub(super) fn supervised(&mut self, stage: Stage, number: &str, text: &str, actor: &Actor, at: Time) {
        let with_unit = self.issue.status.holder() == Holder::Unit;
        self.supervisions.push(Supervision {
            id: key::fresh(at),
            issue_id: self.issue.id,
            stage,
            step_limit: self.issue.step_limit,
            step_due_at: self.issue.step_due_at,
            unit_id: self.issue.lead_unit_id.filter(|_| with_unit),
            office_area_id: self.issue.office_area_id,
            number: number.to_owned(),
            text: text.to_owned(),
            actor: actor.name.clone(),
            given_at: at,
        });
    }

    /// Another unit takes the lead on the same clock; it signs anew.
    pub(super) fn transfer(&mut self, context: Context, lead_unit_id: i64, at: Time) -> Result<()> {
        let old = self.lead().cloned().ok_or_else(|| Error::internal("no unit has the lead"))?;
        if old.unit_id == lead_unit_id {
            return Err(Invalid::one("lead_unit", "它已经是主办单位").into());
        }
        if self.issue.status == Status::LongTerm {
            self.end_pause(context, at, None);
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
