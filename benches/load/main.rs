//! How fast the program is: the demo city, a server of its own, some seconds of each kind of request, one table.
//!
//! `cargo bench --bench load -- --scale 1 --seconds 5`. With `--dir DIRECTORY` the city that was built is kept there for
//! the next run. Client and server share the machine, so the figures are those of both together.
mod city;
mod client;
mod run;

use city::Server;
use client::Call;
use std::{
    io::{self, Error},
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

const READING: usize = 8;
const RECORDING: usize = 32;
/// Issues whose pages are asked for in turn.
const ISSUES: usize = 40;
/// 贷款
const WORD: &str = "%E8%B4%B7%E6%AC%BE";

struct Options {
    scale: u32,
    seconds: u64,
    directory: Option<PathBuf>,
}

fn options() -> io::Result<Options> {
    let mut options = Options { scale: 1, seconds: 5, directory: None };
    let wrong = |what: &str| Error::other(format!("{what}; known: --scale N --seconds N --dir DIRECTORY"));
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        // Cargo's own word for every benchmark.
        if name == "--bench" {
            continue;
        }
        let value = arguments.next().ok_or_else(|| wrong(&format!("{name} lacks its value")))?;
        let number = || value.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(|| wrong(&format!("{name} {value}")));
        match name.as_str() {
            "--scale" => options.scale = number()?,
            "--seconds" => options.seconds = number()?.into(),
            "--dir" => options.directory = Some(value.into()),
            _ => return Err(wrong(&name)),
        }
    }
    Ok(options)
}

/// The addresses in a page that begin so, without their query, each once.
fn links<'a>(page: &'a str, begin: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> = page
        .split("href=\"")
        .filter(|link| link.starts_with(begin))
        .filter_map(|link| link.split(['"', '?', '#']).next())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn multipart(fields: &[(&str, &str)]) -> String {
    let parts = fields
        .iter()
        .map(|(name, value)| format!("--load\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    parts.collect::<String>() + "--load--\r\n"
}

/// A call that records a problem with one of the cadre's companies; each time with a token of its own.
fn recording(server: &Server) -> io::Result<Call> {
    let cadre = server.sign_in("cadre")?;
    let (_, form) = server.page("/issues/new", &cadre)?;
    let company = form.split("name=\"enterprise\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    let company = company.and_then(|rest| rest.split('"').next());
    let company = company.ok_or_else(|| Error::other("the cadre has no company"))?.to_owned();
    let (run, recorded) = (std::process::id(), AtomicU64::new(0));
    let body = move |_| {
        let number = recorded.fetch_add(1, Ordering::Relaxed);
        let text = "企业反映流动资金紧张，银行贷款到期后续贷手续办了两个月还没有批下来，希望帮助协调。";
        multipart(&[("once", &format!("load-{run}-{number}")), ("enterprise", &company), ("text", text)])
    };
    Ok(Call::post_fresh("/issues", body)
        .header("Content-Type", "multipart/form-data; boundary=load")
        .header("Cookie", &cadre))
}

/// Output of a command, or nothing where there is no such command.
fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.ok().filter(|output| output.status.success());
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn main() -> io::Result<()> {
    let options = options()?;
    let temporary = std::env::temp_dir().join(format!("zhuqi-load-{}", std::process::id()));
    let directory = options.directory.clone().unwrap_or_else(|| temporary.clone());
    let measured = measure(&options, &directory);
    if options.directory.is_none() {
        let _ = std::fs::remove_dir_all(&temporary);
    }
    measured
}

fn measure(options: &Options, directory: &std::path::Path) -> io::Result<()> {
    let (city, built) = city::build(directory, options.scale)?;
    let bytes = std::fs::metadata(city.join("zhuqi.db"))?.len();
    let server = Server::start(&city, options.scale)?;
    let ready = server.ready_after.as_secs_f64();
    let dispatcher = server.sign_in("dispatcher")?;

    let mut pages = Vec::new();
    for list in ["/issues?size=100", "/issues?size=100&last=1", "/issues?size=100&order=due"] {
        pages.push(server.page(list, &dispatcher)?.1);
    }
    let mut details: Vec<&str> = pages.iter().flat_map(|page| links(page, "/issues/ZZ-")).collect();
    let step = (details.len() / ISSUES).max(1);
    details = details.into_iter().step_by(step).collect();
    let get = |path: &str| Call::get(path).header("Cookie", &dispatcher);
    let mut kinds = vec![
        ("list", READING, vec![get("/issues")]),
        ("last page", READING, vec![get("/issues?last=1")]),
        ("detail", READING, details.iter().map(|path| get(path)).collect()),
        ("search by text", READING, vec![get(&format!("/issues?q={WORD}"))]),
    ];
    // As of now, of a day that nobody asked for, and of the last day, which the server stores soon after its start.
    let [now, any_day, last_day] =
        ["", "&as_of=2022-03-31", "&as_of=2022-06-08"].map(|day| format!("/reports?by=group{day}"));
    let mut counted = Vec::new();
    for report in [&now, &any_day, &last_day] {
        let started = Instant::now();
        let status = server.page(report, &dispatcher)?.0;
        counted.push(format!("{report} {:.3} s ({status})", started.elapsed().as_secs_f64()));
    }
    kinds.push(("report by group", READING, vec![get(&now)]));
    kinds.push(("report at a day's end", READING, vec![get(&last_day)]));
    // Last, because the city grows by it.
    kinds.push(("record a problem", RECORDING, vec![recording(&server)?]));

    let mut rows = Vec::new();
    for (name, connections, calls) in kinds {
        let lasting = Duration::from_secs(options.seconds);
        // The first requests fill the caches; they are not the measured ones.
        run::run(server.address, &calls, connections, lasting.min(Duration::from_millis(500)))?;
        let figures = run::run(server.address, &calls, connections, lasting)?;
        let [p50, p99, max] = [figures.p50, figures.p99, figures.max].map(|time| time.as_secs_f64() * 1000.0);
        let failed = figures.refused() + figures.broken;
        let rate = figures.per_second();
        rows.push(format!("| {name} | {connections} | {rate:.0} | {p50:.2} | {p99:.2} | {max:.2} | {failed} |"));
        if failed > 0 {
            eprintln!("{name}: {figures}");
        }
    }

    let (commit, date) = (output_of("git", &["rev-parse", "--short", "HEAD"]), output_of("date", &["-u", "+%F"]));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("Scale {}, commit {commit}, {date}, {cores} cores shared by client and server:\n", options.scale);
    println!("| request | connections | per second | p50 ms | p99 ms | max ms | not 2xx or 3xx |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        println!("{row}");
    }
    println!("\nReports asked for the first time: {}.", counted.join(", "));
    let megabytes = |name| server.memory(name).map_or("unknown".to_owned(), |size| format!("{size:.0} MB"));
    println!(
        "\nReady after {ready:.2} s. Memory at its peak {}, at the end {} without the program file. Database {:.0} MB{}.",
        megabytes("VmHWM"),
        megabytes("RssAnon"),
        bytes as f64 / 1e6,
        built.map_or(String::new(), |took| format!(", built in {:.1} s", took.as_secs_f64())),
    );
    Ok(())
}
