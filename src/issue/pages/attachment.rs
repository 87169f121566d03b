//! Files of an issue, reached only through the issue's scope: added, shown, voided with a reason, never removed.
use super::show::{Attempt, build};
use crate::{
    access::{Permission, Scope, Viewer},
    attachment,
    db::Conn,
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        event::newest_moment,
        perform::{Authority, perform},
        query::{self, Attachment},
        step::Step,
        workflow::Action,
    },
    key, once,
    time::Time,
    web::{
        Answer, AppData, file, page,
        shell::Frame,
        upload::{FILE_LIMIT, Upload, UploadTry},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};

const FILES_PER_ISSUE: usize = 30;

/// A file that was checked and stored, and belongs to nothing yet.
#[derive(Clone)]
pub struct Taken {
    pub name: String,
    pub content_hash: String,
    pub content_type: &'static str,
    pub size: i64,
}

/// Checks and stores uploaded files; `keep` makes them an issue's.
pub async fn take(app: &AppData, files: Vec<Upload>) -> Result<Vec<Taken>> {
    let directory = app.config.attachments();
    web::block(move || {
        files
            .into_iter()
            .filter(|upload| upload.field == "file")
            .map(|upload| {
                if upload.size > FILE_LIMIT {
                    return Err(Invalid::one("file", format!("{} 太大，每个文件最多 20 MB", upload.name)).into());
                }
                if upload.size == 0 {
                    return Err(Invalid::one("file", format!("{} 是空文件，里面没有内容", upload.name)).into());
                }
                let content_type = attachment::content_type(upload.file.path())?;
                let content_hash = attachment::store(&directory, upload.file.path())?;
                let name = upload.name.chars().take(120).collect();
                Ok(Taken { name, content_hash, content_type, size: upload.size as i64 })
            })
            .collect()
    })
    .await
    .map_err(Error::internal)?
}

/// The form with what its files say: the same text with other files is another form.
pub fn with_files(form: &Form, files: &[Taken]) -> Form {
    let mut form = form.clone();
    form.0.extend(files.iter().map(|file| ("file".to_owned(), file.content_hash.clone())));
    form
}

/// Keeps taken files with the issue and says so in its story.
pub fn keep(
    conn: &mut Conn,
    authority: &Authority,
    number: &str,
    files: &[Taken],
    for_company: bool,
    at: Time,
) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let (names, contents) = files.iter().map(|file| (file.name.clone(), file.content_hash.clone())).unzip();
    let issue = perform(conn, authority, number, None, &Step::Attach { names, contents, for_company }, at)?;
    let at = newest_moment(conn, issue.id)?;
    let kept = query::attachments(conn, issue.id, false)?.iter().filter(|one| !one.is_void()).count();
    if kept + files.len() > FILES_PER_ISSUE {
        return Err(Invalid::one("file", format!("每件问题最多 {FILES_PER_ISSUE} 个附件")).into());
    }
    let rows = files.iter().map(|file| Attachment {
        id: key::fresh(at),
        issue_id: issue.id,
        name: file.name.clone(),
        content_hash: file.content_hash.clone(),
        content_type: file.content_type.to_owned(),
        size: file.size,
        actor: authority.actor.name.clone(),
        added_at: at,
        voided_at: Time::NEVER,
        void_reason: String::new(),
        actor_id: authority.actor.id,
        for_company,
        void_actor: String::new(),
    });
    query::insert_attachments(conn, rows.collect())
}

/// Voids one with a reason, and says so in the issue's story.
pub fn void_one(
    conn: &mut Conn,
    authority: &Authority,
    number: &str,
    one: &Attachment,
    reason: &str,
    at: Time,
) -> Result<()> {
    let step = Step::VoidAttachment {
        name: one.name.clone(),
        content: one.content_hash.clone(),
        for_company: one.for_company,
        reason: reason.to_owned(),
    };
    let issue = perform(conn, authority, number, None, &step, at)?;
    let at = newest_moment(conn, issue.id)?;
    query::void_attachment(conn, one.id, &authority.actor.name, reason, at)
}

/// A file as the issue's page lists it.
pub struct AttachmentRow {
    pub one: Attachment,
    /// A company reads no official's name.
    pub who: String,
    pub can_void: bool,
}

/// Who added it, and the office, may void it; what came with the query code is the company's.
fn may_void(viewer: &Viewer, is_office: bool, one: &Attachment) -> bool {
    is_office || one.actor_id == Some(viewer.id) || (!viewer.is_official() && one.actor_id.is_none())
}

pub fn listed(conn: &mut Conn, viewer: &Viewer, issue_id: i64, is_office: bool) -> Result<Vec<AttachmentRow>> {
    let by_company = !viewer.is_official();
    let found = query::attachments(conn, issue_id, by_company)?;
    Ok(found
        .into_iter()
        .map(|one| AttachmentRow {
            who: match one.actor.split_once(' ') {
                Some((home, _)) if by_company => home.to_owned(),
                _ => one.actor.clone(),
            },
            can_void: !one.is_void() && may_void(viewer, is_office, &one),
            one,
        })
        .collect())
}

/// Adds files to an issue; where to go on.
async fn added(
    app: &AppData,
    viewer: &Viewer,
    scope: Scope,
    number: &str,
    form: &Form,
    files: Vec<Upload>,
    at: Time,
) -> Result<String> {
    let wanted = number.to_owned();
    // Nothing is stored for an issue that cannot be seen.
    let issue = app.db.read(move |conn| query::find(conn, scope, &wanted)).await?;
    if issue.status.is_final() {
        return Err(Invalid::one("", "已经办结的问题不能再加附件").into());
    }
    let for_company = !viewer.is_official() || form.has("for_company");
    let files = take(app, files).await?;
    if files.is_empty() {
        return Err(Invalid::one("file", "请先选择文件").into());
    }
    let (sent, viewer) = (with_files(form, &files), viewer.clone());
    app.db
        .write(move |conn| {
            let authority = Authority::of(&viewer, Action::Attach)?;
            once::once(conn, &sent, |conn| {
                keep(conn, &authority, &issue.number, &files, for_company, at)?;
                Ok(format!("/issues/{}", issue.number))
            })
        })
        .await
}

pub async fn add(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    number: web::Path<String>,
    upload: UploadTry,
) -> Answer {
    let UploadTry { form, files, refused } = upload;
    let (frame, at) = (Frame::of(&app, &request), app.now());
    let done = match refused.check() {
        Ok(()) => added(&app, &viewer, scope, &number, &form, files, at).await,
        Err(refused) => Err(refused),
    };
    let (status, invalid) = match done {
        Ok(location) => return Ok(page::done(location, "附件已添加")),
        Err(error) => page::to_mend(error)?,
    };
    let attempt = Attempt { word: Action::Attach.as_str().to_owned(), form, invalid, conflict: None };
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, &number, at, attempt, None)).await?;
    page::with_status(status, &page)
}

/// A file with the number of its issue.
fn found(conn: &mut Conn, scope: Scope, id: i64) -> Result<(Attachment, String)> {
    let one = query::find_attachment(conn, scope, id)?;
    let issue = query::find_by_id(conn, scope, one.issue_id)?.ok_or(Error::NotFound)?;
    Ok((one, issue.number))
}

pub async fn void(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let (at, id) = (app.now(), *id);
    let (actor, sent) = (viewer.clone(), form.clone());
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                let (one, number) = found(conn, scope, id)?;
                let is_office = match actor.scope(Permission::Triage) {
                    Some(office) => query::find_by_id(conn, office, one.issue_id)?.is_some(),
                    None => false,
                };
                if !may_void(&actor, is_office, &one) {
                    return Err(Error::Forbidden);
                }
                let authority = Authority::of(&actor, Action::VoidAttachment)?;
                void_one(conn, &authority, &number, &one, sent.text("reason"), at)?;
                Ok(format!("/issues/{number}"))
            })
        })
        .await;
    let (status, invalid) = match done {
        Ok(location) => return Ok(page::done(location, "附件已作废")),
        Err(error) => page::to_mend(error)?,
    };
    let attempt = Attempt { word: format!("void-{id}"), form, invalid, conflict: None };
    let page = app.db.read(move |conn| {
        let (_, number) = found(conn, scope, id)?;
        build(conn, &frame, &viewer, &number, at, attempt, None)
    });
    page::with_status(status, &page.await?)
}

/// A file, through the scope of its issue.
pub async fn download(app: AppData, scope: Scope, id: web::Path<i64>) -> Answer {
    let found = app.db.read(move |conn| query::find_attachment(conn, scope, *id)).await?;
    send(&app, found).await
}

pub async fn send(app: &AppData, found: Attachment) -> Answer {
    let path = attachment::path(&app.config.attachments(), &found.content_hash).ok_or(Error::NotFound)?;
    let bytes = web::block(move || std::fs::read(path)).await.map_err(Error::internal)??;
    let disposition = if attachment::is_inline(&found.content_type) {
        header::DispositionType::Inline
    } else {
        header::DispositionType::Attachment
    };
    let disposition = file::named(disposition, &found.name);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, found.content_type))
        .insert_header(disposition)
        // Even a file that lies about itself runs nothing.
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .body(bytes))
}
