//! The life of a problem against a model written by hand, and long random walks that break no rule.
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::collections::{BTreeMap, BTreeSet};
use zhuqi::{
    access::Permission,
    calendar::{Calendar, shanghai_date, start_of_day},
    error::Error,
    issue::{
        Main,
        apply::{Actor, Context},
        event::first_hash,
        history::History,
        step::{FourAnswers, Step},
        submit::NewIssue,
        workflow::*,
    },
    time::Time,
};

const CITY: i64 = 1;
const DISTRICT: i64 = 2;
const UNITS: [i64; 4] = [11, 12, 13, 14];
const CONTEXT: Context = Context { city_area_id: CITY };

type Model = BTreeMap<(Status, Action), (BTreeSet<Status>, Vec<char>)>;

/// Reads the hand-written model.
fn model() -> Model {
    let mut model = Model::new();
    let lines = include_str!("data/workflow.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in lines {
        let (head, who) = line.split_once(" @ ").expect("who");
        let (head, to) = head.split_once(" -> ").expect("where to");
        let (status, action) = head.split_once(": ").expect("status and action");
        let status: Status = status.parse().expect(line);
        let action: Action = action.parse().expect(line);
        let to = match to {
            "=" => BTreeSet::from([status]),
            to => to.split(' ').map(|word| word.parse().expect(line)).collect(),
        };
        let who = who.split(' ').filter_map(|word| word.chars().next()).collect();
        assert!(model.insert((status, action), (to, who)).is_none(), "twice: {line}");
    }
    model
}

fn letter(permission: Permission) -> char {
    match permission {
        Permission::Triage | Permission::Review => 'o',
        Permission::Handle => 'u',
        Permission::CoHandle => 'c',
        Permission::AnswerAsEnterprise => 'e',
        Permission::CallBack => 'b',
        Permission::SolveOnSite => 'd',
        Permission::Instruct => 'l',
        Permission::System => 's',
        Permission::CorrectIssue => 'k',
        Permission::Import => 'i',
        other => panic!("{other:?} does no step"),
    }
}

#[test]
fn the_table_says_what_the_rules_say() {
    let model = model();
    let mut table = Model::new();
    for line in TRANSITIONS {
        for from in line.from {
            let to = if line.to.is_empty() { BTreeSet::from([*from]) } else { line.to.iter().copied().collect() };
            let mut who: Vec<char> = line.needs.iter().map(|needed| letter(*needed)).collect();
            who.dedup();
            assert!(table.insert((*from, line.action), (to, who)).is_none(), "{from:?} {:?} twice", line.action);
        }
    }
    for (key, line) in &model {
        assert_eq!(table.get(key), Some(line), "{key:?}");
    }
    assert_eq!(table.len(), model.len(), "the table has lines that the rules do not have");
}

#[test]
fn every_status_is_reached_and_only_final_ones_can_be_left_alone() {
    let mut reached = BTreeSet::from([Status::Submitted]);
    loop {
        let before = reached.len();
        for line in TRANSITIONS {
            if line.from.iter().any(|from| reached.contains(from)) {
                reached.extend(line.to);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    assert_eq!(reached.len(), Status::ALL.len());
    let closed = [Status::Closed, Status::Rejected, Status::Merged, Status::Withdrawn];
    for status in Status::ALL {
        assert_eq!(status.is_final(), closed.contains(status));
        let leaves = actions(*status).any(|line| line.to.iter().any(|to| to != status));
        assert!(leaves, "{status:?} is a dead end");
    }
}

#[test]
fn a_unit_never_closes_and_nobody_else_answers_for_the_company() {
    for line in TRANSITIONS {
        let closes = line.to.contains(&Status::Closed);
        let by_unit = line.needs.iter().any(|needed| matches!(needed, Permission::Handle | Permission::CoHandle));
        assert!(!(closes && by_unit), "{:?}", line.action);
        if line.action == Action::Answer {
            assert_eq!(line.needs, [Permission::AnswerAsEnterprise, Permission::CallBack]);
        }
    }
}

fn new_history(rng: &mut StdRng, at: Time) -> History {
    let new = NewIssue {
        enterprise_id: Some(1),
        enterprise_name: "郑州砺衡纺织有限公司".into(),
        area_id: DISTRICT,
        group_id: Some(1),
        collector_id: Some(700),
        channel: *Channel::ALL.choose(rng).expect("a channel"),
        title: "用电增容".into(),
        description: "变压器不够用".into(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: String::new(),
        contact_phone: String::new(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: rng.random_ratio(1, 3).then(|| ("留言".into(), "2549".into())),
    };
    let channel = new.channel;
    let (issue, detail) = new.rows("ZZ-410103-2026-000001".into(), CITY, at);
    let actor = Actor { id: Some(700), name: "干部".into(), by: Permission::RecordIssue, unit_id: None };
    History::begin(issue, detail, &actor, &Step::Submit { channel }).expect("begins")
}

/// A step with content that is mostly complete.
fn content(rng: &mut StdRng, action: Action, today: chrono::NaiveDate) -> Option<Step> {
    let text = |rng: &mut StdRng| {
        if rng.random_ratio(1, 40) { " ".to_owned() } else { "写明了情况".to_owned() }
    };
    let four = FourAnswers { solved: true, replied: true, met: true, satisfied: rng.random() };
    let answer = *[Answer::Solved, Answer::Partly, Answer::No, Answer::Unrated].choose(rng)?;
    let rating = *Rating::ALL.choose(rng)?;
    Some(match action {
        Action::Register => Step::Register {
            category_id: 1,
            complexity: *Complexity::ALL.choose(rng)?,
            level: Level::County,
            urgency: Urgency::Normal,
            duplicates_looked_at: rng.random_ratio(19, 20),
        },
        Action::CloseImported => Step::CloseImported {
            resolution: *Resolution::ALL.choose(rng)?,
            text: text(rng),
            complexity: *Complexity::ALL.choose(rng)?,
            lead_unit_id: UNITS.choose(rng).copied().filter(|_| rng.random()),
        },
        Action::Merge => {
            Step::Merge { main_issue_id: 77, main_number: "ZZ-410103-2026-000077".into(), reason: text(rng) }
        }
        Action::Reject => Step::Reject { reason: text(rng), channel: text(rng) },
        Action::PassUp => Step::PassUp { reason: text(rng) },
        Action::Dispatch => {
            let lead = *UNITS.choose(rng)?;
            let co = UNITS.iter().copied().filter(|_| rng.random_ratio(1, 4)).collect();
            Step::Dispatch {
                lead_unit_id: lead,
                co_unit_ids: co,
                template: "13710".into(),
                requirement: text(rng),
                responsible_leader: String::new(),
            }
        }
        Action::Sign => Step::Sign,
        Action::AutoSign => Step::AutoSign,
        Action::RequestReturn => Step::RequestReturn { reason: text(rng), basis: text(rng), suggested_unit: text(rng) },
        Action::UpholdReturn => Step::UpholdReturn { finding: text(rng) },
        Action::RefuseReturn => Step::RefuseReturn { finding: text(rng) },
        Action::Contact => Step::Contact { person: text(rng), note: text(rng) },
        Action::Progress => Step::Progress { note: text(rng), measures: text(rng) },
        Action::RequestExtension => Step::RequestExtension { days: rng.random_range(0..13), reason: text(rng) },
        Action::GrantExtension => Step::GrantExtension { days: rng.random_range(0..13), opinion: text(rng) },
        Action::RefuseExtension => Step::RefuseExtension { opinion: text(rng) },
        Action::RequestSupplement => Step::RequestSupplement { missing: text(rng), days: rng.random_range(0..8) },
        Action::Supplement => Step::Supplement { text: text(rng) },
        Action::SupplementTimeout => Step::SupplementTimeout,
        Action::RequestLongTerm => Step::RequestLongTerm {
            reason: text(rng),
            milestones: text(rng),
            next_on: today + chrono::Days::new(rng.random_range(0..40)),
            told: text(rng),
        },
        Action::AgreeLongTerm => Step::AgreeLongTerm { opinion: String::new() },
        Action::RefuseLongTerm => Step::RefuseLongTerm { opinion: text(rng) },
        Action::Report => Step::Report { note: text(rng) },
        Action::Resume => Step::Resume { note: text(rng) },
        Action::CoReply => Step::CoReply { text: text(rng) },
        Action::Reply => Step::Reply {
            resolution: *Resolution::ALL.choose(rng)?,
            text: text(rng),
            measures: text(rng),
            override_reason: if rng.random() { text(rng) } else { String::new() },
        },
        Action::Approve => Step::Approve { four, opinion: text(rng), invalid: rng.random_ratio(1, 10) },
        Action::SendBack => Step::SendBack { four, reason: text(rng) },
        Action::Answer => Step::Answer {
            solved: answer,
            result: rating,
            attitude: rating,
            words: String::new(),
            called_back_by: String::new(),
        },
        Action::RatingTimeout => Step::RatingTimeout,
        Action::UpholdDispute => Step::UpholdDispute { finding: text(rng) },
        Action::DismissDispute => Step::DismissDispute { finding: text(rng) },
        Action::Reopen => Step::Reopen { reason: text(rng) },
        Action::Appeal => Step::Appeal { reason: text(rng) },
        Action::Split => Step::Split { reason: text(rng) },
        Action::Withdraw => Step::Withdraw { reason: text(rng) },
        Action::FindPressure => Step::FindPressure { finding: text(rng) },
        Action::CallBack => Step::CallBack { note: text(rng), solved: Some(answer), result: Some(rating) },
        Action::SolveOnSite => Step::SolveOnSite { text: text(rng) },
        Action::ReviewOnSite => Step::ReviewOnSite { four, opinion: String::new() },
        Action::Correct => Step::Correct {
            title: Some("用电增容（更正）".into()),
            description: None,
            demand: None,
            category_id: None,
            enterprise: None,
            remark: None,
            reason: text(rng),
        },
        Action::Instruct => Step::Instruct { text: text(rng) },
        _ => return None,
    })
}

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
];

/// What must hold of every history at every moment.
fn check(history: &History) {
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
    assert_eq!(issue.step_due_at.is_never(), issue.status.is_final(), "{:?}", issue.status);
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
    if matches!(issue.status, Status::Dispatched | Status::InProgress | Status::WaitingEnterprise | Status::LongTerm) {
        assert!(issue.lead_unit_id.is_some() && leads == 1, "{:?} without a unit", issue.status);
    }
}

#[test]
fn a_hundred_thousand_random_steps_break_no_rule() {
    let model = model();
    let mut rng = StdRng::seed_from_u64(5084);
    let mut statuses = BTreeSet::new();
    let mut done = BTreeMap::<Action, usize>::new();
    let mut steps = 0;
    while steps < 100_000 {
        let mut at = start_of_day("2022-03-01".parse().expect("a date")).plus_minutes(rng.random_range(0..400_000));
        let mut history = new_history(&mut rng, at);
        for _ in 0..60 {
            steps += 1;
            at = at.plus_minutes(rng.random_range(1..2_000));
            let from = history.dossier.issue.status;
            if from == Status::Merged {
                let status =
                    *[Status::InProgress, Status::AwaitingRating, Status::Closed].choose(&mut rng).expect("one");
                history.dossier.main = Some(Main { status, lead_unit_id: Some(UNITS[0]) });
            }
            // Mostly what the status knows, sometimes anything at all.
            let action = if rng.random_ratio(4, 5) {
                let lines: Vec<_> =
                    actions(from).filter(|line| line.action != Action::Withdraw || rng.random_ratio(1, 9)).collect();
                lines.choose(&mut rng).map(|line| line.action)
            } else {
                Action::ALL.choose(&mut rng).copied()
            };
            let Some(action) = action else { continue };
            let Some(step) = content(&mut rng, action, shanghai_date(at)) else {
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
            let actor = who(&mut rng, &history, by);
            let before = history.clone();
            let deadline = (history.dossier.issue.due_at, history.dossier.detail.original_due_at);
            match (history.act(CONTEXT, &actor, &step, at), expected) {
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
    assert_eq!(statuses.len(), Status::ALL.len(), "every status was visited");
    let walked: BTreeSet<Action> = model.keys().map(|(_, action)| *action).collect();
    for action in walked {
        assert!(done.contains_key(&action), "{action:?} was never done");
    }
}

/// Acts until it succeeds; the step must.
fn must(history: &mut History, by: Permission, id: i64, step: Step, at: Time) {
    let unit_id = if by == Permission::CoHandle { Some(UNITS[1]) } else { history.dossier.issue.lead_unit_id };
    let actor = Actor { id: Some(id), name: "某人".into(), by, unit_id };
    history.act(CONTEXT, &actor, &step, at).unwrap_or_else(|error| panic!("{step:?}: {error}"));
    check(history);
}

fn at(text: &str) -> Time {
    let (day, minutes) = text.split_once(' ').expect("a day and a time");
    let (hours, minutes) = minutes.split_once(':').expect("hours and minutes");
    let minutes = hours.parse::<i64>().expect("hours") * 60 + minutes.parse::<i64>().expect("minutes");
    start_of_day(day.parse().expect("a day")).plus_minutes(minutes)
}

fn in_progress(complexity: Complexity) -> History {
    let mut rng = StdRng::seed_from_u64(1);
    let mut history = new_history(&mut rng, at("2022-05-30 09:00"));
    let register = Step::Register {
        category_id: 1,
        complexity,
        level: Level::County,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
    };
    must(&mut history, Permission::Triage, 1, register, at("2022-05-30 10:00"));
    let dispatch = Step::Dispatch {
        lead_unit_id: UNITS[0],
        co_unit_ids: vec![],
        template: "13710".into(),
        requirement: String::new(),
        responsible_leader: String::new(),
    };
    must(&mut history, Permission::Triage, 1, dispatch, at("2022-05-30 11:00"));
    must(&mut history, Permission::Handle, 2, Step::Sign, at("2022-05-30 15:00"));
    history
}

fn due(history: &History) -> String {
    shanghai_date(history.dossier.issue.due_at).to_string()
}

#[test]
fn the_clock_stands_still_while_the_company_supplements() {
    // Seven workdays after 5/30, over the Dragon Boat days off from 6/3 to 6/5.
    let mut history = in_progress(Complexity::C);
    assert_eq!(due(&history), "2022-06-09");
    let ask = Step::RequestSupplement { missing: "合同".into(), days: 5 };
    must(&mut history, Permission::Handle, 2, ask, at("2022-05-31 09:00"));
    must(
        &mut history,
        Permission::AnswerAsEnterprise,
        9,
        Step::Supplement { text: "已补".into() },
        at("2022-06-02 17:00"),
    );
    assert_eq!(due(&history), "2022-06-13");
    assert_eq!(shanghai_date(history.dossier.detail.original_due_at).to_string(), "2022-06-13");
}

#[test]
fn an_extension_is_asked_in_time_and_once() {
    let mut history = in_progress(Complexity::C);
    let ask = || Step::RequestExtension { days: 5, reason: "等评审".into() };
    let late = at("2022-06-09 09:00");
    let unit = Actor { id: Some(2), name: String::new(), by: Permission::Handle, unit_id: Some(UNITS[0]) };
    assert!(matches!(history.clone().act(CONTEXT, &unit, &ask(), late), Err(Error::Refused(_))));
    must(&mut history, Permission::Handle, 2, ask(), at("2022-06-08 09:00"));
    must(
        &mut history,
        Permission::Review,
        1,
        Step::GrantExtension { days: 5, opinion: String::new() },
        at("2022-06-08 10:00"),
    );
    assert_eq!(due(&history), "2022-06-16");
    assert_eq!(
        shanghai_date(history.dossier.detail.original_due_at).to_string(),
        "2022-06-09",
        "按期 is against the first clock"
    );
    let again = history.act(CONTEXT, &unit, &ask(), at("2022-06-08 11:00"));
    assert!(matches!(again, Err(Error::Refused(_))));
}

#[test]
fn rework_keeps_the_first_clock_and_two_vain_rounds_go_to_the_city() {
    let mut history = in_progress(Complexity::C);
    let reply = || Step::Reply {
        resolution: Resolution::Solved,
        text: "办好了".into(),
        measures: String::new(),
        override_reason: String::new(),
    };
    let four = FourAnswers { solved: false, replied: true, met: true, satisfied: false };
    for (n, day) in ["2022-06-01", "2022-06-06"].into_iter().enumerate() {
        must(&mut history, Permission::Handle, 2, reply(), at(&format!("{day} 09:00")));
        let back = Step::SendBack { four, reason: "没有解决".into() };
        must(&mut history, Permission::Review, 1, back, at(&format!("{day} 15:00")));
        assert_eq!(due(&history), "2022-06-09");
        assert_eq!(history.dossier.issue.round, n as i64 + 2);
    }
    assert_eq!(history.dossier.issue.office_area_id, CITY, "dispatched in vain twice");
}

#[test]
fn a_return_that_was_refused_cannot_be_asked_again() {
    let mut history = in_progress(Complexity::B);
    // Not signed yet in this story: go back to a dispatch of a new one.
    let mut rng = StdRng::seed_from_u64(3);
    let mut fresh = new_history(&mut rng, at("2022-05-30 09:00"));
    std::mem::swap(&mut history, &mut fresh);
    let register = Step::Register {
        category_id: 1,
        complexity: Complexity::B,
        level: Level::County,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
    };
    must(&mut history, Permission::Triage, 1, register, at("2022-05-30 10:00"));
    let dispatch = || Step::Dispatch {
        lead_unit_id: UNITS[0],
        co_unit_ids: vec![UNITS[1]],
        template: "13710".into(),
        requirement: String::new(),
        responsible_leader: String::new(),
    };
    must(&mut history, Permission::Triage, 1, dispatch(), at("2022-05-30 11:00"));
    let ask = || Step::RequestReturn {
        reason: "职责不符".into(),
        basis: "三定方案".into(),
        suggested_unit: "市财政局".into(),
    };
    let unit = Actor { id: Some(2), name: String::new(), by: Permission::Handle, unit_id: Some(UNITS[0]) };
    let incomplete =
        Step::RequestReturn { reason: "职责不符".into(), basis: String::new(), suggested_unit: String::new() };
    let refused = history.clone().act(CONTEXT, &unit, &incomplete, at("2022-05-30 12:00"));
    assert!(
        matches!(refused, Err(Error::Invalid(invalid)) if invalid.0.len() == 2),
        "reason, basis and unit, all three"
    );
    must(&mut history, Permission::Handle, 2, ask(), at("2022-05-30 12:00"));
    must(
        &mut history,
        Permission::Review,
        1,
        Step::RefuseReturn { finding: "属于职责".into() },
        at("2022-05-31 12:00"),
    );
    assert_eq!(history.dossier.issue.status, Status::InProgress);
    assert!(history.dossier.units.iter().any(|one| one.return_refused));
    // The co-unit has not answered: the lead must say why it does not wait.
    let reply = |override_reason: &str| Step::Reply {
        resolution: Resolution::Solved,
        text: "办好了".into(),
        measures: String::new(),
        override_reason: override_reason.into(),
    };
    assert!(matches!(history.clone().act(CONTEXT, &unit, &reply(""), at("2022-06-01 09:00")), Err(Error::Invalid(_))));
    must(&mut history, Permission::CoHandle, 5, Step::CoReply { text: "已配合".into() }, at("2022-06-01 10:00"));
    must(&mut history, Permission::Handle, 2, reply(""), at("2022-06-01 11:00"));
}

#[test]
fn limits_end_at_the_last_second_of_a_workday() {
    let history = in_progress(Complexity::A);
    let due = history.dossier.issue.due_at;
    assert!(Calendar::official().is_workday(shanghai_date(due)));
    assert_eq!(zhuqi::calendar::shanghai(due).format("%H:%M:%S").to_string(), "23:59:59");
}
