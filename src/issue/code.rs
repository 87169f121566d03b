//! The query code: with the last digits of the contact's phone it lets a company without an account follow and answer
//! one issue. It goes to the company only; the database keeps its SHA-256 and nothing else.
use crate::{
    access::{Permission, Scope, Viewer},
    error::Result,
};
use sha2::{Digest, Sha256};

/// Without 0 and O, 1, I and L, which people mix up on paper.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH: usize = 8;

/// Eight characters. Not `Debug`, so that none gets into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// A secret that a form carries, from which its code is made: the same form sent twice names the same code, although
/// the code is stored nowhere.
pub fn seed() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

impl Code {
    pub fn fresh() -> Self {
        Self::of_seed(&seed())
    }
    /// The same for the same seed; one of 31^8 (8.5 · 10^11).
    pub fn of_seed(seed: &str) -> Self {
        let digest = Sha256::digest(format!("query code\n{seed}").as_bytes());
        let mut rest = digest.iter().take(15).fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
        let letters = (0..LENGTH).map(|_| {
            let letter = ALPHABET[(rest % 31) as usize];
            rest /= 31;
            char::from(letter)
        });
        Self(letters.collect())
    }
    /// What somebody typed: spaces, hyphens, case and full-width forms do not matter. Any text is taken, so that a
    /// malformed code is answered like a wrong one.
    pub fn typed(text: &str) -> Self {
        Self(crate::search::normal(text).to_uppercase())
    }
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
    /// `7KQ4-M2XD`.
    pub fn shown(&self) -> String {
        let (head, tail) = self.0.split_at(self.0.len().min(LENGTH / 2));
        format!("{head}-{tail}")
    }
}

/// The last four digits of a phone number; None when it has fewer.
pub fn tail(phone: &str) -> Option<String> {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let from = digits.len().checked_sub(4)?;
    Some(digits[from..].iter().collect())
}

/// What was done with a code that stood on a slip.
pub fn by_slip(printed_by: &str) -> String {
    format!("凭查询单（由{printed_by}打印）")
}

/// Whether this official may print a slip with a new code: the company's cadre and group, and whose office triages it.
/// `reaches`: whether a scope holds the issue.
pub fn may_print(viewer: &Viewer, mut reaches: impl FnMut(Scope) -> Result<bool>) -> Result<bool> {
    if !viewer.is_official() {
        return Ok(false);
    }
    for permission in [Permission::RecordIssue, Permission::Triage] {
        if let Some(scope) = viewer.scope(permission)
            && reaches(scope)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = Code::fresh();
        assert_eq!(code.shown().len(), 9);
        assert!(Code::typed(&format!(" {} ", code.shown().to_lowercase().replace('-', " "))) == code);
        let wide: String = code.shown().chars().map(wide).collect();
        assert!(Code::typed(&wide) == code);
        assert!(Code::of_seed("a") == Code::of_seed("a"));
        assert!(Code::of_seed("a") != Code::of_seed("b"));
        assert!(Code::fresh() != Code::fresh());
    }

    fn wide(c: char) -> char {
        char::from_u32(c as u32 + 0xfee0).unwrap()
    }

    #[test]
    fn every_letter_of_the_alphabet_is_used() {
        let mut seen: Vec<char> =
            (0..500).flat_map(|i| Code::of_seed(&i.to_string()).0.chars().collect::<Vec<_>>()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.into_iter().collect::<String>().as_bytes(), ALPHABET);
    }

    #[test]
    fn the_tail_is_the_last_four_digits() {
        assert_eq!(tail("0371-6718 1234").as_deref(), Some("1234"));
        assert_eq!(tail("123"), None);
        assert_eq!(tail(""), None);
    }
}
