//! The demo city's material: the same seed says the same, nothing is double that must not be, and it reads as Chinese.
use rand::{SeedableRng, rngs::StdRng};
use std::collections::{HashMap, HashSet};
use zhuqi::demo::companies::{self, company};
use zhuqi::demo::names::{Accounts, person, phone, pinyin, post};
use zhuqi::demo::texts::{self, CATEGORIES, IssueText, Phrase, phrase};
use zhuqi::demo::units;

const INDUSTRIES: &str = "ABCDEFGHIJKLMNOPQRST";

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Problems of every category and industry, `times` of each.
fn issues(seed: u64, times: usize) -> Vec<IssueText> {
    let mut rng = rng(seed);
    let mut issues = Vec::new();
    for category in CATEGORIES {
        for industry in INDUSTRIES.chars() {
            issues.extend((0..times).map(|_| texts::issue(&mut rng, category, industry)));
        }
    }
    issues
}

/// Everything that is said about some problems on their way, and the remarks beside them.
fn everything(seed: u64) -> Vec<String> {
    let mut said = Vec::new();
    let mut rng = rng(seed);
    for issue in issues(seed, 12) {
        let topic = issue.topic;
        let reply = texts::reply(&mut rng, topic);
        let supplement = texts::supplement(&mut rng, topic);
        let returned = texts::return_request(&mut rng, topic);
        let rejection = texts::rejection(&mut rng, topic);
        let tracked = texts::long_term(&mut rng, topic);
        said.extend([issue.title, issue.description, issue.demand, reply.measures, reply.result]);
        said.extend([supplement.missing, supplement.answer, returned.reason, returned.basis]);
        said.extend([returned.suggested_unit, rejection.reason, rejection.channel, tracked.reason, tracked.milestones]);
        said.push(texts::progress(&mut rng, topic));
        said.push(texts::extension(&mut rng, topic));
        said.push(texts::dispute(&mut rng, topic));
    }
    for &which in Phrase::ALL {
        said.extend((0..30).map(|_| phrase(&mut rng, which)));
    }
    said
}

#[test]
fn the_same_seed_says_the_same_and_another_seed_something_else() {
    assert_eq!(everything(7), everything(7));
    assert_ne!(everything(7), everything(8));
    let people = |seed| (0..50).map(|_| person(&mut rng(seed))).collect::<Vec<_>>();
    assert_eq!(people(1), people(1));
    assert_eq!(company(12_326), company(12_326));
}

#[test]
fn the_categories_are_those_of_the_list() {
    let list: Vec<serde_json::Value> = serde_json::from_str(include_str!("../src/issue/categories.json")).unwrap();
    let ids: Vec<&str> = list.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, CATEGORIES);
    let units: Vec<String> = units::city_units().into_iter().map(|unit| unit.name).collect();
    for line in &list {
        let (id, named) = (line["id"].as_str().unwrap(), line["default_lead_unit"].as_str().unwrap());
        if named.starts_with('市') {
            assert_eq!(units::city_lead(id), named);
        }
        assert!(units.iter().any(|unit| unit == units::city_lead(id)), "{id}");
        for area in 0..units::AREAS.len() {
            let lead = units::county_lead(area, id);
            assert!(units::county_units(area).iter().any(|unit| unit.name == lead), "{lead}");
        }
    }
}

#[test]
fn titles_and_descriptions_keep_their_lengths() {
    for issue in issues(3, 60) {
        let (title, description) = (issue.title.chars().count(), issue.description.chars().count());
        assert!((6..=40).contains(&title), "{title}: {}", issue.title);
        assert!((30..=160).contains(&description), "{description}: {}", issue.description);
        assert!(issue.demand.chars().count() >= 6, "{}", issue.demand);
    }
}

#[test]
fn every_sentence_has_chinese_punctuation_and_no_open_slot() {
    for sentence in everything(11) {
        assert!(!sentence.is_empty());
        let strange = sentence.chars().find(|c| c.is_ascii_punctuation() || c.is_whitespace());
        assert_eq!(strange, None, "{sentence}");
    }
}

#[test]
fn every_category_has_many_ways_to_tell_its_problems() {
    for category in CATEGORIES {
        let mut rng = rng(5);
        let issues: Vec<IssueText> = (0..2000).map(|_| texts::issue(&mut rng, category, 'C')).collect();
        let titles: HashSet<&str> = issues.iter().map(|issue| issue.title.as_str()).collect();
        let descriptions: HashSet<&str> = issues.iter().map(|issue| issue.description.as_str()).collect();
        assert!(titles.len() >= 20, "{category}: {} titles", titles.len());
        assert!(descriptions.len() >= 1200, "{category}: {} descriptions", descriptions.len());
    }
    for category in CATEGORIES {
        assert!(texts::topics(category) >= 8, "{category}");
    }
}

#[test]
fn a_reply_speaks_of_the_amount_that_the_problem_named() {
    let mut rng = rng(9);
    let mut seen = 0;
    for issue in issues(9, 40).into_iter().filter(|issue| issue.topic.category_id() == "arrears") {
        let result = texts::reply(&mut rng, issue.topic).result;
        let Some(amount) = result.split_once("万元").and_then(|(before, _)| {
            before.rsplit(|c: char| !c.is_ascii_digit()).next().filter(|digits| !digits.is_empty())
        }) else {
            continue;
        };
        let told = format!("{}{}", issue.title, issue.description);
        assert!(told.contains(&format!("{amount}万元")), "{told} / {result}");
        seen += 1;
    }
    assert!(seen > 300, "only {seen} replies name an amount");
}

#[test]
fn suggested_units_exist() {
    let units: HashSet<String> = units::city_units().into_iter().map(|unit| unit.name).collect();
    let mut rng = rng(2);
    for issue in issues(2, 6) {
        let unit = texts::return_request(&mut rng, issue.topic).suggested_unit;
        assert!(units.contains(&unit), "{unit}");
    }
}

#[test]
fn company_names_are_all_different() {
    assert!(companies::limit() >= 1_300_000);
    let mut seen = HashSet::new();
    // Neighbours, and far indices up to the limit.
    for i in (0..100_000).chain((100_000..companies::limit()).step_by(23)) {
        let name = company(i).name;
        assert!(name.chars().count() <= 30, "{name}");
        assert!(seen.insert(name.clone()), "{name} twice");
    }
}

#[test]
fn companies_are_spread_over_areas_and_categories() {
    let mut above_scale: HashMap<&str, u32> = HashMap::new();
    let mut areas = [0; 16];
    for i in 0..12_327 {
        let company = company(i);
        areas[company.area] += 1;
        *above_scale.entry(company.above_scale).or_default() += 1;
        assert!(company.township_index < units::townships(company.area).len());
        assert!(company.park_index.is_none_or(|park| park < units::parks(company.area).len()));
        let fits = match company.above_scale {
            "industry" => "BCD",
            "construction" => "E",
            "wholesale" | "retail" => "F",
            "hotel_catering" => "H",
            "real_estate" => "K",
            _ => "GIKLMNOPQR",
        };
        assert!(fits.contains(company.industry), "{company:?}");
    }
    assert_eq!(above_scale.len(), 7);
    assert!(above_scale["industry"] > 4_000, "{above_scale:?}");
    assert!(areas.iter().all(|&count| count > 200), "{areas:?}");
}

#[test]
fn accounts_and_phones_are_all_different() {
    let (mut rng, mut accounts) = (rng(4), Accounts::new());
    let (mut given, mut phones) = (HashSet::new(), HashSet::new());
    for i in 0..100_000 {
        let name = person(&mut rng);
        assert!((2..=4).contains(&name.chars().count()), "{name}");
        let account = accounts.give(&name);
        assert!(account.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{account}");
        assert!(given.insert(account.clone()), "{account} twice");
        let phone = phone(i);
        assert!(phone.len() == 11 && phone.starts_with('1'), "{phone}");
        assert!(phones.insert(phone));
    }
    assert_eq!(pinyin("司马建国"), "simajianguo");
    assert_eq!(pinyin("郑晓静"), "zhengxiaojing");
    assert!(!post(&mut rng).is_empty());
}

#[test]
fn units_and_groups_are_as_many_as_the_campaign_had() {
    let areas: serde_json::Value = serde_json::from_str(include_str!("../src/area/areas.json")).unwrap();
    for (at, name) in units::AREAS.iter().enumerate() {
        let full = areas["areas"][at]["name"].as_str().unwrap();
        // 经开区 is the short name of 经济技术开发区: its characters in their order.
        let mut rest = full.chars();
        assert!(name.chars().all(|c| rest.any(|of_full| of_full == c)), "{full} {name}");
        assert!((4..=8).contains(&units::townships(at).len()));
        assert!(!units::parks(at).is_empty());
    }
    let mut units = units::city_units();
    assert!(units.len() >= 45);
    units.extend((0..16).flat_map(units::county_units));
    let names: HashSet<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(names.len(), units.len());
    let groups = units::groups();
    assert_eq!(groups.len(), 211);
    assert_eq!(groups.iter().filter(|group| group.area.is_none()).count(), 25);
    assert_eq!(groups.iter().map(|group| &group.name).collect::<HashSet<_>>().len(), 211);
    assert!(groups.iter().all(|group| names.contains(group.lead_unit.as_str())));
    for expected in ["市发展改革委工作组", "中原区财政局工作组"] {
        assert!(groups.iter().any(|group| group.name == expected), "{expected}");
    }
}
