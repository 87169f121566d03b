//! Sessions are rows: revocable, the key stored hashed, ended after 30 idle minutes or 12 hours. One query loads the
//! session with all that a page must know of its viewer.
use super::{App, AppData};
use crate::{
    access::{Role, Viewer},
    db::Conn,
    error::Result,
    schema::*,
    time::Time,
};
use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite},
};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

const IDLE_MINUTES: i64 = 30;
/// How long a page waits for its use to be written.
const NOTE_PATIENCE: std::time::Duration = std::time::Duration::from_millis(300);
const ABSOLUTE_MINUTES: i64 = 12 * 60;

fn cookie_name(app: &App) -> &'static str {
    if app.config.is_secure() { "__Host-zhuqi" } else { "zhuqi" }
}

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

pub fn key(request: &HttpRequest) -> Option<String> {
    let app = request.app_data::<AppData>()?;
    request.cookie(cookie_name(app)).map(|cookie| cookie.value().to_owned())
}

pub fn cookie(app: &App, key: &str) -> Cookie<'static> {
    Cookie::build(cookie_name(app), key.to_owned())
        .path("/")
        .http_only(true)
        .secure(app.config.is_secure())
        .same_site(SameSite::Lax)
        .finish()
}

pub fn removal(app: &App) -> Cookie<'static> {
    let mut cookie = cookie(app, "");
    cookie.make_removal();
    cookie
}

/// A new session; returns the key for the cookie, which is stored nowhere.
pub fn begin(conn: &mut Conn, user_id: i64) -> Result<String> {
    let key = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let now = Time::system();
    diesel::insert_into(sessions::table)
        .values((
            sessions::key_hash.eq(hash(&key)),
            sessions::user_id.eq(user_id),
            sessions::created_at.eq(now),
            sessions::used_at.eq(now),
        ))
        .execute(conn)?;
    Ok(key)
}

pub fn end(conn: &mut Conn, session: &[u8]) -> Result<()> {
    diesel::delete(sessions::table.find(session)).execute(conn)?;
    Ok(())
}

/// Ends the sessions of a user, except the one that asks.
pub fn end_all(conn: &mut Conn, user_id: i64, except: Option<&[u8]>) -> Result<usize> {
    let all = sessions::table.filter(sessions::user_id.eq(user_id));
    Ok(match except {
        Some(kept) => diesel::delete(all.filter(sessions::key_hash.ne(kept))).execute(conn)?,
        None => diesel::delete(all).execute(conn)?,
    })
}

pub fn forget_old(conn: &mut Conn, now: Time) -> Result<usize> {
    let idle = sessions::used_at.lt(now.plus_minutes(-IDLE_MINUTES));
    let old = sessions::created_at.lt(now.plus_minutes(-ABSOLUTE_MINUTES));
    Ok(diesel::delete(sessions::table.filter(idle.or(old))).execute(conn)?)
}

/// Id, account, name, role, whether the password has to be changed.
type Account = (i64, String, String, Option<Role>, bool);
/// Area, group, unit, company.
type Belongs = (Option<i64>, Option<i64>, Option<i64>, Option<i64>);
/// Area, what the area belongs to, group, unit, company.
type Names = (Option<String>, Option<i64>, Option<String>, Option<String>, Option<String>);

#[diesel::dsl::auto_type]
fn person() -> _ {
    (
        (users::id, users::account, users::name, users::role, users::must_change_password),
        (users::area_id, users::group_id, users::unit_id, users::enterprise_id),
        (
            areas::short_name.nullable(),
            areas::parent_id.nullable(),
            groups::name.nullable(),
            units::name.nullable(),
            enterprises::name.nullable(),
        ),
    )
}

/// The viewer of a session that is still alive.
pub async fn load(app: &App, key: String) -> Result<Option<Viewer>> {
    let now = Time::system();
    let hashed = hash(&key);
    let wanted = hashed.clone();
    let row: Option<(Time, (Account, Belongs, Names))> = app
        .db
        .read(move |conn| {
            Ok(sessions::table
                .inner_join(users::table)
                .left_join(areas::table.on(users::area_id.eq(areas::id.nullable())))
                .left_join(groups::table.on(users::group_id.eq(groups::id.nullable())))
                .left_join(units::table.on(users::unit_id.eq(units::id.nullable())))
                .left_join(enterprises::table.on(users::enterprise_id.eq(enterprises::id.nullable())))
                .filter(sessions::key_hash.eq(wanted))
                .filter(sessions::used_at.gt(now.plus_minutes(-IDLE_MINUTES)))
                .filter(sessions::created_at.gt(now.plus_minutes(-ABSOLUTE_MINUTES)))
                .filter(users::disabled.eq(false))
                .select((sessions::used_at, person()))
                .first(conn)
                .optional()?)
        })
        .await?;
    let Some((used_at, (account, belongs, names))) = row else {
        return Ok(None);
    };
    if used_at.plus_minutes(1) < now {
        let session = hashed.clone();
        let noted = app.db.write(move |conn| {
            // An update, never an insert: a session revoked meanwhile stays revoked.
            diesel::update(sessions::table.find(&session)).set(sessions::used_at.eq(now)).execute(conn)?;
            Ok(())
        });
        // The page does not wait while a large import holds the database; the use is written all the same.
        if let Ok(noted) = actix_web::rt::time::timeout(NOTE_PATIENCE, noted).await {
            noted?;
        }
    }
    Ok(Some(assembled(account, belongs, names, hashed)))
}

/// The same person without a session, with the rights of this moment: for one step behind a link.
pub fn viewer(conn: &mut Conn, user_id: i64) -> Result<Option<Viewer>> {
    let row: Option<(Account, Belongs, Names)> = users::table
        .left_join(areas::table.on(users::area_id.eq(areas::id.nullable())))
        .left_join(groups::table.on(users::group_id.eq(groups::id.nullable())))
        .left_join(units::table.on(users::unit_id.eq(units::id.nullable())))
        .left_join(enterprises::table.on(users::enterprise_id.eq(enterprises::id.nullable())))
        .filter(users::id.eq(user_id))
        .filter(users::disabled.eq(false))
        .select(person())
        .first(conn)
        .optional()?;
    Ok(row.map(|(account, belongs, names)| assembled(account, belongs, names, Vec::new())))
}

fn assembled(
    (id, account, name, role, must_change_password): Account,
    (area_id, group_id, unit_id, enterprise_id): Belongs,
    (area, parent_id, group, unit, enterprise): Names,
    session: Vec<u8>,
) -> Viewer {
    let is_city = area_id.is_some() && parent_id.is_none();
    let office = area.map(|area| if is_city { "市助企办".to_owned() } else { format!("{area}助企办") });
    let home = match role {
        Some(Role::Sysadmin | Role::Secadmin | Role::Auditadmin) | None => None,
        Some(Role::Leader) => office.map(|office| office.trim_end_matches("助企办").to_owned()),
        Some(_) => unit.or(enterprise).or(group).or(office),
    };
    Viewer {
        id,
        account,
        name,
        role,
        area_id,
        is_city,
        group_id,
        unit_id,
        enterprise_id,
        home: home.unwrap_or_default(),
        must_change_password,
        session,
    }
}
