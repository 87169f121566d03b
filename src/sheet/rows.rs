//! The rows of a table, one at a time.
use std::{collections::HashMap, sync::Arc};

use calamine::XlsxFormulaMetadata as Formula;
use chrono::{NaiveDate, NaiveTime};

use super::{
    SheetError,
    cell::Cell,
    date,
    mapping::Mapping,
    merge::FillDown,
    read::{Cells, MAX_COLUMNS, Table},
    skip::{self, RowKind},
    text,
};

/// Texts of shared formulas kept at most; beyond that a formula without a value is just named as one.
const MAX_FORMULAS: usize = 1_000;

/// Rows that are no data, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Empty rows between others.
    pub empty: u64,
    /// 小计, 合计, 总计.
    pub totals: u64,
    /// 注, 说明, 备注：, 填表人 and the like.
    pub notes: u64,
    /// The head repeated on a later page.
    pub heads: u64,
}

/// One row of data. Keys are those of the fields; a field without a column reads as empty.
#[derive(Clone, Debug)]
pub struct Row {
    /// 1-based, as Excel shows it.
    pub number: u32,
    /// Of a table on several sheets, the sheet, unless it is the first.
    pub sheet: Option<Arc<str>>,
    /// What the person should know, one Chinese sentence each: formulas.
    pub warnings: Vec<String>,
    cells: Vec<(u32, Cell)>,
    mapping: Arc<Mapping>,
}

impl Row {
    /// 第 3 行, 工作表“不计入统计”第 3 行.
    pub fn place(&self) -> String {
        let sheet = self.sheet.as_ref().map_or_else(String::new, |sheet| format!("工作表“{sheet}”"));
        format!("{sheet}第 {} 行", self.number)
    }

    /// Head and text of the first error value, such as `#N/A`, in a column that a field uses.
    pub fn fault(&self) -> Option<(&str, &str)> {
        self.cells.iter().find_map(|(column, cell)| match cell {
            Cell::Fault(text) => Some((self.mapping.head_at(*column)?, text.as_str())),
            _ => None,
        })
    }

    /// The cell of a field; `None` if there is no such column or the cell is blank.
    pub fn get(&self, key: &str) -> Option<&Cell> {
        self.column(self.mapping.column(key)?).filter(|cell| !cell.is_blank())
    }

    /// What the file calls the column of a field.
    pub fn head(&self, key: &str) -> Option<&str> {
        self.mapping.head_at(self.mapping.column(key)?)
    }

    /// Names and titles: on one line, empty if missing.
    pub fn text(&self, key: &str) -> String {
        self.get(key).map_or_else(String::new, |cell| text::one_line(&cell.text()))
    }

    /// Long texts: paragraphs kept.
    pub fn paragraphs(&self, key: &str) -> String {
        self.get(key).map_or_else(String::new, |cell| text::paragraphs(&cell.text()))
    }

    /// Codes and phone numbers: half-width, upper case, no white space.
    pub fn code(&self, key: &str) -> String {
        self.get(key).map_or_else(String::new, |cell| text::normal_code(&cell.text()))
    }

    /// See [`date::parse_date`]; `None` if the cell is blank.
    pub fn date(&self, key: &str) -> Option<Result<(NaiveDate, Option<NaiveTime>), String>> {
        self.get(key).map(date::parse_date)
    }

    /// The cell of a zero-based column, recognised or not.
    pub fn column(&self, index: u32) -> Option<&Cell> {
        let at = self.cells.binary_search_by_key(&index, |(column, _)| *column).ok()?;
        Some(&self.cells[at].1)
    }
}

/// A cell as it comes from the file.
struct Raw {
    row: u32,
    column: u32,
    value: Cell,
    /// Its formula with the equals sign, if it has one.
    formula: Option<String>,
}

/// Streams rows; ends after the first error.
pub struct Rows<'a> {
    cells: Cells<'a>,
    mapping: Arc<Mapping>,
    sheet: Option<Arc<str>>,
    fill: FillDown,
    formulas: HashMap<usize, String>,
    next: Option<Raw>,
    /// The last row seen with content, zero-based.
    last: u32,
    skipped: Skipped,
    exhausted: bool,
    ended: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(cells: Cells<'a>, table: &Table) -> Rows<'a> {
        Rows {
            cells,
            mapping: Arc::new(table.mapping.clone()),
            sheet: table.is_further.then(|| table.sheet.as_str().into()),
            fill: FillDown::below(table.head_last, &table.merges),
            formulas: HashMap::new(),
            next: None,
            last: table.head_last,
            skipped: Skipped::default(),
            exhausted: false,
            ended: false,
        }
    }

    /// What has been passed over so far.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// The next cell with content or a formula.
    fn raw(&mut self) -> Result<Option<Raw>, SheetError> {
        // The parser takes a call behind the last cell for a damaged file.
        if self.exhausted {
            return Ok(None);
        }
        while let Some(record) = self.cells.next_cell_with_formula_metadata()? {
            let (row, column) = record.pos;
            let formula = record.formula.map(|formula| match formula {
                Formula::Shared { shared_index, formula, .. } => {
                    if self.formulas.len() < MAX_FORMULAS {
                        self.formulas.insert(shared_index, formula.clone());
                    }
                    formula
                }
                Formula::SharedDerived { shared_index } => {
                    self.formulas.get(&shared_index).cloned().unwrap_or_default()
                }
                Formula::Normal { formula } => formula,
                _ => String::new(),
            });
            let formula = formula.map(|text| format!("={text}"));
            let value = Cell::from(record.value);
            if formula.is_some() || !value.is_blank() {
                return Ok(Some(Raw { row, column, value, formula }));
            }
        }
        self.exhausted = true;
        Ok(None)
    }

    /// All cells of the next row with content below the head.
    fn raw_row(&mut self) -> Result<Option<Vec<Raw>>, SheetError> {
        let mut row: Vec<Raw> = Vec::new();
        while let Some(raw) = match self.next.take() {
            Some(raw) => Some(raw),
            None => self.raw()?,
        } {
            match row.first() {
                None if raw.row <= self.last => {
                    // Above the head, or a damaged file that goes backwards: nothing that can be trusted as data.
                    continue;
                }
                Some(first) if first.row != raw.row => {
                    self.next = Some(raw);
                    break;
                }
                _ if row.len() >= MAX_COLUMNS => {
                    return Err(SheetError::Broken(format!("第 {} 行的单元格过多", raw.row + 1)));
                }
                _ => row.push(raw),
            }
        }
        row.sort_by_key(|raw| raw.column);
        row.dedup_by_key(|raw| raw.column);
        Ok((!row.is_empty()).then_some(row))
    }

    /// The next row of data.
    fn row(&mut self) -> Result<Option<Row>, SheetError> {
        while let Some(raw) = self.raw_row()? {
            let at = raw[0].row;
            self.skipped.empty += u64::from(at - self.last - 1);
            self.last = at;
            let warnings = raw.iter().filter_map(|cell| self.warning(cell)).collect();
            let mut cells: Vec<(u32, Cell)> = raw.into_iter().map(Raw::settle).collect();
            let kind = skip::kind(&cells, &self.mapping);
            // A skipped row too may be where a merged region begins.
            self.fill.fill(at, &mut cells);
            match kind {
                RowKind::Data => {
                    let (sheet, mapping) = (self.sheet.clone(), self.mapping.clone());
                    return Ok(Some(Row { number: at + 1, sheet, warnings, cells, mapping }));
                }
                RowKind::Total => self.skipped.totals += 1,
                RowKind::Note => self.skipped.notes += 1,
                RowKind::Head => self.skipped.heads += 1,
            }
        }
        Ok(None)
    }

    /// Formulas in columns that matter.
    fn warning(&self, cell: &Raw) -> Option<String> {
        let formula = cell.formula.as_deref()?;
        let head = self.mapping.head_at(cell.column)?;
        Some(match cell.value.is_blank() {
            false => format!("“{head}”是公式，按文件里保存的结果导入"),
            true => {
                let shown: String = formula.chars().take(60).collect();
                format!("“{head}”是公式，文件里没有保存结果，按公式文字“{shown}”导入")
            }
        })
    }
}

impl Raw {
    /// The stored result of a formula, else its text.
    fn settle(self) -> (u32, Cell) {
        match self.formula {
            Some(formula) if self.value.is_blank() => (self.column, Cell::Text(formula)),
            _ => (self.column, self.value),
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.row().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}
