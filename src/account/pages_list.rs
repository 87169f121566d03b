//! The list of accounts: for whom opens them and, the same, for whom grants rights.
use super::{User, roster};
use crate::{
    access::{Role, Scope, Viewer},
    directory,
    error::{Invalid, Result},
    form::Form,
    web::{
        Answer, App, AppData, page,
        paging::{Asked, Sheet},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

struct Line {
    user: User,
    belongs: String,
}

#[derive(Template)]
#[template(path = "account/list.html")]
struct ListPage {
    shell: Shell,
    /// Conditions that were not understood.
    misread: Invalid,
    /// `/users` or `/rights`.
    path: &'static str,
    title: &'static str,
    can_open: bool,
    wanted: roster::Wanted,
    standings: Vec<(String, String)>,
    total: String,
    sheet: Sheet<Line>,
}

async fn show(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: Vec<(String, String)>,
    path: &'static str,
    title: &'static str,
) -> Answer {
    let frame = Frame::of(app, request);
    let form = Form(query);
    let mut standings = vec![("none".to_owned(), "未授权".to_owned()), ("disabled".into(), "已停用".into())];
    standings.extend(Role::ALL.iter().map(|role| (role.as_str().into(), role.label().into())));
    let mut misread = Invalid::default();
    let standing = form.listed("standing", "角色或状态", standings.iter().map(|(word, _)| word.as_str()), &mut misread);
    let wanted = roster::Wanted { text: form.text("q").to_owned(), standing };
    let read = app.db.read(move |conn| {
        let shell = Shell::load(conn, &frame, &viewer, &[(title, None)])?;
        let total = roster::count(conn, scope, &wanted)?.to_string();
        let filters = [("q", wanted.text.as_str()), ("standing", wanted.standing.as_str())];
        let sheet = Asked::of(&form).load(
            path,
            &filters,
            |line: &Line| line.user.id,
            |bound, most| {
                let directory = directory::current(conn)?;
                let users = roster::list(conn, scope, &wanted, bound, most)?;
                let line = |user: User| -> Result<Line> {
                    let enterprise = roster::enterprise_name(conn, user.enterprise_id)?;
                    let belongs = user.belongs(&directory, &enterprise);
                    Ok(Line { user, belongs })
                };
                users.into_iter().map(line).collect()
            },
        )?;
        Ok(ListPage { shell, misread, path, title, can_open: path == "/users", wanted, standings, total, sheet })
    });
    page::show(&read.await?)
}

pub async fn to_open(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    show(&app, &request, viewer, scope, query.into_inner(), "/users", "开设账号").await
}

pub async fn to_grant(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    show(&app, &request, viewer, scope, query.into_inner(), "/rights", "权限管理").await
}
