//! All rows of some issues, and which of them cannot even be read.
use super::Finding;
use crate::{
    db::Conn,
    error::Result,
    issue::{
        Instruction, Issue, IssueDetail, IssueUnit, Supervision,
        event::{Event, Span},
        query::Attachment,
    },
    schema::*,
    sign::{Sign, SignRow},
    spot_check::SpotCheck,
    time::Time,
};
use diesel::prelude::*;
use std::collections::HashMap;

pub(super) struct Rows {
    pub issue: Issue,
    pub detail: Option<IssueDetail>,
    pub units: Vec<IssueUnit>,
    pub events: Vec<Event>,
    pub spans: Vec<Span>,
    pub instructions: Vec<Instruction>,
    pub supervisions: Vec<Supervision>,
    pub attachments: Vec<Attachment>,
    pub slip: Option<Slip>,
    /// Those that its steps showed, of whichever issue.
    pub signs: Vec<SignRow>,
    pub checks: Vec<SpotCheck>,
}

/// The query code that was printed last.
#[derive(Queryable, Selectable)]
#[diesel(table_name = slips)]
pub(super) struct Slip {
    pub issue_id: i64,
    pub code_hash: Vec<u8>,
    pub actor: String,
    pub printed_at: Time,
}

fn by_issue<T>(rows: Vec<T>, issue_id: impl Fn(&T) -> i64) -> HashMap<i64, Vec<T>> {
    let mut found: HashMap<i64, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(issue_id(&row)).or_default().push(row);
    }
    found
}

/// Each table's rows of the issues, in the order in which steps make them.
macro_rules! of_issues {
    ($conn:expr, $ids:expr, $table:ident, $order:expr, $row:ty) => {
        $table::table
            .filter($table::issue_id.eq_any($ids))
            .order($order)
            .select(<$row>::as_select())
            .load::<$row>($conn)
    };
}

/// A problem that came back puts another issue in doubt.
fn shown_by(row: &SignRow) -> i64 {
    match (row.sign, row.other_issue_id) {
        (Sign::Recurrence, Some(other)) => other,
        _ => row.issue_id,
    }
}

fn signs_shown(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<SignRow>> {
    let own = signs::table.filter(signs::issue_id.eq_any(ids)).filter(signs::sign.ne(Sign::Recurrence));
    let mut found: Vec<SignRow> = own.select(SignRow::as_select()).load(conn)?;
    let others: Vec<Option<i64>> = ids.iter().copied().map(Some).collect();
    let of_others = signs::table.filter(signs::other_issue_id.eq_any(others)).filter(signs::sign.eq(Sign::Recurrence));
    found.extend(of_others.select(SignRow::as_select()).load::<SignRow>(conn)?);
    Ok(found)
}

pub(super) fn load(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Rows>> {
    let list: Vec<Issue> =
        issues::table.filter(issues::id.eq_any(ids)).order(issues::id).select(Issue::as_select()).load(conn)?;
    let details = of_issues!(conn, ids, issue_details, issue_details::issue_id, IssueDetail)?;
    let mut details = by_issue(details, |row| row.issue_id);
    let mut units = by_issue(of_issues!(conn, ids, issue_units, issue_units::id, IssueUnit)?, |row| row.issue_id);
    let mut events = by_issue(of_issues!(conn, ids, issue_events, issue_events::seq, Event)?, |row| row.issue_id);
    let mut spans = by_issue(of_issues!(conn, ids, issue_spans, issue_spans::from_at, Span)?, |row| row.issue_id);
    let instructions = of_issues!(conn, ids, instructions, instructions::id, Instruction)?;
    let mut instructions = by_issue(instructions, |row| row.issue_id);
    let supervisions = of_issues!(conn, ids, supervisions, supervisions::id, Supervision)?;
    let mut supervisions = by_issue(supervisions, |row| row.issue_id);
    let attachments = of_issues!(conn, ids, attachments, attachments::id, Attachment)?;
    let mut attachments = by_issue(attachments, |row| row.issue_id);
    let mut slips = by_issue(of_issues!(conn, ids, slips, slips::issue_id, Slip)?, |row| row.issue_id);
    let mut signs = by_issue(signs_shown(conn, ids)?, shown_by);
    let checks = of_issues!(conn, ids, spot_checks, spot_checks::id, SpotCheck)?;
    let mut checks = by_issue(checks, |row| row.issue_id);
    Ok(list
        .into_iter()
        .map(|issue| Rows {
            detail: details.remove(&issue.id).and_then(|mut rows| rows.pop()),
            units: units.remove(&issue.id).unwrap_or_default(),
            events: events.remove(&issue.id).unwrap_or_default(),
            spans: spans.remove(&issue.id).unwrap_or_default(),
            instructions: instructions.remove(&issue.id).unwrap_or_default(),
            supervisions: supervisions.remove(&issue.id).unwrap_or_default(),
            attachments: attachments.remove(&issue.id).unwrap_or_default(),
            slip: slips.remove(&issue.id).and_then(|mut rows| rows.pop()),
            signs: signs.remove(&issue.id).unwrap_or_default(),
            checks: checks.remove(&issue.id).unwrap_or_default(),
            issue,
        })
        .collect())
}

/// Why an issue's rows could not be loaded: the rows that hold a value which is none.
pub(super) fn unreadable(conn: &mut Conn, id: i64) -> Result<Vec<Finding>> {
    let number: QueryResult<String> = issues::table.find(id).select(issues::number).first(conn);
    let name = number.map_or_else(|_| format!("问题 {id}"), |number| format!("问题 {number}"));
    let ids = &[id];
    let mut found = Vec::new();
    let parts: [(&str, Option<diesel::result::Error>); 10] = [
        ("基本情况", issues::table.find(id).select(Issue::as_select()).first::<Issue>(conn).err()),
        ("详情", of_issues!(conn, ids, issue_details, issue_details::issue_id, IssueDetail).err()),
        ("承办单位", of_issues!(conn, ids, issue_units, issue_units::id, IssueUnit).err()),
        ("统计区间", of_issues!(conn, ids, issue_spans, issue_spans::from_at, Span).err()),
        ("批示", of_issues!(conn, ids, instructions, instructions::id, Instruction).err()),
        ("督办", of_issues!(conn, ids, supervisions, supervisions::id, Supervision).err()),
        ("附件", of_issues!(conn, ids, attachments, attachments::id, Attachment).err()),
        ("查询单", of_issues!(conn, ids, slips, slips::issue_id, Slip).err()),
        ("假办结线索", of_issues!(conn, ids, signs, signs::id, SignRow).err().or(signs_shown(conn, ids).err())),
        ("抽查", of_issues!(conn, ids, spot_checks, spot_checks::id, SpotCheck).err()),
    ];
    for (what, error) in parts {
        if let Some(error) = error {
            found.push(Finding::new(&name, format!("{what}有一个值读不出来：{error}")));
        }
    }
    let events: Vec<(i64, i64)> = issue_events::table
        .filter(issue_events::issue_id.eq(id))
        .order(issue_events::seq)
        .select((issue_events::id, issue_events::seq))
        .load(conn)?;
    for (key, seq) in events {
        if let Err(error) = issue_events::table.find(key).select(Event::as_select()).first::<Event>(conn) {
            found.push(Finding::new(format!("{name} 第 {seq} 步"), format!("有一个值读不出来：{error}")));
        }
    }
    if found.is_empty() {
        found.push(Finding::new(&name, "有一个值读不出来"));
    }
    Ok(found)
}

/// Rows that belong to no issue.
pub(super) fn orphans(conn: &mut Conn) -> Result<Vec<Finding>> {
    use diesel::dsl::{exists, not};
    let mut found = Vec::new();
    macro_rules! of {
        ($table:ident, $what:literal) => {
            let ids: Vec<i64> = $table::table
                .filter(not(exists(issues::table.filter(issues::id.eq($table::issue_id)))))
                .select($table::issue_id)
                .distinct()
                .limit(20)
                .load(conn)?;
            found.extend(ids.iter().map(|id| Finding::new(format!("问题 {id}"), concat!("问题已不在，只剩下它的", $what))));
        };
    }
    of!(issue_details, "详情");
    of!(issue_units, "承办单位");
    of!(issue_spans, "统计区间");
    of!(instructions, "批示");
    of!(supervisions, "督办");
    of!(attachments, "附件");
    of!(slips, "查询单");
    of!(signs, "假办结线索");
    of!(spot_checks, "抽查");
    let events: Vec<(i64, i64)> = issue_events::table
        .filter(not(exists(issues::table.filter(issues::id.eq(issue_events::issue_id)))))
        .order(issue_events::id)
        .select((issue_events::issue_id, issue_events::seq))
        .limit(20)
        .load(conn)?;
    let named =
        events.iter().map(|(id, seq)| Finding::new(format!("问题 {id} 第 {seq} 步"), "问题已不在，只剩下这一步"));
    found.extend(named);
    Ok(found)
}
