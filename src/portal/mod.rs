//! The companies' own door, without an account: submit a problem, follow it with the query code and the last digits of
//! the contact's phone, supplement, rate. No tables of its own; every step goes through `issue::perform`.
pub mod official;
pub mod pages_issue;
pub mod pages_slip;
pub mod pages_submit;
pub mod pages_track;
pub mod query;
pub mod ticket;

use crate::{
    audit::{self, AuditAction, AuditActor},
    db::Conn,
    error::{Invalid, Result},
    form::Form,
    usci::Usci,
};

/// What somebody did who holds an issue's query code, with the address and where the code came from.
pub fn write_down(conn: &mut Conn, held: &query::Held, number: &str, address: &str, what: &str) -> Result<()> {
    let from = if held.slip_of.is_empty() {
        "凭企业自己的查询码".to_owned()
    } else {
        crate::issue::code::by_slip(&held.slip_of)
    };
    audit::append(conn, &AuditActor::by_code(address), AuditAction::ByCode, number, &format!("{what}，{from}"))
}

/// What a company tells without an account: three fields and what it may add.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Name or code, as typed.
    pub company: String,
    /// Digits only.
    pub phone: String,
    pub text: String,
    pub area_id: Option<i64>,
}

impl Sent {
    pub fn read(form: &Form) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let company = form.required("company", "请填写企业名称或统一社会信用代码", &mut invalid);
        form.limited("company", 100, &mut invalid);
        // A code that is none is no name either.
        let is_code = (15..=20).contains(&company.len()) && company.chars().all(|one| one.is_ascii_alphanumeric());
        if let Some(error) = is_code.then(|| Usci::parse(&company).err()).flatten() {
            invalid.add("company", error.to_string());
        }
        let typed = form.required("contact_phone", "请填写手机号码", &mut invalid);
        let phone = phone(&typed);
        if !typed.is_empty() && phone.is_none() {
            invalid.add("contact_phone", "请填写 11 位手机号码，或带区号的固定电话");
        }
        let text = form.required("text", "请写遇到什么问题", &mut invalid);
        form.limited("text", 3000, &mut invalid);
        match phone {
            Some(phone) if invalid.is_empty() => Ok(Self { company, phone, text, area_id: form.parse("area") }),
            _ => Err(invalid),
        }
    }
}

/// The digits of a mobile number of the mainland or of a fixed line with its area code; None for anything else.
pub fn phone(typed: &str) -> Option<String> {
    let mut digits = String::new();
    for c in typed.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            '０'..='９' => digits.push(char::from_u32(c as u32 - 0xfee0)?),
            ' ' | '-' | '－' | '—' | '(' | ')' | '（' | '）' | '+' => {}
            _ => return None,
        }
    }
    let digits = match digits.strip_prefix("86") {
        Some(rest) if digits.len() == 13 => rest.to_owned(),
        _ => digits,
    };
    let mobile = digits.len() == 11 && digits.starts_with('1') && digits.as_bytes()[1] >= b'3';
    let fixed = digits.starts_with('0') && (10..=12).contains(&digits.len());
    (mobile || fixed).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::phone;

    #[test]
    fn phones_are_mobile_or_fixed_with_area_code() {
        assert_eq!(phone(" 138 1234-5678").as_deref(), Some("13812345678"));
        assert_eq!(phone("１３８１２３４５６７８").as_deref(), Some("13812345678"));
        assert_eq!(phone("+86 13812345678").as_deref(), Some("13812345678"));
        assert_eq!(phone("0371-67181234").as_deref(), Some("037167181234"));
        for wrong in ["", "1381234567", "12812345678", "67181234", "1381234567a", "138123456789"] {
            assert_eq!(phone(wrong), None, "{wrong}");
        }
    }
}
