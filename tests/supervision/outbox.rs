//! A real SMTP server and a real HTTP receiver, a few lines each, on the loopback.
use super::*;
use chrono::Timelike;
use diesel::prelude::*;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};
use zhuqi::{
    calendar::shanghai,
    config::Config,
    inbox::{MINUTES_PER_DAY, Settings, query::save_settings},
    outbox::{BACK_OFF, State, channel::signature, send},
    schema::deliveries as d,
};

pub type Received = Arc<Mutex<Vec<String>>>;

fn listen(answer: fn(TcpStream, &Received) -> Option<()>) -> (SocketAddr, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let received = Received::default();
    let kept = received.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let received = kept.clone();
            std::thread::spawn(move || answer(stream, &received));
        }
    });
    (address, received)
}

/// Takes every mail.
pub fn smtp() -> (SocketAddr, Received) {
    listen(|mut stream, received| {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        stream.write_all(b"220 test\r\n").ok()?;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.to_uppercase().get(..4)? {
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").ok()?;
                    let mut mail = String::new();
                    while !mail.ends_with("\r\n.\r\n") {
                        if reader.read_line(&mut mail).ok()? == 0 {
                            return None;
                        }
                    }
                    received.lock().ok()?.push(mail);
                    stream.write_all(b"250 taken\r\n").ok()?;
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").ok()?;
                    return Some(());
                }
                _ => stream.write_all(b"250 ok\r\n").ok()?,
            }
        }
    })
}

/// Head and body of every request, answered with 200.
fn receiver() -> (SocketAddr, Received) {
    listen(|mut stream, received| {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let from = head.len();
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
            if let Some(value) = head[from..].to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        received.lock().ok()?.push(head + &String::from_utf8(body).ok()?);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()
    })
}

pub fn wants(conn: &mut zhuqi::db::Conn, account: &str, by_email: bool, by_phone: bool) -> Result<()> {
    let email = format!("{account}@example.gov.cn");
    save_settings(conn, &Settings { user_id: id_of(account), email, by_email, by_phone, ..Settings::default() })
}

fn config(city: &City, change: impl FnOnce(&mut Config)) -> Config {
    let mut config = (*city.app.config).clone();
    config.origin = Some("https://zhuqi.example.gov.cn".into());
    change(&mut config);
    config
}

pub fn with_smtp(city: &City, address: SocketAddr) -> Config {
    config(city, |config| {
        config.smtp = Some(format!("smtp://{address}"));
        config.smtp_from = Some("助企办 <zhuqi@example.gov.cn>".into());
    })
}

fn states(db: &Db) -> Vec<(State, i64, Time)> {
    db.read_blocking(|conn| Ok(d::table.order(d::id).select((d::state, d::tries, d::next_try_at)).load(conn)?))
        .expect("reads")
}

fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
    line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
}

#[test]
fn nothing_leaves_the_machine_unless_it_is_configured() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| {
        wants(conn, "housing", true, true)?;
        dispatched(conn, "停汽", at)
    })
    .expect("dispatched");
    assert_eq!(send::pass(db, &city.app.config, at).expect("passes"), 0);
    assert!(states(db).iter().all(|one| one.0 == State::Waiting && one.1 == 0));
}

#[test]
fn a_mail_arrives_once_with_a_stable_id_and_a_link_to_its_step() {
    let city = fresh();
    let db = &city.app.db;
    let (address, received) = smtp();
    let config = with_smtp(&city, address);
    let at = morning("2026-03-02");
    db.write_blocking(move |conn| {
        wants(conn, "housing", true, false)?;
        dispatched(conn, "停汽", at)
    })
    .expect("dispatched");
    assert_eq!(send::pass(db, &config, at).expect("passes"), 1);
    assert_eq!(send::pass(db, &config, at).expect("passes"), 0, "once");
    // As if the process had ended before the row was marked.
    db.write_blocking(|conn| {
        Ok(diesel::update(d::table).set((d::state.eq(State::Waiting), d::tries.eq(0))).execute(conn)?)
    })
    .expect("forgets");
    assert_eq!(send::pass(db, &config, at).expect("passes"), 1);
    let mails = received.lock().expect("mails").clone();
    assert_eq!(mails.len(), 2);
    let id = header(&mails[0], "Message-ID");
    assert!(id.ends_with("@example.gov.cn>"), "{id}");
    assert_eq!(id, header(&mails[1], "Message-ID"));
    assert_eq!(header(&mails[0], "To"), "housing@example.gov.cn");
    let link = zhuqi::schema::step_links::table.count();
    let links: i64 = db.read_blocking(move |conn| Ok(link.get_result(conn)?)).expect("counts");
    assert_eq!(links, 2, "each try has a link of its own");
}

#[test]
fn the_webhook_is_signed_and_names_its_key() {
    let city = fresh();
    let db = &city.app.db;
    let (address, received) = receiver();
    let config = config(&city, |config| {
        config.webhook = Some(format!("http://{address}/sms"));
        config.webhook_key = Some("secret".into());
    });
    let at = morning("2026-03-02");
    let issue = db
        .write_blocking(move |conn| {
            wants(conn, "housing", false, true)?;
            dispatched(conn, "停汽", at)
        })
        .expect("dispatched");
    assert_eq!(send::pass(db, &config, at).expect("passes"), 1);
    let request = received.lock().expect("requests")[0].clone();
    let body = request.split_once("\r\n\r\n").expect("a body").1;
    assert_eq!(header(&request, "X-Zhuqi-Signature"), signature("secret", body.as_bytes()));
    let body: serde_json::Value = serde_json::from_str(body).expect("json");
    assert_eq!(header(&request, "Idempotency-Key"), body["key"].as_str().expect("a key"));
    assert_eq!(body["to"], format!("139000000{:02}", id_of("housing")));
    let text = body["text"].as_str().expect("a text");
    assert!(text.contains(&issue.number) && text.contains("https://zhuqi.example.gov.cn/step/"), "{text}");
    assert!(!text.contains("砺衡"), "no company's name leaves the house");
}

#[test]
fn the_signature_is_hmac_sha256() {
    // RFC 4231, test case 2.
    let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(signature("Jefe", b"what do ya want for nothing?"), wanted);
}

#[actix_web::test]
async fn what_nobody_takes_is_tried_again_later_and_in_the_end_given_up() {
    let city = fresh();
    let db = city.app.db.clone();
    // Nobody listens there any more.
    let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let config = with_smtp(&city, address);
    let at = morning("2026-03-02");
    let tried = actix_web::web::block(move || {
        db.write_blocking(move |conn| {
            wants(conn, "housing", true, false)?;
            dispatched(conn, "停汽", at)
        })
        .expect("dispatched");
        let mut now = at;
        for (index, minutes) in BACK_OFF.iter().enumerate() {
            assert_eq!(send::pass(&db, &config, now).expect("passes"), 0);
            let next = now.plus_minutes(*minutes);
            assert_eq!(states(&db), [(State::Waiting, index as i64 + 1, next)]);
            assert_eq!(send::pass(&db, &config, next.plus_seconds(-1)).expect("passes"), 0);
            assert_eq!(states(&db)[0].1, index as i64 + 1, "not before its time");
            now = next;
        }
        send::pass(&db, &config, now).expect("passes");
        states(&db)[0]
    });
    let (state, tries, _) = tried.await.expect("runs");
    assert_eq!((state, tries), (State::Dead, 6));
    let mut admin = city.desk("sysadmin").await;
    let page = admin.open("/deliveries").await;
    assert!(page.says("共 1 条") && !page.says("housing@"), "{}", page.text());
    let action = page.attribute("main form", "action").expect("a button");
    let again = admin.submit(&page, &action, &[]).await;
    assert!(admin.follow(&again).await.says("已重新排队"));
    assert_eq!(states(&city.app.db)[0].0, State::Waiting);
    admin.post(&action, &[]).await.is(409);
}

/// A limit that ended at midnight of a past day is told of now: the quiet hours of now count.
#[test]
fn a_rule_that_acts_at_midnight_asks_for_the_quiet_hours_of_the_moment() {
    let city = fresh();
    let db = &city.app.db;
    let at = morning("2022-03-01");
    db.write_blocking(move |conn| {
        dispatched(conn, "停汽", at)?;
        let now = shanghai(Time::system());
        let minute = i64::from(now.hour() * 60 + now.minute());
        let night = Settings {
            user_id: id_of("housing"),
            email: "housing@example.gov.cn".into(),
            by_email: true,
            quiet_from: (minute - 60).rem_euclid(MINUTES_PER_DAY),
            quiet_until: (minute + 60).rem_euclid(MINUTES_PER_DAY),
            ..Settings::default()
        };
        save_settings(conn, &night)
    })
    .expect("dispatched");
    let soon = Time::system().plus_minutes(50);
    assert_eq!(zhuqi::background::pass(db, workdays_later(at, 2)).expect("signs"), 1);
    let due: Vec<Time> = states(db).into_iter().map(|one| one.2).collect();
    assert!(due.len() == 1 && due[0] > soon, "when it is quiet no more, and not on a morning of years ago");
}

#[actix_web::test]
async fn sms_need_a_phone_that_is_registered() {
    let mut city = fresh();
    let (address, _) = receiver();
    city.app.config = Arc::new(config(&city, |config| {
        config.webhook = Some(format!("http://{address}/"));
        config.webhook_key = Some("secret".into());
        config.origin = None;
    }));
    let mut unit = city.desk("housing").await;
    let page = unit.open("/messages/settings").await;
    assert!(page.says("登记的手机：139****0010"), "{}", page.text());
    unit.submit(&page, "/messages/settings", &[("by_phone", "1")]).await.is(303);
    let forget = city.app.db.write(|conn| {
        use zhuqi::schema::users;
        let own = users::table.find(id_of("callback"));
        Ok(diesel::update(own).set(users::phone.eq(None::<String>)).execute(conn)?)
    });
    forget.await.expect("forgets");
    let mut other = city.desk("callback").await;
    let page = other.open("/messages/settings").await;
    assert!(page.says("登记的手机：没有登记"), "{}", page.text());
    let refused = other.submit(&page, "/messages/settings", &[("by_phone", "1")]).await.is(422);
    assert_eq!(refused.texts(".error-summary a[href='#by_phone']").len(), 1, "{}", refused.text());
    assert!(refused.says("没有登记手机"));
}

#[actix_web::test]
async fn only_what_is_configured_can_be_wanted() {
    let mut city = fresh();
    let mut unit = city.desk("housing").await;
    let page = unit.open("/messages/settings").await;
    assert!(page.says("现在没有启用邮件和短信") && page.attribute("#by_email", "name").is_none());
    let (address, _) = smtp();
    city.app.config = Arc::new(with_smtp(&city, address));
    city.app.config = Arc::new(Config { origin: None, ..(*city.app.config).clone() });
    let mut unit = city.desk("housing").await;
    let page = unit.open("/messages/settings").await;
    let wrong = [("by_email", "1"), ("email", "wang"), ("quiet_from", "22:00")];
    let page = unit.submit(&page, "/messages/settings", &wrong).await.is(422);
    assert!(page.says("请写完整的邮件地址") && page.says("要一起填"), "{}", page.text());
    let right = [("email", "wang@example.gov.cn"), ("quiet_until", "7:30")];
    let saved = unit.submit(&page, "/messages/settings", &right).await;
    let page = unit.follow(&saved).await;
    assert_eq!(page.attribute("#quiet_until", "value").as_deref(), Some("07:30"));
    assert_eq!(page.attribute("#email", "value").as_deref(), Some("wang@example.gov.cn"));
}
