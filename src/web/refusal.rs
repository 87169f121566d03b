//! How an `Error` looks: what happened in Chinese, the next step, a reference number. Runs outside every handler, so
//! that no answer leaves without it; logs each request once, with the same number. Who was refused what he may not do
//! stands in the audit log, whether the gate refused or the step itself.
use super::{Answer, AppData, RequestId, gate::Routes, page, session, shell::Shell};
use crate::{
    access::{Permission, Viewer},
    account,
    audit::{self, AuditAction, AuditActor},
    error::Error,
    form::Form,
};
use actix_web::{
    HttpMessage, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
};
use askama::Template;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    title: String,
    text: String,
    hints: Vec<String>,
    /// What was typed into the form that this answers: it was not written, and is shown to be copied.
    unwritten: Vec<String>,
    reference: String,
    back_href: String,
    back_label: String,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::SignInRequired | Self::PasswordChangeRequired => StatusCode::SEE_OTHER,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Refused(_) | Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
    /// Replaced by the page below.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).finish()
    }
}

pub async fn render(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = RequestId::new();
    request.extensions_mut().insert(id.clone());
    let started = std::time::Instant::now();
    let (method, path) = (request.method().clone(), request.path().to_owned());
    // Guards answer with an error response, never with `Err`: only a response still knows its request.
    let response = next.call(request).await?;
    let status = response.status();
    let http = response.request().clone();
    let replaced = match response.response().error() {
        Some(error) if matches!(error.as_error(), Some(Error::Forbidden)) => match write_down(&http).await {
            Ok(()) => Some(answer(&http, error, &id)),
            Err(cause) => Some(answer(&http, &cause.into(), &id)),
        },
        Some(error) => Some(answer(&http, error, &id)),
        None if status == StatusCode::NOT_FOUND && response.response().body().size().is_eof() => {
            Some(answer(&http, &Error::NotFound.into(), &id))
        }
        None => None,
    };
    let response = match replaced {
        Some(page) => response.into_response(page),
        None => response.map_into_boxed_body(),
    };
    let viewer = http.extensions().get::<Viewer>().map(|viewer| viewer.id);
    tracing::info!(
        request = %id.0, %method, path, status = response.status().as_u16(), viewer,
        micros = started.elapsed().as_micros() as u64, "request"
    );
    Ok(response)
}

async fn write_down(request: &actix_web::HttpRequest) -> crate::error::Result<()> {
    let Some(app) = request.app_data::<AppData>().cloned() else { return Ok(()) };
    let (viewer, needed) = {
        let known = request.extensions();
        (known.get::<Viewer>().cloned(), known.get::<Permission>().copied())
    };
    let address = app.address(request);
    let actor = viewer.map_or_else(|| AuditActor::anonymous(&address), |viewer| AuditActor::of(&viewer, &address));
    let object = format!("{} {}", request.method(), request.path());
    let detail = needed.map_or("", Permission::label);
    app.db.write(move |conn| audit::append(conn, &actor, AuditAction::Refused, &object, detail)).await
}

fn answer(request: &actix_web::HttpRequest, error: &actix_web::Error, id: &RequestId) -> HttpResponse {
    let Some(error) = error.as_error::<Error>() else {
        let status = error.as_response_error().status_code();
        tracing::warn!(request = %id.0, %error, "refused by the framework");
        let error = if status.is_client_error() { Error::NotFound } else { Error::internal(error.to_string()) };
        return render_page(request, &error, id, status);
    };
    match error {
        Error::SignInRequired => {
            let mut response = match sign_in(request) {
                Ok(response) => response,
                Err(cause) => return answer(request, &cause.into(), id),
            };
            if let Some(app) = request.app_data::<AppData>()
                && session::key(request).is_some()
            {
                let _ = response.add_cookie(&session::removal(app));
            }
            response
        }
        Error::PasswordChangeRequired => page::see_other("/password"),
        Error::Database(_) | Error::Internal(_) => {
            tracing::error!(request = %id.0, cause = %error, "failed");
            render_page(request, error, id, error.status_code())
        }
        error => render_page(request, error, id, error.status_code()),
    }
}

/// To the sign-in page; what was typed into a form meanwhile stands on it.
fn sign_in(request: &actix_web::HttpRequest) -> Answer {
    let next = match *request.method() {
        Method::GET => request.uri().to_string(),
        _ => page_before(request).or_else(|| page_of_issue(request)).unwrap_or_default(),
    };
    let mut unwritten = request.extensions_mut().remove::<Form>().unwrap_or_default().unwritten();
    if let Some(app) = request.app_data::<AppData>()
        && !unwritten.0.is_empty()
    {
        unwritten.set("next", next);
        return account::pages::expired(app, request, &unwritten);
    }
    let query = if matches!(next.as_str(), "" | "/") { String::new() } else { format!("?next={}", encode(&next)) };
    Ok(page::see_other(format!("/login{query}")))
}

/// The page of ours that a form stood on. None for one that was refused and shown again at an address that takes forms
/// only.
fn page_before(request: &actix_web::HttpRequest) -> Option<String> {
    let ours = request.app_data::<AppData>()?.public_address(request);
    let page = request.headers().get(header::REFERER)?.to_str().ok()?.strip_prefix(&ours)?;
    let can_be_opened = || {
        let mut routes = Routes::default();
        crate::routes(&mut routes);
        let pattern = request.match_pattern();
        routes.lines.iter().any(|line| line.method == Method::GET && Some(line.path) == pattern.as_deref())
    };
    let is_page = page.starts_with('/') && (page.split('?').next() != Some(request.path()) || can_be_opened());
    is_page.then(|| page.to_owned())
}

/// Of the issue that a form was about.
fn page_of_issue(request: &actix_web::HttpRequest) -> Option<String> {
    let is_below = request.match_pattern().is_some_and(|pattern| pattern.starts_with("/issues/{number}/"));
    let number = request.match_info().get("number").filter(|_| is_below)?;
    Some(format!("/issues/{number}"))
}

fn encode(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap_or_default().trim_start_matches('=').to_owned()
}

fn render_page(request: &actix_web::HttpRequest, error: &Error, id: &RequestId, status: StatusCode) -> HttpResponse {
    let viewer = request.extensions().get::<Viewer>().cloned();
    // Who has no account has no list, no dispatcher and no role.
    let on_street = viewer.is_none() && request.path().starts_with("/portal");
    let (title, text, hints): (&str, String, &[&str]) = match error {
        Error::NotFound if on_street => {
            ("没有找到", "这个页面不存在，可能是网址抄错了一位。".into(), &["急事或别的诉求，请拨打市民热线 12345。"])
        }
        Error::NotFound => (
            "没有找到",
            "这个页面或这条记录不存在，或者不在您可以查看的范围内。".into(),
            &[
                "网址或编号抄错了一位：请从列表里重新查找。",
                "已改派、并案或移交：请问所在辖区的助企办调度员。",
                "刚换岗：请安全管理员核对您的单位和角色。",
            ],
        ),
        Error::Forbidden => (
            "没有这项权限",
            "您的角色不能做这件事。".into(),
            &["确属职责所在：请安全管理员调整您的角色。", "不属于您的环节：请联系经办单位或助企办。"],
        ),
        Error::OtherSite => ("不能这样做", format!("{error}。"), &["返回本系统的页面，再提交一次。"]),
        Error::Conflict(why) => ("已经有人处理过", format!("{why}。"), &["返回看最新情况，再决定要不要做。"]),
        Error::Refused(why) => ("不能这样做", format!("{why}。"), &["返回修改后再提交。"]),
        Error::Invalid(_) => ("有内容要改", format!("{error}。"), &["返回修改后再提交。"]),
        Error::TooMany(_) => ("请等一会儿", format!("{error}。"), &["这是为了防止有人反复试探。"]),
        _ => (
            "系统出错了",
            "没有办成，刚才的内容没有写入。".into(),
            &["请稍后再试一次。", "还不行，请把下面的参考号告诉系统管理员。"],
        ),
    };
    let (back_href, back_label) = match viewer {
        None if on_street => ("/portal", "回到反映和查询"),
        None => ("/", "回到首页"),
        Some(_) => ("/", "回到我的首页"),
    };
    let typed = request.extensions_mut().remove::<Form>().unwrap_or_default();
    let page = ErrorPage {
        shell: Shell::plain(request, viewer.as_ref()),
        title: title.to_owned(),
        text,
        hints: hints.iter().map(|hint| (*hint).to_owned()).collect(),
        unwritten: typed.words().map(str::to_owned).collect(),
        reference: id.0.clone(),
        back_href: back_href.to_owned(),
        back_label: back_label.to_owned(),
    };
    let body = page.render().unwrap_or_else(|cause| format!("{title} {} ({cause})", id.0));
    HttpResponse::build(status).content_type(header::ContentType(actix_web::mime::TEXT_HTML_UTF_8)).body(body)
}
