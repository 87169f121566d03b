//! Recording a problem: a company and one sentence are enough.
use super::{attachment, contact};
use crate::{
    access::{Permission, Role, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    directory,
    enterprise::{self, Enterprise},
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        apply::Actor,
        perform::{Authority, perform},
        query,
        step::Step,
        submit::{NewIssue, submit, title_of},
        workflow::*,
    },
    once,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
        upload::UploadForm,
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "issue/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    /// The companies to choose from: one's own, or what the search found.
    choices: Vec<Enterprise>,
    is_company: bool,
    can_search: bool,
    channels: Vec<(String, String)>,
    categories: Vec<(String, String)>,
    can_solve: bool,
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    form: Form,
    invalid: Invalid,
) -> Result<NewPage> {
    let shell = Shell::load(conn, frame, viewer, &[("问题台账", Some("/issues")), ("记一个问题", None)])?;
    let directory = directory::current(conn)?;
    let is_company = viewer.role == Some(Role::Enterprise);
    let own = viewer.role == Some(Role::Cadre);
    let mut choices = if own || is_company || form.has("search") {
        enterprise::query::search(conn, scope, form.text("search"), 20)?
    } else {
        Vec::new()
    };
    if let Some(id) = form.parse::<i64>("enterprise")
        && !choices.iter().any(|one| one.id == id)
        && let Ok(chosen) = enterprise::query::find(conn, scope, id)
    {
        choices.insert(0, chosen);
    }
    Ok(NewPage {
        shell,
        form,
        invalid,
        choices,
        is_company,
        can_search: !is_company,
        channels: channels(viewer).iter().map(|one| (one.as_str().to_owned(), one.label().to_owned())).collect(),
        categories: directory.category_choices(),
        can_solve: viewer.may(Permission::SolveOnSite),
    })
}

/// Where a problem that this viewer records can have come from; the first where nothing else is said.
fn channels(viewer: &Viewer) -> &'static [Channel] {
    match viewer.role {
        Some(Role::Dispatcher) => &[Channel::Hotline, Channel::Superior, Channel::Instruction, Channel::Visit],
        Some(Role::Enterprise) => &[Channel::Portal],
        _ => &[Channel::Visit],
    }
}

/// A company that has ended has no new problems; what is open is followed to its end. Its own form has no field for it.
fn refuse_ended(viewer: &Viewer, company: &Enterprise, today: NaiveDate, invalid: &mut Invalid) {
    if let Some(why) = company.ended_by(today) {
        invalid.add(if viewer.is_official() { "enterprise" } else { "" }, why);
    }
}

pub async fn form(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let today = app.today();
    let page = app.db.read(move |conn| {
        // Nobody writes a page for nothing.
        let mut invalid = Invalid::default();
        let chosen = if viewer.is_official() { form.parse("enterprise") } else { viewer.enterprise_id };
        if let Some(id) = chosen
            && let Ok(company) = enterprise::query::find(conn, scope, id)
        {
            refuse_ended(&viewer, &company, today, &mut invalid);
        }
        build(conn, &frame, &viewer, scope, form, invalid)
    });
    page::show(&page.await?)
}

fn record(
    conn: &mut Conn,
    viewer: &Viewer,
    scope: Scope,
    form: &Form,
    at: crate::time::Time,
) -> Result<crate::issue::Issue> {
    let mut invalid = Invalid::default();
    let enterprise_id = match (viewer.role, viewer.enterprise_id) {
        (Some(Role::Enterprise), id) => id,
        _ => form.required_as("enterprise", "请选择企业", &mut invalid),
    };
    let text = form.required("text", "请写企业遇到什么问题", &mut invalid);
    form.limited("text", 3000, &mut invalid);
    let title = form.limited("title", 100, &mut invalid);
    let demand = form.limited("demand", 1000, &mut invalid);
    let on_site = form.text("on_site");
    if !on_site.is_empty() && !form.has("category") {
        invalid.add("category", "当场解决的须选择问题类别");
    }
    let offered = form.parse("channel").filter(|one| channels(viewer).contains(one));
    if form.has("channel") && offered.is_none() {
        invalid.add("channel", "请从列表中选择来源渠道");
    }
    invalid.check()?;
    let company = enterprise::query::find(conn, scope, enterprise_id.unwrap_or(0)).map_err(|error| match error {
        Error::NotFound => Invalid::one("enterprise", "没有这家企业，或者不在您的范围内").into(),
        error => error,
    })?;
    let assigned = enterprise::query::assigned(conn, company.id)?;
    let visit_id = query::visit_of(conn, form.parse("visit"), company.id)?;
    let symposium_id = query::symposium_of(conn, form.parse("symposium"), company.id)?;
    let channel = match (viewer.role, visit_id, symposium_id) {
        (Some(Role::Enterprise), ..) => Channel::Portal,
        (_, _, Some(_)) => Channel::Symposium,
        (Some(Role::Dispatcher), None, _) => offered.unwrap_or(channels(viewer)[0]),
        _ => Channel::Visit,
    };
    let mut invalid = Invalid::default();
    refuse_ended(viewer, &company, shanghai_date(at), &mut invalid);
    let phone = contact::phone(conn, viewer, form.text("contact_phone"), &company.contact_phone, &mut invalid)?;
    let contact = form.limited("contact_name", 30, &mut invalid);
    invalid.check()?;
    let new = NewIssue {
        enterprise_id: Some(company.id),
        enterprise_name: company.name.clone(),
        area_id: company.area_id,
        group_id: assigned.map(|(group, _)| group),
        collector_id: (viewer.role != Some(Role::Enterprise)).then_some(viewer.id),
        channel,
        title: if title.is_empty() { title_of(&text) } else { title },
        description: text,
        demand,
        urgency: form.parse("urgency").unwrap_or(Urgency::Normal),
        contact_name: if contact.is_empty() { company.contact_name.clone() } else { contact },
        contact_phone: phone,
        code_hash: None,
        visit_id,
        symposium_id,
        external: None,
    };
    let mut issue = submit(conn, &Actor::of(viewer, Permission::RecordIssue), new, at)?;
    if !on_site.is_empty() {
        let register = Step::Register {
            category_id: form.parse("category").unwrap_or(0),
            complexity: Complexity::C,
            level: issue.level,
            urgency: issue.urgency,
            duplicates_looked_at: false,
            group_id: None,
        };
        let solved = Step::SolveOnSite { text: on_site.to_owned() };
        for step in [register, solved] {
            issue = perform(conn, &Authority::of(viewer, step.action())?, &issue.number, None, &step, at)?;
        }
    }
    Ok(issue)
}

pub async fn create(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, upload: UploadForm) -> Answer {
    let frame = Frame::of(&app, &request);
    let at = app.now();
    let UploadForm { form, files, .. } = upload;
    let made = match attachment::take(&app, files).await {
        Err(error) => Err(error),
        Ok(files) => {
            let (form, viewer) = (form.clone(), viewer.clone());
            let for_company = !viewer.is_official() || form.has("for_company");
            let sent = attachment::with_files(&form, &files);
            app.db
                .write(move |conn| {
                    once::once(conn, &sent, |conn| {
                        let issue = record(conn, &viewer, scope, &form, at)?;
                        // Who may record it may add to it what came with it.
                        let actor = Authority::of(&viewer, Action::Attach)?.actor;
                        let authority = Authority { see: Scope::system(), act: Scope::system(), actor };
                        attachment::keep(conn, &authority, &issue.number, &files, for_company, at)?;
                        Ok(format!("/issues/{}", issue.number))
                    })
                })
                .await
        }
    };
    match made {
        Ok(location) => Ok(page::done(location, "问题已记录，助企办会在时限内甄别交办")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, form, invalid)).await?;
            page::with_status(status, &page)
        }
    }
}
