//! The lists behind the board's figures; requests with their reason, their proof and the form of the ruling.
use super::{
    Heap,
    query::{self, Asked},
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    directory,
    error::Error,
    form::Form,
    issue::{
        Issue,
        pages::{IssueRow, after, date_time, rest},
        query::Attachment,
        step::Step,
    },
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "board/list.html")]
struct ListPage {
    shell: Shell,
    heap: Heap,
    count: i64,
    tabs: Vec<(Heap, i64)>,
    rows: Vec<IssueRow>,
    requests: Vec<RequestRow>,
    next: Option<String>,
}

/// One request as a row.
struct RequestRow {
    row: IssueRow,
    /// (label, text): what was asked for and why.
    facts: Vec<(&'static str, String)>,
    who: String,
    at: String,
    proofs: Vec<Attachment>,
    ruling: Option<Ruling>,
}

/// Its two answers, where the viewer may give one.
struct Ruling {
    agree: &'static str,
    refuse: &'static str,
    /// The field of the opinion.
    field: &'static str,
    /// Workdays that were asked for.
    days: Option<u32>,
    /// The day of the first report that was named.
    next_on: Option<NaiveDate>,
}

fn facts(step: &Step) -> Vec<(&'static str, String)> {
    match step {
        Step::RequestExtension { days, reason, basis } => {
            vec![("申请", format!("延期 {days} 个工作日")), ("理由", reason.clone()), ("依据", basis.clone())]
        }
        Step::RequestLongTerm { reason, milestones, next_on, told } => vec![
            ("申请", "挂账".to_owned()),
            ("原因", reason.clone()),
            ("阶段目标", milestones.clone()),
            ("下次报告", next_on.to_string()),
            ("告知企业", told.clone()),
        ],
        Step::RequestReturn { reason, basis, suggested_unit } => vec![
            ("申请", "退回".to_owned()),
            ("理由", reason.clone()),
            ("依据", basis.clone()),
            ("建议单位", suggested_unit.clone()),
        ],
        _ => Vec::new(),
    }
}

fn ruling(step: &Step) -> Option<Ruling> {
    let (agree, refuse, field) = match step {
        Step::RequestExtension { .. } => ("grant_extension", "refuse_extension", "opinion"),
        Step::RequestLongTerm { .. } => ("agree_long_term", "refuse_long_term", "opinion"),
        Step::RequestReturn { .. } => ("uphold_return", "refuse_return", "finding"),
        _ => return None,
    };
    let (days, next_on) = step.asked();
    Some(Ruling { agree, refuse, field, days, next_on })
}

/// Whose office rules on it.
fn may_rule(viewer: &Viewer, issue: &Issue) -> bool {
    viewer.scope(Permission::Review).is_some_and(|scope| match scope.reach() {
        Reach::Everything => true,
        Reach::Office(id) => issue.office_area_id == id,
        _ => false,
    })
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    word: web::Path<String>,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let heap = Heap::parse(&word).ok_or(Error::NotFound)?;
    let form = Form(asked.into_inner());
    let after = after(&form);
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let page = app
        .db
        .read(move |conn| {
            let crumbs = [("督办看板", Some("/supervision")), (heap.label(), None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let directory = directory::current(conn)?;
            let mut found = query::rows(conn, scope, heap, after, SIZE + 1)?;
            let next = rest(&format!("/supervision/{}", heap.as_str()), &mut found, SIZE);
            let (mut rows, mut requests) = (Vec::new(), Vec::new());
            if heap.is_request() {
                let ids: Vec<i64> = found.iter().map(|issue| issue.id).collect();
                let mut asked = query::requests(conn, &ids)?;
                let proofs = query::proofs(conn, &ids)?;
                for issue in found {
                    let Some(Asked { step, actor, at }) = asked.remove(&issue.id) else { continue };
                    requests.push(RequestRow {
                        facts: facts(&step),
                        who: actor,
                        at: date_time(at),
                        proofs: proofs.iter().filter(|one| one.issue_id == issue.id).cloned().collect(),
                        ruling: ruling(&step).filter(|_| may_rule(&viewer, &issue)),
                        row: IssueRow::of(issue, &directory, now),
                    });
                }
            } else {
                rows = found.into_iter().map(|issue| IssueRow::of(issue, &directory, now)).collect();
            }
            let tabs = Heap::ALL.iter().copied().map(|one| Ok((one, query::count(conn, scope, one)?)));
            let tabs: Vec<(Heap, i64)> = tabs.collect::<crate::error::Result<_>>()?;
            let count = tabs.iter().find(|(one, _)| *one == heap).map_or(0, |(_, count)| *count);
            Ok(ListPage { shell, heap, count, tabs, rows, requests, next })
        })
        .await?;
    page::show(&page)
}
