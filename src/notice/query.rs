//! SQL of what the ladder did about an issue.
use crate::{
    db::Conn,
    error::{Error, Result},
    issue::{Issue, Supervision, workflow::Stage},
    schema::supervisions as s,
};
use diesel::prelude::*;

/// The record of supervision of an issue that the reader sees, the newest first.
pub fn of_issue(conn: &mut Conn, issue: &Issue) -> Result<Vec<Supervision>> {
    let rows = s::table.filter(s::issue_id.eq(issue.id)).order(s::id.desc());
    Ok(rows.select(Supervision::as_select()).load(conn)?)
}

/// One notice of an issue that the reader sees.
pub fn find(conn: &mut Conn, issue: &Issue, id: i64) -> Result<Supervision> {
    let row = s::table.filter(s::id.eq(id)).filter(s::issue_id.eq(issue.id)).filter(s::stage.eq(Stage::Supervise));
    row.select(Supervision::as_select()).first(conn).optional()?.ok_or(Error::NotFound)
}
