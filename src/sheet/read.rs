//! Opening a workbook and finding the table in it.
use std::{fs::File, io::BufReader, path::Path};

use calamine::{Reader, SheetVisible, Xlsx, XlsxCellReader};

use super::{
    SheetError, archive,
    cell::Cell,
    head::{self, FirstRow, Head},
    mapping::{Field, Mapping},
    merge::Merge,
    rows::Rows,
};

/// Rows with content below the head; more are refused.
pub const MAX_ROWS: u64 = 200_000;
/// The head row is looked for among so many first rows.
pub const HEAD_ROWS: u32 = 30;

/// Cells in one row at most, as in Excel.
pub(super) const MAX_COLUMNS: usize = 16_384;

type Book = Xlsx<BufReader<File>>;
pub(super) type Cells<'a> = XlsxCellReader<'a, BufReader<File>>;

/// An opened workbook. Only the shared strings are in memory; every pass over a sheet reads the file again.
pub struct Workbook {
    book: Book,
    names: Vec<String>,
}

/// Where the data of a workbook stands and what its columns mean.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name of the sheet.
    pub sheet: String,
    pub mapping: Mapping,
    /// Rows with content below the head, totals and notes included: the measure of progress.
    pub rows: u64,
    /// Other visible sheets, which are not read.
    pub other_sheets: Vec<String>,
    /// Zero-based.
    pub(super) head_first: u32,
    pub(super) head_last: u32,
    pub(super) merges: Vec<Merge>,
}

impl Table {
    /// The sheet row of the head, 1-based.
    pub fn head_row(&self) -> u32 {
        self.head_first + 1
    }
}

impl Workbook {
    /// Checks type and sizes first, then opens; see [`archive`].
    pub fn open(path: &Path) -> Result<Workbook, SheetError> {
        archive::check(path)?;
        let book: Book = calamine::open_workbook(path)?;
        let visible = |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible;
        let names = book.sheets_metadata().iter().filter(visible).map(|sheet| sheet.name.clone()).collect();
        Ok(Workbook { book, names })
    }

    /// Names of the visible sheets.
    pub fn sheet_names(&self) -> &[String] {
        &self.names
    }

    /// The first sheet whose head has every required field, `map` (see [`Mapping::override_with`]) applied.
    /// Refuses a sheet of more than [`MAX_ROWS`] rows.
    pub fn table(&mut self, fields: &'static [Field], map: Option<&str>) -> Result<Table, SheetError> {
        let mut incomplete: Option<(String, Head)> = None;
        for name in self.names.clone() {
            // A sheet that holds only a chart has no cells to read.
            let Ok(first) = self.first_rows(&name) else { continue };
            let merges: Vec<Merge> = self.merges(&name)?;
            let upper: Vec<Merge> = merges.iter().filter(|merge| merge.first_row < HEAD_ROWS).copied().collect();
            let Some(found) = head::find(&first, &upper, fields, map) else {
                continue;
            };
            if found.mapping.missing().is_empty() {
                return self.finish(name, found, merges, map);
            }
            incomplete.get_or_insert((name, found));
        }
        if let (Some((_, head)), Some(map)) = (&mut incomplete, map) {
            // Says which name in the map is wrong rather than which column is missing.
            head.mapping.override_with(map).map_err(SheetError::Map)?;
        }
        Err(head::complaint(fields, incomplete.as_ref().map(|(_, head)| head)))
    }

    /// Streams the rows of a table; may be called again for another pass.
    pub fn rows<'a>(&'a mut self, table: &Table) -> Result<Rows<'a>, SheetError> {
        let cells = self.book.worksheet_cells_reader(&table.sheet)?;
        Ok(Rows::new(cells, table))
    }

    fn finish(
        &mut self,
        sheet: String,
        mut head: Head,
        merges: Vec<Merge>,
        map: Option<&str>,
    ) -> Result<Table, SheetError> {
        if let Some(map) = map {
            head.mapping.override_with(map).map_err(SheetError::Map)?;
        }
        let rows = self.count(&sheet, head.last_row)?;
        if rows > MAX_ROWS {
            return Err(SheetError::TooManyRows(rows));
        }
        let other_sheets = self.names.iter().filter(|name| **name != sheet).cloned().collect();
        let (head_first, head_last) = (head.first_row, head.last_row);
        Ok(Table { sheet, mapping: head.mapping, rows, other_sheets, head_first, head_last, merges })
    }

    fn merges(&mut self, sheet: &str) -> Result<Vec<Merge>, SheetError> {
        Ok(self.book.merge_cells_by_sheet_name(sheet)?.into_iter().map(Merge::from).collect())
    }

    /// Texts of the rows that may be the head.
    fn first_rows(&mut self, sheet: &str) -> Result<Vec<FirstRow>, SheetError> {
        let mut cells = self.book.worksheet_cells_reader(sheet)?;
        let mut rows: Vec<FirstRow> = Vec::new();
        while let Some(cell) = cells.next_cell()? {
            let (row, column) = cell.get_position();
            if row >= HEAD_ROWS {
                break;
            }
            let value = Cell::from(cell.get_value().clone());
            if value.is_blank() {
                continue;
            }
            match rows.last_mut().filter(|(last, _)| *last == row) {
                Some((_, known)) if known.len() < MAX_COLUMNS => known.push((column, value.text())),
                Some(_) => return Err(SheetError::Broken(format!("第 {} 行的单元格过多", row + 1))),
                None => rows.push((row, vec![(column, value.text())])),
            }
        }
        Ok(rows)
    }

    /// Rows with content below the head.
    fn count(&mut self, sheet: &str, head: u32) -> Result<u64, SheetError> {
        let mut cells = self.book.worksheet_cells_reader(sheet)?;
        let (mut rows, mut last) = (0, head);
        while let Some(cell) = cells.next_cell()? {
            let (row, _) = cell.get_position();
            if row > head && row != last && !Cell::from(cell.get_value().clone()).is_blank() {
                (rows, last) = (rows + 1, row);
            }
        }
        Ok(rows)
    }
}
