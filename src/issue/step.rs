//! What each step of the workflow says. An incomplete step cannot be built: a form either gives a `Step` or the list of
//! fields that are missing. The JSON of a step is what its event keeps for ever, so fields may be added, never renamed.
use super::{Main, workflow::*};
use serde::{Deserialize, Serialize};

pub use super::facts::{Contact, Facts, Origin};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Step {
    Submit {
        channel: Channel,
        #[serde(default)]
        facts: Facts,
    },
    Import {
        source: String,
        #[serde(default)]
        facts: Facts,
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
        /// The group assigned to the company at this moment: the issue counts for it from now on.
        #[serde(default)]
        group_id: Option<i64>,
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
        /// The level at which the city's office takes over, where it does; None in histories that are older than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
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
        /// What proves it; empty in histories that are older than the question.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        basis: String,
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
        /// When the unit reports first; never later than the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_on: Option<chrono::NaiveDate>,
    },
    RefuseLongTerm {
        opinion: String,
    },
    Report {
        note: String,
        /// When it reports again; never later than the template says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_on: Option<chrono::NaiveDate>,
    },
    Resume {
        note: String,
    },
    CoReply {
        /// Which of the co-handling units.
        unit_id: i64,
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
        /// The level at which the city's office takes over, where it does; None in histories that are older than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
    },
    Answer {
        solved: Answer,
        result: Rating,
        attitude: Rating,
        words: String,
        /// Name of the agent who asked by telephone; empty when the company answered itself.
        called_back_by: String,
        /// Who had printed the slip with the query code; empty for the company's own code or account.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        by_slip_of: String,
        /// Of a merged issue: who answered for its main issue, with whom a "no" has to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        main: Option<Main>,
        /// The group assigned to its company at this moment: a merged issue that splits off unregistered counts for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group_id: Option<i64>,
    },
    /// The main issue was answered: the company of this merged one is asked as well.
    Ask {
        /// What it is asked about; None in histories that are older than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<MainReply>,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<Contact>,
        reason: String,
    },
    Attach {
        names: Vec<String>,
        /// Their content hashes; empty in histories that are older than this.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contents: Vec<String>,
        /// The company may see them.
        for_company: bool,
    },
    VoidAttachment {
        name: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        content: String,
        for_company: bool,
        reason: String,
    },
    /// A new query code on paper, for a company that has none at hand.
    PrintSlip {
        /// What the database keeps of the code, in hex.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        code_hash: String,
    },
    Instruct {
        text: String,
        /// Until when the leader wants an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_by: Option<chrono::NaiveDate>,
    },
    AnswerInstruction {
        instruction_id: i64,
        text: String,
    },
    /// An instruction that nobody has answered yet.
    RemindInstruction {
        instruction_id: i64,
        /// Workdays left to answer it; None: its day has passed.
        left: Option<i64>,
    },
    /// Another lead unit, on the same clock: nobody ruled that the dispatch was wrong.
    Transfer {
        lead_unit_id: i64,
        reason: String,
    },
    Remind {
        /// Workdays left of the limit in hand.
        left: i64,
        /// A co-handling unit that is late, with its own limit; None: whoever holds the issue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        co: Option<(i64, i64)>,
    },
    Nudge {
        /// Whole workdays overdue, 0 before the limit.
        overdue: i64,
        text: String,
        /// A co-handling unit that is late, with its own limit; None: whoever holds the issue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        co: Option<(i64, i64)>,
    },
    Supervise {
        /// Number of the notice: 督办〔2026〕12号.
        number: String,
        overdue: i64,
        text: String,
        /// A co-handling unit that is late, with its own limit; None: whoever holds the issue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        co: Option<(i64, i64)>,
    },
    Raise {
        overdue: i64,
        /// Who decided it, or the rule by which it happened.
        decided_by: String,
        reason: String,
    },
    /// The calendar was changed: the limits of an open issue as computed anew.
    Recalculate {
        reason: String,
        due_at: i64,
        original_due_at: i64,
        step_due_at: i64,
        /// (unit, its limit) of the units that have it.
        units: Vec<(i64, i64)>,
        /// `due_at` and `step_due_at` before, for the reader.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<(i64, i64)>,
    },
    /// A spot check found that the closed issue was not solved.
    FindFalse {
        finding: String,
    },
}

/// The company an issue is corrected to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnterpriseOfIssue {
    pub id: i64,
    pub name: String,
    pub area_id: i64,
}

/// What the main issue was answered, without the name of its company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MainReply {
    /// None: solved on the spot.
    pub unit_id: Option<i64>,
    pub resolution: Option<Resolution>,
    pub text: String,
}

/// 解决没有、答复没有、对接没有、满意没有: the review asks all four.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FourAnswers {
    pub solved: bool,
    pub replied: bool,
    pub met: bool,
    pub satisfied: bool,
}
