//! What was said when a problem came in, kept in its first event: what later corrections change stays there.
use super::{Issue, IssueDetail, workflow::*};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What was said when the problem came in: what later corrections change stays here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    pub title: String,
    pub description: String,
    pub demand: String,
    pub enterprise_id: Option<i64>,
    pub enterprise_name: String,
    pub area_id: i64,
    pub group_id: Option<i64>,
    pub collector_id: Option<i64>,
    pub urgency: Option<Urgency>,
    pub number: String,
    pub channel: Option<Channel>,
    pub external_no: Option<String>,
    /// The hash of the `Contact`.
    pub contact: String,
    /// What imported history brings along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
    /// The lead unit that the file names of one that is still open: proposed to the office, not given to anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_unit_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measures: Option<String>,
    /// From when its limits count: the import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_from: Option<i64>,
    /// Imported without an answer: it is handled here and counts like any other, and is no history.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_open: bool,
    /// None in histories that are older than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Whom the office calls, and by whose phone the query code opens the issue. Name and phone themselves do not belong
/// into a history, which keeps their SHA-256.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Contact {
    Told {
        name: String,
        phone: String,
    },
    /// As a history tells it.
    Hash(String),
}

impl Contact {
    pub fn hash(&self) -> String {
        match self {
            Self::Told { name, phone } => hex::encode(Sha256::digest(format!("{name}\n{phone}").as_bytes())),
            Self::Hash(hash) => hash.clone(),
        }
    }
}

impl From<String> for Contact {
    fn from(hash: String) -> Self {
        Self::Hash(hash)
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> Self {
        contact.hash()
    }
}

/// Where it came up, and by which code its company follows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    pub visit_id: Option<i64>,
    pub symposium_id: Option<i64>,
    /// What the database keeps of the query code, in hex.
    pub code_hash: Option<String>,
}

impl Facts {
    pub fn of(issue: &Issue, detail: &IssueDetail) -> Self {
        let contact = Contact::Told { name: detail.contact_name.clone(), phone: detail.contact_phone.clone() };
        Self {
            title: issue.title.clone(),
            description: detail.description.clone(),
            demand: detail.demand.clone(),
            enterprise_id: issue.enterprise_id,
            enterprise_name: issue.enterprise_name.clone(),
            area_id: issue.area_id,
            group_id: issue.group_id,
            collector_id: issue.collector_id,
            urgency: Some(issue.urgency),
            number: issue.number.clone(),
            channel: Some(issue.channel),
            external_no: detail.external_no.clone(),
            contact: contact.hash(),
            category_id: issue.category_id,
            complexity: issue.complexity,
            lead_unit_id: None,
            remark: Some(detail.remark.clone()).filter(|text| !text.is_empty()),
            progress: Some(detail.progress.clone()).filter(|text| !text.is_empty()),
            measures: Some(detail.measures.clone()).filter(|text| !text.is_empty()),
            limits_from: None,
            is_open: false,
            origin: Some(Origin {
                visit_id: detail.visit_id,
                symposium_id: detail.symposium_id,
                code_hash: detail.code_hash.as_deref().map(hex::encode),
            }),
        }
    }
}
