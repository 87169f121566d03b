//! What can be told of a step without doing it: its action, whom it presses, what it asks for.
use super::{step::Step, workflow::Action};

impl Step {
    /// The co-handling unit that is pressed, with its own limit.
    pub fn pressed_co(&self) -> Option<(i64, i64)> {
        match self {
            Self::Remind { co, .. } | Self::Nudge { co, .. } | Self::Supervise { co, .. } => *co,
            _ => None,
        }
    }
    /// What a request asks for, as the ruling's form shows it at first: workdays, the day of the first report.
    pub fn asked(&self) -> (Option<u32>, Option<chrono::NaiveDate>) {
        match self {
            Self::RequestExtension { days, .. } => (Some(*days), None),
            Self::RequestLongTerm { next_on, .. } => (None, Some(*next_on)),
            _ => (None, None),
        }
    }
    pub fn action(&self) -> Action {
        macro_rules! same_name {
            ($($name:ident),*) => { match self { $(Step::$name { .. } => Action::$name,)* } };
        }
        same_name!(
            Submit,
            Import,
            CloseImported,
            Register,
            Merge,
            Reject,
            PassUp,
            Dispatch,
            Sign,
            AutoSign,
            RequestReturn,
            UpholdReturn,
            RefuseReturn,
            Contact,
            Progress,
            RequestExtension,
            GrantExtension,
            RefuseExtension,
            RequestSupplement,
            Supplement,
            SupplementTimeout,
            RequestLongTerm,
            AgreeLongTerm,
            RefuseLongTerm,
            Report,
            Resume,
            CoReply,
            Reply,
            Approve,
            SendBack,
            Answer,
            Ask,
            RatingTimeout,
            UpholdDispute,
            DismissDispute,
            Reopen,
            Appeal,
            Split,
            Withdraw,
            FindPressure,
            CallBack,
            SolveOnSite,
            ReviewOnSite,
            Correct,
            Attach,
            VoidAttachment,
            PrintSlip,
            Instruct,
            AnswerInstruction,
            RemindInstruction,
            Transfer,
            Remind,
            Nudge,
            Supervise,
            Raise,
            Recalculate,
            FindFalse
        )
    }
}
