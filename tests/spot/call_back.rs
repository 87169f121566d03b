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
        for address in ["/spot-checks", "/signs", &path, &format!("/spot-checks/list?month={}", word())] {
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
    assert_eq!(elsewhere.open(&format!("/spot-checks/list?month={}", word())).await.html(), "");
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

#[actix_web::test]
async fn every_withdrawal_is_to_be_called_back_and_the_coverage_says_so() {
    let city = fresh();
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
    agent.submit(&page, &format!("/issues/{}/call_back", numbers[0]), &[("note", "自愿")]).await.is(303);
    assert!(agent.open("/spot-checks").await.says("撤回回访率33.3%撤回 3 件，已回访 1 件，待回访 2 件"));
    assert!(city.desk("zhengdong").await.open("/spot-checks").await.says("撤回 0 件"));
}
