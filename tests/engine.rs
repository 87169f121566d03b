//! The database rules that every feature relies on, on both engines.
use crate::support::{cast::CITY, city};
use diesel::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use zhuqi::{
    db::{Db, Url},
    error::Error,
    schema::*,
    search,
    time::Time,
};

#[actix_web::test]
async fn twenty_writers_at_once_lose_nothing() {
    let city = city::fresh();
    let writes = (0..20).map(|_| {
        let db = city.app.db.clone();
        actix_web::rt::spawn(async move {
            db.write(|conn| {
                let row = units::table.find(1);
                let seen: i64 = row.select(units::version).first(conn)?;
                std::thread::sleep(std::time::Duration::from_millis(5));
                diesel::update(row).set(units::version.eq(seen + 1)).execute(conn)?;
                Ok(())
            })
            .await
        })
    });
    let writes: Vec<_> = writes.collect();
    let mut done = 0;
    for write in writes {
        match write.await.expect("ends") {
            Ok(()) => done += 1,
            Err(Error::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let version: i64 =
        city.app.db.read(|conn| Ok(units::table.find(1).select(units::version).first(conn)?)).await.expect("reads");
    assert_eq!(version, 1 + done, "every acknowledged write is there");
    assert!(done > 0);
}

#[actix_web::test]
async fn a_failed_write_leaves_nothing_behind() {
    let city = city::fresh();
    let failed = city
        .app
        .db
        .write(|conn| {
            diesel::update(areas::table.find(CITY)).set(areas::name.eq("改了")).execute(conn)?;
            Err::<(), _>(Error::refused("想了想还是算了"))
        })
        .await;
    assert!(matches!(failed, Err(Error::Refused(_))));
    let name: String =
        city.app.db.read(|conn| Ok(areas::table.find(CITY).select(areas::name).first(conn)?)).await.expect("reads");
    assert_eq!(name, "郑州市");
}

#[test]
fn migrations_go_up_and_down_and_up() {
    let city = city::fresh();
    city.app.db.revert_all().expect("down");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut written: Vec<String> = std::fs::read_dir(folder)
        .expect("migrations")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    written.sort();
    assert_eq!(city.app.db.pending_migrations().expect("lists"), written, "all of them, in their order");
    assert!(!city.app.db.has_schema().expect("asks"));
    city.app.db.migrate().expect("up again");
    assert!(city.app.db.pending_migrations().expect("lists").is_empty());
    let people: i64 = city.app.db.read_blocking(|conn| Ok(users::table.count().get_result(conn)?)).expect("counts");
    assert_eq!(people, 0, "nothing was left of the former schema");
}

#[test]
fn other_databases_are_refused_with_what_is_allowed() {
    for url in ["mysql://x", "zhuqi.db", "sqlite:", ""] {
        let why = Url::parse(url).expect_err(url).to_string();
        assert!(why.contains("sqlite:") && why.contains("postgres://"), "{why}");
    }
    assert!(Url::parse("postgres://a@b/c?sslmode=require").expect_err("TLS").to_string().contains("TLS"));
    assert!(Db::open("oracle://x").is_err());
}

/// The index of character pairs finds what a plain search of the text finds, for words of two characters and more.
#[test]
fn pairs_of_characters_find_what_a_plain_search_finds() {
    const CHARACTERS: [&str; 12] = ["一", "贷", "款", "用", "电", "增", "容", "工", "人", "A", "3", "，"];
    let mut rng = StdRng::seed_from_u64(7);
    let mut text = |most: usize| -> String {
        let length = rng.random_range(2..most);
        (0..length).map(|_| CHARACTERS[rng.random_range(0..CHARACTERS.len())]).collect()
    };
    for _ in 0..20_000 {
        let (document, word) = (text(14), text(5));
        let (document, word) = (search::normal(&document), search::normal(&word));
        if word.chars().count() < 2 {
            continue;
        }
        let pairs = search::terms(&document);
        let by_pairs = search::terms(&word).iter().all(|pair| pairs.contains(pair)) && document.contains(&word);
        assert_eq!(by_pairs, document.contains(&word), "{word} in {document}");
    }
}

#[test]
fn a_time_that_never_comes_sorts_last() {
    assert!(Time::NEVER > Time::system());
    assert!(Time::NEVER.some().is_none());
}
