//! Opening connections. The derived `establish` would hand any string to SQLite, so the scheme is parsed here.
use crate::error::{Error, Result};
use diesel::{
    Connection, PgConnection, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ManageConnection, R2D2Connection},
};
use std::path::{Path, PathBuf};

#[derive(diesel::MultiConnection)]
pub enum Conn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// `sqlite:PATH` or `postgres://…`, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Url {
    pub fn parse(text: &str) -> Result<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if text.contains("sslmode=require") || text.contains("sslmode=verify") {
                return Err(Error::refused(
                    "本程序自带的 PostgreSQL 客户端不含 TLS，不能满足 sslmode=require。请按 README 的部署一节，用系统 libpq 重新编译，或在本机用 TLS 代理转发。",
                ));
            }
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.trim_start_matches("//").is_empty() => {
                Ok(Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
            }
            _ => Err(Error::refused("DATABASE_URL 只支持两种写法：sqlite:路径 或 postgres://用户:口令@主机/库名")),
        }
    }

    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// For messages: without a password.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => match (url.find("://"), url.rfind('@')) {
                (Some(scheme), Some(at)) if scheme < at => format!("{}…{}", &url[..scheme + 3], &url[at..]),
                _ => url.clone(),
            },
        }
    }

    /// Makes the directory of a SQLite file, readable by its owner only.
    pub(super) fn prepare(&self) -> Result<()> {
        let Some(parent) = self.path().and_then(Path::parent) else {
            return Ok(());
        };
        if parent.as_os_str().is_empty() || parent.is_dir() {
            return Ok(());
        }
        private_directory(parent)
    }
}

/// A directory of mode 700, with its parents.
pub fn private_directory(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|cause| Error::refused(format!("不能建立目录 {}：{cause}", path.display())))
}

/// One connection of its own, outside any pool.
pub fn establish(url: &Url) -> Result<Conn> {
    open(url).map_err(|cause| Error::refused(format!("数据库打不开（{}）：{cause}", url.shown())))
}

fn open(url: &Url) -> diesel::ConnectionResult<Conn> {
    match url {
        Url::Postgres(url) => Ok(Conn::Postgres(PgConnection::establish(url)?)),
        Url::Sqlite(path) => {
            super::sqlite::settle();
            // Its own, whatever the directory's mode; what SQLite puts beside it has the same.
            use std::os::unix::fs::OpenOptionsExt;
            let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
            // Acknowledged means on disk: synchronous=FULL. The cache (KiB when negative) stays within the
            // 100 MB budget; pages are not mapped, as the kernel counts those against it too.
            conn.batch_execute(
                "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
                 PRAGMA foreign_keys=ON; PRAGMA cache_size=-4000; PRAGMA mmap_size=0; \
                 PRAGMA temp_store=MEMORY;",
            )
            .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(Conn::Sqlite(conn))
        }
    }
}

pub(super) struct Manager(pub Url);

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> std::result::Result<Conn, Self::Error> {
        open(&self.0).map_err(diesel::r2d2::Error::ConnectionError)
    }
    fn is_valid(&self, conn: &mut Conn) -> std::result::Result<(), Self::Error> {
        conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }
    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

impl Conn {
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

/// Runs one expression on the concrete connection, for what diesel offers on each engine but not on both at once
/// (batch insert). Keep such places rare.
#[macro_export]
macro_rules! on_each_engine {
    ($conn:expr, $inner:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($inner) => $body,
            $crate::db::Conn::Postgres($inner) => $body,
        }
    };
}
