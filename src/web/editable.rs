//! Records with a form of their own: opened anew, edited, ended with a reason, taken into use again. What a kind's form
//! shows and what its acts do is the kind's; how a form is sent once, comes back with what was typed when it is refused
//! or somebody was faster, and is answered, is the same for all of them and stands here.
use super::{Answer, App, AppData, page, shell::Frame};
use crate::{
    access::{Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
    time::Time,
};
use actix_web::{HttpRequest, http::StatusCode, web};
use askama::Template;
use chrono::NaiveDate;

/// Who is at the form of which record, and when.
pub struct At {
    pub frame: Frame,
    pub viewer: Viewer,
    pub scope: Scope,
    /// None: a new one.
    pub id: Option<i64>,
    pub now: Time,
}

impl At {
    fn of(app: &App, request: &HttpRequest, viewer: Viewer, scope: Scope, id: Option<i64>) -> Self {
        Self { frame: Frame::of(app, request), viewer, scope, id, now: app.now() }
    }
    pub fn today(&self) -> NaiveDate {
        shanghai_date(self.now)
    }
    /// What was done to the record, the newest first.
    pub fn history<K: Editable>(&self, conn: &mut Conn) -> Result<Vec<RecordEvent>> {
        self.id.map_or_else(|| Ok(Vec::new()), |id| record::history(conn, K::TABLE, id))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Save,
    End,
    Resume,
}

/// A form that came back.
pub struct Typed {
    act: Act,
    form: Form,
    invalid: Invalid,
    stale: bool,
}

/// What the form shows.
pub struct Shown {
    pub form: Form,
    pub invalid: Invalid,
    /// What others did since the form was opened, when they were faster.
    pub meanwhile: Option<Vec<RecordEvent>>,
}

impl Shown {
    /// `kept`: the record as it is, with its version if it has one. `changes`: one for each version, the newest first.
    pub fn of<'a>(kept: Form, typed: Option<Typed>, changes: impl Iterator<Item = &'a RecordEvent>) -> Self {
        let mut shown = Self { form: kept, invalid: Invalid::default(), meanwhile: None };
        let Some(Typed { act, form, invalid, stale }) = typed else { return shown };
        shown.invalid = invalid;
        // The reason alone was typed: the other form stays as it is.
        if act != Act::Save {
            shown.form.set("reason", form.text("reason"));
            return shown;
        }
        let version = |form: &Form| form.parse::<i64>("version").unwrap_or(0);
        let newer = version(&shown.form) - version(&form);
        let now = std::mem::replace(&mut shown.form, form);
        if stale && newer > 0 {
            shown.invalid = Invalid::default();
            shown.meanwhile = Some(changes.take(newer as usize).cloned().collect());
            shown.form.set("version", now.text("version"));
        }
        shown
    }
}

pub trait Editable: 'static {
    type Page: Template + Send + 'static;
    /// Where its history is kept, and the name of the list: a record's address is below it.
    const TABLE: &'static str;
    fn page(conn: &mut Conn, at: &At, typed: Option<Typed>) -> Result<Self::Page>;
    /// Opens the new one, or saves the one that is there; its id.
    fn save(conn: &mut Conn, at: &At, form: &Form) -> Result<i64>;
    /// The last day of its validity, or none.
    fn set_end(conn: &mut Conn, at: &At, id: i64, on: Option<NaiveDate>) -> Result<()>;

    fn end(conn: &mut Conn, at: &At, id: i64, form: &Form) -> Result<()> {
        let why = reason(form, "请填写停止使用的原因")?;
        Self::set_end(conn, at, id, Some(at.today()))?;
        record::append(conn, &at.viewer, Self::TABLE, id, "停止使用", &why)
    }
    fn resume(conn: &mut Conn, at: &At, id: i64, _: &Form) -> Result<()> {
        Self::set_end(conn, at, id, None)?;
        record::append(conn, &at.viewer, Self::TABLE, id, "恢复使用", "")
    }
}

fn done<K: Editable>(conn: &mut Conn, at: &At, act: Act, form: &Form) -> Result<String> {
    let id = match (act, at.id) {
        (Act::Save, _) => K::save(conn, at, form)?,
        (_, None) => return Err(Error::NotFound),
        (Act::End, Some(id)) => K::end(conn, at, id, form).map(|()| id)?,
        (Act::Resume, Some(id)) => K::resume(conn, at, id, form).map(|()| id)?,
    };
    Ok(format!("/{}/{id}", K::TABLE))
}

/// Why it is ended, or taken into use again.
pub fn reason(form: &Form, missing: &str) -> Result<String> {
    let mut invalid = Invalid::default();
    let reason = form.required("reason", missing, &mut invalid);
    form.limited("reason", 200, &mut invalid);
    invalid.check()?;
    Ok(reason)
}

async fn form_of<K: Editable>(app: &App, at: At) -> Answer {
    page::show(&app.db.read(move |conn| K::page(conn, &at, None)).await?)
}

async fn perform<K: Editable>(app: &App, request: &HttpRequest, at: At, act: Act, form: Form) -> Answer {
    let back = At::of(app, request, at.viewer.clone(), at.scope, at.id);
    let typed = form.clone();
    let result = app.db.write(move |conn| once::once(conn, &typed, |conn| done::<K>(conn, &at, act, &typed)));
    let error = match (result.await, act) {
        (Ok(location), Act::Save) => return Ok(page::done(location, "已保存")),
        (Ok(location), Act::End) => return Ok(page::done(location, "已停止使用")),
        (Ok(location), Act::Resume) => return Ok(page::done(location, "已恢复使用")),
        (Err(error), _) => error,
    };
    let (status, invalid) = page::to_mend(error)?;
    let typed = Typed { act, form, invalid, stale: status == StatusCode::CONFLICT };
    page::with_status(status, &app.db.read(move |conn| K::page(conn, &back, Some(typed))).await?)
}

pub async fn new_form<K: Editable>(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope) -> Answer {
    form_of::<K>(&app, At::of(&app, &request, viewer, scope, None)).await
}

pub async fn form<K: Editable>(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
) -> Answer {
    form_of::<K>(&app, At::of(&app, &request, viewer, scope, Some(*id))).await
}

pub async fn add<K: Editable>(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, form: Form) -> Answer {
    let at = At::of(&app, &request, viewer, scope, None);
    perform::<K>(&app, &request, at, Act::Save, form).await
}

macro_rules! acts {
    ($($name:ident does $act:expr;)+) => {$(
        pub async fn $name<K: Editable>(
            app: AppData,
            request: HttpRequest,
            viewer: Viewer,
            scope: Scope,
            id: web::Path<i64>,
            form: Form,
        ) -> Answer {
            let at = At::of(&app, &request, viewer, scope, Some(*id));
            perform::<K>(&app, &request, at, $act, form).await
        }
    )+};
}
acts! {
    edit does Act::Save;
    end does Act::End;
    resume does Act::Resume;
}
