//! Whom an event concerns.
use crate::issue::{Dossier, step::Step, workflow::*};

/// A group of people around an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Handlers of a unit.
    Unit(i64),
    /// Dispatchers of an area's office.
    Office(i64),
    /// Leaders of an area.
    Leaders(i64),
    Company(i64),
    /// Those who call companies back, of an area.
    Callers(i64),
    Person(i64),
}

struct Around<'a> {
    before: &'a Dossier,
    after: &'a Dossier,
    told: Vec<Audience>,
}

impl Around<'_> {
    fn lead(&mut self) -> &mut Self {
        self.told.extend(self.after.issue.lead_unit_id.map(Audience::Unit));
        self
    }
    /// Lead and co-units before the step, which may not have it any more.
    fn units_before(&mut self) -> &mut Self {
        self.told.extend(self.before.issue.lead_unit_id.map(Audience::Unit));
        self.told.extend(self.before.active_units().map(|unit| Audience::Unit(unit.unit_id)));
        self
    }
    fn co(&mut self) -> &mut Self {
        let co = self.after.active_units().filter(|unit| unit.part == Part::Co);
        self.told.extend(co.map(|unit| Audience::Unit(unit.unit_id)));
        self
    }
    fn office(&mut self) -> &mut Self {
        self.told.push(Audience::Office(self.after.issue.office_area_id));
        self
    }
    fn collector(&mut self) -> &mut Self {
        self.told.extend(self.after.issue.collector_id.map(Audience::Person));
        self
    }
    fn company(&mut self) -> &mut Self {
        self.told.extend(self.after.issue.enterprise_id.map(Audience::Company));
        self
    }
    /// Of the area's office and of the city's: both see the area's withdrawals.
    fn callers(&mut self) -> &mut Self {
        self.told.push(Audience::Callers(self.after.issue.area_id));
        self.told.push(Audience::Callers(self.after.issue.office_area_id));
        self
    }
    /// Who had to act before the step.
    fn holder(&mut self) -> &mut Self {
        match self.before.issue.status.holder() {
            Holder::Unit => self.lead(),
            _ => {
                self.told.push(Audience::Office(self.before.issue.office_area_id));
                self
            }
        }
    }
    fn leaders(&mut self) -> &mut Self {
        self.told.push(Audience::Leaders(self.after.issue.area_id));
        self.told.push(Audience::Leaders(self.after.issue.office_area_id));
        self
    }
    fn leader_of(&mut self, instruction_id: i64) {
        let given = self.before.instructions.iter().filter(|one| one.id == instruction_id);
        self.told.extend(given.map(|one| Audience::Person(one.leader_id)));
    }
    /// Who has it now, when it has to be done again.
    fn again(&mut self) -> &mut Self {
        if self.after.issue.status.holder() == Holder::Unit { self.lead() } else { self.office() }
    }
}

/// `before` is the issue before the step, `after` behind it.
pub fn audience(before: &Dossier, after: &Dossier, step: &Step) -> Vec<Audience> {
    let mut around = Around { before, after, told: Vec::new() };
    if let Some((unit_id, _)) = step.pressed_co() {
        return vec![Audience::Unit(unit_id)];
    }
    let action = step.action();
    match action {
        Action::Register => around.collector(),
        Action::Dispatch => around.lead().co().collector(),
        Action::Transfer => around.lead().units_before(),
        // The main issue's unit had both in hand.
        Action::Split => {
            around.told.extend(before.main.and_then(|main| main.lead_unit_id).map(Audience::Unit));
            around.units_before().again()
        }
        Action::AutoSign | Action::Supplement | Action::SupplementTimeout => around.lead(),
        // Its case takes longer.
        Action::GrantExtension => around.lead().company(),
        Action::RefuseReturn
        | Action::RefuseExtension
        | Action::AgreeLongTerm
        | Action::RefuseLongTerm
        | Action::CoReply => around.lead(),
        Action::UpholdReturn => {
            around.told.extend(before.issue.lead_unit_id.map(Audience::Unit));
            &mut around
        }
        Action::RequestReturn | Action::RequestExtension | Action::RequestLongTerm => around.office(),
        Action::RequestSupplement | Action::Ask => around.company(),
        Action::Reply => around.office().collector(),
        Action::Approve => around.lead().company(),
        Action::Reject => around.collector().company(),
        Action::Merge => around.units_before().collector().company(),
        Action::SendBack => around.again(),
        Action::UpholdDispute => around.again().co(),
        Action::FindFalse => around.again().co().company(),
        Action::Reopen => around.again().co().collector().company(),
        Action::Answer | Action::CallBack if after.issue.status == Status::Disputed => around.office(),
        Action::Answer | Action::RatingTimeout | Action::DismissDispute if after.issue.status == Status::Closed => {
            let around = around.lead().collector();
            // What its bad rating came to, or its silence.
            if action == Action::Answer { around } else { around.company() }
        }
        Action::Withdraw => around.lead().office().callers(),
        Action::Appeal | Action::FindPressure => around.office(),
        Action::Remind | Action::Nudge => around.holder(),
        Action::Supervise if after.issue.level == Level::City => around.holder().leaders(),
        Action::Supervise => around.holder(),
        Action::Raise => around.holder().office().leaders(),
        Action::Instruct => around.lead().office(),
        Action::AnswerInstruction => {
            if let Step::AnswerInstruction { instruction_id, .. } = step {
                around.leader_of(*instruction_id);
            }
            &mut around
        }
        Action::RemindInstruction => {
            match after.issue.lead_unit_id {
                Some(_) => around.lead(),
                None => around.office(),
            };
            if let Step::RemindInstruction { instruction_id, left: None } = step {
                around.leader_of(*instruction_id);
            }
            &mut around
        }
        _ => &mut around,
    };
    // It goes to another office: both are to know.
    let moves = matches!(action, Action::UpholdReturn | Action::SendBack | Action::PassUp);
    if moves && before.issue.office_area_id != after.issue.office_area_id {
        around.told.push(Audience::Office(before.issue.office_area_id));
        around.office();
    }
    let mut told = around.told;
    let mut kept = Vec::with_capacity(told.len());
    for one in told.drain(..) {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}
