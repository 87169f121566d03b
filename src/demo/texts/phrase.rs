//! Short remarks that do not depend on the matter: visits, symposiums, rulings, ratings.
use super::{BOOKS, Rng, pick};

macro_rules! phrases {
    ($($(#[$note:meta])* $name:ident = $key:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Phrase { $($(#[$note])* $name),* }
        impl Phrase {
            pub const ALL: &[Phrase] = &[$(Phrase::$name),*];
            /// The keyword of its lines in `common.txt`.
            fn key(self) -> &'static str {
                match self { $(Phrase::$name => $key),* }
            }
        }
    };
}
phrases! {
    VerySatisfiedWords = "非常满意";
    SatisfiedWords = "满意";
    BasicWords = "基本满意";
    DissatisfiedWords = "不满意";
    /// A visit that brought a problem.
    VisitNote = "走访";
    /// A visit that found none.
    VisitNoteQuiet = "走访无";
    SymposiumTopic = "座谈题";
    SymposiumPlace = "座谈地";
    SymposiumNote = "座谈记";
    /// What the office asks of the unit at dispatch.
    Requirement = "交办";
    PassUp = "提交";
    Merge = "并案";
    Split = "拆分";
    UpholdReturn = "同意退回";
    RefuseReturn = "不同意退回";
    Contact = "联系";
    /// What an extension is asked on.
    ExtensionBasis = "延期依据";
    GrantExtension = "同意延期";
    RefuseExtension = "不同意延期";
    /// Proof that the company was told of the long-term tracking.
    Told = "告知";
    AgreeLongTerm = "同意挂账";
    RefuseLongTerm = "不同意挂账";
    /// Periodical report of a problem under long-term tracking.
    Report = "挂账报告";
    Resume = "恢复";
    CoReply = "协办";
    Approve = "审核";
    SendBack = "重办";
    /// Why the office finds a problem invalid at review.
    Invalid = "无效";
    UpholdDispute = "差评属实";
    DismissDispute = "差评不属实";
    Reopen = "重开";
    Appeal = "申诉";
    Withdraw = "撤回";
    FindPressure = "施压";
    CallBack = "回访";
    SolveOnSite = "当场";
    ReviewOnSite = "当场复核";
    Instruct = "批示";
    Feedback = "意见";
}

pub fn phrase(rng: &mut impl Rng, which: Phrase) -> String {
    let book = &BOOKS[0];
    let seed = rng.random();
    book.fill(pick(rng, book.lines(which.key())), seed)
}
