//! One pass over a file: every row is looked at, good ones are written in blocks or forgotten, bad ones are handed back
//! with the reason.
use super::{Importer, Importing, Kind, Opened, Verdict};
use crate::{
    db::Conn,
    error::{Error, Result},
    sheet::{BadRows, Row, SheetError, Skipped, Table, Workbook},
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Rows written at once; what is in memory at most.
const BLOCK: usize = 1000;
/// Warnings and bad rows shown; the others are counted, and the workbook of bad rows has them all.
const SHOWN: usize = 20;
/// Rows between two signs of life.
const STEP: u64 = 100;

/// What a pass found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub sheet: String,
    pub other_sheets: Vec<String>,
    pub head_row: u32,
    /// Head in the file, key and Chinese name of the field.
    pub columns: Vec<(String, String, String)>,
    pub unmapped: Vec<String>,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub bad: u64,
    /// Rows that are no data: totals, notes, repeated heads.
    pub totals: u64,
    pub notes_below: u64,
    pub heads: u64,
    pub warned: u64,
    pub warnings: Vec<(u32, String)>,
    pub bad_rows: Vec<(u32, String)>,
    pub notes: Vec<String>,
    /// Why it could not be checked or applied.
    pub error: String,
    #[serde(skip)]
    pub opened: Vec<Opened>,
}

impl std::fmt::Debug for Opened {
    /// Passwords get into no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.account)
    }
}

impl Report {
    fn of(table: &Table) -> Self {
        let name = |key: &str| {
            let field = table.mapping.fields().iter().find(|field| field.key == key);
            field.and_then(|field| field.heads.first()).map_or(key, |name| name).to_owned()
        };
        Self {
            // Shown between quotation marks.
            sheet: table.parts().map(|part| part.sheet.as_str()).collect::<Vec<_>>().join("”、“"),
            other_sheets: table.other_sheets.clone(),
            head_row: table.head_row(),
            columns: table.mapping.pairs().map(|(head, key)| (head.to_owned(), key.to_owned(), name(key))).collect(),
            unmapped: table.mapping.unmapped().into_iter().filter(|head| !head.is_empty()).map(str::to_owned).collect(),
            ..Self::default()
        }
    }
    /// Rows that an import would write.
    pub fn to_write(&self) -> u64 {
        self.new + self.changed
    }
    pub fn rows(&self) -> u64 {
        self.to_write() + self.unchanged + self.bad
    }
    fn skipped(&mut self, skipped: Skipped) {
        self.totals += skipped.totals;
        self.notes_below += skipped.notes;
        self.heads += skipped.heads;
    }
    fn warn(&mut self, row: &Row, text: String) {
        self.warned += 1;
        if self.warnings.len() < SHOWN {
            self.warnings.push(shown(row, text));
        }
    }
    /// 新增 12，变更 3，没有变化 4，有错 0，跳过 2（小计合计 1，注 1，重复表头 0）
    pub fn counts(&self) -> String {
        format!(
            "新增 {}，变更 {}，没有变化 {}，有错 {}，跳过 {}（小计合计 {}，注 {}，重复表头 {}）",
            self.new,
            self.changed,
            self.unchanged,
            self.bad,
            self.totals + self.notes_below + self.heads,
            self.totals,
            self.notes_below,
            self.heads
        )
    }
}

/// The row's number and what is said of it, with the sheet where the number alone is not enough.
fn shown(row: &Row, text: String) -> (u32, String) {
    let text = match &row.sheet {
        Some(sheet) => format!("（工作表“{sheet}”）{text}"),
        None => text,
    };
    (row.number, text)
}

impl From<SheetError> for Error {
    fn from(error: SheetError) -> Self {
        Error::Refused(error.to_string())
    }
}

/// The table of a file for a kind, with all columns that the kind needs.
pub fn table(book: &mut Workbook, kind: Kind, map: &str) -> std::result::Result<Table, SheetError> {
    let table = book.table(kind.fields(), Some(map).filter(|map| !map.trim().is_empty()))?;
    for keys in kind.one_of() {
        if keys.iter().all(|key| table.mapping.column(key).is_none()) {
            let fields = kind.fields().iter().filter(|field| keys.contains(&field.key));
            let names: Vec<_> = fields.filter_map(|field| field.heads.first().copied()).collect();
            let heads: Vec<_> = table.mapping.columns().iter().map(|column| column.text.as_str()).collect();
            return Err(SheetError::Head(format!(
                "第 {} 行的表头里缺少必需的列：{}。文件里的列：{}",
                table.head_row(),
                names.join("或"),
                heads.join("、")
            )));
        }
    }
    Ok(table)
}

/// The workbook of bad rows, begun when there is one.
struct Handed<'a> {
    path: &'a Path,
    table: &'a Table,
    book: Option<BadRows>,
}

impl Handed<'_> {
    fn add(&mut self, row: &Row, reason: &str) -> Result<()> {
        let book = match &mut self.book {
            Some(book) => book,
            none => none.insert(BadRows::create(self.path, self.table)?),
        };
        Ok(book.add(row, reason)?)
    }
}

/// Goes through the file. `write`: good rows are written in the caller's transaction. Bad rows are saved at `bad`, if
/// there are any. `progress` is told how many rows are done.
pub fn pass(
    conn: &mut Conn,
    file: (&mut Workbook, &Table),
    kind: Kind,
    by: Importing,
    write: bool,
    bad: &Path,
    progress: &dyn Fn(u64),
) -> Result<Report> {
    let (book, table) = file;
    let mut report = Report::of(table);
    let mut importer = kind.importer(conn, by)?;
    let mut handed = Handed { path: bad, table, book: None };
    let all = table.all_rows();
    let mut kept = 0;
    let mut done = 0;
    for part in table.parts() {
        let mut rows = book.rows(part)?;
        for row in rows.by_ref() {
            let row = row?;
            let mut warnings = row.warnings.clone();
            let checked = match row.fault() {
                Some((head, fault)) => Err(format!("“{head}”的单元格是错误值 {fault}")),
                None => importer.check(conn, &row, &mut warnings)?,
            };
            match checked {
                Ok(Verdict::New) => report.new += 1,
                Ok(Verdict::Changed) => report.changed += 1,
                Ok(Verdict::Unchanged) => report.unchanged += 1,
                Err(reason) => {
                    report.bad += 1;
                    handed.add(&row, &reason)?;
                    if report.bad_rows.len() < SHOWN {
                        report.bad_rows.push(shown(&row, reason));
                    }
                }
            }
            for text in warnings {
                report.warn(&row, text);
            }
            kept += 1;
            if kept == BLOCK {
                settle(importer.as_mut(), conn, write)?;
                kept = 0;
            }
            done += 1;
            if done % STEP == 0 && done < all {
                progress(done);
            }
        }
        report.skipped(rows.skipped());
    }
    settle(importer.as_mut(), conn, write)?;
    if write {
        importer.finish(conn)?;
    }
    report.notes = importer.notes();
    report.opened = importer.opened();
    if let Some(book) = handed.book {
        book.finish()?;
    }
    // Totals and notes are behind it as well.
    progress(all);
    Ok(report)
}

fn settle(importer: &mut dyn Importer, conn: &mut Conn, write: bool) -> Result<()> {
    if write {
        return importer.write(conn);
    }
    importer.forget();
    Ok(())
}
