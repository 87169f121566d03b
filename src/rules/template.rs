//! The limits of a problem's steps. Source of the three templates that a city starts with: the campaign's rules (the
//! domain's table of time limits).
use crate::{
    calendar::Limit,
    issue::workflow::{Complexity, Level, StepLimit},
};
use serde::{Deserialize, Serialize};

/// One set of limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    /// Triage and dispatch, from submission.
    pub triage: Limit,
    /// From dispatch.
    pub sign: Limit,
    /// First contact, from signing.
    pub contact: Limit,
    /// First progress, from dispatch.
    pub progress: Limit,
    /// Reply, from dispatch.
    pub reply_c: Limit,
    pub reply_b: Limit,
    pub reply_a: Limit,
    /// From reply.
    pub review: Limit,
    /// The company's confirmation, from approval.
    pub rating: Limit,
    /// A return is asked for within this from dispatch, and ruled within the same from the request.
    pub return_asked: Limit,
    /// A bad rating is looked into, from the answer.
    pub dispute: Limit,
    /// A reply after a dispute or a reopening.
    pub rework: Limit,
    /// The next report while a problem is tracked for long.
    pub report: Limit,
    /// A withdrawn problem's company is called back.
    pub call_back: Limit,
}

impl Template {
    pub fn reply(&self, complexity: Complexity) -> Limit {
        match complexity {
            Complexity::A => self.reply_a,
            Complexity::B => self.reply_b,
            Complexity::C => self.reply_c,
        }
    }

    /// The limit of a step that has one of its own.
    pub fn of_step(&self, step: StepLimit) -> Option<Limit> {
        Some(match step {
            StepLimit::Triage => self.triage,
            StepLimit::Sign => self.sign,
            StepLimit::Return => self.return_asked,
            StepLimit::Contact => self.contact,
            StepLimit::Progress => self.progress,
            StepLimit::Report => self.report,
            StepLimit::Review => self.review,
            StepLimit::Rating => self.rating,
            StepLimit::Dispute => self.dispute,
            StepLimit::CallBack => self.call_back,
            // Theirs is the reply's, or was chosen when it was asked for.
            StepLimit::None | StepLimit::Reply | StepLimit::Supplement | StepLimit::CoReply => return None,
        })
    }
}

/// Which template a problem gets: the first rule that fits; None fits all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub category_id: Option<i64>,
    pub level: Option<Level>,
    pub template: String,
}

/// The templates of a city, the first of which is the default, and the rules that choose among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    pub templates: Vec<Template>,
    pub rules: Vec<Rule>,
}

impl Default for Deadlines {
    fn default() -> Self {
        use Limit::{Months, NaturalDays, Workdays};
        let usual = Template {
            name: "13710".into(),
            triage: Workdays(1),
            sign: Workdays(1),
            contact: Workdays(1),
            progress: Workdays(3),
            reply_c: Workdays(7),
            reply_b: Workdays(15),
            reply_a: Months(1),
            review: Workdays(2),
            rating: Workdays(5),
            return_asked: Workdays(1),
            dispute: Workdays(2),
            rework: Workdays(15),
            report: NaturalDays(30),
            call_back: Workdays(5),
        };
        let abc = Template {
            name: "ABC".into(),
            triage: Workdays(3),
            contact: Workdays(2),
            progress: Workdays(5),
            reply_c: Workdays(5),
            ..usual.clone()
        };
        let steps =
            Template { name: "1-3-15-30".into(), reply_c: Workdays(15), reply_a: Workdays(30), ..usual.clone() };
        Self { templates: vec![usual, abc, steps], rules: Vec::new() }
    }
}

impl Deadlines {
    pub fn find(&self, name: &str) -> Option<&Template> {
        self.templates.iter().find(|one| one.name == name)
    }
    /// What counts where nothing else was chosen.
    pub fn usual(&self) -> &Template {
        &self.templates[0]
    }
    /// The template of the first rule that fits.
    pub fn suggested(&self, category_id: Option<i64>, level: Level) -> &Template {
        let fits = |rule: &&Rule| {
            (rule.category_id.is_none() || rule.category_id == category_id)
                && rule.level.is_none_or(|wanted| wanted == level)
        };
        self.rules.iter().find(fits).and_then(|rule| self.find(&rule.template)).unwrap_or(self.usual())
    }
}
