//! What happened, in words, for who looks.
use super::{date_time, told};
use crate::{
    access::{Permission, Viewer},
    directory::Directory,
    error::Result,
    issue::{event::Event, for_company, workflow::Action},
};

pub struct TimelineRow {
    pub at: String,
    pub label: &'static str,
    pub who: String,
    pub lines: Vec<(&'static str, String)>,
    pub class: &'static str,
}

/// Units do not see the company's words; a company sees what was done and said to it, without the offices' own.
/// `taken_over`: the event by which the city office took over, and what is said of it.
pub fn timeline(
    events: Vec<Event>,
    directory: &Directory,
    viewer: &Viewer,
    taken_over: Option<(i64, &'static str)>,
) -> Result<Vec<TimelineRow>> {
    if !viewer.is_official() {
        let lines = for_company::lines(&events, directory)?.into_iter();
        return Ok(lines
            .map(|line| TimelineRow {
                at: date_time(line.at),
                label: line.label,
                who: line.who,
                lines: line.texts,
                class: "",
            })
            .collect());
    }
    let for_office = viewer.reads_company_words();
    events
        .into_iter()
        .map(|event| {
            let class = match event.action {
                Action::Instruct => "order",
                _ if event.actor_kind == Permission::System => "system",
                _ => "",
            };
            let mut lines = told::told(&event.step()?, directory, for_office);
            lines.extend(taken_over.filter(|(seq, _)| *seq == event.seq).map(|(_, why)| ("", why.to_owned())));
            Ok(TimelineRow {
                at: date_time(event.happened_at),
                label: event.action.label(),
                who: event.actor,
                lines,
                class,
            })
        })
        .collect()
}
