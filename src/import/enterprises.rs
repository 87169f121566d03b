//! Companies: found by code, else by exact name within the area. An empty cell keeps what is known.
use super::{
    Bad, Importer, Importing, Seen, Verdict,
    lookup::{Companies, DISTRICT_HEADS, Places},
    words,
};
use crate::{
    calendar::shanghai_date,
    db::Conn,
    enterprise::{AboveScale, Enterprise, Standing, past, section_name, unverified},
    error::Result,
    insert_all,
    record::{self, NewRecordEvent},
    schema::{enterprise_terms, enterprises},
    search::{self, normal},
    sheet::{Field, Row},
    usci::Usci,
};
use chrono::Datelike;
use diesel::prelude::*;

pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        heads: &["企业名称", "单位名称", "企业全称", "公司名称", "单位详细名称", "企业", "名称"],
        required: true,
    },
    Field {
        key: "usci",
        heads: &["统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "机构代码"],
        required: false,
    },
    Field { key: "area", heads: DISTRICT_HEADS, required: false },
    Field {
        key: "township", heads: &["乡镇(街道)", "乡镇街道", "乡镇", "街道", "乡镇办"], required: false
    },
    Field {
        key: "park", heads: &["园区", "所属园区", "所在园区", "产业集聚区", "产业园区"], required: false
    },
    Field {
        key: "industry", heads: &["行业门类", "行业", "门类", "所属行业", "国民经济行业"], required: false
    },
    Field {
        key: "above_scale",
        heads: &["四上类别", "四上企业类别", "企业类别", "专业类别", "类别", "四上"],
        required: false,
    },
    Field { key: "above_scale_year", heads: &["认定年份", "入库年份", "纳统年份"], required: false },
    Field { key: "size", heads: &["企业规模", "规模", "单位规模"], required: false },
    Field { key: "tags", heads: &["标签", "企业标签", "资质荣誉", "企业资质"], required: false },
    Field {
        key: "contact_name", heads: &["联系人", "企业联系人", "联系人姓名", "负责人"], required: false
    },
    Field {
        key: "contact_phone",
        heads: &["联系电话", "联系方式", "企业联系电话", "电话", "手机", "手机号"],
        required: false,
    },
];

pub struct Enterprises {
    by: Importing,
    places: Places,
    companies: Companies,
    seen: Seen,
    new: Vec<Enterprise>,
    changed: Vec<(Enterprise, bool)>,
    events: Vec<NewRecordEvent>,
}

/// Which company the row is about, if it is known.
enum Match {
    Known(i64),
    New,
}

impl Enterprises {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        Ok(Self {
            by,
            places: Places::load(conn)?,
            companies: Companies::load(conn)?,
            seen: Seen::default(),
            new: Vec::new(),
            changed: Vec::new(),
            events: Vec::new(),
        })
    }

    fn find(&self, name: &str, code: Option<&Usci>, area_id: Option<i64>) -> Result<Match, Bad> {
        if let Some(one) = code.and_then(|code| self.companies.coded(code.as_str())) {
            return match one.ended {
                true => Err(format!("企业“{}”已停止使用，请先恢复使用", one.name)),
                false => Ok(Match::Known(one.id)),
            };
        }
        match self.companies.named(name, area_id).as_slice() {
            [] => Ok(Match::New),
            [one] if code.is_some() && one.has_code => {
                Err(format!("同名企业“{}”登记的是另一个统一社会信用代码，请核对", one.name))
            }
            [one] => Ok(Match::Known(one.id)),
            many => Err(format!("叫“{name}”的企业有 {} 家，请写统一社会信用代码或区县", many.len())),
        }
    }

    /// Puts the row's cells into the company.
    fn fill(&self, row: &Row, one: &mut Enterprise, say: &mut Vec<String>) -> Result<(), Bad> {
        let limited = |key: &str, label: &str, most: usize, now: &mut String| match row.text(key) {
            text if text.is_empty() => Ok(()),
            text if text.chars().count() > most => Err(format!("{label}最多 {most} 个字")),
            text => {
                *now = text;
                Ok(())
            }
        };
        limited("name", "企业名称", 80, &mut one.name)?;
        limited("township", "乡镇（街道）", 30, &mut one.township)?;
        limited("park", "园区", 30, &mut one.park)?;
        limited("tags", "标签", 100, &mut one.tags)?;
        limited("contact_name", "联系人", 30, &mut one.contact_name)?;
        let given = |key: &str| Some(row.text(key)).filter(|text| !text.is_empty());
        if let Some(text) = given("industry") {
            one.industry = words::industry(&text)?;
        }
        if let Some(text) = given("above_scale") {
            one.above_scale = words::above_scale(&text)?;
        }
        if let Some(text) = given("above_scale_year") {
            let year = text.trim_end_matches('年').parse::<i64>().ok().or_else(|| {
                let day = row.date("above_scale_year")?.ok()?.0;
                Some(i64::from(day.year()))
            });
            match year.filter(|year| (1990..=2100).contains(year)) {
                Some(year) => one.above_scale_year = Some(year),
                None => return Err(format!("认定年份“{text}”应写成 2021 这样的四位数")),
            }
        }
        if let Some(text) = given("size") {
            one.size = words::size(&text)?;
        }
        if let Some(cell) = row.get("contact_phone") {
            let digits = words::phone(&cell.text(), say)?;
            if !digits.is_empty() {
                one.contact_phone = digits;
            }
        }
        one.standing = Standing::Normal;
        Ok(())
    }

    fn look(&mut self, conn: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        macro_rules! good {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(why) => return Ok(Err(why)),
                }
            };
        }
        let name = row.text("name");
        if name.is_empty() {
            return Ok(Err("没有填写企业名称".into()));
        }
        let typed = row.code("usci");
        let code = if typed.is_empty() { None } else { Some(good!(Usci::parse(&typed).map_err(|e| e.to_string()))) };
        let area_id = good!(self.places.district(row, "area"));
        let before: Option<Enterprise> = match good!(self.find(&name, code.as_ref(), area_id)) {
            Match::New => None,
            Match::Known(id) => Some(enterprises::table.find(id).select(Enterprise::as_select()).first(conn)?),
        };
        if let Some(code) = &code {
            good!(self.seen.first(code.as_str(), row, &format!("代码 {code}")));
        }
        let key = match &before {
            Some(before) => before.id.to_string(),
            None if code.is_some() => String::new(),
            None => format!("{} {}", normal(&name), area_id.unwrap_or_default()),
        };
        if !key.is_empty() {
            good!(self.seen.first(&key, row, &name));
        }
        let Some(before) = before else {
            let Some(area_id) = area_id else {
                return Ok(Err("没有填写所属区县".into()));
            };
            let mut one = unverified(&name, area_id, self.by.now);
            one.usci = code.map(|code| code.to_string());
            good!(self.fill(row, &mut one, say));
            self.events.push(NewRecordEvent::by(&self.by.actor, "enterprises", one.id, "导入新增", one.name.clone()));
            self.new.push(one);
            return Ok(Ok(Verdict::New));
        };
        let mut after = before.clone();
        good!(self.fill(row, &mut after, say));
        after.area_id = area_id.unwrap_or(before.area_id);
        after.usci = code.map(|code| code.to_string()).or(after.usci);
        if normal(&after.name) == normal(&before.name) {
            // Another way of writing brackets and spaces is no other name.
            after.name.clone_from(&before.name);
        }
        if after == before {
            return Ok(Ok(Verdict::Unchanged));
        }
        let what = self.changes(&before, &after);
        self.events.push(NewRecordEvent::by(&self.by.actor, "enterprises", after.id, "导入修改", what));
        let found_otherwise = after.name != before.name || after.usci != before.usci;
        self.changed.push((Enterprise { version: after.version + 1, ..after }, found_otherwise));
        Ok(Ok(Verdict::Changed))
    }

    fn changes(&self, before: &Enterprise, after: &Enterprise) -> String {
        let code = |one: &Enterprise| one.usci.clone().unwrap_or_default();
        let year = |one: &Enterprise| one.above_scale_year.map(|year| year.to_string()).unwrap_or_default();
        let area = |one: &Enterprise| self.places.directory.area_name(one.area_id).to_owned();
        let scale = |one: &Enterprise| if one.above_scale == AboveScale::None { "" } else { one.above_scale.label() };
        let mut what = record::changes(&[
            ("企业名称", &before.name, &after.name),
            ("统一社会信用代码", &code(before), &code(after)),
            ("所在区县", &area(before), &area(after)),
            ("乡镇（街道）", &before.township, &after.township),
            ("园区", &before.park, &after.park),
            ("行业门类", section_name(&before.industry), section_name(&after.industry)),
            ("四上类别", scale(before), scale(after)),
            ("认定年份", &year(before), &year(after)),
            ("规模", before.size.label(), after.size.label()),
            ("标签", &before.tags, &after.tags),
            ("联系人", &before.contact_name, &after.contact_name),
            ("核实", before.standing.label(), after.standing.label()),
        ]);
        // The number itself is in no history.
        if before.contact_phone != after.contact_phone {
            what = format!("{what}；联系电话已改").trim_start_matches('；').to_owned();
        }
        what
    }
}

/// New companies with their words in the index.
pub(super) fn insert(conn: &mut Conn, new: &[Enterprise]) -> Result<()> {
    insert_all!(conn, enterprises, 19, new);
    let mut terms: Vec<(i64, i64)> = Vec::new();
    for one in new {
        let text = search::normal_parts(&[&one.name, one.usci.as_deref().unwrap_or_default()]);
        terms.extend(search::terms(&text).into_iter().map(|term| (term, one.id)));
    }
    // In the index's order, so that its pages are filled one after the other.
    terms.sort_unstable();
    let rows: Vec<_> =
        terms.iter().map(|(term, doc)| (enterprise_terms::term.eq(term), enterprise_terms::doc.eq(doc))).collect();
    insert_all!(conn, enterprise_terms, 2, &rows[..]);
    Ok(())
}

impl Importer for Enterprises {
    fn check(&mut self, conn: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        self.look(conn, row, say)
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        insert(conn, &self.new)?;
        for (one, found_otherwise) in &self.changed {
            past::keep(conn, one, shanghai_date(self.by.now))?;
            diesel::update(enterprises::table.find(one.id)).set(one).execute(conn)?;
            if *found_otherwise {
                search::index_enterprise(conn, one.id, &one.name, one.usci.as_deref().unwrap_or_default())?;
            }
        }
        record::append_all(conn, &self.events)?;
        self.forget();
        Ok(())
    }
    fn forget(&mut self) {
        self.new.clear();
        self.changed.clear();
        self.events.clear();
    }
}
