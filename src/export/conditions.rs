//! The ledger's filter in words, as the audit log tells who took which rows.
use crate::{
    db::Conn,
    directory,
    error::Result,
    issue::{
        ledger::{LedgerFilter, Limits},
        workflow::{Channel, Holder, Status},
    },
    schema::enterprises,
};
use chrono::NaiveDate;
use diesel::prelude::*;

pub fn conditions(conn: &mut Conn, filter: &LedgerFilter) -> Result<String> {
    let directory = directory::current(conn)?;
    let company: Option<String> = match filter.enterprise_id {
        Some(id) => enterprises::table.find(id).select(enterprises::name).first(conn).optional()?,
        None => None,
    };
    let day = |on: Option<NaiveDate>| on.map(|on| on.to_string()).unwrap_or_default();
    let all = [
        ("关键词", filter.text.clone()),
        ("收集日期从", day(filter.from)),
        ("收集日期到", day(filter.to)),
        ("所属区县", filter.area_id.map_or("", |id| directory.area_name(id)).to_owned()),
        ("工作组", directory.group_name(filter.group_id).to_owned()),
        ("主责单位", directory.unit_name(filter.unit_id).to_owned()),
        ("问题大类", directory.category_path(filter.category_id)),
        ("企业", company.unwrap_or_default()),
        ("当前状态", filter.status.map_or("", Status::label).to_owned()),
        ("在谁手里", filter.holder.map_or("", Holder::label).to_owned()),
        ("来源渠道", filter.channel.map_or("", Channel::label).to_owned()),
        ("本步时限", filter.limits.map_or("", Limits::label).to_owned()),
    ];
    let given: Vec<String> =
        all.iter().filter(|(_, value)| !value.is_empty()).map(|(what, value)| format!("{what} {value}")).collect();
    Ok(if given.is_empty() { "没有条件".to_owned() } else { format!("条件：{}", given.join("，")) })
}
