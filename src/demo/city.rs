//! The city itself: areas, units, groups, people, companies and who is assigned to whom.
use super::{assigned, names, units};
use crate::{
    access::Role,
    account::User,
    directory::{Area, Category, Group, Unit},
    enterprise::Enterprise,
    error::{Error, Result},
    issue::workflow::Level,
    key, start,
    time::Time,
};
use chrono::NaiveDate;
use rand::rngs::StdRng;
use std::collections::HashMap;

pub const COMPANIES: usize = 12_327;
pub const CADRES: usize = 5_084;
const HANDLERS_PER_UNIT: usize = 2;
const COMPANY_ACCOUNTS: usize = 120;

/// One who acts in histories: id and 单位 姓名.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub unit_id: Option<i64>,
}

pub struct Assigned {
    pub enterprise: Enterprise,
    /// Position of the area; index into `City::areas`.
    pub area: usize,
    pub group_id: i64,
    /// Index into `City::cadres`.
    pub cadre: usize,
}

pub struct City {
    pub area: Area,
    pub areas: Vec<Area>,
    pub units: Vec<Unit>,
    pub groups: Vec<Group>,
    pub categories: Vec<Category>,
    pub users: Vec<User>,
    pub cadres: Vec<Person>,
    /// Leaders of groups, as `groups`.
    pub leaders: Vec<Person>,
    pub handlers: HashMap<i64, Vec<Person>>,
    /// Two of each area's office.
    pub offices: Vec<Vec<Person>>,
    pub city_office: Vec<Person>,
    pub callback_agents: Vec<Person>,
    pub companies: Vec<Assigned>,
    pub unit_by_name: HashMap<String, i64>,
    /// (role, account) of the first of each role, for the sign-in page.
    pub shown: Vec<(String, String)>,
}

/// Makes accounts; the first of each role gets a name that is easy to type.
struct People<'a> {
    rng: &'a mut StdRng,
    accounts: names::Accounts,
    users: Vec<User>,
    shown: Vec<(String, String)>,
    password_hash: String,
    on: NaiveDate,
    at: Time,
}

struct Place {
    area_id: Option<i64>,
    group_id: Option<i64>,
    unit_id: Option<i64>,
    enterprise_id: Option<i64>,
}

const NOWHERE: Place = Place { area_id: None, group_id: None, unit_id: None, enterprise_id: None };

impl People<'_> {
    fn open(&mut self, role: Role, home: &str, place: Place, fixed: Option<&str>) -> Person {
        let name = names::person(self.rng);
        let account = match fixed {
            Some(fixed) => {
                let label =
                    if home.is_empty() { role.label().to_owned() } else { format!("{}（{home}）", role.label()) };
                self.shown.push((label, fixed.to_owned()));
                fixed.to_owned()
            }
            None => self.accounts.give(&name),
        };
        let id = key::fresh(self.at);
        let phone = names::phone(self.users.len() as u64);
        self.users.push(User {
            id,
            account,
            phone: Some(phone),
            name: name.clone(),
            password_hash: self.password_hash.clone(),
            must_change_password: false,
            role: Some(role),
            area_id: place.area_id,
            group_id: place.group_id,
            unit_id: place.unit_id,
            enterprise_id: place.enterprise_id,
            failures: 0,
            locked_until: Time(0),
            disabled: false,
            valid_from: self.on,
            valid_until: None,
            version: 1,
        });
        Person { id, name: format!("{home} {name}").trim().to_owned(), unit_id: place.unit_id }
    }
}

impl City {
    /// `on`: the campaign's first day, from which everything is valid.
    pub fn build(rng: &mut StdRng, scale: usize, password_hash: &str, on: NaiveDate, at: Time) -> Result<Self> {
        let mut areas = start::areas(on, at)?;
        let city = areas.remove(0);
        let categories = start::categories(at)?;
        let unit = |name: String, area_id: i64| Unit {
            id: key::fresh(at),
            name,
            area_id,
            valid_from: on,
            valid_until: None,
            version: 1,
        };
        let mut all_units: Vec<Unit> = units::city_units().into_iter().map(|one| unit(one.name, city.id)).collect();
        for (index, area) in areas.iter().enumerate() {
            all_units.extend(units::county_units(index).into_iter().map(|one| unit(one.name, area.id)));
        }
        let unit_by_name: HashMap<String, i64> = all_units.iter().map(|one| (one.name.clone(), one.id)).collect();
        let plans = units::groups();
        let groups: Vec<Group> = plans
            .iter()
            .map(|plan| Group {
                id: key::fresh(at),
                name: plan.name.clone(),
                level: if plan.area.is_some() { Level::County } else { Level::City },
                area_id: plan.area.map_or(city.id, |area| areas[area].id),
                lead_unit_id: unit_by_name.get(&plan.lead_unit).copied(),
                valid_from: on,
                valid_until: None,
                version: 1,
            })
            .collect();

        let mut people = People {
            rng,
            accounts: names::Accounts::new(),
            users: Vec::new(),
            shown: Vec::new(),
            password_hash: password_hash.to_owned(),
            on,
            at,
        };
        let in_area = |id: i64| Place { area_id: Some(id), ..NOWHERE };
        let city_office = (0..4)
            .map(|n| {
                let fixed = ["dispatcher", "dispatcher2"].get(n).copied();
                people.open(Role::Dispatcher, "市助企办", in_area(city.id), fixed)
            })
            .collect();
        let offices = areas
            .iter()
            .enumerate()
            .map(|(index, area)| {
                let home = format!("{}助企办", area.short_name);
                (0..2)
                    .map(|n| {
                        let fixed = (index == 0).then(|| ["county", "county2"][n]);
                        people.open(Role::Dispatcher, &home, in_area(area.id), fixed)
                    })
                    .collect()
            })
            .collect();
        for n in 0..3 {
            people.open(Role::Leader, "郑州市", in_area(city.id), (n == 0).then_some("leader"));
        }
        for area in &areas {
            people.open(Role::Leader, &area.short_name, in_area(area.id), None);
        }
        let callback_agents = (0..4)
            .map(|n| people.open(Role::CallbackAgent, "市助企办", in_area(city.id), (n == 0).then_some("callback")))
            .collect();
        let mut handlers: HashMap<i64, Vec<Person>> = HashMap::new();
        for (index, one) in all_units.iter().enumerate() {
            for n in 0..HANDLERS_PER_UNIT {
                let place = Place { unit_id: Some(one.id), area_id: Some(one.area_id), ..NOWHERE };
                let fixed = match (index, n) {
                    (3, 0) => Some("handler"),
                    _ => None,
                };
                let handler = people.open(Role::Handler, &one.name, place, fixed);
                handlers.entry(one.id).or_default().push(handler);
            }
        }
        let mut leaders = Vec::new();
        let mut cadres = Vec::new();
        let mut of_group: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
        for (index, group) in groups.iter().enumerate() {
            let place = Place { group_id: Some(group.id), ..NOWHERE };
            let fixed = (index == CITY_GROUP_SHOWN).then_some("group");
            leaders.push(people.open(Role::GroupLeader, &group.name, place, fixed));
        }
        for n in 0..CADRES - groups.len() {
            let index = n % groups.len();
            let place = Place { group_id: Some(groups[index].id), ..NOWHERE };
            let fixed = (n == CITY_GROUP_SHOWN).then_some("cadre");
            of_group[index].push(cadres.len());
            cadres.push(people.open(Role::Cadre, &groups[index].name, place, fixed));
        }

        let companies = assigned::companies_of(scale, &areas, &groups, &plans, &of_group, on, at)?;
        for (n, one) in companies.iter().take(COMPANY_ACCOUNTS).enumerate() {
            let place = Place { enterprise_id: Some(one.enterprise.id), ..NOWHERE };
            people.open(Role::Enterprise, &one.enterprise.name, place, (n == 0).then_some("enterprise"));
        }
        for (role, fixed) in
            [(Role::Sysadmin, "sysadmin"), (Role::Secadmin, "secadmin"), (Role::Auditadmin, "auditadmin")]
        {
            people.open(role, "", NOWHERE, Some(fixed));
        }
        let (users, shown) = (people.users, people.shown);
        Ok(Self {
            area: city,
            areas,
            units: all_units,
            groups,
            categories,
            users,
            cadres,
            leaders,
            handlers,
            offices,
            city_office,
            callback_agents,
            companies,
            unit_by_name,
            shown,
        })
    }

    pub fn category(&self, word: &str) -> Result<i64> {
        let found = self.categories.iter().find(|one| one.word == word);
        found.map(|one| one.id).ok_or_else(|| Error::internal(format!("no category {word}")))
    }
}

/// The group whose leader and cadre stand on the sign-in page: the first of an area.
const CITY_GROUP_SHOWN: usize = units::CITY_GROUPS;
