//! What a file is, and whether it is safe to open, found out before the parser sees it.
//!
//! An xlsx is a zip of XML parts; the parser keeps the shared strings in memory and trusts some numbers it reads. So the
//! sizes in the central directory are added up, then every part is unpacked once into nothing to see that the sizes are
//! true (a forged directory would otherwise hide a bomb), and the one count that the parser reserves memory for is
//! compared with the size of its part.
use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use super::SheetError;

/// Bytes of all parts together, unpacked.
pub const MAX_UNPACKED: u64 = 600 << 20;
/// Bytes of the shared strings, unpacked: the part that has to stand in memory.
pub const MAX_STRINGS: u64 = 256 << 20;
/// Unpacked to packed; looked at only above `RATIO_FROM` bytes because small real files can be very repetitive.
const MAX_RATIO: u64 = 150;
const RATIO_FROM: u64 = 50 << 20;
const MAX_PARTS: usize = 10_000;

/// Refuses what is no xlsx or would not fit.
pub fn check(path: &Path) -> Result<(), SheetError> {
    let mut file = File::open(path).map_err(SheetError::Io)?;
    let packed = file.metadata().map_err(SheetError::Io)?.len();
    let mut start = Vec::new();
    file.by_ref().take(1024).read_to_end(&mut start).map_err(SheetError::Io)?;
    file.rewind().map_err(SheetError::Io)?;
    if !start.starts_with(b"PK\x03\x04") {
        return Err(SheetError::WrongType(what_it_is(&mut file, &start)?));
    }
    let broken = |_| SheetError::Broken("压缩包结构不完整".into());
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    if archive.len() > MAX_PARTS {
        return Err(SheetError::Bomb(format!("内含 {} 个部件", archive.len())));
    }
    check_kind(&archive)?;
    let mut total = 0;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(broken)?;
        total = part.size().saturating_add(total);
        if is_strings(&part.name().map_err(broken)?) && part.size() > MAX_STRINGS {
            return Err(SheetError::Bomb(format!("文字部分展开后有 {} MB", part.size() >> 20)));
        }
    }
    if total > MAX_UNPACKED || (total > RATIO_FROM && total / packed.max(1) > MAX_RATIO) {
        return Err(SheetError::Bomb(format!("文件 {} KB，展开后有 {} MB", packed >> 10, total >> 20)));
    }
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(broken)?;
        check_part(&mut part)?;
    }
    Ok(())
}

/// Unpacks one part into nothing.
fn check_part<R: Read + ?Sized>(part: &mut zip::read::ZipFile<'_, R>) -> Result<(), SheetError> {
    let size = part.size();
    let name = part.name().map_or_else(|_| String::new(), |name| name.into_owned());
    let broken = |_| SheetError::Broken(format!("部件 {name} 无法解压"));
    let mut start = Vec::new();
    part.take(64 << 10).read_to_end(&mut start).map_err(broken)?;
    if is_strings(&name) {
        check_strings(&start, size)?;
    }
    // One byte more than declared is enough to know.
    let rest = (size + 1).saturating_sub(start.len() as u64);
    let read = start.len() as u64 + std::io::copy(&mut part.take(rest), &mut std::io::sink()).map_err(broken)?;
    match read > size {
        true => Err(SheetError::Bomb(format!("部件 {name} 的实际大小与目录不符"))),
        false => Ok(()),
    }
}

fn is_strings(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("sharedstrings.xml")
}

/// The parser reserves room for `uniqueCount` strings before it reads the first, so a lie there costs all memory.
/// Only declarations may stand before the root element: else the real one could hide behind a comment.
fn check_strings(start: &[u8], size: u64) -> Result<(), SheetError> {
    let text: String = start.iter().filter(|byte| byte.is_ascii() && **byte != 0).map(|byte| *byte as char).collect();
    let mut rest = text.trim_start();
    while let Some(behind) = rest.strip_prefix("<?") {
        rest = behind.split_once("?>").map_or("", |(_, behind)| behind.trim_start());
    }
    let root = rest.split_once('>').map_or("", |(root, _)| root);
    let name = root.split_whitespace().next().unwrap_or("").trim_end_matches('/');
    if !(name == "<sst" || (name.starts_with('<') && name.ends_with(":sst"))) {
        return Err(SheetError::Broken("文字部分的结构不正常".into()));
    }
    let Some((_, count)) = root.split_once("uniqueCount") else {
        return Ok(());
    };
    let digits: String = count.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    // The shortest string is `<si/>`, five bytes.
    match digits.parse::<u64>() {
        Ok(count) if count <= size / 5 + 1 => Ok(()),
        _ => Err(SheetError::Bomb(format!("声称有 {digits} 条文字"))),
    }
}

/// Other zips that people take for workbooks.
fn check_kind<R: Read + Seek>(archive: &zip::ZipArchive<R>) -> Result<(), SheetError> {
    let has = |start: &str| archive.file_names().flatten().any(|name| name.starts_with(start));
    let kind = match () {
        () if has("xl/workbook.bin") => "这是 .xlsb（二进制工作簿）",
        () if has("[Content_Types].xml") && has("xl/") => return Ok(()),
        () if has("word/") => "这是 Word 文档",
        () if has("ppt/") => "这是演示文稿",
        () if has("mimetype") => "这是 .ods 或其他开放文档",
        () => "这是普通压缩包",
    };
    Err(SheetError::WrongType(kind.into()))
}

/// Names what stands in the place of a workbook.
fn what_it_is(file: &mut File, start: &[u8]) -> Result<String, SheetError> {
    if start.is_empty() {
        return Ok("文件是空的".into());
    }
    if start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        let encrypted = contains_utf16(file, "EncryptedPackage").map_err(SheetError::Io)?;
        return Ok(if encrypted {
            "文件设有打开密码，请先去掉密码"
        } else {
            "这是旧版 .xls 文件"
        }
        .into());
    }
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    Ok(match () {
        () if start.starts_with(b"%PDF") => "这是 PDF 文件",
        () if text.starts_with('<') => "这是网页或 XML 文件（有些系统导出的“.xls”其实是网页）",
        () if !start.contains(&0) => "这是文本文件（如 CSV）",
        () => "文件内容不是 Excel 工作簿",
    }
    .into())
}

/// Looks through the whole file in pieces; the stream names of the old container are UTF-16.
fn contains_utf16(file: &mut File, word: &str) -> std::io::Result<bool> {
    let needle: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    file.seek(SeekFrom::Start(0))?;
    let mut window = Vec::new();
    loop {
        let kept = window.len().min(needle.len());
        window.drain(..window.len() - kept);
        if file.by_ref().take(64 << 10).read_to_end(&mut window)? == 0 {
            return Ok(false);
        }
        if window.windows(needle.len()).any(|piece| piece == needle) {
            return Ok(true);
        }
    }
}
