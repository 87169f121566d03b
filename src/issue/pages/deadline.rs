//! Day by day how a problem's limit came about, and in whose hands it was.
use crate::{
    access::{Scope, Viewer},
    calendar::{Light, WORKDAY_MINUTES, shanghai_date, weekday_name},
    directory::{self, Directory},
    issue::{
        Issue,
        apply::Context,
        clockwork::{Clockwork, Hand, working_minutes},
        for_company,
        pages::date_time,
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
    light: Light,
    /// What started the reply's clock, when, by which limit.
    started: Option<(&'static str, String, String)>,
    /// What moved it, by how many workdays.
    moves: Vec<(&'static str, i64)>,
    due: String,
    /// The clock stands still, and since when: then the reply's limit will move.
    stopped: Option<(&'static str, NaiveDate)>,
    due_estimated: bool,
    /// What started the step in hand, when, and how many workdays its limit is away from that.
    step_started: Option<(&'static str, String, i64)>,
    step_due: String,
    step_estimated: bool,
    pad: usize,
    cells: Vec<Cell>,
    lines: Vec<Line>,
    holders: Vec<(String, String, i64)>,
    elapsed: i64,
}

/// A day of the strip.
struct Cell {
    class: &'static str,
    head: String,
    mark: String,
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

struct Marked {
    started: Option<NaiveDate>,
    due: Option<NaiveDate>,
    step_due: Option<NaiveDate>,
    step: StepLimit,
    today: Option<NaiveDate>,
}

impl Marked {
    fn cell(&self, index: usize, day: &crate::issue::clockwork::Day) -> Cell {
        let on = day.on;
        let head = match (self.today == Some(on), index == 0 || on.day() == 1) {
            (true, _) => "今天".to_owned(),
            (_, true) => format!("{}/{}", on.month(), on.day()),
            _ => on.day().to_string(),
        };
        let number = day.number.map(|number| number.to_string());
        let (class, mark) = if self.started == Some(on) {
            ("start", "起".to_owned())
        } else if self.due == Some(on) {
            ("due", "到期".to_owned())
        } else if self.step_due == Some(on) {
            ("due", self.step.label().to_owned())
        } else if self.today == Some(on) {
            ("today", number.unwrap_or_else(|| "·".into()))
        } else if day.paused {
            ("stop", "停".to_owned())
        } else if !day.workday {
            ("off", "休".to_owned())
        } else {
            ("", number.unwrap_or_else(|| "·".into()))
        };
        Cell { class, head, mark }
    }

    fn counted(&self, day: &crate::issue::clockwork::Day) -> String {
        let mut text = match (day.paused, day.number, day.workday) {
            (true, ..) => "停表，不计".to_owned(),
            (_, Some(number), _) if self.due.is_some_and(|due| day.on > due) => format!("第 {number} 天，已过答复时限"),
            (_, Some(number), _) => format!("第 {number} 天"),
            (_, None, false) => "不计".to_owned(),
            (_, None, true) if self.started == Some(day.on) => "起算日，不计".to_owned(),
            (_, None, true) => String::new(),
        };
        if self.due == Some(day.on) {
            text.push_str("，答复到期");
        }
        if let Some(number) = day.step_number {
            text.push_str(&format!("，{}第 {number} 天", self.step.label()));
        }
        if self.step_due == Some(day.on) && self.step != StepLimit::Reply {
            text.push_str(&format!("，{}到期", self.step.label()));
        }
        text.trim_start_matches('，').to_owned()
    }
}

pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    number: web::Path<String>,
) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let read = app.db.read(move |conn| {
        let issue = query::find(conn, scope, &number)?;
        let directory = directory::current(conn)?;
        let mut events = query::events(conn, issue.id)?;
        events.reverse();
        let dossier = load(conn, issue)?;
        let issue = &dossier.issue;
        let context = Context::new(city_area_id(conn)?, &directory.rules);
        let work = Clockwork::of(issue, &dossier.detail, &events, context, now)?;
        let end = work.stretches.last().map_or(now, |stretch| stretch.until);
        // A closed problem keeps the calendar that it was closed by.
        let calendar = directory.rules.calendar(if issue.is_open() { now } else { end });
        let day = |at: crate::time::Time| at.some().map(shanghai_date);
        let marked = Marked {
            started: work.clock.as_ref().map(|clock| shanghai_date(clock.started_at)),
            due: day(issue.due_at).filter(|_| work.stopped().is_none()),
            step_due: day(issue.step_due_at),
            step: issue.step_limit,
            today: issue.is_open().then(|| shanghai_date(now)),
        };
        let today = shanghai_date(end);
        let running = [marked.due, marked.step_due].into_iter().flatten().filter(|_| issue.is_open());
        let until = running.chain([today]).max().unwrap_or(today);
        let days = work.days(calendar, until, today);
        let strip: Vec<_> = days.iter().filter(|day| marked.started.is_none_or(|started| day.on >= started)).collect();
        // A company is not told what is between office and units.
        let told: Vec<(NaiveDate, &str)> = if viewer.is_official() {
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
            steps: told.iter().filter(|(on, _)| *on == day.on).map(|(_, label)| *label).collect::<Vec<_>>().join("、"),
            class: if day.workday && !day.paused { "" } else { "void" },
        });
        let first = work.stretches.first().map_or(now, |stretch| stretch.from);
        let holders: Vec<_> = work
            .holders(calendar)
            .into_iter()
            .map(|(hand, minutes)| (name(hand, issue, &directory), spent(minutes), minutes))
            .collect();
        let estimated = |on: Option<NaiveDate>| on.is_some_and(|on| calendar.is_estimated(on));
        let crumbs = [
            ("问题台账", Some("/issues")),
            (&*issue.number, Some(&*format!("/issues/{}", issue.number))),
            ("时限", None),
        ];
        Ok(DeadlinePage {
            shell: Shell::load(conn, &frame, &viewer, &crumbs)?,
            light: if issue.is_open() { Light::of(calendar, issue.step_due_at, now) } else { Light::Still },
            started: work
                .clock
                .as_ref()
                .map(|clock| (clock.by.label(), date_time(clock.started_at), clock.limit.label())),
            moves: work
                .clock
                .iter()
                .flat_map(|clock| clock.moves.iter().map(|(action, days)| (action.label(), *days)))
                .collect(),
            due: date_time(issue.due_at),
            stopped: work.stopped().map(|one| (one.by.label(), one.from)),
            step_started: work.step.filter(|_| issue.is_open()).map(|(_, action, at)| {
                let days = calendar.workdays_between(shanghai_date(at), shanghai_date(issue.step_due_at));
                (action.label(), date_time(at), days)
            }),
            due_estimated: estimated(day(issue.due_at)),
            step_due: date_time(issue.step_due_at),
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
