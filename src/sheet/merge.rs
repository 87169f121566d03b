//! Merged regions: a value that stands once counts for every row of its region.
use std::collections::BTreeMap;

use super::cell::Cell;

/// A merged region, zero-based, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    pub first_row: u32,
    pub last_row: u32,
    pub first_column: u32,
    pub last_column: u32,
}

impl From<calamine::Dimensions> for Merge {
    fn from(region: calamine::Dimensions) -> Merge {
        let ((first_row, first_column), (last_row, last_column)) = (region.start, region.end);
        Merge { first_row, last_row, first_column, last_column }
    }
}

/// Carries the values of vertically merged cells down while the rows pass by in order.
/// Holds one value per column at most. A region that is merged across as well fills its first column only.
pub struct FillDown {
    /// Vertical regions, the next one last.
    coming: Vec<Merge>,
    /// By column: the last row of the region and its value.
    open: BTreeMap<u32, (u32, Cell)>,
}

impl FillDown {
    /// Regions that begin below row `head` (zero-based).
    pub fn below(head: u32, merges: &[Merge]) -> FillDown {
        let vertical = |merge: &&Merge| merge.first_row > head && merge.last_row > merge.first_row;
        let mut coming: Vec<Merge> = merges.iter().filter(vertical).copied().collect();
        coming.sort_by_key(|merge| std::cmp::Reverse(merge.first_row));
        FillDown { coming, open: BTreeMap::new() }
    }

    /// Completes the cells (sorted by column) of a row; rows must come in ascending order.
    pub fn fill(&mut self, row: u32, cells: &mut Vec<(u32, Cell)>) {
        self.open.retain(|_, (last, _)| *last >= row);
        while let Some(merge) = self.coming.pop_if(|merge| merge.first_row <= row) {
            if merge.first_row == row
                && let Ok(at) = cells.binary_search_by_key(&merge.first_column, |(column, _)| *column)
            {
                self.open.insert(merge.first_column, (merge.last_row, cells[at].1.clone()));
            }
        }
        for (column, (_, value)) in &self.open {
            match cells.binary_search_by_key(column, |(column, _)| *column) {
                Ok(at) if cells[at].1.is_blank() => cells[at].1 = value.clone(),
                Ok(_) => {}
                Err(at) => cells.insert(at, (*column, value.clone())),
            }
        }
    }
}
