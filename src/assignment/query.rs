//! All SQL of assignments.
use crate::{
    access::{Reach, Role, Scope},
    account::User,
    db::{Backend, Conn},
    error::{Error, Result},
    issue::workflow::Status,
    key,
    schema::*,
    time::Time,
};
use chrono::NaiveDate;
use diesel::{dsl::not, prelude::*, sql_types::Bool};
use std::collections::HashMap;

/// (id, name) of a cadre, and the group.
pub type CadreOfGroup = ((i64, String), i64);

type Filter = Box<dyn BoxableExpression<assignments::table, Backend, SqlType = Bool>>;

/// The open assignments that a scope holds: those of its groups.
fn open_within(scope: Scope) -> Filter {
    let open = assignments::valid_until.is_null();
    match scope.reach() {
        Reach::Everything => Box::new(open),
        Reach::Area(id) => {
            let groups = groups::table.filter(groups::area_id.eq(id)).select(groups::id);
            Box::new(open.and(assignments::group_id.eq_any(groups)))
        }
        Reach::Group(id) => Box::new(open.and(assignments::group_id.eq(id))),
        _ => Box::new(not(assignments::id.eq(assignments::id))),
    }
}

/// (id, name) of who holds companies in the scope, by account or exact name: who leaves may be disabled, without a role
/// or in another group by now.
pub fn leaving(conn: &mut Conn, scope: Scope, text: &str) -> Result<(i64, String)> {
    let mut found: Vec<(i64, String)> = users::table
        .filter(users::account.eq(text).or(users::name.eq(text)))
        .select((users::id, users::name))
        .load(conn)?;
    let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
    let holding = assignments::table.filter(open_within(scope)).filter(assignments::cadre_id.eq_any(ids));
    let holding: Vec<i64> = holding.select(assignments::cadre_id).distinct().load(conn)?;
    found.retain(|(id, _)| holding.contains(id));
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(Error::refused(format!("叫“{text}”的不止一人，请写账号"))),
        (None, _) => Err(Error::refused(format!("您的范围内没有企业由“{text}”包联，请写账号或姓名"))),
    }
}

/// How many companies a person holds, wherever they are.
pub fn count_held(conn: &mut Conn, user_id: i64) -> Result<i64> {
    let held = assignments::table.filter(open_within(Scope::system())).filter(assignments::cadre_id.eq(user_id));
    Ok(held.count().get_result(conn)?)
}

/// A cadre or group leader by account or exact name, with the group, if the scope holds that group.
pub fn cadre(conn: &mut Conn, scope: Scope, text: &str) -> Result<CadreOfGroup> {
    let found: Vec<User> = users::table
        .filter(users::account.eq(text).or(users::name.eq(text)))
        .filter(users::disabled.eq(false))
        .filter(users::group_id.is_not_null())
        .limit(2)
        .select(User::as_select())
        .load(conn)?;
    let [user] = found.as_slice() else {
        return Err(Error::refused(if found.is_empty() {
            format!("没有叫“{text}”的包联干部，请写账号或姓名")
        } else {
            format!("叫“{text}”的不止一人，请写账号")
        }));
    };
    let group_id = user.group_id.ok_or(Error::NotFound)?;
    let area: i64 = groups::table.find(group_id).select(groups::area_id).first(conn)?;
    let within = match scope.reach() {
        Reach::Everything => true,
        Reach::Area(id) => area == id,
        Reach::Group(id) => group_id == id,
        _ => false,
    };
    if !within || !matches!(user.role, Some(Role::Cadre | Role::GroupLeader)) {
        return Err(Error::refused(format!("“{text}”不是您范围内的包联干部")));
    }
    Ok(((user.id, user.name.clone()), group_id))
}

/// (group, cadre's name) of companies on a day.
pub fn assigned_on(
    conn: &mut Conn,
    enterprise_ids: &[i64],
    day: NaiveDate,
) -> Result<HashMap<i64, (Option<i64>, String)>> {
    use assignments as a;
    let rows: Vec<(i64, i64, String)> = a::table
        .inner_join(users::table)
        .filter(a::enterprise_id.eq_any(enterprise_ids))
        .filter(a::valid_from.le(day))
        .filter(a::valid_until.is_null().or(a::valid_until.assume_not_null().gt(day)))
        .select((a::enterprise_id, a::group_id, users::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(company, group, cadre)| (company, (Some(group), cadre))).collect())
}

/// Ends what stands and begins a new one; nothing changes when cadre, group and leader are the same.
pub fn assign(
    conn: &mut Conn,
    enterprise_id: i64,
    cadre_id: i64,
    group_id: i64,
    leader: &str,
    on: NaiveDate,
    now: Time,
) -> Result<()> {
    use assignments as a;
    let current = a::table.filter(a::enterprise_id.eq(enterprise_id)).filter(a::valid_until.is_null());
    let same = current.filter(a::cadre_id.eq(cadre_id)).filter(a::group_id.eq(group_id)).filter(a::leader.eq(leader));
    if same.count().get_result::<i64>(conn)? > 0 {
        return Ok(());
    }
    diesel::update(current).set(a::valid_until.eq(on)).execute(conn)?;
    diesel::insert_into(a::table)
        .values((
            a::id.eq(key::fresh(now)),
            a::enterprise_id.eq(enterprise_id),
            a::cadre_id.eq(cadre_id),
            a::group_id.eq(group_id),
            a::leader.eq(leader),
            a::valid_from.eq(on),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a cadre holds within a scope: companies and their open problems.
pub struct Held {
    pub companies: Vec<(i64, String, String)>,
    pub open_issues: i64,
}

pub fn held(conn: &mut Conn, scope: Scope, cadre_id: i64) -> Result<Held> {
    let open = assignments::table.filter(open_within(scope)).filter(assignments::cadre_id.eq(cadre_id));
    let open: Vec<i64> = open.select(assignments::id).load(conn)?;
    let companies: Vec<(i64, String, String)> = assignments::table
        .inner_join(enterprises::table)
        .filter(assignments::id.eq_any(open))
        .order(enterprises::id)
        .select((enterprises::id, enterprises::name, assignments::leader))
        .load(conn)?;
    let ids: Vec<i64> = companies.iter().map(|(id, ..)| *id).collect();
    let open_issues = issues::table
        .filter(issues::enterprise_id.assume_not_null().eq_any(ids))
        .filter(issues::status.eq_any(Status::OPEN))
        .count()
        .get_result(conn)?;
    Ok(Held { companies, open_issues })
}

/// Everything the leaving cadre holds within the scope goes to another in one act. Problems follow their companies: who
/// recorded them stays what it was.
pub fn hand_over(
    conn: &mut Conn,
    scope: Scope,
    from: i64,
    (to, group_id): (i64, i64),
    on: NaiveDate,
    now: Time,
) -> Result<Held> {
    let held = held(conn, scope, from)?;
    for (enterprise_id, _, leader) in &held.companies {
        assign(conn, *enterprise_id, to, group_id, leader, on, now)?;
    }
    Ok(held)
}
