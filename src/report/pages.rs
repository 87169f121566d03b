//! Report pages: figures by city, area, group, unit or category, for any period and as of any day.
use super::{
    By, Question, campaign_start, export,
    figures::{Beside, Figures},
    indicator::{INDICATORS, Indicator},
    query::{self, Report},
    rank::{self, RankedRow},
    rows,
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    directory,
    error::{Error, Result},
    form::Form,
    issue::pages::{IssueRow, date_time},
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use askama::Template;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// What the address asks.
struct Asked {
    question: Question,
    /// The day typed as the moment; None: as of now.
    as_of: Option<chrono::NaiveDate>,
    sort: String,
    ascending: bool,
}

fn asked(conn: &mut Conn, scope: Scope, form: &Form, now: Time) -> Result<Asked> {
    let by = form.parse("by").unwrap_or(match scope.reach() {
        Reach::LeadUnit(_) => By::Category,
        _ => By::Group,
    });
    let today = crate::calendar::shanghai_date(now);
    let from = match form.parse("from") {
        Some(from) => from,
        None => campaign_start(conn)?,
    };
    let as_of: Option<chrono::NaiveDate> = form.parse("as_of").filter(|day| *day < today);
    let to = form.parse("to").unwrap_or(as_of.unwrap_or(today));
    let question = match as_of {
        Some(day) => Question::at_end_of(by, from, to, day),
        None => Question::now(by, from, to, now),
    };
    let sort = Some(form.text("sort")).filter(|word| *word == "name" || super::indicator::find(word).is_some());
    Ok(Asked {
        question,
        as_of,
        sort: sort.unwrap_or("resolution_rate").to_owned(),
        ascending: form.text("order") == "asc",
    })
}

type Key = (Question, Reach, (i64, i64, i64), String);
/// Reports that were asked before. The key holds the moment (to the minute where it is now) and the newest event, visit
/// and symposium, so that a new record of any instance makes a new report; a voided visit shows within the minute.
static KEPT: Mutex<Option<HashMap<Key, Arc<Report>>>> = Mutex::new(None);
const KEPT_MOST: usize = 200;

fn report(conn: &mut Conn, scope: Scope, question: &Question, now: Time) -> Result<Arc<Report>> {
    let resolved = format!("{:?}", query::resolved_types(conn)?);
    let mut moment = *question;
    if !query::is_past(question, now) {
        moment.before = Time(question.before.0 / 60_000_000);
    }
    let key = (moment, scope.reach(), query::newest(conn)?, resolved);
    if let Ok(kept) = KEPT.lock()
        && let Some(found) = kept.as_ref().and_then(|kept| kept.get(&key))
    {
        return Ok(found.clone());
    }
    let made = Arc::new(query::report(conn, scope, question)?);
    if let Ok(mut kept) = KEPT.lock() {
        let kept = kept.get_or_insert_default();
        if kept.len() >= KEPT_MOST {
            kept.clear();
        }
        kept.insert(key, made.clone());
    }
    Ok(made)
}

#[derive(Template)]
#[template(path = "report/show.html")]
struct ReportPage {
    shell: Shell,
    by: By,
    choices: Vec<(String, String)>,
    from: String,
    to: String,
    as_of: String,
    as_of_text: String,
    sentence: String,
    heads: Vec<Head>,
    rows: Vec<RankedRow>,
    total: Figures,
    beside: Beside,
    /// Address of the rows behind a figure, without measure and row.
    behind: String,
    query_string: String,
    can_export: bool,
    has_records: bool,
    unranked: usize,
}

struct Head {
    word: &'static str,
    label: &'static str,
    href: String,
    sorted: Option<&'static str>,
}

impl Head {
    /// A phone shows what matters most; the rest is on the spreadsheet and on a wider screen.
    fn on_phone(&self) -> bool {
        matches!(self.word, "collected" | "resolved" | "resolution_rate" | "overdue_open")
    }
}

impl ReportPage {
    fn link(&self, measure: &str, id: &i64) -> String {
        format!("/reports/rows?{}&measure={measure}&row={id}", self.behind)
    }
    fn link_all(&self, measure: &str) -> String {
        format!("/reports/rows?{}&measure={measure}", self.behind)
    }
    fn is_ranked(&self) -> bool {
        matches!(self.by, By::Area | By::Group | By::Unit)
    }
}

/// Columns of the page, by the words of the dictionary.
const RECORDS: &[&str] = &["groups", "cadres", "companies", "visits", "visited_enterprises", "symposiums"];
const ISSUES: &[&str] = &["collected", "resolved", "resolution_rate", "closure_rate", "open", "overdue_open"];
const RATINGS: &[&str] = &["confirmed_rate", "satisfaction_rate", "rating_coverage"];

fn address(asked: &Asked, more: &[(&str, &str)]) -> String {
    let question = &asked.question;
    let mut pairs = vec![
        ("by", question.by.as_str().to_owned()),
        ("from", question.from.to_string()),
        ("to", question.to.to_string()),
    ];
    if let Some(day) = asked.as_of {
        pairs.push(("as_of", day.to_string()));
    }
    pairs.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

fn heads(asked: &Asked, has_records: bool) -> Vec<Head> {
    // Of one group there is one group.
    let is_shown = |word: &&&str| has_records && !(asked.question.by == By::Group && **word == "groups");
    let words = RECORDS.iter().filter(is_shown).chain(ISSUES).chain(RATINGS);
    words
        .filter_map(|word| super::indicator::find(word))
        .map(|one| {
            let current = asked.sort == one.word;
            let order = if current && !asked.ascending { "asc" } else { "desc" };
            Head {
                word: one.word,
                label: one.label,
                href: format!("/reports?{}", address(asked, &[("sort", one.word), ("order", order)])),
                sorted: current.then_some(if asked.ascending { "ascending" } else { "descending" }),
            }
        })
        .collect()
}

pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let form = Form(query.into_inner());
    let page = app
        .db
        .snapshot(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("统计通报", None)])?;
            let asked = asked(conn, scope, &form, now)?;
            let report = report(conn, scope, &asked.question, now)?;
            let directory = directory::current(conn)?;
            let by = asked.question.by;
            let rows = if by == By::City {
                Vec::new()
            } else {
                rank::ranked(&report, &asked.question, &directory, &asked.sort, asked.ascending)
            };
            let has_records = matches!(by, By::City | By::Area | By::Group);
            Ok(ReportPage {
                shell,
                by,
                choices: By::ALL.iter().map(|one| (one.as_str().to_owned(), one.label().to_owned())).collect(),
                from: asked.question.from.to_string(),
                to: asked.question.to.to_string(),
                as_of: asked.as_of.map(|day| day.to_string()).unwrap_or_default(),
                as_of_text: match asked.as_of {
                    Some(day) => format!("{day} 24:00"),
                    None => date_time(now),
                },
                sentence: report.total.sentence(),
                heads: heads(&asked, has_records),
                unranked: rows.iter().filter(|row| row.rank.is_none()).count(),
                rows,
                total: report.total,
                beside: report.beside,
                behind: address(&asked, &[]),
                query_string: address(
                    &asked,
                    &[("sort", &asked.sort), ("order", if asked.ascending { "asc" } else { "desc" })],
                ),
                can_export: viewer.may(Permission::Export),
                has_records,
            })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "report/definitions.html")]
struct DefinitionsPage {
    shell: Shell,
    indicators: &'static [Indicator],
    resolved: String,
}

pub async fn definitions(app: AppData, request: HttpRequest, viewer: Viewer) -> Answer {
    let frame = Frame::of(&app, &request);
    let page = app
        .db
        .read(move |conn| {
            let crumbs = [("统计通报", Some("/reports")), ("指标口径", None)];
            let types = query::resolved_types(conn)?;
            let resolved: Vec<_> = types.iter().map(|one| one.label()).collect();
            Ok(DefinitionsPage {
                shell: Shell::load(conn, &frame, &viewer, &crumbs)?,
                indicators: INDICATORS,
                resolved: resolved.join("、"),
            })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "report/rows.html")]
struct RowsPage {
    shell: Shell,
    label: &'static str,
    formula: &'static str,
    as_of_text: String,
    rows: Vec<IssueRow>,
    /// Of this page, not to be seen by who looks.
    hidden: usize,
    next: Option<String>,
    back: String,
}

/// The rows behind one figure.
pub async fn behind(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    const SIZE: i64 = 50;
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let form = Form(query.into_inner());
    // An address without a figure asks for all of them.
    let measure = Some(form.text("measure")).filter(|word| !word.is_empty()).unwrap_or("collected").to_owned();
    let (label, formula) = match (super::indicator::find(&measure), measure.as_str()) {
        (Some(one), _) => (one.label, one.formula),
        (None, "submitted") => ("待甄别", "期间内提交、还没有建档的"),
        (None, "rejected") => ("不予受理", "期间内提交、不予受理的"),
        (None, "merged") => ("已并案", "期间内提交、已并入另一件的"),
        (None, "withdrawn") => ("企业撤回", "期间内提交、企业撤回的"),
        (None, "invalid") => ("认定无效", "期间内提交、审核认定无效的"),
        (None, "history") => ("历史导入", "导入的历史问题，另计"),
        (None, "unresolved") => ("未解决", "C 中没有计入已解决的"),
        _ => return Err(Error::NotFound),
    };
    let page = app
        .db
        .snapshot(move |conn| {
            let crumbs = [("统计通报", Some("/reports")), (label, None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let asked = asked(conn, scope, &form, now)?;
            let id = form.parse("row");
            let after = form.parse("after").unwrap_or(0);
            let mut found = rows::issues_behind(conn, scope, &asked.question, &measure, id, after, SIZE + 1)?;
            let more = found.len() as i64 > SIZE;
            found.truncate(SIZE as usize);
            let next = found.last().filter(|_| more).map(|last| {
                let last = last.id.to_string();
                let row = form.text("row");
                let mut pairs = vec![("measure", measure.as_str()), ("after", last.as_str())];
                if !row.is_empty() {
                    pairs.push(("row", row));
                }
                format!("/reports/rows?{}", address(&asked, &pairs))
            });
            let (found, hidden) = rows::seen_now(conn, viewer.require(Permission::SeeIssues)?, found)?;
            let directory = directory::current(conn)?;
            Ok(RowsPage {
                shell,
                hidden,
                label,
                formula,
                as_of_text: asked.as_of.map_or_else(|| date_time(now), |day| format!("{day} 24:00")),
                rows: found.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect(),
                next,
                back: format!("/reports?{}", address(&asked, &[])),
            })
        })
        .await?;
    page::show(&page)
}

/// The same figures as a spreadsheet.
pub async fn download(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let now = app.now();
    let form = Form(query.into_inner());
    // Export is held by more than reports are: both are needed.
    let see = viewer.require(Permission::SeeReports)?;
    let _ = scope;
    let (bytes, question) = app
        .db
        .snapshot(move |conn| {
            let asked = asked(conn, see, &form, now)?;
            let report = report(conn, see, &asked.question, now)?;
            let directory = directory::current(conn)?;
            let rows = rank::ranked(&report, &asked.question, &directory, &asked.sort, asked.ascending);
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            export::write(file.path(), &asked.question, &report, &rows)?;
            Ok((std::fs::read(file.path())?, asked.question))
        })
        .await?;
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let what = format!("统计报表，按{}，截至 {}", question.by.label(), question.as_of());
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Export, "report", &what)).await?;
    let name = format!("attachment; filename=\"report-{}-{}.xlsx\"", question.by.as_str(), question.as_of());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(bytes))
}
