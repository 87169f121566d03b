//! Dates as they come in real files: date cells, serial numbers, and half a dozen ways of writing.
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::{cell::Cell, text};

/// The date of a cell and its time of day, `None` where the cell has a date only. Accepts date cells, Excel serial
/// numbers (also typed as text), 20220609, 2022-06-09, 2022/6/9, 2022.6.9, 2022年6月9日, each with an optional time.
/// A date cell at exactly midnight counts as a date without a time: Excel stores both alike.
/// Years outside 1900 to 2100 are errors.
pub fn parse_date(cell: &Cell) -> Result<(NaiveDate, Option<NaiveTime>), String> {
    match cell {
        Cell::Moment(moment) => in_range(moment.date(), some_time(*moment)),
        Cell::Number(number) => from_number(*number).ok_or_else(|| unreadable(&cell.text())),
        Cell::Text(text) => from_text(text),
        Cell::Empty => Err("没有填写日期".into()),
        Cell::Bool(_) | Cell::Fault(_) => Err(unreadable(&cell.text())),
    }
}

/// The moment of an Excel serial number in the 1900 system, to the second; `None` outside 1900-03-01 to 2100.
pub fn from_serial(serial: f64) -> Option<NaiveDateTime> {
    if !(61.0..73_416.0).contains(&serial) {
        return None;
    }
    let seconds = (serial * 86_400.0).round() as u64;
    let date = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(seconds / 86_400))?;
    Some(date.and_time(NaiveTime::from_num_seconds_from_midnight_opt((seconds % 86_400) as u32, 0)?))
}

/// The Excel serial number of a moment, days since 1899-12-30.
pub fn to_serial(moment: NaiveDateTime) -> f64 {
    let days = moment.date().num_days_from_ce() - 693_594;
    f64::from(days) + f64::from(moment.time().num_seconds_from_midnight()) / 86_400.0
}

fn some_time(moment: NaiveDateTime) -> Option<NaiveTime> {
    Some(moment.time()).filter(|time| *time != NaiveTime::MIN)
}

fn in_range(date: NaiveDate, time: Option<NaiveTime>) -> Result<(NaiveDate, Option<NaiveTime>), String> {
    match date.year() {
        1900..=2100 => Ok((date, time)),
        year => Err(format!("年份 {year} 不合理")),
    }
}

fn unreadable(text: &str) -> String {
    let shown: String = text::one_line(text).chars().take(30).collect();
    format!("“{shown}”不是可识别的日期，请写成 2022-06-09 或 2022年6月9日")
}

/// 20220609 written as a number, or a serial number.
fn from_number(number: f64) -> Option<(NaiveDate, Option<NaiveTime>)> {
    if number.fract() == 0.0 && (19_000_101.0..=21_001_231.0).contains(&number) {
        let packed = number as u32;
        let date = NaiveDate::from_ymd_opt((packed / 10_000) as i32, packed / 100 % 100, packed % 100)?;
        return Some((date, None));
    }
    let moment = from_serial(number)?;
    // Small whole numbers (61 is 1900-03-01) are far more likely a count in the wrong column.
    (number >= 20_000.0).then(|| (moment.date(), some_time(moment)))
}

fn from_text(original: &str) -> Result<(NaiveDate, Option<NaiveTime>), String> {
    let text = text::one_line(&text::half_width(original));
    if text.is_empty() {
        return Err("没有填写日期".into());
    }
    if let Ok(number) = text.parse::<f64>() {
        // 2022.6 parses as a number too; only long ones are dates.
        if let Some(found) = from_number(number) {
            return Ok(found);
        }
    }
    let (date_part, time_part) = split_time(&text);
    let numbers: Vec<&str> = date_part.split(['-', '/', '.', '年', '月', '日', '号']).map(str::trim).collect();
    let numbers: Vec<&str> = match numbers.as_slice() {
        [all @ .., ""] => all.to_vec(),
        all => all.to_vec(),
    };
    let &[year, month, day] = numbers.as_slice() else {
        return Err(unreadable(original));
    };
    if year.len() != 4 {
        return Err(unreadable(original));
    }
    let whole = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten();
    let (Some(year), Some(month), Some(day)) = (whole(year), whole(month), whole(day)) else {
        return Err(unreadable(original));
    };
    let Some(date) = NaiveDate::from_ymd_opt(year as i32, month, day) else {
        return Err(format!("{year}年{month}月{day}日这一天不存在"));
    };
    let time = match time_part.trim() {
        "" => None,
        time => Some(time_of_day(time).ok_or_else(|| unreadable(original))?),
    };
    in_range(date, time)
}

/// Cuts at the first T or space followed by a time, or behind 日.
fn split_time(text: &str) -> (&str, &str) {
    if let Some(at) = text.find(['日', '号']) {
        let end = at + '日'.len_utf8();
        return (&text[..end], &text[end..]);
    }
    match text.find([' ', 'T', 't']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}

/// 9:32, 9:32:09, 09:32:09.000, 9时32分9秒, 9点32分, with 上午 or 下午 before it.
fn time_of_day(text: &str) -> Option<NaiveTime> {
    let text = text.trim().trim_end_matches(['Z', '秒', '分']);
    let (afternoon, text) = match (text.strip_prefix("下午"), text.strip_prefix("上午")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => (false, text),
    };
    let parts: Vec<&str> = text.split([':', '时', '点', '分']).map(str::trim).collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, "0"),
        [hour, minute, second] => (*hour, *minute, second.split('.').next()?),
        _ => return None,
    };
    let hour: u32 = hour.parse().ok()?;
    let hour = if afternoon && hour < 12 { hour + 12 } else { hour };
    NaiveTime::from_hms_opt(hour, minute.parse().ok()?, second.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(NaiveDate, Option<NaiveTime>), String> {
        parse_date(&Cell::Text(text.into()))
    }

    #[test]
    fn every_usual_way_of_writing_a_date_is_read() {
        let day = NaiveDate::from_ymd_opt(2022, 6, 9).unwrap();
        for text in [
            "2022-06-09",
            "2022/6/9",
            "2022.6.9",
            "2022年6月9日",
            "２０２２年６月９日",
            " 2022 年 6 月 9 日 ",
            "20220609",
            "44721",
            "2022年06月09号",
            "2022.06.09.",
        ] {
            assert_eq!(parse(text), Ok((day, None)), "{text}");
        }
        assert_eq!(parse_date(&Cell::Number(44_721.0)), Ok((day, None)));
        assert_eq!(parse_date(&Cell::Number(20_220_609.0)), Ok((day, None)));
        assert_eq!(parse_date(&Cell::Moment(day.into())), Ok((day, None)));
    }

    #[test]
    fn a_time_is_read_where_there_is_one() {
        let day = NaiveDate::from_ymd_opt(2019, 4, 25).unwrap();
        let time = NaiveTime::from_hms_opt(9, 32, 9);
        for text in [
            "2019/4/25 9:32:09",
            "2019-04-25T09:32:09Z",
            "2019-04-25 09:32:09.120",
            "２０１９／４／２５　９：３２：０９",
            "2019年4月25日 9时32分9秒",
            "2019年4月25日上午9:32:09",
            "\n2019/4/25\t9:32:09\n",
        ] {
            assert_eq!(parse(text), Ok((day, time)), "{text}");
        }
        assert_eq!(parse("2019/4/25 下午3:05"), Ok((day, NaiveTime::from_hms_opt(15, 5, 0))));
        let moment = day.and_time(time.unwrap());
        assert_eq!(parse_date(&Cell::Number(to_serial(moment))), Ok((day, time)));
    }

    #[test]
    fn what_is_no_date_is_refused_in_words() {
        for text in
            ["", "2022", "2022年6月", "22-6-9", "2022-06-09 25:00", "六月九日", "2022-6-9-1", "2022.6", "61", "-5"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("2022-02-30"), Err("2022年2月30日这一天不存在".into()));
        assert_eq!(parse("1822-02-03"), Err("年份 1822 不合理".into()));
        assert!(parse_date(&Cell::Number(f64::NAN)).is_err());
        assert!(parse_date(&Cell::Bool(true)).is_err());
    }

    #[test]
    fn serial_numbers_go_there_and_back() {
        let moment = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap().and_hms_opt(23, 59, 59).unwrap();
        assert_eq!(from_serial(to_serial(moment)), Some(moment));
    }
}
