//! What tests share: a small city in a fresh database, and a desk from which one of its people works.
#![allow(dead_code, reason = "a vocabulary for tests; not every word is spoken yet")]
pub mod browser;
pub mod cast;
pub mod chromedriver;
pub mod city;
pub mod crowd;
pub mod desk;
pub mod problem;
pub mod server;
pub mod soak;
pub mod walker;
pub mod wire;
