//! What was recorded wrongly is corrected: text, company, contact.
use crate::support::{
    city::{self, City},
    desk::{Desk, Page},
    problem::{self, differing, number, step},
};
use diesel::prelude::*;
use zhuqi::{issue::workflow::*, schema::*, time::Time};

const FOUNDRY_NAME: &str = "河南澄川铸造股份有限公司";

/// The mill's contact by its profile, and the foundry's.
const MILLS: &str = "13800000001";
const FOUNDRYS: &str = "13800000002";

async fn contact(city: &City, path: &str) -> (String, String) {
    let wanted = number(path).to_owned();
    let row = city.app.db.read(move |conn| {
        let rows = issues::table.inner_join(issue_details::table).filter(issues::number.eq(wanted));
        Ok(rows.select((issue_details::contact_name, issue_details::contact_phone)).first(conn)?)
    });
    row.await.expect("is there")
}

/// Everything that the histories of issues say.
async fn histories(city: &City) -> String {
    let rows = city.app.db.read(|conn| Ok(issue_events::table.select(issue_events::data).load::<String>(conn)?));
    rows.await.expect("reads").join("\n")
}

/// The code of a slip that is printed from the problem's page.
async fn slip(desk: &mut Desk, path: &str) -> String {
    let page = desk.open(path).await;
    let printed = desk.submit(&page, &format!("{path}/slip"), &[]).await.is(200);
    printed.texts("#code").remove(0)
}

async fn track(street: &mut Desk, code: &str, tail: &str) -> Page {
    street.post("/portal/track", &[("code", code), ("tail", tail)]).await
}

#[actix_web::test]
async fn the_wrong_companys_contact_goes_with_it() {
    let city = city::fresh();
    let (mut cadre, mut office) = (city.desk("cadre1").await, city.desk("city1").await);
    let path = problem::record(&mut cadre, "门前的路坏了").await;
    assert_eq!(contact(&city, &path).await, ("联系人".into(), MILLS.into()));
    let code = slip(&mut cadre, &path).await;
    let mut street = city.street();
    track(&mut street, &code, "0001").await.is(303);
    street.open("/portal/issue").await;

    step(&mut office, &path, "correct", &[("enterprise", FOUNDRY_NAME), ("reason", "记错了企业")]).await;
    assert_eq!(contact(&city, &path).await, ("联系人".into(), FOUNDRYS.into()));
    // Neither the wrong company's phone nor who was let in by it opens the problem.
    street.get("/portal/issue").await.is(303);
    track(&mut street, &code, "0001").await.is(422);
    track(&mut street, &code, "0002").await.is(303);
    let page = office.open(&path).await;
    assert!(page.says("联系人和电话：已更正") && page.says("138****0002"), "{}", page.text());
    assert!(street.open("/portal/issue").await.says("联系人和电话：已更正"));
    let told = histories(&city).await;
    assert!(!told.contains(MILLS) && !told.contains(FOUNDRYS), "{told}");
    assert_eq!(differing(&city, Time::system()), Vec::<String>::new());
    // Changed behind the back of the system it is found.
    let changed = city.app.db.write(|conn| {
        let all = diesel::update(issue_details::table);
        Ok(all.set(issue_details::contact_phone.eq(MILLS)).execute(conn)?)
    });
    changed.await.expect("changes");
    assert!(differing(&city, Time::system()).iter().any(|one| one.contains("contact_phone")));
}

#[actix_web::test]
async fn a_contact_that_was_named_by_hand_stays_with_the_problem() {
    let city = city::fresh();
    let (mut cadre, mut office) = (city.desk("cadre1").await, city.desk("city1").await);
    let recorded = cadre.record(&[("contact_name", "何女士"), ("contact_phone", "13812345678")], &[]).await.is(303);
    let path = recorded.location.expect("an address");
    step(&mut office, &path, "correct", &[("enterprise", FOUNDRY_NAME), ("reason", "记错了企业")]).await;
    assert_eq!(contact(&city, &path).await, ("何女士".into(), "13812345678".into()));
    let both = [("enterprise", "91350100M000100Y43"), ("contact_name", "许经理"), ("reason", "又改回来")];
    step(&mut office, &path, "correct", &both).await;
    assert_eq!(contact(&city, &path).await, ("许经理".into(), "13812345678".into()));
    assert_eq!(differing(&city, Time::system()), Vec::<String>::new());
}

#[actix_web::test]
async fn a_problem_without_a_phone_gets_one_and_a_slip() {
    let city = city::fresh();
    let (mut cadre, mut office) = (city.desk("cadre1").await, city.desk("erqi").await);
    let path = problem::record(&mut cadre, "用电不稳").await;
    let emptied = city.app.db.write(|conn| {
        diesel::update(enterprises::table).set(enterprises::contact_phone.eq("")).execute(conn)?;
        Ok(())
    });
    emptied.await.expect("empties");
    let path_without = problem::record(&mut cadre, "用水不稳").await;
    let correct = format!("{path_without}/correct");
    assert!(!office.open(&path_without).await.says("打印查询单"));
    let page = office.open(&path_without).await;
    assert_eq!(page.attribute("#correct-contact_phone", "value").as_deref(), Some(""), "the number is not shown");
    for (typed, why) in [("13900000007", "工作人员的电话"), ("12345", "11 位手机号码")] {
        let filled = [("contact_phone", typed), ("reason", "补上电话")];
        let refused = office.submit(&page, &correct, &filled).await.is(422);
        assert!(refused.texts("#correct-contact_phone-m")[0].contains(why), "{typed}: {}", refused.text());
    }
    let filled = [("contact_phone", "138 1234 5678"), ("reason", "补上电话")];
    office.submit(&page, &correct, &filled).await.is(303);
    assert_eq!(contact(&city, &path_without).await.1, "13812345678");
    let code = slip(&mut office, &path_without).await;
    track(&mut city.street(), &code, "5678").await.is(303);
    // The other one keeps what it was recorded with.
    assert_eq!(contact(&city, &path).await.1, MILLS);
}

#[actix_web::test]
async fn a_correction_changes_something_and_leaves_a_company() {
    let city = city::fresh();
    let (mut cadre, mut office) = (city.desk("cadre1").await, city.desk("erqi").await);
    let path = problem::record(&mut cadre, "用电不稳").await;
    let correct = format!("{path}/correct");
    let page = office.open(&path).await;
    for same in ["", MILLS] {
        let refused = office.submit(&page, &correct, &[("reason", "看看"), ("contact_phone", same)]).await.is(422);
        assert!(refused.texts(".error-summary")[0].contains("没有改动"), "{}", refused.text());
    }
    let refused = office.submit(&page, &correct, &[("enterprise", ""), ("reason", "不知道是谁")]).await.is(422);
    assert!(refused.texts("#correct-enterprise-m")[0].contains("企业不能空着"), "{}", refused.text());
    let events = city.app.db.read(|conn| {
        Ok(issue_events::table.filter(issue_events::action.eq(Action::Correct)).count().get_result::<i64>(conn)?)
    });
    assert_eq!(events.await.expect("counts"), 0);
}
