//! The monthly draws against the seals and the events, made again.
use super::{Verdict, found};
use crate::{
    audit::AuditAction,
    db::Conn,
    error::Result,
    schema::{audit_events, spot_checks, spot_draws},
    spot_check::{command::redraw, draw::drawn_at, month_word, parse_month, query},
};
use chrono::NaiveDate;
use diesel::{dsl::sql, prelude::*, sql_types::Text};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
};

fn named(month: &str) -> String {
    format!("抽查 {month}")
}

pub(super) fn check(conn: &mut Conn, verdict: &Mutex<Verdict>) -> Result<()> {
    // As text, so that a month that is none is found too.
    let texts: Vec<String> = spot_draws::table.select(sql::<Text>("CAST(month AS TEXT)")).load(conn)?;
    let mut months = BTreeSet::new();
    for text in texts {
        let Some(month) = text.parse::<NaiveDate>().ok().filter(|month| month.to_string() == text) else {
            found(verdict, named(&text), "不是一个月份")?;
            continue;
        };
        months.insert(month_word(month));
        match redraw(conn, month) {
            Ok(told) => told.wrong.into_iter().try_for_each(|what| found(verdict, named(&month_word(month)), what))?,
            Err(error) => found(verdict, named(&month_word(month)), format!("重算不了：{error}"))?,
        }
    }
    let checked: Vec<String> = spot_checks::table.select(sql::<Text>("CAST(month AS TEXT)")).distinct().load(conn)?;
    for month in checked.iter().map(|day| day.get(..7).unwrap_or(day)) {
        if !months.contains(month) {
            found(verdict, named(month), "这个月的抽取不在了，只剩下抽中的问题")?;
        }
    }
    // Each draw is written down in the audit log, which is chained and sealed.
    let told: HashMap<String, String> = audit_events::table
        .filter(audit_events::action.eq(AuditAction::SpotDraw))
        .select((audit_events::object, audit_events::detail))
        .load(conn)
        .unwrap_or_default()
        .into_iter()
        .collect();
    for month in told.keys().filter(|month| !months.contains(*month)) {
        found(verdict, named(month), "审计日志记着这个月抽取过，抽取不在了")?;
    }
    for month in &months {
        match told.get(month) {
            None => found(verdict, named(month), "审计日志里没有这次抽取")?,
            Some(detail) => {
                let kept = parse_month(month).map(|day| query::draw(conn, day)).transpose()?.flatten();
                // Older lines do not tell the moment.
                if detail.contains("抽取于") && kept.is_some_and(|kept| !detail.contains(&drawn_at(kept.drawn_at))) {
                    found(verdict, named(month), "抽取的时刻与审计日志不符")?;
                }
            }
        }
    }
    Ok(())
}
