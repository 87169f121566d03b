//! The workday calendar: a year to look at, a change to try out, and its saving with all that moves by it.
use super::{
    Kind,
    draft::{self, Change, Month},
    notice, query,
};
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    calendar::{Calendar, Years, shanghai_date},
    db::Conn,
    directory::{self, Directory},
    error::{Error, Invalid, Result},
    form::Form,
    issue::{pages::date, recalculate},
    once,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{Datelike, NaiveDate};

/// Issues that the preview names.
const NAMED: usize = 50;

#[derive(Template)]
#[template(path = "rules/calendar.html")]
struct CalendarPage {
    /// Sentences that name a day were not understood.
    has_missed: bool,
    shell: Shell,
    invalid: Invalid,
    form: Form,
    year: i32,
    years: Vec<i32>,
    /// Holidays of the year that are not entered yet.
    missing: Vec<&'static str>,
    months: Vec<Month>,
    sentences: Vec<notice::Sentence>,
    versions: Vec<query::Version>,
}

#[derive(serde::Deserialize)]
pub struct Asked {
    year: Option<i32>,
}

fn build(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    now: Time,
    mut form: Form,
    invalid: Invalid,
    sentences: Vec<notice::Sentence>,
) -> Result<CalendarPage> {
    let shell = Shell::load(conn, frame, viewer, &[("工作日历", None)])?;
    let rules = directory::current(conn)?.rules.clone();
    let calendar = rules.calendar(now);
    let year = form.parse("year").unwrap_or(shanghai_date(now).year()).clamp(2000, 2100);
    if !form.has("year") {
        form.set("year", year.to_string());
    }
    let mut years: Vec<i32> = calendar.years().keys().copied().collect();
    years.extend(years.last().map(|last| last + 1));
    let mut versions = query::versions(conn, Kind::Calendar)?;
    versions.reverse();
    Ok(CalendarPage {
        shell,
        invalid,
        year,
        years,
        missing: calendar.years().get(&year).cloned().unwrap_or_default().missing(),
        months: draft::months(calendar, year),
        has_missed: sentences.iter().any(notice::Sentence::is_missed),
        sentences,
        versions,
        form,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, asked: web::Query<Asked>) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let mut form = Form::default();
    if let Some(year) = asked.year {
        form.set("year", year.to_string());
    }
    let read = move |conn: &mut Conn| build(conn, &frame, &viewer, now, form, Invalid::default(), Vec::new());
    page::show(&app.db.read(read).await?)
}

/// What the form makes of the saved years.
struct Draft {
    years: Years,
    sentences: Vec<notice::Sentence>,
    invalid: Invalid,
}

fn drafted(saved: &Years, form: &Form) -> Draft {
    let (mut invalid, mut sentences) = (Invalid::default(), Vec::new());
    let mut years = saved.clone();
    if form.has("draft") && form.text("draft") != "{}" {
        match draft::from_json(form.text("draft")) {
            Ok(changed) => years = draft::merged(saved, changed),
            Err(why) => invalid.add("", format!("改动{why}")),
        }
    }
    if form.has("notice") {
        match form.parse::<i32>("year").filter(|year| (2000..=2100).contains(year)) {
            None => invalid.add("year", "请填写通知说的是哪一年，例如 2027"),
            Some(year) => {
                let read = notice::read(form.text("notice"), year);
                if read.days_off.is_empty() {
                    invalid.add("notice", "没有读出放假的日子，请贴通知里“元旦：1月1日……”这样的正文");
                } else if let Err(why) = draft::with_notice(&mut years, &read, year) {
                    invalid.add("notice", why);
                }
                sentences = read.sentences;
                if sentences.iter().any(notice::Sentence::is_missed) && !form.has("skip_missed") {
                    let why = "有写着日期的句子没有读懂，下面标出了原因；请改写，或者勾选“没有读懂的不要了”";
                    invalid.add("notice", why);
                }
            }
        }
    } else if form.has("json") {
        match draft::from_json(form.text("json")) {
            Ok(imported) => years = draft::merged(&years, imported),
            Err(why) => invalid.add("json", why),
        }
    } else if form.has("day") {
        match form.parse::<NaiveDate>("day").filter(|on| (2000..=2100).contains(&on.year())) {
            Some(on) => {
                form.limited("why", 20, &mut invalid);
                draft::toggle(&mut years, on, form.text("why"));
            }
            None => invalid.add("", "没有这一天"),
        }
    } else if !form.has("draft") {
        invalid.add("notice", "请贴上通知，或者点选日子、导入 JSON");
    }
    Draft { years, sentences, invalid }
}

fn calendar_of(years: Years, invalid: &mut Invalid) -> Option<Calendar> {
    let calendar = Calendar::of(years);
    if calendar.is_none() {
        invalid.add("year", "年份要连着：请先录入中间缺的那一年");
    }
    calendar
}

#[derive(Template)]
#[template(path = "rules/calendar_preview.html")]
struct PreviewPage {
    shell: Shell,
    invalid: Invalid,
    form: Form,
    year: i32,
    months: Vec<Month>,
    sentences: Vec<notice::Sentence>,
    changes: Vec<Change>,
    draft: String,
    /// Number of the newest version that the draft was made from.
    base: i64,
    open: usize,
    moved: usize,
    rows: Vec<Row>,
    left: Vec<String>,
}

/// Without the problem itself, which is nothing of who keeps the calendar.
struct Row {
    number: String,
    /// Who has the limit.
    unit: String,
    /// What is limited, before, after.
    limits: Vec<(&'static str, String, String)>,
}

impl Row {
    fn of(moved: &recalculate::Moved, directory: &Directory) -> Self {
        let (before, after) = (&moved.before, &moved.after);
        let limits = [
            (moved.issue.step_limit.label(), before.step_due_at, after.step_due_at),
            ("答复", before.due_at, after.due_at),
            ("首次时限", before.original_due_at, after.original_due_at),
        ];
        let differ = limits.into_iter().filter(|(_, before, after)| before != after);
        let mut limits: Vec<_> = differ.map(|(what, before, after)| (what, date(before), date(after))).collect();
        limits.dedup();
        let unit = match moved.issue.lead_unit_id {
            Some(id) => directory.unit_name(Some(id)).to_owned(),
            None => format!("{}助企办", directory.area_name(moved.issue.office_area_id)),
        };
        Self { number: moved.issue.number.clone(), unit, limits }
    }
}

fn newest(conn: &mut Conn) -> Result<i64> {
    Ok(query::versions(conn, Kind::Calendar)?.last().map_or(0, |version| version.id))
}

/// The preview, or the page with what must be mended.
enum Tried {
    Preview(Box<PreviewPage>),
    Refused(Box<CalendarPage>),
}

fn try_out(
    conn: &mut Conn,
    frame: &Frame,
    viewer: &Viewer,
    now: Time,
    form: Form,
    refused: Option<Invalid>,
) -> Result<Tried> {
    let directory = directory::current(conn)?;
    let rules = directory.rules.clone();
    let saved = rules.calendar(now);
    let Draft { years, sentences, mut invalid } = drafted(saved.years(), &form);
    let draft = serde_json::to_string(&draft::changed(saved.years(), &years))?;
    let calendar = if invalid.is_empty() { calendar_of(years, &mut invalid) } else { None };
    let Some(calendar) = calendar else {
        return Ok(Tried::Refused(Box::new(build(conn, frame, viewer, now, form, invalid, sentences)?)));
    };
    let changes = draft::changes(saved, &calendar);
    let day_year = form.parse::<NaiveDate>("day").map(|on| on.year());
    let year = day_year.or(form.parse("year")).or(changes.first().map(|one| one.on.year()));
    let year = year.unwrap_or(shanghai_date(now).year());
    let months = draft::months(&calendar, year);
    let plan = recalculate::plan(conn, &rules, calendar, now)?;
    Ok(Tried::Preview(Box::new(PreviewPage {
        shell: Shell::load(conn, frame, viewer, &[("工作日历", Some("/calendar")), ("改动", None)])?,
        invalid: refused.unwrap_or_default(),
        year,
        months,
        sentences,
        changes,
        draft,
        base: newest(conn)?,
        open: plan.open,
        moved: plan.moved.len(),
        rows: plan.moved.iter().take(NAMED).map(|moved| Row::of(moved, &directory)).collect(),
        left: plan.left,
        form,
    })))
}

async fn tried(app: &AppData, request: &HttpRequest, viewer: Viewer, form: Form, refused: Option<Invalid>) -> Answer {
    let (frame, now) = (Frame::of(app, request), app.now());
    let mend = refused.is_some();
    match app.db.snapshot(move |conn| try_out(conn, &frame, &viewer, now, form, refused)).await? {
        Tried::Preview(preview) if mend => page::refuse(&*preview),
        Tried::Preview(preview) => page::show(&*preview),
        Tried::Refused(page) => page::refuse(&*page),
    }
}

pub async fn preview(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, form: Form) -> Answer {
    tried(&app, &request, viewer, form, None).await
}

/// Saves the calendar and moves the limits, all or nothing.
fn change(conn: &mut Conn, viewer: &Viewer, address: &str, form: &Form, now: Time) -> Result<String> {
    let mut invalid = Invalid::default();
    let reason = form.required("reason", "请写明改日历的依据，例如 国办发明电〔2026〕8号", &mut invalid);
    form.limited("reason", 200, &mut invalid);
    if form.parse("base") != Some(newest(conn)?) {
        invalid.add("", "您打开页面以后别人改过日历，下面是按新日历重新推算的结果，请再看一遍");
    }
    let rules = directory::current(conn)?.rules.clone();
    let saved = rules.calendar(now);
    let Draft { years, invalid: unread, .. } = drafted(saved.years(), form);
    invalid.0.extend(unread.0);
    let days = changed_days(saved, &years);
    if days == 0 {
        invalid.add("", "日历没有变动，不用保存");
    }
    let calendar = calendar_of(years, &mut invalid);
    invalid.check()?;
    let Some(calendar) = calendar else { return Err(Error::internal("a calendar without years")) };
    let year = calendar.years().keys().next_back().copied().unwrap_or_default();
    let stored = Calendar::of(calendar.years().clone()).ok_or_else(|| Error::internal("a calendar without years"))?;
    let plan = recalculate::plan(conn, &rules, calendar, now)?;
    let at = query::moment(conn, now)?;
    query::save_calendar(conn, viewer, &stored, &reason, at)?;
    plan.apply(conn, &format!("工作日历改动：{reason}"), at)?;
    let detail = format!("改动 {days} 天，移动 {} 件未办结问题的时限：{reason}", plan.moved.len());
    audit::append(conn, &AuditActor::of(viewer, address), AuditAction::RulesChanged, "工作日历", &detail)?;
    Ok(format!("/calendar?year={}", form.parse::<i32>("year").unwrap_or(year)))
}

fn changed_days(saved: &Calendar, years: &Years) -> usize {
    Calendar::of(years.clone()).map_or(0, |calendar| draft::changes(saved, &calendar).len())
}

pub async fn save(app: AppData, request: HttpRequest, viewer: Viewer, _: Scope, form: Form) -> Answer {
    let (typed, editor, now) = (form.clone(), viewer.clone(), app.now());
    let address = app.address(&request);
    let saved =
        app.db.write(move |conn| once::once(conn, &typed, |conn| change(conn, &editor, &address, &typed, now))).await;
    match saved {
        Ok(location) => Ok(page::done(location, "日历已保存，未办结问题的时限已经重算")),
        Err(Error::Invalid(invalid)) => tried(&app, &request, viewer, form, Some(invalid)).await,
        Err(error) => Err(error),
    }
}
