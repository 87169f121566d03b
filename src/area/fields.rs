//! The form of an area: what it shows of one, and what it says of one.
use crate::{
    directory::{Area, Directory},
    error::{Invalid, Result},
    form::Form,
};
use chrono::NaiveDate;

/// What an area can be.
pub const KINDS: [&str; 8] = ["市", "区", "县", "县级市", "开发区", "镇", "乡", "街道"];

pub(super) fn shown(area: &Area) -> Form {
    let fields = [
        ("name", area.name.clone()),
        ("short_name", area.short_name.clone()),
        ("kind", area.kind.clone()),
        ("parent", area.parent_id.map(|id| id.to_string()).unwrap_or_default()),
        ("gb_code", area.gb_code.clone().unwrap_or_default()),
        ("number_code", area.number_code.clone()),
        ("position", area.position.to_string()),
        ("valid_from", area.valid_from.to_string()),
    ];
    Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub(super) fn fill(directory: &Directory, form: &Form, area: &mut Area) -> Result<()> {
    let mut invalid = Invalid::default();
    area.name = form.required("name", "请填写名称", &mut invalid);
    form.limited("name", 30, &mut invalid);
    area.short_name = form.limited("short_name", 12, &mut invalid);
    if area.short_name.is_empty() {
        area.short_name.clone_from(&area.name);
    }
    area.kind = form.text("kind").to_owned();
    if !KINDS.contains(&area.kind.as_str()) {
        invalid.add("kind", "请选择类型");
    }
    // The city has none, and only the city.
    let is_city = directory.city().is_none_or(|city| city.id == area.id);
    area.parent_id = form.parse("parent").filter(|id| directory.area(*id).is_some());
    match (is_city, area.parent_id) {
        (true, Some(_)) => invalid.add("parent", "市本级没有上级"),
        (false, None) => invalid.add("parent", "请选择上级辖区"),
        (false, Some(parent)) if is_below(directory, parent, area.id) => {
            invalid.add("parent", "不能归到它自己或它的下级");
        }
        _ => {}
    }
    let code: String = form.text("gb_code").to_owned();
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits && matches!(code.len(), 0 | 6 | 9 | 12)) {
        invalid.add("gb_code", "国家统计用区划代码是 6、9 或 12 位数字；没有就留空");
    }
    area.gb_code = (!code.is_empty()).then_some(code);
    area.number_code = form.text("number_code").to_uppercase();
    let well_formed = area.number_code.len() == 6 && area.number_code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !well_formed {
        invalid.add("number_code", "编号用码是 6 位数字或大写字母，例如 410105、4101ZD");
    }
    match form.parse("position") {
        Some(position) => area.position = position,
        None => invalid.add("position", "请填写排列顺序（整数）"),
    }
    if let Some(day) = form.required_as::<NaiveDate>("valid_from", "请填写启用日期", &mut invalid) {
        area.valid_from = day;
    }
    invalid.check()
}

/// Whether `id` is `top` or stands below it.
fn is_below(directory: &Directory, id: i64, top: i64) -> bool {
    let mut at = Some(id);
    while let Some(id) = at {
        if id == top {
            return true;
        }
        at = directory.area(id).and_then(|area| area.parent_id);
    }
    false
}
