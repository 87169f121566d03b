//! Import from Excel: the nouns. `run` goes through a file row by row, on the command line (`command`) and behind the
//! page (`pages*`, `job`) alike; each kind has a file that says which columns it knows, what it makes of a row, and how
//! that is written.
//!
//! Looking and applying are the same pass over the file: looking forgets what each block would write. So a preview
//! cannot promise what the import does not do, and no more than a block of rows is ever in memory.
mod areas;
mod assignments;
pub mod command;
mod enterprises;
pub mod files;
mod groups;
mod issue_rows;
mod issue_words;
mod issues;
pub mod job;
mod lookup;
pub mod pages;
pub mod pages_show;
pub mod query;
mod roles;
pub mod run;
mod units;
mod users;
mod visits;
mod words;

use crate::{
    access::{Permission, Viewer},
    audit::AuditActor,
    db::Conn,
    error::Result,
    schema::imports,
    sheet::{Field, Row},
    time::Time,
};
use diesel::prelude::*;
use std::{collections::HashMap, sync::Arc};

crate::text_enum! {
    pub enum Kind {
        Areas = "areas", "辖区";
        Units = "units", "单位";
        Users = "users", "账号";
        // The other half of the file of accounts, taken by the other administrator.
        Roles = "roles", "账号的角色";
        Groups = "groups", "工作组";
        Enterprises = "enterprises", "企业";
        Assignments = "assignments", "包联关系";
        Visits = "visits", "走访";
        Issues = "issues", "历史问题";
    }
}

impl Kind {
    /// Who may import it.
    pub fn permission(self) -> Permission {
        match self {
            Self::Areas | Self::Units | Self::Users => Permission::RunSystem,
            Self::Roles => Permission::GrantRights,
            Self::Groups | Self::Enterprises | Self::Assignments | Self::Visits | Self::Issues => Permission::Import,
        }
    }
    /// What a viewer may import.
    pub fn of(viewer: &Viewer) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|kind| viewer.may(kind.permission())).collect()
    }
    /// Where its pages are: each of the three who may import has an address of his own.
    pub fn path(self) -> &'static str {
        match self.permission() {
            Permission::RunSystem => "/base-imports",
            Permission::GrantRights => "/role-imports",
            _ => "/imports",
        }
    }
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Areas => areas::FIELDS,
            Self::Units => units::FIELDS,
            Self::Users | Self::Roles => users::FIELDS,
            Self::Groups => groups::FIELDS,
            Self::Enterprises => enterprises::FIELDS,
            Self::Assignments => assignments::FIELDS,
            Self::Visits => visits::FIELDS,
            Self::Issues => issue_rows::FIELDS,
        }
    }
    /// Fields of which one must have a column, beside those that are required by themselves.
    fn one_of(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Users => &[&["account", "phone"]],
            Self::Roles => &[&["account", "phone"], &["role"]],
            Self::Assignments | Self::Visits => &[&["enterprise", "usci"], &["cadre", "account", "phone"]],
            Self::Issues => &[&["title", "text"]],
            _ => &[],
        }
    }
    /// Whether rows are told apart by where they come from.
    pub fn has_source(self) -> bool {
        self == Self::Issues
    }
    fn importer(self, conn: &mut Conn, by: Importing) -> Result<Box<dyn Importer>> {
        Ok(match self {
            Self::Areas => Box::new(areas::Areas::load(conn, by)?),
            Self::Units => Box::new(units::Units::load(conn, by)?),
            Self::Users => Box::new(users::Users::load(conn, by)?),
            Self::Roles => Box::new(roles::Roles::load(conn, by)?),
            Self::Groups => Box::new(groups::Groups::load(conn, by)?),
            Self::Enterprises => Box::new(enterprises::Enterprises::load(conn, by)?),
            Self::Assignments => Box::new(assignments::Assignments::load(conn, by)?),
            Self::Visits => Box::new(visits::Visits::load(conn, by)?),
            Self::Issues => Box::new(issues::Issues::load(conn, by)?),
        })
    }
}

/// Who imports, when, and what the file does not say itself.
#[derive(Debug, Clone)]
pub struct Importing {
    pub actor: AuditActor,
    pub now: Time,
    /// Where history comes from; with the number there it tells rows apart.
    pub source: String,
    /// First passwords with their hashes, made before the transaction because hashing takes long.
    pub passwords: Arc<Vec<(String, String)>>,
}

/// What a good row means for the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    New,
    Changed,
    Unchanged,
}

/// Why a row is bad, for the person who made the file.
type Bad = String;

/// One kind of import at work. Rows come in the order of the file.
trait Importer {
    /// What the row means; what has to be written is kept until `write` or `forget`. `say` takes warnings.
    fn check(&mut self, conn: &mut Conn, row: &Row, say: &mut Vec<String>)
    -> Result<std::result::Result<Verdict, Bad>>;
    fn write(&mut self, conn: &mut Conn) -> Result<()>;
    fn forget(&mut self);
    /// After the last row was written.
    fn finish(&mut self, _conn: &mut Conn) -> Result<()> {
        Ok(())
    }
    /// What is to be said of the file as a whole.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
    /// Accounts that were opened.
    fn opened(&mut self) -> Vec<Opened> {
        Vec::new()
    }
}

/// An account with its first password, which is handed over once and stored nowhere.
#[derive(Clone)]
pub struct Opened {
    pub account: String,
    pub name: String,
    pub belongs: String,
    pub password: String,
}

/// Codes and names that the file had before: the second time is a bad row.
#[derive(Default)]
struct Seen(HashMap<String, String>);

impl Seen {
    fn first(&mut self, key: &str, row: &Row, what: &str) -> std::result::Result<(), Bad> {
        match self.0.get(key) {
            Some(before) => Err(format!("与{before}重复（{what}）")),
            None => {
                self.0.insert(key.to_owned(), row.place());
                Ok(())
            }
        }
    }
}

crate::text_enum! {
    pub enum State {
        Checking = "checking", "检查中";
        Checked = "checked", "待导入";
        Running = "running", "导入中";
        Done = "done", "已导入";
        Failed = "failed", "未导入";
    }
}

/// One file that somebody imports on the page.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = imports, treat_none_as_default_value = false)]
pub struct Import {
    pub id: i64,
    pub user_id: i64,
    pub kind: Kind,
    /// As the sender called it.
    pub file_name: String,
    /// Under which it lies among the imported files.
    pub content_hash: String,
    /// `Told` as JSON.
    pub mapping: String,
    pub state: State,
    /// Rows looked at or written so far, of `total`.
    pub done: i64,
    pub total: i64,
    /// `run::Report` as JSON once it is checked; a sentence in it when it failed.
    pub summary: String,
    pub bad_rows_hash: Option<String>,
    pub started_at: Time,
    /// While it is checked or running, the last sign of life; then the end.
    pub ended_at: Time,
}

/// What the sender said beside the file.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    pub map: String,
    pub source: String,
    #[serde(default)]
    pub skip_bad: bool,
}

impl Import {
    pub fn told(&self) -> Told {
        serde_json::from_str(&self.mapping).unwrap_or_default()
    }
    pub fn report(&self) -> run::Report {
        serde_json::from_str(&self.summary).unwrap_or_default()
    }
    /// 2026-11-24 09:30, Shanghai.
    pub fn when(&self) -> String {
        crate::calendar::shanghai(self.started_at).format("%Y-%m-%d %H:%M").to_string()
    }
    /// What the audit log calls it.
    pub fn object(&self) -> String {
        format!("imports/{}", self.id)
    }
}
