//! What was typed into a form, as text: kept whole so that a refused form comes back as it was.
use crate::{
    calendar::{oldest, shanghai_date},
    error::Invalid,
    sheet::text::half_width,
    time::Time,
};
use chrono::NaiveDate;

/// The field in which a form carries what was typed into another one that was not written.
pub const UNWRITTEN: &str = "unwritten";

/// How a condition should be written that is chosen from a list.
pub const LISTED: &str = "请从列表里选";

/// Fields whose text is for nobody's eyes.
const PASSWORDS: [&str; 4] = ["password", "old", "new", "again"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// The trimmed value of a field; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }
    pub fn has(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(field, _)| field != name);
        self.0.push((name.to_owned(), value.into()));
    }
    /// What was typed in words, to be copied by whoever has to write it again. What was chosen from a list is a word of
    /// the program's own.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let is_shown = |name: &str| !PASSWORDS.contains(&name);
        let is_typed = |value: &str| value.chars().any(|one| !one.is_ascii() || one.is_whitespace());
        self.0
            .iter()
            .map(|(name, value)| (name, value.trim()))
            .filter_map(move |(name, value)| (is_shown(name) && is_typed(value)).then_some(value))
    }
    /// A form of another page that carries these words on.
    pub fn unwritten(&self) -> Self {
        Self(self.words().map(|text| (UNWRITTEN.to_owned(), text.to_owned())).collect())
    }
    /// Numbers and dates may be typed in full width.
    pub fn parse<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        half_width(self.text(name)).trim().parse().ok()
    }
    /// The text, or a message at the field.
    pub fn required(&self, name: &str, message: &str, invalid: &mut Invalid) -> String {
        let text = self.text(name);
        if text.is_empty() {
            invalid.add(name, message);
        }
        text.to_owned()
    }
    /// A value of the right kind, or a message at the field.
    pub fn required_as<T: std::str::FromStr>(&self, name: &str, message: &str, invalid: &mut Invalid) -> Option<T> {
        let value = self.parse(name);
        if value.is_none() {
            invalid.add(name, message);
        }
        value
    }
    /// A value of the right kind, None when the field is empty; a message when it makes no sense. `like`: how it should
    /// be written.
    pub fn given<T: std::str::FromStr>(&self, name: &str, label: &str, like: &str, invalid: &mut Invalid) -> Option<T> {
        let value = self.parse(name);
        if value.is_none() && self.has(name) {
            invalid.add(name, self.misread(name, label, like));
        }
        value
    }
    /// One of these words, empty when the field is; a message when it is another.
    pub fn listed<'a>(
        &self,
        name: &str,
        label: &str,
        mut words: impl Iterator<Item = &'a str>,
        invalid: &mut Invalid,
    ) -> String {
        if !self.has(name) || words.any(|word| word == self.text(name)) {
            return self.text(name).to_owned();
        }
        invalid.add(name, self.misread(name, label, LISTED));
        String::new()
    }
    fn misread(&self, name: &str, label: &str, like: &str) -> String {
        let shown: String = self.text(name).chars().take(30).collect();
        format!("{label}“{shown}”看不懂，{like}")
    }
    /// A day, None when the field is empty; a message when it is none.
    pub fn given_day(&self, name: &str, label: &str, invalid: &mut Invalid) -> Option<NaiveDate> {
        self.given(name, label, "日期请写成 2022-06-09", invalid)
    }
    /// The days `from` and `to` of a query block, None where a field is empty; a message when one makes no sense or they are
    /// the wrong way round.
    pub fn given_period(&self, label: &str, invalid: &mut Invalid) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let from = self.given_day("from", &format!("{label}起"), invalid);
        let to = self.given_day("to", &format!("{label}止"), invalid);
        if let Some((from, to)) = from.zip(to)
            && from > to
        {
            invalid.add("from", format!("{label}不对：{from} 在 {to} 之后"));
            return (None, None);
        }
        (from, to)
    }
    /// A day of the campaign up to today, `otherwise` when the field is empty; a message at the field when it makes no
    /// sense.
    pub fn past_day(
        &self,
        name: &str,
        label: &str,
        otherwise: NaiveDate,
        now: Time,
        invalid: &mut Invalid,
    ) -> NaiveDate {
        let typed = match self.text(name) {
            "" => Some(otherwise),
            _ => self.parse(name),
        };
        match typed {
            None => invalid.add(name, "日期请写成 2022-06-09"),
            Some(on) if on > shanghai_date(now) => invalid.add(name, format!("{label}不能在今天之后")),
            Some(on) if on < oldest() => invalid.add(name, format!("{label}不能早于 {}，请看看年份", oldest())),
            Some(_) => {}
        }
        typed.unwrap_or(otherwise)
    }
    /// At most `most` characters.
    pub fn limited(&self, name: &str, most: usize, invalid: &mut Invalid) -> String {
        let text = self.text(name);
        if text.chars().count() > most {
            invalid.add(name, format!("最多 {most} 个字，现在有 {} 个", text.chars().count()));
        }
        text.to_owned()
    }
}
