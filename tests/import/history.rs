//! History of problems: ledgers, lists of messages, our own ledger again.
use super::*;
use crate::support::{cast::*, city, server};
use diesel::prelude::*;
use zhuqi::{
    access::Scope,
    calendar::shanghai,
    chain::first_hash,
    config::ExportArgs,
    enterprise::{Enterprise, Standing},
    issue::{
        Issue, IssueDetail,
        apply::Actor,
        event::{Event, Span},
        submit::{NewIssue, submit},
        workflow::*,
    },
    report::{self, By, Question},
    schema::*,
    time::Time,
};

fn excerpt() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/messages_excerpt.xlsx")
}

/// A copy, because bad rows and passwords are written beside the file.
fn copied(path: &Path) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join(path.file_name().expect("a name"));
    std::fs::copy(path, &copy).expect("copies");
    (folder, copy)
}

fn all(city: &City) -> Vec<(Issue, IssueDetail)> {
    read(city, |conn| {
        let columns = (Issue::as_select(), IssueDetail::as_select());
        Ok(issues::table.inner_join(issue_details::table).order(issues::id).select(columns).load(conn)?)
    })
}

fn events(city: &City, id: i64) -> Vec<Event> {
    read(city, |conn| {
        let own = issue_events::table.filter(issue_events::issue_id.eq(id)).order(issue_events::seq);
        Ok(own.select(Event::as_select()).load(conn)?)
    })
}

#[test]
fn real_messages_become_history_with_their_replies_at_their_time() {
    let city = city::fresh();
    let (_folder, path) = copied(&excerpt());
    let report = twice(&city, Kind::Issues, &path);
    assert_eq!((counts(&report), report.warned), ((60, 0, 0, 0), 1));
    assert!(report.warnings[0].1.contains("缺少时刻") && report.warnings[0].1.contains("00:00"), "{report:?}");
    assert!(report.notes.iter().any(|note| note == "60 件没有企业，记“未关联企业”"), "{:?}", report.notes);
    let rows = all(&city);
    assert_eq!(rows.len(), 60);
    for (issue, detail) in &rows {
        assert_eq!((issue.status, issue.answer, issue.history), (Status::Closed, Some(Answer::Unrated), true));
        assert_eq!((issue.enterprise_id, issue.enterprise_name.as_str()), (None, "未关联企业"));
        assert_eq!((issue.area_id, issue.channel), (CITY, Channel::Import));
        assert_eq!(detail.source.as_deref(), Some("messages_excerpt"));
        assert!(!detail.description.contains('\t') && detail.description.trim() == detail.description);
        assert_eq!(issue.title, issue.title.trim());
        let year = shanghai(issue.submitted_at).format("%Y").to_string();
        assert!(issue.number.starts_with(&format!("ZZ-410100-{year}-")), "{}", issue.number);
        assert_eq!(issue.closed_at, detail.replied_at);
        let events = events(&city, issue.id);
        let actions: Vec<_> = events.iter().map(|event| event.action).collect();
        assert_eq!(actions, [Action::Import, Action::CloseImported]);
        assert_eq!((events[0].happened_at, events[1].happened_at), (issue.submitted_at, issue.closed_at));
        let mut previous = first_hash();
        for event in &events {
            assert_eq!((&event.prev_hash, &event.hash), (&previous, &event.computed_hash()));
            previous.clone_from(&event.hash);
        }
    }
    let at_midnight = rows.iter().filter(|(issue, _)| shanghai(issue.closed_at).format("%H%M").to_string() == "0000");
    assert_eq!(at_midnight.count(), 1);
    // They are counted apart, in the stretches that figures come from too.
    let spans: Vec<Span> = read(&city, |conn| Ok(issue_spans::table.select(Span::as_select()).load(conn)?));
    assert!(spans.len() >= 60 && spans.iter().all(|span| span.history));
    // A second file with the same numbers is another source.
    let again = path.with_file_name("另一处.xlsx");
    std::fs::copy(&path, &again).expect("copies");
    assert_eq!(counts(&look(&city, Kind::Issues, &again)), (60, 0, 0, 0));
}

/// The line of the README, with the excerpt in the place of the whole file.
#[test]
fn the_command_of_the_readme_imports_the_messages() {
    let city = city::fresh();
    let (_folder, path) = copied(&excerpt());
    let readme = include_str!("../../README.md");
    let line = readme.lines().find(|line| line.starts_with("zhuqi import issues")).expect("the command in the README");
    let words: Vec<&str> = line.split(' ').skip(1).map(|word| word.trim_matches('\'')).collect();
    let words: Vec<&str> =
        words.iter().map(|word| if word.ends_with(".xlsx") { path.to_str().expect("a path") } else { *word }).collect();
    let output = server::run(&city, &words, "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = all(&city);
    assert!(rows.len() == 60 && rows.iter().all(|(_, detail)| detail.source.as_deref() == Some("市长信箱")));
}

#[test]
fn a_foreign_ledger_links_companies_makes_unknown_ones_and_keeps_open_problems_open() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["二七区企业问题台账"],
        &["序号", "企业名称", "所属区县", "问题", "收集日期", "责任单位", "问题类别", "状态", "办理结果", "办结时间"],
        &[
            "1",
            "郑州砺衡纺织有限公司",
            "",
            "用电增容",
            "2021年8月20日",
            "市财政局",
            "04水电气暖网",
            "已解决",
            "已送电",
            "2021.9.1",
        ],
        &["2", "没人知道的公司", "二七区", "融资难", "2021/8/21", "某某局", "没有这类", "办理中", "正在对接银行", ""],
        &["3", "没人知道的公司", "", "招工难", "2021-8-22", "", "", "", "", ""],
        &["4", "", "", "道路不通", "2021-08-23", "", "", "已办结", "", "2021-08-30"],
        &["合计", "4件"],
    ]);
    let report = twice(&city, Kind::Issues, &path);
    assert_eq!(counts(&report), (4, 0, 0, 0));
    let rows = all(&city);
    let of = |title: &str| rows.iter().find(|(issue, _)| issue.title == title).expect("an issue");
    let (closed, detail) = of("用电增容");
    assert_eq!((closed.enterprise_id, closed.area_id, closed.group_id), (Some(MILL), ERQI, Some(GROUP_ONE)));
    assert_eq!((closed.status, closed.resolution), (Status::Closed, Some(Resolution::Solved)));
    assert_eq!((closed.lead_unit_id, closed.category_id), (Some(FINANCE), Some(CATEGORY_UTILITIES)));
    assert_eq!(
        (detail.progress.as_str(), shanghai(closed.closed_at).to_string().as_str()),
        ("已送电", "2021-09-01 00:00:00")
    );
    let (open, detail) = of("融资难");
    assert_eq!((open.status, open.area_id), (Status::Submitted, ERQI));
    assert_eq!((detail.progress.as_str(), detail.remark.as_str()), ("正在对接银行", "原主责单位：某某局"));
    // Its limits start now: nobody is late with what nobody had.
    assert!(open.step_due_at > Time::system() && open.submitted_at < Time::system().plus_minutes(-500_000));
    let (second, _) = of("招工难");
    assert_eq!(second.enterprise_id, open.enterprise_id, "one new company for both rows");
    let made: Enterprise = read(&city, |conn| {
        Ok(enterprises::table
            .find(open.enterprise_id.expect("a company"))
            .select(Enterprise::as_select())
            .first(conn)?)
    });
    assert_eq!((made.name.as_str(), made.standing, made.area_id), ("没人知道的公司", Standing::Unverified, ERQI));
    let (bare, detail) = of("道路不通");
    assert_eq!((bare.status, bare.enterprise_id), (Status::Closed, None));
    assert!(detail.progress.contains("已办结"), "{}", detail.progress);
    assert_eq!(report.bad, 0);
    let numbers: Vec<_> = rows.iter().map(|(issue, _)| issue.number.as_str()).collect();
    assert!(numbers.contains(&"ZZ-410103-2021-000001") && numbers.contains(&"ZZ-410103-2021-000003"), "{numbers:?}");
    assert!(numbers.contains(&"ZZ-410100-2021-000001"), "{numbers:?}");
    // The next problem of the area and year goes on counting.
    let last: i64 =
        read(&city, |conn| Ok(issue_numbers::table.find(("410103", 2021)).select(issue_numbers::last).first(conn)?));
    assert_eq!(last, 3);
}

#[test]
fn yes_and_no_below_the_head_are_understood_and_other_words_are_not_guessed() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["问题", "收集日期", "责任单位", "是否解决", "办理结果"],
        &["甲", "2021-08-20", "郑州市财政局", "否", "正在对接银行"],
        &["乙", "2021-08-20", "郑州市二七区住建局", "是", ""],
        &["丙", "2021-08-20", "财政部", "√", "已送电"],
        &["丁", "2021-08-20", "", "黄灯", "答复了一次"],
        &["戊", "2021-08-20", "", "", "已修好"],
    ]);
    let report = twice(&city, Kind::Issues, &path);
    assert_eq!(counts(&report), (5, 0, 0, 0));
    let warned = |row: u32, words: &str| report.warnings.iter().any(|one| one.0 == row && one.1.contains(words));
    assert!(warned(5, "看不懂状态“黄灯”，按没有办结导入"), "{:?}", report.warnings);
    assert!(warned(4, "没有名为“财政部”的单位"), "{:?}", report.warnings);
    let rows = all(&city);
    let of = |title: &str| {
        let (issue, detail) = rows.iter().find(|(issue, _)| issue.title == title).expect("an issue");
        (issue.status, issue.resolution, issue.lead_unit_id, detail.progress.as_str())
    };
    assert_eq!(of("甲"), (Status::Submitted, None, None, "正在对接银行"));
    let (status, resolution, unit, progress) = of("乙");
    assert_eq!((status, resolution, unit), (Status::Closed, Some(Resolution::Solved), Some(HOUSING)));
    assert!(progress.contains("没有答复内容"), "{progress}");
    assert_eq!(of("丙"), (Status::Closed, Some(Resolution::Solved), None, "已送电"));
    assert_eq!(of("丁"), (Status::Submitted, None, None, "答复了一次"));
    assert_eq!(of("戊"), (Status::Closed, Some(Resolution::Explained), None, "已修好"));
}

#[test]
fn units_and_groups_are_found_by_their_full_and_their_short_names() {
    let city = city::fresh();
    let rename = |conn: &mut zhuqi::db::Conn| {
        diesel::update(areas::table.find(ERQI)).set(areas::name.eq("二七回族区")).execute(conn)?;
        zhuqi::directory::changed(conn)
    };
    city.app.db.write_blocking(rename).expect("renames");
    let names = [
        ("市财政局", Some(FINANCE)),
        ("郑州市财政局", Some(FINANCE)),
        ("郑州市 财政局", Some(FINANCE)),
        ("二七区住建局", Some(HOUSING)),
        ("二七回族区住建局", Some(HOUSING)),
        ("郑州市二七区住建局", Some(HOUSING)),
        ("郑州市二七回族区住建局", Some(HOUSING)),
        ("财政局", None),
        ("市住建局", None),
        ("郑东新区住建局", None),
        ("郑州市", None),
    ];
    let mut rows: Vec<Vec<&str>> = vec![vec!["问题", "责任单位", "办理结果"]];
    rows.extend(names.iter().map(|(name, _)| vec![*name, *name, "已办"]));
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let (_folder, path) = book(&rows);
    import(&city, Kind::Issues, &path).expect("imports");
    let made = all(&city);
    for (name, unit) in names {
        let (issue, _) = made.iter().find(|(issue, _)| issue.title == name).expect("an issue");
        assert_eq!(issue.lead_unit_id, unit, "{name}");
    }
    let (_folder, path) = book(&[
        &["企业名称", "包联干部", "工作组"],
        &["郑州砺衡纺织有限公司", "cadre1", "郑州市二七回族区第一工作组"],
        &["河南澄川铸造股份有限公司", "cadre2", "郑州市财政局驻郑东工作组"],
    ]);
    let report = look(&city, Kind::Assignments, &path);
    assert_eq!((report.bad, report.unchanged), (0, 2), "{report:?}");
}

#[test]
fn a_row_without_number_is_known_by_company_and_title_and_twice_the_same_is_bad() {
    let city = city::fresh();
    let rows: &[&[&str]] = &[
        &["企业名称", "问题标题", "收集日期"],
        &["郑州砺衡纺织有限公司", "用电增容", "2022-03-01"],
        &["郑州砺衡纺织有限公司", "用电增容", "2022-03-01"],
        &["", "", "2022-03-01"],
        &["", "日期不对", "昨天"],
        &["", "将来的事", "2099-01-01"],
    ];
    let (_folder, path) = book(rows);
    let said = reasons(&look(&city, Kind::Issues, &path));
    assert!(said[0].starts_with("3 与第 2 行重复（内容相同）"), "{said:?}");
    assert!(said[1].starts_with("4 没有填写问题标题"), "{said:?}");
    assert!(said[2].starts_with("5 收集时间：“昨天”不是可识别的日期"), "{said:?}");
    assert!(said[3].starts_with("6 收集时间 2099-01-01 在今天之后"), "{said:?}");
    import_without_bad(&city, Kind::Issues, &path).expect("imports one");
    assert_eq!(all(&city).len(), 1);
    // Another file, another source, the same company and title.
    let (_folder, other) =
        book(&[&["企业名称", "问题标题", "收集日期"], &["郑州砺衡纺织 有限公司", "用电增容。", "2022-04-01"]]);
    let report = look(&city, Kind::Issues, &other);
    assert_eq!(counts(&report), (0, 0, 1, 0));
    assert!(report.warnings[0].1.contains("按同一件问题处理"), "{:?}", report.warnings);
}

#[test]
fn our_own_ledger_imported_again_changes_nothing() {
    let city = city::fresh();
    let now = Time::system();
    let db = &city.app.db;
    db.write_blocking(move |conn| {
        for (title, company) in [("用电增容", Some(MILL)), ("=招工难", None)] {
            let new = NewIssue {
                enterprise_id: company,
                enterprise_name: company.map_or("街上说的公司", |_| "郑州砺衡纺织有限公司").into(),
                area_id: ERQI,
                group_id: None,
                collector_id: Some(id_of("cadre1")),
                channel: Channel::Visit,
                title: title.into(),
                description: "变压器\n不够用".into(),
                demand: "增容".into(),
                urgency: Urgency::Urgent,
                contact_name: "何女士".into(),
                contact_phone: "13812345678".into(),
                code_hash: None,
                visit_id: None,
                symposium_id: None,
                external: None,
            };
            let actor = Actor {
                id: Some(id_of("cadre1")),
                name: "周".into(),
                by: zhuqi::access::Permission::RecordIssue,
                unit_id: None,
            };
            submit(conn, &actor, new, now)?;
        }
        Ok(())
    })
    .expect("submits");
    let (_folder, messages) = copied(&excerpt());
    import(&city, Kind::Issues, &messages).expect("imports");
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("台账.xlsx");
    let args = ExportArgs {
        what: "ledger".into(),
        as_of: None,
        from: Some(city::day("2000-01-01")),
        to: None,
        by: "group".into(),
        all: true,
        output: output.clone(),
    };
    zhuqi::export::command::ledger(db, city.app.clock, &args).expect("exports");
    // C is empty here: all of it stands on the second sheet.
    let report = look(&city, Kind::Issues, &output);
    assert_eq!((counts(&report), report.sheet.as_str()), ((0, 0, 62, 0), "问题台账”、“不计入统计"));
    assert!(report.other_sheets.is_empty(), "{report:?}");
    let before = all(&city);
    import(&city, Kind::Issues, &output).expect("imports");
    assert_eq!(all(&city), before);
    // Elsewhere it comes back whole, and what is wrong on the second sheet is told with its name.
    let other = city::fresh();
    let report = twice(&other, Kind::Issues, &output);
    assert_eq!(counts(&report), (62, 0, 0, 0));
    assert!(
        report.warnings.iter().all(|(_, text)| text.starts_with("（工作表“不计入统计”）")),
        "{:?}",
        report.warnings
    );
    let (there, here) = (all(&other), all(&city));
    let titles = |rows: &[(Issue, IssueDetail)]| {
        let mut titles: Vec<_> = rows.iter().map(|(issue, _)| issue.title.clone()).collect();
        titles.sort();
        titles
    };
    assert_eq!(titles(&there), titles(&here));
    let closed =
        |rows: &[(Issue, IssueDetail)]| rows.iter().filter(|(issue, _)| issue.status == Status::Closed).count();
    assert_eq!((closed(&there), closed(&here)), (60, 60));
}

#[test]
fn plans_and_refusals_stay_open_and_what_is_not_understood_is_told() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["问题标题", "收集日期", "办理状态", "办理结果"],
        &["甲", "2021-08-20", "计划12月底完成", "正在筹款"],
        &["乙", "2021-08-20", "已答复，企业不满意", "已告知"],
        &["丙", "2021-08-20", "12月底完成", "待拨款"],
        &["丁", "2021-08-20", "已办结（企业满意）", "已送电"],
    ]);
    let report = twice(&city, Kind::Issues, &path);
    let unknown: Vec<_> = report.warnings.iter().filter(|(_, text)| text.contains("看不懂状态")).collect();
    assert_eq!(unknown, [&(4, "看不懂状态“12月底完成”，按没有办结导入".to_owned())]);
    let rows = all(&city);
    let of = |title: &str| rows.iter().find(|(issue, _)| issue.title == title).expect("an issue");
    for open in ["甲", "乙", "丙"] {
        assert_eq!((of(open).0.status, of(open).0.resolution), (Status::Submitted, None), "{open}");
    }
    assert_eq!((of("丁").0.status, of("甲").1.progress.as_str()), (Status::Closed, "正在筹款"));
}

#[actix_web::test]
async fn what_the_file_says_of_an_open_problem_is_proposed_to_the_office() {
    let city = city::fresh();
    let (_folder, path) = book(&[
        &["问题标题", "收集日期", "所属区县", "主责单位", "复杂程度", "当前状态"],
        &["用电增容", "2021-08-20", "二七区", "市财政局", "A类（历史遗留）", "办理中"],
        &["办证", "2021-08-20", "二七区", "市财政局", "B类", "已办结"],
    ]);
    let (db, clock) = (city.app.db.clone(), city.app.clock);
    let args = arguments(Kind::Issues, &path);
    actix_web::rt::task::spawn_blocking(move || commands::import(&db, clock, &args))
        .await
        .expect("runs")
        .expect("imports");
    let db = city.app.db.clone();
    let rows = db.read(|conn| Ok(issues::table.select(Issue::as_select()).load::<Issue>(conn)?)).await.expect("reads");
    let of = |title: &str| rows.iter().find(|issue| issue.title == title).expect("an issue");
    let open = of("用电增容");
    assert_eq!((open.complexity, open.lead_unit_id), (Some(Complexity::A), None), "nobody has it yet");
    assert_eq!((of("办证").complexity, of("办证").lead_unit_id), (Some(Complexity::B), Some(FINANCE)));
    let mut office = city.desk("city1").await;
    let finance = FINANCE.to_string();
    let triage = office.open(&format!("/triage?issue={}", open.number)).await;
    assert_eq!(triage.attribute("#lead_unit option[selected]", "value"), Some(finance.clone()));
    assert_eq!(triage.attribute("input[name=complexity][checked]", "value").as_deref(), Some("A"));
    assert!(triage.says("来文写的主责单位"), "{}", triage.text());
    let page = office.open(&format!("/issues/{}", open.number)).await;
    for said in ["来文的主责单位", "市财政局", "来文的复杂程度", "A类（历史遗留）"] {
        assert!(page.says(said), "{said}: {}", page.text());
    }
    let act = format!("/issues/{}/triage", open.number);
    let proposed = page.fields(&act);
    for (name, value) in [("lead_unit", finance.as_str()), ("complexity", "A")] {
        assert!(proposed.contains(&(name.to_owned(), value.to_owned())), "{name}: {proposed:?}");
    }
    office.submit(&page, &act, &[("category", "4"), ("duplicates_looked_at", "yes")]).await.is(303);
    let number = open.number.clone();
    let after = db
        .read(move |conn| {
            Ok(issues::table.filter(issues::number.eq(number)).select(Issue::as_select()).first::<Issue>(conn)?)
        })
        .await
        .expect("reads");
    assert_eq!((after.complexity, after.lead_unit_id), (Some(Complexity::A), Some(FINANCE)));
    // It counts like any other; what was closed before it came here does not.
    assert!(!after.history && of("办证").history);
    let today = shanghai(Time::system()).date();
    let question = Question::now(By::City, today, today, Time::system());
    let counted = db.read(move |conn| report::query::report(conn, Scope::system(), &question)).await.expect("counts");
    assert_eq!((counted.total.collected, counted.total.open(), counted.beside.history), (1, 1, 0));
    let (config, now) = (city.app.config.clone(), Time::system());
    let verdict = actix_web::rt::task::spawn_blocking(move || zhuqi::verify::verify(&config, &db, now, |_| {}));
    let found = verdict.await.expect("runs").expect("verifies").findings;
    assert!(found.iter().all(|one| !one.record.starts_with("问题")), "{found:?}");
}

#[test]
fn what_is_imported_belongs_to_the_day_of_the_import() {
    let city = city::fresh();
    let (_folder, path) = copied(&excerpt());
    import(&city, Kind::Issues, &path).expect("imports");
    let now = Time::system();
    let today = zhuqi::calendar::shanghai_date(now);
    assert_eq!(read(&city, zhuqi::seal::first_day), Some(today));
    let verdict = zhuqi::verify::verify(&city.app.config, &city.app.db, now, |_| {}).expect("verifies");
    assert!(verdict.findings.iter().all(|one| !one.record.starts_with("封存")), "{:?}", verdict.findings);
    // The day is closed like any other, with all of it.
    let noon = zhuqi::seal::closing_moment(today);
    assert_eq!(zhuqi::seal::close_days(&city.app.db, &city.app.config.seal_key(), noon).expect("seals"), 1);
    let seal = read(&city, zhuqi::seal::newest).expect("a seal");
    assert_eq!((seal.sealed_on, seal.events), (today, 120));
}
