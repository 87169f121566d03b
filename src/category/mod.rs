//! Categories of problems (问题类别), which the office edits. The noun is `directory::Category`; here is its upkeep.
pub mod pages;
pub mod query;
