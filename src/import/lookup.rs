//! What rows name, found in memory: areas, units and groups by name, people by account, phone or name, companies by
//! code or name. Names are compared without spaces, punctuation, width and case.
use crate::{
    access::Role,
    account::membership::Membership,
    db::Conn,
    directory::{self, Directory},
    error::Result,
    schema::*,
    search::normal,
    sheet::Row,
    usci::Usci,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::{collections::HashMap, sync::Arc};

/// Heads of the column of a company's, a group's or a problem's district. Brackets do not matter: 区（县） is 区县.
pub const DISTRICT_HEADS: &[&str] = &[
    "所属区县",
    "区县",
    "所在区县",
    "联系区县",
    "服务区县",
    "县区",
    "县市区",
    "区县市",
    "市县区",
    "所属县区",
    "所属县市区",
    "开发区、区县市",
    "辖区",
    "所属辖区",
];

type Found<T> = std::result::Result<T, String>;

/// Units or groups: by their own name first, else by the one spelling of all that it may have in files.
struct Named {
    exact: HashMap<String, i64>,
    spelt: HashMap<String, Vec<i64>>,
}

impl Named {
    fn of<'a>(directory: &Directory, named: impl Iterator<Item = (&'a str, i64)>) -> Self {
        let mut all = Self { exact: HashMap::new(), spelt: HashMap::new() };
        for (name, id) in named {
            all.exact.insert(normal(name), id);
            all.spelt.entry(spelling(directory, name)).or_default().push(id);
        }
        all
    }
    fn find(&self, directory: &Directory, text: &str) -> Option<i64> {
        let spelt = || match self.spelt.get(&spelling(directory, text)).map(Vec::as_slice) {
            Some([id]) => Some(*id),
            _ => None,
        };
        self.exact.get(&normal(text)).copied().or_else(spelt)
    }
}

/// 郑州市财政局 is 市财政局; 郑州市管城回族区财政局, 管城回族区财政局 and 管城区财政局 are one.
fn spelling(directory: &Directory, text: &str) -> String {
    let text = normal(text);
    let city = directory.city().map_or_else(String::new, |city| normal(&city.name));
    let rest = Some(&city).filter(|city| !city.is_empty()).and_then(|city| text.strip_prefix(city.as_str()));
    let within = rest.unwrap_or(&text);
    for district in directory.districts() {
        let (name, short) = (normal(&district.name), normal(&district.short_name));
        // The full name first: the short one may begin it.
        let begun_by = |begin: &str| if begin.is_empty() { None } else { within.strip_prefix(begin) };
        let after = begun_by(&name).or_else(|| begun_by(&short));
        if let Some(after) = after {
            return format!("{short}{after}");
        }
    }
    rest.map_or_else(|| text.clone(), |rest| format!("市{rest}"))
}

pub struct Places {
    pub directory: Arc<Directory>,
    areas: HashMap<String, Vec<i64>>,
    units: Named,
    groups: Named,
    pub city: i64,
}

impl Places {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let directory = directory::current(conn)?;
        let city = directory.city().map_or(0, |city| city.id);
        let mut areas: HashMap<String, Vec<i64>> = HashMap::new();
        let city_name = directory.city().map_or("", |city| city.name.as_str()).to_owned();
        for area in directory.areas.iter().filter(|area| area.valid_until.is_none()) {
            let mut names = vec![area.name.clone(), area.short_name.clone(), format!("{city_name}{}", area.name)];
            names.extend(area.gb_code.clone());
            // Townships are numbered with the code of their district.
            if area.parent_id.is_none_or(|parent| parent == city) {
                names.push(area.number_code.clone());
                let bare = area.name.trim_end_matches(['区', '县', '市']);
                if bare.chars().count() >= 2 {
                    names.push(bare.to_owned());
                }
            }
            for name in names {
                let known = areas.entry(normal(&name)).or_default();
                if !known.contains(&area.id) {
                    known.push(area.id);
                }
            }
        }
        for word in ["市级", "市本级", "市直", "全市"] {
            areas.insert(word.into(), vec![city]);
        }
        let valid_groups = directory.groups.iter().filter(|group| group.valid_until.is_none());
        Ok(Self {
            city,
            areas,
            units: Named::of(&directory, directory.valid_units().map(|unit| (unit.name.as_str(), unit.id))),
            groups: Named::of(&directory, valid_groups.map(|group| (group.name.as_str(), group.id))),
            directory,
        })
    }

    /// By name, short name, national or number code; the city's own areas come before what lies below them.
    pub fn area(&self, text: &str) -> Found<i64> {
        let found = self.areas.get(&normal(text)).map_or(&[][..], Vec::as_slice);
        let upper: Vec<i64> = found.iter().copied().filter(|id| self.district_of(*id) == Some(*id)).collect();
        match (upper.as_slice(), found) {
            ([id], _) | ([], [id]) => Ok(*id),
            ([], []) => Err(format!("没有名为“{text}”的辖区")),
            _ => Err(format!("叫“{text}”的辖区不止一个，请写全称或代码")),
        }
    }
    /// The district that an area is or belongs to; the city for itself.
    pub fn district_of(&self, id: i64) -> Option<i64> {
        let area = self.directory.area(id)?;
        match area.parent_id {
            None => Some(id),
            Some(parent) if parent == self.city => Some(id),
            Some(parent) => self.district_of(parent),
        }
    }
    /// The district named in a column; `None` if the cell is blank.
    pub fn district(&self, row: &Row, key: &str) -> Found<Option<i64>> {
        let text = row.text(key);
        if text.is_empty() {
            return Ok(None);
        }
        let id = self.area(&text)?;
        Ok(Some(self.district_of(id).unwrap_or(id)))
    }
    pub fn unit(&self, text: &str) -> Found<i64> {
        self.units.find(&self.directory, text).ok_or_else(|| format!("没有名为“{text}”的单位（或已停止使用）"))
    }
    pub fn group(&self, text: &str) -> Found<i64> {
        self.groups.find(&self.directory, text).ok_or_else(|| format!("没有名为“{text}”的工作组（或已停止使用）"))
    }
}

#[derive(Debug, Clone, Queryable)]
pub struct Person {
    pub id: i64,
    pub account: String,
    pub phone: Option<String>,
    pub name: String,
    pub role: Option<Role>,
    pub group_id: Option<i64>,
    pub disabled: bool,
}

impl Person {
    fn is_cadre(&self) -> bool {
        matches!(self.role, None | Some(Role::Cadre | Role::GroupLeader)) && self.group_id.is_some()
    }
}

#[derive(Default)]
pub struct People {
    people: Vec<Person>,
    by_sign: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    /// By person, in the order of their days.
    memberships: HashMap<i64, Vec<Membership>>,
}

impl People {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let columns =
            (users::id, users::account, users::phone, users::name, users::role, users::group_id, users::disabled);
        let people: Vec<Person> = users::table.order(users::id).select(columns).load(conn)?;
        let mut all = Self::default();
        for (at, person) in people.iter().enumerate() {
            all.by_sign.insert(person.account.clone(), at);
            if let Some(phone) = &person.phone {
                all.by_sign.insert(phone.clone(), at);
            }
            all.by_name.entry(normal(&person.name)).or_default().push(at);
        }
        all.people = people;
        let order = memberships::table.order((memberships::valid_from, memberships::id));
        for one in order.select(Membership::as_select()).load::<Membership>(conn)? {
            all.memberships.entry(one.user_id).or_default().push(one);
        }
        Ok(all)
    }
    /// By what somebody signs in with: account or phone.
    pub fn signed(&self, sign: &str) -> Option<&Person> {
        self.by_sign.get(&sign.to_lowercase()).map(|at| &self.people[*at])
    }
    /// The person of a row: by account, else phone, else name among those who `fit`.
    fn of_row(&self, row: &Row, fits: impl Fn(&Person) -> bool) -> Found<&Person> {
        let (account, phone, name) = (row.code("account"), row.code("phone"), row.text("cadre"));
        let found: Vec<&Person> = if !account.is_empty() || !phone.is_empty() {
            let sign = if account.is_empty() { phone } else { account };
            vec![self.signed(&sign).ok_or_else(|| format!("没有账号或手机号为“{sign}”的人"))?]
        } else if name.is_empty() {
            return Err("没有填写包联干部".into());
        } else if let Some(person) = self.signed(&name) {
            vec![person]
        } else {
            let named = self.by_name.get(&normal(&name)).into_iter().flatten().map(|at| &self.people[*at]);
            named.filter(|one| fits(one)).collect()
        };
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(format!("没有叫“{name}”的包联干部，请写账号或手机号")),
            _ => Err(format!("叫“{name}”的不止一人，请写账号、手机号或工作组")),
        }
    }
    /// The cadre of a row, within the group if one is named.
    pub fn cadre(&self, row: &Row, group_id: Option<i64>) -> Found<&Person> {
        let is_in = |one: &Person| one.group_id.is_some() && (group_id.is_none() || one.group_id == group_id);
        let person = self.of_row(row, is_in)?;
        if person.disabled {
            return Err(format!("{} 的账号已停用", person.name));
        }
        if !person.is_cadre() {
            return Err(format!("{} 不是工作组的包联干部", person.name));
        }
        if group_id.is_some() && person.group_id != group_id {
            return Err(format!("{} 不属于这个工作组", person.name));
        }
        Ok(person)
    }
    /// Who made a visit on a day, and in which group then: history has people who have left since.
    pub fn visitor(&self, row: &Row, on: NaiveDate) -> Found<(&Person, i64)> {
        let person = self.of_row(row, |one| self.group_on(one, on).is_some())?;
        match self.group_on(person, on) {
            Some(group_id) => Ok((person, group_id)),
            None if self.memberships.contains_key(&person.id) => Err(format!("{} 在 {on} 已不在工作组", person.name)),
            None => Err(format!("{} 不是工作组的包联干部", person.name)),
        }
    }
    /// The group of a day; of one before the first that is kept, that one, because the work is older than the account.
    fn group_on(&self, person: &Person, on: NaiveDate) -> Option<i64> {
        match self.memberships.get(&person.id) {
            Some(all) => {
                let lasts = |one: &&Membership| one.valid_until.is_none_or(|until| on < until);
                all.iter().find(lasts).map(|one| one.group_id)
            }
            None => person.group_id.filter(|_| person.is_cadre()),
        }
    }
    /// Whether somebody of this account, phone or name belongs to the group.
    pub fn is_in_group(&self, text: &str, group_id: i64) -> bool {
        let named = self.by_name.get(&normal(text)).into_iter().flatten().map(|at| &self.people[*at]);
        self.signed(text).into_iter().chain(named).any(|person| person.group_id == Some(group_id))
    }
}

#[derive(Debug, Clone)]
pub struct Company {
    pub id: i64,
    pub name: String,
    pub area_id: i64,
    pub has_code: bool,
    pub ended: bool,
}

#[derive(Default)]
pub struct Companies {
    companies: Vec<Company>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Companies {
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut all = Self::default();
        let mut after = 0;
        loop {
            type Line = (i64, String, Option<String>, i64, Option<chrono::NaiveDate>);
            let block: Vec<Line> = enterprises::table
                .filter(enterprises::id.gt(after))
                .order(enterprises::id)
                .limit(10_000)
                .select((
                    enterprises::id,
                    enterprises::name,
                    enterprises::usci,
                    enterprises::area_id,
                    enterprises::valid_until,
                ))
                .load(conn)?;
            let Some(last) = block.last() else { return Ok(all) };
            after = last.0;
            for (id, name, code, area_id, until) in block {
                let company = Company { id, name, area_id, has_code: code.is_some(), ended: until.is_some() };
                all.add(company, code.as_deref());
            }
        }
    }
    pub fn add(&mut self, company: Company, code: Option<&str>) {
        let at = self.companies.len();
        if let Some(code) = code {
            self.by_code.insert(code.to_owned(), at);
        }
        self.by_name.entry(normal(&company.name)).or_default().push(at);
        self.companies.push(company);
    }
    pub fn coded(&self, code: &str) -> Option<&Company> {
        self.by_code.get(code).map(|at| &self.companies[*at])
    }
    /// Valid companies of this name, of one area if it is given.
    pub fn named(&self, name: &str, area_id: Option<i64>) -> Vec<&Company> {
        let all = self.by_name.get(&normal(name)).into_iter().flatten().map(|at| &self.companies[*at]);
        all.filter(|one| !one.ended && area_id.is_none_or(|area| area == one.area_id)).collect()
    }
    /// The company that a row names by code, else by name; `None` when nobody knows it.
    pub fn of_row(&self, row: &Row, name: &str, area_id: Option<i64>) -> Found<Option<&Company>> {
        let code = row.code("usci");
        if !code.is_empty() {
            let code = Usci::parse(&code).map_err(|error| error.to_string())?;
            if let Some(company) = self.coded(code.as_str()) {
                return Ok(Some(company));
            }
        }
        if name.is_empty() {
            return Ok(None);
        }
        let here = self.named(name, area_id);
        let found = if here.is_empty() { self.named(name, None) } else { here };
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            many => Err(format!("叫“{name}”的企业有 {} 家，请写统一社会信用代码或区县", many.len())),
        }
    }
    /// As `of_row`, for kinds that need a company that is known.
    pub fn known(&self, row: &Row) -> Found<&Company> {
        let name = row.text("enterprise");
        let found = self.of_row(row, &name, None)?;
        let shown = if name.is_empty() { row.code("usci") } else { name };
        match found {
            _ if shown.is_empty() => Err("没有填写企业".into()),
            None => Err(format!("没有企业“{shown}”，请先导入企业")),
            Some(one) if one.ended => Err(format!("企业“{}”已停止使用", one.name)),
            Some(one) => Ok(one),
        }
    }
}
