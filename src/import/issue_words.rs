//! What the words of an old ledger mean: whether a problem is closed, how, and where it came from.
use crate::{issue::workflow::*, sheet::text::half_width};

#[derive(Debug, PartialEq)]
pub(super) enum Course {
    Blank,
    Unknown,
    Open,
    Closed,
}

/// The cell below 是否办结 or 是否解决; a word with more behind it is read on.
const YES: &[&str] = &["是", "已", "有", "√", "✓", "✔", "☑", "对", "y", "yes", "1"];
const NO: &[&str] = &["否", "不是", "不", "无", "未", "没", "没有", "×", "✗", "✘", "x", "n", "no", "0"];

/// The word without what is typed around it, half-width.
fn bare(text: &str) -> String {
    let noise = |c: char| c.is_whitespace() || "。，,.;；!".contains(c);
    half_width(text).chars().filter(|c| !noise(*c)).flat_map(char::to_lowercase).collect()
}

pub(super) fn course(status: &str) -> Course {
    let word = bare(status);
    let has = |words: &[&str]| words.iter().any(|one| word.contains(one));
    let is = |words: &[&str]| words.contains(&word.as_str());
    match Status::parse(status) {
        Some(known) if known.is_final() => Course::Closed,
        Some(_) => Course::Open,
        None if word.is_empty() => Course::Blank,
        None if is(NO) || word.starts_with('否') => Course::Open,
        None if is(YES) => Course::Closed,
        None if has(&["未", "没", "无法", "不能", "中", "待", "正在", "推进", "跟踪", "挂账"]) => {
            Course::Open
        }
        None if has(&["办结", "解决", "销号", "完成", "答复", "回复", "已办"]) => Course::Closed,
        None => Course::Unknown,
    }
}

pub(super) fn resolution(text: &str) -> Option<Resolution> {
    let has = |word: &str| text.contains(word);
    match Resolution::parse(text) {
        Some(known) => Some(known),
        None if has("部分") => Some(Resolution::PartlySolved),
        None if has("未") || has("不") => None,
        None if has("解决") => Some(Resolution::Solved),
        None if has("解释") => Some(Resolution::Explained),
        None if has("引导") => Some(Resolution::Guided),
        None => None,
    }
}

/// The resolution that a status tells: of a yes, that of the head above it, 是否解决.
pub(super) fn resolved(head: Option<&str>, status: &str) -> Option<Resolution> {
    let yes = YES.contains(&bare(status).as_str()) && head.is_some_and(|head| head.contains("解决"));
    if yes { Some(Resolution::Solved) } else { resolution(status) }
}

pub(super) fn channel(text: &str) -> Channel {
    let has = |word: &str| text.contains(word);
    match Channel::parse(text) {
        Some(known) => known,
        None if has("座谈") => Channel::Symposium,
        None if has("走访") => Channel::Visit,
        None if has("热线") || has("12345") => Channel::Hotline,
        None if has("批示") => Channel::Instruction,
        None if has("上级") || has("交办") => Channel::Superior,
        None => Channel::Import,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_closed_a_no_is_open_and_what_is_neither_is_not_guessed() {
        for yes in ["是", "已", "√", " 是。", "✔", "Ｙ", "已办结", "已解决", "是，已办结"] {
            assert_eq!(course(yes), Course::Closed, "{yes}");
        }
        for no in ["否", "未", "×", "没有", "没有解决", "未解决", "否，无法解决", "无法解决", "办理中", "Ｎ"]
        {
            assert_eq!(course(no), Course::Open, "{no}");
        }
        for other in ["已转办", "是否", "黄", "3"] {
            assert_eq!(course(other), Course::Unknown, "{other}");
        }
        assert_eq!(course(" "), Course::Blank);
    }

    #[test]
    fn a_yes_says_solved_only_where_solved_is_asked() {
        assert_eq!(resolved(Some("是否解决"), "是"), Some(Resolution::Solved));
        assert_eq!(resolved(Some("是否办结"), "是"), None);
        assert_eq!(resolved(Some("状态"), "已解决"), Some(Resolution::Solved));
        assert_eq!(resolved(Some("是否解决"), "否"), None);
    }
}
