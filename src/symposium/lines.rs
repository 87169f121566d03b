//! The lines of a symposium's form: a company, and at recording its problem. Companies are typed by name or code, so
//! that the form works without scripts; a browser that runs them suggests names.
use crate::{
    access::{Reach, Scope},
    db::Conn,
    enterprise::{self, Enterprise},
    error::{Invalid, Result},
    form::Form,
};

pub(super) struct Line {
    pub number: usize,
    pub company: String,
    pub text: String,
    pub message: Option<String>,
    pub text_message: Option<String>,
}

pub(super) fn field(kind: &str, number: usize) -> String {
    format!("{kind}{number}")
}

/// The lines as they were typed, `at_least` of them: a form that is refused keeps all it had.
pub(super) fn typed(form: &Form, invalid: &Invalid, at_least: usize) -> Vec<Line> {
    let filled = (1..=super::MOST_LINES)
        .rev()
        .find(|number| form.has(&field("company", *number)) || form.has(&field("text", *number)))
        .unwrap_or(0);
    (1..=filled.max(at_least))
        .map(|number| Line {
            number,
            company: form.text(&field("company", number)).to_owned(),
            text: form.text(&field("text", number)).to_owned(),
            message: invalid.at(&field("company", number)).map(str::to_owned),
            text_message: invalid.at(&field("text", number)).map(str::to_owned),
        })
        .collect()
}

/// Names that the browser suggests while one is typed; a city's list is too long for it.
pub(super) fn suggestions(conn: &mut Conn, scope: Scope) -> Result<Vec<String>> {
    match scope.reach() {
        Reach::Everything | Reach::Area(_) => Ok(Vec::new()),
        _ => Ok(enterprise::query::search(conn, scope, "", 300)?.into_iter().map(|one| one.name).collect()),
    }
}

/// The companies of the lines with the text beside each; messages at the lines whose company is not clear. `known` are
/// companies that may stand there whatever the scope: they took part already.
pub(super) fn companies(
    conn: &mut Conn,
    scope: Scope,
    form: &Form,
    known: &[(i64, String)],
    invalid: &mut Invalid,
) -> Result<Vec<(Enterprise, String)>> {
    let mut found = Vec::new();
    let mut last = String::new();
    for number in 1..=super::MOST_LINES {
        let (name, text) = (form.text(&field("company", number)), form.text(&field("text", number)));
        if name.is_empty() && text.is_empty() {
            continue;
        }
        if text.chars().count() > 2000 {
            invalid.add(&field("text", number), "一个问题最多 2000 个字，可以分成几行写");
        }
        // A line without a company is one more problem of the company above.
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
        let mut like = enterprise::query::search(conn, scope, &name, 50)?;
        let exact = like.iter().position(|one| one.name == name);
        match (exact, like.len()) {
            (Some(at), _) => found.push((like.swap_remove(at), text.to_owned())),
            (None, 1) => found.push((like.remove(0), text.to_owned())),
            (None, 0) => invalid.add(&field, format!("您的范围内没有“{name}”，请写全称或信用代码；新企业请助企办先建")),
            (None, _) => {
                let some: Vec<_> = like.iter().take(3).map(|one| one.name.as_str()).collect();
                invalid.add(&field, format!("“{name}”不止一家，请写全称，例如：{}", some.join("、")));
            }
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
