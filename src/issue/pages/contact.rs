//! Whom the office calls about a problem and whose phone opens it with a code: the company's, never an official's.
use crate::{
    access::{Scope, Viewer},
    account,
    db::Conn,
    enterprise::{self, Enterprise},
    error::{Invalid, Result},
    form::Form,
    issue::{Dossier, step::Contact},
    portal,
};

/// The phone that was typed, or that of the company's profile.
pub fn phone(conn: &mut Conn, viewer: &Viewer, typed: &str, profile: &str, invalid: &mut Invalid) -> Result<String> {
    let phone = match (typed, portal::phone(typed)) {
        ("", _) => profile.to_owned(),
        (_, Some(phone)) => phone,
        (_, None) => {
            invalid.add("contact_phone", "请填写 11 位手机号码，或带区号的固定电话");
            return Ok(String::new());
        }
    };
    if viewer.is_official() && account::query::is_official_phone(conn, &phone)? {
        let why = if typed.is_empty() {
            "企业档案里的联系电话是工作人员的，请填写企业的人的电话"
        } else {
            "这是工作人员的电话，请填写企业的人的电话"
        };
        invalid.add("contact_phone", why);
    }
    Ok(phone)
}

/// The contact to which a correction leads, unless it stays. `company`: the one that the form names. With another company
/// the contact of the old one's profile goes, unless the form names somebody itself.
pub fn corrected(
    conn: &mut Conn,
    viewer: &Viewer,
    form: &Form,
    dossier: &Dossier,
    company: Option<&Enterprise>,
    invalid: &mut Invalid,
) -> Result<Option<Contact>> {
    let (issue, detail) = (&dossier.issue, &dossier.detail);
    let (name, typed) = (form.limited("contact_name", 30, invalid), form.text("contact_phone"));
    let moved_to = company.filter(|company| issue.enterprise_id != Some(company.id));
    let (name, phone) = if !typed.is_empty() {
        (name, phone(conn, viewer, typed, "", invalid)?)
    } else if name != detail.contact_name.trim() {
        (name, detail.contact_phone.clone())
    } else if let Some(company) = moved_to {
        let (old_name, old_phone) = match issue.enterprise_id {
            Some(id) => {
                let old = enterprise::query::find(conn, Scope::system(), id)?;
                (old.contact_name, old.contact_phone)
            }
            None => Default::default(),
        };
        if (&detail.contact_name, &detail.contact_phone) != (&old_name, &old_phone) {
            return Ok(None);
        }
        (company.contact_name.clone(), phone(conn, viewer, "", &company.contact_phone, invalid)?)
    } else {
        return Ok(None);
    };
    let stays = name == detail.contact_name && phone == detail.contact_phone;
    Ok((!stays).then_some(Contact::Told { name, phone }))
}
