//! `zhuqi verify`: whatever is changed behind the back of the system is found, and the record is named.
use crate::support::{
    cast::id_of,
    city::City,
    crowd::{self, SMALL},
    server, soak,
};
use diesel::{connection::SimpleConnection, prelude::*, sql_query, sql_types::*, sqlite::SqliteConnection};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use zhuqi::{
    access::Permission,
    audit::{AuditAction, AuditEvent},
    calendar::start_of_day,
    chain::first_hash,
    db::Engine,
    error::Result,
    issue::{
        apply::Actor,
        code::Code,
        pages::attachment::{Taken, keep, void_one},
        perform::{Authority, perform},
        query,
        step::Step,
        workflow::Status,
    },
    key,
    record::{adopt::adopt, content::KINDS},
    schema::audit_events,
    seal::{self, secret::SecretFile},
    spot_check::draw::draw_months,
    time::Time,
    verify::{Finding, verify},
};

/// A random past with audit rows on its days, all of it sealed.
fn sealed_city(seed: u64) -> (City, SecretFile) {
    let city = crowd::city(seed, SMALL);
    let db = city.app.db.clone();
    let file = city.app.config.seal_key();
    let sealing = file.clone();
    let directory = city.app.config.attachments();
    std::thread::spawn(move || {
        db.write_blocking(move |conn| {
            audit_rows(conn, &mut StdRng::seed_from_u64(seed))?;
            zhuqi::sign::rebuild::rebuild(conn)?;
            belongings(conn, &directory)
        })
        .expect("audit rows and belongings");
        adopt(&db, start_of_day(crowd::first_day() + chrono::Days::new(20))).expect("lines of records");
        // A month is drawn when it is over, and those before the first one never are.
        let in_may = start_of_day(crowd::first_day() + chrono::Days::new(65));
        seal::close_days(&db, &sealing, in_may).expect("seals");
        assert_eq!(draw_months(&db, crowd::now()).expect("draws"), 1);
        let closed = seal::close_days(&db, &sealing, crowd::now()).expect("seals");
        assert!(closed > 100, "{closed} days");
        assert_eq!(seal::close_days(&db, &sealing, crowd::now()).expect("seals"), 0, "once is enough");
        assert_eq!(draw_months(&db, crowd::now()).expect("draws"), 3);
        db.write_blocking(reopenings).expect("reopens");
    })
    .join()
    .expect("sealed");
    (city, file)
}

fn audit_rows(conn: &mut zhuqi::db::Conn, rng: &mut StdRng) -> Result<()> {
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
            // A draw that is written down is looked for.
            action: *AuditAction::ALL[..14].choose(rng).expect("an action"),
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

/// Somebody with a right, who sees everything.
fn authority(by: Permission) -> Authority {
    let actor = Actor { id: Some(id_of("callback")), name: "回访员".into(), by, unit_id: None };
    Authority { actor, ..Authority::system() }
}

/// Numbers of issues, the newest first.
fn numbers(conn: &mut zhuqi::db::Conn, open: bool) -> Result<Vec<String>> {
    use zhuqi::schema::issues as i;
    let rows = i::table.filter(i::history.eq(false)).order(i::id.desc()).select((i::number, i::status));
    let all: Vec<(String, Status)> = rows.load(conn)?;
    Ok(all.into_iter().filter(|(_, status)| status.is_final() != open).map(|(number, _)| number).collect())
}

/// Files, one of them voided, query codes on paper, and who came to the symposiums.
fn belongings(conn: &mut zhuqi::db::Conn, directory: &std::path::Path) -> Result<()> {
    use zhuqi::schema::{enterprises, symposium_enterprises as s, symposiums};
    zhuqi::rules::query::seed(conn)?;
    let at = crowd::now();
    let companies: Vec<i64> = enterprises::table.order(enterprises::id).limit(3).select(enterprises::id).load(conn)?;
    let held: Vec<i64> = symposiums::table.order(symposiums::id).limit(4).select(symposiums::id).load(conn)?;
    for (symposium, company) in held.iter().flat_map(|one| companies.iter().map(move |company| (one, company))) {
        diesel::insert_into(s::table)
            .values((s::symposium_id.eq(symposium), s::enterprise_id.eq(company)))
            .execute(conn)?;
    }
    let (office, recorder) = (authority(Permission::SeeIssues), authority(Permission::RecordIssue));
    for (index, number) in numbers(conn, true)?.iter().take(6).enumerate() {
        let mut files = Vec::new();
        for name in ["照片说明.txt", "附件.txt"] {
            let mut file = tempfile::NamedTempFile::new()?;
            std::io::Write::write_all(&mut file, format!("{name} {index}").as_bytes())?;
            let content_hash = zhuqi::attachment::store(directory, file.path())?;
            let size = file.path().metadata()?.len() as i64;
            files.push(Taken { name: name.into(), content_hash, content_type: "text/plain", size });
        }
        keep(conn, &office, number, &files, index % 2 == 0, at)?;
        let issue = query::find(conn, office.see, number)?;
        if index % 2 == 0 {
            let one = query::attachments(conn, issue.id, false)?.remove(0);
            void_one(conn, &office, number, &one, "传错了", at)?;
        }
        let code = Code::fresh();
        let step = Step::PrintSlip { code_hash: hex::encode(code.hash()) };
        perform(conn, &recorder, number, None, &step, at)?;
        zhuqi::portal::query::keep_slip(conn, issue.id, &code, &recorder.actor.name, at)?;
    }
    Ok(())
}

/// Of what was drawn for a spot check, one is found false and one is reopened by the office.
fn reopenings(conn: &mut zhuqi::db::Conn) -> Result<()> {
    use zhuqi::schema::{issues, spot_checks as s};
    let rows = s::table.inner_join(issues::table).filter(issues::status.eq(Status::Closed));
    let mut drawn: Vec<String> = rows.order(issues::number).select(issues::number).load(conn)?;
    drawn.dedup();
    let finding = Step::FindFalse { finding: "企业说没有解决".into() };
    let reopen = Step::Reopen { reason: "又出现了".into() };
    for (number, (by, step)) in drawn.iter().zip([(Permission::CallBack, finding), (Permission::Review, reopen)]) {
        perform(conn, &authority(by), number, None, &step, crowd::now())?;
    }
    Ok(())
}

fn findings(city: &City) -> Vec<Finding> {
    verify(&city.app.config, &city.app.db, crowd::now(), |_| ()).expect("verifies").findings
}

#[test]
fn a_random_past_verifies_clean_and_another_key_does_not() {
    for seed in 0..soak::count(3, 30) as u64 {
        let (city, file) = sealed_city(seed);
        assert_eq!(findings(&city), Vec::new(), "seed {seed}");
        if seed == 0 {
            std::fs::write(&file.0, format!("{}\n", "0f".repeat(32))).expect("another key");
            assert!(findings(&city).len() > 100, "no seal was made with it");
            std::fs::remove_file(&file.0).expect("no key");
            assert_eq!(findings(&city)[0].record, "封存密钥");
        }
    }
}

#[test]
fn a_row_written_late_belongs_to_the_day_on_which_it_was_written() {
    let (city, _) = sealed_city(7);
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
            let step = Step::Nudge { overdue: 1, text: "请抓紧".into(), co: None };
            perform(conn, &Authority::system(), &number, None, &step, late)
        })
        .expect("nudges in a day that is sealed");
    assert_eq!(findings(&city), Vec::new());
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
    ("seals", "sealed_on events audits records head mac sealed_at", ""),
    ("record_events", "id record record_id actor_id actor action detail happened_at content prev_hash hash", ""),
    ("areas", "id parent_id name short_name kind gb_code number_code position valid_from valid_until", ""),
    ("units", "id name area_id valid_from valid_until version", ""),
    ("groups", "id name level area_id lead_unit_id valid_from valid_until version", ""),
    ("categories", "id parent_id code name word default_lead_unit valid_until", ""),
    (
        "enterprises",
        "id name usci area_id township park industry above_scale above_scale_year size tags contact_name contact_phone \
         standing quiet_from quiet_until valid_from valid_until version",
        "",
    ),
    ("enterprise_pasts", "id enterprise_id area_id above_scale valid_from valid_until", ""),
    ("assignments", "id enterprise_id cadre_id group_id leader valid_from valid_until", ""),
    (
        "users",
        "id account phone name password_hash must_change_password role area_id group_id unit_id enterprise_id disabled \
         valid_from valid_until version",
        "must_change_password disabled",
    ),
    ("memberships", "id user_id group_id role valid_from valid_until", ""),
    (
        "visits",
        "id enterprise_id cadre_id group_id area_id visited_on manner companions note recorded_at voided_at \
         void_reason version replaced_by_id",
        "",
    ),
    (
        "symposiums",
        "id topic group_id area_id host_id held_on place note recorded_at voided_at void_reason version replaced_by_id",
        "",
    ),
    ("symposium_enterprises", "symposium_id enterprise_id", ""),
    ("rule_versions", "id kind content reason actor_id actor saved_at", ""),
    (
        "issues",
        "number version title status enterprise_id enterprise_name area_id group_id collector_id channel category_id \
         complexity level urgency office_area_id lead_unit_id handler_id request resolution answer rating round \
         main_issue_id history submitted_at registered_at closed_at due_at step_limit step_due_at",
        "history",
    ),
    (
        "issue_details",
        "issue_id description demand contact_name contact_phone code_hash visit_id symposium_id source external_no requirement responsible_leader original_due_at \
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
    ("instructions", "issue_id leader_id leader text given_at due_at answer answered_by answered_at", ""),
    ("supervisions", "issue_id stage step_limit step_due_at unit_id office_area_id number text actor given_at", ""),
    (
        "attachments",
        "issue_id name content_hash content_type size actor added_at voided_at void_reason actor_id for_company \
         void_actor",
        "for_company",
    ),
    ("slips", "issue_id code_hash actor printed_at", ""),
    ("signs", "issue_id area_id event_id sign other_issue_id reason found_at", ""),
    ("reply_bands", "band event_id issue_id", ""),
    ("spot_draws", "month head list drawn_at", ""),
    (
        "spot_checks",
        "month issue_id area_id position reason drawn_at result note checked_by checked_at reached checker_id",
        "",
    ),
    ("issue_terms", "term doc", ""),
];

fn first_column(table: &str) -> &'static str {
    let (_, columns, _) = COVERED.iter().find(|(name, ..)| *name == table).expect("a covered table");
    columns.split_whitespace().next().expect("a column")
}

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
fn address(table: &str) -> (&'static str, String) {
    const NUMBER: &str = "(SELECT number FROM issues WHERE issues.id = t.issue_id)";
    if let Some(kind) = KINDS.iter().find(|kind| kind.table == table) {
        return ("'id = ' || t.id", format!("'{} ' || t.id", kind.label));
    }
    if table == "record_events" {
        let labels: Vec<_> = KINDS.iter().map(|kind| format!("WHEN '{}' THEN '{}'", kind.table, kind.label)).collect();
        return ("'id = ' || t.id", format!("(CASE t.record {} END) || ' ' || t.record_id", labels.join(" ")));
    }
    let (row, named) = match table {
        "issues" => ("'id = ' || t.id", "t.number"),
        "issue_details" => ("'issue_id = ' || t.issue_id", NUMBER),
        "issue_spans" => ("'issue_id = ' || t.issue_id || ' AND from_at = ' || t.from_at", NUMBER),
        "audit_events" => ("'id = ' || t.id", "'审计 ' || t.id"),
        "seals" => ("'sealed_on = ' || quote(t.sealed_on)", "'封存 ' || t.sealed_on"),
        "slips" => ("'issue_id = ' || t.issue_id", NUMBER),
        // The issue whose step showed it.
        "signs" => (
            "'id = ' || t.id",
            "(SELECT number FROM issues i, issue_events e WHERE e.issue_id = i.id AND e.id = t.event_id)",
        ),
        "reply_bands" => ("'band = ' || t.band || ' AND event_id = ' || t.event_id", NUMBER),
        "spot_draws" => ("'month = ' || quote(t.month)", "'抽查 ' || substr(t.month, 1, 7)"),
        "spot_checks" => (
            "'id = ' || t.id",
            "(SELECT number FROM issues WHERE issues.id = t.issue_id) || '|抽查 ' || substr(t.month, 1, 7)",
        ),
        "issue_terms" => {
            ("'term = ' || t.term || ' AND doc = ' || t.doc", "(SELECT number FROM issues WHERE issues.id = t.doc)")
        }
        "symposium_enterprises" => (
            "'symposium_id = ' || t.symposium_id || ' AND enterprise_id = ' || t.enterprise_id",
            "'座谈会 ' || t.symposium_id",
        ),
        "assignments" | "enterprise_pasts" => ("'id = ' || t.id", "'企业 ' || t.enterprise_id"),
        "memberships" => ("'id = ' || t.id", "'账号 ' || t.user_id"),
        _ => ("'id = ' || t.id", NUMBER),
    };
    (row, named.to_owned())
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

fn expect_named(city: &City, named: &[&str], what: &str) {
    let found = findings(city);
    // One of several names is enough.
    let mut names = named.iter().flat_map(|name| name.split('|'));
    let is_named = names.any(|name| found.iter().any(|one| one.record.contains(name)));
    assert!(is_named, "{what}: {named:?} is not named in {found:?}");
}

#[test]
fn one_changed_byte_of_any_covered_column_is_found_and_the_record_named() {
    let (city, _) = sealed_city(23);
    if city.app.db.engine() == Engine::Postgres {
        // Values are changed below the types of SQLite; here one is.
        let change = |conn: &mut zhuqi::db::Conn| Ok(sql_query("UPDATE issues SET round = 9").execute(conn)?);
        city.app.db.write_blocking(change).expect("changes");
        return expect_named(&city, &["问题 ZZ-"], "round");
    }
    let path = city.app.db.url().path().expect("a file").display().to_string();
    let mut conn = SqliteConnection::establish(&path).expect("opens");
    conn.batch_execute("PRAGMA busy_timeout=10000; PRAGMA foreign_keys=OFF").expect("settings");
    let mut rng = StdRng::seed_from_u64(99);
    for (table, ..) in COVERED {
        let filled = some_values(&mut conn, table, first_column(table), 1);
        assert!(!filled.is_empty(), "{table} has no row that could be changed");
    }
    let columns: Vec<(&str, &str, bool)> = COVERED
        .iter()
        .flat_map(|(table, columns, truths)| {
            columns
                .split_whitespace()
                .map(move |column| (*table, column, truths.split_whitespace().any(|truth| truth == column)))
        })
        .collect();
    let most = soak::count(320, 1_000);
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
            expect_named(&city, &named, &what);
            let back = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept");
            conn.batch_execute(&back).expect("puts back");
            done += 1;
        }
        conn.batch_execute("DROP TABLE kept").expect("forgets");
    }
    assert_eq!(findings(&city), Vec::new(), "all was put back");
}

#[test]
fn a_missing_row_is_found_the_newest_sealed_one_included_and_so_are_two_swapped() {
    let (city, _) = sealed_city(31);
    if city.app.db.engine() == Engine::Postgres {
        let take = |conn: &mut zhuqi::db::Conn| {
            let newest = "DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)";
            Ok(sql_query(newest).execute(conn)?)
        };
        city.app.db.write_blocking(take).expect("takes away");
        // It tells of a draw, which misses it.
        return expect_named(&city, &["抽查"], "the newest audit row");
    }
    let path = city.app.db.url().path().expect("a file").display().to_string();
    let mut conn = SqliteConnection::establish(&path).expect("opens");
    conn.batch_execute("PRAGMA busy_timeout=10000; PRAGMA foreign_keys=OFF").expect("settings");
    for (table, ..) in COVERED {
        let mut rows = some_values(&mut conn, table, first_column(table), soak::count(4, 40) as u32);
        let by = match *table {
            "seals" => "sealed_on",
            "issue_spans" => "from_at",
            "issue_details" | "slips" => "issue_id",
            "reply_bands" => "event_id",
            "symposium_enterprises" => "symposium_id",
            "spot_draws" => "month",
            "issue_terms" => "doc",
            _ => "id",
        };
        {
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
                // What was written down of a draw is not sealed yet, and missed by the draw.
                "audit_events" => vec!["封存", "抽查"],
                "issues" => vec![id.as_str()],
                _ => vec![value.named.as_str()],
            };
            expect_named(&city, &named, &what);
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
        expect_named(&city, &[&one.named], &format!("{table} {} and {} swapped", one.place, other.place));
        swap(&mut conn, &one.literal, &other.literal);
    }
    assert_eq!(findings(&city), Vec::new(), "all was put back");
}

/// Columns that are told about no record: what changes by itself.
const BY_ITSELF: &[&str] = &["failures", "locked_until"];

#[test]
fn every_column_of_a_record_is_covered() {
    let city = crate::support::city::fresh_on_sqlite();
    let path = city.app.db.url().path().expect("a file").display().to_string();
    let mut conn = SqliteConnection::establish(&path).expect("opens");
    let mut columns = |table: &str| -> Vec<String> {
        #[derive(QueryableByName)]
        struct Column {
            #[diesel(sql_type = Text)]
            name: String,
        }
        let rows = sql_query(format!("SELECT name FROM pragma_table_info('{table}')")).load::<Column>(&mut conn);
        rows.expect("columns").into_iter().map(|one| one.name).filter(|one| !BY_ITSELF.contains(&&**one)).collect()
    };
    for kind in KINDS {
        assert_eq!(columns(kind.table), kind.columns, "{}", kind.table);
        for part in kind.parts {
            assert_eq!(columns(part.table), part.columns, "{}", part.table);
        }
    }
}

#[test]
fn histories_older_than_their_chain_are_chained_once_and_a_row_of_somebody_else_never_is() {
    let city = crowd::city(5, SMALL);
    let db = city.app.db.clone();
    let (found, adopted) = std::thread::spawn(move || {
        let first = adopt(&db, crowd::now()).expect("adopts");
        let blank = |conn: &mut zhuqi::db::Conn| {
            use zhuqi::schema::record_events as r;
            let nothing = Vec::<u8>::new();
            let set = (r::content.eq(&nothing), r::prev_hash.eq(&nothing), r::hash.eq(&nothing));
            Ok(diesel::update(r::table).set(set).execute(conn)?)
        };
        db.write_blocking(blank).expect("as before the upgrade");
        let again = adopt(&db, crowd::now()).expect("adopts");
        let false_visit = "INSERT INTO visits (id, enterprise_id, cadre_id, group_id, area_id, visited_on, manner, \
                           companions, note, recorded_at, voided_at, void_reason, version) SELECT 99, enterprise_id, \
                           cadre_id, group_id, area_id, visited_on, manner, companions, note, recorded_at, voided_at, \
                           void_reason, version FROM visits ORDER BY id LIMIT 1";
        db.write_blocking(move |conn| Ok(sql_query(false_visit).execute(conn)?)).expect("a visit nobody made");
        let third = adopt(&db, crowd::now()).expect("adopts nothing");
        let verdict = std::sync::Mutex::new(zhuqi::verify::Verdict::default());
        zhuqi::verify::records::check(&db, &verdict).expect("checks");
        (verdict.into_inner().expect("a verdict").findings, [first, again, third])
    })
    .join()
    .expect("checked");
    assert!(adopted[0] > 200 && adopted[1] == adopted[0] && adopted[2] == 0, "{adopted:?}");
    let names: Vec<_> = found.iter().map(|one| (one.record.as_str(), one.what.as_str())).collect();
    assert_eq!(names, [("走访 99", zhuqi::verify::records::UNKNOWN)]);
}
