//! zhuqi (助企): the system with which a city runs its campaign 万人助万企.
//!
//! By feature: each folder has its nouns in `mod.rs`, its SQL in `query.rs`, its pages in `pages*.rs`. Pages know no
//! SQL; queries and nouns know no HTTP. What all share stands beside them: `access` (who may do what), `calendar`,
//! `db`, `audit`, `search`, `directory`, and `web` (what every page needs).
pub mod access;
pub mod account;
pub mod area;
pub mod assignment;
pub mod attachment;
pub mod audit;
pub mod background;
pub mod backup;
pub mod calendar;
pub mod category;
pub mod command;
pub mod config;
pub mod db;
pub mod demo;
pub mod directory;
pub mod enterprise;
pub mod error;
pub mod export;
pub mod feedback;
pub mod form;
pub mod group;
pub mod issue;
pub mod key;
pub mod once;
pub mod portal;
pub mod rate_limit;
pub mod record;
pub mod report;
pub mod rules;
pub mod schema;
pub mod seal;
pub mod search;
pub mod sheet;
pub mod start;
pub mod symposium;
pub mod text_enum;
pub mod time;
pub mod unit;
pub mod usci;
pub mod verify;
pub mod visit;
pub mod web;

pub use command::run;

use access::Permission::*;
use web::gate::{
    Access::{Needs, Public, SignedIn},
    Routes,
};

/// The one route tree.
pub fn routes(on: &mut Routes) {
    on.get("/healthz", Public, web::server::healthz);
    on.get("/readyz", Public, web::server::readyz);
    on.get("/static/{path:.*}", Public, web::assets::serve);
    on.get("/login", Public, account::pages::login_form);
    on.post("/login", Public, account::pages::login);
    on.post("/logout", SignedIn, account::pages::logout);
    on.get("/password", SignedIn, account::pages::password_form);
    on.post("/password", SignedIn, account::pages::change_password);
    on.get("/users", Needs(RunSystem), account::pages_list::to_open);
    on.get("/users/new", Needs(RunSystem), account::pages_open::open_form);
    on.post("/users", Needs(RunSystem), account::pages_open::open);
    on.get("/users/{id}", Needs(RunSystem), account::pages_open::show);
    on.post("/users/{id}", Needs(RunSystem), account::pages_open::edit);
    on.get("/rights", Needs(GrantRights), account::pages_list::to_grant);
    on.get("/rights/{id}", Needs(GrantRights), account::pages_rights::show);
    on.post("/rights/{id}/role", Needs(GrantRights), account::pages_rights::grant);
    on.get("/rights/{id}/{act}", Needs(GrantRights), account::pages_rights::ask);
    on.post("/rights/{id}/{act}", Needs(GrantRights), account::pages_rights::act);
    on.get("/audit", Needs(SeeAudit), audit::pages::list);
    on.get("/units", Needs(RunSystem), unit::pages::list);
    on.get("/units/new", Needs(RunSystem), unit::pages::new_form);
    on.post("/units", Needs(RunSystem), unit::pages::add);
    on.get("/units/{id}", Needs(RunSystem), unit::pages::show);
    on.post("/units/{id}", Needs(RunSystem), unit::pages::edit);
    on.post("/units/{id}/end", Needs(RunSystem), unit::pages::end);
    on.post("/units/{id}/resume", Needs(RunSystem), unit::pages::resume);
    on.get("/areas", Needs(RunSystem), area::pages::list);
    on.get("/areas/new", Needs(RunSystem), area::pages::new_form);
    on.post("/areas", Needs(RunSystem), area::pages::add);
    on.get("/areas/{id}", Needs(RunSystem), area::pages::show);
    on.post("/areas/{id}", Needs(RunSystem), area::pages::edit);
    on.post("/areas/{id}/end", Needs(RunSystem), area::pages::end);
    on.post("/areas/{id}/resume", Needs(RunSystem), area::pages::resume);
    on.get("/categories", Needs(EditCategories), category::pages::list);
    on.get("/categories/new", Needs(EditCategories), category::pages::new_form);
    on.post("/categories", Needs(EditCategories), category::pages::add);
    on.get("/categories/{id}", Needs(EditCategories), category::pages::show);
    on.post("/categories/{id}", Needs(EditCategories), category::pages::edit);
    on.post("/categories/{id}/end", Needs(EditCategories), category::pages::end);
    on.post("/categories/{id}/resume", Needs(EditCategories), category::pages::resume);
    on.get("/feedback", Public, feedback::pages::form);
    on.post("/feedback", Public, feedback::pages::send);
    on.get("/feedback/list", Needs(ReadFeedback), feedback::pages::list);
    on.post("/feedback/{id}/read", Needs(ReadFeedback), feedback::pages::mark_read);

    on.get("/portal", Public, portal::pages_submit::home);
    on.post("/portal/issues", Public, portal::pages_submit::submit);
    on.post("/portal/track", Public, portal::pages_track::track);
    on.post("/portal/leave", Public, portal::pages_track::leave);
    on.get("/portal/issue", Public, portal::pages_issue::show);
    on.post("/portal/issue/attachments", Public, portal::pages_track::attach);
    on.post("/portal/issue/{step}", Public, portal::pages_issue::act);
    on.get("/portal/attachments/{id}", Public, portal::pages_track::download);

    on.get("/", SignedIn, issue::pages::home::home);
    on.get("/work/{word}", Needs(SeeIssues), issue::pages::home::worklist);
    on.get("/issues", Needs(SeeIssues), issue::pages::list::list);
    on.post("/issues/filters", Needs(SeeIssues), issue::pages::list::save_filter);
    on.post("/issues/filters/{id}/delete", Needs(SeeIssues), issue::pages::list::delete_filter);
    on.get("/issues/export", Needs(Export), export::pages::download);
    on.get("/issues/new", Needs(RecordIssue), issue::pages::new::form);
    on.post("/issues", Needs(RecordIssue), issue::pages::new::create);
    on.get("/issues/{number}", Needs(SeeIssues), issue::pages::show::show);
    on.post("/issues/{number}/phone", Needs(RevealPhones), issue::pages::show::reveal_phone);
    on.post("/issues/{number}/attachments", Needs(SeeIssues), issue::pages::attachment::add);
    on.post("/issues/{number}/slip", Needs(SeeIssues), portal::pages_slip::print);
    on.post("/issues/{number}/{step}", Needs(SeeIssues), issue::pages::act::act);
    on.get("/attachments/{id}", Needs(SeeIssues), issue::pages::attachment::download);

    on.get("/enterprises", Needs(SeeEnterprises), enterprise::pages::list);
    on.get("/enterprises/new", Needs(EditEnterprises), enterprise::pages_edit::new_form);
    on.post("/enterprises", Needs(EditEnterprises), enterprise::pages_edit::create);
    on.get("/enterprises/{id}", Needs(SeeEnterprises), enterprise::pages_show::show);
    on.post("/enterprises/{id}", Needs(EditEnterprises), enterprise::pages_edit::update);
    on.get("/enterprises/{id}/edit", Needs(EditEnterprises), enterprise::pages_edit::form);
    on.post("/enterprises/{id}/end", Needs(EditEnterprises), enterprise::pages_edit::end);
    on.post("/enterprises/{id}/resume", Needs(EditEnterprises), enterprise::pages_edit::resume);
    on.post("/enterprises/{id}/assign", Needs(Assign), enterprise::pages_show::assign);
    on.post("/enterprises/{id}/phone", Needs(RevealPhones), enterprise::pages_show::reveal_phone);
    on.get("/assignments/handover", Needs(Assign), assignment::pages::form);
    on.post("/assignments/handover", Needs(Assign), assignment::pages::hand_over);
    on.get("/visits", Needs(SeeVisits), visit::pages::list);
    on.get("/visits/new", Needs(RecordVisits), visit::pages_new::new_form);
    on.post("/visits", Needs(RecordVisits), visit::pages_new::create);
    on.get("/visits/{id}", Needs(SeeVisits), visit::pages::show);
    on.get("/visits/{id}/edit", Needs(RecordVisits), visit::pages_edit::form);
    on.post("/visits/{id}", Needs(RecordVisits), visit::pages_edit::save);
    on.post("/visits/{id}/void", Needs(RecordVisits), visit::pages::void);
    on.get("/symposiums", Needs(SeeVisits), symposium::pages::list);
    on.get("/symposiums/new", Needs(RecordVisits), symposium::pages_new::new_form);
    on.post("/symposiums", Needs(RecordVisits), symposium::pages_new::create);
    on.get("/symposiums/{id}", Needs(SeeVisits), symposium::pages::show);
    on.get("/symposiums/{id}/edit", Needs(RecordVisits), symposium::pages_edit::form);
    on.post("/symposiums/{id}", Needs(RecordVisits), symposium::pages_edit::save);
    on.post("/symposiums/{id}/void", Needs(RecordVisits), symposium::pages::void);
    on.get("/groups", Needs(SeeGroups), group::pages::list);
    on.get("/groups/new", Needs(EditGroups), group::pages_edit::new_form);
    on.post("/groups", Needs(EditGroups), group::pages_edit::add);
    on.get("/groups/{id}", Needs(SeeGroups), group::pages::show);
    on.get("/groups/{id}/edit", Needs(EditGroups), group::pages_edit::form);
    on.post("/groups/{id}", Needs(EditGroups), group::pages_edit::edit);
    on.post("/groups/{id}/end", Needs(EditGroups), group::pages_edit::end);
    on.post("/groups/{id}/resume", Needs(EditGroups), group::pages_edit::resume);

    on.get("/reports", Needs(SeeReports), report::pages::show);
    on.get("/reports/definitions", Needs(SeeReports), report::pages::definitions);
    on.get("/reports/rows", Needs(SeeReports), report::pages_rows::behind);
    on.get("/reports/export", Needs(Export), report::pages::download);
}
