//! What the demo city's people write: problems by category and everything said on their way to closure. The sentences
//! stand in `texts/*.txt`, a file a category and one for all; here they are filled in.
//!
//! A file holds slots (`额 = 100..900/50`, `地 = 甲|乙`), topics and further lines under a keyword. A topic is 题 titles,
//! 类 the industry sections it fits (none: all), 述 descriptions, 求 demands, 办 measures, 果 results. A slot keeps its
//! value throughout one problem, so that a reply speaks of the amount that the problem named.
use rand::Rng;
use std::sync::LazyLock;

mod book;
mod phrase;
use book::Book;
pub use phrase::{Phrase, phrase};

macro_rules! books {
    ($($id:literal, $file:literal;)*) => {
        /// The categories' identifiers, in the order of `categories.json`.
        pub const CATEGORIES: &[&str] = &[$($id),*];
        static BOOKS: LazyLock<Vec<Book>> = LazyLock::new(|| vec![$(Book::read(include_str!(concat!("texts/", $file)))),*]);
    };
}
books! {
    "financing", "01_financing.txt";
    "labor_talent", "02_labor_talent.txt";
    "land_factory", "03_land_factory.txt";
    "utilities", "04_utilities.txt";
    "approval", "05_approval.txt";
    "policy_delivery", "06_policy_delivery.txt";
    "market_match", "07_market_match.txt";
    "logistics", "08_logistics.txt";
    "arrears", "09_arrears.txt";
    "legacy_title", "10_legacy_title.txt";
    "environment", "11_environment.txt";
    "safety_enforcement", "12_safety_enforcement.txt";
    "innovation", "13_innovation.txt";
    "legal", "14_legal.txt";
    "amenities", "15_amenities.txt";
    "other", "99_other.txt";
}

/// What a problem is about: enough to go on writing of the same matter, amounts and places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    category: usize,
    position: usize,
    seed: u64,
}

impl Topic {
    pub fn category_id(&self) -> &'static str {
        CATEGORIES[self.category]
    }
    /// Whether a company of the industry section meets with the matter.
    pub fn concerns(&self, industry: char) -> bool {
        let industries = self.book().topics[self.position].industries;
        industries.is_empty() || industries.contains(industry)
    }
    fn book(&self) -> &'static Book {
        &BOOKS[self.category]
    }
    fn say(&self, rng: &mut impl Rng, lines: &str) -> String {
        let book = self.book();
        book.fill(pick(rng, book.lines(lines)), self.seed)
    }
    /// A line of two or three parts that a bar divides.
    fn say_parts<const N: usize>(&self, rng: &mut impl Rng, lines: &str) -> [String; N] {
        let line = self.say(rng, lines);
        let mut parts = line.split('|').map(String::from);
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueText {
    /// At most 40 characters.
    pub title: String,
    /// 30 to 160 characters.
    pub description: String,
    pub demand: String,
    pub topic: Topic,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyText {
    pub measures: String,
    pub result: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplementText {
    /// What the unit asks for.
    pub missing: String,
    /// What the company answers.
    pub answer: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnText {
    pub reason: String,
    pub basis: String,
    pub suggested_unit: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionText {
    /// The lawful reason.
    pub reason: String,
    /// Where to go instead.
    pub channel: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongTermText {
    pub reason: String,
    pub milestones: String,
}

/// Longest description, in characters.
const DESCRIPTION: usize = 160;

/// How many different matters a category knows. Panics when there is no such category.
pub fn topics(category_id: &str) -> usize {
    BOOKS[category(category_id)].topics.len()
}

fn category(id: &str) -> usize {
    let position = CATEGORIES.iter().position(|known| *known == id);
    position.unwrap_or_else(|| panic!("no category {id}"))
}

/// A problem as a company of the given industry section (A to T) would tell it. Panics when there is no such category.
pub fn issue(rng: &mut impl Rng, category_id: &str, industry: char) -> IssueText {
    let category = category(category_id);
    let seed = rng.random();
    let position = loop {
        let position = rng.random_range(0..BOOKS[category].topics.len());
        if (Topic { category, position, seed }).concerns(industry) {
            break position;
        }
    };
    told(rng, Topic { category, position, seed })
}

/// Another company's problem of the same matter, with its own amounts and places.
pub fn alike(rng: &mut impl Rng, topic: Topic) -> IssueText {
    let seed = rng.random();
    told(rng, Topic { seed, ..topic })
}

fn told(rng: &mut impl Rng, topic: Topic) -> IssueText {
    let Topic { position, seed, .. } = topic;
    let book = topic.book();
    let lines = &book.topics[position];
    let mut description = book.fill(pick(rng, &lines.descriptions), seed);
    if rng.random_ratio(2, 5) {
        let ending = book.fill(pick(rng, book.lines("尾")), seed);
        if description.chars().count() + ending.chars().count() <= DESCRIPTION {
            description.push_str(&ending);
        }
    }
    IssueText {
        title: book.fill(pick(rng, &lines.titles), seed),
        description,
        demand: book.fill(pick(rng, &lines.demands), seed),
        topic,
    }
}

/// What the unit did about the matter and what came of it.
pub fn reply(rng: &mut impl Rng, topic: Topic) -> ReplyText {
    let (book, lines) = (topic.book(), &topic.book().topics[topic.position]);
    let measures = book.fill(pick(rng, &lines.measures), topic.seed);
    let result = book.fill(pick(rng, &lines.results), topic.seed);
    // People do not answer everybody in the same words; those who do are found by it.
    let around = |key: &str, salt: u64| {
        let lines = book.lines(key);
        book.fill(&lines[mix(topic.seed, salt) as usize % lines.len()], topic.seed)
    };
    ReplyText { measures, result: format!("{}{result}{}", around("前", 1_001), around("后", 1_002)) }
}

/// A unit's note on its way: 进展.
pub fn progress(rng: &mut impl Rng, topic: Topic) -> String {
    topic.say(rng, "进")
}

pub fn supplement(rng: &mut impl Rng, topic: Topic) -> SupplementText {
    let [missing, answer] = topic.say_parts(rng, "补");
    SupplementText { missing, answer }
}

/// Why a unit asks to give the problem back. The suggested unit is a city department's full name.
pub fn return_request(rng: &mut impl Rng, topic: Topic) -> ReturnText {
    let [reason, basis, suggested_unit] = topic.say_parts(rng, "退");
    ReturnText { reason, basis, suggested_unit }
}

pub fn rejection(rng: &mut impl Rng, topic: Topic) -> RejectionText {
    let [reason, channel] = topic.say_parts(rng, "拒");
    RejectionText { reason, channel }
}

pub fn extension(rng: &mut impl Rng, topic: Topic) -> String {
    topic.say(rng, "延")
}

pub fn long_term(rng: &mut impl Rng, topic: Topic) -> LongTermText {
    let [reason, milestones] = topic.say_parts(rng, "账");
    LongTermText { reason, milestones }
}

/// Why the company is not content: 企业不满意的理由.
pub fn dispute(rng: &mut impl Rng, topic: Topic) -> String {
    topic.say(rng, "差")
}

fn pick<'a, T>(rng: &mut impl Rng, all: &'a [T]) -> &'a T {
    &all[rng.random_range(0..all.len())]
}

/// A well-spread number out of two (the finaliser of SplitMix64).
pub(super) fn mix(seed: u64, what: u64) -> u64 {
    let mut x = seed ^ what.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) >> 1
}
