//! Excel workbooks, in and out, without any knowledge of the database.
//!
//! Reading: [`Workbook::open`] guards and opens, [`Workbook::table`] finds the head row and counts the rows,
//! [`Workbook::rows`] streams them. Writing: [`SheetWriter`] streams a ledger-like sheet, [`BadRows`] hands rows back with
//! the reason in the last column.
//!
//! What bounds the memory of reading: at most [`archive::MAX_STRINGS`] of shared strings (held by the parser), the
//! merged regions, the first rows that may be the head, and one row at a time. A sheet has at most [`MAX_ROWS`] rows.
pub mod archive;
mod bad_rows;
mod cell;
pub mod date;
mod format;
mod head;
mod mapping;
mod merge;
mod read;
mod rows;
mod skip;
pub mod text;
mod write;

pub use bad_rows::BadRows;
pub use cell::Cell;
pub use date::parse_date;
pub use mapping::{Field, HeadColumn, Mapping};
pub use read::{MAX_ROWS, Table, Workbook};
pub use rows::{Row, Rows, Skipped};
pub use write::{Column, Kind, Layout, SheetWriter, Value};

use crate::error::io_words;
use rust_xlsxwriter::XlsxError;

/// Why a workbook cannot be read or written. `Display` is a Chinese sentence for the person who chose the file.
#[derive(Debug)]
pub enum SheetError {
    Io(std::io::Error),
    /// No xlsx; what it seems to be.
    WrongType(String),
    /// Unpacks to more than is reasonable; how much.
    Bomb(String),
    /// Damaged.
    Broken(String),
    /// No row of heads was recognised, or required columns are missing; the whole sentence.
    Head(String),
    /// A faulty `--map`; the whole sentence.
    Map(String),
    /// The number of rows below the head.
    TooManyRows(u64),
    /// Writing failed.
    Write(XlsxError),
}

impl std::fmt::Display for SheetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SheetError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => f.write_str("找不到文件"),
            SheetError::Io(error) => write!(f, "文件无法读取：{}", io_words(error)),
            SheetError::WrongType(what) => write!(f, "{what}，不能导入；请用 Excel 或 WPS 另存为 .xlsx 后再试"),
            SheetError::Bomb(how) => write!(f, "文件展开后过大或有异常（{how}），为安全起见没有打开"),
            SheetError::Broken(what) => write!(f, "文件已损坏（{what}），请用 Excel 或 WPS 打开并另存后再试"),
            SheetError::Head(sentence) | SheetError::Map(sentence) => f.write_str(sentence),
            SheetError::TooManyRows(rows) => {
                write!(f, "文件有 {rows} 行，一次最多导入 {MAX_ROWS} 行，请拆成几个文件")
            }
            SheetError::Write(XlsxError::IoError(error) | XlsxError::TempFileError(_, error)) => {
                write!(f, "表格无法写出：{}", io_words(error))
            }
            SheetError::Write(error) => write!(f, "表格无法写出：{error}"),
        }
    }
}

impl std::error::Error for SheetError {}

impl From<XlsxError> for SheetError {
    fn from(error: XlsxError) -> SheetError {
        SheetError::Write(error)
    }
}

impl From<calamine::XlsxError> for SheetError {
    fn from(error: calamine::XlsxError) -> SheetError {
        match error {
            calamine::XlsxError::Io(error) => SheetError::Io(error),
            other => SheetError::Broken(other.to_string()),
        }
    }
}
