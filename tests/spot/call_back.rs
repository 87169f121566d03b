//! The call-back: who may, what it changes, and that a false closure is taken back in the month of its reopening.
use super::*;
use crate::support::desk::{Desk, Page};
use diesel::prelude::*;
use zhuqi::{
    access::Scope,
    report::{By, Question, query},
    schema::{issue_details, issues, spot_checks as s, users},
};

/// The addresses of the open checks.
fn open_checks(page: &Page) -> Vec<String> {
    let html = page.html();
    let mut found: Vec<String> = html
        .split("href=\"/spot-checks/")
        .skip(1)
        .map(|link| link.chars().take_while(char::is_ascii_digit).collect::<String>())
        .filter(|digits| !digits.is_empty())
        .map(|digits| format!("/spot-checks/{digits}"))
        .collect();
    found.dedup();
    found
}

async fn call(desk: &mut Desk, path: &str, filled: &[(&str, &str)]) -> Page {
    let page = desk.open(path).await;
    desk.submit(&page, path, filled).await
}

async fn status_of(city: &City, path: &str) -> (Status, Option<Answer>, i64) {
    let id: i64 = path.rsplit('/').next().expect("an id").parse().expect("a number");
    let read = city.app.db.read(move |conn| {
        let row = s::table.inner_join(issues::table).filter(s::id.eq(id));
        Ok(row.select((issues::status, issues::answer, issues::round)).first(conn)?)
    });
    read.await.expect("the issue")
}

#[actix_web::test]
async fn nobody_without_the_right_sees_or_acts() {
    let city = drawn_city(&[(End::Answered, 5)]);
    let mut agent = city.desk("callback").await;
    let page = agent.open("/spot-checks").await;
    assert_eq!(page.texts(".sidenav a[href='/spot-checks'] .count"), ["1 件"]);
    let path = open_checks(&page).remove(0);
    for account in ["cadre1", "lead1", "housing", "finance", "mill", "sysadmin", "secadmin", "auditadmin", "nobody"] {
        let mut desk = city.desk(account).await;
        for address in [
            "/spot-checks",
            "/spot-checks/open",
            "/spot-checks/withdrawals",
            "/signs",
            &path,
            &format!("/spot-checks/list?month={}", word()),
        ] {
            desk.get(address).await.is(403);
        }
        desk.post(&path, &[("solved", "solved"), ("reached", "何女士"), ("note", "好")]).await.is(403);
    }
    // An office and a leader read and do not call.
    for account in ["city1", "erqi", "leader"] {
        let mut desk = city.desk(account).await;
        let page = desk.open(&path).await;
        assert!(page.says("等回访员回访") && page.attribute("form textarea", "name").is_none(), "{account}");
        desk.post(&path, &[("solved", "solved"), ("reached", "何女士"), ("note", "好")]).await.is(403);
    }
    // Another area's office sees nothing of it.
    let mut elsewhere = city.desk("zhengdong").await;
    elsewhere.get(&path).await.is(404);
    assert!(open_checks(&elsewhere.open("/spot-checks").await).is_empty());
    assert_eq!(elsewhere.open(&format!("/spot-checks/list?month={}&file=1", word())).await.html(), "");
    assert_eq!(status_of(&city, &path).await.0, Status::Closed);
}

#[actix_web::test]
async fn a_call_back_is_kept_and_happens_once() {
    let city = drawn_city(&[(End::Answered, 5), (End::Unrated, 5)]);
    let mut agent = city.desk("callback").await;
    let paths = open_checks(&agent.open("/spot-checks").await);
    assert_eq!(paths.len(), 2);
    let mut outcomes = Vec::new();
    for path in &paths {
        let empty = call(&mut agent, path, &[]).await.is(422);
        for message in ["请选择企业怎么说", "请写明联系到了谁", "请写明回访情况"] {
            assert!(empty.says(message), "{message}");
        }
        let said = [("reached", "何女士，电话"), ("solved", "partly"), ("note", "还差一点")];
        call(&mut agent, path, &said).await.is(303);
        let page = agent.open(path).await;
        assert!(page.says("抽查结果：部分解决") && page.says("还差一点") && page.says("卫回访"));
        agent.post(path, &said).await.is(409);
        outcomes.push(status_of(&city, path).await);
    }
    // The company that had not answered has now; what the other one said stays.
    outcomes.sort();
    let wanted = [(Status::Closed, Some(Answer::Solved), 1), (Status::Closed, Some(Answer::Partly), 1)];
    assert_eq!(outcomes, wanted);
    let page = agent.open(&format!("/spot-checks?month={}&show=done", word())).await;
    assert_eq!(page.texts("main table[data-keys] tbody tr").len(), 2);
    assert!(page.texts(".cards .fig").contains(&"2件".to_owned()));
    assert_eq!(page.texts(".sidenav a[href='/spot-checks'] .count"), ["0 件"]);
}

#[actix_web::test]
async fn a_false_closure_reopens_and_counts_in_the_month_of_its_reopening() {
    let city = drawn_city(&[(End::Answered, 5)]);
    let mut agent = city.desk("callback").await;
    let path = open_checks(&agent.open("/spot-checks").await).remove(0);
    let said = [("reached", "何女士"), ("solved", "no"), ("note", "没有人来过")];
    let refused = call(&mut agent, &path, &said).await.is(422);
    assert!(refused.says("按“已解决”销号、企业说没有解决的，就是假办结"));
    assert_eq!(refused.texts("#note"), ["没有人来过"], "the typed text is kept");
    let praised = [("reached", "何女士"), ("solved", "solved"), ("note", "很好"), ("found_false", "1")];
    assert!(call(&mut agent, &path, &praised).await.is(422).says("才能认定为假办结"));

    let before = flows(&city, month()).await;
    let found = [said.as_slice(), &[("found_false", "1")]].concat();
    call(&mut agent, &path, &found).await.is(303);
    assert_eq!(status_of(&city, &path).await, (Status::InProgress, None, 2));
    let page = agent.open(&path).await;
    assert!(page.says("抽查结果：假办结"));
    let number = page.texts("dd.code").remove(0);
    let story = city.desk("erqi").await.open(&format!("/issues/{number}")).await;
    assert!(story.says("认定假办结") && story.says("抽查回访，联系何女士：没有人来过") && story.says("抽中：假办结"));

    // The month of the closure stays as it was; the month of the reopening has one less.
    assert_eq!(before, [5, 0, 0, 5]);
    assert_eq!(flows(&city, month()).await, before);
    assert_eq!(flows(&city, zhuqi::spot_check::next_month(month())).await, [0, 1, 1, -1]);
    let next = zhuqi::spot_check::next_month(month());
    let rows =
        format!("/reports/rows?by=city&measure=false_closures&from={next}&to={}", zhuqi::spot_check::last_day(next));
    assert!(city.desk("city1").await.open(&rows).await.html().contains(&number));
}

/// Closings, reopenings, of those false closures, and what is left, of a month.
async fn flows(city: &City, month: NaiveDate) -> [i64; 4] {
    let now = city.app.now();
    let read = city.app.db.snapshot(move |conn| {
        let question = Question::now(By::City, month, zhuqi::spot_check::last_day(month), now);
        let figures = query::report(conn, Scope::system(), &question)?.total;
        let words = ["closings", "reopenings", "false_closures", "net_closings"];
        Ok(words.map(|word| figures.value(word).expect(word)))
    });
    read.await.expect("counts")
}

#[actix_web::test]
async fn who_took_part_in_a_closure_does_not_check_it() {
    let city = drawn_city(&[(End::Answered, 5)]);
    let mut agent = city.desk("callback").await;
    let path = open_checks(&agent.open("/spot-checks").await).remove(0);
    let issue: i64 = city.app.db.read(|conn| Ok(s::table.select(s::issue_id).first(conn)?)).await.expect("the issue");
    let said = [("reached", "何女士"), ("solved", "no"), ("note", "没有解决"), ("found_false", "1")];
    let own = Some(id_of("callback"));
    for (part, why) in [("handler", "办理过或审核过"), ("reviewer", "办理过或审核过"), ("unit", "主责单位的人不能抽查")]
    {
        let set = city.app.db.write(move |conn| {
            let issues = diesel::update(issues::table.find(issue));
            issues.set(issues::handler_id.eq(own.filter(|_| part == "handler"))).execute(conn)?;
            let details = diesel::update(issue_details::table.find(issue));
            details.set(issue_details::reviewer_id.eq(own.filter(|_| part == "reviewer"))).execute(conn)?;
            let account = diesel::update(users::table.find(id_of("callback")));
            account.set(users::unit_id.eq(Some(HOUSING).filter(|_| part == "unit"))).execute(conn)?;
            Ok(())
        });
        set.await.expect("sets");
        let page = agent.open(&path).await;
        assert!(page.says(why) && page.attribute("form textarea", "name").is_none(), "{part}: {}", page.text());
        let refused = agent.post(&path, &said).await.is(422);
        assert!(refused.says(why), "{part}");
        let number = page.texts("dd.code").remove(0);
        let version: i64 = city
            .app
            .db
            .read(move |conn| Ok(issues::table.find(issue).select(issues::version).first(conn)?))
            .await
            .expect("the version");
        // The step's own form on the issue's page is no way round.
        let step = [("version", version.to_string()), ("finding", "没有解决".into())];
        let step: Vec<_> = step.iter().map(|(id, value)| (*id, value.as_str())).collect();
        assert!(agent.post(&format!("/issues/{number}/find_false"), &step).await.is(422).says(why), "{part}");
    }
    assert_eq!(status_of(&city, &path).await.0, Status::Closed);
}

#[actix_web::test]
async fn a_check_ends_when_its_issue_is_reopened_elsewhere() {
    let city = drawn_city(&[(End::Answered, 5)]);
    let mut agent = city.desk("callback").await;
    let path = open_checks(&agent.open("/spot-checks").await).remove(0);
    let number = agent.open(&path).await.texts("dd.code").remove(0);
    let mut office = city.desk("erqi").await;
    let page = office.open(&format!("/issues/{number}")).await;
    office.submit(&page, &format!("/issues/{number}/reopen"), &[("reason", "企业来电")]).await.is(303);
    assert!(agent.open(&path).await.says("抽查结果：已另行重开"));
    agent.post(&path, &[("solved", "solved"), ("reached", "何女士"), ("note", "好")]).await.is(409);
}

/// The same city so many days later.
fn days_later(city: &mut City, days: i64) {
    let at = after_the_month().plus_minutes(days * 24 * 60);
    city.app = App { clock: Clock { stopped_at: Some(at) }, ..city.app.clone() };
}

/// What verification says of spot checks.
fn doubts(city: &City) -> Vec<String> {
    let (config, db, now) = (city.app.config.clone(), city.app.db.clone(), city.app.now());
    let work = move || zhuqi::verify::verify(&config, &db, now, |_| ()).expect("verifies").findings;
    let found = std::thread::spawn(work).join().expect("ends");
    found.into_iter().map(|one| format!("{one:?}")).filter(|one| one.contains("抽查")).collect()
}

#[actix_web::test]
async fn a_check_stays_open_until_nobody_was_reached_on_three_days() {
    let mut city = drawn_city(&[(End::Answered, 5)]);
    let path = open_checks(&city.desk("callback").await.open("/spot-checks").await).remove(0);
    let again = [("solved", "again"), ("note", "无人接听")];
    let end = [("solved", "unreached"), ("note", "三天都打不通")];
    let offers_the_end = |page: &Page| page.attribute("input[name=solved][value=unreached]", "id").is_some();
    // Twice on the first day, once on the second: two days.
    for (day, tried) in [(0, 1), (0, 2), (1, 3)] {
        days_later(&mut city, day);
        let mut agent = city.desk("callback").await;
        assert!(!offers_the_end(&agent.open(&path).await));
        let early = call(&mut agent, &path, &end).await.is(422);
        assert!(early.says("要在 3 个不同的日子都联系过、都没有联系上，才能按“联系不上”结束"));
        let met = [again.as_slice(), &[("reached", "何女士")]].concat();
        assert!(call(&mut agent, &path, &met).await.is(422).says("没有联系上的，这里不填"));
        let praised = [again.as_slice(), &[("found_false", "1")]].concat();
        assert!(call(&mut agent, &path, &praised).await.is(422).says("才能认定为假办结"));
        let answer = call(&mut agent, &path, &again).await.is(303);
        assert!(agent.follow(&answer).await.says("已记下这次没有联系上"));
        let page = agent.open(&path).await;
        assert!(page.says(&format!("已联系 {tried} 次未接通")), "{}", page.text());
        assert_eq!(page.texts("[aria-labelledby=tried] .what").len(), tried);
        assert!(page.says("卫回访无人接听") && page.says("登记回访"), "{}", page.text());
        let list = agent.open("/spot-checks").await;
        assert!(list.says(&format!("待回访已联系 {tried} 次未接通")), "{}", list.text());
        assert_eq!(list.texts(".sidenav a[href='/spot-checks'] .count"), ["1 件"], "still to be called");
        assert_eq!(open_checks(&agent.open("/spot-checks/open").await), std::slice::from_ref(&path));
        assert_eq!(status_of(&city, &path).await, (Status::Closed, Some(Answer::Solved), 1));
        assert_eq!(doubts(&city), Vec::<String>::new());
    }
    // Whoever ends it by hand before its time is found out.
    let ended = city.app.db.write(|conn| {
        use zhuqi::schema::issue_events as e;
        let newest = e::table.filter(e::action.eq(Action::CallBack)).order(e::id.desc());
        let (actor, actor_id, at): (String, Option<i64>, Time) =
            newest.select((e::actor, e::actor_id, e::happened_at)).first(conn)?;
        let by = (s::checked_by.eq(actor), s::checker_id.eq(actor_id), s::checked_at.eq(at));
        Ok(diesel::update(s::table).set((s::result.eq("unreached"), s::note.eq("无人接听"), by)).execute(conn)?)
    });
    ended.await.expect("ends");
    assert_eq!(doubts(&city).len(), 1, "{:?}", doubts(&city));
    let opened = city.app.db.write(|conn| {
        let by = (s::checked_by.eq(""), s::checker_id.eq(None::<i64>), s::checked_at.eq(Time::NEVER));
        Ok(diesel::update(s::table).set((s::result.eq(""), s::note.eq(""), by)).execute(conn)?)
    });
    opened.await.expect("opens");
    // On the third day the agent may end it, or try again.
    days_later(&mut city, 2);
    let mut agent = city.desk("callback").await;
    let page = agent.open(&path).await;
    assert!(offers_the_end(&page) && page.attribute("input[name=solved][value=again]", "id").is_some());
    call(&mut agent, &path, &end).await.is(303);
    let page = agent.open(&path).await;
    assert!(page.says("抽查结果：联系不上") && page.says("已联系 4 次未接通"), "{}", page.text());
    agent.post(&path, &again).await.is(409);
    let list = agent.open(&format!("/spot-checks?month={}&show=unreached", word())).await;
    assert!(list.says("联系到企业 0 件，联系不上 1 件"), "counted apart: {}", list.text());
    assert_eq!(list.texts("main table[data-keys] tbody tr").len(), 1);
    assert_eq!(list.texts(".sidenav a[href='/spot-checks'] .count"), ["0 件"]);
    assert_eq!(doubts(&city), Vec::<String>::new());
}

#[actix_web::test]
async fn who_calls_and_the_offices_are_told_of_a_draw() {
    let city = drawn_city(&[(End::Answered, 5)]);
    let wanted = [
        ("callback", "全市抽中 1 件，请逐件回访企业"),
        ("city1", "全市抽中 1 件，由回访员逐件回访企业"),
        ("erqi", "本辖区抽中 1 件，由回访员逐件回访企业"),
        ("zhengdong", "本辖区这个月没有抽中的问题"),
    ];
    let title = format!("{}抽查已抽取", zhuqi::spot_check::month_label(month()));
    for (account, text) in wanted {
        let mut desk = city.desk(account).await;
        let page = desk.open("/messages").await;
        assert_eq!(page.texts("main .panel-head h2").iter().filter(|one| **one == title).count(), 1, "{account}");
        assert!(page.says(text), "{account}: {}", page.text());
        let before: i64 = menu_count(&page);
        let read = page.fields("/messages/read");
        assert!(read.contains(&("month".into(), word())), "{read:?}");
        desk.post("/messages/read", &[("month", &word())]).await.is(303);
        let page = desk.open("/messages").await;
        assert!(!page.says(&title) && menu_count(&page) == before - 1, "{account}");
        assert!(desk.open("/messages?show=all").await.says(text));
    }
    for account in ["leader", "housing", "cadre1", "lead1", "mill"] {
        assert!(!city.desk(account).await.open("/messages?show=all").await.says("抽查已抽取"), "{account}");
    }
    // All at once marks the draw too.
    let mut office = city.desk("city2").await;
    let page = office.open("/messages").await;
    office.submit(&page, "/messages/read", &[]).await.is(303);
    assert!(office.open("/messages").await.says("没有未看的消息"));
}

/// Of unread messages.
fn menu_count(page: &Page) -> i64 {
    let count = page.texts(".sidenav a[href='/messages'] .count").remove(0);
    count.trim_end_matches(" 件").parse().expect("a number")
}

#[actix_web::test]
async fn a_month_that_is_none_or_was_not_drawn_leads_to_the_newest() {
    let city = drawn_city(&[(End::Answered, 5)]);
    let mut office = city.desk("city1").await;
    let shown = format!("{}的抽查", zhuqi::spot_check::month_label(month()));
    for (asked, why) in
        [("2031-13", "月份请写成 2026-11"), ("x", "月份请写成 2026-11"), ("2020-01", "2020年1月没有抽取过")]
    {
        let page = office.open(&format!("/spot-checks?month={asked}")).await;
        assert!(page.says(&format!("{why}，下面是{shown}。")), "{asked}: {}", page.text());
        assert_eq!(open_checks(&page).len(), 1);
    }
    let page = office.open("/spot-checks?month=").await;
    assert!(open_checks(&page).len() == 1 && !page.says("下面是"));
    let empty = fresh();
    let page = empty.desk("city1").await.open("/spot-checks?month=2020-01").await;
    assert!(page.says("2020年1月没有抽取过。") && page.says("还没有抽查"));
}

/// Every number in the section of withdrawals is the number of rows it opens; the numbers.
async fn numbers_and_rows(desk: &mut Desk) -> Vec<String> {
    let page = desk.open("/spot-checks").await;
    for (text, href) in page.links("[aria-labelledby=withdrawn] a") {
        let rows = desk.open(&href).await.texts("main tbody tr").len();
        assert_eq!(text.trim_start_matches("逾期 "), rows.to_string(), "{href}");
    }
    page.texts("[aria-labelledby=withdrawn] tbody td")
}

#[actix_web::test]
async fn every_withdrawal_is_to_be_called_back_and_the_coverage_says_so() {
    let mut city = fresh();
    let made = city.app.db.write(|conn| {
        let mut numbers = Vec::new();
        for title in ["甲", "乙", "丙"] {
            let issue = crate::supervision::recorded(conn, title, Time::system())?;
            let company = by("mill", Permission::AnswerAsEnterprise, None);
            step(conn, &issue, &company, Step::Withdraw { reason: "不想说".into() }, Time::system())?;
            numbers.push(issue.number);
        }
        Ok(numbers)
    });
    let numbers = made.await.expect("withdrawn");
    let mut agent = city.desk("callback").await;
    assert_eq!(agent.open("/work/withdrawn").await.texts("main tbody tr").len(), 3, "all of them");
    assert!(agent.open("/spot-checks").await.says("撤回回访率0.0%撤回 3 件，已回访 0 件，待回访 3 件"));
    let page = agent.open(&format!("/issues/{}", numbers[0])).await;
    assert!(page.says("企业已撤回，助企办须在") && page.says("前回访"), "{}", page.text());
    agent.submit(&page, &format!("/issues/{}/call_back", numbers[0]), &[("note", "自愿")]).await.is(303);
    for account in ["callback", "mill"] {
        let page = city.desk(account).await.open(&format!("/issues/{}", numbers[0])).await;
        assert!(page.says("企业已撤回，助企办已经回访。") && !page.says("会回访"), "{}", page.text());
    }
    assert!(agent.open("/spot-checks").await.says("撤回回访率33.3%撤回 3 件，已回访 1 件，待回访 2 件"));
    assert!(city.desk("zhengdong").await.open("/spot-checks").await.says("撤回 0 件"));

    // By month of the withdrawal, each number with its rows.
    assert_eq!(numbers_and_rows(&mut agent).await, ["3", "1", "2", "0", "33.3%"]);
    let address = format!("/issues/{}/find_pressure", numbers[1]);
    let page = agent.open(&format!("/issues/{}", numbers[1])).await;
    agent.submit(&page, &address, &[("finding", "有人要他撤的")]).await.is(303);
    assert_eq!(numbers_and_rows(&mut agent).await, ["3", "2", "1", "0", "66.6%"]);
    assert!(agent.open("/spot-checks/withdrawals?show=done").await.says("已回访，发现施压"));
    let at = city.app.now().plus_minutes(20 * 24 * 60);
    city.app = App { clock: Clock { stopped_at: Some(at) }, ..city.app.clone() };
    // The office reads the same numbers.
    let mut office = city.desk("erqi").await;
    assert_eq!(numbers_and_rows(&mut office).await, ["3", "2", "1", "逾期 1", "66.6%"]);
    let late = office.open("/spot-checks/withdrawals?show=late").await;
    assert_eq!(late.texts("main tbody th a"), ["丙"]);
    assert_eq!(late.texts("main tbody .light-overdue").len(), 1);
    let mut elsewhere = city.desk("zhengdong").await;
    assert!(numbers_and_rows(&mut elsewhere).await.is_empty());
    assert!(elsewhere.open("/spot-checks/withdrawals").await.says("这里没有撤回的问题"));
}
