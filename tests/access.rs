//! The permission table and the scopes, each cell of the hand-written files tried through every door.
use crate::support::{
    cast::{self, *},
    city::{self, City},
    desk::Desk,
};
use actix_web::http::Method;
use std::collections::{BTreeMap, BTreeSet};
use zhuqi::{
    access::{Permission, Role, Scope, Viewer},
    issue::{
        apply::Actor,
        perform::{Authority, perform},
        query::{self, Attachment},
        step::Step,
        submit::{NewIssue, submit},
        workflow::*,
    },
    key,
    time::Time,
    web::gate::{Access, Routes},
};

fn viewer(role: Role, is_city: bool) -> Viewer {
    Viewer {
        id: 1,
        account: String::new(),
        name: String::new(),
        role: Some(role),
        area_id: Some(ERQI),
        is_city,
        group_id: Some(GROUP_ONE),
        unit_id: Some(HOUSING),
        enterprise_id: Some(MILL),
        home: String::new(),
        must_change_password: false,
        session: Vec::new(),
    }
}

/// The hand-written table: (role, of the city) → permissions.
fn written() -> BTreeMap<(Role, bool), BTreeSet<Permission>> {
    let lines = include_str!("data/permissions.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (who, what) = line.split_once(": ").expect("who and what");
            let (role, is_city) = match who.strip_prefix("city ") {
                Some(role) => (role, true),
                None => (who, false),
            };
            let what = what.split(' ').map(|word| word.parse().expect(word)).collect();
            ((role.parse().expect(role), is_city), what)
        })
        .collect()
}

#[test]
fn the_permission_table_is_the_written_one() {
    for ((role, is_city), wanted) in written() {
        let viewer = viewer(role, is_city);
        let held: BTreeSet<Permission> = Permission::ALL.iter().copied().filter(|one| viewer.may(*one)).collect();
        assert_eq!(held, wanted, "{role:?} city: {is_city}");
    }
    let nobody = Viewer { role: None, ..viewer(Role::Cadre, false) };
    assert!(Permission::ALL.iter().all(|one| !nobody.may(*one)));
}

#[test]
fn the_three_administrators_hold_no_business_permission() {
    let written = written();
    let admins = [Role::Sysadmin, Role::Secadmin, Role::Auditadmin];
    for admin in admins {
        for ((role, _), what) in &written {
            if *role != admin {
                assert!(what.is_disjoint(&written[&(admin, false)]), "{admin:?} and {role:?}");
            }
        }
    }
}

/// Every account of the cast on every page of the route tree: 403 exactly where the table has no permission.
#[actix_web::test]
async fn every_page_opens_to_those_whom_the_table_names() {
    let city = city::fresh();
    let mut routes = Routes::default();
    zhuqi::routes(&mut routes);
    assert!(routes.lines.len() > 20);
    for person in cast::CAST {
        let mut desk = city.desk(person.0).await;
        let viewer = Viewer {
            is_city: person.3 == Some(CITY),
            area_id: person.3,
            ..viewer(person.2.unwrap_or(Role::Cadre), false)
        };
        let viewer =
            Viewer { role: person.2, group_id: person.4, unit_id: person.5, enterprise_id: person.6, ..viewer };
        for line in routes.lines.iter().filter(|line| line.method == Method::GET) {
            // A record that does not exist: who may look gets 404 or a page, who may not gets 403.
            let path = line.path.replace("{path:.*}", "theme.css").replace("{word}", "triage");
            let path = fill_parameters(&path);
            let status = desk.get(&path).await.status.as_u16();
            let allowed = match line.access {
                Access::Needs(permission) => viewer.may(permission),
                Access::SignedIn | Access::Public => true,
            };
            assert_eq!(status != 403, allowed, "{} on {path}: {status}", person.0);
            assert_ne!(status, 500, "{} on {path}", person.0);
        }
    }
}

fn fill_parameters(path: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, tail) = after.split_once('}').expect("a closed parameter");
        filled.push_str(before);
        filled.push_str("999999");
        rest = tail;
    }
    filled + rest
}

#[actix_web::test]
async fn whoever_is_not_signed_in_is_led_to_the_sign_in_page() {
    let city = city::fresh();
    let mut routes = Routes::default();
    zhuqi::routes(&mut routes);
    for line in routes.lines.iter().filter(|line| line.access != Access::Public) {
        let mut street = city.street();
        let path = fill_parameters(&line.path.replace("{path:.*}", "x"));
        let page = if line.method == Method::GET { street.get(&path).await } else { street.post(&path, &[]).await };
        assert_eq!(page.status.as_u16(), 303, "{path}");
        assert!(page.location.expect("an address").starts_with("/login"), "{path}");
    }
}

struct Problem {
    word: &'static str,
    number: String,
    title: String,
    attachment: i64,
}

/// The five problems of the file, each with an attachment.
async fn problems(city: &City) -> Vec<Problem> {
    let attachments = city.app.config.attachments();
    std::fs::create_dir_all(&attachments).expect("a directory");
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, "附件的内容".as_bytes()).expect("writes");
    let hash = zhuqi::attachment::store(&attachments, file.path()).expect("stores");
    let specs = [
        ("own", Some(MILL), ERQI, Some(GROUP_ONE), "cadre1", Some(HOUSING)),
        ("group", Some(MILL), ERQI, Some(GROUP_ONE), "lead1", None),
        ("unit", Some(FOUNDRY), ZHENGDONG, Some(GROUP_TWO), "cadre2", Some(HOUSING)),
        ("area", None, ERQI, None, "erqi", None),
        ("elsewhere", Some(FOUNDRY), ZHENGDONG, Some(GROUP_TWO), "cadre2", Some(FINANCE)),
    ];
    let now = Time::system();
    city.app
        .db
        .write(move |conn| {
            let mut made = Vec::new();
            for (word, enterprise_id, area_id, group_id, collector, lead) in specs {
                let title = format!("蒸汽管网检修{word}");
                let new = NewIssue {
                    enterprise_id,
                    enterprise_name: "某企业".into(),
                    area_id,
                    group_id,
                    collector_id: Some(id_of(collector)),
                    channel: Channel::Visit,
                    title: title.clone(),
                    description: "停汽三天".into(),
                    demand: String::new(),
                    urgency: Urgency::Normal,
                    contact_name: "何女士".into(),
                    contact_phone: "13800005678".into(),
                    code_hash: None,
                    visit_id: None,
                    symposium_id: None,
                    external: None,
                };
                let recorder = Actor {
                    id: Some(id_of(collector)),
                    name: "某人".into(),
                    by: Permission::RecordIssue,
                    unit_id: None,
                };
                let issue = submit(conn, &recorder, new, now)?;
                if let Some(lead_unit_id) = lead {
                    let register = Step::Register {
                        category_id: CATEGORY_FINANCING,
                        complexity: Complexity::C,
                        level: Level::County,
                        urgency: Urgency::Normal,
                        duplicates_looked_at: true,
                        group_id: None,
                    };
                    let dispatch = Step::Dispatch {
                        lead_unit_id,
                        co_unit_ids: vec![],
                        template: "13710".into(),
                        requirement: String::new(),
                        responsible_leader: String::new(),
                    };
                    let office =
                        Actor { id: Some(id_of("city1")), name: "办".into(), by: Permission::Triage, unit_id: None };
                    let authority = Authority { see: Scope::system(), act: Scope::system(), actor: office };
                    for step in [register, dispatch] {
                        perform(conn, &authority, &issue.number, None, &step, now)?;
                    }
                }
                let attachment = Attachment {
                    id: key::fresh(now),
                    issue_id: issue.id,
                    name: "说明.txt".into(),
                    content_hash: hash.clone(),
                    content_type: "text/plain".into(),
                    size: 15,
                    actor: "某人".into(),
                    added_at: now,
                    voided_at: Time::NEVER,
                    void_reason: String::new(),
                    actor_id: None,
                    for_company: true,
                    void_actor: String::new(),
                };
                query::insert_attachments(conn, vec![attachment.clone()])?;
                made.push(Problem { word, number: issue.number, title, attachment: attachment.id });
            }
            Ok(made)
        })
        .await
        .expect("makes the problems")
}

fn query(text: &str) -> String {
    serde_urlencoded::to_string([("q", text)]).expect("encodes")
}

/// Tries one problem through every door; the answers of all doors must agree.
async fn doors(desk: &mut Desk, problem: &Problem) -> BTreeMap<&'static str, bool> {
    let mut seen = BTreeMap::new();
    let page = desk.get(&format!("/issues/{}", problem.number)).await;
    assert!(matches!(page.status.as_u16(), 200 | 403 | 404), "{}", page.status);
    seen.insert("page", page.status.as_u16() == 200);
    let found = desk.get(&format!("/issues?{}", query(&problem.title))).await;
    seen.insert("search", found.status.as_u16() == 200 && found.says(&problem.number[10..]));
    let by_number = desk.get(&format!("/issues?{}", query(&problem.number))).await;
    seen.insert("number", by_number.says(&problem.title));
    let file = desk.get(&format!("/attachments/{}", problem.attachment)).await;
    seen.insert("attachment", file.status.as_u16() == 200);
    // A step is refused as if the problem did not exist.
    let step = desk.post(&format!("/issues/{}/progress", problem.number), &[("version", "1"), ("note", "试探")]).await;
    seen.insert("step", !matches!(step.status.as_u16(), 403 | 404));
    seen
}

#[actix_web::test]
async fn each_problem_shows_through_all_doors_or_through_none() {
    let city = city::fresh();
    let problems = problems(&city).await;
    let written = include_str!("data/access.txt").lines().filter(|line| !line.starts_with('#'));
    let mut people = 0;
    for line in written {
        let mut words = line.split_whitespace();
        let account = words.next().expect("an account");
        let mut desk = city.desk(account).await;
        let mut visible = 0;
        for (problem, wanted) in problems.iter().zip(words) {
            let wanted = wanted == "y";
            visible += usize::from(wanted);
            let mut seen = doors(&mut desk, problem).await;
            // Who sees it but may not act gets 403; that is the next test's matter.
            let step = seen.remove("step");
            assert!(wanted || step == Some(false), "{account} acted on {}", problem.word);
            for (door, open) in seen {
                assert_eq!(open, wanted, "{account}, {}: {door}", problem.word);
            }
        }
        let ledger = desk.get("/issues").await;
        if ledger.status.as_u16() == 200 {
            assert!(ledger.says(&format!("共 {visible} 件")), "{account} counts: {}", ledger.text());
        } else {
            assert_eq!((ledger.status.as_u16(), visible), (403, 0), "{account}");
        }
        people += 1;
    }
    assert_eq!(people, cast::CAST.len(), "everybody of the cast stands in the file");
}
