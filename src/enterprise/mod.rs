//! Companies (企业).
mod fields;
pub mod pages;
pub mod pages_edit;
pub mod pages_show;
pub mod query;
pub mod query_list;

use crate::{schema::enterprises, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

crate::text_enum! {
    /// 四上 category, by which the statistics bureau lists a company.
    pub enum AboveScale {
        None = "", "非四上";
        Industry = "industry", "规上工业";
        Construction = "construction", "有资质建筑业";
        Wholesale = "wholesale", "限上批发业";
        Retail = "retail", "限上零售业";
        HotelCatering = "hotel_catering", "限上住宿餐饮业";
        RealEstate = "real_estate", "房地产开发业";
        Service = "service", "规上服务业";
    }
}
crate::text_enum! {
    pub enum Size {
        Unknown = "", "未知";
        Large = "large", "大型";
        Middle = "medium", "中型";
        Small = "small", "小型";
        Micro = "micro", "微型";
    }
}
crate::text_enum! {
    pub enum Standing {
        Normal = "normal", "正常";
        // Made by an import or a submission that named a company nobody knew.
        Unverified = "unverified", "待核实";
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = enterprises, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Enterprise {
    pub id: i64,
    pub name: String,
    /// 统一社会信用代码; None for a company in preparation.
    pub usci: Option<String>,
    pub area_id: i64,
    pub township: String,
    pub park: String,
    /// Section A–T of GB/T 4754-2017, or empty.
    pub industry: String,
    pub above_scale: AboveScale,
    pub above_scale_year: Option<i64>,
    pub size: Size,
    /// Separated by 、.
    pub tags: String,
    pub contact_name: String,
    pub contact_phone: String,
    pub standing: Standing,
    /// 勿扰期.
    pub quiet_from: Option<NaiveDate>,
    pub quiet_until: Option<NaiveDate>,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub version: i64,
}

/// A new company of which only name and area are known.
pub fn unverified(name: &str, area_id: i64, at: Time) -> Enterprise {
    Enterprise {
        id: crate::key::fresh(at),
        name: name.to_owned(),
        usci: None,
        area_id,
        township: String::new(),
        park: String::new(),
        industry: String::new(),
        above_scale: AboveScale::None,
        above_scale_year: None,
        size: Size::Unknown,
        tags: String::new(),
        contact_name: String::new(),
        contact_phone: String::new(),
        standing: Standing::Unverified,
        quiet_from: None,
        quiet_until: None,
        valid_from: crate::calendar::shanghai_date(at),
        valid_until: None,
        version: 1,
    }
}
