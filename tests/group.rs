//! Working groups: made, edited, ended and resumed by the offices; what figures counted of them stays.
use crate::support::{
    cast::*,
    city::{self, City},
};
use chrono::Days;
use diesel::prelude::*;
use zhuqi::{
    access::Scope,
    calendar::shanghai_date,
    report::{By, Question, query},
    schema::{assignments, groups, users},
    time::Time,
};

async fn groups_now(city: &City) -> i64 {
    let now = Time(Time::system().0 + 1);
    let today = shanghai_date(now);
    let question = Question { by: By::City, from: today, to: today, before: now };
    let read = city.app.db.snapshot(move |conn| query::report(conn, Scope::system(), &question));
    read.await.expect("counts").total.groups
}

#[actix_web::test]
async fn a_group_is_made_edited_ended_and_resumed_with_its_history() {
    let city = city::fresh();
    let mut desk = city.desk("erqi").await;
    let today = shanghai_date(Time::system());
    let yesterday = today.checked_sub_days(Days::new(1)).expect("a day").to_string();
    let form = desk.open("/groups/new").await;
    let (erqi, zhengdong) = (ERQI.to_string(), ZHENGDONG.to_string());
    let right = [("name", "二七区第二工作组"), ("level", "county"), ("area", erqi.as_str())];
    for (wrong, field) in [
        (("name", ""), "name"),
        (("name", "二七区第一工作组"), "name"),
        (("level", "city"), "level"),
        (("area", zhengdong.as_str()), "area"),
        (("lead_unit", "77"), "lead_unit"),
        (("valid_from", yesterday.as_str()), "valid_from"),
        (("valid_from", "今天"), "valid_from"),
    ] {
        let mut filled: Vec<_> = right.into_iter().filter(|(name, _)| *name != wrong.0).collect();
        filled.push(wrong);
        let refused = desk.submit(&form, "/groups", &filled).await.is(422);
        assert_eq!(refused.texts(&format!(".error-summary a[href='#{field}']")).len(), 1, "{wrong:?}");
    }
    let made = desk.submit(&form, "/groups", &right).await.is(303);
    assert_eq!(desk.submit(&form, "/groups", &right).await.is(303).location, made.location, "sent twice, made once");
    let path = made.location.clone().expect("leads to it");
    assert_eq!(groups_now(&city).await, 3);
    let page = desk.follow(&made).await;
    assert!(page.says("系统管理员在“开设账号”里改账号的所属工作组"), "says who can help");

    // On its first day everything may still be changed.
    let form = desk.open(&format!("{path}/edit")).await;
    let tomorrow = today.succ_opt().expect("a day").to_string();
    let housing = HOUSING.to_string();
    let slow = city.desk("city1").await.open(&format!("{path}/edit")).await;
    let filled = [("name", "二七区专班"), ("lead_unit", housing.as_str()), ("valid_from", tomorrow.as_str())];
    let saved = desk.submit(&form, &path, &filled).await.is(303);
    let page = desk.follow(&saved).await;
    let what =
        format!("名称：二七区第二工作组 → 二七区专班；组长单位：（空） → 二七区住建局；启用日期：{today} → {tomorrow}");
    assert!(page.says(&what), "{}", page.text());
    assert_eq!(groups_now(&city).await, 2, "not begun yet");
    let refused = desk.submit(&slow, &path, &[("name", "慢了一步")]).await.is(409);
    assert!(refused.says("名称：二七区第二工作组 → 二七区专班") && !refused.says("新建工作组 二七区第二工作组"));
    assert_eq!(refused.attribute("#name", "value").as_deref(), Some("慢了一步"));

    let form = desk.open(&format!("{path}/edit")).await;
    let end = format!("{path}/end");
    let refused = desk.submit(&form, &end, &[]).await.is(422);
    assert_eq!(refused.texts(".error-summary a[href='#reason']"), ["请填写停用的原因"]);
    assert_eq!(refused.attribute("#name", "value").as_deref(), Some("二七区专班"), "the other form stays");
    desk.submit(&form, &end, &[("reason", "并入第一组")]).await.is(303);
    assert!(desk.open(&path).await.says("并入第一组"));
    assert_eq!(desk.open("/groups").await.texts("tbody th"), ["二七区第一工作组"]);
    assert_eq!(desk.open("/groups?ended=1").await.texts("tbody th").len(), 1);
    let form = desk.open(&format!("{path}/edit")).await;
    let resume = format!("{path}/resume");
    desk.submit(&form, &resume, &[]).await.is(422);
    let resumed = desk.submit(&form, &resume, &[("reason", "停错了")]).await.is(303);
    let page = desk.follow(&resumed).await;
    assert_eq!(page.texts("[aria-label=变动记录列表] tbody th"), ["恢复使用", "停用", "修改工作组", "新建工作组"]);
}

#[actix_web::test]
async fn what_figures_counted_of_a_group_stays() {
    let city = city::fresh();
    let mut desk = city.desk("city1").await;
    let path = format!("/groups/{GROUP_ONE}");
    let form = desk.open(&format!("{path}/edit")).await;
    assert!(form.says("辖区和启用日期已经用在过去的统计里"));
    // Typed by hand into the request all the same: not taken.
    let area = ZHENGDONG.to_string();
    let filled = [("name", "二七区一组"), ("area", area.as_str()), ("valid_from", "2026-01-01")];
    desk.submit(&form, &path, &filled).await.is(303);
    let kept: (String, i64, chrono::NaiveDate) = city
        .app
        .db
        .read(|conn| {
            Ok(groups::table.find(GROUP_ONE).select((groups::name, groups::area_id, groups::valid_from)).first(conn)?)
        })
        .await
        .expect("reads");
    assert_eq!(kept, ("二七区一组".into(), ERQI, city::day("2021-08-01")));

    // People and companies would be left behind.
    let form = desk.open(&format!("{path}/edit")).await;
    assert!(form.says("还包联着 1 家企业") && form.says("还有 2 个有角色的账号"), "{}", form.text());
    desk.post(&format!("{path}/end"), &[("reason", "撤")]).await.is(422);
    let yesterday = shanghai_date(Time::system()).pred_opt().expect("a day");
    city.app
        .db
        .write(move |conn| {
            diesel::update(assignments::table).set(assignments::valid_until.eq(yesterday)).execute(conn)?;
            diesel::update(users::table.filter(users::group_id.eq(GROUP_ONE)))
                .set(users::disabled.eq(true))
                .execute(conn)?;
            diesel::update(groups::table.find(GROUP_TWO)).set(groups::valid_until.eq(yesterday)).execute(conn)?;
            zhuqi::directory::changed(conn)
        })
        .await
        .expect("clears");
    desk.post(&format!("{path}/end"), &[("reason", "撤")]).await.is(303);
    // Ended yesterday: a day was counted without it.
    let form = desk.open(&format!("/groups/{GROUP_TWO}/edit")).await;
    assert!(form.says("恢复会改动过去的数字"), "{}", form.text());
    desk.post(&format!("/groups/{GROUP_TWO}/resume"), &[("reason", "想要")]).await.is(422);
}

#[actix_web::test]
async fn groups_are_kept_by_the_offices_of_their_area() {
    let city = city::fresh();
    for (account, status) in [
        ("city1", 200),
        ("erqi", 200),
        ("zhengdong", 404),
        ("lead1", 403),
        ("cadre1", 403),
        ("leader", 403),
        ("sysadmin", 403),
    ] {
        let mut desk = city.desk(account).await;
        assert_eq!(desk.get(&format!("/groups/{GROUP_ONE}/edit")).await.status.as_u16(), status, "{account}");
        let sent = desk.post(&format!("/groups/{GROUP_ONE}/end"), &[("reason", "")]).await.status.as_u16();
        assert_eq!(sent, if status == 200 { 422 } else { status }, "{account}");
        let made = desk.post("/groups", &[("name", "")]).await.status.as_u16();
        assert_eq!(made, if status == 403 { 403 } else { 422 }, "{account}");
    }
}
