//! Accounts: sign-in, passwords, opening accounts (without rights) and granting rights, by two different people.
pub mod act;
pub mod membership;
pub mod pages;
pub mod pages_list;
pub mod pages_once;
pub mod pages_open;
pub mod pages_rights;
pub mod password;
pub mod query;
pub mod roster;

use crate::{access::Role, schema::users, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct User {
    pub id: i64,
    pub account: String,
    pub phone: Option<String>,
    pub name: String,
    pub password_hash: String,
    pub must_change_password: bool,
    /// None until the security administrator grants one.
    pub role: Option<Role>,
    pub area_id: Option<i64>,
    pub group_id: Option<i64>,
    pub unit_id: Option<i64>,
    pub enterprise_id: Option<i64>,
    /// Wrong passwords since the last right one.
    pub failures: i64,
    /// Not before this moment; 0 when it is not locked.
    pub locked_until: Time,
    pub disabled: bool,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub version: i64,
}
