//! SQL of the upkeep of areas.
use crate::{
    access::Scope,
    db::Conn,
    directory::{self, Area},
    error::{Invalid, Result},
    schema::{areas, enterprises, groups, units},
};
use chrono::NaiveDate;
use diesel::prelude::*;

pub fn find(conn: &mut Conn, _: Scope, id: i64) -> Result<Area> {
    Ok(areas::table.find(id).select(Area::as_select()).first(conn)?)
}

fn check(conn: &mut Conn, area: &Area) -> Result<()> {
    let mut invalid = Invalid::default();
    let others = areas::table.filter(areas::id.ne(area.id)).filter(areas::valid_until.is_null());
    // What stands below an area of the city is numbered with its code; the city's areas never share one.
    let city: Vec<i64> = areas::table.filter(areas::parent_id.is_null()).select(areas::id).load(conn)?;
    if let Some(parent) = area.parent_id.filter(|parent| city.contains(parent)) {
        let same = others.filter(areas::number_code.eq(&area.number_code)).filter(areas::parent_id.eq(parent));
        if same.count().get_result::<i64>(conn)? > 0 {
            invalid.add("number_code", "已经有区县用这个编号用码");
        }
    }
    if let Some(code) = &area.gb_code {
        let coded: i64 = others.filter(areas::gb_code.eq(code)).count().get_result(conn)?;
        if coded > 0 {
            invalid.add("gb_code", "已经有辖区用这个代码");
        }
    }
    invalid.check()
}

pub fn insert(conn: &mut Conn, _: Scope, area: &Area) -> Result<()> {
    check(conn, area)?;
    diesel::insert_into(areas::table).values(area).execute(conn)?;
    directory::changed(conn)
}

pub fn update(conn: &mut Conn, _: Scope, area: &Area) -> Result<()> {
    check(conn, area)?;
    diesel::update(areas::table.find(area.id)).set(area).execute(conn)?;
    directory::changed(conn)
}

/// Ends the validity, or takes the end back with None. Refused while something valid belongs to it.
pub fn set_end(conn: &mut Conn, _: Scope, id: i64, on: Option<NaiveDate>) -> Result<()> {
    if on.is_some() {
        let below = areas::table.filter(areas::parent_id.eq(id)).filter(areas::valid_until.is_null());
        let units = units::table.filter(units::area_id.eq(id)).filter(units::valid_until.is_null());
        let groups = groups::table.filter(groups::area_id.eq(id)).filter(groups::valid_until.is_null());
        let firms = enterprises::table.filter(enterprises::area_id.eq(id)).filter(enterprises::valid_until.is_null());
        let counted: [(i64, &str); 4] = [
            (below.count().get_result(conn)?, "个下级辖区"),
            (units.count().get_result(conn)?, "个单位"),
            (groups.count().get_result(conn)?, "个工作组"),
            (firms.count().get_result(conn)?, "家企业"),
        ];
        let left: Vec<_> =
            counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if !left.is_empty() {
            return Err(Invalid::one("reason", format!("还有{}属于它，请先移走", left.join("、"))).into());
        }
    }
    diesel::update(areas::table.find(id)).set(areas::valid_until.eq(on)).execute(conn)?;
    directory::changed(conn)
}
