//! The lines of a symposium's form: a company, and at recording its problem. Companies are typed by name or code, so
//! that the form works without scripts; a browser that runs them suggests names.
use crate::{
    access::{Reach, Scope},
    account,
    db::Conn,
    enterprise::{self, Enterprise},
    error::{Invalid, Result},
    form::Form,
};
use chrono::NaiveDate;

pub(super) struct Line {
    pub number: usize,
    pub company: String,
    pub text: String,
    pub message: Option<String>,
    /// When the name was not exact: who may be meant, and who was chosen.
    pub choices: Vec<Enterprise>,
    pub chosen: Option<i64>,
    pub text_message: Option<String>,
}

/// Companies offered for a name that is not exact.
const CHOICES_MOST: i64 = 10;

impl Line {
    /// No company in reach is called so, not even in part.
    pub fn is_unknown(&self) -> bool {
        self.message.is_some() && !self.company.is_empty() && self.choices.is_empty()
    }
    pub fn is_chosen(&self, one: &Enterprise) -> bool {
        self.chosen == Some(one.id)
    }
}

pub(super) fn field(kind: &str, number: usize) -> String {
    format!("{kind}{number}")
}

/// The lines as they were typed, `at_least` of them: a form that is refused keeps all it had.
pub(super) fn typed(
    conn: &mut Conn,
    scope: Scope,
    form: &Form,
    invalid: &Invalid,
    at_least: usize,
) -> Result<Vec<Line>> {
    let filled = (1..=super::MOST_LINES)
        .rev()
        .find(|number| form.has(&field("company", *number)) || form.has(&field("text", *number)))
        .unwrap_or(0);
    let mut lines = Vec::new();
    for number in 1..=filled.max(at_least) {
        let company = form.text(&field("company", number)).to_owned();
        let message = invalid.at(&field("company", number)).map(str::to_owned);
        let chosen = form.parse(&field("chosen", number));
        let is_asked = !company.is_empty() && (message.is_some() || chosen.is_some());
        lines.push(Line {
            number,
            text: form.text(&field("text", number)).to_owned(),
            choices: if is_asked {
                enterprise::query::search(conn, scope, &company, CHOICES_MOST)?
            } else {
                Vec::new()
            },
            company,
            message,
            chosen,
            text_message: invalid.at(&field("text", number)).map(str::to_owned),
        });
    }
    Ok(lines)
}

/// The company of a line: chosen among those offered for it, else of exactly this name or code.
fn company(
    conn: &mut Conn,
    scope: Scope,
    form: &Form,
    number: usize,
    name: &str,
) -> Result<Result<Enterprise, String>> {
    if let Some(id) = form.parse::<i64>(&field("chosen", number)) {
        // The name may have been changed after the choice.
        let offered = enterprise::query::search(conn, scope, name, CHOICES_MOST)?;
        if let Some(one) = offered.into_iter().find(|one| one.id == id) {
            return Ok(Ok(one));
        }
    }
    let mut found = enterprise::query::called(conn, scope, name)?;
    if found.is_empty() {
        found = enterprise::query::called_ended(conn, scope, name)?;
    }
    Ok(match found.len() {
        1 => Ok(found.remove(0)),
        0 if enterprise::query::search(conn, scope, name, 1)?.is_empty() => {
            Err(format!("您的范围内没有“{name}”，请写全称或信用代码"))
        }
        0 => Err(format!("没有一家企业正好叫“{name}”，请从下面选一家，或写全称、信用代码")),
        _ => Err(format!("叫“{name}”的不止一家，请从下面选一家，或写信用代码")),
    })
}

/// Names that the browser suggests while one is typed; a city's list is too long for it.
pub(super) fn suggestions(conn: &mut Conn, scope: Scope) -> Result<Vec<String>> {
    match scope.reach() {
        Reach::Everything | Reach::Area(_) => Ok(Vec::new()),
        _ => Ok(enterprise::query::search(conn, scope, "", 300)?.into_iter().map(|one| one.name).collect()),
    }
}

/// The companies of the lines with the text beside each; messages at the lines whose company is not clear. `known` are
/// companies that may stand there whatever the scope: they took part already. A company is there until its end: on the
/// day of the symposium, and for a problem today.
pub(super) fn companies(
    conn: &mut Conn,
    scope: Scope,
    form: &Form,
    known: &[(i64, String)],
    (held_on, today): (NaiveDate, NaiveDate),
    invalid: &mut Invalid,
) -> Result<Vec<(Enterprise, String)>> {
    let mut found = Vec::new();
    let (mut last, mut chosen_at) = (String::new(), 1);
    for number in 1..=super::MOST_LINES {
        let (name, text) = (form.text(&field("company", number)), form.text(&field("text", number)));
        if name.is_empty() && text.is_empty() {
            continue;
        }
        if text.chars().count() > 2000 {
            invalid.add(&field("text", number), "一个问题最多 2000 个字，可以分成几行写");
        }
        // A line without a company is one more problem of the company above.
        if !name.is_empty() {
            chosen_at = number;
        }
        let name = if name.is_empty() && !last.is_empty() { last.clone() } else { name.to_owned() };
        last.clone_from(&name);
        if let Some((id, _)) = known.iter().find(|(_, called)| *called == name) {
            found.push((enterprise::query::find(conn, Scope::system(), *id)?, text.to_owned()));
            continue;
        }
        let field = field("company", number);
        if name.is_empty() {
            invalid.add(&field, "请写这个问题是哪家企业提的");
            continue;
        }
        let on = if text.is_empty() { held_on } else { today };
        match company(conn, scope, form, chosen_at, &name)?.and_then(|one| one.ended_by(on).map_or(Ok(one), Err)) {
            Ok(one) if !text.is_empty() && account::query::is_official_phone(conn, &one.contact_phone)? => {
                invalid.add(&field, "企业档案里的联系电话是工作人员的，请先在企业库改成企业的人的电话");
            }
            Ok(one) => found.push((one, text.to_owned())),
            Err(why) => invalid.add(&field, why),
        }
    }
    Ok(found)
}

/// Ids in order, each once.
pub(super) fn ids(found: &[(Enterprise, String)]) -> Vec<i64> {
    let mut ids: Vec<i64> = found.iter().map(|(one, _)| one.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
