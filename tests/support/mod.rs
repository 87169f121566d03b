//! What tests share: a small city in a fresh database, and a desk from which one of its people works.
pub mod cast;
pub mod city;
pub mod desk;
