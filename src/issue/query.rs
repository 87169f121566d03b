//! All SQL of the issue pages. Every function takes the `Scope` that says which rows may be seen.
use super::{Issue, workflow::*};
use crate::{
    access::{Reach, Scope},
    calendar::shanghai_date,
    db::{Backend, Conn},
    error::{Error, Result},
    schema::*,
    time::Time,
};
use diesel::{prelude::*, sql_types::Bool};

pub type Filter = Box<dyn BoxableExpression<issues::table, Backend, SqlType = Bool>>;

/// What a scope means for issues.
pub fn within(scope: Scope) -> Filter {
    let units_issues = |unit_id: i64| {
        issue_units::table
            .filter(issue_units::unit_id.eq(unit_id))
            .filter(issue_units::active.eq(true))
            .select(issue_units::issue_id)
    };
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(issues::area_id.eq(id)),
        Reach::Office(id) => Box::new(issues::office_area_id.eq(id)),
        // Its own, and those of companies that came to it since.
        Reach::Group(id) => {
            let assigned = assignments::table
                .filter(assignments::group_id.eq(id))
                .filter(assignments::valid_until.is_null())
                .select(assignments::enterprise_id);
            let own = issues::group_id.assume_not_null().eq(id);
            Box::new(own.or(issues::enterprise_id.assume_not_null().eq_any(assigned)))
        }
        Reach::Unit(id) => Box::new(issues::id.eq_any(units_issues(id))),
        Reach::LeadUnit(id) => Box::new(issues::lead_unit_id.assume_not_null().eq(id)),
        Reach::CoUnit(id) => Box::new(issues::id.eq_any(units_issues(id).filter(issue_units::part.eq(Part::Co)))),
        Reach::Own(id) => {
            let assigned = assignments::table
                .filter(assignments::cadre_id.eq(id))
                .filter(assignments::valid_until.is_null())
                .select(assignments::enterprise_id);
            Box::new(issues::enterprise_id.assume_not_null().eq_any(assigned))
        }
        Reach::Enterprise(id) => Box::new(issues::enterprise_id.assume_not_null().eq(id)),
        Reach::Issue(id) => Box::new(issues::id.eq(id)),
    }
}

/// What comes after (limit, id) in a list by what is due first.
pub fn later((due, id): (Time, i64)) -> Filter {
    Box::new(issues::step_due_at.gt(due).or(issues::step_due_at.eq(due).and(issues::id.gt(id))))
}

pub fn find(conn: &mut Conn, scope: Scope, number: &str) -> Result<Issue> {
    Ok(issues::table.filter(issues::number.eq(number)).filter(within(scope)).select(Issue::as_select()).first(conn)?)
}

/// The issue that a form of this version is about. Who had it when the form was opened and has it no more is told so;
/// who never had it learns nothing.
pub fn find_of_form(conn: &mut Conn, scope: Scope, number: &str, version: i64) -> Result<Issue> {
    let issue: Option<Issue> =
        issues::table.filter(issues::number.eq(number)).select(Issue::as_select()).first(conn).optional()?;
    let issue = issue.ok_or(Error::NotFound)?;
    if find_by_id(conn, scope, issue.id)?.is_some() {
        return Ok(issue);
    }
    if (1..issue.version).contains(&version) && had(conn, scope, &issue)? {
        return Err(Error::Conflict(GONE.into()));
    }
    Err(Error::NotFound)
}

const GONE: &str = "这件问题刚转给别的单位（或已提级），现在不归您办理";

/// Whether the issue was within the scope at some time.
fn had(conn: &mut Conn, scope: Scope, issue: &Issue) -> Result<bool> {
    let spans = || issue_spans::table.filter(issue_spans::issue_id.eq(issue.id)).count();
    let given = |unit_id: i64| {
        issue_units::table.filter(issue_units::issue_id.eq(issue.id)).filter(issue_units::unit_id.eq(unit_id)).count()
    };
    let was_assigned = || {
        assignments::table
            .filter(assignments::enterprise_id.nullable().eq(issue.enterprise_id))
            .filter(assignments::valid_until.assume_not_null().gt(shanghai_date(issue.submitted_at)))
            .count()
    };
    let times: i64 = match scope.reach() {
        // An office has what is its area's until it is passed up.
        Reach::Area(id) | Reach::Office(id) => spans().filter(issue_spans::area_id.eq(id)).get_result(conn)?,
        Reach::Unit(id) => given(id).get_result(conn)?,
        Reach::LeadUnit(id) => given(id).filter(issue_units::part.eq(Part::Lead)).get_result(conn)?,
        Reach::CoUnit(id) => given(id).filter(issue_units::part.eq(Part::Co)).get_result(conn)?,
        Reach::Group(id) => was_assigned().filter(assignments::group_id.eq(id)).get_result(conn)?,
        Reach::Own(id) => was_assigned().filter(assignments::cadre_id.eq(id)).get_result(conn)?,
        Reach::Enterprise(id) => {
            spans().filter(issue_spans::enterprise_id.assume_not_null().eq(id)).get_result(conn)?
        }
        Reach::Everything | Reach::Issue(_) => 0,
    };
    Ok(times > 0)
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = saved_filters)]
pub struct SavedFilter {
    pub id: i64,
    pub name: String,
    pub query: String,
}

/// A person keeps this many.
const SAVED_MOST: i64 = 20;

pub fn saved_filters(conn: &mut Conn, user_id: i64) -> Result<Vec<SavedFilter>> {
    Ok(saved_filters::table
        .filter(saved_filters::user_id.eq(user_id))
        .order(saved_filters::id)
        .limit(SAVED_MOST)
        .select(SavedFilter::as_select())
        .load(conn)?)
}

pub fn save_filter(conn: &mut Conn, user_id: i64, name: &str, query: &str) -> Result<()> {
    let kept: i64 = saved_filters::table.filter(saved_filters::user_id.eq(user_id)).count().get_result(conn)?;
    if kept >= SAVED_MOST {
        return Err(crate::error::Error::refused("最多保存 20 个查询，请先删掉不用的"));
    }
    diesel::insert_into(saved_filters::table)
        .values((
            saved_filters::id.eq(crate::key::fresh(crate::time::Time::system())),
            saved_filters::user_id.eq(user_id),
            saved_filters::name.eq(name),
            saved_filters::query.eq(query),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn delete_filter(conn: &mut Conn, user_id: i64, id: i64) -> Result<()> {
    let gone =
        diesel::delete(saved_filters::table.find(id).filter(saved_filters::user_id.eq(user_id))).execute(conn)?;
    if gone == 0 { Err(crate::error::Error::NotFound) } else { Ok(()) }
}

pub fn find_by_id(conn: &mut Conn, scope: Scope, id: i64) -> Result<Option<Issue>> {
    Ok(issues::table.find(id).filter(within(scope)).select(Issue::as_select()).first(conn).optional()?)
}

pub fn events(conn: &mut Conn, issue_id: i64) -> Result<Vec<super::event::Event>> {
    Ok(issue_events::table
        .filter(issue_events::issue_id.eq(issue_id))
        .order(issue_events::seq.desc())
        .select(super::event::Event::as_select())
        .load(conn)?)
}

/// The newest other issues of a company.
pub fn others_of_enterprise(conn: &mut Conn, scope: Scope, enterprise_id: i64, except: i64) -> Result<Vec<Issue>> {
    Ok(issues::table
        .filter(issues::enterprise_id.assume_not_null().eq(enterprise_id))
        .filter(issues::id.ne(except))
        .filter(within(scope))
        .order(issues::id.desc())
        .limit(5)
        .select(Issue::as_select())
        .load(conn)?)
}

pub fn merged_into(conn: &mut Conn, scope: Scope, main_issue_id: i64) -> Result<Vec<Issue>> {
    Ok(issues::table
        .filter(issues::main_issue_id.assume_not_null().eq(main_issue_id))
        .filter(within(scope))
        .order(issues::id)
        .limit(50)
        .select(Issue::as_select())
        .load(conn)?)
}

/// Names of people by id.
pub fn names(conn: &mut Conn, ids: &[i64]) -> Result<std::collections::HashMap<i64, String>> {
    if ids.is_empty() {
        return Ok(Default::default());
    }
    let rows: Vec<(i64, String)> =
        users::table.filter(users::id.eq_any(ids)).select((users::id, users::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct Attachment {
    pub id: i64,
    pub issue_id: i64,
    /// As the sender called it.
    pub name: String,
    /// SHA-256 in hex: where the file lies.
    pub content_hash: String,
    pub content_type: String,
    pub size: i64,
    pub actor: String,
    pub added_at: crate::time::Time,
    pub voided_at: crate::time::Time,
    pub void_reason: String,
    /// None: the company, with its query code.
    pub actor_id: Option<i64>,
    pub for_company: bool,
    pub void_actor: String,
}

impl Attachment {
    pub fn is_void(&self) -> bool {
        !self.voided_at.is_never()
    }
    /// 18 KB.
    pub fn size_text(&self) -> String {
        match self.size {
            size if size >= 1024 * 1024 => format!("{:.1} MB", size as f64 / 1_048_576.0),
            size => format!("{} KB", (size + 1023) / 1024),
        }
    }
}

/// With the voided ones; a company gets those that it may see.
pub fn attachments(conn: &mut Conn, issue_id: i64, for_company: bool) -> Result<Vec<Attachment>> {
    let mut found: Vec<Attachment> = attachments::table
        .filter(attachments::issue_id.eq(issue_id))
        .order(attachments::id)
        .select(Attachment::as_select())
        .load(conn)?;
    found.retain(|one| one.for_company || !for_company);
    Ok(found)
}

pub fn find_attachment(conn: &mut Conn, scope: Scope, id: i64) -> Result<Attachment> {
    let found: Attachment = attachments::table
        .find(id)
        .filter(attachments::voided_at.eq(crate::time::Time::NEVER))
        .select(Attachment::as_select())
        .first(conn)?;
    let by_company = matches!(scope.reach(), Reach::Enterprise(_) | Reach::Issue(_));
    match find_by_id(conn, scope, found.issue_id)? {
        Some(_) if found.for_company || !by_company => Ok(found),
        _ => Err(crate::error::Error::NotFound),
    }
}

/// The row and the file stay; nobody is shown the file any more.
pub fn void_attachment(conn: &mut Conn, id: i64, actor: &str, reason: &str, at: crate::time::Time) -> Result<()> {
    let row = attachments::table.find(id).filter(attachments::voided_at.eq(crate::time::Time::NEVER));
    let done = diesel::update(row)
        .set((attachments::voided_at.eq(at), attachments::void_reason.eq(reason), attachments::void_actor.eq(actor)))
        .execute(conn)?;
    if done == 1 { Ok(()) } else { Err(crate::error::Error::Conflict("这个附件已经作废".into())) }
}

pub fn insert_attachments(conn: &mut Conn, rows: Vec<Attachment>) -> Result<()> {
    for row in rows {
        diesel::insert_into(attachments::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// A visit that the form names, if it was to this company.
pub fn visit_of(conn: &mut Conn, id: Option<i64>, enterprise_id: i64) -> Result<Option<i64>> {
    let Some(id) = id else { return Ok(None) };
    let found = visits::table.find(id).filter(visits::enterprise_id.eq(enterprise_id)).select(visits::id);
    Ok(found.first(conn).optional()?)
}

/// A symposium that the form names, if this company took part.
pub fn symposium_of(conn: &mut Conn, id: Option<i64>, enterprise_id: i64) -> Result<Option<i64>> {
    let Some(id) = id else { return Ok(None) };
    let found = symposium_enterprises::table.find((id, enterprise_id)).select(symposium_enterprises::symposium_id);
    Ok(found.first(conn).optional()?)
}
