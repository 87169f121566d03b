//! Forms with files. Fields are kept as text, each file goes to a temporary file that is gone if nobody takes it.
use super::page;
use crate::{
    error::{Error, Invalid, Result},
    form::Form,
};
use actix_multipart::Multipart;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, mime};
use futures_util::StreamExt;
use std::io::Write;

/// Bytes of one file at most.
pub const FILE_LIMIT: u64 = 20 * 1024 * 1024;
/// An import may be larger.
const REQUEST_LIMIT: u64 = 120 * 1024 * 1024;
/// Beyond it the connection is given up.
const PATIENCE: u64 = 4 * REQUEST_LIMIT;
const FIELD_LIMIT: usize = 64 * 1024;
/// Parts of one form at most, files among them.
const PARTS_MOST: usize = 64;
const FILES_MOST: usize = 20;

pub struct Upload {
    /// The form field.
    pub field: String,
    /// As the browser called it, without a path.
    pub name: String,
    pub size: u64,
    pub file: tempfile::NamedTempFile,
}

/// A `multipart/form-data` body.
#[derive(Default)]
pub struct UploadForm {
    pub form: Form,
    pub files: Vec<Upload>,
    /// What is wrong with the files.
    refused: Invalid,
}

/// The same for handlers that show a form again whose files were refused. A form without a file field is one of them.
#[derive(Default)]
pub struct UploadTry {
    pub form: Form,
    pub files: Vec<Upload>,
    pub refused: Invalid,
}

/// A body that nobody has read yet: on the doors that are open to everybody, who sends it is counted first.
pub struct UploadBody {
    body: Multipart,
    request: HttpRequest,
}

impl UploadBody {
    pub async fn read(self) -> Result<UploadForm> {
        let read = self.read_whole().await?;
        read.refused.clone().check()?;
        Ok(read)
    }

    /// What was typed, as far as it can be read, to be shown again to whom nothing is kept for. Files are passed over.
    pub async fn read_fields(self) -> Form {
        let Self { mut body, .. } = self;
        let mut form = Form::default();
        let mut passed = 0;
        for _ in 0..PARTS_MOST {
            let Some(Ok(mut part)) = body.next().await else { break };
            let name = part.name().unwrap_or_default().to_owned();
            if part.content_disposition().is_some_and(|d| d.get_filename().is_some()) {
                while let Some(Ok(chunk)) = part.next().await {
                    passed += chunk.len() as u64;
                    if passed > FILE_LIMIT {
                        return form;
                    }
                }
            } else if let Ok(Ok(bytes)) = part.bytes(FIELD_LIMIT).await {
                form.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        form
    }

    async fn read_whole(mut self) -> Result<UploadForm> {
        let mut read = UploadForm::default();
        let done = self.read_into(&mut read).await;
        // Whatever becomes of it, `web::refusal` can show what was typed.
        self.request.extensions_mut().insert(read.form.clone());
        done.map(|()| read)
    }

    async fn read_into(&mut self, read: &mut UploadForm) -> Result<()> {
        let body = &mut self.body;
        let mut total = 0u64;
        let mut parts = 0;
        while let Some(part) = body.next().await {
            let mut part = part.map_err(page::bad_body)?;
            parts += 1;
            if parts > PARTS_MOST {
                return Err(Invalid::one("", format!("表单最多 {PARTS_MOST} 项，请减少文件后重试")).into());
            }
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
            match file_name {
                None => {
                    let bytes = part.bytes(FIELD_LIMIT).await.map_err(page::bad_body)?.map_err(page::bad_body)?;
                    total += bytes.len() as u64;
                    within_limit(total, &name)?;
                    read.form.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
                }
                Some(file_name) => {
                    if read.files.len() == FILES_MOST {
                        return Err(Invalid::one(&name, format!("一次最多上传 {FILES_MOST} 个文件")).into());
                    }
                    let mut file = tempfile::NamedTempFile::new()?;
                    let mut size = 0u64;
                    while let Some(chunk) = part.next().await {
                        let chunk = chunk.map_err(page::bad_body)?;
                        size += chunk.len() as u64;
                        total += chunk.len() as u64;
                        if total <= REQUEST_LIMIT {
                            file.write_all(&chunk)?;
                            continue;
                        }
                        // The rest is read, so that the browser gets to see the answer, but kept nowhere.
                        if read.refused.is_empty() {
                            read.refused.add(&name, "文件太大，一次最多上传 120 MB");
                        }
                        if total > PATIENCE {
                            return Err(Error::Invalid(read.refused.clone()));
                        }
                    }
                    let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned();
                    // A file field left empty arrives as a file without a name.
                    if !file_name.is_empty() {
                        file.flush()?;
                        read.files.push(Upload { field: name, name: file_name, size, file });
                    }
                }
            }
        }
        Ok(())
    }
}

/// What was typed into a form that nobody handles, whatever its kind; nothing when it cannot be read.
pub async fn fields(request: &HttpRequest, payload: &mut Payload) -> Form {
    if request.content_type() == mime::MULTIPART_FORM_DATA.essence_str() {
        match UploadBody::from_request(request, payload).await {
            Ok(body) => body.read_fields().await,
            Err(_) => Form::default(),
        }
    } else {
        Form::from_request(request, payload).await.unwrap_or_default()
    }
}

fn within_limit(total: u64, field: &str) -> Result<()> {
    if total > REQUEST_LIMIT {
        Err(Invalid::one(field, "内容太大，一次最多上传 120 MB").into())
    } else {
        Ok(())
    }
}

type Extracted<T> = std::pin::Pin<Box<dyn Future<Output = Result<T>>>>;

impl FromRequest for UploadBody {
    type Error = Error;
    type Future = Extracted<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Multipart::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move { Ok(Self { body: body.await.map_err(page::bad_body)?, request }) })
    }
}

impl FromRequest for UploadForm {
    type Error = Error;
    type Future = Extracted<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = UploadBody::from_request(request, payload);
        Box::pin(async move { body.await?.read().await })
    }
}

impl FromRequest for UploadTry {
    type Error = Error;
    type Future = Extracted<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if request.content_type() == mime::APPLICATION_WWW_FORM_URLENCODED.essence_str() {
            let form = Form::from_request(request, payload);
            return Box::pin(async move { Ok(Self { form: form.await?, ..Self::default() }) });
        }
        let body = UploadBody::from_request(request, payload);
        Box::pin(async move {
            let read = body.await?.read_whole().await?;
            Ok(Self { form: read.form, files: read.files, refused: read.refused })
        })
    }
}
