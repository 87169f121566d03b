//! Units: list, new, edit, end of validity with a reason.
use super::query;
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    directory::{self, Directory, Unit},
    error::{Invalid, Result},
    form::Form,
    key, once,
    record::{self, RecordEvent},
    time::Time,
    web::{
        Answer, App, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

struct Line {
    unit: Unit,
    area: String,
}

#[derive(Template)]
#[template(path = "unit/list.html")]
struct ListPage {
    shell: Shell,
    text: String,
    lines: Vec<Line>,
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let text = Form(query.into_inner()).text("q").to_owned();
    let read = app.db.read(move |conn| {
        let directory = directory::current(conn)?;
        let line = |unit: &Unit| Line { area: directory.area_name(unit.area_id).to_owned(), unit: unit.clone() };
        let mut lines: Vec<_> = directory.units.iter().filter(|unit| unit.name.contains(&text)).map(line).collect();
        lines.sort_by_key(|line| line.unit.valid_until.is_some());
        Ok(ListPage { shell: Shell::load(conn, &frame, &viewer, &[("单位", None)])?, lines, text })
    });
    page::show(&read.await?)
}

#[derive(Template)]
#[template(path = "unit/edit.html")]
struct EditPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    unit: Option<Unit>,
    areas: Vec<(String, String)>,
    events: Vec<RecordEvent>,
}

fn shown(unit: &Unit) -> Form {
    let fields = [
        ("name", unit.name.clone()),
        ("area", unit.area_id.to_string()),
        ("valid_from", unit.valid_from.to_string()),
        ("version", unit.version.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn load(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: Option<i64>,
    typed: Option<(Form, Invalid)>,
) -> Result<EditPage> {
    let unit = id.map(|id| query::find(conn, scope, id)).transpose()?;
    let here = unit.as_ref().map_or("新增单位", |unit| unit.name.as_str());
    let shell = Shell::load(conn, frame, viewer, &[("单位", Some("/units")), (here, None)])?;
    let directory = directory::current(conn)?;
    let events = match id {
        Some(id) => record::history(conn, "units", id)?,
        None => Vec::new(),
    };
    let kept = unit.as_ref().map(shown).unwrap_or_default();
    let (form, invalid) = match typed {
        // The reason alone was typed: the other form stays as it is.
        Some((typed, invalid)) if !typed.has("name") && invalid.at("reason").is_some() => {
            let mut form = kept;
            form.set("reason", typed.text("reason"));
            (form, invalid)
        }
        Some(typed) => typed,
        None => (kept, Invalid::default()),
    };
    Ok(EditPage {
        shell,
        invalid,
        form,
        unit,
        areas: directory
            .areas
            .iter()
            .filter(|area| area.valid_until.is_none())
            .map(|area| (area.id.to_string(), area.name.clone()))
            .collect(),
        events,
    })
}

async fn edit_page(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: Option<i64>,
    typed: Option<(Form, Invalid)>,
) -> Result<EditPage> {
    let frame = Frame::of(app, request);
    app.db.read(move |conn| load(conn, &frame, &viewer, scope, id, typed)).await
}

pub async fn new_form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope) -> Answer {
    page::show(&edit_page(&app, &request, viewer, scope, None, None).await?)
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    page::show(&edit_page(&app, &request, viewer, scope, Some(*id), None).await?)
}

fn fill(directory: &Directory, form: &Form, unit: &mut Unit) -> Result<()> {
    let mut invalid = Invalid::default();
    unit.name = form.required("name", "请填写单位名称", &mut invalid);
    form.limited("name", 60, &mut invalid);
    let known = |id: &i64| directory.area(*id).is_some();
    match form.parse("area").filter(known) {
        Some(id) => unit.area_id = id,
        None => invalid.add("area", "请选择所属辖区"),
    }
    if let Some(day) = form.required_as::<NaiveDate>("valid_from", "请填写启用日期", &mut invalid) {
        unit.valid_from = day;
    }
    invalid.check()
}

/// Opens the new one, or saves the one with this id.
async fn save(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: Option<i64>, form: Form) -> Answer {
    let (typed, editor) = (form.clone(), viewer.clone());
    let saved = app.db.write(move |conn| {
        once::once(conn, &typed, |conn| {
            let directory = directory::current(conn)?;
            let before = match id {
                Some(id) => Some(query::find(conn, scope, id)?),
                None => None,
            };
            let mut unit = before.clone().unwrap_or_else(|| Unit {
                id: key::fresh(Time::system()),
                name: String::new(),
                area_id: 0,
                valid_from: NaiveDate::default(),
                valid_until: None,
                version: 1,
            });
            fill(&directory, &typed, &mut unit)?;
            let area = directory.area_name(unit.area_id);
            match before {
                None => {
                    query::insert(conn, scope, &unit)?;
                    record::append(conn, &editor, "units", unit.id, "新增单位", &format!("{}（{area}）", unit.name))?;
                }
                Some(before) => {
                    unit.version = typed.parse("version").unwrap_or(0);
                    query::update(conn, scope, &unit)?;
                    let detail = record::changes(&[
                        ("名称", &before.name, &unit.name),
                        ("辖区", directory.area_name(before.area_id), area),
                        ("启用日期", &before.valid_from.to_string(), &unit.valid_from.to_string()),
                    ]);
                    record::append(conn, &editor, "units", unit.id, "修改单位", &detail)?;
                }
            }
            Ok(format!("/units/{}", unit.id))
        })
    });
    let saved = saved.await;
    finish(app, request, viewer, scope, id, form, saved).await
}

async fn finish(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: Option<i64>,
    form: Form,
    saved: Result<String>,
) -> Answer {
    match saved {
        Ok(location) => Ok(page::done(location, "已保存")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            page::with_status(status, &edit_page(&app, &request, viewer, scope, id, Some((form, invalid))).await?)
        }
    }
}

pub async fn add(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, form: Form) -> Answer {
    save(app, request, viewer, scope, None, form).await
}

pub async fn edit(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    save(app, request, viewer, scope, Some(*id), form).await
}

pub async fn end(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let (id, today) = (*id, app.today());
    let (typed, editor) = (form.clone(), viewer.clone());
    let ended = app.db.write(move |conn| {
        once::once(conn, &typed, |conn| {
            let mut invalid = Invalid::default();
            let reason = typed.required("reason", "请填写停止使用的原因", &mut invalid);
            typed.limited("reason", 200, &mut invalid);
            invalid.check()?;
            let unit = query::find(conn, scope, id)?;
            query::set_end(conn, scope, id, Some(today))?;
            record::append(conn, &editor, "units", unit.id, "停止使用", &reason)?;
            Ok(format!("/units/{id}"))
        })
    });
    let ended = ended.await;
    finish(app, request, viewer, scope, Some(id), form, ended).await
}

pub async fn resume(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let id = *id;
    let resumed = app.db.write(move |conn| {
        once::once(conn, &form, |conn| {
            let unit = query::find(conn, scope, id)?;
            query::set_end(conn, scope, id, None)?;
            record::append(conn, &viewer, "units", unit.id, "恢复使用", "")?;
            Ok(format!("/units/{id}"))
        })
    });
    Ok(page::done(resumed.await?, "已恢复使用"))
}
