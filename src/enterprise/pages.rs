//! Companies: the list, and one company in one screen 一企一档.
use super::{
    AboveScale, Enterprise, Size,
    query::{self, AssignmentRow, EnterpriseFilter},
};
use crate::{
    access::{Permission, Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    directory,
    error::Result,
    form::Form,
    issue::{
        ledger::{LedgerFilter, Place},
        pages::{IssueRow, masked},
    },
    record::{self, RecordEvent},
    time::Time,
    visit::query::{VisitFilter, VisitRow},
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "enterprise/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    rows: Vec<(Enterprise, String)>,
    areas: Vec<(String, String)>,
    scales: Vec<(String, String)>,
    sizes: Vec<(String, String)>,
    next: Option<String>,
    can_edit: bool,
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    if let (Some(crate::access::Role::Enterprise), Some(id)) = (viewer.role, viewer.enterprise_id) {
        return Ok(page::see_other(format!("/enterprises/{id}")));
    }
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let page = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("企业库", None)])?;
            let directory = directory::current(conn)?;
            let filter = EnterpriseFilter {
                text: form.text("q").chars().take(50).collect(),
                area_id: form.parse("area"),
                above_scale: form.has("scale").then(|| form.parse("scale")).flatten(),
                size: form.has("size").then(|| form.parse("size")).flatten(),
                unverified: form.has("unverified"),
            };
            let mut found = query::list(conn, scope, &filter, form.parse("after").unwrap_or(0), SIZE + 1)?;
            let more = found.len() as i64 > SIZE;
            found.truncate(SIZE as usize);
            let next = found.last().filter(|_| more).map(|last| {
                let mut pairs = form.clone();
                pairs.set("after", last.id.to_string());
                format!("/enterprises?{}", serde_urlencoded::to_string(&pairs.0).unwrap_or_default())
            });
            let rows = found
                .into_iter()
                .map(|one| {
                    let area = directory.area_name(one.area_id).to_owned();
                    (one, area)
                })
                .collect();
            Ok(ListPage {
                shell,
                form,
                rows,
                areas: directory.districts().map(|one| (one.id.to_string(), one.short_name.clone())).collect(),
                scales: AboveScale::ALL[1..].iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
                sizes: Size::ALL[1..].iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
                next,
                can_edit: viewer.may(Permission::EditEnterprises),
            })
        })
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "enterprise/show.html")]
struct ShowPage {
    shell: Shell,
    enterprise: Enterprise,
    area: String,
    contact: String,
    can_reveal: bool,
    can_edit: bool,
    can_visit: bool,
    can_record: bool,
    assignments: Vec<AssignmentRow>,
    visits: Vec<VisitRow>,
    symposiums: Vec<(i64, String, chrono::NaiveDate)>,
    open: Vec<IssueRow>,
    past: Vec<IssueRow>,
    events: Vec<RecordEvent>,
    /// A company looks: no official's name, no history of the record.
    is_company: bool,
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: i64,
    now: Time,
    revealed: bool,
) -> Result<ShowPage> {
    let enterprise = query::find(conn, scope, id)?;
    let crumbs = [("企业库", Some("/enterprises")), (enterprise.name.as_str(), None)];
    let shell = Shell::load(conn, frame, viewer, &crumbs)?;
    let directory = directory::current(conn)?;
    let mut reaches = |permission| viewer.scope(permission).is_some_and(|scope| query::find(conn, scope, id).is_ok());
    let (can_reveal, can_edit) = (reaches(Permission::RevealPhones), reaches(Permission::EditEnterprises));
    let (can_visit, can_record) = (reaches(Permission::RecordVisits), reaches(Permission::RecordIssue));
    let visits = match viewer.scope(Permission::SeeVisits) {
        Some(see) => {
            let filter = VisitFilter { enterprise_id: Some(id), ..VisitFilter::default() };
            crate::visit::query::list(conn, see, &filter, None, 10)?
        }
        None => Vec::new(),
    };
    let symposiums = match viewer.scope(Permission::SeeVisits) {
        Some(see) => query::symposiums(conn, see, id)?,
        None => Vec::new(),
    };
    let mut rows: Vec<IssueRow> = match viewer.scope(Permission::SeeIssues) {
        Some(see) => {
            let filter = LedgerFilter { enterprise_id: Some(id), ..LedgerFilter::default() };
            let found = filter.page(conn, see, now, Place::First, 50)?;
            found.rows.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect()
        }
        None => Vec::new(),
    };
    let open = partition(&mut rows);
    let past = rows.split_off(open);
    let shown = if revealed { enterprise.contact_phone.clone() } else { masked(&enterprise.contact_phone) };
    Ok(ShowPage {
        shell,
        area: directory.area_name(enterprise.area_id).to_owned(),
        contact: format!("{} {shown}", enterprise.contact_name).trim().to_owned(),
        can_reveal: can_reveal && !revealed && !enterprise.contact_phone.is_empty(),
        can_edit,
        can_visit,
        can_record,
        assignments: query::assignments(conn, id)?,
        visits,
        symposiums,
        open: rows,
        past,
        events: if viewer.is_official() { record::history(conn, "enterprises", id)? } else { Vec::new() },
        enterprise,
        is_company: !viewer.is_official(),
    })
}

/// Open problems first, each part in its order; returns where the past begins.
fn partition(rows: &mut [IssueRow]) -> usize {
    rows.sort_by_key(|row| !row.issue.is_open());
    rows.iter().take_while(|row| row.issue.is_open()).count()
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, *id, now, false)).await?;
    page::show(&page)
}

/// Shows the contact's whole number once; who looked stands in the audit log.
pub async fn reveal_phone(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let wanted = *id;
    app.db
        .write(move |conn| {
            let one = query::find(conn, scope, wanted)?;
            audit::append(conn, &actor, AuditAction::RevealPhone, &one.name, "企业联系人")
        })
        .await?;
    let page = app
        .db
        .read(move |conn| {
            let see = viewer.require(Permission::SeeEnterprises)?;
            build(conn, &frame, &viewer, see, wanted, now, true)
        })
        .await?;
    page::show(&page)
}
