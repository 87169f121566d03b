//! The ledger of a limit over random histories: it ends where the stored limit ends, and the minutes of those who had
//! the problem make up exactly the time that passed.
use super::*;
use crate::support::{
    soak,
    walker::{content, known_action},
};
use rand::{Rng, SeedableRng};
use zhuqi::{
    calendar::{Calendar, Limit, shanghai_date, start_of_day},
    issue::{
        clockwork::{Clockwork, Hand, working_minutes},
        deadline::EXTENSION_DAYS,
        recalculate::Limits,
        replay::replay,
    },
};

fn walk(rng: &mut StdRng) -> History {
    let mut at = start_of_day("2022-03-01".parse().expect("a date")).plus_minutes(rng.random_range(0..400_000));
    let mut history = new_history(rng, at);
    let names = names();
    for _ in 0..rng.random_range(3..40) {
        at = at.plus_minutes(rng.random_range(1..3_000));
        let from = history.dossier.issue.status;
        // Histories that end early say little about clocks.
        let known = known_action(rng, from).filter(|action| *action != Action::Reject);
        // An extension takes two that are rare: asked for in time, and granted before anything else is.
        let extension = match history.dossier.issue.request {
            Request::Extension => Action::GrantExtension,
            _ => Action::RequestExtension,
        };
        let Some(action) = known.map(|action| if rng.random_ratio(1, 6) { extension } else { action }) else {
            continue;
        };
        let Some(step) = content(rng, &names, action, &history.dossier, shanghai_date(at)) else { continue };
        let Some(line) = transition(action, from) else { continue };
        let by = *line.needs.first().expect("somebody may");
        let unit_id = match by {
            Permission::Handle => history.dossier.issue.lead_unit_id,
            _ => None,
        };
        let actor = Actor { id: Some(rng.random_range(1..6)), name: "某人".into(), by, unit_id };
        let before = history.clone();
        if history.act(context(), &actor, &step, at).is_err() {
            history = before;
        }
    }
    history
}

#[test]
fn the_ledger_ends_at_the_stored_limit_and_its_minutes_add_up() {
    let mut rng = StdRng::seed_from_u64(1440);
    let calendar = Calendar::official();
    let (mut running, mut paused, mut extended, mut counted, mut by_calendar) = (0, 0, 0, 0, 0);
    for _ in 0..soak::count(1_500, 100_000) {
        let history = walk(&mut rng);
        let (issue, detail) = (&history.dossier.issue, &history.dossier.detail);
        let now = history.last_at().plus_minutes(rng.random_range(0..20_000));
        let work = Clockwork::of(issue, detail, &history.events, context(), now).expect("a ledger");
        let end = work.stretches.last().expect("somebody has it").until;
        let holders = work.holders(calendar);
        let sum: i64 = holders.iter().map(|(_, minutes)| minutes).sum();
        assert_eq!(sum, working_minutes(calendar, issue.submitted_at, end), "{:?}", history.events);
        let first = shanghai_date(issue.submitted_at);
        let plain = first.iter_days().take_while(|on| *on < shanghai_date(end)).skip(1);
        let whole = plain.filter(|on| calendar.is_workday(*on)).count() as i64 * 1440;
        assert!((whole..=whole + 2 * 1440).contains(&sum), "{whole} whole minutes between, {sum} held");

        let days = work.days(calendar, shanghai_date(end), shanghai_date(end));
        let by_day: i64 = days.iter().flat_map(|day| &day.hands).map(|(_, minutes)| minutes).sum();
        let held: i64 = holders.iter().filter(|(hand, _)| *hand != Hand::Nobody).map(|(_, minutes)| minutes).sum();
        assert_eq!(by_day, held, "day by day is the same as altogether");

        let Some(due_at) = issue.due_at.some() else { continue };
        let clock = work.clock.as_ref().expect("a limit that was started");
        assert_eq!(clock.due_at(calendar), due_at, "{:?}", history.events);
        running += 1;
        paused += usize::from(!work.pauses.is_empty());
        extended += usize::from(clock.moves.iter().any(|(action, _)| *action == Action::GrantExtension));
        let due = shanghai_date(due_at);
        let days = work.days(calendar, due, due.max(shanghai_date(end)));
        assert_eq!(days.last().map(|day| day.on), Some(due));
        let stood = days.iter().filter(|day| day.paused && day.on > shanghai_date(clock.started_at)).count() as i64;
        let moved: i64 = clock.moves.iter().map(|(_, days)| days).sum();
        let by_pauses: i64 =
            clock.moves.iter().filter(|(action, _)| *action != Action::GrantExtension).map(|(_, days)| days).sum();
        // What stood still after the limit or before a fresh clock moves nothing that the ledger counts.
        // Nor does anything after the reply.
        use Status::*;
        let replied = matches!(issue.status, Replied | AwaitingRating | Disputed | Closed);
        if let (Limit::Workdays(n), true, false) = (clock.limit, stood == by_pauses, replied) {
            assert_eq!(days.iter().filter_map(|day| day.number).next_back(), Some(i64::from(n) + moved - stood));
            assert!(moved - stood <= i64::from(EXTENSION_DAYS));
            counted += 1;
        }
        // A month counts every day; what comes on top is in workdays.
        let months = clock.limit.calendar_day(shanghai_date(clock.started_at));
        if let (Some(end), true, false) = (months, work.pauses.is_empty(), replied) {
            let plain = (end - shanghai_date(clock.started_at)).num_days();
            assert_eq!(
                days.iter().filter_map(|day| day.number).next_back(),
                Some(plain + moved),
                "{:?}",
                history.events
            );
            by_calendar += 1;
        }
    }
    assert!(by_calendar > 20, "{by_calendar}");
    assert!(running > 300 && paused > 20 && extended > 5 && counted > 200, "{running} {paused} {extended} {counted}");
}

#[test]
fn playing_an_open_history_again_by_the_same_calendar_moves_no_limit() {
    let mut rng = StdRng::seed_from_u64(2026);
    let again = Context { by_calendar_of: Some(Time(0)), ..context() };
    for _ in 0..soak::count(1_000, 50_000) {
        let history = walk(&mut rng);
        let dossier = &history.dossier;
        if dossier.issue.is_open() {
            let played = replay(&dossier.issue, &dossier.detail, &history.events, again, |_, _| Ok(())).expect("plays");
            assert_eq!(Limits::of(&played), Limits::of(dossier), "{:?}", history.events);
        }
    }
}
