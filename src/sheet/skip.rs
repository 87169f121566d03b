//! Which rows below the head are no data: totals, notes, and the head again on a later page.
use super::{
    cell::Cell,
    mapping::{Mapping, plain},
    text,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Data,
    Total,
    Note,
    Head,
}

const TOTALS: [&str; 5] = ["小计", "合计", "总计", "共计", "累计"];
/// A sentence below the table.
const NOTES: [&str; 4] = ["注", "说明", "备注", "填表说明"];
/// The line of those who made and checked the table.
const SIGNATURES: [&str; 8] = ["填表人", "填报人", "填报单位", "制表人", "制表", "审核人", "负责人", "单位负责人"];

/// Judges a row by its own cells, before merged values are carried into it. A company named 合计科技 stays data: a total
/// is the bare word, the word with a colon or bracket, or a short text that ends with it; a note needs its colon or number,
/// and never is a row that has all required fields.
pub fn kind(cells: &[(u32, Cell)], mapping: &Mapping) -> RowKind {
    let filled: Vec<(u32, String)> =
        cells.iter().filter(|(_, cell)| !cell.is_blank()).map(|(column, cell)| (*column, cell.text())).collect();
    let Some((_, first)) = filled.first() else {
        return RowKind::Data;
    };
    let first: String = text::half_width(first).chars().filter(|c| !c.is_whitespace()).collect();
    if is_total(&first) {
        return RowKind::Total;
    }
    if repeats_head(&filled, mapping) {
        return RowKind::Head;
    }
    if SIGNATURES.iter().any(|word| followed_by(&first, word, &[':'])) {
        return RowKind::Note;
    }
    let complete = mapping.required_columns().all(|column| filled.iter().any(|(known, _)| *known == column));
    let is_note =
        NOTES.iter().any(|word| first == *word || followed_by(&first, word, &[':', '1', '2', '3', '.', '、']));
    match is_note && (filled.len() == 1 || !complete) {
        true => RowKind::Note,
        false => RowKind::Data,
    }
}

fn is_total(first: &str) -> bool {
    TOTALS.iter().any(|word| {
        first == *word
            || followed_by(first, word, &[':', '('])
            || (first.ends_with(word) && first.chars().count() <= 12)
    })
}

fn followed_by(text: &str, word: &str, next: &[char]) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with(next))
}

/// At least two recognised columns filled, and all of them with their own heads.
fn repeats_head(filled: &[(u32, String)], mapping: &Mapping) -> bool {
    let mut same = 0;
    for (column, text) in filled {
        match mapping.head_at(*column) {
            Some(head) if plain(head) == plain(text) => same += 1,
            Some(_) => return false,
            None => {}
        }
    }
    same >= 2
}
