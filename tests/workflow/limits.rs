//! When limits end, and what moves them.
use super::{walk::check, *};
use rand::SeedableRng;
use zhuqi::{
    calendar::{Calendar, shanghai_date, start_of_day},
    error::Error,
    issue::step::{EnterpriseOfIssue, FourAnswers},
};

/// Acts until it succeeds; the step must.
fn must(history: &mut History, by: Permission, id: i64, step: Step, at: Time) {
    let unit_id = if by == Permission::CoHandle { Some(UNITS[1]) } else { history.dossier.issue.lead_unit_id };
    let actor = Actor { id: Some(id), name: "某人".into(), by, unit_id };
    history.act(context(), &actor, &step, at).unwrap_or_else(|error| panic!("{step:?}: {error}"));
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
        group_id: None,
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
    let ask = || Step::RequestExtension { days: 5, reason: "等评审".into(), basis: "评审通知".into() };
    let late = at("2022-06-09 09:00");
    let unit = Actor { id: Some(2), name: String::new(), by: Permission::Handle, unit_id: Some(UNITS[0]) };
    assert!(matches!(history.clone().act(context(), &unit, &ask(), late), Err(Error::Refused(_))));
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
    let again = history.act(context(), &unit, &ask(), at("2022-06-08 11:00"));
    assert!(matches!(again, Err(Error::Refused(_))));
}

/// The office could rule on nothing while the company has the problem.
#[test]
fn nothing_is_asked_of_the_company_while_a_request_waits_for_the_office() {
    let mut history = in_progress(Complexity::C);
    let ask = Step::RequestExtension { days: 5, reason: "等评审".into(), basis: "评审通知".into() };
    must(&mut history, Permission::Handle, 2, ask, at("2022-06-01 09:00"));
    let unit = Actor { id: Some(2), name: String::new(), by: Permission::Handle, unit_id: Some(UNITS[0]) };
    let supplement = Step::RequestSupplement { missing: "合同".into(), days: 2 };
    assert!(matches!(history.act(context(), &unit, &supplement, at("2022-06-01 10:00")), Err(Error::Refused(_))));
}

/// Until it is registered a problem goes with its company; what was passed up stays with the city.
#[test]
fn a_problem_goes_to_the_office_of_the_company_it_is_corrected_to() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut history = new_history(&mut rng, at("2022-05-30 09:00"));
    let area = history.dossier.issue.area_id;
    assert_eq!(history.dossier.issue.office_area_id, area);
    let correct = |area_id| Step::Correct {
        title: None,
        description: None,
        demand: None,
        category_id: None,
        enterprise: Some(EnterpriseOfIssue { id: 77, name: "郑州某公司".into(), area_id }),
        contact: None,
        remark: None,
        reason: "写错了".into(),
    };
    let number = history.dossier.issue.number.clone();
    must(&mut history, Permission::CorrectIssue, 1, correct(area + 1), at("2022-05-30 10:00"));
    let issue = &history.dossier.issue;
    assert_eq!((issue.area_id, issue.office_area_id, &issue.number), (area + 1, area + 1, &number));
    must(&mut history, Permission::Triage, 1, Step::PassUp { reason: "跨县区".into() }, at("2022-05-30 11:00"));
    must(&mut history, Permission::CorrectIssue, 1, correct(area), at("2022-05-30 12:00"));
    let issue = &history.dossier.issue;
    assert_eq!((issue.area_id, issue.office_area_id), (area, context().city_area_id));
    let register = Step::Register {
        category_id: 1,
        complexity: Complexity::C,
        level: Level::City,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
        group_id: None,
    };
    must(&mut history, Permission::Triage, 1, register, at("2022-05-30 13:00"));
    must(&mut history, Permission::CorrectIssue, 1, correct(area + 1), at("2022-05-30 14:00"));
    assert_eq!(history.dossier.issue.area_id, area, "it counts where it was registered");
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
        let back = Step::SendBack { four, reason: "没有解决".into(), level: None };
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
        group_id: None,
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
    let refused = history.clone().act(context(), &unit, &incomplete, at("2022-05-30 12:00"));
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
    assert!(matches!(
        history.clone().act(context(), &unit, &reply(""), at("2022-06-01 09:00")),
        Err(Error::Invalid(_))
    ));
    must(
        &mut history,
        Permission::CoHandle,
        5,
        Step::CoReply { unit_id: UNITS[1], text: "已配合".into() },
        at("2022-06-01 10:00"),
    );
    must(&mut history, Permission::Handle, 2, reply(""), at("2022-06-01 11:00"));
}

#[test]
fn limits_end_at_the_last_second_of_a_workday() {
    let history = in_progress(Complexity::A);
    let due = history.dossier.issue.due_at;
    assert!(Calendar::official().is_workday(shanghai_date(due)));
    assert_eq!(zhuqi::calendar::shanghai(due).format("%H:%M:%S").to_string(), "23:59:59");
}
