//! What a row of a ledger or of a list of messages says of one problem.
use super::{
    Bad, Importing,
    issue_words::{Course, channel, course, resolution, resolved},
    lookup::{DISTRICT_HEADS, Places},
    words,
};
use crate::{
    calendar::from_shanghai,
    directory::Directory,
    issue::{
        submit::{NO_COMPANY, title_of},
        workflow::*,
    },
    search::normal,
    sheet::{Field, Row},
    time::Time,
};
use chrono::{NaiveDate, NaiveTime};
use sha2::{Digest, Sha256};

pub const FIELDS: &[Field] = &[
    Field { key: "number", heads: &["问题编号"], required: false },
    Field {
        key: "external_no",
        heads: &["留言编号", "原编号", "诉求编号", "工单编号", "工单号", "案件编号", "编号"],
        required: false,
    },
    Field {
        key: "enterprise",
        heads: &["企业名称", "企业", "反映企业", "诉求企业", "单位名称", "公司名称"],
        required: false,
    },
    Field { key: "usci", heads: &["统一社会信用代码", "社会信用代码", "信用代码"], required: false },
    Field { key: "area", heads: DISTRICT_HEADS, required: false },
    Field {
        key: "title",
        heads: &["问题标题", "留言主题", "标题", "主题", "问题名称", "诉求标题", "事项", "问题"],
        required: false,
    },
    Field {
        key: "text",
        heads: &["问题描述", "留言详情", "问题内容", "具体问题", "存在问题", "存在的问题", "反映问题", "详情", "内容"],
        required: false,
    },
    Field { key: "demand", heads: &["企业诉求", "诉求", "诉求内容"], required: false },
    Field {
        key: "at",
        heads: &["收集日期", "留言时间", "收集时间", "反映时间", "登记时间", "登记日期", "受理时间", "日期", "时间"],
        required: false,
    },
    Field {
        key: "reply",
        heads: &["答复意见", "办理结果", "答复内容", "处理结果", "办理情况", "答复", "回复内容", "解决情况"],
        required: false,
    },
    Field {
        key: "replied_at",
        heads: &["答复时间", "实际办结日期", "办结时间", "办结日期", "答复日期", "回复时间", "办理时间"],
        required: false,
    },
    Field { key: "progress", heads: &["最新进展", "办理进展", "进展情况", "进展"], required: false },
    Field { key: "measures", heads: &["采取措施", "解决措施", "措施"], required: false },
    Field {
        key: "status", heads: &["当前状态", "办理状态", "状态", "是否办结", "是否解决"], required: false
    },
    Field { key: "resolution", heads: &["办结类别", "办结类型"], required: false },
    Field { key: "complexity", heads: &["复杂程度"], required: false },
    Field {
        key: "category", heads: &["问题大类", "问题类别", "问题类型", "类别", "分类"], required: false
    },
    Field {
        key: "unit",
        heads: &["主责单位", "责任单位", "主办单位", "承办单位", "办理单位", "答复单位"],
        required: false,
    },
    Field { key: "channel", heads: &["来源渠道", "问题来源", "来源", "渠道"], required: false },
    Field { key: "urgency", heads: &["紧急程度"], required: false },
    Field {
        key: "contact_name", heads: &["企业联系人", "联系人", "留言用户", "反映人"], required: false
    },
    Field { key: "contact_phone", heads: &["联系电话", "联系方式", "电话"], required: false },
    Field { key: "remark", heads: &["备注"], required: false },
];

/// Characters of a title at most; a longer one is cut and stands whole in the description.
const TITLE: usize = 200;

#[derive(Debug, Clone)]
pub(super) struct Line {
    /// As in the file; empty where none is named.
    pub company: String,
    pub area_id: Option<i64>,
    pub title: String,
    pub description: String,
    pub demand: String,
    pub at: Time,
    /// The answer, if it was answered, and when.
    pub reply: Option<(String, Time)>,
    /// What is known of one that is still open.
    pub progress: String,
    pub measures: String,
    pub resolution: Resolution,
    /// None: the file says nothing that is one.
    pub complexity: Option<Complexity>,
    pub category_id: Option<i64>,
    pub lead_unit_id: Option<i64>,
    pub channel: Channel,
    pub urgency: Urgency,
    pub contact_name: String,
    pub contact_phone: String,
    pub remark: String,
}

type Moment = (NaiveDate, Option<NaiveTime>);

fn time((day, time): Moment) -> Time {
    from_shanghai(day.and_time(time.unwrap_or(NaiveTime::MIN)))
}

/// Names that stand for no company.
fn company(row: &Row) -> String {
    let name = row.text("enterprise");
    match normal(&name).as_str() {
        "" | "无" | "个人" | "匿名" | NO_COMPANY => String::new(),
        _ => name,
    }
}

fn category(directory: &Directory, text: &str) -> Option<i64> {
    let wanted = normal(text);
    let is_it = |code: &str, name: &str| {
        let (code, name) = (normal(code), normal(name));
        wanted == name || wanted == code || wanted == format!("{code}{name}")
    };
    let valid = directory.categories.iter().filter(|one| one.valid_until.is_none());
    valid.into_iter().find(|one| is_it(&one.code, &one.name)).map(|one| one.id)
}

/// Both moments of a row. Where one has a time of day and the other has none, the missing one is worth a word.
fn moments(row: &Row, by: &Importing, say: &mut Vec<String>) -> Result<(Time, Option<Time>), Bad> {
    let at = row.date("at").transpose().map_err(|why| format!("收集时间：{why}"))?;
    let replied = row.date("replied_at").transpose().map_err(|why| format!("答复时间：{why}"))?;
    let Some(at) = at else {
        say.push("没有收集时间，按导入的时间记".into());
        return Ok((by.now, None));
    };
    if time(at) > by.now {
        return Err(format!("收集时间 {} 在今天之后", at.0));
    }
    let Some(replied) = replied else {
        return Ok((time(at), None));
    };
    if time(replied) > by.now {
        return Err(format!("答复时间 {} 在今天之后", replied.0));
    }
    if replied.0 < at.0 || (replied.1.is_some() && time(replied) < time(at)) {
        return Err(format!("答复时间 {} 早于收集时间 {}", replied.0, at.0));
    }
    let missing = |what: &str, day: NaiveDate| format!("{what}缺少时刻，按 {day} 00:00 导入");
    match (at.1, replied.1) {
        (Some(_), None) => say.push(missing("答复时间", replied.0)),
        (None, Some(_)) => say.push(missing("收集时间", at.0)),
        _ => {}
    }
    // An answer of the same day without a time of day still comes after the question.
    Ok((time(at), Some(time(replied).max(time(at)))))
}

impl Line {
    pub fn read(row: &Row, places: &Places, by: &Importing, say: &mut Vec<String>) -> Result<Self, Bad> {
        let description = row.paragraphs("text");
        let mut title = row.text("title");
        if title.is_empty() {
            title = title_of(&description);
        }
        if title.is_empty() {
            return Err("没有填写问题标题，也没有问题描述".into());
        }
        let mut description = if description.is_empty() { title.clone() } else { description };
        if title.chars().count() > TITLE {
            say.push(format!("标题超过 {TITLE} 个字，截短后全文写入问题描述"));
            description = format!("{title}\n{description}");
            title = title.chars().take(TITLE - 1).chain(['…']).collect();
        }
        let mut known = |key: &str, what: &str, found: Option<i64>| {
            let text = row.text(key);
            if !text.is_empty() && found.is_none() {
                say.push(format!("没有名为“{text}”的{what}"));
            }
            found
        };
        let area_id = places.district(row, "area").ok().flatten();
        let area_id = known("area", "辖区，记在企业的辖区或全市", area_id);
        let category_id = known("category", "问题类别，留待甄别", category(&places.directory, &row.text("category")));
        let unit = row.text("unit");
        let lead_unit_id = known("unit", "单位，记在备注里", places.unit(&unit).ok());
        let remark = row.text("remark");
        let mut remark = remark.strip_prefix("历史导入").unwrap_or(&remark).trim().to_owned();
        if !unit.is_empty() && lead_unit_id.is_none() {
            remark = format!("原主责单位：{unit}；{remark}").trim_end_matches('；').to_owned();
        }
        let contact_phone = row.get("contact_phone").map_or_else(String::new, |cell| {
            words::phone(&cell.text(), say).unwrap_or_else(|why| {
                say.push(why);
                String::new()
            })
        });
        let (at, replied_at) = moments(row, by, say)?;
        let status = row.text("status");
        let (reply, progress) = (row.paragraphs("reply"), row.paragraphs("progress"));
        let closed = match course(&status) {
            Course::Closed => true,
            Course::Open => false,
            Course::Blank => !reply.is_empty(),
            // Taken for closed it would be history that nobody looks at again.
            Course::Unknown => {
                say.push(format!("看不懂状态“{status}”，按没有办结导入"));
                false
            }
        };
        let (reply, progress) = if closed {
            let text = [reply, progress].into_iter().find(|text| !text.is_empty());
            let text = text.unwrap_or_else(|| format!("原台账没有答复内容，状态为“{status}”"));
            if replied_at.is_none() {
                say.push("没有答复时间，按收集时间记".into());
            }
            (Some((text, replied_at.unwrap_or(at))), String::new())
        } else {
            (None, if reply.is_empty() { progress } else { reply })
        };
        Ok(Self {
            company: company(row),
            area_id,
            title,
            description,
            demand: row.paragraphs("demand"),
            at,
            reply,
            progress,
            measures: row.paragraphs("measures"),
            resolution: resolution(&row.text("resolution"))
                .or_else(|| resolved(row.head("status"), &status))
                .unwrap_or(Resolution::Explained),
            complexity: match row.text("complexity").chars().next() {
                Some('A' | 'Ａ' | 'a') => Some(Complexity::A),
                Some('B' | 'Ｂ' | 'b') => Some(Complexity::B),
                Some('C' | 'Ｃ' | 'c') => Some(Complexity::C),
                _ => None,
            },
            category_id,
            lead_unit_id,
            channel: channel(&row.text("channel")),
            urgency: if row.text("urgency").contains('急') { Urgency::Urgent } else { Urgency::Normal },
            contact_name: row.text("contact_name").chars().take(30).collect(),
            contact_phone,
            remark,
        })
    }

    /// Stands in for a number where the file has none: the same row is the same problem.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        for part in [&normal(&self.company), &self.title, &self.description, &self.at.0.to_string()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hex::encode(&hasher.finalize()[..8])
    }
}
