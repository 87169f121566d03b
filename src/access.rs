//! Who may do what, and to which rows: the one permission table.
//!
//! A request names a permission; `Viewer::scope` answers with a `Scope` or with nothing. A `Scope` says which rows and
//! can be made in this file only, and every query that serves a page takes one: without a permission there are no rows
//! to ask for. A missing permission is 403, a row outside the scope is 404.
use crate::error::{Error, Result};

crate::text_enum! {
    /// The ten roles of the campaign. An account has one or none, so the three administrators exclude each other and
    /// every business role by construction; there is no superuser.
    pub enum Role {
        Dispatcher = "dispatcher", "调度员";
        GroupLeader = "group_leader", "工作组组长";
        Cadre = "cadre", "包联干部";
        Handler = "handler", "经办人";
        Leader = "leader", "包联领导";
        CallbackAgent = "callback_agent", "回访员";
        Enterprise = "enterprise", "企业";
        Sysadmin = "sysadmin", "系统管理员";
        Secadmin = "secadmin", "安全管理员";
        Auditadmin = "auditadmin", "审计管理员";
    }
}

crate::text_enum! {
    /// What a request asks to do. Workflow steps name theirs in `issue::workflow::TRANSITIONS`.
    pub enum Permission {
        SeeIssues = "see_issues", "查看问题";
        RecordIssue = "record_issue", "记录问题";
        CorrectIssue = "correct_issue", "更正问题";
        SolveOnSite = "solve_on_site", "当场解决";
        Triage = "triage", "甄别交办";
        Review = "review", "审核裁定";
        Handle = "handle", "办理";
        CoHandle = "co_handle", "协办";
        AnswerAsEnterprise = "answer_as_enterprise", "企业补充和评价";
        CallBack = "call_back", "回访";
        Instruct = "instruct", "批示";
        Supervise = "supervise", "督办";
        FollowInstructions = "follow_instructions", "落实批示";
        SeeSpotChecks = "see_spot_checks", "查看抽查和假办结线索";
        System = "system", "到时自动处理";
        SeeEnterprises = "see_enterprises", "查看企业";
        EditEnterprises = "edit_enterprises", "维护企业";
        RevealPhones = "reveal_phones", "查看完整电话";
        Assign = "assign", "包联和移交";
        SeeVisits = "see_visits", "查看走访和座谈";
        RecordVisits = "record_visits", "记录走访和座谈";
        SeeGroups = "see_groups", "查看工作组";
        EditGroups = "edit_groups", "维护工作组";
        EditCategories = "edit_categories", "维护问题类别";
        EditDeadlines = "edit_deadlines", "维护时限模板";
        EditReporting = "edit_reporting", "维护统计设置";
        SeeReports = "see_reports", "查看报表";
        Export = "export", "导出";
        Import = "import", "导入";
        ReadFeedback = "read_feedback", "阅读意见建议";
        RunSystem = "run_system", "维护辖区、单位和账号";
        GrantRights = "grant_rights", "授予和收回权限";
        SeeAudit = "see_audit", "查看审计日志";
    }
}

/// Which rows. What a word means for a table is said by that feature's `query.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The whole city.
    Everything,
    /// Rows of one area.
    Area(i64),
    /// Issues in the hands of one area's office.
    Office(i64),
    Group(i64),
    /// Issues that one unit leads or helps with.
    Unit(i64),
    /// Issues that one unit leads.
    LeadUnit(i64),
    /// Issues that one unit helps with.
    CoUnit(i64),
    /// Companies assigned to one cadre, with their problems; the visits that the cadre recorded.
    Own(i64),
    Enterprise(i64),
    /// The one issue whose query code was given.
    Issue(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(Reach);

impl Scope {
    pub fn reach(self) -> Reach {
        self.0
    }
    /// For the one who holds an issue's query code and the last digits of its contact's phone.
    pub fn by_query_code(issue_id: i64) -> Self {
        Self(Reach::Issue(issue_id))
    }
    /// For the server's own work: time-outs, command lines run by who may read the database file anyway.
    pub fn system() -> Self {
        Self(Reach::Everything)
    }
}

/// Who is signed in, as the session says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub id: i64,
    pub account: String,
    pub name: String,
    pub role: Option<Role>,
    pub area_id: Option<i64>,
    /// The account's area is the city itself, not one of its areas.
    pub is_city: bool,
    pub group_id: Option<i64>,
    pub unit_id: Option<i64>,
    pub enterprise_id: Option<i64>,
    /// Where the person belongs, in words: unit, group, company or area.
    pub home: String,
    pub must_change_password: bool,
    /// SHA-256 of the session's key.
    pub session: Vec<u8>,
}

impl Viewer {
    /// The permission table.
    pub fn scope(&self, permission: Permission) -> Option<Scope> {
        use {Permission::*, Role::*};
        let area = |county: fn(i64) -> Reach| match (self.is_city, self.area_id) {
            (true, _) => Some(Reach::Everything),
            (false, area) => area.map(county),
        };
        let group = || self.group_id.map(Reach::Group);
        let reach = match (self.role?, permission) {
            (Dispatcher, SeeIssues | RecordIssue | CorrectIssue | SeeEnterprises | EditEnterprises | RevealPhones) => {
                area(Reach::Area)
            }
            (Dispatcher, Assign | SeeVisits | RecordVisits | SeeGroups | EditGroups | SeeReports | Export) => {
                area(Reach::Area)
            }
            (Dispatcher, Triage | Review) => area(Reach::Office),
            (Dispatcher, Supervise | FollowInstructions | SeeSpotChecks) => area(Reach::Area),
            // What the whole city shares is the city office's alone.
            (Dispatcher, EditCategories | EditDeadlines | EditReporting | Import | ReadFeedback) => {
                self.is_city.then_some(Reach::Everything)
            }

            (GroupLeader, SeeIssues | RecordIssue | CorrectIssue | SolveOnSite | SeeEnterprises | EditEnterprises) => {
                group()
            }
            (GroupLeader, RevealPhones | Assign | SeeVisits | RecordVisits | SeeGroups | SeeReports | Export) => {
                group()
            }

            (Cadre, SeeIssues | SeeEnterprises | SeeVisits | SeeGroups) => group(),
            (Cadre, RecordIssue | CorrectIssue | SolveOnSite | RecordVisits | RevealPhones) => {
                Some(Reach::Own(self.id))
            }

            (Handler, SeeIssues | Export | RevealPhones) => self.unit_id.map(Reach::Unit),
            (Handler, Handle) => self.unit_id.map(Reach::LeadUnit),
            (Handler, CoHandle) => self.unit_id.map(Reach::CoUnit),
            (Handler, FollowInstructions) => self.unit_id.map(Reach::Unit),
            (Handler, SeeReports) => self.unit_id.map(Reach::LeadUnit),

            (Leader, SeeIssues | SeeEnterprises | SeeVisits | SeeGroups | SeeReports | Export | Instruct) => {
                area(Reach::Area)
            }

            (Leader, Supervise | SeeSpotChecks) => area(Reach::Area),
            // Those that the leader gave.
            (Leader, FollowInstructions) => Some(Reach::Own(self.id)),

            (CallbackAgent, SeeIssues | SeeEnterprises | RevealPhones | CallBack | SeeSpotChecks) => area(Reach::Area),

            (Enterprise, SeeIssues | RecordIssue | AnswerAsEnterprise | SeeEnterprises) => {
                self.enterprise_id.map(Reach::Enterprise)
            }

            (Sysadmin, RunSystem) | (Secadmin, GrantRights) | (Auditadmin, SeeAudit) => Some(Reach::Everything),
            _ => None,
        };
        reach.map(Scope)
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.scope(permission).is_some()
    }
    pub fn require(&self, permission: Permission) -> Result<Scope> {
        self.scope(permission).ok_or(Error::Forbidden)
    }
    /// The office and those who call back for it read a company's own words; leaders, groups and units do not.
    pub fn reads_company_words(&self) -> bool {
        matches!(self.role, Some(Role::Dispatcher | Role::CallbackAgent))
    }
    /// An account of an official: such a session never speaks for a company.
    pub fn is_official(&self) -> bool {
        self.role != Some(Role::Enterprise)
    }
}
