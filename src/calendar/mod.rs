//! Shanghai dates and the city's workdays: which days count, when a limit ends, how much of it is left.
//!
//! Official days off and make-up workdays come from the State Council's yearly notices
//! (`workdays_2021_2026.json` is what a city starts with; `rules` keeps what it saves). A year without data falls back to weekends and is marked 估算; it never fails.
pub mod command;
mod kind;
mod light;

pub use kind::{Kind, weekday_name};
pub use light::Light;

use crate::time::Time;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// UTC+8 the whole year round.
const SHANGHAI_MICROS: i64 = 8 * 3600 * 1_000_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Working minutes of a workday; any other day has none.
pub const WORKDAY_MINUTES: i64 = 1440;

pub fn shanghai(at: Time) -> NaiveDateTime {
    DateTime::from_timestamp_micros(at.0.saturating_add(SHANGHAI_MICROS)).unwrap_or_default().naive_utc()
}
pub fn from_shanghai(local: NaiveDateTime) -> Time {
    Time(local.and_utc().timestamp_micros() - SHANGHAI_MICROS)
}
pub fn shanghai_date(at: Time) -> NaiveDate {
    shanghai(at).date()
}
/// Nothing of the campaign is older: an earlier day is a slip of the pen.
pub fn oldest() -> NaiveDate {
    NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default()
}
pub fn start_of_day(on: NaiveDate) -> Time {
    from_shanghai(on.and_time(NaiveTime::MIN))
}
/// 23:59:59, when limits end.
pub fn end_of_day(on: NaiveDate) -> Time {
    Time(start_of_day(on).0 + MICROS_PER_DAY - 1_000_000)
}
/// The first moment after the day: the exclusive bound of "as of the end of the day".
pub fn start_of_next_day(on: NaiveDate) -> Time {
    Time(start_of_day(on).0 + MICROS_PER_DAY)
}

/// The city's clock: the machine's, or stopped at one moment in a demo or a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    pub stopped_at: Option<Time>,
}
impl Clock {
    pub fn now(self) -> Time {
        self.stopped_at.unwrap_or_else(Time::system)
    }
    pub fn today(self) -> NaiveDate {
        shanghai_date(self.now())
    }
}

/// How long a step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Workdays(u32),
    NaturalDays(u32),
    Months(u32),
}
impl Limit {
    pub fn label(self) -> String {
        match self {
            Self::Workdays(n) => format!("{n} 个工作日"),
            Self::NaturalDays(n) => format!("{n} 天"),
            Self::Months(n) => format!("{n} 个月"),
        }
    }

    /// The day N days or months after `from`, clamped to the month's end (chrono does), before it is rolled forward to a
    /// workday; None where workdays are counted.
    pub fn calendar_day(self, from: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Workdays(_) => None,
            Self::NaturalDays(n) => Some(days_after(from, n.into())),
            Self::Months(n) => Some(from.checked_add_months(Months::new(n)).unwrap_or(NaiveDate::MAX)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub on: NaiveDate,
    /// A day of a year without official data was counted: 估算.
    pub estimated: bool,
}
impl Due {
    pub fn at(self) -> Time {
        end_of_day(self.on)
    }
}

/// One year's official days off and make-up workdays, each with its reason (元旦, 国庆节调休).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Year {
    pub days_off: BTreeMap<NaiveDate, String>,
    /// A year may have none.
    #[serde(default)]
    pub make_up_workdays: BTreeMap<NaiveDate, String>,
}

/// By year.
pub type Years = BTreeMap<i32, Year>;

/// Days are looked up in one vector that covers the years with data, which leave no gap.
#[derive(Debug)]
pub struct Calendar {
    years: Years,
    first: NaiveDate,
    days: Vec<Day>,
    /// Years with some of their days: what is counted in them is as estimated as in a year without.
    partial: Vec<i32>,
}
#[derive(Debug)]
struct Day {
    workday: bool,
    /// Workdays since `first`, this day included.
    sum: i64,
    reason: Option<String>,
}

static OFFICIAL: LazyLock<Arc<Calendar>> = LazyLock::new(|| {
    let years = serde_json::from_str(include_str!("workdays_2021_2026.json"));
    Arc::new(Calendar::of(years.expect("the embedded calendar is valid JSON")).expect("its years leave no gap"))
});

fn weekday(on: NaiveDate) -> bool {
    !matches!(on.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The calendar's last day is as far as any limit reaches.
fn days_after(on: NaiveDate, n: u64) -> NaiveDate {
    on.checked_add_days(Days::new(n)).unwrap_or(NaiveDate::MAX)
}

/// Workdays of the plain Monday-to-Friday week from the year 1 up to `on`, inclusive.
fn plain_sum(on: NaiveDate) -> i64 {
    let days = i64::from(on.num_days_from_ce()); // day 1 is a Monday
    let (weeks, rest) = (days.div_euclid(7), days.rem_euclid(7));
    weeks * 5 + rest.min(5)
}

/// A year is known when its notice is in whole: the holidays that the State Council arranges each year.
const HOLIDAYS: [&str; 7] = ["元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆"];

impl Year {
    /// Holidays of which no day is named yet.
    pub fn missing(&self) -> Vec<&'static str> {
        let is_named = |holiday: &str| self.days_off.values().any(|reason| reason.contains(holiday));
        HOLIDAYS.into_iter().filter(|holiday| !is_named(holiday)).collect()
    }
}

impl Calendar {
    /// The calendar that the program brings along: what a new city starts with.
    pub fn official() -> &'static Arc<Self> {
        &OFFICIAL
    }

    /// None where a year is missing between others, or there is none at all.
    pub fn of(years: Years) -> Option<Self> {
        let (first_year, last_year) = (*years.keys().next()?, *years.keys().next_back()?);
        if i64::from(last_year) - i64::from(first_year) + 1 != years.len() as i64 {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(first_year, 1, 1)?;
        let mut sum = plain_sum(first) - i64::from(weekday(first));
        let mut days = Vec::new();
        for on in first.iter_days().take_while(|on| years.contains_key(&on.year())) {
            let year = &years[&on.year()];
            let (off, make_up) = (year.days_off.get(&on), year.make_up_workdays.get(&on));
            let workday = make_up.is_some() || (off.is_none() && weekday(on));
            sum += i64::from(workday);
            days.push(Day { workday, sum, reason: make_up.or(off).cloned() });
        }
        let partial = years.iter().filter(|(_, year)| !year.missing().is_empty()).map(|(year, _)| *year).collect();
        Some(Self { years, first, days, partial })
    }

    pub fn years(&self) -> &Years {
        &self.years
    }

    fn day(&self, on: NaiveDate) -> Option<&Day> {
        usize::try_from((on - self.first).num_days()).ok().and_then(|index| self.days.get(index))
    }

    pub fn is_workday(&self, on: NaiveDate) -> bool {
        self.day(on).map_or_else(|| weekday(on), |day| day.workday)
    }
    pub fn is_estimated(&self, on: NaiveDate) -> bool {
        self.day(on).is_none() || self.partial.contains(&on.year())
    }
    /// Why a day is off or made up: 元旦, 国庆节调休.
    pub fn reason(&self, on: NaiveDate) -> Option<&str> {
        self.day(on)?.reason.as_deref()
    }

    /// Workdays up to and including `on`, from a fixed day in the past.
    fn sum(&self, on: NaiveDate) -> i64 {
        match self.day(on) {
            Some(day) => day.sum,
            None if on < self.first => plain_sum(on),
            None => {
                let last = self.first + Days::new(self.days.len() as u64 - 1);
                self.days.last().map_or(0, |day| day.sum) + plain_sum(on) - plain_sum(last)
            }
        }
    }

    /// Workdays after `from` up to and including `until`; negative when `until` is earlier.
    pub fn workdays_between(&self, from: NaiveDate, until: NaiveDate) -> i64 {
        self.sum(until) - self.sum(from)
    }

    /// The Nth workday after `from`; `from` itself does not count. N = 0 is `from`.
    pub fn add_workdays(&self, from: NaiveDate, n: u32) -> Due {
        let mut on = from;
        let mut left = i64::from(n);
        while left > 0 && on < NaiveDate::MAX {
            // Never overshoots, as N days hold at most N workdays; so the last day added is the Nth workday.
            on = days_after(on, left as u64);
            left = i64::from(n) - self.workdays_between(from, on);
        }
        self.due_on(days_after(from, u64::from(n.min(1))), on)
    }

    fn rolled(&self, from: NaiveDate) -> Due {
        let mut on = from;
        while !self.is_workday(on) && on < NaiveDate::MAX {
            on = days_after(on, 1);
        }
        self.due_on(from, on)
    }

    /// Years with data have no gap, so the first and the last day that were looked at tell for all between them.
    fn due_on(&self, first: NaiveDate, on: NaiveDate) -> Due {
        Due { on, estimated: self.is_estimated(first) || self.is_estimated(on) }
    }

    /// When a limit that starts on `from` ends.
    pub fn due(&self, from: NaiveDate, limit: Limit) -> Due {
        match limit {
            Limit::Workdays(n) => self.add_workdays(from, n),
            Limit::NaturalDays(_) | Limit::Months(_) => self.rolled(limit.calendar_day(from).unwrap_or(from)),
        }
    }

    /// A limit that started at a moment; one that never started never ends.
    pub fn due_at(&self, from: Time, limit: Limit) -> Time {
        from.some().map_or(Time::NEVER, |from| self.due(shanghai_date(from), limit).at())
    }

    /// A limit moved by whole workdays.
    pub fn shift(&self, due: Time, workdays: i64) -> Time {
        match (due.some(), u32::try_from(workdays)) {
            (Some(due), Ok(n)) if n > 0 => self.add_workdays(shanghai_date(due), n).at(),
            _ => due,
        }
    }
}
