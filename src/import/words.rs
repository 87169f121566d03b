//! Words of real lists in the system's terms: industries, 四上 categories, sizes, telephone numbers.
use crate::{
    enterprise::{AboveScale, Size},
    sheet::text::half_width,
    visit::MANNERS,
};

/// Sections A to T of GB/T 4754-2017 by the words their names begin with or are called.
const SECTIONS: &[(&str, &[&str])] = &[
    ("A", &["农、林、牧、渔业", "农林牧渔"]),
    ("B", &["采矿"]),
    ("C", &["制造"]),
    ("D", &["电力、热力", "电力热力"]),
    ("E", &["建筑"]),
    ("F", &["批发"]),
    ("G", &["交通运输"]),
    ("H", &["住宿"]),
    ("I", &["信息传输", "软件"]),
    ("J", &["金融"]),
    ("K", &["房地产"]),
    ("L", &["租赁"]),
    ("M", &["科学研究"]),
    ("N", &["水利"]),
    ("O", &["居民服务"]),
    ("P", &["教育"]),
    ("Q", &["卫生"]),
    ("R", &["文化"]),
    ("S", &["公共管理"]),
    ("T", &["国际组织"]),
];

/// `C`, `C 制造业`, `C13` and 制造业 are all section C.
pub fn industry(text: &str) -> Result<String, String> {
    let text = half_width(text).trim().to_uppercase();
    let letter = text.chars().next().filter(|c| ('A'..='T').contains(c));
    let is_code = letter.is_some() && !text.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic());
    if let (Some(letter), true) = (letter, is_code) {
        return Ok(letter.to_string());
    }
    let named = SECTIONS.iter().find(|(_, names)| names.iter().any(|name| text.starts_with(name)));
    named
        .map(|(letter, _)| (*letter).to_owned())
        .ok_or_else(|| format!("行业门类“{text}”应是 A 到 T 的字母或门类名称（GB/T 4754-2017）"))
}

pub fn above_scale(text: &str) -> Result<AboveScale, String> {
    if let Some(known) = AboveScale::parse(text) {
        return Ok(known);
    }
    let has = |word: &str| text.contains(word);
    Ok(match () {
        () if has("非四上") || has("规下") || has("限下") || has("以下") || matches!(text, "否" | "无" | "不是") => {
            AboveScale::None
        }
        () if has("批发") && has("零售") || has("批零") => {
            return Err(format!("四上类别“{text}”请写明是限上批发业还是限上零售业"));
        }
        () if has("工业") => AboveScale::Industry,
        () if has("建筑") => AboveScale::Construction,
        () if has("批发") => AboveScale::Wholesale,
        () if has("零售") => AboveScale::Retail,
        () if has("住宿") || has("餐饮") || has("住餐") => AboveScale::HotelCatering,
        () if has("房地产") => AboveScale::RealEstate,
        () if has("服务") => AboveScale::Service,
        () => {
            let known: Vec<_> = AboveScale::ALL.iter().map(|one| one.label()).collect();
            return Err(format!("四上类别“{text}”不认识，可以写：{}", known.join("、")));
        }
    })
}

pub fn size(text: &str) -> Result<Size, String> {
    if let Some(known) = Size::parse(text) {
        return Ok(known);
    }
    match text.chars().next() {
        Some('大') => Ok(Size::Large),
        Some('中') => Ok(Size::Middle),
        Some('小') => Ok(Size::Small),
        Some('微') => Ok(Size::Micro),
        _ => Err(format!("企业规模“{text}”应写大型、中型、小型或微型")),
    }
}

/// How a visit was made, one of those on the page; the first where nothing is said.
pub fn manner(text: &str) -> Result<&'static str, String> {
    let [at_home, by_phone, by_video, came] = MANNERS;
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    Ok(match MANNERS.iter().find(|known| **known == text) {
        Some(known) => known,
        None if text.is_empty() => at_home,
        None if has(&["电话"]) => by_phone,
        None if has(&["视频"]) => by_video,
        None if has(&["来访"]) => came,
        None if has(&["上门", "实地", "现场", "入企", "走访"]) => at_home,
        None => return Err(format!("走访方式“{text}”不认识，可以写：{}", MANNERS.join("、"))),
    })
}

/// The digits of the first number in a cell. Empty for a masked one, as our own lists show it.
pub fn phone(text: &str, say: &mut Vec<String>) -> Result<String, String> {
    let text = half_width(text);
    if text.contains('*') {
        return Ok(String::new());
    }
    let mut numbers = text.split(['/', '、', ',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let Some(first) = numbers.next() else { return Ok(String::new()) };
    if numbers.next().is_some() {
        say.push(format!("电话“{}”不止一个，只导入第一个", text.replace('\n', " ")));
    }
    let bare = first.split('转').next().unwrap_or(first);
    let digits: String = bare.chars().filter(|c| !c.is_whitespace() && !"-—–+()".contains(*c)).collect();
    let digits = match digits.strip_prefix("86") {
        Some(rest) if rest.len() == 11 && rest.starts_with('1') => rest.to_owned(),
        _ => digits,
    };
    if (7..=13).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(digits);
    }
    let shown: String = text.chars().take(30).collect();
    Err(format!("电话“{shown}”应是 7 到 13 位数字"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_real_lists_are_understood() {
        for (text, section) in [("C", "C"), ("c13农副食品", "C"), ("制造业", "C"), ("Ｆ　批发和零售业", "F")]
        {
            assert_eq!(industry(text).as_deref(), Ok(section), "{text}");
        }
        assert!(industry("IT行业").is_err());
        // As our own tables write them.
        for (letter, name) in crate::enterprise::SECTIONS {
            assert_eq!(industry(name).as_deref(), Ok(*letter), "{name}");
            assert_eq!(industry(&format!("{letter} {name}")).as_deref(), Ok(*letter), "{name}");
        }
        for (text, one) in [
            ("规模以上工业", AboveScale::Industry),
            ("规上工业企业", AboveScale::Industry),
            ("限上批发", AboveScale::Wholesale),
            ("限额以上住宿和餐饮业", AboveScale::HotelCatering),
            ("资质以上建筑业", AboveScale::Construction),
            ("规上服务业", AboveScale::Service),
            ("规下工业", AboveScale::None),
        ] {
            assert_eq!(above_scale(text), Ok(one), "{text}");
        }
        assert!(above_scale("限上批发和零售").is_err() && above_scale("四上").is_err());
        assert_eq!(size("中型企业"), Ok(Size::Middle));
        for (text, one) in [("", "上门走访"), ("实地走访", "上门走访"), ("电话", "电话联系"), ("企业来访", "企业来访")]
        {
            assert_eq!(manner(text), Ok(one), "{text}");
        }
        assert!(manner("托人带话").is_err());
    }

    #[test]
    fn telephone_numbers_are_taken_as_people_write_them() {
        let mut said = Vec::new();
        for (text, digits) in [
            ("１３８ 0000 1234", "13800001234"),
            ("+86-138-0000-1234", "13800001234"),
            ("0371-67181234转801", "037167181234"),
            ("（0371）67181234", "037167181234"),
            ("138****1234", ""),
            ("", ""),
        ] {
            assert_eq!(phone(text, &mut said).as_deref(), Ok(digits), "{text}");
        }
        assert_eq!(phone("13800001234、67181234", &mut said).as_deref(), Ok("13800001234"));
        assert_eq!(said.len(), 1);
        assert!(phone("张三", &mut said).is_err());
    }
}
