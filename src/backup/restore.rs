//! A backup put back. Everything is unpacked and checked beside the data first; only then files change places, and what
//! was there before is kept under another name.
use super::{ATTACHMENTS, DATABASE, Manifest, Outcome, alone, archive, latest, stored_files};
use crate::{
    audit::{self, AuditAction, AuditActor},
    calendar,
    config::Config,
    db::{
        Db, Url,
        connect::{establish, private_directory},
        migrate,
    },
    error::{Error, Result},
    schema::{sessions, users},
    time::Time,
};
use diesel::{connection::SimpleConnection, prelude::*};
use std::path::{Path, PathBuf};

pub fn restore(config: &Config, file: &Path, overwrite: bool) -> Result<Outcome> {
    let url = Url::parse(&config.database_url())?;
    if !file.is_file() {
        return Err(Error::refused(format!("没有这个备份文件：{}", file.display())));
    }
    private_directory(&config.data_dir)?;
    let home = match url.path().and_then(Path::parent) {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) => PathBuf::from("."),
        None => config.data_dir.clone(),
    };
    private_directory(&home)?;
    let workroom = archive::private_workroom(&home)?;
    let manifest = archive::unpack(file, workroom.path())?;
    let copy = workroom.path().join(DATABASE);
    let mut notes = Vec::new();
    match (url.path(), copy.is_file()) {
        (Some(path), true) => {
            check_copy(&copy)?;
            let running = is_running(path)?;
            if !overwrite {
                refuse_overwriting(&url, path, running, &manifest)?;
            }
            put_files(config, workroom.path())?;
            notes.extend(swap(&copy, path)?);
            if running {
                notes.push("服务还在运行，它仍在用换下的旧数据，请立即重新启动".to_owned());
            }
            let db = Db::open(&config.database_url())?;
            crate::start::prepare(&db)?;
            let shown = file.display().to_string();
            db.write_blocking(move |conn| {
                // A session that was ended since the backup must not live again.
                diesel::delete(sessions::table).execute(conn)?;
                audit::append(conn, &AuditActor::command_line(), AuditAction::Backup, &shown, "恢复")
            })?;
        }
        (None, false) => {
            put_files(config, workroom.path())?;
            notes.push("只恢复了附件。数据库请用 pg_restore 从 pg_dump 的文件恢复。".to_owned());
        }
        (Some(_), false) => {
            return Err(Error::refused(
                "这个备份来自 PostgreSQL，只有附件。请把 DATABASE_URL 指向用 pg_restore 恢复的数据库再试",
            ));
        }
        (None, true) => {
            return Err(Error::refused(
                "这个备份带有 SQLite 数据库，不能恢复到 PostgreSQL。请把 DATABASE_URL 换成 sqlite:路径",
            ));
        }
    }
    Ok(Outcome { manifest, notes })
}

#[derive(QueryableByName)]
struct Verdict {
    #[diesel(sql_type = diesel::sql_types::Text)]
    quick_check: String,
}

/// The copy must be whole, and not of a later version of the program.
fn check_copy(copy: &Path) -> Result<()> {
    let mut conn = establish(&Url::Sqlite(copy.to_owned()))?;
    let verdict: Verdict = diesel::sql_query("PRAGMA quick_check").get_result(&mut conn)?;
    if verdict.quick_check != "ok" {
        return Err(Error::refused("备份里的数据库已损坏，没有恢复任何内容"));
    }
    let known = migrate::known();
    if migrate::applied(&mut conn)?.iter().any(|applied| !known.contains(applied)) {
        return Err(Error::refused("备份来自更新版本的程序，请先升级程序再恢复"));
    }
    alone(conn)
}

/// Whether another process has the file open: a database leaves its write-ahead log only for who is alone with it.
pub(crate) fn is_running(path: &Path) -> Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let Ok(mut conn) = SqliteConnection::establish(&path.to_string_lossy()) else {
        return Ok(false);
    };
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = diesel::sql_types::Text)]
        journal_mode: String,
    }
    conn.batch_execute("PRAGMA busy_timeout=0")?;
    let mode = diesel::sql_query("PRAGMA journal_mode=DELETE").get_result::<Mode>(&mut conn);
    match mode {
        Ok(mode) => Ok(mode.journal_mode.eq_ignore_ascii_case("wal")),
        Err(cause) if cause.to_string().contains("locked") => Ok(true),
        // Not a database any more: nobody runs on it.
        Err(_) => Ok(false),
    }
}

fn refuse_overwriting(url: &Url, path: &Path, running: bool, manifest: &Manifest) -> Result<()> {
    let hint = "确实要换掉，请加 --overwrite（原来的文件会改名保留）";
    if running {
        return Err(Error::refused(format!("数据库正在被运行中的服务使用，请先停止服务。{hint}")));
    }
    if !path.is_file() || std::fs::metadata(path)?.len() == 0 {
        return Ok(());
    }
    let mut conn = establish(url)?;
    if migrate::applied(&mut conn)?.is_empty() {
        return Ok(());
    }
    let newest = latest(&mut conn)?;
    let people: i64 = users::table.count().get_result(&mut conn)?;
    alone(conn)?;
    if newest > manifest.latest {
        let at = calendar::shanghai(Time(newest)).format("%Y-%m-%d %H:%M");
        return Err(Error::refused(format!("现有数据比备份新（最后一笔在 {at}），恢复会丢掉它们。{hint}")));
    }
    if people > 0 {
        return Err(Error::refused(format!("数据库里已有数据。{hint}")));
    }
    Ok(())
}

/// Puts attachments to their places, before the database that names them. A file under its hash is never replaced
/// unless its bytes are not what its name says.
fn put_files(config: &Config, unpacked: &Path) -> Result<()> {
    let target = config.attachments();
    private_directory(&target)?;
    for (hash, from) in stored_files(&unpacked.join(ATTACHMENTS))? {
        let to = target.join(&hash[..2]).join(&hash);
        if to.is_file() && std::fs::metadata(&to)?.len() == std::fs::metadata(&from)?.len() {
            continue;
        }
        private_directory(to.parent().unwrap_or(&target))?;
        // Beside its place first: the data directory may be another disk than the database's.
        let temporary = tempfile::NamedTempFile::new_in(&target)?;
        std::fs::copy(&from, temporary.path())?;
        temporary.as_file().sync_all()?;
        temporary.persist(&to).map_err(Error::internal)?;
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The copy takes the database's place by one rename. The old file, with what its log still holds, keeps another name.
fn swap(copy: &Path, path: &Path) -> Result<Option<String>> {
    let mut note = None;
    if path.is_file() {
        let stamp = calendar::shanghai(Time::system()).format(".before-%Y%m%d-%H%M%S").to_string();
        let kept = with_suffix(path, &stamp);
        std::fs::hard_link(path, &kept)
            .map_err(|cause| Error::refused(format!("不能保留原来的数据库 {}：{cause}", kept.display())))?;
        for log in ["-wal", "-shm"] {
            let old = with_suffix(path, log);
            if old.exists() {
                std::fs::rename(&old, with_suffix(&kept, log))?;
            }
        }
        note = Some(format!("原来的数据库改名为 {}", kept.display()));
    }
    std::fs::rename(copy, path)?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::File::open(parent)?.sync_all()?;
    }
    Ok(note)
}
