//! The first screen of each role is its work.
use super::{IssueRow, overview};
use crate::{
    access::{Permission, Reach, Role, Viewer},
    directory,
    error::Result,
    instruction::pages::Waiting,
    issue::worklist,
    report::answers::Answers,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

const SHOWN: i64 = 10;

#[derive(Template)]
#[template(path = "issue/home.html")]
struct HomePage {
    shell: Shell,
    lists: Vec<List>,
    total: i64,
    can_record: bool,
    can_visit: bool,
    /// A group has a summary of its week.
    has_week: bool,
    today: String,
    instructions: Waiting,
    answers: Option<Answers>,
}

struct List {
    word: &'static str,
    label: &'static str,
    count: i64,
    rows: Vec<IssueRow>,
    /// Where a row signed here comes back to; empty where there is nothing to sign.
    sign: &'static str,
}

/// Of an account that was opened and has no rights yet.
#[derive(Template)]
#[template(path = "account/no_role.html")]
struct NoRolePage {
    shell: Shell,
}

pub async fn home(app: AppData, request: HttpRequest, viewer: Viewer) -> Answer {
    if !viewer.may(Permission::SeeIssues) {
        let first =
            [(Permission::RunSystem, "/users"), (Permission::GrantRights, "/rights"), (Permission::SeeAudit, "/audit")];
        return match first.iter().find(|(permission, _)| viewer.may(*permission)) {
            Some((_, target)) => Ok(page::see_other(target)),
            None => page::show(&NoRolePage { shell: Shell::plain(&request, Some(&viewer)) }),
        };
    }
    if viewer.role == Some(Role::Leader) {
        return overview::show(&app, &request, viewer).await;
    }
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let can_record = viewer.may(Permission::RecordIssue);
    let can_visit = viewer.may(Permission::RecordVisits);
    let has_week = viewer.scope(Permission::SeeReports).is_some_and(|scope| matches!(scope.reach(), Reach::Group(_)));
    let (shell, lists, instructions, answers) = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("待办", None)])?;
            let directory = directory::current(conn)?;
            let lists = worklist::of(viewer.role)
                .iter()
                .map(|list| {
                    let rows = list.rows(conn, &viewer, None, SHOWN)?;
                    let count =
                        if (rows.len() as i64) < SHOWN { rows.len() as i64 } else { list.count(conn, &viewer)? };
                    let rows = rows.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect();
                    let sign = if list.is_signed() { "/" } else { "" };
                    Ok(List { word: list.word, label: list.label, count, rows, sign })
                })
                .collect::<Result<Vec<_>>>()?;
            Ok((shell, lists, Waiting::of(conn, &viewer, now)?, Answers::of(conn, &viewer, now)?))
        })
        .await?;
    let total = lists.iter().map(|list| list.count).sum();
    let today = crate::calendar::shanghai(now).format("%-m 月 %-d 日").to_string();
    page::show(&HomePage { shell, lists, total, can_record, can_visit, has_week, today, instructions, answers })
}

#[derive(Template)]
#[template(path = "issue/worklist.html")]
struct WorklistPage {
    shell: Shell,
    label: &'static str,
    count: i64,
    rows: Vec<IssueRow>,
    sign: String,
    next: Option<String>,
}

/// One list whole, by what is due first.
pub async fn worklist(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    word: web::Path<String>,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    const SIZE: i64 = 50;
    let list = worklist::of(viewer.role)
        .iter()
        .find(|list| list.word == word.as_str())
        .copied()
        .ok_or(crate::error::Error::NotFound)?;
    let form = crate::form::Form(query.into_inner());
    let after = super::after(&form);
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let (shell, count, rows, next) = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("待办", Some("/")), (list.label, None)])?;
            let directory = directory::current(conn)?;
            let mut rows = list.rows(conn, &viewer, after, SIZE + 1)?;
            let next = super::rest(&format!("/work/{}", list.word), &mut rows, SIZE);
            let count = list.count(conn, &viewer)?;
            let rows = rows.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect();
            Ok((shell, count, rows, next))
        })
        .await?;
    let sign = if list.is_signed() { format!("/work/{}", list.word) } else { String::new() };
    page::show(&WorklistPage { shell, label: list.label, count, rows, sign, next })
}
