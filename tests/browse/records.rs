//! Visits and symposiums as people record them: three taps on a phone, ten problems in one form, corrected afterwards.
use crate::support::{
    browser::{Browser, Scripts, Size},
    city::{self, PASSWORD},
    problem::record,
    server::Server,
};

/// The first tap is on a page that is open anyway; a cadre's only company is chosen already, of several it is a tap.
async fn visit(browser: &Browser) {
    browser.sign_in("cadre1", PASSWORD).await;
    browser.see("待办").await;
    browser.visit("/visits/new").await;
    browser.choose("郑州砺衡纺织有限公司").await;
    browser.click("没有问题，保存").await;
    browser.see("走访已保存").await;
    browser.see("郑州砺衡纺织有限公司").await;
    // Corrected: the page says what changed.
    browser.visit("/visits").await;
    let row = browser.client().find(fantoccini::Locator::Css("main tbody th a")).await.expect("a visit");
    let path = row.attr("href").await.expect("an attribute").expect("an address");
    browser.visit(&path).await;
    browser.click("修改").await;
    browser.fill("方式", "电话联系").await;
    browser.fill("走访情况", "设备检修，停产三天").await;
    browser.click("保存走访").await;
    browser.see("方式：上门走访 → 电话联系").await;
}

async fn symposium(browser: &Browser) {
    browser.sign_in("lead1", PASSWORD).await;
    browser.see("待办").await;
    browser.visit("/symposiums/new").await;
    browser.fill("第 1 行企业", "郑州砺衡纺织有限公司").await;
    for line in 1..=10 {
        browser.fill(&format!("第 {line} 行问题"), &format!("第{line}个问题，变压器不够用")).await;
    }
    browser.click("保存座谈会并上报问题").await;
    // The topic is missing: all that was typed is still there.
    browser.see("请填写座谈会主题").await;
    assert!(browser.title().await.starts_with("错误："));
    assert_eq!(browser.value("第 10 行问题").await, "第10个问题，变压器不够用");
    browser.fill("主题", "规上工业企业稳产增效座谈会").await;
    browser.click("保存座谈会并上报问题").await;
    browser.see("座谈会已保存，问题已报助企办").await;
    browser.see("10 件").await;
    browser.see("第10个问题，变压器不够用").await;
    browser.click("修改").await;
    browser.fill("地点（可不填）", "二楼会议室").await;
    browser.click("保存座谈会").await;
    browser.see("地点：（空） → 二楼会议室").await;
}

async fn play(size: Size, scripts: Scripts) {
    let city = city::fresh();
    let server = Server::of(&city);
    visit(&Browser::open(&server.url, size, scripts).await).await;
    symposium(&Browser::open(&server.url, size, scripts).await).await;
}

#[actix_web::test]
async fn records_on_a_phone() {
    play(Size::Phone, Scripts::On).await;
}

#[actix_web::test]
async fn records_on_a_phone_without_javascript() {
    play(Size::Phone, Scripts::Off).await;
}

#[actix_web::test]
async fn records_at_a_desk() {
    play(Size::Desk, Scripts::On).await;
}

#[actix_web::test]
async fn records_at_a_desk_without_javascript() {
    play(Size::Desk, Scripts::Off).await;
}

/// Triage by keys alone: down the list, into the form, send, on to the next.
#[actix_web::test]
async fn an_office_walks_from_problem_to_problem_by_keys() {
    let city = city::fresh();
    let server = Server::of(&city);
    let mut cadre = city.desk("cadre1").await;
    for text in ["停汽三天", "招不到焊工"] {
        let form = cadre.open("/issues/new?enterprise=1").await;
        let mut fields = form.fields("/issues");
        fields.retain(|(name, _)| name != "text" && name != "enterprise");
        fields.extend([("text".to_owned(), text.to_owned()), ("enterprise".to_owned(), "1".to_owned())]);
        cadre.send_multipart("/issues", &fields).await.is(303);
    }
    let browser = Browser::open(&server.url, Size::Desk, Scripts::On).await;
    browser.sign_in("erqi", PASSWORD).await;
    browser.see("停汽三天").await;
    let press = |keys: &'static str| {
        let browser = &browser;
        async move {
            let active = browser.client().active_element().await.expect("an element");
            active.send_keys(keys).await.expect("types");
        }
    };
    press("j").await;
    press("\u{E007}").await;
    browser.see("我现在可以做什么").await;
    press("?").await;
    browser.see("快捷键").await;
    browser.see("填写：建档并交办").await;
    press("\u{E007}").await;
    // The browser closes the window of keys in its own time; a key before that would go into it.
    browser.see_no("快捷键").await;
    press("f").await;
    // 问题大类, three choices, the box, 主办单位.
    press("融资").await;
    for keys in ["\u{E004}", "\u{E004}", "\u{E004}", "\u{E004}", " ", "\u{E004}", "二七区住"] {
        press(keys).await;
    }
    press("\u{E009}\u{E007}\u{E000}").await;
    browser.see("已建档并交办").await;
    let done = browser.path().await;
    press("n").await;
    browser.see("待甄别").await;
    assert_ne!(browser.path().await, done);
}

/// Category, box and sending by the letters that the page shows.
#[actix_web::test]
async fn an_office_triages_by_letters() {
    let city = city::fresh();
    let server = Server::of(&city);
    record(&mut city.desk("cadre1").await, "停汽三天").await;
    let browser = Browser::open(&server.url, Size::Desk, Scripts::On).await;
    browser.sign_in("erqi", PASSWORD).await;
    browser.visit("/triage").await;
    browser.see("停汽三天").await;
    // A letter, the initials of the category, out of the field again; the box; the unit; send.
    for keys in ["c", "sdqnw", "\u{E00C}", "d", "u", "eqqzj", "\u{E00C}", "\u{E009}\u{E007}\u{E000}"] {
        let active = browser.client().active_element().await.expect("an element");
        active.send_keys(keys).await.expect("types");
    }
    browser.see("已交办").await;
    browser.see("给二七区住建局").await;
}
