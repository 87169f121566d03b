//! History of problems, from ledgers and lists of messages. One that was answered is closed as it was; one that was
//! not comes to the office, with limits that start now. What is known already is left alone.
use super::{
    Bad, Importer, Importing, Seen, Verdict, enterprises,
    issue_rows::Line,
    lookup::{Companies, Company, Places},
};
use crate::{
    access::Permission,
    calendar::shanghai_date,
    db::Conn,
    directory,
    enterprise::{self, Enterprise, unverified},
    error::Result,
    issue::{
        apply::{Actor, Context},
        history::{self, History},
        step::{Facts, Step},
        submit::{NO_COMPANY, NewIssue, number},
        workflow::Complexity,
    },
    record::{self, NewRecordEvent},
    schema::*,
    search::normal,
    sheet::Row,
    time::Time,
    usci::Usci,
};
use chrono::Datelike;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// A row that is to become an issue.
struct Pending {
    line: Line,
    external_no: String,
    company: Option<Company>,
    group_id: Option<i64>,
}

pub struct Issues {
    by: Importing,
    places: Places,
    companies: Companies,
    seen: Seen,
    pending: Vec<Pending>,
    /// Companies that nobody knew.
    made: Vec<Enterprise>,
    /// Last number by area and year, of those that were given out.
    numbers: BTreeMap<(String, i64), i64>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    made: u64,
    closed: u64,
    open: u64,
    without_company: u64,
}

impl Issues {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        Ok(Self {
            by,
            places: Places::load(conn)?,
            companies: Companies::load(conn)?,
            seen: Seen::default(),
            pending: Vec::new(),
            made: Vec::new(),
            numbers: BTreeMap::new(),
            counts: Counts::default(),
        })
    }

    /// The company of a row, if somebody knows it. A faulty code is no reason to lose a problem.
    fn company(&self, row: &Row, line: &Line, say: &mut Vec<String>) -> Result<Option<Company>, Bad> {
        let code = row.code("usci");
        if !code.is_empty() {
            match Usci::parse(&code) {
                Ok(code) => {
                    if let Some(company) = self.companies.coded(code.as_str()) {
                        return Ok(Some(company.clone()));
                    }
                }
                Err(error) => say.push(format!("{error}，按企业名称查找")),
            }
        }
        if line.company.is_empty() {
            return Ok(None);
        }
        let here = self.companies.named(&line.company, line.area_id);
        let found = if here.is_empty() { self.companies.named(&line.company, None) } else { here };
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some((*one).clone())),
            many => Err(format!("叫“{}”的企业有 {} 家，请写统一社会信用代码或区县", line.company, many.len())),
        }
    }

    /// What the system has already: by our number, else by the number at the source, else company and title.
    fn is_known(
        &self,
        conn: &mut Conn,
        line: &Line,
        external_no: &str,
        numbered: bool,
        company: Option<&Company>,
        say: &mut Vec<String>,
    ) -> Result<bool> {
        use issue_details as d;
        let same = d::table.filter(d::source.eq(&self.by.source)).filter(d::external_no.eq(external_no));
        if same.select(d::issue_id).first::<i64>(conn).optional()?.is_some() {
            return Ok(true);
        }
        let Some(company) = company.filter(|_| !numbered) else {
            return Ok(false);
        };
        let titles: Vec<(String, String, Time)> = issues::table
            .filter(issues::enterprise_id.eq(company.id))
            .select((issues::number, issues::title, issues::submitted_at))
            .load(conn)?;
        let wanted = normal(&line.title);
        let Some((number, _, at)) = titles.iter().find(|(_, title, _)| normal(title) == wanted) else {
            return Ok(false);
        };
        if shanghai_date(*at) != shanghai_date(line.at) {
            say.push(format!("企业和标题与系统里的 {number} 相同，日期不同，按同一件问题处理"));
        }
        Ok(true)
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
        let ours = row.code("number");
        if !ours.is_empty() {
            good!(self.seen.first(&ours, row, &format!("编号 {ours}")));
            let title: Option<String> =
                issues::table.filter(issues::number.eq(&ours)).select(issues::title).first(conn).optional()?;
            if let Some(title) = title {
                let typed = row.text("title");
                if !typed.is_empty() && normal(&typed) != normal(&title) {
                    say.push(format!("{ours} 的标题与系统里不同；导入不改动已有的问题"));
                }
                return Ok(Ok(Verdict::Unchanged));
            }
        }
        let line = good!(Line::read(row, &self.places, &self.by, say));
        let at_source = row.code("external_no");
        let given = if at_source.is_empty() { ours } else { at_source };
        let external_no = if given.is_empty() { line.fingerprint() } else { given.clone() };
        if row.code("number") != external_no {
            let what = if given.is_empty() { "内容相同".to_owned() } else { format!("编号 {external_no}") };
            good!(self.seen.first(&external_no, row, &what));
        }
        let mut company = good!(self.company(row, &line, say));
        if self.is_known(conn, &line, &external_no, !given.is_empty(), company.as_ref(), say)? {
            return Ok(Ok(Verdict::Unchanged));
        }
        let mut group_id = None;
        match &company {
            Some(one) => group_id = enterprise::query::assigned(conn, one.id)?.map(|(group, _)| group),
            None if line.company.is_empty() => self.counts.without_company += 1,
            None => {
                let new = unverified(&line.company, line.area_id.unwrap_or(self.places.city), self.by.now);
                let known =
                    Company { id: new.id, name: new.name.clone(), area_id: new.area_id, has_code: false, ended: false };
                self.companies.add(known.clone(), None);
                self.made.push(new);
                self.counts.made += 1;
                company = Some(known);
            }
        }
        match line.reply {
            Some(_) => self.counts.closed += 1,
            None => self.counts.open += 1,
        }
        self.pending.push(Pending { line, external_no, company, group_id });
        Ok(Ok(Verdict::New))
    }

    fn next_number(&mut self, conn: &mut Conn, area_id: i64, year: i64) -> Result<String> {
        use issue_numbers as n;
        let code = self.places.directory.area(area_id).map_or("", |area| area.number_code.as_str()).to_owned();
        let last = match self.numbers.get(&(code.clone(), year)) {
            Some(last) => *last,
            None => n::table.find((&code, year)).select(n::last).first(conn).optional()?.unwrap_or(0),
        };
        self.numbers.insert((code.clone(), year), last + 1);
        Ok(number(&code, year, last + 1))
    }

    fn history(&mut self, conn: &mut Conn, pending: Pending) -> Result<History> {
        let Pending { line, external_no, company, group_id } = pending;
        let city = self.places.city;
        let area_id = company.as_ref().map(|one| one.area_id).or(line.area_id).unwrap_or(city);
        let number = self.next_number(conn, area_id, i64::from(shanghai_date(line.at).year()))?;
        let new = NewIssue {
            enterprise_id: company.as_ref().map(|one| one.id),
            enterprise_name: company.map_or_else(|| NO_COMPANY.to_owned(), |one| one.name),
            area_id,
            group_id,
            collector_id: None,
            channel: line.channel,
            title: line.title,
            description: line.description,
            demand: line.demand,
            urgency: line.urgency,
            contact_name: line.contact_name,
            contact_phone: line.contact_phone,
            code_hash: None,
            visit_id: None,
            symposium_id: None,
            external: Some((self.by.source.clone(), external_no)),
        };
        let rules = directory::current(conn)?.rules.clone();
        let (mut issue, mut detail) = new.rows(number, city, &rules, line.at);
        issue.category_id = line.category_id;
        if line.reply.is_none() {
            issue.complexity = line.complexity;
            issue.history = false;
        }
        // Nobody is late with what nobody had.
        let triage = rules.deadlines(self.by.now).suggested(None, issue.level).triage;
        issue.step_due_at = rules.calendar(self.by.now).due_at(self.by.now, triage);
        (detail.remark, detail.progress, detail.measures) = (line.remark, line.progress, line.measures);
        let name = self.by.actor.name.trim().to_owned();
        let actor = Actor { id: self.by.actor.id, name, by: Permission::Import, unit_id: None };
        let mut facts = Facts { limits_from: Some(self.by.now.0), ..Facts::of(&issue, &detail) };
        if line.reply.is_none() {
            facts.lead_unit_id = line.lead_unit_id;
            facts.is_open = true;
        }
        let step = Step::Import { source: self.by.source.clone(), facts };
        let mut history = History::begin(issue, detail, &actor, &step, Some(Time::system()))?;
        if let Some((text, at)) = line.reply {
            let step = Step::CloseImported {
                resolution: line.resolution,
                text,
                complexity: line.complexity.unwrap_or(Complexity::C),
                lead_unit_id: line.lead_unit_id,
            };
            history.act(Context::new(city, &rules), &actor, &step, at)?;
        }
        Ok(history)
    }

    fn save_numbers(&self, conn: &mut Conn) -> Result<()> {
        use issue_numbers as n;
        for ((code, year), last) in &self.numbers {
            let saved = diesel::update(n::table.find((code, year))).set(n::last.eq(last)).execute(conn)?;
            if saved == 0 {
                diesel::insert_into(n::table)
                    .values((n::area_code.eq(code), n::year.eq(year), n::last.eq(last)))
                    .execute(conn)?;
            }
        }
        Ok(())
    }
}

impl Importer for Issues {
    fn check(&mut self, conn: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        self.look(conn, row, say)
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        enterprises::insert(conn, &self.made)?;
        let event = |one: &Enterprise| {
            let detail = format!("历史问题提到的企业，待核实：{}", one.name);
            NewRecordEvent::by(&self.by.actor, "enterprises", one.id, "导入新增", detail)
        };
        record::append_all(conn, &self.made.iter().map(event).collect::<Vec<_>>())?;
        let pending = std::mem::take(&mut self.pending);
        let histories: Vec<_> = pending.into_iter().map(|one| self.history(conn, one)).collect::<Result<_>>()?;
        history::insert(conn, &histories)?;
        self.save_numbers(conn)?;
        self.forget();
        Ok(())
    }
    fn forget(&mut self) {
        self.pending.clear();
        self.made.clear();
    }
    fn notes(&self) -> Vec<String> {
        let counts = &self.counts;
        let lines = [
            (counts.closed, "件已有答复，按历史销号，记“未评价”，另计"),
            (counts.open, "件没有答复，进入待甄别，时限从导入时起算"),
            (counts.without_company, "件没有企业，记“未关联企业”"),
            (counts.made, "家企业不在企业库，新建为“待核实”"),
        ];
        lines.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }
}
