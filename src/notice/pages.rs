//! A notice on the page, and as a file.
use super::{Notice, document, query};
use crate::{
    access::{Scope, Viewer},
    directory,
    error::{Error, Result},
    issue,
    web::{
        Answer, App, AppData, file, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentEncoding},
    web,
};
use askama::Template;

#[derive(Template)]
#[template(path = "notice/show.html")]
struct ShowPage {
    shell: Shell,
    issue_number: String,
    id: i64,
    notice: Notice,
}

async fn show_page(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    see: Scope,
    path: (String, i64),
) -> Result<ShowPage> {
    // It is between the offices.
    if !viewer.is_official() {
        return Err(Error::NotFound);
    }
    let frame = Frame::of(app, request);
    let (number, id) = path;
    let read = app.db.read(move |conn| {
        let issue = issue::query::find(conn, see, &number)?;
        let supervision = query::find(conn, &issue, id)?;
        let directory = directory::current(conn)?;
        let notice = Notice::of(&issue, &supervision, &directory);
        let back = format!("/issues/{}", issue.number);
        let crumbs = [("问题台账", Some("/issues")), (issue.number.as_str(), Some(back.as_str())), ("督办单", None)];
        let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
        Ok(ShowPage { shell, issue_number: issue.number, id, notice })
    });
    read.await
}

pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    see: Scope,
    path: web::Path<(String, i64)>,
) -> Answer {
    page::show(&show_page(&app, &request, viewer, see, path.into_inner()).await?)
}

pub async fn download(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    see: Scope,
    path: web::Path<(String, i64)>,
) -> Answer {
    let shown = show_page(&app, &request, viewer, see, path.into_inner()).await?;
    let name = format!("{}.docx", shown.notice.number);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, document::MEDIA_TYPE))
        .insert_header(file::saved_as(&name))
        .insert_header(ContentEncoding::Identity)
        .body(document::file(&shown.notice)?))
}
