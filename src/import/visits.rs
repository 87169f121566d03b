//! Visits: company, cadre, day and note. The same four again are the same visit, also one that was voided since.
use super::{
    Bad, Importer, Importing, Seen, Verdict,
    lookup::{Companies, People},
    words,
};
use crate::{
    calendar::shanghai_date,
    db::Conn,
    error::Result,
    insert_all,
    record::{self, NewRecordEvent},
    schema::visits,
    sheet::{Field, Row},
    time::Time,
    visit::{COMPANIONS_MOST, NOTE_MOST, Visit, query::fresh_key},
};
use chrono::NaiveDate;
use diesel::prelude::*;

pub const FIELDS: &[Field] = &[
    Field {
        key: "enterprise", heads: &["企业名称", "走访企业", "单位名称", "企业", "公司名称"], required: false
    },
    Field { key: "usci", heads: &["统一社会信用代码", "社会信用代码", "信用代码"], required: false },
    Field {
        key: "cadre",
        heads: &["走访人", "走访干部", "包联干部", "助企干部", "首席服务员", "干部姓名", "姓名"],
        required: false,
    },
    Field { key: "account", heads: &["干部账号", "账号"], required: false },
    Field { key: "phone", heads: &["干部手机号", "手机号", "手机"], required: false },
    Field { key: "date", heads: &["走访日期", "走访时间", "日期", "时间"], required: true },
    Field {
        key: "note", heads: &["走访情况", "走访内容", "情况", "走访记录", "内容"], required: false
    },
    Field { key: "manner", heads: &["走访方式", "方式"], required: false },
    Field { key: "companions", heads: &["同行人员", "陪同人员", "同行"], required: false },
];

pub struct Visits {
    by: Importing,
    people: People,
    companies: Companies,
    seen: Seen,
    new: Vec<Visit>,
}

impl Visits {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        Ok(Self {
            by,
            people: People::load(conn)?,
            companies: Companies::load(conn)?,
            seen: Seen::default(),
            new: Vec::new(),
        })
    }

    fn visit(&self, row: &Row) -> Result<Visit, Bad> {
        let company = self.companies.known(row)?;
        let (on, _) = row.date("date").ok_or("没有填写走访日期")??;
        if on > shanghai_date(self.by.now) {
            return Err("走访日期在今天之后".into());
        }
        if on < NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default() {
            return Err(format!("走访日期 {on} 不合理"));
        }
        let (cadre, group_id) = self.people.visitor(row, on)?;
        let (note, companions) = (row.paragraphs("note"), row.text("companions"));
        for (what, text, most) in [("走访情况", &note, NOTE_MOST), ("同行人员", &companions, COMPANIONS_MOST)] {
            let count = text.chars().count();
            if count > most {
                return Err(format!("{what}最多 {most} 个字，现在有 {count} 个"));
            }
        }
        Ok(Visit {
            id: fresh_key(on, self.by.now),
            enterprise_id: company.id,
            cadre_id: cadre.id,
            group_id: Some(group_id),
            area_id: company.area_id,
            visited_on: on,
            manner: words::manner(&row.text("manner"))?.to_owned(),
            companions,
            note,
            recorded_at: self.by.now,
            voided_at: Time::NEVER,
            void_reason: String::new(),
            version: 1,
        })
    }
}

impl Importer for Visits {
    fn check(&mut self, conn: &mut Conn, row: &Row, _: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        let new = match self.visit(row) {
            Ok(new) => new,
            Err(why) => return Ok(Err(why)),
        };
        let key = format!("{} {} {} {}", new.enterprise_id, new.cadre_id, new.visited_on, new.note);
        if let Err(why) = self.seen.first(&key, row, "企业、干部、日期和情况都相同") {
            return Ok(Err(why));
        }
        // Few visits of one company; the note is compared here because it may be long.
        let notes: Vec<String> = visits::table
            .filter(visits::enterprise_id.eq(new.enterprise_id))
            .filter(visits::cadre_id.eq(new.cadre_id))
            .filter(visits::visited_on.eq(new.visited_on))
            .select(visits::note)
            .load(conn)?;
        if notes.contains(&new.note) {
            return Ok(Ok(Verdict::Unchanged));
        }
        self.new.push(new);
        Ok(Ok(Verdict::New))
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        insert_all!(conn, visits, 13, &self.new[..]);
        let line = |visit: &Visit| NewRecordEvent::by(&self.by.actor, "visits", visit.id, "导入新增", "");
        record::append_all(conn, &self.new.iter().map(line).collect::<Vec<_>>())?;
        self.forget();
        Ok(())
    }
    fn forget(&mut self) {
        self.new.clear();
    }
}
