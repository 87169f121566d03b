//! The issue ledger 问题台账 as a spreadsheet: the 48 columns and the layout of the campaign's rules, written in blocks
//! and sent from disk. What happened to an issue is read from its events, so the file can say how things stood on a day.
pub mod columns;
pub mod command;
mod conditions;
pub mod facts;
pub mod pages;
mod query;
mod row;
mod write;

pub use query::facts as facts_of;

use crate::{db::Conn, directory::Directory, error::Result, issue::Issue, sheet::Value, time::Time};
use columns::LedgerColumn;

/// What the columns say of each of these issues as it is now, all 48 in their order; those that are not asked for stay
/// blank where they take another table. `with_words`: the reader may see what the company said.
pub fn cells(
    conn: &mut Conn,
    issues: &[Issue],
    columns: &[&LedgerColumn],
    directory: &Directory,
    with_words: bool,
) -> Result<Vec<Vec<String>>> {
    let sources: Vec<_> = columns.iter().flat_map(|column| column.sources).copied().collect();
    let lines: Vec<_> =
        issues.iter().map(|issue| query::Line { state: query::State::from(issue), issue: issue.clone() }).collect();
    let around = query::around(conn, &lines, Time::NEVER, &sources)?;
    let text = |value: Value| match value {
        Value::Text(text) => text.into_owned(),
        _ => String::new(),
    };
    let told = |line| row::row(0, line, &around, directory, with_words).into_iter().map(text).collect();
    Ok(lines.iter().map(told).collect())
}
