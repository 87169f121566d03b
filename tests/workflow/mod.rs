//! The life of a problem against a model written by hand, and long random walks that break no rule.
mod clockwork;
mod limits;
mod walk;

use crate::support::walker::Names;
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use std::collections::{BTreeMap, BTreeSet};
use zhuqi::{
    access::Permission,
    issue::{
        apply::{Actor, Context},
        history::History,
        step::{Facts, Step},
        submit::NewIssue,
        workflow::*,
    },
    rules::Rules,
    time::Time,
};

const CITY: i64 = 1;
const DISTRICT: i64 = 2;
const UNITS: [i64; 4] = [11, 12, 13, 14];
fn context() -> Context<'static> {
    Context::new(CITY, Rules::official())
}

type Model = BTreeMap<(Status, Action), (BTreeSet<Status>, Vec<char>)>;

/// Reads the hand-written model.
fn model() -> Model {
    let mut model = Model::new();
    let lines = include_str!("../data/workflow.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
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
        Permission::SeeIssues => 'a',
        Permission::RecordIssue => 'r',
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
    let (issue, detail) = new.rows("ZZ-410103-2026-000001".into(), CITY, Rules::official(), at);
    let actor = Actor { id: Some(700), name: "干部".into(), by: Permission::RecordIssue, unit_id: None };
    let step = Step::Submit { channel, facts: Facts::of(&issue, &detail) };
    History::begin(issue, detail, &actor, &step, None).expect("begins")
}

fn names() -> Names {
    Names {
        units: UNITS.to_vec(),
        categories: vec![1],
        companies: Vec::new(),
        mains: vec![(77, "ZZ-410103-2026-000077".into())],
    }
}
