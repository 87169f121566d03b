//! What an issue carries beside its own rows, against its events: files, the printed query code, the visit or symposium
//! that it came from, signs of false closure, spot checks.
use super::rows::Rows;
use crate::{
    db::Conn,
    error::Result,
    issue::{
        Dossier,
        event::Event,
        query::Attachment,
        step::{Origin, Step},
        workflow::{Action, Answer, Status},
    },
    key,
    schema::*,
    sign::{
        Sign, SignRow,
        find::{Done, shown},
        print::Print,
    },
    spot_check::{Attempt, Outcome, SpotCheck, may_end, told},
    time::Time,
};
use diesel::prelude::*;

/// A step that can show signs, with the issue before and after it.
pub(super) type Telling = (Dossier, Dossier, Event);

pub(super) fn check(conn: &mut Conn, rows: &Rows, telling: &[Telling]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    attachments(rows, &mut wrong)?;
    slip(rows, &mut wrong)?;
    origin(conn, rows, &mut wrong)?;
    signs(conn, rows, telling, &mut wrong)?;
    for check in &rows.checks {
        if !is_settled(check, &rows.events)? {
            wrong.push(format!("{}抽查的结果与经过不符", check.month_label()));
        }
    }
    Ok(wrong)
}

/// Whether two rows are the same but for what the events do not tell: the key's counter, and what the file itself does.
fn is_same(stored: &Attachment, made: &Attachment) -> bool {
    let told = Attachment {
        id: stored.id,
        content_type: stored.content_type.clone(),
        size: stored.size,
        // Older histories do not tell it.
        content_hash: match made.content_hash.as_str() {
            "" => stored.content_hash.clone(),
            hash => hash.to_owned(),
        },
        ..made.clone()
    };
    *stored == told && key::is_of(stored.id, stored.added_at)
}

fn attachments(rows: &Rows, wrong: &mut Vec<String>) -> Result<()> {
    let mut made: Vec<Attachment> = Vec::new();
    for event in &rows.events {
        match event.step()? {
            Step::Attach { names, contents, for_company } => {
                made.extend(names.into_iter().enumerate().map(|(index, name)| Attachment {
                    id: 0,
                    issue_id: event.issue_id,
                    name,
                    content_hash: contents.get(index).cloned().unwrap_or_default(),
                    content_type: String::new(),
                    size: 0,
                    actor: event.actor.clone(),
                    added_at: event.happened_at,
                    voided_at: Time::NEVER,
                    void_reason: String::new(),
                    actor_id: event.actor_id,
                    for_company,
                    void_actor: String::new(),
                }));
            }
            Step::VoidAttachment { name, content, for_company, reason } => {
                let is_meant = |one: &&mut Attachment| {
                    !one.is_void()
                        && one.name == name
                        && one.for_company == for_company
                        && (content.is_empty() || one.content_hash.is_empty() || one.content_hash == content)
                };
                match made.iter_mut().find(is_meant) {
                    Some(one) => {
                        one.voided_at = event.happened_at;
                        one.void_reason = reason;
                        one.void_actor.clone_from(&event.actor);
                    }
                    None => wrong.push(format!("第 {} 步作废的附件没有添加过", event.seq)),
                }
            }
            _ => {}
        }
    }
    // One name, one content, added twice: either may be the one that was voided.
    for stored in &rows.attachments {
        match made.iter().position(|made| is_same(stored, made)) {
            Some(index) => drop(made.swap_remove(index)),
            None => wrong.push(format!("附件“{}”与经过不符", stored.name)),
        }
    }
    wrong.extend(made.iter().map(|one| format!("附件“{}”的登记不在了", one.name)));
    Ok(())
}

fn slip(rows: &Rows, wrong: &mut Vec<String>) -> Result<()> {
    let mut printed = None;
    for event in rows.events.iter().filter(|event| event.action == Action::PrintSlip) {
        if let Step::PrintSlip { code_hash } = event.step()? {
            printed = Some((code_hash, event));
        }
    }
    let is_right = match (&rows.slip, printed) {
        (None, None) => true,
        (Some(slip), Some((code_hash, event))) => {
            (code_hash.is_empty() || hex::encode(&slip.code_hash) == code_hash)
                && slip.actor == event.actor
                && slip.printed_at == event.happened_at
        }
        _ => false,
    };
    if !is_right {
        wrong.push("查询单与经过不符".into());
    }
    Ok(())
}

/// A visit or symposium that was corrected was voided and recorded anew, and the issue follows.
fn origin(conn: &mut Conn, rows: &Rows, wrong: &mut Vec<String>) -> Result<()> {
    let (Some(detail), Some(first)) = (&rows.detail, rows.events.first()) else { return Ok(()) };
    let (Step::Submit { facts, .. } | Step::Import { facts, .. }) = first.step()? else { return Ok(()) };
    let Some(Origin { visit_id, symposium_id, .. }) = facts.origin else { return Ok(()) };
    macro_rules! is_followed {
        ($table:ident, $from:expr, $to:expr) => {{
            let mut at = $from;
            // A chain as long as this is none.
            for _ in 0..1_000 {
                let Some(id) = at.filter(|_| at != $to) else { break };
                at = $table::table.find(id).select($table::replaced_by_id).first(conn).optional()?.flatten();
            }
            at == $to
        }};
    }
    if !is_followed!(visits, visit_id, detail.visit_id) {
        wrong.push("来自哪次走访（visit_id）与收集时记下的不符".into());
    }
    if !is_followed!(symposiums, symposium_id, detail.symposium_id) {
        wrong.push("来自哪次座谈会（symposium_id）与收集时记下的不符".into());
    }
    Ok(())
}

fn signs(conn: &mut Conn, rows: &Rows, telling: &[Telling], wrong: &mut Vec<String>) -> Result<()> {
    let mut made: Vec<SignRow> = Vec::new();
    for (before, after, event) in telling {
        let step = event.step()?;
        let done = Done { before, after, event_id: event.id, step: &step, at: event.happened_at };
        if done.may_recur() {
            made.retain(|one| one.sign != Sign::Recurrence);
        }
        made.extend(shown(conn, done)?);
        if let Step::Reply { text, .. } = &step
            && !has_print(conn, event, text, &after.issue.enterprise_name)?
        {
            wrong.push(format!("第 {} 步答复的指纹与内容不符", event.seq));
        }
    }
    let mut left: Vec<&SignRow> = rows.signs.iter().collect();
    let mut missing = Vec::new();
    for one in made {
        let is_it = |stored: &&SignRow| SignRow { id: stored.id, ..one.clone() } == **stored;
        match left.iter().position(is_it) {
            Some(index) if key::is_of(left[index].id, one.found_at) => drop(left.swap_remove(index)),
            _ => missing.push(one),
        }
    }
    wrong.extend(missing.iter().map(|one| format!("假办结线索“{}”不在了，或者被改动", one.sign.label())));
    wrong.extend(left.iter().map(|one| format!("假办结线索“{}”不是经过得出的", one.sign.label())));
    Ok(())
}

fn has_print(conn: &mut Conn, event: &Event, text: &str, enterprise_name: &str) -> Result<bool> {
    use reply_bands as b;
    let Some(print) = Print::of(text, enterprise_name) else { return Ok(true) };
    let bands = print.bands();
    let rows = b::table.filter(b::event_id.eq(event.id)).filter(b::band.eq_any(&bands));
    let kept: i64 = rows.filter(b::issue_id.eq(event.issue_id)).count().get_result(conn)?;
    Ok(kept == bands.len() as i64)
}

fn is_settled(check: &SpotCheck, events: &[Event]) -> Result<bool> {
    let later = events.iter().filter(|event| event.happened_at >= check.drawn_at);
    if check.result == Outcome::Open {
        let is_blank = check.note.is_empty()
            && check.reached.is_empty()
            && check.checked_by.is_empty()
            && check.checker_id.is_none()
            && check.checked_at.is_never();
        for event in later {
            let reopened = event.from_status == Some(Status::Closed) && event.to_status != Status::Closed;
            let is_called = |note: &str| note.starts_with("抽查回访，");
            let called = matches!(event.step()?, Step::CallBack { note, .. } if is_called(&note));
            if reopened || (called && Attempt::of(event)?.is_none()) {
                return Ok(false);
            }
        }
        return Ok(is_blank);
    }
    if check.result == Outcome::Unreached {
        let mut called = Vec::new();
        for event in later.clone().filter(|event| event.happened_at <= check.checked_at) {
            called.extend(Attempt::of(event)?.map(|one| one.at));
        }
        if !may_end(called) {
            return Ok(false);
        }
    }
    let by = (&check.checked_by, check.checker_id, check.checked_at);
    for event in later.filter(|event| (&event.actor, event.actor_id, event.happened_at) == by) {
        let said = told(&check.reached, &check.note);
        let is_it = match event.step()? {
            Step::CallBack { note, solved, .. } => note == said && solved == Answer::parse(check.result.as_str()),
            Step::FindFalse { finding } => {
                check.result == Outcome::False
                    && (finding == said || (check.reached.is_empty() && finding == check.note))
            }
            step => {
                check.result == Outcome::Overtaken
                    && check.reached.is_empty()
                    && check.note == step.action().label()
                    && event.to_status != Status::Closed
            }
        };
        if is_it {
            return Ok(true);
        }
    }
    Ok(false)
}
