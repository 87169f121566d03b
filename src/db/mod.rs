//! The two engines behind one connection type, and the rule for writing.
//!
//! Portable SQL, kept by every query: keys made in Rust (`key`), times as BIGINT microseconds (`time`), dates computed
//! in Rust, lower-case in Rust before comparing, never ORDER BY a nullable column, no triggers, no ON CONFLICT, no
//! batch insert on the shared connection (`Conn::insert_many` splits by engine), no boxed query as a subquery.
//!
//! Reading: `read` for a page, `snapshot` where several queries must agree. Writing: one `write`, whose closure is
//! `Fn` because it can be replayed: on SQLite one writer thread commits jobs in groups; on PostgreSQL the transaction
//! is SERIALIZABLE and tried again when another one was in the way.
pub mod connect;
pub mod migrate;
mod sqlite;
mod write;

pub use connect::{Conn, Engine, MultiBackend, Url};

use crate::error::{Error, Result};
use diesel::{Connection, connection::SimpleConnection, r2d2::Pool};
use std::sync::Arc;

pub type Backend = <Conn as Connection>::Backend;

/// Readers of a SQLite file; more do not help on few cores.
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// Reads that can go on at once.
fn readers(engine: Engine) -> u32 {
    match engine {
        Engine::Sqlite => SQLITE_READERS,
        Engine::Postgres => POSTGRES_CONNECTIONS,
    }
}

#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: Url,
    pool: Pool<connect::Manager>,
    writer: Option<write::Writer>,
}

impl Db {
    /// Opens the database of `url`; makes an empty SQLite file if there is none. Does not migrate.
    pub fn open(url: &str) -> Result<Self> {
        let url = Url::parse(url)?;
        url.prepare()?;
        let pool = Pool::builder()
            .max_size(readers(url.engine()))
            .min_idle(Some(1))
            .test_on_check_out(url.engine() == Engine::Postgres)
            .connection_timeout(std::time::Duration::from_secs(10))
            .build(connect::Manager(url.clone()))
            .map_err(|cause| Error::refused(format!("数据库打不开（{}）：{cause}", url.shown())))?;
        let writer = match url.engine() {
            Engine::Sqlite => Some(write::Writer::start(&url)?),
            Engine::Postgres => None,
        };
        Ok(Self(Arc::new(Inner { url, pool, writer })))
    }

    pub fn url(&self) -> &Url {
        &self.0.url
    }
    pub fn engine(&self) -> Engine {
        self.0.url.engine()
    }

    pub fn readers(&self) -> usize {
        readers(self.engine()) as usize
    }

    fn connection(&self) -> Result<diesel::r2d2::PooledConnection<connect::Manager>> {
        self.0.pool.get().map_err(Error::internal)
    }

    /// One or more reads for a page. On SQLite they see one moment as well: the locks of one transaction cost less than
    /// those of each query.
    pub async fn read<T: Send + 'static>(&self, f: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.clone();
        actix_web::web::block(move || db.read_blocking(f)).await.map_err(Error::internal)?
    }

    /// The same for command lines and background work, on the calling thread.
    pub fn read_blocking<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        match self.engine() {
            Engine::Sqlite => self.snapshot_blocking(f),
            Engine::Postgres => f(&mut *self.connection()?),
        }
    }

    /// Reads that see one moment of the database, for figures that must agree with each other.
    pub async fn snapshot<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.clone();
        actix_web::web::block(move || db.snapshot_blocking(f)).await.map_err(Error::internal)?
    }

    pub fn snapshot_blocking<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let conn = &mut *self.connection()?;
        write::begin(conn, write::Mode::Snapshot)?;
        let result = f(conn);
        write::end(conn, result)
    }

    /// One write transaction; the answer arrives after it is durable.
    pub async fn write<T: Send + 'static>(&self, f: impl Fn(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        match &self.0.writer {
            Some(writer) => writer.submit(f).await.map_err(|_| Error::internal("the writer thread has ended"))?,
            None => {
                let db = self.clone();
                actix_web::web::block(move || write::serializable(&mut *db.connection()?, &f))
                    .await
                    .map_err(Error::internal)?
            }
        }
    }

    /// The same for command lines and background work, on the calling thread (never call it inside async code).
    pub fn write_blocking<T: Send + 'static>(&self, f: impl Fn(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        match &self.0.writer {
            Some(writer) => {
                writer.submit(f).blocking_recv().map_err(|_| Error::internal("the writer thread has ended"))?
            }
            None => write::serializable(&mut *self.connection()?, &f),
        }
    }

    /// A connection of its own for building or importing a lot at once, one transaction each call of `write`. What it
    /// writes is durable once `checkpoint` was called.
    pub fn bulk(&self) -> Result<Bulk> {
        let mut conn = connect::establish(&self.0.url)?;
        if conn.engine() == Engine::Sqlite {
            conn.batch_execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000")?;
        }
        Ok(Bulk(conn))
    }

    /// One long write transaction on a connection of its own, on the calling thread: for an import into a database that
    /// serves others meanwhile. Durable when it returns, done as a whole or not at all, and replayed like `write`.
    /// On SQLite other writers wait until it is over; readers do not.
    pub fn write_long<T>(&self, f: impl Fn(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = connect::establish(&self.0.url)?;
        if conn.engine() == Engine::Postgres {
            return write::serializable(&mut conn, &f);
        }
        conn.batch_execute("PRAGMA cache_size=-64000")?;
        write::begin(&mut conn, write::Mode::Write)?;
        let result = f(&mut conn);
        write::end(&mut conn, result)
    }

    /// Brings the schema to this version.
    pub fn migrate(&self) -> Result<Vec<String>> {
        let mut conn = connect::establish(&self.0.url)?;
        let done = migrate::up(&mut conn)?;
        if !done.is_empty() && self.engine() == Engine::Sqlite {
            sqlite::set_statistics(&mut conn)?;
        }
        Ok(done)
    }
    /// Takes the whole schema away again; for the test that every `down.sql` undoes its `up.sql`.
    pub fn revert_all(&self) -> Result<()> {
        migrate::down(&mut connect::establish(&self.0.url)?)
    }
    /// Whether any migration was applied, of whatever version.
    pub fn has_schema(&self) -> Result<bool> {
        Ok(!migrate::applied(&mut connect::establish(&self.0.url)?)?.is_empty())
    }
    /// Names of migrations not applied yet.
    pub fn pending_migrations(&self) -> Result<Vec<String>> {
        migrate::pending(&mut connect::establish(&self.0.url)?)
    }

    /// Folds SQLite's write-ahead log into the one file; nothing to do on PostgreSQL.
    pub fn checkpoint(&self) -> Result<()> {
        if self.engine() == Engine::Sqlite {
            connect::establish(&self.0.url)?.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(Error::from)?;
        }
        Ok(())
    }
}

/// See `Db::bulk`.
pub struct Bulk(Conn);

impl Bulk {
    pub fn write<T>(&mut self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        write::begin(&mut self.0, write::Mode::Write)?;
        let result = f(&mut self.0);
        write::end(&mut self.0, result)
    }
}
