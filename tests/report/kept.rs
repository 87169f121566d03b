//! A kept report is thrown away when anything changes that it counts, be it of the past.
use crate::support::{cast::*, city::City, crowd, desk::Desk};
use diesel::prelude::*;
use zhuqi::{issue::history, schema::*};

const PAST: &str = "/reports?by=city&from=2022-01-01&as_of=2022-06-05";

const NOW: &str = "/reports?by=city&from=2022-01-01";

/// The city's row of the page, by heads.
async fn figure(desk: &mut Desk, head: &str) -> i64 {
    figure_of(desk, PAST, head).await
}

async fn figure_of(desk: &mut Desk, address: &str, head: &str) -> i64 {
    let page = desk.open(address).await;
    let heads = page.texts("thead th");
    let at = heads.iter().position(|text| text == head).unwrap_or_else(|| panic!("no {head} in {heads:?}"));
    // The row's name is a head of its own.
    page.texts("tfoot td")[at - 1].parse().expect("a number")
}

fn a_city() -> City {
    crowd::city(21, crowd::SMALL)
}

#[actix_web::test]
async fn a_company_that_becomes_small_stays_in_the_past_figure() {
    let city = a_city();
    let mut office = city.desk("city1").await;
    let before = figure(&mut office, "包联企业").await;
    let now = figure_of(&mut office, NOW, "包联企业").await;
    let counted = city.app.db.read(|conn| {
        use {assignments as a, enterprises as e};
        let day = super::city::day("2022-06-05");
        Ok(a::table
            .inner_join(e::table)
            .filter(e::above_scale.ne(""))
            // One that the form takes as it stands.
            .filter(e::area_id.ne(CITY))
            .filter(a::valid_from.le(day))
            .filter(a::valid_until.is_null())
            .select(e::id)
            .load::<i64>(conn)?)
    });
    // One that never was something else and has not ended.
    let counted = counted.await.expect("companies that count");
    let id = counted.into_iter().find(|id| *id >= 10 && id % 3 == 0 && id % 5 != 0).expect("one of them");
    let page = office.open(&format!("/enterprises/{id}/edit")).await;
    office.submit(&page, &format!("/enterprises/{id}"), &[("above_scale", "")]).await.is(303);
    assert_eq!(figure(&mut office, "包联企业").await, before, "it was not small then");
    assert_eq!(figure_of(&mut office, NOW, "包联企业").await, now - 1);
    let rows = office.open(&format!("/reports/rows?{}&measure=companies&size=100", &PAST["/reports?".len()..])).await;
    assert!(rows.links("tbody th a").iter().any(|(_, href)| *href == format!("/enterprises/{id}")));
    // Changed back on the same day it never was.
    let page = office.open(&format!("/enterprises/{id}/edit")).await;
    office.submit(&page, &format!("/enterprises/{id}"), &[("above_scale", "industry")]).await.is(303);
    assert_eq!(figure_of(&mut office, NOW, "包联企业").await, now);
    assert_eq!(figure(&mut office, "包联企业").await, before);
}

#[actix_web::test]
async fn imported_history_shows_in_figures_of_the_past() {
    let city = a_city();
    let mut office = city.desk("city1").await;
    let beside = |page: &crate::support::desk::Page| {
        page.texts("p.muted").iter().find(|text| text.starts_with("另计")).cloned().expect("另计")
    };
    let before = beside(&office.open(PAST).await);
    // Rows of the same past, put in as an import does, older than everything that is there.
    let moved = city.app.db.write(|conn| {
        let at = zhuqi::calendar::start_of_day(super::city::day("2022-02-01"));
        let mut histories = Vec::new();
        for number in 0..3 {
            let new = zhuqi::issue::submit::NewIssue {
                enterprise_id: None,
                enterprise_name: String::new(),
                area_id: CITY,
                group_id: None,
                collector_id: None,
                channel: zhuqi::issue::workflow::Channel::Import,
                title: "历史留言".into(),
                description: String::new(),
                demand: String::new(),
                urgency: zhuqi::issue::workflow::Urgency::Normal,
                contact_name: String::new(),
                contact_phone: String::new(),
                code_hash: None,
                visit_id: None,
                symposium_id: None,
                external: Some(("留言".into(), format!("L{number}"))),
            };
            let (issue, detail) =
                new.rows(format!("ZZ-410100-2022-9{number:05}"), CITY, zhuqi::rules::Rules::official(), at);
            let step = zhuqi::issue::step::Step::Import {
                source: "留言".into(),
                facts: zhuqi::issue::step::Facts::of(&issue, &detail),
            };
            let actor = zhuqi::issue::apply::Actor::system();
            histories.push(history::History::begin(issue, detail, &actor, &step, Some(zhuqi::time::Time::system()))?);
        }
        history::insert(conn, &histories)
    });
    moved.await.expect("imports");
    let after = beside(&office.open(PAST).await);
    assert_ne!(before, after);
    let number =
        |text: &str| -> i64 { text.rsplit("历史导入 ").next().unwrap().trim_end_matches('。').parse().unwrap() };
    assert_eq!(number(&after), number(&before) + 3);
}

#[actix_web::test]
async fn a_visit_recorded_today_for_an_earlier_day_counts_now_and_not_then() {
    let city = a_city();
    let (mut office, mut cadre) = (city.desk("city1").await, city.desk("cadre2").await);
    let then = figure(&mut office, "走访家次").await;
    let now = |page: crate::support::desk::Page| page.texts("tfoot td")[3].parse::<i64>().expect("a number");
    let address = "/reports?by=city&from=2022-01-01";
    let before = now(office.open(address).await);
    let form = cadre.open(&format!("/visits/new?enterprise={FOUNDRY}")).await;
    let filled = [("enterprise", "2"), ("visited_on", "2022-04-01"), ("problem", "no")];
    cadre.submit(&form, "/visits", &filled).await.is(303);
    assert_eq!(now(office.open(address).await), before + 1);
    assert_eq!(figure(&mut office, "走访家次").await, then, "nobody knew of it on that day");
    // Voided, it counts no longer now, and still did before.
    let id = city.app.db.read(|conn| {
        let made = visits::table.filter(visits::enterprise_id.eq(FOUNDRY));
        Ok(made.order(visits::recorded_at.desc()).select(visits::id).first::<i64>(conn)?)
    });
    let path = format!("/visits/{}", id.await.expect("the visit"));
    cadre.post(&format!("{path}/void"), &[("reason", "记错了")]).await.is(303);
    assert_eq!(now(office.open(address).await), before);
}

#[actix_web::test]
async fn a_cadre_who_loses_the_role_leaves_the_figure_from_that_day_on() {
    let city = a_city();
    let (mut office, mut security) = (city.desk("city1").await, city.desk("secadmin").await);
    let past = figure(&mut office, "助企干部").await;
    let now = |page: crate::support::desk::Page| page.texts("tfoot td")[1].parse::<i64>().expect("a number");
    let before = now(office.open("/reports?by=city").await);
    let id = id_of("cadre1");
    let page = security.open(&format!("/rights/{id}")).await;
    let form = format!("/rights/{id}/role");
    security.submit(&page, &form, &[("role", "dispatcher")]).await.is(303);
    assert_eq!(now(office.open("/reports?by=city").await), before - 1);
    assert_eq!(figure(&mut office, "助企干部").await, past, "what was, stays");
    // Its row tells what the person was then.
    let rows = office.open("/reports/rows?by=city&as_of=2022-06-05&measure=cadres&size=200").await;
    assert!(rows.says("周包联") && rows.says("包联干部"), "{:?}", rows.texts("tbody th"));
    // Back in the group: one day can hold an end and a beginning, and counts once.
    let page = security.open(&format!("/rights/{id}")).await;
    security.submit(&page, &form, &[("role", "cadre")]).await.is(303);
    assert_eq!(now(office.open("/reports?by=city").await), before);
    assert_eq!(figure(&mut office, "助企干部").await, past);
}
