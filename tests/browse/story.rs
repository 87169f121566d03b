//! The main story, each step by the one whose turn it is and from that person's first screen: recorded, dispatched,
//! signed, contacted, replied, reviewed, confirmed, and closed in the ledger.
use super::step::StepForm;
use crate::support::{
    browser::{Browser, Scripts, Size},
    city::{self, PASSWORD},
    server::Server,
};
use fantoccini::Locator;
use std::time::{Duration, Instant};

const TEXT: &str = "二期车间变压器不够用。想增容，不知道找谁。";
const UNTIL_SHOWN: Duration = Duration::from_secs(10);

/// Signs in as another; whoever was there is signed out.
async fn become_account(browser: &Browser, account: &str) {
    browser.client().delete_all_cookies().await.expect("forgets");
    browser.sign_in(account, PASSWORD).await;
    browser.see("按本步时限由近到远").await;
}

/// Follows the link to the problem that stands on this page.
async fn follow(browser: &Browser, problem: &str) {
    let css = format!("main a[href='{problem}']");
    let Ok(link) = browser.client().find(Locator::Css(&css)).await else {
        panic!("no {css} on {}:\n{}", browser.path().await, browser.text().await);
    };
    browser.press(&link, "\u{E007}").await.expect("can be followed");
    browser.see("现在到哪一步").await;
}

/// Waits until the problem's head says so.
async fn reaches(browser: &Browser, state: &str) {
    let begun = Instant::now();
    loop {
        let mut found = String::new();
        if let Ok(element) = browser.client().find(Locator::Css(".issue-line .state")).await {
            found = element.text().await.unwrap_or_default();
        }
        if found == state {
            return;
        }
        assert!(begun.elapsed() < UNTIL_SHOWN, "“{state}” is not reached but “{found}”:\n{}", browser.text().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn play(size: Size, scripts: Scripts) {
    let city = city::fresh();
    let server = Server::of(&city);
    let browser = &Browser::open(&server.url, size, scripts).await;

    become_account(browser, "cadre1").await;
    browser.click("记一个问题").await;
    browser.choose("郑州砺衡纺织有限公司").await;
    browser.fill("企业遇到什么问题", TEXT).await;
    browser.click("保存并报助企办").await;
    reaches(browser, "待甄别").await;
    let path = browser.path().await;
    let problem = path.split('?').next().expect("an address");
    assert!(problem.starts_with("/issues/ZZ-410103-"), "{problem}");

    become_account(browser, "erqi").await;
    follow(browser, problem).await;
    let form = StepForm::open(browser, "/triage").await;
    form.select("问题类别", "水电气暖网").await;
    form.choose("紧急程度", "紧急").await;
    form.tick("已看过同一企业的其他问题，不是重复反映").await;
    form.write("办理要求", "请上门对接").await;
    form.send().await;
    // Nobody was named: the page comes back with what was typed.
    browser.see("请选择主办单位").await;
    assert!(browser.title().await.starts_with("错误："));
    let form = StepForm::open(browser, "/triage").await;
    form.select("主办单位", "二七区住建局").await;
    form.send().await;
    reaches(browser, "待签收").await;
    browser.see("请上门对接").await;

    become_account(browser, "housing").await;
    follow(browser, problem).await;
    StepForm::open(browser, "/sign").await.send().await;
    reaches(browser, "办理中").await;
    let form = StepForm::open(browser, "/contact").await;
    form.write("联系了谁", "何女士，电话").await;
    form.write("联系的情况", "约好明天上门").await;
    form.send().await;
    browser.see("约好明天上门").await;
    let form = StepForm::open(browser, "/reply").await;
    form.choose("办结类别", "已解决").await;
    form.write("给企业的答复", "增容工程已送电").await;
    form.write("采取的措施", "一次办结").await;
    form.send().await;
    reaches(browser, "待审核").await;

    // Another dispatcher reviews than the one who dispatched.
    become_account(browser, "city1").await;
    follow(browser, problem).await;
    let form = StepForm::open(browser, "/approve").await;
    for question in ["解决没有", "答复没有", "对接没有", "满意没有"] {
        form.choose(question, "是").await;
    }
    form.send().await;
    reaches(browser, "待企业评价").await;

    become_account(browser, "mill").await;
    follow(browser, problem).await;
    browser.see("增容工程已送电").await;
    let form = StepForm::open(browser, "/answer").await;
    form.choose("问题解决了吗", "解决了").await;
    form.choose("对办理结果满意吗", "满意").await;
    form.choose("对办理态度满意吗", "非常满意").await;
    form.send().await;
    reaches(browser, "已销号").await;

    become_account(browser, "cadre1").await;
    browser.see("现在没有等您处理的问题").await;
    browser.visit("/issues").await;
    let row = format!("//main//tr[.//a[@href='{problem}']]");
    let row = browser.client().find(Locator::XPath(&row)).await.expect("stands in the ledger");
    let row = row.text().await.expect("a text");
    assert!(row.contains("已销号") && row.contains("满意"), "{row}");
}

#[actix_web::test]
async fn the_story_on_a_phone() {
    play(Size::Phone, Scripts::On).await;
}

#[actix_web::test]
async fn the_story_on_a_phone_without_javascript() {
    play(Size::Phone, Scripts::Off).await;
}

#[actix_web::test]
async fn the_story_at_a_desk() {
    play(Size::Desk, Scripts::On).await;
}

#[actix_web::test]
async fn the_story_at_a_desk_without_javascript() {
    play(Size::Desk, Scripts::Off).await;
}
