//! The rows behind a figure, for the same period, moment, row and scope; each opens its record for who may see it.
use super::{
    campaign_start,
    figures::Costly,
    indicator,
    measure::Record,
    pages::{Asked, address, as_of_text, asked},
    rows::{self, Behind},
    telling::Telling,
};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    directory,
    error::{Error, Result},
    export::columns::LedgerColumn,
    form::Form,
    issue::{pages::IssueRow, view::LedgerView},
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{self, Pager},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "report/rows.html")]
struct RowsPage {
    shell: Shell,
    telling: Telling,
    label: &'static str,
    formula: &'static str,
    /// What the figure is of: 二七区, or nothing for the whole.
    of: String,
    from: String,
    to: String,
    as_of_text: String,
    /// A rate: 99.7%, and what it is made of: (中文, count, address, whether its rows are below).
    rate: String,
    /// How a time comes about; empty for what is none.
    time: String,
    parts: Vec<(&'static str, i64, String, bool)>,
    listed: Listed,
    /// Of the ledger, for issues.
    columns: Vec<&'static LedgerColumn>,
    total: i64,
    unit: &'static str,
    pager: Pager,
    size: i64,
    sizes: Vec<(i64, String)>,
    back: String,
    /// Some rows cannot be opened by this viewer today.
    some_shut: bool,
    /// Issues of this page that this viewer may not see today: counted, not shown.
    hidden: usize,
}

enum Listed {
    Issues(Vec<IssueRow>),
    Records { heads: &'static [&'static str], rows: Vec<RecordLine> },
}

struct RecordLine {
    href: Option<String>,
    title: String,
    /// (head, text)
    cells: Vec<(&'static str, String)>,
}

impl RowsPage {
    fn is_empty(&self) -> bool {
        match &self.listed {
            Listed::Issues(rows) => rows.is_empty(),
            Listed::Records { rows, .. } => rows.is_empty(),
        }
    }
}

/// What permission opens a record, where it is, and what one of them is counted in.
fn place(record: Record) -> (Permission, &'static str, &'static str) {
    match record {
        Record::Groups => (Permission::SeeGroups, "/groups", "个"),
        Record::Cadres => (Permission::SeeGroups, "/groups", "人"),
        Record::Companies | Record::Covered | Record::Uncovered | Record::Visited => {
            (Permission::SeeEnterprises, "/enterprises", "家")
        }
        Record::Visits => (Permission::SeeVisits, "/visits", "次"),
        Record::Symposiums => (Permission::SeeVisits, "/symposiums", "场"),
    }
}

/// One page of rows with its place in the list.
struct Page {
    listed: Listed,
    total: i64,
    unit: &'static str,
    pager: Pager,
    size: i64,
    sizes: Vec<(i64, String)>,
    some_shut: bool,
    hidden: usize,
}

fn page_of(conn: &mut Conn, viewer: &Viewer, behind: &Behind, form: &Form, asked: &Asked, now: Time) -> Result<Page> {
    let own = address(asked, &[]);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&own).unwrap_or_default();
    let mut kept: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    kept.extend([("measure", behind.measure), ("row", form.text("row"))]);
    let place_asked = paging::Asked::of(form);
    let behind = Behind { measure: indicator::listed(behind.measure), ..behind.clone() };
    let Some(record) = Record::parse(behind.measure) else {
        let total = behind.count_issues(conn)?;
        let sheet = place_asked.load(
            "/reports/rows",
            &kept,
            |(row, _): &(crate::issue::Issue, i64)| row.id,
            |bound, limit| behind.issues(conn, bound, limit),
        )?;
        let ids: Vec<i64> = sheet.rows.iter().map(|(row, _)| row.id).collect();
        let open = rows::openable_issues(conn, viewer.require(Permission::SeeIssues)?, &ids)?;
        let directory = directory::current(conn)?;
        return Ok(Page {
            some_shut: false,
            hidden: ids.len() - open.len(),
            listed: Listed::Issues(
                sheet
                    .rows
                    .into_iter()
                    .filter(|(issue, _)| open.contains(&issue.id))
                    .flat_map(|(issue, times)| std::iter::repeat_n(issue, times.max(1) as usize))
                    .map(|issue| IssueRow::of(issue, &directory, now))
                    .collect(),
            ),
            total,
            unit: "件",
            pager: sheet.pager,
            size: sheet.size,
            sizes: sheet.sizes,
        });
    };
    let (permission, path, unit) = place(record);
    let total = behind.count_records(conn, record)?;
    let sheet = place_asked.load(
        "/reports/rows",
        &kept,
        |row: &rows::RecordRow| row.key,
        |bound, limit| behind.records(conn, record, bound, limit),
    )?;
    let targets: Vec<i64> = sheet.rows.iter().filter_map(|row| row.opens).collect();
    let open = match viewer.scope(permission) {
        Some(scope) => rows::openable(conn, record, scope, &targets)?,
        None => Default::default(),
    };
    let heads = rows::heads(record);
    let lines: Vec<RecordLine> = sheet
        .rows
        .into_iter()
        .map(|row| {
            let mut cells = row.cells.into_iter();
            RecordLine {
                href: row.opens.filter(|id| open.contains(id)).map(|id| format!("{path}/{id}")),
                title: cells.next().unwrap_or_default(),
                cells: heads.iter().copied().skip(1).zip(cells).collect(),
            }
        })
        .collect();
    Ok(Page {
        hidden: 0,
        some_shut: lines.iter().any(|line| line.href.is_none()),
        listed: Listed::Records { heads, rows: lines },
        total,
        unit,
        pager: sheet.pager,
        size: sheet.size,
        sizes: sheet.sizes,
    })
}

/// Label, count, address of the rows, whether it is the one shown.
type Part = (&'static str, i64, String, bool);

/// (what the heading says, how it comes about) of a time; nothing for what is none.
fn time(conn: &mut Conn, behind: &Behind) -> Result<(String, String)> {
    if indicator::listed(behind.measure) != "timed" {
        return Ok(Default::default());
    }
    let taken = Behind { measure: "timed", ..behind.clone() }.workdays(conn)?;
    let mut costly = Costly::default();
    costly.take(&taken);
    let Costly { timed, workdays, .. } = costly;
    let [mean, median] =
        [indicator::mean(workdays, timed), costly.median].map(|time| time.map_or(String::new(), indicator::tenths));
    let told = format!("{timed} 件共用 {workdays} 个工作日，平均 {mean}，中位数 {median}。");
    let said = match behind.measure {
        "mean_workdays" => mean,
        "median_workdays" => median,
        _ => String::new(),
    };
    Ok((said, if timed > 0 { told } else { String::new() }))
}

/// A rate's counts, each with the address of its rows.
fn parts(conn: &mut Conn, behind: &Behind, form: &Form, asked: &Asked) -> Result<(String, Vec<Part>)> {
    let Some(parts) = indicator::parts(behind.measure) else { return Ok((String::new(), Vec::new())) };
    let mut told = Vec::new();
    for word in [parts.denominator, parts.numerator, parts.rest] {
        let count = Behind { measure: word, ..behind.clone() }.count(conn)?;
        let mut pairs = vec![("measure", word)];
        if form.has("row") {
            pairs.push(("row", form.text("row")));
        }
        let label = indicator::words(word).map_or("", |(label, _)| label);
        let href = format!("/reports/rows?{}", address(asked, &pairs));
        told.push((label, count, href, word == parts.denominator));
    }
    Ok((indicator::percent(told[1].1, told[0].1), told))
}

pub async fn behind(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let form = Form(query.into_inner());
    // An address without a figure asks for all of them.
    let measure = Some(form.text("measure")).filter(|word| !word.is_empty()).unwrap_or("collected").to_owned();
    let (label, formula) = indicator::words(&measure).ok_or(Error::NotFound)?;
    let page = app
        .db
        .snapshot(move |conn| {
            let crumbs = [("统计通报", Some("/reports")), (label, None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let asked = asked(conn, scope, &form, now)?;
            let row = form.parse("row");
            let behind = Behind { question: &asked.question, scope, measure: &measure, row };
            let (mut rate, parts) = parts(conn, &behind, &form, &asked)?;
            let (said, time) = time(conn, &behind)?;
            rate += &said;
            let page = page_of(conn, &viewer, &behind, &form, &asked, now)?;
            let directory = directory::current(conn)?;
            let of = row.map(|id| super::rank::name(&directory, asked.question.by, id)).unwrap_or_default();
            let today = crate::calendar::shanghai_date(now);
            let question = &asked.question;
            Ok(RowsPage {
                shell,
                telling: Telling::of(&directory, scope, question, campaign_start(conn)?, today),
                from: question.from.to_string(),
                to: question.to.to_string(),
                label,
                formula,
                of,
                as_of_text: as_of_text(&asked, now),
                rate,
                time,
                parts,
                listed: page.listed,
                columns: LedgerView::default().columns,
                total: page.total,
                unit: page.unit,
                pager: page.pager,
                size: page.size,
                sizes: page.sizes,
                back: format!("/reports?{}", address(&asked, &[])),
                some_shut: page.some_shut,
                hidden: page.hidden,
            })
        })
        .await?;
    page::show(&page)
}
