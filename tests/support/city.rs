//! A small city in a database of its own: SQLite, or PostgreSQL when TEST_DATABASE_URL names a server (a schema of its
//! own then). Two areas, two units, two groups, two companies and the people around them; the account tells who it is.
pub use super::cast::*;
use super::desk::Desk;
use actix_web::cookie::Cookie;
use chrono::NaiveDate;
use clap::Parser;
use diesel::{connection::SimpleConnection, prelude::*};
use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicU32, Ordering},
};
use zhuqi::{
    calendar::Clock,
    config::{Cli, Config},
    db::Db,
    schema::users,
    verify::{self, Verdict},
    web::{App, session},
};

pub struct City {
    pub app: App,
    /// Database file and attachments; gone with the city.
    _directory: tempfile::TempDir,
}

/// A new city with its cast, like no other test's.
pub fn fresh() -> City {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(server) => {
            let url = fresh_schema(&server);
            let db = open(&url);
            build(tempdir(), url, db)
        }
        Err(_) => fresh_on_sqlite(),
    }
}

/// The same on SQLite, whatever the server.
pub fn fresh_on_sqlite() -> City {
    static TEMPLATE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let directory = tempdir();
        let db = open(&format!("sqlite:{}", directory.path().join("city.db").display()));
        db.checkpoint().expect("checkpoint");
        directory
    });
    let directory = tempdir();
    let file = directory.path().join("zhuqi.db");
    std::fs::copy(template.path().join("city.db"), &file).expect("copies the template");
    let url = format!("sqlite:{}", file.display());
    let db = Db::open(&url).expect("opens");
    build(directory, url, db)
}

fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn build(directory: tempfile::TempDir, url: String, db: Db) -> City {
    let mut config: Config = Cli::parse_from(["zhuqi"]).config;
    config.database_url = Some(url);
    config.data_dir = directory.path().to_owned();
    config.origin = None;
    config.trusted_proxy = None;
    let app = App { db, clock: Clock::default(), config: Arc::new(config), demo_accounts: Arc::default() };
    City { app, _directory: directory }
}

/// A schema of its own on the server; left there when the tests are done, as the server is theirs.
fn fresh_schema(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("city_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut conn = PgConnection::establish(server).expect("TEST_DATABASE_URL is a PostgreSQL server");
    conn.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).expect("makes a schema");
    let mark = if server.contains('?') { '&' } else { '?' };
    format!("{server}{mark}options=--search_path%3D{name}")
}

/// Opens, migrates and fills a database.
fn open(url: &str) -> Db {
    let db = Db::open(url).expect("opens");
    db.migrate().expect("migrates");
    let filled = db.clone();
    std::thread::spawn(move || filled.write_blocking(fill)).join().expect("fills").expect("fills");
    db
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// A session of the account, as its cookie.
pub async fn sign_in(app: &App, account: &str) -> Cookie<'static> {
    let wanted = account.to_owned();
    let key = app.db.write(move |conn| {
        let id: i64 = users::table.filter(users::account.eq(&wanted)).select(users::id).first(conn)?;
        session::begin(conn, id)
    });
    session::cookie(app, &key.await.expect("the account is in the cast"))
}

/// Whatever a test has done, each record with a history is what its last line says: a change without its line, or with
/// one that was written too early, is found by the test that makes it.
impl Drop for City {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let db = self.app.db.clone();
        let found = std::thread::spawn(move || {
            let verdict = Mutex::new(Verdict::default());
            verify::records::check(&db, &verdict).map(|()| verdict.into_inner().expect("a verdict").findings)
        });
        // A database that a test has broken cannot be asked.
        let Ok(Ok(found)) = found.join() else { return };
        // What a test puts into the database itself has no history.
        let changed: Vec<_> = found.into_iter().filter(|one| one.what != verify::records::UNKNOWN).collect();
        assert_eq!(changed, Vec::new(), "records changed without a line of history");
    }
}

impl City {
    /// The desk of one who is signed in.
    pub async fn desk(&self, account: &str) -> Desk {
        Desk::new(self.app.clone(), Some(sign_in(&self.app, account).await))
    }
    /// Somebody without an account.
    pub fn street(&self) -> Desk {
        Desk::new(self.app.clone(), None)
    }
}
