//! What a new city starts with: its areas, the campaign's categories of problems, the official calendar and the deadline
//! templates. All of it can be edited afterwards.
use crate::{
    calendar::shanghai_date,
    db::{Conn, Db},
    directory::{self, Area, Category},
    error::Result,
    issue::respan,
    key, record, rules,
    schema::{areas, categories},
    sign,
    time::Time,
};
use chrono::NaiveDate;
use diesel::prelude::*;

#[derive(serde::Deserialize)]
struct AreasFile {
    city: CityFile,
    areas: Vec<AreaFile>,
}
#[derive(serde::Deserialize)]
struct CityFile {
    gb_code: String,
    name: String,
}
#[derive(serde::Deserialize)]
struct AreaFile {
    name: String,
    short_name: String,
    kind: String,
    gb_code: Option<String>,
    stat_code: Option<String>,
}
#[derive(serde::Deserialize)]
struct CategoryFile {
    code: String,
    name: String,
    id: String,
    default_lead_unit: String,
}

/// The areas of the city as the repository's data have them: the city first.
pub fn areas(on: NaiveDate, at: Time) -> Result<Vec<Area>> {
    let file: AreasFile = serde_json::from_str(include_str!("area/areas.json"))?;
    let city = Area {
        id: key::fresh(at),
        parent_id: None,
        short_name: file.city.name.clone(),
        name: file.city.name,
        kind: "市".into(),
        number_code: file.city.gb_code.clone(),
        gb_code: Some(file.city.gb_code),
        position: 0,
        valid_from: on,
        valid_until: None,
    };
    let parent_id = Some(city.id);
    let mut all = vec![city];
    for (index, one) in file.areas.into_iter().enumerate() {
        all.push(Area {
            id: key::fresh(at),
            parent_id,
            short_name: one.short_name,
            // 郑东新区 has no code of the nation's; issue numbers use 4101ZD.
            number_code: one.gb_code.clone().or(one.stat_code).unwrap_or_else(|| "4101ZD".into()),
            gb_code: one.gb_code,
            name: one.name,
            kind: one.kind,
            position: index as i64 + 1,
            valid_from: on,
            valid_until: None,
        });
    }
    Ok(all)
}

pub fn categories(at: Time) -> Result<Vec<Category>> {
    let file: Vec<CategoryFile> = serde_json::from_str(include_str!("issue/categories.json"))?;
    Ok(file
        .into_iter()
        .map(|one| Category {
            id: key::fresh(at),
            parent_id: None,
            code: one.code,
            name: one.name,
            word: one.id,
            default_lead_unit: one.default_lead_unit,
            valid_until: None,
        })
        .collect())
}

/// Brings the schema to this version and fills an empty database; returns the migrations done.
pub fn prepare(db: &Db) -> Result<Vec<String>> {
    let done = db.migrate()?;
    db.write_blocking(|conn| {
        rules::query::seed(conn)?;
        seed(conn)
    })?;
    // A city that is older than the signs of false closure, or than their rule, gets those of its past.
    if done.iter().any(|step| step.ends_with("_signs")) {
        db.write_long(sign::rebuild::rebuild)?;
    }
    respan::if_outdated(db)?;
    record::adopt::adopt(db, Time::system())?;
    Ok(done)
}

fn seed(conn: &mut Conn) -> Result<()> {
    let now = Time::system();
    if areas::table.count().get_result::<i64>(conn)? == 0 {
        for area in areas(shanghai_date(now), now)? {
            diesel::insert_into(areas::table).values(&area).execute(conn)?;
        }
        directory::changed(conn)?;
    }
    if categories::table.count().get_result::<i64>(conn)? == 0 {
        for category in categories(now)? {
            diesel::insert_into(categories::table).values(&category).execute(conn)?;
        }
        directory::changed(conn)?;
    }
    Ok(())
}
