//! Reads a file of sentences once and fills its slots; the format is told in `texts.rs`. A fault in a file is a fault of
//! the program, so reading panics with the line.
use super::mix;
use std::collections::HashMap;
use std::fmt::Write;

/// Slots and lines that every category shares.
const COMMON: &str = include_str!("common.txt");

pub struct Book {
    slots: Vec<Slot>,
    names: HashMap<&'static str, usize>,
    pub topics: Vec<TopicLines>,
    lines: HashMap<&'static str, Vec<Template>>,
}

#[derive(Default)]
pub struct TopicLines {
    pub industries: &'static str,
    pub titles: Vec<Template>,
    pub descriptions: Vec<Template>,
    pub demands: Vec<Template>,
    pub measures: Vec<Template>,
    pub results: Vec<Template>,
}

pub struct Template(Vec<Piece>);

enum Piece {
    Text(&'static str),
    Slot(usize),
}

enum Slot {
    Number { from: u64, to: u64, step: u64 },
    Words(Vec<&'static str>),
}

impl Book {
    /// The common lines followed by a category's own; the latter's slots win.
    pub fn read(text: &'static str) -> Self {
        let mut book = Self { slots: Vec::new(), names: HashMap::new(), topics: Vec::new(), lines: HashMap::new() };
        for line in COMMON.lines().chain(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                book.read_line(line);
            }
        }
        book
    }

    fn read_line(&mut self, line: &'static str) {
        let (key, rest) = line.split_once(' ').unwrap_or_else(|| panic!("no keyword: {line}"));
        if let Some(values) = rest.strip_prefix("= ") {
            self.names.insert(key, self.slots.len());
            self.slots.push(Slot::read(values));
            return;
        }
        if key == "题" && self.topics.last().is_none_or(|topic| !topic.descriptions.is_empty()) {
            self.topics.push(TopicLines::default());
        }
        if key == "类" {
            self.topics.last_mut().expect("类 follows 题").industries = rest;
            return;
        }
        let template = self.template(rest);
        let topic = self.topics.last_mut();
        match (key, topic) {
            ("题", Some(topic)) => topic.titles.push(template),
            ("述", Some(topic)) => topic.descriptions.push(template),
            ("求", Some(topic)) => topic.demands.push(template),
            ("办", Some(topic)) => topic.measures.push(template),
            ("果", Some(topic)) => topic.results.push(template),
            _ => self.lines.entry(key).or_default().push(template),
        }
    }

    fn template(&self, text: &'static str) -> Template {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or_else(|| panic!("slot not closed: {text}"));
            let slot = self.names.get(name).unwrap_or_else(|| panic!("no slot {name}: {text}"));
            pieces.extend([Piece::Text(before), Piece::Slot(*slot)]);
            rest = after;
        }
        pieces.push(Piece::Text(rest));
        Template(pieces)
    }

    pub fn lines(&self, key: &str) -> &[Template] {
        self.lines.get(key).unwrap_or_else(|| panic!("no lines under {key}"))
    }

    /// The sentence with the values that its slots have for this seed.
    pub fn fill(&self, template: &Template, seed: u64) -> String {
        let mut sentence = String::with_capacity(320);
        for piece in &template.0 {
            match piece {
                Piece::Text(text) => sentence.push_str(text),
                Piece::Slot(at) => self.slots[*at].put(&mut sentence, mix(seed, *at as u64)),
            }
        }
        sentence
    }
}

impl Slot {
    fn read(values: &'static str) -> Self {
        let Some((from, to)) = values.split_once("..") else {
            return Self::Words(values.split('|').collect());
        };
        let (to, step) = to.split_once('/').unwrap_or((to, "1"));
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("no number: {values}"));
        Self::Number { from: number(from), to: number(to), step: number(step) }
    }

    fn put(&self, sentence: &mut String, draw: u64) {
        match self {
            Self::Words(words) => sentence.push_str(words[draw as usize % words.len()]),
            Self::Number { from, to, step } => {
                let value = from + draw % ((to - from) / step + 1) * step;
                write!(sentence, "{value}").expect("a string takes everything");
            }
        }
    }
}
