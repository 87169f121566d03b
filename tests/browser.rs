//! The door in a real browser, on a phone and at a desk, with JavaScript and without.
use crate::support::{
    browser::{Browser, Scripts, Size},
    city::{self, PASSWORD},
    server::Server,
};
use fantoccini::Locator;

const ALL: [(Size, Scripts); 4] =
    [(Size::Phone, Scripts::On), (Size::Phone, Scripts::Off), (Size::Desk, Scripts::On), (Size::Desk, Scripts::Off)];

#[actix_web::test]
async fn one_signs_in_and_out_in_every_browser() {
    let city = city::fresh();
    let server = Server::of(&city);
    for (size, scripts) in ALL {
        let browser = Browser::open(&server.url, size, scripts).await;
        browser.sign_in("city1", "not the password").await;
        browser.see("没有登录成功").await;
        assert!(browser.title().await.starts_with("错误："));
        assert_eq!(browser.value("账号或手机号").await, "city1");
        browser.fill("账号或手机号", "city2").await;
        browser.fill("口令", PASSWORD).await;
        browser.click("登录").await;
        browser.see("待办").await;
        browser.visit("/password").await;
        browser.see("修改口令").await;
        assert_eq!(browser.path().await, "/password", "{size:?} {scripts:?}");
    }
}

#[actix_web::test]
async fn a_page_is_as_wide_as_its_window_and_axe_has_no_objection() {
    let city = city::fresh();
    let server = Server::of(&city);
    for size in [Size::Phone, Size::Desk] {
        let browser = Browser::open(&server.url, size, Scripts::On).await;
        browser.visit("/login").await;
        assert_eq!(browser.run("return window.innerWidth").await, size.pixels().0);
        browser.no_horizontal_scroll().await;
        assert_eq!(browser.axe().await, [""; 0]);
    }
}

#[actix_web::test]
async fn scripts_run_only_where_they_are_on() {
    const PAGE: &str = "data:text/html,<meta charset=utf-8><p id=p>off</p><script>p.textContent='on'</script>";
    for (size, scripts) in ALL {
        let browser = Browser::open("", size, scripts).await;
        browser.visit(PAGE).await;
        let expected = if scripts == Scripts::On { "on" } else { "off" };
        assert_eq!(browser.text().await, expected, "{size:?} {scripts:?}");
    }
}

#[actix_web::test]
async fn axe_and_the_width_are_really_measured() {
    let city = city::fresh();
    let server = Server::of(&city);
    let browser = Browser::open(&server.url, Size::Phone, Scripts::On).await;
    browser.visit("/login").await;
    browser
        .run("document.querySelector('label[for=account]').remove(); document.getElementById('main').insertAdjacentHTML('beforeend', '<img src=\"/static/favicon.svg\" width=\"900\" height=\"9\">')")
        .await;
    let found = browser.axe().await;
    for rule in ["label ", "image-alt "] {
        assert!(found.iter().any(|line| line.starts_with(rule)), "{found:?}");
    }
    let wide = browser.run("return document.documentElement.scrollWidth").await;
    assert!(wide.as_u64() > Some(360), "{wide}");
    let picture = city.app.config.data_dir.join("page.png");
    browser.screenshot(&picture).await;
    let png = std::fs::read(&picture).expect("a picture");
    assert_eq!(png[16..20], 360u32.to_be_bytes());
}

#[actix_web::test]
async fn every_kind_of_field_is_filled_by_its_label() {
    const PAGE: &str = "data:text/html,<meta charset=utf-8><main><form>\
        <label for=a>标题</label><input id=a value=old><label for=b>说明（选填）</label><textarea id=b></textarea>\
        <label for=c>类别</label><select id=c><option>甲<option>乙</select><label for=d>日期</label><input id=d type=date>\
        <label><input type=radio name=r value=1>是</label><label><input type=radio name=r value=2 id=no>否</label>\
        <label for=e>同意</label><input type=checkbox id=e><details><summary>更多</summary>藏着的字</details></form></main>";
    for (size, scripts) in ALL {
        let browser = Browser::open("", size, scripts).await;
        browser.visit(PAGE).await;
        for (label, value) in [("标题", "新"), ("说明", "一行\n两行"), ("类别", "乙"), ("日期", "2022-06-09")]
        {
            browser.fill(label, value).await;
            assert_eq!(browser.value(label).await, value, "{size:?} {scripts:?}");
        }
        browser.choose("否").await;
        browser.choose("同意").await;
        for id in ["no", "e"] {
            let field = browser.client().find(Locator::Id(id)).await.expect("a field");
            assert!(field.is_selected().await.expect("a state"), "{id} {size:?} {scripts:?}");
        }
        let open = Locator::Css("details[open]");
        assert!(browser.client().find(open).await.is_err());
        browser.click("更多").await;
        browser.see("藏着的字").await;
        assert!(browser.client().find(open).await.is_ok());
    }
}
