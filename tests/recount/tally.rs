//! The raw tables, and the dictionary's figures counted over them row by row.
use super::fold::State;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use zhuqi::{
    calendar::{shanghai_date, start_of_day, start_of_next_day},
    db::Conn,
    error::Result,
    schema::*,
    time::Time,
};

pub struct RawEvent {
    pub at: Time,
    pub to: String,
    pub data: Value,
}

type Valid = (NaiveDate, Option<NaiveDate>);
/// (id, group, area, day, recorded, voided, company)
type Made = (i64, Option<i64>, i64, NaiveDate, Time, Time, i64);

pub struct Raw {
    events: BTreeMap<i64, Vec<RawEvent>>,
    parents: HashMap<i64, Option<i64>>,
    /// (id, area, valid)
    groups: Vec<(i64, i64, Valid)>,
    /// (person, group, valid, the account's own)
    members: Vec<(i64, i64, Valid, Valid)>,
    /// (company, group, valid)
    assignments: Vec<(i64, i64, Valid)>,
    /// id → (area, 四上, end)
    enterprises: HashMap<i64, (i64, String, Option<NaiveDate>)>,
    /// id → (until, area, 四上), the oldest first
    pasts: HashMap<i64, Vec<(NaiveDate, i64, String)>>,
    visits: Vec<Made>,
    symposiums: Vec<Made>,
    /// Types of replies that the office counts as resolved.
    resolved: Vec<String>,
}

#[derive(Clone, Copy)]
pub enum Within {
    All,
    Area(i64),
    Group(i64),
    Lead(i64),
}

impl Within {
    fn has(self, area: i64, group: Option<i64>, lead: Option<i64>) -> bool {
        match self {
            Self::All => true,
            Self::Area(id) => area == id,
            Self::Group(id) => group == Some(id),
            Self::Lead(id) => lead == Some(id),
        }
    }
}

/// Counts of one row.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<&'static str, i64>,
    companies: BTreeSet<i64>,
    visited: BTreeSet<i64>,
    covered: BTreeSet<i64>,
    workdays: Vec<i64>,
}

pub type Figures = BTreeMap<&'static str, Option<i64>>;

impl Tally {
    fn one(&mut self, word: &'static str) {
        *self.counts.entry(word).or_default() += 1;
    }

    pub fn figures(&self) -> Figures {
        let mut all = Figures::new();
        let count = |word: &str| self.counts.get(word).copied().unwrap_or(0);
        for word in ["groups", "cadres", "visits", "symposiums", "collected", "resolved", "closed", "overdue_open"] {
            all.insert(word, Some(count(word)));
        }
        for word in ["due", "on_time", "due_extended", "on_time_extended", "needing_contact", "responded", "recurred"] {
            all.insert(word, Some(count(word)));
        }
        for word in ["replied", "closed_unrated", "answered", "confirmed", "rated", "satisfied"] {
            all.insert(word, Some(count(word)));
        }
        for word in ["closings", "reopenings", "false_closures"] {
            all.insert(word, Some(count(word)));
        }
        all.insert("net_closings", Some(count("closings") - count("reopenings")));
        all.insert("companies", Some(self.companies.len() as i64));
        all.insert("visited_enterprises", Some(self.visited.len() as i64));
        all.insert("open", Some(count("collected") - count("closed")));
        all.insert("covered", Some(self.covered.len() as i64));
        let (mut days, timed) = (self.workdays.clone(), self.workdays.len() as i64);
        days.sort_unstable();
        let sum: i64 = days.iter().sum();
        all.insert("timed", Some(timed));
        let mean = |_| sum * 10 / timed + i64::from(sum * 10 % timed * 2 >= timed);
        all.insert("mean_workdays", Some(0).filter(|_| timed > 0).map(mean));
        all.insert("median_workdays", (timed > 0).then(|| (days[(days.len() - 1) / 2] + days[days.len() / 2]) * 5));
        let zero = (count("collected") > 0).then(|| i64::from(count("overdue_open") == 0));
        all.insert("dynamic_zero", zero);
        for (word, of, whole) in [
            ("resolution_rate", "resolved", "collected"),
            ("closure_rate", "closed", "collected"),
            ("confirmed_rate", "confirmed", "answered"),
            ("satisfaction_rate", "satisfied", "rated"),
            ("rating_coverage", "rated", "closed"),
            ("on_time_rate", "on_time", "due"),
            ("on_time_extended_rate", "on_time_extended", "due_extended"),
            ("response_rate", "responded", "needing_contact"),
            ("recurrence", "recurred", "closed"),
            ("coverage", "covered", "companies"),
        ] {
            let (of, whole) = (all[of].unwrap_or(0), all[whole].unwrap_or(0));
            // Tenths of a percent that are full.
            let full = (0..=1000).rev().find(|tenths| tenths * whole <= of * 1000);
            all.insert(word, full.filter(|_| whole > 0));
        }
        all
    }
}

fn is_valid((from, until): Valid, day: NaiveDate) -> bool {
    from <= day && until.is_none_or(|until| until > day)
}

impl Raw {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut events: BTreeMap<i64, Vec<RawEvent>> = BTreeMap::new();
        let rows: Vec<(i64, Time, String, String)> = issue_events::table
            .order((issue_events::issue_id, issue_events::seq))
            .select((issue_events::issue_id, issue_events::happened_at, issue_events::to_status, issue_events::data))
            .load(conn)?;
        for (id, at, to, data) in rows {
            let data = serde_json::from_str(&data).expect("JSON");
            events.entry(id).or_default().push(RawEvent { at, to, data });
        }
        let parents: Vec<(i64, Option<i64>)> =
            categories::table.select((categories::id, categories::parent_id)).load(conn)?;
        let groups: Vec<(i64, i64, NaiveDate, Option<NaiveDate>)> =
            groups::table.select((groups::id, groups::area_id, groups::valid_from, groups::valid_until)).load(conn)?;
        let users: Vec<(i64, NaiveDate, Option<NaiveDate>)> =
            users::table.select((users::id, users::valid_from, users::valid_until)).load(conn)?;
        let accounts: HashMap<i64, Valid> = users.into_iter().map(|(id, from, until)| (id, (from, until))).collect();
        let members: Vec<(i64, i64, NaiveDate, Option<NaiveDate>)> = {
            use memberships as m;
            m::table.select((m::user_id, m::group_id, m::valid_from, m::valid_until)).load(conn)?
        };
        let assigned: Vec<(i64, i64, NaiveDate, Option<NaiveDate>)> = {
            use assignments as a;
            a::table.select((a::enterprise_id, a::group_id, a::valid_from, a::valid_until)).load(conn)?
        };
        let companies: Vec<(i64, i64, String, Option<NaiveDate>)> = {
            use enterprises as e;
            e::table.select((e::id, e::area_id, e::above_scale, e::valid_until)).load(conn)?
        };
        let mut pasts: HashMap<i64, Vec<(NaiveDate, i64, String)>> = HashMap::new();
        let rows: Vec<(i64, NaiveDate, i64, String)> = {
            use enterprise_pasts as p;
            let columns = (p::enterprise_id, p::valid_until, p::area_id, p::above_scale);
            p::table.order(p::valid_until).select(columns).load(conn)?
        };
        for (id, until, area, scale) in rows {
            pasts.entry(id).or_default().push((until, area, scale));
        }
        let visits = {
            use visits as v;
            v::table
                .select((v::id, v::group_id, v::area_id, v::visited_on, v::recorded_at, v::voided_at, v::enterprise_id))
                .load(conn)?
        };
        let symposiums = {
            use symposiums as s;
            s::table
                .select((s::id, s::group_id, s::area_id, s::held_on, s::recorded_at, s::voided_at, s::host_id))
                .load(conn)?
        };
        let saved: Option<String> = {
            use rule_versions as r;
            let newest = r::table.filter(r::kind.eq("reporting")).order(r::id.desc());
            newest.select(r::content).first(conn).optional()?
        };
        let resolved = saved.map_or(vec!["solved".to_owned()], |content| {
            let content: Value = serde_json::from_str(&content).expect("JSON");
            serde_json::from_value(content["resolved"].clone()).expect("types")
        });
        Ok(Self {
            resolved,
            pasts,
            events,
            parents: parents.into_iter().collect(),
            groups: groups.into_iter().map(|(id, area, from, until)| (id, area, (from, until))).collect(),
            members: members
                .into_iter()
                .map(|(user, group, from, until)| (user, group, (from, until), accounts[&user]))
                .collect(),
            assignments: assigned.into_iter().map(|(id, group, from, until)| (id, group, (from, until))).collect(),
            enterprises: companies.into_iter().map(|(id, area, scale, until)| (id, (area, scale, until))).collect(),
            visits,
            symposiums,
        })
    }

    /// The issue as it was when everything that happened before the moment was done.
    fn state(&self, id: i64, before: Time) -> Option<State> {
        let events = self.events.get(&id)?;
        let mut state = State::default();
        for event in events.iter().filter(|event| event.at < before) {
            state.add(event);
        }
        state.submitted_at.is_some().then_some(state)
    }

    fn top(&self, category: Option<i64>) -> i64 {
        category.map_or(0, |id| self.parents.get(&id).copied().flatten().unwrap_or(id))
    }

    pub fn rows(
        &self,
        within: Within,
        by: &str,
        from: NaiveDate,
        to: NaiveDate,
        before: Time,
    ) -> BTreeMap<i64, Figures> {
        let mut rows: BTreeMap<i64, Tally> = BTreeMap::new();
        let states: Vec<State> = self.events.keys().filter_map(|id| self.state(*id, before)).collect();
        for state in &states {
            let Some(registered) = state.registered_at else { continue };
            let period = start_of_day(from)..start_of_next_day(to);
            if !state.is_in_c() || !period.contains(&registered) {
                continue;
            }
            if !within.has(state.area, state.group, state.lead) {
                continue;
            }
            let key = match by {
                "city" => 0,
                "area" => state.area,
                "group" => state.group.unwrap_or(0),
                "unit" => state.lead.unwrap_or(0),
                _ => self.top(state.category),
            };
            let row = rows.entry(key).or_default();
            row.one("collected");
            let closed = state.status == "closed";
            if closed {
                row.one("closed");
            }
            let (first, extended) = (state.first_reply(before), state.extended_reply(before));
            let (needing, responded) = state.contact(before);
            for (word, counts) in [
                ("due", first.counts),
                ("on_time", first.in_time),
                ("due_extended", extended.counts),
                ("on_time_extended", extended.in_time),
                ("needing_contact", needing),
                ("responded", responded),
                ("recurred", closed && states.iter().any(|other| state.comes_again_in(other))),
            ] {
                if counts {
                    row.one(word);
                }
            }
            row.workdays.extend(state.workdays());
            if closed && self.resolved.contains(&state.resolution) && state.answer != "no" {
                row.one("resolved");
            }
            if !closed && state.is_overdue(before) {
                row.one("overdue_open");
            }
            if !state.resolution.is_empty() {
                row.one("replied");
            }
            // A call-back that brought a rating alone reached the company.
            let rated_alone = state.answer == "unrated" && !state.rating.is_empty();
            if closed && state.answer == "unrated" && !rated_alone {
                row.one("closed_unrated");
            }
            if ["solved", "partly", "no"].contains(&state.answer.as_str()) || rated_alone {
                row.one("answered");
            }
            if state.answer == "solved" {
                row.one("confirmed");
            }
            if closed && !state.rating.is_empty() {
                row.one("rated");
                if !state.rating.contains("dissatisfied") {
                    row.one("satisfied");
                }
            }
        }
        self.count_flows(&mut rows, within, by, from, to, before);
        if by != "unit" && by != "category" {
            self.count_records(&mut rows, within, by, from, to, before);
        }
        rows.into_iter().map(|(id, tally)| (id, tally.figures())).collect()
    }

    /// Each event by which an issue became closed or ceased to be, by its own date.
    fn count_flows(
        &self,
        rows: &mut BTreeMap<i64, Tally>,
        within: Within,
        by: &str,
        from: NaiveDate,
        to: NaiveDate,
        before: Time,
    ) {
        for events in self.events.values() {
            let mut state = State::default();
            for event in events.iter().filter(|event| event.at < before) {
                let old = state.clone();
                state.add(event);
                let (was, is) = (old.status == "closed", state.status == "closed");
                // What is reopened counts as what it was while it was closed.
                let counted = if was { &old } else { &state };
                let in_period = (start_of_day(from)..start_of_next_day(to)).contains(&event.at);
                let out = counted.history || counted.resolution == "invalid";
                if was == is || !in_period || out || !within.has(counted.area, counted.group, counted.lead) {
                    continue;
                }
                let key = match by {
                    "city" => 0,
                    "area" => counted.area,
                    "group" => counted.group.unwrap_or(0),
                    "unit" => counted.lead.unwrap_or(0),
                    _ => self.top(counted.category),
                };
                let row = rows.entry(key).or_default();
                row.one(if is { "closings" } else { "reopenings" });
                if event.data["action"] == "find_false" {
                    row.one("false_closures");
                }
            }
        }
    }

    fn count_records(
        &self,
        rows: &mut BTreeMap<i64, Tally>,
        within: Within,
        by: &str,
        from: NaiveDate,
        to: NaiveDate,
        before: Time,
    ) {
        let day = shanghai_date(Time(before.0 - 1));
        let key = |area: i64, group: Option<i64>| match by {
            "city" => 0,
            "area" => area,
            _ => group.unwrap_or(0),
        };
        let area_of: HashMap<i64, i64> = self.groups.iter().map(|(id, area, _)| (*id, *area)).collect();
        for (id, area, valid) in &self.groups {
            if is_valid(*valid, day) && within.has(*area, Some(*id), None) {
                rows.entry(key(*area, Some(*id))).or_default().one("groups");
            }
        }
        let mut people = BTreeSet::new();
        for (user, group, valid, account) in &self.members {
            let area = area_of[group];
            let in_time = is_valid(*valid, day) && is_valid(*account, day);
            if in_time && within.has(area, Some(*group), None) && people.insert((*user, *group)) {
                rows.entry(key(area, Some(*group))).or_default().one("cadres");
            }
        }
        let counts = |(_, group, area, on, recorded, voided, _): &Made, within: Within| {
            let in_time = *recorded < before && *voided >= before;
            in_time && (from..=to).contains(on) && *on <= day && within.has(*area, *group, None)
        };
        // Whoever went there.
        let visited: BTreeSet<i64> =
            self.visits.iter().filter(|one| counts(one, Within::All)).map(|visit| visit.6).collect();
        for (company, group, valid) in &self.assignments {
            let (area, scale, end) = &self.enterprises[company];
            let past = self.pasts.get(company).and_then(|all| all.iter().find(|(until, ..)| *until > day));
            let (area, scale) = past.map_or((area, scale), |(_, area, scale)| (area, scale));
            let lives = end.is_none_or(|end| end > day);
            if !scale.is_empty() && lives && is_valid(*valid, day) && within.has(*area, Some(*group), None) {
                let row = rows.entry(key(*area, Some(*group))).or_default();
                row.companies.insert(*company);
                row.covered.extend(visited.get(company));
            }
        }
        for visit in self.visits.iter().filter(|one| counts(one, within)) {
            let row = rows.entry(key(visit.2, visit.1)).or_default();
            row.one("visits");
            row.visited.insert(visit.6);
        }
        for symposium in self.symposiums.iter().filter(|one| counts(one, within)) {
            rows.entry(key(symposium.2, symposium.1)).or_default().one("symposiums");
        }
    }

    /// Counted by submission.
    pub fn beside(&self, within: Within, from: NaiveDate, to: NaiveDate, before: Time) -> BTreeMap<&'static str, i64> {
        let words = ["submitted", "rejected", "merged", "withdrawn", "invalid", "history"];
        let mut counts: BTreeMap<&str, i64> = words.into_iter().map(|word| (word, 0)).collect();
        for id in self.events.keys() {
            let Some(state) = self.state(*id, before) else { continue };
            let submitted = state.submitted_at.expect("submitted");
            if !(start_of_day(from)..start_of_next_day(to)).contains(&submitted)
                || !within.has(state.area, state.group, state.lead)
            {
                continue;
            }
            let word = match state.status.as_str() {
                _ if state.history => "history",
                "submitted" if state.registered_at.is_none() => "submitted",
                "rejected" => "rejected",
                "merged" => "merged",
                "withdrawn" => "withdrawn",
                _ if state.resolution == "invalid" => "invalid",
                _ => continue,
            };
            *counts.entry(word).or_default() += 1;
        }
        counts
    }
}
