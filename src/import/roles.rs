//! The column of roles in the file of accounts: the security administrator's half. It grants to accounts that exist
//! and belong where the file says; it opens none and moves nobody.
use super::{
    Bad, Importer, Importing, Seen, Verdict,
    lookup::{Companies, People, Places},
    users::{Belongs, signs},
};
use crate::{
    access::Role,
    account::{User, act::lack, query, roster},
    audit::{self, AuditAction},
    db::Conn,
    error::Result,
    record::{self, NewRecordEvent},
    sheet::Row,
    web::session,
};

pub struct Roles {
    by: Importing,
    places: Places,
    companies: Companies,
    people: People,
    seen: Seen,
    granted: Vec<(User, String)>,
}

/// The role a word of real rosters means.
fn role(text: &str) -> Result<Role, Bad> {
    let role = match Role::parse(text) {
        Some(role) => role,
        None => match text {
            "助企干部" | "首席服务员" | "干部" | "组员" | "成员" => Role::Cadre,
            "组长" | "副组长" => Role::GroupLeader,
            "单位经办人" | "联络员" => Role::Handler,
            "助企办" | "助企办调度员" => Role::Dispatcher,
            "市领导" | "县级领导" | "领导" => Role::Leader,
            _ => {
                let known: Vec<_> = Role::ALL.iter().take(7).map(|one| one.label()).collect();
                return Err(format!("没有角色“{text}”，可以写：{}", known.join("、")));
            }
        },
    };
    match role {
        Role::Sysadmin | Role::Secadmin | Role::Auditadmin => Err("管理员的角色请在“权限管理”里逐个授予".into()),
        role => Ok(role),
    }
}

impl Roles {
    pub fn load(conn: &mut Conn, by: Importing) -> Result<Self> {
        Ok(Self {
            by,
            places: Places::load(conn)?,
            companies: Companies::load(conn)?,
            people: People::load(conn)?,
            seen: Seen::default(),
            granted: Vec::new(),
        })
    }

    fn look(&mut self, conn: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        let read = || -> Result<_, Bad> {
            let (account, phone) = signs(row)?;
            let signed = self.people.signed(&account);
            let person = signed.or_else(|| self.people.signed(phone.as_deref()?));
            let person = person.ok_or_else(|| format!("没有账号“{account}”，请先由系统管理员导入账号"))?;
            Ok((person.id, Belongs::of(row, &self.places, &self.companies)?))
        };
        let (id, belongs) = match read() {
            Ok(read) => read,
            Err(why) => return Ok(Err(why)),
        };
        let text = row.text("role");
        if text.is_empty() {
            say.push("没有填写角色，不授予".into());
            return Ok(Ok(Verdict::Unchanged));
        }
        let before = query::find(conn, id)?;
        let mut there = before.clone();
        belongs.put(&mut there);
        let judged = role(&text).and_then(|role| {
            self.seen.first(&id.to_string(), row, &format!("账号 {}", before.account))?;
            if self.by.actor.id == Some(id) {
                return Err("不能变更自己的账号，请另一位安全管理员办理".into());
            }
            if there != before {
                let now = before.belongs(&self.places.directory, "");
                return Err(format!("账号现在属于“{now}”，与文件不同，请先由系统管理员改好"));
            }
            match lack(role, &before) {
                Some(why) => Err(format!("{why}，请先由系统管理员填写")),
                None => Ok(role),
            }
        });
        let role = match judged {
            Ok(role) => role,
            Err(why) => return Ok(Err(why)),
        };
        if before.role == Some(role) {
            return Ok(Ok(Verdict::Unchanged));
        }
        let what =
            format!("{} → {}（{}）", before.role_label(), role.label(), before.belongs(&self.places.directory, ""));
        let verdict = if before.role.is_some() { Verdict::Changed } else { Verdict::New };
        self.granted.push((User { role: Some(role), ..before }, what));
        Ok(Ok(verdict))
    }
}

impl Importer for Roles {
    fn check(&mut self, conn: &mut Conn, row: &Row, say: &mut Vec<String>) -> Result<Result<Verdict, Bad>> {
        self.look(conn, row, say)
    }
    fn write(&mut self, conn: &mut Conn) -> Result<()> {
        let mut events = Vec::new();
        for (user, what) in &self.granted {
            roster::update(conn, user, crate::calendar::shanghai_date(self.by.now))?;
            // Each session has the old rights.
            session::end_all(conn, user.id, None)?;
            events.push(NewRecordEvent::by(&self.by.actor, "users", user.id, "授予角色", what.clone()));
            let words = format!("授予角色 {what}");
            audit::append(conn, &self.by.actor, AuditAction::RightsChanged, &user.account, &words)?;
        }
        record::append_all(conn, &events)?;
        self.forget();
        Ok(())
    }
    fn forget(&mut self) {
        self.granted.clear();
    }
}
