//! Every page of the route tree, for each role that may open it, with all folds open: nothing for axe-core to object to
//! and nothing wider than the window.
use super::played::{self, Played};
use crate::support::{
    browser::{Browser, Scripts, Size},
    cast::*,
    city,
    desk::{Desk, Page},
    server::Server,
};
use actix_web::http::{Method, header};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use zhuqi::{
    issue::worklist,
    web::gate::{Access, Routes},
};

/// One of each role, and of the offices one of the city and one of an area.
const ACCOUNTS: &[&str] = &[
    "city1",
    "erqi",
    "lead1",
    "cadre1",
    "housing",
    "leader",
    "callback",
    "mill",
    "sysadmin",
    "secadmin",
    "auditadmin",
    "nobody",
];
/// Those whose turn it is at some stage of the story see it at every stage; the others at its end.
const PLAYERS: &[&str] = &["city1", "erqi", "cadre1", "housing", "mill"];
/// What a page that everybody may open looks like to one who is signed in.
const ON_PUBLIC_PAGES: &str = "erqi";

/// What to open for a route; parameters name records of the played city.
async fn addresses(desk: &mut Desk, route: &str, account: &str, played: &Played) -> Vec<String> {
    let person = CAST.iter().find(|person| person.0 == account);
    let last = played.problems.last().expect("problems");
    match route {
        "/issues/{number}" if PLAYERS.contains(&account) => played.problems.clone(),
        "/issues/{number}" => vec![last.clone()],
        "/issues/{number}/deadline" if PLAYERS.contains(&account) => {
            played.problems.iter().map(|path| format!("{path}/deadline")).collect()
        }
        "/issues/{number}/deadline" => vec![format!("{last}/deadline")],
        "/issues/{number}/{step}" => vec![format!("{last}/reply")],
        "/issues/{number}/notices/{id}" => vec![played.notice.clone()],
        "/issues/{number}/notices/{id}/docx" => vec![format!("{}/docx", played.notice)],
        "/step/{key}" => vec![played.step_link.clone()],
        "/issues" => {
            vec![route.into(), "/issues?q=no-such-words&status=submitted".into(), "/issues?from=abc&area=x".into()]
        }
        "/work/{word}" => {
            let lists = worklist::of(person.and_then(|person| person.2)).iter();
            lists.take(2).map(|list| format!("/work/{}", list.word)).collect()
        }
        "/supervision/{word}" => vec!["/supervision/unanswered".into(), "/supervision/rulings".into()],
        "/spot-checks/list" => vec![format!("/spot-checks/list?month={}", played.month)],
        "/batch" => vec![format!("/batch?act=nudge&issue={}", last.trim_start_matches("/issues/"))],
        "/static/{path:.*}" => vec!["/static/theme.css".into()],
        "/attachments/{id}" => vec![played.attachment.clone()],
        "/portal/attachments/{id}" => vec![played.portal_attachment.clone()],
        "/rights/{id}/{act}" => vec![format!("/rights/{}/withdraw", id_of("city2"))],
        "/rights/{id}" => vec![format!("/rights/{}", id_of("city2"))],
        _ => listed(desk, route).await.into_iter().collect(),
    }
}

/// The route with the number of the first record to which its list leads: `/units/{id}` by a link on `/units`.
async fn listed(desk: &mut Desk, route: &str) -> Option<String> {
    let Some((list, rest)) = route.split_once('{') else {
        return Some(route.to_owned());
    };
    let (_, rest) = rest.split_once('}').expect("a closed parameter");
    let page = desk.get(list.trim_end_matches('/')).await.html();
    let number = page.split(&format!("href=\"{list}")).skip(1).find_map(|link| {
        let digits: String = link.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    });
    number.map(|number| format!("{list}{number}{rest}"))
}

/// Pages by who opens them ("" is somebody without an account), each route opened by at least one.
async fn openable(played: &Played) -> Vec<(&'static str, Vec<String>)> {
    let mut routes = Routes::default();
    zhuqi::routes(&mut routes);
    let lines: Vec<_> = routes.lines.iter().filter(|line| line.method == Method::GET).collect();
    let mut never_opened: BTreeSet<&str> = lines.iter().map(|line| line.path).collect();
    let mut pages = Vec::new();
    for account in [""].iter().chain(ACCOUNTS).copied() {
        let mut desk = match account {
            "" => played.street(),
            account => played.city.desk(account).await,
        };
        let mut found = Vec::new();
        for line in &lines {
            let concerns = match line.access {
                Access::Public => ["", ON_PUBLIC_PAGES].contains(&account),
                Access::SignedIn | Access::Needs(_) => !account.is_empty(),
            };
            if !concerns {
                continue;
            }
            for address in addresses(&mut desk, line.path, account, played).await {
                let page = desk.get(&address).await;
                let status = page.status.as_u16();
                assert!(matches!(status, 200 | 303 | 403 | 404), "{account} on {address}: {status}");
                // A step's address only leads back to its issue.
                if line.path == "/issues/{number}/{step}" && status == 303 {
                    assert_eq!(page.location.as_deref(), played.problems.last().map(String::as_str));
                    never_opened.remove(line.path);
                }
                if status == 200 {
                    never_opened.remove(line.path);
                    if is_html(&page) {
                        found.push(address);
                    }
                }
            }
        }
        pages.push((account, found));
    }
    assert!(never_opened.is_empty(), "nobody could open {never_opened:?}: name a record in `addresses`");
    pages
}

fn is_html(page: &Page) -> bool {
    let kind = page.headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// What is wrong with the page as it stands: objections of axe-core, and what sticks out.
async fn objections(browser: &Browser) -> Vec<String> {
    let mut found = browser.axe().await;
    found.extend(browser.sticking_out().await);
    found
}

async fn look_at_every_page(size: Size) {
    let played = played::city().await;
    let pages = openable(&played).await;
    let server = Server::of(&played.city);
    let browser = Browser::open(&server.url, size, Scripts::On).await;
    // Objection → how often, and where first.
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut looked_at = 0;
    for (account, addresses) in &pages {
        browser.devtools("Network.clearBrowserCookies", json!({}));
        let cookies = match *account {
            "" => played.ticket.clone(),
            account => vec![city::sign_in(&played.city.app, account).await],
        };
        for cookie in cookies {
            let cookie = json!({"name": cookie.name(), "value": cookie.value(), "url": server.url});
            browser.devtools("Network.setCookie", cookie);
        }
        for address in addresses {
            browser.visit(address).await;
            assert_eq!(browser.path().await, *address, "{account}");
            browser.run("document.querySelectorAll('details').forEach(fold => fold.open = true)").await;
            let mut seen = objections(&browser).await;
            if address == "/" && size == Size::Phone {
                browser.run("location.hash = 'menu'").await;
                seen.extend(objections(&browser).await);
            }
            for one in seen {
                let entry = found.entry(one).or_insert((0, format!("{account} on {address}")));
                entry.0 += 1;
            }
            looked_at += 1;
        }
    }
    let lines: Vec<_> = found.iter().map(|(what, (times, first))| format!("{times} × from {first}: {what}")).collect();
    assert!(lines.is_empty(), "{looked_at} pages at {size:?}:\n{}", lines.join("\n"));
}

#[actix_web::test]
async fn every_page_on_a_phone() {
    look_at_every_page(Size::Phone).await;
}

#[actix_web::test]
async fn every_page_at_a_desk() {
    look_at_every_page(Size::Desk).await;
}
