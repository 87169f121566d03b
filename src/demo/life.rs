//! One problem from its submission to its fate, each step made by the transition table, by the right person, in
//! working hours.
use super::{
    city::{City, Person},
    clock,
    plan::{Fate, Path, Plan},
    texts::{self, Phrase, phrase},
};
use crate::{
    access::Permission,
    error::{Error, Result},
    issue::{
        Main,
        apply::{Actor, Context},
        deadline::TEMPLATE,
        history::History,
        step::{FourAnswers, Step},
        submit::NewIssue,
        workflow::*,
    },
    time::Time,
};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

/// What a later merged problem must know of its main one.
#[derive(Debug, Clone)]
pub struct MainFacts {
    pub id: i64,
    pub number: String,
    pub area_id: i64,
    pub submitted_at: Time,
    pub approved_at: Time,
    pub closed_at: Time,
    pub lead_unit_id: Option<i64>,
    pub rating: Option<Rating>,
}

/// What the record of a visit or symposium needs to know.
pub struct Origin {
    pub channel: Channel,
    pub visit_id: Option<i64>,
    pub symposium_id: Option<i64>,
}

pub struct Life<'a> {
    rng: &'a mut StdRng,
    city: &'a City,
    history: History,
    topic: texts::Topic,
    /// Index of the area.
    area: usize,
    /// The last moment of the demo.
    now: Time,
    at: Time,
    office: Vec<Person>,
    unit: i64,
    city_level: bool,
}

fn actor(person: &Person, by: Permission) -> Actor {
    Actor {
        id: Some(person.id),
        name: person.name.clone(),
        by,
        unit_id: person.unit_id,
    }
}

fn company() -> Actor {
    Actor {
        id: None,
        name: "企业（查询码）".into(),
        by: Permission::AnswerAsEnterprise,
        unit_id: None,
    }
}

const YES: FourAnswers = FourAnswers {
    solved: true,
    replied: true,
    met: true,
    satisfied: true,
};
const NOT_SOLVED: FourAnswers = FourAnswers {
    solved: false,
    replied: true,
    met: true,
    satisfied: false,
};

/// Categories by how often companies bring them.
const WEIGHTS: &[(&str, u32)] = &[
    ("financing", 150),
    ("labor_talent", 140),
    ("land_factory", 90),
    ("utilities", 90),
    ("approval", 80),
    ("policy_delivery", 110),
    ("market_match", 70),
    ("logistics", 60),
    ("arrears", 40),
    ("legacy_title", 35),
    ("environment", 35),
    ("safety_enforcement", 25),
    ("innovation", 25),
    ("legal", 10),
    ("amenities", 35),
    ("other", 5),
];

impl<'a> Life<'a> {
    pub fn begin(
        rng: &'a mut StdRng,
        city: &'a City,
        plan: &Plan,
        number: String,
        origin: &Origin,
        now: Time,
    ) -> Result<Self> {
        let assigned = &city.companies[plan.company];
        let category = WEIGHTS
            .choose_weighted(rng, |one| one.1)
            .map_err(|e| Error::internal(e.to_string()))?
            .0;
        let industry = assigned.enterprise.industry.chars().next().unwrap_or('C');
        let text = texts::issue(rng, category, industry);
        let cadre = &city.cadres[assigned.cadre];
        let by_company = origin.channel == Channel::Portal;
        let new = NewIssue {
            enterprise_id: Some(assigned.enterprise.id),
            enterprise_name: assigned.enterprise.name.clone(),
            area_id: assigned.enterprise.area_id,
            group_id: Some(assigned.group_id),
            collector_id: (!by_company).then_some(cadre.id),
            channel: origin.channel,
            title: text.title,
            description: text.description,
            demand: text.demand,
            urgency: if rng.random_bool(0.05) {
                Urgency::Urgent
            } else {
                Urgency::Normal
            },
            contact_name: assigned.enterprise.contact_name.clone(),
            contact_phone: assigned.enterprise.contact_phone.clone(),
            code_hash: None,
            visit_id: origin.visit_id,
            symposium_id: origin.symposium_id,
            external: None,
        };
        let (issue, detail) = new.rows(number, city.area.id, plan.submitted_at);
        let submitter = if by_company {
            company()
        } else {
            actor(cadre, Permission::RecordIssue)
        };
        let history = History::begin(
            issue,
            detail,
            &submitter,
            &Step::Submit {
                channel: origin.channel,
            },
        )?;
        Ok(Self {
            city,
            history,
            topic: text.topic,
            area: assigned.area,
            now,
            at: plan.submitted_at,
            office: city.offices[assigned.area].clone(),
            unit: 0,
            city_level: false,
            rng,
        })
    }

    pub fn finish(self) -> History {
        self.history
    }

    fn issue(&self) -> &crate::issue::Issue {
        &self.history.dossier.issue
    }

    fn act(&mut self, who: &Actor, step: Step, at: Time) -> Result<()> {
        if at > self.now {
            return Err(Error::internal(format!(
                "{:?} would happen after the last day",
                step.action()
            )));
        }
        self.history.act(
            Context {
                city_area_id: self.city.area.id,
            },
            who,
            &step,
            at,
        )?;
        self.at = at;
        Ok(())
    }
    fn later(&mut self, workdays: std::ops::RangeInclusive<u32>) -> Time {
        let at = clock::later(self.rng, self.at, workdays);
        // Near the end the hours left are few.
        if at > self.now && self.at < self.now {
            Time(self.at.0 + (self.now.0 - self.at.0) / 3)
        } else {
            at
        }
    }
    fn say(&mut self, which: Phrase) -> String {
        phrase(self.rng, which)
    }
    fn office(&self, n: usize, by: Permission) -> Actor {
        let office = if self.city_level {
            &self.city.city_office
        } else {
            &self.office
        };
        actor(&office[n % office.len()], by)
    }
    fn handler(&self) -> Result<Actor> {
        let of_unit = self
            .city
            .handlers
            .get(&self.unit)
            .ok_or_else(|| Error::internal("a unit without handlers"))?;
        Ok(actor(&of_unit[0], Permission::Handle))
    }

    fn complexity(&mut self) -> Complexity {
        match self.rng.random_range(0..100) {
            0..8 => Complexity::A,
            8..40 => Complexity::B,
            _ => Complexity::C,
        }
    }

    fn register(&mut self, complexity: Complexity) -> Result<()> {
        let step = Step::Register {
            category_id: self.city.category(self.topic.category_id())?,
            complexity,
            level: if self.city_level { Level::City } else { Level::County },
            urgency: self.issue().urgency,
            duplicates_looked_at: true,
        };
        let at = self.later(0..=0);
        self.act(&self.office(0, Permission::Triage), step, at)
    }

    fn pass_up(&mut self) -> Result<()> {
        let reason = self.say(Phrase::PassUp);
        let at = self.later(0..=0);
        self.act(&self.office(0, Permission::Triage), Step::PassUp { reason }, at)?;
        self.city_level = true;
        Ok(())
    }

    fn dispatch(&mut self, lead: &str, co: Vec<i64>) -> Result<()> {
        let unit = self.city.unit_by_name.get(lead);
        let lead_unit_id = *unit.ok_or_else(|| Error::internal(format!("no unit {lead}")))?;
        let step = Step::Dispatch {
            lead_unit_id,
            co_unit_ids: co,
            template: TEMPLATE.name.into(),
            requirement: self.say(Phrase::Requirement),
            responsible_leader: super::names::person(self.rng),
        };
        self.unit = lead_unit_id;
        let at = self.later(0..=0);
        self.act(&self.office(0, Permission::Triage), step, at)
    }

    fn lead_name(&self) -> String {
        let category = self.topic.category_id();
        if self.city_level {
            super::units::city_lead(category).to_owned()
        } else {
            super::units::county_lead(self.area, category)
        }
    }

    /// Registered and given to the usual unit.
    fn triage(&mut self) -> Result<()> {
        let complexity = self.complexity();
        self.register(complexity)?;
        let lead = self.lead_name();
        self.dispatch(&lead, Vec::new())
    }

    fn sign(&mut self) -> Result<()> {
        let at = self.later(0..=1);
        if at > self.issue().step_due_at {
            let at = self.issue().step_due_at.plus_seconds(60);
            return self.act(&Actor::system(), Step::AutoSign, at);
        }
        self.act(&self.handler()?, Step::Sign, at)
    }

    fn contact(&mut self) -> Result<()> {
        let (person, note) = (
            self.history.dossier.detail.contact_name.clone(),
            self.say(Phrase::Contact),
        );
        let at = self.later(0..=1);
        self.act(&self.handler()?, Step::Contact { person, note }, at)
    }

    fn progress(&mut self, days: std::ops::RangeInclusive<u32>) -> Result<()> {
        let note = texts::progress(self.rng, self.topic);
        let at = self.later(days);
        self.act(
            &self.handler()?,
            Step::Progress {
                note,
                measures: String::new(),
            },
            at,
        )
    }

    fn reply(&mut self, resolution: Resolution) -> Result<()> {
        let text = texts::reply(self.rng, self.topic);
        // One of thirty is late.
        let complexity = self.issue().complexity;
        let days = match complexity {
            Some(Complexity::A) => 3..=14,
            Some(Complexity::B) => 2..=9,
            _ if self.rng.random_ratio(1, 30) => 7..=9,
            _ => 1..=3,
        };
        let at = self.later(days);
        let step = Step::Reply {
            resolution,
            text: text.result,
            measures: text.measures,
            override_reason: String::new(),
        };
        self.act(&self.handler()?, step, at)
    }

    fn approve(&mut self, invalid: bool) -> Result<()> {
        let opinion = self.say(if invalid { Phrase::Invalid } else { Phrase::Approve });
        let at = self.later(0..=2);
        self.act(
            &self.office(1, Permission::Review),
            Step::Approve {
                four: YES,
                opinion,
                invalid,
            },
            at,
        )
    }

    fn good_rating(&mut self) -> (Rating, String) {
        match self.rng.random_range(0..100) {
            0..62 => (Rating::VerySatisfied, self.say(Phrase::VerySatisfiedWords)),
            62..92 => (Rating::Satisfied, self.say(Phrase::SatisfiedWords)),
            _ => (Rating::Basic, self.say(Phrase::BasicWords)),
        }
    }

    fn answer(&mut self, solved: Answer, result: Rating, words: String) -> Result<()> {
        let at = self.later(0..=3);
        let step = Step::Answer {
            solved,
            result,
            attitude: result,
            words,
            called_back_by: String::new(),
        };
        self.act(&company(), step, at)
    }

    fn confirm(&mut self) -> Result<()> {
        let (rating, words) = self.good_rating();
        let words = if self.rng.random_bool(0.6) {
            words
        } else {
            String::new()
        };
        self.answer(Answer::Solved, rating, words)
    }

    fn not_answered(&mut self) -> Result<()> {
        let at = self.issue().step_due_at.plus_seconds(60);
        self.act(&Actor::system(), Step::RatingTimeout, at)
    }

    /// Until the unit works on it.
    fn to_work(&mut self) -> Result<()> {
        self.triage()?;
        self.sign()?;
        self.contact()?;
        self.progress(0..=1)
    }

    fn supplement(&mut self) -> Result<()> {
        let text = texts::supplement(self.rng, self.topic);
        let at = self.later(0..=1);
        self.act(
            &self.handler()?,
            Step::RequestSupplement {
                missing: text.missing,
                days: 5,
            },
            at,
        )?;
        let at = self.later(1..=4);
        self.act(&company(), Step::Supplement { text: text.answer }, at)
    }

    pub fn run(&mut self, fate: Fate, main: Option<&MainFacts>) -> Result<()> {
        match fate {
            Fate::Solved(path) => self.solve(path),
            Fate::Otherwise(resolution) => {
                self.to_work()?;
                self.reply(resolution)?;
                self.approve(false)?;
                let solved = if resolution == Resolution::PartlySolved {
                    Answer::Partly
                } else {
                    Answer::No
                };
                if solved == Answer::Partly || self.rng.random_bool(0.5) {
                    self.answer(Answer::Partly, Rating::Basic, String::new())
                } else {
                    self.not_answered()
                }
            }
            Fate::Open(status, overdue) => self.stop_at(status, overdue),
            Fate::Rejected => {
                let text = texts::rejection(self.rng, self.topic);
                let at = self.later(0..=1);
                let step = Step::Reject {
                    reason: text.reason,
                    channel: text.channel,
                };
                self.act(&self.office(0, Permission::Triage), step, at)
            }
            Fate::Withdrawn => {
                self.triage()?;
                self.sign()?;
                let reason = self.say(Phrase::Withdraw);
                let at = self.later(1..=2);
                self.act(&company(), Step::Withdraw { reason }, at)?;
                let note = self.say(Phrase::CallBack);
                let at = self.later(1..=3);
                let agent = actor(&self.city.callback_agents[1], Permission::CallBack);
                self.act(
                    &agent,
                    Step::CallBack {
                        note,
                        solved: None,
                        result: None,
                    },
                    at,
                )
            }
            Fate::Invalid => {
                self.to_work()?;
                self.reply(Resolution::Explained)?;
                self.approve(true)?;
                self.not_answered()
            }
            Fate::Merged => self.merge(main.ok_or_else(|| Error::internal("no main issue"))?),
        }
    }

    fn merge(&mut self, main: &MainFacts) -> Result<()> {
        let reason = self.say(Phrase::Merge);
        let at = self.later(0..=0);
        let step = Step::Merge {
            main_issue_id: main.id,
            main_number: main.number.clone(),
            reason,
        };
        self.act(&self.office(0, Permission::Triage), step, at)?;
        self.history.dossier.main = Some(Main {
            status: Status::Closed,
            lead_unit_id: main.lead_unit_id,
        });
        if main.approved_at > self.at && !main.approved_at.is_never() && self.rng.random_bool(0.6) {
            self.at = main.approved_at;
            self.confirm()?;
        }
        Ok(())
    }

    fn solve(&mut self, path: Path) -> Result<()> {
        match path {
            Path::OnSite => {
                let cadre = self.issue().collector_id.is_some();
                if !cadre {
                    return self.solve(Path::Straight);
                }
                return self.on_site();
            }
            Path::PassedUp => {
                self.pass_up()?;
                self.to_work()?;
            }
            Path::CoUnit => {
                let complexity = Complexity::B;
                self.register(complexity)?;
                let lead = self.lead_name();
                let others = [
                    "委政法委",
                    "财政局",
                    "应急管理局",
                    "建设局",
                    "财政金融局",
                    "生态环境分局",
                ];
                let area = super::units::AREAS[self.area];
                let co = others.iter().find_map(|name| {
                    let name = format!("{area}{name}");
                    (name != lead)
                        .then(|| self.city.unit_by_name.get(&name).copied())
                        .flatten()
                });
                self.dispatch(&lead, co.into_iter().collect())?;
                self.sign()?;
                self.contact()?;
                if let Some(co) = co {
                    let handler = &self.city.handlers[&co][0];
                    let who = actor(handler, Permission::CoHandle);
                    let text = self.say(Phrase::CoReply);
                    let at = self.later(1..=2);
                    self.act(&who, Step::CoReply { text }, at)?;
                }
                self.progress(0..=1)?;
            }
            Path::Returned => {
                self.triage()?;
                let text = texts::return_request(self.rng, self.topic);
                let step = Step::RequestReturn {
                    reason: text.reason,
                    basis: text.basis,
                    suggested_unit: text.suggested_unit.clone(),
                };
                let at = self.later(0..=0);
                self.act(&self.handler()?, step, at)?;
                let finding = self.say(Phrase::UpholdReturn);
                let at = self.later(0..=1);
                self.act(&self.office(1, Permission::Review), Step::UpholdReturn { finding }, at)?;
                let lead = if self.city.unit_by_name.contains_key(&text.suggested_unit) {
                    text.suggested_unit
                } else {
                    super::units::city_lead(self.topic.category_id()).to_owned()
                };
                self.dispatch(&lead, Vec::new())?;
                self.sign()?;
                self.contact()?;
                self.progress(0..=1)?;
            }
            Path::ReturnRefused => {
                self.triage()?;
                let text = texts::return_request(self.rng, self.topic);
                let step = Step::RequestReturn {
                    reason: text.reason,
                    basis: text.basis,
                    suggested_unit: text.suggested_unit,
                };
                let at = self.later(0..=0);
                self.act(&self.handler()?, step, at)?;
                let finding = self.say(Phrase::RefuseReturn);
                let at = self.later(0..=1);
                self.act(&self.office(1, Permission::Review), Step::RefuseReturn { finding }, at)?;
                self.contact()?;
                self.progress(0..=1)?;
            }
            _ => self.to_work()?,
        }
        match path {
            Path::Supplement => self.supplement()?,
            Path::Extension => {
                let reason = texts::extension(self.rng, self.topic);
                let at = self.later(0..=0);
                self.act(&self.handler()?, Step::RequestExtension { days: 5, reason }, at)?;
                let opinion = self.say(Phrase::GrantExtension);
                let at = self.later(0..=1);
                self.act(
                    &self.office(1, Permission::Review),
                    Step::GrantExtension { days: 5, opinion },
                    at,
                )?;
                self.progress(3..=6)?;
            }
            Path::LongTerm => {
                self.long_term()?;
                let note = self.say(Phrase::Report);
                let at = self.later(10..=18);
                self.act(&self.handler()?, Step::Report { note }, at)?;
                let note = self.say(Phrase::Resume);
                let at = self.later(3..=8);
                self.act(&self.handler()?, Step::Resume { note }, at)?;
            }
            _ => {}
        }
        self.reply(Resolution::Solved)?;
        if path == Path::SentBack {
            let reason = self.say(Phrase::SendBack);
            let at = self.later(0..=1);
            self.act(
                &self.office(1, Permission::Review),
                Step::SendBack {
                    four: NOT_SOLVED,
                    reason,
                },
                at,
            )?;
            self.progress(1..=3)?;
            self.reply(Resolution::Solved)?;
        }
        self.approve(false)?;
        match path {
            Path::Unrated => self.not_answered(),
            Path::Disputed => {
                let words = texts::dispute(self.rng, self.topic);
                self.answer(Answer::No, Rating::Dissatisfied, words)?;
                let finding = self.say(Phrase::UpholdDispute);
                let at = self.later(0..=1);
                self.act(&self.office(0, Permission::Review), Step::UpholdDispute { finding }, at)?;
                self.again()
            }
            Path::Reopened => {
                self.confirm()?;
                let reason = self.say(Phrase::Reopen);
                let at = self.later(3..=15);
                self.act(&company(), Step::Reopen { reason }, at)?;
                self.again()
            }
            _ => self.confirm(),
        }
    }

    /// The second round, to the company's satisfaction.
    fn again(&mut self) -> Result<()> {
        self.progress(1..=3)?;
        self.reply(Resolution::Solved)?;
        self.approve(false)?;
        self.confirm()
    }

    fn on_site(&mut self) -> Result<()> {
        let assigned = self.issue().collector_id;
        let cadre = self.city.cadres.iter().find(|person| Some(person.id) == assigned);
        let who = actor(
            cadre.ok_or_else(|| Error::internal("no cadre"))?,
            Permission::SolveOnSite,
        );
        let step = Step::Register {
            category_id: self.city.category(self.topic.category_id())?,
            complexity: Complexity::C,
            level: Level::County,
            urgency: self.issue().urgency,
            duplicates_looked_at: true,
        };
        let at = self.at;
        self.act(&who, step, at)?;
        let text = self.say(Phrase::SolveOnSite);
        self.act(&who, Step::SolveOnSite { text }, at)?;
        let opinion = self.say(Phrase::ReviewOnSite);
        let reviewed = self.later(0..=0);
        self.act(
            &self.office(1, Permission::Review),
            Step::ReviewOnSite { four: YES, opinion },
            reviewed,
        )?;
        self.confirm()
    }

    fn long_term(&mut self) -> Result<()> {
        let text = texts::long_term(self.rng, self.topic);
        let at = self.later(1..=2);
        let next_on = crate::calendar::shanghai_date(at) + chrono::Days::new(30);
        let told = self.say(Phrase::Told);
        let step = Step::RequestLongTerm {
            reason: text.reason,
            milestones: text.milestones,
            next_on,
            told,
        };
        self.act(&self.handler()?, step, at)?;
        let opinion = self.say(Phrase::AgreeLongTerm);
        let at = self.later(0..=1);
        self.act(&self.office(1, Permission::Review), Step::AgreeLongTerm { opinion }, at)
    }

    /// As far as a status, and no further.
    fn stop_at(&mut self, status: Status, overdue: bool) -> Result<()> {
        match status {
            Status::Submitted => Ok(()),
            Status::Registered => {
                let complexity = self.complexity();
                self.register(complexity)
            }
            Status::Dispatched => self.triage(),
            Status::ReturnRequested => {
                self.triage()?;
                let text = texts::return_request(self.rng, self.topic);
                let step = Step::RequestReturn {
                    reason: text.reason,
                    basis: text.basis,
                    suggested_unit: text.suggested_unit,
                };
                let at = self.later(0..=0);
                self.act(&self.handler()?, step, at)
            }
            Status::InProgress if overdue => self.to_work(),
            Status::InProgress => {
                self.register(Complexity::B)?;
                let lead = self.lead_name();
                self.dispatch(&lead, Vec::new())?;
                self.sign()?;
                self.contact()?;
                self.progress(0..=0)
            }
            Status::WaitingEnterprise => {
                self.to_work()?;
                let text = texts::supplement(self.rng, self.topic);
                let at = clock::in_hours(
                    self.rng,
                    clock::workdays_before(crate::calendar::shanghai_date(self.now), 2),
                );
                let at = at.max(self.at.plus_minutes(20));
                self.act(
                    &self.handler()?,
                    Step::RequestSupplement {
                        missing: text.missing,
                        days: 5,
                    },
                    at,
                )
            }
            Status::LongTerm => {
                self.to_work()?;
                self.long_term()
            }
            Status::Replied | Status::AwaitingRating | Status::Disputed => {
                self.to_work()?;
                let days = if overdue { 5 } else { 1 };
                let before = |me: &mut Self, days| {
                    let on = clock::workdays_before(crate::calendar::shanghai_date(me.now), days);
                    clock::in_hours(me.rng, on).max(me.at.plus_minutes(20))
                };
                let at = before(self, if status == Status::Replied { days } else { 3 });
                let text = texts::reply(self.rng, self.topic);
                let step = Step::Reply {
                    resolution: Resolution::Solved,
                    text: text.result,
                    measures: text.measures,
                    override_reason: String::new(),
                };
                self.act(&self.handler()?, step, at)?;
                if status == Status::Replied {
                    return Ok(());
                }
                let at = before(self, 2);
                let opinion = self.say(Phrase::Approve);
                self.act(
                    &self.office(1, Permission::Review),
                    Step::Approve {
                        four: YES,
                        opinion,
                        invalid: false,
                    },
                    at,
                )?;
                if status == Status::AwaitingRating {
                    return Ok(());
                }
                let words = texts::dispute(self.rng, self.topic);
                let at = before(self, 1);
                let step = Step::Answer {
                    solved: Answer::No,
                    result: Rating::Dissatisfied,
                    attitude: Rating::Basic,
                    words,
                    called_back_by: String::new(),
                };
                self.act(&company(), step, at)
            }
            other => Err(Error::internal(format!("nothing stays {}", other.as_str()))),
        }
    }
}
