//! Long random walks, checked against the model after every step.
use super::*;
use crate::support::{
    soak,
    walker::{content, known_action},
};
use rand::SeedableRng;
use zhuqi::{
    calendar::{shanghai_date, start_of_day},
    chain::first_hash,
    error::Error,
    issue::Main,
};

fn who(rng: &mut StdRng, history: &History, by: Permission) -> Actor {
    let id = match by {
        Permission::System => None,
        // Few people, so that the same one comes up as handler and reviewer.
        _ => Some(rng.random_range(1..6)),
    };
    let unit_id = match by {
        Permission::Handle => history.dossier.issue.lead_unit_id,
        Permission::CoHandle => UNITS.choose(rng).copied(),
        _ => None,
    };
    Actor { id, name: "某人".into(), by, unit_id }
}

const PERMISSIONS: &[Permission] = &[
    Permission::Triage,
    Permission::Review,
    Permission::Handle,
    Permission::CoHandle,
    Permission::AnswerAsEnterprise,
    Permission::CallBack,
    Permission::SolveOnSite,
    Permission::Instruct,
    Permission::System,
    Permission::CorrectIssue,
    Permission::Import,
    Permission::SeeIssues,
    Permission::RecordIssue,
];

/// What must hold of every history at every moment.
pub fn check(history: &History) {
    let issue = &history.dossier.issue;
    let detail = &history.dossier.detail;
    let mut previous = first_hash();
    let mut status = None;
    for (index, event) in history.events.iter().enumerate() {
        assert_eq!(event.seq, index as i64 + 1);
        assert_eq!(event.prev_hash, previous);
        assert_eq!(event.hash, event.computed_hash());
        assert_eq!(event.from_status, status);
        status = Some(event.to_status);
        previous.clone_from(&event.hash);
    }
    assert_eq!(status, Some(issue.status), "status is the last event's");
    let last = history.spans.last().expect("a span");
    assert!(last.until_at.is_never());
    assert_eq!((last.status, last.answer, last.resolution), (issue.status, issue.answer, issue.resolution));
    for pair in history.spans.windows(2) {
        assert_eq!(pair[0].until_at, pair[1].from_at, "spans leave no gap");
        assert!(pair[0].from_at < pair[0].until_at);
    }
    // Of the final ones only a withdrawal to be called back and a merged issue that was asked have a limit.
    let asked = matches!(issue.status, Status::Withdrawn | Status::Merged) && issue.step_limit != StepLimit::None;
    assert_eq!(issue.step_due_at.is_never(), issue.status.is_final() && !asked, "{:?}", issue.status);
    if issue.status == Status::Closed {
        assert!(issue.answer.is_some(), "closed without the company's answer or a mark");
        assert!(issue.resolution.is_some() && !issue.closed_at.is_never());
        if issue.answer == Some(Answer::Partly) {
            assert_ne!(issue.resolution, Some(Resolution::Solved), "partly closes as partly at most");
        }
    } else {
        assert!(issue.closed_at.is_never());
    }
    if let (Some(reviewer), Some(handler)) = (detail.reviewer_id, issue.handler_id)
        && history.events.last().is_some_and(|event| event.action == Action::Approve)
    {
        assert_ne!(reviewer, handler, "the reviewer is not the handler");
    }
    let leads = history.dossier.active_units().filter(|unit| unit.part == Part::Lead).count();
    assert!(leads <= 1);
    assert!(detail.extended_days <= 10 && issue.round >= 1);
    let not_in_work = [Status::Submitted, Status::Rejected, Status::Merged, Status::Withdrawn];
    if !not_in_work.contains(&issue.status) {
        assert!(!issue.registered_at.is_never(), "{:?} and never registered", issue.status);
        assert!(issue.complexity.is_some(), "{:?} cannot be dispatched", issue.status);
    }
    if matches!(issue.status, Status::Dispatched | Status::InProgress | Status::WaitingEnterprise | Status::LongTerm) {
        let lead = history.dossier.lead().map(|unit| unit.unit_id);
        assert!(issue.lead_unit_id.is_some() && leads == 1, "{:?} without a unit", issue.status);
        assert_eq!(lead, issue.lead_unit_id, "the one that leads is the one that has it");
    }
}

#[test]
fn a_hundred_thousand_random_walks_break_no_rule() {
    let (model, names) = (model(), names());
    // Each of sixty tries; all hundred thousand walks with the full counts.
    let most = soak::count(4_000, 100_000);
    let mut rng = StdRng::seed_from_u64(5084);
    let mut statuses = BTreeSet::new();
    let mut done = BTreeMap::<Action, usize>::new();
    let mut confirmed = 0;
    for _ in 0..most {
        let mut at = start_of_day("2022-03-01".parse().expect("a date")).plus_minutes(rng.random_range(0..400_000));
        let mut history = new_history(&mut rng, at);
        for _ in 0..60 {
            at = at.plus_minutes(rng.random_range(1..2_000));
            let from = history.dossier.issue.status;
            if from == Status::Merged {
                let main = Main {
                    lead_unit_id: Some(UNITS[0]).filter(|_| !history.events.len().is_multiple_of(3)),
                    handler_id: Some(1),
                    reviewer_id: Some(2),
                    category_id: Some(1),
                    complexity: Some(Complexity::B),
                    level: Some(Level::City),
                };
                history.dossier.main = Some(main);
            }
            // Mostly what the status knows, sometimes anything at all.
            let action = if rng.random_ratio(4, 5) {
                known_action(&mut rng, from)
            } else {
                Action::ALL.choose(&mut rng).copied()
            };
            let Some(action) = action else { continue };
            let Some(step) = content(&mut rng, &names, action, &history.dossier, shanghai_date(at)) else {
                continue;
            };
            let expected = model.get(&(from, action));
            let by = match expected {
                Some((_, who)) if rng.random_ratio(9, 10) => {
                    *PERMISSIONS.iter().find(|one| who.contains(&letter(**one))).expect("somebody may")
                }
                _ => *PERMISSIONS.choose(&mut rng).expect("one"),
            };
            // An office holds both of its permissions; take the one that the line asks for.
            let by = match transition(action, from) {
                Some(line) if letter(by) == 'o' => {
                    line.needs.iter().copied().find(|needed| letter(*needed) == 'o').unwrap_or(by)
                }
                _ => by,
            };
            let mut actor = who(&mut rng, &history, by);
            if action == Action::SolveOnSite && rng.random() {
                // In one act with the registration, by who recorded it.
                actor.id = history.dossier.issue.collector_id;
                at = history.last_at();
            }
            let before = history.clone();
            let deadline = (history.dossier.issue.due_at, history.dossier.detail.original_due_at);
            match (history.act(context(), &actor, &step, at), expected) {
                (Ok(()), None) => panic!("{action:?} was done in {from:?}"),
                (Ok(()), Some((to, who))) => {
                    let status = history.dossier.issue.status;
                    assert!(to.contains(&status), "{action:?} led from {from:?} to {status:?}");
                    assert!(who.contains(&letter(by)), "{by:?} did {action:?}");
                    if letter(by) == 'u' && !matches!(action, Action::Resume | Action::Reply) {
                        let now = (history.dossier.issue.due_at, history.dossier.detail.original_due_at);
                        assert_eq!(deadline, now, "a unit changed its own deadline by {action:?}");
                    }
                    if from == Status::AwaitingRating && status == Status::Closed {
                        assert!(matches!(letter(by), 'e' | 'b' | 's'));
                    }
                    // Only what the company says, itself or asked by telephone, is its answer.
                    let said = history.dossier.issue.answer;
                    if said != before.dossier.issue.answer && said.is_some_and(|answer| answer != Answer::Unrated) {
                        assert!(matches!(letter(by), 'e' | 'b'), "{by:?} answered for the company by {action:?}");
                        confirmed += 1;
                    }
                    check(&history);
                    statuses.insert(status);
                    *done.entry(action).or_default() += 1;
                }
                (Err(Error::Conflict(_)), None) => history = before,
                (Err(Error::Forbidden | Error::Refused(_) | Error::Invalid(_) | Error::Conflict(_)), Some(_)) => {
                    history = before;
                }
                (Err(error), _) => panic!("{action:?} in {from:?}: {error}"),
            }
        }
    }
    assert!(confirmed > 0, "companies answered");
    assert_eq!(statuses.len(), Status::ALL.len(), "every status was visited");
    let walked: BTreeSet<Action> = model.keys().map(|(_, action)| *action).collect();
    for action in walked {
        assert!(done.contains_key(&action), "{action:?} was never done");
    }
}
