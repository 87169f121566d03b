//! How I want to be told outside the application; only what the city has configured is offered.
use super::{MINUTES_PER_DAY, Settings, query};
use crate::{
    access::Viewer,
    error::{Invalid, Result},
    form::Form,
    issue::pages::masked,
    once,
    outbox::{Channel, channel::Channels},
    web::{
        Answer, App, AppData, page,
        shell::{Frame, Shell},
    },
};
use actix_web::HttpRequest;
use askama::Template;

#[derive(Template)]
#[template(path = "inbox/settings.html")]
struct SettingsPage {
    shell: Shell,
    by_email: bool,
    by_phone: bool,
    /// The registered one, masked; blank: none.
    phone: String,
    invalid: Invalid,
    form: Form,
}

const NO_PHONE: &str = "账号没有登记手机，发不了短信；请系统管理员登记手机号后再开";

/// 22:30
fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once([':', '：'])?;
    let at = hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?;
    (0..MINUTES_PER_DAY).contains(&at).then_some(at)
}

impl From<Settings> for Form {
    fn from(settings: Settings) -> Self {
        let mut form = Form::default();
        form.set("email", settings.email);
        for (name, is_set) in [("by_email", settings.by_email), ("by_phone", settings.by_phone)] {
            if is_set {
                form.set(name, "1");
            }
        }
        if settings.quiet_from != settings.quiet_until {
            form.set("quiet_from", clock(settings.quiet_from));
            form.set("quiet_until", clock(settings.quiet_until));
        }
        form
    }
}

async fn settings_page(
    app: &App,
    request: &HttpRequest,
    viewer: Viewer,
    typed: Option<(Form, Invalid)>,
) -> Result<SettingsPage> {
    let frame = Frame::of(app, request);
    let configured = Channels::of(&app.config)?.configured();
    let read = app.db.read(move |conn| {
        let (form, invalid) = match typed {
            Some(typed) => typed,
            None => (query::settings(conn, viewer.id)?.into(), Invalid::default()),
        };
        Ok(SettingsPage {
            shell: Shell::load(conn, &frame, &viewer, &[("消息", Some("/messages")), ("邮件、短信和免打扰", None)])?,
            by_email: configured.contains(&Channel::Email),
            by_phone: configured.contains(&Channel::Phone),
            phone: query::phone(conn, viewer.id)?.map_or(String::new(), |phone| masked(&phone)),
            invalid,
            form,
        })
    });
    read.await
}

pub async fn form(app: AppData, request: HttpRequest, viewer: Viewer) -> Answer {
    page::show(&settings_page(&app, &request, viewer, None).await?)
}

fn sent(viewer: &Viewer, form: &Form, invalid: &mut Invalid) -> Settings {
    let email = form.limited("email", 100, invalid);
    let by_email = form.has("by_email");
    let is_address = email.parse::<lettre::Address>().is_ok();
    if !is_address && (by_email || !email.is_empty()) {
        invalid.add("email", "请写完整的邮件地址，例如 wang@example.gov.cn");
    }
    let mut quiet = |name: &str, other: &str| match (form.text(name), form.has(other)) {
        ("", false) => 0,
        ("", true) => {
            invalid.add(name, "免打扰的开始和结束要一起填");
            0
        }
        (text, _) => minute(text).unwrap_or_else(|| {
            invalid.add(name, "请写几点几分，例如 22:00");
            0
        }),
    };
    let (quiet_from, quiet_until) = (quiet("quiet_from", "quiet_until"), quiet("quiet_until", "quiet_from"));
    Settings { user_id: viewer.id, email, by_email, by_phone: form.has("by_phone"), quiet_from, quiet_until }
}

pub async fn save(app: AppData, request: HttpRequest, viewer: Viewer, form: Form) -> Answer {
    let mut invalid = Invalid::default();
    let mut settings = sent(&viewer, &form, &mut invalid);
    if !invalid.is_empty() {
        return page::refuse(&settings_page(&app, &request, viewer, Some((form, invalid))).await?);
    }
    // What is not offered cannot be wanted: nothing is queued that nobody would send.
    let configured = Channels::of(&app.config)?.configured();
    settings.by_email &= configured.contains(&Channel::Email);
    settings.by_phone &= configured.contains(&Channel::Phone);
    let typed = form.clone();
    let saved = app.db.write(move |conn| {
        once::once(conn, &typed, |conn| {
            if settings.by_phone && query::phone(conn, settings.user_id)?.is_none() {
                return Err(Invalid::one("by_phone", NO_PHONE).into());
            }
            query::save_settings(conn, &settings)?;
            Ok("/messages/settings".to_owned())
        })
    });
    match saved.await {
        Ok(location) => Ok(page::done(location, "已保存")),
        Err(error) => {
            let (status, invalid) = page::to_mend(error)?;
            page::with_status(status, &settings_page(&app, &request, viewer, Some((form, invalid))).await?)
        }
    }
}
