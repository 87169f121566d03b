//! A problem comes in: its number, its first event, its words in the search index.
use super::{
    Issue, IssueDetail,
    apply::Actor,
    event,
    step::{Facts, Step},
    workflow::*,
};
use crate::{
    calendar::shanghai_date, chain, db::Conn, directory, error::Result, key, rules::Rules, schema::*, time::Time,
};
use chrono::Datelike;
use diesel::prelude::*;

/// What stands in the place of the company's name where imported history names none.
pub const NO_COMPANY: &str = "未关联企业";

/// What is known when a problem is recorded. A company and one sentence are enough.
#[derive(Debug, Clone)]
pub struct NewIssue {
    pub enterprise_id: Option<i64>,
    pub enterprise_name: String,
    /// The company's area; the city where it is not known.
    pub area_id: i64,
    pub group_id: Option<i64>,
    pub collector_id: Option<i64>,
    pub channel: Channel,
    pub title: String,
    pub description: String,
    pub demand: String,
    pub urgency: Urgency,
    pub contact_name: String,
    pub contact_phone: String,
    pub code_hash: Option<Vec<u8>>,
    pub visit_id: Option<i64>,
    pub symposium_id: Option<i64>,
    /// (source, number there) of imported history.
    pub external: Option<(String, String)>,
}

impl NewIssue {
    /// The rows of a new issue. The city's own office takes what has no area of its own.
    pub fn rows(self, number: String, city_area_id: i64, rules: &Rules, at: Time) -> (Issue, IssueDetail) {
        let id = key::fresh(at);
        let history = self.external.is_some();
        let level = if self.area_id == city_area_id { Level::City } else { Level::County };
        let issue = Issue {
            id,
            number,
            version: 1,
            title: self.title,
            status: Status::Submitted,
            enterprise_id: self.enterprise_id,
            enterprise_name: self.enterprise_name,
            area_id: self.area_id,
            group_id: self.group_id,
            collector_id: self.collector_id,
            channel: self.channel,
            category_id: None,
            complexity: None,
            level,
            urgency: self.urgency,
            office_area_id: self.area_id,
            lead_unit_id: None,
            handler_id: None,
            request: Request::None,
            resolution: None,
            answer: None,
            rating: None,
            round: 1,
            main_issue_id: None,
            history,
            submitted_at: at,
            registered_at: Time::NEVER,
            closed_at: Time::NEVER,
            due_at: Time::NEVER,
            step_limit: StepLimit::Triage,
            step_due_at: rules.calendar(at).due_at(at, rules.deadlines(at).suggested(None, level).triage),
        };
        let (source, external_no) = self.external.unzip();
        let detail = IssueDetail {
            issue_id: id,
            description: self.description,
            demand: self.demand,
            contact_name: self.contact_name,
            contact_phone: self.contact_phone,
            code_hash: self.code_hash,
            visit_id: self.visit_id,
            symposium_id: self.symposium_id,
            source,
            external_no,
            requirement: String::new(),
            responsible_leader: String::new(),
            original_due_at: Time::NEVER,
            dispatched_at: Time::NEVER,
            signed_at: Time::NEVER,
            contacted_at: Time::NEVER,
            progressed_at: Time::NEVER,
            paused_at: Time::NEVER,
            paused_days: 0,
            replied_at: Time::NEVER,
            approved_at: Time::NEVER,
            reviewer_id: None,
            extended_days: 0,
            vain_rounds: 0,
            merged_from: None,
            coerced: false,
            appealed: false,
            attitude: None,
            words: String::new(),
            progress: String::new(),
            measures: String::new(),
            remark: String::new(),
        };
        (issue, detail)
    }
}

/// The first sentence, as a title of at most 40 characters.
pub fn title_of(text: &str) -> String {
    let line = text.trim().split(['\n', '。', '！', '？', '；']).next().unwrap_or_default().trim();
    if line.chars().count() <= 40 {
        line.to_owned()
    } else {
        let cut: String = line.chars().take(39).collect();
        format!("{cut}…")
    }
}

/// `ZZ-410105-2026-000123`.
pub fn number(area_code: &str, year: i64, serial: i64) -> String {
    format!("ZZ-{area_code}-{year}-{serial:06}")
}

/// The next of a series of a year; numbers are never used again.
fn next_serial(conn: &mut Conn, series: &str, year: i64) -> Result<i64> {
    use issue_numbers as n;
    let row = n::table.find((series, year));
    let last: Option<i64> = row.select(n::last).first(conn).optional()?;
    let serial = last.unwrap_or(0) + 1;
    if last.is_some() {
        diesel::update(row).set(n::last.eq(serial)).execute(conn)?;
    } else {
        diesel::insert_into(n::table)
            .values((n::area_code.eq(series), n::year.eq(year), n::last.eq(serial)))
            .execute(conn)?;
    }
    Ok(serial)
}

fn next_number(conn: &mut Conn, area_id: i64, at: Time) -> Result<String> {
    let area_code: String = areas::table.find(area_id).select(areas::number_code).first(conn)?;
    let year = i64::from(shanghai_date(at).year());
    let serial = next_serial(conn, &area_code, year)?;
    Ok(number(&area_code, year, serial))
}

/// The number of the next notice of supervision: 督办〔2026〕12号.
pub fn next_notice(conn: &mut Conn, at: Time) -> Result<String> {
    let year = i64::from(shanghai_date(at).year());
    Ok(format!("督办〔{year}〕{}号", next_serial(conn, "督办", year)?))
}

pub fn submit(conn: &mut Conn, actor: &Actor, new: NewIssue, at: Time) -> Result<Issue> {
    let city_area_id = super::perform::city_area_id(conn)?;
    let number = next_number(conn, new.area_id, at)?;
    let rules = directory::current(conn)?.rules.clone();
    let at = at.max(rules.since());
    let (issue, detail) = new.rows(number, city_area_id, &rules, at);
    let facts = Facts::of(&issue, &detail);
    let step = match &detail.source {
        Some(source) => Step::Import { source: source.clone(), facts },
        None => Step::Submit { channel: issue.channel, facts },
    };
    diesel::insert_into(issues::table).values(&issue).execute(conn)?;
    diesel::insert_into(issue_details::table).values(&detail).execute(conn)?;
    event::append(conn, &issue, None, (0, chain::first_hash()), actor, &step, at)?;
    diesel::insert_into(issue_spans::table).values(event::Span::first(&issue, at)).execute(conn)?;
    crate::search::index_issue(conn, &issue)?;
    Ok(issue)
}
