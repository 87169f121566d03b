//! Areas (辖区): a tree with the city at its root. The noun is `directory::Area`; here is its upkeep.
pub mod fields;
pub mod pages;
pub mod query;
