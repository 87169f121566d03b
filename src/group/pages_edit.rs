//! Making, editing, ending and resuming a working group. What may still be changed is said in `query`.
use super::{PAST_DAY, query};
use crate::{
    access::{Reach, Scope},
    db::Conn,
    directory::{self, Directory, Group},
    error::{Error, Invalid, Result},
    form::Form,
    issue::workflow::Level,
    key,
    record::{self, RecordEvent},
    time::Time,
    web::{
        editable::{At, Editable, Shown, Typed, reason},
        shell::Shell,
    },
};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "group/edit.html")]
pub struct EditPage {
    shell: Shell,
    shown: Shown,
    group: Option<Group>,
    levels: Vec<(String, String)>,
    areas: Vec<(String, String)>,
    units: Vec<(String, String)>,
    /// Area and first day are settled: shown in words, not to be changed.
    is_settled: bool,
    area: String,
    /// The end was made today and can be taken back.
    can_resume: bool,
    left_behind: Vec<String>,
    events: Vec<RecordEvent>,
}

fn shown(group: &Group) -> Form {
    let fields = [
        ("name", group.name.clone()),
        ("level", group.level.as_str().to_owned()),
        ("area", group.area_id.to_string()),
        ("lead_unit", group.lead_unit_id.map(|id| id.to_string()).unwrap_or_default()),
        ("valid_from", group.valid_from.to_string()),
        ("version", group.version.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// An area's office makes groups of its own level.
fn levels(own_area: Option<i64>) -> impl Iterator<Item = Level> {
    Level::ALL.iter().copied().filter(move |level| own_area.is_none() || *level == Level::County)
}

fn fill(directory: &Directory, scope: Scope, form: &Form, group: &mut Group, today: NaiveDate) -> Result<()> {
    let mut invalid = Invalid::default();
    let own_area = match scope.reach() {
        Reach::Area(id) => Some(id),
        _ => None,
    };
    let settled = group.version > 0 && group.is_settled(today);
    group.name = form.required("name", "请填写工作组名称", &mut invalid);
    form.limited("name", 60, &mut invalid);
    match form.parse("level").filter(|level| levels(own_area).any(|one| one == *level) || *level == group.level) {
        Some(level) => group.level = level,
        None => invalid.add("level", "请选择层级"),
    }
    group.lead_unit_id = match form.text("lead_unit") {
        "" => None,
        _ => form.parse("lead_unit").filter(|id| directory.unit(*id).is_some()),
    };
    if form.has("lead_unit") && group.lead_unit_id.is_none() {
        invalid.add("lead_unit", "没有这个单位，请重新选择");
    }
    if !settled {
        match form.parse("area").filter(|id| directory.area(*id).is_some()) {
            Some(id) if own_area.is_some_and(|own| own != id) => invalid.add("area", "只能选自己辖区"),
            Some(id) => group.area_id = id,
            None => invalid.add("area", "请选择辖区"),
        }
        match form.required_as::<NaiveDate>("valid_from", "启用日期请写成 2022-06-09", &mut invalid) {
            Some(on) if on < today => invalid.add("valid_from", PAST_DAY),
            Some(on) => group.valid_from = on,
            None => {}
        }
    }
    invalid.check()
}

impl Editable for Group {
    type Page = EditPage;
    const TABLE: &'static str = "groups";

    fn page(conn: &mut Conn, at: &At, typed: Option<Typed>) -> Result<EditPage> {
        let group = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let here = group.as_ref().map_or("新建工作组", |group| group.name.as_str());
        let shell = Shell::load(conn, &at.frame, &at.viewer, &[("工作组", Some("/groups")), (here, None)])?;
        let directory = directory::current(conn)?;
        let events = at.history::<Self>(conn)?;
        let kept = group.as_ref().map(shown).unwrap_or_else(|| {
            let mut form = Form::default();
            form.set("valid_from", at.today().to_string());
            form
        });
        let shown = Shown::of(kept, typed, events.iter());
        let own_area = match at.scope.reach() {
            Reach::Area(id) => Some(id),
            _ => None,
        };
        let city = directory.city().map(|city| city.id);
        let is_mine = |area: i64| own_area.is_none_or(|own| area == own || Some(area) == city);
        Ok(EditPage {
            shell,
            levels: levels(own_area).map(|one| (one.as_str().to_owned(), one.label().to_owned())).collect(),
            areas: directory
                .areas
                .iter()
                .filter(|area| area.valid_until.is_none() && (area.parent_id.is_none() || area.parent_id == city))
                .filter(|area| own_area.is_none_or(|own| own == area.id))
                .map(|area| (area.id.to_string(), area.short_name.clone()))
                .collect(),
            units: directory
                .valid_units()
                .filter(|unit| is_mine(unit.area_id))
                .map(|unit| (unit.id.to_string(), unit.name.clone()))
                .collect(),
            is_settled: group.as_ref().is_some_and(|group| group.is_settled(at.today())),
            area: group.as_ref().map(|group| directory.area_name(group.area_id).to_owned()).unwrap_or_default(),
            can_resume: group.as_ref().is_some_and(|group| group.valid_until.is_some_and(|on| on >= at.today())),
            left_behind: match &group {
                Some(group) if group.valid_until.is_none() => query::left_behind(conn, group.id)?,
                _ => Vec::new(),
            },
            shown,
            group,
            events,
        })
    }

    fn save(conn: &mut Conn, at: &At, form: &Form) -> Result<i64> {
        let directory = directory::current(conn)?;
        let before = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let mut group = before.clone().unwrap_or_else(|| Group {
            id: key::fresh(Time::system()),
            name: String::new(),
            level: Level::County,
            area_id: 0,
            lead_unit_id: None,
            valid_from: at.today(),
            valid_until: None,
            version: 0,
        });
        if let Some(before) = &before
            && form.parse("version") != Some(before.version)
        {
            return Err(Error::Conflict("这个工作组刚被别人改动过".into()));
        }
        fill(&directory, at.scope, form, &mut group, at.today())?;
        match before {
            None => {
                group.version = 1;
                query::insert(conn, at.scope, &group)?;
                let what = format!("{}（{}）", group.name, directory.area_name(group.area_id));
                record::append(conn, &at.viewer, Self::TABLE, group.id, "新建工作组", &what)?;
            }
            Some(before) => {
                let what = record::changes(&[
                    ("名称", &before.name, &group.name),
                    ("层级", before.level.label(), group.level.label()),
                    ("辖区", directory.area_name(before.area_id), directory.area_name(group.area_id)),
                    ("组长单位", directory.unit_name(before.lead_unit_id), directory.unit_name(group.lead_unit_id)),
                    ("启用日期", &before.valid_from.to_string(), &group.valid_from.to_string()),
                ]);
                if !what.is_empty() {
                    query::update(conn, at.scope, &group)?;
                    record::append(conn, &at.viewer, Self::TABLE, group.id, "修改工作组", &what)?;
                }
            }
        }
        Ok(group.id)
    }

    fn set_end(conn: &mut Conn, at: &At, id: i64, on: Option<NaiveDate>) -> Result<()> {
        let group = query::find(conn, at.scope, id)?;
        query::set_end(conn, at.scope, &group, on)
    }

    fn end(conn: &mut Conn, at: &At, id: i64, form: &Form) -> Result<()> {
        let group = query::find(conn, at.scope, id)?;
        let why = reason(form, "请填写停用的原因")?;
        if group.valid_until.is_some() {
            return Err(Error::Conflict("这个工作组已经停用".into()));
        }
        let left = query::left_behind(conn, group.id)?;
        if !left.is_empty() {
            return Err(Invalid::one("reason", left.join("；")).into());
        }
        Self::set_end(conn, at, id, Some(at.today()))?;
        record::append(conn, &at.viewer, Self::TABLE, group.id, "停用", &why)
    }

    fn resume(conn: &mut Conn, at: &At, id: i64, form: &Form) -> Result<()> {
        let group = query::find(conn, at.scope, id)?;
        let why = reason(form, "请填写恢复的原因")?;
        match group.valid_until {
            None => return Err(Error::Conflict("这个工作组正在使用".into())),
            // The days since are counted without it already.
            Some(on) if on < at.today() => {
                let why = format!("{on} 起的统计已经不算这个组，恢复会改动过去的数字；请新建一个工作组");
                return Err(Invalid::one("reason", why).into());
            }
            Some(_) => {}
        }
        Self::set_end(conn, at, id, None)?;
        record::append(conn, &at.viewer, Self::TABLE, group.id, "恢复使用", &why)
    }
}
