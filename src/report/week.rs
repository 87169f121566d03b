//! One group's week: what was done in it, and what is open at its end. Every figure is one of the dictionary, counted by
//! the conditions of the rows behind it.
use super::{Question, rows::Behind};
use crate::{access::Scope, db::Conn, error::Result, issue::Issue, web::paging::Bound};
use chrono::{Datelike, Days, NaiveDate};

/// (word, what one is counted in) of what happened in the week.
pub const DONE: [(&str, &str); 9] = [
    ("visits", "家（次）"),
    ("visited_enterprises", "家"),
    ("symposiums", "场"),
    ("collected", "个"),
    ("replied", "个"),
    ("closings", "件"),
    ("closings_confirmed", "件"),
    ("closings_unrated", "件"),
    ("reopenings", "件"),
];
/// The same of all since the campaign's start, as of the moment.
pub const STANDING: [(&str, &str); 3] = [("open", "件"), ("overdue_open", "件"), ("coming", "件")];

/// Problems named at most, of those overdue and of those due soon.
const NAMED: i64 = 50;

pub struct Week {
    /// Registered and done in the week.
    pub done: Question,
    /// Registered since the campaign's start.
    pub standing: Question,
    pub counts: Vec<(&'static str, i64)>,
    pub overdue: Vec<Issue>,
    pub coming: Vec<Issue>,
}

impl Week {
    pub fn count(conn: &mut Conn, scope: Scope, group_id: i64, done: Question, standing: Question) -> Result<Self> {
        let behind = |question, measure| Behind { question, scope, measure, row: Some(group_id) };
        let mut counts = Vec::new();
        for (question, words) in [(&done, &DONE[..]), (&standing, &STANDING[..])] {
            for (word, _) in words {
                counts.push((*word, behind(question, word).count(conn)?));
            }
        }
        let mut named = |word| -> Result<Vec<Issue>> {
            let rows = behind(&standing, word).issues(conn, Bound::Above(i64::MIN), NAMED)?;
            Ok(rows.into_iter().map(|(issue, _)| issue).collect())
        };
        let (overdue, coming) = (named("overdue_open")?, named("coming")?);
        Ok(Self { done, standing, counts, overdue, coming })
    }

    pub fn value(&self, word: &str) -> i64 {
        self.counts.iter().find(|(one, _)| *one == word).map_or(0, |(_, count)| *count)
    }

    /// The paragraph. `named`: which problems the reader may see.
    pub fn paragraph(&self, group: &str, named: impl Fn(&Issue) -> bool) -> String {
        let day = |on: NaiveDate| format!("{}月{}日", on.month(), on.day());
        let is = |word: &str| self.value(word);
        let names = |issues: &[Issue], count: i64| {
            let told: Vec<_> = issues.iter().filter(|issue| named(issue)).map(called).collect();
            match told.len() as i64 {
                0 => String::new(),
                all if all == count => format!("（{}）", told.join("；")),
                _ => format!("（{}等）", told.join("；")),
            }
        };
        let (from, to, as_of) = (self.done.from, self.done.to, self.standing.as_of());
        let period = if from == to { day(from) } else { format!("{}至{}", day(from), day(to)) };
        let mut text = format!(
            "{period}，{group}走访企业{}家（次），涉及{}家；召开座谈会{}场；收集企业问题{}个，其中责任单位已答复{}个；\
             销号{}件，其中企业确认解决{}件、未评价{}件",
            is("visits"),
            is("visited_enterprises"),
            is("symposiums"),
            is("collected"),
            is("replied"),
            is("closings"),
            is("closings_confirmed"),
            is("closings_unrated"),
        );
        if is("reopenings") > 0 {
            text += &format!("，重开{}件", is("reopenings"));
        }
        let end = crate::calendar::shanghai_date(self.standing.end_of_next_week()) - Days::new(1);
        text + &format!(
            "。截至{}，本组未办结{}件，其中逾期{}件{}；到下周日（{}）还有{}件到期{}。",
            day(as_of),
            is("open"),
            is("overdue_open"),
            names(&self.overdue, is("overdue_open")),
            day(end),
            is("coming"),
            names(&self.coming, is("coming")),
        )
    }
}

/// 某某公司：停汽三天
fn called(issue: &Issue) -> String {
    format!("{}：{}", issue.enterprise_name, issue.title)
}
