//! One row of a report.
use super::{
    indicator::{Indicator, Rounding, mean, median, per_mille, percent, tenths},
    measure::Record,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::AddAssign};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub groups: i64,
    pub cadres: i64,
    pub companies: i64,
    pub visits: i64,
    pub visited: i64,
    pub symposiums: i64,
    pub collected: i64,
    pub resolved: i64,
    pub closed: i64,
    pub overdue: i64,
    pub replied: i64,
    pub closed_unrated: i64,
    pub answered: i64,
    pub confirmed: i64,
    pub rated: i64,
    pub satisfied: i64,
    pub closings: i64,
    pub reopenings: i64,
    pub false_closures: i64,
    /// Due or replied, by the first limit and by that with extension, and how many of them in time.
    pub due: i64,
    pub on_time: i64,
    pub due_extended: i64,
    pub on_time_extended: i64,
    pub needing_contact: i64,
    pub responded: i64,
    /// None: nobody asked for it.
    pub costly: Option<Costly>,
}

/// What takes a look at other rows than those of the issue itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costly {
    /// Assigned companies that were visited.
    pub covered: i64,
    pub recurred: i64,
    /// Issues of which the time from dispatch counts, their workdays, and tenths of the median.
    pub timed: i64,
    pub workdays: i64,
    pub median: Option<i64>,
}

impl Costly {
    /// `taken`: how many issues took how many workdays.
    pub(super) fn take(&mut self, taken: &BTreeMap<i64, i64>) {
        self.timed = taken.values().sum();
        self.workdays = taken.iter().map(|(workdays, number)| workdays * number).sum();
        self.median = median(taken);
    }
}

/// A figure as it is written down, whatever it is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Nothing to divide by.
    Blank,
    Count(i64),
    /// Tenths of a percent.
    Percent(i64),
    /// Tenths of workdays.
    Days(i64),
    Is(bool),
}

/// Stated beside C.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    pub submitted: i64,
    pub rejected: i64,
    pub merged: i64,
    pub withdrawn: i64,
    pub invalid: i64,
    pub history: i64,
}

impl Beside {
    /// By its word; 0 for a word that is none of these.
    pub fn value(&self, word: &str) -> i64 {
        match word {
            "submitted" => self.submitted,
            "rejected" => self.rejected,
            "merged" => self.merged,
            "withdrawn" => self.withdrawn,
            "invalid" => self.invalid,
            "history" => self.history,
            _ => 0,
        }
    }
}

impl Figures {
    pub(super) fn record(&mut self, record: Record) -> &mut i64 {
        match record {
            Record::Groups => &mut self.groups,
            Record::Cadres => &mut self.cadres,
            Record::Companies => &mut self.companies,
            Record::Covered | Record::Uncovered => &mut self.costly.get_or_insert_default().covered,
            Record::Visits => &mut self.visits,
            Record::Visited => &mut self.visited,
            Record::Symposiums => &mut self.symposiums,
        }
    }
    /// What happened in the period, by its word.
    pub(super) fn flow(&mut self, word: &str) -> Option<&mut i64> {
        Some(match word {
            "closings" => &mut self.closings,
            "reopenings" => &mut self.reopenings,
            "false_closures" => &mut self.false_closures,
            _ => return None,
        })
    }
    pub fn net_closings(&self) -> i64 {
        self.closings - self.reopenings
    }
    pub fn open(&self) -> i64 {
        self.collected - self.closed
    }
    pub fn resolution_rate(&self) -> String {
        percent(self.resolved, self.collected)
    }
    pub fn closure_rate(&self) -> String {
        percent(self.closed, self.collected)
    }
    pub fn confirmed_rate(&self) -> String {
        percent(self.confirmed, self.answered)
    }
    pub fn satisfaction_rate(&self) -> String {
        percent(self.satisfied, self.rated)
    }
    pub fn rating_coverage(&self) -> String {
        percent(self.rated, self.closed)
    }
    /// Under 30 % coverage a satisfaction says little.
    pub fn is_sample_small(&self) -> bool {
        per_mille(self.rated, self.closed).is_some_and(|coverage| coverage < 300)
    }
    /// A figure by the word of the dictionary; rates in tenths of a percent, times in tenths of workdays.
    pub fn value(&self, word: &str) -> Option<i64> {
        Some(match word {
            "groups" => self.groups,
            "cadres" => self.cadres,
            "companies" => self.companies,
            "visits" => self.visits,
            "visited_enterprises" => self.visited,
            "symposiums" => self.symposiums,
            "collected" => self.collected,
            "resolved" => self.resolved,
            "closed" => self.closed,
            "open" => self.open(),
            "overdue_open" => self.overdue,
            "replied" => self.replied,
            "closed_unrated" => self.closed_unrated,
            "answered" => self.answered,
            "confirmed" => self.confirmed,
            "rated" => self.rated,
            "satisfied" => self.satisfied,
            "closings" => self.closings,
            "reopenings" => self.reopenings,
            "false_closures" => self.false_closures,
            "net_closings" => self.net_closings(),
            "due" => self.due,
            "on_time" => self.on_time,
            "due_extended" => self.due_extended,
            "on_time_extended" => self.on_time_extended,
            "needing_contact" => self.needing_contact,
            "responded" => self.responded,
            "covered" => return self.costly.map(|costly| costly.covered),
            "recurred" => return self.costly.map(|costly| costly.recurred),
            "timed" => return self.costly.map(|costly| costly.timed),
            // Yes is 1. Where nothing was collected there is nothing to say.
            "dynamic_zero" => return (self.collected > 0).then_some(i64::from(self.overdue == 0)),
            "mean_workdays" => return self.costly.and_then(|costly| mean(costly.workdays, costly.timed)),
            "median_workdays" => return self.costly.and_then(|costly| costly.median),
            "on_time_rate" => return per_mille(self.on_time, self.due),
            "on_time_extended_rate" => return per_mille(self.on_time_extended, self.due_extended),
            "response_rate" => return per_mille(self.responded, self.needing_contact),
            "recurrence" => return self.costly.and_then(|costly| per_mille(costly.recurred, self.closed)),
            "coverage" => return self.costly.and_then(|costly| per_mille(costly.covered, self.companies)),
            "resolution_rate" => return per_mille(self.resolved, self.collected),
            "closure_rate" => return per_mille(self.closed, self.collected),
            "confirmed_rate" => return per_mille(self.confirmed, self.answered),
            "satisfaction_rate" => return per_mille(self.satisfied, self.rated),
            "rating_coverage" => return per_mille(self.rated, self.closed),
            _ => return None,
        })
    }

    /// A figure as pages and texts write it; blank without a denominator.
    pub fn text(&self, one: &Indicator) -> String {
        match self.written(one) {
            Written::Blank => String::new(),
            Written::Count(count) => count.to_string(),
            Written::Percent(mille) => format!("{}%", tenths(mille)),
            Written::Days(days) => tenths(days),
            Written::Is(true) => "是".into(),
            Written::Is(false) => "否".into(),
        }
    }

    pub fn written(&self, one: &Indicator) -> Written {
        let Some(value) = self.value(one.word) else { return Written::Blank };
        match one.rounding {
            Rounding::Whole => Written::Count(value),
            Rounding::Truncated | Rounding::HalfUp(_) => Written::Percent(value),
            Rounding::Days => Written::Days(value),
            Rounding::YesNo => Written::Is(value == 1),
        }
    }
}

/// Counts add up. A median does not: what is costly is made of the whole.
impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.groups += other.groups;
        self.cadres += other.cadres;
        self.companies += other.companies;
        self.visits += other.visits;
        self.visited += other.visited;
        self.symposiums += other.symposiums;
        self.collected += other.collected;
        self.resolved += other.resolved;
        self.closed += other.closed;
        self.overdue += other.overdue;
        self.replied += other.replied;
        self.closed_unrated += other.closed_unrated;
        self.answered += other.answered;
        self.confirmed += other.confirmed;
        self.rated += other.rated;
        self.satisfied += other.satisfied;
        self.closings += other.closings;
        self.reopenings += other.reopenings;
        self.false_closures += other.false_closures;
        self.due += other.due;
        self.on_time += other.on_time;
        self.due_extended += other.due_extended;
        self.on_time_extended += other.on_time_extended;
        self.needing_contact += other.needing_contact;
        self.responded += other.responded;
    }
}
