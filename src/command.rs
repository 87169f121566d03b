//! What each command does.
use crate::{
    access::Role,
    account, backup,
    calendar::Clock,
    config::{Cli, Command, Config, CreateAdminArgs},
    db::{
        Db,
        connect::{Url, private_directory},
    },
    error::{Error, Result},
    start,
    web::{App, server},
};
use std::{
    io::{BufRead, IsTerminal, Write},
    sync::Arc,
};

/// Lines of text, of which whoever reads them may read the first alone.
pub fn say(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

pub fn run(cli: Cli) -> Result<()> {
    cli.config.check()?;
    start_log(&cli);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(cli.config),
        Command::Migrate => {
            let (_, _, done) = prepared(&cli.config)?;
            println!("数据库结构已是最新（本次升级 {} 步）", done.len());
            Ok(())
        }
        Command::CreateAdmin(args) => create_admin(&cli.config, args),
        Command::Demo(args) => crate::demo::serve::run(cli.config, args),
        Command::Verify => {
            let (db, clock) = ready(&cli.config)?;
            crate::verify::command(&cli.config, &db, clock.now())
        }
        Command::SpotChecks { month } => crate::spot_check::command::command(&ready(&cli.config)?.0, month),
        Command::Backup { file, overwrite } => {
            backup::backup(&cli.config, &file, overwrite)?.print("已备份");
            Ok(())
        }
        Command::Restore { file, overwrite } => {
            backup::restore::restore(&cli.config, &file, overwrite)?.print("已恢复");
            Ok(())
        }
        Command::Report(args) => {
            let (db, clock) = ready(&cli.config)?;
            say(&crate::report::command::run(&db, clock, &args)?)
        }
        Command::Export(args) => {
            let (db, clock) = ready(&cli.config)?;
            match args.what.as_str() {
                "report" => crate::report::command::export(&db, clock, &args),
                _ => crate::export::command::ledger(&db, clock, &args),
            }
        }
        Command::Import(args) => {
            let (db, clock) = ready(&cli.config)?;
            crate::import::command::import(&db, clock, &args)
        }
        Command::Workdays { from, days } => say(&crate::calendar::command::workdays(from, days)?),
    }
}

fn start_log(cli: &Cli) {
    // A demo seals its whole past at once, which is nobody's evidence.
    let usual = if matches!(cli.command, Some(Command::Demo(_))) { "info,zhuqi::seal=warn" } else { "info" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| usual.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for eyes: in a file or a journal they are dirt.
    let log = log.with_ansi(std::io::stderr().is_terminal());
    if cli.config.log == "json" {
        log.json().init();
    } else {
        log.init();
    }
}

/// Opens the configured database, which may be empty.
pub fn open(config: &Config) -> Result<Db> {
    if config.database_url.is_none() {
        private_directory(&config.data_dir)?;
    }
    let db = Db::open(&config.database_url())?;
    Ok(db)
}

/// The configured database with this version's schema, its clock, and the migrations done.
fn prepared(config: &Config) -> Result<(Db, Clock, Vec<String>)> {
    let db = open(config)?;
    // A demo's clock stands still, by whichever command it is served.
    let clock = crate::demo::serve::clock_of(&db)?;
    let done = start::prepare(&db)?;
    Ok((db, clock, done))
}

/// An existing database with this version's schema, and its clock.
fn ready(config: &Config) -> Result<(Db, Clock)> {
    let url = Url::parse(&config.database_url())?;
    if let Some(path) = url.path()
        && !path.exists()
    {
        let shown = path.display();
        return Err(Error::refused(format!("没有数据库 {shown}：请用 --data-dir 指明，或先运行 zhuqi migrate")));
    }
    let db = Db::open(&config.database_url())?;
    if !db.pending_migrations()?.is_empty() {
        return Err(Error::refused(format!("数据库 {} 是空的或版本较旧，请先运行 zhuqi migrate", db.url().shown())));
    }
    let clock = crate::demo::serve::clock_of(&db)?;
    Ok((db, clock))
}

fn serve(config: Config) -> Result<()> {
    if config.origin.is_some() && config.trusted_proxy.is_none() {
        tracing::warn!(
            "ZHUQI_ORIGIN is set and ZHUQI_TRUSTED_PROXY is not: behind a proxy everybody shares its address, and with \
             it the limits on wrong tries"
        );
    }
    let listener = server::listen(&config)?;
    let (db, clock, _) = prepared(&config)?;
    let app = App { db, clock, config: Arc::new(config), demo_accounts: Arc::default() };
    actix_web::rt::System::new().block_on(server::serve(app, listener))
}

fn create_admin(config: &Config, args: CreateAdminArgs) -> Result<()> {
    let (db, ..) = prepared(config)?;
    let role = Role::parse(&args.role).ok_or_else(|| Error::refused("没有这个角色"))?;
    let account = args.account.unwrap_or_else(|| args.role.clone());
    let name = args.name.unwrap_or_else(|| role.label().to_owned());
    let mut line = String::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().lock().read_line(&mut line)?;
    }
    let typed = line.trim().to_owned();
    let password = if typed.is_empty() { account::password::random() } else { typed.clone() };
    if let Some(why) = account::password::weakness(&password, &account) {
        return Err(Error::refused(why));
    }
    let (shown, chosen) = (account.clone(), password.clone());
    db.write_blocking(move |conn| account::query::create_admin(conn, &account, &name, role, &chosen))?;
    println!("已建立{}账号：{shown}", role.label());
    if typed.is_empty() {
        println!("初始口令：{password}（首次登录须修改）");
    }
    Ok(())
}
