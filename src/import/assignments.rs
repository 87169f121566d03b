//! Assignments: company, cadre and group from a day on. Another cadre takes over from the one before.
use super::{
    Bad, Importer, Importing, Seen, Verdict,
    lookup::{Companies, People, Places},
};
use crate::{
    assignment::query::assign,
    calendar::shanghai_date,
    db::Conn,
    error::Result,
    record::{self, NewRecordEvent},
    schema::assignments,
    sheet::{Field, Row},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;

pub const FIELDS: &[Field] = &[
    Field {
        key: "enterprise", heads: &["企业名称", "单位名称", "企业", "包联企业", "公司名称"], required: false
    },
    Field { key: "usci", heads: &["统一社会信用代码", "社会信用代码", "信用代码"], required: false },
    Field {
        key: "cadre",
        heads: &["包联干部", "助企干部", "首席服务员", "包联人", "干部姓名", "干部", "姓名"],
        required: false,
    },
    Field { key: "account", heads: &["干部账号", "账号"], required: false },
    Field { key: "phone", heads: &["干部手机号", "干部电话", "手机号", "手机"], required: false },
    Field { key: "group", heads: &["工作组", "工作组名称", "助企工作组"], required: false },
    Field { key: "leader", heads: &["包联领导", "包联县级领导", "市级领导"], required: false },
    Field { key: "from", heads: &["起始日期", "包联日期", "开始日期", "包联时间"], required: false },
];

struct Current {
    id: i64,
    cadre_id: i64,
    group_id: i64,
    leader: String,
    from: NaiveDate,
}

/// What a row asks for.
enum Deed {
    Assign { enterprise_id: i64, cadre_id: i64, group_id: i64, leader: String, on: NaiveDate },
    Leader { id: i64, leader: String },
}

pub struct Assignments {
    by: Importing,
    places: Places,
    people: People,
    companies: Companies,
    current: HashMap<i64, Current>,
    seen: Seen,
    deeds: Vec<Deed>,
    events: Vec<NewRecordEvent>,
}

impl Assignments {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        use assignments as a;
        type Line = (i64, i64, i64, i64, String, NaiveDate);
        let lines: Vec<Line> = a::table
            .filter(a::valid_until.is_null())
            .order(a::id)
            .select((a::id, a::enterprise_id, a::cadre_id, a::group_id, a::leader, a::valid_from))
            .load(conn)?;
        let current = lines.into_iter().map(|(id, enterprise_id, cadre_id, group_id, leader, from)| {
            (enterprise_id, Current { id, cadre_id, group_id, leader, from })
        });
        Ok(Self {
            by,
            current: current.collect(),
            places: Places::load(conn)?,
            people: People::load(conn)?,
            companies: Companies::load(conn)?,
            seen: Seen::default(),
            deeds: Vec::new(),
            events: Vec::new(),
        })
    }

    fn look(&mut self, row: &Row, say: &mut Vec<String>) -> Result<Verdict, Bad> {
        let company = self.companies.known(row)?.clone();
        let group = row.text("group");
        let group_id = if group.is_empty() { None } else { Some(self.places.group(&group)?) };
        let cadre = self.people.cadre(row, group_id)?.clone();
        let Some(group_id) = cadre.group_id else {
            return Err(format!("{} 不属于任何工作组", cadre.name));
        };
        self.seen.first(&company.id.to_string(), row, &company.name)?;
        let leader = row.text("leader");
        if leader.chars().count() > 30 {
            return Err("包联领导最多 30 个字".into());
        }
        let today = shanghai_date(self.by.now);
        let from = row.date("from").transpose()?.map(|(day, _)| day);
        if from.is_some_and(|day| day > today) {
            return Err("起始日期在今天之后".into());
        }
        let current = self.current.get(&company.id);
        let mut event = |action, what: String| {
            self.events.push(NewRecordEvent::by(&self.by.actor, "enterprises", company.id, action, what));
        };
        match current {
            Some(now) if now.cadre_id == cadre.id && now.group_id == group_id => {
                if let Some(day) = from.filter(|day| *day != now.from) {
                    say.push(format!("现有的包联从 {} 开始，起始日期 {day} 没有采用", now.from));
                }
                if leader.is_empty() || leader == now.leader {
                    return Ok(Verdict::Unchanged);
                }
                event("导入修改", record::changes(&[("包联领导", &now.leader, &leader)]));
                self.deeds.push(Deed::Leader { id: now.id, leader });
                return Ok(Verdict::Changed);
            }
            Some(now) if from.is_some_and(|day| day < now.from) => {
                return Err(format!("现在的包联从 {} 开始，换人的日期不能更早", now.from));
            }
            _ => {}
        }
        let handed_over = current.is_some();
        let leader = match current {
            Some(now) if leader.is_empty() => now.leader.clone(),
            _ => leader,
        };
        event("导入包联", format!("包联干部 {}", cadre.name));
        self.deeds.push(Deed::Assign {
            enterprise_id: company.id,
            cadre_id: cadre.id,
            group_id,
            leader,
            on: from.unwrap_or(today),
        });
        Ok(if handed_over { Verdict::Changed } else { Verdict::New })
    }
}

impl Importer for Assignments {
    fn check(&mut self, _: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        Ok(self.look(row, say))
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        for deed in &self.deeds {
            match deed {
                Deed::Assign { enterprise_id, cadre_id, group_id, leader, on } => {
                    assign(conn, *enterprise_id, *cadre_id, *group_id, leader, *on, self.by.now)?;
                }
                Deed::Leader { id, leader } => {
                    diesel::update(assignments::table.find(id)).set(assignments::leader.eq(leader)).execute(conn)?;
                }
            }
        }
        record::append_all(conn, &self.events)?;
        self.forget();
        Ok(())
    }
    fn forget(&mut self) {
        self.deeds.clear();
        self.events.clear();
    }
}
