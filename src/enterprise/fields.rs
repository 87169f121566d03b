//! The form of a company: what it shows of one, and what it says of one.
use super::{AboveScale, Enterprise, Size, Standing, section_name};
use crate::{
    access::{Reach, Scope},
    directory::Directory,
    error::{Invalid, Result},
    form::Form,
    usci::Usci,
};

/// Fields and what the history calls them.
pub(super) const LABELS: &[(&str, &str)] = &[
    ("name", "企业名称"),
    ("usci", "统一社会信用代码"),
    ("area", "所在区县"),
    ("township", "乡镇（街道）"),
    ("park", "园区"),
    ("industry", "行业门类"),
    ("above_scale", "四上类别"),
    ("above_scale_year", "认定年份"),
    ("size", "规模"),
    ("tags", "标签"),
    ("contact_name", "联系人"),
    ("quiet_from", "勿扰期起"),
    ("quiet_until", "勿扰期止"),
    ("standing", "核实情况"),
];

pub(super) fn shown(one: &Enterprise) -> Form {
    let fields = [
        ("name", one.name.clone()),
        ("usci", one.usci.clone().unwrap_or_default()),
        ("area", one.area_id.to_string()),
        ("township", one.township.clone()),
        ("park", one.park.clone()),
        ("industry", one.industry.clone()),
        ("above_scale", one.above_scale.as_str().to_owned()),
        ("above_scale_year", one.above_scale_year.map(|year| year.to_string()).unwrap_or_default()),
        ("size", one.size.as_str().to_owned()),
        ("tags", one.tags.clone()),
        ("contact_name", one.contact_name.clone()),
        ("quiet_from", one.quiet_from.map(|on| on.to_string()).unwrap_or_default()),
        ("quiet_until", one.quiet_until.map(|on| on.to_string()).unwrap_or_default()),
        ("standing", one.standing.label().to_owned()),
        ("version", one.version.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A field as the history tells it.
pub(super) fn told(directory: &Directory, form: &Form, field: &str) -> String {
    let text = form.text(field);
    match field {
        "area" => directory.area_name(text.parse().unwrap_or_default()),
        "industry" => section_name(text),
        "above_scale" => AboveScale::parse(text).map_or("", AboveScale::label),
        "size" => Size::parse(text).map_or("", Size::label),
        _ => text,
    }
    .to_owned()
}

pub(super) fn fill(directory: &Directory, scope: Scope, form: &Form, is_new: bool, one: &mut Enterprise) -> Result<()> {
    let mut invalid = Invalid::default();
    one.name = form.required("name", "请填写企业名称", &mut invalid);
    form.limited("name", 80, &mut invalid);
    one.usci = match form.text("usci") {
        "" => None,
        text => match Usci::parse(text) {
            Ok(code) => Some(code.to_string()),
            Err(error) => {
                invalid.add("usci", error.to_string());
                None
            }
        },
    };
    match form.parse::<i64>("area").filter(|id| directory.area(*id).is_some()) {
        Some(id) if matches!(scope.reach(), Reach::Area(own) if own != id) => {
            invalid.add("area", "只能选自己辖区");
        }
        Some(id) if !matches!(scope.reach(), Reach::Everything | Reach::Area(_)) && one.area_id != id => {
            invalid.add("area", "企业换区县由助企办办理，请告诉助企办");
        }
        Some(id) => one.area_id = id,
        None => invalid.add("area", "请选择所在区县"),
    }
    let was = one.township.clone();
    one.township = form.limited("township", 30, &mut invalid);
    let listed: Vec<&str> =
        directory.below(one.area_id).flat_map(|area| [area.name.as_str(), area.short_name.as_str()]).collect();
    if !listed.is_empty() && one.township != was && !one.township.is_empty() && !listed.contains(&one.township.as_str())
    {
        let why = format!("“{}”不在这个区县的乡镇（街道）名单里；名单由系统管理员在“辖区”里维护", one.township);
        invalid.add("township", why);
    }
    one.park = form.limited("park", 30, &mut invalid);
    let industry = form.text("industry").to_uppercase();
    if !industry.is_empty() && section_name(&industry).is_empty() {
        invalid.add("industry", "行业门类是 A 到 T 的一个字母（GB/T 4754-2017）");
    }
    one.industry = industry;
    one.above_scale = form.parse("above_scale").unwrap_or(AboveScale::None);
    one.above_scale_year = match form.text("above_scale_year") {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(year) if (1990..=2100).contains(&year) => Some(year),
            _ => {
                invalid.add("above_scale_year", "认定年份写成 2021 这样的四位数");
                None
            }
        },
    };
    one.size = form.parse("size").unwrap_or(Size::Unknown);
    one.tags = form.limited("tags", 100, &mut invalid);
    one.contact_name = form.limited("contact_name", 30, &mut invalid);
    // The number itself is never put into the form; an empty field keeps it.
    let phone: String = form.text("contact_phone").chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if !phone.is_empty() {
        if (7..=13).contains(&phone.len()) && phone.chars().all(|c| c.is_ascii_digit()) {
            one.contact_phone = phone;
        } else {
            invalid.add("contact_phone", "电话号码只写数字，7 到 13 位");
        }
    }
    (one.quiet_from, one.quiet_until) = (form.parse("quiet_from"), form.parse("quiet_until"));
    if one.quiet_from.is_some() != one.quiet_until.is_some() || one.quiet_from > one.quiet_until {
        invalid.add("quiet_from", "勿扰期要有起止日期，先起后止");
    }
    // An office that makes a company knows it; one that came in unknown is looked into, and said so.
    if is_new || form.has("verified") {
        one.standing = Standing::Normal;
    }
    invalid.check()
}
