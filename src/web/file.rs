//! Finished files as downloads, sent from disk piece by piece.
use crate::error::Result;
use actix_web::{
    HttpResponse,
    body::SizedStream,
    http::header::{self, ContentEncoding},
    web::{self, Bytes},
};
use std::{fs::File, io::Read};

const PIECE: u64 = 64 * 1024;

/// Saved under this name (RFC 5987, as it is Chinese).
pub fn saved_as(name: &str) -> header::ContentDisposition {
    named(header::DispositionType::Attachment, name)
}

pub fn named(disposition: header::DispositionType, name: &str) -> header::ContentDisposition {
    let name = header::ExtendedValue {
        charset: header::Charset::Ext("UTF-8".into()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    header::ContentDisposition { disposition, parameters: vec![header::DispositionParam::FilenameExt(name)] }
}

/// An xlsx that is already unlinked: it is gone when it was sent, or when the other side gave up.
pub fn spreadsheet(file: File, name: &str) -> Result<HttpResponse> {
    let size = file.metadata()?.len();
    // Some: there may be more to read.
    let pieces = futures_util::stream::unfold(Some(file), |file| async move {
        let file = file?;
        let read = web::block(move || {
            let mut piece = Vec::new();
            (&file).take(PIECE).read_to_end(&mut piece).map(|_| (Bytes::from(piece), file))
        });
        match read.await.map_err(std::io::Error::other) {
            Ok(Ok((piece, _))) if piece.is_empty() => None,
            Ok(Ok((piece, file))) => Some((Ok(piece), Some(file))),
            Ok(Err(cause)) | Err(cause) => Some((Err(cause), None)),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))
        .insert_header(saved_as(name))
        // It is a compressed archive.
        .insert_header(ContentEncoding::Identity)
        .body(SizedStream::new(size, pieces)))
}
