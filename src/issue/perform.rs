//! One step in one transaction: load through the scopes, apply, save if nobody was faster, append the event.
use super::{
    Dossier, Instruction, Issue, IssueDetail, IssueUnit,
    apply::{Actor, Context, apply},
    event, merged,
    query::within,
    step::Step,
    workflow::*,
};
use crate::{
    access::{Permission, Scope, Viewer},
    chain,
    db::Conn,
    directory,
    error::{Error, Result},
    inbox,
    schema::*,
    sign::{self, find::Done},
    spot_check,
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
    let main = merged::main_of(conn, &issue)?;
    let instructions = instructions::table
        .filter(instructions::issue_id.eq(issue.id))
        .filter(instructions::answered_at.eq(Time::NEVER))
        .order(instructions::id)
        .select(Instruction::as_select())
        .load(conn)?;
    Ok(Dossier { issue, detail, units, main, instructions, supervisions: Vec::new() })
}

pub fn city_area_id(conn: &mut Conn) -> Result<i64> {
    Ok(areas::table.filter(areas::parent_id.is_null()).order(areas::id).select(areas::id).first(conn)?)
}

/// Does the step on the issue `number`. `version` is that of the page the form was on; a stale one is a conflict that
/// says what happened meanwhile (see `is_stale`).
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
    if let Some(version) = version
        && is_stale(conn, &issue, version, &[step.action()])?
    {
        return Err(Error::Conflict(meanwhile(conn, &issue)?));
    }
    let rules = directory::current(conn)?.rules.clone();
    let context = Context::new(city_area_id(conn)?, &rules);
    let before = load(conn, issue)?;
    let (last, at) = newest(conn, before.issue.id, at.max(rules.since()))?;
    let step = &completed(conn, &before, step)?;
    check_references(conn, authority, &before, step)?;
    let mut after = before.clone();
    let from = apply(&mut after, context, &authority.actor, step, at)?;
    save(conn, &before, &after)?;
    let event_id = event::append(conn, &after.issue, Some(from), last, &authority.actor, step, at)?;
    event::move_span(conn, &after, context.calendar(at), at)?;
    if before.issue.title != after.issue.title || before.issue.enterprise_name != after.issue.enterprise_name {
        crate::search::index_issue(conn, &after.issue)?;
    }
    sign::find::find(conn, Done { before: &before, after: &after, event_id, step, at })?;
    spot_check::settle::settle(conn, from, &after.issue, &authority.actor, step, at)?;
    inbox::deliver::deliver(conn, &before, &after, event_id, &authority.actor, step, at)?;
    merged::take_along(conn, from, &after.issue, at)?;
    if matches!(step, Step::Merge { .. }) && merged::main_is_answered(conn, &after.issue)? {
        return perform(conn, &Authority::system(), number, None, &Step::Ask { reply: None }, at);
    }
    Ok(after.issue)
}

/// The end of the issue's chain, and the moment of the next step: never before the last one, whatever the clocks of
/// several instances say.
fn newest(conn: &mut Conn, issue_id: i64, at: Time) -> Result<((i64, Vec<u8>), Time)> {
    let last: Option<(i64, Vec<u8>, Time)> = issue_events::table
        .filter(issue_events::issue_id.eq(issue_id))
        .order(issue_events::seq.desc())
        .select((issue_events::seq, issue_events::hash, issue_events::happened_at))
        .first(conn)
        .optional()?;
    Ok(match last {
        Some((seq, hash, happened_at)) => ((seq, hash), at.max(happened_at)),
        None => ((0, chain::first_hash()), at),
    })
}

/// The step with what the event must hold of the moment, so that it can be played again by itself.
fn completed(conn: &mut Conn, before: &Dossier, step: &Step) -> Result<Step> {
    let mut step = step.clone();
    let issue = &before.issue;
    let mut assigned = |enterprise_id: Option<i64>| match enterprise_id {
        Some(id) => Ok(crate::enterprise::query::assigned(conn, id)?.map(|(group, _)| group)),
        None => Ok::<_, Error>(None),
    };
    match &mut step {
        Step::Register { group_id, .. } if issue.enterprise_id.is_some() => *group_id = assigned(issue.enterprise_id)?,
        Step::Answer { main, group_id, .. } => {
            *main = before.main;
            if main.is_some() && issue.registered_at.is_never() {
                *group_id = assigned(issue.enterprise_id)?;
            }
        }
        Step::Ask { reply } => *reply = merged::reply_of_main(conn, issue)?,
        Step::UpholdReturn { level, .. } | Step::SendBack { level, .. } => {
            *level = before.next_vain_round_moves().then_some(Level::City);
        }
        _ => {}
    }
    Ok(step)
}

/// Whether the page of this version is too old for these steps. A nudge asks for the step and changes nothing about it, so
/// a page from before it still holds; but who presses is to know that somebody just did.
pub fn is_stale(conn: &mut Conn, issue: &Issue, version: i64, actions: &[Action]) -> Result<bool> {
    if version == issue.version {
        return Ok(false);
    }
    if version > issue.version || actions.iter().any(|action| Action::PRESSING.contains(action)) {
        return Ok(true);
    }
    // Each step counts the version up by one and has its event.
    let since = issue_events::table
        .filter(issue_events::issue_id.eq(issue.id))
        .filter(issue_events::seq.gt(version))
        .filter(issue_events::action.ne_all(Action::PRESSING.to_vec()));
    Ok(since.count().get_result::<i64>(conn)? > 0)
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
            merged::expect_main(conn, authority.see, *main_issue_id, &dossier.issue)?;
        }
        Step::Dispatch { lead_unit_id, .. } | Step::Transfer { lead_unit_id, .. } => {
            let mut wanted = match step {
                Step::Dispatch { co_unit_ids, .. } => co_unit_ids.clone(),
                _ => Vec::new(),
            };
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
    for instruction in &after.instructions {
        match before.instructions.iter().find(|old| old.id == instruction.id) {
            Some(old) if old == instruction => {}
            Some(_) => {
                diesel::update(instructions::table.find(instruction.id)).set(instruction).execute(conn)?;
            }
            None => {
                diesel::insert_into(instructions::table).values(instruction).execute(conn)?;
            }
        }
    }
    for supervision in &after.supervisions {
        diesel::insert_into(supervisions::table).values(supervision).execute(conn)?;
    }
    Ok(())
}
