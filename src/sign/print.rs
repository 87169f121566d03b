//! The fingerprint of a reply. What differs between two uses of one template is left out: the company's name, digits,
//! punctuation and case. The rest is cut into pieces of three characters; two replies are alike by the part of all their
//! pieces that both have (Jaccard).
//!
//! To find the few that may be alike among millions without comparing: of 12 hashes over all pieces the smallest of
//! each are taken (MinHash), three together make a band. Two replies that are alike to 80 % share one of their four
//! bands 94 times of 100, to 90 % nearly always; whoever shares one is then compared exactly.

const BANDS: u64 = 4;
const ROWS: u64 = 3;

/// The pieces in order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print(Vec<u64>);

/// A well-spread number out of two (the finaliser of SplitMix64).
fn mix(value: u64, salt: u64) -> u64 {
    let mut x = value ^ salt.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

impl Print {
    /// None: nothing is left of the text that could be compared.
    pub fn of(text: &str, enterprise_name: &str) -> Option<Self> {
        let text = if enterprise_name.is_empty() { text.to_owned() } else { text.replace(enterprise_name, "") };
        let mut chars: Vec<u64> = text
            .chars()
            .filter(|one| one.is_alphabetic())
            .flat_map(char::to_lowercase)
            .map(|one| u64::from(u32::from(one)))
            .collect();
        if chars.is_empty() {
            return None;
        }
        // The shortest reply of all is a piece as well.
        chars.resize(chars.len().max(3), 0);
        let mut pieces: Vec<u64> = chars.windows(3).map(|three| three[0] << 42 | three[1] << 21 | three[2]).collect();
        pieces.sort_unstable();
        pieces.dedup();
        Some(Self(pieces))
    }

    /// One key for each band, never the same for two bands.
    pub fn bands(&self) -> Vec<i64> {
        (0..BANDS)
            .map(|band| {
                let smallest = |row: u64| self.0.iter().map(|piece| mix(*piece, band * ROWS + row)).min().unwrap_or(0);
                let key = (0..ROWS).fold(band, |key, row| mix(key, smallest(row)));
                // Its low bits tell the band.
                (key - key % BANDS + band).cast_signed()
            })
            .collect()
    }

    /// Percent of all pieces that both have.
    pub fn alike(&self, other: &Self) -> usize {
        let both = self.0.iter().filter(|piece| other.0.binary_search(piece).is_ok()).count();
        let all = self.0.len() + other.0.len() - both;
        both * 100 / all.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Print;

    fn print(text: &str) -> Print {
        Print::of(text, "郑州砺衡纺织有限公司").expect("a text")
    }

    #[test]
    fn what_differs_between_two_uses_of_a_template_does_not_count() {
        let one = print("郑州砺衡纺织有限公司：您反映的问题我局高度重视，已于2026年3月2日协调解决，感谢您的支持！");
        let other = print("您反映的问题我局高度重视，已于 2026 年 11 月 25 日协调解决。感谢您的支持");
        assert_eq!(one.alike(&other), 100);
        assert_eq!(one.bands(), other.bands());
    }

    #[test]
    fn one_word_more_is_still_alike_and_another_matter_is_not() {
        let text = "您反映的用电增容问题，我局已会同供电公司现场勘查，外线工程由供电部门投资建设，目前已经送电投运。";
        let nearly =
            "您反映的用电增容问题，我局昨天已会同供电公司现场勘查，外线工程由供电部门投资建设，目前已经送电投运。";
        let other = "漏点已经修复，管网阀门全部打开，水压恢复到三公斤，连续观测一周稳定，请您放心生产。";
        let (one, nearly, other) = (print(text), print(nearly), print(other));
        assert!(one.alike(&nearly) >= 80, "{}", one.alike(&nearly));
        assert!(one.bands().iter().any(|band| nearly.bands().contains(band)));
        assert!(one.alike(&other) < 10);
    }

    #[test]
    fn the_shortest_reply_is_compared_too_and_nothing_is_not() {
        assert_eq!(print("已办。").alike(&print("已办")), 100);
        assert_eq!(Print::of("2026-11-25！", ""), None);
        let bands = print("已办").bands();
        let distinct: std::collections::BTreeSet<_> = bands.iter().collect();
        assert_eq!(distinct.len(), bands.len());
    }
}
