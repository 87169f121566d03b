//! Companies (企业).
mod fields;
pub mod pages;
pub mod pages_edit;
pub mod pages_show;
pub mod past;
pub mod query;
pub mod query_list;

use crate::{schema::enterprises, time::Time};
use chrono::NaiveDate;
use diesel::prelude::*;

/// Sections of GB/T 4754-2017: a company keeps the letter, people read the name.
pub const SECTIONS: &[(&str, &str)] = &[
    ("A", "农、林、牧、渔业"),
    ("B", "采矿业"),
    ("C", "制造业"),
    ("D", "电力、热力、燃气及水生产和供应业"),
    ("E", "建筑业"),
    ("F", "批发和零售业"),
    ("G", "交通运输、仓储和邮政业"),
    ("H", "住宿和餐饮业"),
    ("I", "信息传输、软件和信息技术服务业"),
    ("J", "金融业"),
    ("K", "房地产业"),
    ("L", "租赁和商务服务业"),
    ("M", "科学研究和技术服务业"),
    ("N", "水利、环境和公共设施管理业"),
    ("O", "居民服务、修理和其他服务业"),
    ("P", "教育"),
    ("Q", "卫生和社会工作"),
    ("R", "文化、体育和娱乐业"),
    ("S", "公共管理、社会保障和社会组织"),
    ("T", "国际组织"),
];

/// The name of a section; nothing for what is none.
pub fn section_name(letter: &str) -> &'static str {
    SECTIONS.iter().find(|(known, _)| *known == letter).map_or("", |(_, name)| name)
}

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

impl Enterprise {
    /// Why nothing of a day can be recorded with it any more.
    pub fn ended_by(&self, on: NaiveDate) -> Option<String> {
        let until = self.valid_until.filter(|until| on >= *until)?;
        Some(format!("企业 {until} 起停止使用，这天起的走访、座谈会和问题都不能再记"))
    }
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
