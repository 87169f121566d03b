//! Categories of problems (问题类别): list, new, edit, end of validity with a reason.
use super::query;
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    directory::{self, Category, Directory},
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

#[derive(Template)]
#[template(path = "category/list.html")]
struct ListPage {
    shell: Shell,
    /// In order of their codes, with the name of the one above.
    lines: Vec<(Category, String)>,
}

pub async fn list(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    let read = app.db.read(move |conn| {
        let directory = directory::current(conn)?;
        let line = |category: &Category| (category.clone(), directory.category_name(category.parent_id).to_owned());
        let mut lines: Vec<_> = directory.categories.iter().map(line).collect();
        lines.sort_by_key(|(category, _)| category.valid_until.is_some());
        Ok(ListPage { shell: Shell::load(conn, &frame, &viewer, &[("问题类别", None)])?, lines })
    });
    page::show(&read.await?)
}

#[derive(Template)]
#[template(path = "category/edit.html")]
struct EditPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    category: Option<Category>,
    parents: Vec<(String, String)>,
    events: Vec<RecordEvent>,
}

fn shown(category: &Category) -> Form {
    let fields = [
        ("code", category.code.clone()),
        ("name", category.name.clone()),
        ("parent", category.parent_id.map(|id| id.to_string()).unwrap_or_default()),
        ("default_lead_unit", category.default_lead_unit.clone()),
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
    let category = id.map(|id| query::find(conn, scope, id)).transpose()?;
    let here = category.as_ref().map_or("新增类别", |category| category.name.as_str());
    let shell = Shell::load(conn, frame, viewer, &[("问题类别", Some("/categories")), (here, None)])?;
    let directory = directory::current(conn)?;
    let events = match id {
        Some(id) => record::history(conn, "categories", id)?,
        None => Vec::new(),
    };
    let kept = category.as_ref().map(shown).unwrap_or_default();
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
        category,
        parents: directory
            .top_categories()
            .filter(|top| Some(top.id) != id)
            .map(|top| (top.id.to_string(), top.name.clone()))
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

fn fill(directory: &Directory, form: &Form, category: &mut Category) -> Result<()> {
    let mut invalid = Invalid::default();
    category.code = form.required("code", "请填写代码", &mut invalid);
    if !category.code.is_empty() && !category.code.bytes().all(|byte| byte.is_ascii_digit()) {
        invalid.add("code", "代码只用数字，例如 01、0102");
    }
    form.limited("code", 8, &mut invalid);
    category.name = form.required("name", "请填写名称", &mut invalid);
    form.limited("name", 20, &mut invalid);
    category.default_lead_unit = form.limited("default_lead_unit", 60, &mut invalid);
    let of_itself = category.id;
    let is_top = |id: &i64| directory.category(*id).is_some_and(|top| top.parent_id.is_none()) && *id != of_itself;
    category.parent_id = form.parse("parent").filter(is_top);
    if form.has("parent") && category.parent_id.is_none() {
        invalid.add("parent", "请从大类里选");
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
            let mut category = before.clone().unwrap_or_else(|| Category {
                id: key::fresh(Time::system()),
                parent_id: None,
                code: String::new(),
                name: String::new(),
                word: String::new(),
                default_lead_unit: String::new(),
                valid_until: None,
            });
            fill(&directory, &typed, &mut category)?;
            match before {
                None => {
                    query::insert(conn, scope, &category)?;
                    let detail = format!("{} {}", category.code, category.name);
                    record::append(conn, &editor, "categories", category.id, "新增类别", &detail)?;
                }
                Some(before) => {
                    query::update(conn, scope, &category)?;
                    let detail = record::changes(&[
                        ("代码", &before.code, &category.code),
                        ("名称", &before.name, &category.name),
                        (
                            "上级",
                            directory.category_name(before.parent_id),
                            directory.category_name(category.parent_id),
                        ),
                        ("通常主责", &before.default_lead_unit, &category.default_lead_unit),
                    ]);
                    record::append(conn, &editor, "categories", category.id, "修改类别", &detail)?;
                }
            }
            Ok(format!("/categories/{}", category.id))
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
            let category = query::find(conn, scope, id)?;
            query::set_end(conn, scope, id, Some(today))?;
            record::append(conn, &editor, "categories", category.id, "停止使用", &reason)?;
            Ok(format!("/categories/{id}"))
        })
    });
    let ended = ended.await;
    finish(app, request, viewer, scope, Some(id), form, ended).await
}

pub async fn resume(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let id = *id;
    let resumed = app.db.write(move |conn| {
        once::once(conn, &form, |conn| {
            let category = query::find(conn, scope, id)?;
            query::set_end(conn, scope, id, None)?;
            record::append(conn, &viewer, "categories", category.id, "恢复使用", "")?;
            Ok(format!("/categories/{id}"))
        })
    });
    Ok(page::done(resumed.await?, "已恢复使用"))
}
