//! Opening one issue with its query code and the phone's last digits, leaving it again, and its files.
use super::{official, pages_submit::HomePage, query, ticket};
use crate::{
    access::{Scope, Viewer},
    error::{Error, Invalid},
    form::Form,
    issue::{code::Code, pages::attachment, query as issues},
    web::{Answer, AppData, page, shell::Shell, upload::UploadForm},
};
use actix_web::{HttpRequest, HttpResponse, web};

const FILES_PER_ISSUE: usize = 30;

pub async fn track(app: AppData, request: HttpRequest, form: Form) -> Answer {
    let address = app.address(&request);
    let code = Code::typed(form.text("code"));
    let tail = crate::search::normal(form.text("tail"));
    let opened = app.db.write(move |conn| query::track(conn, &address, &code, &tail)).await?;
    match opened {
        Some((held, secret)) => {
            let mut response = page::see_other("/portal/issue");
            ticket::put(&app, &mut response, &secret, &held)?;
            Ok(response)
        }
        None => {
            let shell = Shell::plain(&request, None);
            let wrong = Invalid::one("code", "查询码或手机尾号不对");
            let page = app.db.read(move |conn| HomePage::load(conn, shell, form, Invalid::default(), wrong)).await?;
            page::refuse(&page)
        }
    }
}

/// To the form, when nothing is opened or not any more.
pub(super) fn closed() -> HttpResponse {
    page::done("/portal#track", "请输入查询码和手机尾号。30 分钟没有操作要重新输入")
}

pub async fn leave(app: AppData) -> Answer {
    let mut response = page::done("/portal", "已退出查询");
    ticket::remove(&app, &mut response)?;
    Ok(response)
}

pub async fn attach(app: AppData, request: HttpRequest, viewer: Option<Viewer>, upload: UploadForm) -> Answer {
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let Some((held, secret)) = ticket::held(&app, &request).await? else {
        return Ok(closed());
    };
    let scope = Scope::by_query_code(held.issue_id);
    let (id, address) = (held.issue_id, app.address(&request));
    let issue = app
        .db
        .write(move |conn| {
            query::count_upload(conn, &address)?;
            issues::find_by_id(conn, scope, id)
        })
        .await?
        .ok_or(Error::NotFound)?;
    if issue.status.is_final() {
        return Err(Error::refused("已经办结的问题不能再加附件，没有解决的请先重开"));
    }
    let files = attachment::take(&app, upload.files).await?;
    if files.is_empty() {
        return Err(Error::refused("请先选择文件"));
    }
    let at = app.now();
    app.db
        .write(move |conn| {
            if issues::attachments(conn, id)?.len() + files.len() > FILES_PER_ISSUE {
                return Err(Error::refused("每件问题最多 30 个附件"));
            }
            issues::insert_attachments(conn, attachment::rows(id, "企业", at, &files))
        })
        .await?;
    let mut response = page::done("/portal/issue", "附件已添加");
    ticket::put(&app, &mut response, &secret, &held)?;
    Ok(response)
}

/// A file of the opened issue, of no other.
pub async fn download(app: AppData, request: HttpRequest, id: web::Path<i64>) -> Answer {
    let (held, _) = ticket::held(&app, &request).await?.ok_or(Error::NotFound)?;
    let scope = Scope::by_query_code(held.issue_id);
    let found = app.db.read(move |conn| issues::find_attachment(conn, scope, *id)).await?;
    attachment::send(&app, found).await
}
