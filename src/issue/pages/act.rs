//! Doing a step from its form.
use super::{
    attachment, contact,
    fields::has_own_door,
    sent::{self, Named},
    show::{Attempt, build},
};
use crate::{
    access::{Permission, Viewer},
    db::Conn,
    directory,
    enterprise::{self, Enterprise},
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        Issue,
        apply::{Context, apply},
        perform::{Authority, city_area_id, is_stale, load, meanwhile, perform},
        query,
        step::{EnterpriseOfIssue, Step},
        submit::next_notice,
        workflow::Action,
        worklist,
    },
    once,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::Frame,
        upload::{Upload, UploadTry},
    },
};
use actix_web::{HttpRequest, http::StatusCode, web};

/// Does one step; `triage` and `on_site` are two steps of the table in one.
pub fn act_once(conn: &mut Conn, viewer: &Viewer, number: &str, word: &str, form: &Form, at: Time) -> Result<Issue> {
    let see = viewer.require(Permission::SeeIssues)?;
    let version = form.parse::<i64>("version").unwrap_or(0);
    let issue = query::find_of_form(conn, see, number, version)?;
    let actions: Vec<Action> = match word {
        "triage" => vec![Action::Register, Action::Dispatch],
        "on_site" => vec![Action::Register, Action::SolveOnSite],
        word => vec![Action::parse(word).filter(|one| !has_own_door(*one)).ok_or(Error::NotFound)?],
    };
    // Registering is the office's; a cadre does it only as part of an on-site solution.
    viewer.require(match word {
        "register" => Permission::Triage,
        "on_site" | "solve_on_site" => Permission::SolveOnSite,
        _ => Permission::SeeIssues,
    })?;
    // Who may not do it is told so, whatever was typed.
    for action in &actions {
        query::find_of_form(conn, Authority::of(viewer, *action)?.act, number, version).map_err(
            |error| match error {
                Error::NotFound => Error::Forbidden,
                error => error,
            },
        )?;
    }
    if is_stale(conn, &issue, version, &actions)? {
        return Err(Error::Conflict(meanwhile(conn, &issue)?));
    }
    let mut dossier = load(conn, issue)?;
    let rules = directory::current(conn)?.rules.clone();
    let context = Context::new(city_area_id(conn)?, &rules);
    let mut form = form.clone();
    if word == "on_site" {
        form.set("complexity", "C");
    }
    // All fields are looked at before the first step is done, so that every message is shown at once.
    let main = match form.text("main") {
        "" => None,
        number => query::find(conn, see, number).ok().map(|issue| issue.id),
    };
    let company = match form.text("enterprise") {
        "" => None,
        typed => enterprise::query::find_called(conn, typed)?,
    };
    let mut invalid = Invalid::default();
    let contact = match word {
        "correct" => contact::corrected(conn, viewer, &form, &dossier, company.as_ref(), &mut invalid)?,
        _ => None,
    };
    let of_issue = |one: Enterprise| EnterpriseOfIssue { id: one.id, name: one.name, area_id: one.area_id };
    let named = Named { main, company: company.map(of_issue), contact };
    let mut steps = Vec::new();
    for action in actions {
        let (mut step, found) = sent::step(action, &form, &dossier, viewer, &named, &rules, at);
        if let Step::Supervise { number, .. } = &mut step {
            *number = next_notice(conn, at)?;
        }
        // What the step itself would ask for besides is shown at once too.
        let (actor, mut tried) = (Authority::of(viewer, action)?.actor, dossier.clone());
        if !found.is_empty()
            && let Err(Error::Invalid(more)) = apply(&mut tried, context, &actor, &step, at)
        {
            let more = more.0.into_iter().filter(|(field, _)| found.at(field).is_none());
            invalid.0.extend(more);
        }
        invalid.0.extend(found.0);
        steps.push(step);
    }
    invalid.check()?;
    for step in steps {
        let authority = Authority::of(viewer, step.action())?;
        dossier.issue = perform(conn, &authority, number, None, &step, at)?;
    }
    Ok(dossier.issue)
}

/// The step with the files that came with it, both or none.
async fn done(
    app: &AppData,
    viewer: &Viewer,
    number: &str,
    word: &str,
    form: &Form,
    files: Vec<Upload>,
    at: Time,
) -> Result<String> {
    let (viewer, number, word, form) = (viewer.clone(), number.to_owned(), word.to_owned(), form.clone());
    let files = if files.is_empty() {
        Vec::new()
    } else {
        // Nothing is stored for an issue that cannot be seen.
        let (see, wanted) = (viewer.require(Permission::SeeIssues)?, number.clone());
        let version = form.parse("version").unwrap_or(0);
        app.db.read(move |conn| query::find_of_form(conn, see, &wanted, version)).await?;
        attachment::take(app, files).await?
    };
    let sent = attachment::with_files(&form, &files);
    app.db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                let issue = act_once(conn, &viewer, &number, &word, &form, at)?;
                if !files.is_empty() {
                    let authority = Authority::of(&viewer, Action::Attach)?;
                    attachment::keep(conn, &authority, &issue.number, &files, !viewer.is_official(), at)?;
                }
                // A row of a work list comes back to its list.
                let back = worklist::place(&viewer, form.text("back"));
                // Corrected to another area's company it is that office's now.
                let is_seen = query::find_by_id(conn, viewer.require(Permission::SeeIssues)?, issue.id)?.is_some();
                let here = if is_seen { format!("/issues/{}", issue.number) } else { "/".into() };
                Ok(back.unwrap_or(here))
            })
        })
        .await
}

/// What stands in the address bar after a refused form takes forms only: back to the issue.
pub async fn back(path: web::Path<(String, String)>) -> Answer {
    Ok(page::see_other(format!("/issues/{}", path.0)))
}

pub async fn act(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    path: web::Path<(String, String)>,
    upload: UploadTry,
) -> Answer {
    let (number, word) = path.into_inner();
    let UploadTry { form, files, refused } = upload;
    let frame = Frame::of(&app, &request);
    let at = app.now();
    let done = match refused.check() {
        Ok(()) => done(&app, &viewer, &number, &word, &form, files, at).await,
        Err(refused) => Err(refused),
    };
    let (status, invalid, conflict) = match done {
        Ok(location) => {
            let label = match word.as_str() {
                "triage" => "建档并交办",
                "on_site" => "当场解决",
                word => Action::parse(word).map_or("", Action::label),
            };
            return Ok(page::done(location, &format!("{number} 已{label}")));
        }
        Err(Error::Invalid(invalid)) => (StatusCode::UNPROCESSABLE_ENTITY, invalid, None),
        Err(Error::Refused(why)) => (StatusCode::UNPROCESSABLE_ENTITY, Invalid::one("", why), None),
        Err(Error::Conflict(why)) => (StatusCode::CONFLICT, Invalid::default(), Some(why)),
        Err(error) => return Err(error),
    };
    let gone = conflict.clone();
    let attempt = Attempt { word, form, invalid, conflict };
    match app.db.read(move |conn| build(conn, &frame, &viewer, &number, at, attempt, None)).await {
        Ok(page) => page::with_status(status, &page),
        // It went to others meanwhile: said, with what was typed, where its page cannot be shown any more.
        Err(Error::NotFound) if gone.is_some() => Err(Error::Conflict(gone.unwrap_or_default())),
        Err(error) => Err(error),
    }
}
