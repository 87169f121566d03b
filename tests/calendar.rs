//! Workdays, limits and lights, checked against the official data read anew and counted day by day.
use crate::support::soak;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use zhuqi::{
    calendar::{
        Calendar, Light, Limit, end_of_day, from_shanghai, shanghai, shanghai_date, start_of_day, start_of_next_day,
    },
    time::Time,
};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}
fn moment(text: &str) -> Time {
    from_shanghai(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("a moment"))
}
fn official_data() -> Value {
    serde_json::from_str(include_str!("../src/calendar/workdays_2021_2026.json")).expect("JSON")
}
fn in_plain_week(on: NaiveDate) -> bool {
    !matches!(on.weekday(), Weekday::Sat | Weekday::Sun)
}
/// A seeded day from 2010 to 2035: before, within and after the years with data.
fn any_day(rng: &mut StdRng) -> NaiveDate {
    day("2010-01-01") + Days::new(rng.random_range(0..365 * 26))
}
fn days_between(from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().skip(1).take_while(move |on| *on <= until)
}

#[test]
fn workday_limits_end_on_the_published_days() {
    let calendar = Calendar::official();
    for (from, n, on, estimated) in [
        ("2026-02-13", 1, "2026-02-14", false),
        ("2026-02-13", 3, "2026-02-25", false),
        ("2026-02-13", 7, "2026-03-02", false),
        ("2026-09-18", 1, "2026-09-20", false),
        ("2026-09-24", 5, "2026-10-09", false),
        ("2026-09-30", 3, "2026-10-10", false),
        ("2026-04-30", 5, "2026-05-11", false),
        ("2026-01-01", 1, "2026-01-04", false),
        ("2024-02-08", 2, "2024-02-18", false),
        ("2023-09-28", 3, "2023-10-09", false),
        ("2021-09-30", 2, "2021-10-09", false),
        ("2026-11-23", 22, "2026-12-23", false),
        ("2026-11-23", 30, "2027-01-04", true),
    ] {
        let due = calendar.due(day(from), Limit::Workdays(n));
        assert_eq!((due.on, due.estimated), (day(on), estimated), "{from} + {n}");
        assert_eq!(calendar.workdays_between(day(from), day(on)), i64::from(n), "{from} to {on}");
        assert_eq!(due.at(), moment(&format!("{on} 23:59:59")));
    }
}

#[test]
fn every_day_with_data_equals_the_official_lists() {
    let calendar = Calendar::official();
    let data = official_data();
    let years = data.as_object().expect("years");
    assert_eq!(years.keys().collect::<Vec<_>>(), ["2021", "2022", "2023", "2024", "2025", "2026"]);
    for (name, year) in years {
        let first = day(&format!("{name}-01-01"));
        let mut workdays = 0;
        for on in first.iter_days().take_while(|on| on.year() == first.year()) {
            let key = on.to_string();
            let (off, made_up) = (year["days_off"][&key].as_str(), year["make_up_workdays"][&key].as_str());
            assert!(off.is_none() || made_up.is_none(), "{on} is in both lists");
            let expected = made_up.is_some() || off.is_none() && in_plain_week(on);
            assert_eq!(calendar.is_workday(on), expected, "{on}");
            assert_eq!(calendar.reason(on), made_up.or(off), "{on}");
            assert!(!calendar.is_estimated(on), "{on}");
            workdays += u64::from(calendar.is_workday(on));
        }
        assert_eq!(year["workdays"].as_u64(), Some(workdays), "workdays of {name}");
    }
}

#[test]
fn years_without_data_know_weekends_and_are_estimated() {
    let calendar = Calendar::official();
    for on in [day("2019-06-01"), day("2027-01-01"), day("0001-01-01"), day("-0300-03-05"), day("9999-12-31")]
        .into_iter()
        .flat_map(|first| first.iter_days().take(800))
    {
        if !(2021..=2026).contains(&on.year()) {
            assert!(calendar.is_estimated(on), "{on}");
            assert_eq!(calendar.is_workday(on), in_plain_week(on), "{on}");
            assert_eq!(calendar.reason(on), None, "{on}");
        }
    }
    // New Year 2021 is passed, but the days counted before it lie in a year without data.
    let across = calendar.add_workdays(day("2020-12-25"), 5);
    assert_eq!((across.on, across.estimated), (day("2021-01-04"), true));
    // Here every counted day has data.
    let within = calendar.add_workdays(day("2020-12-31"), 1);
    assert_eq!((within.on, within.estimated), (day("2021-01-04"), false));
    assert!(!calendar.add_workdays(day("2026-12-30"), 1).estimated);
    assert!(calendar.add_workdays(day("2026-12-31"), 1).estimated);
    assert!(calendar.due(day("2026-12-15"), Limit::Months(1)).estimated);
    assert!(!calendar.due(day("2026-11-15"), Limit::Months(1)).estimated);
}

#[test]
fn no_limit_however_long_panics() {
    let calendar = Calendar::official();
    for from in [NaiveDate::MIN, day("2026-11-24"), NaiveDate::MAX] {
        for n in [0, 1, 100_000, u32::MAX] {
            for limit in [Limit::Workdays(n), Limit::NaturalDays(n), Limit::Months(n)] {
                let due = calendar.due(from, limit);
                assert!(due.on >= from, "{from} {limit:?}");
                assert!(due.at() >= start_of_day(from), "{from} {limit:?}");
            }
        }
    }
    for at in [Time(i64::MIN), Time(0), Time(i64::MAX - 1), Time::NEVER] {
        shanghai(at);
        Light::of(Calendar::official(), at, Time(0));
        Light::of(Calendar::official(), Time(0), at);
    }
    assert_eq!(calendar.due_at(Time::NEVER, Limit::Workdays(3)), Time::NEVER);
    assert_eq!(calendar.shift(Time::NEVER, 3), Time::NEVER);
}

#[test]
fn the_nth_workday_is_found_as_by_counting_days() {
    let calendar = Calendar::official();
    let mut rng = StdRng::seed_from_u64(13710);
    for _ in 0..soak::count(5_000, 1_000_000) {
        let (from, n) = (any_day(&mut rng), rng.random_range(0..60));
        let counted = match n {
            0 => from,
            n => from.iter_days().skip(1).filter(|on| calendar.is_workday(*on)).nth(n - 1).expect("a day"),
        };
        let due = calendar.add_workdays(from, n as u32);
        assert_eq!(due.on, counted, "{from} + {n}");
        let estimated = days_between(from, counted).any(|on| calendar.is_estimated(on));
        assert_eq!(due.estimated, estimated || (n == 0 && calendar.is_estimated(from)), "{from} + {n}");
    }
}

#[test]
fn adding_workdays_is_monotone_additive_and_inverted_by_counting() {
    let calendar = Calendar::official();
    let mut rng = StdRng::seed_from_u64(20220609);
    for _ in 0..soak::count(5_000, 1_000_000) {
        let (from, later) = (any_day(&mut rng), any_day(&mut rng));
        let (n, m) = (rng.random_range(0..400), rng.random_range(1..400));
        let on = calendar.add_workdays(from, n).on;
        let beyond = calendar.add_workdays(from, n + m).on;
        assert!(on < beyond, "{from} + {n} comes before + {m} more");
        assert_eq!(calendar.add_workdays(on, m).on, beyond, "{from} + {n} + {m}");
        assert_eq!(calendar.workdays_between(from, on), i64::from(n), "{from} + {n}");
        assert_eq!(calendar.workdays_between(on, from), -i64::from(n), "{from} + {n} and back");
        assert!(n == 0 || calendar.is_workday(on), "{from} + {n} is a workday");

        let (first, last) = (from.min(later), from.max(later));
        assert!(calendar.add_workdays(first, n).on <= calendar.add_workdays(last, n).on, "{first} {last} + {n}");
        assert_eq!(
            calendar.workdays_between(first, last),
            calendar.workdays_between(first, on) + calendar.workdays_between(on, last),
            "{first} over {on} to {last}"
        );
        let counted = days_between(first, last).filter(|on| calendar.is_workday(*on)).count();
        assert_eq!(calendar.workdays_between(first, last), counted as i64, "{first} to {last}");
    }
}

#[test]
fn months_clamp_to_their_end_and_roll_to_a_workday() {
    let calendar = Calendar::official();
    for (from, months, on) in [
        ("2026-03-31", 1, "2026-04-30"), // no 31 April
        ("2024-01-31", 1, "2024-02-29"), // leap year
        ("2023-01-31", 1, "2023-02-28"),
        ("2026-01-15", 1, "2026-02-24"), // in the Spring Festival
        ("2026-01-14", 1, "2026-02-14"), // a Saturday worked
        ("2026-09-01", 1, "2026-10-08"), // in the National Day week
        ("2026-04-24", 1, "2026-05-25"), // a Sunday
        ("2026-11-30", 3, "2027-03-01"), // 28 February 2027 is a Sunday
        ("2026-11-24", 0, "2026-11-24"),
    ] {
        assert_eq!(calendar.due(day(from), Limit::Months(months)).on, day(on), "{from} + {months} months");
    }
}

#[test]
fn natural_days_roll_to_a_workday() {
    let calendar = Calendar::official();
    for (from, days, on) in [
        ("2026-11-24", 30, "2026-12-24"),
        ("2026-09-01", 30, "2026-10-08"),
        ("2026-09-13", 7, "2026-09-20"), // a Sunday worked
        ("2026-11-20", 1, "2026-11-23"),
    ] {
        assert_eq!(calendar.due(day(from), Limit::NaturalDays(days)).on, day(on), "{from} + {days} days");
    }
    let mut rng = StdRng::seed_from_u64(30);
    for _ in 0..1_000 {
        let (from, days) = (any_day(&mut rng), rng.random_range(0..400));
        let target = from + Days::new(days.into());
        let on = calendar.due(from, Limit::NaturalDays(days)).on;
        assert!(on >= target && calendar.is_workday(on), "{from} + {days}");
        let skipped = target.iter_days().take_while(|day| *day < on).any(|day| calendar.is_workday(day));
        assert!(!skipped, "{from} + {days} skips no workday");
    }
}

#[test]
fn limits_are_named_in_words() {
    assert_eq!(Limit::Workdays(7).label(), "7 个工作日");
    assert_eq!(Limit::Months(1).label(), "1 个月");
    assert_eq!(Limit::NaturalDays(30).label(), "30 天");
}

#[test]
fn shanghai_days_begin_eight_hours_before_utc() {
    assert_eq!(start_of_day(day("1970-01-01")), Time(-8 * 3600 * 1_000_000));
    assert_eq!(end_of_day(day("2026-11-24")), moment("2026-11-24 23:59:59"));
    assert_eq!(start_of_next_day(day("2026-11-24")), start_of_day(day("2026-11-25")));
    assert_eq!(shanghai_date(Time(start_of_day(day("2026-11-24")).0 - 1)), day("2026-11-23"));
    let mut rng = StdRng::seed_from_u64(8);
    for _ in 0..1_000 {
        let at = Time(rng.random_range(0..4_102_444_800_000_000));
        let on = shanghai_date(at);
        assert_eq!(from_shanghai(shanghai(at)), at);
        assert!(start_of_day(on) <= at && at < start_of_next_day(on));
    }
}

#[test]
fn lights_say_how_many_workdays_are_left() {
    for (due, now, light, class, text) in [
        ("2026-11-27", "2026-11-24 09:00:00", Light::Normal(3), "light-normal", "正常 剩 3 个工作日"),
        ("2026-11-26", "2026-11-24 23:59:59", Light::Normal(2), "light-normal", "正常 剩 2 个工作日"),
        ("2026-11-25", "2026-11-24 00:00:00", Light::Soon(1), "light-soon", "临期 剩 1 个工作日"),
        ("2026-11-24", "2026-11-24 00:00:00", Light::Soon(0), "light-soon", "临期 今天到期"),
        ("2026-11-24", "2026-11-24 23:59:59", Light::Soon(0), "light-soon", "临期 今天到期"),
        ("2026-11-24", "2026-11-25 00:00:00", Light::Overdue(1), "light-overdue", "逾期 1 个工作日"),
        // Over the weekend no workday passes, but the limit has ended.
        ("2026-11-20", "2026-11-21 00:00:00", Light::Overdue(0), "light-overdue", "逾期 不足 1 个工作日"),
        ("2026-11-20", "2026-11-23 00:00:00", Light::Overdue(1), "light-overdue", "逾期 1 个工作日"),
        // On the last workday before the National Day week the next workday is 8 October.
        ("2026-10-08", "2026-09-30 12:00:00", Light::Soon(1), "light-soon", "临期 剩 1 个工作日"),
        ("2026-10-09", "2026-10-03 12:00:00", Light::Normal(2), "light-normal", "正常 剩 2 个工作日"),
        ("2026-09-30", "2026-10-09 12:00:00", Light::Overdue(2), "light-overdue", "逾期 2 个工作日"),
    ] {
        let shown = Light::of(Calendar::official(), end_of_day(day(due)), moment(now));
        assert_eq!(shown, light, "due {due}, now {now}");
        assert_eq!((shown.class(), shown.text().as_str()), (class, text), "due {due}, now {now}");
    }
    let still = Light::of(Calendar::official(), Time::NEVER, moment("2026-11-24 09:00:00"));
    assert_eq!((still.class(), still.text().as_str()), ("light-still", "停表"));
}
