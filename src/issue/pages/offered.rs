//! The steps that the viewer can do now on an issue's page.
use super::{fields, show::Attempt};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    db::Conn,
    directory::Directory,
    error::{Error, Result},
    issue::{Dossier, Issue, event::Event, query, step::Step, workflow::*},
    time::Time,
    triage::query::{named_unit, returned},
};

/// One of them, with its form.
pub(super) struct Act {
    /// The last part of the address.
    pub word: &'static str,
    pub label: String,
    pub hint: String,
    pub fields: Vec<fields::Field>,
    pub shut: Option<String>,
    pub open: bool,
    pub danger: bool,
}

impl Act {
    pub fn has_file(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.kind, fields::Kind::File))
    }
}

fn is_danger(action: Action) -> bool {
    matches!(action, Action::Reject | Action::SendBack | Action::Withdraw | Action::Reopen | Action::Merge)
}

/// Whether a scope reaches the issue; asked once per scope.
pub(super) struct Covers {
    pub known: Vec<(Reach, bool)>,
}
impl Covers {
    pub fn ask(&mut self, conn: &mut Conn, scope: Scope, number: &str) -> Result<bool> {
        if let Some((_, answer)) = self.known.iter().find(|(reach, _)| *reach == scope.reach()) {
            return Ok(*answer);
        }
        let answer = match query::find(conn, scope, number) {
            Ok(_) => true,
            Err(Error::NotFound) => false,
            Err(error) => return Err(error),
        };
        self.known.push((scope.reach(), answer));
        Ok(answer)
    }
}

pub(super) fn acts(
    conn: &mut Conn,
    viewer: &Viewer,
    covers: &mut Covers,
    dossier: &Dossier,
    directory: &Directory,
    attempt: &Attempt,
    now: Time,
) -> Result<Vec<Act>> {
    let number = &dossier.issue.number;
    let mut acts = Vec::new();
    for line in actions(dossier.issue.status) {
        let mut allowed = false;
        for needed in line.needs {
            if let Some(scope) = viewer.scope(*needed) {
                allowed |= covers.ask(conn, scope, number)?;
            }
        }
        if !allowed || !fields::is_offered(line.action, dossier, directory) {
            continue;
        }
        if line.action == Action::Register && viewer.may(Permission::Triage) {
            acts.push(Act {
                word: "triage",
                label: "建档并交办".into(),
                hint: "定类别和时限，交给主办单位".into(),
                fields: fields::triage_fields(dossier, directory),
                shut: None,
                open: true,
                danger: false,
            });
        }
        // A cadre registers only together with the on-site solution.
        if line.action == Action::Register && !viewer.may(Permission::Triage) {
            if viewer.may(Permission::SolveOnSite) && dossier.issue.collector_id == Some(viewer.id) {
                let mut fields = fields::fields(Action::SolveOnSite, dossier, directory, now);
                fields.extend(fields::fields(Action::Register, dossier, directory, now).into_iter().take(1));
                acts.push(Act {
                    word: "on_site",
                    label: "当场已经解决".into(),
                    hint: "写一句怎么解决的，直接请企业评价，助企办事后复核".into(),
                    fields,
                    shut: None,
                    open: false,
                    danger: false,
                });
            }
            continue;
        }
        acts.push(Act {
            word: line.action.as_str(),
            label: fields::label(line.action, viewer).into(),
            hint: String::new(),
            fields: fields::fields(line.action, dossier, directory, now),
            shut: fields::shut(line.action, dossier, Some(viewer), now),
            open: false,
            danger: is_danger(line.action),
        });
    }
    if attempt.word.is_empty() {
        let first = acts.iter_mut().find(|act| act.shut.is_none());
        if let Some(first) = first.filter(|act| !act.danger && act.word != "correct") {
            first.open = true;
        }
    } else {
        for act in &mut acts {
            act.open = act.word == attempt.word;
        }
    }
    Ok(acts)
}

/// A dispatch starts from the unit that the file of an import names.
pub(super) fn start_from_import(
    conn: &mut Conn,
    acts: &mut [Act],
    issue: &Issue,
    events: &[Event],
    directory: &Directory,
) -> Result<()> {
    let Some(first) = events.last().filter(|first| first.action == Action::Import) else { return Ok(()) };
    let Some(unit) = named_unit(issue, first, directory, &returned(conn, issue.id)?)? else { return Ok(()) };
    let dispatches = acts.iter_mut().filter(|act| matches!(act.word, "triage" | "dispatch"));
    for field in dispatches.flat_map(|act| &mut act.fields).filter(|field| field.id == "lead_unit") {
        field.value = unit.to_string();
    }
    Ok(())
}

/// A ruling starts from what was asked for.
pub(super) fn start_from_request(acts: &mut [Act], events: &[Event]) -> Result<()> {
    let mut newest_first = events.iter();
    let asked = newest_first.find(|one| matches!(one.action, Action::RequestExtension | Action::RequestLongTerm));
    let Some(asked) = asked else { return Ok(()) };
    let (days, next_on) = serde_json::from_str::<Step>(&asked.data)?.asked();
    let rulings = acts.iter_mut().filter(|act| matches!(act.word, "grant_extension" | "agree_long_term"));
    for field in rulings.flat_map(|act| &mut act.fields) {
        match field.id {
            "days" => field.value = days.map_or(String::new(), |days| days.to_string()),
            "next_on" => field.value = next_on.map_or(String::new(), |on| on.to_string()),
            _ => {}
        }
    }
    Ok(())
}
