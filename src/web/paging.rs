//! Lists in pages, newest first, by ranges of the primary key: first, previous, next and last without counting rows
//! that are passed over.
use crate::{error::Result, form::Form};

/// Rows on a page that may be asked for.
const SIZES: [i64; 3] = [20, 50, 100];

/// Rows counted one by one at most; beyond it a page says 1000+.
pub const COUNTED: i64 = 1000;

/// The number of rows as a pager says it; `found` was counted up to `COUNTED + 1`.
pub fn counted(found: i64) -> String {
    if found > COUNTED { format!("{COUNTED}+") } else { found.to_string() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    After(i64),
    Before(i64),
    Last,
}

/// Which page of how many rows.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    place: Place,
    size: i64,
}

/// What the query has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Keys below, the greatest first.
    Below(i64),
    /// Keys above, the smallest first.
    Above(i64),
}

/// The addresses of `part/pager.html`.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
}

pub struct Sheet<Row> {
    pub rows: Vec<Row>,
    pub pager: Pager,
    pub size: i64,
    pub sizes: Vec<(i64, String)>,
}

impl<Row> Sheet<Row> {
    /// The same page with its rows as they are shown.
    pub fn told<Shown>(self, tell: impl FnOnce(Vec<Row>) -> Result<Vec<Shown>>) -> Result<Sheet<Shown>> {
        let Self { rows, pager, size, sizes } = self;
        Ok(Sheet { rows: tell(rows)?, pager, size, sizes })
    }
}

/// One part of a list above it, with how many rows it has.
pub struct Tab {
    pub label: &'static str,
    pub href: String,
    pub count: String,
    pub current: bool,
}

impl Asked {
    pub fn of(form: &Form) -> Self {
        let place = match (form.parse("after"), form.parse("before"), form.has("last")) {
            (Some(id), _, _) => Place::After(id),
            (_, Some(id), _) => Place::Before(id),
            (_, _, true) => Place::Last,
            _ => Place::First,
        };
        let size = form.parse("size").filter(|size| SIZES.contains(size)).unwrap_or(50);
        Self { place, size }
    }

    /// Loads the page. `load` answers at most so many rows within the bound; `filters` are kept in the addresses.
    pub fn load<Row>(
        self,
        path: &str,
        filters: &[(&str, &str)],
        key: impl Fn(&Row) -> i64,
        load: impl FnOnce(Bound, i64) -> Result<Vec<Row>>,
    ) -> Result<Sheet<Row>> {
        let (bound, forward) = match self.place {
            Place::First => (Bound::Below(i64::MAX), true),
            Place::After(id) => (Bound::Below(id), true),
            Place::Before(id) => (Bound::Above(id), false),
            Place::Last => (Bound::Above(i64::MIN), false),
        };
        let mut rows = load(bound, self.size + 1)?;
        let more = rows.len() as i64 > self.size;
        rows.truncate(self.size as usize);
        if !forward {
            rows.reverse();
        }
        let (newer, older) = match self.place {
            Place::First => (false, more),
            Place::After(_) => (true, more),
            Place::Before(_) => (more, true),
            Place::Last => (more, false),
        };
        let kept: Vec<_> = filters.iter().filter(|(_, value)| !value.is_empty()).copied().collect();
        let address = |size: i64, place: &[(&str, String)]| {
            let size = size.to_string();
            let mut parts: Vec<(&str, &str)> = kept.clone();
            if size != "50" {
                parts.push(("size", &size));
            }
            parts.extend(place.iter().map(|(name, value)| (*name, value.as_str())));
            let query = serde_urlencoded::to_string(parts).unwrap_or_default();
            if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
        };
        let edge = |row: Option<&Row>| row.map(|row| key(row).to_string());
        let pager = Pager {
            first: newer.then(|| address(self.size, &[])),
            previous: edge(rows.first()).filter(|_| newer).map(|id| address(self.size, &[("before", id)])),
            next: edge(rows.last()).filter(|_| older).map(|id| address(self.size, &[("after", id)])),
            last: older.then(|| address(self.size, &[("last", "1".into())])),
        };
        let sizes = SIZES.iter().map(|size| (*size, address(*size, &[]))).collect();
        Ok(Sheet { rows, pager, size: self.size, sizes })
    }
}
