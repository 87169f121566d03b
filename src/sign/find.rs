//! What a step shows. Called in its transaction; reads the company's few issues, the candidates of a fingerprint and the
//! rungs of the issue's own limit, whatever the city's size.
use super::{
    ALIKE_PERCENT, FAST_MINUTES, RECURRENCE_DAYS, RUSHED_MINUTES, Sign, SignRow, WITHDRAWN_HOURS, print::Print,
};
use crate::{
    calendar::shanghai_date,
    db::{Backend, Conn},
    error::Result,
    issue::{Dossier, step::Step, workflow::*},
    key,
    schema::*,
    time::Time,
};
use diesel::prelude::*;
use std::collections::HashMap;

/// Replies compared for each band at most, the newest: of a template that is used everywhere, some are enough.
const COMPARED: i64 = 5;

/// A step that was done, with the issue before and after it.
#[derive(Clone, Copy)]
pub struct Done<'a> {
    pub before: &'a Dossier,
    pub after: &'a Dossier,
    pub event_id: i64,
    pub step: &'a Step,
    pub at: Time,
}

impl Done<'_> {
    fn sign(
        &self,
        (issue_id, area_id): (i64, i64),
        sign: Sign,
        other_issue_id: Option<i64>,
        reason: String,
    ) -> SignRow {
        SignRow {
            id: key::fresh(self.at),
            issue_id,
            area_id,
            event_id: self.event_id,
            sign,
            other_issue_id,
            reason,
            found_at: self.at,
        }
    }

    fn own(&self, sign: Sign, other: Option<i64>, reason: String) -> SignRow {
        self.sign((self.after.issue.id, self.after.issue.area_id), sign, other, reason)
    }

    /// The step by which the company's earlier closures are put in doubt: it tells company and category.
    pub fn may_recur(&self) -> bool {
        match self.step {
            // A merged issue that splits off is registered by its company's "no".
            Step::Register { .. } | Step::Answer { .. } => {
                self.before.issue.registered_at.is_never() && !self.after.issue.registered_at.is_never()
            }
            Step::Correct { category_id, enterprise, .. } => category_id.is_some() || enterprise.is_some(),
            _ => false,
        }
    }

    fn minutes_since(&self, from: Time) -> i64 {
        (self.at.0 - from.0).div_euclid(60_000_000)
    }
}

/// Finds and stores what the step shows, and the fingerprint of a reply.
pub fn find(conn: &mut Conn, done: Done) -> Result<()> {
    let issue = &done.after.issue;
    if let Step::Reply { text, .. } = done.step
        && let Some(print) = Print::of(text, &issue.enterprise_name)
    {
        keep_print(conn, &print, done.event_id, issue.id)?;
    }
    show(conn, done)
}

/// The same where the fingerprints are kept already.
pub(super) fn show(conn: &mut Conn, done: Done) -> Result<()> {
    if done.may_recur() {
        // What it was taken for before does not count any more.
        diesel::delete(
            signs::table.filter(signs::other_issue_id.eq(done.after.issue.id)).filter(signs::sign.eq(Sign::Recurrence)),
        )
        .execute(conn)?;
    }
    for row in shown(conn, done)? {
        diesel::insert_into(signs::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Steps that can show something.
pub fn may_show(action: Action) -> bool {
    matches!(action, Action::Register | Action::Correct | Action::Answer | Action::Reply | Action::Withdraw)
}

/// What the step shows: the same whenever it is asked, as it reads what was there at the step's moment.
pub fn shown(conn: &mut Conn, done: Done) -> Result<Vec<SignRow>> {
    // What was answered before it came here says nothing about how it was handled.
    if done.after.issue.history {
        return Ok(Vec::new());
    }
    Ok(match done.step {
        Step::Register { .. } | Step::Correct { .. } | Step::Answer { .. } if done.may_recur() => {
            recurrences(conn, done)?
        }
        Step::Reply { text, .. } => {
            let mut found = Vec::new();
            found.extend(repeated(conn, done, text)?);
            found.extend(rushed(conn, done)?);
            found.extend(fast(done));
            if done.before.detail.contacted_at.is_never() {
                found.push(done.own(Sign::Uncontacted, None, "答复时还没有登记过联系企业".into()));
            }
            found
        }
        Step::Withdraw { .. } => withdrawn(done).into_iter().collect(),
        _ => Vec::new(),
    })
}

/// Closures of the company that this problem puts in doubt.
fn recurrences(conn: &mut Conn, done: Done) -> Result<Vec<SignRow>> {
    use issue_spans as s;
    let issue = &done.after.issue;
    let (Some(enterprise_id), Some(category_id)) = (issue.enterprise_id, issue.category_id) else {
        return Ok(Vec::new());
    };
    let since = issue.submitted_at.plus_minutes(-RECURRENCE_DAYS * 24 * 60);
    let closed: Vec<(i64, i64, Time)> = s::table
        .filter(s::enterprise_id.assume_not_null().eq(enterprise_id))
        .filter(s::category_id.assume_not_null().eq(category_id))
        .filter(s::status.eq(Status::Closed))
        .filter(s::history.eq(false))
        .filter(s::from_at.le(done.at).and(s::until_at.gt(done.at)))
        .filter(s::closed_at.ge(since))
        .filter(s::closed_at.le(issue.submitted_at))
        .filter(s::issue_id.ne(issue.id))
        .order(s::issue_id)
        .select((s::issue_id, s::area_id, s::closed_at))
        .load(conn)?;
    let told = |(id, area_id, closed_at): &(i64, i64, Time)| {
        let days = (shanghai_date(issue.submitted_at) - shanghai_date(*closed_at)).num_days();
        let reason = format!("销号后 {days} 天，同一企业又反映同类问题");
        done.sign((*id, *area_id), Sign::Recurrence, Some(issue.id), reason)
    };
    Ok(closed.iter().map(told).collect())
}

/// A reply, with the company's name of that moment.
pub(super) struct Replied {
    pub event_id: i64,
    pub issue_id: i64,
    seq: i64,
    pub text: String,
    pub enterprise_name: String,
}

/// The replies among these events, in the order of their keys.
pub(super) fn replies(conn: &mut Conn, events: issue_events::BoxedQuery<'_, Backend>) -> Result<Vec<Replied>> {
    use issue_events as e;
    let rows: Vec<(i64, i64, i64, String)> = events
        .filter(e::action.eq(Action::Reply))
        .order(e::id)
        .select((e::id, e::issue_id, e::seq, e::data))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(_, issue_id, ..)| *issue_id).collect();
    let names: Vec<(i64, String)> =
        issues::table.filter(issues::id.eq_any(&ids)).select((issues::id, issues::enterprise_name)).load(conn)?;
    let names: HashMap<i64, String> = names.into_iter().collect();
    let mut found = Vec::new();
    for (event_id, issue_id, seq, data) in rows {
        if let Step::Reply { text, .. } = serde_json::from_str(&data)? {
            let enterprise_name = names.get(&issue_id).cloned().unwrap_or_default();
            found.push(Replied { event_id, issue_id, seq, text, enterprise_name });
        }
    }
    renamed(conn, &ids, &mut found)?;
    Ok(found)
}

/// Where the company was corrected after the reply, its name was that of before.
fn renamed(conn: &mut Conn, ids: &[i64], found: &mut [Replied]) -> Result<()> {
    use issue_events as e;
    let corrected = e::table.filter(e::issue_id.eq_any(ids)).filter(e::action.eq(Action::Correct));
    let ids: Vec<i64> = corrected.select(e::issue_id).distinct().load(conn)?;
    for id in ids {
        let naming = [Action::Submit, Action::Import, Action::Correct];
        let rows: Vec<(i64, String)> = e::table
            .filter(e::issue_id.eq(id))
            .filter(e::action.eq_any(naming))
            .order(e::seq)
            .select((e::seq, e::data))
            .load(conn)?;
        for (seq, data) in rows {
            let name = match serde_json::from_str(&data)? {
                Step::Submit { facts, .. } | Step::Import { facts, .. } => facts.enterprise_name,
                Step::Correct { enterprise: Some(one), .. } => one.name,
                _ => continue,
            };
            let later = found.iter_mut().filter(|one| one.issue_id == id && one.seq > seq);
            later.for_each(|one| one.enterprise_name.clone_from(&name));
        }
    }
    Ok(())
}

/// Keeps the fingerprint of a reply.
pub(super) fn keep_print(conn: &mut Conn, print: &Print, event_id: i64, issue_id: i64) -> Result<()> {
    use reply_bands as b;
    for band in print.bands() {
        diesel::insert_into(b::table)
            .values((b::band.eq(band), b::event_id.eq(event_id), b::issue_id.eq(issue_id)))
            .execute(conn)?;
    }
    Ok(())
}

/// Says with which earlier reply of another issue this one agrees most.
fn repeated(conn: &mut Conn, done: Done, text: &str) -> Result<Option<SignRow>> {
    let issue = &done.after.issue;
    let Some(print) = Print::of(text, &issue.enterprise_name) else { return Ok(None) };
    let mut candidates: Vec<i64> = Vec::new();
    for band in print.bands() {
        use reply_bands as b;
        let near = b::table
            .filter(b::band.eq(band))
            .filter(b::event_id.lt(done.event_id))
            .filter(b::issue_id.ne(issue.id))
            .order(b::event_id.desc())
            .limit(COMPARED)
            .select(b::event_id);
        candidates.extend(near.load::<i64>(conn)?);
    }
    candidates.sort_unstable();
    candidates.dedup();
    let mut best: Option<(usize, i64)> = None;
    for reply in replies(conn, issue_events::table.filter(issue_events::id.eq_any(candidates)).into_boxed())? {
        let alike = Print::of(&reply.text, &reply.enterprise_name).map_or(0, |other| print.alike(&other));
        best = best.max(Some((alike, reply.issue_id)));
    }
    Ok(best
        .filter(|(alike, _)| *alike >= ALIKE_PERCENT)
        .map(|(alike, other)| done.own(Sign::Repeated, Some(other), format!("与另一件问题的答复有 {alike}% 相同"))))
}

fn rushed(conn: &mut Conn, done: Done) -> Result<Option<SignRow>> {
    let before = &done.before.issue;
    let minutes = done.minutes_since(before.step_due_at);
    if !before.step_due_at.is_never() && minutes.abs() <= RUSHED_MINUTES {
        let when = if minutes < 0 { "亮红灯前" } else { "亮红灯后" };
        return Ok(Some(done.own(Sign::Rushed, None, format!("{when} {} 分钟内答复", minutes.abs().max(1)))));
    }
    use supervisions as s;
    let pressed: Option<(Stage, Time, Time)> = s::table
        .filter(s::issue_id.eq(before.id))
        .filter(s::stage.ne(Stage::Remind))
        .filter(s::given_at.ge(done.at.plus_minutes(-RUSHED_MINUTES)))
        .filter(s::given_at.le(done.at))
        .order(s::id.desc())
        .select((s::stage, s::step_due_at, s::given_at))
        .first(conn)
        .optional()?;
    Ok(pressed.filter(|(_, due_at, given_at)| given_at > due_at).map(|(stage, _, given_at)| {
        let minutes = done.minutes_since(given_at).max(1);
        done.own(Sign::Rushed, None, format!("因逾期{}后 {minutes} 分钟内答复", stage.label()))
    }))
}

/// Doing it again is no dispatch; how fast that went is not told by it.
fn fast(done: Done) -> Option<SignRow> {
    let given_at = done.before.lead()?.given_at;
    let minutes = done.minutes_since(given_at);
    (done.before.issue.round == 1 && minutes <= FAST_MINUTES)
        .then(|| done.own(Sign::Fast, None, format!("交办后 {} 分钟内答复", minutes.max(1))))
}

fn withdrawn(done: Done) -> Option<SignRow> {
    let given_at = done.before.lead()?.given_at;
    let minutes = done.minutes_since(given_at);
    (minutes <= WITHDRAWN_HOURS * 60).then(|| {
        let after =
            if minutes < 60 { format!("{} 分钟", minutes.max(1)) } else { format!("{} 小时", minutes / 60) };
        done.own(Sign::Withdrawn, None, format!("交办后 {after}企业撤回"))
    })
}
