//! Handing rows back that could not be imported, with the reason, so that they can be mended and imported again.
use std::{io::Write, path::Path};

use super::{Cell, Column, Kind, Layout, Row, SheetError, SheetWriter, Table, Value, text::one_line};

/// The head of the last column.
pub const REASON: &str = "错误原因";

/// A workbook of bad rows: the columns of the original, then the reason. It has the original's head texts, so that it can be
/// imported again once mended; the column of reasons is not recognised as a field.
pub struct BadRows {
    writer: SheetWriter,
    /// Zero-based columns of the original.
    columns: Vec<u32>,
}

impl BadRows {
    /// To be saved at `path`.
    pub fn create(path: impl AsRef<Path>, table: &Table) -> Result<BadRows, SheetError> {
        let writer = SheetWriter::create(path, layout(table))?;
        Ok(BadRows { writer, columns: columns(table) })
    }

    /// For [`finish_to`](Self::finish_to).
    pub fn new(table: &Table) -> Result<BadRows, SheetError> {
        let writer = SheetWriter::new(layout(table))?;
        Ok(BadRows { writer, columns: columns(table) })
    }

    /// Adds a row as it was read; the reason names its number in the original.
    pub fn add(&mut self, row: &Row, reason: &str) -> Result<(), SheetError> {
        let mut values: Vec<Value> = self.columns.iter().map(|index| value(row.column(*index))).collect();
        values.push(format!("{}：{reason}", row.place()).into());
        self.writer.row(&values)
    }

    /// Saves; returns the number of rows.
    pub fn finish(self) -> Result<u64, SheetError> {
        self.writer.finish()
    }

    /// Saves into `to`; returns the number of rows.
    pub fn finish_to(self, to: impl Write + Send) -> Result<u64, SheetError> {
        self.writer.finish_to(to)
    }
}

/// The reasons of an earlier round are not carried on.
fn kept(table: &Table) -> impl Iterator<Item = &super::HeadColumn> {
    table.mapping.columns().iter().filter(|column| column.text != REASON)
}

fn columns(table: &Table) -> Vec<u32> {
    kept(table).map(|column| column.index).collect()
}

fn layout(table: &Table) -> Layout {
    let column = |head: &str, width: f64| Column { head: one_line(head).into(), width, kind: Kind::Text };
    let mut columns: Vec<Column> = kept(table).map(|known| column(&known.text, 18.0)).collect();
    columns.push(column(REASON, 48.0));
    Layout { name: "未导入的行".into(), title: String::new(), line: String::new(), columns }
}

fn value(cell: Option<&Cell>) -> Value<'_> {
    match cell {
        None | Some(Cell::Empty) => Value::Empty,
        Some(Cell::Text(text) | Cell::Fault(text)) => Value::Text(text.as_str().into()),
        Some(Cell::Number(number)) => Value::Number(*number),
        Some(Cell::Moment(moment)) if moment.time() == chrono::NaiveTime::MIN => Value::Date(moment.date()),
        Some(Cell::Moment(moment)) => Value::Moment(*moment),
        Some(cell @ Cell::Bool(_)) => Value::Text(cell.text().into()),
    }
}
