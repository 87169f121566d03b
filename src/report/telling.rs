//! Of whom and of when a report speaks, and the paragraph that is published: the city's is the city's alone.
use super::{By, Question, figures::Figures};
use crate::{
    access::{Reach, Scope},
    directory::Directory,
};
use chrono::{Datelike, NaiveDate};

/// Numbers carry the word of their figure.
pub type Piece = (String, Option<&'static str>);

#[derive(Debug, Clone)]
pub struct Telling {
    pub reach: Reach,
    /// 郑州市, or what the viewer sees of it: 中原区, a group, a unit.
    pub name: String,
    /// One that is not the whole campaign up to the moment, in words.
    pub period: Option<String>,
    /// 目前, or the day if it is over.
    pub until: String,
}

impl Telling {
    pub fn of(directory: &Directory, scope: Scope, question: &Question, start: NaiveDate, today: NaiveDate) -> Self {
        let reach = scope.reach();
        let name = match reach {
            Reach::Area(id) | Reach::Office(id) => directory.area(id).map(|area| area.name.as_str()),
            Reach::Group(id) => Some(directory.group_name(Some(id))),
            Reach::Unit(id) | Reach::LeadUnit(id) | Reach::CoUnit(id) => Some(directory.unit_name(Some(id))),
            _ => directory.city().map(|city| city.name.as_str()),
        };
        let as_of = question.as_of();
        let until = match as_of < today {
            false => "目前".to_owned(),
            true if as_of.year() == today.year() => as_of.format("%-m月%-d日").to_string(),
            true => as_of.format("%Y年%-m月%-d日").to_string(),
        };
        Self { reach, name: name.unwrap_or_default().to_owned(), period: question.period(start), until }
    }

    pub fn is_city(&self) -> bool {
        self.reach == Reach::Everything
    }

    /// What the report is by, as it is headed: 全市 is the city's alone.
    pub fn label(&self, by: By) -> &str {
        if by == By::City && !self.is_city() { &self.name } else { by.label() }
    }

    /// The paragraph as it is published, in pieces. It leaves out what a group or a unit cannot have.
    pub fn pieces(&self, figures: &Figures) -> Vec<Piece> {
        let number = |number: i64, word: &'static str| (number.to_string(), Some(word));
        let words = |words: &str| (words.to_owned(), None);
        let name = &self.name;
        let opening = self.period.as_deref().unwrap_or("活动开展以来");
        let founded = if self.period.is_none() { "成立" } else { "有" };
        let mut pieces = match self.reach {
            Reach::Unit(_) | Reach::LeadUnit(_) | Reach::CoUnit(_) => vec![words(&format!("{opening}，{name}"))],
            Reach::Group(_) => vec![words(&format!("{opening}，{name}有助企干部"))],
            Reach::Area(_) | Reach::Office(_) => vec![
                words(&format!("{opening}，{name}{founded}")),
                number(figures.groups, "groups"),
                words("个工作组，共抽调助企干部"),
            ],
            _ => vec![
                words(&format!("{opening}，市县两级{founded}")),
                number(figures.groups, "groups"),
                words("个工作组，共抽调市县乡助企干部"),
            ],
        };
        let resolved = match (self.reach, &self.period) {
            (Reach::Unit(_) | Reach::LeadUnit(_) | Reach::CoUnit(_), period) => {
                pieces.push(words("承办企业问题"));
                match period {
                    None => format!("个，截至{}已解决", self.until),
                    Some(_) => "个，已解决".to_owned(),
                }
            }
            (_, period) => {
                let since = match period {
                    None => format!("家。截至{}，累计走访企业", self.until),
                    Some(_) => "家。期间走访企业".to_owned(),
                };
                pieces.extend([
                    number(figures.cadres, "cadres"),
                    words("人，包联服务“四上”企业"),
                    number(figures.companies, "companies"),
                    words(&since),
                    number(figures.visits, "visits"),
                    words("家（次），召开座谈会"),
                    number(figures.symposiums, "symposiums"),
                    words("场，共收集企业问题"),
                ]);
                "个，已解决".to_owned()
            }
        };
        let rate = match figures.collected {
            0 => words("暂无"),
            _ => (figures.resolution_rate(), Some("resolution_rate")),
        };
        pieces.extend([
            number(figures.collected, "collected"),
            words(&resolved),
            number(figures.resolved, "resolved"),
            words("个，解决率"),
            rate,
            words("。"),
        ]);
        pieces
    }

    pub fn text(&self, figures: &Figures) -> String {
        self.pieces(figures).into_iter().map(|(text, _)| text).collect()
    }
}
