//! The checks of a month with what came of them, the rule, and how to draw again.
use super::{
    Class, Outcome, SpotCheck, month_label, month_word, pages_withdrawals::Withdrawals, parse_month, query,
    query::Standing, read,
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    db::Conn,
    directory::{self, Directory},
    error::{Error, Result},
    form::Form,
    issue::{Issue, pages::IssueRow},
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet, Tab},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "spot_check/list.html")]
struct ListPage {
    shell: Shell,
    /// None: nothing was drawn yet.
    drawn: Option<Drawn>,
    withdrawals: Withdrawals,
    /// Who calls goes from the number to the work list.
    may_call: bool,
    /// Why another month is shown than was asked for.
    missing: Option<String>,
}

/// One month.
struct Drawn {
    word: String,
    label: String,
    /// (word, 2026年11月, open)
    months: Vec<(String, String, i64)>,
    head: String,
    example: String,
    shares: Vec<Share>,
    closed: i64,
    total: i64,
    called: i64,
    reached: i64,
    unreached: i64,
    found_false: i64,
    /// Open checks of all months.
    waiting: i64,
    tabs: Vec<Tab>,
    show: Standing,
    count: String,
    sheet: Sheet<Line>,
}

struct Share {
    class: Class,
    closed: i64,
    drawn: i64,
    open: i64,
    unreached: i64,
    found_false: i64,
}

pub(super) struct Line {
    pub check: SpotCheck,
    pub row: IssueRow,
    /// Calls in which nobody was reached.
    pub tries: usize,
}

pub(super) fn lines(conn: &mut Conn, rows: Vec<(SpotCheck, Issue)>, now: Time) -> Result<Vec<Line>> {
    let directory = directory::current(conn)?;
    let checks: Vec<&SpotCheck> = rows.iter().map(|(check, _)| check).collect();
    let attempts = query::attempts(conn, &checks)?;
    let line = |(check, issue): (SpotCheck, Issue)| Line {
        tries: attempts.get(&check.id).map_or(0, Vec::len),
        row: IssueRow::of(issue, &directory, now),
        check,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// What a viewer of one area may count of the city's list: the numbers with its code.
pub(super) fn is_within(scope: Scope, directory: &Directory, number: &str) -> bool {
    match scope.reach() {
        Reach::Everything => true,
        Reach::Area(id) => directory.area(id).is_some_and(|area| super::area_code(number) == area.number_code),
        _ => false,
    }
}

fn counts(show: Standing, tally: &[(Class, Outcome, i64)]) -> i64 {
    let counts = |outcome: Outcome| match show {
        Standing::Open => outcome == Outcome::Open,
        Standing::Done => outcome != Outcome::Open,
        Standing::Unreached => outcome == Outcome::Unreached,
        Standing::False => outcome == Outcome::False,
        Standing::All => true,
    };
    tally.iter().filter(|(_, outcome, _)| counts(*outcome)).map(|(.., count)| count).sum()
}

/// The month that is asked for, or the newest; and why it is not the one that was asked for.
fn month(months: &[NaiveDate], form: &Form) -> (Option<NaiveDate>, Option<String>) {
    let newest = months.first().copied();
    let word = form.text("month");
    let asked = parse_month(word);
    if word.is_empty() || asked.is_some_and(|month| months.contains(&month)) {
        return (asked.or(newest), None);
    }
    let why = match asked {
        Some(month) => format!("{}没有抽取过", month_label(month)),
        None => "月份请写成 2026-11".to_owned(),
    };
    let instead = newest.map(|month| format!("，下面是{}的抽查", month_label(month)));
    (newest, Some(format!("{why}{}。", instead.unwrap_or_default())))
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let form = Form(asked.into_inner());
    let page = app
        .db
        .snapshot(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("抽查回访", None)])?;
            let directory = directory::current(conn)?;
            let months = query::months(conn)?;
            let withdrawals = Withdrawals::load(conn, scope, now)?;
            let may_call = viewer.may(Permission::CallBack);
            let (month, missing) = month(&months, &form);
            let Some(month) = month else {
                return Ok(ListPage { shell, drawn: None, withdrawals, may_call, missing });
            };
            let draw = query::draw(conn, month)?.ok_or(Error::NotFound)?;
            let mut closures = read(&draw.list)?;
            closures.retain(|one| is_within(scope, &directory, &one.number));
            let tally = query::tally(conn, scope, month)?;
            let sum = |wanted: &dyn Fn(Class, Outcome) -> bool| -> i64 {
                tally.iter().filter(|(class, outcome, _)| wanted(*class, *outcome)).map(|(.., count)| count).sum()
            };
            let share = |class: Class| Share {
                class,
                closed: closures.iter().filter(|one| one.class == class).count() as i64,
                drawn: sum(&|one, _| one == class),
                open: sum(&|one, outcome| one == class && outcome == Outcome::Open),
                unreached: sum(&|one, outcome| one == class && outcome == Outcome::Unreached),
                found_false: sum(&|one, outcome| one == class && outcome == Outcome::False),
            };
            let word = month_word(month);
            let show = form.parse("show").unwrap_or(if sum(&|_, one| one == Outcome::Open) > 0 {
                Standing::Open
            } else {
                Standing::All
            });
            let tab = |one: Standing| Tab {
                label: one.label(),
                href: format!("/spot-checks?month={word}&show={}", one.as_str()),
                count: counts(one, &tally).to_string(),
                current: one == show,
            };
            let waiting = query::open_by_month(conn, scope)?;
            let waits = |month: NaiveDate| waiting.iter().find(|(one, _)| *one == month).map_or(0, |(_, open)| *open);
            let sheet = Asked::of(&form).load(
                "/spot-checks",
                &[("month", &word), ("show", show.as_str())],
                |(check, _): &(SpotCheck, Issue)| check.id,
                |bound, most| query::list(conn, scope, Some(month), show, bound, most),
            )?;
            let drawn = Drawn {
                label: month_label(month),
                months: months.iter().map(|one| (month_word(*one), month_label(*one), waits(*one))).collect(),
                head: hex::encode(&draw.head),
                example: closures.first().map(|one| one.number.clone()).unwrap_or_default(),
                shares: Class::ALL.iter().copied().map(share).collect(),
                closed: closures.len() as i64,
                total: counts(Standing::All, &tally),
                called: counts(Standing::Done, &tally),
                reached: sum(&|_, outcome| outcome.is_reached()),
                unreached: counts(Standing::Unreached, &tally),
                found_false: counts(Standing::False, &tally),
                waiting: waiting.iter().map(|(_, open)| open).sum(),
                tabs: Standing::ALL.iter().copied().map(tab).collect(),
                show,
                count: counts(show, &tally).to_string(),
                sheet: sheet.told(|rows| lines(conn, rows, now))?,
                word,
            };
            Ok(ListPage { shell, drawn: Some(drawn), withdrawals, may_call, missing })
        })
        .await?;
    page::show(&page)
}
