//! The form of each step: its fields, and whether the step can be done now.
use crate::{
    access::{Permission, Viewer},
    directory::Directory,
    issue::{Dossier, apply::Actor, deadline, workflow::*},
    time::Time,
};

/// What a step's button says. Nobody rates for the company: an official writes down what it said on the telephone.
pub fn label(action: Action, viewer: &Viewer) -> &'static str {
    if action == Action::Answer && viewer.is_official() { "登记回访结果" } else { action.label() }
}

pub enum Kind {
    Text,
    Area,
    Number,
    Date,
    Select(Vec<(String, String)>),
    Multi(Vec<(String, String)>),
    Radio(Vec<(String, String)>),
    Check,
    File,
}

pub struct Field {
    pub id: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: Kind,
    /// Shown at first; what was typed replaces it.
    pub value: String,
}

fn field(id: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { id, label, hint: "", kind, value: String::new() }
}
impl Field {
    fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }
    fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }
}

macro_rules! choices {
    ($($one:expr),*) => { vec![$(($one.as_str().to_owned(), $one.label().to_owned())),*] };
}

fn all<T: Copy>(all: &[T], pair: impl Fn(T) -> (&'static str, &'static str)) -> Vec<(String, String)> {
    all.iter().map(|one| pair(*one)).map(|(word, label)| (word.to_owned(), label.to_owned())).collect()
}

/// What a request is proved with.
fn proof() -> Field {
    field("file", "证明材料（可不传，可多选）", Kind::File).hint("图片、PDF、Word、Excel 等，每个最多 20 MB")
}

fn yes_no() -> Kind {
    Kind::Radio(vec![("yes".into(), "是".into()), ("no".into(), "否".into())])
}

/// The four questions that every review answers.
fn four() -> Vec<Field> {
    vec![
        field("four_solved", "解决没有", yes_no()),
        field("four_replied", "答复没有", yes_no()),
        field("four_met", "对接没有", yes_no()),
        field("four_satisfied", "满意没有", yes_no()),
    ]
}

fn registration(dossier: &Dossier, directory: &Directory) -> Vec<Field> {
    vec![
        field("category", "问题类别", Kind::Select(directory.category_choices()))
            .value(dossier.issue.category_id.map(|id| id.to_string()).unwrap_or_default()),
        field("complexity", "复杂程度", Kind::Radio(all(Complexity::ALL, |one| (one.as_str(), one.label()))))
            .value(dossier.issue.complexity.unwrap_or(Complexity::C).as_str()),
        field("level", "办理层级", Kind::Radio(all(Level::ALL, |one| (one.as_str(), one.label()))))
            .value(dossier.issue.level.as_str()),
        field("urgency", "紧急程度", Kind::Radio(all(Urgency::ALL, |one| (one.as_str(), one.label()))))
            .value(dossier.issue.urgency.as_str()),
        field("duplicates_looked_at", "已看过同一企业的其他问题，不是重复反映", Kind::Check),
    ]
}

fn units(directory: &Directory) -> Vec<(String, String)> {
    directory.valid_units().map(|unit| (unit.id.to_string(), unit.name.clone())).collect()
}

/// The first words of a text, for a choice among several.
fn excerpt(text: &str) -> String {
    let head: String = text.chars().take(30).collect();
    if head.len() < text.len() { format!("{head}…") } else { head }
}

fn assignment(dossier: &Dossier, directory: &Directory) -> Vec<Field> {
    let units = units(directory);
    let deadlines = directory.rules.deadlines(Time::system());
    let templates = deadlines.templates.iter().map(|one| (one.name.clone(), one.name.clone())).collect();
    let suggested = dossier.issue.category_id.and_then(|id| directory.category(id)).and_then(|category| {
        // A category below another is usually handled by the same unit.
        let above = category.parent_id.and_then(|id| directory.category(id));
        let usual = [Some(category), above].into_iter().flatten().map(|one| one.default_lead_unit.as_str());
        let usual = usual.into_iter().find(|name| !name.is_empty())?;
        // It was taken back from a unit that had it.
        let had = |unit_id: i64| dossier.units.iter().any(|one| one.part == Part::Lead && one.unit_id == unit_id);
        directory.valid_units().find(|unit| unit.name == usual && !had(unit.id)).map(|unit| unit.id.to_string())
    });
    vec![
        field("lead_unit", "主办单位", Kind::Select(units.clone())).value(suggested.unwrap_or_default()),
        field("co_units", "协办单位（可不选，可多选）", Kind::Multi(units)),
        field("template", "时限模板（不选按类别和层级定）", Kind::Select(templates)),
        field("requirement", "办理要求", Kind::Area).value("请按时限办理并答复企业。"),
        field("responsible_leader", "责任领导（可不填）", Kind::Text),
    ]
}

/// 建档并交办: two steps of the table in one form and one transaction.
pub fn triage_fields(dossier: &Dossier, directory: &Directory) -> Vec<Field> {
    let mut fields = registration(dossier, directory);
    fields.extend(assignment(dossier, directory));
    fields
}

pub fn fields(action: Action, dossier: &Dossier, directory: &Directory, now: Time) -> Vec<Field> {
    let area = |id, label| field(id, label, Kind::Area);
    match action {
        Action::Register => registration(dossier, directory),
        Action::Dispatch => assignment(dossier, directory),
        Action::Merge => {
            vec![field("main", "主件的问题编号", Kind::Text), area("reason", "为什么是同一件事")]
        }
        Action::Reject => vec![
            area("reason", "不予受理的法定理由"),
            area("channel", "企业可以走的渠道").hint("例如：劳动人事争议仲裁，电话 12333"),
        ],
        Action::PassUp => vec![area("reason", "为什么要市级办理")],
        Action::RequestReturn => vec![
            area("reason", "退回的理由"),
            area("basis", "依据").hint("职责规定或文件名称、条款"),
            field("suggested_unit", "建议由哪个单位办理", Kind::Text),
            proof(),
        ],
        Action::UpholdReturn | Action::RefuseReturn => vec![area("finding", "裁定理由")],
        Action::UpholdDispute => vec![area("finding", "核实情况")],
        Action::DismissDispute => vec![area("finding", "核实情况和对企业的解释")],
        Action::Contact => {
            vec![field("person", "联系了谁", Kind::Text).hint("例如：何女士，电话"), area("note", "联系的情况")]
        }
        Action::Progress => vec![
            area("note", "做了什么、下一步做什么").hint("企业和工作组都看得到。一两句话即可。"),
            area("measures", "采取的措施（可不填）"),
        ],
        Action::RequestExtension => vec![
            field("days", "延期几个工作日", Kind::Number).value("5").hint("只能延一次，最多 10 个工作日"),
            area("reason", "延期的理由"),
            area("basis", "依据或证明").hint("文件、会议纪要、企业意见等；有原件的一并上传"),
            proof(),
        ],
        Action::GrantExtension => {
            vec![field("days", "同意延期几个工作日", Kind::Number).value("5"), area("opinion", "意见（可不填）")]
        }
        Action::RefuseExtension | Action::RefuseLongTerm => vec![area("opinion", "不同意的理由")],
        Action::AgreeLongTerm => vec![
            field("next_on", "首次报告日期", Kind::Date).hint("最迟不超过模板规定的报告间隔"),
            area("opinion", "意见（可不填）"),
        ],
        Action::RequestSupplement => vec![
            area("missing", "缺什么材料或说明"),
            field("days", "给企业几个工作日", Kind::Number).value(deadline::SUPPLEMENT_DAYS.to_string()),
        ],
        Action::Supplement => vec![area("text", "补充的内容"), field("file", "材料（可不传，可多选）", Kind::File)],
        Action::RequestLongTerm => vec![
            area("reason", "一时不能解决的原因"),
            area("milestones", "分阶段的目标"),
            field("next_on", "下次报告日期", Kind::Date).hint("最迟不超过模板规定的报告间隔"),
            area("told", "何时、怎样告知了企业"),
            proof(),
        ],
        Action::Report => vec![
            area("note", "阶段进展"),
            field("next_on", "下次报告日期（可不填）", Kind::Date).hint("不填的按模板规定的报告间隔"),
        ],
        Action::Resume => vec![area("note", "恢复办理的条件")],
        Action::CoReply => vec![area("text", "协办反馈")],
        Action::Reply => {
            let mut fields = vec![
                field(
                    "resolution",
                    "办结类别",
                    Kind::Radio(choices!(
                        Resolution::Solved,
                        Resolution::PartlySolved,
                        Resolution::Explained,
                        Resolution::Guided
                    )),
                ),
                area("text", "给企业的答复").value(dossier.detail.progress.clone()),
                area("measures", "采取的措施").value(dossier.detail.measures.clone()),
            ];
            if dossier.active_units().any(|unit| unit.part == Part::Co && unit.replied_at.is_never()) {
                fields.push(area("override_reason", "还有协办单位没有反馈，不再等待的理由"));
            }
            fields
        }
        Action::Approve => {
            let mut fields = four();
            fields.push(area("opinion", "审核意见（可不填）"));
            fields.push(field("invalid", "认定为无效（须在审核意见中写明理由）", Kind::Check));
            fields
        }
        Action::SendBack => {
            let mut fields = four();
            fields.push(area("reason", "退回重办的理由"));
            fields
        }
        Action::ReviewOnSite => {
            let mut fields = four();
            fields.push(area("opinion", "复核意见（可不填）"));
            fields
        }
        Action::Answer => vec![
            field(
                "solved",
                "问题解决了吗",
                Kind::Radio(choices!(crate::issue::workflow::Answer::Solved, Answer::Partly, Answer::No)),
            ),
            field("result", "对办理结果满意吗", Kind::Radio(all(Rating::ALL, |one| (one.as_str(), one.label())))),
            field("attitude", "对办理态度满意吗", Kind::Radio(all(Rating::ALL, |one| (one.as_str(), one.label())))),
            area("words", "想说的话（可不填，只有助企办看得到）"),
        ],
        Action::CallBack => vec![
            area("note", "回访情况"),
            field(
                "solved",
                "企业说解决了吗（未评价的才填）",
                Kind::Select(choices!(Answer::Solved, Answer::Partly, Answer::No)),
            ),
            field(
                "result",
                "企业对结果满意吗（未评价的才填）",
                Kind::Select(all(Rating::ALL, |one| (one.as_str(), one.label()))),
            ),
        ],
        Action::Reopen => vec![area("reason", "重开的理由")],
        Action::Appeal => vec![area("reason", "申诉理由")],
        Action::Split => vec![area("reason", "拆分的理由")],
        Action::Withdraw => vec![area("reason", "撤回的原因").hint("助企办会逐件回访撤回的问题")],
        Action::FindPressure => vec![area("finding", "回访中发现的情况")],
        Action::SolveOnSite => vec![area("text", "当场怎么解决的")],
        Action::Correct => vec![
            field("title", "标题", Kind::Text).value(dossier.issue.title.clone()),
            area("description", "问题描述").value(dossier.detail.description.clone()),
            area("demand", "企业诉求").value(dossier.detail.demand.clone()),
            field("enterprise", "企业（统一社会信用代码或准确名称）", Kind::Text)
                .value(dossier.issue.enterprise_name.clone()),
            field("contact_name", "联系人", Kind::Text).value(dossier.detail.contact_name.clone()),
            field("contact_phone", "联系电话（不填就不改）", Kind::Text)
                .hint("企业的人的电话，不能是工作人员的。改了以后，企业用新电话的尾号查询"),
            area("remark", "备注").value(dossier.detail.remark.clone()),
            field("category", "问题类别", Kind::Select(directory.category_choices()))
                .value(dossier.issue.category_id.map(|id| id.to_string()).unwrap_or_default()),
            area("reason", "更正的理由"),
        ],
        Action::Instruct => vec![
            area("text", "批示内容"),
            field("answer_by", "请在哪天前反馈（可不填）", Kind::Date).hint("到期没有反馈的，在待办里标逾期"),
        ],
        Action::AnswerInstruction => {
            let open = dossier.instructions.iter().map(|one| (one.id.to_string(), excerpt(&one.text)));
            let first = dossier.instructions.first().map(|one| one.id.to_string());
            vec![
                field("instruction", "反馈哪条批示", Kind::Select(open.collect())).value(first.unwrap_or_default()),
                area("text", "落实情况"),
            ]
        }
        Action::Transfer => vec![
            field("lead_unit", "改由哪个单位主办", Kind::Select(units(directory))),
            area("reason", "转办的理由").hint("时限不变，仍从第一次交办算起"),
        ],
        Action::Nudge => vec![area("text", "催办的话").value("请抓紧办理并登记进展。")],
        Action::Supervise => vec![area("text", "督办要求").value(if dossier.issue.overdue_at() < now {
            "请说明逾期原因，限期办结并反馈。"
        } else {
            "请加快办理，按时办结并反馈。"
        })],
        Action::Raise => vec![
            field("decided_by", "谁决定的", Kind::Text).hint("例如：市助企办 王主任"),
            area("reason", "提级的理由"),
        ],
        Action::FindFalse => vec![area("finding", "抽查发现的情况").hint("问题重开，由原单位重办；本月重开计一件")],
        Action::Submit
        | Action::Import
        | Action::CloseImported
        | Action::Sign
        | Action::AutoSign
        | Action::SupplementTimeout
        | Action::RatingTimeout
        | Action::Attach
        | Action::VoidAttachment
        | Action::PrintSlip
        | Action::Ask
        | Action::Remind
        | Action::RemindInstruction
        | Action::Recalculate => Vec::new(),
    }
}

/// Why a step that the status allows cannot be done now; None: it can.
pub fn shut(action: Action, dossier: &Dossier, viewer: Option<&Viewer>, now: Time) -> Option<String> {
    let (issue, detail) = (&dossier.issue, &dossier.detail);
    // What the step itself would ask, before anything is typed.
    let official = viewer.filter(|viewer| viewer.is_official());
    let asked = match (action, official.map(|viewer| Actor::of(viewer, Permission::Review))) {
        (Action::Reopen, None) => dossier.expect_lately_closed(now),
        (Action::UpholdDispute | Action::DismissDispute, Some(actor)) => dossier.expect_neutral(&actor),
        (Action::Approve | Action::SendBack, Some(actor)) => dossier.expect_other_than_handler(&actor),
        _ => Ok(()),
    };
    if let Err(why) = asked {
        return Some(why.to_string());
    }
    let why = match action {
        Action::RequestExtension if detail.extended_days > 0 => "只能延期一次，已经延过",
        Action::RequestExtension | Action::RequestLongTerm | Action::RequestSupplement
            if issue.request != Request::None =>
        {
            "已有申请等待助企办答复"
        }
        Action::RequestReturn if dossier.active_units().any(|unit| unit.part == Part::Lead && unit.return_refused) => {
            "退回申请已裁定不同意，一个单位只能申请一次"
        }
        Action::Answer if issue.status == Status::Merged && issue.answer.is_some() => "已经评价过",
        Action::Appeal if detail.appealed => "每件问题只能申诉一次",
        _ => return None,
    };
    Some(why.to_owned())
}

/// Done elsewhere than by a form of the step: files and slips have doors of their own.
pub fn has_own_door(action: Action) -> bool {
    matches!(action, Action::Attach | Action::VoidAttachment | Action::PrintSlip)
}

/// Steps that answer a request appear only while there is one; steps of machinery and with doors of their own never.
pub fn is_offered(action: Action, dossier: &Dossier, directory: &Directory) -> bool {
    match action {
        Action::GrantExtension | Action::RefuseExtension => dossier.issue.request == Request::Extension,
        Action::AgreeLongTerm | Action::RefuseLongTerm => dossier.issue.request == Request::LongTerm,
        Action::ReviewOnSite => dossier.issue.request == Request::OnSite,
        Action::Answer if dossier.issue.status == Status::Merged => dossier.issue.step_limit == StepLimit::Rating,
        // Only in one act with recording it, or with the registration by who recorded it.
        Action::SolveOnSite => false,
        Action::AnswerInstruction => !dossier.instructions.is_empty(),
        // 办理层级 alone does not bring it to the city's office.
        Action::Raise | Action::PassUp => directory.city().is_none_or(|city| city.id != dossier.issue.office_area_id),
        Action::AutoSign
        | Action::SupplementTimeout
        | Action::RatingTimeout
        | Action::Ask
        | Action::Remind
        | Action::RemindInstruction
        | Action::Recalculate => false,
        // Only an import knows what was answered then.
        Action::CloseImported => false,
        action => !has_own_door(action),
    }
}
