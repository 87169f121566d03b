//! A message's link that opens one step of one issue for one person, without signing in: looking never uses it up,
//! doing the step does. The person's rights are asked anew each time.
pub mod pages;
pub mod query;

use crate::{
    issue::{Issue, workflow::*},
    time::Time,
};

/// Days until a link is good for nothing.
pub const DAYS: i64 = 7;

/// The step that the limit in hand asks of a unit, where its form is short enough for a telephone.
pub fn step(issue: &Issue, contacted_at: Time) -> Option<Action> {
    match (issue.status, issue.step_limit) {
        (Status::Dispatched, _) => Some(Action::Sign),
        (Status::InProgress, StepLimit::Contact) if contacted_at.is_never() => Some(Action::Contact),
        (Status::InProgress, _) => Some(Action::Progress),
        (Status::LongTerm, _) => Some(Action::Report),
        _ => None,
    }
}
