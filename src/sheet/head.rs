//! Finding the head row among the first rows of a sheet.
use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    SheetError,
    mapping::{Field, HeadColumn, Mapping},
    merge::Merge,
    text,
};

/// Columns below one group title at most.
const MAX_GROUP: u32 = 60;

/// The head as found in the first rows of a sheet.
#[derive(Clone, Debug)]
pub struct Head {
    /// Zero-based; equal unless the head takes several rows.
    pub first_row: u32,
    pub last_row: u32,
    pub mapping: Mapping,
}

/// One of the first rows of a sheet: its zero-based number, then column and text of its cells.
pub type FirstRow = (u32, Vec<(u32, String)>);

/// The row, or the two or three rows, that name the most fields; of equals the one with fewer rows, then the upper one.
/// `None` if nothing is convincing. `map` counts as well, so that a file whose heads are all unknown can still be read.
/// `merges` may be limited to the first rows.
pub fn find(rows: &[FirstRow], merges: &[Merge], fields: &'static [Field], map: Option<&str>) -> Option<Head> {
    let mut best: Option<((usize, Reverse<u32>), Head)> = None;
    for (at, (row, _)) in rows.iter().enumerate() {
        for lower in at..rows.len().min(at + 3) {
            let last_row = rows[lower].0;
            if last_row - row > 2 {
                continue;
            }
            let mut mapping = Mapping::recognise(fields, columns(&rows[at..=lower], merges));
            if let Some(map) = map {
                // A row that lacks a named column is only a worse candidate here; the winner is checked again.
                let _ = mapping.override_with(map);
            }
            let score = mapping.pairs().count();
            let enough = score >= 2 || (score == 1 && (fields.len() == 1 || mapping.missing().is_empty()));
            let rank = (score, Reverse(last_row - row));
            if enough && best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, Head { first_row: *row, last_row, mapping }));
            }
        }
    }
    let (_, mut head) = best?;
    extend(&mut head, rows, merges);
    Some(head)
}

/// A head row whose cells are merged downwards takes the rows below with it.
fn extend(head: &mut Head, rows: &[FirstRow], merges: &[Merge]) {
    let starts = |merge: &&Merge| merge.first_row == head.first_row && merge.last_row <= head.first_row + 2;
    let used = |merge: &&Merge| head.mapping.columns().iter().any(|column| column.index == merge.first_column);
    let last = merges.iter().filter(starts).filter(used).map(|merge| merge.last_row).max().unwrap_or(0);
    if last > head.last_row {
        head.last_row = last;
        let own: Vec<_> = rows.iter().filter(|(row, _)| (head.first_row..=last).contains(row)).cloned().collect();
        head.mapping.add_columns(columns(&own, merges));
    }
}

/// The columns of one or more head rows: the lowest text names the column, a group title merged across counts for all
/// columns below it.
fn columns(rows: &[FirstRow], merges: &[Merge]) -> Vec<HeadColumn> {
    let lowest = rows.last().map_or(0, |(row, _)| *row);
    let mut columns: BTreeMap<u32, HeadColumn> = BTreeMap::new();
    for (row, cells) in rows {
        for (column, cell) in cells {
            let line = text::one_line(cell);
            let region = merges
                .iter()
                .find(|merge| merge.first_row == *row && merge.first_column == *column && merge.last_row < lowest);
            let last = region.map_or(*column, |merge| merge.last_column.min(column + MAX_GROUP));
            for index in *column..=last {
                let known = columns.entry(index).or_insert_with(|| HeadColumn {
                    index,
                    text: String::new(),
                    joined: String::new(),
                });
                known.joined.push_str(&line);
                known.text.clone_from(&line);
            }
        }
    }
    columns.into_values().collect()
}

/// The sentence for a sheet whose head is not found or lacks required columns.
pub fn complaint(fields: &[Field], head: Option<&Head>) -> SheetError {
    let names = |fields: Vec<&str>| fields.join("、");
    SheetError::Head(match head {
        Some(head) => {
            let columns = head.mapping.columns().iter().map(|column| column.text.as_str()).collect();
            let (row, missing) = (head.first_row + 1, names(head.mapping.missing()));
            format!("第 {row} 行的表头里缺少必需的列：{missing}。文件里的列：{}", names(columns))
        }
        None => {
            let wanted = fields.iter().filter(|field| field.required).map(Field::name).collect();
            format!("前 {} 行里没有找到表头，需要的列：{}", super::read::HEAD_ROWS, names(wanted))
        }
    })
}
