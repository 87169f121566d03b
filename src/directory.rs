//! Areas, units, groups, categories and rules: small tables that nearly every page needs. Read once and kept until
//! somebody changes them; the version is a row of the database, so every instance notices.
use crate::{
    access::{Reach, Scope},
    db::Conn,
    error::Result,
    rules::{self, Rules},
    schema::*,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = areas, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Area {
    pub id: i64,
    /// None: the city.
    pub parent_id: Option<i64>,
    pub name: String,
    pub short_name: String,
    pub kind: String,
    pub gb_code: Option<String>,
    /// Six characters in issue numbers: 410105, 4101ZD.
    pub number_code: String,
    pub position: i64,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = units, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Unit {
    pub id: i64,
    pub name: String,
    pub area_id: i64,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = groups, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Group {
    pub id: i64,
    pub name: String,
    pub level: crate::issue::workflow::Level,
    pub area_id: i64,
    pub lead_unit_id: Option<i64>,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = categories, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Category {
    pub id: i64,
    pub parent_id: Option<i64>,
    pub code: String,
    pub name: String,
    /// The English identifier of the top categories, empty for what the office added.
    pub word: String,
    pub default_lead_unit: String,
    pub valid_until: Option<NaiveDate>,
}

#[derive(Debug)]
pub struct Directory {
    pub areas: Vec<Area>,
    pub units: Vec<Unit>,
    pub groups: Vec<Group>,
    pub categories: Vec<Category>,
    area_names: HashMap<i64, usize>,
    unit_names: HashMap<i64, usize>,
    group_names: HashMap<i64, usize>,
    category_places: HashMap<i64, usize>,
    /// (id, name) for the select boxes of every list.
    pub choices: Choices,
    /// Calendar and deadline templates, all versions.
    pub rules: Arc<Rules>,
}

#[derive(Debug, Default)]
pub struct Choices {
    pub areas: Vec<(String, String)>,
    pub groups: Vec<(String, String)>,
    pub units: Vec<(String, String)>,
    pub categories: Vec<(String, String)>,
}

impl Choices {
    fn of(directory: &Directory) -> Self {
        let pair = |id: i64, name: &str| (id.to_string(), name.to_owned());
        Self {
            areas: directory.districts().map(|one| pair(one.id, &one.short_name)).collect(),
            groups: directory.groups.iter().map(|one| pair(one.id, &one.name)).collect(),
            units: directory.units.iter().map(|one| pair(one.id, &one.name)).collect(),
            categories: directory.top_categories().map(|one| pair(one.id, &one.name)).collect(),
        }
    }
}

/// A version names one content for ever, so this cache is right for any number of databases.
static KEPT: Mutex<VecDeque<(String, Arc<Directory>)>> = Mutex::new(VecDeque::new());
const KEPT_MOST: usize = 8;
pub const VERSION: &str = "directory_version";

pub fn current(conn: &mut Conn) -> Result<Arc<Directory>> {
    let version: Option<String> = settings::table.find(VERSION).select(settings::value).first(conn).optional()?;
    let Some(version) = version else {
        return Ok(Arc::new(Directory::load(conn)?));
    };
    if let Ok(kept) = KEPT.lock()
        && let Some((_, directory)) = kept.iter().find(|(v, _)| *v == version)
    {
        return Ok(directory.clone());
    }
    let directory = Arc::new(Directory::load(conn)?);
    if let Ok(mut kept) = KEPT.lock() {
        kept.truncate(KEPT_MOST - 1);
        kept.push_front((version, directory.clone()));
    }
    Ok(directory)
}

/// To be called in the transaction that changes one of these tables.
pub fn changed(conn: &mut Conn) -> Result<()> {
    set_setting(conn, VERSION, &uuid::Uuid::new_v4().to_string())
}

pub fn setting(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    Ok(settings::table.find(name).select(settings::value).first(conn).optional()?)
}

pub fn set_setting(conn: &mut Conn, name: &str, value: &str) -> Result<()> {
    let updated = diesel::update(settings::table.find(name)).set(settings::value.eq(value)).execute(conn)?;
    if updated == 0 {
        diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .execute(conn)?;
    }
    Ok(())
}

fn by_id<T>(rows: &[T], id: impl Fn(&T) -> i64) -> HashMap<i64, usize> {
    rows.iter().enumerate().map(|(index, row)| (id(row), index)).collect()
}

impl Directory {
    fn load(conn: &mut Conn) -> Result<Self> {
        let areas = areas::table.order((areas::position, areas::id)).select(Area::as_select()).load(conn)?;
        let units = units::table.order(units::id).select(Unit::as_select()).load(conn)?;
        let groups = groups::table.order(groups::id).select(Group::as_select()).load(conn)?;
        let categories = categories::table.order(categories::code).select(Category::as_select()).load(conn)?;
        let mut directory = Self {
            area_names: by_id(&areas, |row| row.id),
            unit_names: by_id(&units, |row| row.id),
            group_names: by_id(&groups, |row| row.id),
            category_places: by_id(&categories, |row| row.id),
            areas,
            units,
            groups,
            categories,
            choices: Choices::default(),
            rules: rules::query::load(conn)?,
        };
        directory.choices = Choices::of(&directory);
        Ok(directory)
    }
    pub fn area(&self, id: i64) -> Option<&Area> {
        self.area_names.get(&id).map(|index| &self.areas[*index])
    }
    pub fn unit(&self, id: i64) -> Option<&Unit> {
        self.unit_names.get(&id).map(|index| &self.units[*index])
    }
    pub fn group(&self, id: i64) -> Option<&Group> {
        self.group_names.get(&id).map(|index| &self.groups[*index])
    }
    pub fn category(&self, id: i64) -> Option<&Category> {
        self.category_places.get(&id).map(|index| &self.categories[*index])
    }
    /// Short names for tables; empty where there is none, as blank is blank.
    pub fn area_name(&self, id: i64) -> &str {
        self.area(id).map_or("", |area| area.short_name.as_str())
    }
    pub fn unit_name(&self, id: Option<i64>) -> &str {
        id.and_then(|id| self.unit(id)).map_or("", |unit| unit.name.as_str())
    }
    pub fn group_name(&self, id: Option<i64>) -> &str {
        id.and_then(|id| self.group(id)).map_or("", |group| group.name.as_str())
    }
    pub fn category_name(&self, id: Option<i64>) -> &str {
        id.and_then(|id| self.category(id)).map_or("", |category| category.name.as_str())
    }
    pub fn city(&self) -> Option<&Area> {
        self.areas.iter().find(|area| area.parent_id.is_none())
    }
    /// The city's areas, without the city itself and what lies below them.
    pub fn districts(&self) -> impl Iterator<Item = &Area> {
        let city = self.city().map(|area| area.id);
        self.areas.iter().filter(move |area| city.is_some() && area.parent_id == city)
    }
    /// Townships and streets below an area.
    pub fn below(&self, area_id: i64) -> impl Iterator<Item = &Area> {
        self.areas.iter().filter(move |area| area.parent_id == Some(area_id) && area.valid_until.is_none())
    }
    /// Those below all of the city's areas, or below one.
    pub fn below_districts(&self, own: Option<i64>) -> impl Iterator<Item = &Area> {
        let districts = self.districts().filter(move |area| own.is_none_or(|id| id == area.id));
        districts.flat_map(|area| self.below(area.id))
    }
    pub fn valid_units(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter().filter(|unit| unit.valid_until.is_none())
    }
    /// What a viewer of this scope may choose from.
    pub fn groups_within(&self, scope: Scope) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| match scope.reach() {
            Reach::Everything => true,
            Reach::Area(id) => group.area_id == id,
            Reach::Group(id) => group.id == id,
            _ => false,
        })
    }
    pub fn top_categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(|category| category.parent_id.is_none() && category.valid_until.is_none())
    }
    /// The category that figures count it for: the one above it, or itself.
    pub fn top_category_id(&self, id: i64) -> i64 {
        self.category(id).and_then(|category| category.parent_id).unwrap_or(id)
    }
    /// The category and those below it, ended ones too: issues keep the category they have.
    pub fn category_with_below(&self, id: i64) -> Vec<i64> {
        let below = self.categories.iter().filter(|category| category.parent_id == Some(id));
        std::iter::once(id).chain(below.map(|category| category.id)).collect()
    }
    /// (大类, 小类); the second is empty for a top category.
    pub fn category_names(&self, id: Option<i64>) -> (&str, &str) {
        match id.and_then(|id| self.category(id)) {
            Some(category) if category.parent_id.is_some() => (self.category_name(category.parent_id), &category.name),
            Some(category) => (&category.name, ""),
            None => ("", ""),
        }
    }
    /// 融资信贷 / 续贷.
    pub fn category_path(&self, id: Option<i64>) -> String {
        match self.category_names(id) {
            (top, "") => top.to_owned(),
            (top, below) => format!("{top} / {below}"),
        }
    }
    /// What a form offers: each valid top category, the valid ones below it behind it.
    pub fn category_choices(&self) -> Vec<(String, String)> {
        let valid_below = |top: i64| {
            self.categories
                .iter()
                .filter(move |category| category.parent_id == Some(top) && category.valid_until.is_none())
        };
        self.top_categories()
            .flat_map(|top| std::iter::once(top).chain(valid_below(top.id)))
            .map(|category| (category.id.to_string(), self.category_path(Some(category.id))))
            .collect()
    }
}
