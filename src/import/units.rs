//! Units: found by name.
use super::{Bad, Importer, Importing, Seen, Verdict, lookup::Places};
use crate::{
    calendar::shanghai_date,
    db::Conn,
    directory::{self, Unit},
    error::Result,
    insert_all, key,
    record::{self, NewRecordEvent},
    schema::units,
    search::normal,
    sheet::{Field, Row},
};
use diesel::prelude::*;
use std::collections::HashMap;

pub const FIELDS: &[Field] = &[
    Field {
        key: "name", heads: &["单位名称", "责任单位", "单位", "部门名称", "部门", "成员单位"], required: true
    },
    Field {
        key: "area",
        heads: &["所属辖区", "辖区", "所属区县", "区县", "县区", "县市区", "区县市", "层级", "级别"],
        required: false,
    },
    Field { key: "valid_from", heads: &["启用日期"], required: false },
];

pub struct Units {
    by: Importing,
    places: Places,
    known: HashMap<String, Unit>,
    seen: Seen,
    new: Vec<Unit>,
    changed: Vec<Unit>,
    events: Vec<NewRecordEvent>,
    wrote: bool,
}

impl Units {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        let places = Places::load(conn)?;
        let known = places.directory.units.iter().map(|unit| (normal(&unit.name), unit.clone())).collect();
        Ok(Self {
            by,
            places,
            known,
            seen: Seen::default(),
            new: Vec::new(),
            changed: Vec::new(),
            events: Vec::new(),
            wrote: false,
        })
    }

    fn look(&mut self, row: &Row, say: &mut Vec<String>) -> Result<Verdict, Bad> {
        let name = row.text("name");
        if name.is_empty() {
            return Err("没有填写单位名称".into());
        }
        if name.chars().count() > 60 {
            return Err("单位名称最多 60 个字".into());
        }
        self.seen.first(&normal(&name), row, &name)?;
        let area = row.text("area");
        let area_id = if area.is_empty() { None } else { Some(self.places.area(&area)?) };
        let from = row.date("valid_from").transpose()?.map(|(day, _)| day);
        let Some(before) = self.known.get(&normal(&name)) else {
            let unit = Unit {
                id: key::fresh(self.by.now),
                name,
                area_id: area_id.unwrap_or(self.places.city),
                valid_from: from.unwrap_or_else(|| shanghai_date(self.by.now)),
                valid_until: None,
                version: 1,
            };
            self.events.push(NewRecordEvent::by(&self.by.actor, "units", unit.id, "导入新增", unit.name.clone()));
            self.new.push(unit);
            return Ok(Verdict::New);
        };
        if before.valid_until.is_some() {
            return Err(format!("单位“{name}”已停止使用，请先恢复使用"));
        }
        let after = Unit {
            area_id: area_id.unwrap_or(before.area_id),
            valid_from: from.unwrap_or(before.valid_from),
            ..before.clone()
        };
        if after == *before {
            return Ok(Verdict::Unchanged);
        }
        let directory = &self.places.directory;
        if after.area_id != before.area_id {
            let [from, to] = [before.area_id, after.area_id].map(|id| directory.area_name(id));
            say.push(format!("单位“{}”现属{from}，导入后改属{to}；如果是另一个单位，请写成不同的名称", before.name));
        }
        let what = record::changes(&[
            ("辖区", directory.area_name(before.area_id), directory.area_name(after.area_id)),
            ("启用日期", &before.valid_from.to_string(), &after.valid_from.to_string()),
        ]);
        self.events.push(NewRecordEvent::by(&self.by.actor, "units", after.id, "导入修改", what));
        self.changed.push(Unit { version: after.version + 1, ..after });
        Ok(Verdict::Changed)
    }
}

impl Importer for Units {
    fn check(&mut self, _: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        Ok(self.look(row, say))
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        self.wrote |= !(self.new.is_empty() && self.changed.is_empty());
        insert_all!(conn, units, 6, &self.new[..]);
        for unit in &self.changed {
            diesel::update(units::table.find(unit.id)).set(unit).execute(conn)?;
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
