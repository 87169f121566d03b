//! The main story through the forms as they stand on the pages: recorded, dispatched, signed, replied, reviewed,
//! confirmed; and what happens when somebody is slower, sends twice, or may not.
use crate::support::{cast::*, city, desk::Desk, problem};
use diesel::prelude::*;
use zhuqi::{issue::workflow::Level, schema::*};

/// Records a problem as the cadre of the mill; returns its address.
async fn record(cadre: &mut Desk) -> String {
    let form = cadre.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !matches!(name.as_str(), "enterprise" | "text"));
    fields.push(("enterprise".into(), MILL.to_string()));
    fields.push(("text".into(), "二期车间变压器不够用。想增容，不知道找谁。".into()));
    let sent = cadre.send_multipart("/issues", &fields).await.is(303);
    sent.location.expect("an address")
}

#[actix_web::test]
async fn a_problem_goes_from_record_to_confirmation() {
    let city = city::fresh();
    let (mut cadre, mut office, mut reviewer) =
        (city.desk("cadre1").await, city.desk("erqi").await, city.desk("city1").await);
    let (mut unit, mut company) = (city.desk("housing").await, city.desk("mill").await);

    let path = record(&mut cadre).await;
    assert!(path.starts_with("/issues/ZZ-410103-"), "{path}");
    assert!(cadre.open(&path).await.says("二期车间变压器不够用"));
    // The office's first screen is its work.
    assert!(office.open("/").await.says("待甄别"));

    let page = office.open(&path).await;
    let triage = format!("{path}/triage");
    let category = CATEGORY_UTILITIES.to_string();
    let lead = HOUSING.to_string();
    let incomplete = office.submit(&page, &triage, &[("category", &category)]).await.is(422);
    assert!(incomplete.says("请选择主办单位"));
    let filled = [
        ("category", category.as_str()),
        ("complexity", "B"),
        ("lead_unit", lead.as_str()),
        ("duplicates_looked_at", "yes"),
        ("requirement", "请上门对接"),
    ];
    office.submit(&page, &triage, &filled).await.is(303);
    assert!(office.open(&path).await.says("待签收"));

    let page = unit.open(&path).await;
    unit.submit(&page, &format!("{path}/sign"), &[]).await.is(303);
    let page = unit.open(&path).await;
    unit.submit(&page, &format!("{path}/contact"), &[("person", "何女士"), ("note", "电话确认")]).await.is(303);
    let page = unit.open(&path).await;
    let reply = [("resolution", "solved"), ("text", "增容工程已送电"), ("measures", "一次办结")];
    unit.submit(&page, &format!("{path}/reply"), &reply).await.is(303);

    let page = reviewer.open(&path).await;
    assert!(page.says("待审核"));
    let approve = format!("{path}/approve");
    let refused = reviewer.submit(&page, &approve, &[("opinion", "同意")]).await.is(422);
    assert!(refused.says("请回答：解决没有"));
    assert!(refused.says("同意"), "the typed text is kept");
    let four = [("four_solved", "yes"), ("four_replied", "yes"), ("four_met", "yes"), ("four_satisfied", "yes")];
    reviewer.submit(&page, &approve, &four).await.is(303);

    // Nobody but the company answers.
    for official in [&mut cadre, &mut office, &mut unit] {
        let answer = [("version", "6"), ("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
        official.post(&format!("{path}/answer"), &answer).await.is(403);
    }
    let page = company.open(&path).await;
    let answer = [("solved", "solved"), ("result", "very_satisfied"), ("attitude", "satisfied"), ("words", "多谢")];
    company.submit(&page, &format!("{path}/answer"), &answer).await.is(303);
    let closed = company.open(&path).await;
    assert!(closed.says("已销号") && closed.says("解决了"));
    assert!(office.open(&path).await.says("多谢"), "the office reads the company's words");
    assert!(!unit.open(&path).await.says("多谢"), "the unit does not");
}

#[actix_web::test]
async fn a_stale_form_gets_409_with_what_changed_and_keeps_the_text() {
    let city = city::fresh();
    let (mut cadre, mut office, mut other) =
        (city.desk("cadre1").await, city.desk("erqi").await, city.desk("city1").await);
    let path = record(&mut cadre).await;
    let page = office.open(&path).await;
    let same = other.open(&path).await;
    let reject = format!("{path}/reject");
    let first = [("reason", "不属受理范围"), ("channel", "12345")];
    other.submit(&same, &reject, &first).await.is(303);
    let late = [("reason", "这一段是我写了很久的话"), ("channel", "12348")];
    let conflict = office.submit(&page, &reject, &late).await.is(409);
    assert!(conflict.says("这一段是我写了很久的话"), "{}", conflict.text());
    assert!(conflict.says("不予受理") && conflict.says("李市办"), "says who did what: {}", conflict.text());
}

#[actix_web::test]
async fn a_double_tap_makes_one_record() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !matches!(name.as_str(), "enterprise" | "text"));
    fields.push(("enterprise".into(), MILL.to_string()));
    fields.push(("text".into(), "同一个问题".into()));
    let first = cadre.send_multipart("/issues", &fields).await.is(303);
    let second = cadre.send_multipart("/issues", &fields).await.is(303);
    assert_eq!(first.location, second.location);
    let count: i64 = city.app.db.read(|conn| Ok(issues::table.count().get_result(conn)?)).await.expect("counts");
    assert_eq!(count, 1);
}

#[actix_web::test]
async fn other_content_with_the_same_token_is_a_conflict_and_not_lost() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !matches!(name.as_str(), "enterprise" | "text"));
    fields.push(("enterprise".into(), MILL.to_string()));
    let with = |text: &str| [fields.clone(), vec![("text".into(), text.into())]].concat();
    cadre.send_multipart("/issues", &with("第一件事")).await.is(303);
    let other = cadre.send_multipart("/issues", &with("第二件事，写了很久")).await.is(409);
    assert!(other.says("这一页已经提交过一次"), "{}", other.text());
    assert_eq!(other.texts("#text"), ["第二件事，写了很久"]);
    // The same words with another file are something else as well.
    let file = [("file", "a.txt", b"text".as_slice())];
    cadre.send_files("/issues", &with("第一件事"), &file).await.is(409);
    let count: i64 = city.app.db.read(|conn| Ok(issues::table.count().get_result(conn)?)).await.expect("counts");
    assert_eq!(count, 1);
    // The page that came back has a token of its own.
    let again = other.fields("/issues");
    assert!(again.iter().any(|(name, value)| name == "text" && value == "第二件事，写了很久"));
    cadre.send_multipart("/issues", &again).await.is(303);

    let mut street = city.street();
    let page = street.open("/feedback").await;
    street.submit(&page, "/feedback", &[("text", "一条意见")]).await.is(303);
    let other = street.submit(&page, "/feedback", &[("text", "另一条意见")]).await.is(409);
    assert_eq!(other.texts("#text"), ["另一条意见"]);
}

#[actix_web::test]
async fn a_problem_comes_by_a_channel_that_was_offered() {
    let city = city::fresh();
    for (account, channel, status) in [
        ("city1", "portal", 422),
        ("city1", "import", 422),
        ("city1", "no such", 422),
        ("city1", "superior", 303),
        ("cadre1", "portal", 422),
        ("mill", "hotline", 422),
        ("mill", "portal", 303),
    ] {
        let fields = [("enterprise", "1"), ("text", "用电不稳"), ("channel", channel)];
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sent = city.desk(account).await.send_multipart("/issues", &fields).await.is(status);
        assert_eq!(status == 422, sent.says("请从列表中选择来源渠道"), "{account} {channel}");
    }
}

#[actix_web::test]
async fn what_a_company_confides_in_a_call_back_is_for_the_office() {
    let city = city::fresh();
    let (mut cadre, mut office, mut company) =
        (city.desk("cadre1").await, city.desk("erqi").await, city.desk("mill").await);
    let path = record(&mut cadre).await;
    let page = office.open(&path).await;
    let (category, lead) = (CATEGORY_UTILITIES.to_string(), HOUSING.to_string());
    let filled = [
        ("category", category.as_str()),
        ("complexity", "C"),
        ("lead_unit", lead.as_str()),
        ("duplicates_looked_at", "yes"),
    ];
    office.submit(&page, &format!("{path}/triage"), &filled).await.is(303);
    let page = company.open(&path).await;
    company.submit(&page, &format!("{path}/withdraw"), &[("reason", "他们让我撤回")]).await.is(303);
    let mut agent = city.desk("callback").await;
    let page = agent.open(&path).await;
    agent.submit(&page, &format!("{path}/call_back"), &[("note", "企业说不敢得罪住建局")]).await.is(303);
    let page = agent.open(&path).await;
    agent.submit(&page, &format!("{path}/find_pressure"), &[("finding", "住建局打过电话")]).await.is(303);
    // The same unit gets it again, and with it the story.
    let page = office.open(&path).await;
    office.submit(&page, &format!("{path}/triage"), &filled).await.is(303);
    for (account, reads) in [
        ("erqi", true),
        ("city1", true),
        ("leader", false),
        ("callback", true),
        ("housing", false),
        ("cadre1", false),
        ("lead1", false),
    ] {
        let page = city.desk(account).await.open(&path).await;
        for words in ["他们让我撤回", "企业说不敢得罪住建局", "住建局打过电话"] {
            assert_eq!(page.says(words), reads, "{account}: {words}");
        }
        assert!(page.says("回访发现施压"), "{account} reads that it happened");
    }
}

#[actix_web::test]
async fn a_step_for_another_permission_is_refused_and_written_down() {
    let city = city::fresh();
    let (mut cadre, mut auditor) = (city.desk("cadre1").await, city.desk("auditadmin").await);
    let path = record(&mut cadre).await;
    cadre.post(&format!("{path}/triage"), &[("version", "1")]).await.is(403);
    cadre.post(&format!("{path}/explode"), &[("version", "1")]).await.is(404);
    cadre.get("/audit").await.is(403);
    // Printing a slip for another's problem, and answering in the company's place.
    let mut unit = city.desk("leader").await;
    unit.post(&format!("{path}/slip"), &[]).await.is(403);
    cadre.post(&format!("{path}/answer"), &[("version", "1")]).await.is(403);
    let log = auditor.open("/audit").await;
    let objects = log.texts("tbody td[data-label=对象]");
    let refused = ["/audit", &format!("{path}/triage"), &format!("{path}/slip"), &format!("{path}/answer")];
    for path in refused {
        assert_eq!(objects.iter().filter(|one| one.ends_with(path)).count(), 1, "{path}: {objects:?}");
    }
    assert_eq!(log.texts("tbody th"), vec!["越权被拒"; refused.len()]);
}

/// Signed by the housing unit.
async fn in_work(city: &city::City) -> String {
    let path = record(&mut city.desk("cadre1").await).await;
    crate::support::problem::dispatch(&mut city.desk("erqi").await, &path).await;
    crate::support::problem::step(&mut city.desk("housing").await, &path, "sign", &[]).await;
    path
}

#[actix_web::test]
async fn all_that_is_wrong_with_a_form_is_shown_at_once() {
    let city = city::fresh();
    let path = in_work(&city).await;
    let mut unit = city.desk("housing").await;
    let page = unit.open(&path).await;
    for (word, filled, wrong) in [
        ("request_extension", vec![("days", "99"), ("reason", ""), ("basis", "")], vec!["days", "reason", "basis"]),
        ("request_extension", vec![("days", "99"), ("reason", ""), ("basis", "合同")], vec!["days", "reason"]),
        ("reply", vec![("text", ""), ("resolution", "")], vec!["resolution", "text"]),
        ("request_supplement", vec![("missing", ""), ("days", "9")], vec!["missing", "days"]),
        ("request_supplement", vec![("missing", ""), ("days", "")], vec!["missing", "days"]),
        (
            "request_long_term",
            vec![("reason", "缺指标"), ("next_on", "2020-01-01")],
            vec!["milestones", "told", "next_on"],
        ),
    ] {
        let refused = unit.submit(&page, &format!("{path}/{word}"), &filled).await.is(422);
        for field in &wrong {
            let link = format!(".error-summary a[href='#{word}-{field}'], .error-summary a[href='#{field}']");
            assert_eq!(refused.texts(&link).len(), 1, "{word} {field}: {:?}", refused.texts(".error-summary li"));
        }
        assert_eq!(refused.texts(".error-summary li").len(), wrong.len(), "{word}");
    }
}

#[actix_web::test]
async fn a_refusal_to_stop_the_clock_names_the_limit_and_what_helps() {
    let mut city = city::fresh();
    let path = in_work(&city).await;
    let at = city.app.clock.now();
    city.app.clock = zhuqi::calendar::Clock { stopped_at: Some(at.plus_minutes(60 * 24 * 30)) };
    let mut unit = city.desk("housing").await;
    let steps = [
        ("“首次联系”时限", "请先登记联系企业", "contact", vec![("person", "何女士"), ("note", "电话")]),
        ("“登记进展”时限", "请先登记进展", "progress", vec![("note", "看过现场")]),
        ("“答复”时限", "可以答复并报审核", "reply", vec![("text", "办好了"), ("resolution", "solved")]),
    ];
    for (limit, advice, word, filled) in steps {
        let page = unit.open(&path).await;
        let ask = [("missing", "合同"), ("days", "2")];
        let refused = unit.submit(&page, &format!("{path}/request_supplement"), &ask).await.is(422);
        assert!(refused.says(limit) && refused.says(advice), "{:?}", refused.texts(".error-summary"));
        // The advice can be followed, and helps.
        let page = unit.open(&path).await;
        unit.submit(&page, &format!("{path}/{word}"), &filled).await.is(303);
    }
}

#[actix_web::test]
async fn hostile_text_comes_back_as_text() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !matches!(name.as_str(), "enterprise" | "text"));
    fields.push(("enterprise".into(), MILL.to_string()));
    fields.push(("text".into(), "<script>alert(1)</script>\u{202e}' OR 1=1 --".into()));
    let path = cadre.send_multipart("/issues", &fields).await.is(303).location.expect("an address");
    let page = cadre.open(&path).await;
    assert!(!page.html().contains("<script>alert(1)"));
    assert!(page.says("OR 1=1"));
}

#[actix_web::test]
async fn a_reply_to_a_problem_that_went_to_another_unit_is_told_so_and_not_lost() {
    let city = city::fresh();
    let (mut cadre, mut office, mut unit) =
        (city.desk("cadre1").await, city.desk("erqi").await, city.desk("housing").await);
    let path = record(&mut cadre).await;
    problem::dispatch(&mut office, &path).await;
    problem::step(&mut unit, &path, "sign", &[]).await;
    let page = unit.open(&path).await;
    problem::step(&mut office, &path, "transfer", &[("lead_unit", "1"), ("reason", "职能调整")]).await;
    let typed = [("resolution", "solved"), ("text", "已经上门，\n换了变压器"), ("measures", "协调电网")];
    let reply = format!("{path}/reply");
    let late = unit.submit(&page, &reply, &typed).await.is(409);
    assert!(late.says("这件问题刚转给别的单位（或已提级），现在不归您办理"), "{}", late.text());
    assert_eq!(late.texts(".said"), ["已经上门，换了变压器", "协调电网"]);
    // With a file it is refused before anything is stored.
    let fields: Vec<_> = page.fields(&reply).into_iter().filter(|(name, _)| name != "text").collect();
    let fields = [fields, vec![("text".to_owned(), "见附件。".to_owned())]].concat();
    let late = unit.send_files(&reply, &fields, &[("file", "a.txt", b"text")]).await.is(409);
    assert_eq!(late.texts(".said"), ["见附件。"]);
    // Who never had it learns nothing, whatever version is sent; the words are shown all the same.
    for version in ["1", "2", "99"] {
        let stranger = [("version", version), ("text", "猜一猜。")];
        let none = city.desk("zhengdong").await.post(&format!("{path}/reject"), &stranger).await.is(404);
        assert_eq!(none.texts(".said"), ["猜一猜。"]);
        assert!(!none.says("转给别的单位"));
    }
    // A form without a version, or of now, is no form of before.
    for version in ["", "99"] {
        unit.post(&reply, &[("version", version), ("text", "再试。")]).await.is(404);
    }
}

#[actix_web::test]
async fn a_rejection_of_a_problem_that_was_passed_up_is_told_so_and_not_lost() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await).await;
    let mut office = city.desk("erqi").await;
    let page = office.open(&path).await;
    problem::step(&mut city.desk("city1").await, &path, "pass_up", &[("reason", "涉及几个区")]).await;
    let typed = [("reason", "这一段是我写了很久的话"), ("channel", "12345")];
    let late = office.submit(&page, &format!("{path}/reject"), &typed).await.is(409);
    assert!(late.says("这件问题刚转给别的单位（或已提级），现在不归您办理"), "{}", late.text());
    assert_eq!(late.texts(".note .said"), ["这一段是我写了很久的话"]);
    // Who opens it now is not offered the step; who sends it all the same may not do it.
    let fresh = office.open(&path).await;
    let version = fresh.attribute("[name=version]", "value").unwrap_or_else(|| "2".into());
    let refused = office.post(&format!("{path}/reject"), &[("version", &version), typed[0]]).await.is(403);
    assert!(refused.says("您的角色不能做这件事"));
    assert_eq!(refused.texts(".said"), ["这一段是我写了很久的话"]);
    // Refused at the door, before anybody reads the form.
    let refused = city.desk("mill").await.post("/visits", &[("note", "写了 半天")]).await.is(403);
    assert_eq!(refused.texts(".said"), ["写了 半天"]);
}

#[actix_web::test]
async fn the_level_of_a_county_does_not_bring_a_problem_to_the_city() {
    let city = city::fresh();
    let (mut cadre, mut office) = (city.desk("cadre1").await, city.desk("erqi").await);
    let (path, passed) = (record(&mut cadre).await, record(&mut cadre).await);
    let page = office.open(&path).await;
    assert!(page.says("由二七区助企办甄别"), "{}", page.text());
    let (category, lead) = (CATEGORY_UTILITIES.to_string(), HOUSING.to_string());
    let filled = [
        ("category", category.as_str()),
        ("complexity", "C"),
        ("level", "city"),
        ("lead_unit", lead.as_str()),
        ("duplicates_looked_at", "yes"),
    ];
    office.submit(&page, &format!("{path}/triage"), &filled).await.is(303);
    let page = office.open(&path).await;
    let raise = [("decided_by", "区助企办 王主任"), ("reason", "区里办不了")];
    office.submit(&page, &format!("{path}/raise"), &raise).await.is(303);
    let office_of = |path: &str| {
        let number = path.trim_start_matches("/issues/").to_owned();
        city.app.db.read(move |conn| {
            let row = issues::table.filter(issues::number.eq(number));
            Ok(row.select((issues::office_area_id, issues::level)).first::<(i64, Level)>(conn)?)
        })
    };
    assert_eq!(office_of(&path).await.expect("is there"), (CITY, Level::City));
    let mut above = city.desk("city1").await;
    assert!(!above.open(&path).await.html().contains(&format!("{path}/raise")), "it is with the city");

    let page = office.open(&passed).await;
    office.submit(&page, &format!("{passed}/pass_up"), &[("reason", "区里办不了")]).await.is(303);
    let page = above.open(&passed).await;
    assert!(page.says("由郑州市助企办甄别") && !page.html().contains(&format!("{passed}/pass_up")), "{}", page.text());
}

#[actix_web::test]
async fn two_vain_rounds_bring_office_and_level_to_the_city() {
    let city = city::fresh();
    let (mut cadre, mut office, mut unit) =
        (city.desk("cadre1").await, city.desk("erqi").await, city.desk("housing").await);
    let path = record(&mut cadre).await;
    problem::dispatch(&mut office, &path).await;
    problem::step(&mut unit, &path, "sign", &[]).await;
    let number = path.trim_start_matches("/issues/").to_owned();
    for wanted in [(ERQI, Level::County), (CITY, Level::City)] {
        problem::step(&mut unit, &path, "reply", &[("resolution", "explained"), ("text", "在办")]).await;
        let back = [
            ("four_solved", "no"),
            ("four_replied", "yes"),
            ("four_met", "yes"),
            ("four_satisfied", "no"),
            ("reason", "没有说清"),
        ];
        problem::step(&mut office, &path, "send_back", &back).await;
        let wanted_number = number.clone();
        let row = city.app.db.read(move |conn| {
            let row = issues::table.filter(issues::number.eq(wanted_number));
            Ok(row.select((issues::office_area_id, issues::level)).first::<(i64, Level)>(conn)?)
        });
        assert_eq!(row.await.expect("is there"), wanted);
    }
    assert_eq!(problem::differing(&city, city.app.now()), Vec::<String>::new());
}

#[actix_web::test]
async fn the_address_of_a_step_leads_to_its_issue() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let path = record(&mut cadre).await;
    for word in ["reply", "triage", "attachments", "phone", "slip"] {
        let led = cadre.get(&format!("{path}/{word}")).await.is(303);
        assert_eq!(led.location.as_deref(), Some(path.as_str()), "{word}");
    }
    assert!(cadre.open(&format!("{path}/deadline")).await.says("时限"));
}
