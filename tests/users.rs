//! Opening accounts: by the system administrator, without rights, the password shown once.
use crate::support::{
    city::{self, ERQI, GROUP_ONE, id_of},
    desk::{Desk, Page},
};

async fn open_account(desk: &mut Desk, filled: &[(&str, &str)]) -> Page {
    let form = desk.open("/users/new").await;
    desk.submit(&form, "/users", filled).await
}

#[actix_web::test]
async fn an_account_is_opened_without_a_role_and_its_password_shown_once() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    let form = desk.open("/users/new").await;
    let area = ERQI.to_string();
    let filled = [("account", "New.One"), ("name", "许新人"), ("phone", "138 1234 5678"), ("area", area.as_str())];
    // The same form, as a double tap sends it: with the same once-token.
    let mut fields = form.fields("/users");
    for (name, value) in filled {
        fields.retain(|(field, _)| field != name);
        fields.push((name.into(), value.into()));
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let shown = desk.post("/users", &fields).await.is(200);
    let password = shown.texts("#first-password").remove(0);
    let again = desk.post("/users", &fields).await.is(303);
    let page = desk.follow(&again).await;
    assert!(!page.html().contains(&password));
    assert!(page.says("只显示一次"), "{}", page.text());
    assert!(page.says("138****5678") && !page.html().contains("13812345678"));
    assert_eq!(desk.open("/users?q=new.one").await.texts("tbody th"), ["new.one"]);

    let mut newcomer = city.street();
    let form = newcomer.open("/login").await;
    let by_phone = [("account", "13812345678"), ("password", password.as_str())];
    newcomer.submit(&form, "/login", &by_phone).await.is(303);
    let forced = newcomer.get("/users").await.is(303);
    assert_eq!(forced.location.as_deref(), Some("/password"));
    let form = newcomer.open("/password").await;
    let new = [("old", password.as_str()), ("new", "My-own-words-26"), ("again", "My-own-words-26")];
    newcomer.submit(&form, "/password", &new).await.is(303);
    for path in ["/users", "/rights", "/audit"] {
        newcomer.get(path).await.is(403);
    }
}

#[actix_web::test]
async fn a_wrong_form_comes_back_with_the_typed_text() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    for (filled, field) in [
        ([("account", "13812345678"), ("name", "某人"), ("phone", "")], "account"),
        ([("account", "有汉字"), ("name", "某人"), ("phone", "")], "account"),
        ([("account", "city1"), ("name", "某人"), ("phone", "")], "account"),
        ([("account", "fine"), ("name", ""), ("phone", "")], "name"),
        ([("account", "fine"), ("name", "某人"), ("phone", "12345")], "phone"),
        ([("account", "fine"), ("name", "某人"), ("phone", "13900000001")], "phone"),
    ] {
        let refused = open_account(&mut desk, &filled).await.is(422);
        assert!(refused.texts(&format!(".error-summary a[href='#{field}']")).len() == 1, "{filled:?}");
        assert_eq!(refused.attribute("#account", "value").as_deref(), Some(filled[0].1));
    }
    let unknown = [("account", "fine"), ("name", "某人"), ("enterprise", "没有这家公司")];
    open_account(&mut desk, &unknown).await.is(422);
    assert_eq!(desk.open("/users?q=fine").await.texts("tbody th").len(), 0);
}

#[actix_web::test]
async fn editing_moves_nobody_who_has_a_role() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    let path = format!("/users/{}", id_of("erqi"));
    let form = desk.open(&path).await;
    let renamed = desk.submit(&form, &path, &[("name", "赵改名")]).await.is(303);
    let page = desk.follow(&renamed).await;
    assert!(page.says("赵二七 → 赵改名"));
    // From a county's office to the city's: more rights, and not for the one who opens accounts to give.
    let moved = desk.submit(&page, &path, &[("area", "1")]).await.is(422);
    assert!(moved.says("收回角色"));
    // A form older than the last change is refused.
    desk.submit(&form, &path, &[("name", "赵又改"), ("once", "")]).await.is(409);
    // The role cannot be smuggled in.
    let path = format!("/users/{}", id_of("nobody"));
    let form = desk.open(&path).await;
    let group = GROUP_ONE.to_string();
    desk.submit(&form, &path, &[("group", &group), ("role", "dispatcher")]).await.is(303);
    let page = desk.open("/users?q=nobody").await;
    assert_eq!(page.texts("tbody td")[2], "未授权");
    assert!(page.says("二七区第一工作组"));
}

#[actix_web::test]
async fn only_the_system_administrator_opens_accounts() {
    let city = city::fresh();
    for account in ["city1", "secadmin", "auditadmin", "mill", "nobody"] {
        let mut desk = city.desk(account).await;
        desk.get("/users").await.is(403);
        desk.get("/users/new").await.is(403);
        desk.post("/users", &[("account", "sneaky"), ("name", "某人")]).await.is(403);
        desk.post(&format!("/users/{}", id_of("city1")), &[("name", "某人")]).await.is(403);
    }
    city.street().get("/users").await.is(303);
    let mut desk = city.desk("sysadmin").await;
    assert_eq!(desk.open("/users?q=sneaky").await.texts("tbody th").len(), 0);
}

#[actix_web::test]
async fn the_list_turns_its_pages_both_ways() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    for i in 0..5 {
        let account = format!("extra{i}");
        open_account(&mut desk, &[("account", &account), ("name", "临时")]).await.is(200);
    }
    let first = desk.open("/users?size=20").await;
    assert_eq!(first.texts("tbody th").len(), 20);
    assert_eq!(first.texts("tbody th")[0], "extra4");
    assert!(first.says("共 23 个账号"));
    let next = first.attribute("a[rel=next]", "href").expect("a next page");
    let second = desk.open(&next).await;
    assert_eq!(second.texts("tbody th").len(), 3);
    assert!(second.attribute("a[rel=next]", "href").is_none());
    let back = second.attribute("a[rel=prev]", "href").expect("a page before");
    assert_eq!(desk.open(&back).await.texts("tbody th"), first.texts("tbody th"));
    let last = first.texts(".pager .far a");
    assert_eq!(last, ["末页"]);
    // What has a meaning in LIKE is only text here.
    assert_eq!(desk.open("/users?q=%25").await.texts("tbody th").len(), 0);
    assert_eq!(desk.open("/users?q=EXTRA3").await.texts("tbody th"), ["extra3"]);
    assert_eq!(desk.open("/users?standing=cadre").await.texts("tbody th"), ["cadre2", "cadre1"]);
}
