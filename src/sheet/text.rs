//! Cleaning of what people type into cells: padding, full-width forms, stray line ends.

/// Trims every kind of white space and drops the invisible marks that copying from web pages leaves behind.
/// What stands inside stays as it is.
pub fn clean(text: &str) -> String {
    text.trim_matches(is_padding).chars().filter(|c| !is_invisible(*c)).collect()
}

/// A code or number: full-width ASCII becomes half-width, all white space goes, letters become upper case.
pub fn normal_code(text: &str) -> String {
    half_width(text).chars().filter(|c| !is_padding(*c)).flat_map(char::to_uppercase).collect()
}

/// A title or name: one line, runs of white space become one space, none at the ends.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text.split(is_padding).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// A long text: every paragraph cleaned as one line, paragraphs kept, empty ones dropped.
pub fn paragraphs(text: &str) -> String {
    let lines = text.split(['\n', '\r']).map(one_line).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Full-width ASCII (U+FF01 to U+FF5E) and the full-width space in their half-width form.
pub fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(narrow).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}')
}

fn is_padding(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_text_is_cleaned_its_own_way() {
        assert_eq!(clean("\u{feff}\t 甲 乙\u{200b}\n"), "甲 乙");
        assert_eq!(normal_code("　ａｂ　１２－3\t"), "AB12-3");
        assert_eq!(one_line("\n\t\t关于  用电\u{a0}的\r\n问题　\t"), "关于 用电 的 问题");
        assert_eq!(paragraphs("\t\t一、 甲\r\n\n\t　　二、乙\n \n"), "一、 甲\n二、乙");
        assert_eq!(half_width("（ＡＢ）　："), "(AB) :");
    }
}
