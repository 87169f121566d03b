//! One directory of migrations for both engines. Three words of the SQL are SQLite's and read for PostgreSQL:
//! `INTEGER NOT NULL PRIMARY KEY` (the row's own key on SQLite, a BIGINT elsewhere) `BLOB` and `WITHOUT ROWID`.
use super::{Backend, Conn, Engine};
use crate::error::{Error, Result};
use diesel::{
    connection::{BoxableConnection, SimpleConnection},
    migration::{Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion},
};
use diesel_migrations::MigrationHarness;

macro_rules! migrations {
    ($($name:literal),*) => {
        &[$(Step {
            name: $name,
            up: include_str!(concat!("../../migrations/", $name, "/up.sql")),
            down: include_str!(concat!("../../migrations/", $name, "/down.sql")),
        }),*]
    };
}

const STEPS: &[Step] = migrations![
    "2026-11-24-000000_foundation",
    "2026-11-25-000000_replacements",
    "2026-11-25-120000_supervision",
    "2026-11-25-180000_once",
    "2026-11-25-181000_slips",
    "2026-11-25-182000_attachments",
    "2026-11-25-190000_recipients",
    "2026-11-25-195000_co_limits",
    "2026-11-25-200000_spot_checks",
    "2026-11-25-210000_indicators",
    "2026-11-25-220000_counted",
    "2026-11-25-230000_memberships",
    "2026-11-25-240000_day_reports",
    "2026-11-25-250000_signs",
    "2026-11-25-261000_spot_check_messages",
    "2026-11-25-263000_ledger_views",
    "2026-11-25-270000_spans_by",
    "2026-11-25-280000_record_chains",
    "2026-11-25-290000_enterprise_pasts"
];

#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

struct Steps;

impl MigrationSource<Backend> for Steps {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Backend>>>> {
        Ok(STEPS.iter().map(|step| Box::new(*step) as Box<dyn Migration<Backend>>).collect())
    }
}

fn run(conn: &mut dyn BoxableConnection<Backend>, sql: &str) -> diesel::migration::Result<()> {
    let conn = conn.downcast_mut::<Conn>().ok_or("not our connection")?;
    match conn.engine() {
        Engine::Sqlite => conn.batch_execute(sql)?,
        Engine::Postgres => conn.batch_execute(
            &sql.replace("INTEGER NOT NULL PRIMARY KEY", "BIGINT NOT NULL PRIMARY KEY")
                .replace(" BLOB", " BYTEA")
                .replace(" WITHOUT ROWID", ""),
        )?,
    }
    Ok(())
}

impl Migration<Backend> for Step {
    fn run(&self, conn: &mut dyn BoxableConnection<Backend>) -> diesel::migration::Result<()> {
        run(conn, self.up)
    }
    fn revert(&self, conn: &mut dyn BoxableConnection<Backend>) -> diesel::migration::Result<()> {
        run(conn, self.down)
    }
    fn metadata(&self) -> &dyn MigrationMetadata {
        self
    }
    fn name(&self) -> &dyn MigrationName {
        self
    }
}
impl MigrationMetadata for Step {}
impl MigrationName for Step {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.name.split('_').next().unwrap_or(self.name))
    }
}
impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

fn failed(cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::refused(format!("数据库结构升级失败：{cause}"))
}

/// Names of the migrations done.
pub(super) fn up(conn: &mut Conn) -> Result<Vec<String>> {
    let names = pending(conn)?;
    conn.run_pending_migrations(Steps).map_err(failed)?;
    Ok(names)
}
pub(super) fn down(conn: &mut Conn) -> Result<()> {
    conn.revert_all_migrations(Steps).map_err(failed)?;
    Ok(())
}
pub(super) fn pending(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(conn.pending_migrations(Steps).map_err(failed)?.iter().map(|step| step.name().to_string()).collect())
}
/// Versions applied to the database, oldest first; empty for one that was never migrated.
pub fn applied(conn: &mut Conn) -> Result<Vec<String>> {
    let mut applied: Vec<_> = conn.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    applied.sort();
    Ok(applied)
}
/// Versions that this program knows.
pub fn known() -> Vec<String> {
    STEPS.iter().map(|step| step.version().to_string()).collect()
}
