//! Who signed in, was refused, exported, looked at a phone number, changed rights: rows that are never changed, each
//! hashing its content and the row before it of the same actor. Read by the audit administrator only.
pub mod pages;
pub mod query;

use crate::{access::Viewer, chain, db::Conn, demo, error::Result, key, schema::audit_events, time::Time};
use diesel::{dsl::max, prelude::*};

crate::text_enum! {
    pub enum AuditAction {
        SignIn = "sign_in", "登录";
        SignInFailed = "sign_in_failed", "登录失败";
        SignOut = "sign_out", "退出";
        PasswordChanged = "password_changed", "修改口令";
        Refused = "refused", "越权被拒";
        Export = "export", "导出";
        RevealPhone = "reveal_phone", "查看完整电话";
        RightsChanged = "rights_changed", "变更权限";
        AccountChanged = "account_changed", "变更账号";
        Import = "import", "导入";
        Slip = "slip", "打印查询码";
        ByCode = "by_code", "凭查询码办理";
        Backup = "backup", "备份恢复";
        RulesChanged = "rules_changed", "变更日历、时限和统计设置";
        SpotDraw = "spot_draw", "抽取抽查";
    }
}

/// Who did it from where.
#[derive(Debug, Clone)]
pub struct AuditActor {
    pub id: Option<i64>,
    pub name: String,
    pub address: String,
}

impl AuditActor {
    pub fn of(viewer: &Viewer, address: &str) -> Self {
        Self { id: Some(viewer.id), name: format!("{} {}", viewer.home, viewer.name), address: address.to_owned() }
    }
    pub fn anonymous(address: &str) -> Self {
        Self { id: None, name: "未登录".into(), address: address.to_owned() }
    }
    /// Whoever holds the query code of an issue.
    pub fn by_code(address: &str) -> Self {
        Self { id: None, name: "企业（查询码）".into(), address: address.to_owned() }
    }
    /// The rules themselves.
    pub fn system() -> Self {
        Self { id: None, name: "系统".into(), address: "system".into() }
    }
    pub fn command_line() -> Self {
        Self { id: None, name: "命令行".into(), address: "local".into() }
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events)]
pub struct AuditEvent {
    pub id: i64,
    /// The chain it belongs to: the account, or the address of who had none.
    pub actor_key: String,
    pub actor_id: Option<i64>,
    pub actor: String,
    pub action: AuditAction,
    pub object: String,
    pub detail: String,
    pub address: String,
    pub happened_at: Time,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl AuditEvent {
    pub fn computed_hash(&self) -> Vec<u8> {
        let values = [
            self.id.to_string(),
            self.actor_key.clone(),
            self.actor_id.map(|id| id.to_string()).unwrap_or_default(),
            self.actor.clone(),
            self.action.as_str().to_owned(),
            self.object.clone(),
            self.detail.clone(),
            self.address.clone(),
            self.happened_at.0.to_string(),
        ];
        chain::hash(&self.prev_hash, &values)
    }
}

pub fn append(conn: &mut Conn, actor: &AuditActor, action: AuditAction, object: &str, detail: &str) -> Result<()> {
    let at = demo::written_at(conn, |conn| audit_events::table.select(max(audit_events::id)).first(conn))?;
    let actor_key = actor.id.map_or_else(|| format!("address:{}", actor.address), |id| format!("user:{id}"));
    let last: Option<(i64, Vec<u8>)> = audit_events::table
        .filter(audit_events::actor_key.eq(&actor_key))
        .order(audit_events::id.desc())
        .select((audit_events::id, audit_events::hash))
        .first(conn)
        .optional()?;
    // A chain's keys rise, also when two instances write in one millisecond or a clock is set back.
    let (id, prev_hash) = match last {
        Some((last, hash)) => (key::fresh(at).max(last + 1), hash),
        None => (key::fresh(at), chain::first_hash()),
    };
    let mut event = AuditEvent {
        id,
        actor_key,
        actor_id: actor.id,
        actor: actor.name.clone(),
        action,
        object: object.to_owned(),
        detail: detail.to_owned(),
        address: actor.address.clone(),
        happened_at: at,
        prev_hash,
        hash: Vec::new(),
    };
    event.hash = event.computed_hash();
    diesel::insert_into(audit_events::table).values(&event).execute(conn)?;
    Ok(())
}
