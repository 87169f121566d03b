//! The board of supervision (督办看板): what stands where it should not stand, each count with its list.
pub mod pages;
pub mod pages_list;
pub mod query;

crate::text_enum! {
    /// Lists of the board that are no filter of the ledger.
    pub enum Heap {
        Unanswered = "unanswered", "签收后未联系企业";
        Supervised = "supervised", "督办中";
        Rulings = "rulings", "延期和挂账待裁定";
        Returns = "returns", "退回待裁定";
        Raised = "raised", "已提级未办结";
    }
}

impl Heap {
    /// Somebody asked for something and waits for an answer.
    pub fn is_request(self) -> bool {
        matches!(self, Self::Rulings | Self::Returns)
    }
}
