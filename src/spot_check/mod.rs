//! Spot checks (抽查): each month some of its closures are called back, drawn so that nobody can choose them and anybody
//! can draw them again.
//!
//! **The rule.** Drawn from are the issues that were closed in the month and still are at its end, without imported
//! history; as in the seals, an event belongs to the day on which it was written. Each belongs to one class, the first
//! that fits, with its share:
//!
//! | class | when | share |
//! |---|---|---|
//! | 雷同答复 | the reply has the sign `repeated` | 30 % |
//! | 过快答复 | the reply has the sign `fast` or `rushed` | 20 % |
//! | 未评价 | closed because the company did not answer, and not called back since | 20 % |
//! | 其他 | | 5 % |
//!
//! The issues of one class in one area (the code in the number) are put in the order of SHA-256 over the head of the
//! seal of the month's last day, as 64 hexadecimal digits, and the issue's number; the first `ceil(share × n)` are drawn,
//! so that every class and every area is drawn from. `printf '%s' HEADNUMBER | sha256sum` does it with a pocket tool.
//! Nobody can choose: the head hangs on everything that was written up to the end of the month, and is known only after.
//!
//! The list with the classes is kept as it was drawn from, and its SHA-256 stands in the audit log, which is sealed too.
pub mod command;
pub mod draw;
pub mod pages;
pub mod pages_drawn_from;
pub mod pages_open;
pub mod pages_show;
pub mod pages_withdrawals;
pub mod query;
pub mod query_withdrawals;
pub mod settle;

use crate::{
    calendar::shanghai_date,
    error::{Error, Result},
    issue::{event::Event, step::Step},
    schema::spot_checks,
    time::Time,
};
use chrono::{Datelike, Days, Months, NaiveDate};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

crate::text_enum! {
    /// Why a closure is drawn as often as it is.
    pub enum Class {
        Repeated = "repeated", "雷同答复";
        Fast = "fast", "过快答复";
        Unrated = "unrated", "未评价";
        Ordinary = "ordinary", "其他";
    }
}

impl Class {
    /// Percent.
    pub fn share(self) -> usize {
        match self {
            Self::Repeated => 30,
            Self::Fast | Self::Unrated => 20,
            Self::Ordinary => 5,
        }
    }
    pub fn rule(self) -> &'static str {
        match self {
            Self::Repeated => "答复与另一件问题的答复雷同",
            Self::Fast => "交办后很快答复，或红灯前后突击答复",
            Self::Unrated => "企业到期未评价销号，之后也没有回访到",
            Self::Ordinary => "以上都不是",
        }
    }
}

crate::text_enum! {
    /// What the call-back found.
    pub enum Outcome {
        Open = "", "待回访";
        Solved = "solved", "解决了";
        Partly = "partly", "部分解决";
        Unsolved = "no", "没有解决";
        Unreached = "unreached", "联系不上";
        False = "false", "假办结";
        Overtaken = "overtaken", "已另行重开";
    }
}

impl Outcome {
    /// The company was spoken with.
    pub fn is_reached(self) -> bool {
        matches!(self, Self::Solved | Self::Partly | Self::Unsolved | Self::False)
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = spot_checks, treat_none_as_default_value = false)]
pub struct SpotCheck {
    pub id: i64,
    /// Its first day.
    pub month: NaiveDate,
    pub issue_id: i64,
    pub area_id: i64,
    /// 1, 2, 3 … by the hash.
    pub position: i64,
    pub reason: Class,
    pub drawn_at: Time,
    pub result: Outcome,
    pub note: String,
    pub checked_by: String,
    /// `NEVER` while it is open.
    pub checked_at: Time,
    pub reached: String,
    pub checker_id: Option<i64>,
}

impl SpotCheck {
    /// 2026年11月
    pub fn month_label(&self) -> String {
        month_label(self.month)
    }
    /// The day of its result; blank while it is open.
    pub fn checked_on(&self) -> String {
        self.checked_at.some().map(|at| shanghai_date(at).to_string()).unwrap_or_default()
    }
}

/// How a call in which nobody was reached begins in the issue's story.
const UNREACHED: &str = "抽查回访，没有联系上：";

/// What the issue's story says of a call-back.
pub fn told(reached: &str, note: &str) -> String {
    match reached {
        "" => format!("{UNREACHED}{note}"),
        reached => format!("抽查回访，联系{reached}：{note}"),
    }
}

/// Different days on which nobody was reached before a check may end as 联系不上.
pub const DAYS: usize = 3;

/// A call in which nobody was reached: the check stays open. The issue's events keep them.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub who: String,
    pub at: Time,
    pub note: String,
}

impl Attempt {
    pub fn of(event: &Event) -> Result<Option<Self>> {
        Ok(match event.step()? {
            Step::CallBack { note, .. } => note.strip_prefix(UNREACHED).map(|note| Self {
                who: event.actor.clone(),
                at: event.happened_at,
                note: note.to_owned(),
            }),
            _ => None,
        })
    }
}

/// Whether calls on these moments, one of them perhaps the one in hand, were in vain long enough.
pub fn may_end(called: impl IntoIterator<Item = Time>) -> bool {
    called.into_iter().map(shanghai_date).collect::<BTreeSet<_>>().len() >= DAYS
}

/// A closure as a line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    pub number: String,
    pub class: Class,
}

/// A closure with its hash in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    pub closure: Closure,
    pub hash: String,
    pub drawn: bool,
}

/// `ZZ-410105-2026-000123` belongs to `410105`.
fn area_code(number: &str) -> &str {
    number.split('-').nth(1).unwrap_or_default()
}

/// The draw: all closures in the order of their hash.
pub fn draw(head: &[u8], closures: Vec<Closure>) -> Vec<Ranked> {
    let head = hex::encode(head);
    let ranked = |closure: Closure| {
        let hash = hex::encode(Sha256::digest(format!("{head}{}", closure.number).as_bytes()));
        Ranked { closure, hash, drawn: false }
    };
    let mut all: Vec<Ranked> = closures.into_iter().map(ranked).collect();
    all.sort_by(|one, other| (&one.hash, &one.closure.number).cmp(&(&other.hash, &other.closure.number)));
    let mut left: BTreeMap<(String, Class), usize> = BTreeMap::new();
    let place = |one: &Ranked| (area_code(&one.closure.number).to_owned(), one.closure.class);
    for one in &all {
        *left.entry(place(one)).or_default() += 1;
    }
    for ((_, class), count) in &mut left {
        *count = (*count * class.share()).div_ceil(100);
    }
    for one in &mut all {
        if let Some(left) = left.get_mut(&place(one)).filter(|left| **left > 0) {
            *left -= 1;
            one.drawn = true;
        }
    }
    all
}

/// The list as it is kept and handed out: a line an issue, its number and its class, by number.
pub fn written(closures: &[Closure]) -> String {
    closures.iter().map(|one| format!("{} {}\n", one.number, one.class.as_str())).collect()
}

pub fn read(list: &str) -> Result<Vec<Closure>> {
    let line = |line: &str| {
        let (number, class) = line.split_once(' ')?;
        Some(Closure { number: number.to_owned(), class: Class::parse(class)? })
    };
    list.lines().map(line).collect::<Option<_>>().ok_or_else(|| Error::internal("a list of closures is unreadable"))
}

/// `2026-11`, the first day of it.
pub fn parse_month(text: &str) -> Option<NaiveDate> {
    let (year, month) = text.split_once('-')?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
}
pub fn month_word(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}
pub fn month_label(month: NaiveDate) -> String {
    format!("{}年{}月", month.year(), month.month())
}
pub fn first_day(on: NaiveDate) -> NaiveDate {
    on.with_day(1).unwrap_or(on)
}
pub fn next_month(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(Months::new(1)).unwrap_or(month)
}
pub fn last_day(month: NaiveDate) -> NaiveDate {
    next_month(month).checked_sub_days(Days::new(1)).unwrap_or(month)
}
