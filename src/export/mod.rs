//! The issue ledger 问题台账 as a spreadsheet: the 48 columns and the layout of the campaign's rules, written in blocks
//! and sent from disk. What happened to an issue is read from its events, so the file can say how things stood on a day.
mod columns;
pub mod command;
mod conditions;
pub mod facts;
pub mod pages;
mod query;
mod row;
mod write;

pub use query::facts as facts_of;
