//! The limits of the default template `13710`, and which of them is in hand.
use super::{Dossier, workflow::*};
use crate::{
    calendar::{Calendar, Limit, shanghai_date},
    time::Time,
};

pub struct Template {
    pub name: &'static str,
    /// Triage and dispatch, from submission.
    pub triage: Limit,
    /// From dispatch.
    pub sign: Limit,
    /// First contact, from signing.
    pub contact: Limit,
    /// First progress, from dispatch.
    pub progress: Limit,
    /// Reply, from dispatch.
    pub reply_c: Limit,
    pub reply_b: Limit,
    pub reply_a: Limit,
    /// From reply.
    pub review: Limit,
    /// The company's confirmation, from approval.
    pub rating: Limit,
    /// Asked, and ruled.
    pub return_asked: Limit,
    pub dispute: Limit,
    pub rework: Limit,
    pub report: Limit,
}

pub const TEMPLATE: Template = Template {
    name: "13710",
    triage: Limit::Workdays(1),
    sign: Limit::Workdays(1),
    contact: Limit::Workdays(1),
    progress: Limit::Workdays(3),
    reply_c: Limit::Workdays(7),
    reply_b: Limit::Workdays(15),
    reply_a: Limit::Months(1),
    review: Limit::Workdays(2),
    rating: Limit::Workdays(5),
    return_asked: Limit::Workdays(1),
    dispute: Limit::Workdays(2),
    rework: Limit::Workdays(15),
    report: Limit::NaturalDays(30),
};

/// Most workdays the clock stands still for one supplement.
pub const SUPPLEMENT_DAYS: u32 = 5;
/// Most workdays of the one extension.
pub const EXTENSION_DAYS: u32 = 10;
/// Days after closure within which the company may reopen.
pub const REOPEN_DAYS: i64 = 90;

impl Template {
    pub fn reply(&self, complexity: Complexity) -> Limit {
        match complexity {
            Complexity::A => self.reply_a,
            Complexity::B => self.reply_b,
            Complexity::C => self.reply_c,
        }
    }
}

fn due(from: Time, limit: Limit) -> Time {
    Calendar::official().due_at(from, limit)
}

impl Dossier {
    pub(super) fn limit(&mut self, step: StepLimit, from: Time, limit: Limit) {
        self.issue.step_limit = step;
        self.issue.step_due_at = due(from, limit);
    }
    pub(super) fn no_limit(&mut self) {
        self.issue.step_limit = StepLimit::None;
        self.issue.step_due_at = Time::NEVER;
    }

    /// While a unit works, the nearest limit not met yet: first contact, first progress, the reply.
    pub(super) fn working_limit(&mut self) {
        let mut nearest = (StepLimit::Reply, self.issue.due_at);
        if self.detail.contacted_at.is_never() && !self.detail.signed_at.is_never() {
            let contact = due(self.detail.signed_at, TEMPLATE.contact);
            if contact < nearest.1 {
                nearest = (StepLimit::Contact, contact);
            }
        }
        if self.detail.progressed_at.is_never() {
            let calendar = Calendar::official();
            let progress = calendar.shift(due(self.detail.dispatched_at, TEMPLATE.progress), self.detail.paused_days);
            if progress < nearest.1 {
                nearest = (StepLimit::Progress, progress);
            }
        }
        (self.issue.step_limit, self.issue.step_due_at) = nearest;
    }

    /// The clock goes on after a pause: both reply limits move by the whole workdays it stood still, `most` at most.
    pub(super) fn end_pause(&mut self, at: Time, most: Option<i64>) {
        let Some(paused_at) = self.detail.paused_at.some() else {
            return;
        };
        let calendar = Calendar::official();
        let stood = calendar.workdays_between(shanghai_date(paused_at), shanghai_date(at)).max(0);
        let stood = most.map_or(stood, |most| stood.min(most));
        self.issue.due_at = calendar.shift(self.issue.due_at, stood);
        // Only waiting for the company stops the first clock; long-term tracking is the city's own time.
        if most.is_some() {
            self.detail.original_due_at = calendar.shift(self.detail.original_due_at, stood);
        }
        self.detail.paused_days += stood;
        self.detail.paused_at = Time::NEVER;
    }
}
