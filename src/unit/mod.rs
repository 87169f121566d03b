//! Units (责任单位): the departments that solve problems. The noun is `directory::Unit`; here is its upkeep.
pub mod pages;
pub mod query;
