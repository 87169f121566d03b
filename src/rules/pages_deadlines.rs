//! The deadline templates: what they say, which problem gets which, and each change as a new version.
use super::{Deadlines, Kind, Rule, Template as Limits, query};
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    calendar::Limit,
    db::Conn,
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    form::Form,
    issue::workflow::Level,
    once,
    time::Time,
    web::{
        Answer, App, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// One limit of a template: its field, its name, where it stands.
type Field = (&'static str, &'static str, fn(&mut Limits) -> &mut Limit);
const FIELDS: [Field; 14] = [
    ("triage", "甄别交办，自收到起", |one| &mut one.triage),
    ("sign", "签收，自交办起", |one| &mut one.sign),
    ("contact", "首次联系，自签收起", |one| &mut one.contact),
    ("progress", "首次登记进展，自交办起", |one| &mut one.progress),
    ("reply_c", "答复 C 类（简单），自交办起", |one| &mut one.reply_c),
    ("reply_b", "答复 B 类（跨部门），自交办起", |one| &mut one.reply_b),
    ("reply_a", "答复 A 类（历史遗留），自交办起", |one| &mut one.reply_a),
    ("review", "审核，自答复起", |one| &mut one.review),
    ("rating", "企业评价，自审核通过起", |one| &mut one.rating),
    ("return_asked", "申请退回和裁定，各自", |one| &mut one.return_asked),
    ("dispute", "差评核实，自评价起", |one| &mut one.dispute),
    ("rework", "重办答复，自重办起", |one| &mut one.rework),
    ("report", "挂账阶段报告，每", |one| &mut one.report),
    ("call_back", "撤回回访，自撤回起", |one| &mut one.call_back),
];
const KINDS: [(&str, &str); 3] = [("workdays", "个工作日"), ("natural_days", "天（自然日）"), ("months", "个月")];
/// Longer than any limit of the campaign.
const LONGEST: u32 = 365;
const MOST_TEMPLATES: usize = 20;
const MOST_RULES: usize = 50;

fn parts(limit: Limit) -> (&'static str, u32) {
    match limit {
        Limit::Workdays(n) => ("workdays", n),
        Limit::NaturalDays(n) => ("natural_days", n),
        Limit::Months(n) => ("months", n),
    }
}

fn shown(template: &Limits) -> Form {
    let mut template = template.clone();
    let mut form = Form(vec![("name".into(), template.name.clone())]);
    for (id, _, of) in FIELDS {
        let (kind, n) = parts(*of(&mut template));
        form.set(id, n.to_string());
        form.set(&format!("{id}_kind"), kind);
    }
    form
}

fn filled(form: &Form, invalid: &mut Invalid) -> Limits {
    let mut template = Deadlines::default().usual().clone();
    template.name = form.required("name", "请填写名称", invalid);
    form.limited("name", 20, invalid);
    for (id, _, of) in FIELDS {
        let n = form.parse::<u32>(id).filter(|n| (1..=LONGEST).contains(n));
        match (n, form.text(&format!("{id}_kind"))) {
            (Some(n), "workdays") => *of(&mut template) = Limit::Workdays(n),
            (Some(n), "natural_days") => *of(&mut template) = Limit::NaturalDays(n),
            (Some(n), "months") if n <= 12 => *of(&mut template) = Limit::Months(n),
            (Some(_), "months") => invalid.add(id, "最多 12 个月"),
            (Some(_), _) => invalid.add(id, "请选择按工作日、自然日还是月"),
            (None, _) => invalid.add(id, format!("请填写 1 至 {LONGEST} 的整数")),
        }
    }
    template
}

#[derive(Template)]
#[template(path = "rules/deadlines.html")]
struct ListPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    names: Vec<String>,
    /// Name of a limit, what each template says.
    lines: Vec<(&'static str, Vec<String>)>,
    rules: usize,
    categories: Vec<(String, String)>,
    levels: Vec<(String, String)>,
    choices: Vec<(String, String)>,
    base: i64,
    versions: Vec<query::Version>,
}

fn current(conn: &mut Conn, now: Time) -> Result<(Deadlines, i64)> {
    let base = query::versions(conn, Kind::Deadlines)?.last().map_or(0, |version| version.id);
    Ok(((**directory::current(conn)?.rules.deadlines(now)).clone(), base))
}

/// The rules as fields of a form.
fn rules_form(deadlines: &Deadlines) -> Form {
    let mut form = Form(vec![("default".into(), deadlines.usual().name.clone())]);
    for (index, rule) in deadlines.rules.iter().enumerate() {
        form.set(&format!("category_{index}"), rule.category_id.map(|id| id.to_string()).unwrap_or_default());
        form.set(&format!("level_{index}"), rule.level.map(|level| level.as_str()).unwrap_or_default());
        form.set(&format!("template_{index}"), rule.template.clone());
    }
    form
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    now: Time,
    typed: Option<(Form, Invalid)>,
) -> Result<ListPage> {
    let shell = Shell::load(conn, frame, viewer, &[("时限模板", None)])?;
    let (deadlines, base) = current(conn, now)?;
    let directory = directory::current(conn)?;
    let mut versions = query::versions(conn, Kind::Deadlines)?;
    versions.reverse();
    let line = |(_, label, of): &Field| {
        let say = |template: &Limits| of(&mut template.clone()).label();
        (*label, deadlines.templates.iter().map(say).collect())
    };
    let (form, invalid) = typed.unwrap_or_else(|| (rules_form(&deadlines), Invalid::default()));
    let names: Vec<String> = deadlines.templates.iter().map(|one| one.name.clone()).collect();
    Ok(ListPage {
        shell,
        invalid,
        form,
        lines: FIELDS.iter().map(line).collect(),
        rules: (deadlines.rules.len() + 2).min(MOST_RULES),
        categories: directory.category_choices(),
        levels: Level::ALL.iter().map(|level| (level.as_str().to_owned(), level.label().to_owned())).collect(),
        choices: names.iter().map(|name| (name.clone(), name.clone())).collect(),
        names,
        base,
        versions,
    })
}

#[derive(Template)]
#[template(path = "rules/deadlines_edit.html")]
struct EditPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    /// Place among the templates; None: a new one.
    place: Option<usize>,
    name: String,
    kinds: Vec<(String, String)>,
    fields: [Field; 14],
    base: i64,
}

fn edit_page(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    now: Time,
    place: Option<usize>,
    typed: Option<(Form, Invalid)>,
) -> Result<EditPage> {
    let (deadlines, base) = current(conn, now)?;
    let template = match place {
        Some(place) => deadlines.templates.get(place).ok_or(Error::NotFound)?,
        None => deadlines.usual(),
    };
    let name = place.map(|_| template.name.clone()).unwrap_or_default();
    let here = if name.is_empty() { "新增模板" } else { name.as_str() };
    let mut kept = shown(template);
    if place.is_none() {
        kept.set("name", "");
    }
    let (form, invalid) = match typed {
        // Retiring: the other form stays as it is.
        Some((typed, invalid)) if !typed.0.iter().any(|(id, _)| id == "name") => {
            kept.set("reason", typed.text("reason"));
            (kept, invalid)
        }
        Some(typed) => typed,
        None => (kept, Invalid::default()),
    };
    Ok(EditPage {
        shell: Shell::load(conn, frame, viewer, &[("时限模板", Some("/deadlines")), (here, None)])?,
        invalid,
        form,
        place,
        kinds: KINDS.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect(),
        fields: FIELDS,
        name,
        base,
    })
}

/// What a form wants of the templates.
#[derive(Clone, Copy)]
enum Act {
    Save(Option<usize>),
    Retire(usize),
    Rules,
}

fn changed(
    directory: &Directory,
    mut deadlines: Deadlines,
    act: Act,
    form: &Form,
    invalid: &mut Invalid,
) -> Result<(Deadlines, String)> {
    let told = match act {
        Act::Save(place) => {
            let template = filled(form, invalid);
            let taken = |(at, one): (usize, &Limits)| one.name == template.name && Some(at) != place;
            if deadlines.templates.iter().enumerate().any(taken) {
                invalid.add("name", "已有同名的模板");
            }
            let name = template.name.clone();
            match place {
                Some(place) => {
                    let old = deadlines.templates.get_mut(place).ok_or(Error::NotFound)?;
                    for rule in deadlines.rules.iter_mut().filter(|rule| rule.template == old.name) {
                        rule.template.clone_from(&name);
                    }
                    *old = template;
                    format!("修改模板 {name}")
                }
                None if deadlines.templates.len() >= MOST_TEMPLATES => {
                    return Err(Error::refused(format!("最多 {MOST_TEMPLATES} 个模板，请先停用不用的")));
                }
                None => {
                    deadlines.templates.push(template);
                    format!("新增模板 {name}")
                }
            }
        }
        Act::Retire(place) => {
            let name = deadlines.templates.get(place).ok_or(Error::NotFound)?.name.clone();
            if deadlines.templates.len() == 1 {
                invalid.add("reason", "至少要有一个模板");
            }
            if deadlines.rules.iter().any(|rule| rule.template == name) {
                invalid.add("reason", "还有选用规则指定它，请先改规则");
            }
            deadlines.templates.remove(place);
            format!("停用模板 {name}")
        }
        Act::Rules => {
            deadlines.rules.clear();
            for index in 0..MOST_RULES {
                let template = form.text(&format!("template_{index}"));
                let (category, level) = (format!("category_{index}"), format!("level_{index}"));
                if template.is_empty() {
                    if form.has(&category) || form.has(&level) {
                        invalid.add(&format!("template_{index}"), "请选择用哪个模板，或者把这一行清空");
                    }
                    continue;
                }
                if deadlines.find(template).is_none() {
                    invalid.add(&format!("template_{index}"), "没有这个模板");
                }
                let category_id = form.parse::<i64>(&category);
                if form.has(&category) && category_id.is_none_or(|id| directory.category(id).is_none()) {
                    invalid.add(&category, "请从类别里选");
                }
                deadlines.rules.push(Rule {
                    category_id,
                    level: Level::parse(form.text(&level)),
                    template: template.into(),
                });
            }
            match deadlines.templates.iter().position(|one| one.name == form.text("default")) {
                Some(place) => deadlines.templates[..=place].rotate_right(1),
                None => invalid.add("default", "请选择默认模板"),
            }
            format!("选用规则 {} 条，默认 {}", deadlines.rules.len(), deadlines.usual().name)
        }
    };
    Ok((deadlines, told))
}

fn save(conn: &mut Conn, viewer: &Viewer, address: &str, act: Act, form: &Form, now: Time) -> Result<String> {
    let mut invalid = Invalid::default();
    let reason = form.required("reason", "请写明依据", &mut invalid);
    form.limited("reason", 200, &mut invalid);
    let (deadlines, base) = current(conn, now)?;
    if form.parse("base") != Some(base) {
        invalid.add("", "您打开页面以后别人改过时限模板，请看过现在的内容再保存");
    }
    let directory = directory::current(conn)?;
    let (deadlines, told) = changed(&directory, deadlines, act, form, &mut invalid)?;
    invalid.check()?;
    let at = query::moment(conn, now)?;
    query::save_deadlines(conn, viewer, &deadlines, &format!("{told}：{reason}"), at)?;
    let actor = AuditActor::of(viewer, address);
    audit::append(conn, &actor, AuditAction::RulesChanged, "时限模板", &format!("{told}：{reason}"))?;
    Ok("/deadlines".into())
}

async fn act(app: AppData, request: HttpRequest, viewer: Viewer, form: Form, act: Act) -> Answer {
    let (typed, editor, now, address) = (form.clone(), viewer.clone(), app.now(), app.address(&request));
    let saved = app
        .db
        .write(move |conn| once::once(conn, &typed, |conn| save(conn, &editor, &address, act, &typed, now)))
        .await;
    match saved {
        Ok(location) => Ok(page::done(location, "已保存；新交办的问题按它计算，已交办的不变")),
        Err(Error::Invalid(invalid)) => refused(&app, &request, viewer, act, form, invalid).await,
        Err(error) => Err(error),
    }
}

async fn refused(app: &App, request: &HttpRequest, viewer: Viewer, act: Act, form: Form, invalid: Invalid) -> Answer {
    let (frame, now, typed) = (Frame::of(app, request), app.now(), Some((form, invalid)));
    let place = match act {
        Act::Rules => {
            return page::refuse(&app.db.read(move |conn| build(conn, &frame, &viewer, now, typed)).await?);
        }
        Act::Save(place) => place,
        Act::Retire(place) => Some(place),
    };
    page::refuse(&app.db.read(move |conn| edit_page(conn, &frame, &viewer, now, place, typed)).await?)
}

pub async fn list(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    page::show(&app.db.read(move |conn| build(conn, &frame, &viewer, now, None)).await?)
}
pub async fn new_form(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    page::show(&app.db.read(move |conn| edit_page(conn, &frame, &viewer, now, None, None)).await?)
}
pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, place: web::Path<usize>) -> Answer {
    let (frame, now, place) = (Frame::of(&app, &request), app.now(), Some(*place));
    page::show(&app.db.read(move |conn| edit_page(conn, &frame, &viewer, now, place, None)).await?)
}
pub async fn add(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, form: Form) -> Answer {
    act(app, request, viewer, form, Act::Save(None)).await
}
pub async fn edit(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    place: web::Path<usize>,
    form: Form,
) -> Answer {
    act(app, request, viewer, form, Act::Save(Some(*place))).await
}
pub async fn retire(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    _: Scope,
    place: web::Path<usize>,
    form: Form,
) -> Answer {
    act(app, request, viewer, form, Act::Retire(*place)).await
}
pub async fn rules(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, form: Form) -> Answer {
    act(app, request, viewer, form, Act::Rules).await
}
