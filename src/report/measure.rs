//! What counts for each figure, as SQL: one text for the figure and for the rows behind it, so that the two cannot
//! differ. What is put into it are our own words and numbers, never what somebody typed.
use super::{By, Question};
use crate::{
    access::{Reach, Scope},
    issue::workflow::Resolution,
    key,
    sign::RECURRENCE_DAYS,
    time::Time,
};
use chrono::NaiveDate;

/// Which issues count: C.
pub const COUNTED: &str = "NOT history AND status NOT IN ('merged','rejected','withdrawn') \
     AND (resolution IS NULL OR resolution <> 'invalid')";

/// The stretches that lasted at the moment, of whom the scope lets count.
fn lasting(scope: Scope, question: &Question) -> String {
    let before = question.before.0;
    format!("FROM issue_spans WHERE until_at >= {before} AND from_at < {before} AND {}", within(scope))
}

/// FROM and WHERE of the cohort: C, as it was at the moment.
pub fn cohort(scope: Scope, question: &Question) -> String {
    let (from, to) = (question.from_at().0, question.to_at().0);
    format!("{} AND registered_at >= {from} AND registered_at < {to} AND {COUNTED}", lasting(scope, question))
}

/// FROM and WHERE of what was submitted in the period, whether it is in C or beside it.
pub fn submitted(scope: Scope, question: &Question) -> String {
    // Keys begin with the moment of submission. By the index of keys SQLite would look up every stretch of every issue.
    let [from, to] = [question.from_at(), question.to_at()].map(key::first_at);
    format!("{} AND issue_id + 0 >= {from} AND issue_id + 0 < {to}", lasting(scope, question))
}

/// What makes a row of C in `issue_spans` count for a figure; None: the word is no figure of issues.
pub fn of_issues(word: &str, question: &Question, resolved: &[Resolution]) -> Option<String> {
    let words: Vec<_> = resolved.iter().map(|one| format!("'{}'", one.as_str())).collect();
    let is_resolved =
        format!("status = 'closed' AND resolution IN ({}) AND (answer IS NULL OR answer <> 'no')", words.join(","));
    Some(match word {
        "collected" => "1 = 1".to_owned(),
        "resolved" => is_resolved,
        // Neither type nor answer need be known, so the opposite is spelt without NOT over a NULL.
        "unresolved" => format!("(CASE WHEN {is_resolved} THEN 1 ELSE 0 END) = 0"),
        "closed" => "status = 'closed'".into(),
        "open" => "status <> 'closed'".into(),
        // Nothing overdue is no row.
        "overdue_open" | "dynamic_zero" => format!("status <> 'closed' AND overdue_at < {}", question.before.0),
        "coming" => {
            let (before, end) = (question.before.0, question.end_of_next_week().0);
            format!("status <> 'closed' AND overdue_at >= {before} AND overdue_at < {end}")
        }
        "replied" => "resolution IS NOT NULL".into(),
        // A call-back may have brought a rating alone: then the company was reached and did not say that it is solved.
        "closed_unrated" => "status = 'closed' AND answer = 'unrated' AND rating IS NULL".into(),
        "answered" => "(answer IN ('solved','partly','no') OR (answer = 'unrated' AND rating IS NOT NULL))".into(),
        "confirmed" => "answer = 'solved'".into(),
        "unconfirmed" => "(answer IN ('partly','no') OR (answer = 'unrated' AND rating IS NOT NULL))".into(),
        "rated" => "status = 'closed' AND rating IS NOT NULL".into(),
        "unrated" => "status = 'closed' AND rating IS NULL".into(),
        "satisfied" => "status = 'closed' AND rating IN ('very_satisfied','satisfied','basic')".into(),
        "due" => due(FIRST, question.before),
        "on_time" => on_time(FIRST),
        "not_on_time" => format!("{} AND NOT {}", due(FIRST, question.before), on_time(FIRST)),
        "due_extended" => due(EXTENDED, question.before),
        "on_time_extended" => on_time(EXTENDED),
        "not_on_time_extended" => format!("{} AND NOT {}", due(EXTENDED, question.before), on_time(EXTENDED)),
        "needing_contact" => format!("(contacted_at < {NEVER} OR contact_due_at < {})", question.before.0),
        "responded" => format!("contacted_at < {NEVER} AND contacted_at <= contact_due_at"),
        "unresponded" => format!(
            "((contacted_at < {NEVER} AND contacted_at > contact_due_at) \
             OR (contacted_at = {NEVER} AND contact_due_at < {}))",
            question.before.0
        ),
        "timed" => "status = 'closed' AND answer = 'solved' AND workdays IS NOT NULL".into(),
        "recurred" => format!("status = 'closed' AND {}", came_again(question.before)),
        "not_recurred" => format!("status = 'closed' AND NOT {}", came_again(question.before)),
        "unsatisfied" => "status = 'closed' AND rating IN ('dissatisfied','very_dissatisfied')".into(),
        _ => return None,
    })
}

const NEVER: i64 = Time::NEVER.0;

/// The limits that replies are held against.
const FIRST: &str = "first_due_at";
const EXTENDED: &str = "extended_due_at";

fn due(limit: &str, before: Time) -> String {
    format!("({limit} < {} OR replied_at < {NEVER})", before.0)
}

/// Replied in time, and approved.
fn on_time(limit: &str) -> String {
    format!("(replied_at < {NEVER} AND replied_at <= {limit} AND status IN ('awaiting_rating','disputed','closed'))")
}

/// The company of a closed issue came again with one of the same category, in whatever period and of whichever unit.
fn came_again(before: Time) -> String {
    let before = before.0;
    // Keys begin with the moment of submission. Of an issue that is not closed no key is made: there is none after
    // `NEVER`.
    let first_key = |later: i64| {
        let key = key::first_at_sql("issue_spans.closed_at", later);
        format!("CASE WHEN issue_spans.status = 'closed' THEN {key} END")
    };
    format!(
        "EXISTS (SELECT 1 FROM issue_spans o WHERE o.enterprise_id = issue_spans.enterprise_id \
         AND o.category_id = issue_spans.category_id AND o.issue_id >= {} AND o.issue_id < {} \
         AND o.until_at >= {before} AND o.from_at < {before} AND o.registered_at < {NEVER} AND {COUNTED})",
        first_key(1),
        first_key(RECURRENCE_DAYS * 86_400_000 + 1)
    )
}

/// What makes a row of `issue_spans` count beside C; an issue counts for one of these at most.
pub fn beside(word: &str) -> Option<String> {
    Some(match word {
        // One that came back to triage was registered before and is in C.
        "submitted" => format!("NOT history AND status = 'submitted' AND registered_at = {}", Time::NEVER.0),
        "rejected" | "merged" | "withdrawn" => format!("NOT history AND status = '{word}'"),
        "invalid" => {
            "NOT history AND resolution = 'invalid' AND status NOT IN ('merged','rejected','withdrawn')".into()
        }
        "history" => "history".into(),
        _ => return None,
    })
}

/// What makes a row of `issue_spans` in which an issue was closed count for what happened in the period: where it begins
/// with the closure, a closing, where it ends, a reopening. What the figure says of the past does not change: a reopening
/// counts in its own period, and by what the closed issue was.
pub fn flow(word: &str, question: &Question) -> Option<String> {
    let (from, to) = (question.from_at().0, question.to_at().min(question.before).0);
    let closed = format!("status = 'closed' AND {COUNTED}");
    // That it ended at all is said for the partial index.
    let reopened = format!(
        "{closed} AND until_at < {NEVER} AND until_at >= {from} AND until_at < {to} AND NOT EXISTS (SELECT 1 \
         FROM issue_spans later WHERE later.issue_id = issue_spans.issue_id AND later.from_at = issue_spans.until_at \
         AND later.status = 'closed')"
    );
    let closings = format!("{closed} AND from_at = closed_at AND from_at >= {from} AND from_at < {to}");
    Some(match word {
        "closings" => closings,
        "closings_confirmed" => format!("{closings} AND {}", of_issues("confirmed", question, &[])?),
        "closings_unrated" => format!("{closings} AND {}", of_issues("closed_unrated", question, &[])?),
        "reopenings" => reopened,
        "false_closures" => format!(
            "{reopened} AND EXISTS (SELECT 1 FROM issue_events WHERE issue_events.issue_id = issue_spans.issue_id \
             AND issue_events.happened_at = issue_spans.until_at AND issue_events.action = 'find_false')"
        ),
        _ => return None,
    })
}

/// The column of `issue_spans` that a report is by; None: of the whole city.
pub fn issue_column(by: By) -> Option<&'static str> {
    match by {
        By::City => None,
        By::Area => Some("area_id"),
        By::Group => Some("group_id"),
        By::Unit => Some("lead_unit_id"),
        By::Category => Some("category_id"),
    }
}

/// What a scope means for rows of `issue_spans`.
pub fn within(scope: Scope) -> String {
    match scope.reach() {
        Reach::Everything => "1 = 1".into(),
        Reach::Area(id) => format!("area_id = {id}"),
        Reach::Group(id) => format!("group_id = {id}"),
        Reach::LeadUnit(id) => format!("lead_unit_id = {id}"),
        _ => "1 = 0".into(),
    }
}

/// The same for what has no unit.
fn within_records(scope: Scope, group: &str, area: &str) -> String {
    match scope.reach() {
        Reach::Everything => "1 = 1".into(),
        Reach::Area(id) => format!("{area} = {id}"),
        Reach::Group(id) => format!("{group} = {id}"),
        _ => "1 = 0".into(),
    }
}

/// Rows of one column's value; 0 stands for none, several are a category with those below it.
pub fn is_of(column: &str, ids: &[i64]) -> String {
    match ids {
        [0] => format!("{column} IS NULL"),
        [id] => format!("{column} = {id}"),
        ids => {
            let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
            format!("{column} IN ({})", ids.join(","))
        }
    }
}

crate::text_enum! {
    /// What figures count beside issues.
    pub enum Record {
        Groups = "groups", "工作组";
        Cadres = "cadres", "助企干部";
        Companies = "companies", "包联企业";
        Visits = "visits", "走访家次";
        Visited = "visited_enterprises", "走访家数";
        Symposiums = "symposiums", "座谈会场次";
        Covered = "covered", "已走访的包联企业";
        Uncovered = "uncovered", "没有走访的包联企业";
    }
}

/// The company's area on the day, as `source` joins it.
const AREA_THEN: &str = "COALESCE(p.area_id, e.area_id)";

impl Record {
    /// What the figure counts: distinct values of this column.
    pub fn key(self) -> &'static str {
        match self {
            Self::Groups => "g.id",
            Self::Cadres => "m.user_id",
            Self::Companies | Self::Covered | Self::Uncovered => "a.enterprise_id",
            Self::Visits => "v.id",
            Self::Visited => "v.enterprise_id",
            Self::Symposiums => "s.id",
        }
    }

    /// The same in SQL; a row of its own needs no comparing.
    pub fn count(self) -> String {
        if self.is_distinct() { format!("COUNT(DISTINCT {})", self.key()) } else { "COUNT(*)".into() }
    }

    /// The same one may be found several times, and in several rows of a report.
    pub fn is_distinct(self) -> bool {
        matches!(self, Self::Companies | Self::Covered | Self::Uncovered | Self::Visited)
    }

    /// The column that a report is by. Units and categories have neither people nor visits.
    pub fn column(self, by: By) -> Option<&'static str> {
        match (by, self) {
            (By::Area, Self::Groups | Self::Cadres) => Some("g.area_id"),
            (By::Area, Self::Companies | Self::Covered | Self::Uncovered) => Some(AREA_THEN),
            (By::Area, Self::Visits | Self::Visited) => Some("v.area_id"),
            (By::Area, Self::Symposiums) => Some("s.area_id"),
            (By::Group, Self::Groups | Self::Cadres) => Some("g.id"),
            (By::Group, Self::Companies | Self::Covered | Self::Uncovered) => Some("a.group_id"),
            (By::Group, Self::Visits | Self::Visited) => Some("v.group_id"),
            (By::Group, Self::Symposiums) => Some("s.group_id"),
            (By::City | By::Unit | By::Category, _) => None,
        }
    }

    /// FROM and WHERE of what counts; binds the two `days`.
    pub fn source(self, scope: Scope, question: &Question) -> String {
        let valid =
            |row: &str| format!("{row}.valid_from <= $1 AND ({row}.valid_until IS NULL OR {row}.valid_until > $2)");
        let made = |row: &str, day: &str| {
            let before = question.before.0;
            format!(
                "{row}.{day} >= $1 AND {row}.{day} <= $2 AND {row}.recorded_at < {before} AND {row}.voided_at >= {before}"
            )
        };
        let (from, counts, within) = match self {
            Self::Groups => ("groups g", valid("g"), within_records(scope, "g.id", "g.area_id")),
            Self::Cadres => (
                "memberships m JOIN users u ON u.id = m.user_id JOIN groups g ON g.id = m.group_id",
                format!("{} AND {}", valid("m"), valid("u")),
                within_records(scope, "g.id", "g.area_id"),
            ),
            Self::Companies | Self::Covered | Self::Uncovered => (
                // In this order on SQLite: by the assignments of all groups first it would look up every company at random.
                match scope.reach() {
                    Reach::Group(_) => {
                        "assignments a CROSS JOIN enterprises e LEFT JOIN enterprise_pasts p \
                         ON p.enterprise_id = e.id AND p.valid_from <= $1 AND p.valid_until > $2"
                    }
                    _ => {
                        "enterprises e LEFT JOIN enterprise_pasts p \
                         ON p.enterprise_id = e.id AND p.valid_from <= $1 AND p.valid_until > $2 \
                         CROSS JOIN assignments a"
                    }
                },
                format!(
                    "a.enterprise_id = e.id AND COALESCE(p.above_scale, e.above_scale) <> '' AND {} \
                     AND (e.valid_until IS NULL OR e.valid_until > $2){}",
                    valid("a"),
                    self.visited(question)
                ),
                within_records(scope, "a.group_id", AREA_THEN),
            ),
            Self::Visits | Self::Visited => {
                ("visits v", made("v", "visited_on"), within_records(scope, "v.group_id", "v.area_id"))
            }
            Self::Symposiums => {
                ("symposiums s", made("s", "held_on"), within_records(scope, "s.group_id", "s.area_id"))
            }
        };
        format!("FROM {from} WHERE {counts} AND {within}")
    }

    /// What a visit of the period, by whomever, means for an assigned company; `source` binds other days.
    fn visited(self, question: &Question) -> String {
        let not = match self {
            Self::Covered => "",
            Self::Uncovered => "NOT ",
            _ => return String::new(),
        };
        let (from, to, before) = (question.from, question.to.min(question.as_of()), question.before.0);
        format!(
            " AND a.enterprise_id {not}IN (SELECT v.enterprise_id FROM visits v WHERE v.visited_on >= '{from}' \
             AND v.visited_on <= '{to}' AND v.recorded_at < {before} AND v.voided_at >= {before})"
        )
    }

    /// What `source` binds: the period as far as it has come, or the day of the moment twice.
    pub fn days(self, question: &Question) -> (NaiveDate, NaiveDate) {
        let day = question.as_of();
        match self {
            Self::Groups | Self::Cadres | Self::Companies | Self::Covered | Self::Uncovered => (day, day),
            Self::Visits | Self::Visited | Self::Symposiums => (question.from, question.to.min(day)),
        }
    }
}
