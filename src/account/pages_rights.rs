//! Granting and withdrawing rights, disabling, resetting passwords, ending sessions. Nobody changes his own account
//! here, every change is audited, and what takes something away asks first.
use super::{
    User,
    act::{Act, lack},
    pages_once, password, query, roster,
};
use crate::{
    access::{Role, Scope, Viewer},
    assignment,
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
    web::{
        Answer, App, AppData, page, session,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

/// An administrator's rights are another's matter.
fn not_oneself(viewer: &Viewer, user: &User) -> Result<()> {
    if viewer.id == user.id {
        return Err(Error::refused("不能变更自己的账号，请另一位安全管理员办理"));
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "account/rights.html")]
struct RightsPage {
    shell: Shell,
    invalid: Invalid,
    user: User,
    belongs: String,
    chosen: String,
    roles: Vec<(String, String)>,
    is_self: bool,
    acts: Vec<Act>,
    events: Vec<RecordEvent>,
}

fn load(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    id: i64,
    typed: Option<(String, Invalid)>,
) -> Result<RightsPage> {
    let user = query::find(conn, id)?;
    let crumbs = [("权限管理", Some("/rights")), (user.account.as_str(), None)];
    let shell = Shell::load(conn, frame, viewer, &crumbs)?;
    let directory = directory::current(conn)?;
    let belongs = user.belongs(&directory, &roster::enterprise_name(conn, user.enterprise_id)?);
    let (chosen, invalid) = typed.unwrap_or_default();
    Ok(RightsPage {
        shell,
        invalid,
        belongs,
        chosen,
        roles: Role::ALL.iter().map(|role| (role.as_str().into(), role.label().into())).collect(),
        is_self: viewer.id == id,
        acts: Act::ALL.iter().copied().filter(|act| act.fits(&user)).collect(),
        events: record::history(conn, "users", id)?,
        user,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    let read = app.db.read(move |conn| load(conn, &frame, &viewer, *id, None));
    page::show(&read.await?)
}

/// One change by one administrator: saved, written into the account's history and audited.
struct Change {
    viewer: Viewer,
    actor: AuditActor,
    kind: AuditAction,
    on: NaiveDate,
}

impl Change {
    fn by(app: &App, request: &HttpRequest, viewer: &Viewer, kind: AuditAction) -> Self {
        let actor = AuditActor::of(viewer, &app.address(request));
        Self { viewer: viewer.clone(), actor, kind, on: app.clock.today() }
    }
    fn note(&self, conn: &mut Conn, user: &User, action: &'static str, detail: &str) -> Result<()> {
        record::append(conn, &self.viewer, "users", user.id, action, detail)?;
        let words = format!("{action} {detail}");
        audit::append(conn, &self.actor, self.kind, &user.account, words.trim())
    }
}

/// Gives the one role. The account's sessions end, since each has the old rights.
pub async fn grant(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let id = *id;
    let change = Change::by(&app, &request, &viewer, AuditAction::RightsChanged);
    let typed = form.clone();
    let granted = app.db.write(move |conn| {
        once::once(conn, &typed, |conn| {
            let mut user = query::find(conn, id)?;
            not_oneself(&change.viewer, &user)?;
            let Some(role) = Role::parse(typed.text("role")) else {
                return Err(Invalid::one("role", "请选择角色").into());
            };
            if let Some(why) = lack(role, &user) {
                let why = format!("{why}，请先由系统管理员在“开设账号”里填写");
                return Err(Invalid::one("role", why).into());
            }
            let before = user.role_label();
            user.role = Some(role);
            user.version = typed.parse("version").unwrap_or(0);
            roster::update(conn, &user, change.on)?;
            session::end_all(conn, id, None)?;
            let directory = directory::current(conn)?;
            let belongs = user.belongs(&directory, &roster::enterprise_name(conn, user.enterprise_id)?);
            change.note(conn, &user, "授予角色", &format!("{before} → {}（{belongs}）", role.label()))?;
            Ok(format!("/rights/{id}"))
        })
    });
    match granted.await {
        Ok(location) => Ok(page::done(location, "角色已授予，对方须重新登录")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let frame = Frame::of(&app, &request);
            let typed = Some((form.text("role").to_owned(), invalid));
            let read = app.db.read(move |conn| load(conn, &frame, &viewer, id, typed));
            page::with_status(status, &read.await?)
        }
    }
}

#[derive(Template)]
#[template(path = "account/ask.html")]
struct AskPage {
    shell: Shell,
    act: Act,
    user: User,
    belongs: String,
    /// Companies that the person still holds, where the act takes the work away.
    held: i64,
}

fn act_of(word: &str) -> Result<Act> {
    Act::ALL.iter().copied().find(|act| act.as_str() == word).ok_or(Error::NotFound)
}

/// The question before the deed.
pub async fn ask(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    path: web::Path<(i64, String)>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let (id, word) = path.into_inner();
    let act = act_of(&word)?;
    let read = app.db.read(move |conn| {
        let page = load(conn, &frame, &viewer, id, None)?;
        not_oneself(&viewer, &page.user)?;
        if !act.fits(&page.user) {
            return Err(Error::Conflict(format!("这个账号现在不能{}", act.label())));
        }
        let held = match act {
            Act::Withdraw | Act::Disable => assignment::query::count_held(conn, id)?,
            _ => 0,
        };
        Ok(AskPage { shell: page.shell, act, user: page.user, belongs: page.belongs, held })
    });
    page::show(&read.await?)
}

pub async fn act(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    path: web::Path<(i64, String)>,
    form: Form,
) -> Answer {
    let (id, word) = path.into_inner();
    let act = act_of(&word)?;
    let kind = match act {
        Act::Withdraw => AuditAction::RightsChanged,
        _ => AuditAction::AccountChanged,
    };
    let change = Change::by(&app, &request, &viewer, kind);
    let first = password::random();
    let password_hash = match act {
        Act::Password => {
            let hashed = first.clone();
            web::block(move || password::hash(&hashed)).await.map_err(Error::internal)??
        }
        _ => String::new(),
    };
    let done = app.db.write(move |conn| {
        let mut reset = None;
        let location = once::once(conn, &form, |conn| {
            let mut user = query::find(conn, id)?;
            not_oneself(&change.viewer, &user)?;
            if !act.fits(&user) {
                return Err(Error::Conflict(format!("这个账号现在不能{}", act.label())));
            }
            let before = user.role_label();
            let detail = match act {
                Act::Withdraw => {
                    user.role = None;
                    before.to_owned()
                }
                Act::Disable | Act::Enable => {
                    user.disabled = act == Act::Disable;
                    String::new()
                }
                Act::Password => {
                    query::set_password(conn, id, &password_hash, true, None)?;
                    String::new()
                }
                Act::Unlock => {
                    query::unlock(conn, id)?;
                    String::new()
                }
                Act::Sessions => String::new(),
            };
            if matches!(act, Act::Withdraw | Act::Disable | Act::Enable) {
                roster::update(conn, &user, change.on)?;
            }
            if !matches!(act, Act::Enable | Act::Unlock) {
                session::end_all(conn, id, None)?;
            }
            change.note(conn, &user, act.label(), &detail)?;
            reset = Some(user);
            Ok(format!("/rights/{id}"))
        })?;
        Ok((reset, location))
    });
    match (act, done.await?) {
        (Act::Password, (Some(user), location)) => {
            pages_once::show_password(&app, &request, viewer, user, first, "口令已重置", location).await
        }
        (Act::Password, (None, location)) => {
            Ok(page::done(location, "口令已重置。新口令只显示一次，没有记下就再重置一次"))
        }
        (_, (_, location)) => Ok(page::done(location, &format!("已{}", act.label()))),
    }
}
