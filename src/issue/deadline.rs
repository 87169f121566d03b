//! Which limit is in hand, and how pauses move limits. The limits themselves are the city's templates (`rules`).
use super::{Dossier, IssueUnit, apply::Context, workflow::*};
use crate::{
    calendar::{Limit, shanghai_date},
    error::{Error, Result},
    rules::Template,
    time::Time,
};

/// Most workdays the clock stands still for one supplement.
pub const SUPPLEMENT_DAYS: u32 = 5;
/// Most workdays of the one extension.
pub const EXTENSION_DAYS: u32 = 10;
/// Days after closure within which the company may reopen.
pub const REOPEN_DAYS: i64 = 90;

/// What the first clock did during a pause, which 按期 is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstClock {
    /// The company was waited for, or the problem was merged into another.
    Stood,
    /// Long-term tracking is the city's own time.
    Ran,
}

impl Dossier {
    /// The template of the unit that leads, as it was when the unit got the issue; before that the one that fits.
    pub fn template<'a>(&self, context: Context<'a>, at: Time) -> &'a Template {
        match self.lead() {
            Some(lead) => {
                let deadlines = context.rules.deadlines(lead.given_at);
                deadlines.find(&lead.template).unwrap_or(deadlines.usual())
            }
            None => context.rules.deadlines(at).suggested(self.issue.category_id, self.issue.level),
        }
    }

    /// The company's own reopening has a limit, the office's has none.
    pub(super) fn expect_lately_closed(&self, at: Time) -> Result<()> {
        if (shanghai_date(at) - shanghai_date(self.issue.closed_at)).num_days() > REOPEN_DAYS {
            return Err(Error::refused("销号已超过 90 天，不能直接重开，请重新反映或联系助企办"));
        }
        Ok(())
    }

    /// The issue is with its units, and this one has not answered.
    pub fn awaits(&self, unit: &IssueUnit) -> bool {
        let with_units = self.issue.status.holder() == Holder::Unit || self.issue.status == Status::WaitingEnterprise;
        with_units && (unit.part == Part::Lead || unit.replied_at.is_never())
    }

    pub(super) fn limit(&mut self, context: Context, step: StepLimit, from: Time, limit: Limit) {
        self.issue.step_limit = step;
        self.issue.step_due_at = context.calendar(from).due_at(from, limit);
    }
    pub(super) fn no_limit(&mut self) {
        self.issue.step_limit = StepLimit::None;
        self.issue.step_due_at = Time::NEVER;
    }

    /// While a unit works, the nearest limit not met yet: first contact, first progress, the reply.
    pub(super) fn working_limit(&mut self, context: Context, at: Time) {
        let calendar = context.calendar(at);
        let template = self.template(context, at);
        let mut nearest = (StepLimit::Reply, self.issue.due_at);
        // Rework has one limit: its reply.
        let first = self.issue.round == 1;
        if first && self.detail.contacted_at.is_never() && !self.detail.signed_at.is_never() {
            let contact = calendar.due_at(self.detail.signed_at, template.contact);
            let contact = calendar.shift(contact, self.detail.paused_days);
            if contact < nearest.1 {
                nearest = (StepLimit::Contact, contact);
            }
        }
        if first && self.detail.progressed_at.is_never() {
            let given_at = self.lead().map_or(self.detail.dispatched_at, |lead| lead.given_at);
            let progress = calendar.due_at(given_at, template.progress);
            let progress = calendar.shift(progress, self.detail.paused_days);
            if progress < nearest.1 {
                nearest = (StepLimit::Progress, progress);
            }
        }
        (self.issue.step_limit, self.issue.step_due_at) = nearest;
    }

    /// The clock goes on after a pause: the reply's limits move by the whole workdays it stood still, `most` at most.
    pub(super) fn end_pause(&mut self, context: Context, at: Time, first: FirstClock, most: Option<i64>) {
        let Some(paused_at) = self.detail.paused_at.some() else {
            return;
        };
        let calendar = context.calendar(at);
        let stood = calendar.workdays_between(shanghai_date(paused_at), shanghai_date(at)).max(0);
        let stood = most.map_or(stood, |most| stood.min(most));
        self.issue.due_at = calendar.shift(self.issue.due_at, stood);
        for unit in self.units.iter_mut().filter(|unit| unit.active) {
            unit.due_at = calendar.shift(unit.due_at, stood);
        }
        if first == FirstClock::Stood {
            self.detail.original_due_at = calendar.shift(self.detail.original_due_at, stood);
        }
        self.detail.paused_days += stood;
        self.detail.paused_at = Time::NEVER;
    }
}
