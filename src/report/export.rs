//! A report as a spreadsheet: real numbers, and a second sheet that says what they mean.
use super::{
    By, Question,
    figures::Written,
    indicator::{self, BESIDE, INDICATORS, Indicator, Rounding},
    query::Report,
    rank::RankedRow,
    telling::Telling,
};
use crate::{
    error::{Error, Result},
    sheet::{Column, Kind, Layout, SheetWriter, Value},
};
use std::path::Path;

pub fn write(path: &Path, question: &Question, telling: &Telling, report: &Report, rows: &[RankedRow]) -> Result<()> {
    let column = |head: &'static str, width: f64, kind: Kind| Column { head: head.into(), width, kind };
    let mut columns = vec![
        column("排名", 11.0, Kind::Count),
        Column { head: telling.label(question.by).to_owned().into(), width: 28.0, kind: Kind::Text },
    ];
    let told: Vec<&Indicator> = INDICATORS.iter().filter(|one| indicator::is_told(question.by, one)).collect();
    for one in &told {
        let (kind, head) = match one.rounding {
            Rounding::Whole => (Kind::Count, one.label.to_owned()),
            Rounding::Truncated | Rounding::HalfUp(_) => (Kind::Rate, format!("{}（%）", one.label)),
            Rounding::Days => (Kind::Decimal(1), format!("{}（工作日）", one.label)),
            Rounding::YesNo => (Kind::Text, one.label.to_owned()),
        };
        columns.push(Column { head: head.into(), width: 11.0, kind });
    }
    let day = question.as_of();
    let beside: Vec<String> =
        BESIDE.iter().map(|(word, label, _)| format!("{label} {}", report.beside.value(word))).collect();
    let layout = Layout {
        name: "统计".into(),
        title: format!(
            "{}“万人助万企”活动统计（按{}，截至 {}）",
            telling.name,
            telling.label(question.by),
            day.format("%Y年%-m月%-d日")
        ),
        line: format!("统计期间：{} 至 {}　另计：{}", question.from, question.to, beside.join("，")),
        columns,
    };
    let failed = |error: crate::sheet::SheetError| Error::refused(error.to_string());
    let mut writer = SheetWriter::create(path, layout).map_err(failed)?;
    let mut line = |rank: Value<'static>, name: &str, figures: &super::figures::Figures| {
        let mut values = vec![rank, Value::from(name)];
        values.extend(told.iter().map(|one| match figures.written(one) {
            Written::Blank => Value::Empty,
            Written::Count(count) => Value::Integer(count),
            Written::Percent(tenths) | Written::Days(tenths) => Value::Number(tenths as f64 / 10.0),
            Written::Is(_) => Value::from(figures.text(one)),
        }));
        writer.row(&values)
    };
    if question.by != By::City {
        for row in rows {
            let rank = match (row.rank, row.unranked) {
                (Some(rank), _) => Value::Integer(rank as i64),
                (None, Some(_)) => Value::from("不参与排名"),
                (None, None) => Value::Empty,
            };
            line(rank, &row.name, &row.figures).map_err(failed)?;
        }
    }
    line(Value::Empty, if question.by == By::City { telling.label(By::City) } else { "合计" }, &report.total)
        .map_err(failed)?;
    let definitions = Layout {
        name: "指标口径".into(),
        title: String::new(),
        line: String::new(),
        columns: vec![
            column("指标", 16.0, Kind::Text),
            column("算法", 50.0, Kind::Text),
            column("分母", 14.0, Kind::Text),
            column("说明", 50.0, Kind::Text),
        ],
    };
    writer.sheet(definitions).map_err(failed)?;
    for one in INDICATORS {
        let values = [one.label, one.formula, one.denominator, one.note].map(Value::from);
        writer.row(&values).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(())
}
