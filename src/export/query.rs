//! The ledger's rows in blocks, and what they need beside the issues: a query a table and block.
use super::{
    columns::Source,
    facts::{Facts, Happened, step},
};
use crate::{
    db::Conn,
    enterprise::Enterprise,
    error::Result,
    issue::{
        Issue, IssueDetail,
        event::Span,
        workflow::{Answer, Rating, Resolution, Status},
    },
    report::{Question, measure::COUNTED},
    schema::*,
    time::Time,
};
use chrono::NaiveDate;
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use std::collections::HashMap;

/// Rows read at once.
pub const BLOCK: i64 = 500;

/// An issue in its state of the moment that the ledger tells of.
pub struct Line {
    pub issue: Issue,
    pub state: State,
}

/// What changes in the course of an issue and is in its row too.
#[derive(Debug, Clone)]
pub struct State {
    pub status: Status,
    pub resolution: Option<Resolution>,
    pub answer: Option<Answer>,
    pub rating: Option<Rating>,
    pub lead_unit_id: Option<i64>,
    pub category_id: Option<i64>,
    pub group_id: Option<i64>,
}

impl From<&Issue> for State {
    fn from(issue: &Issue) -> Self {
        Self {
            status: issue.status,
            resolution: issue.resolution,
            answer: issue.answer,
            rating: issue.rating,
            lead_unit_id: issue.lead_unit_id,
            category_id: issue.category_id,
            group_id: issue.group_id,
        }
    }
}

impl From<&Span> for State {
    fn from(span: &Span) -> Self {
        Self {
            status: span.status,
            resolution: span.resolution,
            answer: span.answer,
            rating: span.rating,
            lead_unit_id: span.lead_unit_id,
            category_id: span.category_id,
            group_id: span.group_id,
        }
    }
}

/// The next issues that are in C as of the moment, or the next that are not, and the key to go on from; None: the end.
pub fn counted(conn: &mut Conn, question: &Question, in_c: bool, after: i64) -> Result<Option<(Vec<Line>, i64)>> {
    use issue_spans as s;
    let rows: Vec<Issue> = issues::table
        .filter(issues::id.gt(after))
        .order(issues::id)
        .limit(BLOCK)
        .select(Issue::as_select())
        .load(conn)?;
    let Some(last) = rows.last().map(|issue| issue.id) else { return Ok(None) };
    let ids: Vec<i64> = rows.iter().map(|issue| issue.id).collect();
    let spans: Vec<(Span, bool)> = s::table
        .filter(s::issue_id.eq_any(&ids))
        .filter(s::from_at.lt(question.before))
        .filter(s::until_at.ge(question.before))
        .select((Span::as_select(), sql::<Bool>(&format!("({COUNTED})"))))
        .load(conn)?;
    let states: HashMap<i64, (Span, bool)> = spans.into_iter().map(|(span, c)| (span.issue_id, (span, c))).collect();
    let lines = rows.into_iter().filter_map(|issue| {
        let (span, c) = states.get(&issue.id)?;
        let in_period = (question.from_at()..question.to_at()).contains(&span.registered_at);
        let state = State::from(span);
        ((*c && in_period) == in_c).then_some(Line { issue, state })
    });
    Ok(Some((lines.collect(), last)))
}

/// What the rows of a block need beside the issues.
pub struct Around {
    pub details: HashMap<i64, IssueDetail>,
    pub enterprises: HashMap<i64, Enterprise>,
    pub facts: HashMap<i64, Facts>,
    pub people: HashMap<i64, String>,
    /// Visits and symposiums that problems come from: 走访 2022-06-09.
    pub origins: HashMap<i64, String>,
    /// (包联领导, 包联干部) of companies.
    pub assigned: HashMap<i64, (String, String)>,
}

/// Asks only for what these sources tell.
pub fn around(conn: &mut Conn, block: &[Line], before: Time, sources: &[Source]) -> Result<Around> {
    let wants = |source| sources.contains(&source);
    let ids: Vec<i64> = block.iter().map(|line| line.issue.id).collect();
    let mut details: Vec<IssueDetail> = Vec::new();
    if wants(Source::Detail) {
        let of_block = issue_details::table.filter(issue_details::issue_id.eq_any(&ids));
        details = of_block.select(IssueDetail::as_select()).load(conn)?;
    }
    let companies: Vec<i64> = block.iter().filter_map(|line| line.issue.enterprise_id).collect();
    let mut found: Vec<Enterprise> = Vec::new();
    if wants(Source::Company) {
        let of_block = enterprises::table.filter(enterprises::id.eq_any(&companies));
        found = of_block.select(Enterprise::as_select()).load(conn)?;
    }
    let mut assigned: Vec<(i64, String, String)> = Vec::new();
    if wants(Source::Assigned) {
        assigned = assignments::table
            .inner_join(users::table)
            .filter(assignments::enterprise_id.eq_any(&companies))
            .filter(assignments::valid_until.is_null())
            .select((assignments::enterprise_id, assignments::leader, users::name))
            .load(conn)?;
    }
    let facts = if wants(Source::Events) { facts(conn, &ids, before)? } else { HashMap::new() };
    let mut people: Vec<i64> = Vec::new();
    if wants(Source::People) {
        people.extend(block.iter().filter_map(|line| line.issue.collector_id));
        people.extend(facts.values().filter_map(|facts| facts.handler_id));
    }
    let origins = if wants(Source::Detail) { origins(conn, &details)? } else { HashMap::new() };
    Ok(Around {
        origins,
        details: details.into_iter().map(|one| (one.issue_id, one)).collect(),
        enterprises: found.into_iter().map(|one| (one.id, one)).collect(),
        people: crate::issue::query::names(conn, &people)?,
        assigned: assigned.into_iter().map(|(id, leader, cadre)| (id, (leader, cadre))).collect(),
        facts,
    })
}

/// A record's number is the inside's; people find it by its kind and day.
fn origins(conn: &mut Conn, details: &[IssueDetail]) -> Result<HashMap<i64, String>> {
    let ids: Vec<i64> = details.iter().filter_map(|one| one.visit_id).collect();
    let visited: Vec<(i64, NaiveDate)> =
        visits::table.filter(visits::id.eq_any(&ids)).select((visits::id, visits::visited_on)).load(conn)?;
    let ids: Vec<i64> = details.iter().filter_map(|one| one.symposium_id).collect();
    let held: Vec<(i64, NaiveDate)> = symposiums::table
        .filter(symposiums::id.eq_any(&ids))
        .select((symposiums::id, symposiums::held_on))
        .load(conn)?;
    let visited = visited.into_iter().map(|(id, on)| (id, format!("走访 {on}")));
    Ok(visited.chain(held.into_iter().map(|(id, on)| (id, format!("座谈会 {on}")))).collect())
}

/// What the events of these issues say up to the moment.
pub fn facts(conn: &mut Conn, ids: &[i64], before: Time) -> Result<HashMap<i64, Facts>> {
    use issue_events as e;
    type Row = (i64, Option<Status>, Status, Option<i64>, String, Time, String);
    let rows: Vec<Row> = e::table
        .filter(e::issue_id.eq_any(ids))
        .order((e::issue_id, e::seq))
        .select((e::issue_id, e::from_status, e::to_status, e::actor_id, e::actor, e::happened_at, e::data))
        .load(conn)?;
    let mut by_issue: HashMap<i64, Vec<Happened>> = HashMap::new();
    for (issue_id, from_status, to_status, actor_id, actor, at, data) in rows {
        let happened = Happened { from_status, to_status, actor_id, actor, at, step: step(&data)? };
        by_issue.entry(issue_id).or_default().push(happened);
    }
    Ok(by_issue.into_iter().map(|(id, events)| (id, Facts::of(&events, before))).collect())
}
