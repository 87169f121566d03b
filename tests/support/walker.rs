//! Random steps for random walks through the life of a problem, mostly complete, sometimes not.
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use zhuqi::issue::{
    Dossier,
    step::{Contact, EnterpriseOfIssue, FourAnswers, Step},
    workflow::*,
};

/// What steps may name.
pub struct Names {
    pub units: Vec<i64>,
    pub categories: Vec<i64>,
    /// Companies that an issue may be corrected to.
    pub companies: Vec<EnterpriseOfIssue>,
    /// (id, number) of issues that others may be merged into.
    pub mains: Vec<(i64, String)>,
}

/// Mostly none, sometimes a day that has passed.
fn next_report(rng: &mut StdRng, today: chrono::NaiveDate) -> Option<chrono::NaiveDate> {
    rng.random_ratio(1, 2).then(|| today + chrono::Days::new(rng.random_range(0..40)))
}

/// A step with content that is mostly complete; None: nobody does this action.
pub fn content(
    rng: &mut StdRng,
    names: &Names,
    action: Action,
    dossier: &Dossier,
    today: chrono::NaiveDate,
) -> Option<Step> {
    let text = |rng: &mut StdRng| {
        if rng.random_ratio(1, 40) { " ".to_owned() } else { "写明了情况".to_owned() }
    };
    let four = FourAnswers { solved: true, replied: true, met: true, satisfied: rng.random() };
    // Mostly content, as companies are; otherwise few walks would end solved.
    let pleased = rng.random_ratio(2, 3);
    let answer = match pleased {
        true => Answer::Solved,
        false => *[Answer::Solved, Answer::Partly, Answer::No, Answer::Unrated].choose(rng)?,
    };
    let rating = if pleased { Rating::Satisfied } else { *Rating::ALL.choose(rng)? };
    Some(match action {
        Action::Register => Step::Register {
            category_id: *names.categories.choose(rng)?,
            complexity: *Complexity::ALL.choose(rng)?,
            level: Level::County,
            urgency: Urgency::Normal,
            duplicates_looked_at: rng.random_ratio(19, 20),
            group_id: dossier.issue.group_id,
        },
        Action::CloseImported => Step::CloseImported {
            resolution: *Resolution::ALL.choose(rng)?,
            text: text(rng),
            complexity: *Complexity::ALL.choose(rng)?,
            lead_unit_id: names.units.choose(rng).copied().filter(|_| rng.random()),
        },
        Action::Merge => {
            let (main_issue_id, main_number) = names.mains.choose(rng)?.clone();
            Step::Merge { main_issue_id, main_number, reason: text(rng) }
        }
        Action::Reject => Step::Reject { reason: text(rng), channel: text(rng) },
        Action::PassUp => Step::PassUp { reason: text(rng) },
        Action::Dispatch => {
            let lead = *names.units.choose(rng)?;
            let co = names.units.iter().copied().filter(|_| rng.random_ratio(1, 4)).collect();
            Step::Dispatch {
                lead_unit_id: lead,
                co_unit_ids: co,
                template: "13710".into(),
                requirement: text(rng),
                responsible_leader: String::new(),
            }
        }
        Action::Sign => Step::Sign,
        Action::AutoSign => Step::AutoSign,
        Action::RequestReturn => Step::RequestReturn { reason: text(rng), basis: text(rng), suggested_unit: text(rng) },
        Action::UpholdReturn => Step::UpholdReturn { finding: text(rng), level: Some(Level::City) },
        Action::RefuseReturn => Step::RefuseReturn { finding: text(rng) },
        Action::Contact => Step::Contact { person: text(rng), note: text(rng) },
        Action::Progress => Step::Progress { note: text(rng), measures: text(rng) },
        Action::RequestExtension => {
            Step::RequestExtension { days: rng.random_range(0..13), reason: text(rng), basis: text(rng) }
        }
        Action::GrantExtension => Step::GrantExtension { days: rng.random_range(0..13), opinion: text(rng) },
        Action::RefuseExtension => Step::RefuseExtension { opinion: text(rng) },
        Action::RequestSupplement => Step::RequestSupplement { missing: text(rng), days: rng.random_range(0..8) },
        Action::Supplement => Step::Supplement { text: text(rng) },
        Action::SupplementTimeout => Step::SupplementTimeout,
        Action::RequestLongTerm => Step::RequestLongTerm {
            reason: text(rng),
            milestones: text(rng),
            next_on: today + chrono::Days::new(rng.random_range(0..40)),
            told: text(rng),
        },
        Action::AgreeLongTerm => Step::AgreeLongTerm { opinion: String::new(), next_on: next_report(rng, today) },
        Action::RefuseLongTerm => Step::RefuseLongTerm { opinion: text(rng) },
        Action::Report => Step::Report { note: text(rng), next_on: next_report(rng, today) },
        Action::Resume => Step::Resume { note: text(rng) },
        Action::CoReply => Step::CoReply { unit_id: *names.units.choose(rng)?, text: text(rng) },
        Action::Reply => Step::Reply {
            resolution: *Resolution::ALL.choose(rng)?,
            text: text(rng),
            measures: text(rng),
            override_reason: if rng.random() { text(rng) } else { String::new() },
        },
        Action::Approve => Step::Approve { four, opinion: text(rng), invalid: rng.random_ratio(1, 10) },
        Action::SendBack => Step::SendBack { four, reason: text(rng), level: Some(Level::City) },
        Action::Answer => Step::Answer {
            solved: answer,
            result: rating,
            attitude: rating,
            words: String::new(),
            called_back_by: String::new(),
            by_slip_of: String::new(),
            main: dossier.main,
            group_id: dossier.issue.group_id,
        },
        Action::RatingTimeout => Step::RatingTimeout,
        Action::Ask => Step::Ask { reply: None },
        Action::UpholdDispute => Step::UpholdDispute { finding: text(rng) },
        Action::DismissDispute => Step::DismissDispute { finding: text(rng) },
        Action::Reopen => Step::Reopen { reason: text(rng) },
        Action::Appeal => Step::Appeal { reason: text(rng) },
        Action::Split => Step::Split { reason: text(rng) },
        Action::Withdraw => Step::Withdraw { reason: text(rng) },
        Action::FindPressure => Step::FindPressure { finding: text(rng) },
        Action::CallBack => Step::CallBack {
            note: text(rng),
            solved: rng.random::<bool>().then_some(answer),
            result: rng.random::<bool>().then_some(rating),
        },
        Action::SolveOnSite => Step::SolveOnSite { text: text(rng) },
        Action::ReviewOnSite => {
            Step::ReviewOnSite { four: FourAnswers { solved: pleased, ..four }, opinion: text(rng) }
        }
        Action::Correct => Step::Correct {
            title: Some("用电增容（更正）".into()),
            description: None,
            demand: None,
            category_id: names.categories.choose(rng).copied().filter(|_| rng.random()),
            enterprise: names.companies.choose(rng).cloned().filter(|_| rng.random()),
            remark: None,
            // By number, so that the rest of a walk is as random as before.
            contact: (dossier.issue.version % 3 == 0)
                .then(|| Contact::Told { name: "李经理".into(), phone: "13912345678".into() }),
            reason: text(rng),
        },
        Action::Attach => {
            Step::Attach { names: vec!["照片.jpg".into()], contents: Vec::new(), for_company: rng.random() }
        }
        Action::VoidAttachment => {
            let reason = text(rng);
            Step::VoidAttachment { name: "照片.jpg".into(), content: String::new(), for_company: true, reason }
        }
        Action::PrintSlip => Step::PrintSlip { code_hash: String::new() },
        Action::Instruct => Step::Instruct { text: text(rng), answer_by: None },
        Action::AnswerInstruction => {
            let open = dossier.instructions.iter().find(|one| one.answered_at.is_never())?;
            Step::AnswerInstruction { instruction_id: open.id, text: text(rng) }
        }
        Action::RemindInstruction => {
            let open = dossier.instructions.iter().find(|one| one.answered_at.is_never())?;
            Step::RemindInstruction { instruction_id: open.id, left: Some(1) }
        }
        Action::Transfer => Step::Transfer { lead_unit_id: *names.units.choose(rng)?, reason: text(rng) },
        Action::Remind => Step::Remind { left: 1, co: None },
        Action::Nudge => Step::Nudge { overdue: 1, text: text(rng), co: None },
        Action::Supervise => {
            Step::Supervise { number: "督办〔2022〕1号".into(), overdue: 3, text: text(rng), co: None }
        }
        Action::Raise => Step::Raise { overdue: 5, decided_by: text(rng), reason: text(rng) },
        Action::FindFalse => Step::FindFalse { finding: text(rng) },
        Action::Recalculate => Step::Recalculate {
            reason: text(rng),
            due_at: dossier.issue.due_at.0,
            original_due_at: dossier.detail.original_due_at.0,
            step_due_at: dossier.issue.step_due_at.0,
            units: Vec::new(),
            was: None,
        },
        _ => return None,
    })
}

/// An action that the status knows; to withdraw or to reopen is rare.
pub fn known_action(rng: &mut StdRng, from: Status) -> Option<Action> {
    let mut lines = Vec::new();
    for line in actions(from) {
        // What moves nothing happens less often, so that walks get somewhere.
        let often = match line.action {
            Action::Withdraw | Action::Reopen | Action::FindFalse => rng.random_ratio(1, 4),
            _ => !line.to.is_empty() || rng.random_ratio(1, 7),
        };
        if often {
            lines.push(line);
        }
    }
    lines.choose(rng).map(|line| line.action)
}
