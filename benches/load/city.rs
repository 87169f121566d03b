//! The city and the server that are measured: the demo city, built once for a scale, and the program on a copy of it.
use super::client::{Call, Connection};
use std::{
    fs,
    io::{self, BufRead, BufReader, Error},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zhuqi");
const UNTIL: &str = "2022-06-09";
/// The public password of every demo account.
const PASSWORD: &str = "Zhuqi-demo-1";
const PATIENCE: Duration = Duration::from_secs(60);

fn demo(directory: &Path, scale: u32) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .env_remove("DATABASE_URL")
        .env_remove("ZHUQI_ORIGIN")
        .env_remove("ZHUQI_WORKERS")
        .env("RUST_LOG", "warn")
        .env("ZHUQI_DATA", directory)
        .env("ZHUQI_LISTEN", "127.0.0.1:0")
        .args(["demo", "--until", UNTIL, "--scale", &scale.to_string()])
        .stdin(Stdio::null());
    command
}

/// Builds the city unless it stands already. Returns its directory and, if it was built, how long that took.
pub fn build(directory: &Path, scale: u32) -> io::Result<(PathBuf, Option<Duration>)> {
    let city = directory.join(format!("scale-{scale}"));
    if city.join("zhuqi.db").exists() {
        return Ok((city, None));
    }
    // Under another name until it is whole, so that a build that was broken off is not taken for a city.
    let unfinished = directory.join(format!("unfinished-{scale}"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)?;
    let started = Instant::now();
    let status = demo(&unfinished, scale).arg("--no-serve").stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(Error::other(format!("the city was not built: {status}")));
    }
    fs::rename(&unfinished, &city)?;
    Ok((city, Some(started.elapsed())))
}

/// The running program. Killed when dropped, and its copy of the city is removed.
pub struct Server {
    process: Child,
    copy: PathBuf,
    pub address: SocketAddr,
    /// From the start of the process to its first answer that it is ready.
    pub ready_after: Duration,
}

impl Server {
    /// Serves a copy, so that what a run records is not there in the next.
    pub fn start(city: &Path, scale: u32) -> io::Result<Self> {
        let copy = city.with_file_name(format!("run-{}", std::process::id()));
        fs::create_dir_all(&copy)?;
        fs::copy(city.join("zhuqi.db"), copy.join("zhuqi.db"))?;
        let started = Instant::now();
        let mut process = demo(&copy, scale).stdout(Stdio::piped()).spawn()?;
        let said = process.stdout.take().map(BufReader::new);
        let mut server =
            Self { process, copy, address: SocketAddr::from(([127, 0, 0, 1], 0)), ready_after: Duration::ZERO };
        let lines = said.into_iter().flat_map(|said| said.lines().map_while(Result::ok));
        let address = lines.filter_map(|line| line.split_once("http://")?.1.trim().parse().ok()).next();
        server.address = address.ok_or_else(|| Error::other("the server did not say where it listens"))?;
        let ready = Call::get("/readyz");
        while !Connection::open(server.address)
            .is_ok_and(|mut on| on.call(&ready).is_ok_and(|answer| answer.status == 200))
        {
            if started.elapsed() > PATIENCE {
                return Err(Error::other("the server is not ready"));
            }
            thread::sleep(Duration::from_millis(2));
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    /// The session cookie of a demo account.
    pub fn sign_in(&self, account: &str) -> io::Result<String> {
        let form = Call::post("/login", format!("account={account}&password={PASSWORD}"));
        let mut connection = Connection::open(self.address)?;
        let answer = connection.call(&form)?;
        let cookie = answer.header("Set-Cookie").filter(|_| answer.status == 303);
        let cookie = cookie.ok_or_else(|| Error::other(format!("{account} cannot sign in: {}", answer.status)))?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// The text of a page, for what the next calls need from it.
    pub fn page(&self, path: &str, cookie: &str) -> io::Result<(u16, String)> {
        let mut connection = Connection::open(self.address)?;
        let answer = connection.call(&Call::get(path).header("Cookie", cookie))?;
        Ok((answer.status, String::from_utf8_lossy(answer.body).into_owned()))
    }

    /// What the kernel says of the process's memory, in MB: `VmHWM` is its peak, `RssAnon` what is its own now, without
    /// mapped files.
    pub fn memory(&self, name: &str) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.copy);
    }
}
