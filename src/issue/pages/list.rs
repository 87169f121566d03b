//! The ledger 问题台账 and saved filters.
use super::{IssueRow, date_time};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    export::{self, columns::LedgerColumn},
    form::Form,
    issue::{
        count::Counts,
        ledger::{COUNTED, LedgerFilter, Limits, Order, Place},
        query,
        view::{self, LedgerView},
        workflow::*,
    },
    once,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use std::sync::Arc;

pub const SIZES: [i64; 3] = [20, 50, 100];

#[derive(Template)]
#[template(path = "issue/list.html")]
struct ListPage {
    shell: Shell,
    /// Conditions that were not understood.
    invalid: Invalid,
    title: &'static str,
    filter: LedgerFilter,
    from: String,
    to: String,
    area: String,
    group: String,
    unit: String,
    category: String,
    options: Options,
    tabs: Vec<Tab>,
    count: Count,
    rows: Vec<IssueRow>,
    view: LedgerView,
    /// What is offered beside what is always shown; None: a company's list is as it comes.
    choices: Option<Vec<&'static LedgerColumn>>,
    size: i64,
    sizes: Vec<(i64, String)>,
    overdue: Option<(i64, String)>,
    soon: Option<(i64, String)>,
    closed: Option<i64>,
    pager: Pager,
    /// Address of the same rows in another order.
    by_number: String,
    by_due: String,
    by_status: String,
    saved: Vec<query::SavedFilter>,
    query_string: String,
    more_open: bool,
    can_record: bool,
    can_export: bool,
    /// Nudging, dispatching and transferring several at once.
    can_act: bool,
    as_of: String,
}

struct Tab {
    label: &'static str,
    href: String,
    count: Option<i64>,
    current: bool,
}

/// 286, or 1000+ where a text filter makes more dear to count.
struct Count {
    rows: i64,
    is_limited: bool,
}
impl Count {
    fn text(&self) -> String {
        if self.is_limited && self.rows > COUNTED { format!("{COUNTED}+") } else { self.rows.to_string() }
    }
}

struct Pager {
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    last: Option<String>,
}

/// (value, label) lists for the query block.
pub struct Options {
    directory: Arc<Directory>,
    /// Those in the scope, where they are not all.
    some_groups: Option<Vec<(String, String)>>,
    pub statuses: Vec<(String, String)>,
    pub channels: Vec<(String, String)>,
    pub limits: Vec<(String, String)>,
}

macro_rules! choices {
    ($name:ty) => {
        <$name>::ALL.iter().map(|one| (one.as_str().to_owned(), one.label().to_owned())).collect()
    };
}

impl Options {
    pub fn of(directory: &Arc<Directory>, scope: Scope) -> Self {
        let some_groups = (scope.reach() != Reach::Everything)
            .then(|| directory.groups_within(scope).map(|group| (group.id.to_string(), group.name.clone())).collect());
        Self {
            directory: directory.clone(),
            some_groups,
            statuses: choices!(Status),
            channels: choices!(Channel),
            limits: choices!(Limits),
        }
    }
    fn areas(&self) -> &[(String, String)] {
        &self.directory.choices.areas
    }
    fn groups(&self) -> &[(String, String)] {
        self.some_groups.as_deref().unwrap_or(&self.directory.choices.groups)
    }
    fn units(&self) -> &[(String, String)] {
        &self.directory.choices.units
    }
    fn categories(&self) -> &[(String, String)] {
        &self.directory.choices.categories
    }
}

fn selected(value: Option<i64>) -> String {
    value.map(|id| id.to_string()).unwrap_or_default()
}

impl ListPage {
    fn status(&self) -> &'static str {
        self.filter.status.map_or("", Status::as_str)
    }
    fn channel(&self) -> &'static str {
        self.filter.channel.map_or("", Channel::as_str)
    }
    fn limits(&self) -> &'static str {
        self.filter.limits.map_or("", Limits::as_str)
    }
    fn sorted(&self) -> Order {
        self.filter.order.unwrap_or(Order::Newest)
    }
}

fn size(form: &Form) -> i64 {
    form.parse("size").filter(|size| SIZES.contains(size)).unwrap_or(SIZES[0])
}

fn place(form: &Form) -> Place {
    match (form.parse("after"), form.parse("before"), form.has("last")) {
        (Some(id), _, _) => Place::After(id),
        (_, Some(id), _) => Place::Before(id),
        (_, _, true) => Place::Last,
        _ => Place::First,
    }
}

fn address(filter: &LedgerFilter, size: i64, more: &str) -> String {
    let size = if size == SIZES[0] { String::new() } else { format!("size={size}") };
    let parts: Vec<String> =
        [filter.query_string(), size, more.to_owned()].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "/issues".to_owned() } else { format!("/issues?{}", parts.join("&")) }
}

fn tabs(
    conn: &mut crate::db::Conn,
    filter: &LedgerFilter,
    size: i64,
    scope: Scope,
    counts: &Counts,
) -> Result<Vec<Tab>> {
    let base = LedgerFilter { holder: None, status: None, ..filter.clone() };
    let holders = std::iter::once(None).chain(Holder::ALL.iter().copied().map(Some));
    holders
        .map(|holder| {
            let tab = LedgerFilter { holder, ..base.clone() };
            // With a text the counts are dear and would not be exact: only the rows shown are counted.
            let count = if tab.is_text() { None } else { Some(counts.ledger(conn, &tab, scope)?) };
            Ok(Tab {
                label: holder.map_or("全部", Holder::label),
                href: address(&tab, size, ""),
                count,
                current: filter.holder == holder,
            })
        })
        .collect()
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let form = Form(query.into_inner());
    let (filter, invalid) = LedgerFilter::parse(&form);
    let size = size(&form);
    // Paging by key knows no row's number, so the address tells it.
    let told: i64 = form.parse("no").filter(|no| *no > 0).unwrap_or(1);
    let place = place(&form);
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let page = app
        .db
        .read(move |conn| {
            let title =
                if viewer.role == Some(crate::access::Role::Enterprise) { "我的问题" } else { "问题台账" };
            let shell = Shell::load(conn, &frame, &viewer, &[(title, None)])?;
            let directory = directory::current(conn)?;
            let found = filter.page(conn, scope, now, place, size)?;
            let counts = Counts::at(conn, now)?;
            let total = counts.ledger(conn, &filter, scope)?;
            let tabs = tabs(conn, &filter, size, scope, &counts)?;
            let mut limited = |limits| -> Result<Option<(i64, String)>> {
                if filter.is_text() {
                    return Ok(None);
                }
                let only = LedgerFilter { limits: Some(limits), order: Some(Order::Due), ..filter.clone() };
                Ok(Some((counts.ledger(conn, &only, scope)?, address(&only, size, ""))))
            };
            let (overdue, soon) = (limited(Limits::Overdue)?, limited(Limits::Soon)?);
            let closed = match filter.is_text() {
                true => None,
                false => {
                    let closed = LedgerFilter { holder: Some(Holder::Closed), ..filter.clone() };
                    Some(counts.ledger(conn, &closed, scope)?)
                }
            };
            let saved = query::saved_filters(conn, viewer.id)?;
            let edge = |row: Option<&crate::issue::Issue>| row.map_or(0, |issue| issue.id);
            let (head, tail) = (edge(found.rows.first()), edge(found.rows.last()));
            let shown = found.rows.len() as i64;
            let start = match place {
                Place::First => 1,
                Place::Last if !filter.is_text() => (total - shown + 1).max(1),
                _ => told,
            };
            let to = |more: String| address(&filter, size, &more);
            let pager = Pager {
                first: found.has_previous.then(|| to(String::new())),
                previous: found.has_previous.then(|| to(format!("before={head}&no={}", (start - size).max(1)))),
                next: found.has_next.then(|| to(format!("after={tail}&no={}", start + shown))),
                last: found.has_next.then(|| to("last=1".to_owned())),
            };
            let ordered = |order| address(&LedgerFilter { order: Some(order), ..filter.clone() }, size, "");
            let has_choice = viewer.is_official();
            let view = if has_choice { LedgerView::load(conn, viewer.id)? } else { LedgerView::default() };
            let others = view.others();
            let mut cells = Vec::new();
            if !others.is_empty() {
                cells = export::cells(conn, &found.rows, &others, &directory, viewer.reads_company_words())?;
            }
            cells.resize(found.rows.len(), Vec::new());
            let rows = found.rows.into_iter().zip(cells).zip(start..).map(|((issue, cells), no)| {
                let row = IssueRow::of(issue, &directory, now);
                IssueRow { no: Some(no), cells, ..row }
            });
            let order = filter.order.unwrap_or(Order::Newest);
            Ok(ListPage {
                shell,
                invalid,
                title,
                from: form.text("from").to_owned(),
                to: form.text("to").to_owned(),
                area: selected(filter.area_id),
                group: selected(filter.group_id),
                unit: selected(filter.unit_id),
                category: selected(filter.category_id),
                options: Options::of(&directory, scope),
                tabs,
                count: Count { rows: total, is_limited: filter.is_text() },
                rows: rows.collect(),
                sizes: SIZES.iter().map(|one| (*one, address(&filter, *one, ""))).collect(),
                size,
                choices: has_choice.then(|| view::choices().collect()),
                overdue,
                soon,
                closed,
                view,
                pager,
                by_number: ordered(if order == Order::Newest { Order::Oldest } else { Order::Newest }),
                by_due: ordered(if order == Order::Due { Order::DueLast } else { Order::Due }),
                by_status: ordered(Order::Status),
                saved,
                query_string: filter.query_string(),
                more_open: filter.category_id.is_some()
                    || filter.unit_id.is_some()
                    || filter.group_id.is_some()
                    || filter.channel.is_some()
                    || filter.limits.is_some(),
                can_record: viewer.may(Permission::RecordIssue),
                can_export: viewer.may(Permission::Export),
                can_act: viewer.may(Permission::Review),
                as_of: date_time(now),
                filter,
            })
        })
        .await?;
    page::show(&page)
}

/// The address of the list on which a form stood.
fn told(form: &Form) -> Result<Form> {
    Ok(Form(serde_urlencoded::from_str(form.text("query")).map_err(|_| Error::refused("查询条件读不出来"))?))
}

/// Keeps which columns the account sees, and how close the rows stand; or forgets it.
pub async fn save_view(app: AppData, viewer: Viewer, form: Form) -> Answer {
    if !viewer.is_official() {
        return Err(Error::Forbidden);
    }
    let list = told(&form)?;
    let location = address(&LedgerFilter::parse(&list).0, size(&list), "");
    let view = if form.has("reset") { None } else { Some(LedgerView::parse(&form)?) };
    let notice = if view.is_some() { "列设置和密度已保存" } else { "列和密度已恢复默认" };
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                match &view {
                    Some(view) => view.save(conn, viewer.id)?,
                    None => view::forget(conn, viewer.id)?,
                }
                Ok(location.clone())
            })
        })
        .await?;
    Ok(page::done(location, notice))
}

/// Keeps the filter in the address under a name.
pub async fn save_filter(app: AppData, viewer: Viewer, form: Form) -> Answer {
    let name: String = form.text("name").chars().take(30).collect();
    if name.is_empty() {
        return Err(Error::refused("请给这个查询起个名字"));
    }
    let (filter, invalid) = LedgerFilter::parse(&told(&form)?);
    invalid.check()?;
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                query::save_filter(conn, viewer.id, &name, &filter.query_string())?;
                Ok(address(&filter, SIZES[0], ""))
            })
        })
        .await?;
    Ok(page::done(location, "查询已保存"))
}

pub async fn delete_filter(app: AppData, viewer: Viewer, id: web::Path<i64>, form: Form) -> Answer {
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                query::delete_filter(conn, viewer.id, *id)?;
                Ok("/issues".to_owned())
            })
        })
        .await?;
    Ok(page::done(location, "保存的查询已删除"))
}
