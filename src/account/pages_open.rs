//! Opening and keeping accounts. Rights are not given here: that is another administrator's work (`pages_rights`).
use super::{User, pages_once, password, query, roster};
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "account/edit.html")]
struct EditPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    /// None while it is being opened.
    user: Option<User>,
    areas: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    units: Vec<(String, String)>,
    events: Vec<RecordEvent>,
}

impl EditPage {
    fn load(
        conn: &mut crate::db::Conn,
        frame: &Frame,
        viewer: &Viewer,
        id: Option<i64>,
        typed: Option<(Form, Invalid)>,
    ) -> Result<Self> {
        let user = id.map(|id| query::find(conn, id)).transpose()?;
        let here = user.as_ref().map_or("开设一个账号", |user| user.account.as_str());
        let shell = Shell::load(conn, frame, viewer, &[("开设账号", Some("/users")), (here, None)])?;
        let directory = directory::current(conn)?;
        let (form, invalid) = match (typed, &user) {
            (Some(typed), _) => typed,
            (None, Some(user)) => {
                (shown(user, &roster::enterprise_name(conn, user.enterprise_id)?), Invalid::default())
            }
            (None, None) => Default::default(),
        };
        let events = match id {
            Some(id) => record::history(conn, "users", id)?,
            None => Vec::new(),
        };
        Ok(Self {
            shell,
            invalid,
            form,
            user,
            areas: pairs(directory.areas.iter().filter(|a| a.valid_until.is_none()).map(|a| (a.id, &a.name))),
            groups: pairs(directory.groups.iter().filter(|g| g.valid_until.is_none()).map(|g| (g.id, &g.name))),
            units: pairs(directory.valid_units().map(|unit| (unit.id, &unit.name))),
            events,
        })
    }
}

fn pairs<'a>(rows: impl Iterator<Item = (i64, &'a String)>) -> Vec<(String, String)> {
    rows.map(|(id, name)| (id.to_string(), name.clone())).collect()
}

/// The form of an account as it is. The phone is not among it: an empty field leaves it alone.
fn shown(user: &User, enterprise: &str) -> Form {
    let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let fields = [
        ("name", user.name.clone()),
        ("area", id(user.area_id)),
        ("group", id(user.group_id)),
        ("unit", id(user.unit_id)),
        ("enterprise", enterprise.to_owned()),
        ("version", user.version.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub async fn open_form(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    let read = app.db.read(move |conn| EditPage::load(conn, &frame, &viewer, None, None));
    page::show(&read.await?)
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    let read = app.db.read(move |conn| EditPage::load(conn, &frame, &viewer, Some(*id), None));
    page::show(&read.await?)
}

/// What the form says of name, phone and belonging, put into the account. A new phone replaces the old one.
fn fill(conn: &mut crate::db::Conn, directory: &Directory, form: &Form, user: &mut User) -> Result<()> {
    let mut invalid = Invalid::default();
    user.name = form.required("name", "请填写姓名", &mut invalid);
    form.limited("name", 30, &mut invalid);
    let phone: String = form.text("phone").chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if form.has("no_phone") {
        user.phone = None;
    } else if phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|byte| byte.is_ascii_digit()) {
        user.phone = Some(phone);
    } else if !phone.is_empty() {
        invalid.add("phone", "手机号是 1 开头的 11 位数字");
    }
    let before = (user.area_id, user.group_id, user.unit_id, user.enterprise_id);
    let mut belonging = |field: &str, known: &dyn Fn(i64) -> bool| -> Option<i64> {
        let id = form.parse(field).filter(|id| known(*id));
        if id.is_none() && form.has(field) {
            invalid.add(field, "请从名单里选");
        }
        id
    };
    user.area_id = belonging("area", &|id| directory.area(id).is_some());
    user.group_id = belonging("group", &|id| directory.group(id).is_some());
    user.unit_id = belonging("unit", &|id| directory.unit(id).is_some());
    user.enterprise_id = None;
    if form.has("enterprise") {
        match roster::find_enterprise(conn, form.text("enterprise")) {
            Ok(id) => user.enterprise_id = Some(id),
            Err(Error::Invalid(found)) => invalid.0.extend(found.0),
            Err(error) => return Err(error),
        }
    }
    // Whoever has a role acts for where he belongs: to move him is to change his rights.
    if user.role.is_some() && before != (user.area_id, user.group_id, user.unit_id, user.enterprise_id) {
        let why = "这个账号已有角色，辖区、工作组、单位和企业决定它的权限范围；请先由安全管理员收回角色，改好后再授予";
        invalid.add("area", why);
    }
    invalid.check()
}

pub async fn open(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, form: Form) -> Answer {
    let mut invalid = Invalid::default();
    let account = form.required("account", "请填写账号", &mut invalid).to_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    if invalid.is_empty() && !((2..=32).contains(&account.len()) && account.chars().all(allowed)) {
        invalid.add("account", "账号是 2 到 32 个小写字母、数字、点、横线或下划线");
    } else if account.len() == 11 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        invalid.add("account", "账号不能像手机号，手机号请填在下面一栏");
    }
    let first = password::random();
    let hashed = first.clone();
    let password_hash = web::block(move || password::hash(&hashed)).await.map_err(Error::internal)??;
    let (actor, opener, typed) = (AuditActor::of(&viewer, &app.address(&request)), viewer.clone(), form.clone());
    let today = app.today();
    let refused = invalid.clone();
    let opened = app.db.write(move |conn| {
        let directory: Arc<Directory> = directory::current(conn)?;
        let mut made = None;
        let location = once::once(conn, &typed, |conn| {
            let mut user = User {
                id: crate::key::fresh(Time::system()),
                account: account.clone(),
                phone: None,
                name: String::new(),
                password_hash: password_hash.clone(),
                must_change_password: true,
                role: None,
                area_id: None,
                group_id: None,
                unit_id: None,
                enterprise_id: None,
                failures: 0,
                locked_until: Time(0),
                disabled: false,
                valid_from: today,
                valid_until: None,
                version: 1,
            };
            let mut found = refused.clone();
            match fill(conn, &directory, &typed, &mut user).and_then(|()| found.clone().check()) {
                Ok(()) => {}
                Err(Error::Invalid(more)) => {
                    found.0.extend(more.0.into_iter().filter(|(id, _)| id != "account"));
                    return Err(found.into());
                }
                Err(error) => return Err(error),
            }
            roster::insert(conn, &user)?;
            let belongs = user.belongs(&directory, typed.text("enterprise"));
            record::append(conn, &opener, "users", user.id, "开设账号", &belongs)?;
            audit::append(
                conn,
                &actor,
                AuditAction::AccountChanged,
                &user.account,
                &format!("开设账号 {}", user.name),
            )?;
            let location = format!("/users/{}", user.id);
            made = Some(user);
            Ok(location)
        })?;
        Ok((made, location))
    });
    match opened.await {
        Ok((Some(user), location)) => {
            pages_once::show_password(&app, &request, viewer, user, first, "账号已开设", location).await
        }
        // Sent twice: the password was in the first answer and is in no other.
        Ok((None, location)) => Ok(page::done(location, "账号已开设。初始口令只显示一次，没有记下就请安全管理员重置")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let frame = Frame::of(&app, &request);
            let typed = Some((form, invalid));
            let read = app.db.read(move |conn| EditPage::load(conn, &frame, &viewer, None, typed));
            page::with_status(status, &read.await?)
        }
    }
}

pub async fn edit(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let (id, today) = (*id, app.clock.today());
    let (actor, editor, typed) = (AuditActor::of(&viewer, &app.address(&request)), viewer.clone(), form.clone());
    let saved = app.db.write(move |conn| {
        once::once(conn, &typed, |conn| {
            let directory = directory::current(conn)?;
            let before = query::find(conn, id)?;
            let mut after = before.clone();
            fill(conn, &directory, &typed, &mut after)?;
            after.version = typed.parse("version").unwrap_or(0);
            roster::update(conn, &after, today)?;
            let was = before.belongs(&directory, &roster::enterprise_name(conn, before.enterprise_id)?);
            let is = after.belongs(&directory, &roster::enterprise_name(conn, after.enterprise_id)?);
            let detail = record::changes(&[
                ("姓名", &before.name, &after.name),
                ("手机号", &before.masked_phone(), &after.masked_phone()),
                ("所属", &was, &is),
            ]);
            record::append(conn, &editor, "users", id, "修改账号", &detail)?;
            audit::append(conn, &actor, AuditAction::AccountChanged, &before.account, &format!("修改账号 {detail}"))?;
            Ok(format!("/users/{id}"))
        })
    });
    match saved.await {
        Ok(location) => Ok(page::done(location, "已保存")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let frame = Frame::of(&app, &request);
            let typed = Some((form, invalid));
            let read = app.db.read(move |conn| EditPage::load(conn, &frame, &viewer, Some(id), typed));
            page::with_status(status, &read.await?)
        }
    }
}
