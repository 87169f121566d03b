//! The life of a problem as one table of data. Buttons, guards, replay and tests all come from `TRANSITIONS`.
//! Source of the rules: the campaign's published procedures, composed (收集 → 甄别建档 → 交办 → 签收 → 办理 → 答复 →
//! 审核 → 企业评价 → 销号).
use crate::access::Permission;

crate::text_enum! {
    pub enum Status {
        Submitted = "submitted", "待甄别";
        Registered = "registered", "待交办";
        Dispatched = "dispatched", "待签收";
        ReturnRequested = "return_requested", "退回待裁";
        InProgress = "in_progress", "办理中";
        WaitingEnterprise = "waiting_enterprise", "待企业补件";
        LongTerm = "long_term", "挂账跟踪";
        Replied = "replied", "待审核";
        AwaitingRating = "awaiting_rating", "待企业评价";
        Disputed = "disputed", "差评核实";
        Closed = "closed", "已销号";
        Rejected = "rejected", "不予受理";
        Merged = "merged", "已并案";
        Withdrawn = "withdrawn", "企业撤回";
    }
}

crate::text_enum! {
    /// In whose hands a problem is: colours the status and cuts the ledger into tabs.
    pub enum Holder {
        Office = "office", "助企办手中";
        Unit = "unit", "责任单位手中";
        Enterprise = "company", "企业手中";
        Closed = "closed", "已销号";
        Void = "void", "并案与不受理";
    }
}

impl Status {
    pub fn holder(self) -> Holder {
        use Status::*;
        match self {
            Submitted | Registered | ReturnRequested | Replied | Disputed => Holder::Office,
            Dispatched | InProgress | LongTerm => Holder::Unit,
            WaitingEnterprise | AwaitingRating => Holder::Enterprise,
            Closed => Holder::Closed,
            Rejected | Merged | Withdrawn => Holder::Void,
        }
    }
    pub const OPEN: &'static [Self] = {
        use Status::*;
        &[
            Submitted,
            Registered,
            Dispatched,
            ReturnRequested,
            InProgress,
            WaitingEnterprise,
            LongTerm,
            Replied,
            AwaitingRating,
            Disputed,
        ]
    };
    pub fn is_final(self) -> bool {
        matches!(self.holder(), Holder::Closed | Holder::Void)
    }
    /// The theme's class: the dot says in whose hands it is.
    pub fn class(self) -> &'static str {
        match self.holder() {
            Holder::Office => "state-office",
            Holder::Unit => "state-unit",
            Holder::Enterprise => "state-company",
            Holder::Closed => "state-closed",
            Holder::Void => "state-void",
        }
    }
    /// Statuses in which somebody of the city has to act, so that a passed limit is the city's.
    pub fn can_be_overdue(self) -> bool {
        matches!(self.holder(), Holder::Office | Holder::Unit)
    }
}

crate::text_enum! {
    pub enum Action {
        Submit = "submit", "收集";
        Import = "import", "历史导入";
        CloseImported = "close_imported", "历史答复";
        Register = "register", "建档";
        Merge = "merge", "并案";
        Reject = "reject", "不予受理";
        PassUp = "pass_up", "提交市级";
        Dispatch = "dispatch", "交办";
        Sign = "sign", "签收";
        AutoSign = "auto_sign", "到时自动签收";
        RequestReturn = "request_return", "申请退回";
        UpholdReturn = "uphold_return", "同意退回";
        RefuseReturn = "refuse_return", "不同意退回";
        Contact = "contact", "联系企业";
        Progress = "progress", "登记进展";
        RequestExtension = "request_extension", "申请延期";
        GrantExtension = "grant_extension", "同意延期";
        RefuseExtension = "refuse_extension", "不同意延期";
        RequestSupplement = "request_supplement", "请企业补件";
        Supplement = "supplement", "企业补件";
        SupplementTimeout = "supplement_timeout", "补件到时恢复办理";
        RequestLongTerm = "request_long_term", "申请挂账";
        AgreeLongTerm = "agree_long_term", "同意挂账";
        RefuseLongTerm = "refuse_long_term", "不同意挂账";
        Report = "report", "挂账阶段报告";
        Resume = "resume", "恢复办理";
        CoReply = "co_reply", "协办反馈";
        Reply = "reply", "答复并报审核";
        Approve = "approve", "审核通过";
        SendBack = "send_back", "退回重办";
        Answer = "answer", "企业评价";
        Ask = "ask", "请企业评价";
        RatingTimeout = "rating_timeout", "到期未评价销号";
        UpholdDispute = "uphold_dispute", "认定差评属实并重办";
        DismissDispute = "dismiss_dispute", "认定差评不属实并销号";
        Reopen = "reopen", "重开";
        Appeal = "appeal", "申诉";
        Split = "split", "拆分";
        Withdraw = "withdraw", "企业撤回";
        FindPressure = "find_pressure", "回访发现施压";
        CallBack = "call_back", "回访记录";
        SolveOnSite = "solve_on_site", "当场解决";
        ReviewOnSite = "review_on_site", "当场解决复核";
        Correct = "correct", "更正";
        Attach = "attach", "添加附件";
        VoidAttachment = "void_attachment", "作废附件";
        PrintSlip = "print_slip", "打印查询单";
        Instruct = "instruct", "批示";
        AnswerInstruction = "answer_instruction", "反馈批示";
        RemindInstruction = "remind_instruction", "批示提醒";
        Transfer = "transfer", "转办";
        Remind = "remind", "临期提醒";
        Nudge = "nudge", "催办";
        Supervise = "supervise", "督办";
        Raise = "raise", "提级";
        Recalculate = "recalculate", "时限重算";
        FindFalse = "find_false", "认定假办结";
    }
}

impl Action {
    /// Those that press for the next step and change nothing about the problem.
    pub const PRESSING: &[Self] = &[Self::Remind, Self::Nudge, Self::Supervise, Self::RemindInstruction];

    /// Why it cannot be done in a status.
    pub fn out_of_place(self, status: Status) -> String {
        format!("这件问题现在是“{}”，不能做“{}”", status.label(), self.label())
    }
}

#[derive(Debug)]
pub struct Transition {
    pub action: Action,
    pub from: &'static [Status],
    /// Where it can lead; empty: the status stays. Where there are two, the step's content decides.
    pub to: &'static [Status],
    /// Any one of these opens the step.
    pub needs: &'static [Permission],
}

const fn t(action: Action, from: &'static [Status], to: &'static [Status], needs: &'static [Permission]) -> Transition {
    Transition { action, from, to, needs }
}

/// Statuses in which an office or a unit has to act, and can be reminded of it.
const CITY: &[Status] = {
    use Status::*;
    &[Submitted, Registered, Dispatched, ReturnRequested, InProgress, LongTerm, Replied, Disputed]
};

pub const TRANSITIONS: &[Transition] = {
    use {Permission as P, Status::*};
    &[
        t(Action::Register, &[Submitted], &[Registered], &[P::Triage, P::SolveOnSite]),
        t(Action::CloseImported, &[Submitted], &[Closed], &[P::Import]),
        t(Action::Merge, &[Submitted, Registered, Dispatched, InProgress], &[Merged], &[P::Triage]),
        t(Action::Reject, &[Submitted], &[Rejected], &[P::Triage]),
        t(Action::PassUp, &[Submitted], &[Submitted], &[P::Triage]),
        t(Action::Dispatch, &[Registered], &[Dispatched], &[P::Triage]),
        t(Action::Sign, &[Dispatched], &[InProgress], &[P::Handle]),
        t(Action::AutoSign, &[Dispatched], &[InProgress], &[P::System]),
        t(Action::RequestReturn, &[Dispatched], &[ReturnRequested], &[P::Handle]),
        t(Action::UpholdReturn, &[ReturnRequested], &[Registered], &[P::Review]),
        t(Action::RefuseReturn, &[ReturnRequested], &[InProgress], &[P::Review]),
        t(Action::Contact, &[InProgress, LongTerm], &[], &[P::Handle]),
        t(Action::Progress, &[InProgress], &[], &[P::Handle]),
        t(Action::RequestExtension, &[InProgress], &[], &[P::Handle]),
        t(Action::GrantExtension, &[InProgress], &[], &[P::Review]),
        t(Action::RefuseExtension, &[InProgress], &[], &[P::Review]),
        t(Action::RequestSupplement, &[InProgress], &[WaitingEnterprise], &[P::Handle]),
        t(Action::Supplement, &[WaitingEnterprise], &[InProgress], &[P::AnswerAsEnterprise]),
        t(Action::SupplementTimeout, &[WaitingEnterprise], &[InProgress], &[P::System]),
        t(Action::RequestLongTerm, &[InProgress], &[], &[P::Handle]),
        t(Action::AgreeLongTerm, &[InProgress], &[LongTerm], &[P::Review]),
        t(Action::RefuseLongTerm, &[InProgress], &[], &[P::Review]),
        t(Action::Report, &[LongTerm], &[], &[P::Handle]),
        t(Action::Resume, &[LongTerm], &[InProgress], &[P::Handle]),
        t(Action::CoReply, &[Dispatched, InProgress, WaitingEnterprise, LongTerm], &[], &[P::CoHandle]),
        t(Action::Reply, &[InProgress, LongTerm], &[Replied], &[P::Handle]),
        t(Action::Approve, &[Replied], &[AwaitingRating], &[P::Review]),
        t(Action::SendBack, &[Replied], &[InProgress], &[P::Review]),
        t(Action::Answer, &[AwaitingRating], &[Closed, Disputed], &[P::AnswerAsEnterprise, P::CallBack]),
        t(Action::Answer, &[Merged], &[Merged, Disputed], &[P::AnswerAsEnterprise, P::CallBack]),
        t(Action::Ask, &[Merged], &[], &[P::System]),
        t(Action::RatingTimeout, &[AwaitingRating], &[Closed], &[P::System]),
        t(Action::UpholdDispute, &[Disputed], &[InProgress, Registered], &[P::Review]),
        t(Action::DismissDispute, &[Disputed], &[Closed], &[P::Review]),
        t(Action::Reopen, &[Closed], &[InProgress, Registered], &[P::Review, P::AnswerAsEnterprise]),
        t(Action::Appeal, &[Rejected], &[Submitted], &[P::AnswerAsEnterprise]),
        t(Action::Split, &[Merged], &[Submitted, Registered, Dispatched, InProgress], &[P::Triage, P::System]),
        t(Action::Withdraw, Status::OPEN, &[Withdrawn], &[P::AnswerAsEnterprise]),
        t(Action::FindPressure, &[Withdrawn], &[Submitted], &[P::CallBack]),
        t(Action::CallBack, &[Withdrawn], &[], &[P::CallBack]),
        t(Action::CallBack, &[Closed], &[Closed, Disputed], &[P::CallBack]),
        t(Action::SolveOnSite, &[Registered], &[AwaitingRating], &[P::SolveOnSite]),
        t(Action::ReviewOnSite, &[AwaitingRating], &[AwaitingRating, Registered], &[P::Review]),
        t(Action::ReviewOnSite, &[Closed], &[Closed, Registered], &[P::Review]),
        t(Action::Correct, Status::OPEN, &[], &[P::CorrectIssue]),
        t(Action::Attach, Status::OPEN, &[], &[P::AnswerAsEnterprise, P::SeeIssues]),
        t(Action::VoidAttachment, Status::ALL, &[], &[P::AnswerAsEnterprise, P::SeeIssues]),
        t(Action::PrintSlip, Status::ALL, &[], &[P::RecordIssue, P::Triage]),
        t(Action::Instruct, Status::OPEN, &[], &[P::Instruct]),
        t(Action::AnswerInstruction, Status::ALL, &[], &[P::Handle, P::Review]),
        t(Action::RemindInstruction, Status::ALL, &[], &[P::System]),
        t(Action::Transfer, &[Dispatched, InProgress, LongTerm], &[Dispatched], &[P::Triage]),
        t(Action::Remind, CITY, &[], &[P::System]),
        t(Action::Nudge, CITY, &[], &[P::Review, P::System]),
        t(Action::Supervise, CITY, &[], &[P::Review, P::System]),
        t(Action::Raise, CITY, &[], &[P::Review, P::System]),
        t(Action::Recalculate, Status::OPEN, &[], &[P::System]),
        t(Action::FindFalse, &[Closed], &[InProgress, Registered], &[P::CallBack]),
    ]
};

/// The line of the table for an action in a status.
pub fn transition(action: Action, from: Status) -> Option<&'static Transition> {
    TRANSITIONS.iter().find(|line| line.action == action && line.from.contains(&from))
}

/// What can be done in a status, in the table's order.
pub fn actions(from: Status) -> impl Iterator<Item = &'static Transition> {
    TRANSITIONS.iter().filter(move |line| line.from.contains(&from))
}

crate::text_enum! {
    pub enum Channel {
        Visit = "visit", "走访";
        Symposium = "symposium", "座谈会";
        Portal = "portal", "企业直报";
        Hotline = "hotline", "热线转办";
        Superior = "superior", "上级交办";
        Instruction = "instruction", "领导批示";
        Import = "import", "批量导入";
    }
}
crate::text_enum! {
    pub enum Complexity {
        A = "A", "A类（历史遗留）";
        B = "B", "B类（跨部门）";
        C = "C", "C类（简单）";
    }
}
crate::text_enum! {
    pub enum Level {
        City = "city", "市级";
        County = "county", "县级";
    }
}
crate::text_enum! {
    pub enum Urgency {
        Normal = "normal", "一般";
        Urgent = "urgent", "紧急";
    }
}
crate::text_enum! {
    /// 办结类别. Which of them count as resolved is a setting; by default the first alone.
    pub enum Resolution {
        Solved = "solved", "已解决";
        PartlySolved = "partly_solved", "部分解决";
        Explained = "explained", "解释说明";
        Guided = "guided", "引导法定渠道";
        Invalid = "invalid", "无效";
    }
}
crate::text_enum! {
    /// What the company said; `Unrated` is no answer within the time.
    pub enum Answer {
        Solved = "solved", "解决了";
        Partly = "partly", "部分解决";
        No = "no", "没有解决";
        Unrated = "unrated", "未评价";
    }
}
crate::text_enum! {
    pub enum Rating {
        VerySatisfied = "very_satisfied", "非常满意";
        Satisfied = "satisfied", "满意";
        Basic = "basic", "基本满意";
        Dissatisfied = "dissatisfied", "不满意";
        VeryDissatisfied = "very_dissatisfied", "非常不满意";
    }
}
impl Rating {
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Dissatisfied | Self::VeryDissatisfied)
    }
}
crate::text_enum! {
    /// What waits for the office besides the status.
    pub enum Request {
        None = "", "无";
        Extension = "extension", "延期申请";
        LongTerm = "long_term", "挂账申请";
        OnSite = "on_site", "当场解决待复核";
    }
}
crate::text_enum! {
    /// The limit of the step in hand, which the light tells.
    pub enum StepLimit {
        None = "", "无";
        Triage = "triage", "甄别交办";
        Sign = "sign", "签收";
        Return = "return", "退回裁定";
        Contact = "contact", "首次联系";
        Progress = "progress", "登记进展";
        Reply = "reply", "答复";
        Supplement = "supplement", "企业补件";
        Report = "report", "挂账报告";
        Review = "review", "审核";
        Rating = "rating", "企业评价";
        Dispute = "dispute", "差评核实";
        CallBack = "call_back", "撤回回访";
        // Never an issue's own limit: a co-handling unit's, where it is pressed.
        CoReply = "co_reply", "协办反馈";
    }
}
crate::text_enum! {
    /// The ladder of supervision, one rung after the other for the limit in hand.
    pub enum Stage {
        Remind = "remind", "临期提醒";
        Nudge = "nudge", "催办";
        Supervise = "supervise", "督办单";
        Raise = "raise", "提级";
    }
}
crate::text_enum! {
    pub enum Part {
        Lead = "lead", "主办";
        Co = "co", "协办";
    }
}
