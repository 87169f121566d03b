//! One file with everything: the database and the attachments, made while the server runs.
//!
//! A tar archive: the database as one consistent copy (`VACUUM INTO` reads one moment of it, whatever is written
//! meanwhile), then the attachments, which are never changed and are written before the row that names them, then
//! `manifest.json` with what is in it. The manifest comes last, so an archive cut short has none. On PostgreSQL the
//! database is `pg_dump`'s work and the archive holds the attachments only.
mod archive;
pub mod restore;

use crate::{
    attachment,
    audit::{self, AuditAction, AuditActor},
    config::Config,
    db::{Conn, Db, Engine, Url, connect::establish, migrate},
    error::{Error, Result},
    schema::*,
    time::Time,
};
use archive::Writer;
use diesel::{connection::SimpleConnection, prelude::*, sql_types::Text};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "zhuqi.db";
const ATTACHMENTS: &str = "attachments";
/// Of the archive's layout.
const FORMAT: u32 = 1;

/// What is in the archive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    pub made_at: i64,
    /// `sqlite`, or `postgres` when the database is not in it.
    pub engine: String,
    /// Applied to the database when the copy was taken.
    pub migrations: Vec<String>,
    /// The last thing that happened in the database, in microseconds; 0 when nothing did.
    pub latest: i64,
    /// Rows of the tables that people know.
    pub counts: BTreeMap<String, i64>,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub path: String,
    /// Bytes.
    pub size: u64,
    pub sha256: String,
}

/// What a backup or restore did, for the command line.
#[derive(Debug)]
pub struct Outcome {
    pub manifest: Manifest,
    /// What the person must know, a sentence each.
    pub notes: Vec<String>,
}

/// The last thing that happened in a database.
fn latest(conn: &mut Conn) -> Result<i64> {
    let times: [Option<Time>; 3] = [
        issue_events::table.select(diesel::dsl::max(issue_events::happened_at)).first(conn)?,
        audit_events::table.select(diesel::dsl::max(audit_events::happened_at)).first(conn)?,
        record_events::table.select(diesel::dsl::max(record_events::happened_at)).first(conn)?,
    ];
    Ok(times.into_iter().flatten().map(|time| time.0).max().unwrap_or(0))
}

fn counts(conn: &mut Conn) -> Result<BTreeMap<String, i64>> {
    let counted: [(&str, i64); 7] = [
        ("users", users::table.count().get_result(conn)?),
        ("enterprises", enterprises::table.count().get_result(conn)?),
        ("visits", visits::table.count().get_result(conn)?),
        ("symposiums", symposiums::table.count().get_result(conn)?),
        ("issues", issues::table.count().get_result(conn)?),
        ("issue_events", issue_events::table.count().get_result(conn)?),
        ("attachments", attachments::table.count().get_result(conn)?),
    ];
    Ok(counted.into_iter().map(|(name, count)| (name.to_owned(), count)).collect())
}

/// Files under their content hash, in order; temporary ones are passed over.
fn stored_files(directory: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    if !directory.is_dir() {
        return Ok(found);
    }
    for shelf in std::fs::read_dir(directory)? {
        let shelf = shelf?.path();
        if !shelf.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(shelf)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if attachment::path(directory, &name).is_some_and(|path| path == file.path()) {
                found.push((name, file.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Makes the archive beside its final name and renames it there when it is whole and on disk; mode 600.
pub fn backup(config: &Config, file: &Path, overwrite: bool) -> Result<Outcome> {
    let url = Url::parse(&config.database_url())?;
    if file.exists() && !overwrite {
        return Err(Error::refused(format!(
            "已有文件 {}，没有备份。请换一个文件名；确实要换掉，请加 --overwrite",
            file.display()
        )));
    }
    if let Some(path) = url.path()
        && !path.is_file()
    {
        return Err(Error::refused(format!("没有可备份的数据库：{}", path.display())));
    }
    let db = Db::open(&config.database_url())?;
    let pending = db.pending_migrations()?;
    if !pending.is_empty() {
        return Err(Error::refused("数据库结构还没有升级，请先用这个版本运行 zhuqi migrate"));
    }
    crate::demo::serve::clock_of(&db)?;
    let shown = file.display().to_string();
    db.write_blocking(move |conn| {
        audit::append(conn, &AuditActor::command_line(), AuditAction::Backup, &shown, "备份")
    })?;
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut archive = Writer::create(directory)?;
    let mut notes = Vec::new();
    let named: Vec<String> = match url.engine() {
        Engine::Sqlite => {
            let copy = archive.beside(DATABASE);
            copy_database(&mut establish(&url)?, &copy)?;
            // What the manifest says is read from the copy, which is of one moment.
            let mut conn = establish(&Url::Sqlite(copy.clone()))?;
            let (manifest, named) = describe(&mut conn)?;
            alone(conn)?;
            archive.add(DATABASE, &copy)?;
            archive.describe(manifest);
            named
        }
        Engine::Postgres => {
            notes.push("数据库不在这个文件里。PostgreSQL 请用 pg_dump 备份，而且要在本命令之前做：".to_owned());
            notes.push("  pg_dump --format=custom --file=zhuqi.dump \"$DATABASE_URL\"".to_owned());
            let (manifest, named) = db.read_blocking(describe)?;
            archive.describe(manifest);
            named
        }
    };
    let files = stored_files(&config.attachments())?;
    for (hash, path) in &files {
        let member = archive.add(&format!("{ATTACHMENTS}/{}/{hash}", &hash[..2]), path)?;
        if member.sha256 != *hash {
            notes.push(format!("附件 {hash} 在磁盘上已损坏，照原样存入"));
        }
    }
    let missing = named.iter().filter(|hash| files.binary_search_by(|(have, _)| have.cmp(hash)).is_err()).count();
    if missing > 0 {
        notes.push(format!("有 {missing} 个附件在数据库里登记了，但附件目录里没有"));
    }
    let manifest = archive.finish(file)?;
    Ok(Outcome { manifest, notes })
}

fn copy_database(conn: &mut Conn, to: &Path) -> Result<()> {
    if let Conn::Sqlite(sqlite) = conn {
        diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(to.to_string_lossy()).execute(sqlite)?;
    }
    Ok(())
}

/// Closes the only connection to a file and leaves nothing beside it.
fn alone(mut conn: Conn) -> Result<()> {
    Ok(conn.batch_execute("PRAGMA journal_mode=DELETE")?)
}

/// The manifest without members, and the content hashes that attachments name.
fn describe(conn: &mut Conn) -> Result<(Manifest, Vec<String>)> {
    let engine = match conn.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let named = attachments::table.select(attachments::content_hash).distinct().load(conn)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: Time::system().0,
        engine: engine.to_owned(),
        migrations: migrate::applied(conn)?,
        latest: latest(conn)?,
        counts: counts(conn)?,
        members: Vec::new(),
    };
    Ok((manifest, named))
}

impl Outcome {
    /// For standard output.
    pub fn print(&self, done: &str) {
        let of = |name: &str| self.manifest.counts.get(name).copied().unwrap_or(0);
        let files = self.manifest.members.iter().filter(|member| member.path != DATABASE).count();
        if self.manifest.engine == "sqlite" {
            println!("{done}：企业 {} 家，问题 {} 件，附件文件 {files} 个", of("enterprises"), of("issues"));
        } else {
            println!("{done}：附件文件 {files} 个（不含数据库）");
        }
        for note in &self.notes {
            println!("{note}");
        }
    }
}
