//! What a user cannot mend on the form. One type for the whole crate; `web::refusal` renders it as a page with what
//! happened, the next step and a reference number. The cause is logged once and never shown.
//!
//! Bad input is not an error here: a handler re-renders its form with 422 and the typed text, using `Invalid`.
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// No such thing, or outside the viewer's scope: the two are not told apart.
    NotFound,
    /// The viewer's role lacks the permission.
    Forbidden,
    /// A write that did not come from our own pages.
    OtherSite,
    SignInRequired,
    /// The first sign-in, or one after a reset, has to set a new password first.
    PasswordChangeRequired,
    /// Somebody else changed it meanwhile. The sentence says what changed.
    Conflict(String),
    /// A rule of the domain refuses; the sentence says why and who can help.
    Refused(String),
    /// Fields that must be mended: (field id, message). Handlers with a form catch it.
    Invalid(Invalid),
    /// Too many tries; seconds until the next one may succeed.
    TooMany(i64),
    Database(diesel::result::Error),
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a form: (field id, message in Chinese).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invalid(pub Vec<(String, String)>);

impl Invalid {
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push((field.to_owned(), message.into()));
    }
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        Self(vec![(field.to_owned(), message.into())])
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The message at a field, for templates.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(id, _)| id == field).map(|(_, message)| message.as_str())
    }
    /// Ok when nothing was found wrong.
    pub fn check(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl Error {
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

/// What the system says of files and addresses, in words; the rest as it says it.
pub fn io_words(cause: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    match cause.kind() {
        Kind::NotFound => "没有这个文件或目录",
        Kind::PermissionDenied => "没有权限",
        Kind::AlreadyExists => "已经有这个文件",
        Kind::IsADirectory => "这是一个目录，不是文件",
        Kind::NotADirectory => "路径里有一段不是目录",
        Kind::ReadOnlyFilesystem => "磁盘是只读的",
        Kind::StorageFull | Kind::QuotaExceeded => "磁盘空间不够",
        Kind::UnexpectedEof => "内容不完整",
        Kind::AddrInUse => "端口已被占用，请停掉占用它的程序，或用 --listen 换一个",
        Kind::AddrNotAvailable => "这台机器没有这个地址",
        _ => return cause.to_string(),
    }
    .to_owned()
}

impl fmt::Display for Error {
    /// For logs and for the command line's standard error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => write!(f, "没有找到"),
            Self::Forbidden => write!(f, "没有权限"),
            Self::OtherSite => write!(f, "这个请求来自别的网站，已拒绝。请从本系统的页面重新提交"),
            Self::SignInRequired => write!(f, "需要登录"),
            Self::PasswordChangeRequired => write!(f, "需要先修改口令"),
            Self::Conflict(why) | Self::Refused(why) => write!(f, "{why}"),
            Self::Invalid(invalid) => {
                let messages: Vec<_> = invalid.0.iter().map(|(_, message)| message.as_str()).collect();
                write!(f, "{}", messages.join("；"))
            }
            Self::TooMany(seconds) => write!(f, "次数太多，请稍等约 {}再试", wait(*seconds)),
            Self::Database(cause) => write!(f, "database: {cause}"),
            Self::Internal(cause) => match cause.downcast_ref() {
                Some(cause) => f.write_str(&io_words(cause)),
                None => write!(f, "{cause}"),
            },
        }
    }
}
impl std::error::Error for Error {}

/// A wait as people say it, rounded up.
fn wait(seconds: i64) -> String {
    match (seconds + 59) / 60 {
        minutes @ ..=50 => format!("{} 分钟", minutes.max(1)),
        minutes => format!("{} 小时", (minutes + 30) / 60),
    }
}

impl From<diesel::result::Error> for Error {
    fn from(cause: diesel::result::Error) -> Self {
        match cause {
            diesel::result::Error::NotFound => Self::NotFound,
            cause => Self::Database(cause),
        }
    }
}
impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}
impl From<askama::Error> for Error {
    fn from(cause: askama::Error) -> Self {
        Self::internal(cause)
    }
}
impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        Self::internal(cause)
    }
}
impl From<serde_json::Error> for Error {
    fn from(cause: serde_json::Error) -> Self {
        Self::internal(cause)
    }
}
