//! `zhuqi verify`: proves that what is stored is what the steps made, and that no row was changed, added or taken away
//! since it was sealed. Reads only; it may run beside the server.
//!
//! Not covered: the counter bits in keys, which mean nothing, and what is no record of anything: sessions, messages on
//! their way, settings, search terms of companies.
pub mod audits;
mod belongings;
mod draws;
mod files;
pub mod issues;
pub mod records;
mod rows;
mod seals;
mod terms;

use crate::{
    command::say,
    config::Config,
    db::Db,
    error::{Error, Result},
    time::Time,
};
use std::sync::Mutex;

/// A record that is not what it was, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// 问题 ZZ-410105-2026-000123 第 4 步, 审计 123, 封存 2026-11-24.
    pub record: String,
    pub what: String,
}

impl Finding {
    fn new(record: impl Into<String>, what: impl Into<String>) -> Self {
        Self { record: record.into(), what: what.into() }
    }
}

/// Findings that are listed; more are only counted.
const LISTED: usize = 500;

#[derive(Debug, Default)]
pub struct Verdict {
    pub issues: u64,
    pub events: u64,
    pub audits: u64,
    pub days: u64,
    pub files: u64,
    pub records: u64,
    pub found: usize,
    pub findings: Vec<Finding>,
}

impl Verdict {
    fn add(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        }
    }
}

pub fn verify(config: &Config, db: &Db, now: Time, progress: impl Fn(&str) + Sync) -> Result<Verdict> {
    let verdict = Mutex::new(Verdict::default());
    progress("核对企业、走访、账号等档案…");
    records::check(db, &verdict)?;
    let rest = || -> Result<()> {
        issues::check(db, &verdict, &progress)?;
        progress("核对检索字词和附件文件…");
        terms::check(db, &verdict)?;
        files::check(db, &config.attachments(), &verdict)?;
        progress("核对审计日志…");
        db.snapshot_blocking(|conn| audits::check(conn, &verdict))?;
        progress("核对每日封存…");
        db.snapshot_blocking(|conn| seals::check(conn, &config.seal_key(), now, &verdict))?;
        progress("核对抽查…");
        db.snapshot_blocking(|conn| draws::check(conn, &verdict))
    };
    match rest() {
        // Areas, units and rules that were tampered with may not even be read; what is wrong with them is told.
        Err(error) if with(&verdict, |verdict| verdict.found)? > 0 => {
            found(&verdict, "核对", format!("没有做完：{error}"))?
        }
        done => done?,
    }
    verdict.into_inner().map_err(|_| Error::internal("a thread that verified has ended"))
}

fn with<T>(verdict: &Mutex<Verdict>, f: impl FnOnce(&mut Verdict) -> T) -> Result<T> {
    let mut verdict = verdict.lock().map_err(|_| Error::internal("a thread that verified has ended"))?;
    Ok(f(&mut verdict))
}

fn found(verdict: &Mutex<Verdict>, record: impl Into<String>, what: impl Into<String>) -> Result<()> {
    with(verdict, |verdict| verdict.add(Finding::new(record, what)))
}

pub fn command(config: &Config, db: &Db, now: Time) -> Result<()> {
    let verdict = verify(config, db, now, |line| eprintln!("{line}"))?;
    for finding in &verdict.findings {
        say(&format!("{}：{}", finding.record, finding.what))?;
    }
    let Verdict { issues, events, audits, days, files, records, found, .. } = verdict;
    let checked = format!(
        "核对了 {issues} 件问题的 {events} 步经过、{files} 个附件、{records} 份档案、{audits} 条审计、{days} 天封存"
    );
    if found == 0 {
        return say(&format!("{checked}，全部相符"));
    }
    if found > LISTED {
        say(&format!("……另有 {} 处没有列出", found - LISTED))?;
    }
    Err(Error::refused(format!("{checked}，有 {found} 处不符，见上；请保留数据库和日志，交审计管理员查明")))
}
