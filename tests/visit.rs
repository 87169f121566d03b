//! Visits: recorded in three taps, corrected with history, void with a reason; and the figures that follow.
use crate::support::{
    cast::*,
    city::{self, City},
    desk::Desk,
};
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use zhuqi::{
    access::Scope,
    calendar::shanghai_date,
    report::{By, Question, query},
    schema::{enterprises, issue_details, visits},
    time::Time,
};

fn days_ago(days: u64) -> NaiveDate {
    shanghai_date(Time::system()).checked_sub_days(Days::new(days)).expect("a day")
}

/// Records a visit of the mill by cadre1; its address.
async fn record(city: &City, on: NaiveDate, problem: &str) -> String {
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/visits/new").await;
    let filled = [
        ("enterprise", MILL.to_string()),
        ("problem", problem.to_owned()),
        ("visited_on", on.to_string()),
        ("note", "设备检修".to_owned()),
    ];
    let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
    cadre.submit(&form, "/visits", &filled).await.is(303);
    let id: i64 = city
        .app
        .db
        .read(|conn| Ok(visits::table.order(visits::recorded_at.desc()).select(visits::id).first(conn)?))
        .await
        .expect("was recorded");
    format!("/visits/{id}")
}

async fn visits_on(city: &City, on: NaiveDate, before: Time) -> i64 {
    let question = Question { by: By::City, from: on, to: on, before };
    let read = city.app.db.snapshot(move |conn| query::report(conn, Scope::system(), &question));
    read.await.expect("counts").total.visits
}

#[actix_web::test]
async fn what_no_figure_counts_is_corrected_in_place_with_history() {
    let city = city::fresh();
    let path = record(&city, days_ago(3), "no").await;
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open(&format!("{path}/edit")).await;
    let saved = cadre
        .submit(&form, &path, &[("manner", "电话联系"), ("companions", "何工"), ("note", "设备检修完了")])
        .await
        .is(303);
    assert_eq!(saved.location.as_deref(), Some(path.as_str()));
    let page = cadre.follow(&saved).await;
    assert!(page.says("方式：上门走访 → 电话联系；同行人：（空） → 何工；走访情况：设备检修 → 设备检修完了"));
    assert_eq!(page.texts("[aria-label=变动记录列表] tbody th"), ["修改", "记录走访"]);
    // Nothing changed: no line of history.
    let form = cadre.open(&format!("{path}/edit")).await;
    let page = cadre.submit(&form, &path, &[]).await.is(303);
    assert_eq!(cadre.follow(&page).await.texts("[aria-label=变动记录列表] tbody th").len(), 2);
}

#[actix_web::test]
async fn another_day_leaves_figures_of_the_past_alone_and_counts_from_now_on() {
    let city = city::fresh();
    let (wrong, right) = (days_ago(9), days_ago(4));
    let path = record(&city, wrong, "yes").await;
    let id: i64 = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    // A problem came up.
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open(&format!("/issues/new?enterprise={MILL}&visit={id}")).await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| name != "text" && name != "enterprise");
    fields.extend([("text".into(), "停汽三天".into()), ("enterprise".into(), MILL.to_string())]);
    let issue = cadre.send_multipart("/issues", &fields).await.is(303).location.expect("an address");
    let then = Time::system();
    assert_eq!((visits_on(&city, wrong, then).await, visits_on(&city, right, then).await), (1, 0));

    let form = cadre.open(&format!("{path}/edit")).await;
    let saved = cadre.submit(&form, &path, &[("visited_on", &right.to_string())]).await.is(303);
    let later = saved.location.clone().expect("another record");
    assert_ne!(later, path);
    assert_eq!((visits_on(&city, wrong, then).await, visits_on(&city, right, then).await), (1, 0), "the past stays");
    let now = Time(Time::system().0 + 1);
    assert_eq!((visits_on(&city, wrong, now).await, visits_on(&city, right, now).await), (0, 1), "from now on");

    let page = cadre.follow(&saved).await;
    assert!(page.says(&format!("走访日期：{wrong} → {right}")), "{}", page.text());
    assert!(page.says("停汽三天"), "the problem went along");
    let old = cadre.open(&path).await;
    assert!(old.says("已作废，不计入统计"), "{}", old.text());
    assert_eq!(old.attribute(".note a", "href").as_deref(), Some(later.as_str()));
    assert!(page.texts(".note a").contains(&"原来的记录".to_owned()));
    let new_id: i64 = later.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let hung: Vec<Option<i64>> = city
        .app
        .db
        .read(|conn| Ok(issue_details::table.select(issue_details::visit_id).load(conn)?))
        .await
        .expect("reads");
    assert_eq!(hung, [Some(new_id)]);
    cadre.open(&issue).await;
    // The void one is not to be corrected any more.
    cadre.get(&format!("{path}/edit")).await.is(409);
}

#[actix_web::test]
async fn whoever_was_slower_sees_what_changed_and_keeps_what_was_typed() {
    let city = city::fresh();
    let path = record(&city, days_ago(3), "no").await;
    let (mut cadre, mut leader) = (city.desk("cadre1").await, city.desk("lead1").await);
    let slow = cadre.open(&format!("{path}/edit")).await;
    let quick = leader.open(&format!("{path}/edit")).await;
    leader.submit(&quick, &path, &[("companions", "李科长")]).await.is(303);
    let refused = cadre.submit(&slow, &path, &[("note", "我写的很长的一段")]).await.is(409);
    assert!(refused.says("同行人：（空） → 李科长"), "{}", refused.text());
    assert!(!refused.says("记录走访"), "only what changed meanwhile");
    assert_eq!(refused.texts("#note"), ["我写的很长的一段"]);
    // Seen, and saved knowingly.
    let saved = cadre.submit(&refused, &path, &[]).await.is(303);
    assert!(cadre.follow(&saved).await.says("我写的很长的一段"));

    // The record was replaced meanwhile: the text is set against the one that counts.
    let slow = cadre.open(&format!("{path}/edit")).await;
    let quick = leader.open(&format!("{path}/edit")).await;
    let moved = leader.submit(&quick, &path, &[("visited_on", &days_ago(1).to_string())]).await.is(303);
    let later = moved.location.expect("another record");
    let refused = cadre.submit(&slow, &path, &[("note", "又写了一段")]).await.is(409);
    assert!(refused.says("走访日期："), "{}", refused.text());
    let saved = cadre.submit(&refused, &later, &[]).await.is(303);
    assert!(cadre.follow(&saved).await.says("又写了一段"));
}

#[actix_web::test]
async fn a_refused_correction_says_so_at_the_field() {
    let city = city::fresh();
    let path = record(&city, days_ago(3), "no").await;
    let until = days_ago(20);
    city.app
        .db
        .write(move |conn| {
            diesel::update(enterprises::table.find(MILL))
                .set((enterprises::quiet_from.eq(days_ago(30)), enterprises::quiet_until.eq(until)))
                .execute(conn)?;
            Ok(())
        })
        .await
        .expect("sets");
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open(&format!("{path}/edit")).await;
    let tomorrow = shanghai_date(Time::system()).succ_opt().expect("a day").to_string();
    let long = "长".repeat(1001);
    for (name, value, message) in [
        ("visited_on", "昨天", "日期请写成"),
        ("visited_on", tomorrow.as_str(), "不能在今天之后"),
        ("visited_on", &days_ago(25).to_string(), "勿扰期"),
        ("manner", "飞过去", "请选择走访的方式"),
        ("note", long.as_str(), "最多 1000 个字"),
    ] {
        let refused = cadre.submit(&form, &path, &[(name, value), ("companions", "何工")]).await.is(422);
        let said = refused.texts(&format!(".error-summary a[href='#{name}']"));
        assert!(said.len() == 1 && said[0].contains(message), "{name}: {said:?}");
        assert_eq!(refused.attribute("#companions", "value").as_deref(), Some("何工"));
        assert!(refused.texts("title")[0].starts_with("错误："));
    }
    let refused = cadre.post(&format!("{path}/void"), &[("reason", " ")]).await.is(422);
    assert_eq!(refused.texts(".error-summary a[href='#reason']"), ["请写明作废的原因"]);
    cadre.post(&format!("{path}/void"), &[("reason", "走错了门")]).await.is(303);
    assert!(cadre.open(&path).await.says("走错了门"));
    cadre.post(&format!("{path}/void"), &[("reason", "再来")]).await.is(409);
}

/// Own ones for a cadre, those of the group for its leader, those of the area for an office.
#[actix_web::test]
async fn a_visit_is_corrected_by_those_who_may_record_it() {
    let city = city::fresh();
    let path = record(&city, days_ago(3), "no").await;
    for (account, status) in [
        ("cadre1", 200),
        ("lead1", 200),
        ("erqi", 200),
        ("city1", 200),
        ("cadre2", 404),
        ("lead2", 404),
        ("zhengdong", 404),
        ("leader", 403),
        ("callback", 403),
        ("housing", 403),
        ("mill", 403),
        ("sysadmin", 403),
        ("nobody", 403),
    ] {
        let mut desk = city.desk(account).await;
        assert_eq!(desk.get(&format!("{path}/edit")).await.status.as_u16(), status, "{account}");
        let sent = desk.post(&path, &[("version", "77"), ("note", "试试")]).await.status.as_u16();
        assert_eq!(sent, if status == 200 { 409 } else { status }, "{account} sends");
        let void = desk.post(&format!("{path}/void"), &[("reason", "")]).await.status.as_u16();
        assert_eq!(void, if status == 200 { 422 } else { status }, "{account} voids");
    }
}

/// Walks a list to its end and back; the first link of each row.
pub async fn walk(desk: &mut Desk, path: &str) -> Vec<String> {
    let links = |page: &crate::support::desk::Page| page.texts("main tbody th");
    let (mut found, mut page) = (Vec::new(), desk.open(path).await);
    let first = links(&page);
    loop {
        found.extend(links(&page));
        let Some(next) = page.attribute(".pager a[rel=next]", "href") else { break };
        page = desk.open(&next).await;
    }
    let mut back = Vec::new();
    loop {
        let mut rows = links(&page);
        rows.extend(std::mem::take(&mut back));
        back = rows;
        let Some(previous) = page.attribute(".pager a[rel=prev]", "href") else { break };
        page = desk.open(&previous).await;
    }
    assert_eq!(found, back, "forth and back are the same rows");
    assert_eq!(&found[..first.len()], first.as_slice());
    found
}

#[actix_web::test]
async fn the_list_is_paged_filtered_and_counted() {
    let city = city::fresh();
    for day in 0..23 {
        record(&city, days_ago(day), "no").await;
    }
    let mut desk = city.desk("erqi").await;
    let all = walk(&mut desk, "/visits?size=20").await;
    assert_eq!(all.len(), 23);
    let page = desk.open("/visits?size=20").await;
    assert!(page.says("共 23 家（次）"), "{}", page.text());
    let last = page.texts(".pager .far a");
    assert_eq!(last, ["末页"]);
    let (from, to) = (days_ago(5), days_ago(2));
    assert_eq!(walk(&mut desk, &format!("/visits?from={from}&to={to}")).await.len(), 4);
    assert_eq!(walk(&mut desk, &format!("/visits?group={GROUP_ONE}&enterprise={MILL}&size=20")).await.len(), 23);
    let none = desk.open(&format!("/visits?enterprise={FOUNDRY}")).await;
    assert!(none.says("没有符合条件的走访") && none.attribute(".empty a", "href").as_deref() == Some("/visits"));
    assert!(city.desk("zhengdong").await.open("/visits").await.says("还没有走访记录"));
    assert_eq!(walk(&mut desk, "/visits?voided=1").await.len(), 0);
}

#[actix_web::test]
async fn visits_are_found_by_company_group_and_visitor() {
    let city = city::fresh();
    record(&city, days_ago(3), "no").await;
    let mut other = city.desk("cadre2").await;
    let form = other.open("/visits/new").await;
    other.submit(&form, "/visits", &[("enterprise", &FOUNDRY.to_string()), ("problem", "no")]).await.is(303);
    let mut office = city.desk("city1").await;
    let address = |pairs: &[(&str, &str)]| format!("/visits?{}", serde_urlencoded::to_string(pairs).expect("encodes"));
    let code = city
        .app
        .db
        .read(|conn| Ok(enterprises::table.find(FOUNDRY).select(enterprises::usci).first::<Option<String>>(conn)?));
    let code = code.await.expect("reads").unwrap_or_else(|| "澄川".into());
    for (asked, names) in [
        (vec![], vec!["澄川", "砺衡"]),
        (vec![("company", "砺衡")], vec!["砺衡"]),
        (vec![("company", code.as_str())], vec!["澄川"]),
        (vec![("visitor", "周包")], vec!["砺衡"]),
        (vec![("visitor", "包联")], vec!["澄川", "砺衡"]),
        (vec![("group", "2")], vec!["澄川"]),
        (vec![("company", "砺衡"), ("visitor", "郑包联")], vec![]),
        (vec![("company", "没有这家")], vec![]),
        (vec![("visitor", "100%")], vec![]),
    ] {
        let page = office.open(&address(&asked)).await;
        let found = page.texts("td[data-label=企业]");
        assert_eq!(found.len(), names.len(), "{asked:?}: {found:?}");
        assert!(found.iter().zip(&names).all(|(one, name)| one.contains(name)), "{asked:?}: {found:?}");
        for (name, value) in &asked {
            let kept = page.fields("/visits").into_iter().any(|(field, typed)| field == *name && typed == *value);
            assert!(kept, "{name}");
        }
    }
    let page = office.open(&address(&[("company", "砺")])).await;
    assert!(page.texts("#company-m")[0].contains("至少写两个字"), "{}", page.text());
    // A company that left the list was visited all the same; other people's visits stay theirs.
    let left = city.app.db.write(|conn| {
        Ok(diesel::update(enterprises::table.find(MILL)).set(enterprises::valid_until.eq(days_ago(1))).execute(conn)?)
    });
    left.await.expect("leaves");
    assert_eq!(office.open(&address(&[("company", "砺衡")])).await.texts("td[data-label=企业]").len(), 1);
    let own = other.open(&address(&[("company", "砺衡")])).await;
    assert!(own.texts("td[data-label=企业]").is_empty(), "{}", own.text());
}

#[actix_web::test]
async fn a_correction_of_what_was_voided_meanwhile_shows_what_was_typed() {
    let city = city::fresh();
    let path = record(&city, days_ago(3), "no").await;
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open(&format!("{path}/edit")).await;
    city.desk("lead1").await.post(&format!("{path}/void"), &[("reason", "走错了门")]).await.is(303);
    let typed = [("note", "我写的很长的一段"), ("companions", "何工")];
    let late = cadre.submit(&form, &path, &typed).await.is(409);
    assert!(late.says("这次走访已经作废（走错了门），不能再改"), "{}", late.text());
    let said = late.texts(".said");
    assert!(["我写的很长的一段", "何工"].iter().all(|one| said.iter().any(|text| text == one)), "{said:?}");
}
