//! Correcting a visit: the day, how it was made, who came along, what was said. Another company is another visit: void
//! this one and record that.
use super::{
    COMPANIONS_MOST, NOTE_MOST, Visit,
    pages_new::{manners, refuse_day},
    query::{self, VisitRow},
};
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    enterprise,
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

#[derive(Template)]
#[template(path = "visit/edit.html")]
struct EditPage {
    shell: Shell,
    row: VisitRow,
    manners: Vec<(String, String)>,
    form: Form,
    invalid: Invalid,
    /// What others did since the form was opened, when they were faster.
    meanwhile: Option<Vec<RecordEvent>>,
}

fn shown(visit: &Visit) -> Form {
    let fields = [
        ("visited_on", visit.visited_on.to_string()),
        ("manner", visit.manner.clone()),
        ("companions", visit.companions.clone()),
        ("note", visit.note.clone()),
        ("version", visit.version.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

const LABELS: &[(&str, &str)] =
    &[("visited_on", "走访日期"), ("manner", "方式"), ("companions", "同行人"), ("note", "走访情况")];

/// The form as typed or as the record is. `stale`: what was typed is set against the record as it is now, which may be
/// the one that replaced the record of the form.
fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: i64,
    typed: Option<(Form, Invalid)>,
    stale: bool,
) -> Result<EditPage> {
    let mut row = query::find(conn, scope, id)?;
    let mut meanwhile = None;
    if stale {
        while let (Some(later), _) = query::links(conn, row.visit.id)? {
            row = query::find(conn, scope, later)?;
        }
        let seen: i64 = typed.as_ref().and_then(|(form, _)| form.parse("version")).unwrap_or(0);
        let mut events = record::history(conn, "visits", row.visit.id)?;
        // Each version has its line in the history; a record that came instead is new with all its lines.
        if row.visit.id == id {
            events.truncate((row.visit.version - seen).max(0) as usize);
        }
        meanwhile = Some(events);
    }
    if row.visit.is_void() {
        return Err(Error::Conflict(format!("这次走访已经作废（{}），不能再改", row.visit.void_reason)));
    }
    let place = format!("/visits/{}", row.visit.id);
    let crumbs = [("走访", Some("/visits")), (row.enterprise.as_str(), Some(place.as_str())), ("修改", None)];
    let shell = Shell::load(conn, frame, viewer, &crumbs)?;
    let (mut form, invalid) = typed.unwrap_or_else(|| (shown(&row.visit), Invalid::default()));
    if stale {
        form.set("version", row.visit.version.to_string());
    }
    Ok(EditPage { shell, manners: manners(&row.visit.manner), form, invalid, meanwhile, row })
}

pub async fn form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    page::show(&app.db.read(move |conn| build(conn, &frame, &viewer, scope, *id, None, false)).await?)
}

/// Saves in place what no figure counts; another day voids the record and makes a new one (see `query::replace`).
fn amend(conn: &mut Conn, viewer: &Viewer, scope: Scope, id: i64, form: &Form, now: Time) -> Result<String> {
    let before = query::find(conn, scope, id)?;
    let version = form.parse("version").unwrap_or(0);
    if before.visit.is_void() || before.visit.version != version {
        return Err(Error::Conflict("这次走访刚被别人改动过".into()));
    }
    let mut invalid = Invalid::default();
    let visited_on = form.past_day("visited_on", "走访日期", before.visit.visited_on, now, &mut invalid);
    let manner = form.text("manner").to_owned();
    if !manners(&before.visit.manner).iter().any(|(known, _)| *known == manner) {
        invalid.add("manner", "请选择走访的方式");
    }
    let companions = form.limited("companions", COMPANIONS_MOST, &mut invalid);
    let note = form.limited("note", NOTE_MOST, &mut invalid);
    if invalid.is_empty() && visited_on != before.visit.visited_on {
        let company = enterprise::query::find(conn, Scope::system(), before.visit.enterprise_id)?;
        refuse_day(&company, visited_on, "visited_on", &mut invalid);
    }
    invalid.check()?;
    let mut after = Visit { visited_on, manner, companions, note, ..before.visit.clone() };
    let (old, new) = (shown(&before.visit), shown(&after));
    let pairs: Vec<_> = LABELS.iter().map(|(field, label)| (*label, old.text(field), new.text(field))).collect();
    let what = record::changes(&pairs);
    if what.is_empty() {
        return Ok(format!("/visits/{id}"));
    }
    if visited_on == before.visit.visited_on {
        query::update(conn, &after)?;
        record::append(conn, viewer, "visits", id, "修改", &what)?;
        return Ok(format!("/visits/{id}"));
    }
    after.id = query::fresh_key(visited_on, now);
    after.recorded_at = now;
    after.version = 1;
    query::replace(conn, version, id, &after, "走访日期更正，另记一条")?;
    record::append(conn, viewer, "visits", id, "更正", &format!("{what}。本条作废，由新的一条代替"))?;
    record::append(conn, viewer, "visits", after.id, "更正", &format!("{what}。代替原来的一条"))?;
    Ok(format!("/visits/{}", after.id))
}

pub async fn save(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let (frame, now, id) = (Frame::of(&app, &request), app.now(), *id);
    let (typed, editor) = (form.clone(), viewer.clone());
    let saved =
        app.db.write(move |conn| once::once(conn, &typed, |conn| amend(conn, &editor, scope, id, &typed, now))).await;
    let (invalid, stale) = match saved {
        Ok(location) => return Ok(page::done(location, "走访已保存")),
        Err(Error::Invalid(invalid)) => (invalid, false),
        Err(Error::Conflict(_)) => (Invalid::default(), true),
        Err(error) => return Err(error),
    };
    let typed = Some((form, invalid));
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, id, typed, stale)).await?;
    if stale { page::conflict(&page) } else { page::refuse(&page) }
}
