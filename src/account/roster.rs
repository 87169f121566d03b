//! SQL of the pages on accounts: the list, opening and editing, granting and withdrawing rights.
use super::{User, membership};
use crate::{
    access::{Role, Scope},
    calendar::shanghai,
    db::{Backend, Conn},
    directory::Directory,
    error::{Error, Invalid, Result},
    schema::{enterprises, users},
    time::Time,
    web::paging::Bound,
};
use chrono::NaiveDate;
use diesel::{prelude::*, sql_types::Bool};

type Condition = Box<dyn BoxableExpression<users::table, Backend, SqlType = Bool>>;

/// What the lists of accounts are narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of account, name or phone.
    pub text: String,
    /// A role's word, or `none` for accounts without one, or `disabled`.
    pub standing: String,
}

impl Wanted {
    fn condition(&self) -> Condition {
        let mut all: Condition = Box::new(users::id.ge(0));
        if !self.text.is_empty() {
            let lower = crate::search::like(&self.text.to_lowercase());
            let name = crate::search::like(&self.text);
            all = Box::new(
                all.and(
                    (users::account.like(lower.clone()).escape('\\'))
                        .or(users::name.like(name).escape('\\'))
                        .or(users::phone.is_not_null().and(users::phone.assume_not_null().like(lower).escape('\\'))),
                ),
            );
        }
        match self.standing.as_str() {
            "" => all,
            "none" => Box::new(all.and(users::role.is_null())),
            "disabled" => Box::new(all.and(users::disabled.eq(true))),
            word => match Role::parse(word) {
                Some(role) => Box::new(all.and(users::role.is_not_null().and(users::role.assume_not_null().eq(role)))),
                None => all,
            },
        }
    }
}

/// The scope is that of `RunSystem` or `GrantRights`, which reach every account or none.
pub fn list(conn: &mut Conn, _: Scope, wanted: &Wanted, bound: Bound, most: i64) -> Result<Vec<User>> {
    let rows = users::table.filter(wanted.condition()).select(User::as_select()).limit(most);
    Ok(match bound {
        Bound::Below(id) => rows.filter(users::id.lt(id)).order(users::id.desc()).load(conn)?,
        Bound::Above(id) => rows.filter(users::id.gt(id)).order(users::id.asc()).load(conn)?,
    })
}

pub fn count(conn: &mut Conn, _: Scope, wanted: &Wanted) -> Result<i64> {
    Ok(users::table.filter(wanted.condition()).count().get_result(conn)?)
}

pub fn enterprise_name(conn: &mut Conn, id: Option<i64>) -> Result<String> {
    let Some(id) = id else { return Ok(String::new()) };
    let name = enterprises::table.find(id).select(enterprises::name).first(conn).optional()?;
    Ok(name.unwrap_or_default())
}

/// The company with this code or exactly this name; a message at the field otherwise.
pub fn find_enterprise(conn: &mut Conn, text: &str) -> Result<i64> {
    let code = text.to_uppercase();
    let found: Vec<i64> = enterprises::table
        .filter(
            enterprises::name
                .eq(text)
                .or(enterprises::usci.is_not_null().and(enterprises::usci.assume_not_null().eq(code))),
        )
        .filter(enterprises::valid_until.is_null())
        .limit(2)
        .select(enterprises::id)
        .load(conn)?;
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(Invalid::one("enterprise", "没有这家企业，请填全称或统一社会信用代码").into()),
        _ => Err(Invalid::one("enterprise", "有几家企业同名，请填统一社会信用代码").into()),
    }
}

/// Refuses an account name or a phone that somebody else signs in with.
fn check_names(conn: &mut Conn, user: &User) -> Result<()> {
    let mut invalid = Invalid::default();
    let others = |name: &str| {
        users::table
            .filter(users::id.ne(user.id))
            .filter(users::account.eq(name.to_owned()).or(users::phone.eq(name.to_owned())))
            .count()
    };
    if others(&user.account).get_result::<i64>(conn)? > 0 {
        invalid.add("account", "已经有人用这个账号");
    }
    if let Some(phone) = &user.phone
        && others(phone).get_result::<i64>(conn)? > 0
    {
        invalid.add("phone", "已经有人用这个手机号");
    }
    invalid.check()
}

pub fn insert(conn: &mut Conn, user: &User) -> Result<()> {
    check_names(conn, user)?;
    diesel::insert_into(users::table).values(user).execute(conn)?;
    Ok(())
}

/// Saves if nobody was faster; `user.version` is still that of the form. What the person is in a group is so from the
/// day `on`.
pub fn update(conn: &mut Conn, user: &User, on: NaiveDate) -> Result<()> {
    check_names(conn, user)?;
    let row = users::table.filter(users::id.eq(user.id)).filter(users::version.eq(user.version));
    let saved = diesel::update(row)
        .set((
            users::phone.eq(&user.phone),
            users::name.eq(&user.name),
            users::role.eq(user.role),
            users::area_id.eq(user.area_id),
            users::group_id.eq(user.group_id),
            users::unit_id.eq(user.unit_id),
            users::enterprise_id.eq(user.enterprise_id),
            users::disabled.eq(user.disabled),
            users::version.eq(user.version + 1),
        ))
        .execute(conn)?;
    if saved == 1 {
        membership::follow(conn, user, on)
    } else {
        Err(Error::Conflict("这个账号刚被别人改动过，请看过新的情况再决定".into()))
    }
}

impl User {
    /// Where the person belongs, in words, for lists and history.
    pub fn belongs(&self, directory: &Directory, enterprise: &str) -> String {
        let names = [
            self.area_id.map_or("", |id| directory.area_name(id)),
            directory.group_name(self.group_id),
            directory.unit_name(self.unit_id),
            enterprise,
        ];
        let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
        names.join("、")
    }
    pub fn role_label(&self) -> &'static str {
        self.role.map_or("未授权", Role::label)
    }
    /// After wrong passwords; by the clock of the wall, as at the sign-in.
    pub fn is_locked(&self) -> bool {
        self.locked_until > Time::system()
    }
    /// Whether it can be signed in with, as lists show it.
    pub fn standing(&self) -> String {
        if self.disabled {
            "已停用".to_owned()
        } else if self.is_locked() {
            format!("锁定至 {}", shanghai(self.locked_until).format("%H:%M"))
        } else {
            "正常".to_owned()
        }
    }
    /// The phone as lists show it.
    pub fn masked_phone(&self) -> String {
        let digits: Vec<char> = self.phone.iter().flat_map(|phone| phone.chars()).collect();
        match digits.len() {
            0 => String::new(),
            n if n < 8 => "*".repeat(n),
            n => {
                let (head, tail): (String, String) = (digits[..3].iter().collect(), digits[n - 4..].iter().collect());
                format!("{head}{}{tail}", "*".repeat(n - 7))
            }
        }
    }
}
