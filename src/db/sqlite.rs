//! What SQLite is told beyond pragmas: settings of the library, and the statistics by which it plans.
use super::Conn;
use crate::error::Result;
use diesel::connection::SimpleConnection;
use libsqlite3_sys as ffi;
use std::{
    ffi::{c_char, c_int},
    ptr,
    sync::Once,
};

const OFF: c_int = 0;
const ON: c_int = 1;

/// To be called before a connection is opened.
pub(super) fn settle() {
    static SETTLED: Once = Once::new();
    // SAFETY: the calls have no other precondition than the documented arguments, and `stable_plans` lives for ever.
    // `sqlite3_config` refuses, and nothing is changed, if SQLite runs already; then it is only slower.
    SETTLED.call_once(|| unsafe {
        // A connection is never used by two threads at once, and nobody reads the memory counters: both would be locks.
        ffi::sqlite3_config(ffi::SQLITE_CONFIG_MULTITHREAD);
        ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, OFF);
        ffi::sqlite3_auto_extension(Some(stable_plans));
    });
}

/// Plans do not depend on bound values. Otherwise SQLite prepares a kept statement anew at every run, because its
/// `LIMIT ?` might be another one.
unsafe extern "C" fn stable_plans(
    db: *mut ffi::sqlite3,
    _: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite hands over the connection that it is opening.
    unsafe { ffi::sqlite3_db_config(db, ffi::SQLITE_DBCONFIG_ENABLE_QPSG, ON, ptr::null_mut::<c_int>()) }
}

/// Rows of the table, then rows that agree in the first column of the index, in the first two, and so on. They are not
/// counted but set, so that plans are the same in every city: nearly all issues are closed ones, and nearly all
/// questions are about the few others, which an average hides.
const STATISTICS: &[(&str, &str)] = &[
    ("issues_by_status", "1000000 20 1"),
    ("issues_by_status_due", "1000000 20 5 1"),
    ("issues_by_area", "1000000 30000 1"),
    ("issues_by_area_status", "1000000 30000 12 1"),
    ("issues_by_area_due", "1000000 30000 1000 1"),
    ("issues_by_office_status", "1000000 30000 12 3"),
    ("issues_by_request", "1000000 5 1"),
    ("issues_by_group", "1000000 8 1"),
    ("issues_by_unit", "1000000 9 1"),
    ("issues_by_enterprise", "1000000 2 1"),
    ("issues_by_category", "1000000 600000 1"),
    ("issues_by_collector", "1000000 3 1"),
    ("issues_by_channel", "1000000 600000 1"),
    ("issues_by_step_due", "1000000 1000 1"),
    ("issues_by_due", "1000000 1000 1"),
    ("issues_by_main", "1000000 1"),
    ("sqlite_autoindex_issues_1", "1000000 1"),
];

/// Puts the statistics in place; connections opened later plan by them.
pub(super) fn set_statistics(conn: &mut Conn) -> Result<()> {
    let rows: Vec<_> = STATISTICS.iter().map(|(index, rows)| format!("('issues', '{index}', '{rows}')")).collect();
    // ANALYZE of a small table makes the table of statistics where there is none yet.
    conn.batch_execute(&format!(
        "BEGIN IMMEDIATE; ANALYZE settings; DELETE FROM sqlite_stat1; \
         INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}; COMMIT",
        rows.join(", ")
    ))?;
    Ok(())
}
