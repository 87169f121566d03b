//! A problem that was merged into another one: its company is asked with the main one's, reads what it is asked about,
//! and by a "no" its problem goes on alone.
use crate::support::{
    cast::*,
    city::{self, City},
    desk::{Desk, Page},
    problem::{self, differing, dispatch, number, step},
    soak,
    walker::{Names, content, known_action},
};
use diesel::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::collections::BTreeMap;
use zhuqi::{
    access::{Permission, Scope},
    calendar::{shanghai_date, start_of_day},
    db::Conn,
    error::Result,
    issue::{
        Issue,
        apply::Actor,
        perform::{Authority, load, perform},
        query,
        submit::{NewIssue, submit},
        workflow::*,
    },
    schema::*,
    time::Time,
};

const MILL_NAME: &str = "郑州砺衡纺织有限公司";
const YES: [(&str, &str); 4] =
    [("four_solved", "yes"), ("four_replied", "yes"), ("four_met", "yes"), ("four_satisfied", "yes")];
const NO: [(&str, &str); 3] = [("solved", "no"), ("result", "dissatisfied"), ("attitude", "basic")];

async fn found(city: &City, path: &str) -> Issue {
    let wanted = number(path).to_owned();
    city.app.db.read(move |conn| query::find(conn, Scope::system(), &wanted)).await.expect("is there")
}

/// A problem of the foundry, not looked at yet.
async fn of_foundry(city: &City) -> String {
    let fields = [("enterprise".to_owned(), FOUNDRY.to_string()), ("text".to_owned(), "我们也停汽。".to_owned())];
    city.desk("cadre2").await.send_multipart("/issues", &fields).await.is(303).location.expect("an address")
}

async fn merge(office: &mut Desk, path: &str, main: &str) -> Page {
    let page = office.open(path).await;
    office.submit(&page, &format!("{path}/merge"), &[("main", number(main)), ("reason", "同一条管线")]).await
}

/// A problem of the mill in the housing unit's hands.
async fn in_hand(city: &City) -> String {
    let path = problem::record(&mut city.desk("cadre1").await, "停汽三天。").await;
    dispatch(&mut city.desk("erqi").await, &path).await;
    step(&mut city.desk("housing").await, &path, "sign", &[]).await;
    path
}

async fn answered(city: &City, path: &str) {
    let text = format!("{MILL_NAME}的管线已经换好");
    step(&mut city.desk("housing").await, path, "reply", &[("resolution", "solved"), ("text", &text)]).await;
    step(&mut city.desk("city2").await, path, "approve", &YES).await;
}

#[actix_web::test]
async fn who_is_asked_reads_the_reply_and_a_no_registers_what_splits_off() {
    let city = city::fresh();
    let (mut office, mut company) = (city.desk("city1").await, city.desk("foundry").await);
    let (main, path) = (in_hand(&city).await, of_foundry(&city).await);
    merge(&mut office, &path, &main).await.is(303);
    assert!(!company.open(&path).await.html().contains(&format!("{path}/answer")), "not asked yet");
    answered(&city, &main).await;

    let page = company.open(&path).await;
    for words in ["答复单位：二七区住建局", "类别：已解决", "另一家企业的管线已经换好", "请您评价"]
    {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert!(!page.html().contains(MILL_NAME) && !page.says(number(&main)), "{}", page.text());
    company.submit(&page, &format!("{path}/answer"), &NO).await.is(303);

    let split = found(&city, &path).await;
    assert_eq!((split.status, split.main_issue_id), (Status::Disputed, None));
    assert_eq!((split.category_id, split.complexity), (Some(CATEGORY_UTILITIES), Some(Complexity::C)));
    assert_eq!((split.lead_unit_id, split.group_id), (Some(HOUSING), Some(GROUP_TWO)));
    assert!(!split.registered_at.is_never());
    let spans = city.app.db.read(move |conn| {
        let last = issue_spans::table.filter(issue_spans::issue_id.eq(split.id)).order(issue_spans::from_at.desc());
        Ok(last.select((issue_spans::registered_at, issue_spans::category_id)).first::<(Time, Option<i64>)>(conn)?)
    });
    assert_eq!(spans.await.expect("a stretch"), (split.registered_at, split.category_id), "the figures count it");
    step(&mut office, &path, "uphold_dispute", &[("finding", "管线没有换到他们门口")]).await;
    assert_eq!(found(&city, &path).await.status, Status::InProgress);
    assert_eq!(differing(&city, Time::system()), Vec::<String>::new());
}

#[actix_web::test]
async fn on_the_portal_the_reply_stands_there_as_well() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let mut fields = page.fields("/portal/issues");
    for (name, value) in [("company", "某厂"), ("contact_phone", "13812345678"), ("text", "也停汽")] {
        fields.retain(|(field, _)| field != name);
        fields.push((name.into(), value.into()));
    }
    let done = street.send_files("/portal/issues", &fields, &[]).await.is(200);
    let path = format!("/issues/{}", done.texts("#number")[0]);
    let main = in_hand(&city).await;
    merge(&mut city.desk("city1").await, &path, &main).await.is(303);
    answered(&city, &main).await;
    let code = done.texts("#code").remove(0);
    street.post("/portal/track", &[("code", &code), ("tail", "5678")]).await.is(303);
    let page = street.open("/portal/issue").await;
    for words in ["答复单位：二七区住建局", "类别：已解决", "另一家企业的管线已经换好", "前评价"]
    {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert!(!page.html().contains(MILL_NAME), "{}", page.text());
    let content = [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
    street.submit(&page, "/portal/issue/answer", &content).await.is(303);
    assert!(street.open("/portal/issue").await.says("您已评价"));
}

#[actix_web::test]
async fn merged_into_a_main_issue_that_waits_for_its_company_it_is_asked_at_once() {
    let city = city::fresh();
    let (mut office, mut company) = (city.desk("city1").await, city.desk("foundry").await);
    // Solved on the spot: no unit has it.
    let mut cadre = city.desk("cadre1").await;
    let on_site = [("on_site", "当场换了阀门"), ("category", "4")];
    let main = cadre.record(&on_site, &[]).await.is(303).location.expect("an address");
    let path = of_foundry(&city).await;
    merge(&mut office, &path, &main).await.is(303);
    let page = company.open(&path).await;
    assert!(page.says("当场换了阀门") && page.says("类别：已解决"), "{}", page.text());
    company.submit(&page, &format!("{path}/answer"), &NO).await.is(303);
    step(&mut office, &path, "uphold_dispute", &[("finding", "他们门口没有换")]).await;
    let split = found(&city, &path).await;
    assert_eq!((split.status, split.complexity), (Status::Registered, Some(Complexity::C)));
    step(&mut office, &path, "dispatch", &[("lead_unit", "2")]).await;
    assert_eq!(found(&city, &path).await.status, Status::Dispatched, "no dead end");
    assert_eq!(differing(&city, Time::system()), Vec::<String>::new());
}

#[actix_web::test]
async fn nothing_is_merged_into_a_main_issue_whose_bad_rating_is_looked_into() {
    let city = city::fresh();
    let (mut office, main) = (city.desk("city1").await, in_hand(&city).await);
    answered(&city, &main).await;
    step(&mut city.desk("mill").await, &main, "answer", &NO).await;
    let path = of_foundry(&city).await;
    let refused = merge(&mut office, &path, &main).await.is(422);
    assert!(refused.texts("#merge-main-m")[0].contains("差评核实"), "{}", refused.text());
    step(&mut office, &main, "uphold_dispute", &[("finding", "属实")]).await;
    merge(&mut office, &path, &main).await.is(303);
}

fn recorded(conn: &mut Conn, serial: usize, at: Time) -> Result<Issue> {
    let (enterprise_id, area_id) = if serial.is_multiple_of(2) { (MILL, ERQI) } else { (FOUNDRY, ZHENGDONG) };
    let new = NewIssue {
        enterprise_id: Some(enterprise_id),
        enterprise_name: format!("第 {serial} 家企业"),
        area_id,
        group_id: None,
        collector_id: Some(id_of("cadre1")),
        channel: Channel::Visit,
        title: format!("停汽 {serial}"),
        description: "停汽三天".into(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: String::new(),
        contact_phone: String::new(),
        code_hash: None,
        visit_id: None,
        symposium_id: None,
        external: None,
    };
    let actor =
        Actor { id: Some(id_of("cadre1")), name: "周包联".into(), by: Permission::RecordIssue, unit_id: None };
    submit(conn, &actor, new, at)
}

/// One random step of one of the issues; nothing where it is refused.
fn stepped(conn: &mut Conn, rng: &mut StdRng, ids: &[i64], at: Time) -> Result<Option<(Status, Action)>> {
    let id = *ids.choose(rng).expect("an issue");
    let issue = query::find_by_id(conn, Scope::system(), id)?.expect("is there");
    let from = issue.status;
    let mains = issues::table.filter(issues::id.eq_any(ids)).select((issues::id, issues::number)).load(conn)?;
    let names = Names {
        units: vec![FINANCE, HOUSING],
        categories: vec![CATEGORY_FINANCING, CATEGORY_UTILITIES],
        companies: Vec::new(),
        mains,
    };
    // The way through review and rating matters here, and what is merged on it.
    let onward = match from {
        Status::Submitted => Some(if rng.random() { Action::Merge } else { Action::Register }),
        Status::Registered => Some(Action::Dispatch),
        Status::Dispatched => Some(Action::Sign),
        Status::InProgress => Some(Action::Reply),
        Status::Replied => Some(Action::Approve),
        Status::AwaitingRating | Status::Merged => Some(Action::Answer),
        Status::Disputed => Some(Action::DismissDispute),
        _ => None,
    };
    let action = onward.filter(|_| rng.random_ratio(3, 4)).or_else(|| known_action(rng, from));
    let own = [Action::Attach, Action::VoidAttachment, Action::PrintSlip, Action::CloseImported, Action::Ask];
    let Some(action) = action.filter(|action| !own.contains(action)) else { return Ok(None) };
    let needs = transition(action, from).map_or(&[][..], |line| line.needs);
    let Some(by) = needs.choose(rng).copied() else { return Ok(None) };
    let dossier = load(conn, issue)?;
    let Some(step) = content(rng, &names, action, &dossier, shanghai_date(at)) else { return Ok(None) };
    let id = (by != Permission::System).then(|| rng.random_range(1..7));
    let actor = Actor { id, name: "某人".into(), by, unit_id: dossier.issue.lead_unit_id };
    let authority = Authority { see: Scope::system(), act: Scope::system(), actor };
    perform(conn, &authority, &dossier.issue.number, None, &step, at)?;
    Ok(Some((from, action)))
}

#[test]
fn no_merged_issue_is_left_unasked_when_its_main_issue_is_closed() {
    let mut done = BTreeMap::<(Status, Action), usize>::new();
    let (mut closed_with, mut asked_at_once) = (0, 0);
    for seed in 0..soak::count(4, 100) as u64 {
        let city = city::fresh_on_sqlite();
        let db = &city.app.db;
        let mut rng = StdRng::seed_from_u64(seed);
        let mut at = start_of_day(city::day("2022-03-01")).plus_minutes(540);
        let begun = at;
        let ids =
            db.write_blocking(move |conn| (0..5).map(|n| Ok(recorded(conn, n, begun)?.id)).collect::<Result<Vec<_>>>());
        let ids = ids.expect("recorded");
        for _ in 0..400 {
            at = at.plus_minutes(rng.random_range(1..600));
            let (wanted, number) = (ids.clone(), rng.random::<u64>());
            let did = db.write_blocking(move |conn| stepped(conn, &mut StdRng::seed_from_u64(number), &wanted, at));
            let Ok(Some(did)) = did else { continue };
            *done.entry(did).or_default() += 1;
            let all: Vec<Issue> =
                db.read_blocking(|conn| Ok(issues::table.select(Issue::as_select()).load(conn)?)).expect("reads");
            for one in &all {
                let main = one.main_issue_id.and_then(|id| all.iter().find(|main| main.id == id));
                let Some(main) = main.filter(|_| one.status == Status::Merged) else { continue };
                let asked = one.step_limit == StepLimit::Rating || one.answer.is_some();
                if main.status == Status::Closed {
                    closed_with += 1;
                    assert!(asked, "{} is closed and {} was never asked (seed {seed})", main.number, one.number);
                }
                if main.status == Status::AwaitingRating {
                    assert!(asked, "{} waits and {} was not asked (seed {seed})", main.number, one.number);
                    asked_at_once += usize::from(did.1 == Action::Merge);
                }
            }
        }
        assert_eq!(differing(&city, at), Vec::<String>::new(), "seed {seed}");
    }
    let merged_no = done.get(&(Status::Merged, Action::Answer)).copied().unwrap_or(0);
    assert!(closed_with > 0 && asked_at_once > 0 && merged_no > 0, "{closed_with} {asked_at_once} {done:?}");
}
