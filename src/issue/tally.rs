//! Rows of the ledger counted by who has them: which units and groups have the most.
use super::ledger::LedgerFilter;
use crate::{access::Scope, db::Conn, error::Result, schema::issues, time::Time};
use diesel::{dsl::count_star, prelude::*};

/// By whom rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    Unit,
    Group,
}

impl LedgerFilter {
    /// (unit or group, rows), only those that have any.
    pub fn tally(&self, conn: &mut Conn, scope: Scope, now: Time, by: Tally) -> Result<Vec<(i64, i64)>> {
        let conditions = self.conditions(conn, scope, now)?;
        macro_rules! by {
            ($column:ident) => {{
                let mut query =
                    issues::table.group_by(issues::$column).select((issues::$column, count_star())).into_boxed();
                for condition in conditions {
                    query = query.filter(condition);
                }
                query.load::<(Option<i64>, i64)>(conn)?
            }};
        }
        let rows = match by {
            Tally::Unit => by!(lead_unit_id),
            Tally::Group => by!(group_id),
        };
        Ok(rows.into_iter().filter_map(|(id, count)| Some((id?, count))).collect())
    }
}
