//! An open spot check ends with its issue's closure, whoever reopens it and by which door.
use super::Outcome;
use crate::{
    db::Conn,
    error::Result,
    issue::{Issue, apply::Actor, step::Step, workflow::Status},
    schema::spot_checks as s,
    time::Time,
};
use diesel::prelude::*;

/// In the transaction of the step.
pub fn settle(conn: &mut Conn, from: Status, after: &Issue, actor: &Actor, step: &Step, at: Time) -> Result<()> {
    if from != Status::Closed || after.status == Status::Closed {
        return Ok(());
    }
    let (outcome, note) = match step {
        Step::FindFalse { finding } => (Outcome::False, finding.as_str()),
        _ => (Outcome::Overtaken, step.action().label()),
    };
    diesel::update(s::table.filter(s::issue_id.eq(after.id)).filter(s::checked_at.eq(Time::NEVER)))
        .set((
            s::result.eq(outcome),
            s::note.eq(note),
            s::checked_by.eq(&actor.name),
            s::checker_id.eq(actor.id),
            s::checked_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
