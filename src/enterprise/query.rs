//! All SQL of companies.
use super::Enterprise;
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    db::{Backend, Conn},
    error::Result,
    issue::{
        apply::Actor,
        perform::{Authority, perform},
        step::{EnterpriseOfIssue, Step},
        workflow::Status,
    },
    schema::*,
    search,
    time::Time,
};
use chrono::NaiveDate;
use diesel::{
    dsl::{exists, not},
    prelude::*,
    sql_types::Bool,
};

pub type Filter = Box<dyn BoxableExpression<enterprises::table, Backend, SqlType = Bool>>;

/// What a scope means for companies.
pub fn within(scope: Scope) -> Filter {
    let assigned = || {
        assignments::table
            .filter(assignments::enterprise_id.eq(enterprises::id))
            .filter(assignments::valid_until.is_null())
    };
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(enterprises::area_id.eq(id)),
        Reach::Group(id) => Box::new(exists(assigned().filter(assignments::group_id.eq(id)))),
        Reach::Own(id) => Box::new(
            enterprises::id.eq_any(
                assignments::table
                    .filter(assignments::cadre_id.eq(id))
                    .filter(assignments::valid_until.is_null())
                    .select(assignments::enterprise_id),
            ),
        ),
        Reach::Enterprise(id) => Box::new(enterprises::id.eq(id)),
        Reach::Office(_) | Reach::Unit(_) | Reach::LeadUnit(_) | Reach::CoUnit(_) | Reach::Issue(_) => {
            Box::new(not(enterprises::id.eq(enterprises::id)))
        }
    }
}

pub fn find(conn: &mut Conn, scope: Scope, id: i64) -> Result<Enterprise> {
    Ok(enterprises::table.find(id).filter(within(scope)).select(Enterprise::as_select()).first(conn)?)
}

/// Whether its page opens within the scope.
pub fn is_within(conn: &mut Conn, scope: Scope, id: i64) -> Result<bool> {
    Ok(enterprises::table.find(id).filter(within(scope)).count().get_result::<i64>(conn)? > 0)
}

/// Valid companies whose name or code contains the text; without a text the first ones.
pub fn search(conn: &mut Conn, scope: Scope, text: &str, limit: i64) -> Result<Vec<Enterprise>> {
    having(conn, Box::new(within(scope).and(enterprises::valid_until.is_null())), text, limit)
}

/// The ids of all companies, valid or not, whose name or code contains the text.
pub fn called_like(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<i64>> {
    let found = having(conn, within(Scope::system()), text, limit)?;
    Ok(found.into_iter().map(|one| one.id).collect())
}

fn having(conn: &mut Conn, among: Filter, text: &str, limit: i64) -> Result<Vec<Enterprise>> {
    let wanted = search::normal(text);
    let mut query = enterprises::table.filter(among).select(Enterprise::as_select()).into_boxed();
    let terms = search::terms(&wanted);
    if terms.is_empty() && !wanted.is_empty() {
        return Ok(Vec::new());
    }
    for term in terms {
        let having: Filter = Box::new(exists(
            enterprise_terms::table
                .filter(enterprise_terms::term.eq(term))
                .filter(enterprise_terms::doc.eq(enterprises::id)),
        ));
        query = query.filter(having);
    }
    let mut found: Vec<Enterprise> = query.order(enterprises::id).limit(limit).load(conn)?;
    found.retain(|one| search::normal_parts(&[&one.name, one.usci.as_deref().unwrap_or_default()]).contains(&wanted));
    Ok(found)
}

/// The group that counts for a company today, and the cadre assigned to it.
pub fn assigned(conn: &mut Conn, enterprise_id: i64) -> Result<Option<(i64, i64)>> {
    Ok(assignments::table
        .filter(assignments::enterprise_id.eq(enterprise_id))
        .filter(assignments::valid_until.is_null())
        .order(assignments::id.desc())
        .select((assignments::group_id, assignments::cadre_id))
        .first(conn)
        .optional()?)
}

/// The valid companies of this code or of exactly this name (spaces, width and case apart).
pub fn called(conn: &mut Conn, scope: Scope, typed: &str) -> Result<Vec<Enterprise>> {
    called_among(conn, || Box::new(within(scope).and(enterprises::valid_until.is_null())), typed)
}

/// Those that have ended.
pub fn called_ended(conn: &mut Conn, scope: Scope, typed: &str) -> Result<Vec<Enterprise>> {
    called_among(conn, || Box::new(within(scope).and(enterprises::valid_until.is_not_null())), typed)
}

fn called_among(conn: &mut Conn, among: impl Fn() -> Filter, typed: &str) -> Result<Vec<Enterprise>> {
    if let Ok(code) = crate::usci::Usci::parse(typed) {
        return Ok(enterprises::table
            .filter(enterprises::usci.assume_not_null().eq(code.as_str()))
            .filter(among())
            .select(Enterprise::as_select())
            .load(conn)?);
    }
    let wanted = search::normal(typed);
    let mut found = having(conn, among(), typed, 1000)?;
    found.retain(|one| search::normal(&one.name) == wanted);
    Ok(found)
}

/// The one that is called so; None when no company or more than one is.
pub fn find_called(conn: &mut Conn, typed: &str) -> Result<Option<Enterprise>> {
    let mut found = called(conn, Scope::system(), typed)?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

fn check_usci(conn: &mut Conn, enterprise: &Enterprise) -> Result<()> {
    let Some(usci) = &enterprise.usci else { return Ok(()) };
    let same: Option<String> = enterprises::table
        .filter(enterprises::usci.eq(usci))
        .filter(enterprises::id.ne(enterprise.id))
        .select(enterprises::name)
        .first(conn)
        .optional()?;
    match same {
        Some(name) => Err(crate::error::Invalid::one("usci", format!("这个代码已经是“{name}”的")).into()),
        None => Ok(()),
    }
}

pub fn insert(conn: &mut Conn, enterprise: &Enterprise) -> Result<()> {
    check_usci(conn, enterprise)?;
    diesel::insert_into(enterprises::table).values(enterprise).execute(conn)?;
    search::index_enterprise(conn, enterprise.id, &enterprise.name, enterprise.usci.as_deref().unwrap_or_default())
}

/// Saves if nobody was faster; `version` is that of the form.
pub fn update(conn: &mut Conn, enterprise: &Enterprise) -> Result<()> {
    check_usci(conn, enterprise)?;
    let after = Enterprise { version: enterprise.version + 1, ..enterprise.clone() };
    let saved = diesel::update(
        enterprises::table.filter(enterprises::id.eq(after.id)).filter(enterprises::version.eq(enterprise.version)),
    )
    .set(&after)
    .execute(conn)?;
    if saved != 1 {
        return Err(crate::error::Error::Conflict("这家企业刚被别人改动过，请看过新的情况再决定".into()));
    }
    search::index_enterprise(conn, after.id, &after.name, after.usci.as_deref().unwrap_or_default())
}

/// Open problems follow a new name: each gets the correction as an event of its own.
pub fn rename_in_open_issues(conn: &mut Conn, viewer: &Viewer, one: &Enterprise, at: Time) -> Result<()> {
    let found: Vec<(String, i64)> = issues::table
        .filter(issues::enterprise_id.assume_not_null().eq(one.id))
        .filter(issues::status.eq_any(Status::OPEN))
        .order(issues::id)
        .select((issues::number, issues::area_id))
        .load(conn)?;
    // Who may edit the company may name it; the problem may be in another area by now.
    let actor = Actor::of(viewer, Permission::CorrectIssue);
    let authority = Authority { see: Scope::system(), act: Scope::system(), actor };
    for (number, area_id) in found {
        let step = Step::Correct {
            title: None,
            description: None,
            demand: None,
            category_id: None,
            enterprise: Some(EnterpriseOfIssue { id: one.id, name: one.name.clone(), area_id }),
            remark: None,
            contact: None,
            reason: "企业更名".into(),
        };
        perform(conn, &authority, &number, None, &step, at)?;
    }
    Ok(())
}

/// Who is assigned: (assignment, cadre, group, leader, from, until), current ones first.
pub type AssignmentRow = (i64, String, String, String, NaiveDate, Option<NaiveDate>);

pub fn assignments(conn: &mut Conn, enterprise_id: i64) -> Result<Vec<AssignmentRow>> {
    let mut rows: Vec<AssignmentRow> = assignments::table
        .inner_join(users::table)
        .inner_join(groups::table.on(groups::id.eq(assignments::group_id)))
        .filter(assignments::enterprise_id.eq(enterprise_id))
        .order(assignments::id.desc())
        .limit(20)
        .select((
            assignments::id,
            users::name,
            groups::name,
            assignments::leader,
            assignments::valid_from,
            assignments::valid_until,
        ))
        .load(conn)?;
    rows.sort_by_key(|row| row.5.is_some());
    Ok(rows)
}

/// The newest symposiums a company took part in, as far as they may be seen.
pub fn symposiums(conn: &mut Conn, see: Scope, enterprise_id: i64) -> Result<Vec<(i64, String, NaiveDate)>> {
    let took_part = symposium_enterprises::table
        .filter(symposium_enterprises::enterprise_id.eq(enterprise_id))
        .select(symposium_enterprises::symposium_id);
    Ok(symposiums::table
        .filter(symposiums::id.eq_any(took_part))
        .filter(crate::symposium::query::within(see))
        .filter(symposiums::voided_at.eq(Time::NEVER))
        .order(symposiums::id.desc())
        .limit(10)
        .select((symposiums::id, symposiums::topic, symposiums::held_on))
        .load(conn)?)
}

/// Companies assigned to a group today.
pub fn of_group(conn: &mut Conn, group_id: i64, limit: i64) -> Result<Vec<Enterprise>> {
    Ok(enterprises::table
        .filter(
            enterprises::id.eq_any(
                assignments::table
                    .filter(assignments::group_id.eq(group_id))
                    .filter(assignments::valid_until.is_null())
                    .select(assignments::enterprise_id),
            ),
        )
        .order(enterprises::id)
        .limit(limit)
        .select(Enterprise::as_select())
        .load(conn)?)
}
