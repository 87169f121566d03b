//! Groups: the list, and one with its people, companies and open problems.
use super::query::{self, Member};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    calendar::shanghai_date,
    db::Conn,
    directory::{self, Group},
    enterprise::{self, Enterprise},
    error::{Error, Invalid, Result},
    form::{Form, LISTED},
    issue::{
        ledger::{LedgerFilter, Order, Place},
        pages::IssueRow,
        workflow::{Holder, Level},
    },
    record::{self, RecordEvent},
    report::{By, Question, campaign_start, figures::Figures, rows::Behind},
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Bound, Sheet},
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
    form: Form,
    /// Conditions that were not understood.
    misread: Invalid,
    areas: Vec<(String, String)>,
    levels: Vec<(String, String)>,
    total: String,
    sheet: Sheet<Line>,
    can_edit: bool,
}

const FILTERS: [&str; 4] = ["q", "area", "level", "ended"];

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let page = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("工作组", None)])?;
            let directory = directory::current(conn)?;
            let (members, companies) = query::sizes(conn)?;
            let count = |map: &std::collections::HashMap<i64, i64>, id| map.get(&id).copied().unwrap_or(0);
            let mut misread = Invalid::default();
            let area: Option<i64> = form.given("area", "辖区", LISTED, &mut misread);
            let level: Option<Level> = form.given("level", "层级", LISTED, &mut misread);
            let ended = form.has("ended");
            let mut found: Vec<&Group> = directory
                .groups_within(scope)
                .filter(|group| group.name.contains(form.text("q")))
                .filter(|group| area.is_none_or(|id| group.area_id == id))
                .filter(|group| level.is_none_or(|level| group.level == level))
                .filter(|group| group.valid_until.is_some() == ended)
                .collect();
            // Newest first, as all lists are; the directory has them the other way round.
            found.reverse();
            let line = |group: &Group| Line {
                area: directory.area_name(group.area_id).to_owned(),
                lead_unit: directory.unit_name(group.lead_unit_id).to_owned(),
                members: count(&members, group.id),
                companies: count(&companies, group.id),
                group: group.clone(),
            };
            let kept = FILTERS.map(|name| (name, form.text(name)));
            let sheet = Asked::of(&form).load(
                "/groups",
                &kept,
                |line: &Line| line.group.id,
                |bound, most| {
                    let most = most as usize;
                    Ok(match bound {
                        Bound::Below(id) => found.iter().filter(|g| g.id < id).take(most).map(|g| line(g)).collect(),
                        Bound::Above(id) => {
                            found.iter().rev().filter(|g| g.id > id).take(most).map(|g| line(g)).collect()
                        }
                    })
                },
            )?;
            let whole_city = scope.reach() == Reach::Everything;
            Ok(ListPage {
                shell,
                misread,
                areas: if whole_city { directory.choices.areas.clone() } else { Vec::new() },
                levels: Level::ALL.iter().map(|one| (one.as_str().to_owned(), one.label().to_owned())).collect(),
                total: found.len().to_string(),
                sheet,
                can_edit: viewer.may(Permission::EditGroups),
                form,
            })
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
    members: Vec<Member>,
    companies: Vec<Enterprise>,
    /// Companies of the group, where more are assigned than are shown.
    company_count: i64,
    /// In the hands of office, unit and company.
    open: Vec<IssueRow>,
    events: Vec<RecordEvent>,
    /// Since the campaign's start, with the address of the rows behind; None for who reads no reports.
    figures: Option<(Figures, String)>,
    can_edit: bool,
    can_hand_over: bool,
}

/// The group's row of the report as of now, of the viewer's own scope.
fn figures(conn: &mut Conn, viewer: &Viewer, group_id: i64, now: Time) -> Result<Option<(Figures, String)>> {
    let Some(scope) = viewer.scope(Permission::SeeReports) else { return Ok(None) };
    let (from, to) = (campaign_start(conn)?, shanghai_date(now));
    let question = Question::now(By::Group, from, to, now);
    let mut count = |measure| Behind { question: &question, scope, measure, row: Some(group_id) }.count(conn);
    let figures = Figures {
        collected: count("collected")?,
        resolved: count("resolved")?,
        replied: count("replied")?,
        confirmed: count("confirmed")?,
        closed_unrated: count("closed_unrated")?,
        ..Figures::default()
    };
    Ok(Some((figures, format!("/reports/rows?by=group&from={from}&to={to}&row={group_id}&measure="))))
}

const SHOWN: i64 = 100;

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
            let mut open = Vec::new();
            for holder in [Holder::Office, Holder::Unit, Holder::Enterprise] {
                let filter = LedgerFilter {
                    group_id: Some(group.id),
                    holder: Some(holder),
                    order: Some(Order::Due),
                    ..LedgerFilter::default()
                };
                let found = filter.page(conn, see, now, Place::First, SHOWN)?;
                open.extend(found.rows.into_iter().map(|issue| IssueRow::of(issue, &directory, now)));
            }
            open.sort_by_key(|row| (row.issue.step_due_at, row.issue.id));
            let companies = enterprise::query::of_group(conn, group.id, SHOWN)?;
            let (_, sizes) = query::sizes(conn)?;
            Ok(ShowPage {
                shell,
                area: directory.area_name(group.area_id).to_owned(),
                lead_unit: directory.unit_name(group.lead_unit_id).to_owned(),
                members: query::members(conn, group.id)?,
                company_count: sizes.get(&group.id).copied().unwrap_or(0),
                companies,
                open,
                events: record::history(conn, "groups", group.id)?,
                figures: figures(conn, &viewer, group.id, now)?,
                can_edit: viewer
                    .scope(Permission::EditGroups)
                    .is_some_and(|scope| query::find(conn, scope, group.id).is_ok()),
                can_hand_over: viewer.may(Permission::Assign),
                group,
            })
        })
        .await?;
    page::show(&page)
}
