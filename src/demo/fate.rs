//! The fates of problems: the turns a history takes until it is closed, left open or set aside.
use super::{
    clock,
    life::{Life, MainFacts, NOT_SOLVED, YES, actor, company},
    plan::{Fate, Path},
    texts::{self, Phrase},
};
use crate::{
    access::Permission,
    error::{Error, Result},
    issue::{apply::Actor, step::Step, workflow::*},
};
use rand::Rng;

impl Life<'_> {
    pub fn run(&mut self, fate: Fate, main: Option<&MainFacts>) -> Result<()> {
        match fate {
            Fate::Solved(path) => self.solve(path),
            Fate::Otherwise(resolution) => {
                self.until_working()?;
                self.reply(resolution)?;
                self.approve(false)?;
                let solved = if resolution == Resolution::PartlySolved { Answer::Partly } else { Answer::No };
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
                let step = Step::Reject { reason: text.reason, channel: text.channel };
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
                self.act(&agent, Step::CallBack { note, solved: None, result: None }, at)
            }
            Fate::Invalid => {
                self.until_working()?;
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
        let step = Step::Merge { main_issue_id: main.id, main_number: main.number.clone(), reason };
        self.act(&self.office(0, Permission::Triage), step, at)?;
        if main.approved_at > self.at && !main.approved_at.is_never() {
            self.act(&Actor::system(), Step::Ask { reply: Some(main.reply.clone()) }, main.approved_at)?;
            if self.rng.random_bool(0.6) {
                self.confirm()?;
            }
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
                self.until_working()?;
            }
            Path::CoUnit => {
                let complexity = Complexity::B;
                self.register(complexity)?;
                let lead = self.lead_name();
                let others = ["委政法委", "财政局", "应急管理局", "建设局", "财政金融局", "生态环境分局"];
                let area = super::units::AREAS[self.area];
                let co = others.iter().find_map(|name| {
                    let name = format!("{area}{name}");
                    (name != lead).then(|| self.city.unit_by_name.get(&name).copied()).flatten()
                });
                self.dispatch(&lead, co.into_iter().collect())?;
                self.sign()?;
                self.contact()?;
                if let Some(co) = co {
                    let handler = &self.city.handlers[&co][0];
                    let who = actor(handler, Permission::CoHandle);
                    let text = self.say(Phrase::CoReply);
                    let at = self.later(1..=2);
                    self.act(&who, Step::CoReply { unit_id: co, text }, at)?;
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
                self.act(&self.office(1, Permission::Review), Step::UpholdReturn { finding, level: None }, at)?;
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
                let step =
                    Step::RequestReturn { reason: text.reason, basis: text.basis, suggested_unit: text.suggested_unit };
                let at = self.later(0..=0);
                self.act(&self.handler()?, step, at)?;
                let finding = self.say(Phrase::RefuseReturn);
                let at = self.later(0..=1);
                self.act(&self.office(1, Permission::Review), Step::RefuseReturn { finding }, at)?;
                self.contact()?;
                self.progress(0..=1)?;
            }
            _ => self.until_working()?,
        }
        match path {
            Path::Supplement => self.supplement()?,
            Path::Extension => {
                let reason = texts::extension(self.rng, self.topic);
                let basis = self.say(Phrase::ExtensionBasis);
                let at = self.later(0..=0);
                self.act(&self.handler()?, Step::RequestExtension { days: 5, reason, basis }, at)?;
                let opinion = self.say(Phrase::GrantExtension);
                let at = self.later(0..=1);
                self.act(&self.office(1, Permission::Review), Step::GrantExtension { days: 5, opinion }, at)?;
                self.progress(3..=6)?;
            }
            Path::LongTerm => {
                self.long_term()?;
                let note = self.say(Phrase::Report);
                let at = self.later(10..=18);
                self.act(&self.handler()?, Step::Report { note, next_on: None }, at)?;
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
                Step::SendBack { four: NOT_SOLVED, reason, level: None },
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
        let who = actor(cadre.ok_or_else(|| Error::internal("no cadre"))?, Permission::SolveOnSite);
        let step = Step::Register {
            category_id: self.city.category(self.topic.category_id())?,
            complexity: Complexity::C,
            level: Level::County,
            urgency: self.issue().urgency,
            duplicates_looked_at: false,
            group_id: self.issue().group_id,
        };
        let at = self.at;
        self.act(&who, step, at)?;
        let text = self.say(Phrase::SolveOnSite);
        self.act(&who, Step::SolveOnSite { text }, at)?;
        let opinion = self.say(Phrase::ReviewOnSite);
        let reviewed = self.later(0..=0);
        self.act(&self.office(1, Permission::Review), Step::ReviewOnSite { four: YES, opinion }, reviewed)?;
        self.confirm()
    }

    fn long_term(&mut self) -> Result<()> {
        let text = texts::long_term(self.rng, self.topic);
        let at = self.later(1..=2);
        let next_on = crate::calendar::shanghai_date(at) + chrono::Days::new(30);
        let told = self.say(Phrase::Told);
        let step = Step::RequestLongTerm { reason: text.reason, milestones: text.milestones, next_on, told };
        self.act(&self.handler()?, step, at)?;
        let opinion = self.say(Phrase::AgreeLongTerm);
        let at = self.later(0..=1);
        self.act(&self.office(1, Permission::Review), Step::AgreeLongTerm { opinion, next_on: Some(next_on) }, at)
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
                let step =
                    Step::RequestReturn { reason: text.reason, basis: text.basis, suggested_unit: text.suggested_unit };
                let at = self.later(0..=0);
                self.act(&self.handler()?, step, at)
            }
            Status::InProgress if overdue => self.until_working(),
            Status::InProgress => {
                self.register(Complexity::B)?;
                let lead = self.lead_name();
                self.dispatch(&lead, Vec::new())?;
                self.sign()?;
                self.contact()?;
                self.progress(0..=0)
            }
            Status::WaitingEnterprise => {
                self.until_working()?;
                let text = texts::supplement(self.rng, self.topic);
                let at = clock::in_hours(self.rng, clock::workdays_before(crate::calendar::shanghai_date(self.now), 2));
                let at = at.max(self.at.plus_minutes(20));
                self.act(&self.handler()?, Step::RequestSupplement { missing: text.missing, days: 5 }, at)
            }
            Status::LongTerm => {
                self.until_working()?;
                self.long_term()
            }
            Status::Replied | Status::AwaitingRating | Status::Disputed => {
                self.until_working()?;
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
                    Step::Approve { four: YES, opinion, invalid: false },
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
                    by_slip_of: String::new(),
                    main: None,
                    group_id: None,
                };
                self.act(&company(), step, at)
            }
            other => Err(Error::internal(format!("nothing stays {}", other.as_str()))),
        }
    }
}
