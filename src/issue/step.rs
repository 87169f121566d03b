//! What each step of the workflow says. An incomplete step cannot be built: a form either gives a `Step` or the list of
//! fields that are missing. The JSON of a step is what its event keeps for ever, so fields may be added, never renamed.
use super::workflow::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Step {
    Submit {
        channel: Channel,
    },
    Import {
        source: String,
    },
    /// Imported history that was answered before it came here; only for issues marked so.
    CloseImported {
        resolution: Resolution,
        text: String,
        complexity: Complexity,
        lead_unit_id: Option<i64>,
    },
    Register {
        category_id: i64,
        complexity: Complexity,
        level: Level,
        urgency: Urgency,
        /// The office looked at similar issues before it made a new file.
        duplicates_looked_at: bool,
    },
    Merge {
        main_issue_id: i64,
        main_number: String,
        reason: String,
    },
    Reject {
        /// The lawful reason.
        reason: String,
        /// Where to go instead.
        channel: String,
    },
    PassUp {
        reason: String,
    },
    Dispatch {
        lead_unit_id: i64,
        co_unit_ids: Vec<i64>,
        template: String,
        requirement: String,
        responsible_leader: String,
    },
    Sign,
    AutoSign,
    RequestReturn {
        reason: String,
        basis: String,
        suggested_unit: String,
    },
    UpholdReturn {
        finding: String,
    },
    RefuseReturn {
        finding: String,
    },
    Contact {
        /// Who was contacted and how.
        person: String,
        note: String,
    },
    Progress {
        note: String,
        measures: String,
    },
    RequestExtension {
        days: u32,
        reason: String,
    },
    GrantExtension {
        days: u32,
        opinion: String,
    },
    RefuseExtension {
        opinion: String,
    },
    RequestSupplement {
        missing: String,
        days: u32,
    },
    Supplement {
        text: String,
    },
    SupplementTimeout,
    RequestLongTerm {
        reason: String,
        milestones: String,
        next_on: chrono::NaiveDate,
        /// Proof that the company was told.
        told: String,
    },
    AgreeLongTerm {
        opinion: String,
    },
    RefuseLongTerm {
        opinion: String,
    },
    Report {
        note: String,
    },
    Resume {
        note: String,
    },
    CoReply {
        text: String,
    },
    Reply {
        resolution: Resolution,
        text: String,
        measures: String,
        /// Needed when a co-handling unit has not answered yet.
        override_reason: String,
    },
    Approve {
        four: FourAnswers,
        opinion: String,
        /// Set by the office alone, with a reason in `opinion`.
        invalid: bool,
    },
    SendBack {
        four: FourAnswers,
        reason: String,
    },
    Answer {
        solved: Answer,
        result: Rating,
        attitude: Rating,
        words: String,
        /// Name of the agent who asked by telephone; empty when the company answered itself.
        called_back_by: String,
    },
    RatingTimeout,
    UpholdDispute {
        finding: String,
    },
    DismissDispute {
        finding: String,
    },
    Reopen {
        reason: String,
    },
    Appeal {
        reason: String,
    },
    Split {
        reason: String,
    },
    Withdraw {
        reason: String,
    },
    FindPressure {
        finding: String,
    },
    CallBack {
        note: String,
        /// What the company said when it had not rated by itself.
        solved: Option<Answer>,
        result: Option<Rating>,
    },
    SolveOnSite {
        text: String,
    },
    ReviewOnSite {
        four: FourAnswers,
        opinion: String,
    },
    Correct {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        demand: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category_id: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enterprise: Option<EnterpriseOfIssue>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remark: Option<String>,
        reason: String,
    },
    Instruct {
        text: String,
    },
}

/// The company an issue is corrected to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnterpriseOfIssue {
    pub id: i64,
    pub name: String,
    pub area_id: i64,
}

/// 解决没有、答复没有、对接没有、满意没有: the review asks all four.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FourAnswers {
    pub solved: bool,
    pub replied: bool,
    pub met: bool,
    pub satisfied: bool,
}

impl Step {
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
            Instruct
        )
    }
}
