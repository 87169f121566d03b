//! SQL of the upkeep of categories.
use crate::{
    access::Scope,
    db::Conn,
    directory::{self, Category},
    error::{Invalid, Result},
    schema::categories,
};
use chrono::NaiveDate;
use diesel::prelude::*;

pub fn find(conn: &mut Conn, _: Scope, id: i64) -> Result<Category> {
    Ok(categories::table.find(id).select(Category::as_select()).first(conn)?)
}

fn check(conn: &mut Conn, category: &Category) -> Result<()> {
    let same: i64 = categories::table
        .filter(categories::code.eq(&category.code))
        .filter(categories::id.ne(category.id))
        .count()
        .get_result(conn)?;
    if same > 0 {
        return Err(Invalid::one("code", "已经有这个代码（也可能已停止使用）").into());
    }
    if category.parent_id.is_some() && children(conn, category.id, false)? > 0 {
        return Err(Invalid::one("parent", "它下面已有小类，不能再归到别的大类").into());
    }
    Ok(())
}

fn children(conn: &mut Conn, id: i64, valid_only: bool) -> Result<i64> {
    let below = categories::table.filter(categories::parent_id.eq(id));
    Ok(if valid_only {
        below.filter(categories::valid_until.is_null()).count().get_result(conn)?
    } else {
        below.count().get_result(conn)?
    })
}

pub fn insert(conn: &mut Conn, _: Scope, category: &Category) -> Result<()> {
    check(conn, category)?;
    diesel::insert_into(categories::table).values(category).execute(conn)?;
    directory::changed(conn)
}

pub fn update(conn: &mut Conn, _: Scope, category: &Category) -> Result<()> {
    check(conn, category)?;
    diesel::update(categories::table.find(category.id)).set(category).execute(conn)?;
    directory::changed(conn)
}

/// Ends the validity, or takes the end back with None. Issues keep the category they have.
pub fn set_end(conn: &mut Conn, _: Scope, id: i64, on: Option<NaiveDate>) -> Result<()> {
    if on.is_some() {
        let below = children(conn, id, true)?;
        if below > 0 {
            return Err(Invalid::one("reason", format!("它下面还有 {below} 个小类在使用，请先停止使用小类")).into());
        }
    }
    diesel::update(categories::table.find(id)).set(categories::valid_until.eq(on)).execute(conn)?;
    directory::changed(conn)
}
