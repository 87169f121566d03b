//! Opening one issue with its query code and the phone's last digits, leaving it again, and its files.
use super::{official, pages_issue, pages_submit::HomePage, query, ticket, write_down};
use crate::{
    access::{Scope, Viewer},
    error::{Error, Invalid, Result},
    form::Form,
    issue::{code::Code, pages::attachment, perform::Authority, query as issues, workflow::Action},
    once,
    web::{Answer, App, AppData, page, shell::Shell, upload::UploadBody},
};
use actix_web::{HttpRequest, http::StatusCode, web};

pub async fn track(app: AppData, request: HttpRequest, viewer: Option<Viewer>, form: Form) -> Answer {
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let address = app.address(&request);
    let code = Code::typed(form.text("code"));
    let tail = crate::search::normal(form.text("tail"));
    let opened = app.db.write(move |conn| query::track(conn, &address, &code, &tail)).await;
    let (status, wrong) = match opened {
        Ok(Some((held, secret))) => {
            let mut response = page::see_other("/portal/issue");
            ticket::put(&app, &mut response, &secret, &held)?;
            return Ok(response);
        }
        Ok(None) => (StatusCode::UNPROCESSABLE_ENTITY, Invalid::one("code", "查询码或手机尾号不对")),
        Err(error) => page::to_mend(error)?,
    };
    let shell = Shell::plain(&request, None);
    let page = app.db.read(move |conn| HomePage::load(conn, shell, form, Invalid::default(), wrong)).await?;
    page::with_status(status, &page)
}

/// To the form, when nothing is opened or not any more; what was typed meanwhile stands beside it.
pub(super) async fn closed(app: &App, request: &HttpRequest, typed: &Form) -> Answer {
    let unwritten = typed.unwritten();
    if unwritten.0.is_empty() {
        return Ok(page::done("/portal#track", "请输入查询码和手机尾号。30 分钟没有操作要重新输入"));
    }
    let shell = Shell::plain(request, None);
    let page =
        app.db.read(move |conn| HomePage::load(conn, shell, unwritten, Invalid::default(), Invalid::default())).await?;
    page::with_status(StatusCode::UNAUTHORIZED, &page)
}

pub async fn leave(app: AppData) -> Answer {
    let mut response = page::done("/portal", "已退出查询");
    ticket::remove(&app, &mut response)?;
    Ok(response)
}

/// Keeps the files with the opened issue.
async fn added(app: &AppData, held: &query::Held, address: String, body: UploadBody) -> Result<()> {
    let (id, counted) = (held.issue_id, address.clone());
    let issue = app
        .db
        .write(move |conn| {
            query::count_upload(conn, &counted)?;
            issues::find_by_id(conn, Scope::by_query_code(id), id)
        })
        .await?
        .ok_or(Error::NotFound)?;
    if issue.status.is_final() {
        return Err(Error::refused("已经办结的问题不能再加附件，没有解决的请先重开"));
    }
    let upload = body.read().await?;
    let files = attachment::take(app, upload.files).await?;
    if files.is_empty() {
        return Err(Invalid::one("file", "请先选择文件").into());
    }
    let (at, holder, sent) = (app.now(), held.clone(), attachment::with_files(&upload.form, &files));
    app.db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                attachment::keep(conn, &Authority::by_query_code(id), &issue.number, &files, true, at)?;
                write_down(conn, &holder, &issue.number, &address, Action::Attach.label())?;
                Ok("/portal/issue".into())
            })
        })
        .await?;
    Ok(())
}

pub async fn attach(app: AppData, request: HttpRequest, viewer: Option<Viewer>, body: UploadBody) -> Answer {
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let Some((held, secret)) = ticket::held(&app, &request).await? else {
        return closed(&app, &request, &Form::default()).await;
    };
    let mut response = match added(&app, &held, app.address(&request), body).await {
        Ok(()) => page::done("/portal/issue", "附件已添加"),
        Err(error) => {
            let word = Action::Attach.as_str().to_owned();
            pages_issue::refused(&app, &request, held.issue_id, word, Form::default(), error).await?
        }
    };
    ticket::put(&app, &mut response, &secret, &held)?;
    Ok(response)
}

/// Voids a file that was added with the code.
pub async fn void(
    app: AppData,
    request: HttpRequest,
    viewer: Option<Viewer>,
    file: web::Path<i64>,
    form: Form,
) -> Answer {
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let Some((held, secret)) = ticket::held(&app, &request).await? else {
        return closed(&app, &request, &form).await;
    };
    let (id, at, address, file) = (held.issue_id, app.now(), app.address(&request), *file);
    let (holder, sent) = (held.clone(), form.clone());
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                let scope = Scope::by_query_code(id);
                let one = issues::find_attachment(conn, scope, file)?;
                if one.actor_id.is_some() {
                    return Err(Error::Forbidden);
                }
                let issue = issues::find_by_id(conn, scope, id)?.ok_or(Error::NotFound)?;
                let authority = Authority::by_query_code(id);
                attachment::void_one(conn, &authority, &issue.number, &one, sent.text("reason"), at)?;
                write_down(conn, &holder, &issue.number, &address, Action::VoidAttachment.label())?;
                Ok("/portal/issue".into())
            })
        })
        .await;
    let mut response = match done {
        Ok(location) => page::done(location, "附件已作废"),
        Err(error) => pages_issue::refused(&app, &request, id, format!("void-{file}"), form, error).await?,
    };
    ticket::put(&app, &mut response, &secret, &held)?;
    Ok(response)
}

/// A file of the opened issue, of no other.
pub async fn download(app: AppData, request: HttpRequest, viewer: Option<Viewer>, id: web::Path<i64>) -> Answer {
    let (held, _) = ticket::held(&app, &request).await?.ok_or(Error::NotFound)?;
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let scope = Scope::by_query_code(held.issue_id);
    let found = app.db.read(move |conn| issues::find_attachment(conn, scope, *id)).await?;
    attachment::send(&app, found).await
}
