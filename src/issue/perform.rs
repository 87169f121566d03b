//! One step in one transaction: load through the scopes, apply, save if nobody was faster, append the event.
use super::{
    Dossier, Issue, IssueDetail, IssueUnit, Main,
    apply::{Actor, Context, apply},
    event,
    query::within,
    step::Step,
    workflow::*,
};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    error::{Error, Result},
    schema::*,
    time::Time,
};
use diesel::prelude::*;

/// By what right a step is done: what may be seen, and on which rows the step itself is allowed.
#[derive(Debug, Clone)]
pub struct Authority {
    pub see: Scope,
    pub act: Scope,
    pub actor: Actor,
}

impl Authority {
    /// The first permission of the table's line that the viewer holds.
    pub fn of(viewer: &Viewer, action: Action) -> Result<Self> {
        let see = viewer.require(Permission::SeeIssues)?;
        let lines = TRANSITIONS.iter().filter(|line| line.action == action);
        let (by, act) = lines
            .flat_map(|line| line.needs)
            .find_map(|needed| viewer.scope(*needed).map(|scope| (*needed, scope)))
            .ok_or(Error::Forbidden)?;
        Ok(Self { see, act, actor: Actor::of(viewer, by) })
    }
    /// The company that holds the query code of one issue.
    pub fn by_query_code(issue_id: i64) -> Self {
        let scope = Scope::by_query_code(issue_id);
        let actor =
            Actor { id: None, name: "企业（查询码）".into(), by: Permission::AnswerAsEnterprise, unit_id: None };
        Self { see: scope, act: scope, actor }
    }
    pub fn system() -> Self {
        Self { see: Scope::system(), act: Scope::system(), actor: Actor::system() }
    }
}

impl Actor {
    pub fn of(viewer: &Viewer, by: Permission) -> Self {
        let name = if viewer.is_official() { format!("{} {}", viewer.home, viewer.name) } else { viewer.home.clone() };
        Self { id: Some(viewer.id), name: name.trim().to_owned(), by, unit_id: viewer.unit_id }
    }
}

pub fn load(conn: &mut Conn, issue: Issue) -> Result<Dossier> {
    let detail = issue_details::table.find(issue.id).select(IssueDetail::as_select()).first(conn)?;
    let units = issue_units::table
        .filter(issue_units::issue_id.eq(issue.id))
        .order(issue_units::id)
        .select(IssueUnit::as_select())
        .load(conn)?;
    let main = match issue.main_issue_id {
        None => None,
        Some(id) => {
            let (status, lead_unit_id) =
                issues::table.find(id).select((issues::status, issues::lead_unit_id)).first(conn)?;
            Some(Main { status, lead_unit_id })
        }
    };
    Ok(Dossier { issue, detail, units, main })
}

pub fn city_area_id(conn: &mut Conn) -> Result<i64> {
    Ok(areas::table.filter(areas::parent_id.is_null()).order(areas::id).select(areas::id).first(conn)?)
}

/// Does the step on the issue `number`. `version` is that of the page the form was on; a stale one is a conflict that
/// says what happened meanwhile.
pub fn perform(
    conn: &mut Conn,
    authority: &Authority,
    number: &str,
    version: Option<i64>,
    step: &Step,
    at: Time,
) -> Result<Issue> {
    let issue: Issue = issues::table
        .filter(issues::number.eq(number))
        .filter(within(authority.see))
        .select(Issue::as_select())
        .first(conn)?;
    let allowed: i64 =
        issues::table.filter(issues::id.eq(issue.id)).filter(within(authority.act)).count().get_result(conn)?;
    if allowed == 0 {
        return Err(Error::Forbidden);
    }
    if version.is_some_and(|version| version != issue.version) {
        return Err(Error::Conflict(meanwhile(conn, &issue)?));
    }
    let context = Context { city_area_id: city_area_id(conn)? };
    let before = load(conn, issue)?;
    check_references(conn, authority, &before, step)?;
    let mut after = before.clone();
    if matches!(step, Step::Register { .. }) && before.issue.registered_at.is_never() {
        after.issue.group_id = group_now(conn, &before.issue)?;
    }
    let from = apply(&mut after, context, &authority.actor, step, at)?;
    save(conn, &before, &after)?;
    event::append(conn, &after.issue, Some(from), &authority.actor, step, at)?;
    event::move_span(conn, &before.issue, &after.issue, at)?;
    if before.issue.title != after.issue.title || before.issue.enterprise_name != after.issue.enterprise_name {
        crate::search::index_issue(conn, &after.issue)?;
    }
    Ok(after.issue)
}

/// An issue counts for the group that its company has when it is registered; a company without one changes nothing.
fn group_now(conn: &mut Conn, issue: &Issue) -> Result<Option<i64>> {
    let assigned = match issue.enterprise_id {
        Some(id) => crate::enterprise::query::assigned(conn, id)?,
        None => None,
    };
    Ok(assigned.map(|(group_id, _)| group_id).or(issue.group_id))
}

/// The latest event, as a sentence for whoever was slower.
pub fn meanwhile(conn: &mut Conn, issue: &Issue) -> Result<String> {
    let last: Option<(Action, String, Time)> = issue_events::table
        .filter(issue_events::issue_id.eq(issue.id))
        .order(issue_events::seq.desc())
        .select((issue_events::action, issue_events::actor, issue_events::happened_at))
        .first(conn)
        .optional()?;
    Ok(match last {
        Some((action, actor, at)) => format!(
            "您打开页面之后，{actor}于 {} 做了“{}”，现在是“{}”。请看过新的情况再决定",
            crate::calendar::shanghai(at).format("%Y-%m-%d %H:%M"),
            action.label(),
            issue.status.label()
        ),
        None => format!("这件问题刚被改动过，现在是“{}”", issue.status.label()),
    })
}

/// What a step names must exist, be valid and be visible to who names it.
fn check_references(conn: &mut Conn, authority: &Authority, dossier: &Dossier, step: &Step) -> Result<()> {
    use crate::error::Invalid;
    match step {
        Step::Merge { main_issue_id, .. } => {
            let main: Option<Status> = issues::table
                .filter(issues::id.eq(main_issue_id))
                .filter(within(authority.see))
                .select(issues::status)
                .first(conn)
                .optional()?;
            match main {
                None => return Err(Invalid::one("main", "没有这件问题，或者您看不到它").into()),
                Some(status) if status.is_final() => {
                    return Err(Invalid::one("main", format!("主件现在是“{}”，不能并入", status.label())).into());
                }
                Some(_) => {}
            }
            let followers: i64 =
                issues::table.filter(issues::main_issue_id.eq(dossier.issue.id)).count().get_result(conn)?;
            if followers > 0 {
                return Err(Invalid::one("main", "已有问题并入这件，请先拆分再并案").into());
            }
        }
        Step::Dispatch { lead_unit_id, co_unit_ids, .. } => {
            let mut wanted = co_unit_ids.clone();
            wanted.push(*lead_unit_id);
            wanted.sort_unstable();
            wanted.dedup();
            let found: i64 = units::table
                .filter(units::id.eq_any(&wanted))
                .filter(units::valid_until.is_null())
                .count()
                .get_result(conn)?;
            if found != wanted.len() as i64 {
                return Err(Invalid::one("lead_unit", "请从单位名单中选择有效的单位").into());
            }
        }
        Step::Register { category_id, .. } | Step::Correct { category_id: Some(category_id), .. } => {
            let found: i64 = categories::table
                .filter(categories::id.eq(category_id))
                .filter(categories::valid_until.is_null())
                .count()
                .get_result(conn)?;
            if found == 0 {
                return Err(Invalid::one("category", "请选择有效的问题类别").into());
            }
        }
        _ => {}
    }
    Ok(())
}

fn save(conn: &mut Conn, before: &Dossier, after: &Dossier) -> Result<()> {
    let saved = diesel::update(
        issues::table.filter(issues::id.eq(before.issue.id)).filter(issues::version.eq(before.issue.version)),
    )
    .set(&after.issue)
    .execute(conn)?;
    if saved != 1 {
        return Err(Error::Conflict("这件问题刚被别人改动过，请刷新后再试".into()));
    }
    if before.detail != after.detail {
        diesel::update(issue_details::table.find(after.issue.id)).set(&after.detail).execute(conn)?;
    }
    for unit in &after.units {
        match before.units.iter().find(|old| old.id == unit.id) {
            Some(old) if old == unit => {}
            Some(_) => {
                diesel::update(issue_units::table.find(unit.id)).set(unit).execute(conn)?;
            }
            None => {
                diesel::insert_into(issue_units::table).values(unit).execute(conn)?;
            }
        }
    }
    Ok(())
}
