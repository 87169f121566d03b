//! What is still to be called of all months: the rows behind the count in the menu and on the board.
use super::{
    SpotCheck,
    pages::{Line, lines},
    query::{self, Standing},
};
use crate::{
    access::{Scope, Viewer},
    form::Form,
    issue::Issue,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "spot_check/open.html")]
struct OpenPage {
    shell: Shell,
    count: i64,
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
    let page = app
        .db
        .read(move |conn| {
            let crumbs = [("抽查回访", Some("/spot-checks")), ("全部待回访", None)];
            let shell = Shell::load(conn, &frame, &viewer, &crumbs)?;
            let count = query::count_open(conn, scope)?;
            let sheet = Asked::of(&form).load(
                "/spot-checks/open",
                &[],
                |(check, _): &(SpotCheck, Issue)| check.id,
                |bound, most| query::list(conn, scope, None, Standing::Open, bound, most),
            )?;
            Ok(OpenPage { shell, count, sheet: sheet.told(|rows| lines(conn, rows, now))? })
        })
        .await?;
    page::show(&page)
}
