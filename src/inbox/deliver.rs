//! Tells the people of an event, in the transaction that writes it.
use super::{
    Message, Settings,
    audience::{Audience, audience},
    words,
};
use crate::{
    access::Role,
    db::Conn,
    error::Result,
    issue::{Dossier, apply::Actor, step::Step},
    key, on_each_engine, outbox,
    schema::{message_settings, messages, users as u},
    time::Time,
};
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn people(conn: &mut Conn, audience: Audience) -> Result<Vec<i64>> {
    let people = u::table.filter(u::disabled.eq(false)).select(u::id);
    Ok(match audience {
        Audience::Unit(id) => people.filter(u::unit_id.eq(id)).filter(u::role.eq(Role::Handler)).load(conn)?,
        Audience::Office(id) => people.filter(u::area_id.eq(id)).filter(u::role.eq(Role::Dispatcher)).load(conn)?,
        Audience::Leaders(id) => people.filter(u::area_id.eq(id)).filter(u::role.eq(Role::Leader)).load(conn)?,
        Audience::Callers(id) => people.filter(u::area_id.eq(id)).filter(u::role.eq(Role::CallbackAgent)).load(conn)?,
        Audience::Company(id) => {
            people.filter(u::enterprise_id.eq(id)).filter(u::role.eq(Role::Enterprise)).load(conn)?
        }
        Audience::Person(id) => people.filter(u::id.eq(id)).filter(u::role.is_not_null()).load(conn)?,
    })
}

/// `event_id`: of the event that `step` became.
pub fn deliver(
    conn: &mut Conn,
    before: &Dossier,
    after: &Dossier,
    event_id: i64,
    actor: &Actor,
    step: &Step,
    at: Time,
) -> Result<()> {
    let (mut officials, mut companies) = (BTreeMap::new(), BTreeSet::new());
    let taken_over = words::taken_over(before.issue.office_area_id, after.issue.office_area_id, step.action());
    for audience in audience(before, after, step) {
        let people = people(conn, audience)?.into_iter().filter(|id| Some(*id) != actor.id);
        match audience {
            Audience::Company(_) => companies.extend(people),
            _ => {
                let mut text = words::told(after, step, audience);
                if let Some(why) = taken_over {
                    text = format!("{why}。{text}");
                }
                for id in people {
                    officials.entry(id).or_insert_with(|| text.clone());
                }
            }
        }
    }
    let message = |user_id: i64, text: &str| Message {
        id: key::fresh(at),
        user_id,
        issue_id: after.issue.id,
        event_id,
        kind: step.action(),
        text: text.to_owned(),
        sent_at: at,
        read_at: Time::NEVER,
    };
    let mut all: Vec<Message> = officials.iter().map(|(id, text)| message(*id, text)).collect();
    let text = words::told_company(after, step);
    all.extend(companies.iter().filter(|id| !officials.contains_key(id)).map(|id| message(*id, &text)));
    if all.is_empty() {
        return Ok(());
    }
    on_each_engine!(conn, c => {
        diesel::insert_into(messages::table).values(&all).execute(c)?;
    });
    let ids: Vec<i64> = all.iter().map(|one| one.user_id).collect();
    let wanted: Vec<(Settings, Option<String>)> = message_settings::table
        .inner_join(u::table)
        .filter(message_settings::user_id.eq_any(&ids))
        .filter(message_settings::by_email.eq(true).or(message_settings::by_phone.eq(true)))
        .select((Settings::as_select(), u::phone))
        .load(conn)?;
    if wanted.is_empty() {
        return Ok(());
    }
    outbox::query::add(conn, &after.issue, &all, &wanted, at)
}
