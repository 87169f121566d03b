//! The ledger of a limit as its page tells it: months, steps that are late, co-handling units.
use crate::{
    supervision::*,
    support::{
        cast::*,
        city::{City, day, fresh},
        desk::Page,
    },
};
use zhuqi::{
    access::Permission,
    calendar::{Calendar, Clock, Limit, shanghai_date},
    db::Conn,
    error::Result,
    issue::{Issue, step::Step, workflow::*},
    time::Time,
};

/// With the housing unit and the finance unit since then; A takes a month.
fn given(conn: &mut Conn, complexity: Complexity, at: Time) -> Result<Issue> {
    let issue = recorded(conn, "停汽", at)?;
    let office = by("erqi", Permission::Triage, None);
    let mut registered = register(CATEGORY_UTILITIES);
    if let Step::Register { complexity: as_is, .. } = &mut registered {
        *as_is = complexity;
    }
    step(conn, &issue, &office, registered, at)?;
    let dispatch = Step::Dispatch {
        lead_unit_id: HOUSING,
        co_unit_ids: vec![FINANCE],
        template: "13710".into(),
        requirement: "请上门核实".into(),
        responsible_leader: String::new(),
    };
    step(conn, &issue, &office, dispatch, at)
}

async fn city_with(complexity: Complexity, given_on: &str, now: &str) -> (City, Issue) {
    let mut city = fresh();
    let at = morning(given_on);
    let issue = city.app.db.write(move |conn| given(conn, complexity, at)).await.expect("given");
    city.app.clock = Clock { stopped_at: Some(morning(now)) };
    (city, issue)
}

fn line(page: &Page, on: &str) -> String {
    let rows = page.texts(".ledger-days tbody tr");
    rows.into_iter().find(|row| row.contains(on)).unwrap_or_else(|| panic!("no {on}"))
}

#[actix_web::test]
async fn a_month_is_told_by_the_calendar() {
    // 2026-10-23 + 1 month is Monday 11-23; 2026-10-28 + 1 month is Saturday 11-28.
    for (on, same, due) in [("2026-10-23", "2026-11-23", "2026-11-23"), ("2026-10-28", "2026-11-28", "2026-11-30")] {
        let (city, issue) = city_with(Complexity::A, on, "2026-10-29").await;
        assert_eq!(shanghai_date(issue.due_at).to_string(), due);
        let page = city.desk("city1").await.open(&format!("/issues/{}/deadline", issue.number)).await;
        assert!(page.says(&format!("到 1 个月后的同一天 {same}，其间休息日也算")), "{}", page.text());
        assert_eq!(page.says(&format!("遇休息日顺延到 {due}")), same != due);
        let weekend = line(&page, "2026-11-01");
        assert!(weekend.contains("第 ") && !weekend.contains("不计"), "{weekend}");
        let last = line(&page, due);
        assert!(last.contains("答复到期"), "{last}");
        assert_eq!(last.contains("第 31 天"), same == due, "{last}");
        if same != due {
            assert!(line(&page, same).contains("第 31 天") && line(&page, "2026-11-29").contains("遇休息日顺延"));
            assert!(last.contains("顺延到这一天"), "{last}");
        }
    }
}

#[actix_web::test]
async fn a_late_step_says_that_it_is_late_up_to_today_and_no_further() {
    let (city, issue) = city_with(Complexity::C, "2026-11-02", "2026-11-05").await;
    let page = city.desk("city1").await.open(&format!("/issues/{}/deadline", issue.number)).await;
    assert!(line(&page, "2026-11-03").contains("签收第 1 天，签收到期"), "{}", line(&page, "2026-11-03"));
    assert!(line(&page, "2026-11-05").contains("签收第 3 天，已过签收时限"), "{}", line(&page, "2026-11-05"));
    let later = line(&page, "2026-11-06");
    assert!(later.contains("第 4 天") && !later.contains("签收"), "{later}");
}

#[actix_web::test]
async fn a_co_handling_units_limit_has_its_own_ledger() {
    let (city, issue) = city_with(Complexity::C, "2026-11-02", "2026-11-05").await;
    let due = Calendar::official().due(day("2026-11-02"), Limit::Workdays(7)).on.to_string();
    let path = format!("/issues/{}/deadline?unit={FINANCE}", issue.number);
    let mut office = city.desk("erqi").await;
    let linked = office.open(&format!("/issues/{}", issue.number)).await;
    assert!(linked.links(".units td a").iter().any(|(_, to)| *to == path), "{:?}", linked.links(".units td a"));
    let page = office.open(&path).await;
    assert!(page.says("市财政局协办的时限逐日记录") && page.says("还没有反馈"), "{}", page.text());
    assert!(line(&page, &due).contains("第 7 天，协办反馈到期"), "{}", line(&page, &due));
    assert!(!page.says("签收第"));
    let finance = by("finance", Permission::CoHandle, Some(FINANCE));
    let (number, reply) = (issue.clone(), Step::CoReply { unit_id: FINANCE, text: "没有意见".into() });
    let at = morning("2026-11-04");
    city.app.db.write(move |conn| step(conn, &number, &finance, reply.clone(), at)).await.expect("replies");
    let page = office.open(&path).await;
    assert!(page.says("2026-11-04 10:00 已反馈"), "{}", page.text());
    assert!(line(&page, "2026-11-04").contains("第 2 天") && !line(&page, "2026-11-05").contains("第 3 天"));
    office.get(&format!("/issues/{}/deadline?unit={HOUSING}", issue.number)).await.is(404);
    city.desk("mill").await.get(&path).await.is(404);
}

#[actix_web::test]
async fn a_companys_page_is_linked_for_whom_it_opens() {
    let (city, issue) = city_with(Complexity::C, "2026-11-02", "2026-11-05").await;
    for (account, opens) in [("erqi", true), ("housing", false)] {
        let page = city.desk(account).await.open(&format!("/issues/{}", issue.number)).await;
        assert_eq!(page.says("企业档案"), opens, "{account}");
    }
}
