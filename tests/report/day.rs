//! A past day's report is counted once; what is written into the past afterwards takes it away.
use crate::support::{cast::*, city::City, crowd};
use diesel::prelude::*;
use zhuqi::{
    access::{Permission, Role, Scope, Viewer},
    calendar::shanghai_date,
    issue::{perform, step::Step},
    report::{
        By, Question, campaign_start, day,
        query::{self, Report},
    },
    schema::*,
    time::Time,
};

async fn count(city: &City) -> usize {
    let (db, now) = (city.app.db.clone(), city.app.now());
    actix_web::web::block(move || day::count_last(&db, now)).await.expect("counts").expect("counts")
}

fn question(conn: &mut zhuqi::db::Conn, by: By) -> zhuqi::error::Result<Question> {
    let yesterday = shanghai_date(crowd::now()).pred_opt().expect("a day");
    Ok(Question::at_end_of(by, campaign_start(conn)?, yesterday, yesterday))
}

async fn stored(city: &City, by: By) -> Option<Report> {
    let read = city.app.db.read(move |conn| {
        let question = question(conn, by)?;
        day::stored(conn, Scope::system(), &question)
    });
    read.await.expect("reads")
}

#[actix_web::test]
async fn the_last_day_is_counted_once_for_everything_a_report_is_by() {
    let city = crowd::city(31, crowd::SMALL);
    assert_eq!(stored(&city, By::Group).await, None);
    assert_eq!(count(&city).await, By::ALL.len());
    assert_eq!(count(&city).await, 0, "it is there");
    for by in By::ALL {
        let counted = city.app.db.read(|conn| {
            let question = question(conn, *by)?;
            query::report(conn, Scope::system(), &question)
        });
        let counted = counted.await.expect("counts");
        assert!(counted.total.collected > 0 && counted.total.visits > 0);
        assert_eq!(stored(&city, *by).await, Some(counted), "{by:?}");
    }
    // Of another first day, another last day or a part of the city nothing is stored.
    let other = city.app.db.read(|conn| {
        let whole = question(conn, By::Group)?;
        let later = Question { from: whole.from.succ_opt().expect("a day"), ..whole };
        let earlier = Question { to: whole.to.pred_opt().expect("a day"), ..whole };
        let moment = Question { before: Time(whole.before.0 - 1), ..whole };
        let part = Viewer {
            id: 1,
            account: String::new(),
            name: String::new(),
            role: Some(Role::GroupLeader),
            area_id: Some(ERQI),
            is_city: false,
            group_id: Some(GROUP_ONE),
            unit_id: None,
            enterprise_id: None,
            home: String::new(),
            must_change_password: false,
            session: Vec::new(),
        };
        let part = part.require(Permission::SeeReports)?;
        let mut found = vec![day::stored(conn, part, &whole)?];
        for question in [later, earlier, moment] {
            found.push(day::stored(conn, Scope::system(), &question)?);
        }
        Ok(found)
    });
    assert_eq!(other.await.expect("reads"), vec![None; 4]);
}

#[actix_web::test]
async fn what_is_written_into_the_past_takes_the_report_away() {
    let city = crowd::city(32, crowd::SMALL);
    count(&city).await;
    // A new visit is of today.
    let mut cadre = city.desk("cadre2").await;
    let form = cadre.open(&format!("/visits/new?enterprise={FOUNDRY}")).await;
    cadre.submit(&form, "/visits", &[("enterprise", "2"), ("problem", "no")]).await.is(303);
    assert!(stored(&city, By::City).await.is_some());
    // A step whose moment is in that day: the rules act at their limit's own moment.
    let yesterday = Time(zhuqi::calendar::start_of_day(shanghai_date(crowd::now())).0 - 1);
    let late = city.app.db.write(move |conn| {
        let number: String = issues::table
            .inner_join(issue_events::table)
            .filter(issues::status.eq("dispatched"))
            .select(issues::number)
            .first(conn)?;
        perform::perform(conn, &perform::Authority::system(), &number, None, &Step::AutoSign, yesterday)
    });
    late.await.expect("signs");
    assert_eq!(stored(&city, By::City).await, None);
    assert_eq!(count(&city).await, By::ALL.len());
    // A company that counts differently from today on leaves the past as it was.
    let mut office = city.desk("city1").await;
    let page = office.open(&format!("/enterprises/{FOUNDRY}/edit")).await;
    let scale = page.fields(&format!("/enterprises/{FOUNDRY}")).into_iter().find(|(name, _)| name == "above_scale");
    let other = if scale.expect("a field").1.is_empty() { "industry" } else { "" };
    let sent = office.submit(&page, &format!("/enterprises/{FOUNDRY}"), &[("above_scale", other)]).await;
    sent.is(303);
    assert_eq!(count(&city).await, 0);
    assert!(stored(&city, By::City).await.is_some());
}

/// The three figures beside everybody's work are those of the day before, and open their rows.
#[actix_web::test]
async fn answered_confirmed_and_unrated_stand_on_the_first_screens_apart() {
    let city = crowd::city(37, crowd::SMALL);
    assert!(city.desk("lead1").await.open("/").await.texts("#answers").is_empty(), "not before they were counted");
    count(&city).await;
    let yesterday = shanghai_date(crowd::now()).pred_opt().expect("a day").to_string();
    assert!(city.desk("cadre1").await.open("/").await.texts("#answers").is_empty(), "reads no reports");
    let mut seen = 0;
    for (account, path) in [
        ("lead1", "/"),
        ("housing", "/"),
        ("erqi", "/"),
        ("city1", "/"),
        ("city1", "/supervision"),
        ("erqi", "/supervision"),
    ] {
        let mut desk = city.desk(account).await;
        let page = desk.open(path).await;
        assert_eq!(
            page.texts("[aria-labelledby=answers] dt"),
            ["单位已答复", "企业确认解决", "未评价销号"],
            "{account}"
        );
        assert!(page.says(&format!("截至 {yesterday} 24 时")), "{account}: {}", page.text());
        for (number, href) in page.links("[aria-labelledby=answers] dd a") {
            let rows = desk.open(&href).await;
            assert_eq!(rows.texts(".pager .total"), [format!("共 {number} 件")], "{account} {href}");
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}
