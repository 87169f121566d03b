//! The real binary, serving a city's database on a free port; killed when dropped.
use super::{city::City, wire};
use std::{
    fs::File,
    io::Write,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub url: String,
    log: PathBuf,
}

/// The binary with the city's database and files; a free port once it serves.
pub fn command(city: &City) -> Command {
    let config = &city.app.config;
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhuqi"));
    command
        .env("DATABASE_URL", config.database_url())
        .env("ZHUQI_DATA", &config.data_dir)
        .env("ZHUQI_LISTEN", "127.0.0.1:0")
        .env_remove("ZHUQI_ORIGIN")
        .stdin(Stdio::null());
    command
}

/// Runs a command of the binary to its end, with `input` on its standard input.
pub fn run(city: &City, arguments: &[&str], input: &str) -> Output {
    let mut process = command(city)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = process.stdin.take().expect("a pipe");
    // A command that reads nothing has closed its end: no failure of ours.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    process.wait_with_output().expect("the binary ends")
}

impl Server {
    /// Serves the city with the default command, ready when this returns.
    pub fn of(city: &City) -> Self {
        Self::start(city, command(city))
    }

    /// The same with a command of the caller's, made by [`command`]. Its log stands beside the city's files.
    pub fn start(city: &City, mut command: Command) -> Self {
        let log = city.app.config.data_dir.join(format!("server-{}.log", uuid::Uuid::new_v4()));
        let file = File::create(&log).expect("a log file");
        let process =
            command.stdout(file.try_clone().expect("a second handle")).stderr(file).spawn().expect("the binary starts");
        let mut server = Self { process, url: String::new(), log };
        server.wait_until_ready();
        server
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What the server printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("its state") {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            if self.url.is_empty() {
                let log = self.log();
                let found = log.lines().find_map(|line| line.split_once("已启动：").map(|(_, url)| url));
                self.url = found.unwrap_or_default().trim().to_owned();
            } else if let Ok((200, _)) = wire::request(self.address(), "GET", "/readyz", "") {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the server is not ready:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the server to end, as an operator's SIGTERM does. Returns at once.
    pub fn terminate(&self) {
        let sent =
            Command::new("sh").args(["-c", &format!("kill -TERM {}", self.process.id())]).status().expect("a shell");
        assert!(sent.success(), "the server was gone already");
    }

    /// SIGTERM, then its exit status.
    pub fn stop(mut self) -> ExitStatus {
        self.terminate();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("its state") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE + PATIENCE, "SIGTERM did not end it:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
