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
/// Words of plans, of what is under way, and of denial: with one of them nothing is over.
const NOT_OVER: &[&str] = &[
    "未", "没", "不", "无法", "难", "尚", "需", "待", "中", "正在", "拟", "将", "计划", "预计", "力争", "争取", "逐步",
    "分期", "长期", "持续", "推进", "跟踪", "挂账", "%",
];
/// The words that say it is over.
const OVER: &[&str] = &[
    "已办结",
    "已办毕",
    "已办理",
    "已办",
    "办结",
    "办毕",
    "办理完毕",
    "部分解决",
    "解决",
    "销号",
    "完成",
    "答复",
    "回复",
    "结案",
];
/// What may stand around them.
const AROUND: &[&str] = &[
    "是",
    "√",
    "✓",
    "✔",
    "☑",
    "已经",
    "已于",
    "已",
    "现",
    "均",
    "都",
    "全部",
    "圆满",
    "妥善",
    "协调",
    "处理",
    "整改",
    "当场",
    "现场",
    "按期",
    "按时",
    "提前",
    "超期",
    "逾期",
    "该",
    "问题",
    "事项",
    "诉求",
    "并",
    "企业",
    "基本满意",
    "非常满意",
    "满意",
    "完毕",
    "完",
    "好",
    "到位",
    "了",
];
const NO: &[&str] = &["否", "不是", "不", "无", "未", "没", "没有", "×", "✗", "✘", "x", "n", "no", "0"];

/// The word without what is typed around it, half-width.
fn bare(text: &str) -> String {
    let noise = |c: char| c.is_whitespace() || "。，、,.;；:!()\"“”/-—".contains(c);
    half_width(text).chars().filter(|c| !noise(*c)).flat_map(char::to_lowercase).collect()
}

fn tells_of_more_to_do(word: &str) -> bool {
    NOT_OVER.iter().any(|one| word.contains(one))
}

/// Whether every piece of the word is known, and one says that it is over. 协调解决 alone may be what is to be done, and a
/// day may be that of a plan: only behind 已 they are what was done.
fn is_over(word: &str) -> bool {
    let done = word.contains('已');
    let (mut rest, mut over) = (word, false);
    while !rest.is_empty() {
        let begins = |words: &[&str]| words.iter().find_map(|one| rest.strip_prefix(one));
        let day = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || "年月日号".contains(c));
        if let Some(after) = begins(OVER) {
            (rest, over) = (after, true);
        } else if let Some(after) = begins(AROUND).filter(|_| done || !rest.starts_with("协调")) {
            rest = after;
        } else if let (true, Some(first)) = (done && day(rest), rest.chars().next()) {
            rest = &rest[first.len_utf8()..];
        } else {
            return false;
        }
    }
    over
}

pub(super) fn course(status: &str) -> Course {
    let word = bare(status);
    let is = |words: &[&str]| words.contains(&word.as_str());
    match Status::parse(status) {
        Some(known) if known.is_final() => Course::Closed,
        Some(_) => Course::Open,
        None if word.is_empty() => Course::Blank,
        None if is(NO) || word.starts_with('否') => Course::Open,
        None if is(YES) => Course::Closed,
        None if tells_of_more_to_do(&word) => Course::Open,
        None if is_over(&word) => Course::Closed,
        None => Course::Unknown,
    }
}

pub(super) fn resolution(text: &str) -> Option<Resolution> {
    let has = |word: &str| text.contains(word);
    match Resolution::parse(text) {
        Some(known) => Some(known),
        None if has("部分") => Some(Resolution::PartlySolved),
        None if has("未") || has("不") => None,
        None if has("解决") && !tells_of_more_to_do(&bare(text)) => Some(Resolution::Solved),
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
        for other in [
            "已转办",
            "是否",
            "黄",
            "3",
            "协调解决",
            "年底完成",
            "6月完成",
            "基本解决",
            "限期办结",
            "已整改",
            "申请销号",
        ] {
            assert_eq!(course(other), Course::Unknown, "{other}");
        }
        assert_eq!(course(" "), Course::Blank);
    }

    #[test]
    fn a_plan_is_open_and_only_whole_words_close() {
        let plans = "尚需协调解决 需上级协调解决 拟于下月解决 逐步解决 长期解决 难以解决 计划12月底完成 预计年底前办结 力争6月底完成 完成80% 完成８０％ \
                     解决不了 不予解决 已答复，企业不满意 分期解决 正在解决 将于月底办结 待上级解决 已答复，尚未解决 挂账跟踪";
        for plan in plans.split_whitespace() {
            assert_eq!((course(plan), resolution(plan)), (Course::Open, None), "{plan}");
        }
        let over = "已办结 已解决 已完成 已销号 办结 销号 完成 解决 已答复 已回复 已办 已办理 已办理完毕 已结案 √已解决 全部解决 当场解决 \
                    已协调解决 按期办结 已办结（企业满意） 已于2022年3月15日办结 2022.3.15已办结 已妥善解决 问题已解决 该问题现已解决。 \
                    已答复、已办结 部分解决";
        for over in over.split_whitespace() {
            assert_eq!(course(over), Course::Closed, "{over}");
        }
        assert_eq!(resolution("部分解决"), Some(Resolution::PartlySolved));
        assert_eq!(resolution("引导至服务中心"), Some(Resolution::Guided));
    }

    #[test]
    fn a_yes_says_solved_only_where_solved_is_asked() {
        assert_eq!(resolved(Some("是否解决"), "是"), Some(Resolution::Solved));
        assert_eq!(resolved(Some("是否办结"), "是"), None);
        assert_eq!(resolved(Some("状态"), "已解决"), Some(Resolution::Solved));
        assert_eq!(resolved(Some("是否解决"), "否"), None);
    }
}
