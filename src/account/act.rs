//! What an administrator can do to an account, what follows from it, and what a role needs.
use super::User;
use crate::access::Role;

crate::text_enum! {
    /// What changes who can sign in, so that a page asks first.
    pub enum Act {
        Withdraw = "withdraw", "收回角色";
        Disable = "disable", "停用账号";
        Enable = "enable", "启用账号";
        Unlock = "unlock", "解除锁定";
        Password = "password", "重置口令";
        Sessions = "sessions", "结束登录";
    }
}

impl Act {
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Withdraw => "收回后这个账号不能再办任何事，正在登录的会立即退出；记录过的内容都保留。",
            Self::Disable => "停用后不能再登录，正在登录的会立即退出；以后可以再启用。",
            Self::Enable => "启用后可以用原来的口令和角色登录。",
            Self::Unlock => "解除后可以马上用原来的口令登录。不是本人输错的，请改为重置口令。",
            Self::Password => "原口令立即作废，正在登录的会立即退出；新口令在下一页显示一次，本人登录后必须修改。",
            Self::Sessions => "正在登录的会立即退出，需要重新登录；口令和角色不变。",
        }
    }
    /// Whether it makes sense for the account as it is.
    pub fn fits(self, user: &User) -> bool {
        match self {
            Self::Withdraw => user.role.is_some(),
            Self::Disable => !user.disabled,
            Self::Enable => user.disabled,
            Self::Unlock => user.is_locked(),
            Self::Password | Self::Sessions => true,
        }
    }
}

/// What an account must belong to before it can have the role, or why it cannot.
pub fn lack(role: Role, user: &User) -> Option<&'static str> {
    use Role::*;
    match role {
        Dispatcher | Leader | CallbackAgent if user.area_id.is_none() => Some("这个角色要有辖区"),
        GroupLeader | Cadre if user.group_id.is_none() => Some("这个角色要有工作组"),
        Handler if user.unit_id.is_none() => Some("这个角色要有单位"),
        Enterprise if user.enterprise_id.is_none() => Some("这个角色要有企业"),
        _ => None,
    }
}
