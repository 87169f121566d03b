//! What every page needs: the guarded route table, sessions, origin check, pages and refusals.
pub mod assets;
pub mod editable;
pub mod file;
pub mod gate;
pub mod origin;
pub mod page;
pub mod paging;
pub mod refusal;
pub mod server;
pub mod session;
pub mod shell;
pub mod upload;

use crate::{calendar::Clock, config::Config, db::Db, error::Result, time::Time};
use actix_web::{HttpRequest, web::Data};
use std::sync::Arc;

/// What handlers share. Nothing here is state: all state is in the database.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    /// Sign-in names shown on the sign-in page of a demo, empty otherwise: (role, account, password).
    pub demo_accounts: Arc<Vec<(String, String, String)>>,
}

impl App {
    pub fn now(&self) -> Time {
        self.clock.now()
    }
    pub fn today(&self) -> chrono::NaiveDate {
        self.clock.today()
    }
    pub fn is_demo(&self) -> bool {
        !self.demo_accounts.is_empty()
    }
    /// Where people reach this server: as configured, else as this request did.
    pub fn public_address(&self, request: &HttpRequest) -> String {
        let host = request.headers().get("host").and_then(|value| value.to_str().ok());
        match (&self.config.origin, host) {
            (None, Some(host)) => format!("http://{host}"),
            _ => self.config.address(),
        }
    }
    /// Where the request came from; behind the trusted proxy, what the proxy says: it adds the last element of the last
    /// line, the client may have sent everything before it.
    pub fn address(&self, request: &HttpRequest) -> String {
        let peer = request.peer_addr().map(|address| address.ip());
        if peer.is_some()
            && peer == self.config.trusted_proxy
            && let Some(forwarded) =
                request.headers().get_all("x-forwarded-for").last().and_then(|value| value.to_str().ok())
            && let Some(last) = forwarded.rsplit(',').next().map(str::trim)
            && last.parse::<std::net::IpAddr>().is_ok()
        {
            return last.to_owned();
        }
        peer.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string())
    }
}

pub type AppData = Data<App>;

/// Of a request: stands in the log and on the error page.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    pub fn new() -> Self {
        let time = crate::calendar::shanghai(Time::system()).format("%Y%m%d-%H%M%S");
        Self(format!("{time}-{:04x}", rand::random::<u16>()))
    }
}
impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

/// A handler's answer.
pub type Answer = Result<actix_web::HttpResponse>;
