//! What the city decides: its workday calendar, its deadline templates, and what its figures begin with. Every saved
//! version is kept, so that a limit is explained, and a history replayed, by what was in force when the step was done.
pub mod draft;
pub mod notice;
pub mod pages_calendar;
pub mod pages_deadlines;
pub mod pages_reporting;
pub mod query;
pub mod reporting;
pub mod template;

pub use reporting::Reporting;
pub use template::{Deadlines, Rule, Template};

use crate::{calendar::Calendar, time::Time};
use std::sync::{Arc, LazyLock};

crate::text_enum! {
    pub enum Kind {
        Calendar = "calendar", "工作日历";
        Deadlines = "deadlines", "时限模板";
        Reporting = "reporting", "统计设置";
    }
}

/// All versions, the oldest first; the oldest counts for everything before it too.
#[derive(Debug)]
pub struct Rules {
    calendars: Vec<(Time, Arc<Calendar>)>,
    deadlines: Vec<(Time, Arc<Deadlines>)>,
    reporting: Reporting,
}

static OFFICIAL: LazyLock<Arc<Rules>> =
    LazyLock::new(|| Arc::new(Rules::of(Vec::new(), Vec::new(), Reporting::default())));

fn at<T>(versions: &[(Time, Arc<T>)], moment: Time) -> &Arc<T> {
    let later = versions.partition_point(|(from, _)| *from <= moment);
    &versions[later.saturating_sub(1)].1
}

impl Rules {
    /// What the program brings along.
    pub fn official() -> &'static Arc<Self> {
        &OFFICIAL
    }

    fn of(
        mut calendars: Vec<(Time, Arc<Calendar>)>,
        mut deadlines: Vec<(Time, Arc<Deadlines>)>,
        reporting: Reporting,
    ) -> Self {
        if calendars.is_empty() {
            calendars.push((Time(i64::MIN), Calendar::official().clone()));
        }
        if deadlines.is_empty() {
            deadlines.push((Time(i64::MIN), Arc::default()));
        }
        Self { calendars, deadlines, reporting }
    }

    pub fn calendar(&self, moment: Time) -> &Arc<Calendar> {
        at(&self.calendars, moment)
    }
    pub fn deadlines(&self, moment: Time) -> &Arc<Deadlines> {
        at(&self.deadlines, moment)
    }
    /// The newest version alone: figures of a past moment are counted by it too.
    pub fn reporting(&self) -> &Reporting {
        &self.reporting
    }

    /// When the newest version was saved: no step is done before it, so that the moment tells by which version it was.
    pub fn since(&self) -> Time {
        let newest = |last: Option<Time>| last.unwrap_or(Time(i64::MIN));
        newest(self.calendars.last().map(|one| one.0)).max(newest(self.deadlines.last().map(|one| one.0)))
    }

    /// The same rules with this calendar from now on: to see what a change would do before it is saved.
    pub fn with_calendar(&self, calendar: Calendar, from: Time) -> Self {
        let mut calendars = self.calendars.clone();
        calendars.push((from, Arc::new(calendar)));
        Self { calendars, deadlines: self.deadlines.clone(), reporting: self.reporting.clone() }
    }
}
