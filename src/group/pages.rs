//! Groups: the list, and one with its people, companies and open problems.
use super::query;
use crate::{
    access::{Permission, Role, Scope, Viewer},
    directory::{self, Group},
    enterprise::{self, Enterprise},
    error::Error,
    issue::{
        ledger::{LedgerFilter, Order, Place},
        pages::IssueRow,
    },
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

struct Line {
    group: Group,
    area: String,
    lead_unit: String,
    members: i64,
    companies: i64,
}

#[derive(Template)]
#[template(path = "group/list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
}

pub async fn list(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope) -> Answer {
    let frame = Frame::of(&app, &request);
    let page = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("工作组", None)])?;
            let directory = directory::current(conn)?;
            let (members, companies) = query::sizes(conn)?;
            let count = |map: &std::collections::HashMap<i64, i64>, id| map.get(&id).copied().unwrap_or(0);
            let lines = directory
                .groups_within(scope)
                .map(|group| Line {
                    area: directory.area_name(group.area_id).to_owned(),
                    lead_unit: directory.unit_name(group.lead_unit_id).to_owned(),
                    members: count(&members, group.id),
                    companies: count(&companies, group.id),
                    group: group.clone(),
                })
                .collect();
            Ok(ListPage { shell, lines })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "group/show.html")]
struct ShowPage {
    shell: Shell,
    group: Group,
    area: String,
    lead_unit: String,
    members: Vec<(String, Option<Role>)>,
    companies: Vec<Enterprise>,
    rows: Vec<IssueRow>,
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let page = app
        .db
        .read(move |conn| {
            let directory = directory::current(conn)?;
            let group = directory.groups_within(scope).find(|group| group.id == *id).ok_or(Error::NotFound)?.clone();
            let crumbs = [("工作组", Some("/groups")), (group.name.as_str(), None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let see = viewer.require(Permission::SeeIssues)?;
            let filter = LedgerFilter { group_id: Some(group.id), order: Some(Order::Due), ..LedgerFilter::default() };
            let found = filter.page(conn, see, now, Place::First, 50)?;
            let rows = found.rows.into_iter().filter(|issue| issue.is_open());
            Ok(ShowPage {
                shell,
                area: directory.area_name(group.area_id).to_owned(),
                lead_unit: directory.unit_name(group.lead_unit_id).to_owned(),
                members: query::members(conn, group.id)?,
                companies: enterprise::query::of_group(conn, group.id, 200)?,
                rows: rows.map(|issue| IssueRow::of(issue, &directory, now)).collect(),
                group,
            })
        })
        .await?;
    page::show(&page)
}
