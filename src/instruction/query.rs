//! Which instructions concern whom.
use super::Standing;
use crate::{
    access::{Reach, Scope},
    calendar::Light,
    db::{Backend, Conn},
    directory::Directory,
    error::Result,
    issue::{Instruction, workflow::Status},
    schema::*,
    time::Time,
    web::paging::{Bound, COUNTED},
};
use diesel::{prelude::*, sql_types::Bool};

type Filter = Box<dyn BoxableExpression<instructions::table, Backend, SqlType = Bool>>;

/// Those on the issues of an area or a unit; `Own`: those that the leader gave.
fn within(scope: Scope) -> Filter {
    use instructions as i;
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => {
            Box::new(i::issue_id.eq_any(issues::table.filter(issues::area_id.eq(id)).select(issues::id)))
        }
        Reach::Unit(id) => {
            let own = issue_units::table
                .filter(issue_units::unit_id.eq(id))
                .filter(issue_units::active.eq(true))
                .select(issue_units::issue_id);
            Box::new(i::issue_id.eq_any(own))
        }
        Reach::Own(id) => Box::new(i::leader_id.eq(id)),
        _ => Box::new(false.into_sql::<Bool>()),
    }
}

fn standing(standing: Standing, now: Time) -> Filter {
    use instructions as i;
    match standing {
        Standing::Open => Box::new(i::answered_at.eq(Time::NEVER)),
        Standing::Overdue => Box::new(i::answered_at.eq(Time::NEVER).and(i::due_at.lt(now))),
        Standing::Answered => Box::new(i::answered_at.lt(Time::NEVER)),
    }
}

/// An instruction with the issue that it is about.
#[derive(Debug, Clone)]
pub struct InstructionRow {
    pub instruction: Instruction,
    pub number: String,
    pub title: String,
    pub enterprise: String,
    pub unit_id: Option<i64>,
    pub status: Status,
}

impl InstructionRow {
    pub fn light(&self, directory: &Directory, now: Time) -> Light {
        if self.instruction.answered_at.is_never() {
            Light::of(directory.rules.calendar(now), self.instruction.due_at, now)
        } else {
            Light::Still
        }
    }
}

fn rows(conn: &mut Conn, found: Vec<Instruction>) -> Result<Vec<InstructionRow>> {
    let ids: Vec<i64> = found.iter().map(|one| one.issue_id).collect();
    let about: Vec<(i64, String, String, String, Option<i64>, Status)> = issues::table
        .filter(issues::id.eq_any(&ids))
        .select((
            issues::id,
            issues::number,
            issues::title,
            issues::enterprise_name,
            issues::lead_unit_id,
            issues::status,
        ))
        .load(conn)?;
    let row = |instruction: Instruction| {
        let issue = about.iter().find(|issue| issue.0 == instruction.issue_id)?;
        let (_, number, title, enterprise, unit_id, status) = issue.clone();
        Some(InstructionRow { instruction, number, title, enterprise, unit_id, status })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

/// The newest first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    which: Standing,
    now: Time,
    bound: Bound,
    most: i64,
) -> Result<Vec<InstructionRow>> {
    use instructions as i;
    let query = i::table.filter(within(scope)).filter(standing(which, now)).select(Instruction::as_select());
    let found = match bound {
        Bound::Below(id) => query.filter(i::id.lt(id)).order(i::id.desc()).limit(most).load(conn)?,
        Bound::Above(id) => query.filter(i::id.gt(id)).order(i::id).limit(most).load(conn)?,
    };
    rows(conn, found)
}

/// Those without an answer whose day comes first.
pub fn most_urgent(conn: &mut Conn, scope: Scope, now: Time, most: i64) -> Result<Vec<InstructionRow>> {
    use instructions as i;
    let found = i::table
        .filter(within(scope))
        .filter(standing(Standing::Open, now))
        .order((i::due_at, i::id))
        .limit(most)
        .select(Instruction::as_select())
        .load(conn)?;
    rows(conn, found)
}

/// At most `COUNTED + 1`.
pub fn count(conn: &mut Conn, scope: Scope, which: Standing, now: Time) -> Result<i64> {
    use instructions as i;
    let found: Vec<i64> =
        i::table.filter(within(scope)).filter(standing(which, now)).limit(COUNTED + 1).select(i::id).load(conn)?;
    Ok(found.len() as i64)
}

/// All of an issue, the newest first.
pub fn of_issue(conn: &mut Conn, issue_id: i64) -> Result<Vec<Instruction>> {
    use instructions as i;
    Ok(i::table.filter(i::issue_id.eq(issue_id)).order(i::id.desc()).select(Instruction::as_select()).load(conn)?)
}
