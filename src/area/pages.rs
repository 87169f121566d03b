//! Areas (辖区): the tree, new, edit, end of validity with a reason.
use super::{
    fields::{KINDS, fill, shown},
    query,
};
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    directory::{self, Area, Directory},
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
    area: Area,
    /// How many areas stand above it.
    depth: usize,
}

#[derive(Template)]
#[template(path = "area/list.html")]
struct ListPage {
    shell: Shell,
    /// Each area followed by those below it.
    lines: Vec<Line>,
}

fn walk(directory: &Directory, parent: Option<i64>, depth: usize, lines: &mut Vec<Line>) {
    for area in directory.areas.iter().filter(|area| area.parent_id == parent) {
        lines.push(Line { area: area.clone(), depth });
        walk(directory, Some(area.id), depth + 1, lines);
    }
}

pub async fn list(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    let read = app.db.read(move |conn| {
        let mut lines = Vec::new();
        walk(&*directory::current(conn)?, None, 0, &mut lines);
        Ok(ListPage { shell: Shell::load(conn, &frame, &viewer, &[("辖区", None)])?, lines })
    });
    page::show(&read.await?)
}

#[derive(Template)]
#[template(path = "area/edit.html")]
struct EditPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    area: Option<Area>,
    parents: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    events: Vec<RecordEvent>,
}

fn load(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: Option<i64>,
    typed: Option<(Form, Invalid)>,
) -> Result<EditPage> {
    let area = id.map(|id| query::find(conn, scope, id)).transpose()?;
    let here = area.as_ref().map_or("新增辖区", |area| area.name.as_str());
    let shell = Shell::load(conn, frame, viewer, &[("辖区", Some("/areas")), (here, None)])?;
    let directory = directory::current(conn)?;
    let events = match id {
        Some(id) => record::history(conn, "areas", id)?,
        None => Vec::new(),
    };
    let kept = area.as_ref().map(shown).unwrap_or_default();
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
        area,
        kinds: KINDS.iter().map(|kind| ((*kind).to_owned(), (*kind).to_owned())).collect(),
        parents: directory
            .areas
            .iter()
            .filter(|area| area.valid_until.is_none() && Some(area.id) != id)
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
            let mut area = before.clone().unwrap_or_else(|| Area {
                id: key::fresh(Time::system()),
                parent_id: None,
                name: String::new(),
                short_name: String::new(),
                kind: String::new(),
                gb_code: None,
                number_code: String::new(),
                position: 0,
                valid_from: NaiveDate::default(),
                valid_until: None,
            });
            fill(&directory, &typed, &mut area)?;
            match before {
                None => {
                    query::insert(conn, scope, &area)?;
                    record::append(conn, &editor, "areas", area.id, "新增辖区", &area.name)?;
                }
                Some(before) => {
                    query::update(conn, scope, &area)?;
                    let (was, is) = (shown(&before), shown(&area));
                    let above = |id: Option<i64>| id.map_or("", |id| directory.area_name(id));
                    let changed = |label: &'static str, field: &str| (label, was.text(field), is.text(field));
                    let detail = record::changes(&[
                        changed("名称", "name"),
                        changed("简称", "short_name"),
                        changed("类型", "kind"),
                        ("上级", above(before.parent_id), above(area.parent_id)),
                        changed("区划代码", "gb_code"),
                        changed("编号用码", "number_code"),
                        changed("排列", "position"),
                        changed("启用日期", "valid_from"),
                    ]);
                    record::append(conn, &editor, "areas", area.id, "修改辖区", &detail)?;
                }
            }
            Ok(format!("/areas/{}", area.id))
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
            let area = query::find(conn, scope, id)?;
            query::set_end(conn, scope, id, Some(today))?;
            record::append(conn, &editor, "areas", area.id, "停止使用", &reason)?;
            Ok(format!("/areas/{id}"))
        })
    });
    let ended = ended.await;
    finish(app, request, viewer, scope, Some(id), form, ended).await
}

pub async fn resume(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let id = *id;
    let resumed = app.db.write(move |conn| {
        once::once(conn, &form, |conn| {
            let area = query::find(conn, scope, id)?;
            query::set_end(conn, scope, id, None)?;
            record::append(conn, &viewer, "areas", area.id, "恢复使用", "")?;
            Ok(format!("/areas/{id}"))
        })
    });
    Ok(page::done(resumed.await?, "已恢复使用"))
}
