//! The figures, counted in the database by grouped queries over `issue_spans` and the records. The same text runs on
//! both engines.
use super::{
    By, Question,
    figures::{Beside, Figures},
    measure::{self, COUNTED, Record},
};
use crate::{access::Scope, db::Conn, directory, error::Result, issue::workflow::Resolution, key};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Date, Nullable},
};
use std::collections::HashMap;

/// A report: the rows by id of area, group, unit or top category (0: none, or the city), and their sum.
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
    replied: i64,
    #[diesel(sql_type = BigInt)]
    closed_unrated: i64,
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
    number: i64,
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

/// Resolution types that count as resolved: the office's setting, by default 已解决 alone.
pub fn resolved_types(conn: &mut Conn) -> Result<Vec<Resolution>> {
    let set = directory::setting(conn, "resolved_types")?.unwrap_or_default();
    let types: Vec<Resolution> = set.split(',').filter_map(Resolution::parse).collect();
    Ok(if types.is_empty() { vec![Resolution::Solved] } else { types })
}

const ZERO: &str = "CAST(0 AS BIGINT)";

/// The number of the grouped column where there is none to group by: PostgreSQL refuses to group by a constant.
fn grouped(column: Option<&'static str>) -> (&'static str, &'static str) {
    column.map_or((ZERO, "1"), |column| (column, column))
}

fn sum(condition: &str) -> String {
    format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
}

fn issues(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Vec<IssueCounts>> {
    let (column, group) = grouped(measure::issue_column(question.by));
    let resolved = resolved_types(conn)?;
    let sum_of = |word: &str| sum(&measure::of_issues(word, question, &resolved).unwrap_or_default());
    let text = format!(
        "SELECT {column} AS id, COUNT(*) AS collected, {} AS resolved, {} AS closed, {} AS overdue, {} AS replied, \
         {} AS closed_unrated, {} AS answered, {} AS confirmed, {} AS rated, {} AS satisfied \
         FROM issue_spans WHERE until_at >= $1 AND from_at < $2 AND registered_at >= $3 AND registered_at < $4 \
         AND {COUNTED} AND {} GROUP BY {group}",
        sum_of("resolved"),
        sum_of("closed"),
        sum_of("overdue_open"),
        sum_of("replied"),
        sum_of("closed_unrated"),
        sum_of("answered"),
        sum_of("confirmed"),
        sum_of("rated"),
        sum_of("satisfied"),
        measure::within(scope),
    );
    Ok(sql_query(text)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.from_at())
        .bind::<BigInt, _>(question.to_at())
        .load(conn)?)
}

fn beside(conn: &mut Conn, scope: Scope, question: &Question) -> Result<Beside> {
    let sum_of = |word: &str| sum(&measure::beside(word).unwrap_or_default());
    let text = format!(
        "SELECT {} AS submitted, {} AS rejected, {} AS merged, {} AS withdrawn, {} AS invalid, {} AS history \
         FROM issue_spans WHERE until_at >= $1 AND from_at < $2 AND issue_id >= $3 AND issue_id < $4 \
         AND (history OR status IN ('submitted','rejected','merged','withdrawn') OR resolution = 'invalid') AND {}",
        sum_of("submitted"),
        sum_of("rejected"),
        sum_of("merged"),
        sum_of("withdrawn"),
        sum_of("invalid"),
        sum_of("history"),
        measure::within(scope)
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

fn records(conn: &mut Conn, scope: Scope, question: &Question, record: Record) -> Result<Vec<Counted>> {
    let (column, group) = grouped(record.column(question.by));
    let text = format!(
        "SELECT {column} AS id, {} AS number {} GROUP BY {group}",
        record.count(),
        record.source(scope, question)
    );
    let (first, second) = record.days(question);
    Ok(sql_query(text).bind::<Date, _>(first).bind::<Date, _>(second).load(conn)?)
}

fn flows(conn: &mut Conn, scope: Scope, question: &Question, word: &str) -> Result<Vec<Counted>> {
    let (column, group) = grouped(measure::issue_column(question.by));
    let text = format!(
        "SELECT {column} AS id, COUNT(*) AS number FROM issue_spans WHERE {} AND {} GROUP BY {group}",
        measure::flow(word, question).unwrap_or_default(),
        measure::within(scope),
    );
    Ok(sql_query(text).load(conn)?)
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
    let directory = directory::current(conn)?;
    let mut rows: HashMap<i64, Figures> = HashMap::new();
    for counts in issues(conn, scope, question)? {
        let id = counts.id.unwrap_or(0);
        // A category counts with those below it.
        let id = if question.by == By::Category { directory.top_category_id(id) } else { id };
        *rows.entry(id).or_default() += Figures {
            collected: counts.collected,
            resolved: counts.resolved,
            closed: counts.closed,
            overdue: counts.overdue,
            replied: counts.replied,
            closed_unrated: counts.closed_unrated,
            answered: counts.answered,
            confirmed: counts.confirmed,
            rated: counts.rated,
            satisfied: counts.satisfied,
            ..Figures::default()
        };
    }
    for word in ["closings", "reopenings", "false_closures"] {
        for counted in flows(conn, scope, question, word)? {
            let id = counted.id.unwrap_or(0);
            let id = if question.by == By::Category { directory.top_category_id(id) } else { id };
            if let Some(figure) = rows.entry(id).or_default().flow(word) {
                *figure += counted.number;
            }
        }
    }
    if matches!(question.by, By::Unit | By::Category) {
        return Ok(rows);
    }
    for record in Record::ALL {
        for counted in records(conn, scope, question, *record)? {
            let row = rows.entry(counted.id.unwrap_or(0)).or_default();
            *row.record(*record) = counted.number;
        }
    }
    Ok(rows)
}
