//! The write rule of both engines; see `db`.
use super::connect::{Conn, Url, establish};
use crate::error::{Error, Result};
use diesel::{
    Connection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    result::{DatabaseErrorKind, Error as DieselError},
};
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Jobs folded into one durable commit at most.
const GROUP: usize = 256;
const SERIALIZABLE_TRIES: u32 = 12;

type Manager = <Conn as Connection>::TransactionManager;

pub(super) enum Mode {
    Write,
    Snapshot,
}

pub(super) fn begin(conn: &mut Conn, mode: Mode) -> Result<()> {
    match (conn, mode) {
        (Conn::Sqlite(c), Mode::Write) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        (Conn::Sqlite(c), Mode::Snapshot) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN")?,
        (Conn::Postgres(c), Mode::Write) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL SERIALIZABLE")?
        }
        (Conn::Postgres(c), Mode::Snapshot) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?
        }
    }
    Ok(())
}

pub(super) fn end<T>(conn: &mut Conn, result: Result<T>) -> Result<T> {
    match result {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => match Manager::rollback_transaction(conn) {
            Ok(()) | Err(DieselError::BrokenTransactionManager) => Err(error),
            Err(cause) => Err(cause.into()),
        },
    }
}

fn is_kind(error: &Error, wanted: fn(&DatabaseErrorKind) -> bool) -> bool {
    matches!(error, Error::Database(DieselError::DatabaseError(kind, _)) if wanted(kind))
}

/// Two instances can make one key, or pass the same check at once. Played again, the check sees the other's row and
/// answers properly, and a key is made anew; a violation that stays is a real one.
fn is_unlucky(error: &Error) -> bool {
    is_kind(error, |kind| matches!(kind, DatabaseErrorKind::UniqueViolation))
}

pub(super) fn serializable<T>(conn: &mut Conn, f: &impl Fn(&mut Conn) -> Result<T>) -> Result<T> {
    let mut replayed = false;
    let mut tries = 0;
    loop {
        begin(conn, Mode::Write)?;
        let result = f(conn);
        match end(conn, result) {
            Err(error) if is_kind(&error, |k| matches!(k, DatabaseErrorKind::SerializationFailure)) => {
                tries += 1;
                if tries == SERIALIZABLE_TRIES {
                    return Err(Error::Conflict("同一时刻改动的人太多，请再试一次".into()));
                }
                let pause = rand::random_range(1..(4u64 << tries.min(7)));
                std::thread::sleep(std::time::Duration::from_millis(pause));
            }
            Err(error) if is_unlucky(&error) && !replayed => replayed = true,
            other => return other,
        }
    }
}

/// SQLite's only writer.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// The last jobs are done and the file is closed before the database counts as closed.
impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

trait Job: Send {
    /// Runs the closure; false asks to undo what it did.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Hands the result to whoever waits, or the reason why the group could not be committed.
    fn answer(self: Box<Self>, committed: &std::result::Result<(), String>);
}

struct Task<T, F> {
    f: F,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Conn) -> Result<T> + Send> Task<T, F> {
    fn attempt(&self, conn: &mut Conn) -> Result<T> {
        conn.transaction(|conn| (self.f)(conn))
    }
}

impl<T: Send, F: Fn(&mut Conn) -> Result<T> + Send> Job for Task<T, F> {
    fn run(&mut self, conn: &mut Conn) -> bool {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match self.attempt(conn) {
            Err(error) if is_unlucky(&error) => self.attempt(conn),
            other => other,
        }));
        let healthy = outcome.is_ok();
        self.result = Some(outcome.unwrap_or_else(|_| Err(Error::internal("a write panicked"))));
        healthy
    }
    fn answer(self: Box<Self>, committed: &std::result::Result<(), String>) {
        let result = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(cause)) => Err(Error::internal(cause.clone())),
            (None, Ok(())) => Err(Error::internal("a write was not run")),
        };
        // The asker may have gone away; the write stands all the same.
        let _ = self.reply.send(result);
    }
}

/// A long write of an import (`Db::write_long`) takes longer than others are let wait; what people send meanwhile is
/// written afterwards instead of being refused.
fn patient(url: &Url) -> Result<Conn> {
    let mut conn = establish(url)?;
    conn.batch_execute("PRAGMA busy_timeout=180000")?;
    Ok(conn)
}

impl Writer {
    pub(super) fn start(url: &Url) -> Result<Self> {
        let mut conn = patient(url)?;
        let url = url.clone();
        let (sender, jobs) = mpsc::channel::<Box<dyn Job>>();
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || {
            while let Ok(first) = jobs.recv() {
                let mut group = vec![first];
                group.extend(jobs.try_iter().take(GROUP - 1));
                let (committed, healthy) = commit_group(&mut conn, &mut group);
                for job in group {
                    job.answer(&committed);
                }
                if !healthy && let Ok(fresh) = patient(&url) {
                    conn = fresh;
                }
            }
        })?;
        Ok(Self { jobs: Some(sender), thread: Some(thread) })
    }

    pub(super) fn submit<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Conn) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (reply, answer) = oneshot::channel();
        // If the writer is gone the reply is dropped with the job and the receiver says so.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Box::new(Task { f, result: None, reply }));
        }
        answer
    }
}

/// Each job in a savepoint of its own, all in one commit. After a panic the connection is not trusted any more.
fn commit_group(conn: &mut Conn, group: &mut [Box<dyn Job>]) -> (std::result::Result<(), String>, bool) {
    if let Err(error) = begin(conn, Mode::Write) {
        return (Err(error.to_string()), false);
    }
    for job in group.iter_mut() {
        if !job.run(conn) {
            return (end(conn, Err::<(), _>(Error::internal("a write panicked"))).map_err(|e| e.to_string()), false);
        }
    }
    match end(conn, Ok(())) {
        Ok(()) => (Ok(()), true),
        Err(error) => (Err(error.to_string()), false),
    }
}
