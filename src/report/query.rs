//! The figures, counted in the database by grouped queries over `issue_spans` and the records. The same text runs on
//! both engines; what is put into it are our own words and numbers, never what somebody typed.
use super::{
    By, Question,
    figures::{Beside, Figures},
};
use crate::{
    access::{Reach, Scope},
    db::Conn,
    directory,
    error::Result,
    issue::workflow::Resolution,
    key,
    time::Time,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Date, Nullable},
};
use std::collections::HashMap;

/// A report: the rows by id of area, group, unit or category (0: the city), and their sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub rows: HashMap<i64, Figures>,
    /// Not the sum of the rows where a company or a person is in several.
    pub total: Figures,
    pub beside: Beside,
}

#[derive(QueryableByName)]
struct IssueCounts {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = BigInt)]
    collected: i64,
    #[diesel(sql_type = BigInt)]
    resolved: i64,
    #[diesel(sql_type = BigInt)]
    closed: i64,
    #[diesel(sql_type = BigInt)]
    overdue: i64,
    #[diesel(sql_type = BigInt)]
    answered: i64,
    #[diesel(sql_type = BigInt)]
    confirmed: i64,
    #[diesel(sql_type = BigInt)]
    rated: i64,
    #[diesel(sql_type = BigInt)]
    satisfied: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    second: i64,
}

#[derive(QueryableByName)]
struct BesideCounts {
    #[diesel(sql_type = BigInt)]
    submitted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = BigInt)]
    merged: i64,
    #[diesel(sql_type = BigInt)]
    withdrawn: i64,
    #[diesel(sql_type = BigInt)]
    invalid: i64,
    #[diesel(sql_type = BigInt)]
    history: i64,
}

/// Which issues count: C.
pub const COUNTED: &str = "NOT history AND status NOT IN ('merged','rejected','withdrawn') \
     AND (resolution IS NULL OR resolution <> 'invalid')";

/// Resolution types that count as resolved: the office's setting, by default 已解决 alone.
pub fn resolved_types(conn: &mut Conn) -> Result<Vec<Resolution>> {
    let set = directory::setting(conn, "resolved_types")?.unwrap_or_default();
    let types: Vec<Resolution> = set.split(',').filter_map(Resolution::parse).collect();
    Ok(if types.is_empty() { vec![Resolution::Solved] } else { types })
}

/// The condition by which a row is resolved.
pub fn resolved_condition(types: &[Resolution]) -> String {
    let words: Vec<_> = types.iter().map(|one| format!("'{}'", one.as_str())).collect();
    format!("status = 'closed' AND resolution IN ({}) AND (answer IS NULL OR answer <> 'no')", words.join(","))
}

fn column(by: By) -> &'static str {
    match by {
        By::City => "CAST(0 AS BIGINT)",
        By::Area => "area_id",
        By::Group => "group_id",
        By::Unit => "lead_unit_id",
        By::Category => "category_id",
    }
}

/// What a scope means for rows of `issue_spans`; the ids are ours.
pub fn within(scope: Scope) -> String {
    match scope.reach() {
        Reach::Everything => "1 = 1".into(),
        Reach::Area(id) => format!("area_id = {id}"),
        Reach::Group(id) => format!("group_id = {id}"),
        Reach::LeadUnit(id) => format!("lead_unit_id = {id}"),
        _ => "1 = 0".into(),
    }
}

/// The same for visits, symposiums and groups, which have no unit.
fn within_records(scope: Scope, group: &str, area: &str) -> String {
    match scope.reach() {
        Reach::Everything => "1 = 1".into(),
        Reach::Area(id) => format!("{area} = {id}"),
        Reach::Group(id) => format!("{group} = {id}"),
        _ => "1 = 0".into(),
    }
}

fn issues(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Vec<IssueCounts>> {
    let column = column(question.by);
    let resolved = resolved_condition(&resolved_types(conn)?);
    let sum = |condition: &str| format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
    let text = format!(
        "SELECT {column} AS id, COUNT(*) AS collected, {} AS resolved, {} AS closed, {} AS overdue, {} AS answered, \
         {} AS confirmed, {} AS rated, {} AS satisfied \
         FROM issue_spans WHERE until_at >= $1 AND from_at < $2 AND registered_at >= $3 AND registered_at < $4 \
         AND {COUNTED} AND {} GROUP BY {}",
        sum(&resolved),
        sum("status = 'closed'"),
        sum(&format!("status <> 'closed' AND overdue_at < {}", question.before.0)),
        sum("answer IN ('solved','partly','no')"),
        sum("answer = 'solved'"),
        sum("status = 'closed' AND rating IS NOT NULL"),
        sum("status = 'closed' AND rating IN ('very_satisfied','satisfied','basic')"),
        within(scope),
        if question.by == By::City { "1" } else { column }
    );
    Ok(sql_query(text)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.from_at())
        .bind::<BigInt, _>(question.to_at())
        .load(conn)?)
}

fn beside(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Beside> {
    let sum = |condition: &str| format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
    let text = format!(
        "SELECT {} AS submitted, {} AS rejected, {} AS merged, {} AS withdrawn, {} AS invalid, {} AS history \
         FROM issue_spans WHERE until_at >= $1 AND from_at < $2 AND issue_id >= $3 AND issue_id < $4 \
         AND (history OR status IN ('submitted','rejected','merged','withdrawn') OR resolution = 'invalid') AND {}",
        sum("NOT history AND status = 'submitted'"),
        sum("NOT history AND status = 'rejected'"),
        sum("NOT history AND status = 'merged'"),
        sum("NOT history AND status = 'withdrawn'"),
        sum("NOT history AND resolution = 'invalid'"),
        sum("history"),
        within(scope)
    );
    // Keys begin with the moment of submission.
    let counts: BesideCounts = sql_query(text)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(key::first_at(question.from_at()))
        .bind::<BigInt, _>(key::first_at(question.to_at()))
        .get_result(conn)?;
    Ok(Beside {
        submitted: counts.submitted,
        rejected: counts.rejected,
        merged: counts.merged,
        withdrawn: counts.withdrawn,
        invalid: counts.invalid,
        history: counts.history,
    })
}

/// Visits and visited companies, or symposiums, by a column.
fn records(conn: &mut Conn, scope: Scope, question: &Question, table: &str, by: &str) -> Result<Vec<Counted>> {
    let (date, companies) = if table == "visits" {
        ("visited_on", "COUNT(DISTINCT enterprise_id)")
    } else {
        ("held_on", "CAST(0 AS BIGINT)")
    };
    let group = if by == "CAST(0 AS BIGINT)" { "1" } else { by };
    let text = format!(
        "SELECT {by} AS id, COUNT(*) AS first, {companies} AS second FROM {table} \
         WHERE {date} >= $1 AND {date} <= $2 AND recorded_at < $3 AND voided_at >= $4 AND {} GROUP BY {group}",
        within_records(scope, "group_id", "area_id")
    );
    Ok(sql_query(text)
        .bind::<Date, _>(question.from)
        .bind::<Date, _>(question.to.min(question.as_of()))
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.before)
        .load(conn)?)
}

/// Groups and their people, or companies, valid on the day, by a column.
fn valid(conn: &mut Conn, question: &Question, text: &str) -> Result<Vec<Counted>> {
    let day = question.as_of();
    Ok(sql_query(text).bind::<Date, _>(day).bind::<Date, _>(day).load(conn)?)
}

fn groups(conn: &mut Conn, scope: Scope, question: &Question, by: &str) -> Result<Vec<Counted>> {
    let text = format!(
        "SELECT {by} AS id, COUNT(*) AS first, CAST(0 AS BIGINT) AS second FROM groups g \
         WHERE g.valid_from <= $1 AND (g.valid_until IS NULL OR g.valid_until > $2) AND {} GROUP BY {}",
        within_records(scope, "g.id", "g.area_id"),
        if by.starts_with("CAST") { "1" } else { by }
    );
    valid(conn, question, &text)
}

fn cadres(conn: &mut Conn, scope: Scope, question: &Question, by: &str) -> Result<Vec<Counted>> {
    let text = format!(
        "SELECT {by} AS id, COUNT(*) AS first, CAST(0 AS BIGINT) AS second FROM users u JOIN groups g ON g.id = u.group_id \
         WHERE u.role IN ('cadre','group_leader') AND u.valid_from <= $1 \
         AND (u.valid_until IS NULL OR u.valid_until > $2) AND {} GROUP BY {}",
        within_records(scope, "g.id", "g.area_id"),
        if by.starts_with("CAST") { "1" } else { by }
    );
    valid(conn, question, &text)
}

fn companies(conn: &mut Conn, scope: Scope, question: &Question, by: &str) -> Result<Vec<Counted>> {
    let text = format!(
        "SELECT {by} AS id, COUNT(DISTINCT a.enterprise_id) AS first, CAST(0 AS BIGINT) AS second \
         FROM assignments a JOIN enterprises e ON e.id = a.enterprise_id \
         WHERE a.valid_from <= $1 AND (a.valid_until IS NULL OR a.valid_until > $2) AND e.above_scale <> '' AND {} \
         GROUP BY {}",
        within_records(scope, "a.group_id", "e.area_id"),
        if by.starts_with("CAST") { "1" } else { by }
    );
    valid(conn, question, &text)
}

/// All figures of a question within a scope.
pub fn report(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Report> {
    let rows = rows_by(conn, scope, question)?;
    let total = if question.by == By::City {
        rows.get(&0).copied().unwrap_or_default()
    } else {
        let whole = Question { by: By::City, ..*question };
        rows_by(conn, scope, &whole)?.get(&0).copied().unwrap_or_default()
    };
    Ok(Report { rows, total, beside: beside(conn, scope, question)? })
}

fn rows_by(conn: &mut Conn, scope: Scope, question: &Question) -> Result<HashMap<i64, Figures>> {
    let mut rows: HashMap<i64, Figures> = HashMap::new();
    for counts in issues(conn, scope, question)? {
        let row = rows.entry(counts.id.unwrap_or(0)).or_default();
        row.collected = counts.collected;
        row.resolved = counts.resolved;
        row.closed = counts.closed;
        row.overdue = counts.overdue;
        row.answered = counts.answered;
        row.confirmed = counts.confirmed;
        row.rated = counts.rated;
        row.satisfied = counts.satisfied;
    }
    let zero = "CAST(0 AS BIGINT)";
    let (record, group, company) = match question.by {
        By::City => (zero, zero, zero),
        By::Area => ("area_id", "g.area_id", "e.area_id"),
        By::Group => ("group_id", "g.id", "a.group_id"),
        // Units and categories have neither visits nor companies.
        By::Unit | By::Category => return Ok(rows),
    };
    for counts in records(conn, scope, question, "visits", record)? {
        let row = rows.entry(counts.id.unwrap_or(0)).or_default();
        (row.visits, row.visited) = (counts.first, counts.second);
    }
    for counts in records(conn, scope, question, "symposiums", record)? {
        rows.entry(counts.id.unwrap_or(0)).or_default().symposiums = counts.first;
    }
    for counts in groups(conn, scope, question, group)? {
        rows.entry(counts.id.unwrap_or(0)).or_default().groups = counts.first;
    }
    for counts in cadres(conn, scope, question, group)? {
        rows.entry(counts.id.unwrap_or(0)).or_default().cadres = counts.first;
    }
    for counts in companies(conn, scope, question, company)? {
        rows.entry(counts.id.unwrap_or(0)).or_default().companies = counts.first;
    }
    Ok(rows)
}

/// The newest of what reports count: a new one makes every kept report old.
pub fn newest(conn: &mut Conn) -> Result<(i64, i64, i64)> {
    use crate::schema::{issue_events, symposiums, visits};
    let newest = |found: Option<i64>| found.unwrap_or(0);
    Ok((
        newest(issue_events::table.order(issue_events::id.desc()).select(issue_events::id).first(conn).optional()?),
        newest(visits::table.order(visits::id.desc()).select(visits::id).first(conn).optional()?),
        newest(symposiums::table.order(symposiums::id.desc()).select(symposiums::id).first(conn).optional()?),
    ))
}

/// As of a past moment the figures never change; as of now they do.
pub fn is_past(question: &Question, now: Time) -> bool {
    question.before <= now
}
