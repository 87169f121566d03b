//! The audit log as the audit administrator reads it.
use super::{
    AuditAction,
    query::{self, Checked, Wanted},
};
use crate::{
    access::{Scope, Viewer},
    calendar,
    error::{Invalid, Result},
    form::{Form, LISTED},
    web::{
        Answer, AppData, page,
        paging::{Asked, Sheet},
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// Rows are counted exactly up to here.
const COUNTED: i64 = 1000;

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    /// Conditions that were not understood.
    misread: Invalid,
    actions: Vec<(String, String)>,
    total: String,
    sheet: Sheet<Checked>,
}

impl Checked {
    fn when(&self) -> String {
        calendar::shanghai(self.event.happened_at).format("%Y-%m-%d %H:%M:%S").to_string()
    }
    fn verdict(&self) -> &'static str {
        match (self.intact, self.linked) {
            (true, true) => "完好",
            (false, _) => "内容被改动",
            (true, false) => "前一条缺失或被改动",
        }
    }
    fn is_good(&self) -> bool {
        self.intact && self.linked
    }
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
    let read = app.db.read(move |conn| -> Result<ListPage> {
        let shell = Shell::load(conn, &frame, &viewer, &[("审计日志", None)])?;
        let mut misread = Invalid::default();
        let (from, to) = form.given_period("日期", &mut misread);
        let action = form.given("action", "事项", LISTED, &mut misread);
        let wanted = Wanted { text: form.text("q").to_owned(), action, from, to };
        let total = query::count(conn, scope, &wanted, COUNTED + 1)?;
        let filters: Vec<_> = ["q", "action", "from", "to"].map(|name| (name, form.text(name))).to_vec();
        let sheet = Asked::of(&form).load(
            "/audit",
            &filters,
            |row: &Checked| row.event.id,
            |bound, most| query::list(conn, scope, &wanted, bound, most),
        )?;
        Ok(ListPage {
            shell,
            misread,
            actions: AuditAction::ALL.iter().map(|action| (action.as_str().into(), action.label().into())).collect(),
            total: if total > COUNTED { format!("{COUNTED}+") } else { total.to_string() },
            sheet,
            form,
        })
    });
    page::show(&read.await?)
}
