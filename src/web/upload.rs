//! Forms with files. Fields are kept as text, each file goes to a temporary file that is gone if nobody takes it.
use super::page;
use crate::{
    error::{Error, Invalid, Result},
    form::Form,
};
use actix_multipart::Multipart;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::StreamExt;
use std::io::Write;

/// Bytes of one file at most.
pub const FILE_LIMIT: u64 = 20 * 1024 * 1024;
/// An import may be larger.
const REQUEST_LIMIT: u64 = 120 * 1024 * 1024;
/// Beyond it the connection is given up.
const PATIENCE: u64 = 4 * REQUEST_LIMIT;
const FIELD_LIMIT: usize = 64 * 1024;

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

/// The same for handlers that show a form again whose files were refused.
pub struct UploadTry {
    pub form: Form,
    pub files: Vec<Upload>,
    pub refused: Invalid,
}

impl UploadForm {
    async fn read(mut body: Multipart) -> Result<Self> {
        let mut read = Self::default();
        let mut total = 0u64;
        while let Some(part) = body.next().await {
            let mut part = part.map_err(page::bad_body)?;
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
            match file_name {
                None => {
                    let bytes = part.bytes(FIELD_LIMIT).await.map_err(page::bad_body)?.map_err(page::bad_body)?;
                    read.form.0.push((name, String::from_utf8_lossy(&bytes).into_owned()));
                }
                Some(file_name) => {
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
                            return Err(Error::Invalid(read.refused));
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
        Ok(read)
    }
}

impl FromRequest for UploadForm {
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Multipart::from_request(request, payload);
        Box::pin(async move {
            let read = Self::read(body.await.map_err(page::bad_body)?).await?;
            read.refused.clone().check()?;
            Ok(read)
        })
    }
}

impl FromRequest for UploadTry {
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Multipart::from_request(request, payload);
        Box::pin(async move {
            let read = UploadForm::read(body.await.map_err(page::bad_body)?).await?;
            Ok(Self { form: read.form, files: read.files, refused: read.refused })
        })
    }
}
