//! Each issue against its history: the chain of its events, and everything that the events make when they are played
//! again through the transition table.
use super::{Finding, Verdict, belongings, found, rows, rows::Rows, with};
use crate::{
    chain::first_hash,
    db::{Conn, Db},
    directory,
    error::{Error, Result},
    issue::{
        Dossier, IssueUnit,
        apply::Context,
        event,
        perform::city_area_id,
        replay::replay,
        step::{Facts, Step},
        workflow::Action,
    },
    key,
    schema::issues,
    sign::find,
};
use diesel::prelude::*;
use std::sync::Mutex;

/// Issues read at once by one thread.
const BATCH: i64 = 200;
const PROGRESS: u64 = 20_000;

pub(super) fn check(db: &Db, verdict: &Mutex<Verdict>, progress: &(impl Fn(&str) + Sync)) -> Result<()> {
    let (rules, city) = db.read_blocking(|conn| Ok((directory::current(conn)?.rules.clone(), city_area_id(conn)?)))?;
    let total: i64 = db.read_blocking(|conn| Ok(issues::table.count().get_result(conn)?))?;
    progress(&format!("核对 {total} 件问题的经过…"));
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(db.readers()).max(1);
    let last = Mutex::new(i64::MIN);
    let work = || -> Result<()> {
        let context = Context::new(city, &rules);
        while let Some(ids) = next(db, &last)? {
            let (findings, steps) = db.snapshot_blocking(|conn| check_batch(conn, &ids, context))?;
            let done = with(verdict, |verdict| {
                let before = verdict.issues;
                verdict.issues += ids.len() as u64;
                verdict.events += steps;
                findings.into_iter().for_each(|finding| verdict.add(finding));
                (before / PROGRESS != verdict.issues / PROGRESS).then_some(verdict.issues)
            })?;
            if let Some(done) = done {
                progress(&format!("…{done} / {total}"));
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|one| one.join().unwrap_or_else(|_| Err(Error::internal("a thread that verified has ended"))))
    })?;
    for finding in db.snapshot_blocking(rows::orphans)? {
        found(verdict, finding.record, finding.what)?;
    }
    Ok(())
}

/// The next issues, for whichever thread asks.
fn next(db: &Db, last: &Mutex<i64>) -> Result<Option<Vec<i64>>> {
    let mut last = last.lock().map_err(|_| Error::internal("a thread that verified has ended"))?;
    let after = *last;
    let ids: Vec<i64> = db.read_blocking(|conn| {
        Ok(issues::table.filter(issues::id.gt(after)).order(issues::id).limit(BATCH).select(issues::id).load(conn)?)
    })?;
    Ok(match ids.last() {
        None => None,
        Some(newest) => {
            *last = *newest;
            Some(ids)
        }
    })
}

fn check_batch(conn: &mut Conn, ids: &[i64], context: Context) -> Result<(Vec<Finding>, u64)> {
    let (mut findings, mut steps) = (Vec::new(), 0);
    let mut look = |conn: &mut Conn, rows: &Rows, findings: &mut Vec<Finding>| {
        steps += rows.events.len() as u64;
        // What cannot be read may be another issue's, to which this one is compared; that one is told by itself.
        if let Err(error) = check_issue(conn, rows, context, findings) {
            let named = format!("问题 {}", rows.issue.number);
            findings.push(Finding::new(named, format!("没有核对完：{error}")));
        }
    };
    match rows::load(conn, ids) {
        Ok(all) => all.iter().for_each(|rows| look(conn, rows, &mut findings)),
        // Some value is none: one after the other, to find whose.
        Err(_) => {
            for id in ids {
                match rows::load(conn, &[*id]) {
                    Ok(all) => all.iter().for_each(|rows| look(conn, rows, &mut findings)),
                    Err(_) => findings.extend(rows::unreadable(conn, *id)?),
                }
            }
        }
    }
    Ok((findings, steps))
}

/// Names of the columns in which two rows differ.
macro_rules! differing {
    ($stored:expr, $made:expr; $($column:ident)*) => {{
        let mut names: Vec<&str> = Vec::new();
        $(if $stored.$column != $made.$column { names.push(stringify!($column)); })*
        names.join("、")
    }};
}

fn check_issue(conn: &mut Conn, rows: &Rows, context: Context, findings: &mut Vec<Finding>) -> Result<()> {
    let name = format!("问题 {}", rows.issue.number);
    let mut say = |seq: Option<i64>, what: String| {
        let record = seq.map_or_else(|| name.clone(), |seq| format!("{name} 第 {seq} 步"));
        findings.push(Finding::new(record, what));
    };
    let Some(detail) = &rows.detail else {
        say(None, "详情不在了".into());
        return Ok(());
    };
    let mut previous = first_hash();
    let mut broken = false;
    for (index, event) in rows.events.iter().enumerate() {
        let seq = index as i64 + 1;
        if event.seq != seq {
            say(Some(seq), format!("这一步不在了（下一条是第 {} 步）", event.seq));
        } else if event.prev_hash != previous {
            say(Some(seq), "接不上前一步".into());
        } else if event.hash != event.computed_hash() {
            say(Some(seq), "内容与留痕不符".into());
        } else {
            previous.clone_from(&event.hash);
            continue;
        }
        broken = true;
        break;
    }
    // What a false history makes proves nothing.
    if broken {
        return Ok(());
    }
    let mut spans = Vec::new();
    let mut status = None;
    let mut done = 0;
    let mut wrong = Vec::new();
    let mut telling = Vec::new();
    let mut before: Option<Dossier> = None;
    let made = replay(&rows.issue, detail, &rows.events, context, |event, dossier| {
        if (event.from_status, event.to_status) != (status, dossier.issue.status) {
            wrong.push(event.seq);
        }
        status = Some(dossier.issue.status);
        done = event.seq;
        event::grow(&mut spans, dossier, context.calendar(event.happened_at), event.happened_at);
        if let Some(before) = before.replace(dossier.clone())
            && find::may_show(event.action)
        {
            telling.push((before, dossier.clone(), event.clone()));
        }
        Ok(())
    });
    for seq in wrong {
        say(Some(seq), "记下的状态不是流转规则得出的".into());
    }
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            say(Some(done + 1), format!("按流转规则走不通：{error}"));
            return Ok(());
        }
    };
    for what in [as_submitted(rows), as_made(rows, &made)].into_iter().flatten() {
        say(None, what);
    }
    if rows.spans != spans {
        let differs = rows.spans.iter().zip(&spans).position(|(stored, made)| stored != made);
        let place = differs.unwrap_or_else(|| rows.spans.len().min(spans.len())) + 1;
        say(None, format!("统计区间第 {place} 段与经过不符"));
    }
    for what in belongings::check(conn, rows, &telling)? {
        say(None, what);
    }
    Ok(())
}

/// What no later step changes, against what was written down at submission; the contact, against the last correction.
fn as_submitted(rows: &Rows) -> Vec<String> {
    let (issue, Some(detail), Some(first)) = (&rows.issue, &rows.detail, rows.events.first()) else {
        return vec!["没有经过".into()];
    };
    let mut wrong = Vec::new();
    let (facts, source) = match first.step() {
        Ok(Step::Submit { facts, channel }) => {
            if channel != issue.channel {
                wrong.push("channel");
            }
            (facts, None)
        }
        Ok(Step::Import { facts, source }) => (facts, Some(source)),
        _ => return vec!["第一步不是收集".into()],
    };
    if issue.history != (source.is_some() && !facts.is_open) || detail.source != source {
        wrong.push("source");
    }
    if issue.submitted_at != first.happened_at || !key::is_of(issue.id, issue.submitted_at) {
        wrong.push("submitted_at");
    }
    if detail.external_no != facts.external_no {
        wrong.push("external_no");
    }
    let now = Facts::of(issue, detail);
    if now.number != facts.number {
        wrong.push("number");
    }
    if now.channel != facts.channel {
        wrong.push("channel");
    }
    if now.contact != contact(rows).unwrap_or(facts.contact) {
        wrong.push("contact_name、contact_phone");
    }
    if let (Some(origin), Some(told)) = (&now.origin, &facts.origin)
        && origin.code_hash != told.code_hash
    {
        wrong.push("code_hash");
    }
    if wrong.is_empty() { Vec::new() } else { vec![format!("与收集时记下的不符：{}", wrong.join("、"))] }
}

/// As the last correction of the contact has it, of which the histories keep the hash alone.
fn contact(rows: &Rows) -> Option<String> {
    let mut corrections = rows.events.iter().rev().filter(|event| event.action == Action::Correct);
    corrections.find_map(|event| match event.step() {
        Ok(Step::Correct { contact, .. }) => contact.map(|contact| contact.hash()),
        _ => None,
    })
}

fn as_made(rows: &Rows, made: &Dossier) -> Vec<String> {
    let mut wrong = Vec::new();
    if rows.issue != made.issue {
        let names = differing!(rows.issue, made.issue;
            version title status enterprise_id enterprise_name area_id group_id collector_id category_id complexity
            level urgency office_area_id lead_unit_id handler_id request resolution answer rating round main_issue_id
            registered_at closed_at due_at step_limit step_due_at);
        wrong.push(format!("基本情况与经过不符：{names}"));
    }
    if let Some(detail) = &rows.detail
        && *detail != made.detail
    {
        let names = differing!(detail, made.detail;
            description demand requirement responsible_leader original_due_at dispatched_at signed_at contacted_at
            progressed_at paused_at paused_days replied_at approved_at reviewer_id extended_days vain_rounds merged_from
            coerced appealed attitude words progress measures remark);
        wrong.push(format!("详情与经过不符：{names}"));
    }
    let kept = rows.units.iter().all(|unit| key::is_of(unit.id, unit.given_at));
    if !kept || units(&rows.units) != units(&made.units) {
        wrong.push("承办单位与经过不符".into());
    }
    let kept = rows.instructions.iter().all(|one| key::is_of(one.id, one.given_at));
    if !kept || keyless(&rows.instructions, |one| &mut one.id) != keyless(&made.instructions, |one| &mut one.id) {
        wrong.push("批示与经过不符".into());
    }
    let kept = rows.supervisions.iter().all(|one| key::is_of(one.id, one.given_at));
    if !kept || keyless(&rows.supervisions, |one| &mut one.id) != keyless(&made.supervisions, |one| &mut one.id) {
        wrong.push("督办与经过不符".into());
    }
    wrong
}

/// Rows without their keys, which are made anew each time.
fn keyless<T: Clone>(list: &[T], key: impl Fn(&mut T) -> &mut i64) -> Vec<T> {
    let mut list = list.to_vec();
    list.iter_mut().for_each(|one| *key(one) = 0);
    list
}

fn units(list: &[IssueUnit]) -> Vec<IssueUnit> {
    let mut list = keyless(list, |unit| &mut unit.id);
    list.sort_by_key(|unit| (unit.given_at, unit.unit_id, unit.part, unit.active));
    list
}
