//! The desk of triage: the queue at the left, the problem, its form, one bar of actions. Everything is a plain form; the
//! keys only move the focus.
use super::{
    initials,
    query::{Returned, named_unit, returned},
    suggest::{Source, Suggestion, Suggestions},
};
use crate::{
    access::{Permission, Viewer},
    db::Conn,
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    form::Form,
    issue::{
        Dossier, Issue, event,
        pages::{IssueRow, act::act_once, date},
        perform::load,
        query,
        workflow::*,
        worklist::{self, Worklist},
    },
    once,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, http::StatusCode, web};
use askama::Template;

/// In the queue at once; what is done leaves it and the next ones move up.
const SHOWN: i64 = 30;

#[derive(Template)]
#[template(path = "triage/show.html")]
struct TriagePage {
    shell: Shell,
    tabs: Vec<Tab>,
    label: &'static str,
    queue: Vec<IssueRow>,
    current: Option<Current>,
    form: Form,
    invalid: Invalid,
    conflict: Option<String>,
    /// What was typed for a problem that is not here any more.
    orphaned: Vec<String>,
}

struct Tab {
    label: &'static str,
    word: &'static str,
    count: i64,
    current: bool,
}

/// The problem in hand.
struct Current {
    row: IssueRow,
    dossier: Dossier,
    siblings: Vec<Issue>,
    /// Not registered yet: category and complexity are to be said.
    is_new: bool,
    categories: Vec<(String, String)>,
    units: Vec<(String, String)>,
    /// The list of many shows plain names: nothing is typed blindly there.
    co_units: Vec<(String, String)>,
    suggestion: Option<Suggestion>,
    /// What the file of an import says comes first.
    named: Option<i64>,
    /// Units that it was given to by mistake, by name.
    returned: Vec<(String, Returned)>,
}

impl TriagePage {
    /// What was typed, or what stands there at first.
    fn typed(&self, id: &str, first: &str) -> String {
        if self.form.0.iter().any(|(name, _)| name == id) { self.form.text(id).to_owned() } else { first.to_owned() }
    }
    fn complexities(&self) -> Vec<(String, String, String)> {
        Complexity::ALL.iter().map(|one| (one.as_str().into(), one.label().into(), String::new())).collect()
    }
    fn levels(&self) -> Vec<(String, String)> {
        Level::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect()
    }
    fn urgencies(&self) -> Vec<(String, String)> {
        Urgency::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect()
    }
    fn co_units(&self) -> Vec<&str> {
        self.form.all("co_units").collect()
    }
}

impl Current {
    fn category(&self) -> String {
        self.row.issue.category_id.map(|id| id.to_string()).unwrap_or_default()
    }
    fn lead_unit(&self) -> String {
        let suggested = self.suggestion.map(|one| one.unit_id);
        self.named.or(suggested).map(|id| id.to_string()).unwrap_or_default()
    }
    fn complexity(&self) -> &'static str {
        self.row.issue.complexity.unwrap_or(Complexity::C).as_str()
    }
    fn why(&self) -> String {
        if self.named.is_some() {
            return "来文写的主责单位".to_owned();
        }
        match self.suggestion {
            Some(Suggestion { from: Source::Return, .. }) => "按退回时建议的单位推荐".to_owned(),
            Some(Suggestion { from: Source::Usual, .. }) => "按这个类别的默认单位推荐".to_owned(),
            Some(Suggestion { from: Source::Past(count), .. }) => format!("按过去 {count} 件同类问题推荐"),
            None if self.is_new => "不选则交给类别后面括号里推荐的单位".to_owned(),
            None => String::new(),
        }
    }
}

/// A select box finds an entry by the letters that it begins with: sczj 市财政局.
fn lettered(id: i64, name: &str, behind: &str) -> (String, String) {
    let behind = if behind.is_empty() { String::new() } else { format!("（{behind}）") };
    (id.to_string(), format!("{} {name}{behind}", initials(name)))
}

fn current(conn: &mut Conn, directory: &Directory, viewer: &Viewer, issue: Issue, now: Time) -> Result<Current> {
    let see = viewer.require(Permission::SeeIssues)?;
    let learnt = Suggestions::of_area(conn, directory, issue.area_id)?;
    let returned = returned(conn, issue.id)?;
    let siblings = match issue.enterprise_id {
        Some(id) => query::others_of_enterprise(conn, see, id, issue.id)?,
        None => Vec::new(),
    };
    let categories = directory.category_choices().into_iter().filter_map(|(id, name)| {
        let id: i64 = id.parse().ok()?;
        let unit = learnt.lead_unit(directory, Some(id), &returned).map(|one| one.unit_id);
        Some(lettered(id, &name, directory.unit_name(unit)))
    });
    Ok(Current {
        is_new: issue.status == Status::Submitted,
        siblings,
        categories: categories.collect(),
        units: directory.valid_units().map(|unit| lettered(unit.id, &unit.name, "")).collect(),
        co_units: directory.valid_units().map(|unit| (unit.id.to_string(), unit.name.clone())).collect(),
        suggestion: learnt.lead_unit(directory, issue.category_id, &returned),
        named: named_unit(&issue, &event::first(conn, issue.id)?, directory, &returned)?,
        returned: returned.into_iter().map(|one| (directory.unit_name(Some(one.unit_id)).to_owned(), one)).collect(),
        dossier: load(conn, issue.clone())?,
        row: IssueRow::of(issue, directory, now),
    })
}

/// The two lists that are worked off here.
fn lists(viewer: &Viewer) -> impl Iterator<Item = &'static Worklist> {
    worklist::of(viewer.role).iter().filter(|list| list.by == Permission::Triage)
}

/// What was tried on which problem, with its messages.
#[derive(Default)]
struct Attempt {
    form: Form,
    invalid: Invalid,
    conflict: Option<String>,
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    wanted: &str,
    list: &str,
    now: Time,
    mut attempt: Attempt,
) -> Result<TriagePage> {
    let shell = Shell::load(conn, frame, viewer, &[("甄别交办", None)])?;
    let directory = directory::current(conn)?;
    let asked = match wanted {
        "" => None,
        number => {
            let found = query::find(conn, viewer.require(Permission::Triage)?, number);
            let found = match found {
                // It went to another office meanwhile.
                Err(Error::NotFound) if attempt.conflict.is_some() => None,
                found => Some(found?),
            };
            found.filter(|issue| matches!(issue.status, Status::Submitted | Status::Registered))
        }
    };
    // It never fills the form of another problem.
    let mut orphaned = Vec::new();
    if asked.is_none() {
        orphaned = attempt.form.words().map(str::to_owned).collect();
        attempt.form = Form::default();
    }
    let mut counts = Vec::new();
    for one in lists(viewer) {
        counts.push((one, one.count(conn, viewer)?));
    }
    // Of the problem that was opened, of the tab that was chosen, else the first that has any.
    let word = match (&asked, list) {
        (Some(issue), _) if issue.status == Status::Registered => "dispatch",
        (Some(_), _) => "triage",
        (None, "triage" | "dispatch") => list,
        _ => counts.iter().find(|(_, count)| *count > 0).map_or("triage", |(one, _)| one.word),
    };
    let Some((chosen, _)) = counts.iter().find(|(one, _)| one.word == word).copied() else {
        return Err(Error::Forbidden);
    };
    let rows = chosen.rows(conn, viewer, None, SHOWN)?;
    let current = match asked.or_else(|| rows.first().cloned()) {
        Some(issue) => Some(current(conn, &directory, viewer, issue, now)?),
        None => None,
    };
    Ok(TriagePage {
        shell,
        tabs: counts
            .into_iter()
            .map(|(one, count)| Tab { label: one.label, word: one.word, count, current: one.word == word })
            .collect(),
        label: chosen.label,
        queue: rows.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect(),
        current,
        form: attempt.form,
        invalid: attempt.invalid,
        conflict: attempt.conflict,
        orphaned,
    })
}

pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let form = Form(asked.into_inner());
    let page = app
        .db
        .read(move |conn| {
            let (number, list) = (form.text("issue"), form.text("list"));
            build(conn, &frame, &viewer, number, list, now, Attempt::default())
        })
        .await?;
    page::show(&page)
}

/// Without a unit it goes to the one that is suggested for its category.
fn with_unit(conn: &mut Conn, viewer: &Viewer, number: &str, word: &str, form: &Form) -> Result<Form> {
    let mut form = form.clone();
    if word != "register" && !form.has("lead_unit") {
        let version = form.parse("version").unwrap_or(0);
        let issue = query::find_of_form(conn, viewer.require(Permission::Triage)?, number, version)?;
        let directory = directory::current(conn)?;
        let category = form.parse("category").or(issue.category_id);
        let learnt = Suggestions::of_area(conn, &directory, issue.area_id)?;
        if let Some(unit) = learnt.lead_unit(&directory, category, &returned(conn, issue.id)?) {
            form.set("lead_unit", unit.unit_id.to_string());
        }
    }
    Ok(form)
}

pub async fn act(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    path: web::Path<(String, String)>,
    form: Form,
) -> Answer {
    let (number, word) = path.into_inner();
    if !["triage", "register", "dispatch"].contains(&word.as_str()) {
        return Err(Error::NotFound);
    }
    let (frame, at) = (Frame::of(&app, &request), app.now());
    let (sent, actor, wanted, step) = (form.clone(), viewer.clone(), number.clone(), word.clone());
    let done = app
        .db
        .write(move |conn| {
            once::once(conn, &sent, |conn| {
                let sent = with_unit(conn, &actor, &wanted, &step, &sent)?;
                act_once(conn, &actor, &wanted, &step, &sent, at)?;
                Ok(format!("/triage?list={}", if step == "dispatch" { "dispatch" } else { "triage" }))
            })
        })
        .await;
    let (status, attempt) = match done {
        Ok(location) => {
            let notice = app.db.read(move |conn| notice(conn, &viewer, &number)).await?;
            return Ok(page::done(location, &notice));
        }
        Err(Error::Invalid(invalid)) => (StatusCode::UNPROCESSABLE_ENTITY, Attempt { form, invalid, conflict: None }),
        Err(Error::Refused(why)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Attempt { form, invalid: Invalid::one("", why), conflict: None })
        }
        Err(Error::Conflict(why)) => {
            (StatusCode::CONFLICT, Attempt { form, invalid: Invalid::default(), conflict: Some(why) })
        }
        Err(error) => return Err(error),
    };
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, &number, "", at, attempt)).await?;
    page::with_status(status, &page)
}

/// What was just done, in green on the next page.
fn notice(conn: &mut Conn, viewer: &Viewer, number: &str) -> Result<String> {
    let issue = query::find(conn, viewer.require(Permission::SeeIssues)?, number)?;
    let directory = directory::current(conn)?;
    Ok(match issue.lead_unit_id {
        Some(_) => {
            let unit = directory.unit_name(issue.lead_unit_id);
            format!("已交办 {number} 给{unit}，须在 {} 前答复", date(issue.due_at))
        }
        None => format!("{number} 已建档，在待交办中"),
    })
}
