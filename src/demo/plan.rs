//! How many problems of which fate, and when each comes in. The sums are those of the published paragraph.
use super::clock;
use crate::{
    issue::workflow::{Resolution, Status},
    time::Time,
};
use chrono::{Days, NaiveDate};
use rand::{Rng, rngs::StdRng};

pub const RESOLVED: usize = 11_423;

/// How a problem goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Closed as solved.
    Solved(Path),
    /// Closed, but not as solved.
    Otherwise(Resolution),
    /// Open at the end; overdue or not.
    Open(Status, bool),
    /// Beside the figures.
    Rejected,
    Merged,
    Withdrawn,
    Invalid,
}

/// The turns on the way to a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    Straight,
    OnSite,
    Supplement,
    Extension,
    CoUnit,
    SentBack,
    Returned,
    ReturnRefused,
    Disputed,
    Unrated,
    LongTerm,
    Reopened,
    PassedUp,
}

pub struct Plan {
    pub fate: Fate,
    pub submitted_at: Time,
    /// Index of the company.
    pub company: usize,
}

/// Of 26 not resolved: 22 over the open statuses, 8 of them overdue, and 4 closed otherwise.
const OTHERS: &[(Fate, u32)] = &[
    (Fate::Open(Status::Registered, false), 0),
    (Fate::Open(Status::Registered, false), 0),
    (Fate::Open(Status::Registered, true), 3),
    (Fate::Open(Status::Dispatched, false), 1),
    (Fate::Open(Status::Dispatched, false), 1),
    (Fate::Open(Status::ReturnRequested, false), 1),
    (Fate::Open(Status::InProgress, false), 5),
    (Fate::Open(Status::InProgress, false), 4),
    (Fate::Open(Status::InProgress, false), 6),
    (Fate::Open(Status::InProgress, true), 24),
    (Fate::Open(Status::InProgress, true), 27),
    (Fate::Open(Status::InProgress, true), 30),
    (Fate::Open(Status::InProgress, true), 33),
    (Fate::Open(Status::InProgress, true), 38),
    (Fate::Open(Status::InProgress, true), 41),
    (Fate::Open(Status::WaitingEnterprise, false), 7),
    (Fate::Open(Status::WaitingEnterprise, false), 8),
    (Fate::Open(Status::LongTerm, false), 20),
    (Fate::Open(Status::Replied, false), 9),
    (Fate::Open(Status::Replied, true), 14),
    (Fate::Open(Status::AwaitingRating, false), 11),
    (Fate::Open(Status::Disputed, false), 12),
    (Fate::Otherwise(Resolution::PartlySolved), 60),
    (Fate::Otherwise(Resolution::Explained), 66),
    (Fate::Otherwise(Resolution::Explained), 75),
    (Fate::Otherwise(Resolution::Guided), 82),
];

/// Beside C: not registered yet, or left out of the figures.
const BESIDE: &[(Fate, usize)] = &[
    (Fate::Open(Status::Submitted, false), 10),
    (Fate::Rejected, 22),
    (Fate::Merged, 16),
    (Fate::Withdrawn, 12),
    (Fate::Invalid, 8),
];

/// Shares of the ways to a solution, of a thousand.
const PATHS: &[(Path, u32)] = &[
    (Path::Straight, 560),
    (Path::OnSite, 90),
    (Path::Supplement, 70),
    (Path::CoUnit, 70),
    (Path::Extension, 30),
    (Path::SentBack, 25),
    (Path::Returned, 15),
    (Path::ReturnRefused, 10),
    (Path::Disputed, 15),
    (Path::Unrated, 70),
    (Path::LongTerm, 5),
    (Path::Reopened, 10),
    (Path::PassedUp, 30),
];

fn path(rng: &mut StdRng) -> Path {
    let mut draw = rng.random_range(0..1000);
    for (path, share) in PATHS {
        if draw < *share {
            return *path;
        }
        draw -= share;
    }
    Path::Straight
}

/// Natural days within which a fate is fulfilled.
fn longest(fate: Fate) -> u64 {
    match fate {
        Fate::Solved(Path::LongTerm | Path::Extension | Path::Reopened) => 110,
        Fate::Solved(Path::SentBack | Path::Returned | Path::Disputed | Path::Supplement) => 75,
        Fate::Solved(Path::OnSite) => 14,
        _ => 50,
    }
}

/// All problems in the order in which they come in.
pub fn plan(rng: &mut StdRng, scale: usize, companies: usize, from: NaiveDate, until: NaiveDate) -> Vec<Plan> {
    let mut plans = Vec::new();
    for _ in 0..RESOLVED * scale {
        let fate = Fate::Solved(path(rng));
        let on = clock::some_workday(rng, from, until - Days::new(longest(fate)));
        plans.push(Plan { fate, submitted_at: clock::in_hours(rng, on), company: rng.random_range(0..companies) });
    }
    for _ in 0..scale {
        for (fate, before) in OTHERS {
            let mut submitted_at = clock::in_hours(rng, clock::workdays_before(until, *before));
            if *before == 0 {
                // Today's: early enough for what still happens today.
                submitted_at = crate::calendar::start_of_day(clock::workdays_before(until, 0))
                    .plus_minutes(rng.random_range(8 * 60 + 30..11 * 60));
            }
            plans.push(Plan { fate: *fate, submitted_at, company: rng.random_range(0..companies) });
        }
        for (fate, count) in BESIDE {
            for n in 0..*count {
                let on = match fate {
                    Fate::Open(..) => clock::workdays_before(until, u32::from(n % 4 == 3)),
                    _ => clock::some_workday(rng, from + Days::new(30), until - Days::new(50)),
                };
                let submitted_at = match fate {
                    Fate::Open(..) => {
                        crate::calendar::start_of_day(on).plus_minutes(rng.random_range(8 * 60 + 30..16 * 60))
                    }
                    _ => clock::in_hours(rng, on),
                };
                plans.push(Plan { fate: *fate, submitted_at, company: rng.random_range(0..companies) });
            }
        }
    }
    plans.sort_by_key(|plan| plan.submitted_at);
    plans
}
