//! The board on one page: a figure for each way in which a problem can stand still, then who has the most of them.
use super::{Heap, query};
use crate::{
    access::{Permission, Scope, Viewer},
    db::Conn,
    directory,
    error::Result,
    form::Form,
    instruction::pages::Waiting,
    issue::{
        ledger::{LedgerFilter, Limits},
        pages::date_time,
        tally::Tally,
        workflow::{Holder, Status},
    },
    report::answers::Answers,
    sign, spot_check,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;
use std::collections::BTreeMap;

/// Units and groups on the page at first.
const SHOWN: usize = 15;

#[derive(Template)]
#[template(path = "board/show.html")]
struct BoardPage {
    shell: Shell,
    as_of: String,
    tiles: Vec<Tile>,
    parts: Vec<Part>,
    waiting: Waiting,
    answers: Option<Answers>,
}

struct Tile {
    name: &'static str,
    count: i64,
    href: String,
    hint: &'static str,
    alarm: bool,
}

/// Who has the most overdue: units, or groups.
struct Part {
    word: &'static str,
    label: &'static str,
    lines: Vec<Line>,
    more: usize,
    /// Only what its holder has in hand, as the addresses of the rows say: `&holder=unit`.
    holder: &'static str,
}

struct Line {
    id: i64,
    name: String,
    overdue: i64,
    soon: i64,
}

fn limited(limits: Limits) -> LedgerFilter {
    LedgerFilter { limits: Some(limits), ..LedgerFilter::default() }
}

fn tiles(conn: &mut Conn, scope: Scope, now: Time) -> Result<Vec<Tile>> {
    let in_status = |status| LedgerFilter { status: Some(status), ..LedgerFilter::default() };
    let ledger = |filter: &LedgerFilter| format!("/issues?{}&order=due", filter.query_string());
    let mut tiles = Vec::new();
    let filters = [
        ("逾期", limited(Limits::Overdue), "本步时限已过", true),
        ("临期", limited(Limits::Soon), "剩 1 个工作日以内", false),
        (
            "助企办逾期",
            LedgerFilter { holder: Some(Holder::Office), ..limited(Limits::Overdue) },
            "甄别、裁定、审核等在助企办手中",
            true,
        ),
        ("差评核实", in_status(Status::Disputed), "由审核人以外的人核实", false),
    ];
    for (name, filter, hint, alarm) in filters {
        let count = filter.count(conn, scope, now)?;
        tiles.push(Tile { name, count, href: ledger(&filter), hint, alarm });
    }
    let heaps = [
        (Heap::Unanswered, "签收以后还没有联系过企业"),
        (Heap::Returns, "单位认为不该由它办"),
        (Heap::Rulings, "理由和证明都列在行里"),
        (Heap::Supervised, "已发督办单，还没有办"),
        (Heap::Raised, "提级后还没有销号"),
    ];
    for (heap, hint) in heaps {
        let count = query::count(conn, scope, heap)?;
        let href = format!("/supervision/{}", heap.as_str());
        tiles.push(Tile {
            name: heap.label(),
            count,
            href,
            hint,
            alarm: matches!(heap, Heap::Supervised | Heap::Raised),
        });
    }
    let open = spot_check::query::count_open(conn, scope)?;
    tiles.push(Tile {
        name: "抽查待回访",
        count: open,
        href: "/spot-checks/open".into(),
        hint: "每月抽取，谁也不能挑",
        alarm: false,
    });
    tiles.push(Tile {
        name: "假办结线索",
        count: sign::query::count(conn, scope, None, Some(sign::recently(now)))?,
        href: "/signs?found=recent".into(),
        hint: "近 30 天发现的",
        alarm: false,
    });
    Ok(tiles)
}

/// Most overdue first, then most that soon will be; of what this holder has in hand.
fn lines(
    conn: &mut Conn,
    scope: Scope,
    now: Time,
    by: Tally,
    holder: Option<Holder>,
    name: impl Fn(i64) -> String,
) -> Result<Vec<Line>> {
    let mut counts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    let held = |limits| LedgerFilter { holder, ..limited(limits) };
    for (id, count) in held(Limits::Overdue).tally(conn, scope, now, by)? {
        counts.entry(id).or_default().0 = count;
    }
    for (id, count) in held(Limits::Soon).tally(conn, scope, now, by)? {
        counts.entry(id).or_default().1 = count;
    }
    let line = |(id, (overdue, soon))| Line { id, name: name(id), overdue, soon };
    let mut lines: Vec<Line> = counts.into_iter().map(line).collect();
    lines.sort_by_key(|line| (-line.overdue, -line.soon, line.id));
    Ok(lines)
}

/// With `all=1` every unit and group, else those with the most.
pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let (frame, now) = (Frame::of(&app, &request), app.now());
    let shown = if Form(asked.into_inner()).has("all") { usize::MAX } else { SHOWN };
    let page = app
        .db
        .snapshot(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("督办看板", None)])?;
            let directory = directory::current(conn)?;
            let unit = |id| directory.unit_name(Some(id)).to_owned();
            let group = |id| directory.group_name(Some(id)).to_owned();
            let part = |word, label, mut lines: Vec<Line>, holder| {
                let more = lines.len().saturating_sub(shown);
                lines.truncate(shown);
                Part { word, label, lines, more, holder }
            };
            // A unit answers for what it has in hand, not for what waits for an office.
            let of_units = lines(conn, scope, now, Tally::Unit, Some(Holder::Unit), unit)?;
            let mut parts = vec![part("unit", "主责单位", of_units, "&holder=unit")];
            if viewer.may(Permission::SeeGroups) {
                let of_groups = lines(conn, scope, now, Tally::Group, None, group)?;
                parts.push(part("group", "工作组", of_groups, ""));
            }
            Ok(BoardPage {
                shell,
                as_of: date_time(now),
                tiles: tiles(conn, scope, now)?,
                parts,
                waiting: Waiting::of(conn, &viewer, now)?,
                answers: Answers::of(conn, &viewer, now)?,
            })
        })
        .await?;
    page::show(&page)
}
