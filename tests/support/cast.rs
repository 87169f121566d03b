//! Who and what is in the small city: two areas, two units, two groups, two companies and the people around them.
use super::city::day;
use diesel::prelude::*;
use std::sync::LazyLock;
use zhuqi::{
    access::Role,
    account::{User, membership, password},
    db::Conn,
    directory::{self, Area, Category, Group, Unit},
    error::Result,
    issue::workflow::Level,
    on_each_engine,
    schema::*,
    search,
    time::Time,
};

pub const CITY: i64 = 1;
pub const ERQI: i64 = 2;
/// Has no national code.
pub const ZHENGDONG: i64 = 3;
/// Of the city.
pub const FINANCE: i64 = 1;
/// Of Erqi.
pub const HOUSING: i64 = 2;
/// Covers `MILL`, in Erqi.
pub const GROUP_ONE: i64 = 1;
/// Covers `FOUNDRY`, in Zhengdong.
pub const GROUP_TWO: i64 = 2;
pub const MILL: i64 = 1;
pub const FOUNDRY: i64 = 2;
pub const CATEGORY_FINANCING: i64 = 1;
pub const CATEGORY_UTILITIES: i64 = 4;
/// Of every account of the cast.
pub const PASSWORD: &str = "Test-city-2026";

/// (account, name, role, area, group, unit, company)
type Person = (&'static str, &'static str, Option<Role>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

pub const CAST: &[Person] = &[
    ("city1", "李市办", Some(Role::Dispatcher), Some(CITY), None, None, None),
    ("city2", "王市办", Some(Role::Dispatcher), Some(CITY), None, None, None),
    ("erqi", "赵二七", Some(Role::Dispatcher), Some(ERQI), None, None, None),
    ("zhengdong", "钱郑东", Some(Role::Dispatcher), Some(ZHENGDONG), None, None, None),
    ("lead1", "孙组长", Some(Role::GroupLeader), Some(ERQI), Some(GROUP_ONE), None, None),
    ("lead2", "吴组长", Some(Role::GroupLeader), Some(ZHENGDONG), Some(GROUP_TWO), None, None),
    ("cadre1", "周包联", Some(Role::Cadre), Some(ERQI), Some(GROUP_ONE), None, None),
    ("cadre2", "郑包联", Some(Role::Cadre), Some(ZHENGDONG), Some(GROUP_TWO), None, None),
    ("finance", "冯财政", Some(Role::Handler), Some(CITY), None, Some(FINANCE), None),
    ("housing", "陈住建", Some(Role::Handler), Some(ERQI), None, Some(HOUSING), None),
    ("leader", "褚领导", Some(Role::Leader), Some(ERQI), None, None, None),
    ("callback", "卫回访", Some(Role::CallbackAgent), Some(CITY), None, None, None),
    ("mill", "蒋纺织", Some(Role::Enterprise), None, None, None, Some(MILL)),
    ("foundry", "沈铸造", Some(Role::Enterprise), None, None, None, Some(FOUNDRY)),
    ("sysadmin", "韩系统", Some(Role::Sysadmin), None, None, None, None),
    ("secadmin", "杨安全", Some(Role::Secadmin), None, None, None, None),
    ("auditadmin", "朱审计", Some(Role::Auditadmin), None, None, None, None),
    ("nobody", "秦未授", None, Some(ERQI), None, None, None),
];

/// The id of an account of the cast.
pub fn id_of(account: &str) -> i64 {
    let at = CAST.iter().position(|person| person.0 == account);
    at.unwrap_or_else(|| panic!("no {account} in the cast")) as i64 + 1
}

static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| password::hash(PASSWORD).expect("hashes"));

pub fn fill(conn: &mut Conn) -> Result<()> {
    let from = day("2021-08-01");
    let area = |id, parent_id, name: &str, gb_code: Option<&str>, number_code: &str| Area {
        id,
        parent_id,
        name: name.into(),
        short_name: name.into(),
        kind: if parent_id.is_none() { "市" } else { "区" }.into(),
        gb_code: gb_code.map(Into::into),
        number_code: number_code.into(),
        position: id,
        valid_from: from,
        valid_until: None,
    };
    let unit = |id, name: &str, area_id| Unit {
        id,
        name: name.into(),
        area_id,
        valid_from: from,
        valid_until: None,
        version: 1,
    };
    let group = |id, name: &str, level, area_id, lead| Group {
        id,
        name: name.into(),
        level,
        area_id,
        lead_unit_id: lead,
        valid_from: from,
        valid_until: None,
        version: 1,
    };
    let category = |id, code: &str, name: &str, word: &str| Category {
        id,
        parent_id: None,
        code: code.into(),
        name: name.into(),
        word: word.into(),
        default_lead_unit: String::new(),
        valid_until: None,
    };
    let areas = vec![
        area(CITY, None, "郑州市", Some("410100"), "410100"),
        area(ERQI, Some(CITY), "二七区", Some("410103"), "410103"),
        area(ZHENGDONG, Some(CITY), "郑东新区", None, "4101ZD"),
    ];
    let units = vec![unit(FINANCE, "市财政局", CITY), unit(HOUSING, "二七区住建局", ERQI)];
    let groups = vec![
        group(GROUP_ONE, "二七区第一工作组", Level::County, ERQI, Some(HOUSING)),
        group(GROUP_TWO, "市财政局驻郑东工作组", Level::City, ZHENGDONG, Some(FINANCE)),
    ];
    let categories = vec![
        category(CATEGORY_FINANCING, "01", "融资信贷", "financing"),
        category(CATEGORY_UTILITIES, "04", "水电气暖网", "utilities"),
        category(16, "99", "其他", "other"),
    ];
    on_each_engine!(conn, c => {
        diesel::insert_into(areas::table).values(&areas).execute(c)?;
        diesel::insert_into(units::table).values(&units).execute(c)?;
        diesel::insert_into(groups::table).values(&groups).execute(c)?;
        diesel::insert_into(categories::table).values(&categories).execute(c)?;
    });
    for (id, name, usci, area_id) in [
        (MILL, "郑州砺衡纺织有限公司", "91350100M000100Y43", ERQI),
        (FOUNDRY, "河南澄川铸造股份有限公司", "91410000170001401D", ZHENGDONG),
    ] {
        use enterprises as e;
        diesel::insert_into(e::table)
            .values((
                (e::id.eq(id), e::name.eq(name), e::usci.eq(usci), e::area_id.eq(area_id)),
                (e::township.eq(""), e::park.eq(""), e::industry.eq("C"), e::above_scale.eq("industry")),
                (e::size.eq("medium"), e::tags.eq(""), e::contact_name.eq("联系人"), e::standing.eq("normal")),
                (e::contact_phone.eq(format!("1380000000{id}")), e::valid_from.eq(from), e::version.eq(1)),
            ))
            .execute(conn)?;
        search::index_enterprise(conn, id, name, usci)?;
    }
    let people: Vec<User> = CAST.iter().map(user).collect();
    for person in &people {
        diesel::insert_into(users::table).values(person).execute(conn)?;
    }
    membership::begin(conn, &people)?;
    for (id, enterprise_id, cadre, group_id) in [(1, MILL, "cadre1", GROUP_ONE), (2, FOUNDRY, "cadre2", GROUP_TWO)] {
        use assignments as a;
        diesel::insert_into(a::table)
            .values((
                (a::id.eq(id), a::enterprise_id.eq(enterprise_id), a::cadre_id.eq(id_of(cadre))),
                (a::group_id.eq(group_id), a::leader.eq("褚领导"), a::valid_from.eq(from)),
            ))
            .execute(conn)?;
    }
    directory::changed(conn)
}

fn user((account, name, role, area_id, group_id, unit_id, enterprise_id): &Person) -> User {
    let id = id_of(account);
    User {
        id,
        account: (*account).into(),
        phone: Some(format!("139000000{id:02}")),
        name: (*name).into(),
        password_hash: PASSWORD_HASH.clone(),
        must_change_password: false,
        role: *role,
        area_id: *area_id,
        group_id: *group_id,
        unit_id: *unit_id,
        enterprise_id: *enterprise_id,
        failures: 0,
        locked_until: Time(0),
        disabled: false,
        valid_from: day("2021-08-01"),
        valid_until: None,
        version: 1,
    }
}
