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
/// Days for which it is remembered after that.
pub const KEPT_DAYS: i64 = 90;

/// The step that the limit in hand asks of who gets the message, where its form is short enough for a telephone: of a
/// unit, or of the company.
pub fn step(issue: &Issue, contacted_at: Time, is_official: bool) -> Option<Action> {
    let action = match (issue.status, issue.step_limit) {
        (Status::Dispatched, _) => Some(Action::Sign),
        (Status::InProgress, StepLimit::Contact) if contacted_at.is_never() => Some(Action::Contact),
        (Status::InProgress, _) => Some(Action::Progress),
        (Status::LongTerm, _) => Some(Action::Report),
        (Status::AwaitingRating, _) | (Status::Merged, StepLimit::Rating) => Some(Action::Answer),
        (Status::WaitingEnterprise, _) => Some(Action::Supplement),
        _ => None,
    };
    // Nobody speaks for the company but itself.
    action.filter(|action| matches!(action, Action::Answer | Action::Supplement) != is_official)
}
