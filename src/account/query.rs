//! SQL of accounts and sign-in.
use super::{User, password};
use crate::{
    access::Role,
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    error::{Error, Result},
    rate_limit,
    record::{self, NewRecordEvent},
    schema::users,
    time::Time,
    web::session,
};
use diesel::prelude::*;

/// Wrong passwords until the account is locked, and for how long.
const FAILURES: i64 = 5;
const LOCK_MINUTES: i64 = 15;
/// Wrong tries from one address within five minutes; an office behind one address must fit.
const ADDRESS_TRIES: i64 = 60;

pub fn find_by_name(conn: &mut Conn, account: &str) -> Result<Option<User>> {
    let account = account.trim().to_lowercase();
    let found = users::table.filter(users::account.eq(&account)).select(User::as_select()).first(conn).optional()?;
    Ok(match found {
        Some(user) => Some(user),
        None => users::table.filter(users::phone.eq(&account)).select(User::as_select()).first(conn).optional()?,
    })
}

/// Whether an official's account has this phone: it is not a company's then.
pub fn is_official_phone(conn: &mut Conn, phone: &str) -> Result<bool> {
    let found: Option<Option<Role>> =
        users::table.filter(users::phone.assume_not_null().eq(phone)).select(users::role).first(conn).optional()?;
    Ok(found.is_some_and(|role| role != Some(Role::Enterprise)))
}

pub fn find(conn: &mut Conn, id: i64) -> Result<User> {
    Ok(users::table.find(id).select(User::as_select()).first(conn)?)
}

const BY_ADDRESS: &str = "sign-in";

/// Counts the try before its password is compared, so that tries at one moment cannot slip past; refuses when there were
/// too many from the address. A right one is given back by `sign_in`.
pub fn count_try(conn: &mut Conn, address: &str) -> Result<()> {
    rate_limit::count(conn, BY_ADDRESS, address, ADDRESS_TRIES, 5)
}

pub enum SignIn {
    /// The session's key.
    Welcome(String),
    /// How many tries are left.
    Wrong(i64),
    LockedUntil(Time),
}

/// After the password was compared. `user` is as it was before the comparison.
pub fn sign_in(conn: &mut Conn, user: Option<&User>, typed: &str, right: bool, address: &str) -> Result<SignIn> {
    let now = Time::system();
    let Some(user) = user else {
        let shown = cut(typed);
        audit::append(conn, &AuditActor::anonymous(address), AuditAction::SignInFailed, &shown, "没有这个账号")?;
        return unknown(conn, typed);
    };
    let user = find(conn, user.id)?;
    let actor = AuditActor { id: Some(user.id), name: user.name.clone(), address: address.to_owned() };
    if user.locked_until > now {
        audit::append(conn, &actor, AuditAction::SignInFailed, &user.account, "账号已锁定")?;
        return Ok(SignIn::LockedUntil(user.locked_until));
    }
    if !right || user.disabled {
        return wrong(conn, &user, &actor, if user.disabled { "账号已停用" } else { "口令不正确" });
    }
    let row = users::table.find(user.id);
    if user.failures > 0 || user.locked_until.0 > 0 {
        diesel::update(row).set((users::failures.eq(0), users::locked_until.eq(Time(0)))).execute(conn)?;
    }
    rate_limit::give_back(conn, BY_ADDRESS, address)?;
    audit::append(conn, &actor, AuditAction::SignIn, &user.account, "")?;
    Ok(SignIn::Welcome(session::begin(conn, user.id)?))
}

/// Counts a wrong password towards the account's lock.
fn wrong(conn: &mut Conn, user: &User, actor: &AuditActor, why: &str) -> Result<SignIn> {
    let failures = user.failures + 1;
    let is_locked = failures >= FAILURES;
    let until = if is_locked { Time::system().plus_minutes(LOCK_MINUTES) } else { Time(0) };
    let kept = if is_locked { 0 } else { failures };
    diesel::update(users::table.find(user.id))
        .set((users::failures.eq(kept), users::locked_until.eq(until)))
        .execute(conn)?;
    audit::append(conn, actor, AuditAction::SignInFailed, &user.account, why)?;
    Ok(if is_locked { SignIn::LockedUntil(until) } else { SignIn::Wrong(FAILURES - failures) })
}

/// A wrong old password when a new one is to be set counts like one at the sign-in; the lock ends every session.
pub fn wrong_old_password(conn: &mut Conn, user_id: i64, address: &str) -> Result<SignIn> {
    count_try(conn, address)?;
    let user = find(conn, user_id)?;
    let actor = AuditActor { id: Some(user.id), name: user.name.clone(), address: address.to_owned() };
    if user.locked_until > Time::system() {
        audit::append(conn, &actor, AuditAction::SignInFailed, &user.account, "账号已锁定")?;
        return Ok(SignIn::LockedUntil(user.locked_until));
    }
    let outcome = wrong(conn, &user, &actor, "修改口令时旧口令不正确")?;
    if matches!(outcome, SignIn::LockedUntil(_)) {
        session::end_all(conn, user_id, None)?;
    }
    Ok(outcome)
}

/// What was typed as an unknown account may be a password: the log keeps how it begins and how long it is.
fn cut(typed: &str) -> String {
    let head: String = typed.chars().take(2).collect();
    format!("{head}…（{} 个字符）", typed.chars().count())
}

/// A name without an account is counted and locked like one with: the answers do not tell which there are.
fn unknown(conn: &mut Conn, typed: &str) -> Result<SignIn> {
    let name = typed.trim().to_lowercase();
    if let Some(until) = rate_limit::open_until(conn, "unknown-lock", &name, LOCK_MINUTES)? {
        return Ok(SignIn::LockedUntil(until));
    }
    let failures = rate_limit::nth(conn, "unknown", &name, i64::MAX, 24 * 60)?;
    if failures % FAILURES != 0 {
        return Ok(SignIn::Wrong(FAILURES - failures % FAILURES));
    }
    rate_limit::count(conn, "unknown-lock", &name, i64::MAX, LOCK_MINUTES)?;
    Ok(SignIn::LockedUntil(Time::system().plus_minutes(LOCK_MINUTES)))
}

/// After wrong passwords: the next try counts as the first.
pub fn unlock(conn: &mut Conn, user_id: i64) -> Result<()> {
    let unlocked = (users::failures.eq(0), users::locked_until.eq(Time(0)));
    diesel::update(users::table.find(user_id)).set(unlocked).execute(conn)?;
    Ok(())
}

/// Sets the password and ends every other session of the user.
pub fn set_password(
    conn: &mut Conn,
    user_id: i64,
    password_hash: &str,
    must_change: bool,
    keep: Option<&[u8]>,
) -> Result<()> {
    diesel::update(users::table.find(user_id))
        .set((
            users::password_hash.eq(password_hash),
            users::must_change_password.eq(must_change),
            users::failures.eq(0),
            users::locked_until.eq(Time(0)),
        ))
        .execute(conn)?;
    session::end_all(conn, user_id, keep)?;
    Ok(())
}

/// One of the three administrators, from the command line. Business accounts are opened and granted on the pages.
pub fn create_admin(conn: &mut Conn, account: &str, name: &str, role: Role, password: &str) -> Result<()> {
    if find_by_name(conn, account)?.is_some() {
        return Err(Error::refused(format!("账号 {account} 已经存在")));
    }
    let user = User {
        id: crate::key::fresh(Time::system()),
        account: account.to_lowercase(),
        phone: None,
        name: name.to_owned(),
        password_hash: password::hash(password)?,
        must_change_password: true,
        role: Some(role),
        area_id: None,
        group_id: None,
        unit_id: None,
        enterprise_id: None,
        failures: 0,
        locked_until: Time(0),
        disabled: false,
        valid_from: crate::calendar::shanghai_date(Time::system()),
        valid_until: None,
        version: 1,
    };
    diesel::insert_into(users::table).values(&user).execute(conn)?;
    let by = AuditActor::command_line();
    record::append_all(conn, &[NewRecordEvent::by(&by, "users", user.id, "开设账号", role.label())])?;
    audit::append(conn, &by, AuditAction::AccountChanged, account, role.label())
}
