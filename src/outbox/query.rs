//! SQL of what leaves the house.
use super::{BACK_OFF, Channel, Delivery, State};
use crate::{
    access::Scope,
    db::Conn,
    error::{Error, Result},
    inbox::{Message, Settings},
    issue::Issue,
    key, on_each_engine,
    schema::{deliveries as d, issue_details, issues, messages},
    time::Time,
    web::paging::{Bound, COUNTED},
};
use diesel::prelude::*;

/// A rule acts at its limit's own moment, midnight mostly; whether it is quiet is asked of the moment in which it goes out.
fn first_try(settings: &Settings, at: Time) -> Time {
    let now = at.max(Time::system());
    let not_before = settings.not_before(now);
    if not_before > now { not_before } else { at }
}

/// The deliveries that the people want of their messages. The subject names the problem's number alone: what a mail
/// server keeps tells nothing of a company.
pub fn add(
    conn: &mut Conn,
    issue: &Issue,
    messages: &[Message],
    wanted: &[(Settings, Option<String>)],
    at: Time,
) -> Result<()> {
    let mut all = Vec::new();
    for message in messages {
        let Some((settings, phone)) = wanted.iter().find(|(one, _)| one.user_id == message.user_id) else { continue };
        let email = (settings.by_email && !settings.email.is_empty()).then(|| (Channel::Email, settings.email.clone()));
        let phone = phone.clone().filter(|_| settings.by_phone).map(|phone| (Channel::Phone, phone));
        for (channel, recipient) in email.into_iter().chain(phone) {
            let id = key::fresh(at);
            all.push(Delivery {
                id,
                message_id: message.id,
                channel,
                recipient,
                subject: format!("{}：{}", message.kind.label(), issue.number),
                text: message.text.clone(),
                idempotency_key: format!("{:x}-{:x}", message.id, id),
                state: State::Waiting,
                tries: 0,
                next_try_at: first_try(settings, at),
                last_error: String::new(),
                made_at: at,
                ended_at: Time::NEVER,
            });
        }
    }
    if !all.is_empty() {
        on_each_engine!(conn, c => {
            diesel::insert_into(d::table).values(&all).execute(c)?;
        });
    }
    Ok(())
}

/// What is due on the channels that are configured, the longest waiting first.
pub fn due(conn: &mut Conn, channels: &[Channel], now: Time, most: i64) -> Result<Vec<Delivery>> {
    Ok(d::table
        .filter(d::state.eq(State::Waiting))
        .filter(d::next_try_at.le(now))
        .filter(d::channel.eq_any(channels))
        .order((d::next_try_at, d::id))
        .limit(most)
        .select(Delivery::as_select())
        .load(conn)?)
}

/// (user, issue) of the message, for its link.
pub fn concerns(conn: &mut Conn, message_id: i64) -> Result<(i64, Issue, Time)> {
    let (user_id, issue): (i64, Issue) = messages::table
        .inner_join(issues::table)
        .filter(messages::id.eq(message_id))
        .select((messages::user_id, Issue::as_select()))
        .first(conn)?;
    let contacted = issue_details::table.find(issue.id).select(issue_details::contacted_at).first(conn)?;
    Ok((user_id, issue, contacted))
}

/// What became of a try; a row that somebody else ended meanwhile stays as it is.
pub fn tried(conn: &mut Conn, delivery: &Delivery, error: Option<&str>, now: Time) -> Result<()> {
    let row = d::table.filter(d::id.eq(delivery.id)).filter(d::state.eq(State::Waiting));
    let tries = delivery.tries + 1;
    match error {
        None => {
            let ended = (d::state.eq(State::Sent), d::tries.eq(tries), d::ended_at.eq(now), d::last_error.eq(""));
            diesel::update(row).set(ended).execute(conn)?;
        }
        Some(why) => {
            let why: String = why.chars().take(300).collect();
            match usize::try_from(delivery.tries).ok().and_then(|tried| BACK_OFF.get(tried)) {
                Some(minutes) => {
                    let next =
                        (d::tries.eq(tries), d::next_try_at.eq(now.plus_minutes(*minutes)), d::last_error.eq(why));
                    diesel::update(row).set(next).execute(conn)?;
                }
                None => {
                    let dead =
                        (d::state.eq(State::Dead), d::tries.eq(tries), d::ended_at.eq(now), d::last_error.eq(why));
                    diesel::update(row).set(dead).execute(conn)?;
                }
            }
        }
    }
    Ok(())
}

/// The scope is that of `RunSystem`, which reaches everything or nothing.
pub fn list(conn: &mut Conn, _: Scope, state: State, bound: Bound, most: i64) -> Result<Vec<Delivery>> {
    let rows = d::table.filter(d::state.eq(state)).select(Delivery::as_select()).limit(most);
    Ok(match bound {
        Bound::Below(id) => rows.filter(d::id.lt(id)).order(d::id.desc()).load(conn)?,
        Bound::Above(id) => rows.filter(d::id.gt(id)).order(d::id.asc()).load(conn)?,
    })
}

/// Up to `COUNTED + 1`.
pub fn count(conn: &mut Conn, _: Scope, state: State) -> Result<i64> {
    let ids: Vec<i64> = d::table.filter(d::state.eq(state)).select(d::id).limit(COUNTED + 1).load(conn)?;
    Ok(ids.len() as i64)
}

/// One that was given up is tried again from the beginning.
pub fn retry(conn: &mut Conn, _: Scope, id: i64, now: Time) -> Result<()> {
    let dead = d::table.filter(d::id.eq(id)).filter(d::state.eq(State::Dead));
    let again = (d::state.eq(State::Waiting), d::tries.eq(0), d::next_try_at.eq(now), d::ended_at.eq(Time::NEVER));
    if diesel::update(dead).set(again).execute(conn)? == 1 {
        return Ok(());
    }
    let exists: i64 = d::table.find(id).count().get_result(conn)?;
    if exists == 0 { Err(Error::NotFound) } else { Err(Error::Conflict("它已经重新排队，不用再点".into())) }
}
