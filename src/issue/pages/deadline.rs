//! Day by day how a problem's limit came about, or that of one co-handling unit, and in whose hands it was.
use crate::{
    access::{Scope, Viewer},
    calendar::{Light, WORKDAY_MINUTES, shanghai_date, weekday_name},
    directory::{self, Directory},
    error::Error,
    form::Form,
    issue::{
        Issue,
        apply::Context,
        clockwork::{Clock, Clockwork, Hand, working_minutes},
        for_company,
        pages::{
            date_time,
            days::{Cell, Marked, reckoned},
        },
        perform::{city_area_id, load},
        query,
        workflow::*,
    },
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{Datelike, NaiveDate};

#[derive(Template)]
#[template(path = "issue/deadline.html")]
struct DeadlinePage {
    shell: Shell,
    issue: Issue,
    /// The co-handling unit whose limit it is, and what became of it.
    unit: Option<(String, String)>,
    /// (address, name) of the co-handling units, which have their own.
    units: Vec<(String, String)>,
    /// What is due: 答复, or 协办反馈.
    what: &'static str,
    light: Light,
    /// There is something to be late with.
    runs: bool,
    /// What started the clock, when, by which limit, and how that is reckoned.
    started: Option<(&'static str, String, String, String)>,
    /// What moved it, by how many workdays.
    moves: Vec<(&'static str, i64)>,
    due: String,
    /// The clock stands still, and since when: then the reply's limit will move.
    stopped: Option<(&'static str, NaiveDate)>,
    due_estimated: bool,
    /// What started the step in hand, when, by which limit, and how that is reckoned.
    step_started: Option<(&'static str, String, String, String)>,
    step_due: String,
    step_estimated: bool,
    pad: usize,
    cells: Vec<Cell>,
    lines: Vec<Line>,
    holders: Vec<(String, String, i64)>,
    elapsed: i64,
}

struct Line {
    on: NaiveDate,
    weekday: &'static str,
    why: String,
    counted: String,
    hands: Vec<(String, i64)>,
    steps: String,
    class: &'static str,
}

fn name(hand: Hand, issue: &Issue, directory: &Directory) -> String {
    match hand {
        Hand::Office(id) => format!("{}助企办", directory.area_name(id)),
        Hand::Unit(id) => directory.unit_name(id).to_owned(),
        Hand::Company => issue.enterprise_name.clone(),
        Hand::Merged => "已并案".into(),
        Hand::Nobody => "已办结".into(),
    }
}

/// 2 个工作日 90 分钟.
fn spent(minutes: i64) -> String {
    match (minutes / WORKDAY_MINUTES, minutes % WORKDAY_MINUTES) {
        (0, rest) => format!("{rest} 分钟"),
        (days, 0) => format!("{days} 个工作日"),
        (days, rest) => format!("{days} 个工作日 {rest} 分钟"),
    }
}

pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    number: web::Path<String>,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let form = Form(asked.into_inner());
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let read = app.db.read(move |conn| {
        let issue = query::find(conn, scope, &number)?;
        let directory = directory::current(conn)?;
        let mut events = query::events(conn, issue.id)?;
        events.reverse();
        let dossier = load(conn, issue)?;
        let issue = &dossier.issue;
        let context = Context::new(city_area_id(conn)?, &directory.rules);
        let mut work = Clockwork::of(issue, &dossier.detail, &events, context, now)?;
        // What the units answer each other is not told to a company.
        let co_units: Vec<_> =
            dossier.active_units().filter(|unit| unit.part == Part::Co && viewer.is_official()).collect();
        let unit = match form.text("unit") {
            "" => None,
            id => Some(*co_units.iter().find(|unit| unit.unit_id.to_string() == id).ok_or(Error::NotFound)?),
        };
        if let Some(unit) = unit {
            work = work.of_unit(unit).ok_or(Error::NotFound)?;
        }
        // A unit's own limit is its only one.
        let due_at = unit.map_or(issue.due_at, |unit| unit.due_at);
        // The reply's own limit is told above.
        let step_due_at = if unit.is_some() || issue.step_limit == StepLimit::Reply {
            crate::time::Time::NEVER
        } else {
            issue.step_due_at
        };
        let runs = unit.map_or(issue.is_open(), |unit| dossier.awaits(unit));
        let what = if unit.is_some() { StepLimit::CoReply.label() } else { StepLimit::Reply.label() };
        let end = work.stretches.last().map_or(now, |stretch| stretch.until);
        // A closed problem keeps the calendar that it was closed by.
        let calendar = directory.rules.calendar(if issue.is_open() { now } else { end });
        let day = |at: crate::time::Time| at.some().map(shanghai_date);
        let marked = Marked {
            what,
            started: work.clock.as_ref().map(|clock| shanghai_date(clock.started_at)),
            due: day(due_at).filter(|_| work.stopped().is_none()),
            step_due: day(step_due_at),
            step: issue.step_limit,
            today: issue.is_open().then(|| shanghai_date(now)),
            last: shanghai_date(end),
        };
        let today = shanghai_date(end);
        let running = [marked.due, marked.step_due].into_iter().flatten().filter(|_| issue.is_open());
        let until = running.chain([today]).max().unwrap_or(today);
        let days = work.days(calendar, until, today);
        let strip: Vec<_> = days.iter().filter(|day| marked.started.is_none_or(|started| day.on >= started)).collect();
        // A company is not told what is between office and units.
        let done: Vec<(NaiveDate, &str)> = if viewer.is_official() {
            work.steps.iter().map(|(on, action)| (*on, action.label())).collect()
        } else {
            let lines = for_company::lines(&events, &directory)?;
            lines.iter().map(|line| (shanghai_date(line.at), line.label)).collect()
        };
        let lines = days.iter().map(|day| Line {
            on: day.on,
            weekday: weekday_name(day.on),
            why: calendar.why(day.on),
            counted: marked.counted(day),
            hands: day.hands.iter().map(|(hand, minutes)| (name(*hand, issue, &directory), *minutes)).collect(),
            steps: done.iter().filter(|(on, _)| *on == day.on).map(|(_, label)| *label).collect::<Vec<_>>().join("、"),
            class: if day.number.is_some() || (day.workday && !day.paused) { "" } else { "void" },
        });
        let first = work.stretches.first().map_or(now, |stretch| stretch.from);
        let holders: Vec<_> = work
            .holders(calendar)
            .into_iter()
            .map(|(hand, minutes)| (name(hand, issue, &directory), spent(minutes), minutes))
            .collect();
        let told = |clock: &Clock| {
            (clock.by.label(), date_time(clock.started_at), clock.limit.label(), reckoned(clock, calendar))
        };
        let estimated = |on: Option<NaiveDate>| on.is_some_and(|on| calendar.is_estimated(on));
        let crumbs = [
            ("问题台账", Some("/issues")),
            (&*issue.number, Some(&*format!("/issues/{}", issue.number))),
            ("时限", None),
        ];
        Ok(DeadlinePage {
            shell: Shell::load(conn, &frame, &viewer, &crumbs)?,
            runs,
            light: match unit {
                _ if !runs => Light::Still,
                Some(unit) => Light::of(calendar, unit.due_at, now),
                None => Light::of(calendar, issue.step_due_at, now),
            },
            unit: unit.map(|unit| {
                let replied = match unit.replied_at.some() {
                    Some(at) => format!("{} 已反馈", date_time(at)),
                    None => "还没有反馈".to_owned(),
                };
                (directory.unit_name(Some(unit.unit_id)).to_owned(), replied)
            }),
            units: co_units
                .iter()
                .map(|unit| {
                    let path = format!("/issues/{}/deadline?unit={}", issue.number, unit.unit_id);
                    (path, directory.unit_name(Some(unit.unit_id)).to_owned())
                })
                .collect(),
            what,
            started: work.clock.as_ref().map(told),
            moves: work
                .clock
                .iter()
                .flat_map(|clock| clock.moves.iter().map(|(action, days)| (action.label(), *days)))
                .collect(),
            due: date_time(due_at),
            stopped: work.stopped().map(|one| (one.by.label(), one.from)),
            step_started: work.step.as_ref().filter(|_| issue.is_open()).map(|(_, clock)| told(clock)),
            due_estimated: estimated(day(due_at)),
            step_due: date_time(step_due_at),
            step_estimated: estimated(marked.step_due),
            pad: strip.first().map_or(0, |day| day.on.weekday().num_days_from_monday() as usize),
            cells: strip.iter().enumerate().map(|(index, day)| marked.cell(index, day)).collect(),
            lines: lines.collect(),
            holders,
            elapsed: working_minutes(calendar, first, end),
            issue: issue.clone(),
        })
    });
    page::show(&read.await?)
}
