//! All SQL of groups beside the directory.
//!
//! The figures of a past day count the groups that were valid then, by the area they have now. So what a figure counts
//! of a group (its area, its first and its last day) is settled once that day has come: before it everything may still
//! be changed, afterwards only what nobody counts (name, level, lead unit). Whoever needs another area ends the group
//! and makes a new one, from today on; no figure of a past moment ever changes.
use crate::{
    access::{Reach, Role, Scope},
    db::Conn,
    directory::{self, Group},
    error::{Error, Invalid, Result},
    issue::workflow::Status,
    schema::*,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;

/// What a scope means for groups.
fn is_within(scope: Scope, group: &Group) -> bool {
    match scope.reach() {
        Reach::Everything => true,
        Reach::Area(id) => group.area_id == id,
        Reach::Group(id) => group.id == id,
        _ => false,
    }
}

pub fn find(conn: &mut Conn, scope: Scope, id: i64) -> Result<Group> {
    let group: Group = groups::table.find(id).select(Group::as_select()).first(conn)?;
    if is_within(scope, &group) { Ok(group) } else { Err(Error::NotFound) }
}

/// Members and companies of every group today.
pub fn sizes(conn: &mut Conn) -> Result<(HashMap<i64, i64>, HashMap<i64, i64>)> {
    let members: Vec<(Option<i64>, i64)> = users::table
        .filter(users::group_id.is_not_null())
        .filter(users::valid_until.is_null())
        .filter(users::disabled.eq(false))
        .group_by(users::group_id)
        .select((users::group_id, diesel::dsl::count_star()))
        .load(conn)?;
    let companies: Vec<(i64, i64)> = assignments::table
        .filter(assignments::valid_until.is_null())
        .group_by(assignments::group_id)
        .select((assignments::group_id, diesel::dsl::count_star()))
        .load(conn)?;
    let members = members.into_iter().filter_map(|(id, count)| id.map(|id| (id, count))).collect();
    Ok((members, companies.into_iter().collect()))
}

/// Somebody of a group, and how many companies are assigned to them.
pub struct Member {
    pub name: String,
    pub account: String,
    pub role: Option<Role>,
    pub companies: i64,
}

/// A group's people, the leader first.
pub fn members(conn: &mut Conn, group_id: i64) -> Result<Vec<Member>> {
    let rows: Vec<(i64, String, String, Option<Role>)> = users::table
        .filter(users::group_id.eq(group_id))
        .filter(users::valid_until.is_null())
        .filter(users::disabled.eq(false))
        .order(users::id)
        .select((users::id, users::name, users::account, users::role))
        .load(conn)?;
    let held: Vec<(i64, i64)> = assignments::table
        .filter(assignments::group_id.eq(group_id))
        .filter(assignments::valid_until.is_null())
        .group_by(assignments::cadre_id)
        .select((assignments::cadre_id, diesel::dsl::count_star()))
        .load(conn)?;
    let held: HashMap<i64, i64> = held.into_iter().collect();
    let mut members: Vec<Member> = rows
        .into_iter()
        .map(|(id, name, account, role)| Member { name, account, role, companies: held.get(&id).copied().unwrap_or(0) })
        .collect();
    members.sort_by_key(|one| one.role != Some(Role::GroupLeader));
    Ok(members)
}

fn check_name(conn: &mut Conn, group: &Group) -> Result<()> {
    let same: i64 =
        groups::table.filter(groups::name.eq(&group.name)).filter(groups::id.ne(group.id)).count().get_result(conn)?;
    if same > 0 {
        return Err(Invalid::one("name", "已经有同名的工作组（也可能已停用），请换个名称").into());
    }
    Ok(())
}

pub fn insert(conn: &mut Conn, scope: Scope, group: &Group) -> Result<()> {
    if !is_within(scope, group) {
        return Err(Error::NotFound);
    }
    check_name(conn, group)?;
    diesel::insert_into(groups::table).values(group).execute(conn)?;
    directory::changed(conn)
}

/// Saves if nobody was faster; `group.version` is still that of the form.
pub fn update(conn: &mut Conn, scope: Scope, group: &Group) -> Result<()> {
    find(conn, scope, group.id)?;
    check_name(conn, group)?;
    let after = Group { version: group.version + 1, ..group.clone() };
    let saved = diesel::update(groups::table.filter(groups::id.eq(group.id)).filter(groups::version.eq(group.version)))
        .set(&after)
        .execute(conn)?;
    if saved != 1 {
        return Err(Error::Conflict("这个工作组刚被别人改动过".into()));
    }
    directory::changed(conn)
}

/// Why a group cannot end today: what would be left behind, each with who can help.
pub fn left_behind(conn: &mut Conn, id: i64) -> Result<Vec<String>> {
    let mut why = Vec::new();
    let companies: i64 = assignments::table
        .filter(assignments::group_id.eq(id))
        .filter(assignments::valid_until.is_null())
        .count()
        .get_result(conn)?;
    if companies > 0 {
        why.push(format!("还包联着 {companies} 家企业，请先用“换届移交”或在企业页面调整包联"));
    }
    let issues: i64 = issues::table
        .filter(issues::group_id.eq(id))
        .filter(issues::status.eq_any(Status::OPEN))
        .count()
        .get_result(conn)?;
    if issues > 0 {
        why.push(format!("还有 {issues} 件没有办结的问题，请办结后再停用"));
    }
    let people: i64 = users::table
        .filter(users::group_id.eq(id))
        .filter(users::disabled.eq(false))
        .filter(users::role.is_not_null())
        .count()
        .get_result(conn)?;
    if people > 0 {
        why.push(format!("还有 {people} 个有角色的账号属于这个组，请安全管理员收回角色、系统管理员改所属"));
    }
    Ok(why)
}

/// Ends the validity with today, or takes the end back with None.
pub fn set_end(conn: &mut Conn, scope: Scope, group: &Group, on: Option<NaiveDate>) -> Result<()> {
    update(conn, scope, &Group { valid_until: on, ..group.clone() })
}
