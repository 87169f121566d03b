//! One cell as the importers see it.
use calamine::DataRef;
use chrono::{NaiveDate, NaiveDateTime};

use super::date;

/// The value of a cell, freed of the file it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Bool(bool),
    /// A cell with a date format; midnight where it has no time.
    Moment(NaiveDateTime),
    /// An error value such as `#N/A`.
    Fault(String),
}

impl Cell {
    /// Empty, or white space only.
    pub fn is_blank(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => super::text::clean(text).is_empty(),
            _ => false,
        }
    }

    /// What a person sees in the cell, uncleaned: whole numbers without a decimal point, dates as 2022-06-09.
    pub fn text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) | Cell::Fault(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Bool(true) => "是".into(),
            Cell::Bool(false) => "否".into(),
            Cell::Moment(moment) if moment.time() == chrono::NaiveTime::MIN => moment.format("%Y-%m-%d").to_string(),
            Cell::Moment(moment) => moment.format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

impl From<DataRef<'_>> for Cell {
    fn from(data: DataRef<'_>) -> Cell {
        match data {
            DataRef::Empty => Cell::Empty,
            DataRef::Int(number) => Cell::Number(number as f64),
            DataRef::Float(number) => Cell::Number(number),
            DataRef::String(text) | DataRef::DurationIso(text) => Cell::Text(text),
            DataRef::SharedString(text) => Cell::Text(text.into()),
            DataRef::Bool(yes) => Cell::Bool(yes),
            DataRef::Error(error) => Cell::Fault(error.to_string()),
            DataRef::DateTimeIso(text) => match text.parse::<NaiveDateTime>() {
                Ok(moment) => Cell::Moment(moment),
                Err(_) => text.parse::<NaiveDate>().map_or(Cell::Text(text), |day| Cell::Moment(day.into())),
            },
            DataRef::DateTime(serial) if serial.is_datetime() => {
                // A workbook made on an old Mac counts from 1904; the parts know, the bare number does not.
                let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
                let whole = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
                    .and_then(|date| date.and_hms_opt(hour.into(), minute.into(), second.into()))
                    .map(|moment| moment + chrono::Duration::milliseconds(if milli >= 500 { 1000 } else { 0 }));
                match whole.or_else(|| date::from_serial(serial.as_f64())) {
                    Some(moment) if serial.as_f64() >= 1.0 => Cell::Moment(moment),
                    _ => Cell::Number(serial.as_f64()),
                }
            }
            DataRef::DateTime(duration) => Cell::Number(duration.as_f64()),
        }
    }
}
