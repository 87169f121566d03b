//! Units: list, new, edit, end of validity with a reason.
use super::query;
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    directory::{self, Directory, Unit},
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
pub struct EditPage {
    shell: Shell,
    shown: Shown,
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

impl Editable for Unit {
    type Page = EditPage;
    const TABLE: &'static str = "units";

    fn page(conn: &mut Conn, at: &At, typed: Option<Typed>) -> Result<EditPage> {
        let unit = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let here = unit.as_ref().map_or("新增单位", |unit| unit.name.as_str());
        let shell = Shell::load(conn, &at.frame, &at.viewer, &[("单位", Some("/units")), (here, None)])?;
        let directory = directory::current(conn)?;
        let events = at.history::<Self>(conn)?;
        let shown = Shown::of(unit.as_ref().map(shown).unwrap_or_default(), typed, events.iter());
        Ok(EditPage {
            shell,
            shown,
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

    fn save(conn: &mut Conn, at: &At, form: &Form) -> Result<i64> {
        let directory = directory::current(conn)?;
        let before = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let mut unit = before.clone().unwrap_or_else(|| Unit {
            id: key::fresh(Time::system()),
            name: String::new(),
            area_id: 0,
            valid_from: NaiveDate::default(),
            valid_until: None,
            version: 1,
        });
        fill(&directory, form, &mut unit)?;
        let area = directory.area_name(unit.area_id);
        match before {
            None => {
                query::insert(conn, at.scope, &unit)?;
                record::append(
                    conn,
                    &at.viewer,
                    Self::TABLE,
                    unit.id,
                    "新增单位",
                    &format!("{}（{area}）", unit.name),
                )?;
            }
            Some(before) => {
                unit.version = form.parse("version").unwrap_or(0);
                query::update(conn, at.scope, &unit)?;
                let detail = record::changes(&[
                    ("名称", &before.name, &unit.name),
                    ("辖区", directory.area_name(before.area_id), area),
                    ("启用日期", &before.valid_from.to_string(), &unit.valid_from.to_string()),
                ]);
                record::append(conn, &at.viewer, Self::TABLE, unit.id, "修改单位", &detail)?;
            }
        }
        Ok(unit.id)
    }

    fn set_end(conn: &mut Conn, at: &At, id: i64, on: Option<NaiveDate>) -> Result<()> {
        query::find(conn, at.scope, id)?;
        query::set_end(conn, at.scope, id, on)
    }
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
