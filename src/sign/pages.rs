//! Signs of false closure as a list, the newest first, and those of one issue for its page.
use super::{
    Sign, SignRow,
    query::{count, issues, list as rows, of_issue},
    recently,
};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    directory,
    error::Result,
    form::Form,
    issue::{Issue, pages::IssueRow},
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet, Tab, counted},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use std::collections::HashMap;

/// A sign with what it speaks of.
pub struct Line {
    pub sign: SignRow,
    /// The issue in doubt, unless the reader does not see it.
    pub row: Option<IssueRow>,
    /// (number, title) of the problem that came back or was answered alike.
    pub other: Option<(String, String)>,
}

impl Line {
    pub fn found(&self) -> String {
        crate::issue::pages::date(self.sign.found_at)
    }
}

fn lines(conn: &mut Conn, see: Scope, signs: Vec<SignRow>, now: Time) -> Result<Vec<Line>> {
    let ids: Vec<i64> = signs.iter().flat_map(|one| [Some(one.issue_id), one.other_issue_id]).flatten().collect();
    let known: HashMap<i64, Issue> = issues(conn, see, &ids)?;
    let directory = directory::current(conn)?;
    let line = |sign: SignRow| Line {
        row: known.get(&sign.issue_id).map(|issue| IssueRow::of(issue.clone(), &directory, now)),
        other: sign
            .other_issue_id
            .and_then(|id| known.get(&id))
            .map(|issue| (issue.number.clone(), issue.title.clone())),
        sign,
    };
    Ok(signs.into_iter().map(line).collect())
}

/// Of one issue, for whoever follows them up.
pub fn on_issue(conn: &mut Conn, viewer: &Viewer, issue_id: i64, now: Time) -> Result<Vec<Line>> {
    match (viewer.scope(Permission::SeeSpotChecks), viewer.scope(Permission::SeeIssues)) {
        (Some(_), Some(see)) => {
            let signs = of_issue(conn, issue_id)?;
            // Most issues have none, and nothing more is asked for.
            if signs.is_empty() { Ok(Vec::new()) } else { lines(conn, see, signs, now) }
        }
        _ => Ok(Vec::new()),
    }
}

#[derive(Template)]
#[template(path = "sign/list.html")]
struct ListPage {
    shell: Shell,
    sign: Option<Sign>,
    /// Only what was found lately.
    recent: bool,
    tabs: Vec<Tab>,
    total: String,
    sheet: Sheet<Line>,
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let form = Form(asked.into_inner());
    let sign: Option<Sign> = form.parse("sign");
    let recent = form.text("found") == "recent";
    let since = recent.then(|| recently(now));
    let page = app
        .db
        .read(move |conn| {
            let see = viewer.require(Permission::SeeIssues)?;
            let mut tabs = Vec::new();
            let mut total = String::new();
            for one in std::iter::once(None).chain(Sign::ALL.iter().copied().map(Some)) {
                let count = counted(count(conn, scope, one, since)?);
                if one == sign {
                    total.clone_from(&count);
                }
                let words =
                    [recent.then(|| "found=recent".to_owned()), one.map(|one| format!("sign={}", one.as_str()))];
                let href = format!("/signs?{}", words.into_iter().flatten().collect::<Vec<_>>().join("&"));
                tabs.push(Tab { label: one.map_or("全部", Sign::label), href, count, current: one == sign });
            }
            let sheet = Asked::of(&form).load(
                "/signs",
                &[("found", if recent { "recent" } else { "" }), ("sign", sign.map_or("", Sign::as_str))],
                |row: &SignRow| row.id,
                |bound, most| rows(conn, scope, sign, since, bound, most),
            )?;
            Ok(ListPage {
                shell: Shell::load(conn, &frame, &viewer, &[("假办结线索", None)])?,
                sign,
                recent,
                tabs,
                total,
                sheet: sheet.told(|signs| lines(conn, see, signs, now))?,
            })
        })
        .await?;
    page::show(&page)
}
