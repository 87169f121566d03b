//! A run of load: so many connections, one thread each, walk a list of calls for so long.
use super::client::{Call, Connection};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Error, ErrorKind},
    net::SocketAddr,
    sync::atomic::AtomicU64,
    thread,
    time::{Duration, Instant},
};

const PAUSE_BEFORE_RECONNECTING: Duration = Duration::from_millis(10);

/// What a run measured. Times run from the first byte sent to the last byte read.
#[derive(Debug)]
pub struct Figures {
    pub lasted: Duration,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without a whole answer: refused, cut off, malformed, or too late.
    pub broken: u64,
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
}

impl Figures {
    pub fn answers(&self) -> u64 {
        self.statuses.values().sum()
    }
    pub fn per_second(&self) -> f64 {
        self.answers() as f64 / self.lasted.as_secs_f64()
    }
    /// Answers other than 2xx and 3xx.
    pub fn refused(&self) -> u64 {
        let refused = self.statuses.iter().filter(|(status, _)| !(200..400).contains(*status));
        refused.map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let [p50, p99, max] = [self.p50, self.p99, self.max].map(|time| time.as_secs_f64() * 1000.0);
        write!(out, "{:.0} requests/s, p50 {p50:.2} ms, p99 {p99:.2} ms, max {max:.2} ms, ", self.per_second())?;
        write!(out, "status {:?}, refused {}, broken {}", self.statuses, self.refused(), self.broken)
    }
}

#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    statuses: BTreeMap<u16, u64>,
    broken: u64,
}

/// Loads the server with `connections` at once for `lasting`; an answer under way at the end is still awaited.
/// Each connection walks the whole list, over and over, from another start. Errors: no connection at the start, an
/// address that is not loopback, an empty list.
pub fn run(address: SocketAddr, calls: &[Call], connections: usize, lasting: Duration) -> io::Result<Figures> {
    if calls.is_empty() || connections == 0 {
        return Err(Error::new(ErrorKind::InvalidInput, "nothing to send"));
    }
    let opened = (0..connections).map(|_| Connection::open(address)).collect::<io::Result<Vec<_>>>()?;
    let number = &AtomicU64::new(0);
    let start = Instant::now();
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let workers = opened.into_iter().enumerate().map(|(index, connection)| {
            let first = index * calls.len() / connections;
            scope.spawn(move || work(address, connection, calls, first, number, start + lasting))
        });
        let workers: Vec<_> = workers.collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    Ok(sum_up(tallies, start.elapsed()))
}

fn work(
    address: SocketAddr,
    connection: Connection,
    calls: &[Call],
    first: usize,
    number: &AtomicU64,
    end: Instant,
) -> Tally {
    let mut tally = Tally::default();
    let mut request = Vec::new();
    let mut connection = Some(connection);
    for call in calls.iter().cycle().skip(first).take_while(|_| Instant::now() < end) {
        call.write_to(&mut request, number);
        let sent = Instant::now();
        let live = connection.take().map_or_else(|| Connection::open(address), Ok);
        let answered = live.and_then(|mut live| Ok((live.exchange(&request)?.status, live)));
        match answered {
            Ok((status, live)) => {
                tally.times.push(sent.elapsed());
                *tally.statuses.entry(status).or_default() += 1;
                connection = Some(live).filter(|live| !live.closing);
            }
            Err(_) => {
                tally.broken += 1;
                thread::sleep(PAUSE_BEFORE_RECONNECTING);
            }
        }
    }
    tally
}

fn sum_up(tallies: Vec<Tally>, lasted: Duration) -> Figures {
    let mut all = Tally::default();
    for tally in tallies {
        all.times.extend(tally.times);
        all.broken += tally.broken;
        for (status, count) in tally.statuses {
            *all.statuses.entry(status).or_default() += count;
        }
    }
    all.times.sort_unstable();
    // The nearest rank: the least time that so many of a hundred answers did not exceed.
    let rank = |percent: usize| {
        let rank = (all.times.len() * percent).div_ceil(100);
        all.times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    };
    Figures { lasted, p50: rank(50), p99: rank(99), max: rank(100), statuses: all.statuses, broken: all.broken }
}
