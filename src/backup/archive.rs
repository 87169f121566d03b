//! The archive itself: written member by member with their hashes, read back into a directory and compared with its
//! manifest.
use super::{ATTACHMENTS, DATABASE, FORMAT, MANIFEST, Manifest, Member};
use crate::error::{Error, Result, io_words};
use sha2::{Digest, Sha256};
use std::{
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
};
use tempfile::PersistError;

/// Bytes of a manifest at most.
const MANIFEST_LIMIT: u64 = 1 << 30;

/// Passes bytes on and hashes them.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
    size: u64,
}
impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, hasher: Sha256::new(), size: 0 }
    }
    fn member(self, path: &str) -> Member {
        Member { path: path.to_owned(), size: self.size, sha256: hex::encode(self.hasher.finalize()) }
    }
}
impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.size += read as u64;
        Ok(read)
    }
}

pub(super) struct Writer {
    tar: tar::Builder<tempfile::NamedTempFile>,
    /// For the copy of the database; readable by its owner only.
    workroom: tempfile::TempDir,
    manifest: Option<Manifest>,
    members: Vec<Member>,
}

pub(super) fn private_workroom(directory: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(".zhuqi-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir_in(directory)
        .map_err(|cause| Error::refused(format!("不能写入目录 {}：{}", directory.display(), io_words(&cause))))
}

impl Writer {
    pub(super) fn create(directory: &Path) -> Result<Self> {
        let file = tempfile::Builder::new()
            .prefix(".zhuqi-")
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(directory)
            .map_err(|cause| Error::refused(format!("不能写入目录 {}：{cause}", directory.display())))?;
        Ok(Self {
            tar: tar::Builder::new(file),
            workroom: private_workroom(directory)?,
            manifest: None,
            members: Vec::new(),
        })
    }
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.workroom.path().join(name)
    }
    pub(super) fn describe(&mut self, manifest: Manifest) {
        self.manifest = Some(manifest);
    }

    fn header(size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header
    }

    pub(super) fn add(&mut self, path: &str, from: &Path) -> Result<&Member> {
        let file = std::fs::File::open(from)?;
        let size = file.metadata()?.len();
        let mut source = Hashing::new(file.take(size));
        self.tar.append_data(&mut Self::header(size), path, &mut source)?;
        if source.size != size {
            return Err(Error::refused(format!("{} 在备份时变短了，请再试一次", from.display())));
        }
        self.members.push(source.member(path));
        self.members.last().ok_or_else(|| Error::internal("just added"))
    }

    /// Adds the manifest and renames the archive to its name, when all of it is on disk.
    pub(super) fn finish(mut self, file: &Path) -> Result<Manifest> {
        let mut manifest = self.manifest.ok_or_else(|| Error::internal("a manifest"))?;
        manifest.members = self.members;
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.tar.append_data(&mut Self::header(text.len() as u64), MANIFEST, text.as_slice())?;
        let mut written = self.tar.into_inner()?;
        written.flush()?;
        written.as_file().sync_all()?;
        let refused =
            |cause: PersistError| Error::refused(format!("不能写入 {}：{}", file.display(), io_words(&cause.error)));
        written.persist(file).map_err(refused)?;
        Ok(manifest)
    }
}

/// Only what a backup has: the database, the manifest, files under their hash.
fn is_expected(path: &Path) -> bool {
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return false;
    }
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    match parts.as_slice() {
        [name] => name == DATABASE || name == MANIFEST,
        [top, shelf, name] => {
            top == ATTACHMENTS
                && name.len() == 64
                && name.bytes().all(|byte| byte.is_ascii_hexdigit())
                && name.starts_with(shelf.as_str())
                && shelf.len() == 2
        }
        _ => false,
    }
}

fn broken(cause: impl std::fmt::Display) -> Error {
    Error::refused(format!("备份文件不完整或已损坏，没有恢复任何内容（{cause}）"))
}

/// What the archive's format says of itself is for programmers.
fn unreadable(cause: std::io::Error) -> Error {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other};
    match cause.kind() {
        Other | InvalidData | InvalidInput => broken("不是 zhuqi backup 写的文件"),
        _ => broken(io_words(&cause)),
    }
}

/// Unpacks into an empty directory; every member must be as the manifest says, and none may lack.
pub(super) fn unpack(file: &Path, into: &Path) -> Result<Manifest> {
    let source = std::fs::File::open(file)
        .map_err(|cause| Error::refused(format!("备份文件打不开（{}）：{}", file.display(), io_words(&cause))))?;
    let mut archive = tar::Archive::new(std::io::BufReader::new(source));
    let mut found = Vec::new();
    let mut manifest: Option<Manifest> = None;
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path().map_err(unreadable)?.into_owned();
        if !is_expected(&path) || entry.header().entry_type() != tar::EntryType::Regular {
            return Err(broken(format!("不认识的内容 {}", path.display())));
        }
        let (name, size) = (path.to_string_lossy().into_owned(), entry.size());
        if name == MANIFEST {
            let mut text = Vec::new();
            entry.take(MANIFEST_LIMIT).read_to_end(&mut text).map_err(unreadable)?;
            manifest = Some(serde_json::from_slice(&text).map_err(|_| broken("清单读不懂"))?);
            continue;
        }
        let target = into.join(&path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.write(true).create_new(true).open(&target).map_err(unreadable)?;
        let mut source = Hashing::new(entry);
        std::io::copy(&mut source, &mut out).map_err(unreadable)?;
        out.sync_all()?;
        if source.size != size {
            return Err(broken(format!("{name} 被截短")));
        }
        found.push(source.member(&name));
    }
    let manifest = manifest.ok_or_else(|| broken("没有清单"))?;
    if manifest.format != FORMAT {
        return Err(Error::refused(format!("备份文件是格式 {}，这个版本的程序只认识格式 {FORMAT}", manifest.format)));
    }
    let mut expected = manifest.members.clone();
    expected.sort_by(|a, b| a.path.cmp(&b.path));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    if expected != found {
        let differing = expected.iter().find(|member| !found.contains(member));
        let name = differing.map_or("多出的内容", |member| member.path.as_str());
        return Err(broken(format!("{name} 与清单不符")));
    }
    Ok(manifest)
}
