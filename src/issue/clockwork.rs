//! How a limit came about: in whose hands the problem was, when the reply's clock started, what stopped or moved it.
//! Derived from the events alone, so that what it says can be held against what is stored.
use super::{
    Dossier, Issue, IssueDetail, apply::Context, deadline::SUPPLEMENT_DAYS, event::Event, replay::replay, workflow::*,
};
use crate::{
    calendar::{Calendar, Limit, WORKDAY_MINUTES, shanghai, shanghai_date},
    error::Result,
    time::Time,
};
use chrono::{NaiveDate, Timelike};

/// Who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// Office of an area.
    Office(i64),
    Unit(Option<i64>),
    Company,
    Nobody,
}

impl Hand {
    fn of(issue: &Issue) -> Self {
        match issue.status.holder() {
            Holder::Office => Self::Office(issue.office_area_id),
            Holder::Unit => Self::Unit(issue.lead_unit_id),
            Holder::Enterprise => Self::Company,
            Holder::Closed | Holder::Void => Self::Nobody,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub hand: Hand,
    pub from: Time,
    pub until: Time,
}

/// The reply's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    pub started_at: Time,
    pub by: Action,
    pub limit: Limit,
    /// Workdays by which steps moved its end.
    pub moves: Vec<(Action, i64)>,
}

impl Clock {
    pub fn due_at(&self, calendar: &Calendar) -> Time {
        let moved = self.moves.iter().map(|(_, days)| days).sum();
        calendar.shift(calendar.due_at(self.started_at, self.limit), moved)
    }
}

/// The clock stands still from the day after `from` on.
#[derive(Debug, Clone, Copy)]
pub struct Pause {
    pub from: NaiveDate,
    /// Whole workdays that it stood still; None: it still does.
    pub stood: Option<i64>,
    pub by: Action,
}

#[derive(Debug, Default)]
pub struct Clockwork {
    pub stretches: Vec<Stretch>,
    pub clock: Option<Clock>,
    pub pauses: Vec<Pause>,
    pub steps: Vec<(NaiveDate, Action)>,
    /// What gave the limit of the step in hand, and when.
    pub step: Option<(StepLimit, Action, Time)>,
    /// When the unit had replied: its clock counts no further until it has to do it again.
    replied_at: Option<Time>,
    /// The clock of the first dispatch, to which a new dispatch returns.
    first: Option<Clock>,
}

/// One day of the ledger.
#[derive(Debug)]
pub struct Day {
    pub on: NaiveDate,
    pub workday: bool,
    /// Which workday of the reply's limit it is.
    pub number: Option<i64>,
    /// Which workday of the limit of the step in hand it is, where that is another one.
    pub step_number: Option<i64>,
    pub paused: bool,
    pub hands: Vec<(Hand, i64)>,
}

/// Working minutes from a fixed moment to `at`; differences of it are exact, whatever lies between.
fn minute(calendar: &Calendar, at: Time) -> i64 {
    let local = shanghai(at);
    let (on, workday) = (local.date(), calendar.is_workday(local.date()));
    let whole = calendar.workdays_between(NaiveDate::default(), on) - i64::from(workday);
    let today = i64::from(local.hour() * 60 + local.minute());
    whole * WORKDAY_MINUTES + if workday { today } else { 0 }
}

pub fn working_minutes(calendar: &Calendar, from: Time, until: Time) -> i64 {
    minute(calendar, until) - minute(calendar, from)
}

impl Clockwork {
    pub fn of(issue: &Issue, detail: &IssueDetail, events: &[Event], context: Context, now: Time) -> Result<Self> {
        let mut work = Self::default();
        let mut before: Option<Dossier> = None;
        replay(issue, detail, events, context, |event, after| {
            work.step(event, before.as_ref(), after, context);
            before = Some(after.clone());
            Ok(())
        })?;
        let end = if issue.status.is_final() { events.last().map_or(now, |last| last.happened_at) } else { now };
        if let Some(last) = work.stretches.last_mut() {
            last.until = end.max(last.from);
        }
        Ok(work)
    }

    fn step(&mut self, event: &Event, before: Option<&Dossier>, after: &Dossier, context: Context) {
        let (at, action) = (event.happened_at, event.action);
        self.steps.push((shanghai_date(at), action));
        let hand = Hand::of(&after.issue);
        match self.stretches.last_mut() {
            Some(last) if last.hand == hand => {}
            last => {
                if let Some(last) = last {
                    last.until = at;
                }
                self.stretches.push(Stretch { hand, from: at, until: at });
            }
        }
        let issue = &after.issue;
        let was = before.map(|before| (before.issue.step_limit, before.issue.step_due_at));
        // What moves a limit does not start it.
        let moves = matches!(action, Action::Recalculate | Action::GrantExtension);
        if issue.step_due_at.is_never() {
            self.step = None;
        } else if !moves && was != Some((issue.step_limit, issue.step_due_at)) {
            self.step = Some((issue.step_limit, action, at));
        }
        let waits =
            matches!(issue.status, Status::Replied | Status::AwaitingRating | Status::Disputed | Status::Closed);
        self.replied_at = waits.then(|| self.replied_at.unwrap_or(at));
        let Some(before) = before else { return };
        self.pause(at, action, before, after);
        let fresh = |limit: Limit| Some(Clock { started_at: at, by: action, limit, moves: Vec::new() });
        match action {
            Action::Dispatch => {
                if let (true, Some(complexity)) = (before.detail.dispatched_at.is_never(), after.issue.complexity) {
                    self.first = fresh(after.template(context, at).reply(complexity));
                }
                self.clock.clone_from(&self.first);
            }
            Action::UpholdReturn => (self.first, self.clock) = (None, None),
            Action::GrantExtension => self.moved(action, after.detail.extended_days, false),
            Action::UpholdDispute | Action::Reopen | Action::FindFalse | Action::ReviewOnSite
                if after.issue.status == Status::InProgress =>
            {
                self.clock = fresh(after.template(context, at).rework);
            }
            _ if after.issue.due_at.is_never() => self.clock = None,
            _ => {}
        }
    }

    fn pause(&mut self, at: Time, action: Action, before: &Dossier, after: &Dossier) {
        let (was, is) = (before.detail.paused_at, after.detail.paused_at);
        if was.is_never() && !is.is_never() {
            self.pauses.push(Pause { from: shanghai_date(at), stood: None, by: action });
        } else if !was.is_never() && is.is_never() {
            let stood = (after.detail.paused_days - before.detail.paused_days).max(0);
            if let Some(last) = self.pauses.last_mut() {
                last.stood = Some(stood);
            }
            // Only waiting for the company stops the first clock.
            self.moved(action, stood, matches!(action, Action::Supplement | Action::SupplementTimeout));
        }
    }

    fn moved(&mut self, action: Action, days: i64, first: bool) {
        if days > 0 {
            let clocks = [self.clock.as_mut(), self.first.as_mut().filter(|_| first)];
            for clock in clocks.into_iter().flatten() {
                clock.moves.push((action, days));
            }
        }
    }

    /// The pause that still lasts.
    pub fn stopped(&self) -> Option<&Pause> {
        self.pauses.last().filter(|one| one.stood.is_none())
    }

    /// Each hand with its working minutes, in the order in which they had it first.
    pub fn holders(&self, calendar: &Calendar) -> Vec<(Hand, i64)> {
        let mut holders: Vec<(Hand, i64)> = Vec::new();
        for stretch in &self.stretches {
            let minutes = working_minutes(calendar, stretch.from, stretch.until);
            match holders.iter_mut().find(|(hand, _)| *hand == stretch.hand) {
                Some((_, sum)) => *sum += minutes,
                None => holders.push((stretch.hand, minutes)),
            }
        }
        holders
    }

    /// Workdays on which the clock stood still, in order.
    fn paused_days(&self, calendar: &Calendar, today: NaiveDate) -> Vec<NaiveDate> {
        let days = |pause: &Pause| {
            let most = match (pause.stood, pause.by) {
                (Some(stood), _) => stood,
                (None, Action::RequestSupplement) => {
                    calendar.workdays_between(pause.from, today).clamp(0, i64::from(SUPPLEMENT_DAYS))
                }
                (None, _) => calendar.workdays_between(pause.from, today).max(0),
            };
            let days = pause.from.iter_days().skip(1).filter(|on| calendar.is_workday(*on));
            days.take(usize::try_from(most).unwrap_or(0)).collect::<Vec<_>>()
        };
        self.pauses.iter().flat_map(days).collect()
    }

    /// From the first day to `until`, each with what it counted and who had the problem.
    pub fn days(&self, calendar: &Calendar, until: NaiveDate, today: NaiveDate) -> Vec<Day> {
        let Some(first) = self.stretches.first().map(|stretch| shanghai_date(stretch.from)) else { return Vec::new() };
        let paused = self.paused_days(calendar, today);
        let started = self.clock.as_ref().map(|clock| shanghai_date(clock.started_at));
        let replied = self.replied_at.map(shanghai_date);
        // When it will run again nobody knows yet.
        let stopped = self.stopped().is_some();
        let stepped = self.step.filter(|(limit, ..)| *limit != StepLimit::Reply).map(|(.., at)| shanghai_date(at));
        let (mut number, mut step_number) = (0, 0);
        let line = |on: NaiveDate| {
            let workday = calendar.is_workday(on);
            let stands = paused.contains(&on) || (stopped && workday && on > today);
            let runs = started.is_some_and(|started| on > started) && replied.is_none_or(|replied| on <= replied);
            let counted = workday && !stands && runs;
            number += i64::from(counted);
            let steps = workday && stepped.is_some_and(|stepped| on > stepped);
            step_number += i64::from(steps);
            Day {
                on,
                workday,
                number: counted.then_some(number),
                step_number: steps.then_some(step_number),
                paused: stands,
                hands: self.hands_on(calendar, on),
            }
        };
        first.iter_days().take_while(|on| *on <= until).map(line).collect()
    }

    fn hands_on(&self, calendar: &Calendar, on: NaiveDate) -> Vec<(Hand, i64)> {
        use crate::calendar::{start_of_day, start_of_next_day};
        let (begin, end) = (start_of_day(on), start_of_next_day(on));
        let mut hands: Vec<(Hand, i64)> = Vec::new();
        for stretch in &self.stretches {
            let (from, until) = (stretch.from.max(begin), stretch.until.min(end));
            if stretch.hand == Hand::Nobody || from > until || from >= end {
                continue;
            }
            let minutes = working_minutes(calendar, from, until);
            match hands.last_mut() {
                Some((hand, sum)) if *hand == stretch.hand => *sum += minutes,
                _ => hands.push((stretch.hand, minutes)),
            }
        }
        hands
    }
}
