//! What past dispatches tell.
use crate::{db::Conn, error::Result, schema::issues};
use diesel::prelude::*;

/// Problems of an area that are looked back at.
const RECENT: i64 = 1000;

/// (category, lead unit) of the newest dispatched problems of an area.
pub fn dispatched(conn: &mut Conn, area_id: i64) -> Result<Vec<(i64, i64)>> {
    Ok(issues::table
        .filter(issues::area_id.eq(area_id))
        .filter(issues::category_id.is_not_null())
        .filter(issues::lead_unit_id.is_not_null())
        .order(issues::id.desc())
        .limit(RECENT)
        .select((issues::category_id.assume_not_null(), issues::lead_unit_id.assume_not_null()))
        .load(conn)?)
}
