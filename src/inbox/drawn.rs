//! The month's draw of spot checks, told to those who call and to the offices: about no problem of its own, so it stands
//! above the messages about problems. Written with the draw, which happens once, so it is sent once.
use crate::{
    access::Role,
    calendar,
    db::Conn,
    error::Result,
    insert_all,
    issue::perform::city_area_id,
    schema::{draw_messages, draw_messages as d, users as u},
    spot_check::{SpotCheck, month_label, month_word},
    time::Time,
};
use chrono::NaiveDate;
use diesel::prelude::*;

/// Two years of them.
const LISTED: i64 = 24;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = d, treat_none_as_default_value = false)]
pub struct DrawMessage {
    pub month: NaiveDate,
    pub user_id: i64,
    pub text: String,
    pub sent_at: Time,
    /// `NEVER` until it was read.
    pub read_at: Time,
}

impl DrawMessage {
    pub fn is_read(&self) -> bool {
        !self.read_at.is_never()
    }
    /// 2026-11-24 09:30, Shanghai.
    pub fn when(&self) -> String {
        calendar::shanghai(self.sent_at).format("%Y-%m-%d %H:%M").to_string()
    }
    pub fn title(&self) -> String {
        format!("{}抽查已抽取", month_label(self.month))
    }
    pub fn word(&self) -> String {
        month_word(self.month)
    }
}

fn text(role: Role, of_city: bool, drawn: usize) -> String {
    let whose = if of_city { "全市" } else { "本辖区" };
    match (drawn, role) {
        (0, _) => format!("{whose}这个月没有抽中的问题"),
        (_, Role::CallbackAgent) => format!("{whose}抽中 {drawn} 件，请逐件回访企业"),
        _ => format!("{whose}抽中 {drawn} 件，由回访员逐件回访企业"),
    }
}

/// In the transaction of the draw.
pub fn deliver(conn: &mut Conn, month: NaiveDate, checks: &[&SpotCheck], at: Time) -> Result<()> {
    let city = city_area_id(conn)?;
    let people: Vec<(i64, Option<Role>, Option<i64>)> = u::table
        .filter(u::role.eq_any(vec![Role::CallbackAgent, Role::Dispatcher]))
        .filter(u::disabled.eq(false))
        .order(u::id)
        .select((u::id, u::role, u::area_id))
        .load(conn)?;
    let message = |(user_id, role, area_id): (i64, Option<Role>, Option<i64>)| {
        let (role, area_id) = (role?, area_id?);
        let of_city = area_id == city;
        let drawn = checks.iter().filter(|one| of_city || one.area_id == area_id).count();
        Some(DrawMessage { month, user_id, text: text(role, of_city, drawn), sent_at: at, read_at: Time::NEVER })
    };
    let all: Vec<DrawMessage> = people.into_iter().filter_map(message).collect();
    let all: Vec<&DrawMessage> = all.iter().collect();
    insert_all!(conn, draw_messages, 5, &all[..]);
    Ok(())
}

/// One person's, the newest first.
pub fn list(conn: &mut Conn, user_id: i64, unread: bool) -> Result<Vec<DrawMessage>> {
    let rows = d::table.filter(d::user_id.eq(user_id)).order(d::month.desc()).limit(LISTED);
    let rows = rows.select(DrawMessage::as_select());
    Ok(match unread {
        true => rows.filter(d::read_at.eq(Time::NEVER)).load(conn)?,
        false => rows.load(conn)?,
    })
}

/// As many as are listed.
pub fn count(conn: &mut Conn, user_id: i64, unread: bool) -> Result<i64> {
    let rows = d::table.filter(d::user_id.eq(user_id)).limit(LISTED).select(d::month).into_boxed();
    let rows = if unread { rows.filter(d::read_at.eq(Time::NEVER)) } else { rows };
    Ok(rows.load::<NaiveDate>(conn)?.len() as i64)
}

/// One, or all up to the newest that was on the page.
pub fn mark_read(conn: &mut Conn, user_id: i64, month: NaiveDate, and_before: bool, at: Time) -> Result<usize> {
    let own = d::table.filter(d::user_id.eq(user_id)).filter(d::read_at.eq(Time::NEVER));
    Ok(match and_before {
        true => diesel::update(own.filter(d::month.le(month))).set(d::read_at.eq(at)).execute(conn)?,
        false => diesel::update(own.filter(d::month.eq(month))).set(d::read_at.eq(at)).execute(conn)?,
    })
}
