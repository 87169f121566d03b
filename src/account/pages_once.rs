//! A password that was made for somebody: shown in the one answer to the deed, and nowhere again.
use super::User;
use crate::{
    access::Viewer,
    web::{
        Answer, App, page,
        shell::{Frame, Shell},
    },
};
use actix_web::HttpRequest;
use askama::Template;

#[derive(Template)]
#[template(path = "account/once.html")]
struct PasswordOncePage {
    shell: Shell,
    title: &'static str,
    account: String,
    name: String,
    password: String,
    back: String,
}

/// The only page that ever shows a password.
pub async fn show_password(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    user: User,
    password: String,
    title: &'static str,
    back: String,
) -> Answer {
    let frame = Frame::of(app, request);
    let shell = app.db.read(move |conn| Shell::load(conn, &frame, &viewer, &[(title, None)])).await?;
    page::show(&PasswordOncePage { shell, title, account: user.account, name: user.name, password, back })
}
