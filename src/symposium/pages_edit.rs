//! Correcting a symposium: topic, day, place, note and who took part. Problems are corrected where they are.
use super::{
    Symposium,
    lines::{self, Line},
    pages_new::facts,
    query,
};
use crate::{
    access::{Permission, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
    time::Time,
    visit::query::fresh_key,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// Empty lines below those that took part.
const SPARE_LINES: usize = 3;

#[derive(Template)]
#[template(path = "symposium/edit.html")]
struct EditPage {
    shell: Shell,
    symposium: Symposium,
    lines: Vec<Line>,
    companies: Vec<String>,
    can_add: bool,
    form: Form,
    invalid: Invalid,
    /// What others did since the form was opened, when they were faster.
    meanwhile: Option<Vec<RecordEvent>>,
}

impl EditPage {
    fn is_line_refused(&self) -> bool {
        self.lines.iter().any(|line| line.message.is_some())
    }
}

fn shown(symposium: &Symposium, companies: &[(i64, String)]) -> Form {
    let mut fields = vec![
        ("topic".to_owned(), symposium.topic.clone()),
        ("held_on".to_owned(), symposium.held_on.to_string()),
        ("place".to_owned(), symposium.place.clone()),
        ("note".to_owned(), symposium.note.clone()),
        ("version".to_owned(), symposium.version.to_string()),
    ];
    fields.extend(companies.iter().zip(1..).map(|((_, name), number)| (lines::field("company", number), name.clone())));
    Form(fields)
}

/// As `visit::pages_edit` does: `stale` sets what was typed against the record as it is now.
fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: i64,
    typed: Option<(Form, Invalid)>,
    stale: bool,
) -> Result<EditPage> {
    let mut symposium = query::find(conn, scope, id)?;
    let mut meanwhile = None;
    if stale {
        while let (Some(later), _) = query::links(conn, symposium.id)? {
            symposium = query::find(conn, scope, later)?;
        }
        let seen: i64 = typed.as_ref().and_then(|(form, _)| form.parse("version")).unwrap_or(0);
        let mut events = record::history(conn, "symposiums", symposium.id)?;
        if symposium.id == id {
            events.truncate((symposium.version - seen).max(0) as usize);
        }
        meanwhile = Some(events);
    }
    if symposium.is_void() {
        return Err(Error::Conflict(format!("这次座谈会已经作废（{}），不能再改", symposium.void_reason)));
    }
    let place = format!("/symposiums/{}", symposium.id);
    let crumbs = [("座谈会", Some("/symposiums")), (symposium.topic.as_str(), Some(place.as_str())), ("修改", None)];
    let shell = Shell::load(conn, frame, viewer, &crumbs)?;
    let companies = query::enterprises(conn, symposium.id)?;
    let (mut form, invalid) = typed.unwrap_or_else(|| (shown(&symposium, &companies), Invalid::default()));
    if stale {
        form.set("version", symposium.version.to_string());
    }
    Ok(EditPage {
        shell,
        lines: lines::typed(conn, scope, &form, &invalid, companies.len() + SPARE_LINES)?,
        companies: lines::suggestions(conn, scope)?,
        can_add: viewer.may(Permission::EditEnterprises),
        symposium,
        form,
        invalid,
        meanwhile,
    })
}

pub async fn form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    page::show(&app.db.read(move |conn| build(conn, &frame, &viewer, scope, *id, None, false)).await?)
}

/// Saves in place what no figure counts; another day voids the record and makes a new one.
fn amend(conn: &mut Conn, viewer: &Viewer, scope: Scope, id: i64, form: &Form, now: Time) -> Result<String> {
    let before = query::find(conn, scope, id)?;
    let version = form.parse("version").unwrap_or(0);
    if before.is_void() || before.version != version {
        return Err(Error::Conflict("这次座谈会刚被别人改动过".into()));
    }
    let were = query::enterprises(conn, id)?;
    let mut invalid = Invalid::default();
    let (topic, place, note, held_on) = facts(form, before.held_on, now, &mut invalid);
    let taking_part = lines::companies(conn, scope, form, &were, (held_on, shanghai_date(now)), &mut invalid)?;
    if held_on != before.held_on
        && let Some(why) = taking_part.iter().find_map(|(one, _)| one.ended_by(held_on))
    {
        invalid.add("held_on", why);
    }
    let companies = lines::ids(&taking_part);
    if companies.is_empty() && invalid.is_empty() {
        invalid.add("company1", "请至少填写一家参加的企业");
    }
    let with_issues = query::companies_with_issues(conn, id)?;
    for (_, name) in were.iter().filter(|(id, _)| with_issues.contains(id) && !companies.contains(id)) {
        invalid.add("company1", format!("“{name}”在会上提过问题，不能从参加企业里去掉"));
    }
    invalid.check()?;
    let mut after = Symposium { topic, place, note, held_on, ..before.clone() };
    let names = |list: &[(i64, String)]| list.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("、");
    let mut are: Vec<(i64, String)> = taking_part.iter().map(|(one, _)| (one.id, one.name.clone())).collect();
    are.sort();
    are.dedup();
    let what = record::changes(&[
        ("主题", &before.topic, &after.topic),
        ("日期", &before.held_on.to_string(), &after.held_on.to_string()),
        ("地点", &before.place, &after.place),
        ("纪要", &before.note, &after.note),
        ("参加企业", &names(&were), &names(&are)),
    ]);
    if what.is_empty() {
        return Ok(format!("/symposiums/{id}"));
    }
    if held_on == before.held_on {
        query::update(conn, &after, &companies)?;
        record::append(conn, viewer, "symposiums", id, "修改", &what)?;
        return Ok(format!("/symposiums/{id}"));
    }
    after.id = fresh_key(held_on, now);
    after.recorded_at = now;
    after.version = 1;
    query::replace(conn, version, id, &after, &companies, "座谈会日期更正，另记一条")?;
    record::append(conn, viewer, "symposiums", id, "更正", &format!("{what}。本条作废，由新的一条代替"))?;
    record::append(conn, viewer, "symposiums", after.id, "更正", &format!("{what}。代替原来的一条"))?;
    Ok(format!("/symposiums/{}", after.id))
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
        Ok(location) => return Ok(page::done(location, "座谈会已保存")),
        Err(Error::Invalid(invalid)) => (invalid, false),
        Err(Error::Conflict(_)) => (Invalid::default(), true),
        Err(error) => return Err(error),
    };
    let typed = Some((form, invalid));
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, id, typed, stale)).await?;
    if stale { page::conflict(&page) } else { page::refuse(&page) }
}
