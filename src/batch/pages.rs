//! Selected in the ledger, confirmed here, done one by one, with a line of result for each.
use super::{
    Batch, MOST,
    one::{Chosen, act as act_one, chosen},
};
use crate::{
    access::Viewer,
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::Form,
    issue::{pages::IssueRow, perform::Authority},
    time::Time,
    triage::{query::returned, suggest::Suggestions},
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use std::collections::{HashMap, hash_map::Entry};

#[derive(Template)]
#[template(path = "batch/ask.html")]
struct AskPage {
    shell: Shell,
    batch: Batch,
    rows: Vec<Row>,
    /// Numbers that are not there, or not for the viewer.
    missing: Vec<String>,
    /// More were selected than are done at once.
    left_out: usize,
    units: Vec<(String, String)>,
    form: Form,
    invalid: Invalid,
}

struct Row {
    row: IssueRow,
    /// The unit that it would be given to.
    suggested: String,
}

impl AskPage {
    fn unit<'a>(&self, one: &'a Row) -> &'a str {
        if self.batch == Batch::Dispatch { &one.suggested } else { &one.row.unit }
    }
    /// What was typed, or what stands there at first.
    fn typed<'a>(&'a self, id: &str, first: &'a str) -> &'a str {
        if self.form.0.iter().any(|(name, _)| name == id) { self.form.text(id) } else { first }
    }
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    batch: Batch,
    form: Form,
    now: Time,
    invalid: Invalid,
) -> Result<AskPage> {
    let crumbs = [("问题台账", Some("/issues")), (batch.label(), None)];
    let shell = Shell::load(conn, frame, viewer, &crumbs)?;
    let directory = directory::current(conn)?;
    let (mut rows, mut learnt) = (Vec::new(), HashMap::new());
    let (found, missing) = chosen(conn, viewer, &form, MOST)?;
    for issue in found {
        let suggested = match batch {
            Batch::Dispatch => {
                let area = match learnt.entry(issue.area_id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(Suggestions::of_area(conn, &directory, issue.area_id)?),
                };
                area.lead_unit(&directory, issue.category_id, &returned(conn, issue.id)?)
            }
            Batch::Nudge | Batch::Transfer => None,
        };
        let suggested = directory.unit_name(suggested.map(|one| one.unit_id)).to_owned();
        rows.push(Row { row: IssueRow::of(issue, &directory, now), suggested });
    }
    let units = directory.valid_units().map(|unit| (unit.id.to_string(), unit.name.clone())).collect();
    let left_out = form.all("issue").count().saturating_sub(MOST);
    Ok(AskPage { shell, batch, rows, missing, left_out, units, form, invalid })
}

/// Which problems, how many, and what is to be said to them.
pub async fn ask(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let form = Form(asked.into_inner());
    let batch: Batch = form.parse("act").ok_or(Error::NotFound)?;
    Authority::of(&viewer, batch.action())?;
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, batch, form, now, Invalid::default())).await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "batch/done.html")]
struct DonePage {
    shell: Shell,
    batch: Batch,
    done: usize,
    results: Vec<Outcome>,
}

/// What became of one problem.
struct Outcome {
    number: String,
    title: String,
    refusal: Option<String>,
}

/// Fields that all of them need alike: looked at once, before the first is done.
fn check(batch: Batch, form: &Form) -> Result<(), Invalid> {
    let mut invalid = Invalid::default();
    match batch {
        Batch::Nudge => {
            form.required("text", "请写催办的话", &mut invalid);
        }
        Batch::Dispatch => {
            form.required("requirement", "请写办理要求", &mut invalid);
        }
        Batch::Transfer => {
            form.required("lead_unit", "请选择改由哪个单位主办", &mut invalid);
            form.required("reason", "请写明转办的理由", &mut invalid);
        }
    }
    for id in ["text", "requirement", "reason"] {
        form.limited(id, 1000, &mut invalid);
    }
    if form.all("issue").next().is_none() {
        invalid.add("", "没有选中问题，请回到问题台账勾选");
    }
    if invalid.is_empty() { Ok(()) } else { Err(invalid) }
}

/// Why one of them was not done.
fn refusal(error: &Error) -> String {
    match error {
        Error::NotFound => "没有找到，或不在您的范围内".to_owned(),
        Error::Forbidden => "不在您的办理范围内".to_owned(),
        Error::Database(_) | Error::Internal(_) => "系统出错，没有办成，请稍后再试".to_owned(),
        error => error.to_string(),
    }
}

pub async fn act(app: AppData, request: HttpRequest, viewer: Viewer, form: Form) -> Answer {
    let batch: Batch = form.parse("act").ok_or(Error::NotFound)?;
    Authority::of(&viewer, batch.action())?;
    let (frame, now) = (Frame::of(&app, &request), app.now());
    if let Err(invalid) = check(batch, &form) {
        let page = app.db.read(move |conn| build(conn, &frame, &viewer, batch, form, now, invalid)).await?;
        return page::refuse(&page);
    }
    let mut wanted: Vec<Chosen> = Vec::new();
    for one in form.all("issue").take(MOST).map(Chosen::parse) {
        if wanted.iter().all(|other| other.number != one.number) {
            wanted.push(one);
        }
    }
    let mut refused = Vec::new();
    for one in &wanted {
        let (actor, sent, chosen) = (viewer.clone(), form.clone(), one.clone());
        let done = app.db.write(move |conn| act_one(conn, &actor, batch, &chosen, &sent, now)).await;
        if let Err(error @ (Error::Database(_) | Error::Internal(_))) = &done {
            tracing::error!(number = one.number, cause = %error, "one of a batch failed");
        }
        refused.push(done.err().as_ref().map(refusal));
    }
    let page = app
        .db
        .read(move |conn| {
            let crumbs = [("问题台账", Some("/issues")), (batch.label(), None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let (titles, _) = chosen(conn, &viewer, &form, MOST)?;
            let title = |number: &str| {
                titles.iter().find(|issue| issue.number == number).map_or(String::new(), |issue| issue.title.clone())
            };
            let results: Vec<Outcome> = wanted
                .into_iter()
                .zip(refused)
                .map(|(one, refusal)| Outcome { title: title(&one.number), number: one.number, refusal })
                .collect();
            let done = results.iter().filter(|one| one.refusal.is_none()).count();
            Ok(DonePage { shell, batch, done, results })
        })
        .await?;
    page::show(&page)
}
