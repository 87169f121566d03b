//! One import: how its file is understood, what it would do, how far it is, what it did.
use super::{
    Import, Kind, State, Told, files, job,
    pages::{at_field, base, shown_state, told},
    query, run,
    run::Report,
};
use crate::{
    access::{Scope, Viewer},
    attachment,
    audit::AuditActor,
    error::{Error, Invalid, Result},
    form::Form,
    once,
    sheet::{Field, Workbook},
    time::Time,
    web::{
        Answer, App, AppData, file, page,
        shell::{Frame, Shell},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use askama::Template;

#[derive(Template)]
#[template(path = "import/show.html")]
struct ShowPage {
    shell: Shell,
    base: &'static str,
    import: Import,
    state: &'static str,
    told: Told,
    report: Report,
    form: Form,
    invalid: Invalid,
    /// Rows done while somebody works on it.
    working: Option<u64>,
    /// Who sent it, if that is another than the viewer: then it can only be looked at.
    is_own: bool,
    has_passwords: bool,
}

impl ShowPage {
    fn is_interrupted(&self) -> bool {
        self.state == "中断"
    }
    fn can_run(&self) -> bool {
        self.is_own && self.import.state == State::Checked
    }
    /// Only what is not running and was not done can be understood anew.
    fn can_check(&self) -> bool {
        let idle = matches!(self.import.state, State::Checked | State::Failed) || self.is_interrupted();
        self.is_own && idle
    }
    fn fields(&self) -> String {
        self.import.kind.fields().iter().map(Field::name).collect::<Vec<_>>().join("、")
    }
}

/// As it is now; what a dead server had written is done.
async fn find(app: &App, viewer: &Viewer, scope: Scope, id: i64) -> Result<Import> {
    let kinds = Kind::of(viewer);
    let import = app.db.read(move |conn| query::find(conn, scope, &kinds, id)).await?;
    if import.state != State::Running || job::done(app, &import).is_some() {
        return Ok(import);
    }
    let kinds = Kind::of(viewer);
    app.db
        .write(move |conn| {
            let import = query::find(conn, scope, &kinds, id)?;
            if import.state == State::Running && query::was_applied(conn, &import)? {
                let bad = import.bad_rows_hash.as_deref();
                query::end(conn, id, State::Done, &import.report(), bad, Time::system())?;
            }
            query::find(conn, scope, &kinds, id)
        })
        .await
}

async fn show_page(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    import: Import,
    typed: Option<(Form, Invalid)>,
) -> Result<ShowPage> {
    let frame = Frame::of(app, request);
    let base = base(&Kind::of(&viewer));
    let own = viewer.id;
    let name = import.file_name.clone();
    let shell =
        app.db.read(move |conn| Shell::load(conn, &frame, &viewer, &[("导入", Some(base)), (&name, None)])).await?;
    let told = import.told();
    let (form, invalid) = typed.unwrap_or_else(|| {
        let kept = [("map", told.map.clone()), ("source", told.source.clone())];
        (Form(kept.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()), Invalid::default())
    });
    Ok(ShowPage {
        shell,
        base,
        state: shown_state(app, &import),
        working: job::done(app, &import),
        report: import.report(),
        told,
        form,
        invalid,
        is_own: own == import.user_id,
        has_passwords: import.state == State::Done && files::passwords(&app.config, import.id).exists(),
        import,
    })
}

pub async fn show(app: AppData, request: HttpRequest, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let import = find(&app, &viewer, scope, *id).await?;
    page::show(&show_page(&app, &request, viewer, import, None).await?)
}

fn own(viewer: &Viewer, import: &Import) -> Result<()> {
    match viewer.id == import.user_id {
        true => Ok(()),
        false => Err(Error::refused("这个文件由别人上传，请上传的人继续；也可以自己重新上传")),
    }
}

/// Takes it up in the state and lets it work; a form that was sent twice only leads to the page.
async fn begin(app: &App, request: &HttpRequest, viewer: &Viewer, import: Import, form: Form, next: Import) -> Answer {
    let location = format!("{}/{}", import.kind.path(), import.id);
    let (taken, told, now) = (import.clone(), next.told(), Time::system());
    let state = next.state;
    let led = location.clone();
    let first = app
        .db
        .write(move |conn| {
            let mut first = false;
            once::once(conn, &form, |conn| {
                query::take_up(conn, &taken, state, &told, now)?;
                first = true;
                Ok(led.clone())
            })?;
            Ok(first)
        })
        .await?;
    if first {
        job::start(app, next, AuditActor::of(viewer, &app.address(request)))?;
        job::wait(import.id).await;
    }
    Ok(page::see_other(location))
}

fn is_idle(app: &App, import: &Import, wanted: &[State]) -> Result<()> {
    let interrupted = matches!(import.state, State::Checking | State::Running) && job::done(app, import).is_none();
    match wanted.contains(&import.state) || interrupted {
        true => Ok(()),
        false => Err(Error::Conflict(format!("这次导入现在是“{}”，请看过新的情况再决定", shown_state(app, import)))),
    }
}

/// Looks through the file again, with another mapping or after an interruption.
pub async fn check(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let import = find(&app, &viewer, scope, *id).await?;
    own(&viewer, &import)?;
    is_idle(&app, &import, &[State::Checked, State::Failed])?;
    let mut invalid = Invalid::default();
    let told = told(&form, import.kind, &import.file_name, &mut invalid);
    if invalid.is_empty() {
        let path = attachment::path(&files::directory(&app.config)?, &import.content_hash).ok_or(Error::NotFound)?;
        let (kind, map) = (import.kind, told.map.clone());
        let opened = web::block(move || {
            let mut book = Workbook::open(&path)?;
            run::table(&mut book, kind, &map).map(|_| ())
        });
        if let Err(error) = opened.await.map_err(Error::internal)? {
            // On this page the mapping is all that can be mended.
            invalid = Invalid::one("map", at_field(&error).0.remove(0).1);
        }
    }
    if !invalid.is_empty() {
        return page::refuse(&show_page(&app, &request, viewer, import, Some((form, invalid))).await?);
    }
    let next = Import { state: State::Checking, mapping: serde_json::to_string(&told)?, ..import.clone() };
    begin(&app, &request, &viewer, import, form, next).await
}

/// Writes what was checked: all of it, or without the bad rows.
pub async fn run(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    scope: Scope,
    id: web::Path<i64>,
    form: Form,
) -> Answer {
    let import = find(&app, &viewer, scope, *id).await?;
    own(&viewer, &import)?;
    let is_running = import.state == State::Running && job::done(&app, &import).is_some();
    if is_running || import.state == State::Done {
        // Sent twice.
        return Ok(page::see_other(format!("{}/{}", import.kind.path(), import.id)));
    }
    is_idle(&app, &import, &[State::Checked])?;
    let report = import.report();
    let skip_bad = form.has("skip_bad");
    if report.bad > 0 && !skip_bad {
        return Err(Error::refused(format!("有 {} 行有错。请改好文件重新上传，或选择跳过错误行", report.bad)));
    }
    let told = Told { skip_bad, ..import.told() };
    let next = Import { state: State::Running, mapping: serde_json::to_string(&told)?, ..import.clone() };
    begin(&app, &request, &viewer, import, form, next).await
}

fn download(bytes: Vec<u8>, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, files::XLSX))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(file::saved_as(name))
        .body(bytes)
}

pub async fn bad_rows(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let import = find(&app, &viewer, scope, *id).await?;
    let hash = import.bad_rows_hash.as_deref().ok_or(Error::NotFound)?;
    let path = attachment::path(&files::directory(&app.config)?, hash).ok_or(Error::NotFound)?;
    let bytes = web::block(move || std::fs::read(path)).await.map_err(Error::internal)?;
    Ok(download(bytes.map_err(|_| Error::NotFound)?, &format!("{}-错误行.xlsx", import.kind.label())))
}

/// The first passwords, once, to who imported the accounts.
pub async fn passwords(app: AppData, viewer: Viewer, scope: Scope, id: web::Path<i64>) -> Answer {
    let import = find(&app, &viewer, scope, *id).await?;
    own(&viewer, &import)?;
    if import.kind != Kind::Users || import.state != State::Done {
        return Err(Error::NotFound);
    }
    let path = files::passwords(&app.config, import.id);
    let bytes = web::block(move || files::take_passwords(&path)).await.map_err(Error::internal)??;
    Ok(download(bytes, "初始口令.xlsx"))
}
