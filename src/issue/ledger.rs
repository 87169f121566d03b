//! The ledger: which rows, in which order, which page of them. Paging is by key, so the last page costs what the first
//! does; every order ends in the primary key.
use super::{
    Issue,
    query::{Filter, within},
    workflow::*,
};
use crate::{
    access::Scope,
    calendar::{end_of_day, shanghai_date, start_of_day, start_of_next_day},
    db::Conn,
    directory,
    error::{Invalid, Result},
    form::{Form, LISTED},
    key,
    schema::*,
    search,
    time::Time,
};
use chrono::NaiveDate;
use diesel::{
    dsl::{exists, not},
    prelude::*,
};

/// Rows counted one by one at most; beyond it the page says 1000+.
pub const COUNTED: i64 = 1000;
/// Documents of a word up to which they are listed and looked up, instead of walking the issues and asking each.
const RARE: i64 = 2000;

crate::text_enum! {
    pub enum Order {
        Newest = "newest", "编号由新到旧";
        Oldest = "oldest", "编号由旧到新";
        Due = "due", "时限由近到远";
        DueLast = "due_last", "时限由远到近";
        Status = "status", "按状态";
    }
}
crate::text_enum! {
    pub enum Limits {
        Overdue = "overdue", "逾期";
        Soon = "soon", "临期";
        Normal = "normal", "正常";
    }
}

/// What the query block says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LedgerFilter {
    pub text: String,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub area_id: Option<i64>,
    pub group_id: Option<i64>,
    pub unit_id: Option<i64>,
    pub category_id: Option<i64>,
    pub enterprise_id: Option<i64>,
    pub status: Option<Status>,
    pub holder: Option<Holder>,
    pub channel: Option<Channel>,
    pub limits: Option<Limits>,
    pub order: Option<Order>,
}

/// Which page: the first, after or before a row, or the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    #[default]
    First,
    After(i64),
    Before(i64),
    Last,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub rows: Vec<Issue>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl LedgerFilter {
    /// What makes no sense is no filter; each has its message, so that nobody takes the rows for filtered ones.
    pub fn parse(form: &Form) -> (Self, Invalid) {
        let mut invalid = Invalid::default();
        let say = &mut invalid;
        let (from, to) = form.given_period("收集日期", say);
        let mut filter = Self {
            text: form.text("q").chars().take(50).collect(),
            from,
            to,
            area_id: form.given("area", "所属区县", LISTED, say),
            group_id: form.given("group", "工作组", LISTED, say),
            unit_id: form.given("unit", "主责单位", LISTED, say),
            category_id: form.given("category", "问题大类", LISTED, say),
            status: form.given("status", "当前状态", LISTED, say),
            channel: form.given("channel", "来源渠道", LISTED, say),
            limits: form.given("limits", "本步时限", LISTED, say),
            order: form.parse("order"),
            ..Self::default()
        };
        // These have no field on the page that a message could lead to.
        let mut more = Invalid::default();
        filter.enterprise_id = form.given("enterprise", "企业", "请从企业档案里打开", &mut more);
        filter.holder = form.given("holder", "在谁手里", "请点上面的标签", &mut more);
        for (_, message) in more.0 {
            invalid.add("", message);
        }
        (filter, invalid)
    }

    /// The same filter as an address, without the page.
    pub fn query_string(&self) -> String {
        let id = |value: Option<i64>| value.map(|id| id.to_string()).unwrap_or_default();
        let date = |value: Option<NaiveDate>| value.map(|on| on.to_string()).unwrap_or_default();
        let pairs = [
            ("q", self.text.clone()),
            ("from", date(self.from)),
            ("to", date(self.to)),
            ("area", id(self.area_id)),
            ("group", id(self.group_id)),
            ("unit", id(self.unit_id)),
            ("category", id(self.category_id)),
            ("enterprise", id(self.enterprise_id)),
            ("status", self.status.map_or("", Status::as_str).to_owned()),
            ("holder", self.holder.map_or("", Holder::as_str).to_owned()),
            ("channel", self.channel.map_or("", Channel::as_str).to_owned()),
            ("limits", self.limits.map_or("", Limits::as_str).to_owned()),
            ("order", self.order.map_or("", Order::as_str).to_owned()),
        ];
        let given: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
        serde_urlencoded::to_string(given).unwrap_or_default()
    }

    /// Nothing but perhaps a tab or an order: the figures of the whole scope.
    pub fn is_text(&self) -> bool {
        !self.text.is_empty()
    }

    fn order(&self) -> Order {
        // The index of words is in key order, so text comes newest first.
        if self.is_text() { Order::Newest } else { self.order.unwrap_or(Order::Newest) }
    }

    /// The filter as conditions, all of them AND.
    pub(super) fn conditions(&self, conn: &mut Conn, scope: Scope, now: Time) -> Result<Vec<Filter>> {
        let mut all: Vec<Filter> = vec![within(scope)];
        // A category or a channel has a large part of all issues. In an order other than its index's the rows come out
        // of the index of that order, and a condition that no index serves keeps the engine from sorting the part.
        let by_key = matches!(self.order(), Order::Newest | Order::Oldest);
        if let Some(from) = self.from {
            all.push(Box::new(issues::id.ge(key::first_at(start_of_day(from)))));
        }
        if let Some(to) = self.to {
            all.push(Box::new(issues::id.lt(key::first_at(start_of_next_day(to)))));
        }
        if let Some(id) = self.area_id {
            all.push(Box::new(issues::area_id.eq(id)));
        }
        if let Some(id) = self.group_id {
            all.push(Box::new(issues::group_id.assume_not_null().eq(id)));
        }
        if let Some(id) = self.unit_id {
            all.push(Box::new(issues::lead_unit_id.assume_not_null().eq(id)));
        }
        if let Some(id) = self.category_id {
            let category = issues::category_id.assume_not_null();
            let ids = directory::current(conn)?.category_with_below(id);
            all.push(match (ids.len(), by_key) {
                (1, true) => Box::new(category.eq(id)),
                (1, false) => Box::new(not(category.ne(id))),
                (_, true) => Box::new(category.eq_any(ids)),
                (_, false) => Box::new(not(category.ne_all(ids))),
            });
        }
        if let Some(id) = self.enterprise_id {
            all.push(Box::new(issues::enterprise_id.assume_not_null().eq(id)));
        }
        if let Some(status) = self.status {
            all.push(Box::new(issues::status.eq(status)));
        }
        if let Some(holder) = self.holder {
            let statuses: Vec<Status> =
                Status::ALL.iter().copied().filter(|status| status.holder() == holder).collect();
            all.push(match statuses[..] {
                // One status comes out of its index in the order of the list.
                [status] => Box::new(issues::status.eq(status)),
                _ => Box::new(issues::status.eq_any(statuses)),
            });
        }
        if let Some(channel) = self.channel {
            all.push(if by_key {
                Box::new(issues::channel.eq(channel))
            } else {
                Box::new(not(issues::channel.ne(channel)))
            });
        }
        if let Some(limits) = self.limits {
            let rules = directory::current(conn)?.rules.clone();
            let soon = end_of_day(rules.calendar(now).add_workdays(shanghai_date(now), 1).on);
            let city: Vec<Status> = Status::ALL.iter().copied().filter(|status| status.can_be_overdue()).collect();
            all.push(Box::new(issues::status.eq_any(city)));
            all.push(match limits {
                Limits::Overdue => Box::new(issues::step_due_at.lt(now)),
                Limits::Soon => Box::new(issues::step_due_at.ge(now).and(issues::step_due_at.le(soon))),
                Limits::Normal => Box::new(issues::step_due_at.gt(soon).and(issues::step_due_at.lt(Time::NEVER))),
            });
        }
        if self.is_text() {
            all.extend(containing(conn, &self.text)?);
        }
        Ok(all)
    }

    /// One page of rows.
    pub fn page(&self, conn: &mut Conn, scope: Scope, now: Time, place: Place, size: i64) -> Result<Page> {
        let order = self.order();
        let conditions = self.conditions(conn, scope, now)?;
        let backwards = matches!(place, Place::Before(_) | Place::Last);
        let mut query = issues::table.select(Issue::as_select()).into_boxed();
        for condition in conditions {
            query = query.filter(condition);
        }
        if let Place::After(id) | Place::Before(id) = place {
            let edge = issues::table
                .find(id)
                .select((issues::step_due_at, issues::status))
                .first::<(Time, Status)>(conn)
                .optional()?;
            if let Some((due, status)) = edge {
                query = query.filter(beyond(order, backwards, id, due, status));
            }
        }
        query = match (order, backwards) {
            (Order::Newest, false) | (Order::Oldest, true) => query.order(issues::id.desc()),
            (Order::Newest, true) | (Order::Oldest, false) => query.order(issues::id),
            (Order::Due, false) | (Order::DueLast, true) => query.order((issues::step_due_at, issues::id)),
            (Order::Due, true) | (Order::DueLast, false) => {
                query.order((issues::step_due_at.desc(), issues::id.desc()))
            }
            (Order::Status, false) => query.order((issues::status, issues::id)),
            (Order::Status, true) => query.order((issues::status.desc(), issues::id.desc())),
        };
        let mut rows: Vec<Issue> = query.limit(size + 1).load(conn)?;
        let more = rows.len() as i64 > size;
        rows.truncate(size as usize);
        if backwards {
            rows.reverse();
        }
        if self.is_text() {
            let wanted = search::words(&self.text);
            rows.retain(|row| {
                search::holds(&search::issue_text(&row.title, &row.enterprise_name, &row.number), &wanted)
            });
        }
        let (has_previous, has_next) = match place {
            Place::First => (false, more),
            Place::After(_) => (true, more),
            Place::Before(_) => (more, true),
            Place::Last => (more, false),
        };
        Ok(Page { rows, has_previous, has_next })
    }

    /// How many rows; with a text, at most `COUNTED + 1`.
    pub fn count(&self, conn: &mut Conn, scope: Scope, now: Time) -> Result<i64> {
        let unordered = Self { order: None, ..self.clone() };
        let conditions = unordered.conditions(conn, scope, now)?;
        if !self.is_text() {
            let mut query = issues::table.into_boxed();
            for condition in conditions {
                query = query.filter(condition);
            }
            return Ok(query.count().get_result(conn)?);
        }
        let mut query = issues::table.select((issues::title, issues::enterprise_name, issues::number)).into_boxed();
        for condition in conditions {
            query = query.filter(condition);
        }
        let rows: Vec<(String, String, String)> = query.order(issues::id.desc()).limit(COUNTED + 1).load(conn)?;
        let wanted = search::words(&self.text);
        let found = rows
            .iter()
            .filter(|(title, name, number)| search::holds(&search::normal_parts(&[title, name, number]), &wanted));
        Ok(found.count() as i64)
    }

    /// Streams all rows, oldest first, in blocks: for exports.
    pub fn block(&self, conn: &mut Conn, scope: Scope, now: Time, after: Option<i64>, size: i64) -> Result<Vec<Issue>> {
        let place = after.map_or(Place::First, Place::After);
        let oldest = Self { order: Some(Order::Oldest), ..self.clone() };
        let conditions = oldest.conditions(conn, scope, now)?;
        let mut query = issues::table.select(Issue::as_select()).into_boxed();
        for condition in conditions {
            query = query.filter(condition);
        }
        if let Place::After(id) = place {
            query = query.filter(issues::id.gt(id));
        }
        Ok(query.order(issues::id).limit(size).load(conn)?)
    }
}

/// Rows after the edge in an order, or before it.
fn beyond(order: Order, backwards: bool, id: i64, due: Time, status: Status) -> Filter {
    match (order, backwards) {
        (Order::Newest, false) | (Order::Oldest, true) => Box::new(issues::id.lt(id)),
        (Order::Newest, true) | (Order::Oldest, false) => Box::new(issues::id.gt(id)),
        (Order::Due, false) | (Order::DueLast, true) => {
            Box::new(issues::step_due_at.gt(due).or(issues::step_due_at.eq(due).and(issues::id.gt(id))))
        }
        (Order::Due, true) | (Order::DueLast, false) => {
            Box::new(issues::step_due_at.lt(due).or(issues::step_due_at.eq(due).and(issues::id.lt(id))))
        }
        (Order::Status, false) => {
            Box::new(issues::status.gt(status).or(issues::status.eq(status).and(issues::id.gt(id))))
        }
        (Order::Status, true) => {
            Box::new(issues::status.lt(status).or(issues::status.eq(status).and(issues::id.lt(id))))
        }
    }
}

/// In how many documents a pair is, roughly: 0, at most 100, fewer than `RARE`, or `RARE` for any more. Passing over
/// entries of the index costs next to nothing, loading them does not.
fn at_most(conn: &mut Conn, term: i64) -> Result<i64> {
    use issue_terms as t;
    for few in [0, 100, RARE - 1] {
        let beyond = t::table.filter(t::term.eq(term)).order(t::doc).offset(few).select(t::doc);
        if beyond.first::<i64>(conn).optional()?.is_none() {
            return Ok(few);
        }
    }
    Ok(RARE)
}

/// Conditions that a text holds all pairs of the words looked for; the rarest pair leads.
fn containing(conn: &mut Conn, text: &str) -> Result<Vec<Filter>> {
    use issue_terms as t;
    let mut counted = Vec::new();
    let mut terms: Vec<i64> = search::words(text).iter().flat_map(|word| search::terms(word)).collect();
    terms.sort_unstable();
    terms.dedup();
    for term in terms {
        let few = at_most(conn, term)?;
        counted.push((few, term));
        if few == 0 {
            break;
        }
    }
    counted.sort_unstable();
    let mut all: Vec<Filter> = Vec::new();
    if counted.is_empty() {
        // A single character is in no pair: nothing is found rather than everything.
        all.push(Box::new(not(issues::id.eq(issues::id))));
    }
    for (index, (few, term)) in counted.into_iter().enumerate() {
        if index == 0 && few < RARE {
            all.push(Box::new(issues::id.eq_any(t::table.filter(t::term.eq(term)).select(t::doc))));
        } else {
            all.push(Box::new(exists(t::table.filter(t::term.eq(term)).filter(t::doc.eq(issues::id)))));
        }
    }
    Ok(all)
}
