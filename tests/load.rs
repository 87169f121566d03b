//! The load generator tells the truth: it counts what a small server of known behaviour really did.
#[path = "../benches/load/client.rs"]
mod client;
#[path = "../benches/load/run.rs"]
mod run;

use client::{Call, Connection};
use run::run;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// The request lines and bodies that the server received.
type Log = Arc<Mutex<Vec<(String, String)>>>;

/// Answers by path until the client hangs up.
fn serve() -> (SocketAddr, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let log = Log::default();
    let kept = log.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let log = kept.clone();
            thread::spawn(move || answer_all(stream, &log));
        }
    });
    (address, log)
}

fn answer_all(mut stream: TcpStream, log: &Log) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut request_line, mut length) = (String::new(), 0);
        if reader.read_line(&mut request_line).ok()? == 0 {
            return None;
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let path = request_line.split(' ').nth(1)?.to_owned();
        log.lock().ok()?.push((path.clone(), String::from_utf8(body).ok()?));
        let answer: &[&str] = match path.as_str() {
            "/chunked" => &[
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nab",
                "cd\r\n1",
                "0\r\n",
                "0123456789abcdef\r\n0\r",
                "\n\r\n",
            ],
            "/slow" => &["HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", "slow"],
            "/moved" => &["HTTP/1.1 303 See Other\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n"],
            "/unchanged" => &["HTTP/1.1 304 Not Modified\r\ncontent-length: 900\r\n\r\n"],
            "/error" => &["HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\nno"],
            "/closing" => &["HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 3\r\n\r\nbye"],
            "/cut" => &["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this"],
            _ => &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
        };
        for (index, part) in answer.iter().enumerate() {
            if index > 0 {
                thread::sleep(Duration::from_millis(20));
            }
            stream.write_all(part.as_bytes()).ok()?;
        }
        if matches!(path.as_str(), "/closing" | "/cut") {
            return stream.shutdown(std::net::Shutdown::Both).ok();
        }
    }
}

#[test]
fn answers_are_read_whole_over_one_connection() {
    let (address, _) = serve();
    let mut connection = Connection::open(address).expect("a connection");
    for (path, status, body) in [
        ("/", 200, "ok"),
        ("/chunked", 200, "abcd0123456789abcdef"),
        ("/slow", 200, "slow"),
        ("/moved", 303, ""),
        ("/unchanged", 304, ""),
        ("/error", 500, "no"),
        ("/", 200, "ok"),
    ] {
        let answer = connection.call(&Call::get(path)).expect(path);
        assert_eq!((answer.status, str::from_utf8(answer.body)), (status, Ok(body)), "{path}");
        assert_eq!(answer.header("Location"), (status == 303).then_some("/there"), "{path}");
    }
    assert!(connection.call(&Call::get("/cut")).is_err());
}

#[test]
fn a_run_counts_what_the_server_answered() {
    let (address, log) = serve();
    let calls = ["/", "/moved", "/error", "/closing", "/cut"].map(Call::get);
    let figures = run(address, &calls, 3, Duration::from_millis(400)).expect("a run");
    let log = log.lock().expect("the log");
    let received = |path: &str| log.iter().filter(|(received, _)| received == path).count() as u64;
    assert!(received("/cut") > 0, "{figures}");
    assert_eq!(figures.statuses[&200], received("/") + received("/closing"), "{figures}");
    assert_eq!(figures.statuses[&303], received("/moved"), "{figures}");
    assert_eq!(figures.refused(), received("/error"), "{figures}");
    assert_eq!(figures.broken, received("/cut"), "{figures}");
    assert_eq!(figures.answers() + figures.broken, log.len() as u64, "{figures}");
}

#[test]
fn every_fresh_body_is_sent_once_with_its_headers() {
    let (address, log) = serve();
    let calls = [Call::post_fresh("/issues", |n| format!("once={n}")).header("Cookie", "a=b")];
    let figures = run(address, &calls, 4, Duration::from_millis(200)).expect("a run");
    let mut bodies: Vec<_> = log.lock().expect("the log").iter().map(|(_, body)| body.clone()).collect();
    let received = bodies.len();
    bodies.sort();
    bodies.dedup();
    assert_eq!((bodies.len(), figures.answers()), (received, received as u64), "{figures}");
    let form = Call::post("/", "标题=x".into());
    Connection::open(address).expect("a connection").call(&form).expect("an answer");
    assert_eq!(log.lock().expect("the log").last().expect("a request").1, "标题=x");
}

#[test]
fn times_and_rates_are_those_of_the_server() {
    let (address, _) = serve();
    let figures = run(address, &[Call::get("/slow")], 2, Duration::from_millis(500)).expect("a run");
    assert!(figures.p50 >= Duration::from_millis(20) && figures.p50 <= figures.p99 && figures.p99 <= figures.max);
    assert!(figures.lasted >= Duration::from_millis(500) && figures.lasted < Duration::from_secs(3));
    // Two connections, 20 ms at least for each answer.
    assert!(figures.per_second() <= 100.0, "{figures}");
    assert!(figures.answers() > 4, "{figures}");
}

#[test]
fn only_loopback_is_loaded() {
    let elsewhere = "192.0.2.1:80".parse().expect("an address");
    assert!(Connection::open(elsewhere).is_err());
    let (address, _) = serve();
    assert!(run(address, &[], 1, Duration::from_millis(1)).is_err());
}
