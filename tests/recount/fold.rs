//! One issue's state at a moment, folded from the JSON of its events by rules written down here a second time.
use super::tally::RawEvent;
use chrono::NaiveDate;
use serde_json::Value;
use zhuqi::{
    calendar::{Calendar, Limit, end_of_day, shanghai_date},
    time::Time,
};

#[derive(Debug, Clone, Default)]
pub struct State {
    pub status: String,
    pub submitted_at: Option<Time>,
    pub registered_at: Option<Time>,
    pub area: i64,
    pub group: Option<i64>,
    pub lead: Option<i64>,
    pub category: Option<i64>,
    pub resolution: String,
    pub answer: String,
    pub rating: String,
    pub history: bool,
    pub company: Option<i64>,
    /// Of the first clock.
    pub dispatched: Option<Time>,
    pub replied: Option<Time>,
    pub closed: Option<Time>,
    /// The limit of the step in hand.
    pub due: Option<Time>,
    complexity: String,
    pub reply_due: Option<Time>,
    /// The first clock, which giving the issue to another unit does not reset.
    pub first_due: Option<Time>,
    given: Option<Time>,
    again: bool,
    pub signed: Option<Time>,
    pub contacted: Option<Time>,
    progressed: Option<Time>,
    pub paused: Option<Time>,
    paused_days: i64,
}

fn workdays(from: Time, n: u32) -> Option<Time> {
    Some(Calendar::official().due_at(from, Limit::Workdays(n)))
}
/// On the day that was named, rolled to a workday, after 30 days at the latest.
fn next_report(named: &str, at: Time) -> Time {
    let latest = Calendar::official().due_at(at, Limit::NaturalDays(30));
    let Ok(mut on) = named.parse::<NaiveDate>() else { return latest };
    while !Calendar::official().is_workday(on) {
        on = on.succ_opt().expect("a next day");
    }
    latest.min(end_of_day(on))
}
fn moved(due: Option<Time>, days: i64) -> Option<Time> {
    due.map(|due| Calendar::official().shift(due, days))
}

impl State {
    /// While a unit works: the nearest of first contact, first progress and the reply.
    fn working(&mut self) {
        let contact = match (self.contacted, self.signed) {
            (None, Some(signed)) if !self.again => moved(workdays(signed, 1), self.paused_days),
            _ => None,
        };
        let progress = match (self.progressed, self.given) {
            (None, Some(at)) if !self.again => moved(workdays(at, 3), self.paused_days),
            _ => None,
        };
        self.due = [self.reply_due, contact, progress].into_iter().flatten().min();
    }

    /// `first`: the first clock stood as well.
    fn go_on(&mut self, at: Time, most: i64, first: bool) {
        if let Some(paused) = self.paused.take() {
            let stood =
                Calendar::official().workdays_between(shanghai_date(paused), shanghai_date(at)).max(0).min(most);
            self.reply_due = moved(self.reply_due, stood);
            if first {
                self.first_due = moved(self.first_due, stood);
            }
            self.paused_days += stood;
        }
    }

    fn once_more(&mut self, at: Time) {
        self.resolution.clear();
        // What was said of the last round says nothing about the next.
        (self.answer, self.rating) = Default::default();
        (self.paused, self.paused_days, self.again) = (None, 0, true);
        if self.lead.is_some() {
            self.reply_due = workdays(at, 15);
            self.due = self.reply_due;
        } else {
            self.due = workdays(at, 1);
        }
    }

    fn not_more_than_said(&mut self) {
        if self.answer == "partly" && self.resolution == "solved" {
            self.resolution = "partly_solved".into();
        }
    }

    pub fn add(&mut self, event: &RawEvent) {
        let (at, before) = (event.at, self.status.clone());
        let text = |name: &str| event.data[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| event.data[name].as_i64();
        self.status.clone_from(&event.to);
        match event.data["action"].as_str().expect("an action") {
            what @ ("submit" | "import") => {
                self.submitted_at = Some(at);
                self.history = what == "import" && !event.data["facts"]["is_open"].as_bool().unwrap_or(false);
                self.area = event.data["facts"]["area_id"].as_i64().expect("an area");
                self.group = event.data["facts"]["group_id"].as_i64();
                self.company = event.data["facts"]["enterprise_id"].as_i64();
                self.due = workdays(at, 1);
            }
            "register" => {
                self.category = number("category_id");
                self.complexity = text("complexity");
                if self.registered_at.is_none() {
                    self.registered_at = Some(at);
                    self.group = number("group_id").or(self.group);
                }
            }
            "close_imported" => {
                self.registered_at = self.registered_at.or(self.submitted_at);
                self.complexity = text("complexity");
                self.lead = number("lead_unit_id");
                (self.resolution, self.answer) = (text("resolution"), "unrated".into());
            }
            "merge" => self.paused = Some(at),
            "split" => {
                self.go_on(at, i64::MAX, true);
                (self.answer, self.rating) = Default::default();
                match self.status.as_str() {
                    "in_progress" => self.working(),
                    _ => self.due = workdays(at, 1),
                }
            }
            "dispatch" => {
                self.lead = number("lead_unit_id");
                let due = match self.complexity.as_str() {
                    "A" => Some(Calendar::official().due_at(at, Limit::Months(1))),
                    "B" => workdays(at, 15),
                    _ => workdays(at, 7),
                };
                self.first_due = self.first_due.or(due);
                self.reply_due = self.first_due;
                self.given = Some(at);
                self.dispatched = self.dispatched.or(Some(at));
                self.replied = None;
                (self.signed, self.contacted, self.progressed, self.paused) = (None, None, None, None);
                self.paused_days = 0;
                self.due = workdays(at, 1);
            }
            "sign" | "auto_sign" | "refuse_return" => {
                self.signed = Some(at);
                self.working();
            }
            "request_return" => self.due = workdays(at, 1),
            "transfer" => {
                if before == "long_term" {
                    self.go_on(at, i64::MAX, false);
                }
                self.lead = number("lead_unit_id");
                (self.given, self.signed) = (Some(at), None);
                self.due = workdays(at, 1);
            }
            "uphold_return" => {
                (self.lead, self.reply_due, self.first_due, self.dispatched) = (None, None, None, None);
                self.due = workdays(at, 1);
            }
            "contact" => {
                self.contacted = self.contacted.or(Some(at));
                if self.status == "in_progress" {
                    self.working();
                }
            }
            "progress" => {
                self.progressed = self.progressed.or(Some(at));
                self.working();
            }
            "grant_extension" => {
                self.reply_due = moved(self.reply_due, number("days").expect("days"));
                self.working();
            }
            "request_supplement" => self.paused = Some(at),
            "supplement" | "supplement_timeout" => {
                self.go_on(at, 5, true);
                self.working();
            }
            "agree_long_term" => {
                self.paused = Some(at);
                self.due = Some(next_report(&text("next_on"), at));
            }
            "report" => self.due = Some(next_report(&text("next_on"), at)),
            "resume" => {
                self.go_on(at, i64::MAX, false);
                self.working();
            }
            "reply" => {
                if before == "long_term" {
                    self.go_on(at, i64::MAX, false);
                }
                self.resolution = text("resolution");
                self.replied = Some(at);
                self.due = workdays(at, 2);
            }
            "approve" => {
                if event.data["invalid"] == Value::Bool(true) {
                    self.resolution = "invalid".into();
                }
                (self.answer, self.rating) = Default::default();
            }
            "solve_on_site" => {
                self.resolution = "solved".into();
                self.replied = Some(at);
                self.contacted = self.contacted.or(Some(at));
                (self.answer, self.rating) = Default::default();
            }
            "send_back" => {
                self.again = true;
                self.resolution.clear();
                self.due = self.reply_due;
            }
            "answer" => {
                (self.answer, self.rating) = (text("solved"), text("result"));
                self.not_more_than_said();
                if self.status == "disputed" {
                    if before == "merged" {
                        self.go_on(at, i64::MAX, true);
                    }
                    self.due = workdays(at, 2);
                    if before == "merged" && event.data["main"].is_object() {
                        self.lead = event.data["main"]["lead_unit_id"].as_i64();
                        (self.reply_due, self.replied) = (None, None);
                        // Registered by the "no", as its main issue was.
                        if let (None, Some(complexity)) =
                            (self.registered_at, event.data["main"]["complexity"].as_str())
                        {
                            self.registered_at = Some(at);
                            self.category = self.category.or(event.data["main"]["category_id"].as_i64());
                            self.complexity = complexity.to_owned();
                            self.group = number("group_id").or(self.group);
                        }
                    }
                }
            }
            "rating_timeout" => self.answer = "unrated".into(),
            "uphold_dispute" | "reopen" | "find_false" => self.once_more(at),
            "review_on_site" if self.status == "registered" => self.once_more(at),
            "recalculate" => {
                let time = |name: &str| number(name).map(Time).filter(|time| !time.is_never());
                self.reply_due = time("due_at");
                self.first_due = time("original_due_at");
                self.due = time("step_due_at");
            }
            "dismiss_dispute" => {
                if self.resolution.is_empty() {
                    self.resolution = "explained".into();
                }
            }
            "appeal" | "find_pressure" => {
                (self.lead, self.reply_due) = (None, None);
                self.resolution.clear();
                self.due = workdays(at, 1);
            }
            "withdraw" | "reject" => self.paused = None,
            "call_back" => {
                if before == "closed" && self.answer == "unrated" {
                    for (field, name) in [(&mut self.answer, "solved"), (&mut self.rating, "result")] {
                        if let Some(said) = event.data[name].as_str() {
                            *field = said.to_owned();
                        }
                    }
                    self.not_more_than_said();
                    if self.status == "disputed" {
                        self.due = workdays(at, 2);
                    }
                }
            }
            "correct" => {
                self.category = number("category_id").or(self.category);
                self.company = event.data["enterprise"]["id"].as_i64().or(self.company);
                // It goes with its company until it is registered.
                if self.registered_at.is_none() {
                    self.area = event.data["enterprise"]["area_id"].as_i64().unwrap_or(self.area);
                }
            }
            "pass_up" | "request_extension" | "refuse_extension" | "request_long_term" | "refuse_long_term"
            | "co_reply" | "review_on_site" | "instruct" | "answer_instruction" | "ask" | "attach"
            | "void_attachment" | "print_slip" | "remind_instruction" | "remind" | "nudge" | "supervise" | "raise" => {}
            other => panic!("nobody said what {other} does to the figures"),
        }
        if self.status == "closed" && before != "closed" {
            self.paused = None;
            self.closed = Some(at);
        } else if self.status != "closed" {
            self.closed = None;
        }
    }

    /// The office or a unit should have acted by now.
    pub fn is_overdue(&self, before: Time) -> bool {
        let acts = [
            "submitted",
            "registered",
            "dispatched",
            "return_requested",
            "in_progress",
            "long_term",
            "replied",
            "disputed",
        ];
        acts.contains(&self.status.as_str()) && self.due.is_some_and(|due| due < before)
    }
}
