//! Assignments (包联关系): company ↔ cadre ↔ group, with dates, and the hand-over of all that a leaving cadre holds.
pub mod pages;
pub mod query;
