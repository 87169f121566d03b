//! What binds a merged issue to its main issue: who handled that one, what it was answered, and when the companies of the
//! merged ones are asked.
use super::{
    Issue, IssueDetail, Main,
    perform::{Authority, perform},
    query::find_by_id,
    step::{MainReply, Step},
    workflow::*,
};
use crate::{
    access::Scope,
    db::Conn,
    error::{Invalid, Result},
    schema::*,
    time::Time,
};
use diesel::prelude::*;

/// Of the main issue, if this one was merged into it.
pub(super) fn main_of(conn: &mut Conn, merged: &Issue) -> Result<Option<Main>> {
    let Some((issue, detail)) = rows(conn, merged)? else { return Ok(None) };
    Ok(Some(Main {
        lead_unit_id: issue.lead_unit_id,
        handler_id: issue.handler_id,
        reviewer_id: detail.reviewer_id,
        category_id: issue.category_id,
        complexity: issue.complexity,
        level: Some(issue.level),
    }))
}

fn rows(conn: &mut Conn, merged: &Issue) -> Result<Option<(Issue, IssueDetail)>> {
    let Some(id) = merged.main_issue_id else { return Ok(None) };
    let main = issues::table.inner_join(issue_details::table).filter(issues::id.eq(id));
    Ok(Some(main.select((Issue::as_select(), IssueDetail::as_select())).first(conn)?))
}

/// What the company of a merged issue is to rate.
pub(super) fn reply_of_main(conn: &mut Conn, merged: &Issue) -> Result<Option<MainReply>> {
    let Some((main, detail)) = rows(conn, merged)? else { return Ok(None) };
    Ok(Some(MainReply::of(&main, &detail, &merged.enterprise_name)))
}

impl MainReply {
    /// `reader`: the name of the company that is told.
    pub fn of(main: &Issue, detail: &IssueDetail, reader: &str) -> Self {
        // Solved on the spot there is no unit, and what was done is the answer.
        let text = if main.lead_unit_id.is_some() { &detail.progress } else { &detail.measures };
        let name = &main.enterprise_name;
        let is_own = name == reader || name.is_empty();
        let text = if is_own { text.clone() } else { text.replace(name, "另一家企业") };
        Self { unit_id: main.lead_unit_id, resolution: main.resolution, text }
    }
}

/// Whether an issue may be merged into this one: it is in hand, its own answer is not in doubt, and no chain begins.
pub(super) fn expect_main(conn: &mut Conn, see: Scope, main_issue_id: i64, issue: &Issue) -> Result<()> {
    let refuse = |why: String| Err(Invalid::one("main", why).into());
    match find_by_id(conn, see, main_issue_id)?.map(|main| main.status) {
        None => return refuse("没有这件问题，或者您看不到它".into()),
        Some(status) if status.is_final() => return refuse(format!("主件现在是“{}”，不能并入", status.label())),
        // Dismissed, it closes without another answer that the company could be asked about.
        Some(Status::Disputed) => return refuse("主件正在差评核实，核实完再并入".into()),
        Some(_) => {}
    }
    let followers = issues::table.filter(issues::main_issue_id.eq(issue.id));
    if followers.count().get_result::<i64>(conn)? > 0 {
        return refuse("已有问题并入这件，请先拆分再并案".into());
    }
    Ok(())
}

/// Whether the main issue waits for its company, so that one merged into it now is asked at once.
pub(super) fn main_is_answered(conn: &mut Conn, merged: &Issue) -> Result<bool> {
    Ok(rows(conn, merged)?.is_some_and(|(main, _)| main.status == Status::AwaitingRating))
}

/// What a step of a main issue means for the issues merged into it: their companies are asked as well, and none of them
/// is left behind by a main issue that is not handled any more.
pub(super) fn take_along(conn: &mut Conn, from: Status, main: &Issue, at: Time) -> Result<()> {
    let asks = main.status == Status::AwaitingRating && from != Status::AwaitingRating;
    let leaves = matches!(main.status, Status::Withdrawn | Status::Rejected) && from != main.status;
    if !asks && !leaves {
        return Ok(());
    }
    let merged: Vec<String> = issues::table
        .filter(issues::main_issue_id.eq(main.id))
        .filter(issues::answer.is_null())
        .order(issues::id)
        .select(issues::number)
        .load(conn)?;
    for number in merged {
        let step = if asks {
            Step::Ask { reply: None }
        } else {
            Step::Split { reason: format!("主件 {} {}", main.number, main.status.label()) }
        };
        perform(conn, &Authority::system(), &number, None, &step, at)?;
    }
    Ok(())
}
