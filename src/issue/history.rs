//! Whole histories made in memory by the same steps as everywhere, and put into the database in bulk: for imported
//! history and the demo city.
use super::{
    Dossier, Issue, IssueDetail,
    apply::{Actor, Context, apply},
    event::{Event, Span, grow, of_issues},
    step::Step,
};
use crate::{chain::first_hash, db::Conn, error::Result, key, schema::*, search, time::Time};
use diesel::prelude::*;

#[derive(Debug, Clone)]
pub struct History {
    pub dossier: Dossier,
    pub events: Vec<Event>,
    pub spans: Vec<Span>,
}

impl History {
    /// The first event of new rows.
    pub fn begin(issue: Issue, detail: IssueDetail, actor: &Actor, step: &Step) -> Result<Self> {
        let at = issue.submitted_at;
        let event = Event::new(&issue, None, (0, first_hash()), actor, step, at, at)?;
        let span = Span::first(&issue, at);
        let dossier = Dossier::new(issue, detail);
        Ok(Self { dossier, events: vec![event], spans: vec![span] })
    }

    pub fn act(&mut self, context: Context, actor: &Actor, step: &Step, at: Time) -> Result<()> {
        let from = apply(&mut self.dossier, context, actor, step, at)?;
        let last = self.events.last().map_or_else(|| (0, first_hash()), |event| (event.seq, event.hash.clone()));
        self.events.push(Event::new(&self.dossier.issue, Some(from), last, actor, step, at, at)?);
        grow(&mut self.spans, &self.dossier, context.calendar(at), at);
        Ok(())
    }

    pub fn last_at(&self) -> Time {
        self.events.last().map_or(self.dossier.issue.submitted_at, |event| event.happened_at)
    }
}

/// An issue as it is stored, with all its events in order.
pub struct Past {
    pub issue: Issue,
    pub detail: IssueDetail,
    pub events: Vec<Event>,
}

/// The next issues after a key, the oldest first; none after the last.
pub fn pasts(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<Past>> {
    let rows: Vec<(Issue, IssueDetail)> = issues::table
        .inner_join(issue_details::table)
        .filter(issues::id.gt(after))
        .order(issues::id)
        .limit(most)
        .select((Issue::as_select(), IssueDetail::as_select()))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(issue, _)| issue.id).collect();
    let mut events = of_issues(conn, &ids)?;
    let past = |(issue, detail): (Issue, IssueDetail)| {
        let events = events.remove(&issue.id).unwrap_or_default();
        Past { issue, detail, events }
    };
    Ok(rows.into_iter().map(past).collect())
}

/// The events as they can be written now: where a day of theirs is sealed already, with keys of this moment.
fn unsealed<'a>(conn: &mut Conn, histories: &'a [History]) -> Result<Vec<std::borrow::Cow<'a, [Event]>>> {
    use std::borrow::Cow;
    let sealed = crate::seal::newest(conn)?.map_or(0, |seal| crate::seal::end_key(seal.sealed_on));
    let now = crate::demo::written_at(conn, |_| Ok(None))?;
    let rows = histories.iter().map(|one| {
        if one.events.iter().all(|event| event.id >= sealed) {
            return Cow::Borrowed(&one.events[..]);
        }
        let mut previous = first_hash();
        let mut events = one.events.clone();
        for event in &mut events {
            event.id = key::fresh(event.happened_at.max(now));
            event.prev_hash.clone_from(&previous);
            event.hash = event.computed_hash();
            previous.clone_from(&event.hash);
        }
        Cow::Owned(events)
    });
    Ok(rows.collect())
}

/// Values that one statement may bind on both engines.
const BINDS: usize = 30_000;

/// Inserts rows of a table in statements of as many as may be bound.
#[macro_export]
macro_rules! insert_all {
    ($conn:expr, $table:ident, $columns:expr, $rows:expr) => {{
        let rows = $rows;
        for rows in rows.chunks($crate::issue::history::rows_at_once($columns)) {
            $crate::on_each_engine!(&mut *$conn, c => diesel::insert_into($table::table).values(rows.to_vec()).execute(c))?;
        }
    }};
}

pub const fn rows_at_once(columns: usize) -> usize {
    BINDS / columns
}

/// Puts histories into the database, their words into the index. The caller's transaction.
pub fn insert(conn: &mut Conn, histories: &[History]) -> Result<()> {
    let rows: Vec<&Issue> = histories.iter().map(|one| &one.dossier.issue).collect();
    // A merged issue refers to its main issue: main issues first.
    let (plain, merged): (Vec<&Issue>, Vec<&Issue>) = rows.into_iter().partition(|issue| issue.main_issue_id.is_none());
    insert_all!(conn, issues, 31, &plain[..]);
    insert_all!(conn, issues, 31, &merged[..]);
    let rows: Vec<_> = histories.iter().map(|one| &one.dossier.detail).collect();
    insert_all!(conn, issue_details, 32, &rows[..]);
    let rows: Vec<_> = histories.iter().flat_map(|one| &one.dossier.units).collect();
    insert_all!(conn, issue_units, 12, &rows[..]);
    let rows: Vec<_> = histories.iter().flat_map(|one| &one.dossier.instructions).collect();
    insert_all!(conn, instructions, 10, &rows[..]);
    let rows: Vec<_> = histories.iter().flat_map(|one| &one.dossier.supervisions).collect();
    insert_all!(conn, supervisions, 11, &rows[..]);
    let events = unsealed(conn, histories)?;
    let rows: Vec<_> = events.iter().flat_map(|events| events.iter()).collect();
    insert_all!(conn, issue_events, 13, &rows[..]);
    let rows: Vec<_> = histories.iter().flat_map(|one| &one.spans).collect();
    insert_all!(conn, issue_spans, 22, &rows[..]);
    let mut terms: Vec<(i64, i64)> = histories
        .iter()
        .flat_map(|one| {
            let issue = &one.dossier.issue;
            let text = search::issue_text(&issue.title, &issue.enterprise_name, &issue.number);
            search::terms(&text).into_iter().map(|term| (term, issue.id))
        })
        .collect();
    // In the index's order, so that its pages are filled one after the other.
    terms.sort_unstable();
    let rows: Vec<_> = terms.iter().map(|(term, doc)| (issue_terms::term.eq(term), issue_terms::doc.eq(doc))).collect();
    insert_all!(conn, issue_terms, 2, &rows[..]);
    // Events of the past: no newest event tells that figures changed.
    crate::record::changed_at_large(conn)
}
