//! Leaders' instructions (批示) on problems, each followed until somebody says what was done. The steps that give and
//! answer one are the issue's own; here is who has to look after which.
pub mod pages;
pub mod query;
pub mod remind;

crate::text_enum! {
    /// Which ones a list shows.
    pub enum Standing {
        Open = "open", "待反馈";
        Overdue = "overdue", "逾期未反馈";
        Answered = "answered", "已反馈";
    }
}
