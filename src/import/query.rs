//! SQL of the imports that the page keeps.
use super::{Import, Kind, State, Told, run::Report};
use crate::{
    access::Scope,
    audit::AuditAction,
    db::Conn,
    error::{Error, Result},
    schema::*,
    time::Time,
    web::paging::Bound,
};
use diesel::prelude::*;

/// Imports of the kinds that the viewer may import, with the name of who sent them. The scope is that of the permission
/// for these kinds, which reaches everything or is not there.
pub fn list(conn: &mut Conn, _: Scope, kinds: &[Kind], bound: Bound, most: i64) -> Result<Vec<(Import, String)>> {
    let rows = imports::table
        .inner_join(users::table)
        .filter(imports::kind.eq_any(kinds))
        .select((Import::as_select(), users::name))
        .limit(most);
    Ok(match bound {
        Bound::Below(id) => rows.filter(imports::id.lt(id)).order(imports::id.desc()).load(conn)?,
        Bound::Above(id) => rows.filter(imports::id.gt(id)).order(imports::id.asc()).load(conn)?,
    })
}

pub fn count(conn: &mut Conn, _: Scope, kinds: &[Kind]) -> Result<i64> {
    Ok(imports::table.filter(imports::kind.eq_any(kinds)).count().get_result(conn)?)
}

pub fn find(conn: &mut Conn, _: Scope, kinds: &[Kind], id: i64) -> Result<Import> {
    Ok(imports::table.find(id).filter(imports::kind.eq_any(kinds)).select(Import::as_select()).first(conn)?)
}

pub fn insert(conn: &mut Conn, import: &Import) -> Result<()> {
    diesel::insert_into(imports::table).values(import).execute(conn)?;
    Ok(())
}

/// Takes the import up for checking or running. Whoever comes second, or meets one at work, gets a conflict.
pub fn take_up(conn: &mut Conn, import: &Import, state: State, told: &Told, now: Time) -> Result<()> {
    let row = imports::table.find(import.id).filter(imports::state.eq(import.state));
    let taken = diesel::update(row.filter(imports::ended_at.eq(import.ended_at)))
        .set((
            imports::state.eq(state),
            imports::mapping.eq(serde_json::to_string(told)?),
            imports::done.eq(0),
            imports::ended_at.eq(now),
        ))
        .execute(conn)?;
    match taken {
        1 => Ok(()),
        _ => Err(Error::Conflict("这次导入正在进行，或刚被别人处理过，请看过新的情况再决定".into())),
    }
}

/// A sign of life.
pub fn progress(conn: &mut Conn, id: i64, done: i64, now: Time) -> Result<()> {
    let at_work = imports::state.eq_any([State::Checking, State::Running]);
    diesel::update(imports::table.find(id).filter(at_work))
        .set((imports::done.eq(done), imports::ended_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub fn end(
    conn: &mut Conn,
    id: i64,
    state: State,
    report: &Report,
    bad_rows_hash: Option<&str>,
    now: Time,
) -> Result<()> {
    diesel::update(imports::table.find(id))
        .set((
            imports::state.eq(state),
            imports::summary.eq(serde_json::to_string(report)?),
            imports::bad_rows_hash.eq(bad_rows_hash),
            imports::done.eq(report.rows() as i64),
            imports::ended_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether what a dead server was writing was written: the audit event stands in the same transaction.
pub fn was_applied(conn: &mut Conn, import: &Import) -> Result<bool> {
    use audit_events as a;
    let written: i64 = a::table
        .filter(a::actor_key.eq(format!("user:{}", import.user_id)))
        .filter(a::action.eq(AuditAction::Import))
        .filter(a::object.eq(import.object()))
        .count()
        .get_result(conn)?;
    Ok(written > 0)
}
