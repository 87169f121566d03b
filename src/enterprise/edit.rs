//! Making, editing and ending a company's record.
use super::{AboveScale, Enterprise, Size, Standing, query, unverified};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    account,
    db::Conn,
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
    time::Time,
    usci::Usci,
    web::{
        Answer, App, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "enterprise/edit.html")]
struct EditPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    enterprise: Option<Enterprise>,
    areas: Vec<(String, String)>,
    scales: Vec<(String, String)>,
    sizes: Vec<(String, String)>,
    events: Vec<RecordEvent>,
}

fn shown(one: &Enterprise) -> Form {
    let fields = [
        ("name", one.name.clone()),
        ("usci", one.usci.clone().unwrap_or_default()),
        ("area", one.area_id.to_string()),
        ("township", one.township.clone()),
        ("park", one.park.clone()),
        ("industry", one.industry.clone()),
        ("above_scale", one.above_scale.as_str().to_owned()),
        ("above_scale_year", one.above_scale_year.map(|year| year.to_string()).unwrap_or_default()),
        ("size", one.size.as_str().to_owned()),
        ("tags", one.tags.clone()),
        ("contact_name", one.contact_name.clone()),
        ("quiet_from", one.quiet_from.map(|on| on.to_string()).unwrap_or_default()),
        ("quiet_until", one.quiet_until.map(|on| on.to_string()).unwrap_or_default()),
        ("standing", one.standing.label().to_owned()),
        ("version", one.version.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn load(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: Option<i64>,
    typed: Option<(Form, Invalid)>,
) -> Result<EditPage> {
    let enterprise = id.map(|id| query::find(conn, scope, id)).transpose()?;
    let here = enterprise.as_ref().map_or("新增企业", |one| one.name.as_str());
    let shell = Shell::load(conn, frame, viewer, &[("企业库", Some("/enterprises")), (here, None)])?;
    let directory = directory::current(conn)?;
    let kept = enterprise.as_ref().map(shown).unwrap_or_default();
    let (form, invalid) = match typed {
        Some((typed, invalid)) if !typed.has("name") && invalid.at("reason").is_some() => {
            let mut form = kept;
            form.set("reason", typed.text("reason"));
            (form, invalid)
        }
        Some(typed) => typed,
        None => (kept, Invalid::default()),
    };
    let own_area = match (scope.reach(), &enterprise) {
        (Reach::Area(id), _) => Some(id),
        (Reach::Everything, _) | (_, None) => None,
        (_, Some(one)) => Some(one.area_id),
    };
    Ok(EditPage {
        shell,
        invalid,
        form,
        events: match id {
            Some(id) => record::history(conn, "enterprises", id)?,
            None => Vec::new(),
        },
        enterprise,
        areas: directory
            .districts()
            .filter(|area| own_area.is_none_or(|id| id == area.id))
            .map(|area| (area.id.to_string(), area.short_name.clone()))
            .collect(),
        scales: AboveScale::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
        sizes: Size::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
    })
}

async fn edit_page(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: Option<i64>,
    typed: Option<(Form, Invalid)>,
) -> Result<EditPage> {
    let frame = Frame::of(app, request);
    app.db.read(move |conn| load(conn, &frame, &viewer, scope, id, typed)).await
}

pub async fn new_form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope) -> Answer {
    page::show(&edit_page(&app, &request, viewer, scope, None, None).await?)
}

pub async fn form(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    page::show(&edit_page(&app, &request, viewer, scope, Some(*id), None).await?)
}

fn fill(directory: &Directory, scope: Scope, form: &Form, is_new: bool, one: &mut Enterprise) -> Result<()> {
    let mut invalid = Invalid::default();
    one.name = form.required("name", "请填写企业名称", &mut invalid);
    form.limited("name", 80, &mut invalid);
    one.usci = match form.text("usci") {
        "" => None,
        text => match Usci::parse(text) {
            Ok(code) => Some(code.to_string()),
            Err(error) => {
                invalid.add("usci", error.to_string());
                None
            }
        },
    };
    match form.parse::<i64>("area").filter(|id| directory.area(*id).is_some()) {
        Some(id) if matches!(scope.reach(), Reach::Area(own) if own != id) => {
            invalid.add("area", "只能选自己辖区");
        }
        Some(id) if !matches!(scope.reach(), Reach::Everything | Reach::Area(_)) && one.area_id != id => {
            invalid.add("area", "企业换区县由助企办办理，请告诉助企办");
        }
        Some(id) => one.area_id = id,
        None => invalid.add("area", "请选择所在区县"),
    }
    one.township = form.limited("township", 30, &mut invalid);
    one.park = form.limited("park", 30, &mut invalid);
    let industry = form.text("industry").to_uppercase();
    let is_section = industry.len() == 1 && ("A"..="T").contains(&industry.as_str());
    if !industry.is_empty() && !is_section {
        invalid.add("industry", "行业门类是 A 到 T 的一个字母（GB/T 4754-2017）");
    }
    one.industry = industry;
    one.above_scale = form.parse("above_scale").unwrap_or(AboveScale::None);
    one.above_scale_year = match form.text("above_scale_year") {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(year) if (1990..=2100).contains(&year) => Some(year),
            _ => {
                invalid.add("above_scale_year", "认定年份写成 2021 这样的四位数");
                None
            }
        },
    };
    one.size = form.parse("size").unwrap_or(Size::Unknown);
    one.tags = form.limited("tags", 100, &mut invalid);
    one.contact_name = form.limited("contact_name", 30, &mut invalid);
    // The number itself is never put into the form; an empty field keeps it.
    let phone: String = form.text("contact_phone").chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if !phone.is_empty() {
        if (7..=13).contains(&phone.len()) && phone.chars().all(|c| c.is_ascii_digit()) {
            one.contact_phone = phone;
        } else {
            invalid.add("contact_phone", "电话号码只写数字，7 到 13 位");
        }
    }
    (one.quiet_from, one.quiet_until) = (form.parse("quiet_from"), form.parse("quiet_until"));
    if one.quiet_from.is_some() != one.quiet_until.is_some() || one.quiet_from > one.quiet_until {
        invalid.add("quiet_from", "勿扰期要有起止日期，先起后止");
    }
    // An office that makes a company knows it; one that came in unknown is looked into, and said so.
    if is_new || form.has("verified") {
        one.standing = Standing::Normal;
    }
    invalid.check()
}

async fn save(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: Option<i64>, form: Form) -> Answer {
    let now = app.now();
    let (typed, editor) = (form.clone(), viewer.clone());
    let saved = app
        .db
        .write(move |conn| {
            once::once(conn, &typed, |conn| {
                let directory = directory::current(conn)?;
                let before = id.map(|id| query::find(conn, scope, id)).transpose()?;
                let mut one = before.clone().unwrap_or_else(|| unverified("", 0, now));
                fill(&directory, scope, &typed, before.is_none(), &mut one)?;
                if typed.has("contact_phone") && account::query::is_official_phone(conn, &one.contact_phone)? {
                    return Err(Invalid::one("contact_phone", "这是工作人员的电话，请填写企业的人的电话").into());
                }
                match &before {
                    None => {
                        query::insert(conn, &one)?;
                        record::append(conn, &editor, "enterprises", one.id, "新增企业", &one.name)?;
                    }
                    Some(before) => {
                        one.version = typed.parse("version").unwrap_or(0);
                        query::update(conn, &one)?;
                        if before.name != one.name {
                            query::rename_in_open_issues(conn, &editor, &one, now)?;
                        }
                        let (old, new) = (shown(before), shown(&one));
                        let labels = LABELS.iter().map(|(field, label)| (*label, old.text(field), new.text(field)));
                        let mut what = record::changes(&labels.collect::<Vec<_>>());
                        if before.contact_phone != one.contact_phone {
                            what = format!("{what}；联系电话已改").trim_start_matches('；').to_owned();
                        }
                        record::append(conn, &editor, "enterprises", one.id, "修改", &what)?;
                    }
                }
                Ok(format!("/enterprises/{}", one.id))
            })
        })
        .await;
    match saved {
        Ok(location) => Ok(page::done(location, "企业信息已保存")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            page::with_status(status, &edit_page(&app, &request, viewer, scope, id, Some((form, invalid))).await?)
        }
    }
}

const LABELS: &[(&str, &str)] = &[
    ("name", "企业名称"),
    ("usci", "统一社会信用代码"),
    ("area", "所在区县"),
    ("township", "乡镇（街道）"),
    ("park", "园区"),
    ("industry", "行业门类"),
    ("above_scale", "四上类别"),
    ("above_scale_year", "认定年份"),
    ("size", "规模"),
    ("tags", "标签"),
    ("contact_name", "联系人"),
    ("quiet_from", "勿扰期起"),
    ("quiet_until", "勿扰期止"),
    ("standing", "核实情况"),
];

pub async fn create(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, form: Form) -> Answer {
    // A group's or a cadre's scope holds only companies that exist: a new one is made by an office.
    if !matches!(scope.reach(), Reach::Everything | Reach::Area(_)) {
        return Err(Error::refused("新企业由助企办建立，请把名称和区县告诉助企办"));
    }
    save(app, request, viewer, scope, None, form).await
}

pub async fn update(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    save(app, request, viewer, scope, Some(*id), form).await
}

/// Ends the record with a reason, or takes the end back; problems and figures of the past stay.
async fn set_end(app: AppData, viewer: Viewer, scope: Scope, id: i64, form: Form, ends: bool) -> Answer {
    let reason = form.text("reason").to_owned();
    if ends && reason.is_empty() {
        return Err(Error::refused("请写明停止使用的原因"));
    }
    let today = app.today();
    app.db
        .write(move |conn| {
            let mut one = query::find(conn, scope, id)?;
            one.valid_until = ends.then_some(today);
            query::update(conn, &one)?;
            record::append(conn, &viewer, "enterprises", id, if ends { "停止使用" } else { "恢复使用" }, &reason)
        })
        .await?;
    Ok(page::done(format!("/enterprises/{id}"), if ends { "企业已停止使用" } else { "企业已恢复使用" }))
}

pub async fn end(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    set_end(app, viewer, scope, *id, form, true).await
}
pub async fn resume(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    set_end(app, viewer, scope, *id, form, false).await
}

/// Assigns the company to a cadre of a group from today on; who had it before hands it over.
pub async fn assign(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let account = form.text("cadre").to_lowercase();
    let leader = form.text("leader").to_owned();
    let (today, now): (_, Time) = (app.today(), app.now());
    let company = *id;
    app.db
        .write(move |conn| {
            viewer.require(Permission::Assign)?;
            let one = query::find(conn, scope, company)?;
            let (cadre, group) = crate::assignment::query::cadre(conn, scope, &account)?;
            crate::assignment::query::assign(conn, one.id, cadre.0, group, &leader, today, now)?;
            let what = format!("包联干部 {}", cadre.1);
            record::append(conn, &viewer, "enterprises", one.id, "调整包联", &what)
        })
        .await?;
    Ok(page::done(format!("/enterprises/{company}"), "包联关系已调整"))
}
