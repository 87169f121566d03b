//! The companies of the city, each with its group and its cadre.
use super::{
    city::{Assigned, COMPANIES},
    companies, names, units,
};
use crate::{
    directory::{Area, Group},
    enterprise::{AboveScale, Enterprise, Size, Standing},
    error::{Error, Result},
    key,
    time::Time,
    usci::Usci,
};
use chrono::NaiveDate;
use rand::{Rng, rngs::StdRng};

pub(super) fn companies_of(
    scale: usize,
    areas: &[Area],
    groups: &[Group],
    plans: &[units::Group],
    of_group: &[Vec<usize>],
    on: NaiveDate,
    at: Time,
) -> Result<Vec<Assigned>> {
    let city_groups: Vec<usize> = (0..plans.len()).filter(|index| plans[*index].area.is_none()).collect();
    let mut turn = vec![0usize; areas.len()];
    let mut city_turn = 0usize;
    let mut within = vec![0usize; groups.len()];
    (0..COMPANIES * scale)
        .map(|n| {
            let company = companies::company(n as u64);
            let area = company.area;
            // One of nine is looked after by a city-level group.
            let group = if n % 9 == 4 {
                city_turn += 1;
                city_groups[city_turn % city_groups.len()]
            } else {
                let of_area: Vec<usize> = (0..plans.len()).filter(|index| plans[*index].area == Some(area)).collect();
                turn[area] += 1;
                of_area[turn[area] % of_area.len()]
            };
            let cadre = of_group[group][within[group] % of_group[group].len()];
            within[group] += 1;
            let usci = Usci::generate(n as u64);
            let enterprise = Enterprise {
                id: key::fresh(at),
                name: company.name.clone(),
                usci: Some(usci.to_string()),
                area_id: areas[area].id,
                township: units::townships(area)[company.township_index].to_owned(),
                park: company.park_index.map_or(String::new(), |park| units::parks(area)[park].to_owned()),
                industry: company.industry.to_string(),
                above_scale: AboveScale::parse(company.above_scale)
                    .ok_or_else(|| Error::internal(format!("above scale {}", company.above_scale)))?,
                above_scale_year: Some(2020),
                size: Size::parse(company.size).ok_or_else(|| Error::internal(format!("size {}", company.size)))?,
                tags: company.tags.join("、"),
                contact_name: contact(n),
                contact_phone: names::phone(50_000 + n as u64),
                standing: Standing::Normal,
                quiet_from: None,
                quiet_until: None,
                valid_from: on,
                valid_until: None,
                version: 1,
            };
            Ok(Assigned { enterprise, area, group_id: groups[group].id, cadre })
        })
        .collect()
}

/// 何女士, 赵先生: a company's contact as it is called on the telephone.
fn contact(n: usize) -> String {
    use rand::SeedableRng;
    let mut rng = StdRng::seed_from_u64(n as u64);
    let surname: String = names::person(&mut rng).chars().take(1).collect();
    format!("{surname}{}", if rng.random_bool(0.5) { "女士" } else { "先生" })
}
