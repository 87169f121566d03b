//! The demonstration city: everything `zhuqi demo` needs to make believable records out of a seed.
pub mod companies;
pub mod names;
pub mod texts;
pub mod units;
