//! What was sent, waits, or was given up, for who runs the system: without the texts, which are not his.
use super::{Delivery, State, query};
use crate::{
    access::{Scope, Viewer},
    form::Form,
    once,
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet, counted},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "outbox/list.html")]
struct ListPage {
    shell: Shell,
    state: State,
    total: String,
    sheet: Sheet<Delivery>,
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let read = app.db.read(move |conn| {
        let state = State::parse(form.text("state")).unwrap_or(State::Dead);
        let sheet = Asked::of(&form).load(
            "/deliveries",
            &[("state", state.as_str())],
            |row: &Delivery| row.id,
            |bound, most| query::list(conn, scope, state, bound, most),
        )?;
        Ok(ListPage {
            shell: Shell::load(conn, &frame, &viewer, &[("对外发送", None)])?,
            state,
            total: counted(query::count(conn, scope, state)?),
            sheet,
        })
    });
    page::show(&read.await?)
}

pub async fn retry(app: AppData, scope: Scope, id: web::Path<i64>, form: Form) -> Answer {
    let id = *id;
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                query::retry(conn, scope, id, Time::system())?;
                Ok("/deliveries".to_owned())
            })
        })
        .await?;
    Ok(page::done(location, "已重新排队"))
}
