//! A city in which the story has been played: one problem at each of its stages, and records of other kinds.
use crate::import;
use crate::support::{
    cast::*,
    city::{self, City},
    desk::Desk,
};
use actix_web::cookie::Cookie;
use diesel::prelude::*;
use zhuqi::{
    issue::{Issue, workflow::Action},
    schema::issues,
    step_link,
    symposium::{self, Symposium},
    time::Time,
    visit::{self, Visit},
};

/// A word without a place to break it: what makes a page wider than its window.
const LONG_WORD: &str =
    "GB50217-2018_YJV22-8.7/15kV-3x300_TRANSFORMER_CAPACITY_EXPANSION_APPLICATION_FORM_V2_FINAL.docx";

type Fields = &'static [(&'static str, &'static str)];

/// (account, step, what is filled in), from the record to the end.
const STEPS: &[(&str, &str, Fields)] = &[
    (
        "erqi",
        "triage",
        &[
            ("category", "4"),
            ("complexity", "B"),
            ("lead_unit", "2"),
            ("duplicates_looked_at", "yes"),
            ("requirement", LONG_WORD),
        ],
    ),
    ("housing", "sign", &[]),
    ("housing", "contact", &[("person", "何女士"), ("note", "电话确认")]),
    ("housing", "reply", &[("resolution", "solved"), ("text", LONG_WORD), ("measures", "一次办结")]),
    (
        "city1",
        "approve",
        &[("four_solved", "yes"), ("four_replied", "yes"), ("four_met", "yes"), ("four_satisfied", "yes")],
    ),
    (
        "mill",
        "answer",
        &[("solved", "solved"), ("result", "very_satisfied"), ("attitude", "satisfied"), ("words", LONG_WORD)],
    ),
];

pub struct Played {
    pub city: City,
    /// Addresses, the least advanced first; the last one is closed.
    pub problems: Vec<String>,
    /// The month of its closures, which were drawn from: 2026-11.
    pub month: String,
    /// The address of a picture that came with a problem.
    pub attachment: String,
    /// What lets somebody without an account see the problem that was submitted at the companies' door.
    pub ticket: Vec<Cookie<'static>>,
    pub portal_attachment: String,
    /// The address of a notice of supervision.
    pub notice: String,
    /// The address of a message's link that nobody has used.
    pub step_link: String,
}

impl Played {
    /// Somebody without an account who gave the query code.
    pub fn street(&self) -> Desk {
        let mut desk = self.city.street();
        desk.cookies.clone_from(&self.ticket);
        desk
    }
}

pub async fn city() -> Played {
    let city = city::fresh();
    let mut problems = Vec::new();
    for steps in 0..=STEPS.len() {
        let path = record(&city).await;
        for (account, step, filled) in &STEPS[..steps] {
            let mut desk = city.desk(account).await;
            let page = desk.open(&path).await;
            desk.submit(&page, &format!("{path}/{step}"), filled).await.is(303);
        }
        problems.push(path);
    }
    let mut street = city.street();
    let page = street.open("/feedback").await;
    let sent = street.submit(&page, "/feedback", &[("text", LONG_WORD)]).await;
    assert!(sent.status.as_u16() < 400, "{}", sent.text());
    let page = city.desk("cadre1").await.open(&problems[0]).await;
    let attachment = page.attribute("a[href^='/attachments/']", "href").expect("a picture");
    visit_and_symposium(&city).await;
    imports(&city).await;
    let (ticket, portal_attachment) = submit_at_the_door(&city).await;
    let notice = supervise(&city, &problems[2]).await;
    let step_link = step_link(&city, &problems[2]).await;
    let today = zhuqi::calendar::shanghai_date(Time::system());
    let month = zhuqi::spot_check::first_day(today);
    // As if it were over.
    let end = zhuqi::calendar::start_of_next_day(zhuqi::spot_check::last_day(month)).plus_minutes(13 * 60);
    assert_eq!(crate::spot::seal_and_draw(&city, end), 1);
    let month = zhuqi::spot_check::month_word(month);
    Played { month, city, problems, attachment, ticket, portal_attachment, notice, step_link }
}

/// The address of a notice on a problem that is being handled.
async fn supervise(city: &City, path: &str) -> String {
    let mut office = city.desk("erqi").await;
    let page = office.open(path).await;
    office.submit(&page, &format!("{path}/supervise"), &[("text", LONG_WORD)]).await.is(303);
    let page = office.open(path).await;
    page.attribute(&format!("a[href^='{path}/notices/']"), "href").expect("a notice")
}

/// The address of a message's link to a step of that problem.
async fn step_link(city: &City, path: &str) -> String {
    let number = path.trim_start_matches("/issues/").to_owned();
    let now = city.app.now();
    let made = city.app.db.write(move |conn| {
        let issue = issues::table.filter(issues::number.eq(&number)).select(Issue::as_select()).first(conn)?;
        step_link::query::make(conn, id_of("housing"), &issue, Action::Progress, now)
    });
    made.await.expect("a link")
}

async fn record(city: &City) -> String {
    let mut cadre = city.desk("cadre1").await;
    let form = cadre.open("/issues/new").await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| !matches!(name.as_str(), "enterprise" | "text" | "title"));
    fields.push(("enterprise".into(), MILL.to_string()));
    fields.push(("title".into(), format!("变压器增容 {LONG_WORD}").chars().take(100).collect()));
    fields.push(("text".into(), format!("二期车间变压器不够用，见 {LONG_WORD}")));
    let file: (&str, &str, &[u8]) = ("file", "现场.png", PNG);
    let sent = cadre.send_files("/issues", &fields, &[file]).await.is(303);
    sent.location.expect("an address")
}

/// A company without an account submits and gives its query code; the cookie it holds then, and its picture's address.
async fn submit_at_the_door(city: &City) -> (Vec<Cookie<'static>>, String) {
    let mut street = city.street();
    let page = street.open("/portal").await;
    let mut fields = page.fields("/portal/issues");
    for (name, value) in [("company", "郑州砺衡纺织有限公司"), ("contact_phone", "13812345678"), ("text", LONG_WORD)]
    {
        fields.retain(|(field, _)| field != name);
        fields.push((name.to_owned(), value.to_owned()));
    }
    fields.retain(|(name, _)| name != "file");
    let file: (&str, &str, &[u8]) = ("file", LONG_WORD, PNG);
    let done = street.send_files("/portal/issues", &fields, &[file]).await.is(200);
    let code = done.texts("#code").remove(0);
    let asked = [("code", code.as_str()), ("tail", "5678")];
    street.post("/portal/track", &asked).await.is(303);
    let page = street.open("/portal/issue").await;
    let picture = page.attribute("a[href^='/portal/attachments/']", "href");
    (street.cookies, picture.expect("a picture"))
}

/// A file of each who may import, with a row that came back; the accounts of one are opened.
async fn imports(city: &City) {
    let companies: &[&[&str]] =
        &[&["企业名称", "所属区县", LONG_WORD], &["郑州某某有限公司", "二七区", "x"], &[LONG_WORD, LONG_WORD, "x"]];
    let people: &[&[&str]] = &[
        &["姓名", "账号", "角色", "工作组"],
        &["张新来", "zhangxl", "包联干部", ""],
        &["李", "x", "经办人", LONG_WORD],
    ];
    for (account, base, kind, rows) in [
        ("city1", "/imports", "enterprises", companies),
        ("sysadmin", "/base-imports", "users", people),
        ("secadmin", "/role-imports", "roles", people),
    ] {
        let (_folder, path) = import::book(rows);
        let mut desk = city.desk(account).await;
        let (location, page) = import::uploaded(&mut desk, base, kind, &path).await;
        if kind == "users" {
            desk.submit(&page, &format!("{location}/run"), &[]).await.is(303);
            import::settled(&mut desk, &location).await;
        }
    }
}

async fn visit_and_symposium(city: &City) {
    let now = city.app.now();
    let today = zhuqi::calendar::shanghai_date(now);
    let visit = Visit {
        id: visit::query::fresh_key(today, now),
        enterprise_id: MILL,
        cadre_id: id_of("cadre1"),
        group_id: Some(GROUP_ONE),
        area_id: ERQI,
        visited_on: today,
        manner: "上门走访".into(),
        companions: LONG_WORD.into(),
        note: LONG_WORD.into(),
        recorded_at: now,
        voided_at: Time::NEVER,
        void_reason: String::new(),
        version: 1,
    };
    let symposium = Symposium {
        id: visit::query::fresh_key(today, now),
        topic: LONG_WORD.into(),
        group_id: Some(GROUP_ONE),
        area_id: ERQI,
        host_id: id_of("lead1"),
        held_on: today,
        place: LONG_WORD.into(),
        note: LONG_WORD.into(),
        recorded_at: now,
        voided_at: Time::NEVER,
        void_reason: String::new(),
        version: 1,
    };
    let written = city.app.db.write(move |conn| {
        visit::query::insert(conn, &visit)?;
        symposium::query::insert(conn, &symposium, &[MILL])
    });
    written.await.expect("writes");
}

/// The beginning of a picture is enough to be taken for one.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89";
