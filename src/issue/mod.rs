//! Problems (问题): the nouns. The life is in `workflow`, the content of a step in `step`, what a step does in `apply`,
//! the transaction around it in `perform`, the SQL of pages in `query`.
pub mod apply;
pub mod clockwork;
pub mod code;
pub mod count;
pub mod deadline;
mod effect;
pub mod event;
mod facts;
pub mod for_company;
pub mod history;
pub mod ledger;
mod merged;
pub mod pages;
pub mod perform;
pub mod query;
pub mod recalculate;
pub mod replay;
mod request;
pub mod respan;
pub mod step;
mod step_asks;
pub mod submit;
mod supervise;
pub mod tally;
pub mod view;
pub mod workflow;
pub mod worklist;

use crate::{schema::*, time::Time};
use diesel::prelude::*;
use workflow::*;

/// What lists show, filter and sort by.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = issues, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Issue {
    pub id: i64,
    /// `ZZ-410105-2026-000123`; given at submission and never used again.
    pub number: String,
    /// Counts the changes; a form that was made from an older one is refused.
    pub version: i64,
    pub title: String,
    pub status: Status,
    pub enterprise_id: Option<i64>,
    /// As the company was called when it was recorded or last corrected.
    pub enterprise_name: String,
    pub area_id: i64,
    /// The group that counts for it: the one assigned to the company at registration.
    pub group_id: Option<i64>,
    pub collector_id: Option<i64>,
    pub channel: Channel,
    pub category_id: Option<i64>,
    pub complexity: Option<Complexity>,
    pub level: Level,
    pub urgency: Urgency,
    /// Whose office triages, reviews and rules.
    pub office_area_id: i64,
    pub lead_unit_id: Option<i64>,
    pub handler_id: Option<i64>,
    pub request: Request,
    pub resolution: Option<Resolution>,
    pub answer: Option<Answer>,
    pub rating: Option<Rating>,
    /// 1, and one more each time it has to be done again.
    pub round: i64,
    pub main_issue_id: Option<i64>,
    /// Imported history is counted apart.
    pub history: bool,
    pub submitted_at: Time,
    /// `NEVER` until it happened; the same for the times below.
    pub registered_at: Time,
    pub closed_at: Time,
    /// The limit of the reply of this round, with an extension.
    pub due_at: Time,
    pub step_limit: StepLimit,
    pub step_due_at: Time,
}

/// Texts and the rarer facts of one issue.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = issue_details, primary_key(issue_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct IssueDetail {
    pub issue_id: i64,
    pub description: String,
    pub demand: String,
    pub contact_name: String,
    pub contact_phone: String,
    pub code_hash: Option<Vec<u8>>,
    pub visit_id: Option<i64>,
    pub symposium_id: Option<i64>,
    pub source: Option<String>,
    pub external_no: Option<String>,
    pub requirement: String,
    pub responsible_leader: String,
    /// The first clock, moved by pauses only: what 按期 is measured against.
    pub original_due_at: Time,
    pub dispatched_at: Time,
    pub signed_at: Time,
    pub contacted_at: Time,
    pub progressed_at: Time,
    pub paused_at: Time,
    /// Workdays for which the clock stood still since dispatch.
    pub paused_days: i64,
    pub replied_at: Time,
    pub approved_at: Time,
    pub reviewer_id: Option<i64>,
    pub extended_days: i64,
    /// Wrong dispatches and replies sent back; at two the city office takes over.
    pub vain_rounds: i64,
    pub merged_from: Option<Status>,
    pub coerced: bool,
    pub appealed: bool,
    pub attitude: Option<Rating>,
    pub words: String,
    pub progress: String,
    pub measures: String,
    pub remark: String,
}

/// A unit the issue was given to.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = issue_units, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct IssueUnit {
    pub id: i64,
    pub issue_id: i64,
    pub unit_id: i64,
    pub part: Part,
    pub active: bool,
    pub return_refused: bool,
    pub handler_id: Option<i64>,
    pub reply: String,
    pub replied_at: Time,
    pub given_at: Time,
    /// The deadline template that it was given by.
    pub template: String,
    /// The limit of its own reply.
    pub due_at: Time,
}

/// What the ladder of supervision did about a limit.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = supervisions, treat_none_as_default_value = false)]
pub struct Supervision {
    pub id: i64,
    pub issue_id: i64,
    pub stage: Stage,
    pub step_limit: StepLimit,
    /// Which limit it speaks of.
    pub step_due_at: Time,
    /// To whom; None: to the office.
    pub unit_id: Option<i64>,
    pub office_area_id: i64,
    /// Of a notice (督办单), empty otherwise.
    pub number: String,
    pub text: String,
    pub actor: String,
    pub given_at: Time,
}

/// A leader's instruction (批示), followed until it is answered.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = instructions, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Instruction {
    pub id: i64,
    pub issue_id: i64,
    pub leader_id: i64,
    pub leader: String,
    pub text: String,
    pub given_at: Time,
    pub due_at: Time,
    pub answer: String,
    pub answered_by: String,
    /// `NEVER` until it is answered.
    pub answered_at: Time,
}

/// One issue with all that a step reads and writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    pub issue: Issue,
    pub detail: IssueDetail,
    pub units: Vec<IssueUnit>,
    /// Of the main issue, if this one was merged into it.
    pub main: Option<Main>,
    /// Those without an answer, and those that a step answered.
    pub instructions: Vec<Instruction>,
    /// Those that a step added.
    pub supervisions: Vec<Supervision>,
}

/// Who has to do with the main issue's answer, and as what it is registered.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Main {
    pub lead_unit_id: Option<i64>,
    pub handler_id: Option<i64>,
    pub reviewer_id: Option<i64>,
    /// How it is registered; None in histories that are older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

impl Issue {
    pub fn is_open(&self) -> bool {
        !self.status.is_final()
    }
    /// From when on the figures call it overdue: the step's limit while the city has to act.
    pub fn overdue_at(&self) -> Time {
        if self.status.can_be_overdue() { self.step_due_at } else { Time::NEVER }
    }
}

impl Dossier {
    /// A new issue that nobody has done anything about.
    pub fn new(issue: Issue, detail: IssueDetail) -> Self {
        Self { issue, detail, units: Vec::new(), main: None, instructions: Vec::new(), supervisions: Vec::new() }
    }
    pub fn active_units(&self) -> impl Iterator<Item = &IssueUnit> {
        self.units.iter().filter(|unit| unit.active)
    }
}
