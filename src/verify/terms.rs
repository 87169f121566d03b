//! The search index against the words of the issues. All its rows are read once and summed by issue; where the sum is
//! not that of the issue's own words, its rows are looked at one by one.
use super::{Finding, Verdict, with};
use crate::{
    db::{Conn, Db},
    error::Result,
    issue::{Issue, event, step::Step},
    schema::*,
    search::{issue_text, terms},
};
use diesel::prelude::*;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
};

const BATCH: i64 = 20_000;

/// What the rows of one issue add up to, in any order.
#[derive(Default, PartialEq)]
struct Sum {
    count: u64,
    sum: u64,
}

impl Sum {
    fn add(&mut self, term: i64) {
        self.count += 1;
        // Spread by a large odd number, so that two changed terms do not cancel each other.
        let spread = term.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.sum = self.sum.wrapping_add(spread ^ (spread >> 29));
    }
}

pub(super) fn check(db: &Db, verdict: &Mutex<Verdict>) -> Result<()> {
    db.snapshot_blocking(|conn| {
        let mut sums = indexed(conn)?;
        let mut after = i64::MIN;
        loop {
            let rows = issues::table.filter(issues::id.gt(after)).order(issues::id).limit(BATCH);
            // Words that cannot be read were found with their issue.
            let words: Vec<(i64, String, String, String)> = rows
                .select((issues::id, issues::title, issues::enterprise_name, issues::number))
                .load(conn)
                .unwrap_or_default();
            let Some((last, ..)) = words.last() else { break };
            after = *last;
            for (id, title, enterprise_name, number) in words {
                let mut own = Sum::default();
                terms(&issue_text(&title, &enterprise_name, &number)).into_iter().for_each(|term| own.add(term));
                let is_same = sums.remove(&id).unwrap_or_default() == own;
                if !is_same && !is_former(conn, id)? {
                    let finding = Finding::new(format!("问题 {number}"), "检索用的字词与标题、企业、编号不符");
                    with(verdict, |verdict| verdict.add(finding))?;
                }
            }
        }
        for id in sums.into_keys() {
            let finding = Finding::new(format!("问题 {id}"), "问题已不在，只剩下它的检索字词");
            with(verdict, |verdict| verdict.add(finding))?;
        }
        Ok(())
    })
}

fn indexed(conn: &mut Conn) -> Result<HashMap<i64, Sum>> {
    use issue_terms as t;
    let mut sums: HashMap<i64, Sum> = HashMap::new();
    let mut last: Option<(i64, i64)> = None;
    loop {
        let rows = t::table.order((t::term, t::doc)).limit(BATCH).select((t::term, t::doc)).into_boxed();
        let rows: Vec<(i64, i64)> = match last {
            None => rows.load(conn)?,
            Some((term, doc)) => {
                rows.filter(t::term.ge(term)).filter(t::term.gt(term).or(t::doc.gt(doc))).load(conn)?
            }
        };
        let Some(newest) = rows.last() else { return Ok(sums) };
        last = Some(*newest);
        for (term, doc) in rows {
            sums.entry(doc).or_default().add(term);
        }
    }
}

/// Whether the rows are the words of today and of former titles and companies, which stay in the index.
fn is_former(conn: &mut Conn, id: i64) -> Result<bool> {
    let issue: Issue = match issues::table.find(id).select(Issue::as_select()).first(conn) {
        Ok(issue) => issue,
        Err(_) => return Ok(true),
    };
    let text = |title: &str, name: &str| terms(&issue_text(title, name, &issue.number));
    let own: BTreeSet<i64> = text(&issue.title, &issue.enterprise_name).into_iter().collect();
    let (mut titles, mut names) = (vec![issue.title.clone()], vec![issue.enterprise_name.clone()]);
    for event in event::of_issues(conn, &[id])?.remove(&id).unwrap_or_default() {
        match event.step()? {
            Step::Submit { facts, .. } | Step::Import { facts, .. } => {
                titles.push(facts.title);
                names.push(facts.enterprise_name);
            }
            Step::Correct { title, enterprise, .. } => {
                titles.extend(title);
                names.extend(enterprise.map(|one| one.name));
            }
            _ => {}
        }
    }
    // No pair spans title and name, so that each can be asked alone.
    let by_title = titles.iter().flat_map(|title| text(title, ""));
    let all: BTreeSet<i64> = names.iter().flat_map(|name| text("", name)).chain(by_title).collect();
    let rows: Vec<i64> = issue_terms::table.filter(issue_terms::doc.eq(id)).select(issue_terms::term).load(conn)?;
    let rows: BTreeSet<i64> = rows.into_iter().collect();
    Ok(own.is_subset(&rows) && rows.is_subset(&all))
}
