//! What the events of one issue say, up to a moment: the columns of the ledger that tell what was done.
use crate::{
    error::Result,
    issue::{step::Step, workflow::*},
    time::Time,
};

/// An event as far as the ledger needs it.
#[derive(Debug, Clone)]
pub struct Happened {
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub actor_id: Option<i64>,
    pub actor: String,
    pub at: Time,
    pub step: Step,
}

/// Times are `NEVER` until it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub dispatched_at: Time,
    pub signed_at: Time,
    pub contacted_at: Time,
    pub replied_at: Time,
    pub closed_at: Time,
    /// 1, and one more each time it had to be done again.
    pub round: i64,
    pub handler_id: Option<i64>,
    pub co_unit_ids: Vec<i64>,
    pub responsible_leader: String,
    pub progress: String,
    pub measures: String,
    /// The last opinion of a review.
    pub review: String,
    /// The last call-back: who called and what was answered.
    pub call_back: String,
    /// The same with what the company confided in it; not for everybody.
    pub confided: String,
    pub attitude: Option<Rating>,
    /// The company's own words; not for everybody.
    pub words: String,
    /// Wrong dispatches that were taken back.
    pub returned: i64,
    /// Nudges.
    pub nudged: i64,
    /// Numbers of the notices of supervision.
    pub notices: Vec<String>,
    /// Raised to the city.
    pub raised: bool,
    pub main_number: String,
    /// Something later than the moment moved the limits.
    pub limits_moved_since: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            dispatched_at: Time::NEVER,
            signed_at: Time::NEVER,
            contacted_at: Time::NEVER,
            replied_at: Time::NEVER,
            closed_at: Time::NEVER,
            round: 1,
            handler_id: None,
            co_unit_ids: Vec::new(),
            responsible_leader: String::new(),
            progress: String::new(),
            measures: String::new(),
            review: String::new(),
            call_back: String::new(),
            confided: String::new(),
            attitude: None,
            words: String::new(),
            returned: 0,
            nudged: 0,
            notices: Vec::new(),
            raised: false,
            main_number: String::new(),
            limits_moved_since: false,
        }
    }
}

fn said(label: &str, text: &str) -> String {
    if text.trim().is_empty() { label.to_owned() } else { format!("{label}：{}", text.trim()) }
}

fn moves_limits(happened: &Happened) -> bool {
    use Action::*;
    let action = happened.step.action();
    let moves = matches!(action, Dispatch | UpholdReturn | GrantExtension | Supplement | SupplementTimeout | Resume);
    let again = matches!(action, UpholdDispute | Reopen | Appeal | FindPressure | FindFalse | Recalculate | Transfer);
    moves || again || (action == Reply && happened.from_status == Some(Status::LongTerm))
}

impl Facts {
    /// The events in their order; those from `before` on only tell whether limits moved since.
    pub fn of(events: &[Happened], before: Time) -> Self {
        let mut facts = Self::default();
        for happened in events {
            if happened.at < before {
                facts.add(happened);
            } else {
                facts.limits_moved_since |= moves_limits(happened);
            }
        }
        facts
    }

    fn no_answer(&mut self) {
        self.attitude = None;
        self.words.clear();
    }

    fn take_back(&mut self) {
        self.handler_id = None;
        self.co_unit_ids.clear();
    }

    fn add(&mut self, happened: &Happened) {
        let at = happened.at;
        match &happened.step {
            Step::Dispatch { co_unit_ids, responsible_leader, .. } => {
                self.take_back();
                self.dispatched_at = self.dispatched_at.min(at);
                (self.signed_at, self.contacted_at, self.replied_at) = (Time::NEVER, Time::NEVER, Time::NEVER);
                self.co_unit_ids.clone_from(co_unit_ids);
                self.responsible_leader.clone_from(responsible_leader);
            }
            Step::Import { facts, .. } => {
                self.progress = facts.progress.clone().unwrap_or_default();
                self.measures = facts.measures.clone().unwrap_or_default();
            }
            Step::CloseImported { text, .. } => {
                self.progress.clone_from(text);
                self.replied_at = at;
            }
            Step::Sign => (self.signed_at, self.handler_id) = (at, happened.actor_id),
            Step::AutoSign | Step::RefuseReturn { .. } => (self.signed_at, self.handler_id) = (at, None),
            Step::Transfer { lead_unit_id, .. } => {
                self.handler_id = None;
                self.signed_at = Time::NEVER;
                self.co_unit_ids.retain(|id| id != lead_unit_id);
            }
            Step::UpholdReturn { .. } => {
                self.take_back();
                self.dispatched_at = Time::NEVER;
                self.returned += 1;
            }
            Step::Appeal { .. } | Step::FindPressure { .. } => self.take_back(),
            Step::Contact { .. } => self.contacted_at = self.contacted_at.min(at),
            Step::Progress { note, measures } => {
                self.progress.clone_from(note);
                self.take_measures(measures);
            }
            Step::Report { note, .. } => self.progress.clone_from(note),
            Step::Reply { text, measures, .. } => {
                self.progress.clone_from(text);
                self.take_measures(measures);
                self.replied_at = at;
                self.handler_id = happened.actor_id.or(self.handler_id);
            }
            Step::SolveOnSite { text } => {
                self.no_answer();
                self.measures.clone_from(text);
                self.replied_at = at;
                self.contacted_at = self.contacted_at.min(at);
            }
            Step::Approve { opinion, invalid, .. } => {
                self.no_answer();
                self.review = said(if *invalid { "认定无效" } else { "审核通过" }, opinion);
            }
            Step::SendBack { reason, .. } => {
                self.review = said("退回重办", reason);
                self.round += 1;
            }
            Step::ReviewOnSite { four, opinion } => {
                self.review = said("当场解决复核", opinion);
                if !four.solved {
                    self.no_answer();
                    self.round += 1;
                }
            }
            Step::Reopen { .. } | Step::UpholdDispute { .. } | Step::FindFalse { .. } => {
                self.no_answer();
                self.round += 1;
            }
            Step::Answer { solved, result, attitude, words, called_back_by, main, .. } => {
                self.attitude = Some(*attitude);
                self.words.clone_from(words);
                if !called_back_by.is_empty() {
                    self.call_back = format!("{called_back_by}：{}，结果{}", solved.label(), result.label());
                    self.confided.clone_from(&self.call_back);
                }
                if let (Status::Disputed, Some(main)) = (happened.to_status, main) {
                    self.take_back();
                    self.handler_id = main.handler_id;
                    self.replied_at = Time::NEVER;
                    self.main_number.clear();
                }
            }
            Step::CallBack { note, solved, .. } => {
                let answer = solved.map_or(String::new(), |one| format!("（{}）", one.label()));
                self.call_back = format!("{}{answer}", happened.actor);
                self.confided = said(&happened.actor, &format!("{note}{answer}"));
            }
            Step::Nudge { .. } => self.nudged += 1,
            Step::Supervise { number, .. } => self.notices.push(number.clone()),
            Step::Raise { .. } => self.raised = true,
            Step::Merge { main_number, .. } => self.main_number.clone_from(main_number),
            Step::Split { .. } => {
                self.no_answer();
                self.main_number.clear();
            }
            _ => {}
        }
        self.closed_at = match happened.to_status {
            Status::Closed => self.closed_at.min(at),
            _ => Time::NEVER,
        };
    }

    fn take_measures(&mut self, measures: &str) {
        if !measures.trim().is_empty() {
            self.measures = measures.to_owned();
        }
    }

    /// 催办 2，督办〔2026〕1号，提级.
    pub fn supervised(&self) -> String {
        let nudged = (self.nudged > 0).then(|| format!("催办 {}", self.nudged));
        let raised = self.raised.then(|| "提级".to_owned());
        nudged.into_iter().chain(self.notices.iter().cloned()).chain(raised).collect::<Vec<_>>().join("，")
    }

    /// 退回 1，重办 2.
    pub fn vain(&self) -> String {
        let counts = [("退回", self.returned), ("重办", self.round - 1)];
        let told: Vec<_> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(label, count)| format!("{label} {count}")).collect();
        told.join("，")
    }
}

/// Reads an event's step.
pub fn step(data: &str) -> Result<Step> {
    Ok(serde_json::from_str(data)?)
}
