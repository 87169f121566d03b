//! The command line; every option is an environment variable as well.
use crate::error::{Error, Result};
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Parser, Debug)]
#[command(
    name = "zhuqi",
    version,
    about = "助企：万人助万企活动的问题交办、跟踪与通报系统",
    long_about = "助企：万人助万企活动的问题交办、跟踪与通报系统。\n\n不带命令等于 serve。数据默认放在当前目录的 data/ 下（内置 SQLite，目录权限 700）；\n一台机器不够时，用 DATABASE_URL=postgres://… 换成 PostgreSQL，可以同时运行任意多个实例。\n\n先看一看：zhuqi demo\n正式启用：zhuqi create-admin --role sysadmin，再用 --role secadmin、--role auditadmin 各建一个，然后 zhuqi serve。"
)]
pub struct Cli {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "通用选项（各命令都可以用）")]
pub struct Config {
    /// 数据库：sqlite:路径 或 postgres://用户:口令@主机/库名
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// 数据目录：SQLite 文件和附件放在这里（多个实例须共用附件目录）
    #[arg(long, env = "ZHUQI_DATA", default_value = "data", global = true)]
    pub data_dir: PathBuf,
    /// 监听地址
    #[arg(long, env = "ZHUQI_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// 对外网址（反向代理之后必填），例如 https://zhuqi.example.gov.cn；以 https 开头时会话 Cookie 只走加密连接
    #[arg(long, env = "ZHUQI_ORIGIN", global = true)]
    pub origin: Option<String>,
    /// 可信代理的 IP 地址；只有来自它的 X-Forwarded-For 才被采信
    #[arg(long, env = "ZHUQI_TRUSTED_PROXY", global = true)]
    pub trusted_proxy: Option<std::net::IpAddr>,
    /// 处理请求的线程数，默认等于处理器核数
    #[arg(long, env = "ZHUQI_WORKERS", global = true)]
    pub workers: Option<usize>,
    /// 邮件服务器：smtp://用户:口令@主机:端口、smtps://…；不设就不发邮件
    #[arg(long, env = "ZHUQI_SMTP", global = true, hide_env_values = true)]
    pub smtp: Option<String>,
    /// 发件人，例如 助企办 <zhuqi@example.gov.cn>
    #[arg(long, env = "ZHUQI_SMTP_FROM", global = true)]
    pub smtp_from: Option<String>,
    /// 短信或政务通讯网关的网址：每条以 JSON（to、text、key）POST 过去；不设就不发
    #[arg(long, env = "ZHUQI_WEBHOOK", global = true)]
    pub webhook: Option<String>,
    /// 网关的签名密钥：X-Zhuqi-Signature 是正文的 HMAC-SHA256（十六进制）
    #[arg(long, env = "ZHUQI_WEBHOOK_KEY", global = true, hide_env_values = true)]
    pub webhook_key: Option<String>,
    /// 短信模板，可用 {subject}、{text}、{link}
    #[arg(long, env = "ZHUQI_WEBHOOK_TEMPLATE", default_value = "【助企】{subject}。{text} {link}", global = true)]
    pub webhook_template: String,
    /// 日志格式：text 或 json；详细程度用 RUST_LOG
    #[arg(long, env = "ZHUQI_LOG", default_value = "text", value_parser = ["text", "json"], global = true)]
    pub log: String,
    /// 封存密钥文件，默认是数据目录下的 seal.key（首次使用时生成）；请另外保管一份，不要和备份放在一起
    #[arg(long, env = "ZHUQI_SEAL_KEY", global = true)]
    pub seal_key: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// 启动服务（默认命令）；启动时自动升级数据库结构
    Serve,
    /// 建一座演示城市并启动（只在本机可访问，示例数据，账号见登录页）
    Demo(DemoArgs),
    /// 升级数据库结构后退出
    Migrate,
    /// 建立管理员账号，口令从标准输入读一行，或由系统生成
    CreateAdmin(CreateAdminArgs),
    /// 从 Excel 导入
    Import(ImportArgs),
    /// 导出台账或报表为 Excel
    Export(ExportArgs),
    /// 打印统计报表
    Report(ReportArgs),
    /// 核对：重放每件问题的全部经过，检查留痕和封存是否被改动；有不符就列出来，退出码 1
    Verify,
    /// 重算某月的抽查：由月末封存值和经过重新抽取，与当时的结果比对；不符就退出码 1
    SpotChecks {
        /// 销号的月份，例如 2026-11
        #[arg(value_parser = |text: &str| crate::spot_check::parse_month(text).ok_or("月份请写成 2026-11"))]
        month: chrono::NaiveDate,
    },
    /// 备份数据库和附件到一个文件（服务运行时也可以）
    Backup {
        /// 备份文件
        file: PathBuf,
        /// 已有同名文件也覆盖
        #[arg(long, env = "ZHUQI_BACKUP_OVERWRITE")]
        overwrite: bool,
    },
    /// 推算工作日：从某日起第 N 个工作日是哪天，逐日说明（不用数据库）
    Workdays {
        /// 起算日，当天不计，例如 2026-02-13
        #[arg(value_parser = day)]
        from: chrono::NaiveDate,
        /// 几个工作日
        #[arg(value_parser = workdays)]
        days: u32,
    },
    /// 从备份文件恢复
    Restore {
        /// 备份文件
        file: PathBuf,
        /// 已有数据也覆盖
        #[arg(long, env = "ZHUQI_RESTORE_OVERWRITE")]
        overwrite: bool,
    },
}

#[derive(Args, Debug, Clone)]
pub struct DemoArgs {
    /// 演示的最后一天（默认今天），时钟停在这一天
    #[arg(long, env = "ZHUQI_DEMO_UNTIL", value_parser = day)]
    pub until: Option<chrono::NaiveDate>,
    /// 企业、走访、座谈会和问题的倍数
    #[arg(long, env = "ZHUQI_DEMO_SCALE", default_value_t = 1)]
    pub scale: u32,
    /// 重新建
    #[arg(long, env = "ZHUQI_DEMO_FRESH")]
    pub fresh: bool,
    /// 建好就退出，不启动服务
    #[arg(long, env = "ZHUQI_DEMO_NO_SERVE")]
    pub no_serve: bool,
}

#[derive(Args, Debug, Clone)]
pub struct CreateAdminArgs {
    /// sysadmin、secadmin 或 auditadmin
    #[arg(long, env = "ZHUQI_ADMIN_ROLE", value_parser = ["sysadmin", "secadmin", "auditadmin"])]
    pub role: String,
    /// 账号，默认与角色同名
    #[arg(long, env = "ZHUQI_ADMIN_ACCOUNT")]
    pub account: Option<String>,
    /// 姓名
    #[arg(long, env = "ZHUQI_ADMIN_NAME")]
    pub name: Option<String>,
}

#[derive(Args, Debug, Clone)]
pub struct ImportArgs {
    /// areas、units、users、groups、enterprises、assignments、visits 或 issues
    #[arg(value_parser = ["areas", "units", "users", "groups", "enterprises", "assignments", "visits", "issues"])]
    pub kind: String,
    /// Excel 文件（xlsx）
    pub file: PathBuf,
    /// 指定列的含义：'中文列=字段,…'
    #[arg(long, env = "ZHUQI_IMPORT_MAP")]
    pub map: Option<String>,
    /// 只检查，不写入
    #[arg(long, env = "ZHUQI_IMPORT_DRY_RUN")]
    pub dry_run: bool,
    /// 跳过有错的行，导入其余的行
    #[arg(long, env = "ZHUQI_IMPORT_SKIP_BAD")]
    pub skip_bad: bool,
    /// 有错的行写到这个文件，最后一列是原因
    #[arg(long, env = "ZHUQI_IMPORT_BAD_ROWS")]
    pub bad_rows: Option<PathBuf>,
    /// 历史问题的来源名称，与留言编号一起防止重复导入
    #[arg(long, env = "ZHUQI_IMPORT_SOURCE")]
    pub source: Option<String>,
}

#[derive(Args, Debug, Clone)]
pub struct ExportArgs {
    /// ledger（问题台账）或 report（统计报表）
    #[arg(value_parser = ["ledger", "report"])]
    pub what: String,
    /// 截至哪一天（含当天），默认现在
    #[arg(long, env = "ZHUQI_AS_OF", value_parser = day)]
    pub as_of: Option<chrono::NaiveDate>,
    /// 统计期间从哪一天起，默认活动开始
    #[arg(long, env = "ZHUQI_FROM", value_parser = day)]
    pub from: Option<chrono::NaiveDate>,
    /// 统计到哪一天登记的问题，默认与截至日期相同
    #[arg(long, env = "ZHUQI_TO", value_parser = day)]
    pub to: Option<chrono::NaiveDate>,
    /// 报表按什么分：city、area、group、unit、category
    #[arg(long, env = "ZHUQI_BY", default_value = "group", value_parser = ["city", "area", "group", "unit", "category"])]
    pub by: String,
    /// 台账另附不计入统计的问题
    #[arg(long, env = "ZHUQI_EXPORT_ALL")]
    pub all: bool,
    /// 输出文件（xlsx）
    #[arg(short, long, env = "ZHUQI_EXPORT_OUTPUT")]
    pub output: PathBuf,
}

#[derive(Args, Debug, Clone)]
pub struct ReportArgs {
    /// 截至哪一天（含当天），默认现在
    #[arg(long, env = "ZHUQI_AS_OF", value_parser = day)]
    pub as_of: Option<chrono::NaiveDate>,
    /// 统计期间从哪一天起，默认活动开始
    #[arg(long, env = "ZHUQI_FROM", value_parser = day)]
    pub from: Option<chrono::NaiveDate>,
    /// 统计到哪一天登记的问题
    #[arg(long, env = "ZHUQI_TO", value_parser = day)]
    pub to: Option<chrono::NaiveDate>,
    /// 按什么分：city、area、group、unit、category
    #[arg(long, env = "ZHUQI_BY", default_value = "city", value_parser = ["city", "area", "group", "unit", "category"])]
    pub by: String,
    /// text（通报文字）或 json
    #[arg(long, env = "ZHUQI_FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

fn day(text: &str) -> std::result::Result<chrono::NaiveDate, &'static str> {
    text.parse().map_err(|_| "日期请写成 2026-11-24")
}

fn workdays(text: &str) -> std::result::Result<u32, &'static str> {
    text.parse().ok().filter(|days| *days <= 10_000).ok_or("请写 0 到 10000 的整数")
}

impl Config {
    pub fn database_url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("zhuqi.db").display()))
    }
    /// Files under their content hash; shared by all instances.
    pub fn attachments(&self) -> PathBuf {
        self.data_dir.join("attachments")
    }
    /// Where links in messages lead.
    pub fn address(&self) -> String {
        let origin = self.origin.as_deref().map(|origin| origin.trim_end_matches('/').to_owned());
        origin.unwrap_or_else(|| format!("http://{}", self.listen))
    }
    /// The key of the daily seals; shared by all instances, outside the database and its backups.
    pub fn seal_key(&self) -> crate::seal::secret::SecretFile {
        let file = self.seal_key.clone().unwrap_or_else(|| self.data_dir.join("seal.key"));
        crate::seal::secret::SecretFile(file)
    }
    /// Cookies go over TLS only.
    pub fn is_secure(&self) -> bool {
        self.origin.as_deref().is_some_and(|origin| origin.starts_with("https://"))
    }
    pub fn check(&self) -> Result<()> {
        crate::outbox::channel::Channels::of(self)?;
        match &self.origin {
            Some(origin) if !origin.starts_with("https://") && !origin.starts_with("http://") => {
                Err(Error::refused("ZHUQI_ORIGIN 要写完整，例如 https://zhuqi.example.gov.cn"))
            }
            _ => Ok(()),
        }
    }
}
