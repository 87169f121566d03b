//! Companies: the list, the one screen, corrections, assignment, the quiet period.
use crate::support::{
    cast::*,
    city::{self, City},
    problem,
};
use diesel::prelude::*;
use zhuqi::{
    directory::{self, Area},
    schema::{areas, enterprises},
    time::Time,
};

/// More companies in Erqi, so that there are pages.
async fn more_companies(city: &City, count: i64) {
    city.app
        .db
        .write(move |conn| {
            for n in 0..count {
                let mut one =
                    zhuqi::enterprise::unverified(&format!("郑州云帆{n:02}机械有限公司"), ERQI, Time::system());
                one.park = "云帆产业园".into();
                one.tags = if n % 2 == 0 { "专精特新".into() } else { String::new() };
                zhuqi::enterprise::query::insert(conn, &one)?;
            }
            Ok(())
        })
        .await
        .expect("makes them");
}

#[actix_web::test]
async fn the_list_is_paged_filtered_and_counted() {
    let city = city::fresh();
    more_companies(&city, 45).await;
    let mut desk = city.desk("city1").await;
    let walk = crate::visit::walk;
    assert_eq!(walk(&mut desk, "/enterprises?size=20").await.len(), 47);
    assert!(desk.open("/enterprises").await.says("共 47 家"));
    let query =
        |pairs: &[(&str, &str)]| format!("/enterprises?{}", serde_urlencoded::to_string(pairs).expect("encodes"));
    // 云帆 stands in all new names; 帆机 in none, though both pairs of characters are in the index.
    for (pairs, count) in [
        (vec![("q", "云帆"), ("size", "20")], 45),
        (vec![("q", "云帆07")], 1),
        (vec![("q", "云郑州")], 0),
        (vec![("q", "云")], 0),
        (vec![("place", "专精特新"), ("size", "20")], 23),
        (vec![("place", "产业园"), ("standing", "unverified"), ("size", "20")], 45),
        (vec![("standing", "unassigned"), ("size", "20")], 45),
        (vec![("standing", "quiet")], 0),
        (vec![("standing", "ended")], 0),
        (vec![("scale", "industry"), ("size", "50")], 2),
        (vec![("place", "100%")], 0),
    ] {
        assert_eq!(walk(&mut desk, &query(&pairs)).await.len(), count, "{pairs:?}");
    }
    assert_eq!(walk(&mut city.desk("zhengdong").await, "/enterprises").await, ["河南澄川铸造股份有限公司"]);
}

#[actix_web::test]
async fn whoever_was_slower_sees_what_changed_and_keeps_what_was_typed() {
    let city = city::fresh();
    let path = format!("/enterprises/{MILL}");
    let (mut slow, mut quick) = (city.desk("erqi").await, city.desk("city1").await);
    let slow_form = slow.open(&format!("{path}/edit")).await;
    let quick_form = quick.open(&format!("{path}/edit")).await;
    quick.submit(&quick_form, &path, &[("park", "马寨产业集聚区")]).await.is(303);
    // Who is assigned is no part of the form.
    let page = quick.open(&path).await;
    quick.submit(&page, &format!("{path}/assign"), &[("cadre", "lead1")]).await.is(303);
    let refused = slow.submit(&slow_form, &path, &[("township", "马寨镇")]).await.is(409);
    assert!(refused.texts("[role=alert]")[0].contains("园区：（空） → 马寨产业集聚区"), "{}", refused.text());
    assert!(!refused.texts("[role=alert]")[0].contains("调整包联"));
    assert_eq!(refused.attribute("#township", "value").as_deref(), Some("马寨镇"));
    let saved = slow.submit(&refused, &path, &[("park", "马寨产业集聚区")]).await.is(303);
    assert!(slow.follow(&saved).await.says("马寨镇"));
}

#[actix_web::test]
async fn forms_of_a_company_are_refused_at_the_field() {
    let city = city::fresh();
    let mut desk = city.desk("erqi").await;
    let path = format!("/enterprises/{MILL}");
    let form = desk.open(&format!("{path}/edit")).await;
    for (name, value, message) in [
        ("usci", "91350100M000100Y4Z", ""),
        ("usci", "91410000170001401D", "河南澄川铸造股份有限公司"),
        ("quiet_from", "2026-05-01", "先起后止"),
        ("industry", "Z", "A 到 T"),
        ("area", "3", "只能选自己辖区"),
    ] {
        let refused = desk.submit(&form, &path, &[(name, value), ("park", "留着我")]).await.is(422);
        let said = refused.texts(&format!(".error-summary a[href='#{name}']"));
        assert!(said.len() == 1 && said[0].contains(message), "{name}: {said:?}");
        assert_eq!(refused.attribute("#park", "value").as_deref(), Some("留着我"));
    }
    let refused = desk.submit(&form, &format!("{path}/end"), &[]).await.is(422);
    assert_eq!(refused.texts(".error-summary a[href='#reason']"), ["请写明停止使用的原因"]);
    let page = desk.open(&path).await;
    for (cadre, message) in [("", "请填写包联干部"), ("没有这个人", "没有叫"), ("cadre2", "不是您范围内")]
    {
        let refused =
            desk.submit(&page, &format!("{path}/assign"), &[("cadre", cadre), ("leader", "褚领导")]).await.is(422);
        assert!(refused.texts(".error-summary a[href='#cadre']")[0].contains(message), "{}", refused.text());
        assert_eq!(refused.attribute("#leader", "value").as_deref(), Some("褚领导"));
    }
    let done = desk.submit(&page, &format!("{path}/assign"), &[("cadre", "lead1"), ("leader", "褚领导")]).await.is(303);
    let page = desk.follow(&done).await;
    assert!(page.texts("[aria-labelledby=who] li")[0].contains("孙组长"), "{}", page.text());
}

/// Where an area has townships listed below it, a company's township is one of them.
#[actix_web::test]
async fn the_township_is_one_of_the_list_below_the_area() {
    let city = city::fresh();
    city.app
        .db
        .write(|conn| {
            let town = Area {
                id: 40,
                parent_id: Some(ERQI),
                name: "马寨镇".into(),
                short_name: "马寨镇".into(),
                kind: "镇".into(),
                gb_code: None,
                number_code: "410103".into(),
                position: 1,
                valid_from: city::day("2021-08-01"),
                valid_until: None,
            };
            diesel::insert_into(areas::table).values(&town).execute(conn)?;
            directory::changed(conn)
        })
        .await
        .expect("adds");
    let mut desk = city.desk("erqi").await;
    let path = format!("/enterprises/{MILL}");
    let form = desk.open(&format!("{path}/edit")).await;
    assert_eq!(form.attribute("#townships option", "value").as_deref(), Some("马寨镇"));
    let refused = desk.submit(&form, &path, &[("township", "马赛镇")]).await.is(422);
    assert!(refused.texts(".error-summary a[href='#township']")[0].contains("名单由系统管理员在“辖区”里维护"));
    desk.submit(&form, &path, &[("township", "马寨镇")]).await.is(303);
}

#[actix_web::test]
async fn the_one_screen_shows_the_quiet_period_tags_and_who_is_assigned() {
    let city = city::fresh();
    city.app
        .db
        .write(|conn| {
            let today = zhuqi::calendar::shanghai_date(Time::system());
            diesel::update(enterprises::table.find(MILL))
                .set((
                    enterprises::quiet_from.eq(today),
                    enterprises::quiet_until.eq(today),
                    enterprises::tags.eq("专精特新、高新技术企业"),
                    enterprises::park.eq("马寨产业集聚区"),
                ))
                .execute(conn)?;
            Ok(())
        })
        .await
        .expect("sets");
    let mut desk = city.desk("cadre1").await;
    let page = desk.open(&format!("/enterprises/{MILL}")).await;
    assert!(page.says("勿扰期内") && page.says("138****0001") && !page.says("13800000001"), "{}", page.text());
    assert_eq!(page.texts(".tag-blue"), ["专精特新", "高新技术企业"]);
    assert!(page.texts("[aria-labelledby=who] li")[0].contains("周包联") && page.says("马寨产业集聚区"));
    let shown = desk.submit(&page, &format!("/enterprises/{MILL}/phone"), &[]).await.is(200);
    assert!(shown.says("13800000001"));
    let log = city.desk("auditadmin").await.open("/audit").await;
    assert!(log.says("郑州砺衡纺织有限公司"), "{}", log.text());
    // A visit in the quiet period is refused at the company.
    let form = desk.open("/visits/new").await;
    let refused = desk.submit(&form, "/visits", &[("enterprise", "1"), ("problem", "no")]).await.is(422);
    assert!(refused.texts(".error-summary a[href='#enterprise']")[0].contains("勿扰期"));
}

#[actix_web::test]
async fn a_company_reads_no_officials_name_and_no_history_on_its_page() {
    let city = city::fresh();
    let mut office = city.desk("erqi").await;
    let form = office.open("/enterprises/1/edit").await;
    office.submit(&form, "/enterprises/1", &[("park", "马寨产业园")]).await.is(303);
    let seen = office.open("/enterprises/1").await;
    assert!(seen.says("周包联") && seen.says("褚领导") && seen.says("变动记录"));
    let page = city.desk("mill").await.open("/enterprises/1").await;
    for inside in ["周包联", "褚领导", "变动记录", "赵二七"] {
        assert!(!page.says(inside), "{inside}");
    }
    assert!(page.says("二七区第一工作组"), "which group looks after it");
}

#[actix_web::test]
async fn a_company_that_came_in_unknown_is_verified_by_saying_so() {
    let city = city::fresh();
    let made = city.app.db.write(|conn| {
        let one = zhuqi::enterprise::unverified("郑州云帆机械有限公司", ERQI, Time::system());
        zhuqi::enterprise::query::insert(conn, &one)?;
        Ok(one.id)
    });
    let path = format!("/enterprises/{}", made.await.expect("makes"));
    let mut office = city.desk("erqi").await;
    let form = office.open(&format!("{path}/edit")).await;
    office.submit(&form, &path, &[("park", "马寨产业园")]).await.is(303);
    assert!(office.open(&path).await.says("待核实"), "another field says nothing of it");
    let form = office.open(&format!("{path}/edit")).await;
    office.submit(&form, &path, &[("verified", "1")]).await.is(303);
    let page = office.open(&path).await;
    assert!(page.says("核实情况：待核实 → 正常"), "{}", page.text());
    assert_eq!(page.texts(".tag-row .tag-accent").len(), 0);
    assert_eq!(office.open(&format!("{path}/edit")).await.texts("label[for=verified]").len(), 0);
}

#[actix_web::test]
async fn a_group_leader_moves_no_company_to_another_area() {
    let city = city::fresh();
    let mut lead = city.desk("lead1").await;
    let form = lead.open("/enterprises/1/edit").await;
    assert_eq!(form.texts("#area option"), ["请选择", "二七区"]);
    let area = ZHENGDONG.to_string();
    let refused = lead.submit(&form, "/enterprises/1", &[("area", &area)]).await.is(422);
    assert!(refused.says("企业换区县由助企办办理"));
    let mut office = city.desk("city1").await;
    let form = office.open("/enterprises/1/edit").await;
    office.submit(&form, "/enterprises/1", &[("area", &area)]).await.is(303);
}

#[actix_web::test]
async fn open_problems_follow_a_new_name_as_a_correction() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let open = cadre.record(&[], &[]).await.is(303).location.expect("an address");
    let closed = cadre.record(&[("text", "早先的事")], &[]).await.is(303).location.expect("an address");
    let mut office = city.desk("erqi").await;
    let page = office.open(&closed).await;
    let reject = [("reason", "不属受理范围"), ("channel", "12345")];
    office.submit(&page, &format!("{closed}/reject"), &reject).await.is(303);
    let form = office.open("/enterprises/1/edit").await;
    office.submit(&form, "/enterprises/1", &[("name", "郑州砺衡新材料有限公司")]).await.is(303);
    let page = office.open(&open).await;
    assert!(page.says("企业改为：郑州砺衡新材料有限公司") && page.says("企业更名"), "{}", page.text());
    assert!(!office.open(&closed).await.says("郑州砺衡新材料有限公司"), "what is over keeps the name of its time");
    assert!(office.open("/issues?q=%E6%96%B0%E6%9D%90%E6%96%99").await.says("共 1 件"), "it is found by the new name");
}

#[actix_web::test]
async fn symposiums_of_a_company_show_within_the_scope() {
    let city = city::fresh();
    let mut other = city.desk("city1").await;
    let form = other.open("/symposiums/new").await;
    let filled = [("topic", "郑东的会"), ("company1", "91410000170001401D"), ("company2", "91350100M000100Y43")];
    other.submit(&form, "/symposiums", &filled).await.is(303);
    assert!(other.open("/enterprises/1").await.says("郑东的会"));
    assert!(city.desk("zhengdong").await.open("/enterprises/2").await.says("郑东的会"));
    let page = city.desk("erqi").await.open("/enterprises/1").await;
    assert!(!page.says("郑东的会"), "a symposium of another area");
}

#[actix_web::test]
async fn assigning_the_same_cadre_changes_nothing() {
    let city = city::fresh();
    let mut lead = city.desk("lead1").await;
    let rows = async || {
        let count = city.app.db.read(|conn| Ok(zhuqi::schema::assignments::table.count().get_result::<i64>(conn)?));
        count.await.expect("counts")
    };
    let assign = "/enterprises/1/assign";
    lead.post(assign, &[("cadre", "cadre1"), ("leader", "褚领导")]).await.is(303);
    assert_eq!(rows().await, 2);
    lead.post(assign, &[("cadre", "cadre1"), ("leader", "卫领导")]).await.is(303);
    assert_eq!(rows().await, 3, "another leader is another assignment");
}

#[actix_web::test]
async fn the_industry_is_shown_by_its_name() {
    let city = city::fresh();
    let mut desk = city.desk("erqi").await;
    let path = format!("/enterprises/{MILL}");
    let form = desk.open(&format!("{path}/edit")).await;
    assert!(form.texts("#industry option").contains(&"C 制造业".to_owned()));
    desk.submit(&form, &path, &[("industry", "F"), ("size", "large")]).await.is(303);
    assert!(desk.open(&path).await.texts("dl.facts dd").contains(&"批发和零售业".to_owned()));
    let history = desk.open(&format!("{path}/edit")).await;
    assert!(history.says("行业门类：制造业 → 批发和零售业") && history.says("→ 大型"), "{}", history.text());
}

#[actix_web::test]
async fn nothing_is_recorded_with_a_company_after_its_end() {
    let city = city::fresh();
    let path = format!("/enterprises/{MILL}");
    let mut office = city.desk("erqi").await;
    let mut cadre = city.desk("cadre1").await;
    let (visit, form) = (cadre.open("/visits/new").await, cadre.open("/issues/new?enterprise=1").await);
    let open = problem::record(&mut cadre, "停汽三天").await;
    assert_eq!(cadre.open(&path).await.texts(".actions a"), ["记走访", "记问题"]);
    office.post(&format!("{path}/end"), &[("reason", "注销")]).await.is(303);

    let page = cadre.open(&path).await;
    assert!(page.texts(".actions a, [aria-labelledby=visits] p a").is_empty(), "{}", page.text());
    // Forms that were open before.
    let today = zhuqi::calendar::shanghai_date(city.app.now());
    let why = format!("企业 {today} 起停止使用");
    let at = |page: &crate::support::desk::Page, field: &str| {
        let said = page.texts(&format!(".error-summary a[href='#{field}']"));
        assert!(said.len() == 1 && said[0].starts_with(&why), "{field}: {}", page.text());
    };
    let filled = [("enterprise", "1"), ("problem", "no"), ("note", "最后一次")];
    at(&cadre.submit(&visit, "/visits", &filled).await.is(422), "enterprise");
    let before = today.pred_opt().expect("a day").to_string();
    let saved = [filled.as_slice(), &[("visited_on", before.as_str())]].concat();
    cadre.submit(&visit, "/visits", &saved).await.is(303);
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !matches!(name.as_str(), "enterprise" | "text"));
    fields.extend([("enterprise".into(), "1".into()), ("text".into(), "又停了。".into())]);
    let refused = cadre.send_multipart("/issues", &fields).await.is(422);
    at(&refused, "enterprise");
    assert!(refused.says("又停了。"));
    at(&cadre.open("/issues/new?enterprise=1").await, "enterprise");

    let mut lead = city.desk("lead1").await;
    let form = lead.open("/symposiums/new").await;
    let name = "郑州砺衡纺织有限公司";
    let typed = [("topic", "送别会"), ("company1", name)];
    at(&lead.submit(&form, "/symposiums", &typed).await.is(422), "company1");
    let past = [typed.as_slice(), &[("held_on", before.as_str()), ("text1", "还有一件事")]].concat();
    at(&lead.submit(&form, "/symposiums", &past).await.is(422), "company1");
    lead.submit(&form, "/symposiums", &past[..3]).await.is(303);

    // The company itself follows what is open, and begins nothing new.
    let mut mill = city.desk("mill").await;
    mill.open(&open).await;
    let form = mill.open("/issues/new").await;
    assert!(form.texts(".error-summary li")[0].starts_with(&why), "{}", form.text());
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| name != "text");
    fields.push(("text".into(), "还有一件。".into()));
    assert!(mill.send_multipart("/issues", &fields).await.is(422).says(&why));
    problem::dispatch(&mut office, &open).await;
}
