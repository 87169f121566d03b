//! One problem of a batch.
use super::Batch;
use crate::{
    access::Viewer,
    db::Conn,
    directory,
    error::{Error, Result},
    form::Form,
    issue::{
        Issue,
        pages::sent,
        perform::{Authority, load, perform},
        query,
        workflow::transition,
    },
    once,
    time::Time,
    triage::{query::returned, suggest::Suggestions},
};

/// As it was when it was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub number: String,
    /// The version that the confirming page showed.
    pub version: Option<i64>,
}

impl Chosen {
    /// `ZZ-410105-2026-000123~7`, or the number alone.
    pub fn parse(text: &str) -> Self {
        match text.split_once('~') {
            Some((number, version)) => Self { number: number.to_owned(), version: version.parse().ok() },
            None => Self { number: text.to_owned(), version: None },
        }
    }
}

/// The selected ones that the viewer sees, in the order of selection, each once; and the numbers that lead to none.
pub fn chosen(conn: &mut Conn, viewer: &Viewer, form: &Form, most: usize) -> Result<(Vec<Issue>, Vec<String>)> {
    let see = viewer.require(crate::access::Permission::SeeIssues)?;
    let (mut found, mut missing): (Vec<Issue>, Vec<String>) = (Vec::new(), Vec::new());
    for text in form.all("issue").take(most) {
        let number = Chosen::parse(text).number;
        if found.iter().any(|issue| issue.number == number) || missing.contains(&number) {
            continue;
        }
        match query::find(conn, see, &number) {
            Ok(issue) => found.push(issue),
            Err(Error::NotFound) => missing.push(number),
            Err(error) => return Err(error),
        }
    }
    Ok((found, missing))
}

/// Does the step; done before with the same form, it is done.
pub fn act(conn: &mut Conn, viewer: &Viewer, batch: Batch, chosen: &Chosen, form: &Form, at: Time) -> Result<()> {
    let action = batch.action();
    let authority = Authority::of(viewer, action)?;
    let mut own = form.clone();
    own.set("once", format!("{}/{}", form.text("once"), chosen.number));
    once::once(conn, &own.clone(), |conn| {
        let issue = query::find(conn, authority.see, &chosen.number)?;
        if transition(action, issue.status).is_none() {
            return Err(Error::Conflict(action.out_of_place(issue.status)));
        }
        let directory = directory::current(conn)?;
        if batch == Batch::Dispatch && !own.has("lead_unit") {
            let learnt = Suggestions::of_area(conn, &directory, issue.area_id)?;
            let suggested = learnt.lead_unit(&directory, issue.category_id, &returned(conn, issue.id)?);
            let unit = suggested.ok_or_else(|| Error::refused("没有可推荐的单位，请单独交办或指定单位"))?;
            own.set("lead_unit", unit.unit_id.to_string());
        }
        let dossier = load(conn, issue)?;
        let (step, invalid) = sent::step(action, &own, &dossier, viewer, &sent::Named::default(), &directory.rules, at);
        invalid.check()?;
        perform(conn, &authority, &chosen.number, chosen.version, &step, at)?;
        Ok(format!("/issues/{}", chosen.number))
    })?;
    Ok(())
}
