//! 统一社会信用代码, the code every company and institution carries.
//!
//! The rule is GB 32100-2015: 18 characters, the last a check over the first 17. What people type is normalised first
//! (spaces, full-width forms, case); a letter O or I, which the charset lacks, is never replaced silently but offered
//! as a question.
use std::fmt;

/// The 31 characters of the code in the order of their values: no I, O, S, V, Z.
const CHARSET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^(i−1) mod 31 for the first 17 places.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the organisation code (GB 11714) that stands in places 9 to 17.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A code whose check character is right. Nothing else can be built.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Usci(String);

/// Why a text is no code, and the code it may have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsciError {
    /// One Chinese sentence without full stop.
    pub reason: String,
    /// The valid code that results when every O is read as 0 and every I as 1.
    pub did_you_mean: Option<Usci>,
}

impl fmt::Display for UsciError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match &self.did_you_mean {
            Some(code) => write!(f, "，是否应为 {code}？"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UsciError {}

impl fmt::Display for Usci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Usci {
    /// Normalises and checks; the error is a Chinese sentence for the form or the bad row.
    pub fn parse(text: &str) -> Result<Usci, UsciError> {
        let code = crate::sheet::text::normal_code(text);
        let Some(reason) = fault(&code) else {
            return Ok(Usci(code));
        };
        let guess = code.replace('O', "0").replace('I', "1");
        let did_you_mean = (guess != code && fault(&guess).is_none()).then_some(Usci(guess));
        Err(UsciError { reason, did_you_mean })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A valid code of an invented company registered in 郑州, always the same for a seed and different for any two
    /// seeds below 31^6 (887 million). Both checks hold: that of the organisation code inside and the outer one.
    pub fn generate(seed: u64) -> Usci {
        const SPACE: u64 = 31u64.pow(6);
        // An odd step that 31 does not divide walks through the whole space before it repeats.
        let mut rest = (seed % SPACE) * 362_436_069 % SPACE;
        let mut code = String::from("91410100MA");
        for _ in 0..6 {
            code.push(CHARSET[(rest % 31) as usize] as char);
            rest /= 31;
        }
        code.push(organisation_check(&code[8..]));
        let check = check_character(&code).expect("built from the charset");
        code.push(check);
        Usci(code)
    }
}

/// What is wrong with a normalised code, if anything.
fn fault(code: &str) -> Option<String> {
    let length = code.chars().count();
    if length == 0 {
        return Some("没有填写统一社会信用代码".into());
    }
    if length != 18 {
        return Some(format!("统一社会信用代码应为 18 位，这里有 {length} 位"));
    }
    if let Some((at, bad)) = code.chars().enumerate().find(|(_, c)| value(*c).is_none()) {
        return Some(format!("统一社会信用代码第 {} 位不能是“{bad}”", at + 1));
    }
    match check_character(code) {
        Some(check) if code.ends_with(check) => None,
        _ => Some("统一社会信用代码的校验位不符，请核对是否抄错".into()),
    }
}

fn value(c: char) -> Option<u32> {
    CHARSET.iter().position(|&known| known as char == c).map(|at| at as u32)
}

/// The 18th character that the first 17 ask for; `None` if one of them is outside the charset.
fn check_character(code: &str) -> Option<char> {
    let mut sum = 0;
    for (c, weight) in code.chars().zip(WEIGHTS) {
        sum += value(c)? * weight;
    }
    Some(CHARSET[((31 - sum % 31) % 31) as usize] as char)
}

/// The check of an organisation code: 11 − Σ mod 11, written X for ten and 0 for eleven.
fn organisation_check(body: &str) -> char {
    let digits = body.chars().map(|c| c.to_digit(36).unwrap_or(0));
    let sum: u32 = digits.zip(ORGANISATION_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).expect("below ten"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [&str; 5] =
        ["91350100M000100Y43", "914403001922038216", "91330100799655058B", "9144030071526726XG", "91410000170001401D"];

    #[test]
    fn real_codes_pass_and_any_changed_place_fails() {
        for good in GOOD {
            assert_eq!(Usci::parse(good).unwrap().as_str(), good);
            for at in 0..18 {
                let mut bytes = good.as_bytes().to_vec();
                bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
                let changed = String::from_utf8(bytes).unwrap();
                assert!(Usci::parse(&changed).is_err(), "{changed}");
            }
        }
        let bad = Usci::parse("91350100M000100Y4Z").unwrap_err();
        assert!(bad.reason.contains("第 18 位不能是“Z”"), "{bad}");
        assert_eq!(bad.did_you_mean, None);
    }

    #[test]
    fn spaces_full_width_and_case_are_normalised() {
        assert_eq!(Usci::parse(" 91350100 m000100y43\t").unwrap().as_str(), GOOD[0]);
        assert_eq!(Usci::parse("９１３３０１００７９９６５５０５８Ｂ").unwrap().as_str(), GOOD[2]);
    }

    #[test]
    fn the_letter_o_is_asked_about_never_replaced() {
        let error = Usci::parse("9135O100MOOO100Y43").unwrap_err();
        assert_eq!(error.did_you_mean.as_ref().unwrap().as_str(), GOOD[0]);
        assert!(error.to_string().ends_with("是否应为 91350100M000100Y43？"), "{error}");
        let error = Usci::parse("9I350I00M000I00Y43").unwrap_err();
        assert_eq!(error.did_you_mean.unwrap().as_str(), GOOD[0]);
        assert_eq!(Usci::parse("9135O100M000100Y44").unwrap_err().did_you_mean, None);
    }

    #[test]
    fn wrong_lengths_name_the_length() {
        assert!(Usci::parse("9135").unwrap_err().reason.contains("有 4 位"));
        assert!(Usci::parse(" ").unwrap_err().reason.starts_with("没有填写"));
    }

    #[test]
    fn generated_codes_are_valid_different_and_stable() {
        let codes: std::collections::BTreeSet<Usci> = (0..20_000).map(Usci::generate).collect();
        assert_eq!(codes.len(), 20_000);
        for code in &codes {
            assert_eq!(Usci::parse(code.as_str()).as_ref(), Ok(code));
            assert!(code.as_str().starts_with("91410100MA"));
        }
        assert_eq!(Usci::generate(7), Usci::generate(7));
        for good in &GOOD[..3] {
            assert_eq!(organisation_check(&good[8..16]), good.as_bytes()[16] as char, "{good}");
        }
    }
}
