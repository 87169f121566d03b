//! 换届移交: everything a leaving cadre holds goes to another cadre in one act, seen before it is done.
use super::query::{self, CadreOfGroup, Held};
use crate::{
    access::{Scope, Viewer},
    db::Conn,
    error::{Error, Invalid, Result},
    form::Form,
    once, record,
    web::{
        Answer, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "assignment/handover.html")]
struct HandoverPage {
    shell: Shell,
    form: Form,
    invalid: Invalid,
    preview: Option<Preview>,
}

struct Preview {
    from: String,
    to: String,
    held: Held,
}

/// The two people as typed; a message at the field of the one that is not found.
fn people(conn: &mut Conn, scope: Scope, form: &Form) -> Result<((i64, String), CadreOfGroup)> {
    fn at<T>(field: &str, found: Result<T>) -> Result<T> {
        found.map_err(|error| match error {
            Error::Refused(why) => Invalid::one(field, why).into(),
            error => error,
        })
    }
    let from = at("leaving", query::leaving(conn, scope, &form.text("leaving").to_lowercase()))?;
    let to = at("taking", query::cadre(conn, scope, &form.text("taking").to_lowercase()))?;
    if from.0 == to.0.0 {
        return Err(Invalid::one("taking", "移交给本人没有意义").into());
    }
    Ok((from, to))
}

fn build(conn: &mut Conn, frame: &Frame, viewer: &Viewer, scope: Scope, form: Form) -> Result<HandoverPage> {
    let shell = Shell::load(conn, frame, viewer, &[("换届移交", None)])?;
    let mut invalid = Invalid::default();
    let mut preview = None;
    if form.has("leaving") || form.has("taking") {
        match people(conn, scope, &form) {
            Ok((from, (to, _))) => {
                preview = Some(Preview { held: query::held(conn, scope, from.0)?, from: from.1, to: to.1 });
            }
            Err(Error::Invalid(found)) => invalid = found,
            Err(error) => return Err(error),
        }
    }
    Ok(HandoverPage { shell, form, invalid, preview })
}

pub async fn form(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let page = app.db.read(move |conn| build(conn, &frame, &viewer, scope, form)).await?;
    if page.invalid.is_empty() { page::show(&page) } else { page::refuse(&page) }
}

pub async fn hand_over(app: AppData, viewer: Viewer, scope: Scope, form: Form) -> Answer {
    let (today, now) = (app.today(), app.now());
    app.db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                let (from, (to, group)) = people(conn, scope, &form)?;
                let held = query::hand_over(conn, scope, from.0, (to.0, group), today, now)?;
                let what = format!(
                    "{} 移交给 {}：{} 家企业，{} 件未办结问题",
                    from.1,
                    to.1,
                    held.companies.len(),
                    held.open_issues
                );
                record::append(conn, &viewer, "users", from.0, "换届移交", &what)?;
                for (id, _, _) in &held.companies {
                    record::append(conn, &viewer, "enterprises", *id, "换届移交", &what)?;
                }
                Ok("/assignments/handover".to_owned())
            })
        })
        .await?;
    Ok(page::done("/assignments/handover", "已经移交"))
}
