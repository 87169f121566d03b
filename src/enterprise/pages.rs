//! Companies: the list.
use super::{
    AboveScale, Enterprise, Size,
    query_list::{self, EnterpriseFilter, Listed},
};
use crate::{
    access::{Permission, Reach, Scope, Viewer},
    directory,
    error::Invalid,
    form::{Form, LISTED},
    web::{
        Answer, AppData, page,
        paging::{Asked, COUNTED, Sheet, counted},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

#[derive(Template)]
#[template(path = "enterprise/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    /// Conditions that were not understood.
    misread: Invalid,
    sheet: Sheet<Line>,
    total: String,
    areas: Vec<(String, String)>,
    scales: Vec<(String, String)>,
    sizes: Vec<(String, String)>,
    listed: Vec<(String, String)>,
    can_make: bool,
}

struct Line {
    one: Enterprise,
    area: String,
}

const FILTERS: [&str; 6] = ["q", "area", "place", "scale", "size", "standing"];

pub async fn list(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    if let (Some(crate::access::Role::Enterprise), Some(id)) = (viewer.role, viewer.enterprise_id) {
        return Ok(page::see_other(format!("/enterprises/{id}")));
    }
    let frame = Frame::of(&app, &request);
    let form = Form(query.into_inner());
    let today = app.today();
    let page = app
        .db
        .read(move |conn| {
            let shell = Shell::load(conn, &frame, &viewer, &[("企业库", None)])?;
            let directory = directory::current(conn)?;
            let mut misread = Invalid::default();
            let say = &mut misread;
            let filter = EnterpriseFilter {
                text: form.text("q").chars().take(50).collect(),
                area_id: form.given("area", "区县", LISTED, say),
                above_scale: form.has("scale").then(|| form.given("scale", "四上类别", LISTED, say)).flatten(),
                size: form.has("size").then(|| form.given("size", "规模", LISTED, say)).flatten(),
                standing: form.given("standing", "档案状态", LISTED, say),
                place: form.text("place").chars().take(30).collect(),
            };
            let kept = FILTERS.map(|name| (name, form.text(name)));
            let sheet = Asked::of(&form).load(
                "/enterprises",
                &kept,
                |line: &Line| line.one.id,
                |bound, most| {
                    let found = query_list::list(conn, scope, &filter, today, bound, most)?;
                    let line = |one: Enterprise| Line { area: directory.area_name(one.area_id).to_owned(), one };
                    Ok(found.into_iter().map(line).collect())
                },
            )?;
            let found = query_list::count(conn, scope, &filter, today, COUNTED + 1)?;
            let total = if filter.text.is_empty() { found.to_string() } else { counted(found) };
            let whole_city = scope.reach() == Reach::Everything;
            Ok(ListPage {
                shell,
                form,
                misread,
                sheet,
                total,
                areas: if whole_city { directory.choices.areas.clone() } else { Vec::new() },
                scales: AboveScale::ALL[1..].iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
                sizes: Size::ALL[1..].iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
                listed: Listed::ALL.iter().map(|one| (one.as_str().into(), one.label().into())).collect(),
                can_make: viewer
                    .scope(Permission::EditEnterprises)
                    .is_some_and(|scope| matches!(scope.reach(), Reach::Everything | Reach::Area(_))),
            })
        })
        .await?;
    page::show(&page)
}
