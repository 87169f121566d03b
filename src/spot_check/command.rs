//! `zhuqi spot-checks MONTH`: the draw made again from the seal and the events, and held against what is stored.
use super::{Class, Ranked, SpotCheck, draw, draw::closures, month_label, month_word, query, written};
use crate::{
    db::{Conn, Db},
    error::{Error, Result},
    key,
    schema::{issue_spans, issues, spot_checks},
    seal,
};
use chrono::NaiveDate;
use diesel::prelude::*;

/// What was found, line by line, and the differences.
pub struct Told {
    pub text: String,
    pub wrong: Vec<String>,
}

/// Whether the rows are what was drawn, in its order, at the draw's moment.
fn is_stored(conn: &mut Conn, kept: &query::Draw, drawn: &[&Ranked]) -> Result<bool> {
    use issue_spans as s;
    let rows: Vec<(SpotCheck, String)> = spot_checks::table
        .inner_join(issues::table)
        .filter(spot_checks::month.eq(kept.month))
        .order(spot_checks::position)
        .select((SpotCheck::as_select(), issues::number))
        .load(conn)?;
    if rows.len() != drawn.len() {
        return Ok(false);
    }
    for (index, ((check, number), ranked)) in rows.iter().zip(drawn).enumerate() {
        let then = s::table.filter(s::issue_id.eq(check.issue_id));
        let then = then.filter(s::from_at.le(kept.drawn_at).and(s::until_at.gt(kept.drawn_at)));
        let area_id: Option<i64> = then.select(s::area_id).first(conn).optional()?;
        let is_same = *number == ranked.closure.number
            && check.reason == ranked.closure.class
            && check.position == index as i64 + 1
            && Some(check.area_id) == area_id
            && check.drawn_at == kept.drawn_at
            && key::is_of(check.id, kept.drawn_at);
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

pub fn redraw(conn: &mut Conn, month: NaiveDate) -> Result<Told> {
    let last = super::last_day(month);
    let Some(seal) = seal::of_day(conn, last)? else {
        return Err(Error::refused(format!("{last} 还没有封存，{}还不能抽取", month_label(month))));
    };
    let Some(kept) = query::draw(conn, month)? else {
        return Err(Error::refused(format!("{}还没有抽取：服务运行时在封存后自动抽取", month_label(month))));
    };
    let now = closures(conn, month)?;
    let mut wrong = Vec::new();
    if kept.head != seal.head {
        wrong.push("抽取所用的封存值不是月末那一天的封存值".to_owned());
    }
    if kept.list != written(&now) {
        wrong.push("抽取所用的名单与经过推出的名单不符".to_owned());
    }
    let ranked = draw(&seal.head, now);
    let drawn: Vec<&Ranked> = ranked.iter().filter(|one| one.drawn).collect();
    if !is_stored(conn, &kept, &drawn)? {
        wrong.push("抽中的问题与按规则重算的不符".to_owned());
    }
    let mut lines = vec![
        format!("{}，封存 {last}，封存值 {}", month_label(month), hex::encode(&seal.head)),
        format!(
            "销号 {} 件，抽中 {} 件。规则：同一区划代码、同一类的问题按 SHA-256(封存值+问题编号) 排序，取前 ceil(比例×件数) 件",
            ranked.len(),
            drawn.len()
        ),
    ];
    let shares = Class::ALL.iter().map(|one| format!("{} {}%", one.label(), one.share()));
    lines.push(shares.collect::<Vec<_>>().join("，"));
    let mut position = 0;
    for one in &ranked {
        position += usize::from(one.drawn);
        let place = if one.drawn { format!("抽中 {position}") } else { "-".to_owned() };
        lines.push(format!("{}\t{}\t{}\t{place}", one.hash, one.closure.number, one.closure.class.label()));
    }
    Ok(Told { text: lines.join("\n"), wrong })
}

pub fn command(db: &Db, month: NaiveDate) -> Result<()> {
    let told = db.snapshot_blocking(|conn| redraw(conn, month))?;
    crate::command::say(&told.text)?;
    if told.wrong.is_empty() {
        return crate::command::say("重算与抽取时的结果一致");
    }
    Err(Error::refused(format!("{} {}", month_word(month), told.wrong.join("；"))))
}
