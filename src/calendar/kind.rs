//! Why a day counts or does not, in words.
use super::{Calendar, weekday};
use chrono::{Datelike, NaiveDate, Weekday};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Workday,
    /// 调休: a weekend day that is worked.
    MadeUp,
    Weekend,
    DayOff,
}

/// 周一 … 周日.
pub fn weekday_name(on: NaiveDate) -> &'static str {
    match on.weekday() {
        Weekday::Mon => "周一",
        Weekday::Tue => "周二",
        Weekday::Wed => "周三",
        Weekday::Thu => "周四",
        Weekday::Fri => "周五",
        Weekday::Sat => "周六",
        Weekday::Sun => "周日",
    }
}

impl Calendar {
    pub fn kind(&self, on: NaiveDate) -> Kind {
        match (self.is_workday(on), self.reason(on), weekday(on)) {
            (true, Some(_), false) => Kind::MadeUp,
            (true, ..) => Kind::Workday,
            (false, None, false) => Kind::Weekend,
            (false, ..) => Kind::DayOff,
        }
    }

    /// 工作日 · 调休上班（春节调休） · 休（国庆节） · 休（周末); a day of a year without data says so.
    pub fn why(&self, on: NaiveDate) -> String {
        let reason = self.reason(on).unwrap_or_default();
        let mut text = match self.kind(on) {
            Kind::Workday => "工作日".to_owned(),
            Kind::MadeUp => format!("调休上班（{reason}）"),
            Kind::Weekend => "休（周末）".to_owned(),
            Kind::DayOff => format!("休（{reason}）"),
        };
        if self.is_estimated(on) {
            text.push_str("，估算：这一年的放假安排还没有录入");
        }
        text
    }
}
