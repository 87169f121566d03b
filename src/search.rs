//! Chinese text search that finds two-character words, with the same SQL on both engines: an index of character pairs.
//! A pair of neighbouring characters is one number (`first << 21 | second`); a text contains a word if it contains all
//! pairs of the word, and the text itself is checked again, because pairs can stand apart.
use crate::{db::Conn, error::Result, issue::Issue, schema::*};
use diesel::prelude::*;

/// What is indexed and what is looked for: half-width, lower case, no space or punctuation.
pub fn normal(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// The words looked for, each as it is indexed; all of them must be there, in any order.
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(normal).filter(|word| !word.is_empty()).collect()
}

/// Whether an already normal text holds all of these words.
pub fn holds(normal: &str, words: &[String]) -> bool {
    words.iter().all(|word| normal.contains(word.as_str()))
}

/// A pattern for LIKE that finds the text itself; to be used with `.escape('\\')`.
pub fn like(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// The distinct pairs of an already normal text.
pub fn terms(normal: &str) -> Vec<i64> {
    let mut terms: Vec<i64> = normal
        .chars()
        .zip(normal.chars().skip(1))
        .map(|(first, second)| (i64::from(u32::from(first)) << 21) | i64::from(u32::from(second)))
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// What of an issue can be found.
pub fn issue_text(title: &str, enterprise_name: &str, number: &str) -> String {
    normal_parts(&[title, enterprise_name, number])
}

/// Parts are kept apart by a mark that no query contains, so that no word spans two of them.
pub fn normal_parts(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| normal(part)).collect();
    parts.join("\n")
}

/// Adds the pairs that a document has and its index lacks. Pairs of a former text stay; the check of the text itself
/// passes them over.
macro_rules! index {
    ($conn:expr, $table:ident, $doc:expr, $text:expr) => {{
        let wanted = terms($text);
        let present: Vec<i64> = $table::table
            .filter($table::doc.eq($doc))
            .filter($table::term.eq_any(&wanted))
            .select($table::term)
            .load($conn)?;
        let rows: Vec<_> = wanted
            .into_iter()
            .filter(|term| !present.contains(term))
            .map(|term| ($table::term.eq(term), $table::doc.eq($doc)))
            .collect();
        match $conn {
            // Row by row with one kept statement; all at once it would be read and planned anew each time.
            Conn::Sqlite(c) => {
                for row in rows {
                    diesel::insert_into($table::table).values(row).execute(c)?;
                }
            }
            Conn::Postgres(c) => {
                diesel::insert_into($table::table).values(&rows).execute(c)?;
            }
        }
        Ok(())
    }};
}

pub fn index_issue(conn: &mut Conn, issue: &Issue) -> Result<()> {
    let text = issue_text(&issue.title, &issue.enterprise_name, &issue.number);
    index!(conn, issue_terms, issue.id, &text)
}

/// A company is found by its name and its code.
pub fn index_enterprise(conn: &mut Conn, id: i64, name: &str, usci: &str) -> Result<()> {
    index!(conn, enterprise_terms, id, &normal_parts(&[name, usci]))
}
