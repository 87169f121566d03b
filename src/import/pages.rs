//! The list of imports, and sending a file.
use super::{Import, Kind, State, Told, files, job, query, run};
use crate::{
    access::{Scope, Viewer},
    attachment,
    audit::AuditActor,
    error::{Error, Invalid, Result},
    form::Form,
    key, once,
    sheet::{SheetError, Workbook},
    time::Time,
    web::{
        Answer, App, AppData, page,
        paging::{Asked, Sheet},
        shell::{Frame, Shell},
        upload::{Upload, UploadTry},
    },
};
use actix_web::{HttpRequest, web};
use askama::Template;

/// Where the pages of what the viewer may import are.
pub(super) fn base(kinds: &[Kind]) -> &'static str {
    kinds.first().map_or("/imports", |kind| kind.path())
}

#[derive(Template)]
#[template(path = "import/list.html")]
struct ListPage {
    shell: Shell,
    base: &'static str,
    total: String,
    sheet: Sheet<Line>,
}

struct Line {
    import: Import,
    name: String,
    state: &'static str,
    counts: String,
}

/// The state as people see it: what nobody works on any more was interrupted.
pub(super) fn shown_state(app: &App, import: &Import) -> &'static str {
    match import.state {
        State::Checking | State::Running if job::done(app, import).is_none() => "中断",
        state => state.label(),
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
    let asked = Asked::of(&Form(query.into_inner()));
    let shown = app.clone();
    let read = app.db.read(move |conn| {
        let kinds = Kind::of(&viewer);
        let base = base(&kinds);
        let sheet = asked.load(
            base,
            &[],
            |line: &Line| line.import.id,
            |bound, most| {
                let rows = query::list(conn, scope, &kinds, bound, most)?;
                let line = |(import, name): (Import, String)| {
                    let report = import.report();
                    let counts = if report.error.is_empty() { report.counts() } else { report.error };
                    let counts = if import.summary.is_empty() { String::new() } else { counts };
                    Line { state: shown_state(&shown, &import), counts, import, name }
                };
                Ok(rows.into_iter().map(line).collect())
            },
        )?;
        Ok(ListPage {
            total: query::count(conn, scope, &kinds)?.to_string(),
            shell: Shell::load(conn, &frame, &viewer, &[("导入", None)])?,
            base,
            sheet,
        })
    });
    page::show(&read.await?)
}

/// (field, other heads that are recognised, required)
type Known = (&'static str, String, bool);

#[derive(Template)]
#[template(path = "import/new.html")]
struct NewPage {
    shell: Shell,
    base: &'static str,
    form: Form,
    invalid: Invalid,
    kinds: Vec<(String, String, String)>,
    has_source: bool,
    /// By kind, what its columns are called.
    known: Vec<(Kind, Vec<Known>)>,
}

async fn new_page(app: &App, request: &HttpRequest, viewer: Viewer, form: Form, invalid: Invalid) -> Result<NewPage> {
    let frame = Frame::of(app, request);
    let kinds = Kind::of(&viewer);
    let base = base(&kinds);
    let crumbs = [("导入", Some(base)), ("导入一个文件", None)];
    let shell = app.db.read(move |conn| Shell::load(conn, &frame, &viewer, &crumbs)).await?;
    let heads = |kind: &Kind| {
        let fields = kind.fields().iter().map(|field| (field.name(), field.heads[1..].join("、"), field.required));
        (*kind, fields.collect())
    };
    Ok(NewPage {
        shell,
        base,
        form,
        invalid,
        has_source: kinds.iter().any(|kind| kind.has_source()),
        known: kinds.iter().map(heads).collect(),
        kinds: kinds.iter().map(|kind| (kind.as_str().into(), kind.label().into(), small(*kind).into())).collect(),
    })
}

/// What the import does, in a few words.
fn small(kind: Kind) -> &'static str {
    match kind {
        Kind::Areas => "先市，再区县，再乡镇（街道）",
        Kind::Units => "按名称对应",
        Kind::Users => "只开账号，每个账号一个初始口令，导入后下载一次",
        Kind::Roles => "按文件的“角色”一列授予已有账号，对方须重新登录",
        Kind::Groups => "按名称对应；成员在账号文件里",
        Kind::Enterprises => "按统一社会信用代码对应，没有代码的按区县内的名称；空格子不改原值",
        Kind::Assignments => "企业、包联干部、工作组；换人就是移交",
        Kind::Visits => "企业、走访人、日期、情况都相同的不重复导入",
        Kind::Issues => "有答复的按历史销号，没有的进入待甄别；库里没有的企业建为待核实",
    }
}

pub async fn new_form(
    app: AppData,
    request: HttpRequest,
    viewer: Viewer,
    query: web::Query<Vec<(String, String)>>,
) -> Answer {
    page::show(&new_page(&app, &request, viewer, Form(query.into_inner()), Invalid::default()).await?)
}

/// The field of the form that an error of a file belongs to.
pub(super) fn at_field(error: &SheetError) -> Invalid {
    let field = if matches!(error, SheetError::Map(_)) { "map" } else { "file" };
    let advice = match error {
        SheetError::Head(_) => "。列名认不出来的，在下面的“列对应”里写“文件里的列名=字段”",
        _ => "",
    };
    Invalid::one(field, format!("{error}{advice}"))
}

/// What was sent, checked as far as it is quick: type, size and head.
async fn take(app: &App, kind: Kind, told: &Told, upload: Upload) -> Result<(String, String, u64)> {
    let directory = files::directory(&app.config)?;
    let map = told.map.clone();
    web::block(move || {
        let open = |file: &Upload| {
            let mut book = Workbook::open(file.file.path())?;
            run::table(&mut book, kind, &map).map(|table| table.all_rows())
        };
        let rows = open(&upload).map_err(|error| Error::Invalid(at_field(&error)))?;
        let hash = attachment::store(&directory, upload.file.path())?;
        Ok((upload.name.chars().take(120).collect(), hash, rows))
    })
    .await
    .map_err(Error::internal)?
}

/// What the form says beside the file.
pub(super) fn told(form: &Form, kind: Kind, file_name: &str, invalid: &mut Invalid) -> Told {
    let source = form.limited("source", 60, invalid);
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let source = if source.is_empty() { stem.trim().to_owned() } else { source };
    let map = form.limited("map", 2000, invalid).replace(['\r', '\n'], ",");
    Told { map, source: if kind.has_source() { source } else { String::new() }, skip_bad: false }
}

async fn received(app: &App, request: &HttpRequest, viewer: &Viewer, sent: UploadTry) -> Result<String> {
    let UploadTry { form, mut files, refused } = sent;
    let mut invalid = refused;
    let kind = form.parse::<Kind>("kind").filter(|kind| viewer.may(kind.permission()));
    if kind.is_none() {
        invalid.add("kind", "请选择导入什么");
    }
    let upload = files.pop();
    if upload.is_none() && invalid.at("file").is_none() {
        invalid.add("file", "请选择 Excel 文件（.xlsx）");
    }
    let name = upload.as_ref().map_or(String::new(), |upload| upload.name.clone());
    let told = kind.map(|kind| told(&form, kind, &name, &mut invalid));
    invalid.check()?;
    let (Some(kind), Some(upload), Some(told)) = (kind, upload, told) else {
        return Err(Error::internal("checked above"));
    };
    let (file_name, content_hash, rows) = take(app, kind, &told, upload).await?;
    let now = Time::system();
    let import = Import {
        id: key::fresh(now),
        user_id: viewer.id,
        kind,
        file_name,
        content_hash,
        mapping: serde_json::to_string(&told)?,
        state: State::Checking,
        done: 0,
        total: rows as i64,
        summary: String::new(),
        bad_rows_hash: None,
        started_at: now,
        ended_at: now,
    };
    let new = import.clone();
    let location = app
        .db
        .write(move |conn| {
            once::once(conn, &form, |conn| {
                query::insert(conn, &new)?;
                Ok(format!("{}/{}", new.kind.path(), new.id))
            })
        })
        .await?;
    // Sent twice: the first one is at work already.
    if location.ends_with(&import.id.to_string()) {
        let id = import.id;
        job::start(app, import, AuditActor::of(viewer, &app.address(request)))?;
        job::wait(id).await;
    }
    Ok(location)
}

pub async fn upload(app: AppData, request: HttpRequest, viewer: Viewer, sent: UploadTry) -> Answer {
    let form = sent.form.clone();
    match received(&app, &request, &viewer, sent).await {
        Ok(location) => Ok(page::see_other(location)),
        Err(Error::Invalid(invalid)) => page::refuse(&new_page(&app, &request, viewer, form, invalid).await?),
        Err(error) => Err(error),
    }
}
