//! Working groups: found by name. Who belongs to a group is said in the file of accounts, by another administrator; the
//! columns of leader and members are only compared with it.
use super::{
    Bad, Importer, Importing, Seen, Verdict,
    lookup::{DISTRICT_HEADS, People, Places},
};
use crate::{
    calendar::shanghai_date,
    db::Conn,
    directory::{self, Group},
    error::Result,
    group::PAST_DAY,
    insert_all,
    issue::workflow::Level,
    key,
    record::{self, NewRecordEvent},
    schema::groups,
    search::normal,
    sheet::{Field, Row},
};
use diesel::prelude::*;
use std::collections::HashMap;

pub const FIELDS: &[Field] = &[
    Field {
        key: "name", heads: &["工作组名称", "工作组", "组别", "助企工作组", "名称"], required: true
    },
    Field { key: "level", heads: &["级别", "层级", "工作组级别"], required: false },
    Field { key: "area", heads: DISTRICT_HEADS, required: false },
    Field { key: "lead_unit", heads: &["组长单位", "牵头单位", "派出单位", "单位"], required: false },
    Field { key: "valid_from", heads: &["启用日期"], required: false },
    Field { key: "leader", heads: &["组长", "工作组组长"], required: false },
    Field { key: "members", heads: &["成员", "工作组成员", "组员", "助企干部"], required: false },
];

pub struct Groups {
    by: Importing,
    places: Places,
    people: People,
    known: HashMap<String, Group>,
    seen: Seen,
    new: Vec<Group>,
    changed: Vec<Group>,
    events: Vec<NewRecordEvent>,
    wrote: bool,
}

fn level_of(text: &str) -> Result<Option<Level>, Bad> {
    Ok(match text {
        "" => None,
        text if text.starts_with('市') => Some(Level::City),
        text if text.starts_with(['县', '区']) => Some(Level::County),
        text => return Err(format!("级别“{text}”应写市级或县级")),
    })
}

impl Groups {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        let places = Places::load(conn)?;
        let known = places.directory.groups.iter().map(|group| (normal(&group.name), group.clone())).collect();
        Ok(Self {
            by,
            places,
            people: People::load(conn)?,
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
            return Err("没有填写工作组名称".into());
        }
        if name.chars().count() > 60 {
            return Err("工作组名称最多 60 个字".into());
        }
        self.seen.first(&normal(&name), row, &name)?;
        let level = level_of(&row.text("level"))?;
        let area_id = self.places.district(row, "area")?;
        let lead = row.text("lead_unit");
        let lead_unit_id = if lead.is_empty() { None } else { Some(self.places.unit(&lead)?) };
        let today = shanghai_date(self.by.now);
        let from = row.date("valid_from").transpose()?.map(|(day, _)| day);
        let before = self.known.get(&normal(&name)).cloned();
        self.compare_people(row, before.as_ref().map_or(0, |group| group.id), say);
        let Some(before) = before else {
            if from.is_some_and(|day| day < today) {
                return Err(PAST_DAY.into());
            }
            let area_id = area_id.unwrap_or(self.places.city);
            let own = if area_id == self.places.city { Level::City } else { Level::County };
            let group = Group {
                id: key::fresh(self.by.now),
                name,
                level: level.unwrap_or(own),
                area_id,
                lead_unit_id,
                valid_from: from.unwrap_or(today),
                valid_until: None,
                version: 1,
            };
            self.events.push(NewRecordEvent::by(&self.by.actor, "groups", group.id, "导入新增", group.name.clone()));
            self.new.push(group);
            return Ok(Verdict::New);
        };
        if before.valid_until.is_some() {
            return Err(format!("工作组“{name}”已停止使用"));
        }
        let after = Group {
            level: level.unwrap_or(before.level),
            area_id: area_id.unwrap_or(before.area_id),
            lead_unit_id: lead_unit_id.or(before.lead_unit_id),
            valid_from: from.unwrap_or(before.valid_from),
            ..before.clone()
        };
        if after == before {
            return Ok(Verdict::Unchanged);
        }
        // As on the page of the group: what figures of past days count stays.
        if before.is_settled(today) && after.area_id != before.area_id {
            return Err("辖区已定，请新建工作组".into());
        }
        if after.valid_from != before.valid_from {
            match before.is_settled(today) {
                true => return Err(format!("启用日期已定（{}），请新建工作组", before.valid_from)),
                false if after.valid_from < today => return Err(PAST_DAY.into()),
                false => {}
            }
        }
        let directory = &self.places.directory;
        let what = record::changes(&[
            ("级别", before.level.label(), after.level.label()),
            ("辖区", directory.area_name(before.area_id), directory.area_name(after.area_id)),
            ("组长单位", directory.unit_name(before.lead_unit_id), directory.unit_name(after.lead_unit_id)),
            ("启用日期", &before.valid_from.to_string(), &after.valid_from.to_string()),
        ]);
        self.events.push(NewRecordEvent::by(&self.by.actor, "groups", after.id, "导入修改", what));
        self.changed.push(Group { version: after.version + 1, ..after });
        Ok(Verdict::Changed)
    }

    fn compare_people(&self, row: &Row, group_id: i64, say: &mut Vec<String>) {
        let texts = [row.text("leader"), row.text("members")];
        let names = texts.iter().flat_map(|text| text.split(['、', '，', ',', '；', ';', '/', ' ']));
        let missing: Vec<&str> =
            names.filter(|name| !name.is_empty() && !self.people.is_in_group(name, group_id)).collect();
        if !missing.is_empty() {
            say.push(format!(
                "{} 还没有属于这个工作组的账号；人员由系统管理员导入账号时填写“工作组”",
                missing.join("、")
            ));
        }
    }
}

impl Importer for Groups {
    fn check(&mut self, _: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        Ok(self.look(row, say))
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        self.wrote |= !(self.new.is_empty() && self.changed.is_empty());
        insert_all!(conn, groups, 8, &self.new[..]);
        for group in &self.changed {
            diesel::update(groups::table.find(group.id)).set(group).execute(conn)?;
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
