//! Who stands on the sign-in page: of each role people of the finished city who have something to do.
use crate::{
    access::Role,
    db::Conn,
    error::Result,
    issue::workflow::Status::{self, *},
    schema::{areas, enterprises, groups, issues as i, units, users as u},
};
use diesel::prelude::*;

/// What waits for an office, and for a unit.
const OFFICE: &[Status] = &[Submitted, Registered, Replied];
const HANDLED: &[Status] = &[Dispatched, InProgress];

/// Gives the shown accounts to busier people and says so in their labels. `shown`: (label, account).
pub fn choose(conn: &mut Conn, city_area_id: i64, shown: &mut [(String, String)]) -> Result<()> {
    let of_role = |role: Role| u::table.filter(u::role.eq(role)).order(u::id).select(u::id);
    if let Some(unit) = most(conn, HANDLED, By::LeadUnit, city_area_id)? {
        let people: Vec<i64> = of_role(Role::Handler).filter(u::unit_id.eq(unit)).load(conn)?;
        let home: String = units::table.find(unit).select(units::name).first(conn)?;
        give(conn, shown, Role::Handler, &["handler"], &people, &home)?;
    }
    if let Some(area) = most(conn, OFFICE, By::Office, city_area_id)? {
        let people: Vec<i64> = of_role(Role::Dispatcher).filter(u::area_id.eq(area)).load(conn)?;
        let name: String = areas::table.find(area).select(areas::short_name).first(conn)?;
        give(conn, shown, Role::Dispatcher, &["county", "county2"], &people, &format!("{name}助企办"))?;
    }
    if let Some(group) = most(conn, HANDLED, By::Group, city_area_id)? {
        let home: String = groups::table.find(group).select(groups::name).first(conn)?;
        let people: Vec<i64> = of_role(Role::GroupLeader).filter(u::group_id.eq(group)).load(conn)?;
        give(conn, shown, Role::GroupLeader, &["group"], &people, &home)?;
        let collectors = i::table.filter(i::status.eq_any(HANDLED)).filter(i::group_id.eq(group));
        let collectors: Vec<Option<i64>> = collectors.order(i::id.desc()).select(i::collector_id).load(conn)?;
        let cadres = of_role(Role::Cadre).filter(u::id.eq_any(collectors.into_iter().flatten()));
        let people: Vec<i64> = cadres.load(conn)?;
        give(conn, shown, Role::Cadre, &["cadre"], &people, &home)?;
    }
    // Accounts of companies are few: one of them changes its company.
    let asked = i::table.filter(i::status.eq(AwaitingRating)).order(i::id.desc()).select(i::enterprise_id);
    if let Some(Some(company)) = asked.first::<Option<i64>>(conn).optional()? {
        let name: String = enterprises::table.find(company).select(enterprises::name).first(conn)?;
        diesel::update(u::table.filter(u::account.eq("enterprise"))).set(u::enterprise_id.eq(company)).execute(conn)?;
        label(shown, "enterprise", Role::Enterprise, &name);
    }
    Ok(())
}

enum By {
    LeadUnit,
    Office,
    Group,
}

/// Where most of these wait; of offices one below the city.
fn most(conn: &mut Conn, statuses: &[Status], by: By, city_area_id: i64) -> Result<Option<i64>> {
    let waiting = i::table.filter(i::status.eq_any(statuses));
    let ids: Vec<Option<i64>> = match by {
        By::LeadUnit => waiting.select(i::lead_unit_id).load(conn)?,
        By::Group => waiting.select(i::group_id).load(conn)?,
        By::Office => waiting.select(i::office_area_id.nullable()).load(conn)?,
    };
    let mut counts = std::collections::BTreeMap::<i64, usize>::new();
    ids.into_iter().flatten().filter(|id| *id != city_area_id).for_each(|id| *counts.entry(id).or_default() += 1);
    Ok(counts.into_iter().max_by_key(|(_, count)| *count).map(|(id, _)| id))
}

/// The account's name goes to a person, whose own goes to the one who had it.
fn give(
    conn: &mut Conn,
    shown: &mut [(String, String)],
    role: Role,
    accounts: &[&str],
    people: &[i64],
    home: &str,
) -> Result<()> {
    for (account, person) in accounts.iter().zip(people) {
        let holder: i64 = u::table.filter(u::account.eq(account)).select(u::id).first(conn)?;
        if holder != *person {
            let other: String = u::table.find(person).select(u::account).first(conn)?;
            for (id, name) in [(*person, "-"), (holder, other.as_str()), (*person, account)] {
                diesel::update(u::table.find(id)).set(u::account.eq(name)).execute(conn)?;
            }
        }
        label(shown, account, role, home);
    }
    Ok(())
}

fn label(shown: &mut [(String, String)], account: &str, role: Role, home: &str) {
    for (text, _) in shown.iter_mut().filter(|(_, name)| name == account) {
        *text = format!("{}（{home}）", role.label());
    }
}
