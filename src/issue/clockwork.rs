//! How a limit came about: in whose hands the problem was, when the reply's clock started, what stopped or moved it.
//! Derived from the events alone, so that what it says can be held against what is stored.
use super::{
    Dossier, Issue, IssueDetail, IssueUnit, apply::Context, deadline::SUPPLEMENT_DAYS, event::Event, replay::replay,
    workflow::*,
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
    /// It rests with the main issue.
    Merged,
    Nobody,
}

impl Hand {
    fn of(issue: &Issue) -> Self {
        match issue.status.holder() {
            Holder::Office => Self::Office(issue.office_area_id),
            Holder::Unit => Self::Unit(issue.lead_unit_id),
            Holder::Enterprise => Self::Company,
            Holder::Void if issue.status == Status::Merged => Self::Merged,
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

/// A limit that runs: the reply's, a co-handling unit's, that of the step in hand.
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

    /// Where it ends before anything moves it; a limit in months or natural days was rolled forward to there.
    fn ends_on(&self, calendar: &Calendar) -> NaiveDate {
        calendar.due(shanghai_date(self.started_at), self.limit).on
    }

    /// Only because of days off the limit does not end yet.
    fn rolls(&self, calendar: &Calendar, on: NaiveDate) -> bool {
        let end = self.limit.calendar_day(shanghai_date(self.started_at));
        end.is_some_and(|end| on > end && on <= self.ends_on(calendar))
    }

    /// A month and natural days count every day; what moves them, like every other limit, is in workdays.
    fn counts(&self, calendar: &Calendar, on: NaiveDate) -> bool {
        match self.limit.calendar_day(shanghai_date(self.started_at)) {
            Some(end) if on <= end => true,
            Some(_) => calendar.is_workday(on) && !self.rolls(calendar, on),
            None => calendar.is_workday(on),
        }
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
    /// The limit of the step in hand.
    pub step: Option<(StepLimit, Clock)>,
    /// Those of the co-handling units.
    co_clocks: Vec<CoClock>,
    /// When the unit had replied: its clock counts no further until it has to do it again.
    replied_at: Option<Time>,
    /// The clock of the first dispatch, to which a new dispatch returns.
    first: Option<Clock>,
}

#[derive(Debug)]
struct CoClock {
    unit_id: i64,
    given_at: Time,
    clock: Clock,
}

/// One day of the ledger.
#[derive(Debug)]
pub struct Day {
    pub on: NaiveDate,
    pub workday: bool,
    /// Which day of the reply's limit it is.
    pub number: Option<i64>,
    /// The limit would have ended before, but for days off.
    pub rolls: bool,
    /// Which day of the limit of the step in hand it is, where that is another one.
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

/// By the template where that is what is stored; any other limit was told in workdays.
fn step_clock(after: &Dossier, by: Action, at: Time, context: Context) -> Clock {
    let (calendar, due_at) = (context.calendar(at), after.issue.step_due_at);
    let limit = after.template(context, at).of_step(after.issue.step_limit);
    let limit = limit.filter(|limit| calendar.due_at(at, *limit) == due_at);
    let workdays = calendar.workdays_between(shanghai_date(at), shanghai_date(due_at));
    let limit = limit.unwrap_or(Limit::Workdays(u32::try_from(workdays).unwrap_or(0)));
    Clock { started_at: at, by, limit, moves: Vec::new() }
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
            self.step = Some((issue.step_limit, step_clock(after, action, at, context)));
        }
        self.co_units(after, event, context);
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
                let limit = after.template(context, at).rework;
                let again = Clock { started_at: at, by: action, limit, moves: Vec::new() };
                self.clock = Some(again.clone());
                if event.edition().is_ok_and(|edition| edition > 0) {
                    for co in &mut self.co_clocks {
                        co.clock = again.clone();
                    }
                }
            }
            _ if after.issue.due_at.is_never() => self.clock = None,
            _ => {}
        }
    }

    fn co_units(&mut self, after: &Dossier, event: &Event, context: Context) {
        let has = |unit: &IssueUnit, co: &CoClock| unit.unit_id == co.unit_id && unit.given_at == co.given_at;
        let units: Vec<&IssueUnit> = after.active_units().filter(|unit| unit.part == Part::Co).collect();
        self.co_clocks.retain(|co| units.iter().any(|unit| has(unit, co)));
        for unit in units {
            let deadlines = context.rules.deadlines(unit.given_at);
            let template = deadlines.find(&unit.template).unwrap_or(deadlines.usual());
            if let (false, Some(complexity)) = (self.co_clocks.iter().any(|co| has(unit, co)), after.issue.complexity) {
                let limit = template.reply(complexity);
                let clock = Clock { started_at: unit.given_at, by: event.action, limit, moves: Vec::new() };
                self.co_clocks.push(CoClock { unit_id: unit.unit_id, given_at: unit.given_at, clock });
            }
        }
    }

    /// The same days by the clock of a co-handling unit, which knows no other limit.
    pub fn of_unit(self, unit: &IssueUnit) -> Option<Self> {
        let co = self.co_clocks.iter().find(|co| co.unit_id == unit.unit_id)?;
        let clock = Some(co.clock.clone());
        Some(Self { clock, step: None, replied_at: unit.replied_at.some().or(self.replied_at), ..self })
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
            // Long-term tracking does not stop the first clock.
            self.moved(action, stood, before.issue.status != Status::LongTerm);
        }
    }

    fn moved(&mut self, action: Action, days: i64, first: bool) {
        if days > 0 {
            let clocks = [self.clock.as_mut(), self.first.as_mut().filter(|_| first)];
            for clock in clocks.into_iter().flatten() {
                clock.moves.push((action, days));
            }
            // An extension is the lead unit's alone.
            if action != Action::GrantExtension {
                for co in &mut self.co_clocks {
                    co.clock.moves.push((action, days));
                }
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
        let step = self.step.as_ref().filter(|(limit, _)| *limit != StepLimit::Reply).map(|(_, clock)| clock);
        let stepped = step.map(|clock| shanghai_date(clock.started_at));
        let (mut number, mut step_number) = (0, 0);
        let line = |on: NaiveDate| {
            let workday = calendar.is_workday(on);
            let stands = paused.contains(&on) || (stopped && workday && on > today);
            let runs = started.is_some_and(|started| on > started) && replied.is_none_or(|replied| on <= replied);
            let clock = self.clock.as_ref().filter(|_| runs && !stands && !(stopped && on > today));
            let counted = clock.is_some_and(|clock| clock.counts(calendar, on));
            number += i64::from(counted);
            let steps = step.is_some_and(|clock| clock.counts(calendar, on)) && stepped.is_some_and(|from| on > from);
            step_number += i64::from(steps);
            Day {
                on,
                workday,
                number: counted.then_some(number),
                rolls: clock.is_some_and(|clock| clock.rolls(calendar, on)),
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
