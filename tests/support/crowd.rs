//! A small city with a random past: people, groups and companies that come and go, visits and symposiums recorded late
//! and voided, problems that went any way the rules allow.
use super::{
    cast::*,
    city::{self, City},
    walker::{Names, content, known_action},
};
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use zhuqi::{
    access::{Permission, Role},
    account::{User, membership::Membership},
    calendar::{Clock, shanghai_date, start_of_day},
    db::Conn,
    directory::{self, Category, Group},
    enterprise::{AboveScale, Enterprise, past::Past, unverified},
    error::Result,
    issue::{
        Main,
        apply::{Actor, Context},
        code::Code,
        history::{self, History},
        step::{EnterpriseOfIssue, Facts, Step},
        submit::NewIssue,
        workflow::*,
    },
    rules::Rules,
    schema::*,
    symposium::Symposium,
    time::Time,
    visit::Visit,
};

/// How much of everything there is.
#[derive(Clone, Copy)]
pub struct Size {
    pub issues: usize,
    pub steps: usize,
    pub visits: usize,
    pub companies: i64,
    pub people: i64,
}

pub const SMALL: Size = Size { issues: 60, steps: 40, visits: 120, companies: 24, people: 40 };

pub const SUB_CATEGORY: i64 = 401;
const FIRST_DAY: &str = "2022-03-01";
/// Days in which everything happens.
const DAYS: u64 = 120;

pub fn first_day() -> NaiveDate {
    city::day(FIRST_DAY)
}
/// The day after which nothing happens; the city's clock stands at its noon.
pub fn last_day() -> NaiveDate {
    first_day() + Days::new(DAYS + 60)
}
pub fn now() -> Time {
    start_of_day(last_day()).plus_minutes(12 * 60)
}

pub fn some_day(rng: &mut StdRng) -> NaiveDate {
    first_day() + Days::new(rng.random_range(0..DAYS))
}
pub fn some_moment(rng: &mut StdRng) -> Time {
    start_of_day(some_day(rng)).plus_seconds(rng.random_range(0..86_400))
}

/// The cast's city with a random past; its clock stands.
pub fn city(seed: u64, size: Size) -> City {
    let mut city = city::fresh();
    city.app.clock = Clock { stopped_at: Some(now()) };
    let db = city.app.db.clone();
    std::thread::spawn(move || db.write_blocking(move |conn| fill(conn, &mut StdRng::seed_from_u64(seed), size)))
        .join()
        .expect("fills")
        .expect("fills");
    city
}

fn fill(conn: &mut Conn, rng: &mut StdRng, size: Size) -> Result<()> {
    diesel::insert_into(categories::table)
        .values(Category {
            id: SUB_CATEGORY,
            parent_id: Some(CATEGORY_UTILITIES),
            code: "0401".into(),
            name: "用电增容".into(),
            word: String::new(),
            default_lead_unit: String::new(),
            valid_until: None,
        })
        .execute(conn)?;
    let groups: Vec<i64> = (GROUP_ONE..=6).collect();
    for id in 3..=6 {
        let (valid_from, valid_until) = validity(rng);
        let group = Group {
            id,
            name: format!("第{id}工作组"),
            level: Level::County,
            area_id: area(rng),
            lead_unit_id: Some(HOUSING),
            valid_from,
            valid_until,
            version: 1,
        };
        diesel::insert_into(groups::table).values(group).execute(conn)?;
    }
    let companies = people_and_companies(conn, rng, size, &groups)?;
    visits(conn, rng, size, &groups, &companies)?;
    issues(conn, rng, size, &groups, &companies)?;
    directory::changed(conn)
}

fn area(rng: &mut StdRng) -> i64 {
    *[CITY, ERQI, ZHENGDONG].choose(rng).expect("an area")
}

/// From some day, mostly for good.
fn validity(rng: &mut StdRng) -> (NaiveDate, Option<NaiveDate>) {
    let from = if rng.random_ratio(1, 3) { some_day(rng) } else { city::day("2021-09-01") };
    let until = rng.random_ratio(1, 3).then(|| from + Days::new(rng.random_range(0..DAYS)));
    (from, until)
}

/// What a person was in which group: always the same, moved once, left, or promoted.
fn memberships(user: &User, groups: &[i64]) -> Vec<Membership> {
    let Some(one) = Membership::of(user, user.valid_from) else { return Vec::new() };
    let on = first_day() + Days::new(user.id as u64 * 13 % DAYS);
    let earlier = Membership { valid_until: Some(on), ..one.clone() };
    let later = Membership { id: user.id, valid_from: on, ..one.clone() };
    match user.id % 4 {
        0 => vec![one],
        1 => vec![Membership { group_id: groups[0], ..earlier }, later],
        2 => vec![earlier],
        _ => vec![Membership { role: Role::Cadre, ..earlier }, Membership { role: Role::GroupLeader, ..later }],
    }
}

fn people_and_companies(
    conn: &mut Conn,
    rng: &mut StdRng,
    size: Size,
    groups: &[i64],
) -> Result<Vec<(i64, String, i64)>> {
    let template: User = users::table.find(id_of("cadre1")).select(User::as_select()).first(conn)?;
    let people: Vec<i64> = (100..100 + size.people).collect();
    for id in &people {
        let (valid_from, valid_until) = validity(rng);
        let role = *[Role::Cadre, Role::Cadre, Role::GroupLeader, Role::Handler, Role::Dispatcher]
            .choose(rng)
            .expect("a role");
        let mut user = User {
            id: *id,
            account: format!("person{id}"),
            phone: None,
            name: format!("干部{id}"),
            role: rng.random_ratio(9, 10).then_some(role),
            group_id: rng.random_ratio(9, 10).then(|| *groups.choose(rng).expect("a group")),
            valid_from,
            valid_until,
            ..template.clone()
        };
        let past = memberships(&user, groups);
        // Some have lost the role since, which their past does not.
        user.role = user.role.filter(|_| id % 4 != 2);
        diesel::insert_into(users::table).values(user).execute(conn)?;
        for one in past {
            diesel::insert_into(memberships::table).values(one).execute(conn)?;
        }
    }
    let mut companies = vec![(MILL, "郑州砺衡纺织有限公司".to_owned(), ERQI)];
    for id in 10..10 + size.companies {
        let scale = *AboveScale::ALL.choose(rng).expect("a category");
        let new = Enterprise {
            id,
            above_scale: if rng.random_ratio(1, 4) { AboveScale::None } else { scale },
            // Some end; by number, so that the rest of the past is as random as before.
            valid_until: (id % 5 == 0).then(|| first_day() + Days::new(id as u64 * 7 % DAYS)),
            ..unverified(&format!("郑州第{id}实业有限公司"), area(rng), start_of_day(first_day()))
        };
        companies.push((id, new.name.clone(), new.area_id));
        diesel::insert_into(enterprises::table).values(new).execute(conn)?;
        // Some were something else before, twice even; by number, for the same reason.
        let once = [id as u64 * 5 % DAYS + 1];
        let days: &[u64] = [&[][..], &once, &[20, 70]][id as usize % 3];
        let mut valid_from = city::day("1900-01-01");
        for (place, on) in days.iter().enumerate() {
            let past = Past {
                id: id * 10 + place as i64,
                enterprise_id: id,
                area_id: [ERQI, ZHENGDONG][(id as usize / 3 + place) % 2],
                above_scale: AboveScale::ALL[(id as usize + place * 3) % AboveScale::ALL.len()],
                valid_from,
                valid_until: first_day() + Days::new(*on),
            };
            valid_from = past.valid_until;
            diesel::insert_into(enterprise_pasts::table).values(past).execute(conn)?;
        }
    }
    // Handed over, ended, in two groups at once.
    for key in 0..size.companies * 2 {
        use assignments as a;
        let (valid_from, valid_until) = validity(rng);
        diesel::insert_into(a::table)
            .values((
                (a::id.eq(1000 + key), a::enterprise_id.eq(companies.choose(rng).expect("a company").0)),
                (
                    a::cadre_id.eq(people.choose(rng).expect("a cadre")),
                    a::group_id.eq(groups.choose(rng).expect("one")),
                ),
                (a::leader.eq(""), a::valid_from.eq(valid_from), a::valid_until.eq(valid_until)),
            ))
            .execute(conn)?;
    }
    Ok(companies)
}

fn visits(
    conn: &mut Conn,
    rng: &mut StdRng,
    size: Size,
    groups: &[i64],
    companies: &[(i64, String, i64)],
) -> Result<()> {
    for n in 0..size.visits as i64 {
        let on = some_day(rng);
        let recorded_at = start_of_day(on).plus_minutes(rng.random_range(600..20_000));
        let voided_at = match rng.random_ratio(1, 6) {
            true => recorded_at.plus_minutes(rng.random_range(1..40_000)),
            false => Time::NEVER,
        };
        let group_id = rng.random_ratio(9, 10).then(|| *groups.choose(rng).expect("a group"));
        let id = zhuqi::visit::query::fresh_key(on, now());
        if n % 3 == 0 {
            let symposium = Symposium {
                id,
                topic: format!("第 {n} 次座谈会"),
                group_id,
                area_id: area(rng),
                host_id: id_of("lead1"),
                held_on: on,
                place: String::new(),
                note: String::new(),
                recorded_at,
                voided_at,
                void_reason: String::new(),
                version: 1,
            };
            diesel::insert_into(symposiums::table).values(symposium).execute(conn)?;
            continue;
        }
        let company = companies.choose(rng).expect("a company");
        let visit = Visit {
            id,
            enterprise_id: company.0,
            cadre_id: id_of("cadre1"),
            group_id,
            area_id: company.2,
            visited_on: on,
            manner: "上门走访".into(),
            companions: String::new(),
            note: String::new(),
            recorded_at,
            voided_at,
            void_reason: String::new(),
            version: 1,
        };
        diesel::insert_into(visits::table).values(visit).execute(conn)?;
    }
    Ok(())
}

const PERMISSIONS: &[Permission] = &[
    Permission::Triage,
    Permission::Review,
    Permission::Handle,
    Permission::AnswerAsEnterprise,
    Permission::CallBack,
    Permission::SolveOnSite,
    Permission::Instruct,
    Permission::System,
    Permission::CorrectIssue,
    Permission::Import,
];

/// Every third came up at a visit, every third at a symposium, the others have a query code.
fn begin(
    rng: &mut StdRng,
    number: usize,
    groups: &[i64],
    companies: &[(i64, String, i64)],
    origins: &(Vec<i64>, Vec<i64>),
) -> Result<History> {
    let at = some_moment(rng);
    let company = companies.choose(rng).expect("a company");
    let channel = *Channel::ALL.choose(rng).expect("a channel");
    let external = rng.random_ratio(1, 12).then(|| ("旧系统".to_owned(), number.to_string()));
    let new = NewIssue {
        enterprise_id: Some(company.0),
        enterprise_name: company.1.clone(),
        area_id: company.2,
        group_id: rng.random_ratio(9, 10).then(|| *groups.choose(rng).expect("a group")),
        collector_id: Some(id_of("cadre1")),
        channel,
        title: format!("用电增容 {number}"),
        description: "变压器不够用".into(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: "王经理".into(),
        contact_phone: "13812345678".into(),
        code_hash: number.is_multiple_of(3).then(|| Code::of_seed(&number.to_string()).hash()),
        visit_id: origins.0.get(number).copied().filter(|_| number % 3 == 1),
        symposium_id: origins.1.get(number).copied().filter(|_| number % 3 == 2),
        external,
    };
    let (issue, detail) = new.rows(format!("ZZ-410103-2022-{number:06}"), CITY, Rules::official(), at);
    let facts = Facts::of(&issue, &detail);
    let step = match &detail.source {
        Some(source) => Step::Import { source: source.clone(), facts },
        None => Step::Submit { channel, facts },
    };
    let actor =
        Actor { id: Some(id_of("cadre1")), name: "周包联".into(), by: Permission::RecordIssue, unit_id: None };
    History::begin(issue, detail, &actor, &step, None)
}

/// Who had to do with the main issue at a moment.
fn main_at(all: &[History], id: i64, at: Time) -> Option<Main> {
    let main = all.iter().find(|one| one.dossier.issue.id == id)?;
    let span = main.spans.iter().rev().find(|span| span.from_at <= at)?;
    Some(Main {
        lead_unit_id: span.lead_unit_id,
        handler_id: None,
        reviewer_id: None,
        category_id: span.category_id,
        complexity: Some(main.dossier.issue.complexity.unwrap_or(Complexity::C)),
        level: Some(main.dossier.issue.level),
    })
}

fn issues(
    conn: &mut Conn,
    rng: &mut StdRng,
    size: Size,
    groups: &[i64],
    companies: &[(i64, String, i64)],
) -> Result<()> {
    let mut all: Vec<History> = Vec::new();
    let correct =
        |(id, name, area_id): &(i64, String, i64)| EnterpriseOfIssue { id: *id, name: name.clone(), area_id: *area_id };
    let mut names = Names {
        units: vec![FINANCE, HOUSING],
        categories: vec![CATEGORY_FINANCING, CATEGORY_UTILITIES, SUB_CATEGORY, 16],
        companies: companies.iter().map(correct).collect(),
        mains: Vec::new(),
    };
    let origins = (
        visits::table.order(visits::id).select(visits::id).load(conn)?,
        symposiums::table.order(symposiums::id).select(symposiums::id).load(conn)?,
    );
    for number in 0..size.issues {
        let mut history = begin(rng, number, groups, companies, &origins)?;
        let mut at = history.dossier.issue.submitted_at;
        // Some stay where they are.
        for _ in 0..rng.random_range(0..=size.steps) {
            at = at.plus_minutes(rng.random_range(1..3_000));
            if at >= now() {
                break;
            }
            let from = history.dossier.issue.status;
            history.dossier.main = history.dossier.issue.main_issue_id.and_then(|id| main_at(&all, id, at));
            let Some(action) = known_action(rng, from) else { continue };
            // Files and slips have rows of their own.
            if matches!(action, Action::Attach | Action::VoidAttachment | Action::PrintSlip) {
                continue;
            }
            let Some(step) = content(rng, &names, action, &history.dossier, shanghai_date(at)) else { continue };
            let needs = transition(action, from).map_or(&[][..], |line| line.needs);
            let by = *needs.choose(rng).or(PERMISSIONS.choose(rng)).expect("somebody");
            let mut actor = Actor {
                id: (by != Permission::System).then(|| 100 + rng.random_range(0..5)),
                name: "某人".into(),
                by,
                unit_id: history.dossier.issue.lead_unit_id,
            };
            if action == Action::SolveOnSite && rng.random_ratio(3, 4) {
                // In one act with the registration, by who recorded it.
                actor.id = history.dossier.issue.collector_id;
                at = history.last_at();
            }
            let before = history.clone();
            if history.act(Context::new(CITY, Rules::official()), &actor, &step, at).is_err() {
                history = before;
            }
        }
        let issue = &history.dossier.issue;
        names.mains.push((issue.id, issue.number.clone()));
        all.push(history);
    }
    history::insert(conn, &all)
}
