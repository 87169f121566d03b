//! The State Council's yearly notice, read sentence by sentence: 元旦：1月1日（周四）至3日（周六）放假调休，共3天。
//! 1月4日（周日）上班。 Each sentence is explained or named as not understood; nothing is guessed.
use crate::calendar::weekday_name;
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

pub struct Sentence {
    pub text: String,
    /// What it means, or why it was not understood.
    pub read: Result<String, String>,
}

impl Sentence {
    /// It names a day and was not understood: what it says would be missing in the calendar.
    pub fn is_missed(&self) -> bool {
        let mut before = ' ';
        let names_day = self.text.chars().any(|c| {
            let found = before.is_ascii_digit() && matches!(c, '月' | '日');
            before = c;
            found
        });
        self.read.is_err() && names_day
    }
}

#[derive(Default)]
pub struct Notice {
    /// As the sentences name them, in their order: 国庆节、中秋节.
    pub holidays: Vec<String>,
    pub days_off: BTreeMap<NaiveDate, String>,
    pub make_up_workdays: BTreeMap<NaiveDate, String>,
    pub sentences: Vec<Sentence>,
}

/// A holiday is never longer.
const LONGEST: usize = 16;

/// The line below the notice says when it was written, and perhaps by whom: 国务院办公厅 2026年11月4日. It is no sentence.
fn is_signature(line: &str) -> bool {
    let text: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let office = text.trim_end_matches(|c: char| c.is_ascii_digit() || "年月日".contains(c));
    let date = &text[office.len()..];
    let parts: Vec<&str> = date.split_inclusive(['年', '月', '日']).collect();
    let is_date = matches!(parts[..], [year, month, day]
        if year.ends_with('年') && month.ends_with('月') && day.ends_with('日'));
    let is_office = office.is_empty() || ["办公厅", "办公室", "政府", "国务院"].iter().any(|end| office.ends_with(end));
    is_date && is_office
}

/// 一、 or 1. before a holiday's name.
fn without_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| "一二三四五六七八九十（）()".contains(c) || c.is_ascii_digit());
    match rest.strip_prefix(['、', '.', '．']) {
        Some(rest) => rest.trim(),
        None => text,
    }
}

pub fn read(text: &str, year: i32) -> Notice {
    let mut notice = Notice::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_signature(line)) {
        let mut holiday = String::new();
        for sentence in line.split(['。', '；', ';']).map(str::trim).filter(|one| !one.is_empty()) {
            let mut rest = sentence;
            if let Some((name, after)) = sentence.split_once(['：', ':']) {
                holiday = without_number(name.trim()).to_owned();
                rest = after.trim();
            }
            let read = if holiday.is_empty() || holiday.chars().count() > 12 {
                Err("前面没有节日名称和冒号".to_owned())
            } else {
                notice.sentence(&holiday, rest, year)
            };
            notice.sentences.push(Sentence { text: sentence.to_owned(), read });
        }
    }
    notice
}

impl Notice {
    fn sentence(&mut self, holiday: &str, text: &str, year: i32) -> Result<String, String> {
        let (mut off, mut worked, mut told) = (Vec::new(), Vec::new(), None);
        for clause in text.split(['，', ',']).map(str::trim).filter(|one| !one.is_empty()) {
            if let Some((days, after)) = clause.split_once("放假") {
                off.extend(dates(days, year)?);
                told = number(after).or(told);
            } else if let Some((days, _)) = clause.split_once("上班") {
                worked.extend(dates(days.trim_end_matches("正常"), year)?);
            } else if clause.starts_with('共') && clause.ends_with('天') {
                told = number(clause);
            } else if !["不调休", "与周末连休"].contains(&clause) {
                return Err(format!("读不懂“{clause}”"));
            }
        }
        if off.is_empty() && worked.is_empty() {
            return Err("没有写哪一天放假、哪一天上班".into());
        }
        if let Some(told) = told.filter(|told| *told != off.len()) {
            return Err(format!("写的是 {told} 天，按日期算是 {} 天", off.len()));
        }
        if let Some(on) = worked.iter().find(|on| off.contains(on)) {
            return Err(format!("{on} 既放假又上班"));
        }
        let list = |days: &[NaiveDate]| days.iter().map(NaiveDate::to_string).collect::<Vec<_>>().join("、");
        let mut means = Vec::new();
        if let (Some(first), Some(last)) = (off.first(), off.last()) {
            means.push(match off.len() {
                1 => format!("{first} 放假"),
                days => format!("{first} 至 {last} 放假，共 {days} 天"),
            });
        }
        if !worked.is_empty() {
            means.push(format!("{} 调休上班", list(&worked)));
        }
        self.holidays.push(holiday.to_owned());
        self.days_off.extend(off.into_iter().map(|on| (on, holiday.to_owned())));
        self.make_up_workdays.extend(worked.into_iter().map(|on| (on, format!("{holiday}调休"))));
        Ok(format!("{holiday}：{}", means.join("；")))
    }
}

/// The first number in a text.
fn number(text: &str) -> Option<usize> {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// 1月1日（周四）至3日（周六） · 2月14日（周六）、2月28日（周六） · 2022年12月31日至2023年1月2日.
fn dates(text: &str, year: i32) -> Result<Vec<NaiveDate>, String> {
    let (mut year, mut explicit, mut month) = (year, false, None);
    let mut found: Vec<NaiveDate> = Vec::new();
    let mut range_from: Option<(NaiveDate, bool)> = None;
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let value: u32 = rest[..end].parse().map_err(|_| format!("读不懂“{}”", &rest[..end]))?;
            rest = &rest[end..];
            match rest.chars().next() {
                Some('年') => (year, explicit) = (i32::try_from(value).map_err(|_| "年份太大".to_owned())?, true),
                Some('月') => month = Some(value),
                Some('日') => {
                    let month = month.ok_or_else(|| format!("{value}日前面没有月份"))?;
                    let on = NaiveDate::from_ymd_opt(year, month, value)
                        .ok_or_else(|| format!("没有{year}年{month}月{value}日这一天"))?;
                    match range_from.take() {
                        None => found.push(on),
                        Some((from, told)) => {
                            found.pop();
                            found.extend(range(from, on, told)?);
                        }
                    }
                }
                _ => return Err(format!("{value} 后面没有“年”“月”“日”")),
            }
            rest = rest.trim_start_matches(['年', '月', '日']);
        } else if let Some(inside) = rest.strip_prefix(['（', '(']) {
            let end = inside.find(['）', ')']).ok_or("括号没有写完")?;
            if let Some(on) = found.last() {
                check_weekday(*on, &inside[..end])?;
            }
            rest = inside[end..].trim_start_matches(['）', ')']);
        } else if let Some(after) = rest.strip_prefix(['至', '到', '-', '—', '–', '~', '～']) {
            range_from = found.last().map(|on| (*on, explicit));
            rest = after;
        } else if let Some(after) = rest.strip_prefix(['、', '和', '及', ' ', '　']) {
            rest = after;
        } else {
            return Err(format!("读不懂“{rest}”"));
        }
    }
    if range_from.is_some() {
        return Err("“至”后面没有日期".into());
    }
    Ok(found)
}

/// New Year's Eve to January begins in the year before.
fn range(from: NaiveDate, until: NaiveDate, told_year: bool) -> Result<Vec<NaiveDate>, String> {
    let from = match from.with_year(from.year() - 1) {
        Some(before) if until < from && !told_year => before,
        _ => from,
    };
    let days: Vec<NaiveDate> = from.iter_days().take_while(|on| *on <= until).take(LONGEST + 1).collect();
    if days.is_empty() || days.len() > LONGEST {
        return Err(format!("{from} 至 {until} 不像一个假期"));
    }
    Ok(days)
}

/// 周四, 星期四, 农历正月初七、周一.
fn check_weekday(on: NaiveDate, bracket: &str) -> Result<(), String> {
    let Some(at) = bracket
        .rfind('周')
        .map(|at| at + '周'.len_utf8())
        .or_else(|| bracket.rfind("星期").map(|at| at + "星期".len()))
    else {
        return Ok(());
    };
    let told = bracket[at..].chars().next().map(|c| if c == '天' { '日' } else { c });
    if told == weekday_name(on).chars().last() {
        Ok(())
    } else {
        Err(format!("{on} 是{}，通知写的是“{bracket}”", weekday_name(on)))
    }
}
