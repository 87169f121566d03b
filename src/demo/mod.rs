//! The demonstration city: everything `zhuqi demo` needs to make believable records out of a seed.
pub mod assigned;
pub mod build;
pub mod city;
pub mod clock;
pub mod companies;
pub mod fate;
pub mod life;
pub mod names;
pub mod plan;
pub mod serve;
pub mod shown;
pub mod texts;
pub mod units;

/// Settings that mark a database as a demo: its last day, its scale, its sign-in names.
pub const UNTIL: &str = "demo_until";
pub const SCALE: &str = "demo_scale";
pub const ACCOUNTS: &str = "demo_accounts";

/// Of every demo account; argon2 is asked once for all of them.
pub const PASSWORD: &str = "Zhuqi-demo-1";
