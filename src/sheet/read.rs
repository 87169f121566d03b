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
    /// Rows with content below the head, totals and notes included.
    pub rows: u64,
    /// Sheets with the very same head, such as the second one of our own ledger: read after this one.
    pub further: Vec<Table>,
    /// Other visible sheets, which are not read.
    pub other_sheets: Vec<String>,
    /// It is one of another table's `further`.
    pub(super) is_further: bool,
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
    /// This one and the further ones.
    pub fn parts(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(self).chain(&self.further)
    }
    /// Rows of all parts: the measure of progress.
    pub fn all_rows(&self) -> u64 {
        self.parts().map(|part| part.rows).sum()
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

    /// The first sheet whose head has every required field, `map` (see [`Mapping::override_with`]) applied, and those
    /// with the same columns. Refuses more than [`MAX_ROWS`] rows.
    pub fn table(&mut self, fields: &'static [Field], map: Option<&str>) -> Result<Table, SheetError> {
        let mut incomplete: Option<Head> = None;
        let mut table: Option<Table> = None;
        let mut other_sheets = Vec::new();
        for name in self.names.clone() {
            let Some((head, merges)) = self.head(&name, fields, map)? else {
                other_sheets.push(name);
                continue;
            };
            let is_complete = head.mapping.missing().is_empty();
            match &mut table {
                None if is_complete => table = Some(self.finish(name, head, merges, map)?),
                None => {
                    incomplete.get_or_insert(head);
                    other_sheets.push(name);
                }
                Some(table) if is_complete && head.mapping.columns() == table.mapping.columns() => {
                    let further = Table { is_further: true, ..self.finish(name, head, merges, map)? };
                    table.further.push(further);
                }
                Some(_) => other_sheets.push(name),
            }
        }
        if let Some(mut table) = table {
            let rows = table.all_rows();
            if rows > MAX_ROWS {
                return Err(SheetError::TooManyRows(rows));
            }
            table.other_sheets = other_sheets;
            return Ok(table);
        }
        if let (Some(head), Some(map)) = (&mut incomplete, map) {
            // Says which name in the map is wrong rather than which column is missing.
            head.mapping.override_with(map).map_err(SheetError::Map)?;
        }
        Err(head::complaint(fields, incomplete.as_ref()))
    }

    /// The head of a sheet, if it has one, and its merged regions.
    fn head(
        &mut self,
        name: &str,
        fields: &'static [Field],
        map: Option<&str>,
    ) -> Result<Option<(Head, Vec<Merge>)>, SheetError> {
        // A sheet that holds only a chart has no cells to read.
        let Ok(first) = self.first_rows(name) else { return Ok(None) };
        let merges: Vec<Merge> = self.merges(name)?;
        let upper: Vec<Merge> = merges.iter().filter(|merge| merge.first_row < HEAD_ROWS).copied().collect();
        Ok(head::find(&first, &upper, fields, map).map(|head| (head, merges)))
    }

    /// Streams the rows of one part of a table; may be called again for another pass.
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
        let (head_first, head_last) = (head.first_row, head.last_row);
        let (further, other_sheets, is_further) = (Vec::new(), Vec::new(), false);
        let mapping = head.mapping;
        Ok(Table { sheet, mapping, rows, further, other_sheets, is_further, head_first, head_last, merges })
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
