//! The indicator dictionary comes first: what each figure is called, how it is computed and rounded. The pages, the
//! spreadsheets and the definitions page read it here.

use super::By;
use std::collections::BTreeMap;

/// How a rate is rounded; it belongs to the indicator, as the published figures do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// A count.
    Whole,
    /// One decimal, truncated in integer arithmetic; never 100 % unless all are in.
    Truncated,
    /// So many decimals, half up: investment one, projects none.
    HalfUp(u32),
    /// Workdays with one decimal, half up.
    Days,
    YesNo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicator {
    pub word: &'static str,
    pub label: &'static str,
    pub formula: &'static str,
    pub denominator: &'static str,
    pub rounding: Rounding,
    pub note: &'static str,
}

const fn count(word: &'static str, label: &'static str, formula: &'static str, note: &'static str) -> Indicator {
    Indicator { word, label, formula, denominator: "", rounding: Rounding::Whole, note }
}
const fn rate(
    word: &'static str,
    label: &'static str,
    formula: &'static str,
    denominator: &'static str,
    note: &'static str,
) -> Indicator {
    Indicator { word, label, formula, denominator, rounding: Rounding::Truncated, note }
}

const fn days(word: &'static str, label: &'static str, formula: &'static str, note: &'static str) -> Indicator {
    Indicator { word, label, formula, denominator: "计时件数", rounding: Rounding::Days, note }
}

/// 收集问题 of all formulas, C for short: issues registered in the period, without merged, rejected, withdrawn and invalid ones and without
/// imported history, in their state as of the moment.
pub const INDICATORS: &[Indicator] = &[
    count("groups", "工作组数", "截至时点有效的工作组数", ""),
    count(
        "cadres",
        "助企干部",
        "截至时点在工作组里的组长和包联干部人数",
        "按人计，不重复；按当时所在的组，后来调走或收回角色不改以前的数",
    ),
    count(
        "companies",
        "包联企业",
        "截至时点有包联关系的“四上”企业家数",
        "同一企业只计一次；停用的企业从停用那天起不计",
    ),
    count("covered", "已走访的包联企业", "包联企业中期间内走访过的家数", "不论谁去走访的"),
    rate("coverage", "走访覆盖率", "已走访的包联企业 ÷ 包联企业", "包联企业", "截断到一位小数，没有全部走访不写 100%"),
    count("visits", "走访家次", "期间内的走访记录数", "作废的不计，作废以后的时点不计"),
    count("visited_enterprises", "走访家数", "期间内走访过的企业家数", "同一企业只计一次"),
    count("symposiums", "座谈会场次", "期间内召开的座谈会场次", "作废的不计"),
    count("collected", "收集问题", "期间内建档的问题件数", "不含已并案、不予受理、企业撤回、认定无效和历史导入"),
    count(
        "resolved",
        "已解决",
        "收集问题中已销号、办结类别计入解决、企业没有否认的",
        "计入解决的办结类别由助企办设定，默认只有“已解决”",
    ),
    rate("resolution_rate", "解决率", "已解决 ÷ 收集问题", "收集问题", "截断到一位小数，没有全部解决不写 100%"),
    count("closed", "已销号", "收集问题中已销号的，不论办结类别", ""),
    rate("closure_rate", "办结率", "已销号 ÷ 收集问题", "收集问题", "截断到一位小数"),
    count("open", "未办结", "收集问题中没有销号的", ""),
    count(
        "overdue_open",
        "逾期未办",
        "收集问题中没有销号、手头这一步的时限已过、该由助企办或责任单位办的",
        "等企业补件、等企业评价的不算逾期",
    ),
    count(
        "replied",
        "单位已答复",
        "收集问题中责任单位（或当场解决的干部）已经答复、没有退回重办的",
        "单位说的，不等于企业确认",
    ),
    count(
        "closed_unrated",
        "未评价销号",
        "收集问题中已销号、企业到期没有评价也没有回访到的",
        "不算企业确认，也不算满意",
    ),
    count(
        "answered",
        "企业答复",
        "收集问题中企业自己答复或电话回访到的",
        "到期未评价、也没有回访到的不计；回访不改企业自己的答复",
    ),
    count("confirmed", "企业确认解决", "企业答复中说“解决了”的", ""),
    rate("confirmed_rate", "企业确认解决率", "企业确认解决 ÷ 企业答复", "企业答复", "截断到一位小数"),
    count("rated", "有效评价", "收集问题中已销号且企业评了满意度的", ""),
    count("satisfied", "满意", "有效评价中非常满意、满意、基本满意的", ""),
    rate("satisfaction_rate", "满意率", "满意 ÷ 有效评价", "有效评价", "与评价率并列；评价率低于 30% 标“样本不足”"),
    rate("rating_coverage", "评价率", "有效评价 ÷ 已销号", "已销号", "截断到一位小数"),
    count("closings", "期间销号", "期间内销号的件次，按销号的日期计", "不论何时建档；不含认定无效和历史导入"),
    count(
        "reopenings",
        "期间重开",
        "期间内已销号又重办的件次，按重开的日期计",
        "包括重开、回访否认、当场解决复核不通过和认定假办结",
    ),
    count("false_closures", "认定假办结", "期间重开中由抽查回访认定假办结的件次", "在重开的当月减去，销号那个月不改"),
    count("net_closings", "净销号", "期间销号 − 期间重开", "重开的减在重开的当月；其中认定假办结的件次另列"),
    count(
        "due",
        "到期或已答复",
        "收集问题中有办结时限的，首次时限已过或者已经答复的",
        "首次时限只因等企业补件顺延；到期没有答复的也在内；当场解决的没有时限，不计",
    ),
    count("on_time", "按期答复", "到期或已答复中，答复不晚于首次时限、审核通过的", "重办以后按最后一次答复算"),
    rate(
        "on_time_rate",
        "按期办结率",
        "按期答复 ÷ 到期或已答复",
        "到期或已答复",
        "截断到一位小数；逾期未答复的留在分母里",
    ),
    count(
        "due_extended",
        "到期或已答复（含延期）",
        "收集问题中有办结时限的，含延期的时限已过或者已经答复的",
        "时限含批准的延期、挂账停表和重办期限，不早于首次时限",
    ),
    count("on_time_extended", "按期答复（含延期）", "到期或已答复（含延期）中，答复不晚于该时限、审核通过的", ""),
    rate(
        "on_time_extended_rate",
        "含延期按期率",
        "按期答复（含延期） ÷ 到期或已答复（含延期）",
        "到期或已答复（含延期）",
        "与按期办结率并列",
    ),
    count(
        "needing_contact",
        "应联系企业",
        "收集问题中已签收，已经联系企业或者签收满 1 个工作日的",
        "签收以前别的单位已联系过的不计",
    ),
    count("responded", "按时联系企业", "应联系企业中，签收后 1 个工作日内首次联系的", "只认登记了的联系"),
    rate("response_rate", "响应率", "按时联系企业 ÷ 应联系企业", "应联系企业", "截断到一位小数"),
    count(
        "timed",
        "计时件数",
        "收集问题中交办过、已销号、企业说“解决了”的",
        "从交办次日数到销号当天的工作日；停表不扣除，判定错派的从重新交办算",
    ),
    days("mean_workdays", "平均办理用时", "计时件数的工作日之和 ÷ 计时件数", "四舍五入到一位小数"),
    days("median_workdays", "用时中位数", "计时件数按工作日排在正中的，双数取中间两件的平均", ""),
    Indicator {
        word: "dynamic_zero",
        label: "动态清零",
        formula: "收集问题中没有逾期未办的为“是”",
        denominator: "",
        rounding: Rounding::YesNo,
        note: "没有逾期，不是没有未办结；没有收集到问题的空着",
    },
    count(
        "recurred",
        "复发",
        "收集问题中已销号，同一企业在销号后 90 天内又反映同一小类问题的",
        "没有小类的按大类；后来的一件要建过档、没有并案、不予受理、撤回或认定无效，不论由谁办理",
    ),
    rate("recurrence", "复发率", "复发 ÷ 已销号", "已销号", "截断到一位小数；销号不满 90 天的也在分母里，以后可能增加"),
];

/// (word, 中文, what it is) of the counts that stand beside C.
pub const BESIDE: &[(&str, &str, &str)] = &[
    ("submitted", "期间内提交、待甄别", "期间内提交、还没有建过档的"),
    ("rejected", "不予受理", "期间内提交、不予受理的"),
    ("merged", "已并案", "期间内提交、已并入另一件的"),
    ("withdrawn", "企业撤回", "期间内提交、企业撤回的"),
    ("invalid", "认定无效", "期间内提交、审核认定无效的"),
    ("history", "历史导入", "导入的历史问题，另计"),
];

/// A rate by its counts: what is in the numerator, the denominator, and what is missing to 100 %.
pub struct Parts {
    pub numerator: &'static str,
    pub denominator: &'static str,
    pub rest: &'static str,
}

/// (word, 中文, what it is) of what is missing.
const RESTS: &[(&str, &str, &str)] = &[
    ("unresolved", "未解决", "收集问题中没有计入已解决的"),
    ("unconfirmed", "企业没有说解决了", "企业答复中说“部分解决”“没有解决”或者只评了满意度的"),
    ("unsatisfied", "不满意", "有效评价中不满意、非常不满意的"),
    ("unrated", "没有评价", "收集问题中已销号、企业没有评满意度的"),
    ("not_on_time", "没有按期", "到期或已答复中，没有按期答复并审核通过的"),
    ("not_on_time_extended", "没有按期（含延期）", "到期或已答复（含延期）中，没有按期答复并审核通过的"),
    ("unresponded", "没有按时联系", "应联系企业中，没有联系或者晚于 1 个工作日的"),
    ("not_recurred", "没有复发", "收集问题中已销号、到这个时点没有复发的"),
    ("uncovered", "没有走访的包联企业", "包联企业中期间内没有走访过的家数"),
];

/// (word, 中文, what it is) of what only the summary of a week tells.
const OF_WEEK: &[(&str, &str, &str)] = &[
    ("closings_confirmed", "销号中企业确认解决", "期间销号中，企业说“解决了”的件次"),
    ("closings_unrated", "销号中未评价", "期间销号中，企业到期没有评价、也没有回访到的件次"),
    (
        "coming",
        "下周日前到期",
        "收集问题中没有销号、没有逾期，手头这一步到下一周的周日为止到期、该由助企办或责任单位办的",
    ),
];

/// None: a count.
pub fn parts(word: &str) -> Option<Parts> {
    let (numerator, denominator, rest) = match word {
        "resolution_rate" => ("resolved", "collected", "unresolved"),
        "closure_rate" => ("closed", "collected", "open"),
        "confirmed_rate" => ("confirmed", "answered", "unconfirmed"),
        "satisfaction_rate" => ("satisfied", "rated", "unsatisfied"),
        "rating_coverage" => ("rated", "closed", "unrated"),
        "on_time_rate" => ("on_time", "due", "not_on_time"),
        "on_time_extended_rate" => ("on_time_extended", "due_extended", "not_on_time_extended"),
        "response_rate" => ("responded", "needing_contact", "unresponded"),
        "recurrence" => ("recurred", "closed", "not_recurred"),
        "coverage" => ("covered", "companies", "uncovered"),
        _ => return None,
    };
    Some(Parts { numerator, denominator, rest })
}

/// Whose rows a figure lists: a rate its denominator, a time what it is the time of.
pub fn listed(word: &str) -> &str {
    match word {
        "mean_workdays" | "median_workdays" => "timed",
        _ => parts(word).map_or(word, |parts| parts.denominator),
    }
}

/// (中文, what it is) of any word whose rows can be opened.
pub fn words(word: &str) -> Option<(&'static str, &'static str)> {
    let others = BESIDE.iter().chain(RESTS).chain(OF_WEEK).map(|(word, label, what)| (*word, *label, *what));
    let mut all = INDICATORS.iter().map(|one| (one.word, one.label, one.formula)).chain(others);
    all.find(|(found, ..)| *found == word).map(|(_, label, what)| (label, what))
}

crate::text_enum! {
    /// All columns side by side fit no screen: a page shows one of these.
    pub enum View {
        Work = "work", "走访与解决";
        Times = "times", "时效与质量";
    }
}

/// Columns of the page and of the command's table.
const RECORDS: &[&str] = &["groups", "cadres", "companies", "visits", "visited_enterprises", "symposiums"];
const ISSUES: &[&str] = &["collected", "resolved", "resolution_rate", "closure_rate", "open", "overdue_open"];
const RATINGS: &[&str] =
    &["replied", "confirmed", "closed_unrated", "confirmed_rate", "satisfaction_rate", "rating_coverage"];

/// By the date of what happened; the net of them stands in the sentence and the spreadsheet.
pub(super) const FLOWS: &[&str] = &["closings", "reopenings", "false_closures"];
const TIMES: &[&str] = &[
    "due",
    "on_time_rate",
    "on_time_extended_rate",
    "response_rate",
    "mean_workdays",
    "median_workdays",
    "dynamic_zero",
    "recurrence",
    "coverage",
];

/// Units and categories have no people and no visits: a zero there would be false.
pub fn is_told(by: By, one: &Indicator) -> bool {
    !matches!(by, By::Unit | By::Category) || !(RECORDS.contains(&one.word) || one.word == "coverage")
}

/// Of one group there is one group.
pub fn columns(by: By, view: View) -> Vec<&'static Indicator> {
    let is_shown = |one: &&Indicator| is_told(by, one) && !(by == By::Group && one.word == "groups");
    let groups: &[&[&str]] = match view {
        View::Work => &[RECORDS, ISSUES, RATINGS, FLOWS],
        View::Times => &[TIMES],
    };
    groups.iter().copied().flatten().copied().filter_map(find).filter(is_shown).collect()
}

pub fn find(word: &str) -> Option<&'static Indicator> {
    INDICATORS.iter().find(|one| one.word == word)
}

/// Tenths of a percent, truncated: 11423 of 11449 are 997. None without a denominator.
pub fn per_mille(n: i64, d: i64) -> Option<i64> {
    (d > 0).then(|| n * 1000 / d)
}

/// `99.7%`, or blank without a denominator.
pub fn percent(n: i64, d: i64) -> String {
    per_mille(n, d).map_or(String::new(), |mille| format!("{}%", tenths(mille)))
}

/// 997 as 99.7.
pub fn tenths(number: i64) -> String {
    format!("{}.{}", number / 10, number % 10)
}

/// Tenths of the mean, half up.
pub fn mean(sum: i64, count: i64) -> Option<i64> {
    (count > 0).then(|| (sum * 20 + count) / (count * 2))
}

/// Tenths of the median of (workdays, how often), the fewest workdays first.
pub fn median(taken: &BTreeMap<i64, i64>) -> Option<i64> {
    let count: i64 = taken.values().sum();
    if count == 0 {
        return None;
    }
    let at = |place: i64| {
        let mut passed = 0;
        taken.iter().find_map(|(workdays, number)| {
            passed += number;
            (passed > place).then_some(*workdays)
        })
    };
    Some((at((count - 1) / 2)? + at(count / 2)?) * 5)
}

/// Half up to so many decimals, in integer arithmetic; for indicators that are published so.
pub fn half_up(n: i64, d: i64, decimals: u32) -> Option<String> {
    if d <= 0 {
        return None;
    }
    let unit = 10i64.pow(decimals);
    let scaled = (i128::from(n) * 100 * i128::from(unit) * 2 + i128::from(d)) / (i128::from(d) * 2);
    let (whole, rest) = (scaled / i128::from(unit), scaled % i128::from(unit));
    Some(if decimals == 0 {
        format!("{whole}%")
    } else {
        format!("{whole}.{rest:0width$}%", width = decimals as usize)
    })
}
