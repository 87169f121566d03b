//! One spot check: what was closed and why it was drawn, and the form of the call-back.
use super::{Attempt, DAYS, Outcome, SpotCheck, may_end, month_label, query, told};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        Dossier,
        apply::Actor,
        event::newest_moment,
        pages::{IssueRow, date_time},
        perform::{Authority, load, perform},
        query as issue_query,
        step::Step,
        workflow::{self, Resolution},
    },
    once,
    sign::{self, SignRow},
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, http::StatusCode, web};
use askama::Template;

#[derive(Template)]
#[template(path = "spot_check/show.html")]
struct ShowPage {
    shell: Shell,
    check: SpotCheck,
    month: String,
    row: IssueRow,
    contact: String,
    /// What the unit answered.
    reply: String,
    closed: String,
    checked: String,
    signs: Vec<SignRow>,
    /// Calls in which nobody was reached.
    attempts: Vec<Attempt>,
    /// Why this viewer cannot check it; None with `may_check`: the form is there.
    shut: Option<String>,
    may_check: bool,
    options: Vec<(String, String, String)>,
    form: Form,
    invalid: Invalid,
}

/// The choice that leaves the check open.
const AGAIN: &str = "again";

/// What a call can end with; 联系不上 only after calls in vain on enough days.
fn offered(attempts: &[Attempt], now: Time) -> Vec<Outcome> {
    let mut offered = vec![Outcome::Solved, Outcome::Partly, Outcome::Unsolved];
    if may_end(attempts.iter().map(|one| one.at).chain([now])) {
        offered.push(Outcome::Unreached);
    }
    offered
}

fn options(attempts: &[Attempt], now: Time) -> Vec<(String, String, String)> {
    let option = |word: &str, label: &str, small: &str| (word.to_owned(), label.to_owned(), small.to_owned());
    let mut options = Vec::new();
    for one in offered(attempts, now) {
        let small = if one == Outcome::Unreached { "结束这件抽查，单独统计" } else { "" };
        options.push(option(one.as_str(), one.label(), small));
    }
    options.insert(3, option(AGAIN, "这次没有联系上", "抽查不结束，改日再联系"));
    options
}

fn attempts(conn: &mut Conn, check: &SpotCheck) -> Result<Vec<Attempt>> {
    Ok(query::attempts(conn, &[check])?.remove(&check.id).unwrap_or_default())
}

/// Nobody who took part in the closure finds out whether it was false.
fn shut(viewer: &Viewer, check: &SpotCheck, dossier: &Dossier) -> Option<String> {
    if check.result != Outcome::Open {
        return None;
    }
    match dossier.expect_outsider(&Actor::of(viewer, Permission::CallBack)) {
        Err(Error::Refused(why)) => Some(why),
        _ => None,
    }
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    scope: Scope,
    id: i64,
    now: Time,
    (form, invalid): (Form, Invalid),
) -> Result<ShowPage> {
    let check = query::find(conn, scope, id)?;
    let see = viewer.require(Permission::SeeIssues)?;
    let issue = issue_query::find_by_id(conn, see, check.issue_id)?.ok_or(Error::NotFound)?;
    let dossier = load(conn, issue)?;
    let crumbs = [("抽查回访", Some("/spot-checks")), (dossier.issue.number.as_str(), None)];
    let directory = directory::current(conn)?;
    let attempts = attempts(conn, &check)?;
    let detail = &dossier.detail;
    Ok(ShowPage {
        shell: Shell::load(conn, frame, viewer, &crumbs)?,
        month: month_label(check.month),
        contact: format!("{} {}", detail.contact_name, crate::issue::pages::masked(&detail.contact_phone)),
        reply: detail.progress.clone(),
        closed: date_time(dossier.issue.closed_at),
        checked: date_time(check.checked_at),
        signs: sign::query::of_issue(conn, check.issue_id)?,
        options: options(&attempts, now),
        attempts,
        shut: shut(viewer, &check, &dossier),
        may_check: check.result == Outcome::Open && viewer.may(Permission::CallBack),
        row: IssueRow::of(dossier.issue, &directory, now),
        check,
        form,
        invalid,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, *id, now, Default::default())).await?;
    page::show(&page)
}

/// What the form says, or what must be mended.
struct Called {
    reached: String,
    /// `Open`: nobody was reached, and somebody calls again.
    outcome: Outcome,
    note: String,
}

fn called(form: &Form, resolution: Option<Resolution>, offered: &[Outcome]) -> Result<Called> {
    let mut invalid = Invalid::default();
    let outcome = match form.text("solved") {
        AGAIN => Some(Outcome::Open),
        word => Outcome::parse(word).filter(|one| offered.contains(one) || *one == Outcome::Unreached),
    };
    match outcome {
        None => invalid.add("solved", "请选择企业怎么说"),
        Some(Outcome::Unreached) if !offered.contains(&Outcome::Unreached) => {
            let why = format!("要在 {DAYS} 个不同的日子都联系过、都没有联系上，才能按“联系不上”结束");
            invalid.add("solved", why);
        }
        _ => {}
    }
    let nobody = matches!(outcome, Some(Outcome::Open | Outcome::Unreached));
    let reached = form.limited("reached", 100, &mut invalid);
    match (reached.is_empty(), nobody) {
        (true, false) => invalid.add("reached", "请写明联系到了谁"),
        (false, true) => invalid.add("reached", "没有联系上的，这里不填；打给了谁写在情况里"),
        _ => {}
    }
    let note = form.limited("note", 2000, &mut invalid);
    if note.is_empty() {
        invalid.add("note", "请写明回访情况");
    }
    let found_false = form.has("found_false");
    match outcome {
        Some(Outcome::Solved | Outcome::Open | Outcome::Unreached) if found_false => {
            invalid.add("found_false", "只有企业说没有解决或只解决了一部分，才能认定为假办结");
        }
        Some(Outcome::Unsolved) if !found_false && resolution == Some(Resolution::Solved) => {
            invalid.add("found_false", "按“已解决”销号、企业说没有解决的，就是假办结，请勾选");
        }
        _ => {}
    }
    invalid.check()?;
    let outcome = if found_false { Outcome::False } else { outcome.unwrap_or(Outcome::Open) };
    Ok(Called { reached, outcome, note })
}

fn check(conn: &mut Conn, viewer: &Viewer, scope: Scope, id: i64, form: &Form, at: Time) -> Result<()> {
    let mut check = query::find(conn, scope, id)?;
    if check.result != Outcome::Open {
        let why = format!("这件抽查已经有结果：{}（{}）", check.result.label(), check.checked_by);
        return Err(Error::Conflict(why));
    }
    let see = viewer.require(Permission::SeeIssues)?;
    let issue = issue_query::find_by_id(conn, see, check.issue_id)?.ok_or(Error::NotFound)?;
    let dossier = load(conn, issue)?;
    dossier.expect_outsider(&Actor::of(viewer, Permission::CallBack))?;
    let offered = offered(&attempts(conn, &check)?, at);
    let called = called(form, dossier.issue.resolution, &offered)?;
    let told = told(&called.reached, &called.note);
    let step = match called.outcome {
        Outcome::False => Step::FindFalse { finding: told },
        outcome => Step::CallBack { note: told, solved: workflow::Answer::parse(outcome.as_str()), result: None },
    };
    let authority = Authority::of(viewer, step.action())?;
    let issue = perform(conn, &authority, &dossier.issue.number, None, &step, at)?;
    if called.outcome == Outcome::Open {
        return Ok(());
    }
    check.result = called.outcome;
    check.reached = called.reached;
    check.note = called.note;
    check.checked_by = authority.actor.name;
    check.checker_id = authority.actor.id;
    check.checked_at = newest_moment(conn, issue.id)?;
    query::save(conn, &check)
}

pub async fn act(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let (frame, at) = (Frame::of(&app, &request), app.now());
    let (sent, actor, id) = (form.clone(), viewer.clone(), *id);
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                check(conn, &actor, scope, id, &sent, at)?;
                Ok(format!("/spot-checks/{id}"))
            })
        })
        .await;
    let (status, invalid) = match done {
        Ok(location) if form.text("solved") == AGAIN => {
            return Ok(page::done(location, "已记下这次没有联系上，这件抽查还要再联系"));
        }
        Ok(location) => return Ok(page::done(location, "已登记抽查结果")),
        Err(Error::Refused(why)) => (StatusCode::UNPROCESSABLE_ENTITY, Invalid::one("", why)),
        Err(error) => page::to_mend(error)?,
    };
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, id, at, (form, invalid))).await?;
    page::with_status(status, &page)
}
