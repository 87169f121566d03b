//! How a person looks at the ledger: which of its 48 columns, and how close the rows stand. Kept with the account.
use crate::{
    db::Conn,
    error::{Error, Result},
    export::columns::{COLUMNS, LedgerColumn},
    form::Form,
    schema::ledger_views as v,
};
use diesel::prelude::*;

/// Without these a row could be neither named nor opened.
const ALWAYS: [&str; 3] = ["序号", "问题编号", "问题标题"];

#[derive(Debug, Clone, PartialEq)]
pub struct LedgerView {
    /// In the ledger's order.
    pub columns: Vec<&'static LedgerColumn>,
    pub loose: bool,
}

impl Default for LedgerView {
    fn default() -> Self {
        Self { columns: COLUMNS.iter().filter(|column| column.is_usual).collect(), loose: false }
    }
}

/// Those that may be left out.
pub fn choices() -> impl Iterator<Item = &'static LedgerColumn> {
    COLUMNS.iter().filter(|column| !ALWAYS.contains(&column.head))
}

impl LedgerView {
    fn of(heads: &[&str], loose: bool) -> Self {
        let is_shown = |column: &&LedgerColumn| ALWAYS.contains(&column.head) || heads.contains(&column.head);
        Self { columns: COLUMNS.iter().filter(is_shown).collect(), loose }
    }

    /// What the form says; a column or a density that is not offered is refused.
    pub fn parse(form: &Form) -> Result<Self> {
        let heads: Vec<&str> = form.all("column").collect();
        if heads.iter().any(|head| !choices().any(|column| column.head == *head)) {
            return Err(Error::refused("台账没有这一列，请从列表里选"));
        }
        let loose = match form.text("density") {
            "loose" => true,
            "tight" => false,
            _ => return Err(Error::refused("密度请选紧凑或宽松")),
        };
        Ok(Self::of(&heads, loose))
    }

    pub fn shows(&self, column: &LedgerColumn) -> bool {
        self.columns.iter().any(|shown| shown.head == column.head)
    }

    /// Those that the ledger does not come with.
    pub fn others(&self) -> Vec<&'static LedgerColumn> {
        self.columns.iter().copied().filter(|column| !column.is_usual).collect()
    }

    pub fn load(conn: &mut Conn, user_id: i64) -> Result<Self> {
        let kept: Option<(String, bool)> =
            v::table.find(user_id).select((v::heads, v::loose)).first(conn).optional()?;
        // A column that is no more is left out.
        Ok(kept.map_or_else(Self::default, |(heads, loose)| Self::of(&heads.split(',').collect::<Vec<_>>(), loose)))
    }

    pub fn save(&self, conn: &mut Conn, user_id: i64) -> Result<()> {
        let heads: Vec<&str> = self.columns.iter().map(|column| column.head).collect();
        let kept = (v::heads.eq(heads.join(",")), v::loose.eq(self.loose));
        if diesel::update(v::table.find(user_id)).set(kept.clone()).execute(conn)? == 0 {
            diesel::insert_into(v::table).values((v::user_id.eq(user_id), kept.0, kept.1)).execute(conn)?;
        }
        Ok(())
    }
}

/// Back to how the ledger comes.
pub fn forget(conn: &mut Conn, user_id: i64) -> Result<()> {
    diesel::delete(v::table.find(user_id)).execute(conn)?;
    Ok(())
}
