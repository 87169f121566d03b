//! The light beside a limit: how much of it is left, in colour, word and shape.
use super::{Calendar, shanghai_date};
use crate::time::Time;

/// 正常 ■, 临期 ▲ (at most one workday left), 逾期 ●, and nothing running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    Normal(i64),
    Soon(i64),
    Overdue(i64),
    Still,
}

impl Light {
    pub fn of(calendar: &Calendar, due: Time, now: Time) -> Self {
        let Some(due) = due.some() else { return Self::Still };
        let (today, on) = (shanghai_date(now), shanghai_date(due));
        let left = calendar.workdays_between(today, on);
        if now > due {
            Self::Overdue(-left)
        } else if left <= 1 {
            Self::Soon(left.max(0))
        } else {
            Self::Normal(left)
        }
    }
    pub fn class(self) -> &'static str {
        match self {
            Self::Normal(_) => "light-normal",
            Self::Soon(_) => "light-soon",
            Self::Overdue(_) => "light-overdue",
            Self::Still => "light-still",
        }
    }
    /// Colour never speaks alone.
    pub fn text(self) -> String {
        match self {
            Self::Normal(days) => format!("正常 剩 {days} 个工作日"),
            Self::Soon(0) => "临期 今天到期".into(),
            Self::Soon(days) => format!("临期 剩 {days} 个工作日"),
            Self::Overdue(0) => "逾期 不足 1 个工作日".into(),
            Self::Overdue(days) => format!("逾期 {days} 个工作日"),
            Self::Still => "停表".into(),
        }
    }
    /// For narrow columns.
    pub fn short(self) -> String {
        match self {
            Self::Normal(days) => format!("正常 {days} 天"),
            Self::Soon(0) => "临期 今天".into(),
            Self::Soon(days) => format!("临期 {days} 天"),
            Self::Overdue(0) => "逾期".into(),
            Self::Overdue(days) => format!("逾期 {days} 天"),
            Self::Still => "停表".into(),
        }
    }
}
