//! Triage and dispatch at the keyboard (甄别交办): one problem after the other, with the unit that usually gets such.
pub mod pages;
pub mod query;
pub mod suggest;

/// The letters by which a Chinese name is found at the keyboard: 市财政局 → sczj; what is no Chinese stays as it is.
pub fn initials(name: &str) -> String {
    use pinyin::ToPinyin;
    let letters = name.chars().filter_map(|c| match c.to_pinyin() {
        Some(sound) => sound.plain().chars().next(),
        None => c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase()),
    });
    letters.collect()
}
