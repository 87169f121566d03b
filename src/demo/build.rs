//! Builds the whole city in a few blocks of rows. The same seed, scale and last day give the same city.
use super::{
    city::City,
    clock,
    life::{Life, MainFacts, Origin, industry},
    names,
    plan::{Fate, Path, Plan, plan},
    texts::{Phrase, phrase},
};
use crate::{
    account, background,
    calendar::{shanghai_date, start_of_day},
    db::{Bulk, Db},
    directory,
    error::{Error, Result},
    insert_all,
    issue::{history, step::MainReply, submit, workflow::*},
    key, record,
    rules::{self, Reporting},
    schema::*,
    search, sign,
    time::Time,
};
use chrono::{Datelike, Days, NaiveDate};
use diesel::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::HashMap;

const VISITS: usize = 24_570;
const SYMPOSIUMS: usize = 9_493;
const SEED: u64 = 20_210_816;
/// The campaign has gone on for so many days on the last day.
const CAMPAIGN_DAYS: u64 = 297;
/// Histories put into the database at once.
const BLOCK: usize = 4_000;

#[derive(Clone, Insertable)]
#[diesel(table_name = visits)]
struct Visit {
    id: i64,
    enterprise_id: i64,
    cadre_id: i64,
    group_id: Option<i64>,
    area_id: i64,
    visited_on: NaiveDate,
    manner: String,
    companions: String,
    note: String,
    recorded_at: Time,
    voided_at: Time,
    void_reason: String,
    version: i64,
}

#[derive(Clone, Insertable)]
#[diesel(table_name = symposiums)]
struct Symposium {
    id: i64,
    topic: String,
    group_id: Option<i64>,
    area_id: i64,
    host_id: i64,
    held_on: NaiveDate,
    place: String,
    note: String,
    recorded_at: Time,
    voided_at: Time,
    void_reason: String,
    version: i64,
}

/// The first day of the campaign of a demo that ends on a day.
pub fn campaign_start(until: NaiveDate) -> NaiveDate {
    until - Days::new(CAMPAIGN_DAYS)
}

/// 18:00 of the last day: where the demo's clock stands.
pub fn last_moment(until: NaiveDate) -> Time {
    start_of_day(until).plus_minutes(18 * 60)
}

struct Builder {
    rng: StdRng,
    city: City,
    bulk: Bulk,
    now: Time,
    from: NaiveDate,
    until: NaiveDate,
}

/// Fills an empty database; returns the sign-in names to show: (role, account). They are not kept yet: the city is
/// finished when its past is sealed.
pub fn build(db: &Db, until: NaiveDate, scale: usize, password_hash: &str) -> Result<Vec<(String, String)>> {
    key::reproducible(|| {
        let from = campaign_start(until);
        let mut rng = StdRng::seed_from_u64(SEED);
        let city = City::build(&mut rng, scale, password_hash, from, start_of_day(from))?;
        let mut builder = Builder { rng, city, bulk: db.bulk()?, now: last_moment(until), from, until };
        builder.bulk.write(|conn| {
            directory::set_setting(conn, super::UNTIL, &until.to_string())?;
            directory::set_setting(conn, super::SCALE, &scale.to_string())
        })?;
        builder.insert_city()?;
        let mut plans = plan(&mut builder.rng, scale, builder.city.companies.len(), from, until);
        let origins = builder.insert_activity(&mut plans, scale)?;
        builder.insert_issues(&plans, &origins)?;
        builder.bulk.write(sign::rebuild::rebuild)?;
        let (mut shown, city_area_id) = (builder.city.shown.clone(), builder.city.area.id);
        builder.bulk.write(|conn| {
            super::shown::choose(conn, city_area_id, &mut shown)?;
            let reporting = Reporting { started_on: from, ..Reporting::default() };
            rules::query::save_reporting(conn, None, &reporting, "随演示城市建立", start_of_day(from))
        })?;
        drop(builder);
        // What is late by then was pressed for, and people have messages.
        background::ladder::climb(db, last_moment(until))?;
        record::adopt::adopt(db, last_moment(until))?;
        db.checkpoint()?;
        Ok(shown)
    })
}

impl Builder {
    fn insert_city(&mut self) -> Result<()> {
        let city = &self.city;
        self.bulk.write(|conn| {
            insert_all!(conn, areas, 10, &[&city.area][..]);
            let rows: Vec<_> = city.areas.iter().collect();
            insert_all!(conn, areas, 10, &rows[..]);
            let rows: Vec<_> = city.units.iter().collect();
            insert_all!(conn, units, 6, &rows[..]);
            let rows: Vec<_> = city.groups.iter().collect();
            insert_all!(conn, groups, 8, &rows[..]);
            let rows: Vec<_> = city.categories.iter().collect();
            insert_all!(conn, categories, 7, &rows[..]);
            rules::query::seed(conn)?;
            let rows: Vec<_> = city.companies.iter().map(|one| &one.enterprise).collect();
            insert_all!(conn, enterprises, 19, &rows[..]);
            let rows: Vec<_> = city.users.iter().collect();
            insert_all!(conn, users, 17, &rows[..]);
            account::membership::begin(conn, &city.users)?;
            let leaders: std::collections::HashMap<i64, &str> = city
                .users
                .iter()
                .filter(|user| user.role == Some(crate::access::Role::Leader))
                .filter_map(|user| user.area_id.map(|area| (area, user.name.as_str())))
                .collect();
            let rows: Vec<_> = city
                .companies
                .iter()
                .map(|one| {
                    (
                        assignments::id.eq(key::fresh(start_of_day(self.from))),
                        assignments::enterprise_id.eq(one.enterprise.id),
                        assignments::cadre_id.eq(city.cadres[one.cadre].id),
                        assignments::group_id.eq(one.group_id),
                        assignments::leader.eq(leaders.get(&one.enterprise.area_id).copied().unwrap_or_default()),
                        assignments::valid_from.eq(self.from),
                    )
                })
                .collect();
            for rows in rows.chunks(history::rows_at_once(6)) {
                crate::on_each_engine!(&mut *conn, c => diesel::insert_into(assignments::table).values(rows.to_vec()).execute(c))?;
            }
            let mut terms: Vec<(i64, i64)> = city
                .companies
                .iter()
                .flat_map(|one| {
                    let usci = one.enterprise.usci.as_deref().unwrap_or_default();
                    let text = search::normal_parts(&[&one.enterprise.name, usci]);
                    search::terms(&text).into_iter().map(|term| (term, one.enterprise.id)).collect::<Vec<_>>()
                })
                .collect();
            terms.sort_unstable();
            let rows: Vec<_> =
                terms.iter().map(|(term, doc)| (enterprise_terms::term.eq(term), enterprise_terms::doc.eq(doc))).collect();
            insert_all!(conn, enterprise_terms, 2, &rows[..]);
            Ok(())
        })
    }

    fn visit(&mut self, company: usize, at: Time, quiet: bool) -> Visit {
        let one = &self.city.companies[company];
        let companions = if self.rng.random_bool(0.3) { names::person(&mut self.rng) } else { String::new() };
        Visit {
            id: key::fresh(at),
            enterprise_id: one.enterprise.id,
            cadre_id: self.city.cadres[one.cadre].id,
            group_id: Some(one.group_id),
            area_id: one.enterprise.area_id,
            visited_on: shanghai_date(at),
            manner: "上门走访".into(),
            companions,
            note: phrase(&mut self.rng, if quiet { Phrase::VisitNoteQuiet } else { Phrase::VisitNote }),
            recorded_at: at,
            voided_at: Time::NEVER,
            void_reason: String::new(),
            version: 1,
        }
    }

    /// Visits and symposiums; returns where each planned problem came from.
    fn insert_activity(&mut self, plans: &mut [Plan], scale: usize) -> Result<Vec<Origin>> {
        let (visits_wanted, symposiums_wanted) = (VISITS * scale, SYMPOSIUMS * scale);
        let mut visits_made = Vec::with_capacity(visits_wanted);
        let mut symposiums_made: Vec<Symposium> = Vec::with_capacity(symposiums_wanted);
        let mut attended: Vec<(i64, i64)> = Vec::new();
        let mut origins = Vec::with_capacity(plans.len());
        for plan in plans.iter() {
            let at = plan.submitted_at;
            let on_site = plan.fate == Fate::Solved(Path::OnSite);
            let draw = if on_site { 0 } else { self.rng.random_range(0..100) };
            let mut origin = Origin { channel: Channel::Portal, visit_id: None, symposium_id: None };
            if draw < 58 {
                let visit = self.visit(plan.company, at.plus_minutes(-30), false);
                origin = Origin { channel: Channel::Visit, visit_id: Some(visit.id), symposium_id: None };
                visits_made.push(visit);
            } else if draw < 76 {
                let one = self.symposium(plan.company, at.plus_minutes(-60), &mut attended);
                origin = Origin { channel: Channel::Symposium, visit_id: None, symposium_id: Some(one.id) };
                symposiums_made.push(one);
            } else if draw < 82 {
                origin.channel = Channel::Hotline;
            }
            origins.push(origin);
        }
        let companies = self.city.companies.len();
        let mut n = 0;
        while visits_made.len() < visits_wanted {
            let on = clock::some_workday(&mut self.rng, self.from, self.until + Days::new(1));
            let at = clock::in_hours(&mut self.rng, on);
            visits_made.push(self.visit(n % companies, at, true));
            n += 1;
        }
        while symposiums_made.len() < symposiums_wanted {
            let on = clock::some_workday(&mut self.rng, self.from, self.until + Days::new(1));
            let at = clock::in_hours(&mut self.rng, on);
            let company = self.rng.random_range(0..companies);
            symposiums_made.push(self.symposium(company, at, &mut attended));
        }
        attended.sort_unstable();
        attended.dedup();
        self.bulk.write(|conn| {
            let rows: Vec<_> = visits_made.iter().collect();
            insert_all!(conn, visits, 13, &rows[..]);
            let rows: Vec<_> = symposiums_made.iter().collect();
            insert_all!(conn, symposiums, 12, &rows[..]);
            let rows: Vec<_> = attended
                .iter()
                .map(|(symposium, enterprise)| {
                    (
                        symposium_enterprises::symposium_id.eq(symposium),
                        symposium_enterprises::enterprise_id.eq(enterprise),
                    )
                })
                .collect();
            insert_all!(conn, symposium_enterprises, 2, &rows[..]);
            Ok(())
        })?;
        Ok(origins)
    }

    fn symposium(&mut self, company: usize, at: Time, attended: &mut Vec<(i64, i64)>) -> Symposium {
        let one = &self.city.companies[company];
        let (group_id, area_id, enterprise_id) = (one.group_id, one.enterprise.area_id, one.enterprise.id);
        let host = self.city.groups.iter().position(|group| group.id == group_id).unwrap_or(0);
        let id = key::fresh(at);
        attended.push((id, enterprise_id));
        for _ in 0..self.rng.random_range(1..4) {
            // Companies made one after the other are of other groups; a few guests are welcome.
            let guest = self.rng.random_range(0..self.city.companies.len());
            attended.push((id, self.city.companies[guest].enterprise.id));
        }
        Symposium {
            id,
            topic: phrase(&mut self.rng, Phrase::SymposiumTopic),
            group_id: Some(group_id),
            area_id,
            host_id: self.city.leaders[host].id,
            held_on: shanghai_date(at),
            place: phrase(&mut self.rng, Phrase::SymposiumPlace),
            note: phrase(&mut self.rng, Phrase::SymposiumNote),
            recorded_at: at,
            voided_at: Time::NEVER,
            void_reason: String::new(),
            version: 1,
        }
    }

    fn insert_issues(&mut self, plans: &[Plan], origins: &[Origin]) -> Result<()> {
        let mut serials: HashMap<(String, i64), i64> = HashMap::new();
        let mut block = Vec::with_capacity(BLOCK);
        // Problems that could take in a similar one, the newest last.
        let mut mains: Vec<MainFacts> = Vec::new();
        for (plan, origin) in plans.iter().zip(origins) {
            let area = &self.city.areas[self.city.companies[plan.company].area];
            let year = i64::from(shanghai_date(plan.submitted_at).year());
            let serial = serials.entry((area.number_code.clone(), year)).or_insert(0);
            *serial += 1;
            let number = submit::number(&area.number_code, year, *serial);
            let area_id = area.id;
            let industry = industry(&self.city.companies[plan.company]);
            let main = (plan.fate == Fate::Merged)
                .then(|| mains.iter().rev().find(|main| main.could_take_in(area_id, industry, plan.submitted_at)))
                .flatten();
            let fate = match (plan.fate, main) {
                // Nothing was open there that could be of the same matter: it is rejected instead.
                (Fate::Merged, None) => Fate::Rejected,
                (fate, _) => fate,
            };
            let (now, city, rng) = (self.now, &self.city, &mut self.rng);
            let mut tries = 0;
            let (history, topic) = loop {
                let mut life = Life::begin(rng, city, plan, number.clone(), origin, main, now)?;
                match life.run(fate, main) {
                    Ok(()) => break life.finish(),
                    // Some draws are too slow for the days left.
                    Err(_) if tries < 60 => tries += 1,
                    Err(error) => return Err(Error::internal(format!("{number} {fate:?}: {error}"))),
                }
            };
            let dossier = &history.dossier;
            if matches!(fate, Fate::Solved(path) if path != Path::OnSite) && dossier.issue.lead_unit_id.is_some() {
                mains.push(MainFacts {
                    id: dossier.issue.id,
                    number: number.clone(),
                    area_id,
                    topic,
                    approved_at: dossier.detail.approved_at,
                    closed_at: dossier.issue.closed_at,
                    reply: MainReply::of(&dossier.issue, &dossier.detail, ""),
                });
                if mains.len() > 2_000 {
                    mains.drain(..1_000);
                }
            }
            block.push(history);
            if block.len() == BLOCK {
                self.bulk.write(|conn| history::insert(conn, &block))?;
                block.clear();
            }
        }
        self.bulk.write(|conn| {
            history::insert(conn, &block)?;
            for ((area_code, year), last) in &serials {
                diesel::insert_into(issue_numbers::table)
                    .values((
                        issue_numbers::area_code.eq(area_code),
                        issue_numbers::year.eq(year),
                        issue_numbers::last.eq(last),
                    ))
                    .execute(conn)?;
            }
            Ok(())
        })
    }
}
