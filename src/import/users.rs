//! Accounts, opened without rights. Each new one has a random first password that is handed over once. The column of
//! roles is the security administrator's, who takes the same file in (`roles`).
use super::{
    Bad, Importer, Importing, Opened, Seen, Verdict,
    lookup::{Companies, People, Places},
    words,
};
use crate::{
    account::{User, password, roster},
    calendar::shanghai_date,
    db::Conn,
    error::Result,
    insert_all, key,
    record::{self, NewRecordEvent},
    schema::users,
    sheet::{Field, Row},
    time::Time,
};
use diesel::prelude::*;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub const FIELDS: &[Field] = &[
    Field { key: "account", heads: &["账号", "登录账号", "用户名", "登录名", "帐号"], required: false },
    Field { key: "name", heads: &["姓名", "干部姓名", "人员姓名", "名字"], required: true },
    Field {
        key: "phone", heads: &["手机号", "手机", "手机号码", "联系电话", "联系方式", "电话"], required: false
    },
    Field { key: "role", heads: &["角色", "系统角色", "岗位", "身份"], required: false },
    Field {
        key: "area",
        heads: &["辖区", "所属辖区", "所属区县", "区县", "县区", "县市区", "区县市"],
        required: false,
    },
    Field { key: "group", heads: &["工作组", "所属工作组", "工作组名称"], required: false },
    Field { key: "unit", heads: &["单位", "所属单位", "责任单位"], required: false },
    Field { key: "enterprise", heads: &["企业", "所属企业", "企业名称"], required: false },
    Field { key: "usci", heads: &["统一社会信用代码", "信用代码"], required: false },
];

/// Where a row says somebody belongs; `None` where the cell is blank.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Belongs {
    pub area_id: Option<i64>,
    pub group_id: Option<i64>,
    pub unit_id: Option<i64>,
    pub enterprise_id: Option<i64>,
}

impl Belongs {
    pub fn of(row: &Row, places: &Places, companies: &Companies) -> Result<Self, Bad> {
        let named = |key: &str, find: &dyn Fn(&str) -> Result<i64, Bad>| match row.text(key) {
            text if text.is_empty() => Ok(None),
            text => find(&text).map(Some),
        };
        let has_company = row.get("enterprise").is_some() || row.get("usci").is_some();
        Ok(Self {
            area_id: named("area", &|text| places.area(text))?,
            group_id: named("group", &|text| places.group(text))?,
            unit_id: named("unit", &|text| places.unit(text))?,
            enterprise_id: if has_company { Some(companies.known(row)?.id) } else { None },
        })
    }
    pub fn put(self, user: &mut User) {
        user.area_id = self.area_id.or(user.area_id);
        user.group_id = self.group_id.or(user.group_id);
        user.unit_id = self.unit_id.or(user.unit_id);
        user.enterprise_id = self.enterprise_id.or(user.enterprise_id);
    }
}

/// Account and phone of a row; an account that is not given is made of the phone, with which its owner signs in anyway.
pub(super) fn signs(row: &Row) -> Result<(String, Option<String>), Bad> {
    let phone = match row.get("phone") {
        None => None,
        Some(cell) => Some(words::phone(&cell.text(), &mut Vec::new())?).filter(|digits| !digits.is_empty()),
    };
    if let Some(digits) = &phone
        && !(digits.len() == 11 && digits.starts_with('1'))
    {
        return Err(format!("手机号“{digits}”应是 1 开头的 11 位数字"));
    }
    let account = row.code("account").to_lowercase();
    let account = match (account.as_str(), &phone) {
        ("", None) => return Err("账号和手机号都没有填写".into()),
        ("", Some(phone)) => format!("p{phone}"),
        _ => account,
    };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    if !((2..=32).contains(&account.len()) && account.chars().all(allowed)) {
        return Err(format!("账号“{account}”应是 2 到 32 个小写字母、数字、点、横线或下划线"));
    }
    if account.len() == 11 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("账号不能像手机号，手机号请填在手机号一列".into());
    }
    Ok((account, phone))
}

/// So many first passwords and their hashes, made by all cores. `progress` is told how many are done.
pub fn passwords(count: u64, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<(String, String)>> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let done = AtomicU64::new(0);
    let parts: Vec<Result<Vec<_>>> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                let done = &done;
                scope.spawn(move || {
                    (thread..count as usize)
                        .step_by(threads)
                        .map(|_| {
                            let first = password::random();
                            let hash = password::hash(&first)?;
                            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                            Ok((first, hash))
                        })
                        .collect()
                })
            })
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(crate::error::Error::internal("hashing panicked"))))
            .collect()
    });
    let mut made = Vec::with_capacity(count as usize);
    for part in parts {
        made.extend(part?);
    }
    Ok(made)
}

pub struct Users {
    by: Importing,
    places: Places,
    companies: Companies,
    people: People,
    seen: Seen,
    passwords: Arc<Vec<(String, String)>>,
    used: usize,
    roles_named: bool,
    new: Vec<User>,
    changed: Vec<User>,
    events: Vec<NewRecordEvent>,
    opened: Vec<Opened>,
}

impl Users {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        Ok(Self {
            passwords: by.passwords.clone(),
            by,
            places: Places::load(conn)?,
            companies: Companies::load(conn)?,
            people: People::load(conn)?,
            seen: Seen::default(),
            used: 0,
            roles_named: false,
            new: Vec::new(),
            changed: Vec::new(),
            events: Vec::new(),
            opened: Vec::new(),
        })
    }

    fn look(&mut self, conn: &mut Conn, row: &Row) -> Result<Result<Verdict, Bad>> {
        let read = || -> Result<_, Bad> {
            let name = row.text("name");
            if name.is_empty() {
                return Err("没有填写姓名".into());
            }
            if name.chars().count() > 30 {
                return Err("姓名最多 30 个字".into());
            }
            let (account, phone) = signs(row)?;
            Ok((name, account, phone, Belongs::of(row, &self.places, &self.companies)?))
        };
        let (name, account, phone, belongs) = match read() {
            Ok(read) => read,
            Err(why) => return Ok(Err(why)),
        };
        self.roles_named |= row.get("role").is_some();
        let by_phone = phone.as_deref().and_then(|phone| self.people.signed(phone));
        let given = row.get("account").is_some();
        let known = self.people.signed(&account).or(by_phone.filter(|_| !given)).map(|person| person.id);
        let taken = by_phone.filter(|other| Some(other.id) != known);
        if let (Some(other), Some(phone)) = (taken, &phone) {
            return Ok(Err(format!("手机号 {phone} 已经是账号 {} 的", other.account)));
        }
        for (key, what) in [(Some(&account), "账号"), (phone.as_ref(), "手机号")] {
            if let Some(key) = key
                && let Err(why) = self.seen.first(key, row, &format!("{what} {key}"))
            {
                return Ok(Err(why));
            }
        }
        let Some(id) = known else {
            let mut user = User {
                id: key::fresh(self.by.now),
                account,
                phone,
                name,
                password_hash: String::new(),
                must_change_password: true,
                role: None,
                area_id: None,
                group_id: None,
                unit_id: None,
                enterprise_id: None,
                failures: 0,
                locked_until: Time(0),
                disabled: false,
                valid_from: shanghai_date(self.by.now),
                valid_until: None,
                version: 1,
            };
            belongs.put(&mut user);
            self.new.push(user);
            return Ok(Ok(Verdict::New));
        };
        let before = crate::account::query::find(conn, id)?;
        let mut after = before.clone();
        after.name = name;
        after.phone = phone.or(after.phone);
        belongs.put(&mut after);
        if after == before {
            return Ok(Ok(Verdict::Unchanged));
        }
        let place = |user: &User| (user.area_id, user.group_id, user.unit_id, user.enterprise_id);
        if before.role.is_some() && place(&before) != place(&after) {
            let why = "这个账号已有角色，所属决定它的权限范围；请先由安全管理员收回角色，改好后再授予";
            return Ok(Err(why.into()));
        }
        let directory = &self.places.directory;
        let what = record::changes(&[
            ("姓名", &before.name, &after.name),
            ("手机号", &before.masked_phone(), &after.masked_phone()),
            ("所属", &before.belongs(directory, ""), &after.belongs(directory, "")),
        ]);
        self.events.push(NewRecordEvent::by(&self.by.actor, "users", id, "导入修改", what));
        self.changed.push(after);
        Ok(Ok(Verdict::Changed))
    }
}

impl Importer for Users {
    fn check(&mut self, conn: &mut Conn, row: &Row, _: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        self.look(conn, row)
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        let lacking = (self.used + self.new.len()).saturating_sub(self.passwords.len());
        if lacking > 0 {
            // Rows that became new since the file was looked at.
            let mut more = self.passwords.as_ref().clone();
            more.extend(passwords(lacking as u64, &|_| {})?);
            self.passwords = Arc::new(more);
        }
        for user in &mut self.new {
            let (first, hash) = &self.passwords[self.used];
            self.used += 1;
            user.password_hash.clone_from(hash);
            let belongs = user.belongs(&self.places.directory, "");
            self.events.push(NewRecordEvent::by(&self.by.actor, "users", user.id, "导入开设账号", belongs.clone()));
            self.opened.push(Opened {
                account: user.account.clone(),
                name: user.name.clone(),
                belongs,
                password: first.clone(),
            });
        }
        insert_all!(conn, users, 17, &self.new[..]);
        for user in &self.changed {
            roster::update(conn, user, shanghai_date(self.by.now))?;
        }
        record::append_all(conn, &self.events)?;
        self.forget();
        Ok(())
    }
    fn forget(&mut self) {
        self.new.clear();
        self.changed.clear();
        self.events.clear();
    }
    fn notes(&self) -> Vec<String> {
        let note = "这里只开账号，不授权：“角色”一列由安全管理员在“导入角色”里用同一个文件授予";
        if self.roles_named { vec![note.into()] } else { Vec::new() }
    }
    fn opened(&mut self) -> Vec<Opened> {
        std::mem::take(&mut self.opened)
    }
}
