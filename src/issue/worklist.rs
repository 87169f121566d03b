//! What waits for whom: the first screen of each role and the counts in the menu.
use super::{
    Issue,
    query::{later, within},
    workflow::*,
};
use crate::{
    access::{Permission, Reach, Role, Viewer},
    db::Conn,
    error::Result,
    schema::*,
    time::Time,
};
use diesel::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worklist {
    pub word: &'static str,
    pub label: &'static str,
    /// Whose rows: the permission by which the next step is done.
    pub by: Permission,
    statuses: &'static [Status],
    requests: &'static [Request],
    /// Only with a limit.
    running: bool,
}

const fn list(word: &'static str, label: &'static str, by: Permission, statuses: &'static [Status]) -> Worklist {
    Worklist { word, label, by, statuses, requests: &[], running: false }
}
/// Of final statuses, those in which something is still asked of somebody.
const fn running(word: &'static str, label: &'static str, by: Permission, statuses: &'static [Status]) -> Worklist {
    Worklist { word, label, by, statuses, requests: &[], running: true }
}
const fn asked(word: &'static str, label: &'static str, requests: &'static [Request]) -> Worklist {
    Worklist { word, label, by: Permission::Review, statuses: &[], requests, running: false }
}

/// The lists of a role, most urgent first.
pub fn of(role: Option<Role>) -> &'static [Worklist] {
    use {Permission as P, Status::*};
    const OFFICE: &[Worklist] = &[
        list("triage", "待甄别", P::Triage, &[Submitted]),
        list("dispatch", "待交办", P::Triage, &[Registered]),
        list("returns", "退回待裁", P::Review, &[ReturnRequested]),
        asked("requests", "延期和挂账申请", &[Request::Extension, Request::LongTerm]),
        list("review", "待审核", P::Review, &[Replied]),
        list("disputes", "差评核实", P::Review, &[Disputed]),
        asked("on_site", "当场解决待复核", &[Request::OnSite]),
    ];
    const UNIT: &[Worklist] = &[
        list("sign", "待签收", P::Handle, &[Dispatched]),
        list("handle", "办理中", P::Handle, &[InProgress]),
        list("long_term", "挂账跟踪", P::Handle, &[LongTerm]),
        list("co_handle", "协办", P::CoHandle, &[Dispatched, InProgress, WaitingEnterprise, LongTerm]),
    ];
    const COMPANY: &[Worklist] = &[
        list("supplement", "待您补件", P::AnswerAsEnterprise, &[WaitingEnterprise]),
        list("rate", "待您评价", P::AnswerAsEnterprise, &[AwaitingRating]),
        running("rate_merged", "合并办理待您评价", P::AnswerAsEnterprise, &[Merged]),
    ];
    const FOLLOW: &[Worklist] = &[list("followed", "我包联企业的未办结问题", P::RecordIssue, Status::OPEN)];
    const GROUP: &[Worklist] = &[
        list(
            "open",
            "本组未办结",
            P::SeeIssues,
            &[
                Submitted,
                Registered,
                Dispatched,
                ReturnRequested,
                InProgress,
                WaitingEnterprise,
                LongTerm,
                Replied,
                Disputed,
            ],
        ),
        list("rating", "等企业评价", P::SeeIssues, &[AwaitingRating]),
    ];
    const LEADER: &[Worklist] = &[list("open", "未办结", P::SeeIssues, Status::OPEN)];
    const CALLBACK: &[Worklist] = &[
        running("withdrawn", "企业撤回待回访", P::CallBack, &[Withdrawn]),
        list("rating", "待企业评价", P::CallBack, &[AwaitingRating]),
        running("rating_merged", "并案件待企业评价", P::CallBack, &[Merged]),
    ];
    match role {
        Some(Role::Dispatcher) => OFFICE,
        Some(Role::Handler) => UNIT,
        Some(Role::Enterprise) => COMPANY,
        Some(Role::Cadre) => FOLLOW,
        Some(Role::GroupLeader) => GROUP,
        Some(Role::Leader) => LEADER,
        Some(Role::CallbackAgent) => CALLBACK,
        _ => &[],
    }
}

impl Worklist {
    /// Its rows are signed by one click, without their pages.
    pub fn is_signed(&self) -> bool {
        self.statuses == [Status::Dispatched] && self.by == Permission::Handle
    }

    fn matching(&self) -> super::query::Filter {
        if self.running {
            let limited = issues::step_due_at.lt(Time::NEVER);
            Box::new(issues::status.eq_any(self.statuses.to_vec()).and(limited))
        } else if self.requests.is_empty() {
            Box::new(issues::status.eq_any(self.statuses.to_vec()))
        } else {
            Box::new(issues::request.eq_any(self.requests.to_vec()))
        }
    }

    /// What a co-unit has not replied to yet.
    #[diesel::dsl::auto_type(no_type_alias)]
    fn co_handled(&self, unit_id: i64) -> _ {
        let (part, never): (Part, Time) = (Part::Co, Time::NEVER);
        let statuses: Vec<Status> = self.statuses.to_vec();
        issue_units::table
            .inner_join(issues::table)
            .filter(issue_units::unit_id.eq(unit_id))
            .filter(issue_units::part.eq(part))
            .filter(issue_units::replied_at.eq(never))
            .filter(issue_units::active.eq(true))
            .filter(issues::status.eq_any(statuses))
    }

    /// By the co-unit's own limit, which stands in place of the lead unit's.
    fn co_rows(&self, conn: &mut Conn, unit_id: i64, after: Option<(Time, i64)>, limit: i64) -> Result<Vec<Issue>> {
        let (due, id) = after.unwrap_or((Time(i64::MIN), i64::MIN));
        let rows: Vec<(Issue, Time)> = self
            .co_handled(unit_id)
            .filter(issue_units::due_at.gt(due).or(issue_units::due_at.eq(due).and(issues::id.gt(id))))
            .order((issue_units::due_at, issues::id))
            .limit(limit)
            .select((Issue::as_select(), issue_units::due_at))
            .load(conn)?;
        let own = |(issue, due_at)| Issue { step_due_at: due_at, step_limit: StepLimit::Reply, ..issue };
        Ok(rows.into_iter().map(own).collect())
    }

    pub fn count(&self, conn: &mut Conn, viewer: &Viewer) -> Result<i64> {
        let Some(scope) = viewer.scope(self.by) else {
            return Ok(0);
        };
        if let Reach::CoUnit(unit_id) = scope.reach() {
            return Ok(self.co_handled(unit_id).count().get_result(conn)?);
        }
        Ok(issues::table.filter(within(scope)).filter(self.matching()).count().get_result(conn)?)
    }

    /// Those whose limit ends first, first. `NEVER` sorts last.
    pub fn rows(&self, conn: &mut Conn, viewer: &Viewer, after: Option<(Time, i64)>, limit: i64) -> Result<Vec<Issue>> {
        let Some(scope) = viewer.scope(self.by) else {
            return Ok(Vec::new());
        };
        if let Reach::CoUnit(unit_id) = scope.reach() {
            return self.co_rows(conn, unit_id, after, limit);
        }
        let mut query = issues::table.filter(within(scope)).filter(self.matching()).into_boxed();
        if let Some(after) = after {
            query = query.filter(later(after));
        }
        Ok(query.order((issues::step_due_at, issues::id)).limit(limit).select(Issue::as_select()).load(conn)?)
    }
}

/// The place a form names to come back to, if it is the first screen or one of the viewer's lists.
pub fn place(viewer: &Viewer, named: &str) -> Option<String> {
    let is_list = |list: &Worklist| named.strip_prefix("/work/") == Some(list.word);
    (named == "/" || of(viewer.role).iter().any(is_list)).then(|| named.to_owned())
}

/// What the viewer may turn to after an issue: the most urgent other one, of the first list that has any.
pub fn next(conn: &mut Conn, viewer: &Viewer, after: i64) -> Result<Option<Issue>> {
    for list in of(viewer.role) {
        if let Some(found) = list.rows(conn, viewer, None, 2)?.into_iter().find(|issue| issue.id != after) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
