//! What a record is: its row, and the rows of another table that are part of it, as one hash that both engines compute
//! from the same SQL.
use crate::{chain, db::Conn, error::Result};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use std::collections::HashMap;

/// A table whose rows have a history in `record_events`.
pub struct Kind {
    pub table: &'static str,
    /// What one of them is called.
    pub label: &'static str,
    /// Without what changes by itself: failed sign-ins and the lock they lead to.
    pub columns: &'static [&'static str],
    /// Parts that were added later come last: without rows of theirs a record is what it was.
    pub parts: &'static [Part],
}

/// Rows that belong to a record and have no history of their own.
pub struct Part {
    pub table: &'static str,
    /// The column that names the record.
    pub owner: &'static str,
    pub order: &'static str,
    pub columns: &'static [&'static str],
}

pub const KINDS: &[Kind] = &[
    Kind {
        table: "areas",
        label: "辖区",
        columns: &[
            "id",
            "parent_id",
            "name",
            "short_name",
            "kind",
            "gb_code",
            "number_code",
            "position",
            "valid_from",
            "valid_until",
        ],
        parts: &[],
    },
    Kind {
        table: "units",
        label: "单位",
        columns: &["id", "name", "area_id", "valid_from", "valid_until", "version"],
        parts: &[],
    },
    Kind {
        table: "groups",
        label: "工作组",
        columns: &["id", "name", "level", "area_id", "lead_unit_id", "valid_from", "valid_until", "version"],
        parts: &[],
    },
    Kind {
        table: "categories",
        label: "类别",
        columns: &["id", "parent_id", "code", "name", "word", "default_lead_unit", "valid_until"],
        parts: &[],
    },
    Kind {
        table: "enterprises",
        label: "企业",
        columns: &[
            "id",
            "name",
            "usci",
            "area_id",
            "township",
            "park",
            "industry",
            "above_scale",
            "above_scale_year",
            "size",
            "tags",
            "contact_name",
            "contact_phone",
            "standing",
            "quiet_from",
            "quiet_until",
            "valid_from",
            "valid_until",
            "version",
        ],
        parts: &[
            Part {
                table: "assignments",
                owner: "enterprise_id",
                order: "id",
                columns: &["id", "enterprise_id", "cadre_id", "group_id", "leader", "valid_from", "valid_until"],
            },
            Part {
                table: "enterprise_pasts",
                owner: "enterprise_id",
                order: "id",
                columns: &["id", "enterprise_id", "area_id", "above_scale", "valid_from", "valid_until"],
            },
        ],
    },
    Kind {
        table: "users",
        label: "账号",
        columns: &[
            "id",
            "account",
            "phone",
            "name",
            "password_hash",
            "must_change_password",
            "role",
            "area_id",
            "group_id",
            "unit_id",
            "enterprise_id",
            "disabled",
            "valid_from",
            "valid_until",
            "version",
        ],
        parts: &[Part {
            table: "memberships",
            owner: "user_id",
            order: "id",
            columns: &["id", "user_id", "group_id", "role", "valid_from", "valid_until"],
        }],
    },
    Kind {
        table: "visits",
        label: "走访",
        columns: &[
            "id",
            "enterprise_id",
            "cadre_id",
            "group_id",
            "area_id",
            "visited_on",
            "manner",
            "companions",
            "note",
            "recorded_at",
            "voided_at",
            "void_reason",
            "version",
            "replaced_by_id",
        ],
        parts: &[],
    },
    Kind {
        table: "symposiums",
        label: "座谈会",
        columns: &[
            "id",
            "topic",
            "group_id",
            "area_id",
            "host_id",
            "held_on",
            "place",
            "note",
            "recorded_at",
            "voided_at",
            "void_reason",
            "version",
            "replaced_by_id",
        ],
        parts: &[Part {
            table: "symposium_enterprises",
            owner: "symposium_id",
            order: "enterprise_id",
            columns: &["symposium_id", "enterprise_id"],
        }],
    },
    Kind {
        table: "rule_versions",
        label: "日历、时限或统计设置的版本",
        columns: &["id", "kind", "content", "reason", "actor_id", "actor", "saved_at"],
        parts: &[],
    },
];

/// Which records of a table.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    Ids(&'a [i64]),
    /// Both included.
    Between(i64, i64),
}

impl Which<'_> {
    /// What it means for a column; our own numbers, never what somebody typed.
    fn sql(&self, column: &str) -> String {
        match self {
            Self::Ids([id]) => format!("{column} = {id}"),
            Self::Ids(ids) => {
                let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
                format!("{column} IN ({})", ids.join(","))
            }
            Self::Between(first, last) => format!("{column} BETWEEN {first} AND {last}"),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    text: String,
}

fn rows(
    conn: &mut Conn,
    table: &str,
    key: &str,
    order: &str,
    columns: &[&str],
    which: Which<'_>,
) -> QueryResult<Vec<Row>> {
    let texts: Vec<_> = columns
        .iter()
        .map(|one| format!("COALESCE(LENGTH(CAST({one} AS TEXT)) || ':' || CAST({one} AS TEXT), '-')"))
        .collect();
    let (texts, which) = (texts.join(" || "), which.sql(key));
    // With its table's name: `id` alone would be the owner, and the order of its parts whatever it happens to be.
    sql_query(format!("SELECT {key} AS id, {texts} AS text FROM {table} WHERE {which} ORDER BY {table}.{order}"))
        .load(conn)
}

/// The hash of each record that is there.
pub fn of(conn: &mut Conn, kind: &Kind, which: Which<'_>) -> QueryResult<HashMap<i64, Vec<u8>>> {
    let mut texts: HashMap<i64, Vec<String>> = HashMap::new();
    for row in rows(conn, kind.table, "id", "id", kind.columns, which)? {
        texts.entry(row.id).or_default().push(row.text);
    }
    for part in kind.parts {
        for row in rows(conn, part.table, part.owner, part.order, part.columns, which)? {
            // A part of a record that is not there has nothing to be a part of.
            if let Some(texts) = texts.get_mut(&row.id) {
                texts.push(row.text);
            }
        }
    }
    Ok(texts.into_iter().map(|(id, texts)| (id, chain::hash(&[], &texts))).collect())
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The next records of a kind, by id.
pub fn after(conn: &mut Conn, kind: &Kind, id: i64, most: i64) -> QueryResult<Vec<i64>> {
    let next = format!("SELECT id FROM {} WHERE id > {id} ORDER BY id LIMIT {most}", kind.table);
    Ok(sql_query(next).load::<Id>(conn)?.into_iter().map(|one| one.id).collect())
}

/// The records of which a part is there and they are not; twenty at most.
pub fn lost(conn: &mut Conn, kind: &Kind, part: &Part) -> QueryResult<Vec<i64>> {
    let (table, owner, whole) = (part.table, part.owner, kind.table);
    let lost = format!(
        "SELECT DISTINCT {owner} AS id FROM {table} WHERE NOT EXISTS \
         (SELECT 1 FROM {whole} w WHERE w.id = {table}.{owner}) ORDER BY 1 LIMIT 20"
    );
    Ok(sql_query(lost).load::<Id>(conn)?.into_iter().map(|one| one.id).collect())
}

/// The kind of a table's records; an internal error for one without history.
pub fn kind(table: &str) -> Result<&'static Kind> {
    let found = KINDS.iter().find(|kind| kind.table == table);
    found.ok_or_else(|| crate::error::Error::internal(format!("{table} has no history")))
}
