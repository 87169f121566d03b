//! Writing sheets in the layout of the ledger, one row in memory at a time.
use std::{
    borrow::Cow,
    io::Write,
    path::{Path, PathBuf},
};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use rust_xlsxwriter::{Workbook, Worksheet};

use super::{SheetError, date, format::Formats};

/// Rows of one sheet, by Excel's own limit.
const MAX_SHEET_ROWS: u32 = 1_048_576;
/// Characters of one cell, by Excel's own limit.
const MAX_TEXT: usize = 32_767;
const CUT: &str = "……（超过单元格上限，已截断）";

/// How a column's cells look. Text is always text, whatever its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Whole numbers, 1,234.
    Count,
    /// Numbers with this many decimals.
    Decimal(u8),
    /// Percentages given as 99.7, shown as 99.7 with one decimal; the head names the unit.
    Rate,
    /// Dates 2022-06-09; moments keep their time to the minute.
    Date,
}

/// A column of a sheet.
#[derive(Clone, Debug)]
pub struct Column {
    pub head: Cow<'static, str>,
    /// In characters of the standard font; a Chinese character takes two.
    pub width: f64,
    pub kind: Kind,
}

/// One sheet's frame.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The sheet's name, at most 25 characters so that a number fits behind it.
    pub name: String,
    /// The merged title row; none if empty.
    pub title: String,
    /// The line below it, such as 填报单位 and time; none if empty.
    pub line: String,
    pub columns: Vec<Column>,
}

/// A cell to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Empty,
    /// Written as a string: what begins with = + - @ or tab stays text.
    Text(Cow<'a, str>),
    Integer(i64),
    Number(f64),
    Date(NaiveDate),
    Moment(NaiveDateTime),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(text.into())
    }
}

/// Streams rows into an xlsx. Long tables go on in further sheets with the same head.
pub struct SheetWriter {
    book: Workbook,
    target: Option<PathBuf>,
    layout: Layout,
    formats: Formats,
    /// The next row of the current sheet, zero-based.
    next: u32,
    /// How many sheets the current layout has taken.
    part: u32,
    last_row: u32,
    rows: u64,
}

impl SheetWriter {
    /// A workbook that [`finish`](Self::finish) saves at `path`; working files lie beside it.
    pub fn create(path: impl AsRef<Path>, layout: Layout) -> Result<SheetWriter, SheetError> {
        let path = path.as_ref();
        let mut book = Workbook::new();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            book.set_tempdir(folder)?;
        }
        SheetWriter::start(book, Some(path.to_owned()), layout)
    }

    /// A workbook for [`finish_to`](Self::finish_to); working files lie in the system's temporary folder.
    pub fn new(layout: Layout) -> Result<SheetWriter, SheetError> {
        SheetWriter::start(Workbook::new(), None, layout)
    }

    fn start(book: Workbook, target: Option<PathBuf>, layout: Layout) -> Result<SheetWriter, SheetError> {
        let formats = Formats::of(&layout);
        let last_row = MAX_SHEET_ROWS;
        let mut writer = SheetWriter { book, target, layout, formats, next: 0, part: 0, last_row, rows: 0 };
        writer.open_sheet()?;
        Ok(writer)
    }

    /// Ends the sheet and begins another one with its own layout.
    pub fn sheet(&mut self, layout: Layout) -> Result<(), SheetError> {
        self.formats = Formats::of(&layout);
        (self.layout, self.part) = (layout, 0);
        self.open_sheet()
    }

    /// Goes on in a further sheet after so many sheet rows, title and head included, instead of Excel's limit.
    pub fn limit_sheet_rows(&mut self, rows: u32) {
        self.last_row = rows.clamp(4, MAX_SHEET_ROWS);
    }

    /// Appends a row; values beyond the layout's columns are an error of the writer's user and left out.
    pub fn row(&mut self, values: &[Value]) -> Result<(), SheetError> {
        if self.next >= self.last_row {
            self.open_sheet()?;
        }
        let row = self.next;
        let last = self.book.worksheets().len() - 1;
        let sheet = self.book.worksheet_from_index(last)?;
        for (column, value) in (0..).zip(values.iter().take(self.formats.by_column.len())) {
            write_cell(sheet, row, column, value, &self.formats)?;
        }
        self.next += 1;
        self.rows += 1;
        Ok(())
    }

    /// Saves at the path given to [`create`](Self::create); returns the number of rows.
    pub fn finish(mut self) -> Result<u64, SheetError> {
        let Some(path) = self.target.take() else {
            return Err(SheetError::Io(std::io::Error::other("没有指定保存位置")));
        };
        self.book.save(path)?;
        Ok(self.rows)
    }

    /// Saves into `to`; returns the number of rows.
    pub fn finish_to(mut self, to: impl Write + Send) -> Result<u64, SheetError> {
        self.book.save_to_writer(to)?;
        Ok(self.rows)
    }

    /// Sets up a sheet and writes title, line and head.
    fn open_sheet(&mut self) -> Result<(), SheetError> {
        self.part += 1;
        let Layout { name, title, line, columns } = &self.layout;
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(match self.part {
            1 => name.clone(),
            part => format!("{name}({part})"),
        })?;
        // 8 is A3 by the numbers of the file format.
        sheet.set_paper_size(8).set_landscape().set_print_fit_to_pages(1, 0);
        sheet.set_footer("&C第 &P 页，共 &N 页");
        for (index, column) in (0..).zip(columns) {
            sheet.set_column_width(index, column.width)?;
        }
        let mut row = 0;
        for (text, format, height) in [(title, &self.formats.title, 32.0), (line, &self.formats.line, 20.0)] {
            if text.is_empty() {
                continue;
            }
            sheet.set_row_height(row, height)?;
            match columns.len() {
                0 | 1 => sheet.write_string_with_format(row, 0, text, format)?,
                many => sheet.merge_range(row, 0, row, many as u16 - 1, text, format)?,
            };
            row += 1;
        }
        for (index, column) in (0..).zip(columns) {
            sheet.write_string_with_format(row, index, column.head.as_ref(), &self.formats.head)?;
        }
        sheet.set_repeat_rows(row, row)?;
        sheet.set_freeze_panes(row + 1, 0)?;
        self.next = row + 1;
        Ok(())
    }
}

fn write_cell(sheet: &mut Worksheet, row: u32, at: u16, value: &Value, formats: &Formats) -> Result<(), SheetError> {
    let own = &formats.by_column[usize::from(at)];
    match value {
        Value::Empty => sheet.write_blank(row, at, own)?,
        Value::Text(text) => {
            let text = writable(text);
            let format =
                if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { &formats.quoted } else { &formats.text };
            sheet.write_string_with_format(row, at, text.as_ref(), format)?
        }
        // Beyond 2^53 a cell would show another number.
        Value::Integer(number) if number.unsigned_abs() > 1 << 53 => {
            sheet.write_string_with_format(row, at, number.to_string(), &formats.text)?
        }
        Value::Integer(number) => sheet.write_number_with_format(row, at, *number as f64, own)?,
        Value::Number(number) if number.is_finite() => sheet.write_number_with_format(row, at, *number, own)?,
        Value::Number(_) => sheet.write_blank(row, at, own)?,
        Value::Date(day) => {
            sheet.write_number_with_format(row, at, date::to_serial(day.and_time(NaiveTime::MIN)), &formats.date)?
        }
        Value::Moment(moment) => sheet.write_number_with_format(row, at, date::to_serial(*moment), &formats.moment)?,
    };
    Ok(())
}

/// Within Excel's limit, which counts UTF-16 units, and without characters that XML forbids.
fn writable(text: &str) -> Cow<'_, str> {
    let forbidden = ['\u{fffe}', '\u{ffff}'];
    let text = if text.contains(forbidden) { text.replace(forbidden, "").into() } else { Cow::from(text) };
    if text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT {
        return text;
    }
    let mut room = MAX_TEXT - CUT.chars().count();
    let fits = |c: &char| {
        let left = room.checked_sub(c.len_utf16());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push_str(CUT);
    cut.into()
}
