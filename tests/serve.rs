//! The binary as a service: it says where it listens, and ends as asked.
use crate::support::{
    city,
    server::{self, Server},
    wire,
};

#[test]
fn sigterm_ends_the_server_with_exit_code_zero() {
    let city = city::fresh();
    let server = Server::of(&city);
    let (status, body) = wire::request(server.address(), "GET", "/healthz", "").expect("answers");
    assert_eq!((status, body.as_str()), (200, "ok\n"));
    let address = server.address().to_owned();
    assert!(server.stop().success());
    assert!(wire::request(&address, "GET", "/healthz", "").is_err());
}

#[test]
fn a_command_that_fails_says_why_and_ends_with_another_code() {
    let city = city::fresh();
    let mut command = server::command(&city);
    let output = command.env("DATABASE_URL", "mysql://x/y").arg("migrate").output().expect("runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("sqlite:") && said.contains("postgres://"), "{said}");
}

#[test]
fn what_the_system_says_of_files_is_told_in_chinese() {
    let city = city::fresh();
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a path");
    let nowhere = format!("{folder}/nowhere/x.xlsx");
    let text = format!("{folder}/x.txt");
    std::fs::write(&text, "x").expect("writes");
    let below_a_file = format!("{text}/x.xlsx");
    for what in ["ledger", "report"] {
        for (output, why) in [
            (nowhere.as_str(), "没有这个文件或目录"),
            (folder, "这是一个目录，不是文件"),
            (&below_a_file, "路径里有一段不是目录"),
        ] {
            let ended = server::run(&city, &["export", what, "--output", output], "");
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(!ended.status.success() && said.contains(why), "{what} {output}: {said}");
            assert!(!said.contains("rror") && !said.contains("directory"), "{said}");
        }
    }
    let taken = Server::of(&city);
    let ended = server::command(&city).env("ZHUQI_LISTEN", taken.address()).output().expect("runs");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("端口已被占用") && !said.contains("os error"), "{said}");
}

#[test]
fn an_administrator_is_made_with_the_password_on_standard_input() {
    let city = city::fresh();
    let arguments = ["create-admin", "--role", "sysadmin", "--account", "first-admin"];
    let output = server::run(&city, &arguments, "Three-kinds-2026\n");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Three-kinds-2026"));
    let again = server::run(&city, &arguments, "Three-kinds-2026\n");
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("已经存在"));
}

#[test]
fn the_help_of_a_command_begins_with_its_own_options() {
    let city = city::fresh();
    for (command, own) in [("workdays", "<FROM>"), ("import", "--skip-bad"), ("restore", "--overwrite")] {
        let output = server::run(&city, &[command, "--help"], "");
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        let at = |words: &str| help.find(words).unwrap_or_else(|| panic!("{command}: no {words} in {help}"));
        let heading = at("通用选项（各命令都可以用）:");
        assert!(at(own) < heading && heading < at("--database-url"), "{help}");
        assert_eq!(help[..heading].matches("--seal-key").count(), 0, "{help}");
        assert_eq!(help[heading..].matches(own).count(), 0, "{help}");
    }
}

#[test]
fn a_log_that_is_a_file_has_no_colours() {
    let city = city::fresh();
    let server = Server::of(&city);
    wire::request(server.address(), "GET", "/login", "").expect("answers");
    let log = server.log();
    assert!(log.contains("path=\"/login\"") && !log.contains('\u{1b}'), "{log:?}");
}

#[test]
fn whoever_serves_behind_an_untrusted_proxy_is_told_once() {
    let city = city::fresh();
    for (proxy, times) in [(None, 1), (Some("127.0.0.1"), 0)] {
        let mut command = server::command(&city);
        command.env("ZHUQI_ORIGIN", "http://zhuqi.test").env_remove("ZHUQI_TRUSTED_PROXY");
        if let Some(proxy) = proxy {
            command.env("ZHUQI_TRUSTED_PROXY", proxy);
        }
        let log = Server::start(&city, command).log();
        assert_eq!(log.matches("ZHUQI_TRUSTED_PROXY is not").count(), times, "{log}");
    }
}

#[test]
fn a_command_line_that_is_not_understood_is_told_in_chinese() {
    let city = city::fresh();
    let cases: [(&[&str], &str); 8] = [
        (&["bla"], "没有 bla 这个命令"),
        (&["reprot"], "没有 reprot 这个命令，是不是 restore、export、report"),
        (&["report", "--asof", "2026-01-01"], "不认识 --asof，是不是 --as-of"),
        (&["report", "--as-of", "2026-02-30"], "--as-of <AS_OF> 不能是“2026-02-30”：日期请写成 2026-11-24"),
        (&["export", "ledger"], "缺少 --output <OUTPUT>"),
        (&["export", "bla", "-o", "x"], "<WHAT> 不能是“bla”，可以写 ledger、report"),
        (&["workdays", "2026-01-01", "99999"], "<DAYS> 不能是“99999”：请写 0 到 10000 的整数"),
        (&["serve", "--listen"], "--listen <LISTEN> 后面要写一个值"),
    ];
    for (arguments, told) in cases {
        let output = server::run(&city, arguments, "");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.status.code(), &*out), (Some(2), ""), "{arguments:?}: {err}");
        assert_eq!(err, format!("{told}。用法见 zhuqi --help\n"), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_no_errors_and_have_chinese_headings() {
    let city = city::fresh();
    for (arguments, shown) in [(&["--help"][..], "\n命令:\n"), (&["import", "-h"], "\n参数:\n"), (&["-V"], "zhuqi 0.")]
    {
        let output = server::run(&city, arguments, "");
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && help.contains(shown), "{arguments:?}: {help}");
        for english in ["Usage", "Options:", "Commands:", "Arguments:", "Print "] {
            assert!(!help.contains(english), "{arguments:?}: {english} in {help}");
        }
    }
}

#[test]
fn a_taken_port_is_told_before_anything_is_built() {
    let city = city::fresh();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let file = city.app.config.data_dir.join("not-built.db");
    for arguments in [&["demo"][..], &["serve"]] {
        let mut command = server::command(&city);
        command.env("ZHUQI_LISTEN", &address).env("DATABASE_URL", format!("sqlite:{}", file.display()));
        let output = command.args(arguments).output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(&format!("不能监听 {address}：端口已被占用")) && !said.contains("os error"), "{said}");
        assert!(!said.contains("正在建立演示城市") && !file.exists(), "{arguments:?}: {said}");
    }
}
