//! The list of instructions: a leader's own, and those that an office or a unit has to see to.
use super::{
    Standing,
    query::{self, InstructionRow},
};
use crate::{
    access::{Permission, Scope, Viewer},
    calendar::Light,
    db::Conn,
    directory,
    error::Result,
    form::Form,
    issue::{Instruction, pages::date},
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet, Tab, counted},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// On a first screen.
const SHOWN: i64 = 5;

/// An instruction as lists show it.
pub struct Line {
    pub row: InstructionRow,
    pub unit: String,
    pub light: Light,
}

impl Line {
    /// The day by which it is to be answered; blank where none was named.
    pub fn due(&self) -> String {
        date(self.row.instruction.due_at)
    }
    pub fn given(&self) -> String {
        date(self.row.instruction.given_at)
    }
    pub fn answered(&self) -> String {
        date(self.row.instruction.answered_at)
    }
    pub fn is_open(&self) -> bool {
        self.row.instruction.answered_at.is_never()
    }
    /// A light without a day would be a light about nothing.
    pub fn has_light(&self) -> bool {
        self.is_open() && !self.row.instruction.due_at.is_never()
    }
}

fn lines(conn: &mut Conn, rows: Vec<InstructionRow>, now: Time) -> Result<Vec<Line>> {
    let directory = directory::current(conn)?;
    let line = |row: InstructionRow| Line {
        unit: directory.unit_name(row.unit_id).to_owned(),
        light: row.light(&directory, now),
        row,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// What a first screen shows of the instructions that the viewer gave or has to see to.
#[derive(Default)]
pub struct Waiting {
    pub lines: Vec<Line>,
    pub open: i64,
    pub overdue: i64,
}

impl Waiting {
    pub fn of(conn: &mut Conn, viewer: &Viewer, now: Time) -> Result<Self> {
        let Some(scope) = viewer.scope(Permission::FollowInstructions) else { return Ok(Self::default()) };
        let rows = query::most_urgent(conn, scope, now, SHOWN)?;
        Ok(Self {
            lines: lines(conn, rows, now)?,
            open: query::count(conn, scope, Standing::Open, now)?,
            overdue: query::count(conn, scope, Standing::Overdue, now)?,
        })
    }
    pub fn open_text(&self) -> String {
        counted(self.open)
    }
}

/// Those of one issue, for its page.
pub fn on_issue(conn: &mut Conn, viewer: &Viewer, issue_id: i64) -> Result<Vec<Instruction>> {
    if viewer.is_official() { query::of_issue(conn, issue_id) } else { Ok(Vec::new()) }
}

#[derive(Template)]
#[template(path = "instruction/list.html")]
struct ListPage {
    shell: Shell,
    is_mine: bool,
    standing: Standing,
    tabs: Vec<Tab>,
    total: String,
    sheet: Sheet<Line>,
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
    let standing = form.parse("show").unwrap_or(Standing::Open);
    let page = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("批示", None)])?;
            let mut tabs = Vec::new();
            let mut total = String::new();
            for one in Standing::ALL.iter().copied() {
                let count = counted(query::count(conn, scope, one, now)?);
                if one == standing {
                    total.clone_from(&count);
                }
                let href = format!("/instructions?show={}", one.as_str());
                tabs.push(Tab { label: one.label(), href, count, current: one == standing });
            }
            let sheet = Asked::of(&form).load(
                "/instructions",
                &[("show", standing.as_str())],
                |row: &InstructionRow| row.instruction.id,
                |bound, most| query::list(conn, scope, standing, now, bound, most),
            )?;
            Ok(ListPage {
                shell,
                is_mine: viewer.may(Permission::Instruct),
                standing,
                tabs,
                total,
                sheet: sheet.told(|rows| lines(conn, rows, now))?,
            })
        })
        .await?;
    page::show(&page)
}
