//! Who was in which group as what, by days: what figures of people count. It follows from role and group of the account,
//! which tell only today.
use super::User;
use crate::{access::Role, db::Conn, error::Result, insert_all, key, schema::memberships, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub struct Membership {
    pub id: i64,
    pub user_id: i64,
    pub group_id: i64,
    pub role: Role,
    pub valid_from: NaiveDate,
    /// Exclusive.
    pub valid_until: Option<NaiveDate>,
}

impl Membership {
    /// None: not of a group, or neither its leader nor one of its cadres.
    pub fn of(user: &User, valid_from: NaiveDate) -> Option<Self> {
        let role = user.role.filter(|role| matches!(role, Role::Cadre | Role::GroupLeader))?;
        Some(Self {
            id: key::fresh(Time::system()),
            user_id: user.id,
            group_id: user.group_id?,
            role,
            valid_from,
            valid_until: None,
        })
    }
}

/// Those of new accounts, from their first day on.
pub fn begin(conn: &mut Conn, users: &[User]) -> Result<()> {
    let rows: Vec<Membership> = users.iter().filter_map(|user| Membership::of(user, user.valid_from)).collect();
    let rows: Vec<&Membership> = rows.iter().collect();
    insert_all!(conn, memberships, 6, &rows[..]);
    Ok(())
}

/// After a change of the account: the day of the change is the first of the new membership.
pub fn follow(conn: &mut Conn, user: &User, on: NaiveDate) -> Result<()> {
    use memberships as m;
    let next = Membership::of(user, on);
    let lasting = m::table.filter(m::user_id.eq(user.id)).filter(m::valid_until.is_null());
    let now: Option<Membership> = lasting.select(Membership::as_select()).first(conn).optional()?;
    let place = |one: &Membership| (one.group_id, one.role);
    if now.as_ref().map(place) == next.as_ref().map(place) {
        return Ok(());
    }
    diesel::update(lasting).set(m::valid_until.eq(on)).execute(conn)?;
    if let Some(next) = next {
        diesel::insert_into(m::table).values(&next).execute(conn)?;
    }
    Ok(())
}

/// Those of a day among these people.
pub fn on_day(conn: &mut Conn, user_ids: &[i64], day: NaiveDate) -> Result<Vec<Membership>> {
    use memberships as m;
    Ok(m::table
        .filter(m::user_id.eq_any(user_ids))
        .filter(m::valid_from.le(day))
        .filter(m::valid_until.is_null().or(m::valid_until.assume_not_null().gt(day)))
        .select(Membership::as_select())
        .load(conn)?)
}
