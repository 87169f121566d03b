//! One chromedriver for the whole test process, on a port it chooses. It must not outlive the tests however they end,
//! so a shell guards it: when our end of the pipe closes, it ends the driver, the browsers and their files.
use std::{
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

pub struct Chromedriver {
    /// `host:port`
    pub address: String,
    /// Profiles and temporary files of all browsers.
    pub folder: PathBuf,
}

/// `$1` is a folder of our own: what has its name on the command line is ours to end.
const GUARD: &str = r#"
TMPDIR="$1" chromedriver --port=0 >"$1/log" 2>&1 </dev/null &
driver=$!
cat >/dev/null
kill "$driver" 2>/dev/null
for try in 1 2 3 4 5; do
  for found in $(grep -las -- "--user-data-dir=$1/" /proc/[0-9]*/cmdline); do
    found=${found#/proc/}
    kill -9 "${found%/cmdline}" 2>/dev/null
  done
  sleep 0.2
  rm -rf "$1" && break
done
"#;

static RUNNING: LazyLock<Chromedriver> = LazyLock::new(start);

pub fn running() -> &'static Chromedriver {
    &RUNNING
}

fn start() -> Chromedriver {
    let folder = tempfile::Builder::new().prefix("zhuqi-browser.").tempdir().expect("a temporary directory").keep();
    // It outlives this process on purpose: it waits for its end.
    #[allow(clippy::zombie_processes)]
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "guard"])
        .arg(&folder)
        // Ctrl-C is for the tests; the guard has work to do after them.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    // Kept open until this process is gone.
    std::mem::forget(guard.stdin.take());
    let begun = Instant::now();
    loop {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        let port: Option<u16> = log
            .split_once("started successfully on port ")
            .and_then(|(_, rest)| rest.split_once('.'))
            .and_then(|(port, _)| port.parse().ok());
        if let Some(port) = port {
            return Chromedriver { address: format!("127.0.0.1:{port}"), folder };
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "chromedriver (Debian: chromium-driver) did not start:\n{log}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
