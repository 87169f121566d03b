//! The slip with a query code: what an official can do with one, and what it leaves behind.
use crate::support::{
    cast::{CATEGORY_UTILITIES, HOUSING, MILL, id_of},
    city::{self, City},
    desk::{Desk, Page},
};
use actix_web::test::TestRequest;
use diesel::prelude::*;
use zhuqi::{
    access::{Permission, Scope},
    issue::{
        apply::Actor,
        perform::{Authority, perform},
        query,
        step::{FourAnswers, Step},
        workflow::*,
    },
    schema::*,
};

const PHONE: &str = "13812345678";
/// Of the account cadre1.
const CADRES_PHONE: &str = "13900000007";

async fn track(street: &mut Desk, code: &str) -> Page {
    street.post("/portal/track", &[("code", code), ("tail", "5678")]).await
}

/// From triage to an approved reply.
async fn answered(city: &City, path: &str) {
    let yes = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
    let register = Step::Register {
        category_id: CATEGORY_UTILITIES,
        complexity: Complexity::C,
        level: Level::County,
        urgency: Urgency::Normal,
        duplicates_looked_at: true,
        group_id: None,
    };
    let dispatch = Step::Dispatch {
        lead_unit_id: HOUSING,
        co_unit_ids: Vec::new(),
        template: "13710".into(),
        requirement: String::new(),
        responsible_leader: String::new(),
    };
    let reply = Step::Reply {
        resolution: Resolution::Solved,
        text: "已经增容".into(),
        measures: String::new(),
        override_reason: String::new(),
    };
    let steps = vec![
        ("erqi", Permission::Triage, register),
        ("erqi", Permission::Triage, dispatch),
        ("housing", Permission::Handle, Step::Sign),
        ("housing", Permission::Handle, Step::Contact { person: "何女士".into(), note: "电话".into() }),
        ("housing", Permission::Handle, reply),
        ("city1", Permission::Review, Step::Approve { four: yes, opinion: String::new(), invalid: false }),
    ];
    let (number, at) = (path.trim_start_matches("/issues/").to_owned(), city.app.now());
    let done = city.app.db.write(move |conn| {
        for (account, by, step) in &steps {
            let unit_id = (*account == "housing").then_some(HOUSING);
            let actor = Actor { id: Some(id_of(account)), name: (*account).to_owned(), by: *by, unit_id };
            let authority = Authority { see: Scope::system(), act: Scope::system(), actor };
            perform(conn, &authority, &number, None, step, at)?;
        }
        Ok(())
    });
    done.await.expect("is answered");
}

async fn status(city: &City, path: &str) -> Status {
    let number = path.trim_start_matches("/issues/").to_owned();
    let found = city.app.db.read(move |conn| query::find(conn, Scope::system(), &number));
    found.await.expect("is there").status
}

#[actix_web::test]
async fn an_officials_phone_is_no_contact_of_a_company() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    for typed in [CADRES_PHONE, "139 0000 0007", "+86-13900000007", "１３９００００００１０"] {
        let refused = cadre.record(&[("contact_phone", typed)], &[]).await.is(422);
        assert!(refused.texts("#contact_phone-m")[0].contains("工作人员的电话"), "{typed}: {}", refused.text());
        assert_eq!(refused.texts("#text"), ["用电不稳。想增容。"]);
    }
    for typed in ["12345", "1381234567", "电话"] {
        let refused = cadre.record(&[("contact_phone", typed)], &[]).await.is(422);
        assert!(refused.texts("#contact_phone-m")[0].contains("11 位手机号码"), "{typed}");
    }
    // The contact of the company's own account is the company's.
    cadre.record(&[("contact_phone", "13900000013")], &[]).await.is(303);
    // Nor does it come in by the company's record, or by a symposium.
    let mut lead = city.desk("lead1").await;
    let form = lead.open("/enterprises/1/edit").await;
    let refused = lead.submit(&form, "/enterprises/1", &[("contact_phone", CADRES_PHONE)]).await.is(422);
    assert!(refused.texts("#contact_phone-m")[0].contains("工作人员的电话"));
    city.app
        .db
        .write(|conn| {
            let row = diesel::update(enterprises::table.find(MILL));
            Ok(row.set(enterprises::contact_phone.eq(CADRES_PHONE)).execute(conn)?)
        })
        .await
        .expect("an old record has it");
    let refused = cadre.record(&[], &[]).await.is(422);
    assert!(refused.says("企业档案里的联系电话是工作人员的"));
    let form = lead.open("/symposiums/new").await;
    let filled = [("topic", "例会"), ("company1", "91350100M000100Y43"), ("text1", "用电")];
    assert!(lead.submit(&form, "/symposiums", &filled).await.is(422).says("联系电话是工作人员的"));
}

#[actix_web::test]
async fn no_slip_is_printed_for_an_officials_phone() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(&[("contact_phone", PHONE)], &[]).await.is(303).location.expect("an address");
    // The account gets the phone afterwards.
    let set = city.app.db.write(|conn| {
        Ok(diesel::update(users::table.find(id_of("finance"))).set(users::phone.eq(PHONE)).execute(conn)?)
    });
    set.await.expect("sets");
    let refused = cadre.post(&format!("{path}/slip"), &[]).await.is(422);
    assert!(refused.says("登记的联系电话是工作人员的"));
    assert_eq!(refused.texts("#code").len(), 0);
}

#[actix_web::test]
async fn the_companys_own_code_stays_good_beside_a_slip() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let mut fields = page.fields("/portal/issues");
    for (name, value) in [("company", "91350100M000100Y43"), ("contact_phone", PHONE), ("text", "用电不稳")] {
        fields.retain(|(field, _)| field != name);
        fields.push((name.into(), value.into()));
    }
    let done = street.send_multipart("/portal/issues", &fields).await.is(200);
    let (number, own) = (done.texts("#number").remove(0), done.texts("#code").remove(0));
    track(&mut street, &own).await.is(303);
    let path = format!("/issues/{number}");
    let printed = city.desk("erqi").await.post(&format!("{path}/slip"), &[]).await.is(200);
    let slip = printed.texts("#code").remove(0);
    // Whoever was let in by the own code stays in; the company reads of the slip.
    let page = street.open("/portal/issue").await;
    assert!(page.says("打印查询单") && page.says("二七区助企办"), "{}", page.text());
    assert!(!page.says("赵二七"), "no official's name");
    track(&mut city.street(), &own).await.is(303);
    track(&mut city.street(), &slip).await.is(303);

    answered(&city, &path).await;
    // Printed while the company is asked: it answers all the same.
    city.desk("erqi").await.post(&format!("{path}/slip"), &[]).await.is(200);
    track(&mut city.street(), &slip).await.is(422);
    let page = street.open("/portal/issue").await;
    let rating = [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
    street.submit(&page, "/portal/issue/answer", &rating).await.is(303);
    assert_eq!(status(&city, &path).await, Status::Closed);
    let office = city.desk("city1").await.open(&path).await;
    assert!(!office.says("凭查询单"), "the company's own code");
    let log = city.desk("auditadmin").await.open("/audit?action=by_code").await;
    assert!(log.says("企业评价，凭企业自己的查询码") && log.says(&number) && log.says("127.0.0.1"), "{}", log.text());
}

#[actix_web::test]
async fn an_answer_by_a_slip_says_who_printed_it() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(&[("contact_phone", PHONE)], &[]).await.is(303).location.expect("an address");
    answered(&city, &path).await;
    let slip = cadre.post(&format!("{path}/slip"), &[]).await.is(200).texts("#code").remove(0);
    let mut street = city.street();
    track(&mut street, &slip).await.is(303);
    let page = street.open("/portal/issue").await;
    let rating = [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
    street.submit(&page, "/portal/issue/answer", &rating).await.is(303);
    let page = street.open("/portal/issue").await;
    assert!(page.says("凭打印的查询单") && !page.says("周包联"));
    street.submit(&page, "/portal/issue/reopen", &[("reason", "又断电了")]).await.is(303);
    for (account, reads) in [("city1", true), ("erqi", true), ("callback", true), ("housing", false), ("mill", false)] {
        let page = city.desk(account).await.open(&path).await;
        assert_eq!(page.says("凭查询单（由二七区第一工作组 周包联打印）"), reads, "{account}");
        assert!(page.says("打印查询单"), "{account} reads that one was printed");
    }
    // The event holds it for ever.
    let data = city.app.db.read(|conn| {
        let of = issue_events::table.filter(issue_events::action.eq(Action::Answer));
        Ok(of.select(issue_events::data).first::<String>(conn)?)
    });
    assert!(data.await.expect("reads").contains("\"by_slip_of\":\"二七区第一工作组 周包联\""));
    let log = city.desk("auditadmin").await.open("/audit?action=by_code").await;
    for what in ["企业评价", "重开"] {
        assert!(log.says(&format!("{what}，凭查询单（由二七区第一工作组 周包联打印）")), "{}", log.text());
    }
}

#[actix_web::test]
async fn every_step_by_a_code_is_written_down_with_its_address() {
    let city = city::fresh();
    let mut config = (*city.app.config).clone();
    config.trusted_proxy = Some("127.0.0.1".parse().expect("an address"));
    let mut app = city.app.clone();
    app.config = std::sync::Arc::new(config);
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(&[("contact_phone", PHONE)], &[]).await.is(303).location.expect("an address");
    let slip = cadre.post(&format!("{path}/slip"), &[]).await.is(200).texts("#code").remove(0);
    let mut street = Desk::new(app, None);
    track(&mut street, &slip).await.is(303);
    let page = street.open("/portal/issue").await;
    let mut fields = page.fields("/portal/issue/withdraw");
    fields.retain(|(name, _)| name != "reason");
    fields.push(("reason".into(), "不要了".into()));
    let request = TestRequest::post()
        .uri("/portal/issue/withdraw")
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("x-forwarded-for", "10.9.8.7"))
        .set_form(&fields);
    street.send(request).await.is(303);
    assert_eq!(status(&city, &path).await, Status::Withdrawn);
    let log = city.desk("auditadmin").await.open("/audit?action=by_code").await;
    assert!(log.says("10.9.8.7") && log.says("企业撤回，凭查询单（由"), "{}", log.text());
    assert!(!log.html().contains(&slip));
}

#[actix_web::test]
async fn a_code_is_tried_ten_times_an_hour_wherever_from() {
    let city = city::fresh();
    let mut config = (*city.app.config).clone();
    config.trusted_proxy = Some("127.0.0.1".parse().expect("an address"));
    let mut app = city.app.clone();
    app.config = std::sync::Arc::new(config);
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(&[("contact_phone", PHONE)], &[]).await.is(303).location.expect("an address");
    let slip = cadre.post(&format!("{path}/slip"), &[]).await.is(200).texts("#code").remove(0);
    let from = async |n: usize, code: &str, tail: &str| {
        let request = TestRequest::post()
            .uri("/portal/track")
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-forwarded-for", format!("10.0.0.{n}")))
            .set_form([("code", code), ("tail", tail)]);
        Desk::new(app.clone(), None).send(request).await.status.as_u16()
    };
    for n in 0..10 {
        assert_eq!(from(n, &slip, "0000").await, 422);
    }
    assert_eq!(from(10, &slip, "5678").await, 429, "the code itself is shut");
    assert_eq!(from(11, "7KQ4-M2XD", "5678").await, 422, "others are not");
}

#[actix_web::test]
async fn an_official_writes_down_what_the_company_said_and_does_not_rate() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(&[("contact_phone", PHONE)], &[]).await.is(303).location.expect("an address");
    answered(&city, &path).await;
    let button = format!("form[action='{path}/answer'] button");
    assert_eq!(city.desk("callback").await.open(&path).await.texts(&button), ["登记回访结果"]);
    assert_eq!(city.desk("mill").await.open(&path).await.texts(&button), ["企业评价"]);
}

#[actix_web::test]
async fn the_slip_says_the_whole_address() {
    let city = city::fresh();
    let mut config = (*city.app.config).clone();
    config.origin = Some("http://zhuqi.example.gov.cn/".into());
    let mut app = city.app.clone();
    app.config = std::sync::Arc::new(config);
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(&[("contact_phone", PHONE)], &[]).await.is(303).location.expect("an address");
    let slip = format!("{path}/slip");
    let there =
        TestRequest::post().insert_header(("sec-fetch-site", "same-origin")).insert_header(("host", "10.1.1.1"));
    let printed = cadre.send(there.uri(&slip).set_form([("seed", "one")])).await.is(200);
    assert!(printed.says("打开 http://10.1.1.1/portal，"), "{}", printed.text());
    cadre.app = app;
    assert!(cadre.post(&slip, &[]).await.is(200).says("打开 http://zhuqi.example.gov.cn/portal，"));
}
