//! A link opens one step, for one person, once.
use super::*;
use diesel::prelude::*;
use zhuqi::{
    issue::step::FourAnswers,
    schema::{issue_events as e, step_links as l, users},
    step_link,
};

async fn link(city: &City, issue: &Issue, action: Action) -> String {
    let issue = issue.clone();
    let made =
        city.app.db.write(move |conn| step_link::query::make(conn, id_of("housing"), &issue, action, Time::system()));
    made.await.expect("makes a link")
}

#[actix_web::test]
async fn looking_never_uses_a_link_up_and_doing_does() {
    let city = fresh();
    let now = Time::system();
    let issue = city.app.db.write(move |conn| dispatched(conn, "停汽", now)).await.expect("dispatched");
    let path = link(&city, &issue, Action::Sign).await;
    let mut street = city.street();
    for _ in 0..3 {
        assert!(street.open(&path).await.says("停汽"));
    }
    let page = street.open(&path).await;
    assert!(street.submit(&page, &path, &[]).await.is(200).says("已签收"));
    // A double tap is told the same.
    assert!(street.submit(&page, &path, &[]).await.is(200).says("已签收"));
    let used = street.get(&path).await.is(422);
    assert!(used.says("这个链接已经用过") && used.says("用它办了“签收”") && used.says("请登录系统"), "{}", used.text());
    street.submit(&page, &path, &[("once", "another")]).await.is(422);
    // The token opens no other link.
    let other = city.app.db.write(move |conn| dispatched(conn, "断网", now)).await.expect("dispatched");
    let other = link(&city, &other, Action::Sign).await;
    let token = page.attribute("main [name=once]", "value").expect("a token");
    let form = street.open(&other).await;
    street.submit(&form, &other, &[("once", &token)]).await.is(409);
    let who: Vec<(Option<i64>, String)> = city
        .app
        .db
        .read(|conn| Ok(e::table.filter(e::action.eq(Action::Sign)).select((e::actor_id, e::actor)).load(conn)?))
        .await
        .expect("events");
    assert_eq!(who, [(Some(id_of("housing")), "二七区住建局 陈住建".into())]);
}

#[actix_web::test]
async fn a_refused_form_keeps_what_was_typed_and_the_link() {
    let city = fresh();
    let now = Time::system();
    let issue = city.app.db.write(move |conn| signed(conn, "停汽", now)).await.expect("signed");
    let path = link(&city, &issue, Action::Contact).await;
    let mut street = city.street();
    let page = street.open(&path).await;
    let page = street.submit(&page, &path, &[("person", "何女士")]).await.is(422);
    assert_eq!(page.attribute("#person", "value").as_deref(), Some("何女士"));
    street.submit(&page, &path, &[("note", "约好明天上门")]).await.is(200);
}

#[actix_web::test]
async fn a_link_is_worth_no_more_than_its_person_is_today() {
    let city = fresh();
    let now = Time::system();
    let issue = city.app.db.write(move |conn| dispatched(conn, "停汽", now)).await.expect("dispatched");
    let path = link(&city, &issue, Action::Sign).await;
    let mut street = city.street();
    let unknown = street.get("/step/nothing").await.is(422);
    assert!(unknown.says("没有复制完整") && unknown.says("请登录系统"), "{}", unknown.text());
    let set = |disabled: bool, unit: i64| {
        city.app.db.write(move |conn| {
            let row = users::table.find(id_of("housing"));
            Ok(diesel::update(row).set((users::disabled.eq(disabled), users::unit_id.eq(unit))).execute(conn)?)
        })
    };
    set(true, HOUSING).await.expect("disables");
    street.get(&path).await.is(403);
    set(false, FINANCE).await.expect("moves to a co-handling unit");
    street.post(&path, &[("version", "3")]).await.is(403);
    set(false, HOUSING).await.expect("comes back");
    street.get(&path).await.is(200);
    let old = Time::system().plus_seconds(-1);
    city.app
        .db
        .write(move |conn| Ok(diesel::update(l::table).set(l::expires_at.eq(old)).execute(conn)?))
        .await
        .expect("ages");
    // For 90 days it can say so.
    let forget = |days: i64| {
        let now = Time::system().plus_minutes(days * 24 * 60);
        city.app.db.write(move |conn| step_link::query::forget_old(conn, now))
    };
    assert_eq!(forget(89).await.expect("forgets"), 0);
    assert!(street.get(&path).await.is(422).says("过期"));
    assert_eq!(forget(91).await.expect("forgets"), 1);
    assert!(street.get(&path).await.is(422).says("没有复制完整"));
}

/// Answered by the unit and approved: the company is asked.
fn approved(conn: &mut Conn, title: &str, at: Time) -> Result<Issue> {
    let issue = signed(conn, title, at)?;
    let unit = by("housing", Permission::Handle, Some(HOUSING));
    let contact = Step::Contact { person: "何女士".into(), note: "上门看过".into() };
    step(conn, &issue, &unit, contact, at)?;
    let reply = Step::Reply {
        resolution: Resolution::Solved,
        text: "蒸汽已经恢复".into(),
        measures: "换了阀门".into(),
        override_reason: "协办没有意见".into(),
    };
    step(conn, &issue, &unit, reply, at)?;
    let four = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
    let approve = Step::Approve { four, opinion: "同意".into(), invalid: false };
    step(conn, &issue, &by("erqi", Permission::Review, None), approve, at)
}

#[actix_web::test]
async fn a_company_rates_by_a_link_and_nobody_else_gets_one() {
    let city = fresh();
    let now = Time::system();
    let issue = city.app.db.write(move |conn| approved(conn, "停汽", now)).await.expect("approved");
    assert_eq!(step_link::step(&issue, Time::NEVER, false), Some(Action::Answer));
    assert_eq!(step_link::step(&issue, Time::NEVER, true), None);
    let asked = issue.clone();
    let made =
        city.app.db.write(move |conn| step_link::query::make(conn, id_of("mill"), &asked, Action::Answer, now)).await;
    let path = made.expect("makes a link");
    let mut street = city.street();
    let page = street.open(&path).await.is(200);
    assert_eq!(page.texts("fieldset legend").len(), 3, "solved, result, attitude");
    let page = street.submit(&page, &path, &[("solved", "solved")]).await.is(422);
    assert_eq!(page.attribute("input[name=solved][checked]", "value").as_deref(), Some("solved"));
    street.submit(&page, &path, &[("result", "satisfied"), ("attitude", "satisfied")]).await.is(200);
    let status: Status = city
        .app
        .db
        .read(move |conn| {
            Ok(zhuqi::schema::issues::table.find(issue.id).select(zhuqi::schema::issues::status).first(conn)?)
        })
        .await
        .expect("a status");
    assert_eq!(status, Status::Closed);
    street.get(&path).await.is(422);
}

#[actix_web::test]
async fn a_link_rates_nothing_while_the_contact_is_an_officials() {
    use zhuqi::schema::issue_details as d;
    let city = fresh();
    let now = Time::system();
    let issue = city.app.db.write(move |conn| approved(conn, "停汽", now)).await.expect("approved");
    let (asked, id) = (issue.clone(), issue.id);
    let path = city
        .app
        .db
        .write(move |conn| step_link::query::make(conn, id_of("mill"), &asked, Action::Answer, now))
        .await
        .expect("makes a link");
    let mut street = city.street();
    let page = street.open(&path).await;
    let set = |phone: &'static str| {
        city.app
            .db
            .write(move |conn| Ok(diesel::update(d::table.find(id)).set(d::contact_phone.eq(phone)).execute(conn)?))
    };
    set("13900000007").await.expect("sets");
    let why = "登记的联系电话是工作人员的，不能代企业评价";
    assert!(street.get(&path).await.is(422).says(why));
    let rating = [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
    assert!(street.submit(&page, &path, &rating).await.is(422).says(why));
    set("13812345678").await.expect("sets");
    street.submit(&page, &path, &rating).await.is(200);
}
