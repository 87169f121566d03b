//! The key that seals: 32 random bytes in a file outside the database, so that who can write the database alone cannot
//! make a seal.
use crate::error::{Error, Result};
use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Where the key is, and whether it may be made there: only while nothing was sealed.
#[derive(Debug, Clone)]
pub struct SecretFile(pub PathBuf);

impl Secret {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl SecretFile {
    pub fn read(&self) -> Result<Secret> {
        let text = std::fs::read_to_string(&self.0).map_err(|cause| {
            Error::refused(format!(
                "封存密钥 {} 读不出来（{cause}）。它不在数据库和备份里，请从另外保管的副本放回，或用 ZHUQI_SEAL_KEY 指明",
                self.0.display()
            ))
        })?;
        parse(text.trim()).map(Secret).ok_or_else(|| {
            Error::refused(format!("封存密钥 {} 不是 64 位十六进制，请放回原来的文件", self.0.display()))
        })
    }

    /// The key, made at first use. Several instances may do this at once: the first file stays.
    pub fn read_or_make(&self) -> Result<Secret> {
        if !self.0.exists() {
            self.make()?;
        }
        self.read()
    }

    fn make(&self) -> Result<()> {
        if let Some(directory) = self.0.parent().filter(|path| *path != Path::new("")) {
            std::fs::create_dir_all(directory)?;
        }
        let mut draft = self.0.clone().into_os_string();
        draft.push(format!(".{}", uuid::Uuid::new_v4()));
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        let bytes: [u8; 32] = rand::random();
        let text = hex::encode(bytes);
        writeln!(file, "{text}")?;
        file.sync_all()?;
        // A link fails where there is a file already; whole or not at all.
        let linked = std::fs::hard_link(&draft, &self.0);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(cause) if cause.kind() != std::io::ErrorKind::AlreadyExists => Err(cause.into()),
            _ => Ok(()),
        }
    }
}

fn parse(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok().filter(|bytes| bytes.len() == 32)
}
