//! Report pages: figures by city, area, group, unit or category, for any period and as of any day.
use super::{
    By, Question, campaign_start, export,
    figures::Figures,
    indicator::{self, BESIDE, INDICATORS, Indicator, View},
    kept,
    rank::{self, RankedRow},
    telling::Telling,
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    issue::pages::date_time,
    rules::Reporting,
    time::Time,
    web::{
        Answer, AppData, file, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// What the address asks.
#[derive(Clone)]
pub(super) struct Asked {
    pub question: Question,
    /// The day typed as the moment; None: as of now.
    pub as_of: Option<chrono::NaiveDate>,
    view: View,
    sort: String,
    ascending: bool,
}

pub(super) fn asked(conn: &mut Conn, scope: Scope, form: &Form, now: Time) -> Result<Asked> {
    let mut invalid = Invalid::default();
    let kinds: Vec<_> = By::ALL.iter().map(|one| one.label()).collect();
    let by = form.given("by", "按什么分", &format!("可以选{}", kinds.join("、")), &mut invalid);
    let by = by.unwrap_or(match scope.reach() {
        Reach::LeadUnit(_) => By::Category,
        _ => By::Group,
    });
    let today = crate::calendar::shanghai_date(now);
    let from = form.given_day("from", "统计期间起", &mut invalid);
    let to = form.given_day("to", "统计期间止", &mut invalid);
    let as_of = form.given_day("as_of", "截至日期", &mut invalid);
    if let Some(day) = as_of.filter(|day| *day > today) {
        invalid.add("as_of", format!("截至日期 {day} 还没有到"));
    }
    // A figure of something else than what was asked is a wrong figure.
    invalid.check()?;
    let from = match from {
        Some(from) => from,
        None => campaign_start(conn)?,
    };
    let as_of = as_of.filter(|day| *day < today);
    let to = to.unwrap_or(as_of.unwrap_or(today));
    if from > to {
        return Err(Invalid::one("from", super::wrong_period(from, to).to_string()).into());
    }
    let question = match as_of {
        Some(day) => Question::at_end_of(by, from, to, day),
        None => Question::now(by, from, to, now),
    };
    let sort = Some(form.text("sort")).filter(|word| *word == "name" || super::indicator::find(word).is_some());
    Ok(Asked {
        question,
        as_of,
        view: form.parse("view").unwrap_or(View::Work),
        sort: sort.unwrap_or("resolution_rate").to_owned(),
        ascending: form.text("order") == "asc",
    })
}

#[derive(Template)]
#[template(path = "report/show.html")]
struct ReportPage {
    shell: Shell,
    telling: Telling,
    by: By,
    by_label: String,
    choices: Vec<(String, String)>,
    from: String,
    to: String,
    as_of: String,
    as_of_text: String,
    sentence: Vec<Cell>,
    /// (中文, address, whether it is shown)
    views: Vec<(&'static str, String, bool)>,
    view: View,
    heads: Vec<Head>,
    lines: Vec<Line>,
    /// Behind the others, each with the reason.
    unranked: Vec<Line>,
    total: Vec<Cell>,
    /// (中文, count)
    beside: Vec<(&'static str, Cell)>,
    /// Collected, resolved and not resolved.
    whole: [Cell; 3],
    /// Closings, reopenings, of those false closures; and what is left of the closings.
    flows: [Cell; 3],
    net: i64,
    query_string: String,
    can_export: bool,
    has_records: bool,
    is_ranked: bool,
}

/// The question again, with why it has no answer.
#[derive(Template)]
#[template(path = "report/ask.html")]
struct AskPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    choices: Vec<(String, String)>,
}

struct Head {
    label: &'static str,
    href: String,
    sorted: Option<&'static str>,
    on_phone: bool,
}

struct Line {
    rank: String,
    name: String,
    reason: &'static str,
    cells: Vec<Cell>,
}

/// A figure, and the address of the rows behind it; a zero has none.
struct Cell {
    text: String,
    href: Option<String>,
    /// A satisfaction that few companies gave.
    small: bool,
    on_phone: bool,
}

/// A phone shows what matters most; the rest is on the spreadsheet and on a wider screen.
fn on_phone(word: &str) -> bool {
    let work = ["collected", "resolved", "resolution_rate", "overdue_open"];
    let times = ["on_time_rate", "response_rate", "mean_workdays", "dynamic_zero"];
    work.contains(&word) || times.contains(&word)
}

impl Cell {
    /// `behind`: address of the rows behind any figure; `row`: of the row with this id; None: of the whole.
    fn of(behind: &str, text: String, word: &str, row: Option<i64>) -> Self {
        let has_none = matches!(text.as_str(), "" | "0") || (word == "dynamic_zero" && text == "是");
        // A page has thousands of these; words and numbers need no encoding.
        let href = (!has_none).then(|| match row {
            Some(row) => format!("{behind}&measure={word}&row={row}"),
            None => format!("{behind}&measure={word}"),
        });
        Self { href, text, small: false, on_phone: on_phone(word) }
    }
}

fn cells(behind: &str, words: &[&Indicator], figures: &Figures, row: Option<i64>) -> Vec<Cell> {
    words
        .iter()
        .map(|one| Cell {
            small: one.word == "satisfaction_rate" && figures.is_sample_small(),
            ..Cell::of(behind, figures.text(one), one.word, row)
        })
        .collect()
}

pub(super) fn address(asked: &Asked, more: &[(&str, &str)]) -> String {
    let question = &asked.question;
    let mut pairs = vec![
        ("by", question.by.as_str().to_owned()),
        ("from", question.from.to_string()),
        ("to", question.to.to_string()),
    ];
    if let Some(day) = asked.as_of {
        pairs.push(("as_of", day.to_string()));
    }
    if asked.view != View::Work {
        pairs.push(("view", asked.view.as_str().to_owned()));
    }
    pairs.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

fn heads(asked: &Asked, words: &[&'static Indicator]) -> Vec<Head> {
    words
        .iter()
        .map(|one| {
            let current = asked.sort == one.word;
            let order = if current && !asked.ascending { "asc" } else { "desc" };
            Head {
                label: one.label,
                href: format!("/reports?{}", address(asked, &[("sort", one.word), ("order", order)])),
                sorted: current.then_some(if asked.ascending { "ascending" } else { "descending" }),
                on_phone: on_phone(one.word),
            }
        })
        .collect()
}

fn lines(behind: &str, words: &[&Indicator], rows: Vec<RankedRow>) -> (Vec<Line>, Vec<Line>) {
    let (ranked, unranked): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.unranked.is_none());
    let line = |row: RankedRow| Line {
        rank: row.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        reason: row.unranked.unwrap_or_default(),
        cells: cells(behind, words, &row.figures, Some(row.id)),
        name: row.name,
    };
    (ranked.into_iter().map(line).collect(), unranked.into_iter().map(line).collect())
}

/// `at`: the moment that the figures tell.
pub(super) fn as_of_text(asked: &Asked, at: Time) -> String {
    asked.as_of.map_or_else(|| date_time(at), |day| format!("{day} 24:00"))
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
            let asked = match asked(conn, scope, &form, now) {
                Err(Error::Invalid(invalid)) => {
                    let choices = By::ALL.iter().map(|one| (one.as_str().to_owned(), one.label().to_owned()));
                    return Ok(Err(AskPage { shell, form: form.clone(), invalid, choices: choices.collect() }));
                }
                asked => asked?,
            };
            let kept::Told { report, at } = kept::report(conn, scope, &asked.question, asked.view, now)?;
            let directory = directory::current(conn)?;
            let by = asked.question.by;
            let words = indicator::columns(by, asked.view);
            let rows = match by {
                By::City => Vec::new(),
                _ => rank::ranked(&report, &asked.question, &directory, &asked.sort, asked.ascending),
            };
            let behind = format!("/reports/rows?{}", address(&asked, &[]));
            let (lines, unranked) = lines(&behind, &words, rows);
            let total = &report.total;
            let count = |number: i64, word: &str| Cell::of(&behind, number.to_string(), word, None);
            let today = crate::calendar::shanghai_date(now);
            let telling = Telling::of(&directory, scope, &asked.question, campaign_start(conn)?, today);
            let sentence = telling.pieces(total).into_iter().map(|(text, word)| match word {
                Some(word) => Cell::of(&behind, text, word, None),
                None => Cell { text, href: None, small: false, on_phone: true },
            });
            // A city without imported history need not be told so.
            let beside = BESIDE.iter().filter(|(word, ..)| *word != "history" || report.beside.history > 0);
            let beside = beside.map(|(word, label, _)| (*label, count(report.beside.value(word), word)));
            Ok(Ok(ReportPage {
                shell,
                by,
                by_label: telling.label(by).to_owned(),
                choices: By::ALL.iter().map(|one| (one.as_str().to_owned(), telling.label(*one).to_owned())).collect(),
                from: asked.question.from.to_string(),
                to: asked.question.to.to_string(),
                as_of: asked.as_of.map(|day| day.to_string()).unwrap_or_default(),
                as_of_text: as_of_text(&asked, at),
                sentence: sentence.collect(),
                views: View::ALL
                    .iter()
                    .map(|view| {
                        let shown = Asked { view: *view, ..asked.clone() };
                        (view.label(), format!("/reports?{}", address(&shown, &[])), *view == asked.view)
                    })
                    .collect(),
                view: asked.view,
                heads: heads(&asked, &words),
                lines,
                unranked,
                total: cells(&behind, &words, total, None),
                beside: beside.collect(),
                whole: [
                    count(total.collected, "collected"),
                    count(total.resolved, "resolved"),
                    count(total.collected - total.resolved, "unresolved"),
                ],
                flows: [
                    count(total.closings, "closings"),
                    count(total.reopenings, "reopenings"),
                    count(total.false_closures, "false_closures"),
                ],
                net: total.net_closings(),
                query_string: address(
                    &asked,
                    &[("sort", &asked.sort), ("order", if asked.ascending { "asc" } else { "desc" })],
                ),
                can_export: viewer.may(Permission::Export),
                has_records: !matches!(by, By::Unit | By::Category),
                is_ranked: rank::is_ranked(by),
                telling,
            }))
        })
        .await?;
    match page {
        Ok(page) => page::show(&page),
        Err(ask) => page::refuse(&ask),
    }
}

#[derive(Template)]
#[template(path = "report/definitions.html")]
struct DefinitionsPage {
    shell: Shell,
    indicators: &'static [Indicator],
    reporting: Reporting,
    can_edit: bool,
}

pub async fn definitions(app: AppData, request: HttpRequest, viewer: Viewer) -> Answer {
    let frame = Frame::of(&app, &request);
    let page = app
        .db
        .read(move |conn| {
            let crumbs = [("统计通报", Some("/reports")), ("指标口径", None)];
            Ok(DefinitionsPage {
                shell: Shell::load(conn, &frame, &viewer, &crumbs)?,
                indicators: INDICATORS,
                reporting: directory::current(conn)?.rules.reporting().clone(),
                can_edit: viewer.may(Permission::EditReporting),
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
    let (file, question) = app
        .db
        .snapshot(move |conn| {
            let asked = asked(conn, see, &form, now)?;
            let kept::Told { report, .. } = kept::report(conn, see, &asked.question, View::Times, now)?;
            let directory = directory::current(conn)?;
            let rows = rank::ranked(&report, &asked.question, &directory, &asked.sort, asked.ascending);
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            let (start, today) = (campaign_start(conn)?, crate::calendar::shanghai_date(now));
            let telling = Telling::of(&directory, see, &asked.question, start, today);
            export::write(file.path(), &asked.question, &telling, &report, &rows)?;
            // Opened anew, as it was written anew; the name goes with `file`.
            Ok((std::fs::File::open(file.path())?, asked.question))
        })
        .await?;
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let what = format!("按{}，截至 {}", question.by.label(), question.as_of());
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Export, "统计报表", &what)).await?;
    file::spreadsheet(file, &format!("统计报表-按{}-{}.xlsx", question.by.label(), question.as_of()))
}
