//! Triage at the keyboard works as a plain form too, and learns from what was dispatched.
use crate::support::{
    city,
    problem::{dispatch, number, record, step},
};
use zhuqi::triage::initials;

#[test]
fn names_are_found_by_the_letters_of_their_sounds() {
    assert_eq!(initials("市财政局"), "sczj");
    assert_eq!(initials("水电气暖网 / 用电增容"), "sdqnwydzr");
    assert_eq!(initials("12345热线（A）"), "12345rxa");
}

#[actix_web::test]
async fn one_after_the_other_goes_to_the_suggested_unit() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let mut paths = Vec::new();
    for n in 0..3 {
        paths.push(record(&mut cadre, &format!("第{n}件")).await);
    }
    let mut office = city.desk("erqi").await;
    dispatch(&mut office, &paths[0]).await;
    let page = office.open("/triage").await;
    assert_eq!(page.texts(".queue .t"), ["第1件", "第2件"]);
    assert_eq!(page.texts("#cur"), ["第1件"]);
    let options = page.texts("#category option");
    assert!(options.contains(&"sdqnw 水电气暖网（二七区住建局）".to_owned()), "{options:?}");
    // One is chosen by typing its letters; of many, plain names are ticked.
    assert!(page.texts("#lead_unit option").contains(&"sczj 市财政局".to_owned()), "{}", page.text());
    assert_eq!(page.texts("#co_units option"), ["市财政局", "二七区住建局"]);
    assert_eq!(page.attribute(".act-bar button", "data-key").as_deref(), Some("Ctrl Enter"));
    // A field's letter is a hint, which a phone hides, and the key itself.
    let hints = page.texts(".dense label kbd, .dense legend kbd");
    assert_eq!(hints, ["c", "l", "a", "d", "u", "o", "r"]);
    assert_eq!(page.attribute("select#category", "data-key").as_deref(), Some("c"));

    let act = format!("/triage/{}/triage", number(&paths[1]));
    let refused = office.submit(&page, &act, &[("requirement", "请上门")]).await.is(422);
    assert!(refused.says("请选择问题类别") && refused.says("请上门"), "the typed text is kept");
    assert_eq!(refused.texts("#cur"), ["第1件"]);
    let filled = [("category", "4"), ("duplicates_looked_at", "yes")];
    let done = office.submit(&page, &act, &filled).await.is(303);
    let next = office.follow(&done).await;
    assert!(next.says(&format!("已交办 {} 给二七区住建局，须在", number(&paths[1]))), "{}", next.text());
    assert_eq!(next.texts("#cur"), ["第2件"], "the next one is open");

    // Registered first, dispatched from the other tab, where the unit is already chosen.
    let act = format!("/triage/{}/triage", number(&paths[2]));
    let fields = next.fields(&act);
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.retain(|(name, _)| *name != "category");
    fields.extend(filled);
    let registered = office.post(&format!("/triage/{}/register", number(&paths[2])), &fields).await;
    assert!(office.follow(&registered.is(303)).await.says("已建档"));
    let page = office.open("/triage").await;
    assert_eq!(page.texts(".tabs [aria-current]"), ["2 待交办1"]);
    assert!(page.says("按过去 2 件同类问题推荐"));
    let act = format!("/triage/{}/dispatch", number(&paths[2]));
    let done = office.submit(&page, &act, &[]).await.is(303);
    let empty = office.follow(&done).await;
    assert!(empty.says("给二七区住建局") && empty.says("这里没有问题了"));
}

#[actix_web::test]
async fn a_unit_that_returned_a_problem_is_not_suggested_again() {
    let city = city::fresh();
    let mut cadre = city.desk("cadre1").await;
    let mut office = city.desk("erqi").await;
    for n in 0..2 {
        let path = record(&mut cadre, &format!("第{n}件")).await;
        dispatch(&mut office, &path).await;
    }
    // One names no unit that there is, the other does.
    let cases = [("市里别的单位", "", "建议由市里别的单位办理"), ("市财政局", "1", "按退回时建议的单位推荐")];
    for (named, wanted, why) in cases {
        let path = record(&mut cadre, "停汽").await;
        dispatch(&mut office, &path).await;
        let ask = [("reason", "不归我们管"), ("basis", "三定规定"), ("suggested_unit", named)];
        step(&mut city.desk("housing").await, &path, "request_return", &ask).await;
        step(&mut office, &path, "uphold_return", &[("finding", "属实")]).await;
        let page = office.open(&format!("/triage?issue={}", number(&path))).await;
        let chosen = page.attribute("#lead_unit option[selected]", "value").unwrap_or_default();
        assert_eq!(chosen, wanted, "{named}: {}", page.text());
        assert!(
            page.texts("#returned").concat().contains(&format!("不归我们管；建议由{named}办理")),
            "{}",
            page.text()
        );
        assert!(page.says(why), "{}", page.text());
        let batch = office.open(&format!("/batch?act=dispatch&issue={}", number(&path))).await;
        let row = batch.texts("main tbody tr").concat();
        assert!(!row.contains("二七区住建局") && row.contains("市财政局") == (wanted == "1"), "{row}");
        let act = format!("/triage/{}/dispatch", number(&path));
        let sent = office.submit(&page, &act, &[]).await;
        match wanted {
            "" => assert!(sent.is(422).says("请选择主办单位")),
            _ => assert!(office.follow(&sent.is(303)).await.says("给市财政局")),
        }
    }
}

#[actix_web::test]
async fn who_is_slower_is_told_and_who_may_not_is_refused() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let (mut first, mut second) = (city.desk("erqi").await, city.desk("city1").await);
    let act = format!("/triage/{}/triage", number(&path));
    let filled = [("category", "4"), ("lead_unit", "2"), ("duplicates_looked_at", "yes")];
    let (one, other) = (first.open("/triage").await, second.open(&format!("/triage?issue={}", number(&path))).await);
    first.submit(&one, &act, &filled).await.is(303);
    let typed = [("category", "4"), ("requirement", "先到现场"), ("duplicates_looked_at", "yes")];
    let late = second.submit(&other, &act, &typed).await.is(409);
    assert!(late.says("已经有人处理过") && late.says("先到现场"), "what was typed can be copied");
    city.desk("zhengdong").await.get(&format!("/triage?issue={}", number(&path))).await.is(404);
    city.desk("housing").await.post(&act, &filled).await.is(403);
    second.post(&format!("/triage/{}/reject", number(&path)), &filled).await.is(404);
}

#[actix_web::test]
async fn what_was_typed_for_a_problem_that_was_passed_up_meanwhile_is_shown() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽").await;
    let mut office = city.desk("erqi").await;
    let page = office.open("/triage").await;
    step(&mut city.desk("city1").await, &path, "pass_up", &[("reason", "涉及几个区")]).await;
    let act = format!("/triage/{}/triage", number(&path));
    for unit in ["", "2"] {
        let typed =
            [("category", "4"), ("lead_unit", unit), ("requirement", "先到现场"), ("duplicates_looked_at", "yes")];
        let late = office.submit(&page, &act, &typed).await.is(409);
        assert!(late.says("这件问题刚转给别的单位（或已提级）"), "{}", late.text());
        assert_eq!(late.texts(".note .said"), ["先到现场"]);
    }
}
