//! The first screen of a leader: the published paragraph, what is open and overdue, the areas or groups, in one look.
use super::{IssueRow, date_time};
use crate::{
    access::{Permission, Reach, Viewer},
    calendar::{Light, shanghai_date},
    directory,
    instruction::pages::Waiting,
    issue::{
        count::Counts,
        ledger::{LedgerFilter, Limits},
        workflow::Status,
        worklist,
    },
    report::{
        By, Question, campaign_start,
        figures::Figures,
        indicator::View,
        kept, rank,
        telling::{Piece, Telling},
    },
    web::{
        Answer, App, page,
        shell::{Frame, Shell},
    },
};
use actix_web::HttpRequest;
use askama::Template;

/// Open problems on the first screen; a city near 100 % has few dozen.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "issue/overview.html")]
struct OverviewPage {
    shell: Shell,
    whole: String,
    as_of: String,
    figures: Figures,
    sentence: Vec<Piece>,
    /// Address of the rows behind a figure of the whole, and of an area or group, without the figure's word.
    behind: String,
    behind_row: String,
    by: By,
    lines: Vec<Line>,
    open: i64,
    /// Not registered yet, so in no figure.
    submitted: i64,
    overdue: i64,
    soon: i64,
    sections: Vec<Section>,
    shown: i64,
    instructions: Waiting,
}

struct Line {
    id: i64,
    name: String,
    figures: Figures,
}

/// Open problems of one colour.
struct Section {
    label: &'static str,
    rows: Vec<IssueRow>,
}

fn sections(rows: Vec<IssueRow>) -> Vec<Section> {
    let mut sections: Vec<Section> =
        ["逾期", "临期", "正常", "停表与挂账"].map(|label| Section { label, rows: Vec::new() }).into();
    for row in rows {
        let at = match row.light {
            Light::Overdue(_) => 0,
            Light::Soon(_) => 1,
            Light::Normal(_) => 2,
            Light::Still => 3,
        };
        sections[at].rows.push(row);
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

pub async fn show(app: &App, request: &HttpRequest, viewer: Viewer) -> Answer {
    let frame = Frame::of(app, request);
    let now = app.now();
    let see = viewer.require(Permission::SeeIssues)?;
    let reports = viewer.require(Permission::SeeReports)?;
    let page = app
        .db
        .snapshot(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("数据总览", None)])?;
            let directory = directory::current(conn)?;
            // The whole city is looked at by area, an area by group.
            let by = if matches!(reports.reach(), Reach::Area(_)) { By::Group } else { By::Area };
            let (from, to) = (campaign_start(conn)?, shanghai_date(now));
            let question = Question::now(by, from, to, now);
            let telling = Telling::of(&directory, reports, &question, from, to);
            let told = kept::report(conn, reports, &question, View::Work, now)?;
            let found = &told.report;
            let lines = rank::ranked(found, &question, &directory, "collected", false);
            let counts = Counts::at(conn, now)?;
            let mut count = |filter: LedgerFilter| counts.ledger(conn, &filter, see);
            let overdue = count(LedgerFilter { limits: Some(Limits::Overdue), ..LedgerFilter::default() })?;
            let soon = count(LedgerFilter { limits: Some(Limits::Soon), ..LedgerFilter::default() })?;
            // Of all that is open, imported problems from before the campaign too: the list below counts these.
            let submitted = count(LedgerFilter { status: Some(Status::Submitted), ..LedgerFilter::default() })?;
            let (mut open, mut rows) = (0, Vec::new());
            if let Some(list) = worklist::of(viewer.role).first() {
                rows = list.rows(conn, &viewer, None, SHOWN)?;
                open = counts.waiting(conn, &viewer)?.first().map_or(0, |(_, count)| *count);
            }
            let shown = rows.len() as i64;
            let rows = rows.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect();
            Ok(OverviewPage {
                shell,
                whole: telling.label(By::City).to_owned(),
                as_of: date_time(told.at),
                figures: found.total,
                sentence: telling.pieces(&found.total),
                behind: format!("/reports/rows?by=city&from={from}&to={to}&measure="),
                behind_row: format!("/reports/rows?by={}&from={from}&to={to}&measure=", by.as_str()),
                by,
                lines: lines
                    .into_iter()
                    .filter(|row| row.figures.collected > 0)
                    .map(|row| Line { id: row.id, name: row.name, figures: row.figures })
                    .collect(),
                open,
                submitted,
                overdue,
                soon,
                sections: sections(rows),
                shown,
                instructions: Waiting::of(conn, &viewer, now)?,
            })
        })
        .await?;
    page::show(&page)
}
