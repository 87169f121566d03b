//! One issue as one story: what the company said, where it stands, what I can do, what happened.
use super::{
    IssueRow,
    attachment::{self, AttachmentRow},
    date_time, fields, masked,
    offered::{Act, Covers, acts, start_from_import, start_from_request},
    timeline::{TimelineRow, timeline},
};
use crate::{
    access::{Permission, Role, Scope, Viewer},
    account,
    audit::{self, AuditAction, AuditActor},
    calendar::Light,
    db::Conn,
    directory::{self, Directory},
    enterprise,
    error::{Invalid, Result},
    form::Form,
    inbox::words,
    instruction,
    issue::{
        Dossier, Instruction, Issue, Supervision,
        apply::Context,
        code,
        event::Event,
        perform::{city_area_id, load},
        query,
        replay::replay,
        workflow::*,
        worklist,
    },
    notice, sign,
    spot_check::{self, SpotCheck},
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "issue/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    row: IssueRow,
    dossier: Dossier,
    group: String,
    collector: String,
    contact: Option<String>,
    /// The phone is that of an official's account, which whoever can correct it is told.
    is_officials_phone: bool,
    reveal: Option<String>,
    /// The company's own page, for whom it opens.
    profile: Option<String>,
    stages: Vec<(&'static str, &'static str)>,
    due: String,
    step_due: String,
    units: Vec<UnitRow>,
    acts: Vec<Act>,
    my_role: &'static str,
    /// Whose office triages, reviews and rules.
    office: String,
    timeline: Vec<TimelineRow>,
    instructions: Vec<Instruction>,
    siblings: Vec<Issue>,
    main: Option<Issue>,
    merged: Vec<Issue>,
    attachments: Vec<AttachmentRow>,
    can_attach: bool,
    /// A slip with a new query code can be printed for the company.
    can_print: bool,
    /// A company looks: what is between the offices is left out.
    is_company: bool,
    /// What the ladder of supervision did.
    supervisions: Vec<Supervision>,
    /// Signs of false closure, and the spot checks it was drawn for.
    signs: Vec<sign::pages::Line>,
    spot_checks: Vec<SpotCheck>,
    attempt: Attempt,
    /// Something was done: what waits next, one key away.
    next: Option<Issue>,
}

struct UnitRow {
    part: Part,
    name: String,
    handler: String,
    reply: String,
    updated: String,
    /// Its own limit, and the light while it has not answered.
    due: String,
    light: Light,
    running: bool,
    /// Where its limit is told day by day.
    ledger: String,
}

/// A step that was refused: shown again with what was typed.
#[derive(Default)]
pub(super) struct Attempt {
    pub word: String,
    pub form: Form,
    pub invalid: Invalid,
    pub conflict: Option<String>,
}

impl ShowPage {
    /// What was typed into a field of a refused step, else what stands there at first.
    fn value<'a>(&'a self, word: &str, field: &'a fields::Field) -> &'a str {
        if self.attempt.word == word { self.attempt.form.text(field.id) } else { &field.value }
    }
    fn has(&self, word: &str, field: &fields::Field, value: &str) -> bool {
        if self.attempt.word == word {
            self.attempt.form.all(field.id).any(|one| one == value)
        } else {
            field.value == value
        }
    }
    fn message<'a>(&'a self, word: &str, id: &str) -> Option<&'a str> {
        if self.attempt.word == word { self.attempt.invalid.at(id) } else { None }
    }
    /// How many choices stand in a row.
    fn wide(&self, options: usize) -> &'static str {
        match options {
            2 => "choices-2",
            3 => "choices-3",
            5 => "choices-5",
            _ => "choices-tight",
        }
    }
    /// Typed text of a step that is not offered any more.
    fn orphaned(&self) -> Vec<&str> {
        if self.attempt.word.is_empty() || self.acts.iter().any(|act| act.word == self.attempt.word) {
            return Vec::new();
        }
        self.attempt.form.words().collect()
    }
}

const STAGES: [&str; 9] = ["收集", "甄别", "交办", "签收", "办理", "答复", "审核", "评价", "销号"];

fn stages(status: Status) -> Vec<(&'static str, &'static str)> {
    use Status::*;
    let now = match status {
        Submitted | Rejected | Merged | Withdrawn => 1,
        Registered => 2,
        Dispatched | ReturnRequested => 3,
        InProgress | WaitingEnterprise | LongTerm => 4,
        Replied => 6,
        AwaitingRating | Disputed => 7,
        Closed => 9,
    };
    STAGES
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            (
                *stage,
                if index < now {
                    "done"
                } else if index == now {
                    "now"
                } else {
                    ""
                },
            )
        })
        .collect()
}

/// The event by which the city office took over, after the second dispatch in vain. Whose it was before stands in no event,
/// so the history is played again; few need it.
fn taken_over(
    conn: &mut Conn,
    dossier: &Dossier,
    events: &[Event],
    directory: &Directory,
) -> Result<Option<(i64, &'static str)>> {
    if dossier.detail.vain_rounds < 2 {
        return Ok(None);
    }
    let context = Context::new(city_area_id(conn)?, &directory.rules);
    let oldest_first: Vec<Event> = events.iter().rev().cloned().collect();
    let (mut office, mut found) = (dossier.issue.office_area_id, None);
    replay(&dossier.issue, &dossier.detail, &oldest_first, context, |event, after| {
        let why = words::taken_over(office, after.issue.office_area_id, event.action);
        office = after.issue.office_area_id;
        found = found.or(why.map(|why| (event.seq, why)));
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    number: &str,
    now: Time,
    attempt: Attempt,
    revealed: Option<String>,
) -> Result<ShowPage> {
    let see = viewer.require(Permission::SeeIssues)?;
    let issue = query::find(conn, see, number)?;
    let dossier = load(conn, issue)?;
    let directory = directory::current(conn)?;
    let issue = &dossier.issue;
    let short = issue.number.get(10..).unwrap_or(&issue.number).to_owned();
    let shell = Shell::load(conn, frame, viewer, &[("问题台账", Some("/issues")), (&short, None)])?;
    let mut covers = Covers { known: vec![(see.reach(), true)] };
    let mut acts = acts(conn, viewer, &mut covers, &dossier, &directory, &attempt, now)?;
    let people: Vec<i64> = dossier.units.iter().filter_map(|unit| unit.handler_id).chain(issue.collector_id).collect();
    let names = query::names(conn, &people)?;
    // A company reads no official's name.
    let name = |id: Option<i64>| id.filter(|_| viewer.is_official()).and_then(|id| names.get(&id)).cloned();
    let name = |id: Option<i64>| name(id).unwrap_or_default();
    let calendar = directory.rules.calendar(now);
    let units = dossier
        .active_units()
        .map(|unit| UnitRow {
            due: super::date(unit.due_at),
            light: Light::of(calendar, unit.due_at, now),
            running: dossier.awaits(unit),
            ledger: match unit.part {
                Part::Lead => format!("/issues/{}/deadline", issue.number),
                Part::Co => format!("/issues/{}/deadline?unit={}", issue.number, unit.unit_id),
            },
            part: unit.part,
            name: directory.unit_name(Some(unit.unit_id)).to_owned(),
            handler: name(unit.handler_id),
            reply: match unit.part {
                Part::Lead => dossier.detail.progress.clone(),
                Part::Co if viewer.is_official() => unit.reply.clone(),
                Part::Co => String::new(),
            },
            updated: super::date(if unit.part == Part::Lead { dossier.detail.progressed_at } else { unit.replied_at }),
        })
        .collect();
    let events = query::events(conn, issue.id)?;
    start_from_request(&mut acts, &events)?;
    if matches!(issue.status, Status::Submitted | Status::Registered) {
        start_from_import(conn, &mut acts, issue, &events, &directory)?;
    }
    let taken_over = taken_over(conn, &dossier, &events, &directory)?;
    let timeline = timeline(events, &directory, viewer, taken_over)?;
    let siblings = match issue.enterprise_id {
        Some(id) => query::others_of_enterprise(conn, see, id, issue.id)?,
        None => Vec::new(),
    };
    let main = match issue.main_issue_id {
        Some(id) => query::find_by_id(conn, see, id)?,
        None => None,
    };
    let merged = query::merged_into(conn, see, issue.id)?;
    let is_office = match viewer.scope(Permission::Triage) {
        Some(scope) => covers.ask(conn, scope, number)?,
        None => false,
    };
    let attachments = attachment::listed(conn, viewer, issue.id, is_office)?;
    let phone = &dossier.detail.contact_phone;
    let may_reveal = match viewer.scope(Permission::RevealPhones) {
        Some(scope) => covers.ask(conn, scope, number)?,
        None => false,
    };
    let contact = (!phone.is_empty() || !dossier.detail.contact_name.is_empty()).then(|| {
        let shown = revealed.clone().unwrap_or_else(|| masked(phone));
        format!("{} {shown}", dossier.detail.contact_name).trim().to_owned()
    });
    let is_officials_phone =
        acts.iter().any(|act| act.word == "correct") && account::query::is_official_phone(conn, phone)?;
    let profile = match (viewer.scope(Permission::SeeEnterprises), issue.enterprise_id) {
        (Some(scope), Some(id)) if enterprise::query::is_within(conn, scope, id)? => Some(format!("/enterprises/{id}")),
        _ => None,
    };
    let next = if shell.notice.is_some() { worklist::next(conn, viewer, issue.id)? } else { None };
    let supervisions = if viewer.is_official() { notice::query::of_issue(conn, issue)? } else { Vec::new() };
    let signs = sign::pages::on_issue(conn, viewer, issue.id, now)?;
    let spot_checks = match viewer.scope(Permission::SeeSpotChecks) {
        Some(_) => spot_check::query::of_issue(conn, issue.id)?,
        None => Vec::new(),
    };
    Ok(ShowPage {
        shell,
        signs,
        spot_checks,
        supervisions,
        next,
        group: directory.group_name(issue.group_id).to_owned(),
        collector: name(issue.collector_id),
        contact,
        is_officials_phone,
        profile,
        reveal: (may_reveal && revealed.is_none() && !phone.is_empty())
            .then(|| format!("/issues/{}/phone", issue.number)),
        stages: stages(issue.status),
        due: date_time(issue.due_at),
        step_due: date_time(issue.step_due_at),
        units,
        acts,
        my_role: viewer.role.map_or("", Role::label),
        office: directory.area_name(issue.office_area_id).to_owned(),
        timeline,
        instructions: instruction::pages::on_issue(conn, viewer, issue.id)?,
        siblings,
        main,
        merged,
        attachments,
        can_attach: issue.is_open(),
        can_print: code::tail(phone).is_some() && code::may_print(viewer, |scope| covers.ask(conn, scope, number))?,
        is_company: !viewer.is_official(),
        attempt,
        row: IssueRow::of(issue.clone(), &directory, now),
        dossier,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, number: web::Path<String>) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, &number, now, Attempt::default(), None)).await?;
    page::show(&page)
}

/// Shows the contact's whole phone number once; who looked stands in the audit log.
pub async fn reveal_phone(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    number: web::Path<String>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let now = app.now();
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let wanted = number.clone();
    let phone = app
        .db
        .write(move |conn| {
            let issue = query::find(conn, scope, &wanted)?;
            audit::append(conn, &actor, AuditAction::RevealPhone, &issue.number, &issue.enterprise_name)?;
            Ok(load(conn, issue)?.detail.contact_phone)
        })
        .await?;
    let page =
        app.db.read(move |conn| build(conn, &frame, &viewer, &number, now, Attempt::default(), Some(phone))).await?;
    page::show(&page)
}
