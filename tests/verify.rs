//! `zhuqi verify`: whatever is changed behind the back of the system is found, and the record is named.
use crate::support::{
    city::City,
    crowd::{self, SMALL},
    server, soak,
};
use diesel::{connection::SimpleConnection, prelude::*, sql_query, sql_types::*, sqlite::SqliteConnection};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use zhuqi::{
    audit::{AuditAction, AuditEvent},
    db::Engine,
    issue::event::first_hash,
    key,
    schema::audit_events,
    seal::{self, secret::SecretFile},
    time::Time,
    verify::{Finding, verify},
};

/// A random past with audit rows on its days, all of it sealed.
fn sealed_city(seed: u64) -> (City, SecretFile) {
    let city = crowd::city(seed, SMALL);
    let db = city.app.db.clone();
    let file = city.app.config.seal_key();
    let sealing = file.clone();
    std::thread::spawn(move || {
        db.write_blocking(move |conn| audit_rows(conn, &mut StdRng::seed_from_u64(seed))).expect("audit rows");
        let closed = seal::close_days(&db, &sealing, crowd::now()).expect("seals");
        assert!(closed > 100, "{closed} days");
        assert_eq!(seal::close_days(&db, &sealing, crowd::now()).expect("seals"), 0, "once is enough");
    })
    .join()
    .expect("sealed");
    (city, file)
}

fn audit_rows(conn: &mut zhuqi::db::Conn, rng: &mut StdRng) -> zhuqi::error::Result<()> {
    let mut moments: Vec<Time> = (0..40).map(|_| crowd::some_moment(rng)).collect();
    moments.sort();
    let mut ends = [first_hash(), first_hash(), first_hash()];
    for at in moments {
        let who = rng.random_range(0..3usize);
        let mut row = AuditEvent {
            id: key::fresh(at),
            actor_key: format!("user:{}", who + 1),
            actor_id: Some(who as i64 + 1),
            actor: format!("干部{who}"),
            action: *AuditAction::ALL.choose(rng).expect("an action"),
            object: "台账".into(),
            detail: "导出 20 行".into(),
            address: "10.0.0.1".into(),
            happened_at: at,
            prev_hash: ends[who].clone(),
            hash: Vec::new(),
        };
        row.hash = row.computed_hash();
        ends[who].clone_from(&row.hash);
        diesel::insert_into(audit_events::table).values(row).execute(conn)?;
    }
    Ok(())
}

fn findings(city: &City, file: &SecretFile) -> Vec<Finding> {
    verify(&city.app.db, file, crowd::now(), |_| ()).expect("verifies").findings
}

#[test]
fn a_random_past_verifies_clean_and_another_key_does_not() {
    for seed in 0..soak::count(3, 30) as u64 {
        let (city, file) = sealed_city(seed);
        assert_eq!(findings(&city, &file), Vec::new(), "seed {seed}");
        if seed == 0 {
            std::fs::write(&file.0, format!("{}\n", "0f".repeat(32))).expect("another key");
            assert!(findings(&city, &file).len() > 100, "no seal was made with it");
            std::fs::remove_file(&file.0).expect("no key");
            assert_eq!(findings(&city, &file)[0].record, "封存密钥");
        }
    }
}

#[test]
fn a_row_written_late_belongs_to_the_day_on_which_it_was_written() {
    use zhuqi::issue::{perform::*, step::Step};
    let (city, file) = sealed_city(7);
    let number: String = {
        use zhuqi::schema::issues as i;
        let open = |conn: &mut zhuqi::db::Conn| {
            let rows = i::table.filter(i::status.eq("in_progress")).order(i::id);
            Ok(rows.select(i::number).first(conn)?)
        };
        city.app.db.read_blocking(open).expect("one in progress")
    };
    let late = crowd::now().plus_minutes(-60 * 24 * 40);
    city.app
        .db
        .write_blocking(move |conn| {
            let step = Step::Nudge { overdue: 1, text: "请抓紧".into() };
            perform(conn, &Authority::system(), &number, None, &step, late)
        })
        .expect("nudges in a day that is sealed");
    assert_eq!(findings(&city, &file), Vec::new());
}

#[test]
fn the_command_ends_with_one_where_a_record_was_changed() {
    let (city, _file) = sealed_city(11);
    let output = server::run(&city, &["verify"], "");
    // Its clock is the machine's: the days since were never sealed.
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("从这一天起没有封存"), "{said}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("有 1 处不符"));
}

/// (table, the columns that are covered, which of them are truth values)
const COVERED: &[(&str, &str, &str)] = &[
    (
        "issue_events",
        "id issue_id seq action from_status to_status actor_id actor actor_kind data happened_at prev_hash hash",
        "",
    ),
    ("audit_events", "id actor_key actor_id actor action object detail address happened_at prev_hash hash", ""),
    ("seals", "sealed_on events audits head mac sealed_at", ""),
    (
        "issues",
        "number version title status enterprise_id enterprise_name area_id group_id collector_id channel category_id \
         complexity level urgency office_area_id lead_unit_id handler_id request resolution answer rating round \
         main_issue_id history submitted_at registered_at closed_at due_at step_limit step_due_at",
        "history",
    ),
    (
        "issue_details",
        "issue_id description demand contact_phone source external_no requirement responsible_leader original_due_at \
         dispatched_at signed_at contacted_at progressed_at paused_at paused_days replied_at approved_at reviewer_id \
         extended_days vain_rounds merged_from coerced appealed attitude words progress measures remark",
        "coerced appealed",
    ),
    (
        "issue_units",
        "issue_id unit_id part active return_refused handler_id reply replied_at given_at template due_at",
        "active return_refused",
    ),
    (
        "issue_spans",
        "until_at issue_id from_at registered_at area_id group_id lead_unit_id category_id status resolution answer \
         rating overdue_at history enterprise_id first_due_at extended_due_at replied_at contact_due_at contacted_at \
         closed_at workdays",
        "history",
    ),
];

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    named: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    hex: String,
    #[diesel(sql_type = Text)]
    literal: String,
}

/// How a row of each table is found again, and how findings name it.
fn address(table: &str) -> (&'static str, &'static str) {
    const NUMBER: &str = "(SELECT number FROM issues WHERE issues.id = t.issue_id)";
    match table {
        "issues" => ("'id = ' || t.id", "t.number"),
        "issue_details" => ("'issue_id = ' || t.issue_id", NUMBER),
        "issue_spans" => ("'issue_id = ' || t.issue_id || ' AND from_at = ' || t.from_at", NUMBER),
        "audit_events" => ("'id = ' || t.id", "'审计 ' || t.id"),
        "seals" => ("'sealed_on = ' || quote(t.sealed_on)", "'封存 ' || t.sealed_on"),
        _ => ("'id = ' || t.id", NUMBER),
    }
}

fn some_values(conn: &mut SqliteConnection, table: &str, column: &str, most: u32) -> Vec<Value> {
    let (row, named) = address(table);
    sql_query(format!(
        "SELECT {row} AS place, {named} AS named, typeof(t.{column}) AS kind, hex(CAST(t.{column} AS BLOB)) AS hex, \
         quote(t.{column}) AS literal FROM {table} t WHERE t.{column} IS NOT NULL AND length(t.{column}) > 0 \
         ORDER BY random() LIMIT {most}"
    ))
    .load(conn)
    .expect("values")
}

/// The value with one byte changed, as a literal; text stays text.
fn changed(rng: &mut StdRng, value: &Value, truth: bool) -> String {
    if value.kind == "integer" {
        let number: i64 = value.literal.parse().expect("a number");
        return match truth {
            true => (1 - number).to_string(),
            false => (number ^ (rng.random_range(1..256i64) << (8 * rng.random_range(0..7)))).to_string(),
        };
    }
    let bytes: Vec<u8> = (0..value.hex.len() / 2)
        .map(|index| u8::from_str_radix(&value.hex[2 * index..2 * index + 2], 16).expect("hex"))
        .collect();
    loop {
        let mut bytes = bytes.clone();
        let place = rng.random_range(0..bytes.len());
        bytes[place] ^= rng.random_range(1..256u16) as u8;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        if value.kind == "blob" {
            return format!("X'{hex}'");
        }
        if !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok() {
            return format!("CAST(X'{hex}' AS TEXT)");
        }
    }
}

fn expect_named(city: &City, file: &SecretFile, named: &[&str], what: &str) {
    let found = findings(city, file);
    let is_named = found.iter().any(|one| named.iter().any(|name| one.record.contains(name)));
    assert!(is_named, "{what}: {named:?} is not named in {found:?}");
}

#[test]
fn one_changed_byte_of_any_covered_column_is_found_and_the_record_named() {
    let (city, file) = sealed_city(23);
    if city.app.db.engine() == Engine::Postgres {
        // Values are changed below the types of SQLite; here one is.
        let change = |conn: &mut zhuqi::db::Conn| Ok(sql_query("UPDATE issues SET round = 9").execute(conn)?);
        city.app.db.write_blocking(change).expect("changes");
        return expect_named(&city, &file, &["问题 ZZ-"], "round");
    }
    let path = city.app.db.url().path().expect("a file").display().to_string();
    let mut conn = SqliteConnection::establish(&path).expect("opens");
    conn.batch_execute("PRAGMA busy_timeout=10000; PRAGMA foreign_keys=OFF").expect("settings");
    let mut rng = StdRng::seed_from_u64(99);
    let columns: Vec<(&str, &str, bool)> = COVERED
        .iter()
        .flat_map(|(table, columns, truths)| {
            columns
                .split_whitespace()
                .map(move |column| (*table, column, truths.split_whitespace().any(|truth| truth == column)))
        })
        .collect();
    let most = soak::count(150, 1_000);
    let (mut done, mut turn) = (0, 0);
    while done < most {
        let (table, column, truth) = columns[turn % columns.len()];
        turn += 1;
        assert!(turn < most * 4, "most columns have values");
        let Some(value) = some_values(&mut conn, table, column, 1).pop() else { continue };
        let literal = changed(&mut rng, &value, truth);
        let what = format!("{table}.{column} of {} from {} to {literal}", value.place, value.literal);
        let change = format!("UPDATE {table} SET {column} = {literal} WHERE {}", value.place);
        conn.batch_execute(&format!("CREATE TEMP TABLE kept AS SELECT * FROM {table}")).expect("keeps");
        if conn.batch_execute(&change).is_ok() {
            // A changed name is the name under which it is found.
            let moved = format!("审计 {literal}");
            let named = if column == "number" { vec!["问题 "] } else { vec![value.named.as_str(), moved.as_str()] };
            expect_named(&city, &file, &named, &what);
            let back = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept");
            conn.batch_execute(&back).expect("puts back");
            done += 1;
        }
        conn.batch_execute("DROP TABLE kept").expect("forgets");
    }
    assert_eq!(findings(&city, &file), Vec::new(), "all was put back");
}

#[test]
fn a_missing_row_is_found_the_newest_sealed_one_included_and_so_are_two_swapped() {
    let (city, file) = sealed_city(31);
    if city.app.db.engine() == Engine::Postgres {
        let take = |conn: &mut zhuqi::db::Conn| {
            let newest = "DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)";
            Ok(sql_query(newest).execute(conn)?)
        };
        city.app.db.write_blocking(take).expect("takes away");
        return expect_named(&city, &file, &["封存"], "the newest audit row");
    }
    let path = city.app.db.url().path().expect("a file").display().to_string();
    let mut conn = SqliteConnection::establish(&path).expect("opens");
    conn.batch_execute("PRAGMA busy_timeout=10000; PRAGMA foreign_keys=OFF").expect("settings");
    for (table, columns, _) in COVERED {
        let column = columns.split_whitespace().next().expect("a column");
        let mut rows = some_values(&mut conn, table, column, soak::count(4, 40) as u32);
        if *table != "issue_details" && *table != "issue_units" {
            let by = if *table == "seals" {
                "sealed_on"
            } else if *table == "issue_spans" {
                "from_at"
            } else {
                "id"
            };
            let (row, named) = address(table);
            let newest = format!(
                "SELECT {row} AS place, {named} AS named, '' AS kind, '' AS hex, '' AS literal FROM {table} t \
                 ORDER BY t.{by} DESC LIMIT 1"
            );
            rows.extend(sql_query(newest).load::<Value>(&mut conn).expect("the newest"));
        }
        for value in rows {
            let what = format!("{table} without {}", value.place);
            conn.batch_execute(&format!(
                "CREATE TEMP TABLE kept AS SELECT * FROM {table} WHERE {row}; DELETE FROM {table} WHERE {row}",
                row = value.place
            ))
            .expect("takes away");
            let id = value.place.trim_start_matches("id = ").to_owned();
            let named = match *table {
                "audit_events" => vec!["封存"],
                "issues" => vec![id.as_str()],
                _ => vec![value.named.as_str()],
            };
            expect_named(&city, &file, &named, &what);
            conn.batch_execute(&format!("INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept")).expect("puts back");
        }
    }
    for (table, column) in [("issue_events", "hash"), ("audit_events", "happened_at"), ("seals", "head")] {
        let two = some_values(&mut conn, table, column, 2);
        let [one, other] = &two[..] else { panic!("two rows of {table}") };
        let swap = |conn: &mut SqliteConnection, first: &str, second: &str| {
            conn.batch_execute(&format!(
                "UPDATE {table} SET {column} = {first} WHERE {}; UPDATE {table} SET {column} = {second} WHERE {}",
                one.place, other.place
            ))
            .expect("swaps");
        };
        swap(&mut conn, &other.literal, &one.literal);
        expect_named(&city, &file, &[&one.named], &format!("{table} {} and {} swapped", one.place, other.place));
        swap(&mut conn, &one.literal, &other.literal);
    }
    assert_eq!(findings(&city, &file), Vec::new(), "all was put back");
}
