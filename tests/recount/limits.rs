//! Replies and first contacts to the second of their limit, counted at moments around it.
use super::{
    moved::{authority, recorded_at, register},
    *,
};
use zhuqi::{
    calendar::{end_of_day, start_of_day},
    db::Conn,
    error::Result,
    issue::{
        perform::perform,
        step::{FourAnswers, Step},
        workflow::Resolution,
    },
    report::figures::Figures,
};

/// A problem that was dispatched on Monday, 30 May 2022 at noon, to be replied within seven workdays: by Thursday,
/// 9 June, as the third is a holiday.
struct Walk {
    number: String,
}

fn noon(day: &str) -> Time {
    start_of_day(city::day(day)).plus_minutes(12 * 60)
}

fn second_after(at: Time) -> Time {
    at.plus_seconds(1)
}

impl Walk {
    fn begin(conn: &mut Conn) -> Result<Self> {
        let at = noon("2022-05-30");
        let one = Self { number: recorded_at(conn, at.plus_minutes(-60))?.number };
        one.go(conn, Permission::Triage, register(), at.plus_minutes(-30))?;
        let dispatch = Step::Dispatch {
            lead_unit_id: HOUSING,
            co_unit_ids: vec![],
            template: "13710".into(),
            requirement: String::new(),
            responsible_leader: String::new(),
        };
        one.go(conn, Permission::Triage, dispatch, at)?;
        one.go(conn, Permission::Handle, Step::Sign, at.plus_minutes(5))?;
        Ok(one)
    }

    fn go(&self, conn: &mut Conn, by: Permission, step: Step, at: Time) -> Result<()> {
        let id = if by == Permission::Handle { id_of("housing") } else { 1 };
        perform(conn, &authority(by, id), &self.number, None, &step, at).map(drop)
    }

    fn contact(&self, conn: &mut Conn, at: Time) -> Result<()> {
        self.go(conn, Permission::Handle, Step::Contact { person: "厂长".into(), note: "约了时间".into() }, at)
    }

    /// In touch and reported, so that the reply is what is due next.
    fn work(&self, conn: &mut Conn) -> Result<()> {
        self.contact(conn, noon("2022-05-31"))?;
        let progress = Step::Progress { note: "看过现场".into(), measures: String::new() };
        self.go(conn, Permission::Handle, progress, noon("2022-06-01"))
    }

    fn reply(&self, conn: &mut Conn, at: Time) -> Result<()> {
        let reply = Step::Reply {
            resolution: Resolution::Solved,
            text: "办好了".into(),
            measures: String::new(),
            override_reason: String::new(),
        };
        self.go(conn, Permission::Handle, reply, at)
    }

    fn approve(&self, conn: &mut Conn, at: Time) -> Result<()> {
        let four = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
        self.go(conn, Permission::Review, Step::Approve { four, opinion: String::new(), invalid: false }, at)
    }
}

/// Whatever happened before the moment.
fn figures(conn: &mut Conn, before: Time) -> Result<Figures> {
    let question = Question { by: By::City, from: city::day("2022-01-01"), to: city::day("2022-12-31"), before };
    query::report(conn, Scope::system(), &question).map(|report| report.total)
}

/// (needing contact, responded)
fn contact(figures: Figures) -> (i64, i64) {
    (figures.needing_contact, figures.responded)
}
/// (due, on time, due with extension, on time with extension)
fn replies(figures: Figures) -> (i64, i64, i64, i64) {
    (figures.due, figures.on_time, figures.due_extended, figures.on_time_extended)
}

fn told<T: Send + 'static>(tell: impl Fn(&mut Conn) -> Result<T> + Send + 'static) -> T {
    city::fresh().app.db.write_blocking(tell).expect("is counted")
}

#[test]
fn a_first_contact_is_in_time_to_the_last_second_of_the_next_workday() {
    let limit = end_of_day(city::day("2022-05-31"));
    for (at, counts) in [(limit, (1, 1)), (second_after(limit), (1, 0))] {
        let counted = told(move |conn| {
            Walk::begin(conn)?.contact(conn, at)?;
            figures(conn, noon("2022-06-02"))
        });
        assert_eq!(contact(counted), counts, "{at:?}");
    }
    let (running, passed) = told(move |conn| {
        Walk::begin(conn)?;
        Ok((figures(conn, limit)?, figures(conn, second_after(limit))?))
    });
    assert_eq!((contact(running), contact(passed)), ((0, 0), (1, 0)), "nobody was in touch");
}

#[test]
fn a_unit_that_gets_a_company_which_was_contacted_needs_no_first_contact() {
    let (first, second) = told(|conn| {
        let walk = Walk::begin(conn)?;
        // Late, and then it is another's.
        walk.contact(conn, noon("2022-06-01"))?;
        let first = figures(conn, noon("2022-06-02"))?;
        let transfer = Step::Transfer { lead_unit_id: FINANCE, reason: "归口".into() };
        walk.go(conn, Permission::Triage, transfer, noon("2022-06-02"))?;
        walk.go(conn, Permission::Handle, Step::Sign, noon("2022-06-02").plus_minutes(10))?;
        Ok((first, figures(conn, noon("2022-06-20"))?))
    });
    assert_eq!((contact(first), contact(second)), ((1, 0), (0, 0)));
}

#[test]
fn a_reply_is_on_time_to_the_last_second_and_once_it_is_approved() {
    let limit = end_of_day(city::day("2022-06-09"));
    for (at, on_time) in [(limit, 1), (second_after(limit), 0)] {
        let (early, waiting, approved) = told(move |conn| {
            let walk = Walk::begin(conn)?;
            walk.work(conn)?;
            let early = figures(conn, limit)?;
            walk.reply(conn, at)?;
            walk.approve(conn, noon("2022-06-10"))?;
            Ok((early, figures(conn, noon("2022-06-10"))?, figures(conn, second_after(noon("2022-06-10")))?))
        });
        assert_eq!(replies(early), (0, 0, 0, 0), "neither due nor replied");
        assert_eq!(replies(waiting), (1, 0, 1, 0), "the office has not seen it yet");
        assert_eq!(replies(approved), (1, on_time, 1, on_time), "{at:?}");
    }
}

#[test]
fn an_extension_counts_in_the_second_figure_alone() {
    let (passed, approved) = told(|conn| {
        let walk = Walk::begin(conn)?;
        walk.work(conn)?;
        let ask = Step::RequestExtension { days: 2, reason: "等设备".into(), basis: "订货单".into() };
        walk.go(conn, Permission::Handle, ask, noon("2022-06-02"))?;
        let grant = Step::GrantExtension { days: 2, opinion: "同意".into() };
        walk.go(conn, Permission::Review, grant, noon("2022-06-02").plus_minutes(5))?;
        let passed = figures(conn, noon("2022-06-10"))?;
        walk.reply(conn, noon("2022-06-13"))?;
        walk.approve(conn, noon("2022-06-14"))?;
        Ok((passed, figures(conn, noon("2022-06-15"))?))
    });
    assert_eq!(replies(passed), (1, 0, 0, 0), "due by the first limit alone");
    assert_eq!(replies(approved), (1, 0, 1, 1));
}

#[test]
fn a_limit_does_not_pass_while_the_company_is_waited_for() {
    let (waiting, resumed, passed) = told(|conn| {
        let walk = Walk::begin(conn)?;
        walk.work(conn)?;
        let ask = Step::RequestSupplement { missing: "图纸".into(), days: 5 };
        walk.go(conn, Permission::Handle, ask, noon("2022-06-08"))?;
        let waiting = figures(conn, noon("2022-06-13"))?;
        let step = Step::Supplement { text: "补上了".into() };
        walk.go(conn, Permission::AnswerAsEnterprise, step, noon("2022-06-13"))?;
        // It stood for three workdays: the ninth, the tenth and the thirteenth.
        let limit = end_of_day(city::day("2022-06-14"));
        Ok((waiting, figures(conn, limit)?, figures(conn, second_after(limit))?))
    });
    assert_eq!((replies(waiting), replies(resumed), replies(passed)), ((0, 0, 0, 0), (0, 0, 0, 0), (1, 0, 1, 0)));
}
