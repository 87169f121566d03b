//! SQL of the upkeep of units.
use crate::{
    access::Scope,
    db::Conn,
    directory::{self, Unit},
    error::{Error, Invalid, Result},
    issue::workflow::Status,
    schema::{issue_units, issues, units, users},
};
use chrono::NaiveDate;
use diesel::prelude::*;

pub fn find(conn: &mut Conn, _: Scope, id: i64) -> Result<Unit> {
    Ok(units::table.find(id).select(Unit::as_select()).first(conn)?)
}

fn check_name(conn: &mut Conn, unit: &Unit) -> Result<()> {
    let same: i64 =
        units::table.filter(units::name.eq(&unit.name)).filter(units::id.ne(unit.id)).count().get_result(conn)?;
    if same > 0 {
        return Err(Invalid::one("name", "已经有同名的单位（也可能已停止使用）").into());
    }
    Ok(())
}

pub fn insert(conn: &mut Conn, _: Scope, unit: &Unit) -> Result<()> {
    check_name(conn, unit)?;
    diesel::insert_into(units::table).values(unit).execute(conn)?;
    directory::changed(conn)
}

/// Saves if nobody was faster; `unit.version` is still that of the form.
pub fn update(conn: &mut Conn, _: Scope, unit: &Unit) -> Result<()> {
    check_name(conn, unit)?;
    let saved = diesel::update(units::table.filter(units::id.eq(unit.id)).filter(units::version.eq(unit.version)))
        .set((
            units::name.eq(&unit.name),
            units::area_id.eq(unit.area_id),
            units::valid_from.eq(unit.valid_from),
            units::version.eq(unit.version + 1),
        ))
        .execute(conn)?;
    if saved != 1 {
        return Err(Error::Conflict("这个单位刚被别人改动过，请看过新的情况再决定".into()));
    }
    directory::changed(conn)
}

/// Ends the validity, or takes the end back with None. Refused while work or people would be left behind.
pub fn set_end(conn: &mut Conn, _: Scope, id: i64, on: Option<NaiveDate>) -> Result<()> {
    if on.is_some() {
        let issues: i64 = issue_units::table
            .inner_join(issues::table)
            .filter(issue_units::unit_id.eq(id))
            .filter(issue_units::active.eq(true))
            .filter(issues::status.eq_any(Status::OPEN))
            .count()
            .get_result(conn)?;
        if issues > 0 {
            let why = format!("手里还有 {issues} 件没有办完的问题，请先由助企办改派");
            return Err(Invalid::one("reason", why).into());
        }
        let people: i64 = users::table
            .filter(users::unit_id.eq(id))
            .filter(users::disabled.eq(false))
            .filter(users::role.is_not_null())
            .count()
            .get_result(conn)?;
        if people > 0 {
            let why = format!("还有 {people} 个账号属于这个单位，请先由安全管理员收回角色");
            return Err(Invalid::one("reason", why).into());
        }
    }
    diesel::update(units::table.find(id)).set(units::valid_until.eq(on)).execute(conn)?;
    directory::changed(conn)
}
