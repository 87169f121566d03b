//! Withdrawals month by month with their call-backs, and the rows behind each number.
use super::{
    first_day, month_label, month_word, parse_month,
    query_withdrawals::{Withdrawal, issues_of, withdrawals},
};
use crate::{
    access::{Scope, Viewer},
    calendar::{Light, shanghai_date},
    db::Conn,
    directory,
    error::Result,
    form::Form,
    issue::pages::{IssueRow, date},
    report::indicator::percent,
    time::Time,
    web::{
        Answer, AppData, page,
        paging::Tab,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Rows on a page.
const SIZE: usize = 50;

crate::text_enum! {
    pub enum Standing {
        Open = "open", "待回访";
        Late = "late", "逾期未回访";
        Done = "done", "已回访";
        All = "all", "全部撤回";
    }
}

impl Standing {
    fn holds(self, one: &Withdrawal, now: Time) -> bool {
        match self {
            Self::Open => !one.is_called(),
            Self::Late => one.is_late(now),
            Self::Done => one.is_called(),
            Self::All => true,
        }
    }
}

/// What was withdrawn in a month, or ever.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    pub total: usize,
    pub called: usize,
    pub open: usize,
    pub late: usize,
}

impl Tally {
    fn count(&mut self, one: &Withdrawal, now: Time) {
        self.total += 1;
        self.called += usize::from(one.is_called());
        self.open += usize::from(!one.is_called());
        self.late += usize::from(one.is_late(now));
    }
    /// Blank where nothing was withdrawn.
    pub fn coverage(&self) -> String {
        percent(self.called as i64, self.total as i64)
    }
}

pub struct Month {
    pub word: String,
    pub label: String,
    pub tally: Tally,
}

/// Of all time, and by month of withdrawal, the newest first.
pub struct Withdrawals {
    pub all: Tally,
    pub months: Vec<Month>,
}

impl Withdrawals {
    pub fn load(conn: &mut Conn, scope: Scope, now: Time) -> Result<Self> {
        let mut all = Tally::default();
        let mut months: BTreeMap<NaiveDate, Tally> = BTreeMap::new();
        for one in withdrawals(conn, scope)? {
            all.count(&one, now);
            months.entry(month_of(&one)).or_default().count(&one, now);
        }
        let month = |(month, tally)| Month { word: month_word(month), label: month_label(month), tally };
        Ok(Self { all, months: months.into_iter().rev().map(month).collect() })
    }
}

fn month_of(one: &Withdrawal) -> NaiveDate {
    first_day(shanghai_date(one.at))
}

#[derive(Template)]
#[template(path = "spot_check/withdrawals.html")]
struct WithdrawalsPage {
    shell: Shell,
    /// 2026年11月, or blank for all.
    month: String,
    show: Standing,
    tabs: Vec<Tab>,
    count: usize,
    rows: Vec<Line>,
    next: Option<String>,
}

struct Line {
    withdrawal: Withdrawal,
    row: IssueRow,
    light: Light,
}

impl Line {
    fn on(&self) -> String {
        date(self.withdrawal.at)
    }
    fn due(&self) -> String {
        date(self.withdrawal.due_at)
    }
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
    let show: Standing = form.parse("show").unwrap_or(Standing::All);
    let month = parse_month(form.text("month"));
    let skip: usize = form.parse("skip").unwrap_or(0);
    let address = move |show: Standing| {
        let month = month.map(|month| format!("&month={}", month_word(month))).unwrap_or_default();
        format!("/spot-checks/withdrawals?show={}{month}", show.as_str())
    };
    let page = app
        .db
        .read(move |conn| {
            let crumbs = [("抽查回访", Some("/spot-checks")), ("撤回回访", None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let directory = directory::current(conn)?;
            let mut all = withdrawals(conn, scope)?;
            all.retain(|one| month.is_none_or(|month| month_of(one) == month));
            let tab = |one: Standing| Tab {
                label: one.label(),
                href: address(one),
                count: all.iter().filter(|row| one.holds(row, now)).count().to_string(),
                current: one == show,
            };
            let tabs: Vec<Tab> = Standing::ALL.iter().copied().map(tab).collect();
            all.retain(|one| show.holds(one, now));
            // What is to be done comes first, then what was withdrawn last.
            all.sort_by_key(|one| match one.is_called() {
                false => (false, one.due_at.0, one.issue_id),
                true => (true, -one.at.0, one.issue_id),
            });
            let count = all.len();
            let shown: Vec<Withdrawal> = all.into_iter().skip(skip).take(SIZE).collect();
            let issues = issues_of(conn, &shown)?;
            let calendar = directory.rules.calendar(now);
            let line = |one: Withdrawal| {
                Some(Line {
                    row: IssueRow::of(issues.get(&one.issue_id)?.clone(), &directory, now),
                    light: Light::of(calendar, one.due_at, now),
                    withdrawal: one,
                })
            };
            let end = skip.saturating_add(SIZE);
            Ok(WithdrawalsPage {
                shell,
                month: month.map(month_label).unwrap_or_default(),
                show,
                tabs,
                count,
                rows: shown.into_iter().filter_map(line).collect(),
                next: (end < count).then(|| format!("{}&skip={end}", address(show))),
            })
        })
        .await?;
    page::show(&page)
}
