//! Working groups (工作组): the noun is `directory::Group`, as nearly every page names one; here is its upkeep.
pub mod pages;
pub mod pages_edit;
pub mod query;
