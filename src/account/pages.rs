//! Signing in and out, changing one's own password.
use super::{password, query};
use crate::{
    access::Viewer,
    audit::{self, AuditAction, AuditActor},
    error::{Error, Invalid},
    form::{Form, UNWRITTEN},
    record,
    time::Time,
    web::{Answer, App, AppData, page, session, shell::Shell},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

#[derive(Template)]
#[template(path = "account/login.html")]
struct LoginPage {
    shell: Shell,
    invalid: Invalid,
    account: String,
    next: String,
    /// What was typed into a form whose session had ended: it was not written, and is shown to be copied.
    unwritten: Vec<String>,
    demo_accounts: std::sync::Arc<Vec<(String, String, String)>>,
}

fn login_page(app: &App, request: &HttpRequest, form: &Form, invalid: Invalid) -> LoginPage {
    LoginPage {
        shell: Shell::plain(request, None),
        invalid,
        account: form.text("account").to_owned(),
        next: form.text("next").to_owned(),
        unwritten: form.all(UNWRITTEN).map(str::to_owned).collect(),
        demo_accounts: app.demo_accounts.clone(),
    }
}

pub async fn login_form(app: AppData, request: HttpRequest, query: web::Query<Vec<(String, String)>>) -> Answer {
    let mut form = Form(query.into_inner());
    // A link puts no words into this page.
    form.0.retain(|(name, _)| name != UNWRITTEN);
    page::show(&login_page(&app, &request, &form, Invalid::default()))
}

/// The same page instead of the answer to a form whose session had ended; `form` is `Form::unwritten` and where to go.
pub fn expired(app: &App, request: &HttpRequest, form: &Form) -> Answer {
    page::with_status(StatusCode::UNAUTHORIZED, &login_page(app, request, form, Invalid::default()))
}

/// Only our own addresses: a sign-in never leads to another site.
fn safe_next(next: &str) -> &str {
    // Browsers drop tabs and line ends: `/<tab>/evil` is another site.
    let is_ours = next.starts_with('/') && !next.starts_with("//");
    if is_ours && !next.contains(|c: char| c == '\\' || c.is_control()) { next } else { "/" }
}

pub async fn login(app: AppData, request: HttpRequest, form: Form) -> Answer {
    let address = app.address(&request);
    let (account, password) = (form.text("account").to_owned(), form.text("password").to_owned());
    let mut invalid = Invalid::default();
    form.required("account", "请填写账号或手机号", &mut invalid);
    form.required("password", "请填写口令", &mut invalid);
    if !invalid.is_empty() {
        return page::refuse(&login_page(&app, &request, &form, invalid));
    }
    let counted = address.clone();
    if let Err(error) = app.db.write(move |conn| query::count_try(conn, &counted)).await {
        let (status, invalid) = page::to_mend(error)?;
        return page::with_status(status, &login_page(&app, &request, &form, invalid));
    }
    let wanted = account.clone();
    let user = app.db.read(move |conn| query::find_by_name(conn, &wanted)).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let right = web::block(move || password::verify(&password, stored.as_deref())).await.map_err(Error::internal)?;
    let outcome = app.db.write(move |conn| query::sign_in(conn, user.as_ref(), &account, right, &address)).await?;
    let why = match outcome {
        query::SignIn::Welcome(key) => {
            let mut response = page::see_other(safe_next(form.text("next")));
            response.add_cookie(&session::cookie(&app, &key)).map_err(Error::internal)?;
            return Ok(response);
        }
        query::SignIn::Wrong(left) => format!("账号或口令不正确，还可以再试 {left} 次"),
        query::SignIn::LockedUntil(until) => locked(until),
    };
    page::refuse(&login_page(&app, &request, &form, Invalid::one("password", why)))
}

fn locked(until: Time) -> String {
    format!("连续 5 次不正确，账号已锁定，{} 以后再试", crate::calendar::shanghai(until).format("%H:%M"))
}

pub async fn logout(app: AppData, request: HttpRequest, viewer: Viewer) -> Answer {
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let shown = viewer.account.clone();
    app.db
        .write(move |conn| {
            session::end(conn, &viewer.session)?;
            audit::append(conn, &actor, AuditAction::SignOut, &shown, "")
        })
        .await?;
    let mut response: HttpResponse = page::done("/login", "您已退出");
    response.add_cookie(&session::removal(&app)).map_err(Error::internal)?;
    Ok(response)
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    shell: Shell,
    invalid: Invalid,
    forced: bool,
}

pub async fn password_form(request: HttpRequest, viewer: Viewer) -> Answer {
    page::show(&PasswordPage {
        shell: Shell::plain(&request, Some(&viewer)),
        invalid: Invalid::default(),
        forced: viewer.must_change_password,
    })
}

pub async fn change_password(app: AppData, request: HttpRequest, viewer: Viewer, form: Form) -> Answer {
    let (old, new) = (form.text("old").to_owned(), form.text("new").to_owned());
    let mut invalid = Invalid::default();
    if let Some(why) = password::weakness(&new, &viewer.account) {
        invalid.add("new", why);
    } else if new != form.text("again") {
        invalid.add("again", "两次填写的新口令不一样");
    } else if new == old {
        invalid.add("new", "新口令不能和旧口令一样");
    }
    let id = viewer.id;
    let user = app.db.read(move |conn| query::find(conn, id)).await?;
    let is_locked = user.locked_until > Time::system();
    let (right, hash) = web::block(move || (password::verify(&old, Some(&user.password_hash)), password::hash(&new)))
        .await
        .map_err(Error::internal)?;
    let address = app.address(&request);
    if !right || is_locked {
        let outcome = app.db.write(move |conn| query::wrong_old_password(conn, id, &address)).await?;
        let left = match outcome {
            query::SignIn::LockedUntil(until) => locked(until),
            query::SignIn::Wrong(left) => format!("旧口令不正确，还可以再试 {left} 次"),
            query::SignIn::Welcome(_) => "旧口令不正确".to_owned(),
        };
        invalid.add("old", left);
    }
    if !invalid.is_empty() {
        let shell = Shell::plain(&request, Some(&viewer));
        return page::refuse(&PasswordPage { shell, invalid, forced: viewer.must_change_password });
    }
    let hash = hash?;
    let actor = AuditActor::of(&viewer, &app.address(&request));
    app.db
        .write(move |conn| {
            query::set_password(conn, viewer.id, &hash, false, Some(&viewer.session))?;
            record::append(conn, &viewer, "users", viewer.id, "修改口令", "")?;
            audit::append(conn, &actor, AuditAction::PasswordChanged, &viewer.account, "")
        })
        .await?;
    Ok(page::done("/", "口令已修改，其他地方的登录已全部退出"))
}
