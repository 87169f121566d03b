//! Which columns of the ledger an account sees, and how close the rows stand.
use crate::support::{
    city::{self, City},
    desk::{Desk, Page},
    problem,
};

const USUAL: [&str; 11] = [
    "序号",
    "问题编号",
    "企业名称",
    "所属区县",
    "问题标题",
    "问题大类",
    "主责单位",
    "办结时限",
    "当前状态",
    "企业评价",
    "备注",
];

async fn choose(desk: &mut Desk, columns: &[&str], density: &str) -> Page {
    let mut fields: Vec<(&str, &str)> = columns.iter().map(|column| ("column", *column)).collect();
    fields.extend([("query", "status=in_progress&size=50"), ("density", density)]);
    desk.post("/issues/view", &fields).await
}

/// A problem of the mill that its unit works on.
async fn city_with_a_problem() -> (City, String) {
    let city = city::fresh();
    let filled = [("contact_name", "马会计"), ("contact_phone", "13812345678")];
    let path = city.desk("cadre1").await.record(&filled, &[]).await.is(303).location.expect("an address");
    problem::dispatch(&mut city.desk("erqi").await, &path).await;
    let mut unit = city.desk("housing").await;
    problem::step(&mut unit, &path, "sign", &[]).await;
    problem::step(&mut unit, &path, "progress", &[("note", "已派人查看"), ("measures", "换了变压器")]).await;
    (city, path)
}

fn cell(page: &Page, label: &str) -> Vec<String> {
    page.texts(&format!("main tbody td[data-label='{label}']"))
}

#[actix_web::test]
async fn an_account_chooses_its_columns_and_keeps_them() {
    let (city, path) = city_with_a_problem().await;
    let mut office = city.desk("erqi").await;
    let page = office.open("/issues").await;
    assert_eq!(page.texts("main thead th"), USUAL);
    assert_eq!(page.texts(".check-cols label").len(), 45, "48 columns, three of them are always there");
    let ticked = page.fields("/issues/view");
    assert_eq!(ticked.iter().filter(|(name, _)| name == "column").count(), 8, "what is shown is ticked: {ticked:?}");

    let chosen = ["联系电话", "收集人", "统一社会信用代码", "包联干部", "经办人", "采取措施", "小类", "主责单位"];
    let saved = choose(&mut office, &chosen, "loose").await.is(303);
    assert_eq!(saved.location.as_deref(), Some("/issues?status=in_progress&size=50"), "back to the same list");
    let page = office.follow(&saved).await;
    assert!(page.says("列设置和密度已保存"));
    let heads =
        ["序号", "问题编号", "收集人", "统一社会信用代码", "联系电话", "包联干部", "问题标题", "小类", "主责单位"];
    assert_eq!(page.texts("main thead th"), [&heads[..], &["经办人", "采取措施"]].concat(), "in the ledger's order");
    assert!(page.attribute("table.sheet-loose", "class").is_some());
    assert_eq!(cell(&page, "收集人"), ["周包联"]);
    assert_eq!(cell(&page, "联系电话"), ["138****5678"], "masked as in the file");
    assert_eq!(cell(&page, "经办人"), ["陈住建"]);
    assert_eq!(cell(&page, "采取措施"), ["换了变压器"]);
    assert_eq!(page.attribute("main tbody th a", "href"), Some(path));

    // Kept with the account, for another session too, and for no other account.
    assert_eq!(city.desk("erqi").await.open("/issues").await.texts("main thead th").len(), 11);
    assert!(city.desk("erqi").await.open("/issues").await.texts("main thead th").contains(&"经办人".to_owned()));
    assert_eq!(city.desk("city1").await.open("/issues").await.texts("main thead th"), USUAL);

    let page = office.open("/issues").await;
    let reset = office.submit(&page, "/issues/view", &[("reset", "1")]).await.is(303);
    let page = office.follow(&reset).await;
    assert_eq!(page.texts("main thead th"), USUAL);
    assert!(page.attribute("table.sheet-loose", "class").is_none());
}

#[actix_web::test]
async fn all_48_columns_say_what_the_file_says_and_none_can_be_taken_from_a_row() {
    let (city, _) = city_with_a_problem().await;
    let mut office = city.desk("city1").await;
    let heads: Vec<&str> = zhuqi::export::columns::COLUMNS.iter().map(|column| column.head).collect();
    let free: Vec<&str> =
        heads.iter().copied().filter(|head| !["序号", "问题编号", "问题标题"].contains(head)).collect();
    choose(&mut office, &free, "tight").await.is(303);
    let page = office.open("/issues").await;
    assert_eq!(page.texts("main thead th").len(), 48);
    assert_eq!(page.texts("main tbody td, main tbody th").len(), 48);
    let told = [
        ("来源渠道", "走访"),
        ("统一社会信用代码", "91350100M000100Y43"),
        ("包联干部", "周包联"),
        ("问题描述", "用电不稳。想增容。"),
        ("最新进展", "已派人查看"),
        ("企业联系人", "马会计"),
        ("复杂程度", "C"),
    ];
    for (head, text) in told {
        assert!(cell(&page, head)[0].contains(text), "{head}: {:?}", cell(&page, head));
    }
    // None chosen: a row still has its number and its name.
    choose(&mut office, &[], "tight").await.is(303);
    assert_eq!(office.open("/issues").await.texts("main thead th"), ["序号", "问题编号", "问题标题"]);
    assert_eq!(office.open("/issues").await.texts("main tfoot th, main tfoot td").len(), 2);
}

#[actix_web::test]
async fn what_is_not_offered_is_refused() {
    let (city, _) = city_with_a_problem().await;
    let mut office = city.desk("erqi").await;
    for (columns, density) in [
        (&["password_hash"][..], "tight"),
        (&["收集人,联系电话"], "tight"),
        (&["序号"], "tight"),
        (&["<script>"], "loose"),
        (&["收集人"], ""),
        (&["收集人"], "sheet-stick"),
    ] {
        assert_eq!(choose(&mut office, columns, density).await.status.as_u16(), 422, "{columns:?} {density}");
    }
    assert_eq!(office.open("/issues").await.texts("main thead th"), USUAL, "nothing was kept");
    // A company's list is as it comes, whatever its account sends.
    let mut mill = city.desk("mill").await;
    assert!(mill.open("/issues").await.texts(".view-choice").is_empty());
    choose(&mut mill, &["审核意见", "经办人"], "tight").await.is(403);
    assert_eq!(mill.open("/issues").await.texts("main thead th"), USUAL);
    let refused = choose(&mut city.street(), &["收集人"], "tight").await.is(401);
    assert_eq!(refused.texts("h1"), ["登录"]);
    assert_eq!(refused.fields("/login").len(), 4, "{:?}", refused.fields("/login"));
}

#[actix_web::test]
async fn the_words_of_a_company_are_in_no_column_of_those_who_may_not_read_them() {
    let (city, path) = city_with_a_problem().await;
    let mut unit = city.desk("housing").await;
    problem::step(&mut unit, &path, "contact", &[("person", "马会计"), ("note", "约好上门")]).await;
    problem::step(&mut unit, &path, "reply", &[("resolution", "solved"), ("text", "已增容"), ("measures", "换线")])
        .await;
    let four = [
        ("four_solved", "yes"),
        ("four_replied", "yes"),
        ("four_met", "yes"),
        ("four_satisfied", "yes"),
        ("opinion", "属实"),
    ];
    problem::step(&mut city.desk("erqi").await, &path, "approve", &four).await;
    let rated = [("solved", "solved"), ("result", "satisfied"), ("attitude", "satisfied"), ("words", "拖了太久")];
    problem::step(&mut city.desk("mill").await, &path, "answer", &rated).await;
    let called = [("note", "怕得罪人才说解决了"), ("solved", "solved"), ("result", "satisfied")];
    problem::step(&mut city.desk("callback").await, &path, "call_back", &called).await;
    // The usual column is short; the words stand on the problem's page for the office.
    for (account, reads) in [("erqi", true), ("housing", false), ("lead1", false), ("cadre1", false)] {
        let mut desk = city.desk(account).await;
        choose(&mut desk, &["企业评价", "回访情况", "审核意见"], "tight").await.is(303);
        let page = desk.open("/issues").await;
        assert_eq!(cell(&page, "审核意见"), ["审核通过：属实"], "{account}");
        assert!(!page.says("拖了太久"), "{account}");
        let told = if reads {
            "市助企办 卫回访：怕得罪人才说解决了（解决了）"
        } else {
            "市助企办 卫回访（解决了）"
        };
        assert_eq!(cell(&page, "回访情况"), [told], "{account}");
        assert_eq!(desk.open(&path).await.says("拖了太久"), reads, "{account}");
    }
}
