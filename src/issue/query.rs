//! All SQL of the issue pages. Every function takes the `Scope` that says which rows may be seen.
use super::{Issue, workflow::*};
use crate::{
    access::{Reach, Scope},
    db::{Backend, Conn},
    error::Result,
    schema::*,
};
use diesel::{prelude::*, sql_types::Bool};

pub type Filter = Box<dyn BoxableExpression<issues::table, Backend, SqlType = Bool>>;

/// What a scope means for issues.
pub fn within(scope: Scope) -> Filter {
    let units_issues = |unit_id: i64| {
        issue_units::table
            .filter(issue_units::unit_id.eq(unit_id))
            .filter(issue_units::active.eq(true))
            .select(issue_units::issue_id)
    };
    match scope.reach() {
        Reach::Everything => Box::new(true.into_sql::<Bool>()),
        Reach::Area(id) => Box::new(issues::area_id.eq(id)),
        Reach::Office(id) => Box::new(issues::office_area_id.eq(id)),
        Reach::Group(id) => Box::new(issues::group_id.assume_not_null().eq(id)),
        Reach::Unit(id) => Box::new(issues::id.eq_any(units_issues(id))),
        Reach::LeadUnit(id) => Box::new(issues::lead_unit_id.assume_not_null().eq(id)),
        Reach::CoUnit(id) => Box::new(issues::id.eq_any(units_issues(id).filter(issue_units::part.eq(Part::Co)))),
        Reach::Own(id) => Box::new(issues::collector_id.assume_not_null().eq(id)),
        Reach::Enterprise(id) => Box::new(issues::enterprise_id.assume_not_null().eq(id)),
        Reach::Issue(id) => Box::new(issues::id.eq(id)),
    }
}

pub fn find(conn: &mut Conn, scope: Scope, number: &str) -> Result<Issue> {
    Ok(issues::table
        .filter(issues::number.eq(number))
        .filter(within(scope))
        .select(Issue::as_select())
        .first(conn)?)
}
