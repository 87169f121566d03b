//! Working groups (工作组): the nouns are in `directory`, as nearly every page names them.
pub mod pages;
pub mod query;
