//! The list that a month was drawn from, byte for byte as its hash was taken, with its words explained.
use super::{Class, month_label, month_word, pages::is_within, parse_month, query};
use crate::{
    access::{Reach, Scope, Viewer},
    directory,
    error::Error,
    form::Form,
    web::{
        Answer, AppData, file, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use askama::Template;
use sha2::{Digest, Sha256};

#[derive(Template)]
#[template(path = "spot_check/drawn_from.html")]
struct DrawnFromPage {
    shell: Shell,
    word: String,
    label: String,
    /// A line an issue: number and class.
    list: String,
    /// Of the whole list, for who sees the whole.
    hash: Option<String>,
}

pub async fn show(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    asked: web::Query<Vec<(String, String)>>,
) -> Answer {
    let form = Form(asked.into_inner());
    let frame = Frame::of(&app, &request);
    let as_file = form.has("file");
    let shown = app.db.read(move |conn| {
        let month = parse_month(form.text("month")).ok_or(Error::NotFound)?;
        let draw = query::draw(conn, month)?.ok_or(Error::NotFound)?;
        let directory = directory::current(conn)?;
        let lines = draw.list.lines().filter(|line| {
            let number = line.split(' ').next().unwrap_or_default();
            is_within(scope, &directory, number)
        });
        let back = format!("/spot-checks?month={}", month_word(month));
        let shell = Shell::load(conn, &frame, &viewer, &[("抽查回访", Some(&back)), ("名单", None)])?;
        Ok(DrawnFromPage {
            shell,
            word: month_word(month),
            label: month_label(month),
            list: lines.map(|line| format!("{line}\n")).collect(),
            hash: matches!(scope.reach(), Reach::Everything).then(|| hex::encode(Sha256::digest(draw.list.as_bytes()))),
        })
    });
    let shown = shown.await?;
    if !as_file {
        return page::show(&shown);
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header(file::saved_as(&format!("抽查名单-{}.txt", shown.word)))
        .body(shown.list))
}
