//! Which column of a file is which field.
use std::collections::{HashMap, VecDeque};

use super::text;

/// A field that an importer understands.
#[derive(Debug)]
pub struct Field {
    /// Its name in code and in `--map`.
    pub key: &'static str,
    /// The Chinese head, then its synonyms. White space, ★, brackets, case and full-width forms do not
    /// matter.
    pub heads: &'static [&'static str],
    /// A file without this column is refused.
    pub required: bool,
}

impl Field {
    pub fn name(&self) -> &'static str {
        self.heads.first().copied().unwrap_or(self.key)
    }
}

/// A column of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadColumn {
    /// Zero-based.
    pub index: u32,
    /// What its head says, on one line; of a head over two rows the lower text, or both if only both name a field.
    pub text: String,
    /// Upper and lower text of a head over two rows, one behind the other.
    pub(super) joined: String,
}

/// Which field stands in which column.
#[derive(Clone, Debug)]
pub struct Mapping {
    fields: &'static [Field],
    columns: Vec<HeadColumn>,
    /// By field: the position in `columns`.
    chosen: Vec<Option<usize>>,
}

impl Mapping {
    /// Exact names win over names that agree only without what stands in brackets; the leftmost column wins.
    pub(super) fn recognise(fields: &'static [Field], columns: Vec<HeadColumn>) -> Mapping {
        let mut mapping = Mapping { fields, columns, chosen: vec![None; fields.len()] };
        for form in [plain as fn(&str) -> String, without_brackets] {
            mapping.match_names(form, false);
            mapping.match_names(form, true);
        }
        mapping
    }

    /// Gives free columns to fields still without one, by lower or by joined text.
    fn match_names(&mut self, form: fn(&str) -> String, joined: bool) {
        let mut named: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (at, column) in self.columns.iter().enumerate().filter(|(at, _)| !self.chosen.contains(&Some(*at))) {
            named.entry(form(if joined { &column.joined } else { &column.text })).or_default().push_back(at);
        }
        for (field, chosen) in self.fields.iter().zip(&mut self.chosen).filter(|(_, chosen)| chosen.is_none()) {
            *chosen = field.heads.iter().find_map(|head| named.get_mut(&form(head))?.pop_front());
            if let Some(column) = chosen.filter(|_| joined).map(|at| &mut self.columns[at]) {
                column.text.clone_from(&column.joined);
            }
        }
    }

    /// The zero-based column of a field.
    pub fn column(&self, key: &str) -> Option<u32> {
        let at = self.fields.iter().position(|field| field.key == key)?;
        self.chosen[at].map(|column| self.columns[column].index)
    }

    /// The head of a zero-based column that a field uses.
    pub fn head_at(&self, index: u32) -> Option<&str> {
        let columns = self.chosen.iter().flatten().map(|&column| &self.columns[column]);
        columns.into_iter().find(|column| column.index == index).map(|column| column.text.as_str())
    }

    /// The columns of the required fields.
    pub fn required_columns(&self) -> impl Iterator<Item = u32> {
        let fields = self.fields.iter().zip(&self.chosen).filter(|(field, _)| field.required);
        fields.filter_map(|(_, column)| column.map(|column| self.columns[column].index))
    }

    /// Columns that a taller head turns out to have; known ones stay as they are.
    pub(super) fn add_columns(&mut self, more: Vec<HeadColumn>) {
        for column in more {
            if !self.columns.iter().any(|known| known.index == column.index) {
                self.columns.push(column);
            }
        }
    }

    /// All columns of the head row from left to right.
    pub fn columns(&self) -> &[HeadColumn] {
        &self.columns
    }

    pub fn fields(&self) -> &'static [Field] {
        self.fields
    }

    /// Recognised columns: head in the file, key of the field. In the order of the fields.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let found = self.fields.iter().zip(&self.chosen);
        found.filter_map(|(field, column)| column.map(|column| (self.columns[column].text.as_str(), field.key)))
    }

    /// Heads of columns that no field uses.
    pub fn unmapped(&self) -> Vec<&str> {
        let used = |column: usize| self.chosen.contains(&Some(column));
        let columns = self.columns.iter().enumerate();
        columns.filter(|(at, _)| !used(*at)).map(|(_, column)| column.text.as_str()).collect()
    }

    /// Chinese names of required fields without a column.
    pub fn missing(&self) -> Vec<&'static str> {
        let fields = self.fields.iter().zip(&self.chosen);
        fields.filter(|(field, column)| field.required && column.is_none()).map(|(field, _)| field.name()).collect()
    }

    /// Applies `中文列=field,…`: the column named on the left (as in the file) becomes the field on the right, given by
    /// key or Chinese name; nothing or `-` on the right leaves the column out. A comma inside a head cannot be written.
    pub fn override_with(&mut self, map: &str) -> Result<(), String> {
        for pair in map.split([',', '，', ';', '；']).map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((head, key)) = pair.split_once(['=', '＝']) else {
                return Err(format!("列对应“{pair}”里没有等号，应写成“文件里的列名=字段”"));
            };
            let column =
                self.columns.iter().position(|column| plain(&column.text) == plain(head)).ok_or_else(|| {
                    let known: Vec<&str> = self.columns.iter().map(|column| column.text.as_str()).collect();
                    format!("文件里没有名为“{}”的列；文件里的列：{}", head.trim(), known.join("、"))
                })?;
            let wanted = plain(key);
            let field = match wanted.as_str() {
                "" | "-" => None,
                _ => Some(self.field_named(&wanted).ok_or_else(|| {
                    let known = self.fields.iter().map(Field::name);
                    format!("没有名为“{}”的字段；可用的字段：{}", key.trim(), known.collect::<Vec<_>>().join("、"))
                })?),
            };
            for chosen in self.chosen.iter_mut().filter(|chosen| **chosen == Some(column)) {
                *chosen = None;
            }
            if let Some(field) = field {
                self.chosen[field] = Some(column);
            }
        }
        Ok(())
    }

    fn field_named(&self, plain_name: &str) -> Option<usize> {
        let is_it =
            |field: &Field| plain(field.key) == plain_name || field.heads.iter().any(|head| plain(head) == plain_name);
        self.fields.iter().position(is_it)
    }
}

const OPENING: &str = "([【〔";
const CLOSING: &str = ")]】〕";

/// How heads are compared: half-width, lower case, no white space, no marks such as ★ and *, no brackets: 区（县） and
/// 县(市、区) are 区县 and 县市区.
pub fn plain(text: &str) -> String {
    let marks = |c: char| "★☆*※●◆•:、_\u{feff}\u{200b}".contains(c) || OPENING.contains(c) || CLOSING.contains(c);
    let noise = |c: char| c.is_whitespace() || c.is_control() || marks(c);
    text::half_width(text).chars().filter(|c| !noise(*c)).flat_map(char::to_lowercase).collect()
}

/// As [`plain`], and without what stands in brackets: 联系电话（必填） is 联系电话.
fn without_brackets(text: &str) -> String {
    let mut depth = 0;
    let mut kept = String::new();
    for c in text::half_width(text).chars() {
        match c {
            _ if OPENING.contains(c) => depth += 1,
            _ if CLOSING.contains(c) => depth -= 1,
            other if depth <= 0 => kept.push(other),
            _ => {}
        }
    }
    plain(&kept)
}
