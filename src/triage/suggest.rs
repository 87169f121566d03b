//! The lead units that problems of an area are suggested to go to.
use super::query::{self, Returned};
use crate::{db::Conn, directory::Directory, error::Result};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suggestion {
    pub unit_id: i64,
    pub from: Source,
}

/// Why a unit is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The unit that returned the problem named it.
    Return,
    /// So many past dispatches of the category in the area went there.
    Past(i64),
    /// It is the category's usual one.
    Usual,
}

/// What was learnt of one area.
#[derive(Debug, Default)]
pub struct Suggestions {
    /// (category, unit) → dispatches.
    counts: BTreeMap<(i64, i64), i64>,
}

impl Suggestions {
    /// Units that do not work any more are not suggested.
    pub fn of_area(conn: &mut Conn, directory: &Directory, area_id: i64) -> Result<Self> {
        let mut counts = BTreeMap::new();
        for (category, unit) in query::dispatched(conn, area_id)? {
            if directory.unit(unit).is_some_and(|unit| unit.valid_until.is_none()) {
                *counts.entry((category, unit)).or_default() += 1;
            }
        }
        Ok(Self { counts })
    }

    /// The unit that the last return named, else the one that most of the recent problems of the category were given to,
    /// else the category's own. Of two with as many, the one that is older in the list of units. A unit that has
    /// returned the problem is not suggested again.
    pub fn lead_unit(
        &self,
        directory: &Directory,
        category_id: Option<i64>,
        returned: &[Returned],
    ) -> Option<Suggestion> {
        let may = |unit_id: i64| !returned.iter().any(|one| one.unit_id == unit_id);
        let named = returned.last().and_then(|last| {
            let unit = directory.valid_units().find(|unit| unit.name == last.suggested_unit.trim())?;
            may(unit.id).then_some(Suggestion { unit_id: unit.id, from: Source::Return })
        });
        let learnt = || {
            let category_id = category_id?;
            let of_category = self.counts.range((category_id, i64::MIN)..=(category_id, i64::MAX));
            let most =
                of_category.filter(|((_, unit), _)| may(*unit)).max_by_key(|((_, unit), count)| (**count, -unit));
            match most {
                Some(((_, unit_id), count)) => Some(Suggestion { unit_id: *unit_id, from: Source::Past(*count) }),
                None => {
                    let unit_id = usual(directory, category_id).filter(|unit_id| may(*unit_id))?;
                    Some(Suggestion { unit_id, from: Source::Usual })
                }
            }
        };
        named.or_else(learnt)
    }
}

/// The default of the category or of the one above it.
fn usual(directory: &Directory, category_id: i64) -> Option<i64> {
    let own = directory.category(category_id)?;
    let above = own.parent_id.and_then(|id| directory.category(id));
    let mut names = [Some(own), above].into_iter().flatten().map(|category| category.default_lead_unit.as_str());
    let name = names.find(|name| !name.is_empty())?;
    directory.valid_units().find(|unit| unit.name == name).map(|unit| unit.id)
}
