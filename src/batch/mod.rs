//! The same step on many problems: each in a transaction of its own, each with its own result.
pub mod one;
pub mod pages;

/// Problems at once.
pub const MOST: usize = 200;

crate::text_enum! {
    /// What can be done with those selected in the ledger.
    pub enum Batch {
        Nudge = "nudge", "催办";
        Dispatch = "dispatch", "交办";
        Transfer = "transfer", "转办";
    }
}

impl Batch {
    pub fn action(self) -> crate::issue::workflow::Action {
        use crate::issue::workflow::Action;
        match self {
            Self::Nudge => Action::Nudge,
            Self::Dispatch => Action::Dispatch,
            Self::Transfer => Action::Transfer,
        }
    }
}
