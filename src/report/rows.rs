//! The rows behind a figure, in pages: the conditions are those by which the figure was counted.
use super::{
    By, Question,
    measure::{self, Record},
    query,
};
use crate::{
    access::Scope,
    account::membership::{self, Membership},
    assignment,
    db::Conn,
    directory,
    enterprise::{self, AboveScale, past},
    error::{Error, Result},
    issue::{self, Issue},
    schema::*,
    symposium, visit,
    web::paging::Bound,
};
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Date},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// One figure of one row.
#[derive(Debug, Clone)]
pub struct Behind<'a> {
    pub question: &'a Question,
    pub scope: Scope,
    pub measure: &'a str,
    /// Id of what the report is by; None: the figure of the whole.
    pub row: Option<i64>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
    /// Rows that were counted as this one.
    #[diesel(sql_type = BigInt)]
    times: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// A row that is no issue: what it says in the columns of `heads`, and the id of what it opens.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRow {
    pub key: i64,
    pub opens: Option<i64>,
    pub cells: Vec<String>,
}

fn page(key: &str, bound: Bound, limit: i64) -> (String, String) {
    match bound {
        Bound::Below(id) => (format!("{key} < {id}"), format!("ORDER BY {key} DESC LIMIT {limit}")),
        Bound::Above(id) => (format!("{key} > {id}"), format!("ORDER BY {key} LIMIT {limit}")),
    }
}

impl Behind<'_> {
    /// The condition of the row within the report; None: the report has no such row.
    fn of_row(&self, conn: &mut Conn, column: Option<&str>) -> Result<Option<String>> {
        Ok(match (self.row, column) {
            (None, _) => Some("1 = 1".into()),
            (Some(0), None) if self.question.by == By::City => Some("1 = 1".into()),
            (Some(_), None) => None,
            (Some(id), Some(column)) => {
                let ids = match self.question.by {
                    By::Category if id != 0 => directory::current(conn)?.category_with_below(id),
                    _ => vec![id],
                };
                Some(measure::is_of(column, &ids))
            }
        })
    }

    /// FROM and WHERE of the issues, bound by nothing.
    fn issue_source(&self, conn: &mut Conn) -> Result<String> {
        let question = self.question;
        let of_row = self.of_row(conn, measure::issue_column(question.by))?.ok_or(Error::NotFound)?;
        if let Some(flow) = measure::flow(self.measure, question) {
            return Ok(format!("FROM issue_spans WHERE {flow} AND {} AND {of_row}", measure::within(self.scope)));
        }
        let source = match measure::beside(self.measure) {
            Some(beside) => format!("{} AND {beside}", measure::submitted(self.scope, question)),
            None => {
                let resolved = query::resolved_types(conn)?;
                let own = measure::of_issues(self.measure, question, &resolved).ok_or(Error::NotFound)?;
                format!("{} AND {own}", measure::cohort(self.scope, question))
            }
        };
        Ok(format!("{source} AND {of_row}"))
    }

    /// Rows behind any count of the dictionary.
    pub fn count(&self, conn: &mut Conn) -> Result<i64> {
        match Record::parse(self.measure) {
            Some(record) => self.count_records(conn, record),
            None => self.count_issues(conn),
        }
    }

    /// How many of the issues took how many workdays from dispatch to closure.
    pub fn workdays(&self, conn: &mut Conn) -> Result<BTreeMap<i64, i64>> {
        let text = format!("SELECT workdays AS id, COUNT(*) AS times {} GROUP BY workdays", self.issue_source(conn)?);
        let found: Vec<Found> = sql_query(text).load(conn)?;
        Ok(found.into_iter().map(|one| (one.id, one.times)).collect())
    }

    pub fn count_issues(&self, conn: &mut Conn) -> Result<i64> {
        let text = format!("SELECT COUNT(*) AS number {}", self.issue_source(conn)?);
        Ok(sql_query(text).get_result::<Number>(conn)?.number)
    }

    /// With how often each was counted: an issue can be closed twice in a period.
    pub fn issues(&self, conn: &mut Conn, bound: Bound, limit: i64) -> Result<Vec<(Issue, i64)>> {
        let (beyond, order) = page("issue_id", bound, limit);
        let text = format!(
            "SELECT issue_id AS id, COUNT(*) AS times {} AND {beyond} GROUP BY issue_id {order}",
            self.issue_source(conn)?
        );
        let found: Vec<Found> = sql_query(text).load(conn)?;
        let ids: Vec<i64> = found.iter().map(|one| one.id).collect();
        let times: HashMap<i64, i64> = found.iter().map(|one| (one.id, one.times)).collect();
        let rows: Vec<Issue> = issues::table.filter(issues::id.eq_any(&ids)).select(Issue::as_select()).load(conn)?;
        let counted = |issue: Issue| (times.get(&issue.id).copied().unwrap_or(1), issue);
        let rows = in_order(ids, rows, |row| row.id).into_iter().map(counted);
        Ok(rows.map(|(times, issue)| (issue, times)).collect())
    }

    pub fn count_records(&self, conn: &mut Conn, record: Record) -> Result<i64> {
        let Some(of_row) = self.of_row(conn, record.column(self.question.by))? else { return Err(Error::NotFound) };
        let source = record.source(self.scope, self.question);
        let text = format!("SELECT {} AS number {source} AND {of_row}", record.count());
        let (first, second) = record.days(self.question);
        Ok(sql_query(text).bind::<Date, _>(first).bind::<Date, _>(second).get_result::<Number>(conn)?.number)
    }

    pub fn records(&self, conn: &mut Conn, record: Record, bound: Bound, limit: i64) -> Result<Vec<RecordRow>> {
        let Some(of_row) = self.of_row(conn, record.column(self.question.by))? else { return Err(Error::NotFound) };
        let key = record.key();
        let (beyond, order) = page(key, bound, limit);
        let source = record.source(self.scope, self.question);
        let text =
            format!("SELECT {key} AS id, COUNT(*) AS times {source} AND {of_row} AND {beyond} GROUP BY {key} {order}");
        let (first, second) = record.days(self.question);
        let found: Vec<Found> = sql_query(text).bind::<Date, _>(first).bind::<Date, _>(second).load(conn)?;
        let ids: Vec<i64> = found.iter().map(|one| one.id).collect();
        let rows = match record {
            Record::Groups => groups_told(conn, &ids)?,
            Record::Cadres => cadres_told(conn, &ids, first)?,
            Record::Companies | Record::Covered | Record::Uncovered => {
                companies_told(conn, &ids, Told::AssignedOn(first))?
            }
            Record::Visited => {
                let times = found.iter().map(|one| (one.id, one.times)).collect();
                companies_told(conn, &ids, Told::Times(times))?
            }
            Record::Visits => visits_told(conn, &ids)?,
            Record::Symposiums => symposiums_told(conn, &ids)?,
        };
        Ok(in_order(ids, rows, |row| row.key))
    }
}

fn in_order<Row>(ids: Vec<i64>, rows: Vec<Row>, key: impl Fn(&Row) -> i64) -> Vec<Row> {
    let mut by_id: HashMap<i64, Row> = rows.into_iter().map(|row| (key(&row), row)).collect();
    ids.into_iter().filter_map(|id| by_id.remove(&id)).collect()
}

pub fn heads(record: Record) -> &'static [&'static str] {
    match record {
        Record::Groups => &["工作组", "级别", "所属区县", "组长单位", "成立日期"],
        Record::Cadres => &["姓名", "身份", "工作组", "所属区县"],
        Record::Companies | Record::Covered | Record::Uncovered => {
            &["企业名称", "所属区县", "四上类别", "工作组", "包联干部"]
        }
        Record::Visited => &["企业名称", "所属区县", "四上类别", "期间内走访次数"],
        Record::Visits => &["企业名称", "走访日期", "走访人", "工作组", "情况"],
        Record::Symposiums => &["主题", "召开日期", "主持人", "工作组", "地点"],
    }
}

fn groups_told(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RecordRow>> {
    let directory = directory::current(conn)?;
    let found = ids.iter().filter_map(|id| directory.group(*id));
    Ok(found
        .map(|group| RecordRow {
            key: group.id,
            opens: Some(group.id),
            cells: vec![
                group.name.clone(),
                group.level.label().to_owned(),
                directory.area_name(group.area_id).to_owned(),
                directory.unit_name(group.lead_unit_id).to_owned(),
                group.valid_from.to_string(),
            ],
        })
        .collect())
}

/// An account's own page is the administrators'; a cadre's row opens the group.
fn cadres_told(conn: &mut Conn, ids: &[i64], day: NaiveDate) -> Result<Vec<RecordRow>> {
    let directory = directory::current(conn)?;
    let mut names = issue::query::names(conn, ids)?;
    let found = membership::on_day(conn, ids, day)?;
    Ok(found
        .into_iter()
        .map(|Membership { user_id, role, group_id, .. }| {
            let area = directory.group(group_id).map_or("", |one| directory.area_name(one.area_id));
            RecordRow {
                key: user_id,
                opens: Some(group_id),
                cells: vec![
                    names.remove(&user_id).unwrap_or_default(),
                    role.label().to_owned(),
                    directory.group_name(Some(group_id)).to_owned(),
                    area.to_owned(),
                ],
            }
        })
        .collect())
}

/// What is said of a company beside what it is.
enum Told {
    /// Who was assigned to it on the day.
    AssignedOn(NaiveDate),
    /// How often it was visited.
    Times(HashMap<i64, i64>),
}

fn companies_told(conn: &mut Conn, ids: &[i64], told: Told) -> Result<Vec<RecordRow>> {
    let directory = directory::current(conn)?;
    let found: Vec<(i64, String, i64, AboveScale)> = enterprises::table
        .filter(enterprises::id.eq_any(ids))
        .select((enterprises::id, enterprises::name, enterprises::area_id, enterprises::above_scale))
        .load(conn)?;
    let (assigned, pasts, times) = match told {
        Told::AssignedOn(day) => (assignment::query::assigned_on(conn, ids, day)?, past::on_day(conn, ids, day)?, None),
        Told::Times(times) => (HashMap::new(), Vec::new(), Some(times)),
    };
    Ok(found
        .into_iter()
        .map(|(id, name, area_id, scale)| {
            let past = pasts.iter().find(|past| past.enterprise_id == id);
            let (area_id, scale) = past.map_or((area_id, scale), |past| (past.area_id, past.above_scale));
            let mut cells = vec![name, directory.area_name(area_id).to_owned(), scale.label().to_owned()];
            match &times {
                Some(times) => cells.push(times.get(&id).copied().unwrap_or(0).to_string()),
                None => {
                    let (group_id, cadre) = assigned.get(&id).cloned().unwrap_or_default();
                    cells.extend([directory.group_name(group_id).to_owned(), cadre]);
                }
            }
            RecordRow { key: id, opens: Some(id), cells }
        })
        .collect())
}

fn visits_told(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RecordRow>> {
    let directory = directory::current(conn)?;
    let found: Vec<(i64, String, NaiveDate, String, Option<i64>, String)> = visits::table
        .inner_join(enterprises::table)
        .inner_join(users::table)
        .filter(visits::id.eq_any(ids))
        .select((visits::id, enterprises::name, visits::visited_on, users::name, visits::group_id, visits::note))
        .load(conn)?;
    Ok(found
        .into_iter()
        .map(|(id, company, on, cadre, group_id, note)| RecordRow {
            key: id,
            opens: Some(id),
            cells: vec![company, on.to_string(), cadre, directory.group_name(group_id).to_owned(), note],
        })
        .collect())
}

fn symposiums_told(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RecordRow>> {
    let directory = directory::current(conn)?;
    let found: Vec<(i64, String, NaiveDate, String, Option<i64>, String)> = symposiums::table
        .inner_join(users::table)
        .filter(symposiums::id.eq_any(ids))
        .select((
            symposiums::id,
            symposiums::topic,
            symposiums::held_on,
            users::name,
            symposiums::group_id,
            symposiums::place,
        ))
        .load(conn)?;
    Ok(found
        .into_iter()
        .map(|(id, topic, on, host, group_id, place)| RecordRow {
            key: id,
            opens: Some(id),
            cells: vec![topic, on.to_string(), host, directory.group_name(group_id).to_owned(), place],
        })
        .collect())
}

/// Which of these records a scope lets somebody open today; a figure of the past may count what left the scope since.
pub fn openable(conn: &mut Conn, record: Record, scope: Scope, ids: &[i64]) -> Result<HashSet<i64>> {
    Ok(match record {
        Record::Groups | Record::Cadres => {
            let directory = directory::current(conn)?;
            let within: HashSet<i64> = directory.groups_within(scope).map(|group| group.id).collect();
            ids.iter().copied().filter(|id| within.contains(id)).collect()
        }
        Record::Companies | Record::Covered | Record::Uncovered | Record::Visited => {
            let query = enterprises::table.filter(enterprises::id.eq_any(ids));
            let found: Vec<i64> = query.filter(enterprise::query::within(scope)).select(enterprises::id).load(conn)?;
            found.into_iter().collect()
        }
        Record::Visits => {
            let query = visits::table.filter(visits::id.eq_any(ids));
            let found: Vec<i64> = query.filter(visit::query::within(scope)).select(visits::id).load(conn)?;
            found.into_iter().collect()
        }
        Record::Symposiums => {
            let query = symposiums::table.filter(symposiums::id.eq_any(ids));
            let found: Vec<i64> = query.filter(symposium::query::within(scope)).select(symposiums::id).load(conn)?;
            found.into_iter().collect()
        }
    })
}

/// The same for issues.
pub fn openable_issues(conn: &mut Conn, scope: Scope, ids: &[i64]) -> Result<HashSet<i64>> {
    let query = issues::table.filter(issues::id.eq_any(ids));
    let found: Vec<i64> = query.filter(issue::query::within(scope)).select(issues::id).load(conn)?;
    Ok(found.into_iter().collect())
}
