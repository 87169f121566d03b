//! Files of an issue, reached only through the issue's scope.
use crate::{
    access::{Scope, Viewer},
    attachment,
    error::{Error, Invalid, Result},
    issue::query::{self, Attachment},
    key,
    time::Time,
    web::{
        Answer, AppData, page,
        upload::{FILE_LIMIT, Upload, UploadForm},
    },
};
use actix_web::{HttpResponse, http::header, web};

const FILES_PER_ISSUE: usize = 30;

/// Checks and stores uploaded files; the rows are inserted by the caller's transaction.
pub async fn take(app: &AppData, files: Vec<Upload>) -> Result<Vec<(String, String, &'static str, i64)>> {
    let directory = app.config.attachments();
    web::block(move || {
        files
            .into_iter()
            .filter(|upload| upload.field == "file")
            .map(|upload| {
                if upload.size > FILE_LIMIT {
                    return Err(Invalid::one("file", format!("{} 太大，每个文件最多 20 MB", upload.name)).into());
                }
                let content_type = attachment::content_type(upload.file.path())?;
                let hash = attachment::store(&directory, upload.file.path())?;
                Ok((upload.name.chars().take(120).collect(), hash, content_type, upload.size as i64))
            })
            .collect()
    })
    .await
    .map_err(Error::internal)?
}

pub fn rows(issue_id: i64, actor: &str, at: Time, files: &[(String, String, &'static str, i64)]) -> Vec<Attachment> {
    files
        .iter()
        .map(|(name, hash, content_type, size)| Attachment {
            id: key::fresh(at),
            issue_id,
            name: name.clone(),
            content_hash: hash.clone(),
            content_type: (*content_type).to_owned(),
            size: *size,
            actor: actor.to_owned(),
            added_at: at,
            voided_at: Time::NEVER,
            void_reason: String::new(),
        })
        .collect()
}

pub async fn add(app: AppData, viewer: Viewer, scope: Scope, number: web::Path<String>, upload: UploadForm) -> Answer {
    let location = format!("/issues/{number}");
    let wanted = number.clone();
    // Nothing is stored for an issue that cannot be seen.
    let issue = app.db.read(move |conn| query::find(conn, scope, &wanted)).await?;
    if issue.status.is_final() {
        return Err(Error::refused("已经办结的问题不能再加附件"));
    }
    let files = take(&app, upload.files).await?;
    if files.is_empty() {
        return Err(Error::refused("请先选择文件"));
    }
    let at = app.now();
    let actor = format!("{} {}", viewer.home, viewer.name);
    app.db
        .write(move |conn| {
            if query::attachments(conn, issue.id)?.len() + files.len() > FILES_PER_ISSUE {
                return Err(Error::refused("每件问题最多 30 个附件"));
            }
            query::insert_attachments(conn, rows(issue.id, &actor, at, &files))
        })
        .await?;
    Ok(page::done(location, "附件已添加"))
}

/// A file, through the scope of its issue.
pub async fn download(app: AppData, scope: Scope, id: web::Path<i64>) -> Answer {
    let found = app.db.read(move |conn| query::find_attachment(conn, scope, *id)).await?;
    send(&app, found).await
}

pub async fn send(app: &AppData, found: Attachment) -> Answer {
    let path = attachment::path(&app.config.attachments(), &found.content_hash).ok_or(Error::NotFound)?;
    let bytes = web::block(move || std::fs::read(path)).await.map_err(Error::internal)??;
    let disposition = header::ContentDisposition {
        disposition: if attachment::is_inline(&found.content_type) {
            header::DispositionType::Inline
        } else {
            header::DispositionType::Attachment
        },
        parameters: vec![header::DispositionParam::FilenameExt(header::ExtendedValue {
            charset: header::Charset::Ext("UTF-8".into()),
            language_tag: None,
            value: found.name.into_bytes(),
        })],
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, found.content_type))
        .insert_header(disposition)
        // Even a file that lies about itself runs nothing.
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .body(bytes))
}
