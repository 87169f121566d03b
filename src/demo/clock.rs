//! Working hours of the demo city: when something happens some workdays later, and never after the last moment.
use crate::{
    calendar::{Calendar, from_shanghai, shanghai_date},
    time::Time,
};
use chrono::{Days, NaiveDate};
use rand::{Rng, rngs::StdRng};
use std::ops::RangeInclusive;

/// A moment between 8:30 and 17:30 of a day.
pub fn in_hours(rng: &mut StdRng, on: NaiveDate) -> Time {
    let seconds = rng.random_range(8 * 3600 + 1800..17 * 3600 + 1800);
    from_shanghai(on.and_hms_opt(0, 0, 0).unwrap_or_default()).plus_seconds(seconds)
}

/// So many workdays after a moment, in working hours and later than it.
pub fn later(rng: &mut StdRng, after: Time, workdays: RangeInclusive<u32>) -> Time {
    let n = rng.random_range(workdays);
    let from = shanghai_date(after);
    if n == 0 {
        let soon = after.plus_minutes(rng.random_range(10..150));
        let closing = from_shanghai(from.and_hms_opt(18, 0, 0).unwrap_or_default());
        if soon < closing && Calendar::official().is_workday(from) {
            return soon;
        }
        return in_hours(rng, Calendar::official().add_workdays(from, 1).on);
    }
    in_hours(rng, Calendar::official().add_workdays(from, n).on)
}

/// The workday so many workdays before a day.
pub fn workdays_before(on: NaiveDate, n: u32) -> NaiveDate {
    let calendar = Calendar::official();
    let mut day = on;
    while !calendar.is_workday(day) {
        day = day - Days::new(1);
    }
    let mut left = n;
    while left > 0 {
        day = day - Days::new(1);
        left -= u32::from(calendar.is_workday(day));
    }
    day
}

/// A workday of a period.
pub fn some_workday(rng: &mut StdRng, from: NaiveDate, until: NaiveDate) -> NaiveDate {
    let span = (until - from).num_days().max(1) as u64;
    loop {
        let day = from + Days::new(rng.random_range(0..span));
        if Calendar::official().is_workday(day) {
            return day;
        }
    }
}
