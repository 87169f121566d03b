//! The inbox: unread first, by issue, each marked read alone or all together.
use super::{
    Message,
    drawn::{self, DrawMessage},
    query,
};
use crate::{
    access::{Scope, Viewer},
    form::Form,
    once,
    spot_check::parse_month,
    time::Time,
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet, counted},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// The messages of one issue on a page, in the order of the newest of them.
struct Group {
    issue_id: i64,
    /// (number, title), unless the reader does not see the issue any more.
    issue: Option<(String, String)>,
    messages: Vec<Message>,
}

impl Group {
    fn unread(&self) -> bool {
        self.messages.iter().any(|one| !one.is_read())
    }
}

#[derive(Template)]
#[template(path = "inbox/list.html")]
struct ListPage {
    shell: Shell,
    unread: bool,
    total: String,
    newest: i64,
    /// Draws of spot checks, on the first page.
    drawn: Vec<DrawMessage>,
    sheet: Sheet<Group>,
}

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    see: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let read = app.db.read(move |conn| {
        let unread = form.text("show") != "all";
        let sheet = Asked::of(&form).load(
            "/messages",
            &[("show", form.text("show"))],
            |row: &Message| row.id,
            |bound, most| query::list(conn, viewer.id, unread, bound, most),
        )?;
        let ids: Vec<i64> = sheet.rows.iter().map(|one| one.issue_id).collect();
        let mut issues = query::issues(conn, see, &ids)?;
        let is_first = ["after", "before", "last"].iter().all(|word| !form.has(word));
        let drawn = if is_first { drawn::list(conn, viewer.id, unread)? } else { Vec::new() };
        let newest = sheet.rows.iter().map(|one| one.id).max().unwrap_or(0);
        let grouped = |messages: Vec<Message>| {
            let mut groups: Vec<Group> = Vec::new();
            for message in messages {
                match groups.iter_mut().find(|group| group.issue_id == message.issue_id) {
                    Some(group) => group.messages.push(message),
                    None => groups.push(Group {
                        issue_id: message.issue_id,
                        issue: issues.remove(&message.issue_id),
                        messages: vec![message],
                    }),
                }
            }
            Ok(groups)
        };
        Ok(ListPage {
            shell: Shell::load(conn, &frame, &viewer, &[("消息", None)])?,
            unread,
            total: counted(query::count(conn, viewer.id, unread)?),
            newest,
            drawn,
            sheet: sheet.told(grouped)?,
        })
    });
    page::show(&read.await?)
}

/// One issue's messages or one draw's, or all; never one that came after the page was made.
pub async fn mark_read(app: AppData, viewer: Viewer, form: Form) -> Answer {
    let issue_id = form.parse("issue");
    let newest: Option<i64> = form.parse("newest");
    let month = parse_month(form.text("month"));
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                let at = Time::system();
                if let Some(month) = month {
                    drawn::mark_read(conn, viewer.id, month, newest.is_some(), at)?;
                }
                query::mark_read(conn, viewer.id, issue_id, newest.unwrap_or(0), at)?;
                Ok("/messages".to_owned())
            })
        })
        .await?;
    Ok(page::done(location, "已标为看过"))
}
