//! `zhuqi report`: the same figures as the pages, for people and scripts.
use super::{
    By, Question, campaign_start,
    figures::{Figures, Written},
    indicator::{self, View},
    query, rank,
    telling::Telling,
};
use crate::{
    access::Scope,
    calendar::Clock,
    config::{ExportArgs, ReportArgs},
    db::Db,
    directory,
    error::{Error, Result},
};
use chrono::NaiveDate;

/// The question that options ask; without a day, as of now.
pub fn question(
    db: &Db,
    clock: Clock,
    by: &str,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    as_of: Option<NaiveDate>,
) -> Result<Question> {
    let by = By::parse(by).ok_or_else(|| Error::refused("只能按 city、area、group、unit、category 分"))?;
    let from = match from {
        Some(from) => from,
        None => db.read_blocking(campaign_start)?,
    };
    let to = to.or(as_of).unwrap_or_else(|| clock.today());
    if from > to {
        return Err(super::wrong_period(from, to));
    }
    if let Some(as_of) = as_of.filter(|day| *day > clock.today()) {
        return Err(Error::refused(format!("时点不对：{as_of} 还没有到")));
    }
    Ok(match as_of {
        Some(as_of) => Question::at_end_of(by, from, to, as_of),
        None => Question::now(by, from, to, clock.now()),
    })
}

pub fn run(db: &Db, clock: Clock, args: &ReportArgs) -> Result<String> {
    let question = question(db, clock, &args.by, args.from, args.to, args.as_of)?;
    let is_json = args.format == "json";
    let (report, directory, telling) = db.snapshot_blocking(|conn| {
        // Of the whole city the text is its sentence alone.
        let report = match question.by {
            By::City if !is_json => query::brief(conn, Scope::system(), &question)?,
            _ => query::report(conn, Scope::system(), &question)?,
        };
        let directory = directory::current(conn)?;
        let telling = Telling::of(&directory, Scope::system(), &question, campaign_start(conn)?, clock.today());
        Ok((report, directory, telling))
    })?;
    let rows = rank::ranked(&report, &question, &directory, "resolution_rate", false);
    if is_json {
        let figures = |figures: &Figures, by: By| {
            let pairs = indicator::INDICATORS.iter().filter(|one| indicator::is_told(by, one)).map(|one| {
                let value = match figures.written(one) {
                    Written::Blank => serde_json::Value::Null,
                    Written::Count(count) => count.into(),
                    Written::Percent(tenths) | Written::Days(tenths) => serde_json::json!(tenths as f64 / 10.0),
                    Written::Is(is) => is.into(),
                };
                (one.word.to_owned(), value)
            });
            serde_json::Value::Object(pairs.collect())
        };
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "name": row.name, "rank": row.rank, "unranked": row.unranked, "figures": figures(&row.figures, question.by),
                })
            })
            .collect();
        let beside = report.beside;
        let whole = serde_json::json!({
            "by": question.by.as_str(),
            "from": question.from,
            "to": question.to,
            "as_of": question.as_of(),
            // Of the whole city everything is known.
            "total": figures(&report.total, By::City),
            "beside": {
                "submitted": beside.submitted, "rejected": beside.rejected, "merged": beside.merged,
                "withdrawn": beside.withdrawn, "invalid": beside.invalid, "history": beside.history,
            },
            "sentence": telling.text(&report.total),
            "rows": rows,
        });
        return Ok(serde_json::to_string_pretty(&whole)?);
    }
    if question.by == By::City {
        return Ok(telling.text(&report.total));
    }
    // Both views, what they have in common once.
    let mut columns = indicator::columns(question.by, View::Work);
    let more = indicator::columns(question.by, View::Times).into_iter().filter(|one| !columns.contains(one));
    columns.extend(more.collect::<Vec<_>>());
    let ranks = rank::is_ranked(question.by);
    let mut heads = if ranks { vec!["排名"] } else { Vec::new() };
    heads.push(question.by.label());
    heads.extend(columns.iter().map(|one| one.label));
    let mut lines = vec![heads.join("\t")];
    let total = ("合计".to_owned(), String::new(), report.total);
    let shown = rows.into_iter().map(|row| {
        let rank = match row.unranked {
            Some(_) => "不参与排名".to_owned(),
            None => row.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        };
        (row.name, rank, row.figures)
    });
    for (name, rank, figures) in shown.chain([total]) {
        let mut cells = if ranks { vec![rank] } else { Vec::new() };
        cells.push(name);
        cells.extend(columns.iter().map(|one| figures.text(one)));
        lines.push(cells.join("\t"));
    }
    Ok(lines.join("\n"))
}

/// `zhuqi export report`: the page's spreadsheet.
pub fn export(db: &Db, clock: Clock, args: &ExportArgs) -> Result<()> {
    let question = question(db, clock, &args.by, args.from, args.to, args.as_of)?;
    let (report, directory, telling) = db.snapshot_blocking(|conn| {
        let directory = directory::current(conn)?;
        let telling = Telling::of(&directory, Scope::system(), &question, campaign_start(conn)?, clock.today());
        Ok((query::report(conn, Scope::system(), &question)?, directory, telling))
    })?;
    let rows = rank::ranked(&report, &question, &directory, "resolution_rate", false);
    super::export::write(&args.output, &question, &telling, &report, &rows)?;
    println!("已导出 {}", args.output.display());
    Ok(())
}
