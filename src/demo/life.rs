//! One problem from its submission to its fate, each step made by the transition table, by the right person, in
//! working hours.
use super::{
    city::{Assigned, City, Person},
    clock,
    plan::Plan,
    texts::{self, Phrase, phrase},
};
use crate::{
    access::Permission,
    error::{Error, Result},
    issue::{
        apply::{Actor, Context},
        history::History,
        step::{Facts, FourAnswers, MainReply, Step},
        submit::NewIssue,
        workflow::*,
    },
    rules::Rules,
    time::Time,
};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

/// What a later merged problem must know of its main one.
#[derive(Debug, Clone)]
pub struct MainFacts {
    pub id: i64,
    pub number: String,
    pub area_id: i64,
    pub topic: texts::Topic,
    pub approved_at: Time,
    pub closed_at: Time,
    /// Without anybody's name.
    pub reply: MainReply,
}

impl MainFacts {
    /// Whether a company of the area and industry section could come with the same matter at the moment, while this one
    /// was in hand.
    pub fn could_take_in(&self, area_id: i64, industry: char, at: Time) -> bool {
        self.area_id == area_id && self.topic.concerns(industry) && self.closed_at > at.plus_minutes(3 * 24 * 60)
    }
}

/// What the record of a visit or symposium needs to know.
pub struct Origin {
    pub channel: Channel,
    pub visit_id: Option<i64>,
    pub symposium_id: Option<i64>,
}

pub struct Life<'a> {
    pub(super) rng: &'a mut StdRng,
    pub(super) city: &'a City,
    pub(super) history: History,
    pub(super) topic: texts::Topic,
    /// Index of the area.
    pub(super) area: usize,
    /// The last moment of the demo.
    pub(super) now: Time,
    pub(super) at: Time,
    pub(super) office: Vec<Person>,
    pub(super) unit: i64,
    pub(super) city_level: bool,
}

pub(super) fn actor(person: &Person, by: Permission) -> Actor {
    Actor { id: Some(person.id), name: person.name.clone(), by, unit_id: person.unit_id }
}

pub(super) fn company() -> Actor {
    Actor { id: None, name: "企业（查询码）".into(), by: Permission::AnswerAsEnterprise, unit_id: None }
}

pub(super) const YES: FourAnswers = FourAnswers { solved: true, replied: true, met: true, satisfied: true };
pub(super) const NOT_SOLVED: FourAnswers = FourAnswers { solved: false, replied: true, met: true, satisfied: false };

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

/// The section of a company's industry.
pub fn industry(company: &Assigned) -> char {
    company.enterprise.industry.chars().next().unwrap_or('C')
}

impl<'a> Life<'a> {
    /// `main`: the problem of the same matter that it will be merged into.
    pub fn begin(
        rng: &'a mut StdRng,
        city: &'a City,
        plan: &Plan,
        number: String,
        origin: &Origin,
        main: Option<&MainFacts>,
        now: Time,
    ) -> Result<Self> {
        let assigned = &city.companies[plan.company];
        let text = match main {
            Some(main) => texts::alike(rng, main.topic),
            None => {
                let drawn = WEIGHTS.choose_weighted(rng, |one| one.1);
                let category = drawn.map_err(|e| Error::internal(e.to_string()))?.0;
                texts::issue(rng, category, industry(assigned))
            }
        };
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
            urgency: if rng.random_bool(0.05) { Urgency::Urgent } else { Urgency::Normal },
            contact_name: assigned.enterprise.contact_name.clone(),
            contact_phone: assigned.enterprise.contact_phone.clone(),
            code_hash: None,
            visit_id: origin.visit_id,
            symposium_id: origin.symposium_id,
            external: None,
        };
        let (issue, detail) = new.rows(number, city.area.id, Rules::official(), plan.submitted_at);
        let step = Step::Submit { channel: origin.channel, facts: Facts::of(&issue, &detail) };
        let submitter = if by_company { company() } else { actor(cadre, Permission::RecordIssue) };
        let history = History::begin(issue, detail, &submitter, &step, None)?;
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

    pub fn finish(self) -> (History, texts::Topic) {
        (self.history, self.topic)
    }

    pub(super) fn issue(&self) -> &crate::issue::Issue {
        &self.history.dossier.issue
    }

    pub(super) fn act(&mut self, who: &Actor, step: Step, at: Time) -> Result<()> {
        if at > self.now {
            return Err(Error::internal(format!("{:?} would happen after the last day", step.action())));
        }
        self.history.act(Context::new(self.city.area.id, Rules::official()), who, &step, at)?;
        self.at = at;
        Ok(())
    }
    pub(super) fn later(&mut self, workdays: std::ops::RangeInclusive<u32>) -> Time {
        let at = clock::later(self.rng, self.at, workdays);
        // Near the end the hours left are few.
        if at > self.now && self.at < self.now { Time(self.at.0 + (self.now.0 - self.at.0) / 3) } else { at }
    }
    pub(super) fn say(&mut self, which: Phrase) -> String {
        phrase(self.rng, which)
    }
    pub(super) fn office(&self, n: usize, by: Permission) -> Actor {
        let office = if self.city_level { &self.city.city_office } else { &self.office };
        actor(&office[n % office.len()], by)
    }
    pub(super) fn handler(&self) -> Result<Actor> {
        let of_unit = self.city.handlers.get(&self.unit).ok_or_else(|| Error::internal("a unit without handlers"))?;
        Ok(actor(&of_unit[0], Permission::Handle))
    }

    pub(super) fn complexity(&mut self) -> Complexity {
        match self.rng.random_range(0..100) {
            0..8 => Complexity::A,
            8..40 => Complexity::B,
            _ => Complexity::C,
        }
    }

    pub(super) fn register(&mut self, complexity: Complexity) -> Result<()> {
        let step = Step::Register {
            category_id: self.city.category(self.topic.category_id())?,
            complexity,
            level: if self.city_level { Level::City } else { Level::County },
            urgency: self.issue().urgency,
            duplicates_looked_at: true,
            group_id: self.issue().group_id,
        };
        let at = self.later(0..=0);
        self.act(&self.office(0, Permission::Triage), step, at)
    }

    pub(super) fn pass_up(&mut self) -> Result<()> {
        let reason = self.say(Phrase::PassUp);
        let at = self.later(0..=0);
        self.act(&self.office(0, Permission::Triage), Step::PassUp { reason }, at)?;
        self.city_level = true;
        Ok(())
    }

    pub(super) fn dispatch(&mut self, lead: &str, co: Vec<i64>) -> Result<()> {
        let unit = self.city.unit_by_name.get(lead);
        let lead_unit_id = *unit.ok_or_else(|| Error::internal(format!("no unit {lead}")))?;
        let step = Step::Dispatch {
            lead_unit_id,
            co_unit_ids: co,
            template: Rules::official().deadlines(self.at).usual().name.clone(),
            requirement: self.say(Phrase::Requirement),
            responsible_leader: super::names::person(self.rng),
        };
        self.unit = lead_unit_id;
        let at = self.later(0..=0);
        self.act(&self.office(0, Permission::Triage), step, at)
    }

    pub(super) fn lead_name(&self) -> String {
        let category = self.topic.category_id();
        if self.city_level {
            super::units::city_lead(category).to_owned()
        } else {
            super::units::county_lead(self.area, category)
        }
    }

    /// Registered and given to the usual unit.
    pub(super) fn triage(&mut self) -> Result<()> {
        let complexity = self.complexity();
        self.register(complexity)?;
        let lead = self.lead_name();
        self.dispatch(&lead, Vec::new())
    }

    pub(super) fn sign(&mut self) -> Result<()> {
        let at = self.later(0..=1);
        if at > self.issue().step_due_at {
            let at = self.issue().step_due_at;
            return self.act(&Actor::system(), Step::AutoSign, at);
        }
        self.act(&self.handler()?, Step::Sign, at)
    }

    pub(super) fn contact(&mut self) -> Result<()> {
        let (person, note) = (self.history.dossier.detail.contact_name.clone(), self.say(Phrase::Contact));
        // One of twelve is called late.
        let days = if self.rng.random_ratio(1, 12) { 2..=2 } else { 0..=1 };
        let at = self.later(days);
        self.act(&self.handler()?, Step::Contact { person, note }, at)
    }

    pub(super) fn progress(&mut self, days: std::ops::RangeInclusive<u32>) -> Result<()> {
        let note = texts::progress(self.rng, self.topic);
        let at = self.later(days);
        self.act(&self.handler()?, Step::Progress { note, measures: String::new() }, at)
    }

    pub(super) fn reply(&mut self, resolution: Resolution) -> Result<()> {
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
        let step =
            Step::Reply { resolution, text: text.result, measures: text.measures, override_reason: String::new() };
        self.act(&self.handler()?, step, at)
    }

    pub(super) fn approve(&mut self, invalid: bool) -> Result<()> {
        let opinion = self.say(if invalid { Phrase::Invalid } else { Phrase::Approve });
        let at = self.later(0..=2);
        self.act(&self.office(1, Permission::Review), Step::Approve { four: YES, opinion, invalid }, at)
    }

    pub(super) fn good_rating(&mut self) -> (Rating, String) {
        match self.rng.random_range(0..100) {
            0..62 => (Rating::VerySatisfied, self.say(Phrase::VerySatisfiedWords)),
            62..92 => (Rating::Satisfied, self.say(Phrase::SatisfiedWords)),
            _ => (Rating::Basic, self.say(Phrase::BasicWords)),
        }
    }

    pub(super) fn answer(&mut self, solved: Answer, result: Rating, words: String) -> Result<()> {
        let at = self.later(0..=3);
        let step = Step::Answer {
            solved,
            result,
            attitude: result,
            words,
            called_back_by: String::new(),
            by_slip_of: String::new(),
            main: None,
            group_id: None,
        };
        self.act(&company(), step, at)
    }

    pub(super) fn confirm(&mut self) -> Result<()> {
        let (rating, words) = self.good_rating();
        let words = if self.rng.random_bool(0.6) { words } else { String::new() };
        self.answer(Answer::Solved, rating, words)
    }

    pub(super) fn not_answered(&mut self) -> Result<()> {
        let at = self.issue().step_due_at;
        self.act(&Actor::system(), Step::RatingTimeout, at)
    }

    /// Until the unit works on it.
    pub(super) fn until_working(&mut self) -> Result<()> {
        self.triage()?;
        self.sign()?;
        self.contact()?;
        self.progress(0..=1)
    }

    pub(super) fn supplement(&mut self) -> Result<()> {
        let text = texts::supplement(self.rng, self.topic);
        let at = self.later(0..=1);
        self.act(&self.handler()?, Step::RequestSupplement { missing: text.missing, days: 5 }, at)?;
        let at = self.later(1..=4);
        self.act(&company(), Step::Supplement { text: text.answer }, at)
    }
}
