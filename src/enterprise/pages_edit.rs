//! Making, editing and ending a company's record.
use super::{
    AboveScale, Enterprise, Size,
    fields::{LABELS, fill, shown},
    query, unverified,
};
use crate::{
    access::{Reach, Scope, Viewer},
    account,
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    once,
    record::{self, RecordEvent},
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
    /// Townships and streets that are listed below the areas to choose from.
    townships: Vec<String>,
    events: Vec<RecordEvent>,
    /// What others did since the form was opened, when they were faster.
    meanwhile: Option<Vec<RecordEvent>>,
}

/// A form that comes back with what was typed.
struct Typed {
    form: Form,
    invalid: Invalid,
    stale: bool,
}

impl Typed {
    fn refused(form: Form, invalid: Invalid) -> Self {
        Self { form, invalid, stale: false }
    }
}

fn load(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: Option<i64>,
    typed: Option<Typed>,
) -> Result<EditPage> {
    let enterprise = id.map(|id| query::find(conn, scope, id)).transpose()?;
    let here = enterprise.as_ref().map_or("新增企业", |one| one.name.as_str());
    let shell = Shell::load(conn, frame, viewer, &[("企业库", Some("/enterprises")), (here, None)])?;
    let directory = directory::current(conn)?;
    let kept = enterprise.as_ref().map(shown).unwrap_or_default();
    let events = match id {
        Some(id) => record::history(conn, "enterprises", id)?,
        None => Vec::new(),
    };
    let mut meanwhile = None;
    let (form, invalid) = match typed {
        // The reason alone was typed: the other form stays as it is.
        Some(typed) if !typed.form.has("name") && typed.invalid.at("reason").is_some() => {
            let mut form = kept;
            form.set("reason", typed.form.text("reason"));
            (form, typed.invalid)
        }
        Some(mut typed) => {
            if let (true, Some(one)) = (typed.stale, &enterprise) {
                let seen: i64 = typed.form.parse("version").unwrap_or(0);
                // Each version has its line; who is assigned is no part of the form and has none.
                let changes = events.iter().filter(|event| !["调整包联", "换届移交"].contains(&event.action.as_str()));
                meanwhile = Some(changes.take((one.version - seen).max(0) as usize).cloned().collect());
                typed.form.set("version", one.version.to_string());
            }
            (typed.form, typed.invalid)
        }
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
        townships: directory.below_districts(own_area).map(|area| area.name.clone()).collect(),
        events,
        meanwhile,
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
    typed: Option<Typed>,
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
        Err(Error::Invalid(invalid)) => {
            page::refuse(&edit_page(&app, &request, viewer, scope, id, Some(Typed::refused(form, invalid))).await?)
        }
        Err(Error::Conflict(_)) => {
            let typed = Typed { form, invalid: Invalid::default(), stale: true };
            page::conflict(&edit_page(&app, &request, viewer, scope, id, Some(typed)).await?)
        }
        Err(error) => Err(error),
    }
}

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
async fn set_end(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: i64,
    form: Form,
    ends: bool,
) -> Answer {
    let today = app.today();
    let (typed, editor) = (form.clone(), viewer.clone());
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &typed, |conn| {
                let mut invalid = Invalid::default();
                if ends {
                    typed.required("reason", "请写明停止使用的原因", &mut invalid);
                }
                let reason = typed.limited("reason", 200, &mut invalid);
                invalid.check()?;
                let mut one = query::find(conn, scope, id)?;
                if one.valid_until.is_some() != ends {
                    one.valid_until = ends.then_some(today);
                    query::update(conn, &one)?;
                    let what = if ends { "停止使用" } else { "恢复使用" };
                    record::append(conn, &editor, "enterprises", id, what, &reason)?;
                }
                Ok(format!("/enterprises/{id}"))
            })
        })
        .await;
    match done {
        Ok(location) => Ok(page::done(location, if ends { "企业已停止使用" } else { "企业已恢复使用" })),
        Err(Error::Invalid(invalid)) => page::refuse(
            &edit_page(&app, &request, viewer, scope, Some(id), Some(Typed::refused(form, invalid))).await?,
        ),
        Err(error) => Err(error),
    }
}

pub async fn end(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    set_end(app, request, viewer, scope, *id, form, true).await
}
pub async fn resume(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    set_end(app, request, viewer, scope, *id, form, false).await
}
