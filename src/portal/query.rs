//! All SQL of the companies' door.
use super::Sent;
use crate::{
    access::Permission,
    db::Conn,
    directory, enterprise,
    error::{Invalid, Result},
    issue::{
        Issue,
        apply::Actor,
        code::{self, Code},
        perform::city_area_id,
        submit::{NewIssue, submit},
        workflow::{Channel, Urgency},
    },
    rate_limit,
    schema::*,
    time::Time,
};
use diesel::prelude::*;

/// Problems of one address within an hour; an industrial park shares one.
const BY_ADDRESS: i64 = 40;
/// Problems with one contact phone within an hour.
const BY_PHONE: i64 = 8;

/// Counts a submission before anything of it is read.
pub fn count_submission(conn: &mut Conn, address: &str) -> Result<()> {
    rate_limit::count(conn, "portal_submit", address, BY_ADDRESS, 60)
}

/// Counts the phone of a submission before anything of it is stored.
pub fn count_phone(conn: &mut Conn, phone: &str) -> Result<()> {
    rate_limit::count(conn, "portal_submit_phone", phone, BY_PHONE, 60)
}

/// Counts an upload before anything of it is read.
pub fn count_upload(conn: &mut Conn, address: &str) -> Result<()> {
    rate_limit::count(conn, "portal_upload", address, BY_ADDRESS, 60)
}

/// A company that nobody knows keeps the name it typed; its problem goes to the area it chose, else to the city.
pub fn record(conn: &mut Conn, sent: &Sent, title: String, code: &Code, at: Time) -> Result<Issue> {
    let hash = code.hash();
    if has_code(conn, None, &hash)? {
        return Err(Invalid::one("", "没有提交成功，请再提交一次").into());
    }
    let company = enterprise::query::find_called(conn, &sent.company)?;
    let chosen = match sent.area_id {
        Some(id) => directory::current(conn)?.districts().any(|area| area.id == id).then_some(id),
        None => None,
    };
    let area_id = match (&company, chosen) {
        (Some(company), _) => company.area_id,
        (None, Some(area_id)) => area_id,
        (None, None) => city_area_id(conn)?,
    };
    let group_id = match &company {
        Some(company) => enterprise::query::assigned(conn, company.id)?.map(|(group, _)| group),
        None => None,
    };
    let new = NewIssue {
        enterprise_id: company.as_ref().map(|company| company.id),
        enterprise_name: company.map_or_else(|| sent.company.clone(), |company| company.name),
        area_id,
        group_id,
        collector_id: None,
        channel: Channel::Portal,
        title,
        description: sent.text.clone(),
        demand: String::new(),
        urgency: Urgency::Normal,
        contact_name: String::new(),
        contact_phone: sent.phone.clone(),
        code_hash: Some(hash),
        visit_id: None,
        symposium_id: None,
        external: None,
    };
    let actor = Actor { id: None, name: "企业（直报）".into(), by: Permission::RecordIssue, unit_id: None };
    submit(conn, &actor, new, at)
}

/// Whether the code opens the issue of this number; without a number, any issue.
pub fn has_code(conn: &mut Conn, number: Option<&str>, hash: &[u8]) -> Result<bool> {
    let found: Option<String> = issue_details::table
        .inner_join(issues::table)
        .filter(issue_details::code_hash.assume_not_null().eq(hash))
        .select(issues::number)
        .first(conn)
        .optional()?;
    Ok(match (found, number) {
        (Some(found), Some(number)) => found == number,
        (found, _) => found.is_some(),
    })
}

/// One issue that was opened with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub issue_id: i64,
    pub code_hash: Vec<u8>,
    pub phone: String,
    /// Who printed the slip that the code stands on; empty for the code that the company got itself.
    pub slip_of: String,
}

/// Wrong tries of one address within a quarter of an hour.
const TRIES_BY_ADDRESS: i64 = 30;
/// Wrong tries of one code within an hour: 10,000 possible digits would take 40 days.
const TRIES_BY_CODE: i64 = 10;
const BY_TRACK: &str = "portal_track";
const BY_CODE: &str = "portal_track_code";

/// The issue of a code and the last four digits of its contact's phone; both must be right. A try is counted
/// in the transaction that looks, so that tries at one moment cannot slip past the limit, and given back when it is right.
pub fn track(conn: &mut Conn, address: &str, code: &Code, tail: &str) -> Result<Option<(Held, String)>> {
    let hash = code.hash();
    let name = hex::encode(&hash);
    rate_limit::count(conn, BY_TRACK, address, TRIES_BY_ADDRESS, 15)?;
    rate_limit::count(conn, BY_CODE, &name, TRIES_BY_CODE, 60)?;
    // The same work whether or not there is such a code; a phone without four digits opens nothing.
    let own: Option<(i64, String)> = issue_details::table
        .filter(issue_details::code_hash.assume_not_null().eq(&hash))
        .select((issue_details::issue_id, issue_details::contact_phone))
        .first(conn)
        .optional()?;
    let printed: Option<(i64, String, String)> = slips::table
        .inner_join(issue_details::table.on(issue_details::issue_id.eq(slips::issue_id)))
        .filter(slips::code_hash.eq(&hash))
        .select((slips::issue_id, issue_details::contact_phone, slips::actor))
        .first(conn)
        .optional()?;
    let found = own.map(|(id, phone)| (id, phone, String::new())).or(printed);
    let (issue_id, phone, slip_of) = match found {
        Some((id, phone, slip_of)) => (Some(id), phone, slip_of),
        None => (None, String::new(), String::new()),
    };
    let right = code::tail(&phone).unwrap_or_else(|| "----".to_owned());
    let same = super::ticket::is_same(right.as_bytes(), tail.as_bytes());
    let secret = match secret(conn)? {
        Some(secret) => secret,
        None => {
            let fresh = format!("{}{}", code::seed(), code::seed());
            directory::set_setting(conn, SECRET, &fresh)?;
            fresh
        }
    };
    let Some(issue_id) = issue_id.filter(|_| same) else { return Ok(None) };
    rate_limit::give_back(conn, BY_TRACK, address)?;
    rate_limit::give_back(conn, BY_CODE, &name)?;
    Ok(Some((Held { issue_id, code_hash: hash, phone, slip_of }, secret)))
}

/// Seals the cookies of those who opened an issue.
const SECRET: &str = "portal_secret";

pub fn secret(conn: &mut Conn) -> Result<Option<String>> {
    directory::setting(conn, SECRET)
}

/// What an issue can be opened with: the company's own code, and that of the last slip.
pub fn held_by_id(conn: &mut Conn, issue_id: i64) -> Result<Vec<Held>> {
    let found: Option<(Option<Vec<u8>>, String)> = issue_details::table
        .find(issue_id)
        .select((issue_details::code_hash, issue_details::contact_phone))
        .first(conn)
        .optional()?;
    let slip: Option<(Vec<u8>, String)> =
        slips::table.find(issue_id).select((slips::code_hash, slips::actor)).first(conn).optional()?;
    let Some((own, phone)) = found else { return Ok(Vec::new()) };
    let codes = own.map(|hash| (hash, String::new())).into_iter().chain(slip);
    Ok(codes.map(|(code_hash, slip_of)| Held { issue_id, code_hash, phone: phone.clone(), slip_of }).collect())
}

/// Whether the last slip of the issue bears this code.
pub fn opens_by_slip(conn: &mut Conn, issue_id: i64, code: &Code) -> Result<bool> {
    let last = slips::table.find(issue_id).filter(slips::code_hash.eq(code.hash()));
    Ok(last.count().get_result::<i64>(conn)? == 1)
}

/// The code of a new slip; that of the slip before opens nothing any more, the company's own still does.
pub fn keep_slip(conn: &mut Conn, issue_id: i64, code: &Code, actor: &str, at: Time) -> Result<()> {
    let values = (slips::code_hash.eq(code.hash()), slips::actor.eq(actor), slips::printed_at.eq(at));
    if diesel::update(slips::table.find(issue_id)).set(values.clone()).execute(conn)? == 0 {
        diesel::insert_into(slips::table).values((slips::issue_id.eq(issue_id), values)).execute(conn)?;
    }
    Ok(())
}
