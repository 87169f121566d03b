//! How a day of the ledger is told: in the strip of days, and as a line.
use crate::{
    calendar::{Calendar, Limit, shanghai_date},
    issue::{
        clockwork::{Clock, Day},
        workflow::StepLimit,
    },
};
use chrono::{Datelike, NaiveDate};

/// A day of the strip.
pub struct Cell {
    pub class: &'static str,
    pub head: String,
    pub mark: String,
}

/// How the end of a limit is found: workdays are counted one by one, months and natural days go by the calendar.
pub fn reckoned(clock: &Clock, calendar: &Calendar) -> String {
    let from = shanghai_date(clock.started_at);
    let end = match (clock.limit, clock.limit.calendar_day(from)) {
        (Limit::Months(n), Some(on)) if on.day() == from.day() => format!("到 {n} 个月后的同一天 {on}"),
        (Limit::Months(n), Some(on)) => format!("{n} 个月后的那个月没有 {} 日，到月末 {on}", from.day()),
        (Limit::NaturalDays(n), Some(on)) => format!("当天不计，第 {n} 天是 {on}"),
        _ => return "当天不计".into(),
    };
    let due = calendar.due(from, clock.limit).on;
    let rolled = if clock.limit.calendar_day(from) == Some(due) {
        String::new()
    } else {
        format!("，遇休息日顺延到 {due}")
    };
    format!("{end}，其间休息日也算{rolled}")
}

/// The days that are marked.
pub struct Marked {
    /// What is due: 答复, or a co-handling unit's 协办反馈.
    pub what: &'static str,
    pub started: Option<NaiveDate>,
    pub due: Option<NaiveDate>,
    pub step_due: Option<NaiveDate>,
    pub step: StepLimit,
    /// None once it is closed.
    pub today: Option<NaiveDate>,
    /// Nothing is late after it yet.
    pub last: NaiveDate,
}

/// 企业补件 is too long for a seventh of a telephone's width: 补件.
fn short(step: StepLimit) -> String {
    let label = step.label();
    label.chars().skip(label.chars().count().saturating_sub(2)).collect()
}

impl Marked {
    pub fn cell(&self, index: usize, day: &Day) -> Cell {
        let on = day.on;
        let head = match (self.today == Some(on), index == 0 || on.day() == 1) {
            (true, _) => "今天".to_owned(),
            (_, true) => format!("{}/{}", on.month(), on.day()),
            _ => on.day().to_string(),
        };
        let number = day.number.map(|number| number.to_string());
        let (class, mark) = if self.started == Some(on) {
            ("start", "起".to_owned())
        } else if self.due == Some(on) {
            ("due", "到期".to_owned())
        } else if self.step_due == Some(on) {
            ("due", short(self.step))
        } else if self.today == Some(on) {
            ("today", number.unwrap_or_else(|| "·".into()))
        } else if day.paused {
            ("stop", "停".to_owned())
        } else if !day.workday {
            ("off", number.unwrap_or_else(|| "休".into()))
        } else {
            ("", number.unwrap_or_else(|| "·".into()))
        };
        Cell { class, head, mark }
    }

    pub fn counted(&self, day: &Day) -> String {
        let mut text = match (day.paused, day.number, day.workday) {
            (true, ..) => "停表，不计".to_owned(),
            (_, Some(number), _) if self.due.is_some_and(|due| day.on > due) => {
                format!("第 {number} 天，已过{}时限", self.what)
            }
            (_, Some(number), _) => format!("第 {number} 天"),
            (_, None, true) if day.rolls => "顺延到这一天".to_owned(),
            (_, None, false) if day.rolls => "遇休息日顺延".to_owned(),
            (_, None, false) => "不计".to_owned(),
            (_, None, true) if self.started == Some(day.on) => "起算日，不计".to_owned(),
            (_, None, true) => String::new(),
        };
        if self.due == Some(day.on) {
            text.push_str(&format!("，{}到期", self.what));
        }
        let step = self.step.label();
        let late = self.step_due.is_some_and(|due| day.on > due);
        match day.step_number {
            // How late it will be nobody knows yet.
            Some(_) if late && day.on > self.last => {}
            Some(number) if late => text.push_str(&format!("，{step}第 {number} 天，已过{step}时限")),
            Some(number) => text.push_str(&format!("，{step}第 {number} 天")),
            None => {}
        }
        if self.step_due == Some(day.on) && self.step != StepLimit::Reply {
            text.push_str(&format!("，{step}到期"));
        }
        text.trim_start_matches('，').to_owned()
    }
}
