//! Granting and withdrawing rights: by the security administrator, audited, effective at once.
use crate::support::{
    city::{self, City, PASSWORD, id_of},
    desk::Page,
};
use diesel::prelude::*;
use zhuqi::{
    audit::{AuditAction, AuditEvent},
    schema::audit_events,
};

/// (action, object, detail) of one account's audited deeds, oldest first.
async fn audited(city: &City, account: &str) -> Vec<(AuditAction, String, String)> {
    let id = id_of(account);
    let read = city.app.db.read(move |conn| {
        let rows: Vec<AuditEvent> = audit_events::table
            .filter(audit_events::actor_id.eq(id))
            .order(audit_events::id)
            .select(AuditEvent::as_select())
            .load(conn)?;
        Ok(rows.into_iter().map(|row| (row.action, row.object, row.detail)).collect())
    });
    read.await.expect("reads")
}

#[actix_web::test]
async fn a_role_needs_the_place_it_is_for() {
    let city = city::fresh();
    let mut desk = city.desk("secadmin").await;
    let path = format!("/rights/{}", id_of("nobody"));
    let grant = format!("{path}/role");
    let form = desk.open(&path).await;
    for (role, why) in [
        ("handler", "要有单位"),
        ("cadre", "要有工作组"),
        ("group_leader", "要有工作组"),
        ("enterprise", "要有企业"),
        ("superuser", "请选择角色"),
        ("", "请选择角色"),
    ] {
        let refused = desk.submit(&form, &grant, &[("role", role)]).await.is(422);
        assert!(refused.says(why), "{role}: {}", refused.text());
    }
    assert!(audited(&city, "secadmin").await.is_empty());
    let granted = desk.submit(&form, &grant, &[("role", "dispatcher")]).await.is(303);
    assert!(desk.follow(&granted).await.says("未授权 → 调度员（二七区）"));
    let events = audited(&city, "secadmin").await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0, events[0].1.as_str()), (AuditAction::RightsChanged, "nobody"));
    assert!(events[0].2.contains("调度员"));
}

/// What the question's page and its button do.
async fn act(city: &City, account: &str, act: &str) -> Page {
    let mut desk = city.desk("secadmin").await;
    let path = format!("/rights/{}/{act}", id_of(account));
    let question = desk.open(&path).await;
    assert!(question.texts("h1")[0].ends_with('？'));
    desk.submit(&question, &path, &[]).await
}

#[actix_web::test]
async fn what_takes_something_away_ends_the_sessions() {
    let city = city::fresh();
    for deed in ["withdraw", "disable", "password", "sessions"] {
        let account = ["city1", "city2", "erqi", "zhengdong"]
            [["withdraw", "disable", "password", "sessions"].iter().position(|d| *d == deed).expect("listed")];
        let mut victim = city.desk(account).await;
        victim.open("/password").await;
        let answer = act(&city, account, deed).await;
        assert!(matches!(answer.status.as_u16(), 200 | 303), "{deed} {}", answer.text());
        victim.get("/password").await.is(303);
        let events = audited(&city, "secadmin").await;
        assert_eq!(events.last().expect("audited").1, account, "{deed}");
    }
    assert_eq!(audited(&city, "secadmin").await.len(), 4);
    assert_eq!(audited(&city, "secadmin").await[0].0, AuditAction::RightsChanged);
    assert_eq!(audited(&city, "secadmin").await[1].0, AuditAction::AccountChanged);
}

#[actix_web::test]
async fn a_disabled_account_cannot_sign_in_until_it_is_enabled() {
    let city = city::fresh();
    act(&city, "city1", "disable").await.is(303);
    let fields = [("account", "city1"), ("password", PASSWORD)];
    let mut desk = city.street();
    desk.post("/login", &fields).await.is(422);
    let mut admin = city.desk("secadmin").await;
    // Disabled twice, or enabled when it is not disabled: a stale page.
    admin.get(&format!("/rights/{}/disable", id_of("city1"))).await.is(409);
    act(&city, "city1", "enable").await.is(303);
    desk.post("/login", &fields).await.is(303);
}

#[actix_web::test]
async fn a_reset_password_is_shown_once_and_must_be_changed() {
    let city = city::fresh();
    let shown = act(&city, "city1", "password").await.is(200);
    let password = shown.texts("#first-password").remove(0);
    let mut desk = city.street();
    desk.post("/login", &[("account", "city1"), ("password", PASSWORD)]).await.is(422);
    desk.post("/login", &[("account", "city1"), ("password", &password)]).await.is(303);
    let forced = desk.get("/users").await.is(303);
    assert_eq!(forced.location.as_deref(), Some("/password"));
    let page = city.desk("secadmin").await.open(&format!("/rights/{}", id_of("city1"))).await;
    assert!(!page.html().contains(&password));
}

#[actix_web::test]
async fn nobody_changes_his_own_rights() {
    let city = city::fresh();
    let mut desk = city.desk("secadmin").await;
    let own = format!("/rights/{}", id_of("secadmin"));
    let page = desk.open(&own).await;
    assert!(page.says("另一位安全管理员") && !page.html().contains(&format!("action=\"{own}")));
    desk.post(&format!("{own}/role"), &[("role", "sysadmin"), ("version", "1")]).await.is(422);
    for act in ["withdraw", "disable", "password", "sessions"] {
        desk.get(&format!("{own}/{act}")).await.is(422);
        desk.post(&format!("{own}/{act}"), &[]).await.is(422);
    }
    desk.get(&format!("{own}/promote")).await.is(404);
    desk.open(&own).await;
    assert!(audited(&city, "secadmin").await.is_empty());
}

#[actix_web::test]
async fn only_the_security_administrator_grants_rights() {
    let city = city::fresh();
    let path = format!("/rights/{}", id_of("nobody"));
    for account in ["city1", "sysadmin", "auditadmin", "mill", "nobody"] {
        let mut desk = city.desk(account).await;
        desk.get("/rights").await.is(403);
        desk.get(&path).await.is(403);
        desk.post(&format!("{path}/role"), &[("role", "dispatcher"), ("version", "1")]).await.is(403);
        desk.post(&format!("{path}/disable"), &[]).await.is(403);
        assert_eq!(audited(&city, account).await.len(), 4, "refusals are audited");
    }
    let page = city.desk("secadmin").await.open(&path).await;
    assert_eq!(page.texts(".facts dd")[0], "未授权");
}

#[actix_web::test]
async fn a_locked_account_is_shown_as_locked_and_can_be_unlocked() {
    let city = city::fresh();
    let mut street = city.street();
    for _ in 0..5 {
        street.post("/login", &[("account", "city1"), ("password", "wrong")]).await.is(422);
    }
    let right = [("account", "city1"), ("password", PASSWORD)];
    street.post("/login", &right).await.is(422);
    let mut admin = city.desk("secadmin").await;
    let path = format!("/rights/{}", id_of("city1"));
    let page = admin.open(&path).await;
    let standing = page.texts(".facts dd").pop().expect("a standing");
    let hour = standing.strip_prefix("锁定至 ").expect("locked");
    assert!(hour.len() == 5 && hour.as_bytes()[2] == b':', "{standing}");
    assert!(admin.open("/rights?q=city1").await.texts("tbody td").contains(&standing));
    assert!(page.says("解除锁定…"));
    act(&city, "city1", "unlock").await.is(303);
    let page = admin.open(&path).await;
    assert_eq!(page.texts(".facts dd").pop().as_deref(), Some("正常"));
    assert_eq!(page.texts("[aria-label=变动记录列表] tbody th"), ["解除锁定"]);
    let events = audited(&city, "secadmin").await;
    assert_eq!(events, [(AuditAction::AccountChanged, "city1".to_owned(), "解除锁定".to_owned())]);
    // Not twice, and not who is not locked.
    assert!(!page.says("解除锁定…"));
    admin.get(&format!("{path}/unlock")).await.is(409);
    street.post("/login", &right).await.is(303);
}
