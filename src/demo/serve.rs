//! `zhuqi demo`: builds the city where there is none, serves it with its clock standing still.
use super::{ACCOUNTS, PASSWORD, SCALE, UNTIL, build, city, companies};
use crate::{
    account::password,
    backup::restore::is_running,
    calendar::{Clock, shanghai_date},
    command,
    config::{Config, DemoArgs},
    db::{Db, Engine},
    directory,
    error::{Error, Result},
    schema::{areas, users},
    start,
    time::Time,
    web::{App, server},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::{path::Path, sync::Arc};

/// What a database says of itself.
enum Found {
    Empty,
    /// Built by us: last day and scale.
    Demo(NaiveDate, usize),
    /// Its building was interrupted, or goes on.
    Unfinished,
    Foreign,
}

fn found(db: &Db) -> Result<Found> {
    if !db.has_schema()? {
        return Ok(Found::Empty);
    }
    db.read_blocking(|conn| {
        let until = directory::setting(conn, UNTIL)?.and_then(|text| text.parse().ok());
        let scale = directory::setting(conn, SCALE)?.and_then(|text| text.parse().ok());
        if let (Some(until), Some(scale)) = (until, scale) {
            let is_finished = directory::setting(conn, ACCOUNTS)?.is_some();
            return Ok(if is_finished { Found::Demo(until, scale) } else { Found::Unfinished });
        }
        // A city that was only started has areas already.
        let people: i64 = users::table.count().get_result(conn)?;
        let places: i64 = areas::table.count().get_result(conn)?;
        Ok(if people + places == 0 { Found::Empty } else { Found::Foreign })
    })
}

pub fn run(config: Config, args: DemoArgs) -> Result<()> {
    if !args.no_serve && !config.listen.ip().is_loopback() {
        return Err(Error::refused("演示的账号口令是公开的，只能在本机访问：请把监听地址改为 127.0.0.1"));
    }
    if args.scale == 0 {
        return Err(Error::refused("倍数至少是 1"));
    }
    let scale = args.scale as usize;
    if scale * city::COMPANIES > companies::limit() as usize {
        return Err(Error::refused(format!("倍数最大是 {}", companies::limit() as usize / city::COMPANIES)));
    }
    let listener = if args.no_serve { None } else { Some(server::listen(&config)?) };
    let mut db = command::open(&config)?;
    let mut state = found(&db)?;
    if matches!(state, Found::Foreign) {
        return Err(Error::refused("这个数据库不是演示建的，不能在上面演示。请用 --data-dir 或 DATABASE_URL 另指一处"));
    }
    if matches!(state, Found::Unfinished) || args.fresh && matches!(state, Found::Demo(..)) {
        db = emptied(db, &config)?;
        state = Found::Empty;
    }
    let until = match state {
        Found::Demo(until, built) => {
            let same_day = args.until.is_none_or(|wanted| wanted == until);
            if !same_day || built != scale {
                return Err(Error::refused(format!(
                    "这里已有一座演示城市（截至 {until}，{built} 倍）。要换成别的，请加 --fresh 重新建"
                )));
            }
            // Built by an earlier version of the program.
            start::prepare(&db)?;
            until
        }
        _ => {
            let until = args.until.unwrap_or_else(|| shanghai_date(Time::system()));
            db.migrate()?;
            let started = std::time::Instant::now();
            eprintln!("正在建立演示城市（截至 {until}，{scale} 倍）…");
            let shown = build::build(&db, until, scale, &password::hash(PASSWORD)?)?;
            crate::seal::close_days(&db, &config.seal_key(), build::last_moment(until))?;
            crate::spot_check::draw::draw_months(&db, build::last_moment(until))?;
            let kept = serde_json::to_string(&shown)?;
            db.write_blocking(move |conn| directory::set_setting(conn, ACCOUNTS, &kept))?;
            eprintln!("建好了，用了 {:.1} 秒", started.elapsed().as_secs_f64());
            until
        }
    };
    let kept = db.read_blocking(|conn| directory::setting(conn, ACCOUNTS))?.unwrap_or_default();
    let shown: Vec<(String, String)> = serde_json::from_str(&kept)?;
    println!("演示账号（口令都是 {PASSWORD}）：");
    for (role, account) in &shown {
        println!("  {account:<12} {role}");
    }
    let Some(listener) = listener else { return db.checkpoint() };
    let demo_accounts =
        Arc::new(shown.into_iter().map(|(role, account)| (role, account, PASSWORD.to_owned())).collect());
    let clock = Clock { stopped_at: Some(build::last_moment(until)) };
    let app = App { db, clock, config: Arc::new(config), demo_accounts };
    actix_web::rt::System::new().block_on(server::serve(app, listener))
}

/// The clock of a database: a demo's stands still on its last day, whichever command asks. A demo that is half built is
/// nothing to work with.
pub fn clock_of(db: &Db) -> Result<Clock> {
    match found(db)? {
        Found::Demo(until, _) => Ok(Clock { stopped_at: Some(build::last_moment(until)) }),
        Found::Unfinished => Err(Error::refused(
            "这里的演示城市没有建完，数字不全，不能使用。请等它建完；如果是中途断了，请再运行 zhuqi demo 重新建",
        )),
        Found::Empty | Found::Foreign => Ok(Clock::default()),
    }
}

/// Whether another process uses the file; our own connections may take a moment to close.
fn is_used(path: &Path) -> Result<bool> {
    for _ in 0..10 {
        if !is_running(path)? {
            return Ok(false);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Ok(true)
}

fn emptied(db: Db, config: &Config) -> Result<Db> {
    if db.engine() == Engine::Postgres {
        db.revert_all()?;
        return Ok(db);
    }
    let path = db.url().path().map(Path::to_path_buf);
    drop(db);
    if let Some(path) = path {
        if is_used(&path)? {
            return Err(Error::refused("数据库正在被运行中的演示使用，请先停止它，再重新建"));
        }
        for ending in ["", "-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            match std::fs::remove_file(&name) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause.into()),
                _ => {}
            }
        }
    }
    command::open(config)
}
