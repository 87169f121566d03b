//! A history played again from its events: to compute limits anew by another calendar, and to prove that what is stored
//! is what the steps made.
use super::{
    Dossier, Issue, IssueDetail,
    apply::{Actor, Context, apply},
    event::Event,
    step::{Facts, Step},
    workflow::*,
};
use crate::{
    error::{Error, Result},
    key,
    time::Time,
};

/// An issue as it was when it was submitted: what steps change is taken back, what they do not is kept.
fn at_submission(issue: &Issue, detail: &IssueDetail, facts: &Facts, context: Context) -> Dossier {
    let at = issue.submitted_at;
    let level = if facts.area_id == context.city_area_id { Level::City } else { Level::County };
    let limits_from = facts.limits_from.map_or(at, Time);
    let triage = context.rules.deadlines(limits_from).suggested(None, level).triage;
    let issue = Issue {
        version: 1,
        title: facts.title.clone(),
        status: Status::Submitted,
        enterprise_id: facts.enterprise_id,
        enterprise_name: facts.enterprise_name.clone(),
        area_id: facts.area_id,
        group_id: facts.group_id,
        collector_id: facts.collector_id,
        urgency: facts.urgency.unwrap_or(issue.urgency),
        category_id: facts.category_id,
        complexity: facts.complexity,
        level,
        office_area_id: facts.area_id,
        lead_unit_id: None,
        handler_id: None,
        request: Request::None,
        resolution: None,
        answer: None,
        rating: None,
        round: 1,
        main_issue_id: None,
        registered_at: Time::NEVER,
        closed_at: Time::NEVER,
        due_at: Time::NEVER,
        step_limit: StepLimit::Triage,
        step_due_at: context.calendar(limits_from).due_at(limits_from, triage),
        ..issue.clone()
    };
    let detail = IssueDetail {
        description: facts.description.clone(),
        demand: facts.demand.clone(),
        remark: facts.remark.clone().unwrap_or_default(),
        requirement: String::new(),
        responsible_leader: String::new(),
        original_due_at: Time::NEVER,
        dispatched_at: Time::NEVER,
        signed_at: Time::NEVER,
        contacted_at: Time::NEVER,
        progressed_at: Time::NEVER,
        paused_at: Time::NEVER,
        paused_days: 0,
        replied_at: Time::NEVER,
        approved_at: Time::NEVER,
        reviewer_id: None,
        extended_days: 0,
        vain_rounds: 0,
        merged_from: None,
        coerced: false,
        appealed: false,
        attitude: None,
        words: String::new(),
        progress: facts.progress.clone().unwrap_or_default(),
        measures: facts.measures.clone().unwrap_or_default(),
        ..detail.clone()
    };
    Dossier::new(issue, detail)
}

/// An instruction got a key of its moment when it was given, and another one now: the one that is answered gets its own
/// back.
fn keep_key(dossier: &mut Dossier, id: i64) {
    let given = dossier.instructions.iter_mut().filter(|one| one.answered_at.is_never());
    if let Some(one) = given.into_iter().find(|one| key::moment(one.id) == key::moment(id)) {
        one.id = id;
    }
}

/// The dossier that the events make, the oldest first. `after` sees the dossier after each event, the first included.
pub fn replay(
    issue: &Issue,
    detail: &IssueDetail,
    events: &[Event],
    context: Context,
    mut after: impl FnMut(&Event, &Dossier) -> Result<()>,
) -> Result<Dossier> {
    let first = events.first().map(Event::step).transpose()?;
    let Some(Step::Submit { facts, .. } | Step::Import { facts, .. }) = first else {
        return Err(Error::internal("a history without a beginning"));
    };
    let mut dossier = at_submission(issue, detail, &facts, context);
    for event in events {
        let step = event.step()?;
        if step.action() != event.action {
            return Err(Error::internal(format!("event {} is not the step that it holds", event.seq)));
        }
        if !matches!(step, Step::Submit { .. } | Step::Import { .. }) {
            let actor = Actor {
                id: event.actor_id,
                name: event.actor.clone(),
                by: event.actor_kind,
                // Which unit an actor belonged to is in the step where it matters.
                unit_id: None,
            };
            if let Step::AnswerInstruction { instruction_id, .. } = step {
                keep_key(&mut dossier, instruction_id);
            }
            let context = Context { edition: event.edition()?, ..context };
            apply(&mut dossier, context, &actor, &step, event.happened_at)?;
        }
        after(event, &dossier)?;
    }
    Ok(dossier)
}
