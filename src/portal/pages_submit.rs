//! Submitting a problem without an account. The answer shows number and code once; the database keeps only the code's
//! hash, and the form's own seed lets a double tap get the same answer.
use super::{Sent, official, query};
use crate::{
    access::Viewer,
    db::Conn,
    directory,
    error::{Error, Invalid, Result},
    form::{Form, UNWRITTEN},
    issue::{
        code::{self, Code},
        pages::attachment,
        perform::Authority,
        submit::title_of,
    },
    once,
    time::Time,
    web::{
        Answer, AppData, page,
        shell::Shell,
        upload::{UploadBody, UploadForm},
    },
};
use actix_web::HttpRequest;
use askama::Template;

const FILES_MOST: usize = 10;
/// Where the once-token leads: an address with the number, for nothing else of the answer may be stored.
const DONE: &str = "/portal?number=";
/// Who sent too many can still be heard.
const URGENT: &str = "写的内容还在下面，没有提交。急事请直接找所在区县的助企办，或拨打市民热线 12345";

#[derive(Template)]
#[template(path = "portal/home.html")]
pub(super) struct HomePage {
    shell: Shell,
    form: Form,
    /// Of submitting.
    invalid: Invalid,
    /// Of tracking.
    wrong: Invalid,
    /// What was typed when nothing was opened any more: not written, shown to be copied.
    unwritten: Vec<String>,
    areas: Vec<(String, String)>,
    /// Limits of the usual template: of triage, and of the reply to a simple problem.
    triage: String,
    reply: String,
}

impl HomePage {
    pub(super) fn load(conn: &mut Conn, shell: Shell, form: Form, invalid: Invalid, wrong: Invalid) -> Result<Self> {
        let directory = directory::current(conn)?;
        let deadlines = directory.rules.deadlines(Time::system());
        let areas = directory.districts().filter(|area| area.valid_until.is_none());
        Ok(Self {
            shell,
            unwritten: form.all(UNWRITTEN).map(str::to_owned).collect(),
            form,
            invalid,
            wrong,
            areas: areas.map(|area| (area.id.to_string(), area.name.clone())).collect(),
            triage: deadlines.usual().triage.label(),
            reply: deadlines.usual().reply_c.label(),
        })
    }
}

pub async fn home(app: AppData, request: HttpRequest) -> Answer {
    let shell = Shell::plain(&request, None);
    let page = app
        .db
        .read(move |conn| HomePage::load(conn, shell, Form::default(), Invalid::default(), Invalid::default()))
        .await?;
    page::show(&page)
}

#[derive(Template)]
#[template(path = "portal/done.html")]
struct DonePage {
    shell: Shell,
    number: String,
    /// None when the form had no seed of its own and was sent twice.
    code: Option<String>,
    tail: String,
    /// Where to follow it.
    home: String,
}

async fn make(app: &AppData, upload: UploadForm) -> Result<(String, Option<String>, String)> {
    let UploadForm { form, files, .. } = upload;
    let sent = Sent::read(&form)?;
    if files.len() > FILES_MOST {
        return Err(Invalid::one("file", "一次最多 10 个文件，其余的提交以后再补").into());
    }
    let phone = sent.phone.clone();
    app.db.write(move |conn| query::count_phone(conn, &phone)).await?;
    let files = attachment::take(app, files).await?;
    let at = app.now();
    let code = match form.text("seed") {
        "" => Code::fresh(),
        seed => Code::of_seed(seed),
    };
    let same = attachment::with_files(&form, &files);
    let tail = code::tail(&sent.phone).unwrap_or_default();
    let (kept, hash) = (code.clone(), code.hash());
    let (number, ours) = app
        .db
        .write(move |conn| {
            let location = once::once(conn, &same, |conn| {
                let issue = query::record(conn, &sent, title_of(&sent.text), &kept, at)?;
                let authority = Authority::by_query_code(issue.id);
                attachment::keep(conn, &authority, &issue.number, &files, true, at)?;
                Ok(format!("{DONE}{}", issue.number))
            })?;
            let number = location.strip_prefix(DONE).unwrap_or_default().to_owned();
            let ours = query::has_code(conn, Some(&number), &hash)?;
            Ok((number, ours))
        })
        .await?;
    Ok((number, ours.then(|| code.shown()), tail))
}

pub async fn submit(app: AppData, request: HttpRequest, viewer: Option<Viewer>, body: UploadBody) -> Answer {
    if let Some(refused) = official::refusal(&app, &request, viewer.as_ref()).await {
        return refused;
    }
    let shell = Shell::plain(&request, None);
    let address = app.address(&request);
    let home = format!("{}/portal", app.public_address(&request));
    let (form, made) = match app.db.write(move |conn| query::count_submission(conn, &address)).await {
        Ok(()) => {
            let upload = body.read().await?;
            (upload.form.clone(), make(&app, upload).await)
        }
        Err(over) => (body.read_fields().await, Err(over)),
    };
    match made {
        Ok((number, code, tail)) => page::show(&DonePage { shell, number, code, tail, home }),
        Err(error) => {
            let is_over = matches!(error, Error::TooMany(_));
            let (status, mut invalid) = page::to_mend(error)?;
            if is_over {
                invalid.add("", URGENT);
            }
            let page = app.db.read(move |conn| HomePage::load(conn, shell, form, invalid, Invalid::default())).await?;
            page::with_status(status, &page)
        }
    }
}
