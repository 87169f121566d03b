//! Hand-over 换届移交: all that one person holds goes to another in one act, also when the one who leaves is gone already.
use crate::support::city::{self, City, MILL, id_of};
use diesel::prelude::*;
use zhuqi::schema::assignments;

async fn holder(city: &City) -> i64 {
    let current = assignments::table.filter(assignments::enterprise_id.eq(MILL));
    let current = current.filter(assignments::valid_until.is_null()).select(assignments::cadre_id);
    city.app.db.read(move |conn| Ok(current.first(conn)?)).await.expect("is assigned")
}

#[actix_web::test]
async fn who_is_disabled_or_without_a_role_still_hands_over_and_the_administrator_is_told_before() {
    for act in ["disable", "withdraw"] {
        let city = city::fresh();
        let mut admin = city.desk("secadmin").await;
        let path = format!("/rights/{}/{act}", id_of("cadre1"));
        let question = admin.open(&path).await;
        assert!(question.says("还包联 1 家企业，请先（或随后）换届移交"), "{}", question.text());
        admin.submit(&question, &path, &[]).await.is(303);
        for (account, act) in [("cadre2", "password"), ("city1", "disable")] {
            assert!(!admin.open(&format!("/rights/{}/{act}", id_of(account))).await.says("家企业"), "{account}");
        }

        let mut office = city.desk("erqi").await;
        let seen = office.open("/assignments/handover?leaving=%E5%91%A8%E5%8C%85%E8%81%94&taking=lead1").await;
        assert!(seen.says("1 家企业，0 件未办结的问题"), "{}", seen.text());
        office.submit(&seen, "/assignments/handover", &[]).await.is(303);
        assert_eq!(holder(&city).await, id_of("lead1"), "{act}");
        // Nothing is left to hand over, and nobody takes over whose account is closed.
        let gone = office.get("/assignments/handover?leaving=cadre1&taking=lead1").await.is(422);
        assert_eq!(gone.texts(".error-summary a[href='#leaving']").len(), 1, "{}", gone.text());
        let back = office.get("/assignments/handover?leaving=lead1&taking=cadre1").await.is(422);
        assert_eq!(back.texts(".error-summary a[href='#taking']").len(), 1, "{}", back.text());
    }
}

#[actix_web::test]
async fn only_what_is_in_the_scope_is_handed_over() {
    let city = city::fresh();
    let mut other = city.desk("zhengdong").await;
    let refused = other.get("/assignments/handover?leaving=cadre1&taking=cadre2").await.is(422);
    assert!(refused.says("您的范围内没有企业由“cadre1”包联"), "{}", refused.text());
    other.post("/assignments/handover", &[("leaving", "cadre1"), ("taking", "cadre2")]).await.is(422);
    // Also of one who has companies here and there.
    let moved = city.app.db.write(|conn| {
        diesel::update(assignments::table.filter(assignments::enterprise_id.eq(2)))
            .set(assignments::cadre_id.eq(id_of("cadre1")))
            .execute(conn)?;
        Ok(())
    });
    moved.await.expect("sets");
    other.post("/assignments/handover", &[("leaving", "cadre1"), ("taking", "cadre2")]).await.is(303);
    assert_eq!(holder(&city).await, id_of("cadre1"), "the mill is not Zhengdong's");
}
