//! The week of a group on one page, as a paragraph to copy, and as a text file.
use super::{
    indicator,
    pages::{Asked, address, as_of_text, asked},
    rows,
    week::{DONE, STANDING, Week},
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    calendar::shanghai_date,
    db::Conn,
    directory,
    error::{Error, Result},
    form::Form,
    issue::{Issue, pages::IssueRow},
    time::Time,
    web::{
        Answer, AppData, file, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use askama::Template;
use chrono::{Days, NaiveDate, Weekday};

#[derive(Template)]
#[template(path = "report/week.html")]
struct WeekPage {
    shell: Shell,
    group: String,
    group_id: i64,
    /// Empty for who has one group.
    groups: Vec<(String, String)>,
    week: NaiveDate,
    to: NaiveDate,
    previous: NaiveDate,
    next: Option<NaiveDate>,
    as_of_text: String,
    paragraph: String,
    done: Vec<Figure>,
    standing: Vec<Figure>,
    named: Vec<Named>,
    can_export: bool,
}

struct Figure {
    label: &'static str,
    formula: &'static str,
    count: i64,
    unit: &'static str,
    href: String,
}

/// Problems that a figure counts, by name.
struct Named {
    word: &'static str,
    label: &'static str,
    count: i64,
    href: String,
    rows: Vec<IssueRow>,
}

/// What is asked for: the week of a day, up to now or as it was at its end.
struct Summary {
    group_id: i64,
    group: String,
    monday: NaiveDate,
    done: Asked,
    standing: Asked,
    week: Week,
    paragraph: String,
    /// Problems of it that the viewer may open.
    open: std::collections::HashSet<i64>,
}

fn summary(conn: &mut Conn, viewer: &Viewer, scope: Scope, form: &Form, now: Time) -> Result<Summary> {
    let directory = directory::current(conn)?;
    let wanted: Option<i64> = form.parse("group");
    let mut within = directory.groups_within(scope);
    let group = within.find(|group| wanted.is_none_or(|id| group.id == id)).ok_or(Error::NotFound)?;
    let today = shanghai_date(now);
    let day: NaiveDate = form.parse("week").unwrap_or(today).min(today).max(crate::calendar::oldest());
    let monday = day.week(Weekday::Mon).first_day();
    let sunday = monday + Days::new(6);
    let mut question = Form::default();
    question.set("by", "group");
    if sunday < today {
        question.set("as_of", sunday.to_string());
    }
    let standing = asked(conn, scope, &question, now)?;
    question.set("from", monday.to_string());
    let done = asked(conn, scope, &question, now)?;
    let week = Week::count(conn, scope, group.id, done.question, standing.question)?;
    let ids: Vec<i64> = week.overdue.iter().chain(&week.coming).map(|issue| issue.id).collect();
    let open = rows::openable_issues(conn, viewer.require(Permission::SeeIssues)?, &ids)?;
    let paragraph = week.paragraph(&group.name, |issue| open.contains(&issue.id));
    Ok(Summary { group_id: group.id, group: group.name.clone(), monday, done, standing, week, paragraph, open })
}

fn behind(asked: &Asked, group_id: i64, word: &str) -> String {
    format!("/reports/rows?{}&measure={word}&row={group_id}", address(asked, &[]))
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
            let crumbs = [("统计通报", Some("/reports")), ("工作组周小结", None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let told = summary(conn, &viewer, scope, &form, now)?;
            let directory = directory::current(conn)?;
            let figures = |asked: &Asked, words: &[(&'static str, &'static str)]| -> Vec<Figure> {
                let figure = |(word, unit): &(&'static str, &'static str)| {
                    let (label, formula) = indicator::words(word).unwrap_or_default();
                    // The one that says what the others call C.
                    let formula =
                        if *word == "collected" { indicator::find(word).map_or("", |one| one.note) } else { formula };
                    let href = behind(asked, told.group_id, word);
                    Figure { label, formula, count: told.week.value(word), unit, href }
                };
                words.iter().map(figure).collect()
            };
            let named = |word: &'static str, issues: &[Issue]| Named {
                word,
                label: indicator::words(word).map_or("", |(label, _)| label),
                count: told.week.value(word),
                href: behind(&told.standing, told.group_id, word),
                rows: issues
                    .iter()
                    .filter(|issue| told.open.contains(&issue.id))
                    .map(|issue| IssueRow::of(issue.clone(), &directory, now))
                    .collect(),
            };
            let has_one = matches!(scope.reach(), Reach::Group(_));
            let groups = directory.groups_within(scope).filter(|_| !has_one);
            let next = told.monday + Days::new(7);
            Ok(WeekPage {
                shell,
                groups: groups.map(|group| (group.id.to_string(), group.name.clone())).collect(),
                week: told.monday,
                to: told.week.done.to,
                previous: told.monday - Days::new(7),
                next: (next <= shanghai_date(now)).then_some(next),
                as_of_text: as_of_text(&told.standing, now),
                done: figures(&told.done, &DONE),
                standing: figures(&told.standing, &STANDING),
                named: vec![named("overdue_open", &told.week.overdue), named("coming", &told.week.coming)],
                can_export: viewer.may(Permission::Export),
                group_id: told.group_id,
                group: told.group,
                paragraph: told.paragraph,
            })
        })
        .await?;
    page::show(&page)
}

/// The paragraph as a file.
pub async fn download(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let now = app.now();
    let form = Form(query.into_inner());
    // Export is held by more than reports are: both are needed.
    let see = viewer.require(Permission::SeeReports)?;
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let told = app.db.snapshot(move |conn| summary(conn, &viewer, see, &form, now)).await?;
    let what = format!("{}，{} 起一周", told.group, told.monday);
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Export, "周小结", &what)).await?;
    let name = format!("{}周小结-{}.txt", told.group, told.monday);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header(file::saved_as(&name))
        .body(told.paragraph + "\r\n"))
}
