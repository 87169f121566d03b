//! Making, editing and ending a company's record.
use super::{
    AboveScale, Enterprise, SECTIONS, Size,
    fields::{LABELS, fill, shown, told},
    past, query, unverified,
};
use crate::{
    access::Reach,
    account,
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    record::{self, RecordEvent},
    web::{
        editable::{At, Editable, Shown, Typed, reason},
        shell::Shell,
    },
};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "enterprise/edit.html")]
pub struct EditPage {
    shell: Shell,
    shown: Shown,
    enterprise: Option<Enterprise>,
    areas: Vec<(String, String)>,
    scales: Vec<(String, String)>,
    sizes: Vec<(String, String)>,
    sections: Vec<(String, String)>,
    /// Townships and streets that are listed below the areas to choose from.
    townships: Vec<String>,
    events: Vec<RecordEvent>,
}

impl Editable for Enterprise {
    type Page = EditPage;
    const TABLE: &'static str = "enterprises";

    fn page(conn: &mut Conn, at: &At, typed: Option<Typed>) -> Result<EditPage> {
        let enterprise = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let here = enterprise.as_ref().map_or("新增企业", |one| one.name.as_str());
        let shell = Shell::load(conn, &at.frame, &at.viewer, &[("企业库", Some("/enterprises")), (here, None)])?;
        let directory = directory::current(conn)?;
        let events = at.history::<Self>(conn)?;
        // Each version has its line; who is assigned is no part of the form and has none.
        let changes = events.iter().filter(|event| !["调整包联", "换届移交"].contains(&event.action.as_str()));
        let shown = Shown::of(enterprise.as_ref().map(shown).unwrap_or_default(), typed, changes);
        let own_area = match (at.scope.reach(), &enterprise) {
            (Reach::Area(id), _) => Some(id),
            (Reach::Everything, _) | (_, None) => None,
            (_, Some(one)) => Some(one.area_id),
        };
        Ok(EditPage {
            shell,
            shown,
            townships: directory.below_districts(own_area).map(|area| area.name.clone()).collect(),
            events,
            enterprise,
            areas: directory
                .districts()
                .filter(|area| own_area.is_none_or(|id| id == area.id))
                .map(|area| (area.id.to_string(), area.short_name.clone()))
                .collect(),
            scales: AboveScale::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
            sections: SECTIONS
                .iter()
                .map(|(letter, name)| ((*letter).to_owned(), format!("{letter} {name}")))
                .collect(),
            sizes: Size::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
        })
    }

    fn save(conn: &mut Conn, at: &At, form: &Form) -> Result<i64> {
        // A group's or a cadre's scope holds only companies that exist: a new one is made by an office.
        if at.id.is_none() && !matches!(at.scope.reach(), Reach::Everything | Reach::Area(_)) {
            return Err(Error::refused("新企业由助企办建立，请把名称和区县告诉助企办"));
        }
        let directory = directory::current(conn)?;
        let before = at.id.map(|id| query::find(conn, at.scope, id)).transpose()?;
        let mut one = before.clone().unwrap_or_else(|| unverified("", 0, at.now));
        fill(&directory, at.scope, form, before.is_none(), &mut one)?;
        if form.has("contact_phone") && account::query::is_official_phone(conn, &one.contact_phone)? {
            return Err(Invalid::one("contact_phone", "这是工作人员的电话，请填写企业的人的电话").into());
        }
        match &before {
            None => {
                query::insert(conn, &one)?;
                record::append(conn, &at.viewer, Self::TABLE, one.id, "新增企业", &one.name)?;
            }
            Some(before) => {
                one.version = form.parse("version").unwrap_or(0);
                past::keep(conn, &one, at.today())?;
                query::update(conn, &one)?;
                if before.name != one.name {
                    query::rename_in_open_issues(conn, &at.viewer, &one, at.now)?;
                }
                let (old, new) = (shown(before), shown(&one));
                let told = |form: &Form, field| told(&directory, form, field);
                let pairs = LABELS.iter().map(|(field, label)| (*label, told(&old, field), told(&new, field)));
                let pairs: Vec<_> = pairs.collect();
                let pairs: Vec<_> = pairs.iter().map(|(label, old, new)| (*label, &**old, &**new)).collect();
                let mut what = record::changes(&pairs);
                if before.contact_phone != one.contact_phone {
                    what = format!("{what}；联系电话已改").trim_start_matches('；').to_owned();
                }
                record::append(conn, &at.viewer, Self::TABLE, one.id, "修改", &what)?;
            }
        }
        Ok(one.id)
    }

    /// Problems and figures of the past stay.
    fn set_end(conn: &mut Conn, at: &At, id: i64, on: Option<NaiveDate>) -> Result<()> {
        let one = query::find(conn, at.scope, id)?;
        query::update(conn, &Enterprise { valid_until: on, ..one })
    }

    fn end(conn: &mut Conn, at: &At, id: i64, form: &Form) -> Result<()> {
        let why = reason(form, "请写明停止使用的原因")?;
        if query::find(conn, at.scope, id)?.valid_until.is_some() {
            return Ok(());
        }
        Self::set_end(conn, at, id, Some(at.today()))?;
        record::append(conn, &at.viewer, Self::TABLE, id, "停止使用", &why)
    }

    fn resume(conn: &mut Conn, at: &At, id: i64, _: &Form) -> Result<()> {
        if query::find(conn, at.scope, id)?.valid_until.is_none() {
            return Ok(());
        }
        Self::set_end(conn, at, id, None)?;
        record::changed_at_large(conn)?;
        record::append(conn, &at.viewer, Self::TABLE, id, "恢复使用", "")
    }
}
