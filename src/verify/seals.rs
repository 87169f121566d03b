//! The daily seals against the rows they close.
use super::{Verdict, found, with};
use crate::{
    db::Conn,
    error::Result,
    schema::*,
    seal::{self, Before, Seal, secret::SecretFile},
    time::Time,
};
use chrono::NaiveDate;
use diesel::{dsl::sql, prelude::*, sql_types::Text};
use std::{collections::BTreeSet, sync::Mutex};

pub(super) fn check(conn: &mut Conn, file: &SecretFile, now: Time, verdict: &Mutex<Verdict>) -> Result<()> {
    // As text, so that a day that is none is found too.
    let texts: Vec<String> = seals::table.select(sql::<Text>("CAST(sealed_on AS TEXT)")).load(conn)?;
    let mut days = BTreeSet::new();
    for text in texts {
        match text.parse::<NaiveDate>() {
            Ok(day) if day.to_string() == text => {
                days.insert(day);
            }
            _ => found(verdict, format!("封存 {text}"), "不是一个日子")?,
        }
    }
    let Some(oldest) = seal::first_day(conn)? else {
        return days.iter().try_for_each(|day| found(verdict, named(*day), "封存的经过和审计都不在了"));
    };
    let secret = match file.read() {
        Ok(secret) => Some(secret),
        Err(_) if days.is_empty() => None,
        Err(error) => {
            found(verdict, "封存密钥", error.to_string())?;
            None
        }
    };
    let mut before = Before::nothing();
    let mut expected = oldest;
    for on in days {
        if on > expected {
            let last = on.pred_opt().unwrap_or(on);
            found(verdict, named(expected), format!("从这一天到 {last} 的封存不在了"))?;
        }
        with(verdict, |verdict| verdict.days += 1)?;
        match seal::of_day(conn, on) {
            Ok(Some(stored)) => {
                for what in differences(conn, &stored, &before, secret.as_ref())? {
                    found(verdict, named(on), what)?;
                }
                // One false day is one finding.
                before = stored.as_before();
            }
            _ => found(verdict, named(on), "有一个值读不出来")?,
        }
        expected = expected.max(on.succ_opt().unwrap_or(on));
    }
    if seal::closing_moment(expected) <= now {
        found(verdict, named(expected), "从这一天起没有封存：服务没有运行到第二天中午，或者封存被删")?;
    }
    Ok(())
}

fn named(on: NaiveDate) -> String {
    format!("封存 {on}")
}

fn differences(
    conn: &mut Conn,
    stored: &Seal,
    before: &Before,
    secret: Option<&seal::secret::Secret>,
) -> Result<Vec<String>> {
    let now = Seal::of(conn, stored.sealed_on, before, stored.sealed_at, stored.records.is_some())?;
    let mut found = Vec::new();
    if (now.events, now.audits, now.records) != (stored.events, stored.audits, stored.records) {
        let lines = |seal: &Seal| seal.records.unwrap_or_default();
        found.push(format!(
            "封存时有 {} 步经过、{} 条审计、{} 条档案留痕，现在有 {} 步、{} 条、{} 条",
            stored.events,
            stored.audits,
            lines(stored),
            now.events,
            now.audits,
            lines(&now)
        ));
    } else if now.head != stored.head {
        found.push("这一天的经过或审计在封存之后被改动".into());
    }
    if let Some(secret) = secret
        && stored.computed_mac(before, secret)? != stored.mac
    {
        found.push("封存本身不是用密钥做的".into());
    }
    Ok(found)
}
