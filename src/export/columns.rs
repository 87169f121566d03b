//! The ledger's columns and frame.
use crate::sheet::{Column, Kind, Layout};
use Source::*;
use chrono::NaiveDate;

/// What a cell is read from beside the issue's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Detail,
    Company,
    Assigned,
    Events,
    /// Names of those who collected or handle it.
    People,
}

impl Source {
    pub const ALL: &[Self] = &[Detail, Company, Assigned, Events, People];
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LedgerColumn {
    pub head: &'static str,
    /// In characters, as spreadsheets have it.
    pub width: f64,
    pub sources: &'static [Source],
    /// Shown where nobody chose.
    pub is_usual: bool,
}

impl LedgerColumn {
    /// For templates, which match on what a function gives.
    pub fn head(&self) -> &'static str {
        self.head
    }
    /// Whole sentences, which take room.
    pub fn is_long(&self) -> bool {
        self.width > 20.0
    }
}

const fn usual(head: &'static str, width: f64, sources: &'static [Source]) -> LedgerColumn {
    LedgerColumn { head, width, sources, is_usual: true }
}
const fn other(head: &'static str, width: f64, sources: &'static [Source]) -> LedgerColumn {
    LedgerColumn { head, width, sources, is_usual: false }
}

pub static COLUMNS: [LedgerColumn; 48] = [
    usual("序号", 5.0, &[]),
    usual("问题编号", 14.0, &[]),
    other("来源渠道", 8.0, &[]),
    other("收集日期", 10.0, &[]),
    other("收集人", 8.0, &[People]),
    other("工作组", 14.0, &[]),
    other("走访或座谈会编号", 12.0, &[Detail]),
    usual("企业名称", 20.0, &[]),
    other("统一社会信用代码", 14.0, &[Company]),
    usual("所属区县", 8.0, &[]),
    other("乡镇（街道）/园区", 12.0, &[Company]),
    other("行业门类", 10.0, &[Company]),
    other("四上类别", 8.0, &[Company]),
    other("企业规模", 6.0, &[Company]),
    other("企业联系人", 8.0, &[Detail]),
    other("联系电话", 11.0, &[Detail]),
    other("包联领导", 8.0, &[Assigned]),
    other("包联干部", 8.0, &[Assigned]),
    usual("问题标题", 22.0, &[]),
    other("问题描述", 36.0, &[Detail]),
    other("企业诉求", 22.0, &[Detail]),
    usual("问题大类", 10.0, &[]),
    other("小类", 6.0, &[]),
    other("复杂程度", 10.0, &[]),
    other("办理层级", 6.0, &[]),
    other("紧急程度", 6.0, &[]),
    other("共性问题编号", 14.0, &[Events]),
    usual("主责单位", 16.0, &[]),
    other("配合单位", 16.0, &[Events]),
    other("责任领导", 8.0, &[Events]),
    other("经办人", 8.0, &[Events, People]),
    other("交办日期（轮次）", 12.0, &[Events]),
    other("签收日期", 10.0, &[Events]),
    usual("办结时限（含延期）", 12.0, &[Events]),
    other("首次联系日期", 10.0, &[Events]),
    usual("当前状态", 8.0, &[]),
    other("最新进展", 26.0, &[Events]),
    other("采取措施", 26.0, &[Events]),
    other("办结类别", 8.0, &[]),
    other("实际办结日期", 10.0, &[Events]),
    other("是否按期", 6.0, &[Detail, Events]),
    other("退回·重办次数", 8.0, &[Events]),
    other("督办情况", 8.0, &[Events]),
    other("审核意见", 12.0, &[Events]),
    usual("企业评价", 10.0, &[Events]),
    other("回访情况", 12.0, &[Events]),
    other("销号日期", 10.0, &[Events]),
    usual("备注", 14.0, &[Detail]),
];

/// `city`: 郑州市; `by`: who fills it in, `on` which day. If that of the state is over, things went on since.
pub fn layout(name: &str, city: &str, by: &str, as_of: NaiveDate, on: NaiveDate) -> Layout {
    let day = |day: NaiveDate| day.format("%Y年%-m月%-d日").to_string();
    let kept = "　　状态和办理经过为截至当天，企业资料、包联和文字更正为导出当天；办结时限在截至之后变过的留空";
    Layout {
        name: name.to_owned(),
        title: format!("{city}“万人助万企”活动问题台账（截至 {}）", day(as_of)),
        line: format!("填报单位：{by}　　填报时间：{}　　单位：件{}", day(on), if as_of < on { kept } else { "" }),
        columns: COLUMNS
            .iter()
            .enumerate()
            .map(|(index, column)| Column {
                head: column.head.into(),
                width: column.width,
                kind: if index == 0 { Kind::Count } else { Kind::Text },
            })
            .collect(),
    }
}
