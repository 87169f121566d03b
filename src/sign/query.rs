//! Signs of an issue, and the list of all.
use super::{Sign, SignRow};
use crate::{
    access::{Reach, Scope},
    db::{Backend, Conn},
    error::Result,
    issue::Issue,
    schema::*,
    time::Time,
    web::paging::{Bound, COUNTED},
};
use diesel::{prelude::*, sql_types::Bool};
use std::collections::HashMap;

type Filter = Box<dyn BoxableExpression<signs::table, Backend, SqlType = Bool>>;

fn within(scope: Scope) -> Filter {
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(signs::area_id.eq(id)),
        _ => Box::new(false.into_sql::<Bool>()),
    }
}

fn of_sign(sign: Option<Sign>) -> Filter {
    match sign {
        Some(sign) => Box::new(signs::sign.eq(sign)),
        None => Box::new(true.into_sql::<Bool>()),
    }
}

fn found_since(since: Option<Time>) -> Filter {
    match since {
        Some(since) => Box::new(signs::id.ge(crate::key::first_at(since))),
        None => Box::new(true.into_sql::<Bool>()),
    }
}

/// Up to one more than a pager counts.
pub fn count(conn: &mut Conn, scope: Scope, sign: Option<Sign>, since: Option<Time>) -> Result<i64> {
    let found: Vec<i64> = signs::table
        .filter(within(scope))
        .filter(of_sign(sign))
        .filter(found_since(since))
        .order(signs::id.desc())
        .limit(COUNTED + 1)
        .select(signs::id)
        .load(conn)?;
    Ok(found.len() as i64)
}

pub fn list(
    conn: &mut Conn,
    scope: Scope,
    sign: Option<Sign>,
    since: Option<Time>,
    bound: Bound,
    most: i64,
) -> Result<Vec<SignRow>> {
    let query = signs::table.filter(within(scope)).filter(of_sign(sign)).filter(found_since(since));
    let query = query.select(SignRow::as_select()).limit(most);
    Ok(match bound {
        Bound::Below(id) => query.filter(signs::id.lt(id)).order(signs::id.desc()).load(conn)?,
        Bound::Above(id) => query.filter(signs::id.gt(id)).order(signs::id).load(conn)?,
    })
}

pub fn of_issue(conn: &mut Conn, issue_id: i64) -> Result<Vec<SignRow>> {
    Ok(signs::table
        .filter(signs::issue_id.eq(issue_id))
        .order(signs::id.desc())
        .select(SignRow::as_select())
        .load(conn)?)
}

/// The issues of these rows that the reader may see, by id.
pub fn issues(conn: &mut Conn, see: Scope, ids: &[i64]) -> Result<HashMap<i64, Issue>> {
    let found: Vec<Issue> = issues::table
        .filter(issues::id.eq_any(ids))
        .filter(crate::issue::query::within(see))
        .select(Issue::as_select())
        .load(conn)?;
    Ok(found.into_iter().map(|issue| (issue.id, issue)).collect())
}
