//! The HTTP server: the route tree behind its middleware, health checks, a graceful end.
use super::{
    App,
    gate::{Access, Routes, gate},
    origin, page, refusal,
};
use crate::{
    config::Config,
    error::{Error, Result, io_words},
};
use actix_web::{
    HttpResponse, HttpServer,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, Condition, from_fn},
    web::{self, Data},
};
use std::net::TcpListener;

/// Largest urlencoded form in bytes.
const FORM_LIMIT: usize = 512 * 1024;

/// The whole application, for the server and for tests.
pub fn application(
    app: App,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .app_data(web::FormConfig::default().limit(FORM_LIMIT))
        .app_data(Data::new(app))
        .configure(|service| crate::routes(&mut Routes::on(service)))
        // Behind the gate, so that who is signed in keeps the menu.
        .default_service(
            web::to(|| async { Err::<HttpResponse, _>(Error::NotFound) })
                .wrap(from_fn(|request, next| gate(Access::Public, request, next))),
        )
        .wrap(from_fn(origin::check))
        .wrap(from_fn(refusal::render))
        .wrap(from_fn(origin::headers))
        .wrap(from_fn(forget_notice))
        .wrap(Condition::new(true, Compress::default()))
}

/// A notice is shown once: the page that showed it takes the cookie away.
async fn forget_notice(
    request: ServiceRequest,
    next: actix_web::middleware::Next<impl actix_web::body::MessageBody>,
) -> std::result::Result<ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
    let had_notice = page::notice(request.request()).is_some() && !request.path().starts_with("/static/");
    let mut response = next.call(request).await?;
    let is_page = response.status().is_success();
    if had_notice && is_page {
        let _ = response.response_mut().add_cookie(&page::notice_removal());
    }
    Ok(response)
}

/// Taken before anything is built or migrated: a wrong address is no reason to wait. Until it is served, who calls waits.
pub fn listen(config: &Config) -> Result<TcpListener> {
    TcpListener::bind(config.listen)
        .map_err(|cause| Error::refused(format!("不能监听 {}：{}", config.listen, io_words(&cause))))
}

/// Serves until SIGTERM or Ctrl-C; requests in flight are finished, for 30 seconds at most.
pub async fn serve(app: App, listener: TcpListener) -> Result<()> {
    let config = app.config.clone();
    let workers = config.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    std::fs::create_dir_all(config.attachments())?;
    let background = actix_web::rt::spawn(crate::background::run::run(app.clone()));
    let served = app.clone();
    // As many as can read at once, and one more for who signs in: more would only wait for each other.
    let blocking = served.db.readers().div_ceil(workers) + 1;
    let server = HttpServer::new(move || application(served.clone()))
        .workers(workers)
        .worker_max_blocking_threads(blocking)
        .shutdown_timeout(30)
        .listen(listener)?;
    for address in server.addrs() {
        println!("助企已启动：http://{address}");
    }
    server.run().await?;
    background.abort();
    Ok(())
}

pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready to serve: the database answers with this version's schema and attachments can be written.
pub async fn readyz(app: super::AppData) -> HttpResponse {
    let db = app.db.clone();
    let attachments = app.config.attachments();
    let checked = app
        .db
        .read(move |_| {
            let pending = db.pending_migrations()?;
            if !pending.is_empty() {
                return Err(Error::refused("数据库结构还没有升级，请运行 zhuqi migrate"));
            }
            std::fs::create_dir_all(&attachments)?;
            tempfile::NamedTempFile::new_in(&attachments)
                .map_err(|cause| Error::refused(format!("附件目录不能写入：{}", io_words(&cause))))?;
            Ok(())
        })
        .await;
    match checked {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(error) => HttpResponse::ServiceUnavailable().body(format!("{error}\n")),
    }
}
