//! What happened to an issue: rows that are never changed, each hashing its own content and the row before it of the
//! same issue, so that writers do not contend for one chain head. With the event the stretch of unchanged figures
//! (`issue_spans`) ends and the next begins.
use super::{
    Dossier, Issue,
    apply::{Actor, EDITION},
    step::Step,
    workflow::*,
};
use crate::{
    calendar::{Calendar, Limit, shanghai_date},
    chain,
    db::Conn,
    error::Result,
    key,
    schema::*,
    time::Time,
};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = issue_events, treat_none_as_default_value = false)]
pub struct Event {
    pub id: i64,
    pub issue_id: i64,
    /// 1, 2, 3 … within the issue.
    pub seq: i64,
    pub action: Action,
    /// None: the first one.
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub actor_id: Option<i64>,
    pub actor: String,
    /// The permission by which it was done.
    pub actor_kind: crate::access::Permission,
    /// The `Step` as JSON, with the edition of the rules.
    pub data: String,
    pub happened_at: Time,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    step: &'a Step,
    edition: u8,
}

#[derive(Deserialize)]
struct Edition {
    #[serde(default)]
    edition: u8,
}

impl Event {
    /// The next link after (seq, hash) of `last`, written at `written_at`: its key tells when it came into the database.
    pub fn new(
        issue: &Issue,
        from_status: Option<Status>,
        last: (i64, Vec<u8>),
        actor: &Actor,
        step: &Step,
        at: Time,
        written_at: Time,
    ) -> Result<Self> {
        let mut event = Self {
            id: key::fresh(written_at),
            issue_id: issue.id,
            seq: last.0 + 1,
            action: step.action(),
            from_status,
            to_status: issue.status,
            actor_id: actor.id,
            actor: actor.name.clone(),
            actor_kind: actor.by,
            data: serde_json::to_string(&Written { step, edition: EDITION })?,
            happened_at: at,
            prev_hash: last.1,
            hash: Vec::new(),
        };
        event.hash = event.computed_hash();
        Ok(event)
    }

    pub fn computed_hash(&self) -> Vec<u8> {
        let values = [
            self.id.to_string(),
            self.issue_id.to_string(),
            self.seq.to_string(),
            self.action.as_str().into(),
            self.from_status.map_or("", Status::as_str).into(),
            self.to_status.as_str().into(),
            self.actor_id.map(|id| id.to_string()).unwrap_or_default(),
            self.actor.clone(),
            self.actor_kind.as_str().into(),
            self.data.clone(),
            self.happened_at.0.to_string(),
        ];
        chain::hash(&self.prev_hash, &values)
    }

    pub fn step(&self) -> Result<Step> {
        Ok(serde_json::from_str(&self.data)?)
    }
    /// Of the rules by which it was done; 0 in histories that are older than the question.
    pub fn edition(&self) -> Result<u8> {
        Ok(serde_json::from_str::<Edition>(&self.data)?.edition)
    }
}

/// What figures count of an issue.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = issue_spans, treat_none_as_default_value = false)]
pub struct Span {
    /// Exclusive; `NEVER` for the stretch that still lasts.
    pub until_at: Time,
    pub issue_id: i64,
    pub from_at: Time,
    pub registered_at: Time,
    pub area_id: i64,
    pub group_id: Option<i64>,
    pub lead_unit_id: Option<i64>,
    pub category_id: Option<i64>,
    pub status: Status,
    pub resolution: Option<Resolution>,
    pub answer: Option<Answer>,
    pub rating: Option<Rating>,
    pub overdue_at: Time,
    pub history: bool,
    pub enterprise_id: Option<i64>,
    /// The first clock, and the limit with extension, long-term tracking or rework; `NEVER` while it stands still.
    pub first_due_at: Time,
    pub extended_due_at: Time,
    /// The reply that stands, of an issue that had a limit.
    pub replied_at: Time,
    /// One workday after the unit signed.
    pub contact_due_at: Time,
    /// The first contact, of an issue that was signed without one.
    pub contacted_at: Time,
    pub closed_at: Time,
    /// From dispatch to closure.
    pub workdays: Option<i64>,
}

/// First contact is due this long after signing, whatever the template: what the response rate is measured against.
const CONTACT: Limit = Limit::Workdays(1);

impl Span {
    /// Of an issue that nobody has done anything about.
    pub fn first(issue: &Issue, from_at: Time) -> Self {
        Self {
            until_at: Time::NEVER,
            issue_id: issue.id,
            from_at,
            registered_at: issue.registered_at,
            area_id: issue.area_id,
            group_id: issue.group_id,
            lead_unit_id: issue.lead_unit_id,
            category_id: issue.category_id,
            status: issue.status,
            resolution: issue.resolution,
            answer: issue.answer,
            rating: issue.rating,
            overdue_at: issue.overdue_at(),
            history: issue.history,
            enterprise_id: issue.enterprise_id,
            first_due_at: Time::NEVER,
            extended_due_at: Time::NEVER,
            replied_at: Time::NEVER,
            contact_due_at: Time::NEVER,
            contacted_at: Time::NEVER,
            closed_at: Time::NEVER,
            workdays: None,
        }
    }

    pub fn of(dossier: &Dossier, calendar: &Calendar, from_at: Time) -> Self {
        let Dossier { issue, detail, .. } = dossier;
        let first = detail.original_due_at;
        let extended = issue.due_at.some().map_or(first, |due_at| due_at.max(first));
        // A limit that had not passed when the clock was stopped does not pass meanwhile. Waiting for the company stops
        // both, long-term tracking is the city's own time and stops the one with extension alone.
        let runs = |due_at: Time, stands: bool| if stands && due_at >= detail.paused_at { Time::NEVER } else { due_at };
        let waits = issue.status == Status::WaitingEnterprise;
        // Another unit may have been in touch before this one signed: then it needs no first contact.
        let signed_at = detail.signed_at.some().filter(|_| issue.lead_unit_id.is_some());
        let closed = issue.closed_at.some().zip(detail.dispatched_at.some());
        Self {
            first_due_at: runs(first, waits),
            extended_due_at: runs(extended, waits || issue.status == Status::LongTerm),
            replied_at: match issue.resolution {
                Some(_) if !first.is_never() => detail.replied_at,
                _ => Time::NEVER,
            },
            contact_due_at: match signed_at {
                Some(signed_at) if detail.contacted_at >= signed_at => calendar.due_at(signed_at, CONTACT),
                _ => Time::NEVER,
            },
            contacted_at: match signed_at {
                Some(signed_at) if detail.contacted_at >= signed_at => detail.contacted_at,
                _ => Time::NEVER,
            },
            closed_at: issue.closed_at,
            workdays: closed
                .map(|(closed, given)| calendar.workdays_between(shanghai_date(given), shanghai_date(closed))),
            ..Self::first(issue, from_at)
        }
    }
    /// The same facts, whatever the time.
    pub fn counts_like(&self, other: &Self) -> bool {
        Self { until_at: other.until_at, from_at: other.from_at, ..self.clone() } == *other
    }
}

/// The next stretch of a history in memory, as `move_span` does it in the database.
pub fn grow(spans: &mut Vec<Span>, dossier: &Dossier, calendar: &Calendar, at: Time) {
    let next = Span::of(dossier, calendar, at);
    if let Some(open) = spans.last_mut() {
        if open.counts_like(&next) {
            return;
        }
        open.until_at = at;
        if open.from_at >= at {
            spans.pop();
        }
    }
    spans.push(next);
}

/// Appends to the chain that ends with `last`; returns the event's id.
pub fn append(
    conn: &mut Conn,
    issue: &Issue,
    from_status: Option<Status>,
    last: (i64, Vec<u8>),
    actor: &Actor,
    step: &Step,
    at: Time,
) -> Result<i64> {
    // A rule acts at its limit's own moment, the row is of today.
    let event = Event::new(issue, from_status, last, actor, step, at, at.max(Time::system()))?;
    diesel::insert_into(issue_events::table).values(&event).execute(conn)?;
    Ok(event.id)
}

/// Ends the stretch that lasts and begins the next, unless nothing changed that figures count.
pub fn move_span(conn: &mut Conn, after: &Dossier, calendar: &Calendar, at: Time) -> Result<()> {
    use issue_spans as s;
    let next = Span::of(after, calendar, at);
    let current = s::table.filter(s::issue_id.eq(next.issue_id)).filter(s::until_at.eq(Time::NEVER));
    // What is stored, not what would be made now: another calendar may count since.
    let lasting: Option<Span> = current.select(Span::as_select()).first(conn).optional()?;
    if lasting.is_some_and(|span| span.counts_like(&next)) {
        return Ok(());
    }
    // Two changes in one moment: the stretch between them is empty and no moment falls into it.
    diesel::delete(current.filter(s::from_at.ge(at))).execute(conn)?;
    diesel::update(current).set(s::until_at.eq(at)).execute(conn)?;
    diesel::insert_into(s::table).values(next).execute(conn)?;
    crate::record::past_changed(conn, at)
}

/// The step that began the issue.
pub fn first(conn: &mut Conn, issue_id: i64) -> Result<Event> {
    use issue_events as e;
    Ok(e::table.filter(e::issue_id.eq(issue_id)).filter(e::seq.eq(1)).select(Event::as_select()).first(conn)?)
}

/// When the newest step was done, for what is kept beside it.
pub fn newest_moment(conn: &mut Conn, issue_id: i64) -> Result<Time> {
    use issue_events as e;
    Ok(e::table.filter(e::issue_id.eq(issue_id)).order(e::seq.desc()).select(e::happened_at).first(conn)?)
}

/// All events of these issues, each issue's in their order.
pub fn of_issues(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Vec<Event>>> {
    use issue_events as e;
    let rows: Vec<Event> =
        e::table.filter(e::issue_id.eq_any(ids)).order((e::issue_id, e::seq)).select(Event::as_select()).load(conn)?;
    let mut found: HashMap<i64, Vec<Event>> = HashMap::with_capacity(ids.len());
    for event in rows {
        found.entry(event.issue_id).or_default().push(event);
    }
    Ok(found)
}
