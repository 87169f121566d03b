//! Areas: found by national code, else by name below their parent. The city comes first, then its districts, then what
//! lies below them.
use super::{Bad, Importer, Importing, Seen, Verdict};
use crate::{
    area::fields::KINDS,
    calendar::shanghai_date,
    db::Conn,
    directory::{self, Area},
    error::Result,
    insert_all, key,
    record::{self, NewRecordEvent},
    schema::areas,
    search::normal,
    sheet::{Field, Row},
};
use diesel::prelude::*;

pub const FIELDS: &[Field] = &[
    Field {
        key: "name", heads: &["辖区名称", "辖区", "名称", "区划名称", "区县名称", "区县"], required: true
    },
    Field { key: "short_name", heads: &["简称"], required: false },
    Field { key: "kind", heads: &["类型", "辖区类型", "类别"], required: false },
    Field {
        key: "parent",
        heads: &["上级辖区", "上级", "上级区划", "所属区县", "所属县区", "所属辖区"],
        required: false,
    },
    Field {
        key: "gb_code",
        heads: &["国家代码", "行政区划代码", "区划代码", "统计用区划代码", "国标代码", "代码"],
        required: false,
    },
    Field { key: "number_code", heads: &["编号用码", "编号代码"], required: false },
    Field { key: "position", heads: &["排列顺序", "排序"], required: false },
    Field { key: "valid_from", heads: &["启用日期"], required: false },
];

pub struct Areas {
    by: Importing,
    /// As they will be when what was checked so far is written.
    areas: Vec<Area>,
    seen: Seen,
    new: Vec<Area>,
    changed: Vec<Area>,
    events: Vec<NewRecordEvent>,
    wrote: bool,
}

fn kind_of(name: &str, is_city: bool) -> &'static str {
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    match () {
        () if is_city => "市",
        () if ends(&["街道", "办事处"]) => "街道",
        () if ends(&["镇"]) => "镇",
        () if ends(&["乡"]) => "乡",
        () if ends(&["县"]) => "县",
        () if ends(&["市"]) => "县级市",
        () if ends(&["开发区", "高新区", "经开区", "新区", "港区", "实验区"]) => "开发区",
        () => "区",
    }
}

impl Areas {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        let areas = areas::table.order(areas::id).select(Area::as_select()).load(conn)?;
        Ok(Self {
            by,
            areas,
            seen: Seen::default(),
            new: Vec::new(),
            changed: Vec::new(),
            events: Vec::new(),
            wrote: false,
        })
    }

    fn city(&self) -> Option<&Area> {
        self.areas.iter().find(|area| area.parent_id.is_none())
    }

    fn parent(&self, text: &str, name: &str) -> Result<Option<i64>, Bad> {
        if text.is_empty() {
            // What names no parent is the city itself or one of its districts.
            return Ok(self.city().filter(|city| normal(&city.name) != normal(name)).map(|city| city.id));
        }
        let wanted = normal(text);
        let is_it = |area: &&Area| {
            [&area.name, &area.short_name].iter().any(|name| normal(name) == wanted)
                || area.gb_code.as_deref() == Some(text)
        };
        let found: Vec<&Area> = self.areas.iter().filter(is_it).collect();
        match found.as_slice() {
            [one] => Ok(Some(one.id)),
            [] => Err(format!("没有上级辖区“{text}”；上级要排在下级前面")),
            _ => Err(format!("叫“{text}”的辖区不止一个，请写代码")),
        }
    }

    fn filled(&self, row: &Row) -> Result<(Option<Area>, Area), Bad> {
        let name = row.text("name");
        if name.is_empty() {
            return Err("没有填写名称".into());
        }
        let gb_code = row.code("gb_code");
        if !(matches!(gb_code.len(), 0 | 6 | 9 | 12) && gb_code.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(format!("国家代码“{gb_code}”应是 6、9 或 12 位数字，没有就留空"));
        }
        let parent_text = row.text("parent");
        let parent_id = self.parent(&parent_text, &name)?;
        let before = self
            .areas
            .iter()
            .find(|area| !gb_code.is_empty() && area.gb_code.as_deref() == Some(&gb_code))
            .or_else(|| self.areas.iter().find(|one| normal(&one.name) == normal(&name) && one.parent_id == parent_id))
            .cloned();
        let mut area = before.clone().unwrap_or_else(|| Area {
            id: key::fresh(self.by.now),
            parent_id,
            name: name.clone(),
            short_name: name.clone(),
            kind: String::new(),
            gb_code: None,
            number_code: String::new(),
            position: self.areas.len() as i64 + 1,
            valid_from: shanghai_date(self.by.now),
            valid_until: None,
        });
        area.name = name;
        if !parent_text.is_empty() && area.parent_id.is_some() && parent_id != Some(area.id) {
            area.parent_id = parent_id;
        }
        let given = |key: &str, now: &mut String| {
            let text = row.text(key);
            if !text.is_empty() {
                *now = text;
            }
        };
        given("short_name", &mut area.short_name);
        given("kind", &mut area.kind);
        if area.kind.is_empty() {
            area.kind = kind_of(&area.name, area.parent_id.is_none()).to_owned();
        }
        if !KINDS.contains(&area.kind.as_str()) {
            return Err(format!("类型“{}”不在可用的类型里：{}", area.kind, KINDS.join("、")));
        }
        if !gb_code.is_empty() {
            area.gb_code = Some(gb_code);
        }
        let number_code = row.code("number_code");
        if !number_code.is_empty() {
            area.number_code = number_code;
        } else if area.number_code.is_empty() {
            area.number_code = self.number_code(&area)?;
        }
        if area.number_code.len() != 6 || !area.number_code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format!("编号用码“{}”应是 6 位数字或大写字母", area.number_code));
        }
        if let Some(position) = row.get("position") {
            area.position = position.text().parse().map_err(|_| "排列顺序应是整数".to_owned())?;
        }
        if let Some(date) = row.date("valid_from") {
            area.valid_from = date?.0;
        }
        Ok((before, area))
    }

    /// Of a district its national code; what lies below is numbered with its district's.
    fn number_code(&self, area: &Area) -> Result<String, Bad> {
        let city = self.city().map(|city| city.id);
        let parent = self.areas.iter().find(|one| Some(one.id) == area.parent_id && Some(one.id) != city);
        match (parent, &area.gb_code) {
            (Some(parent), _) => Ok(parent.number_code.clone()),
            (None, Some(code)) => Ok(code.chars().take(6).collect()),
            (None, None) => Err("没有国家代码的区县要填“编号用码”，例如 4101ZD".into()),
        }
    }

    fn unique(&self, area: &Area) -> Result<(), Bad> {
        let others = || self.areas.iter().filter(|one| one.id != area.id && one.valid_until.is_none());
        if let Some(one) = others().find(|one| one.gb_code.is_some() && one.gb_code == area.gb_code) {
            return Err(format!("代码已经是“{}”的", one.name));
        }
        let city = self.city().map(|city| city.id);
        if area.parent_id.is_some() && area.parent_id == city {
            let same = others().find(|one| one.parent_id == city && one.number_code == area.number_code);
            if let Some(one) = same {
                return Err(format!("编号用码已经是“{}”的", one.name));
            }
        }
        Ok(())
    }
}

impl Importer for Areas {
    fn check(&mut self, _: &mut Conn, row: &Row, _: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        Ok(self.look(row))
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        self.wrote |= !(self.new.is_empty() && self.changed.is_empty());
        insert_all!(conn, areas, 10, &self.new[..]);
        for area in &self.changed {
            diesel::update(areas::table.find(area.id)).set(area).execute(conn)?;
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
    fn finish(&mut self, conn: &mut Conn) -> Result<()> {
        if self.wrote { directory::changed(conn) } else { Ok(()) }
    }
}

impl Areas {
    fn look(&mut self, row: &Row) -> Result<Verdict, Bad> {
        let (before, area) = self.filled(row)?;
        self.unique(&area)?;
        self.seen.first(&area.id.to_string(), row, &area.name)?;
        let Some(before) = before else {
            self.events.push(NewRecordEvent::by(&self.by.actor, "areas", area.id, "导入新增", area.name.clone()));
            self.areas.push(area.clone());
            self.new.push(area);
            return Ok(Verdict::New);
        };
        if before == area {
            return Ok(Verdict::Unchanged);
        }
        let code = |area: &Area| area.gb_code.clone().unwrap_or_default();
        let what = record::changes(&[
            ("名称", &before.name, &area.name),
            ("简称", &before.short_name, &area.short_name),
            ("类型", &before.kind, &area.kind),
            ("代码", &code(&before), &code(&area)),
            ("编号用码", &before.number_code, &area.number_code),
            ("排列顺序", &before.position.to_string(), &area.position.to_string()),
            ("启用日期", &before.valid_from.to_string(), &area.valid_from.to_string()),
        ]);
        self.events.push(NewRecordEvent::by(&self.by.actor, "areas", area.id, "导入修改", what));
        if let Some(kept) = self.areas.iter_mut().find(|one| one.id == area.id) {
            kept.clone_from(&area);
        }
        self.changed.push(area);
        Ok(Verdict::Changed)
    }
}
