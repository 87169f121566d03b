//! The companies' own door: submit, follow with the query code, supplement, rate; nobody else speaks for the company.
use crate::support::{
    city::{self, CATEGORY_UTILITIES, City, FINANCE},
    desk::{Desk, Page},
};
use actix_web::test::TestRequest;
use diesel::prelude::*;
use zhuqi::{
    issue::{
        Issue,
        perform::{Authority, perform},
        query,
        step::{FourAnswers, Step},
        workflow::*,
    },
    schema::*,
};

const PHONE: &str = "13812345678";
const MILL_NAME: &str = "郑州二七纺织有限公司";

/// A multipart request with these fields and files (field, name, bytes), from a page of our own.
fn multipart(path: &str, fields: &[(String, String)], files: &[(&str, &str, &[u8])]) -> TestRequest {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (field, name, bytes) in files {
        let head = format!("--cut\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--cut--\r\n");
    TestRequest::post()
        .uri(path)
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("content-type", "multipart/form-data; boundary=cut"))
        .set_payload(body)
}

fn filled(page: &Page, company: &str, text: &str) -> Vec<(String, String)> {
    let mut fields = page.fields("/portal/issues");
    for (name, value) in [("company", company), ("contact_phone", PHONE), ("text", text)] {
        fields.retain(|(field, _)| field != name);
        fields.push((name.to_owned(), value.to_owned()));
    }
    fields
}

/// Number and code of a newly submitted problem.
async fn submitted(street: &mut Desk, company: &str, text: &str) -> (String, String) {
    let page = street.open("/portal").await;
    let fields = filled(&page, company, text);
    let done = street.send(multipart("/portal/issues", &fields, &[])).await.is(200);
    (done.texts("#number").remove(0), done.texts("#code").remove(0))
}

async fn track(street: &mut Desk, code: &str, tail: &str) -> Page {
    street.post("/portal/track", &[("code", code), ("tail", tail)]).await
}

async fn issue(city: &City, number: &str) -> Issue {
    let number = number.to_owned();
    let found = city.app.db.read(move |conn| query::find(conn, zhuqi::access::Scope::system(), &number));
    found.await.expect("the issue is there")
}

async fn count(city: &City) -> i64 {
    let counted = city.app.db.read(|conn| Ok(issues::table.count().get_result::<i64>(conn)?));
    counted.await.expect("counts")
}

/// The steps of the offices and the unit up to an approved reply.
async fn answered(city: &City, number: &str) {
    let yes = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
    let steps = vec![
        (
            "city1",
            Step::Register {
                category_id: CATEGORY_UTILITIES,
                complexity: Complexity::C,
                level: Level::City,
                urgency: Urgency::Normal,
                duplicates_looked_at: true,
                group_id: None,
            },
        ),
        (
            "city1",
            Step::Dispatch {
                lead_unit_id: FINANCE,
                co_unit_ids: Vec::new(),
                template: "13710".into(),
                requirement: "内部要求不外传".into(),
                responsible_leader: "尤领导".into(),
            },
        ),
        ("finance", Step::Sign),
        ("finance", Step::Contact { person: "电话联系许经理".into(), note: "已约定现场查看".into() }),
        (
            "finance",
            Step::Reply {
                resolution: Resolution::Solved,
                text: "管网已经分段检修".into(),
                measures: "移动锅炉车到厂".into(),
                override_reason: String::new(),
            },
        ),
        ("city2", Step::Approve { four: yes, opinion: "审核的内部意见".into(), invalid: false }),
    ];
    for (account, step) in steps {
        as_official(city, account, number, step).await;
    }
}

async fn as_official(city: &City, account: &str, number: &str, step: Step) {
    let cookie = city::sign_in(&city.app, account).await;
    let viewer =
        zhuqi::web::session::load(&city.app, cookie.value().to_owned()).await.expect("reads").expect("is signed in");
    let (number, at) = (number.to_owned(), city.app.now());
    let done = city.app.db.write(move |conn| {
        let authority = Authority::of(&viewer, step.action())?;
        perform(conn, &authority, &number, None, &step, at)
    });
    done.await.unwrap_or_else(|error| panic!("{account}: {error}"));
}

#[actix_web::test]
async fn an_unknown_company_is_kept_as_typed_and_a_known_one_is_found() {
    let city = city::fresh();
    let mut street = city.street();
    let (unknown, _) = submitted(&mut street, "谁也不认识的小厂", "蒸汽停了。没有备用热源").await;
    let kept = issue(&city, &unknown).await;
    assert_eq!((kept.enterprise_id, kept.enterprise_name.as_str()), (None, "谁也不认识的小厂"));
    assert_eq!((kept.area_id, kept.channel), (city::CITY, Channel::Portal));
    assert_eq!(kept.title, "蒸汽停了");

    let (name, code): (String, Option<String>) = city
        .app
        .db
        .read(|conn| {
            Ok(enterprises::table.find(city::MILL).select((enterprises::name, enterprises::usci)).first(conn)?)
        })
        .await
        .expect("the mill");
    for typed in [format!(" {name} "), code.expect("has a code").to_lowercase()] {
        let (number, _) = submitted(&mut street, &typed, "门前的路坏了").await;
        let found = issue(&city, &number).await;
        assert_eq!(found.enterprise_id, Some(city::MILL), "{typed}");
        assert_eq!((found.area_id, found.group_id), (city::ERQI, Some(city::GROUP_ONE)));
    }
    // A part of a name is no name.
    let part: String = name.chars().take(4).collect();
    let (number, _) = submitted(&mut street, &part, "门前的路坏了").await;
    assert_eq!(issue(&city, &number).await.enterprise_id, None);

    let page = street.open("/portal").await;
    let mut fields = filled(&page, "另一家小厂", "用电不稳");
    fields.retain(|(name, _)| name != "area");
    fields.push(("area".into(), city::ZHENGDONG.to_string()));
    let done = street.send(multipart("/portal/issues", &fields, &[])).await.is(200);
    assert_eq!(issue(&city, &done.texts("#number")[0]).await.area_id, city::ZHENGDONG);
}

#[actix_web::test]
async fn a_double_tap_makes_one_problem_and_shows_the_same_code() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let fields = filled(&page, MILL_NAME, "蒸汽停了");
    let first = street.send(multipart("/portal/issues", &fields, &[])).await.is(200);
    let second = street.send(multipart("/portal/issues", &fields, &[])).await.is(200);
    assert_eq!(count(&city).await, 1);
    assert_eq!(first.texts("#code"), second.texts("#code"));
    assert_eq!(first.texts("#code").len(), 1);
    // Who has the once-token alone learns no code.
    let mut stolen = fields.clone();
    stolen.retain(|(name, _)| name != "seed");
    let third = street.send(multipart("/portal/issues", &stolen, &[])).await.is(409);
    assert!(!third.says(&first.texts("#code")[0]));
    assert_eq!(third.texts("#text"), ["蒸汽停了"]);
}

#[actix_web::test]
async fn what_is_missing_is_said_at_the_field_and_the_text_is_kept() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let mut fields = filled(&page, "某厂", "写了很久的一段话");
    fields.retain(|(name, _)| name != "contact_phone");
    fields.push(("contact_phone".into(), "12345".into()));
    let refused = street.send(multipart("/portal/issues", &fields, &[])).await.is(422);
    assert_eq!(refused.attribute("#contact_phone", "aria-invalid").as_deref(), Some("true"));
    assert_eq!(refused.texts("#text"), ["写了很久的一段话"]);
    assert_eq!(count(&city).await, 0);
    let bad = [("file", "a.exe", b"MZ\x90\x00\x03\x00\x00\x00".as_slice())];
    let fields = filled(&page, "某厂", "写了很久的一段话");
    let refused = street.send(multipart("/portal/issues", &fields, &bad)).await.is(422);
    assert_eq!(refused.texts("#text"), ["写了很久的一段话"]);
    assert_eq!(count(&city).await, 0);
}

#[actix_web::test]
async fn a_faulty_code_is_no_companys_name() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let fields = filled(&page, "91350100M000100Y4Z", "蒸汽停了");
    let refused = street.send(multipart("/portal/issues", &fields, &[])).await.is(422);
    assert!(refused.says("统一社会信用代码第 18 位"), "{}", refused.text());
    assert_eq!(refused.texts("#text"), ["蒸汽停了"]);
    assert_eq!(count(&city).await, 0);
}

#[actix_web::test]
async fn one_phone_cannot_flood_the_office() {
    let city = city::fresh();
    let mut street = city.street();
    for i in 0..8 {
        submitted(&mut street, "某厂", &format!("问题 {i}")).await;
    }
    let page = street.open("/portal").await;
    let fields = filled(&page, "某厂", "再来一件");
    let stopped = street.send(multipart("/portal/issues", &fields, &[])).await.is(429);
    assert!(stopped.says("请稍等约 1 小时再试") && stopped.says("12345"), "{}", stopped.text());
    assert_eq!(stopped.texts("#text"), ["再来一件"]);
    assert_eq!(count(&city).await, 8);
}

#[actix_web::test]
async fn one_address_is_stopped_before_its_files_are_kept_and_its_words_come_back() {
    let city = city::fresh();
    let mut street = city.street();
    for _ in 0..40 {
        street.send(multipart("/portal/issues", &[], &[])).await.is(422);
    }
    let page = street.open("/portal").await;
    let fields = filled(&page, "某厂", "再来一件");
    let stopped = street.send_files("/portal/issues", &fields, &[("file", "a.txt", b"text")]).await.is(429);
    assert!(stopped.says("请稍等约 1 小时再试") && stopped.says("没有提交"), "{}", stopped.text());
    assert_eq!(stopped.texts("#text"), ["再来一件"]);
    assert_eq!(stopped.attribute("#company", "value").as_deref(), Some("某厂"));
    assert_eq!(count(&city).await, 0);
    let kept = std::fs::read_dir(city.app.config.attachments());
    assert_eq!(kept.map_or(0, Iterator::count), 0);
}

#[actix_web::test]
async fn guessing_learns_nothing_and_is_stopped() {
    let city = city::fresh();
    let mut street = city.street();
    let (_, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    // Right code and wrong digits, wrong code and right digits, no code at all: one answer.
    let mut answers = Vec::new();
    for (typed, tail) in [(code.as_str(), "0000"), ("7KQ4-M2XD", "5678"), ("x", ""), (code.as_str(), "")] {
        let page = track(&mut street, typed, tail).await.is(422);
        answers.push((page.texts(".error-summary"), page.texts(".field-msg")));
    }
    assert!(answers[0].0[0].contains("查询码或手机尾号不对"));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    street.get("/portal/issue").await.is(303);
    for _ in 0..8 {
        track(&mut street, &code, "1111").await.is(422);
    }
    // Ten tries of this code are used up: now the right digits do not help either.
    let stopped = track(&mut street, &code, "5678").await.is(429);
    assert_eq!(stopped.attribute("#code", "value").as_deref(), Some(code.as_str()));
    assert!(stopped.says("请稍等约 1 小时再试"), "{}", stopped.text());
    // And the address is stopped as well.
    let mut last = 0;
    for _ in 0..30 {
        last = track(&mut street, "7KQ4-M2XD", "0001").await.status.as_u16();
    }
    assert_eq!(last, 429);
}

#[actix_web::test]
async fn a_made_up_cookie_opens_nothing() {
    let city = city::fresh();
    let mut street = city.street();
    let (number, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    let (other, _) = submitted(&mut street, "别的厂", "别家的事").await;
    let other = issue(&city, &other).await.id;
    track(&mut street, &code, "5678").await.is(303);
    assert!(street.open("/portal/issue").await.says(&number));
    let cookie = street.cookies.iter().find(|one| one.name() == "zhuqi_code").expect("a cookie").clone();
    assert!(cookie.http_only() == Some(true));
    assert_eq!(cookie.same_site(), Some(actix_web::cookie::SameSite::Strict));
    assert!(!cookie.value().contains(&code.replace('-', "")) && !cookie.value().contains("5678"));
    let parts: Vec<&str> = cookie.value().split('.').collect();
    let later = parts[1].parse::<i64>().expect("a time") + 1;
    for forged in [
        format!("{other}.{}.{}", parts[1], parts[2]),
        format!("{}.{later}.{}", parts[0], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.0.{}", parts[0], parts[2]),
        String::new(),
    ] {
        street.cookies.retain(|one| one.name() != "zhuqi_code");
        street.cookies.push(actix_web::cookie::Cookie::new("zhuqi_code", forged));
        street.get("/portal/issue").await.is(303);
    }
}

#[actix_web::test]
async fn a_company_follows_its_problem_rates_it_and_it_is_closed() {
    let city = city::fresh();
    let mut street = city.street();
    let (number, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    answered(&city, &number).await;
    let opened = track(&mut street, &format!(" {} ", code.to_lowercase()), "5678").await.is(303);
    let page = street.follow(&opened).await;
    assert!(page.says("待企业评价") && page.says("管网已经分段检修") && page.says("移动锅炉车到厂"));
    for inside in ["内部要求不外传", "审核的内部意见", "尤领导", "冯财政", PHONE, code.as_str()] {
        assert!(!page.html().contains(inside), "{inside}");
    }
    // Nothing chosen: the words stay.
    let refused = street.submit(&page, "/portal/issue/answer", &[("words", "辛苦了")]).await.is(422);
    assert_eq!(refused.texts("#words"), ["辛苦了"]);
    let rating = [("solved", "solved"), ("result", "satisfied"), ("attitude", "very_satisfied"), ("words", "辛苦了")];
    street.submit(&refused, "/portal/issue/answer", &rating).await.is(303);
    // A double tap rates once.
    street.submit(&refused, "/portal/issue/answer", &rating).await.is(303);
    let closed = issue(&city, &number).await;
    assert_eq!(closed.status, Status::Closed);
    assert_eq!((closed.answer, closed.rating), (Some(Answer::Solved), Some(Rating::Satisfied)));
    // A page from before: conflict, with what was typed.
    let stale = street
        .submit(&page, "/portal/issue/answer", &[("words", "后来的话"), rating[0], rating[1], rating[2]])
        .await
        .is(409);
    assert!(stale.says("后来的话") && stale.says("已销号"));
    let page = street.open("/portal/issue").await;
    street.submit(&page, "/portal/issue/reopen", &[("reason", "又停了")]).await.is(303);
    assert_eq!(issue(&city, &number).await.status, Status::InProgress);
    // The unit does not learn the words.
    let unit = city.desk("finance").await.open(&format!("/issues/{number}")).await;
    assert!(!unit.says("辛苦了"));
    street.post("/portal/leave", &[]).await.is(303);
    street.get("/portal/issue").await.is(303);
}

#[actix_web::test]
async fn not_solved_is_disputed() {
    let city = city::fresh();
    let mut street = city.street();
    let (number, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    answered(&city, &number).await;
    track(&mut street, &code, "5678").await.is(303);
    let page = street.open("/portal/issue").await;
    let rating = [("solved", "no"), ("result", "dissatisfied"), ("attitude", "basic")];
    street.submit(&page, "/portal/issue/answer", &rating).await.is(303);
    assert_eq!(issue(&city, &number).await.status, Status::Disputed);
}

#[actix_web::test]
async fn a_company_withdraws_and_appeals() {
    let city = city::fresh();
    let mut street = city.street();
    let (number, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    track(&mut street, &code, "5678").await.is(303);
    let page = street.open("/portal/issue").await;
    street.submit(&page, "/portal/issue/withdraw", &[]).await.is(422);
    street.submit(&page, "/portal/issue/withdraw", &[("reason", "自己修好了")]).await.is(303);
    assert_eq!(issue(&city, &number).await.status, Status::Withdrawn);

    let (number, code) = submitted(&mut street, "某厂", "合同纠纷").await;
    let reject = Step::Reject { reason: "属于民事纠纷".into(), channel: "人民法院".into() };
    as_official(&city, "city1", &number, reject).await;
    track(&mut street, &code, "5678").await.is(303);
    let page = street.open("/portal/issue").await;
    assert!(page.says("属于民事纠纷") && page.says("人民法院"));
    street.submit(&page, "/portal/issue/appeal", &[("reason", "不是合同的事")]).await.is(303);
    assert_eq!(issue(&city, &number).await.status, Status::Submitted);
    // Not a company's step.
    street.post("/portal/issue/register", &[("version", "1")]).await.is(404);
}

#[actix_web::test]
async fn whoever_is_signed_in_as_an_official_cannot_answer_for_the_company() {
    let city = city::fresh();
    let mut street = city.street();
    let (number, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    answered(&city, &number).await;
    track(&mut street, &code, "5678").await.is(303);
    let page = street.open("/portal/issue").await;
    let ticket = street.cookies.iter().find(|one| one.name() == "zhuqi_code").expect("a cookie").clone();
    for account in ["cadre1", "city1", "finance", "callback", "sysadmin"] {
        let mut desk = city.desk(account).await;
        assert!(track(&mut desk, &code, "5678").await.is(403).says("工作人员不能代企业办理"));
        desk.get("/portal/issue").await.is(303);
        // Who opened it before signing in gets no further either.
        desk.cookies.push(ticket.clone());
        desk.get("/portal/issue").await.is(403);
        let rating = [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
        let refused = desk.submit(&page, "/portal/issue/answer", &rating).await.is(403);
        assert!(refused.says("工作人员不能代企业办理"));
        desk.submit(&page, "/portal/issue/withdraw", &[("reason", "不要了")]).await.is(403);
        let files = [("file", "a.txt", b"text".as_slice())];
        desk.send(multipart("/portal/issue/attachments", &[], &files)).await.is(403);
        desk.send(multipart("/portal/issues", &[], &[])).await.is(403);
    }
    assert_eq!(issue(&city, &number).await.status, Status::AwaitingRating);
    let log = city.desk("auditadmin").await.open("/audit").await;
    assert!(log.says("工作人员不能代企业办理"));
    // Nor does any of their pages show the code.
    for account in ["city1", "finance", "callback"] {
        let mut desk = city.desk(account).await;
        for path in ["/issues".to_owned(), format!("/issues/{number}")] {
            let page = desk.get(&path).await;
            assert!(!page.html().contains(&code), "{account} {path}");
            assert!(!page.html().contains(&code.replace('-', "")), "{account} {path}");
        }
    }
}

#[actix_web::test]
async fn files_are_reached_with_their_own_code_only() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let fields = filled(&page, "某厂", "蒸汽停了");
    let files = [("file", "说明.txt", "附件内容".as_bytes())];
    let done = street.send(multipart("/portal/issues", &fields, &files)).await.is(200);
    let code = done.texts("#code").remove(0);
    let (_, other) = submitted(&mut street, "别的厂", "别家的事").await;
    track(&mut street, &code, "5678").await.is(303);
    let page = street.open("/portal/issue").await;
    let file = page.attribute(".links a", "href").expect("the file");
    assert_eq!(street.open(&file).await.html(), "附件内容");
    let more = [("file", "b.txt", b"more".as_slice())];
    street.send(multipart("/portal/issue/attachments", &[], &more)).await.is(303);
    assert_eq!(street.open("/portal/issue").await.texts(".links a"), ["说明.txt", "b.txt"]);
    let mut neighbour = city.street();
    neighbour.get(&file).await.is(404);
    track(&mut neighbour, &other, "5678").await.is(303);
    neighbour.get(&file).await.is(404);
    // Refused at the form, which is on the issue's page.
    for (files, why) in [
        (vec![], "请先选择文件"),
        (vec![("file", "空.txt", b"".as_slice())], "空.txt 是空文件"),
        (
            vec![("file", "a.html", b"<!DOCTYPE html><html><script>alert(1)</script></html>".as_slice())],
            "这种文件不能上传",
        ),
    ] {
        let refused = street.send(multipart("/portal/issue/attachments", &[], &files)).await.is(422);
        assert!(refused.texts(".error-summary a[href='#file']")[0].contains(why), "{}", refused.text());
        assert!(refused.texts("#file-m")[0].contains(why) && refused.texts("h1") == ["蒸汽停了"]);
        assert_eq!(refused.attribute("#file", "aria-describedby").as_deref(), Some("file-m file-h"));
    }
    assert_eq!(street.open("/portal/issue").await.texts(".links a"), ["说明.txt", "b.txt"]);
    city.street().send(multipart("/portal/issue/attachments", &[], &more)).await.is(303);
}

#[actix_web::test]
async fn a_slip_makes_a_new_code_and_the_old_one_ends() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !["enterprise", "text", "contact_phone"].contains(&name.as_str()));
    for (name, value) in [("enterprise", "1"), ("text", "用电不稳"), ("contact_phone", PHONE)] {
        fields.push((name.into(), value.into()));
    }
    let made = cadre.send(multipart("/issues", &fields, &[])).await.is(303);
    let page = cadre.follow(&made).await;
    let path = made.location.expect("an address");
    let slip = format!("{path}/slip");
    let first = cadre.submit(&page, &slip, &[]).await.is(200);
    let code = first.texts(".only-print #code").remove(0);
    // On the screen there is nothing of it.
    assert!(!first.texts(".no-print").join(" ").contains(&code) && first.texts(".only-print").len() == 1);
    let mut street = city.street();
    track(&mut street, &code, "5678").await.is(303);
    assert!(street.open("/portal/issue").await.says("用电不稳"));

    let page = cadre.open(&path).await;
    let second = cadre.submit(&page, &slip, &[]).await.is(200);
    let newer = second.texts("#code").remove(0);
    assert_ne!(code, newer);
    // The old code and who was let in by it are out.
    street.get("/portal/issue").await.is(303);
    track(&mut street, &code, "5678").await.is(422);
    track(&mut street, &newer, "5678").await.is(303);
    assert!(!cadre.open(&path).await.html().contains(&newer));

    for (account, status) in [("mill", 403), ("finance", 404), ("cadre2", 404), ("leader", 403), ("erqi", 200)] {
        city.desk(account).await.post(&slip, &[]).await.is(status);
    }
    let log = city.desk("auditadmin").await.open("/audit").await;
    assert!(log.says("打印查询码"));
    assert!(!log.html().contains(&newer));
}

#[actix_web::test]
async fn a_company_with_an_account_does_the_same_on_the_ordinary_pages() {
    let city = city::fresh();
    let mut company = city.desk("mill").await;
    let form = company.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| name != "text");
    fields.push(("text".into(), "蒸汽停了".into()));
    let made = company.send(multipart("/issues", &fields, &[])).await.is(303);
    let path = made.location.clone().expect("an address");
    let number = path.trim_start_matches("/issues/").to_owned();
    // The county's problem goes through the county's office and the city's unit.
    let up = Step::PassUp { reason: "县里办不了".into() };
    as_official(&city, "erqi", &number, up).await;
    answered(&city, &number).await;
    let page = company.open(&path).await;
    for inside in ["内部要求不外传", "审核的内部意见", "尤领导", "县里办不了"] {
        assert!(!page.html().contains(inside), "{inside}");
    }
    assert!(page.says("管网已经分段检修"));
    let rating =
        [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied"), ("words", "只给助企办的话")];
    company.submit(&page, &format!("{path}/answer"), &rating).await.is(303);
    assert_eq!(issue(&city, &number).await.status, Status::Closed);
    assert!(company.open(&path).await.says("只给助企办的话"));
    assert!(!city.desk("finance").await.open(&path).await.says("只给助企办的话"));
    assert!(city.desk("city1").await.open(&path).await.says("审核的内部意见"));

    let made = company.send(multipart("/issues", &[("text".into(), "再一件".into())], &[])).await.is(303);
    let page = company.follow(&made).await;
    let path = made.location.expect("an address");
    company.submit(&page, &format!("{path}/withdraw"), &[("reason", "修好了")]).await.is(303);
    assert!(company.open(&path).await.says("企业撤回"));
}

#[actix_web::test]
async fn who_has_no_account_is_not_given_officials_advice() {
    let city = city::fresh();
    let lost = city.street().get("/portal/nowhere").await.is(404);
    assert!(lost.says("没有找到") && lost.says("12345"), "{}", lost.text());
    assert_eq!(lost.texts(".btn-row a"), ["回到反映和查询"]);
    assert_eq!(lost.attribute(".btn-row a", "href").as_deref(), Some("/portal"));
    for word in ["刚换岗", "安全管理员", "调度员", "列表"] {
        assert!(!lost.says(word), "{word}");
    }
    let official = city.desk("erqi").await.get("/nowhere").await.is(404);
    assert!(official.says("刚换岗"), "{}", official.text());
}

#[actix_web::test]
async fn opening_with_the_right_code_uses_up_no_try() {
    let city = city::fresh();
    let mut street = city.street();
    let (_, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    for _ in 0..9 {
        track(&mut street, &code, "1111").await.is(422);
    }
    // More often than either limit allows wrong tries.
    for _ in 0..31 {
        track(&mut street, &code, "5678").await.is(303);
    }
    // Whoever has the code wins no tries by it.
    track(&mut street, &code, "1111").await.is(422);
    track(&mut street, &code, "1111").await.is(429);
    track(&mut street, &code, "5678").await.is(429);
}

#[actix_web::test]
async fn what_was_typed_when_the_query_had_ended_is_shown_beside_the_code() {
    let city = city::fresh();
    let mut street = city.street();
    let (_, code) = submitted(&mut street, "某厂", "蒸汽停了").await;
    let typed = [("version", "1"), ("text", "又停了，\n补两张照片")];
    let page = street.post("/portal/issue/supplement", &typed).await.is(401);
    assert!(page.says("查询已过期，您刚才写的内容在下面，没有写入。"), "{}", page.text());
    assert_eq!(page.texts(".said"), ["又停了，补两张照片"]);
    assert_eq!(page.texts("#text"), [""], "it is no new problem");
    let again = street.submit(&page, "/portal/track", &[("code", &code), ("tail", "1111")]).await.is(422);
    assert_eq!(again.texts(".said"), page.texts(".said"));
    let done = street.submit(&again, "/portal/track", &[("code", &code), ("tail", "5678")]).await.is(303);
    assert!(!street.follow(&done).await.says("补两张照片"), "nothing was written");
}

#[actix_web::test]
async fn an_officials_phone_is_taken_and_rates_nothing() {
    let city = city::fresh();
    let mut street = city.street();
    let page = street.open("/portal").await;
    let mut fields = filled(&page, "某厂", "蒸汽停了");
    fields.retain(|(name, _)| name != "contact_phone");
    // Of the account cadre1.
    fields.push(("contact_phone".into(), "13900000007".into()));
    let done = street.send(multipart("/portal/issues", &fields, &[])).await.is(200);
    let (number, code) = (done.texts("#number").remove(0), done.texts("#code").remove(0));
    answered(&city, &number).await;
    track(&mut street, &code, "0007").await.is(303);
    let page = street.open("/portal/issue").await;
    const WHY: &str = "登记的联系电话是工作人员的，不能代企业评价，请助企办更正联系电话";
    assert!(page.says(WHY) && !page.html().contains("/portal/issue/answer"), "{}", page.text());
    let version = issue(&city, &number).await.version.to_string();
    let rating =
        [("version", version.as_str()), ("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied")];
    let refused = street.post("/portal/issue/answer", &rating).await.is(422);
    assert!(refused.texts(".error-summary")[0].contains(WHY), "{}", refused.text());
    assert_eq!(issue(&city, &number).await.status, Status::AwaitingRating);

    let path = format!("/issues/{number}");
    let mut office = city.desk("city1").await;
    let page = office.open(&path).await;
    assert!(page.says(WHY), "{}", page.text());
    assert!(!city.desk("finance").await.open(&path).await.says(WHY), "it is the office's to mend");
    let filled = [("contact_phone", PHONE), ("reason", "企业来电更正")];
    office.submit(&page, &format!("{path}/correct"), &filled).await.is(303);
    assert!(!office.open(&path).await.says(WHY));
    street.get("/portal/issue").await.is(303);
    track(&mut street, &code, "5678").await.is(303);
    let page = street.open("/portal/issue").await;
    street.submit(&page, "/portal/issue/answer", &rating[1..]).await.is(303);
    assert_eq!(issue(&city, &number).await.status, Status::Closed);
}
