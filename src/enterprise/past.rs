//! What a company's area and 四上 category were before a change, by days: figures of a past day count it so. What they
//! are now stands with the company itself.
use super::{AboveScale, Enterprise};
use crate::{
    db::Conn,
    error::Result,
    key,
    schema::{enterprise_pasts as p, enterprises},
    time::Time,
};
use chrono::NaiveDate;
use diesel::{dsl::max, prelude::*};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = p)]
pub struct Past {
    pub id: i64,
    pub enterprise_id: i64,
    pub area_id: i64,
    pub above_scale: AboveScale,
    pub valid_from: NaiveDate,
    /// Exclusive.
    pub valid_until: NaiveDate,
}

/// To be called before `after` is saved; the day of the change is its first.
pub fn keep(conn: &mut Conn, after: &Enterprise, on: NaiveDate) -> Result<()> {
    let before: (i64, AboveScale) =
        enterprises::table.find(after.id).select((enterprises::area_id, enterprises::above_scale)).first(conn)?;
    if before == (after.area_id, after.above_scale) {
        return Ok(());
    }
    let last: Option<NaiveDate> =
        p::table.filter(p::enterprise_id.eq(after.id)).select(max(p::valid_until)).first(conn)?;
    // The first one counts for everything before it.
    let valid_from = last.unwrap_or(NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default());
    // One that was changed on its first day was so at no day's end.
    if valid_from < on {
        let past = Past {
            id: key::fresh(Time::system()),
            enterprise_id: after.id,
            area_id: before.0,
            above_scale: before.1,
            valid_from,
            valid_until: on,
        };
        diesel::insert_into(p::table).values(&past).execute(conn)?;
    }
    Ok(())
}

/// Those of a day among these companies; one without is what it was.
pub fn on_day(conn: &mut Conn, ids: &[i64], day: NaiveDate) -> Result<Vec<Past>> {
    let of_day = p::valid_from.le(day).and(p::valid_until.gt(day));
    Ok(p::table.filter(p::enterprise_id.eq_any(ids)).filter(of_day).select(Past::as_select()).load(conn)?)
}
