//! Areas (辖区): the tree, new, edit, end of validity with a reason.
use super::{
    fields::{KINDS, fill, shown},
    query,
};
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    directory::{self, Area, Directory},
    error::Result,
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
pub struct EditPage {
    shell: Shell,
    shown: Shown,
    area: Option<Area>,
    parents: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    events: Vec<RecordEvent>,
}

impl Editable for Area {
    type Page = EditPage;
    const TABLE: &'static str = "areas";

    fn page(conn: &mut Conn, at: &At, typed: Option<Typed>) -> Result<EditPage> {
        let area = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let here = area.as_ref().map_or("新增辖区", |area| area.name.as_str());
        let shell = Shell::load(conn, &at.frame, &at.viewer, &[("辖区", Some("/areas")), (here, None)])?;
        let directory = directory::current(conn)?;
        let events = at.history::<Self>(conn)?;
        let shown = Shown::of(area.as_ref().map(shown).unwrap_or_default(), typed, events.iter());
        Ok(EditPage {
            shell,
            shown,
            area,
            kinds: KINDS.iter().map(|kind| ((*kind).to_owned(), (*kind).to_owned())).collect(),
            parents: directory
                .areas
                .iter()
                .filter(|area| area.valid_until.is_none() && Some(area.id) != at.id)
                .map(|area| (area.id.to_string(), area.name.clone()))
                .collect(),
            events,
        })
    }

    fn save(conn: &mut Conn, at: &At, form: &Form) -> Result<i64> {
        let directory = directory::current(conn)?;
        let before = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
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
        fill(&directory, form, &mut area)?;
        match before {
            None => {
                query::insert(conn, at.scope, &area)?;
                record::append(conn, &at.viewer, Self::TABLE, area.id, "新增辖区", &area.name)?;
            }
            Some(before) => {
                query::update(conn, at.scope, &area)?;
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
                record::append(conn, &at.viewer, Self::TABLE, area.id, "修改辖区", &detail)?;
            }
        }
        Ok(area.id)
    }

    fn set_end(conn: &mut Conn, at: &At, id: i64, on: Option<NaiveDate>) -> Result<()> {
        query::find(conn, at.scope, id)?;
        query::set_end(conn, at.scope, id, on)
    }
}
