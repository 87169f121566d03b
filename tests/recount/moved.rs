//! What moves with an issue and what does not: area and group are those of its registration.
use super::*;
use diesel::prelude::*;
use zhuqi::{
    calendar::start_of_day,
    enterprise,
    issue::{
        Issue,
        apply::Actor,
        perform::{Authority, perform},
        step::{EnterpriseOfIssue, Step},
        submit::{NewIssue, submit},
        workflow::*,
    },
    report::figures::Figures,
    schema::*,
};

pub fn authority(by: Permission, id: i64) -> Authority {
    Authority {
        see: Scope::system(),
        act: Scope::system(),
        actor: Actor { id: Some(id), name: "某人".into(), by, unit_id: Some(HOUSING) },
    }
}

fn at(minutes: i64) -> Time {
    start_of_day(city::day("2022-05-30")).plus_minutes(9 * 60 + minutes)
}

fn recorded(conn: &mut zhuqi::db::Conn) -> zhuqi::error::Result<Issue> {
    recorded_at(conn, at(0))
}

pub fn recorded_at(conn: &mut zhuqi::db::Conn, now: Time) -> zhuqi::error::Result<Issue> {
    let new = NewIssue {
        enterprise_id: Some(MILL),
        enterprise_name: "郑州砺衡纺织有限公司".into(),
        area_id: ERQI,
        group_id: Some(GROUP_ONE),
        collector_id: Some(id_of("cadre1")),
        channel: Channel::Visit,
        title: "用电增容".into(),
        description: String::new(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: String::new(),
        contact_phone: String::new(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: None,
    };
    submit(conn, &Actor::system(), new, now)
}

pub fn register() -> Step {
    Step::Register {
        category_id: CATEGORY_UTILITIES,
        complexity: Complexity::C,
        level: Level::County,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
        group_id: None,
    }
}

fn reassign(conn: &mut zhuqi::db::Conn, group_id: i64, on: &str) -> zhuqi::error::Result<()> {
    zhuqi::assignment::query::assign(conn, MILL, id_of("cadre2"), group_id, "", city::day(on), at(30))
}

/// Group and area by which the figures count the one issue.
fn counted_for(conn: &mut zhuqi::db::Conn, now: Time) -> zhuqi::error::Result<(Vec<i64>, Vec<i64>)> {
    let mut rows = |by: By| -> zhuqi::error::Result<Vec<i64>> {
        let question = Question::now(by, city::day("2022-01-01"), city::day("2022-12-31"), now);
        let report = query::report(conn, Scope::system(), &question)?;
        Ok(report.rows.iter().filter(|(_, row)| row.collected > 0).map(|(id, _)| *id).collect())
    };
    Ok((rows(By::Group)?, rows(By::Area)?))
}

#[test]
fn an_issue_counts_for_the_group_of_its_registration_for_good() {
    let city = city::fresh();
    let counted = city.app.db.write_blocking(|conn| {
        let issue = recorded(conn)?;
        reassign(conn, GROUP_TWO, "2022-05-30")?;
        let issue = perform(conn, &authority(Permission::Triage, 1), &issue.number, None, &register(), at(60))?;
        assert_eq!(enterprise::query::assigned(conn, MILL)?.map(|one| one.0), Some(GROUP_TWO));
        let first = counted_for(conn, at(61))?;
        // Neither a new assignment nor another company moves it any more.
        reassign(conn, GROUP_ONE, "2022-05-31")?;
        let correct = Step::Correct {
            title: None,
            description: None,
            demand: None,
            category_id: None,
            enterprise: Some(EnterpriseOfIssue {
                id: FOUNDRY,
                name: "河南澄川铸造股份有限公司".into(),
                area_id: ZHENGDONG,
            }),
            contact: None,
            remark: None,
            reason: "写错了企业".into(),
        };
        let corrected = perform(conn, &authority(Permission::CorrectIssue, 1), &issue.number, None, &correct, at(90))?;
        assert_eq!(corrected.enterprise_id, Some(FOUNDRY));
        Ok((first, counted_for(conn, at(91))?))
    });
    let (first, last) = counted.expect("is counted");
    assert_eq!(first, (vec![GROUP_TWO], vec![ERQI]));
    assert_eq!(last, first);
}

/// A problem that was approved at the last of these moments, and what happens to it afterwards.
struct Approved {
    number: String,
    minute: i64,
}

impl Approved {
    fn of(conn: &mut zhuqi::db::Conn) -> zhuqi::error::Result<Self> {
        let mut one = Self { number: recorded(conn)?.number, minute: 60 };
        one.go(conn, Permission::Triage, 1, register())?;
        let dispatch = Step::Dispatch {
            lead_unit_id: HOUSING,
            co_unit_ids: vec![],
            template: "13710".into(),
            requirement: String::new(),
            responsible_leader: String::new(),
        };
        one.go(conn, Permission::Triage, 1, dispatch)?;
        one.go(conn, Permission::Handle, id_of("housing"), Step::Sign)?;
        let reply = Step::Reply {
            resolution: Resolution::Solved,
            text: "办好了".into(),
            measures: String::new(),
            override_reason: String::new(),
        };
        one.go(conn, Permission::Handle, id_of("housing"), reply)?;
        let four = zhuqi::issue::step::FourAnswers { solved: true, replied: true, met: true, satisfied: true };
        one.go(conn, Permission::Review, 1, Step::Approve { four, opinion: String::new(), invalid: false })?;
        Ok(one)
    }

    /// The city's figures after the step.
    fn go(&mut self, conn: &mut zhuqi::db::Conn, by: Permission, id: i64, step: Step) -> zhuqi::error::Result<Figures> {
        self.minute += 10;
        let now = at(self.minute);
        perform(conn, &authority(by, id), &self.number, None, &step, now)?;
        let question = Question::now(By::City, city::day("2022-01-01"), city::day("2022-12-31"), now);
        query::report(conn, Scope::system(), &question).map(|report| report.total)
    }

    fn call_back(
        &mut self,
        conn: &mut zhuqi::db::Conn,
        solved: Option<Answer>,
        result: Option<Rating>,
    ) -> zhuqi::error::Result<Figures> {
        let step = Step::CallBack { note: "打过电话".into(), solved, result };
        self.go(conn, Permission::CallBack, id_of("callback"), step)
    }
}

#[test]
fn a_company_that_says_no_after_closure_takes_the_solution_back() {
    let city = city::fresh();
    let resolved = city.app.db.write_blocking(|conn| {
        let mut one = Approved::of(conn)?;
        let before = one.go(conn, Permission::System, 1, Step::RatingTimeout)?;
        Ok((before, one.call_back(conn, Some(Answer::No), Some(Rating::Dissatisfied))?))
    });
    let (before, after) = resolved.expect("is counted");
    assert_eq!((before.closed, before.resolved, before.answered), (1, 1, 0), "closed without an answer");
    assert_eq!((after.closed, after.resolved, after.answered, after.confirmed), (0, 0, 1, 0), "it is disputed");
    assert_eq!((after.rated, after.satisfied), (0, 0));
}

#[test]
fn a_call_back_speaks_for_a_company_that_did_not_answer() {
    let city = city::fresh();
    let told = city.app.db.write_blocking(|conn| {
        let mut one = Approved::of(conn)?;
        let unrated = one.go(conn, Permission::System, 1, Step::RatingTimeout)?;
        // Reached, but it was only asked how satisfied it is.
        let rated = one.call_back(conn, None, Some(Rating::Satisfied))?;
        let solved = one.call_back(conn, Some(Answer::Solved), None)?;
        let again = one.call_back(conn, Some(Answer::No), Some(Rating::VeryDissatisfied))?;
        Ok([unrated, rated, solved, again])
    });
    let [unrated, rated, solved, again] = told.expect("is counted");
    let of = |figures: Figures| (figures.closed_unrated, figures.answered, figures.confirmed, figures.rated);
    assert_eq!([of(unrated), of(rated), of(solved)], [(1, 0, 0, 0), (0, 1, 0, 1), (0, 1, 1, 1)]);
    assert_eq!(again, solved, "what a call-back brought stays too");
    let timed = |figures: Figures| figures.costly.map(|costly| (costly.timed, costly.workdays));
    assert_eq!((timed(unrated), timed(solved)), (Some((0, 0)), Some((1, 0))), "until closure, not until the call");
}

#[test]
fn a_call_back_never_replaces_what_the_company_said() {
    let city = city::fresh();
    let told = city.app.db.write_blocking(|conn| {
        let mut one = Approved::of(conn)?;
        let answer = Step::Answer {
            solved: Answer::Solved,
            result: Rating::Basic,
            attitude: Rating::Basic,
            words: String::new(),
            called_back_by: String::new(),
            by_slip_of: String::new(),
            main: None,
            group_id: None,
        };
        let own = one.go(conn, Permission::AnswerAsEnterprise, id_of("mill"), answer)?;
        Ok((own, one.call_back(conn, Some(Answer::No), Some(Rating::VeryDissatisfied))?))
    });
    let (own, after) = told.expect("is counted");
    assert_eq!((own.answered, own.confirmed, own.satisfied, own.closed), (1, 1, 1, 1));
    assert_eq!(after, own);
}

#[test]
fn a_reopened_issue_is_neither_resolved_nor_confirmed() {
    use issue_spans as s;
    let mut reopened = 0;
    for seed in 5..9 {
        let city = crowd::city(seed, crowd::SMALL);
        let states = city.app.db.read_blocking(|conn| {
            let begins = issue_events::table
                .inner_join(s::table.on(s::issue_id.eq(issue_events::issue_id)))
                .filter(issue_events::action.eq(Action::Reopen))
                .filter(s::from_at.eq(issue_events::happened_at));
            Ok(begins.select((s::answer, s::resolution)).load::<(Option<Answer>, Option<Resolution>)>(conn)?)
        });
        for state in states.expect("spans") {
            assert_eq!(state, (None, None));
            reopened += 1;
        }
    }
    assert!(reopened > 3, "{reopened} reopened");
}

/// A database from before the figures of time: its stretches are made anew by the upgrade.
#[test]
fn stretches_are_made_again_after_an_upgrade() {
    use zhuqi::issue::event::Span;
    let city = crowd::city(9, crowd::SMALL);
    let db = &city.app.db;
    let load = |conn: &mut zhuqi::db::Conn| {
        let all = issue_spans::table.order((issue_spans::issue_id, issue_spans::from_at));
        Ok(all.select(Span::as_select()).load(conn)?)
    };
    let before: Vec<Span> = db.read_blocking(load).expect("spans");
    let outdated = db.write_blocking(|conn| {
        diesel::delete(issue_spans::table.filter(issue_spans::from_at.gt(at(0)))).execute(conn)?;
        diesel::update(issue_spans::table).set(issue_spans::replied_at.eq(Time::NEVER)).execute(conn)?;
        zhuqi::directory::set_setting(conn, "spans_outdated", "yes")
    });
    outdated.expect("is as before the upgrade");
    assert_ne!(before, db.read_blocking(load).expect("spans"));
    zhuqi::start::prepare(db).expect("upgrades");
    assert_eq!(before, db.read_blocking(load).expect("spans"));
    let mark = db.read_blocking(|conn| zhuqi::directory::setting(conn, "spans_outdated")).expect("a setting");
    assert_eq!(mark, None, "once is enough");
}

/// Recorded, registered and solved on the spot, without an answer of the company: closed half an hour later.
fn closed_at(conn: &mut zhuqi::db::Conn, now: Time) -> zhuqi::error::Result<String> {
    let number = recorded_at(conn, now)?.number;
    let cadre = authority(Permission::SolveOnSite, id_of("cadre1"));
    perform(conn, &cadre, &number, None, &register(), now)?;
    perform(conn, &cadre, &number, None, &Step::SolveOnSite { text: "当场办好".into() }, now)?;
    perform(conn, &Authority::system(), &number, None, &Step::RatingTimeout, now.plus_minutes(30))?;
    Ok(number)
}

#[test]
fn the_same_trouble_within_ninety_days_is_a_recurrence_and_known_from_then_on() {
    const DAY: i64 = 24 * 60;
    // (days after closure, minutes more, another category, whether it recurs)
    for (days, minutes, other, recurs) in
        [(0, 1, false, true), (0, 0, false, false), (90, 0, false, true), (90, 1, false, false), (20, 0, true, false)]
    {
        let city = city::fresh();
        let figures = city.app.db.write_blocking(move |conn| {
            closed_at(conn, at(0))?;
            let again = at(30 + days * DAY + minutes);
            let number = recorded_at(conn, again)?.number;
            let figures = |conn: &mut zhuqi::db::Conn, now: Time| {
                let question = Question::now(By::City, city::day("2022-05-01"), city::day("2022-05-31"), now);
                query::report(conn, Scope::system(), &question)
                    .map(|report| (report.total.closed, report.total.value("recurred").unwrap_or(0)))
            };
            let unknown = figures(conn, again.plus_minutes(1))?;
            let step = match register() {
                Step::Register { complexity, level, urgency, duplicates_looked_at, group_id, .. } if other => {
                    let category_id = CATEGORY_FINANCING;
                    Step::Register { category_id, complexity, level, urgency, duplicates_looked_at, group_id }
                }
                step => step,
            };
            perform(conn, &authority(Permission::Triage, 1), &number, None, &step, again.plus_minutes(2))?;
            let known = figures(conn, again.plus_minutes(3))?;
            Ok((unknown, known, figures(conn, again.plus_minutes(1))?))
        });
        let (unknown, known, then) = figures.expect("is counted");
        assert_eq!(unknown, (1, 0), "nobody has said yet what it is about");
        assert_eq!(known, (1, i64::from(recurs)), "{days} days and {minutes} minutes");
        assert_eq!(then, unknown, "the past stays");
    }
}
