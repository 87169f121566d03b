//! A calendar that is being changed: from a notice, a file, or days that were clicked; what changes by it.
use super::notice;
use crate::calendar::{Calendar, Kind, Year, Years, weekday_name};
use chrono::{Datelike, NaiveDate};
use serde_json::error::Category;

/// The years with those of `changed` in place of the saved ones.
pub fn merged(saved: &Years, changed: Years) -> Years {
    let mut years = saved.clone();
    years.extend(changed);
    years
}

/// The years that differ.
pub fn changed(saved: &Years, draft: &Years) -> Years {
    let other = |(year, content): &(&i32, &Year)| saved.get(*year) != Some(*content);
    draft.iter().filter(other).map(|(year, content)| (*year, content.clone())).collect()
}

/// The holidays that the notice names, in place of what the year had of them; the others stay. A holiday that begins in
/// the year before is added there.
pub fn with_notice(draft: &mut Years, notice: &notice::Notice, year: i32) -> Result<(), String> {
    let names: Vec<&str> = notice.holidays.iter().flat_map(|one| one.split(['、', '和'])).collect();
    let is_other = |_: &NaiveDate, reason: &mut String| !names.iter().any(|name| reason.contains(name));
    let content = draft.entry(year).or_default();
    content.days_off.retain(is_other);
    content.make_up_workdays.retain(is_other);
    let days =
        notice.days_off.iter().map(|day| (day, true)).chain(notice.make_up_workdays.iter().map(|day| (day, false)));
    for ((on, reason), off) in days {
        let Some(content) = draft.get_mut(&on.year()) else {
            return Err(format!("{on} 在 {} 年，这一年还没有录入，请先录入", on.year()));
        };
        content.days_off.remove(on);
        content.make_up_workdays.remove(on);
        let list = if off { &mut content.days_off } else { &mut content.make_up_workdays };
        list.insert(*on, reason.clone());
    }
    Ok(())
}

/// The shape of the file that the program brings along: {"2026": {"days_off": {…}, "make_up_workdays": {…}}}.
pub fn from_json(text: &str) -> Result<Years, String> {
    let years: Years = serde_json::from_str(text).map_err(|cause| unreadable(&cause))?;
    for (year, content) in &years {
        for on in content.days_off.keys().chain(content.make_up_workdays.keys()) {
            if on.year() != *year {
                return Err(format!("{on} 写在了 {year} 年里"));
            }
        }
        if let Some(on) = content.days_off.keys().find(|on| content.make_up_workdays.contains_key(on)) {
            return Err(format!("{on} 既放假又上班"));
        }
    }
    if years.is_empty() { Err("里面没有年份".into()) } else { Ok(years) }
}

fn unreadable(cause: &serde_json::Error) -> String {
    let what = match cause.classify() {
        Category::Eof => "内容不完整，后面缺引号或右括号",
        Category::Syntax | Category::Io => "请看看括号、引号和逗号",
        Category::Data => {
            "要按年份分，每年写放假日（days_off）和调休上班日（make_up_workdays，没有可以不写），每天写成 \"2027-01-01\": \"元旦\""
        }
    };
    format!("读不懂，在第 {} 行第 {} 个字符：{what}", cause.line(), cause.column())
}

/// A workday becomes a day off, a day off a workday.
pub fn toggle(draft: &mut Years, on: NaiveDate, why: &str) {
    let weekend = matches!(on.weekday(), chrono::Weekday::Sat | chrono::Weekday::Sun);
    let content = draft.entry(on.year()).or_default();
    let worked = content.make_up_workdays.remove(&on).is_some();
    let off = content.days_off.remove(&on).is_some();
    let reason = if why.is_empty() { "手工调整" } else { why }.to_owned();
    match (weekend, worked, off) {
        (true, false, _) => drop(content.make_up_workdays.insert(on, reason)),
        (false, _, false) => drop(content.days_off.insert(on, reason)),
        _ => {}
    }
}

pub struct Change {
    pub on: NaiveDate,
    pub before: String,
    pub after: String,
}

/// Days that are not what they were, in order.
pub fn changes(before: &Calendar, after: &Calendar) -> Vec<Change> {
    let years = changed(before.years(), after.years());
    let days = years
        .keys()
        .filter_map(|year| NaiveDate::from_ymd_opt(*year, 1, 1))
        .flat_map(|first| first.iter_days().take_while(move |on| on.year() == first.year()));
    days.filter(|on| before.kind(*on) != after.kind(*on) || before.reason(*on) != after.reason(*on))
        .map(|on| Change { on, before: before.why(on), after: after.why(on) })
        .collect()
}

pub struct Month {
    pub title: String,
    /// Empty cells before the first day, Monday first.
    pub pad: usize,
    pub days: Vec<Day>,
}
pub struct Day {
    pub on: NaiveDate,
    pub class: &'static str,
    pub mark: &'static str,
    pub why: String,
}

/// Twelve months to look at and to click.
pub fn months(calendar: &Calendar, year: i32) -> Vec<Month> {
    let first = |month| NaiveDate::from_ymd_opt(year, month, 1);
    (1..=12)
        .filter_map(first)
        .map(|first| Month {
            title: format!("{} 月", first.month()),
            pad: first.weekday().num_days_from_monday() as usize,
            days: first
                .iter_days()
                .take_while(|on| on.month() == first.month())
                .map(|on| {
                    let (class, mark) = match calendar.kind(on) {
                        Kind::Workday => ("", "工"),
                        Kind::MadeUp => ("due", "班"),
                        Kind::Weekend => ("off", "休"),
                        Kind::DayOff => ("stop", "假"),
                    };
                    Day { on, class, mark, why: calendar.why(on) }
                })
                .collect(),
        })
        .collect()
}

impl Change {
    pub fn weekday(&self) -> &'static str {
        weekday_name(self.on)
    }
}

impl Day {
    pub fn number(&self) -> u32 {
        self.on.day()
    }
    pub fn weekday(&self) -> &'static str {
        weekday_name(self.on)
    }
}
