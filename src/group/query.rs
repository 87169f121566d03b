//! All SQL of groups beside the directory.
use crate::{access::Role, db::Conn, error::Result, schema::*};
use diesel::prelude::*;
use std::collections::HashMap;

/// Members and companies of every group today.
pub fn sizes(conn: &mut Conn) -> Result<(HashMap<i64, i64>, HashMap<i64, i64>)> {
    let members: Vec<(Option<i64>, i64)> = users::table
        .filter(users::group_id.is_not_null())
        .filter(users::valid_until.is_null())
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

/// (name, role) of a group's people, the leader first.
pub fn members(conn: &mut Conn, group_id: i64) -> Result<Vec<(String, Option<Role>)>> {
    let mut rows: Vec<(String, Option<Role>)> = users::table
        .filter(users::group_id.eq(group_id))
        .filter(users::valid_until.is_null())
        .order(users::id)
        .select((users::name, users::role))
        .load(conn)?;
    rows.sort_by_key(|(_, role)| *role != Some(Role::GroupLeader));
    Ok(rows)
}
