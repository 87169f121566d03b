//! The ledger's columns and frame.
use crate::sheet::{Column, Kind, Layout};
use chrono::NaiveDate;

pub const HEADS: [(&str, f64); 48] = [
    ("序号", 5.0),
    ("问题编号", 14.0),
    ("来源渠道", 8.0),
    ("收集日期", 10.0),
    ("收集人", 8.0),
    ("工作组", 14.0),
    ("走访或座谈会编号", 12.0),
    ("企业名称", 20.0),
    ("统一社会信用代码", 14.0),
    ("所属区县", 8.0),
    ("乡镇（街道）/园区", 12.0),
    ("行业门类", 10.0),
    ("四上类别", 8.0),
    ("企业规模", 6.0),
    ("企业联系人", 8.0),
    ("联系电话", 11.0),
    ("包联领导", 8.0),
    ("包联干部", 8.0),
    ("问题标题", 22.0),
    ("问题描述", 36.0),
    ("企业诉求", 22.0),
    ("问题大类", 10.0),
    ("小类", 6.0),
    ("复杂程度", 10.0),
    ("办理层级", 6.0),
    ("紧急程度", 6.0),
    ("共性问题编号", 14.0),
    ("主责单位", 16.0),
    ("配合单位", 16.0),
    ("责任领导", 8.0),
    ("经办人", 8.0),
    ("交办日期（轮次）", 12.0),
    ("签收日期", 10.0),
    ("办结时限（含延期）", 12.0),
    ("首次联系日期", 10.0),
    ("当前状态", 8.0),
    ("最新进展", 26.0),
    ("采取措施", 26.0),
    ("办结类别", 8.0),
    ("实际办结日期", 10.0),
    ("是否按期", 6.0),
    ("退回·重办次数", 8.0),
    ("督办情况", 8.0),
    ("审核意见", 12.0),
    ("企业评价", 10.0),
    ("回访情况", 12.0),
    ("销号日期", 10.0),
    ("备注", 14.0),
];

/// `city`: 郑州市; `by`: who fills it in. `past`: the day is over and things went on since.
pub fn layout(name: &str, city: &str, by: &str, as_of: NaiveDate, past: bool) -> Layout {
    let day = as_of.format("%Y年%-m月%-d日");
    let kept = "　　状态和办理经过为截至当天，企业资料、包联和文字更正为导出当天；办结时限在截至之后变过的留空";
    Layout {
        name: name.to_owned(),
        title: format!("{city}“万人助万企”活动问题台账（截至 {day}）"),
        line: format!("填报单位：{by}　　填报时间：{day}　　单位：件{}", if past { kept } else { "" }),
        columns: HEADS
            .iter()
            .enumerate()
            .map(|(index, (head, width))| Column {
                head: (*head).into(),
                width: *width,
                kind: if index == 0 { Kind::Count } else { Kind::Text },
            })
            .collect(),
    }
}
