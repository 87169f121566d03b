//! The form of each step: its fields, and the step that a sent form means.
use crate::{
    access::Viewer,
    directory::Directory,
    error::Invalid,
    form::Form,
    issue::{Dossier, deadline, step::*, workflow::*},
};

pub enum Kind {
    Text,
    Area,
    Number,
    Date,
    Select(Vec<(String, String)>),
    Multi(Vec<(String, String)>),
    Radio(Vec<(String, String)>),
    Check,
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
    Field {
        id,
        label,
        hint: "",
        kind,
        value: String::new(),
    }
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
    all.iter()
        .map(|one| pair(*one))
        .map(|(word, label)| (word.to_owned(), label.to_owned()))
        .collect()
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
    let categories = directory
        .top_categories()
        .map(|category| (category.id.to_string(), category.name.clone()))
        .collect();
    vec![
        field("category", "问题大类", Kind::Select(categories))
            .value(dossier.issue.category_id.map(|id| id.to_string()).unwrap_or_default()),
        field(
            "complexity",
            "复杂程度",
            Kind::Radio(all(Complexity::ALL, |one| (one.as_str(), one.label()))),
        )
        .value("C"),
        field(
            "level",
            "办理层级",
            Kind::Radio(all(Level::ALL, |one| (one.as_str(), one.label()))),
        )
        .value(dossier.issue.level.as_str()),
        field(
            "urgency",
            "紧急程度",
            Kind::Radio(all(Urgency::ALL, |one| (one.as_str(), one.label()))),
        )
        .value(dossier.issue.urgency.as_str()),
        field(
            "duplicates_looked_at",
            "已看过同一企业的其他问题，不是重复反映",
            Kind::Check,
        ),
    ]
}

fn assignment(dossier: &Dossier, directory: &Directory) -> Vec<Field> {
    let units: Vec<(String, String)> = directory
        .valid_units()
        .map(|unit| (unit.id.to_string(), unit.name.clone()))
        .collect();
    let suggested = dossier
        .issue
        .category_id
        .and_then(|id| directory.category(id))
        .and_then(|category| {
            directory
                .valid_units()
                .find(|unit| unit.name == category.default_lead_unit)
                .map(|unit| unit.id.to_string())
        });
    vec![
        field("lead_unit", "主办单位", Kind::Select(units.clone())).value(suggested.unwrap_or_default()),
        field("co_units", "协办单位（可不选，可多选）", Kind::Multi(units)),
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

pub fn fields(action: Action, dossier: &Dossier, directory: &Directory) -> Vec<Field> {
    let area = |id, label| field(id, label, Kind::Area);
    match action {
        Action::Register => registration(dossier, directory),
        Action::Dispatch => assignment(dossier, directory),
        Action::Merge => {
            vec![
                field("main", "主件的问题编号", Kind::Text),
                area("reason", "为什么是同一件事"),
            ]
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
        ],
        Action::UpholdReturn | Action::RefuseReturn => vec![area("finding", "裁定理由")],
        Action::UpholdDispute => vec![area("finding", "核实情况")],
        Action::DismissDispute => vec![area("finding", "核实情况和对企业的解释")],
        Action::Contact => vec![
            field("person", "联系了谁", Kind::Text).hint("例如：何女士，电话"),
            area("note", "联系的情况"),
        ],
        Action::Progress => vec![
            area("note", "做了什么、下一步做什么").hint("企业和工作组都看得到。一两句话即可。"),
            area("measures", "采取的措施（可不填）"),
        ],
        Action::RequestExtension => vec![
            field("days", "延期几个工作日", Kind::Number)
                .value("5")
                .hint("只能延一次，最多 10 个工作日"),
            area("reason", "延期的理由"),
        ],
        Action::GrantExtension => {
            vec![
                field("days", "同意延期几个工作日", Kind::Number).value("5"),
                area("opinion", "意见（可不填）"),
            ]
        }
        Action::RefuseExtension | Action::RefuseLongTerm => vec![area("opinion", "不同意的理由")],
        Action::AgreeLongTerm => vec![area("opinion", "意见（可不填）")],
        Action::RequestSupplement => vec![
            area("missing", "缺什么材料或说明"),
            field("days", "给企业几个工作日", Kind::Number).value(deadline::SUPPLEMENT_DAYS.to_string()),
        ],
        Action::Supplement => vec![area("text", "补充的内容")],
        Action::RequestLongTerm => vec![
            area("reason", "一时不能解决的原因"),
            area("milestones", "分阶段的目标"),
            field("next_on", "下次报告日期", Kind::Date),
            area("told", "何时、怎样告知了企业"),
        ],
        Action::Report => vec![area("note", "阶段进展")],
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
            if dossier
                .active_units()
                .any(|unit| unit.part == Part::Co && unit.replied_at.is_never())
            {
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
                Kind::Radio(choices!(
                    crate::issue::workflow::Answer::Solved,
                    Answer::Partly,
                    Answer::No
                )),
            ),
            field(
                "result",
                "对办理结果满意吗",
                Kind::Radio(all(Rating::ALL, |one| (one.as_str(), one.label()))),
            ),
            field(
                "attitude",
                "对办理态度满意吗",
                Kind::Radio(all(Rating::ALL, |one| (one.as_str(), one.label()))),
            ),
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
            area("remark", "备注").value(dossier.detail.remark.clone()),
            area("reason", "更正的理由"),
        ],
        Action::Instruct => vec![area("text", "批示内容")],
        Action::Submit
        | Action::Import
        | Action::Sign
        | Action::AutoSign
        | Action::SupplementTimeout
        | Action::RatingTimeout => Vec::new(),
    }
}

/// Why a step that the status allows cannot be done now; None: it can.
pub fn shut(action: Action, dossier: &Dossier) -> Option<&'static str> {
    let (issue, detail) = (&dossier.issue, &dossier.detail);
    match action {
        Action::RequestExtension if detail.extended_days > 0 => Some("只能延期一次，已经延过"),
        Action::RequestExtension | Action::RequestLongTerm if issue.request != Request::None => {
            Some("已有申请等待助企办答复")
        }
        Action::RequestReturn
            if dossier
                .active_units()
                .any(|unit| unit.part == Part::Lead && unit.return_refused) =>
        {
            Some("退回申请已裁定不同意，一个单位只能申请一次")
        }
        Action::Answer if issue.status == Status::Merged && issue.answer.is_some() => Some("已经评价过"),
        Action::Appeal if detail.appealed => Some("每件问题只能申诉一次"),
        _ => None,
    }
}

/// Steps that answer a request appear only while there is one; steps of machinery never.
pub fn is_offered(action: Action, dossier: &Dossier) -> bool {
    match action {
        Action::GrantExtension | Action::RefuseExtension => dossier.issue.request == Request::Extension,
        Action::AgreeLongTerm | Action::RefuseLongTerm => dossier.issue.request == Request::LongTerm,
        Action::ReviewOnSite => dossier.issue.request == Request::OnSite,
        Action::Answer if dossier.issue.status == Status::Merged => dossier
            .main
            .is_some_and(|main| matches!(main.status, Status::AwaitingRating | Status::Closed)),
        Action::AutoSign | Action::SupplementTimeout | Action::RatingTimeout => false,
        _ => true,
    }
}

fn four_answers(form: &Form, invalid: &mut Invalid) -> FourAnswers {
    let mut one = |id: &str, what: &str| match form.text(id) {
        "yes" => true,
        "no" => false,
        _ => {
            invalid.add(id, format!("请回答：{what}"));
            false
        }
    };
    FourAnswers {
        solved: one("four_solved", "解决没有"),
        replied: one("four_replied", "答复没有"),
        met: one("four_met", "对接没有"),
        satisfied: one("four_satisfied", "满意没有"),
    }
}

/// What a sent form means. `main` is the issue that the number in the form names, looked up by the caller.
pub fn step(
    action: Action,
    form: &Form,
    dossier: &Dossier,
    viewer: &Viewer,
    main: Option<i64>,
) -> Result<Step, Invalid> {
    let mut invalid = Invalid::default();
    for (id, value) in &form.0 {
        if value.chars().count() > 5000 {
            invalid.add(id, "最多 5000 个字");
        }
    }
    let text = |id: &str| form.text(id).to_owned();
    let step = match action {
        Action::Register => Step::Register {
            category_id: form
                .required_as("category", "请选择问题大类", &mut invalid)
                .unwrap_or(0),
            complexity: form
                .required_as("complexity", "请选择复杂程度", &mut invalid)
                .unwrap_or(Complexity::C),
            level: form.parse("level").unwrap_or(dossier.issue.level),
            urgency: form.parse("urgency").unwrap_or(Urgency::Normal),
            duplicates_looked_at: form.has("duplicates_looked_at"),
        },
        Action::Dispatch => Step::Dispatch {
            lead_unit_id: form
                .required_as("lead_unit", "请选择主办单位", &mut invalid)
                .unwrap_or(0),
            co_unit_ids: form.all("co_units").filter_map(|id| id.parse().ok()).collect(),
            template: deadline::TEMPLATE.name.to_owned(),
            requirement: text("requirement"),
            responsible_leader: text("responsible_leader"),
        },
        Action::Merge => {
            let number = form.required("main", "请填写主件的问题编号", &mut invalid);
            if !number.is_empty() && main.is_none() {
                invalid.add("main", "没有这个编号的问题，或者您看不到它");
            }
            Step::Merge {
                main_issue_id: main.unwrap_or(0),
                main_number: number,
                reason: text("reason"),
            }
        }
        Action::Reject => Step::Reject {
            reason: text("reason"),
            channel: text("channel"),
        },
        Action::PassUp => Step::PassUp { reason: text("reason") },
        Action::Sign => Step::Sign,
        Action::RequestReturn => Step::RequestReturn {
            reason: text("reason"),
            basis: text("basis"),
            suggested_unit: text("suggested_unit"),
        },
        Action::UpholdReturn => Step::UpholdReturn {
            finding: text("finding"),
        },
        Action::RefuseReturn => Step::RefuseReturn {
            finding: text("finding"),
        },
        Action::Contact => Step::Contact {
            person: text("person"),
            note: text("note"),
        },
        Action::Progress => Step::Progress {
            note: text("note"),
            measures: text("measures"),
        },
        Action::RequestExtension => Step::RequestExtension {
            days: form.required_as("days", "请填写天数", &mut invalid).unwrap_or(1),
            reason: text("reason"),
        },
        Action::GrantExtension => Step::GrantExtension {
            days: form.required_as("days", "请填写天数", &mut invalid).unwrap_or(1),
            opinion: text("opinion"),
        },
        Action::RefuseExtension => Step::RefuseExtension {
            opinion: text("opinion"),
        },
        Action::RequestSupplement => Step::RequestSupplement {
            missing: text("missing"),
            days: form.required_as("days", "请填写天数", &mut invalid).unwrap_or(1),
        },
        Action::Supplement => Step::Supplement { text: text("text") },
        Action::RequestLongTerm => Step::RequestLongTerm {
            reason: text("reason"),
            milestones: text("milestones"),
            next_on: form
                .required_as("next_on", "请填写下次报告日期", &mut invalid)
                .unwrap_or_default(),
            told: text("told"),
        },
        Action::AgreeLongTerm => Step::AgreeLongTerm {
            opinion: text("opinion"),
        },
        Action::RefuseLongTerm => Step::RefuseLongTerm {
            opinion: text("opinion"),
        },
        Action::Report => Step::Report { note: text("note") },
        Action::Resume => Step::Resume { note: text("note") },
        Action::CoReply => Step::CoReply { text: text("text") },
        Action::Reply => Step::Reply {
            resolution: form
                .required_as("resolution", "请选择办结类别", &mut invalid)
                .unwrap_or(Resolution::Explained),
            text: text("text"),
            measures: text("measures"),
            override_reason: text("override_reason"),
        },
        Action::Approve => Step::Approve {
            four: four_answers(form, &mut invalid),
            opinion: text("opinion"),
            invalid: form.has("invalid"),
        },
        Action::SendBack => Step::SendBack {
            four: four_answers(form, &mut invalid),
            reason: text("reason"),
        },
        Action::ReviewOnSite => Step::ReviewOnSite {
            four: four_answers(form, &mut invalid),
            opinion: text("opinion"),
        },
        Action::Answer => Step::Answer {
            solved: form
                .required_as("solved", "请选择问题是否解决", &mut invalid)
                .unwrap_or(Answer::No),
            result: form
                .required_as("result", "请选择对结果是否满意", &mut invalid)
                .unwrap_or(Rating::Basic),
            attitude: form
                .required_as("attitude", "请选择对态度是否满意", &mut invalid)
                .unwrap_or(Rating::Basic),
            words: text("words"),
            called_back_by: if viewer.is_official() {
                viewer.name.clone()
            } else {
                String::new()
            },
        },
        Action::CallBack => Step::CallBack {
            note: text("note"),
            solved: form.parse("solved"),
            result: form.parse("result"),
        },
        Action::UpholdDispute => Step::UpholdDispute {
            finding: text("finding"),
        },
        Action::DismissDispute => Step::DismissDispute {
            finding: text("finding"),
        },
        Action::Reopen => Step::Reopen { reason: text("reason") },
        Action::Appeal => Step::Appeal { reason: text("reason") },
        Action::Split => Step::Split { reason: text("reason") },
        Action::Withdraw => Step::Withdraw { reason: text("reason") },
        Action::FindPressure => Step::FindPressure {
            finding: text("finding"),
        },
        Action::SolveOnSite => Step::SolveOnSite { text: text("text") },
        Action::Correct => {
            let changed = |id: &str, now: &str| (form.text(id) != now.trim()).then(|| form.text(id).to_owned());
            if form.text("title").chars().count() > 100 {
                invalid.add("title", "标题最多 100 个字");
            }
            Step::Correct {
                title: changed("title", &dossier.issue.title),
                description: changed("description", &dossier.detail.description),
                demand: changed("demand", &dossier.detail.demand),
                remark: changed("remark", &dossier.detail.remark),
                category_id: None,
                enterprise: None,
                reason: text("reason"),
            }
        }
        Action::Instruct => Step::Instruct { text: text("text") },
        Action::Submit | Action::Import | Action::AutoSign | Action::SupplementTimeout | Action::RatingTimeout => {
            invalid.add("", "这一步由系统自己做");
            Step::AutoSign
        }
    };
    if invalid.is_empty() { Ok(step) } else { Err(invalid) }
}

/// What an event says, as (label, text) lines for the timeline. `for_office`: the company's words are shown.
pub fn told(step: &Step, directory: &Directory, for_office: bool) -> Vec<(&'static str, String)> {
    let four = |four: &FourAnswers| {
        let word = |yes: bool| if yes { "是" } else { "否" };
        format!(
            "解决{} 答复{} 对接{} 满意{}",
            word(four.solved),
            word(four.replied),
            word(four.met),
            word(four.satisfied)
        )
    };
    let mut lines = match step {
        Step::Submit { channel } => vec![("", channel.label().to_owned())],
        Step::Import { source } => vec![("来源", source.clone())],
        Step::Register {
            category_id,
            complexity,
            level,
            urgency,
            ..
        } => vec![(
            "",
            format!(
                "{}，{}，{}，{}",
                directory.category_name(Some(*category_id)),
                complexity.label(),
                level.label(),
                urgency.label()
            ),
        )],
        Step::Merge {
            main_number, reason, ..
        } => vec![("并入", main_number.clone()), ("理由", reason.clone())],
        Step::Reject { reason, channel } => vec![("理由", reason.clone()), ("渠道", channel.clone())],
        Step::Dispatch {
            lead_unit_id,
            co_unit_ids,
            requirement,
            responsible_leader,
            ..
        } => {
            let co: Vec<_> = co_unit_ids.iter().map(|id| directory.unit_name(Some(*id))).collect();
            vec![
                ("主办", directory.unit_name(Some(*lead_unit_id)).to_owned()),
                ("协办", co.join("、")),
                ("要求", requirement.clone()),
                ("责任领导", responsible_leader.clone()),
            ]
        }
        Step::RequestReturn {
            reason,
            basis,
            suggested_unit,
        } => {
            vec![
                ("理由", reason.clone()),
                ("依据", basis.clone()),
                ("建议", suggested_unit.clone()),
            ]
        }
        Step::Contact { person, note } => vec![("", format!("{person}：{note}"))],
        Step::Progress { note, measures } => vec![("", note.clone()), ("措施", measures.clone())],
        Step::RequestExtension { days, reason } => vec![("", format!("{days} 个工作日")), ("理由", reason.clone())],
        Step::GrantExtension { days, opinion } => vec![("", format!("{days} 个工作日")), ("意见", opinion.clone())],
        Step::RequestSupplement { missing, days } => {
            vec![("", missing.clone()), ("时间", format!("{days} 个工作日，其间停表"))]
        }
        Step::RequestLongTerm {
            reason,
            milestones,
            next_on,
            told,
        } => vec![
            ("原因", reason.clone()),
            ("目标", milestones.clone()),
            ("下次报告", next_on.to_string()),
            ("告知企业", told.clone()),
        ],
        Step::Reply {
            resolution,
            text,
            measures,
            override_reason,
        } => vec![
            ("类别", resolution.label().to_owned()),
            ("", text.clone()),
            ("措施", measures.clone()),
            ("不等协办", override_reason.clone()),
        ],
        Step::Approve {
            four: answers,
            opinion,
            invalid,
        } => vec![
            ("", four(answers)),
            ("意见", opinion.clone()),
            (
                "",
                if *invalid {
                    "认定为无效".into()
                } else {
                    String::new()
                },
            ),
        ],
        Step::SendBack { four: answers, reason } => vec![("", four(answers)), ("理由", reason.clone())],
        Step::ReviewOnSite { four: answers, opinion } => vec![("", four(answers)), ("意见", opinion.clone())],
        Step::Answer {
            solved,
            result,
            attitude,
            words,
            called_back_by,
        } => vec![
            (
                "",
                format!("{}，结果{}，态度{}", solved.label(), result.label(), attitude.label()),
            ),
            ("企业的话", if for_office { words.clone() } else { String::new() }),
            ("电话回访", called_back_by.clone()),
        ],
        Step::CallBack { note, solved, result } => vec![
            ("", note.clone()),
            ("企业说", solved.map_or(String::new(), |one| one.label().to_owned())),
            ("满意度", result.map_or(String::new(), |one| one.label().to_owned())),
        ],
        Step::Correct {
            title,
            description,
            demand,
            remark,
            category_id,
            enterprise,
            reason,
        } => vec![
            ("标题改为", title.clone().unwrap_or_default()),
            ("描述改为", description.clone().unwrap_or_default()),
            ("诉求改为", demand.clone().unwrap_or_default()),
            ("备注改为", remark.clone().unwrap_or_default()),
            (
                "类别改为",
                category_id.map_or(String::new(), |id| directory.category_name(Some(id)).to_owned()),
            ),
            (
                "企业改为",
                enterprise.as_ref().map_or(String::new(), |one| one.name.clone()),
            ),
            ("理由", reason.clone()),
        ],
        Step::RatingTimeout => vec![("", "企业在期限内没有评价，按未评价销号，列入抽查".to_owned())],
        Step::AutoSign => vec![("", "签收期限已过，系统代为签收".to_owned())],
        Step::SupplementTimeout => vec![("", "补件期限已过，恢复计时".to_owned())],
        Step::PassUp { reason: text }
        | Step::UpholdReturn { finding: text }
        | Step::RefuseReturn { finding: text }
        | Step::RefuseExtension { opinion: text }
        | Step::Supplement { text }
        | Step::AgreeLongTerm { opinion: text }
        | Step::RefuseLongTerm { opinion: text }
        | Step::Report { note: text }
        | Step::Resume { note: text }
        | Step::CoReply { text }
        | Step::UpholdDispute { finding: text }
        | Step::DismissDispute { finding: text }
        | Step::Reopen { reason: text }
        | Step::Appeal { reason: text }
        | Step::Split { reason: text }
        | Step::Withdraw { reason: text }
        | Step::FindPressure { finding: text }
        | Step::SolveOnSite { text }
        | Step::Instruct { text } => vec![("", text.clone())],
        Step::Sign => Vec::new(),
    };
    lines.retain(|(_, text)| !text.trim().is_empty());
    lines
}
