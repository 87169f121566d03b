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
pub mod batch;
pub mod board;
pub mod calendar;
pub mod category;
pub mod chain;
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
pub mod import;
pub mod inbox;
pub mod instruction;
pub mod issue;
pub mod key;
pub mod notice;
pub mod once;
pub mod outbox;
pub mod portal;
pub mod rate_limit;
pub mod record;
pub mod report;
pub mod rules;
pub mod schema;
pub mod seal;
pub mod search;
pub mod sheet;
pub mod sign;
pub mod spot_check;
pub mod start;
pub mod step_link;
pub mod symposium;
pub mod text_enum;
pub mod time;
pub mod triage;
pub mod unit;
pub mod usage;
pub mod usci;
pub mod verify;
pub mod visit;
pub mod web;

pub use command::run;

use access::Permission::*;
use directory::{Area, Category, Group, Unit};
use enterprise::Enterprise;
use web::{
    editable,
    gate::{
        Access::{Needs, Public, SignedIn},
        Routes,
    },
};

/// The one route tree.
pub fn routes(on: &mut Routes) {
    on.get("/healthz", Public, web::server::healthz);
    on.get("/readyz", Public, web::server::readyz);
    on.get("/static/{path:.*}", Public, web::assets::serve);

    // An address is matched in this order: what is asked most comes first.
    on.get("/", SignedIn, issue::pages::home::home);
    on.get("/work/{word}", Needs(SeeIssues), issue::pages::home::worklist);
    on.get("/issues", Needs(SeeIssues), issue::pages::list::list);
    on.post("/issues/view", Needs(SeeIssues), issue::pages::list::save_view);
    on.post("/issues/filters", Needs(SeeIssues), issue::pages::list::save_filter);
    on.post("/issues/filters/{id}/delete", Needs(SeeIssues), issue::pages::list::delete_filter);
    on.get("/issues/export", Needs(Export), export::pages::download);
    on.get("/issues/new", Needs(RecordIssue), issue::pages::new::form);
    on.post("/issues", Needs(RecordIssue), issue::pages::new::create);
    on.get("/issues/{number}", Needs(SeeIssues), issue::pages::show::show);
    on.get("/issues/{number}/deadline", Needs(SeeIssues), issue::pages::deadline::show);
    on.post("/issues/{number}/phone", Needs(RevealPhones), issue::pages::show::reveal_phone);
    on.post("/issues/{number}/attachments", Needs(SeeIssues), issue::pages::attachment::add);
    on.post("/issues/{number}/slip", Needs(SeeIssues), portal::pages_slip::print);
    on.get("/issues/{number}/notices/{id}", Needs(SeeIssues), notice::pages::show);
    on.get("/issues/{number}/notices/{id}/docx", Needs(SeeIssues), notice::pages::download);
    on.get("/issues/{number}/{step}", Needs(SeeIssues), issue::pages::act::back);
    on.post("/issues/{number}/{step}", Needs(SeeIssues), issue::pages::act::act);
    on.get("/attachments/{id}", Needs(SeeIssues), issue::pages::attachment::download);
    on.post("/attachments/{id}/void", Needs(SeeIssues), issue::pages::attachment::void);

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
    on.get("/units/new", Needs(RunSystem), editable::new_form::<Unit>);
    on.post("/units", Needs(RunSystem), editable::add::<Unit>);
    on.get("/units/{id}", Needs(RunSystem), editable::form::<Unit>);
    on.post("/units/{id}", Needs(RunSystem), editable::edit::<Unit>);
    on.post("/units/{id}/end", Needs(RunSystem), editable::end::<Unit>);
    on.post("/units/{id}/resume", Needs(RunSystem), editable::resume::<Unit>);
    on.get("/areas", Needs(RunSystem), area::pages::list);
    on.get("/areas/new", Needs(RunSystem), editable::new_form::<Area>);
    on.post("/areas", Needs(RunSystem), editable::add::<Area>);
    on.get("/areas/{id}", Needs(RunSystem), editable::form::<Area>);
    on.post("/areas/{id}", Needs(RunSystem), editable::edit::<Area>);
    on.post("/areas/{id}/end", Needs(RunSystem), editable::end::<Area>);
    on.post("/areas/{id}/resume", Needs(RunSystem), editable::resume::<Area>);
    on.get("/categories", Needs(EditCategories), category::pages::list);
    on.get("/categories/new", Needs(EditCategories), editable::new_form::<Category>);
    on.post("/categories", Needs(EditCategories), editable::add::<Category>);
    on.get("/categories/{id}", Needs(EditCategories), editable::form::<Category>);
    on.post("/categories/{id}", Needs(EditCategories), editable::edit::<Category>);
    on.post("/categories/{id}/end", Needs(EditCategories), editable::end::<Category>);
    on.post("/categories/{id}/resume", Needs(EditCategories), editable::resume::<Category>);
    on.get("/calendar", Needs(RunSystem), rules::pages_calendar::show);
    on.post("/calendar", Needs(RunSystem), rules::pages_calendar::save);
    on.post("/calendar/preview", Needs(RunSystem), rules::pages_calendar::preview);
    on.get("/deadlines", Needs(EditDeadlines), rules::pages_deadlines::list);
    on.post("/deadlines", Needs(EditDeadlines), rules::pages_deadlines::add);
    on.get("/deadlines/new", Needs(EditDeadlines), rules::pages_deadlines::new_form);
    on.post("/deadlines/rules", Needs(EditDeadlines), rules::pages_deadlines::rules);
    on.get("/deadlines/{place}", Needs(EditDeadlines), rules::pages_deadlines::show);
    on.post("/deadlines/{place}", Needs(EditDeadlines), rules::pages_deadlines::edit);
    on.post("/deadlines/{place}/retire", Needs(EditDeadlines), rules::pages_deadlines::retire);
    on.get("/reporting", Needs(EditReporting), rules::pages_reporting::show);
    on.post("/reporting", Needs(EditReporting), rules::pages_reporting::change);
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
    on.post("/portal/attachments/{id}/void", Public, portal::pages_track::void);

    on.get("/messages", Needs(SeeIssues), inbox::pages::list);
    on.post("/messages/read", Needs(SeeIssues), inbox::pages::mark_read);
    on.get("/messages/settings", Needs(SeeIssues), inbox::pages_settings::form);
    on.post("/messages/settings", Needs(SeeIssues), inbox::pages_settings::save);
    on.get("/deliveries", Needs(RunSystem), outbox::pages::list);
    on.post("/deliveries/{id}/retry", Needs(RunSystem), outbox::pages::retry);
    on.get("/step/{key}", Public, step_link::pages::show);
    on.post("/step/{key}", Public, step_link::pages::act);

    on.get("/supervision", Needs(Supervise), board::pages::show);
    on.get("/supervision/{word}", Needs(Supervise), board::pages_list::list);
    on.get("/signs", Needs(SeeSpotChecks), sign::pages::list);
    on.get("/spot-checks", Needs(SeeSpotChecks), spot_check::pages::list);
    on.get("/spot-checks/list", Needs(SeeSpotChecks), spot_check::pages_drawn_from::show);
    on.get("/spot-checks/open", Needs(SeeSpotChecks), spot_check::pages_open::list);
    on.get("/spot-checks/withdrawals", Needs(SeeSpotChecks), spot_check::pages_withdrawals::list);
    on.get("/spot-checks/{id}", Needs(SeeSpotChecks), spot_check::pages_show::show);
    on.post("/spot-checks/{id}", Needs(CallBack), spot_check::pages_show::act);
    on.get("/instructions", Needs(FollowInstructions), instruction::pages::list);
    on.get("/triage", Needs(Triage), triage::pages::show);
    on.post("/triage/{number}/{word}", Needs(Triage), triage::pages::act);
    on.get("/batch", Needs(Export), batch::pages::ask);
    on.post("/batch", Needs(Review), batch::pages::act);
    on.get("/batch/export", Needs(Export), export::pages::selected);

    on.get("/enterprises", Needs(SeeEnterprises), enterprise::pages::list);
    on.get("/enterprises/new", Needs(EditEnterprises), editable::new_form::<Enterprise>);
    on.post("/enterprises", Needs(EditEnterprises), editable::add::<Enterprise>);
    on.get("/enterprises/{id}", Needs(SeeEnterprises), enterprise::pages_show::show);
    on.post("/enterprises/{id}", Needs(EditEnterprises), editable::edit::<Enterprise>);
    on.get("/enterprises/{id}/edit", Needs(EditEnterprises), editable::form::<Enterprise>);
    on.post("/enterprises/{id}/end", Needs(EditEnterprises), editable::end::<Enterprise>);
    on.post("/enterprises/{id}/resume", Needs(EditEnterprises), editable::resume::<Enterprise>);
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
    on.get("/groups/new", Needs(EditGroups), editable::new_form::<Group>);
    on.post("/groups", Needs(EditGroups), editable::add::<Group>);
    on.get("/groups/{id}", Needs(SeeGroups), group::pages::show);
    on.get("/groups/{id}/edit", Needs(EditGroups), editable::form::<Group>);
    on.post("/groups/{id}", Needs(EditGroups), editable::edit::<Group>);
    on.post("/groups/{id}/end", Needs(EditGroups), editable::end::<Group>);
    on.post("/groups/{id}/resume", Needs(EditGroups), editable::resume::<Group>);

    on.get("/imports", Needs(Import), import::pages::list);
    on.get("/imports/new", Needs(Import), import::pages::new_form);
    on.post("/imports", Needs(Import), import::pages::upload);
    on.get("/imports/{id}", Needs(Import), import::pages_show::show);
    on.post("/imports/{id}", Needs(Import), import::pages_show::check);
    on.post("/imports/{id}/run", Needs(Import), import::pages_show::run);
    on.get("/imports/{id}/bad", Needs(Import), import::pages_show::bad_rows);
    on.get("/base-imports", Needs(RunSystem), import::pages::list);
    on.get("/base-imports/new", Needs(RunSystem), import::pages::new_form);
    on.post("/base-imports", Needs(RunSystem), import::pages::upload);
    on.get("/base-imports/{id}", Needs(RunSystem), import::pages_show::show);
    on.post("/base-imports/{id}", Needs(RunSystem), import::pages_show::check);
    on.post("/base-imports/{id}/run", Needs(RunSystem), import::pages_show::run);
    on.get("/base-imports/{id}/bad", Needs(RunSystem), import::pages_show::bad_rows);
    on.post("/base-imports/{id}/passwords", Needs(RunSystem), import::pages_show::passwords);
    on.get("/role-imports", Needs(GrantRights), import::pages::list);
    on.get("/role-imports/new", Needs(GrantRights), import::pages::new_form);
    on.post("/role-imports", Needs(GrantRights), import::pages::upload);
    on.get("/role-imports/{id}", Needs(GrantRights), import::pages_show::show);
    on.post("/role-imports/{id}", Needs(GrantRights), import::pages_show::check);
    on.post("/role-imports/{id}/run", Needs(GrantRights), import::pages_show::run);
    on.get("/role-imports/{id}/bad", Needs(GrantRights), import::pages_show::bad_rows);

    on.get("/reports", Needs(SeeReports), report::pages::show);
    on.get("/reports/definitions", Needs(SeeReports), report::pages::definitions);
    on.get("/reports/rows", Needs(SeeReports), report::pages_rows::behind);
    on.get("/reports/week", Needs(SeeReports), report::pages_week::show);
    on.get("/reports/week/text", Needs(Export), report::pages_week::download);
    on.get("/reports/export", Needs(Export), report::pages::download);
}
