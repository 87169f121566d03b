//! The list of companies: which rows, which page of them.
use super::{
    AboveScale, Enterprise, Size, Standing,
    query::{Filter, within},
};
use crate::{access::Scope, db::Conn, error::Result, record, schema::*, search, web::paging::Bound};
use chrono::NaiveDate;
use diesel::{
    dsl::{exists, not},
    prelude::*,
};

/// What the query block says.
#[derive(Debug, Clone, Default)]
pub struct EnterpriseFilter {
    pub text: String,
    pub area_id: Option<i64>,
    pub above_scale: Option<AboveScale>,
    pub size: Option<Size>,
    pub standing: Option<Listed>,
    /// Of the township, the park or the tags a part.
    pub place: String,
}

crate::text_enum! {
    /// Which companies a list holds.
    pub enum Listed {
        Valid = "valid", "使用中";
        Unverified = "unverified", "待核实";
        Unassigned = "unassigned", "没有包联干部";
        Quiet = "quiet", "勿扰期内";
        Ended = "ended", "已停用";
    }
}

impl EnterpriseFilter {
    fn conditions(&self, scope: Scope, today: NaiveDate) -> Vec<Filter> {
        let mut all = vec![within(scope)];
        for term in search::terms(&search::normal(&self.text)) {
            all.push(Box::new(exists(
                enterprise_terms::table
                    .filter(enterprise_terms::term.eq(term))
                    .filter(enterprise_terms::doc.eq(enterprises::id)),
            )));
        }
        if let Some(id) = self.area_id {
            all.push(Box::new(enterprises::area_id.eq(id)));
        }
        if let Some(one) = self.above_scale {
            all.push(Box::new(enterprises::above_scale.eq(one)));
        }
        if let Some(one) = self.size {
            all.push(Box::new(enterprises::size.eq(one)));
        }
        if !self.place.is_empty() {
            let part = search::like(&self.place);
            all.push(Box::new(
                enterprises::township
                    .like(part.clone())
                    .escape('\\')
                    .or(enterprises::park.like(part.clone()).escape('\\'))
                    .or(enterprises::tags.like(part).escape('\\')),
            ));
        }
        match self.standing {
            None => {}
            Some(Listed::Valid) => all.push(Box::new(enterprises::valid_until.is_null())),
            Some(Listed::Ended) => all.push(Box::new(enterprises::valid_until.is_not_null())),
            Some(Listed::Unverified) => all.push(Box::new(enterprises::standing.eq(Standing::Unverified))),
            Some(Listed::Unassigned) => all.push(Box::new(
                enterprises::valid_until.is_null().and(not(exists(
                    assignments::table
                        .filter(assignments::enterprise_id.eq(enterprises::id))
                        .filter(assignments::valid_until.is_null()),
                ))),
            )),
            Some(Listed::Quiet) => all.push(Box::new(
                enterprises::quiet_from
                    .is_not_null()
                    .and(enterprises::quiet_until.is_not_null())
                    .and(enterprises::quiet_from.assume_not_null().le(today))
                    .and(enterprises::quiet_until.assume_not_null().ge(today)),
            )),
        }
        all
    }

    /// The index knows pairs of characters; whether they stand together is seen on the row.
    fn holds(&self, wanted: &str, one: &Enterprise) -> bool {
        wanted.is_empty()
            || search::normal_parts(&[&one.name, one.usci.as_deref().unwrap_or_default()]).contains(wanted)
    }
}

/// One page, the newest record first.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    filter: &EnterpriseFilter,
    today: NaiveDate,
    bound: Bound,
    most: i64,
) -> Result<Vec<Enterprise>> {
    let wanted = search::normal(&filter.text);
    if wanted.chars().count() == 1 {
        return Ok(Vec::new());
    }
    let mut found: Vec<Enterprise> = Vec::new();
    let mut bound = bound;
    // Rows that the index gave in vain are made up for, so that a page is full while there are more.
    loop {
        let mut query = enterprises::table.select(Enterprise::as_select()).limit(most).into_boxed();
        for condition in filter.conditions(scope, today) {
            query = query.filter(condition);
        }
        let block: Vec<Enterprise> = match bound {
            Bound::Below(id) => query.filter(enterprises::id.lt(id)).order(enterprises::id.desc()).load(conn)?,
            Bound::Above(id) => query.filter(enterprises::id.gt(id)).order(enterprises::id.asc()).load(conn)?,
        };
        let Some(last) = block.last().map(|one| one.id).filter(|_| block.len() as i64 == most) else {
            found.extend(block.into_iter().filter(|one| filter.holds(&wanted, one)));
            break;
        };
        found.extend(block.into_iter().filter(|one| filter.holds(&wanted, one)));
        if found.len() as i64 >= most {
            break;
        }
        bound = match bound {
            Bound::Below(_) => Bound::Below(last),
            Bound::Above(_) => Bound::Above(last),
        };
    }
    found.truncate(most as usize);
    Ok(found)
}

/// How many there are; with a text, counted up to `most`.
pub fn count(conn: &mut Conn, scope: Scope, filter: &EnterpriseFilter, today: NaiveDate, most: i64) -> Result<i64> {
    if !filter.text.is_empty() {
        return Ok(list(conn, scope, filter, today, Bound::Below(i64::MAX), most)?.len() as i64);
    }
    record::counted(conn, format!("enterprises {scope:?} {filter:?} {today}"), |conn| {
        let mut query = enterprises::table.into_boxed();
        for condition in filter.conditions(scope, today) {
            query = query.filter(condition);
        }
        Ok(query.count().get_result(conn)?)
    })
}
