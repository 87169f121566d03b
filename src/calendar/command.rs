//! `zhuqi workdays FROM N`: when a limit ends, and every day on the way there. By the calendar that the program brings
//! along, so no database is needed.
use super::{Calendar, kind::weekday_name};
use crate::error::{Error, Result};
use chrono::{Datelike, NaiveDate};
use std::fmt::Write;

/// Dates of later years are not written with four digits any more.
const LAST_YEAR: i32 = 9998;

pub fn workdays(from: NaiveDate, n: u32) -> Result<String> {
    let calendar = Calendar::official();
    let due = calendar.add_workdays(from, n);
    if due.on.year() > LAST_YEAR {
        return Err(Error::refused(format!("只推算到 {LAST_YEAR} 年，请换一个起算日或天数")));
    }
    let mut text = due.on.to_string();
    if due.estimated {
        text.push_str(" 估算");
    }
    let mut count = 0;
    for on in from.iter_days().skip(1).take_while(|on| *on <= due.on) {
        let counted = calendar.is_workday(on);
        count += u32::from(counted);
        let number = if counted { format!("第 {count} 天") } else { "不计".to_owned() };
        // Writing into a string does not fail.
        let _ = write!(text, "\n{on} {} {number} {}", weekday_name(on), calendar.why(on));
    }
    Ok(text)
}
