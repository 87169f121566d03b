//! Categories of problems (问题类别): list, new, edit, end of validity with a reason.
use super::query;
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    directory::{self, Category, Directory},
    error::{Invalid, Result},
    form::Form,
    key,
    record::{self, RecordEvent},
    time::Time,
    web::{
        Answer, AppData,
        editable::{At, Editable, Shown, Typed},
        page,
        shell::{Frame, Shell},
    },
};
use actix_web::HttpRequest;
use askama::Template;
use chrono::NaiveDate;

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
pub struct EditPage {
    shell: Shell,
    shown: Shown,
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

impl Editable for Category {
    type Page = EditPage;
    const TABLE: &'static str = "categories";

    fn page(conn: &mut Conn, at: &At, typed: Option<Typed>) -> Result<EditPage> {
        let category = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let here = category.as_ref().map_or("新增类别", |category| category.name.as_str());
        let shell = Shell::load(conn, &at.frame, &at.viewer, &[("问题类别", Some("/categories")), (here, None)])?;
        let directory = directory::current(conn)?;
        let events = at.history::<Self>(conn)?;
        let shown = Shown::of(category.as_ref().map(shown).unwrap_or_default(), typed, events.iter());
        Ok(EditPage {
            shell,
            shown,
            category,
            parents: directory
                .top_categories()
                .filter(|top| Some(top.id) != at.id)
                .map(|top| (top.id.to_string(), top.name.clone()))
                .collect(),
            events,
        })
    }

    fn save(conn: &mut Conn, at: &At, form: &Form) -> Result<i64> {
        let directory = directory::current(conn)?;
        let before = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let mut category = before.clone().unwrap_or_else(|| Category {
            id: key::fresh(Time::system()),
            parent_id: None,
            code: String::new(),
            name: String::new(),
            word: String::new(),
            default_lead_unit: String::new(),
            valid_until: None,
        });
        fill(&directory, form, &mut category)?;
        match before {
            None => {
                query::insert(conn, at.scope, &category)?;
                let detail = format!("{} {}", category.code, category.name);
                record::append(conn, &at.viewer, Self::TABLE, category.id, "新增类别", &detail)?;
            }
            Some(before) => {
                query::update(conn, at.scope, &category)?;
                let detail = record::changes(&[
                    ("代码", &before.code, &category.code),
                    ("名称", &before.name, &category.name),
                    ("上级", directory.category_name(before.parent_id), directory.category_name(category.parent_id)),
                    ("通常主责", &before.default_lead_unit, &category.default_lead_unit),
                ]);
                record::append(conn, &at.viewer, Self::TABLE, category.id, "修改类别", &detail)?;
            }
        }
        Ok(category.id)
    }

    fn set_end(conn: &mut Conn, at: &At, id: i64, on: Option<NaiveDate>) -> Result<()> {
        query::find(conn, at.scope, id)?;
        query::set_end(conn, at.scope, id, on)
    }
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
