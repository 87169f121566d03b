//! Files of an issue: who sees them, how they are handed out, how they are voided.
use crate::support::{
    city::{self, City},
    desk::{Desk, Page},
};
use diesel::prelude::*;
use zhuqi::schema::{attachments, issues};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
const HTML: &[u8] = b"<!DOCTYPE html><html><script>alert(1)</script></html>";

fn file_of(page: &Page, name: &str) -> Option<String> {
    let html = scraper::Html::parse_document(&page.html());
    let links = scraper::Selector::parse("a[href^='/attachments/']").expect("a selector");
    let found = html.select(&links).find(|link| link.text().collect::<String>() == name);
    found.and_then(|link| link.attr("href")).map(str::to_owned)
}

async fn recorded(city: &City, filled: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> (Desk, String) {
    let mut cadre = city.desk("cadre1").await;
    let path = cadre.record(filled, files).await.is(303).location.expect("an address");
    (cadre, path)
}

#[actix_web::test]
async fn files_go_out_under_a_policy_that_runs_nothing() {
    let city = city::fresh();
    let files = [("file", "现场.png", PNG), ("file", "图.svg", SVG), ("file", "说明.txt", b"text".as_slice())];
    let (mut cadre, path) = recorded(&city, &[], &files).await;
    let page = cadre.open(&path).await;
    for (name, content_type, disposition) in [
        ("现场.png", "image/png", "inline"),
        ("图.svg", "text/plain", "attachment"),
        ("说明.txt", "text/plain", "attachment"),
    ] {
        let sent = cadre.open(&file_of(&page, name).expect(name)).await;
        let header = |name: &str| sent.headers.get_all(name).map(|one| one.to_str().expect("text").to_owned());
        assert_eq!(header("content-security-policy").collect::<Vec<_>>(), ["default-src 'none'; sandbox"], "{name}");
        assert_eq!(header("x-content-type-options").collect::<Vec<_>>(), ["nosniff"], "{name}");
        assert_eq!(header("content-type").collect::<Vec<_>>(), [content_type], "{name}");
        let said: String = header("content-disposition").collect();
        assert!(said.starts_with(disposition), "{name}: {said}");
    }
    // A page is no file, whatever it is called.
    cadre.record(&[], &[("file", "a.png", HTML)]).await.is(422);
}

#[actix_web::test]
async fn a_company_sees_an_officials_file_only_when_it_may() {
    let city = city::fresh();
    let files = [("file", "内部.txt", b"inside".as_slice())];
    let (mut cadre, path) = recorded(&city, &[("contact_phone", "13812345678")], &files).await;
    let upload = format!("{path}/attachments");
    let shown = [("file", "答复函.txt", b"open".as_slice())];
    cadre.send_files(&upload, &[("for_company".into(), "1".into())], &shown).await.is(303);
    let page = cadre.open(&path).await;
    let (inside, open) = (file_of(&page, "内部.txt").expect("inside"), file_of(&page, "答复函.txt").expect("open"));
    assert!(page.says("企业看不到"));

    let mut company = city.desk("mill").await;
    let page = company.open(&path).await;
    assert!(page.says("答复函.txt") && !page.says("内部.txt"), "{}", page.text());
    assert!(!page.says("周包联"), "a company reads no official's name: {}", page.text());
    company.get(&inside).await.is(404);
    assert_eq!(company.open(&open).await.html(), "open");
    // What the company adds, all see.
    company.send_files(&upload, &[], &[("file", "合同.txt", b"ours".as_slice())]).await.is(303);
    let ours = file_of(&cadre.open(&path).await, "合同.txt").expect("ours");
    assert_eq!(cadre.open(&ours).await.html(), "ours");

    // The same by the query code.
    let code = cadre.post(&format!("{path}/slip"), &[]).await.is(200).texts("#code").remove(0);
    let mut street = city.street();
    street.post("/portal/track", &[("code", &code), ("tail", "5678")]).await.is(303);
    let page = street.open("/portal/issue").await;
    assert_eq!(page.texts(".links a"), ["答复函.txt", "合同.txt"]);
    street.get(&format!("/portal{inside}")).await.is(404);
    assert_eq!(street.open(&format!("/portal{open}")).await.html(), "open");
    assert!(!page.says("内部.txt"), "nor does the story name it");
}

#[actix_web::test]
async fn a_file_is_voided_with_a_reason_and_its_line_stays() {
    let city = city::fresh();
    let (mut cadre, path) = recorded(&city, &[], &[("file", "传错了.txt", b"wrong".as_slice())]).await;
    let file = file_of(&cadre.open(&path).await, "传错了.txt").expect("the file");
    let void = format!("{file}/void");
    // Neither another official nor the company, though both see the problem.
    for account in ["lead1", "callback", "leader"] {
        city.desk(account).await.post(&void, &[("reason", "不想要")]).await.is(403);
    }
    for account in ["mill", "cadre2", "finance"] {
        city.desk(account).await.post(&void, &[("reason", "不想要")]).await.is(404);
    }
    let without = cadre.post(&void, &[("reason", " ")]).await.is(422);
    assert!(without.says("请写明作废的原因"));
    cadre.open(&file).await;
    cadre.post(&void, &[("reason", "传成了别家的合同")]).await.is(303);
    cadre.get(&file).await.is(404);
    let page = cadre.open(&path).await;
    assert!(page.says("传错了.txt") && page.says("已作废") && page.says("传成了别家的合同"));
    assert!(file_of(&page, "传错了.txt").is_none());
    // Both stand in the story, by whoever did them.
    let story = page.texts("ol.line li").join("\n").replace(' ', "");
    assert!(story.contains("添加附件二七区第一工作组周包联传错了.txt"), "{story}");
    assert!(story.contains("作废附件二七区第一工作组周包联传错了.txt原因：传成了别家的合同"), "{story}");
    cadre.post(&void, &[("reason", "再来一次")]).await.is(404);
    let kept: (String, String) = city
        .app
        .db
        .read(|conn| Ok(attachments::table.select((attachments::void_reason, attachments::void_actor)).first(conn)?))
        .await
        .expect("the row stays");
    assert_eq!(kept, ("传成了别家的合同".into(), "二七区第一工作组 周包联".into()));

    // The office may void anybody's, also when the problem is closed.
    cadre.send_files(&format!("{path}/attachments"), &[], &[("file", "b.txt", b"b".as_slice())]).await.is(303);
    let file = file_of(&cadre.open(&path).await, "b.txt").expect("the file");
    let closed = city.app.db.write(|conn| {
        Ok(diesel::update(issues::table)
            .set(issues::status.eq(zhuqi::issue::workflow::Status::Rejected))
            .execute(conn)?)
    });
    closed.await.expect("closes");
    city.desk("erqi").await.post(&format!("{file}/void"), &[("reason", "含身份证号")]).await.is(303);
    cadre.get(&file).await.is(404);
}

#[actix_web::test]
async fn a_company_voids_its_own_file_by_the_code_and_no_other() {
    let city = city::fresh();
    let (mut cadre, path) = recorded(&city, &[("contact_phone", "13812345678")], &[]).await;
    let upload = format!("{path}/attachments");
    let shown = [("file", "答复函.txt", b"open".as_slice())];
    cadre.send_files(&upload, &[("for_company".into(), "1".into())], &shown).await.is(303);
    let theirs = file_of(&cadre.open(&path).await, "答复函.txt").expect("the file");
    let code = cadre.post(&format!("{path}/slip"), &[]).await.is(200).texts("#code").remove(0);
    let mut street = city.street();
    street.post("/portal/track", &[("code", &code), ("tail", "5678")]).await.is(303);
    street.send_files("/portal/issue/attachments", &[], &[("file", "合同.txt", b"ours".as_slice())]).await.is(303);
    let ours = file_of(&cadre.open(&path).await, "合同.txt").expect("ours");
    street.post(&format!("/portal{theirs}/void"), &[("reason", "不想要")]).await.is(403);
    let page = street.post(&format!("/portal{ours}/void"), &[("reason", "")]).await.is(422);
    assert!(page.says("请写明作废的原因"));
    street.post(&format!("/portal{ours}/void"), &[("reason", "传错了")]).await.is(303);
    street.get(&format!("/portal{ours}")).await.is(404);
    let page = street.open("/portal/issue").await;
    assert!(page.says("合同.txt") && page.says("已作废") && page.says("传错了"));
    let mut official = city.desk("cadre1").await;
    official.post(&format!("/portal{ours}/void"), &[("reason", "我来")]).await.is(403);
    let log = city.desk("auditadmin").await.open("/audit?action=by_code").await;
    assert!(log.says("添加附件，凭查询单（由") && log.says("作废附件，凭查询单（由"), "{}", log.text());
}

#[actix_web::test]
async fn a_double_tap_uploads_once() {
    let city = city::fresh();
    let (mut cadre, path) = recorded(&city, &[], &[]).await;
    let upload = format!("{path}/attachments");
    let page = cadre.open(&path).await;
    let fields = page.fields(&upload);
    assert!(fields.iter().any(|(name, value)| name == "once" && !value.is_empty()), "{fields:?}");
    for _ in 0..2 {
        cadre.send_files(&upload, &fields, &[("file", "现场.png", PNG)]).await.is(303);
    }
    cadre.send_files(&upload, &fields, &[("file", "另一张.txt", b"text")]).await.is(409);
    let kept: i64 = city.app.db.read(|conn| Ok(attachments::table.count().get_result(conn)?)).await.expect("a count");
    assert_eq!(kept, 1);
}

#[actix_web::test]
async fn an_empty_file_is_refused_by_its_name() {
    let city = city::fresh();
    let (mut cadre, path) = recorded(&city, &[], &[]).await;
    let refused = cadre.record(&[], &[("file", "现场.png", b"".as_slice())]).await.is(422);
    assert!(refused.says("现场.png 是空文件，里面没有内容"), "{}", refused.text());
    let upload = format!("{path}/attachments");
    assert!(
        cadre.send_files(&upload, &[], &[("file", "空.txt", b"".as_slice())]).await.is(422).says("空.txt 是空文件")
    );
    // A field that was left empty is no file.
    cadre.record(&[], &[("file", "", b"".as_slice())]).await.is(303);
}

#[actix_web::test]
async fn a_refused_file_comes_back_at_the_form_on_the_problems_page() {
    let city = city::fresh();
    let (mut cadre, path) = recorded(&city, &[], &[]).await;
    let upload = format!("{path}/attachments");
    let open = [("for_company".to_owned(), "1".to_owned())];
    let large = vec![b'a'; 20 * 1024 * 1024 + 1];
    type File<'a> = (&'a str, &'a str, &'a [u8]);
    let some: [(&[File], &str); 4] = [
        (&[("file", "a.png", HTML)], "a.png"),
        (&[("file", "空.txt", b"")], "空.txt 是空文件"),
        (&[("file", "大.txt", &large)], "大.txt 太大，每个文件最多 20 MB"),
        (&[], "请先选择文件"),
    ];
    for (files, why) in some {
        let page = cadre.send_files(&upload, &open, files).await.is(422);
        assert!(page.says("用电不稳"), "the problem's own page");
        let said = page.texts("#attach-file-m").remove(0);
        // Content that is no allowed kind is called by its kind, not by its name.
        assert!(why == "a.png" || said.contains(why), "{why}: {said}");
        assert_eq!(page.links(".error-summary a")[0].1, "#attach-file");
        assert_eq!(page.attribute("#for_company", "checked").as_deref(), Some(""));
        assert!(page.attribute("details[open] #attach-file", "name").is_some());
    }
    let kept = city.app.db.read(|conn| Ok(attachments::table.count().get_result::<i64>(conn)?));
    assert_eq!(kept.await.expect("counts"), 0);
    cadre.send_files(&upload, &open, &[("file", "好.txt", b"text")]).await.is(303);
}
