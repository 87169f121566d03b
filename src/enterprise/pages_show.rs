//! One company on one screen 一企一档: what is open, what was, who visited, who is assigned.
use super::{
    Enterprise,
    query::{self, AssignmentRow},
};
use crate::{
    access::{Permission, Scope, Viewer},
    assignment,
    audit::{self, AuditAction, AuditActor},
    calendar::shanghai_date,
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    group,
    issue::{
        ledger::{LedgerFilter, Order, Place},
        pages::{IssueRow, masked},
        workflow::Holder,
    },
    once,
    record::{self, RecordEvent},
    time::Time,
    visit::query::{VisitFilter, VisitRow},
    web::{
        Answer, AppData, page,
        paging::Bound,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "enterprise/show.html")]
struct ShowPage {
    shell: Shell,
    enterprise: Enterprise,
    area: String,
    contact: String,
    is_quiet: bool,
    can_reveal: bool,
    can_edit: bool,
    can_assign: bool,
    can_visit: bool,
    can_record: bool,
    sees_visits: bool,
    /// A company reads no official's name.
    is_company: bool,
    assignments: Vec<AssignmentRow>,
    /// (account, name) of those who could be assigned.
    cadres: Vec<(String, String)>,
    visits: Vec<VisitRow>,
    symposiums: Vec<(i64, String, chrono::NaiveDate)>,
    open: Vec<IssueRow>,
    past: Vec<IssueRow>,
    events: Vec<RecordEvent>,
    form: Form,
    invalid: Invalid,
}

/// Problems of a kind that are listed; the rest is in the ledger.
const SHOWN: i64 = 20;

impl ShowPage {
    /// Separated by 、 in the record.
    fn tags(&self) -> impl Iterator<Item = &str> {
        self.enterprise.tags.split(['、', '，', ',', ' ']).filter(|tag| !tag.is_empty())
    }
}

/// Whose page it is, and how it is shown.
struct Asked {
    frame: Frame,
    viewer: Viewer,
    scope: Scope,
    id: i64,
    now: Time,
    revealed: bool,
    form: Form,
    invalid: Invalid,
}

impl Asked {
    fn of(frame: Frame, viewer: Viewer, scope: Scope, id: i64, now: Time) -> Self {
        Self { frame, viewer, scope, id, now, revealed: false, form: Form::default(), invalid: Invalid::default() }
    }
}

fn build(conn: &mut Conn, asked: Asked) -> Result<ShowPage> {
    let Asked { frame, viewer, scope, id, now, revealed, form, invalid } = asked;
    let enterprise = query::find(conn, scope, id)?;
    let crumbs = [("企业库", Some("/enterprises")), (enterprise.name.as_str(), None)];
    let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
    let directory = directory::current(conn)?;
    let mut reaches = |permission| viewer.scope(permission).is_some_and(|scope| query::find(conn, scope, id).is_ok());
    let (can_reveal, can_edit) = (reaches(Permission::RevealPhones), reaches(Permission::EditEnterprises));
    let (can_visit, can_record) = (reaches(Permission::RecordVisits), reaches(Permission::RecordIssue));
    let can_assign = reaches(Permission::Assign);
    let visits = match viewer.scope(Permission::SeeVisits) {
        Some(see) => {
            let filter = VisitFilter { enterprise_id: Some(id), ..VisitFilter::default() };
            crate::visit::query::list(conn, see, &filter, Bound::Below(i64::MAX), 5)?
        }
        None => Vec::new(),
    };
    let sees_visits = viewer.may(Permission::SeeVisits);
    let symposiums = match viewer.scope(Permission::SeeVisits) {
        Some(see) => query::symposiums(conn, see, id)?,
        None => Vec::new(),
    };
    let (mut open, mut past) = (Vec::new(), Vec::new());
    if let Some(see) = viewer.scope(Permission::SeeIssues) {
        for holder in Holder::ALL.iter().copied() {
            let is_open = matches!(holder, Holder::Office | Holder::Unit | Holder::Enterprise);
            let order = if is_open { Order::Due } else { Order::Newest };
            let filter = LedgerFilter {
                enterprise_id: Some(id),
                holder: Some(holder),
                order: Some(order),
                ..LedgerFilter::default()
            };
            let found = filter.page(conn, see, now, Place::First, SHOWN)?.rows.into_iter();
            let rows = found.map(|issue| IssueRow::of(issue, &directory, now));
            if is_open { open.extend(rows) } else { past.extend(rows) }
        }
    }
    open.sort_by_key(|row| (row.issue.step_due_at, row.issue.id));
    past.sort_by_key(|row| std::cmp::Reverse(row.issue.id));
    past.truncate(SHOWN as usize);
    let cadres = match (can_assign, query::assigned(conn, id)?.map(|(group, _)| group).or(viewer.group_id)) {
        (true, Some(group)) => {
            let members = group::query::members(conn, group)?;
            members.into_iter().map(|one| (one.account, one.name)).collect()
        }
        _ => Vec::new(),
    };
    let shown = if revealed { enterprise.contact_phone.clone() } else { masked(&enterprise.contact_phone) };
    let today = shanghai_date(now);
    Ok(ShowPage {
        shell,
        area: directory.area_name(enterprise.area_id).to_owned(),
        contact: format!("{} {shown}", enterprise.contact_name).trim().to_owned(),
        is_quiet: enterprise
            .quiet_from
            .zip(enterprise.quiet_until)
            .is_some_and(|(from, until)| (from..=until).contains(&today)),
        can_reveal: can_reveal && !revealed && !enterprise.contact_phone.is_empty(),
        can_edit,
        can_assign: can_assign && enterprise.valid_until.is_none(),
        can_visit: can_visit && enterprise.valid_until.is_none(),
        can_record: can_record && enterprise.valid_until.is_none(),
        sees_visits,
        is_company: !viewer.is_official(),
        assignments: query::assignments(conn, id)?,
        cadres,
        visits,
        symposiums,
        open,
        past,
        events: if viewer.is_official() { record::history(conn, "enterprises", id)? } else { Vec::new() },
        enterprise,
        form,
        invalid,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let asked = Asked::of(Frame::of(&app, &request), viewer, scope, *id, app.now());
    page::show(&app.db.read(move |conn| build(conn, asked)).await?)
}

/// Shows the contact's whole number once; who looked stands in the audit log.
pub async fn reveal_phone(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
) -> Answer {
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let id = *id;
    app.db
        .write(move |conn| {
            let one = query::find(conn, scope, id)?;
            audit::append(conn, &actor, AuditAction::RevealPhone, &one.name, "企业联系人")
        })
        .await?;
    let see = viewer.require(Permission::SeeEnterprises)?;
    let asked = Asked::of(Frame::of(&app, &request), viewer, see, id, app.now());
    page::show(&app.db.read(move |conn| build(conn, Asked { revealed: true, ..asked })).await?)
}

/// Assigns the company to a cadre of a group from today on; who had it before hands it over.
pub async fn assign(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let (today, now, id) = (app.today(), app.now(), *id);
    let (typed, editor) = (form.clone(), viewer.clone());
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &typed, |conn| {
                let one = query::find(conn, scope, id)?;
                let mut invalid = Invalid::default();
                let cadre = typed.required("cadre", "请填写包联干部的账号或姓名", &mut invalid).to_lowercase();
                let leader = typed.limited("leader", 30, &mut invalid);
                invalid.check()?;
                let (cadre, group) = assignment::query::cadre(conn, scope, &cadre).map_err(|error| match error {
                    Error::Refused(why) => Invalid::one("cadre", why).into(),
                    error => error,
                })?;
                assignment::query::assign(conn, one.id, cadre.0, group, &leader, today, now)?;
                let what = if leader.is_empty() {
                    format!("包联干部 {}", cadre.1)
                } else {
                    format!("包联干部 {}，包联领导 {leader}", cadre.1)
                };
                record::append(conn, &editor, "enterprises", one.id, "调整包联", &what)?;
                Ok(format!("/enterprises/{id}"))
            })
        })
        .await;
    match done {
        Ok(location) => Ok(page::done(location, "包联关系已调整")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            let see = viewer.require(Permission::SeeEnterprises)?;
            let asked = Asked::of(Frame::of(&app, &request), viewer, see, id, now);
            page::with_status(status, &app.db.read(move |conn| build(conn, Asked { form, invalid, ..asked })).await?)
        }
    }
}
