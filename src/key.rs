//! Primary keys, made here and not by the database: 42 bits of milliseconds, 21 bits of a counter. A key made for a
//! moment sorts by that moment, so "newest first" and "collected between" are ranges of the primary key and need no
//! index of their own.
use crate::time::Time;
use std::{
    collections::HashMap,
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

const COUNTER_BITS: u32 = 21;

/// Starts anywhere, so that two instances do not meet; should they, `Db::write` replays the transaction once.
static COUNTER: LazyLock<AtomicI64> = LazyLock::new(|| AtomicI64::new(rand::random::<u32>().into()));

/// While the demo city is built: how many keys were made for each millisecond. It makes millions for few moments and in
/// no order of time, so that one counter would come round to the same key.
static BUILT: Mutex<Option<HashMap<i64, i64>>> = Mutex::new(None);
static IS_BUILDING: AtomicBool = AtomicBool::new(false);

/// A new key for a row that belongs to `at`.
pub fn fresh(at: Time) -> i64 {
    let first = first_at(at);
    if IS_BUILDING.load(Ordering::Relaxed)
        && let Ok(mut built) = BUILT.lock()
        && let Some(built) = built.as_mut()
    {
        let made = built.entry(first).or_default();
        *made += 1;
        return first | (*made & ((1 << COUNTER_BITS) - 1));
    }
    first | (COUNTER.fetch_add(1, Ordering::Relaxed) & ((1 << COUNTER_BITS) - 1))
}

/// The smallest key a row of this moment can have: the bound of a range.
pub fn first_at(at: Time) -> i64 {
    at.0.div_euclid(1000).clamp(0, (1 << 42) - 1) << COUNTER_BITS
}

/// The moment a key was made for, to the millisecond.
pub fn moment(key: i64) -> Time {
    Time((key >> COUNTER_BITS) * 1000)
}

/// Whether a key was made for this moment.
pub fn is_of(key: i64, at: Time) -> bool {
    moment(key) == moment(first_at(at))
}

/// The smallest key so many milliseconds after the moment in a column, in the SQL of both engines.
pub fn first_at_sql(column: &str, later: i64) -> String {
    format!("({column} / 1000 + {later}) * {}", 1i64 << COUNTER_BITS)
}

/// Makes the keys of what is built reproducible: for a process that builds the demo city and, while it does, nothing else.
pub fn reproducible<T>(build: impl FnOnce() -> T) -> T {
    let set = |counts| *BUILT.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    set(Some(HashMap::new()));
    IS_BUILDING.store(true, Ordering::Relaxed);
    let built = build();
    IS_BUILDING.store(false, Ordering::Relaxed);
    set(None);
    built
}
