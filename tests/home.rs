//! First screens and the menu: the work of each role with its counts, a leader's overview, the ledger's numbered rows.
use crate::support::{cast::*, city, desk::Desk, problem};
use diesel::prelude::*;
use zhuqi::{calendar::end_of_day, schema::issues};

async fn record(desk: &mut Desk, text: &str) -> String {
    let form = desk.open(&format!("/issues/new?enterprise={MILL}")).await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| name != "text" && name != "enterprise");
    fields.extend([("text".into(), text.into()), ("enterprise".into(), MILL.to_string())]);
    desk.send_multipart("/issues", &fields).await.is(303).location.expect("an address")
}

#[actix_web::test]
async fn the_menu_leads_to_each_work_list_with_its_count() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    for n in 0..3 {
        record(&mut cadre, &format!("第{n}个问题")).await;
    }
    let mut office = city.desk("erqi").await;
    let page = office.open("/").await;
    let lists = page.texts(".sidenav .part");
    assert_eq!(lists[0], "待甄别3 件", "{lists:?}");
    assert_eq!(lists.len(), 8, "seven lists and what is overdue");
    assert_eq!(page.attribute(".sidenav .part a", "href").as_deref(), Some("/work/triage"));
    let list = office.open("/work/triage").await;
    assert_eq!(list.texts(".sidenav [aria-current]"), ["待甄别3 件"]);
    assert_eq!(list.texts("main tbody tr").len(), 3);
    // The address of a filter is not the ledger's own.
    let ledger = office.open("/issues?limits=overdue&order=due").await;
    assert_eq!(ledger.texts(".sidenav [aria-current]"), ["问题台账"]);
    assert_eq!(city.desk("cadre1").await.open("/").await.texts(".sidenav .part")[0], "我包联企业的未办结问题3 件");
}

#[actix_web::test]
async fn a_co_unit_has_what_it_has_not_replied_to_by_its_own_limit() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let path = record(&mut cadre, "停汽三天").await;
    let co_unit = FINANCE.to_string();
    let filled = [
        ("category", "4"),
        ("complexity", "C"),
        ("lead_unit", "2"),
        ("duplicates_looked_at", "yes"),
        ("co_units", &*co_unit),
    ];
    problem::step(&mut city.desk("erqi").await, &path, "triage", &filled).await;
    problem::step(&mut city.desk("housing").await, &path, "sign", &[]).await;
    let mut finance = city.desk("finance").await;
    let page = finance.open("/").await;
    assert_eq!(page.texts(".sidenav .part")[3], "协办1 件");
    // The lead unit has to make contact next; the co-unit has to reply.
    assert!(page.texts("main tbody td").iter().any(|cell| cell.starts_with("答复")), "{}", page.text());
    assert!(finance.open("/work/co_handle").await.says("停汽三天"));
    problem::step(&mut finance, &path, "co_reply", &[("text", "资金已拨付")]).await;
    assert_eq!(finance.open("/").await.texts(".sidenav .part")[3], "协办0 件");
}

#[actix_web::test]
async fn after_a_step_the_next_one_is_one_key_away() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let first = record(&mut cadre, "甲").await;
    let second = record(&mut cadre, "乙").await;
    let mut office = city.desk("erqi").await;
    let page = office.open(&first).await;
    assert!(page.attribute("[data-key=n]", "href").is_none(), "nothing was done yet");
    let filled = [("reason", "请走法定渠道"), ("channel", "人民法院")];
    let done = office.submit(&page, &format!("{first}/reject"), &filled).await.is(303);
    let page = office.follow(&done).await;
    assert_eq!(page.attribute("[data-key=n]", "href").as_deref(), Some(second.as_str()));
}

#[actix_web::test]
async fn a_leader_sees_the_paragraph_the_open_and_the_overdue_at_once() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    record(&mut cadre, "停汽三天").await;
    let mut leader = city.desk("leader").await;
    let page = leader.open("/").await;
    assert_eq!(page.texts("h1"), ["数据总览"]);
    assert!(
        page.says("活动开展以来，二七区成立1个工作组，共抽调助企干部2人，包联服务“四上”企业1家。截至目前，累计走访"),
        "{}",
        page.text()
    );
    assert_eq!(page.texts(".cards .fig")[0], "1件");
    assert!(page.says("含待甄别 1 件，建档后才计入统计"));
    assert!(page.texts(".open-list tbody th.title").contains(&"停汽三天".to_owned()));
    let open = leader.open("/work/open").await;
    assert!(open.says("停汽三天"));
    // Another area's leader would see nothing of it; here the other area's office stands for it.
    assert_eq!(city.desk("zhengdong").await.open("/").await.texts("h1"), ["待办"]);
}

#[actix_web::test]
async fn the_ledger_numbers_its_rows_through_all_pages() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    for n in 0..43 {
        record(&mut cadre, &format!("第{n}个问题")).await;
    }
    let mut desk = city.desk("city1").await;
    let numbers = |page: &crate::support::desk::Page| page.texts("main tbody .c-no");
    let page = desk.open("/issues").await;
    let saved = desk.submit(&page, "/issues/view", &[("density", "loose")]).await.is(303);
    let page = desk.follow(&saved).await;
    assert_eq!(page.texts("thead th")[..3], ["序号", "问题编号", "企业名称"]);
    assert_eq!(numbers(&page), (1..=20).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(page.attribute("table.sheet-loose", "class").is_some());
    let next = page.attribute(".pager a[rel=next]", "href").expect("a next page");
    let page = desk.open(&next).await;
    assert_eq!(numbers(&page).first().map(String::as_str), Some("21"));
    assert!(page.attribute("table.sheet-loose", "class").is_some(), "the density stays");
    let last = page.attribute(".pager .far:last-child a", "href").expect("a last page");
    let page = desk.open(&last).await;
    assert_eq!(numbers(&page).last().map(String::as_str), Some("43"));
    let previous = page.attribute(".pager a[rel=prev]", "href").expect("a previous page");
    let page = desk.open(&previous).await;
    assert_eq!(numbers(&page).last().map(String::as_str), Some("23"));
    assert!(page.says("合计 43 件"));
    assert_eq!(page.texts(".sign-line span").len(), 4, "who filled it in and who checked, on paper");
}

#[actix_web::test]
async fn a_unit_signs_from_the_row_of_its_list_and_comes_back_to_it() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let mut office = city.desk("erqi").await;
    let mut paths = Vec::new();
    for text in ["停汽三天", "围墙外积水", "路灯不亮"] {
        let path = record(&mut cadre, text).await;
        problem::dispatch(&mut office, &path).await;
        paths.push(path);
    }
    let mut unit = city.desk("housing").await;
    let sign = |at: usize| format!("{}/sign", paths[at]);
    let home = unit.open("/").await;
    assert_eq!(home.texts(".c-act button"), ["签收 停汽三天", "签收 围墙外积水", "签收 路灯不亮"]);
    let done = unit.submit(&home, &sign(0), &[]).await.is(303);
    assert_eq!(done.location.as_deref(), Some("/"));
    let back = unit.follow(&done).await;
    assert!(back.says(&format!("{} 已签收", problem::number(&paths[0]))), "{}", back.text());
    assert_eq!(back.texts(".c-act button").len(), 2, "only what is to be signed has the button");
    assert!(back.says("办理中 1 件"));

    let list = unit.open("/work/sign").await;
    let done = unit.submit(&list, &sign(1), &[]).await.is(303);
    assert_eq!(done.location.as_deref(), Some("/work/sign"));
    assert_eq!(unit.follow(&done).await.texts(".c-act button"), ["签收 路灯不亮"]);
    // Sent twice it is signed once; somebody who was slower is told on the problem's page.
    assert_eq!(unit.submit(&list, &sign(1), &[]).await.is(303).location.as_deref(), Some("/work/sign"));
    assert!(unit.submit(&home, &sign(1), &[]).await.is(409).says("已经有人处理过"));
    // No form leads out of the application, nor to lists of others.
    let away = [("back", "https://example.com/")];
    let done = unit.submit(&list, &sign(2), &away).await.is(303);
    assert_eq!(done.location.as_deref(), Some(paths[2].as_str()));
    assert!(unit.open("/work/handle").await.texts(".c-act").is_empty());
    assert!(office.open("/").await.texts(".c-act").is_empty(), "an office signs nothing");
}

#[actix_web::test]
async fn an_estimated_limit_is_marked_in_every_list() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽三天").await;
    let mut office = city.desk("erqi").await;
    problem::dispatch(&mut office, &path).await;
    let lists =
        [("erqi", "/issues"), ("housing", "/"), ("housing", "/work/sign"), ("leader", "/"), ("lead1", "/groups/1")];
    for (account, address) in lists {
        let page = city.desk(account).await.open(address).await;
        assert!(!page.texts("td.c-due").is_empty() && !page.says("估算"), "{account} {address}: {}", page.text());
    }
    // The step's limit alone.
    let limited = |step: &'static str, due: &'static str| {
        city.app.db.write(move |conn| {
            let [step, due] = [step, due].map(|day| end_of_day(city::day(day)));
            diesel::update(issues::table).set((issues::step_due_at.eq(step), issues::due_at.eq(due))).execute(conn)?;
            Ok(())
        })
    };
    limited("2027-01-05", "2027-01-20").await.expect("moves the limits");
    for (account, address) in lists {
        let page = city.desk(account).await.open(address).await;
        assert_eq!(page.texts("td.c-due .tag"), ["估算"], "{account} {address}: {}", page.text());
    }
    // The step ends in a year that is known: the ledger tells the reply's limit too, the work list does not.
    limited("2026-12-30", "2027-01-20").await.expect("moves the limits");
    assert_eq!(office.open("/issues").await.texts("td.c-due .tag"), ["估算"]);
    assert!(city.desk("housing").await.open("/work/sign").await.texts("td.c-due .tag").is_empty());
}

#[actix_web::test]
async fn an_account_without_rights_is_told_who_grants_them() {
    let city = city::fresh();
    let page = city.desk("nobody").await.open("/").await;
    assert_eq!(page.texts("h1"), ["您的账号还没有权限"]);
    assert!(page.says("安全管理员"), "{}", page.text());
    for href in ["/password", "/feedback?page=/"] {
        assert!(page.attribute(&format!("main a[href='{href}']"), "href").is_some(), "{href}: {}", page.html());
    }
}

#[actix_web::test]
async fn an_unknown_address_keeps_the_menu_of_who_is_signed_in() {
    let city = city::fresh();
    let mut desk = city.desk("erqi").await;
    for path in ["/nowhere", "/issues/ZZ-410103-2026-999999"] {
        let page = desk.get(path).await.is(404);
        assert!(page.texts(".sidenav a").contains(&"问题台账".to_owned()), "{path}: {}", page.text());
    }
    assert!(city.street().get("/nowhere").await.is(404).texts(".sidenav").is_empty());
}

#[actix_web::test]
async fn a_condition_that_is_not_understood_is_named_and_not_taken_for_applied() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    record(&mut cadre, "停汽三天").await;
    let mut desk = city.desk("city1").await;
    for (query, field, said) in [
        ("from=abc", "#from", "收集日期起“abc”看不懂，日期请写成 2022-06-09"),
        ("to=2022-13-01", "#to", "收集日期止“2022-13-01”看不懂"),
        ("area=erqi", "#area", "所属区县“erqi”看不懂，请从列表里选"),
        ("status=zzz", "#status", "当前状态“zzz”看不懂"),
    ] {
        let page = desk.open(&format!("/issues?{query}")).await;
        let links = page.texts(&format!(".error-summary a[href='{field}']"));
        assert!(links.len() == 1 && links[0].contains(said), "{query}: {links:?}");
        assert!(page.attribute(field, "name").is_some(), "{field} is on the page");
        assert!(page.texts("title")[0].starts_with("错误："));
        assert!(page.says("停汽三天"));
        // A file does not say which conditions it was made by.
        assert!(desk.get(&format!("/issues/export?{query}")).await.is(422).says(said), "{query}");
    }
    assert!(desk.open("/issues?holder=zzz").await.texts(".error-summary li")[0].contains("在谁手里“zzz”看不懂"));
    let fine = desk.open("/issues?from=2022-01-01&area=&status=submitted").await;
    assert!(fine.texts(".error-summary").is_empty() && !fine.texts("title")[0].contains("错误"));
}

#[actix_web::test]
async fn every_list_names_a_condition_that_it_does_not_understand() {
    let city = city::fresh();
    for (account, query, said) in [
        ("city1", "/issues?from=2026-02-01&to=2026-01-01", "收集日期不对：2026-02-01 在 2026-01-01 之后"),
        ("city1", "/visits?from=abc", "走访日期起“abc”看不懂"),
        ("city1", "/visits?from=2026-02-01&to=2026-01-01", "走访日期不对：2026-02-01 在 2026-01-01 之后"),
        ("city1", "/visits?group=zzz", "工作组“zzz”看不懂，请从列表里选"),
        ("city1", "/symposiums?to=2026-02-30", "座谈会日期止“2026-02-30”看不懂"),
        ("city1", "/symposiums?area=zzz", "所属区县“zzz”看不懂"),
        ("city1", "/enterprises?scale=zzz", "四上类别“zzz”看不懂"),
        ("city1", "/enterprises?standing=zzz", "档案状态“zzz”看不懂"),
        ("city1", "/groups?level=zzz", "层级“zzz”看不懂"),
        ("city1", "/feedback/list?show=zzz", "看过没有“zzz”看不懂"),
        ("auditadmin", "/audit?action=zzz", "事项“zzz”看不懂"),
        ("auditadmin", "/audit?from=2026-02-01&to=2026-01-01", "日期不对：2026-02-01 在 2026-01-01 之后"),
        ("sysadmin", "/users?standing=zzz", "角色或状态“zzz”看不懂"),
        ("secadmin", "/rights?standing=zzz", "角色或状态“zzz”看不懂"),
    ] {
        let mut desk = city.desk(account).await;
        let page = desk.open(query).await;
        let links = page.links(".error-summary a");
        assert!(links.len() == 1 && links[0].0.contains(said), "{query}: {links:?}");
        assert!(!page.texts(&links[0].1).is_empty(), "{query}: {} is on the page", links[0].1);
        assert!(page.texts("title")[0].starts_with("错误："), "{query}");
        let path = query.split('?').next().expect("a path");
        let fine = desk.open(path).await;
        assert!(fine.texts(".error-summary").is_empty() && !fine.texts("title")[0].contains("错误"), "{path}");
    }
}
