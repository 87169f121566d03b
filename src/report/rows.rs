//! The rows behind a figure.
use super::{By, Question, query};
use crate::{
    access::Scope,
    db::Conn,
    error::{Error, Result},
    issue::{Issue, query::within},
    schema::issues,
};
use diesel::{prelude::*, sql_query, sql_types::BigInt};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    issue_id: i64,
}

/// What makes a row of `issue_spans` count for an indicator.
fn condition(conn: &mut Conn, measure: &str, question: &Question) -> Result<String> {
    let counted = query::COUNTED;
    let own = match measure {
        "collected" => "1 = 1".to_owned(),
        "resolved" => query::resolved_condition(&query::resolved_types(conn)?),
        "unresolved" => format!("NOT ({})", query::resolved_condition(&query::resolved_types(conn)?)),
        "closed" => "status = 'closed'".into(),
        "open" => "status <> 'closed'".into(),
        "overdue_open" => format!("status <> 'closed' AND overdue_at < {}", question.before.0),
        "answered" => "answer IN ('solved','partly','no')".into(),
        "confirmed" => "answer = 'solved'".into(),
        "rated" => "status = 'closed' AND rating IS NOT NULL".into(),
        "satisfied" => "status = 'closed' AND rating IN ('very_satisfied','satisfied','basic')".into(),
        "submitted" | "rejected" | "merged" | "withdrawn" => {
            return Ok(format!("NOT history AND status = '{measure}'"));
        }
        "invalid" => return Ok("NOT history AND resolution = 'invalid'".into()),
        "history" => return Ok("history".into()),
        _ => return Err(Error::NotFound),
    };
    Ok(format!("{counted} AND {own}"))
}

/// Issues behind one figure of one row (`id` of what the report is by; None: of all), oldest first, after a key.
pub fn issues_behind(
    conn: &mut Conn,
    scope: Scope,
    question: &Question,
    measure: &str,
    id: Option<i64>,
    after: i64,
    limit: i64,
) -> Result<Vec<Issue>> {
    let beside = matches!(measure, "submitted" | "rejected" | "merged" | "withdrawn" | "invalid" | "history");
    let column = match question.by {
        By::City => None,
        By::Area => Some("area_id"),
        By::Group => Some("group_id"),
        By::Unit => Some("lead_unit_id"),
        By::Category => Some("category_id"),
    };
    let of_row = match (column, id) {
        (Some(column), Some(0)) => format!("{column} IS NULL"),
        (Some(column), Some(id)) => format!("{column} = {id}"),
        _ => "1 = 1".to_owned(),
    };
    let (period, from, to) = if beside {
        ("issue_id", crate::key::first_at(question.from_at()), crate::key::first_at(question.to_at()))
    } else {
        ("registered_at", question.from_at().0, question.to_at().0)
    };
    let text = format!(
        "SELECT issue_id FROM issue_spans WHERE until_at >= $1 AND from_at < $2 AND {period} >= $3 AND {period} < $4 \
         AND issue_id > $5 AND {} AND {} AND {of_row} ORDER BY issue_id LIMIT {limit}",
        condition(conn, measure, question)?,
        query::within(scope)
    );
    let ids: Vec<Id> = sql_query(text)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(from)
        .bind::<BigInt, _>(to)
        .bind::<BigInt, _>(after)
        .load(conn)?;
    let ids: Vec<i64> = ids.into_iter().map(|one| one.issue_id).collect();
    Ok(issues::table.filter(issues::id.eq_any(ids)).order(issues::id).select(Issue::as_select()).load(conn)?)
}

/// Those of the page that may be seen now, and how many may not: an issue that was taken away since is counted only.
pub fn seen_now(conn: &mut Conn, see: Scope, mut found: Vec<Issue>) -> Result<(Vec<Issue>, usize)> {
    let all = found.len();
    let ids: Vec<i64> = found.iter().map(|issue| issue.id).collect();
    let seen: Vec<i64> =
        issues::table.filter(issues::id.eq_any(ids)).filter(within(see)).select(issues::id).load(conn)?;
    found.retain(|issue| seen.contains(&issue.id));
    let hidden = all - found.len();
    Ok((found, hidden))
}
