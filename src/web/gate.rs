//! The one door: every route says at registration who may pass, or it cannot be registered. The gate loads the session,
//! asks the permission table, and leaves `Viewer` and `Scope` for the handler, who has no other way to get them.
use super::{AppData, page, session, upload};
use crate::{
    access::{Permission, Scope, Viewer},
    error::{Error, Result},
    form::Form,
};
use actix_web::{
    FromRequest, Handler, HttpMessage, HttpRequest, Responder, Route,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::{Next, from_fn},
    web::{self, ServiceConfig},
};
use std::future::{Ready, ready};

/// Who may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody; the viewer is known if there is one.
    Public,
    /// Every account, whatever its role.
    SignedIn,
    /// The permission's scope is handed to the handler.
    Needs(Permission),
}

/// One line of the route table, kept for tests and documentation.
#[derive(Debug, Clone)]
pub struct Line {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
}

/// Collects routes; on a server with `service`, for a listing without.
#[derive(Default)]
pub struct Routes<'a> {
    service: Option<&'a mut ServiceConfig>,
    pub lines: Vec<Line>,
}

impl<'a> Routes<'a> {
    pub fn on(service: &'a mut ServiceConfig) -> Self {
        Self { service: Some(service), lines: Vec::new() }
    }
    pub fn get<F, Args>(&mut self, path: &'static str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, access, web::get().to(handler));
    }
    pub fn post<F, Args>(&mut self, path: &'static str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, access, web::post().to(handler));
    }
    fn add(&mut self, method: Method, path: &'static str, access: Access, route: Route) {
        if let Some(service) = &mut self.service {
            service.route(path, route.wrap(from_fn(move |request, next| gate(access, request, next))));
        }
        self.lines.push(Line { method, path, access });
    }
}

/// Lets a request pass to its handler, or answers why not.
pub async fn gate(
    access: Access,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match pass(access, &request).await {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        // Nothing of it is done, but what was typed is shown beside the sign-in or the refusal.
        Err(error) if request.method() == Method::POST => {
            let (request, mut payload) = request.into_parts();
            let typed = upload::fields(&request, &mut payload).await;
            request.extensions_mut().insert(typed);
            Ok(ServiceResponse::from_err(error, request))
        }
        Err(error) => Ok(request.error_response(error)),
    }
}

/// Leaves `Viewer` and `Scope` with the request, or says why not.
async fn pass(access: Access, request: &ServiceRequest) -> Result<()> {
    let app = request.app_data::<AppData>().expect("the application is registered").clone();
    let viewer = match session::key(request.request()) {
        Some(key) => session::load(&app, key).await?,
        None => None,
    };
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    let needed = match access {
        Access::Public => return Ok(()),
        Access::SignedIn => None,
        Access::Needs(permission) => Some(permission),
    };
    let viewer = viewer.ok_or(Error::SignInRequired)?;
    if viewer.must_change_password && !is_exempt(request.path()) {
        return Err(Error::PasswordChangeRequired);
    }
    let Some(permission) = needed else { return Ok(()) };
    if let Some(scope) = viewer.scope(permission) {
        request.extensions_mut().insert(scope);
        return Ok(());
    }
    // `refusal` writes it down, with what was missing.
    request.extensions_mut().insert(permission);
    Err(Error::Forbidden)
}

/// What an account that has to change its password can still do.
fn is_exempt(path: &str) -> bool {
    matches!(path, "/password" | "/logout")
}

impl FromRequest for Viewer {
    type Error = Error;
    type Future = Ready<Result<Self>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Viewer>().cloned().ok_or(Error::SignInRequired))
    }
}

/// Only behind `Access::Needs`; elsewhere there is none and the request fails.
impl FromRequest for Scope {
    type Error = Error;
    type Future = Ready<Result<Self>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Scope>().copied().ok_or(Error::Forbidden))
    }
}

/// The typed form, whatever its fields. It stays with the request too: `refusal` shows what was not written.
impl FromRequest for Form {
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = web::Form::<Vec<(String, String)>>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            match form.await {
                Ok(fields) => {
                    let form = Self(fields.into_inner());
                    request.extensions_mut().insert(form.clone());
                    Ok(form)
                }
                Err(cause) => Err(page::bad_body(cause)),
            }
        })
    }
}
