//! The issue ledger 问题台账 as a spreadsheet: the 48 columns and the layout of the campaign's rules, streamed.
use crate::{
    access::{Scope, Viewer},
    audit::{self, AuditAction, AuditActor},
    calendar::Clock,
    config::ExportArgs,
    db::{Conn, Db},
    directory::{self, Directory},
    enterprise::Enterprise,
    error::{Error, Result},
    form::Form,
    issue::{
        Issue, IssueDetail,
        ledger::LedgerFilter,
        pages::{date, masked},
        workflow::*,
    },
    report::{By, Question, campaign_start, query as figures},
    schema::*,
    sheet::{Column, Kind, Layout, SheetError, SheetWriter, Value},
    time::Time,
    web::{Answer, AppData},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use diesel::{prelude::*, sql_query, sql_types::BigInt};
use std::collections::HashMap;

/// Rows read at once.
const BLOCK: i64 = 500;

const HEADS: [(&str, f64); 48] = [
    ("序号", 5.0),
    ("问题编号", 14.0),
    ("来源渠道", 8.0),
    ("收集日期", 10.0),
    ("收集人", 8.0),
    ("工作组", 14.0),
    ("走访或座谈会编号", 10.0),
    ("企业名称", 20.0),
    ("统一社会信用代码", 14.0),
    ("所属区县", 8.0),
    ("乡镇（街道）/园区", 12.0),
    ("行业门类", 5.0),
    ("四上类别", 8.0),
    ("企业规模", 6.0),
    ("企业联系人", 8.0),
    ("联系电话", 11.0),
    ("包联领导", 8.0),
    ("包联干部", 8.0),
    ("问题标题", 22.0),
    ("问题描述", 36.0),
    ("企业诉求", 22.0),
    ("问题大类", 10.0),
    ("小类", 6.0),
    ("复杂程度", 10.0),
    ("办理层级", 6.0),
    ("紧急程度", 6.0),
    ("共性问题编号", 14.0),
    ("主责单位", 16.0),
    ("配合单位", 16.0),
    ("责任领导", 8.0),
    ("经办人", 8.0),
    ("交办日期（轮次）", 12.0),
    ("签收日期", 10.0),
    ("办结时限（含延期）", 12.0),
    ("首次联系日期", 10.0),
    ("当前状态", 8.0),
    ("最新进展", 26.0),
    ("采取措施", 26.0),
    ("办结类别", 8.0),
    ("实际办结日期", 10.0),
    ("是否按期", 6.0),
    ("退回·重办次数", 8.0),
    ("督办情况", 8.0),
    ("审核意见", 12.0),
    ("企业评价", 10.0),
    ("回访情况", 12.0),
    ("销号日期", 10.0),
    ("备注", 14.0),
];

fn layout(name: &str, as_of: chrono::NaiveDate, by: &str) -> Layout {
    let day = as_of.format("%Y年%-m月%-d日");
    Layout {
        name: name.to_owned(),
        title: format!("郑州市“万人助万企”活动问题台账（截至 {day}）"),
        line: format!("填报单位：{by}　　填报时间：{day}　　单位：件"),
        columns: HEADS
            .iter()
            .enumerate()
            .map(|(index, (head, width))| Column {
                head: (*head).into(),
                width: *width,
                kind: if index == 0 { Kind::Count } else { Kind::Text },
            })
            .collect(),
    }
}

fn failed(error: SheetError) -> Error {
    Error::refused(error.to_string())
}

/// What the rows of a block need beside the issues.
struct Around {
    details: HashMap<i64, IssueDetail>,
    enterprises: HashMap<i64, Enterprise>,
    people: HashMap<i64, String>,
    co_units: HashMap<i64, Vec<i64>>,
    assigned: HashMap<i64, (String, String)>,
}

fn around(conn: &mut Conn, block: &[Issue]) -> Result<Around> {
    let ids: Vec<i64> = block.iter().map(|issue| issue.id).collect();
    let details: Vec<IssueDetail> = issue_details::table
        .filter(issue_details::issue_id.eq_any(&ids))
        .select(IssueDetail::as_select())
        .load(conn)?;
    let companies: Vec<i64> = block.iter().filter_map(|issue| issue.enterprise_id).collect();
    let found: Vec<Enterprise> =
        enterprises::table.filter(enterprises::id.eq_any(&companies)).select(Enterprise::as_select()).load(conn)?;
    let people: Vec<i64> = block.iter().flat_map(|issue| [issue.collector_id, issue.handler_id]).flatten().collect();
    let co: Vec<(i64, i64)> = issue_units::table
        .filter(issue_units::issue_id.eq_any(&ids))
        .filter(issue_units::part.eq(Part::Co))
        .filter(issue_units::active.eq(true))
        .select((issue_units::issue_id, issue_units::unit_id))
        .load(conn)?;
    let mut co_units: HashMap<i64, Vec<i64>> = HashMap::new();
    for (issue, unit) in co {
        co_units.entry(issue).or_default().push(unit);
    }
    let assigned: Vec<(i64, String, String)> = assignments::table
        .inner_join(users::table)
        .filter(assignments::enterprise_id.eq_any(&companies))
        .filter(assignments::valid_until.is_null())
        .select((assignments::enterprise_id, assignments::leader, users::name))
        .load(conn)?;
    Ok(Around {
        details: details.into_iter().map(|one| (one.issue_id, one)).collect(),
        enterprises: found.into_iter().map(|one| (one.id, one)).collect(),
        people: crate::issue::query::names(conn, &people)?,
        co_units,
        assigned: assigned.into_iter().map(|(id, leader, cadre)| (id, (leader, cadre))).collect(),
    })
}

fn on_time(issue: &Issue, detail: &IssueDetail) -> &'static str {
    match (detail.replied_at.some(), detail.original_due_at.some()) {
        (Some(replied), Some(due)) if issue.resolution.is_some() => {
            if replied <= due {
                "是"
            } else {
                "否"
            }
        }
        _ => "",
    }
}

fn row<'a>(serial: i64, issue: &'a Issue, around: &'a Around, directory: &'a Directory) -> Vec<Value<'a>> {
    let text = |text: &str| if text.is_empty() { Value::Empty } else { Value::Text(text.to_owned().into()) };
    let empty = String::new();
    let detail = around.details.get(&issue.id);
    let of = |pick: fn(&IssueDetail) -> &String| detail.map_or(&empty, pick);
    let at = |pick: fn(&IssueDetail) -> Time| date(detail.map_or(Time::NEVER, pick));
    let company = issue.enterprise_id.and_then(|id| around.enterprises.get(&id));
    let person = |id: Option<i64>| id.and_then(|id| around.people.get(&id)).map_or("", String::as_str);
    let assigned = issue.enterprise_id.and_then(|id| around.assigned.get(&id));
    let place = company.map_or(String::new(), |one| format!("{} {}", one.township, one.park).trim().to_owned());
    let co: Vec<&str> =
        around.co_units.get(&issue.id).into_iter().flatten().map(|id| directory.unit_name(Some(*id))).collect();
    let dispatched = at(|one| one.dispatched_at);
    let dispatched = if dispatched.is_empty() { dispatched } else { format!("{dispatched}（{}）", issue.round) };
    let origin = detail.and_then(|one| one.visit_id.or(one.symposium_id)).map_or(String::new(), |id| id.to_string());
    let rating = match (issue.answer, issue.rating) {
        (Some(answer), Some(rating)) => format!("{}，{}", answer.label(), rating.label()),
        (Some(answer), None) => answer.label().to_owned(),
        _ => String::new(),
    };
    let mut remark = of(|one| &one.remark).clone();
    if issue.history {
        remark = format!("历史导入 {remark}").trim().to_owned();
    }
    vec![
        Value::Integer(serial),
        text(&issue.number),
        text(issue.channel.label()),
        text(&date(issue.submitted_at)),
        text(person(issue.collector_id)),
        text(directory.group_name(issue.group_id)),
        text(&origin),
        text(&issue.enterprise_name),
        text(company.and_then(|one| one.usci.as_deref()).unwrap_or_default()),
        text(directory.area_name(issue.area_id)),
        text(&place),
        text(company.map_or("", |one| one.industry.as_str())),
        text(company.map_or("", |one| one.above_scale.label())),
        text(company.map_or("", |one| one.size.label())),
        text(of(|one| &one.contact_name)),
        text(&masked(of(|one| &one.contact_phone))),
        text(assigned.map_or("", |one| one.0.as_str())),
        text(assigned.map_or("", |one| one.1.as_str())),
        text(&issue.title),
        text(of(|one| &one.description)),
        text(of(|one| &one.demand)),
        text(directory.category_name(issue.category_id)),
        Value::Empty,
        text(issue.complexity.map_or("", Complexity::label)),
        text(issue.level.label()),
        text(issue.urgency.label()),
        Value::Empty,
        text(directory.unit_name(issue.lead_unit_id)),
        text(&co.join("、")),
        text(of(|one| &one.responsible_leader)),
        text(person(issue.handler_id)),
        text(&dispatched),
        text(&at(|one| one.signed_at)),
        text(&date(issue.due_at)),
        text(&at(|one| one.contacted_at)),
        text(issue.status.label()),
        text(of(|one| &one.progress)),
        text(of(|one| &one.measures)),
        text(issue.resolution.map_or("", Resolution::label)),
        text(&at(|one| one.replied_at)),
        text(detail.map_or("", |one| on_time(issue, one))),
        if issue.round > 1 { Value::Integer(issue.round - 1) } else { Value::Empty },
        Value::Empty,
        Value::Empty,
        text(&rating),
        Value::Empty,
        text(&date(issue.closed_at)),
        text(&remark),
    ]
}

/// Writes what `block` gives, block after block; returns the number of rows.
fn write_rows(
    conn: &mut Conn,
    writer: &mut SheetWriter,
    mut block: impl FnMut(&mut Conn, Option<i64>) -> Result<Vec<Issue>>,
) -> Result<i64> {
    let directory = directory::current(conn)?;
    let (mut serial, mut after) = (0, None);
    loop {
        let issues = block(conn, after)?;
        let Some(last) = issues.last() else { return Ok(serial) };
        after = Some(last.id);
        let around = around(conn, &issues)?;
        for issue in &issues {
            serial += 1;
            writer.row(&row(serial, issue, &around, &directory)).map_err(failed)?;
        }
    }
}

/// The ledger's rows of a filter as a download; who took how many stands in the audit log.
pub async fn download(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let filter = LedgerFilter::parse(&Form(query.into_inner()));
    let (now, today) = (app.now(), app.today());
    let by = viewer.home.clone();
    let shown = filter.query_string();
    let (bytes, rows) = app
        .db
        .snapshot(move |conn| {
            let file = tempfile::Builder::new().suffix(".xlsx").tempfile()?;
            let mut writer = SheetWriter::create(file.path(), layout("问题台账", today, &by)).map_err(failed)?;
            let rows = write_rows(conn, &mut writer, |conn, after| filter.block(conn, scope, now, after, BLOCK))?;
            writer.finish().map_err(failed)?;
            Ok((std::fs::read(file.path())?, rows))
        })
        .await?;
    let actor = AuditActor::of(&viewer, &app.address(&request));
    let what = format!("问题台账 {rows} 件，条件：{shown}");
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Export, "ledger", &what)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"ledger-{today}.xlsx\"")))
        .body(bytes))
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    issue_id: i64,
}

/// Issues in C as of the moment, or all the others, in blocks of keys.
fn counted(conn: &mut Conn, question: &Question, in_c: bool, after: Option<i64>) -> Result<Vec<Issue>> {
    let c = format!("registered_at >= $3 AND registered_at < $4 AND {}", figures::COUNTED);
    let condition = if in_c { c } else { format!("NOT ({c})") };
    let text = format!(
        "SELECT issue_id FROM issue_spans WHERE until_at >= $1 AND from_at < $2 AND {condition} AND issue_id > $5 \
         ORDER BY issue_id LIMIT {BLOCK}"
    );
    let ids: Vec<Id> = sql_query(text)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.before)
        .bind::<BigInt, _>(question.from_at())
        .bind::<BigInt, _>(question.to_at())
        .bind::<BigInt, _>(after.unwrap_or(0))
        .load(conn)?;
    let ids: Vec<i64> = ids.into_iter().map(|one| one.issue_id).collect();
    Ok(issues::table.filter(issues::id.eq_any(ids)).order(issues::id).select(Issue::as_select()).load(conn)?)
}

/// `zhuqi export ledger`: C on the first sheet; with `--all` the others on a second one.
pub fn ledger(db: &Db, clock: Clock, args: &ExportArgs) -> Result<()> {
    let from = match args.from {
        Some(from) => from,
        None => db.read_blocking(campaign_start)?,
    };
    let as_of = args.as_of.unwrap_or_else(|| clock.today());
    let to = args.to.unwrap_or(as_of);
    let question = match args.as_of {
        Some(day) => Question::at_end_of(By::City, from, to, day),
        None => Question::now(By::City, from, to, clock.now()),
    };
    let rows = db.snapshot_blocking(|conn| {
        let mut writer =
            SheetWriter::create(&args.output, layout("问题台账", as_of, "郑州市助企办")).map_err(failed)?;
        let mut rows = write_rows(conn, &mut writer, |conn, after| counted(conn, &question, true, after))?;
        if args.all {
            writer.sheet(layout("不计入统计", as_of, "郑州市助企办")).map_err(failed)?;
            rows += write_rows(conn, &mut writer, |conn, after| counted(conn, &question, false, after))?;
        }
        writer.finish().map_err(failed)?;
        Ok(rows)
    })?;
    let what = format!("问题台账 {rows} 件，截至 {as_of}");
    db.write_blocking(move |conn| {
        audit::append(conn, &AuditActor::command_line(), AuditAction::Export, "ledger", &what)
    })?;
    println!("已导出 {rows} 件到 {}", args.output.display());
    Ok(())
}
