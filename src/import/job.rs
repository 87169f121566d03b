//! Work on an import behind its page: looking through the file, and writing it. One at a time in a process; how far it
//! is stands in the row of the import, so that every instance can show it.
//!
//! On SQLite nobody can write while the import does, the row of the import neither: until it is over this process tells
//! how far it is from memory. A server that died leaves an import at work without a sign of life; it is shown as 中断,
//! nothing of it was written, and it can be started again.
use super::{Import, Importing, Kind, State, files, query, run, run::Report, users};
use crate::{
    attachment,
    audit::{self, AuditAction, AuditActor},
    db::Engine,
    error::{Error, Result},
    sheet::Workbook,
    time::Time,
    web::App,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Rows done by import that this process works on.
static AT_WORK: Mutex<BTreeMap<i64, Arc<AtomicU64>>> = Mutex::new(BTreeMap::new());
static TURN: Mutex<()> = Mutex::new(());
/// Without a sign of life for so long, another instance's import counts as dead.
const SILENCE_MINUTES: i64 = 2;
/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(1);
/// Small files are done before the page that would show their progress is there.
const PATIENCE: Duration = Duration::from_millis(1500);

fn at_work() -> MutexGuard<'static, BTreeMap<i64, Arc<AtomicU64>>> {
    AT_WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many rows are done of one that is at work; `None`: nobody works on it.
pub fn done(app: &App, import: &Import) -> Option<u64> {
    if !matches!(import.state, State::Checking | State::Running) {
        return None;
    }
    if let Some(done) = at_work().get(&import.id) {
        return Some(done.load(Ordering::Relaxed));
    }
    let alive = app.db.engine() == Engine::Postgres && import.ended_at.plus_minutes(SILENCE_MINUTES) > Time::system();
    alive.then_some(import.done as u64)
}

/// Takes the entry away again, also when the work panics.
struct Entry(i64);

impl Drop for Entry {
    fn drop(&mut self) {
        at_work().remove(&self.0);
    }
}

struct Job {
    app: App,
    import: Import,
    actor: AuditActor,
    done: Arc<AtomicU64>,
    beat: Mutex<Instant>,
    file: PathBuf,
    directory: PathBuf,
}

/// Begins to work on an import that was taken up (`query::take_up`), on a thread of its own.
pub fn start(app: &App, import: Import, actor: AuditActor) -> Result<()> {
    let directory = files::directory(&app.config)?;
    let file = attachment::path(&directory, &import.content_hash).ok_or(Error::NotFound)?;
    let done = Arc::new(AtomicU64::new(0));
    at_work().insert(import.id, done.clone());
    let entry = Entry(import.id);
    let job = Job { app: app.clone(), import, actor, done, beat: Mutex::new(Instant::now()), file, directory };
    std::thread::Builder::new().name("import".into()).spawn(move || {
        let _entry = entry;
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        job.work();
    })?;
    Ok(())
}

/// Waits a moment for work that is done soon.
pub async fn wait(import_id: i64) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE && at_work().contains_key(&import_id) {
        actix_web::rt::time::sleep(Duration::from_millis(30)).await;
    }
}

impl Job {
    fn work(&self) {
        let writes = self.import.state == State::Running;
        let worked = match writes {
            true => self.write(),
            false => self.look(),
        };
        let ended = match worked {
            Ok((report, bad)) => self.end(if writes { State::Done } else { State::Checked }, report, bad),
            Err(error) => {
                let sentence = match &error {
                    Error::Refused(_) | Error::Conflict(_) | Error::Invalid(_) => error.to_string(),
                    _ => {
                        tracing::error!(%error, import = self.import.id, "the import failed");
                        "服务器出错，没有写入任何内容，请再试一次；仍不成功请联系系统管理员".to_owned()
                    }
                };
                let report = Report { error: sentence, ..self.import.report() };
                self.end(State::Failed, report, self.import.bad_rows_hash.clone())
            }
        };
        if let Err(error) = ended {
            tracing::error!(%error, import = self.import.id, "the end of an import could not be recorded");
        }
    }

    fn end(&self, state: State, report: Report, bad: Option<String>) -> Result<()> {
        let id = self.import.id;
        self.app.db.write_blocking(move |conn| query::end(conn, id, state, &report, bad.as_deref(), Time::system()))
    }

    fn importing(&self) -> Importing {
        Importing {
            actor: self.actor.clone(),
            now: self.app.now(),
            source: self.import.told().source,
            passwords: Arc::default(),
        }
    }

    fn progress(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
        let mut beat = self.beat.lock().unwrap_or_else(PoisonError::into_inner);
        let writes_itself = self.app.db.engine() == Engine::Sqlite && self.import.state == State::Running;
        if beat.elapsed() < BEAT || writes_itself {
            return;
        }
        *beat = Instant::now();
        let id = self.import.id;
        let told = self.app.db.write_blocking(move |conn| query::progress(conn, id, done as i64, Time::system()));
        if let Err(error) = told {
            tracing::warn!(%error, "progress of an import");
        }
    }

    fn opened(&self) -> Result<Workbook> {
        if !self.file.exists() {
            return Err(Error::refused("上传的文件已不在服务器上，请重新上传"));
        }
        Ok(Workbook::open(&self.file)?)
    }

    /// Keeps the bad rows for download.
    fn keep(&self, report: &Report, bad: &Path) -> Result<Option<String>> {
        if report.bad == 0 {
            return Ok(None);
        }
        attachment::store(&self.directory, bad).map(Some)
    }

    fn look(&self) -> Result<(Report, Option<String>)> {
        let mut book = self.opened()?;
        let table = run::table(&mut book, self.import.kind, &self.import.told().map)?;
        let bad = self.bad_file()?;
        let report = self.app.db.snapshot_blocking(|conn| {
            let file = (&mut book, &table);
            let progress = |done| self.progress(done);
            run::pass(conn, file, self.import.kind, self.importing(), false, bad.path(), &progress)
        })?;
        let kept = self.keep(&report, bad.path())?;
        Ok((report, kept))
    }

    fn bad_file(&self) -> Result<tempfile::NamedTempFile> {
        Ok(tempfile::Builder::new().suffix(".xlsx").tempfile_in(&self.directory)?)
    }

    fn write(&self) -> Result<(Report, Option<String>)> {
        let kind = self.import.kind;
        let told = self.import.told();
        let mut importing = self.importing();
        if kind == Kind::Users {
            let progress = |done| self.progress(done);
            importing.passwords = Arc::new(users::passwords(self.import.report().new, &progress)?);
        }
        let bad = self.bad_file()?;
        let passwords = files::passwords(&self.app.config, self.import.id);
        let written = self.app.db.write_long(|conn| {
            let mut book = self.opened()?;
            let table = run::table(&mut book, kind, &told.map)?;
            let progress = |done| self.progress(done);
            let file = (&mut book, &table);
            let report = run::pass(conn, file, kind, importing.clone(), true, bad.path(), &progress)?;
            if report.bad > 0 && !told.skip_bad {
                let why = format!("检查之后有 {} 行变得有错，没有写入任何内容，请重新检查", report.bad);
                return Err(Error::refused(why));
            }
            if !report.opened.is_empty() {
                files::write_passwords(&passwords, &report.opened)?;
            }
            let detail = format!("{} {}：{}", kind.label(), self.import.file_name, report.counts());
            audit::append(conn, &self.actor, AuditAction::Import, &self.import.object(), &detail)?;
            Ok(report)
        });
        if written.is_err() {
            // Nobody has these passwords: the accounts are not there.
            let _ = std::fs::remove_file(&passwords);
        }
        let report = written?;
        let kept = self.keep(&report, bad.path())?;
        Ok((report, kept))
    }
}
