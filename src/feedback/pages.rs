//! The form of 意见建议, for everybody, and the office's list of what came in.
use super::{Feedback, query};
use crate::{
    access::{Scope, Viewer},
    error::{Invalid, Result},
    form::Form,
    key, once,
    time::Time,
    web::{
        Answer, App, AppData, page,
        paging::{Asked, Sheet},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// Characters of one text at most.
const LONGEST: usize = 2000;

#[derive(Template)]
#[template(path = "feedback/new.html")]
struct NewPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
}

async fn new_page(
    app: &App,
    request: &HttpRequest,
    viewer: Option<Viewer>,
    form: Form,
    invalid: Invalid,
) -> Result<NewPage> {
    let shell = match viewer.filter(|viewer| !viewer.must_change_password) {
        None => Shell::plain(request, None),
        Some(viewer) => {
            let frame = Frame::of(app, request);
            app.db.read(move |conn| Shell::load(conn, &frame, &viewer, &[("意见建议", None)])).await?
        }
    };
    Ok(NewPage { shell, invalid, form })
}

pub async fn form(
    app: AppData,
    request: HttpRequest,
    viewer: Option<Viewer>,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let form = Form(query.into_inner());
    page::show(&new_page(&app, &request, viewer, form, Invalid::default()).await?)
}

pub async fn send(app: AppData, request: HttpRequest, viewer: Option<Viewer>, form: Form) -> Answer {
    let mut invalid = Invalid::default();
    let text = form.required("text", "请写下意见或建议", &mut invalid);
    form.limited("text", LONGEST, &mut invalid);
    let contact = form.limited("contact", 50, &mut invalid);
    let from: String = form.text("page").chars().take(200).collect();
    if !invalid.is_empty() {
        return page::refuse(&new_page(&app, &request, viewer, form, invalid).await?);
    }
    let address = app.address(&request);
    let user_id = viewer.as_ref().map(|viewer| viewer.id);
    let typed = form.clone();
    let sent = app.db.write(move |conn| {
        once::once(conn, &typed, |conn| {
            let at = Time::system();
            let new = Feedback {
                id: key::fresh(at),
                user_id,
                contact: contact.clone(),
                page: from.clone(),
                text: text.clone(),
                sent_at: at,
                read_at: Time::NEVER,
            };
            query::send(conn, &new, &address)?;
            Ok("/feedback".to_owned())
        })
    });
    match sent.await {
        Ok(location) => Ok(page::done(location, "已收到，谢谢。助企办会看到您的意见")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            page::with_status(status, &new_page(&app, &request, viewer, form, invalid).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "feedback/list.html")]
struct ListPage {
    shell: Shell,
    /// Conditions that were not understood.
    misread: Invalid,
    /// Only what nobody has read yet.
    unread: bool,
    total: String,
    sheet: Sheet<(Feedback, String)>,
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let read = app.db.read(move |conn| {
        let mut misread = Invalid::default();
        let show = form.listed("show", "看过没有", ["all"].into_iter(), &mut misread);
        let unread = show.is_empty();
        let filters = [("show", show.as_str())];
        let sheet = Asked::of(&form).load(
            "/feedback/list",
            &filters,
            |(row, _): &(Feedback, String)| row.id,
            |bound, most| query::list(conn, scope, unread, bound, most),
        )?;
        Ok(ListPage {
            shell: Shell::load(conn, &frame, &viewer, &[("意见建议", None)])?,
            misread,
            unread,
            total: query::count(conn, scope, unread)?.to_string(),
            sheet,
        })
    });
    page::show(&read.await?)
}

pub async fn mark_read(app: AppData, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let id = *id;
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                query::mark_read(conn, scope, id, Time::system())?;
                Ok("/feedback/list".to_owned())
            })
        })
        .await?;
    Ok(page::done(location, "已标为看过"))
}
