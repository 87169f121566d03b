//! Files on disk under their content hash. What a file is, its content says; what may be shown in the browser is a
//! short list; everything else is handed over as a download.
use crate::error::{Error, Invalid, Result};
use sha2::{Digest, Sha256};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Content types that are taken, by what the bytes say: images, PDF, office files, archives, plain text.
const TAKEN: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/heif",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/zip",
    "application/x-ole-storage",
];

/// Never inline unless a safe image or PDF.
pub fn is_inline(content_type: &str) -> bool {
    matches!(content_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp" | "application/pdf")
}

/// By content, whatever the name says.
pub fn content_type(path: &Path) -> Result<&'static str> {
    if let Some(kind) = infer::get_from_path(path)? {
        return TAKEN.iter().find(|taken| **taken == kind.mime_type()).copied().ok_or_else(refused);
    }
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(64 * 1024).read_to_end(&mut head)?;
    let valid = match std::str::from_utf8(&head) {
        Ok(_) => true,
        // The cut may go through a character.
        Err(error) => error.error_len().is_none() && error.valid_up_to() + 4 > head.len(),
    };
    if valid && !head.contains(&0) { Ok("text/plain") } else { Err(refused()) }
}

fn refused() -> Error {
    Invalid::one("file", "这种文件不能上传。可以传图片、PDF、Word、Excel、PPT、ZIP 和纯文本").into()
}

pub fn path(directory: &Path, content_hash: &str) -> Option<PathBuf> {
    let is_hash = content_hash.len() == 64 && content_hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| directory.join(&content_hash[..2]).join(content_hash))
}

/// Copies a file to its place, durable before it returns; returns its hash. The same content is kept once.
pub fn store(directory: &Path, from: &Path) -> Result<String> {
    let mut source = std::fs::File::open(from)?;
    std::fs::create_dir_all(directory)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        std::io::Write::write_all(&mut temporary, &buffer[..read])?;
    }
    let hash = hex::encode(hasher.finalize());
    let target = path(directory, &hash).ok_or_else(|| Error::internal("a hash is a hash"))?;
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map_err(Error::internal)?;
    Ok(hash)
}
