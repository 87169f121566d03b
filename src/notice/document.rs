//! The notice in the form of official documents (GB/T 9704-2012). Fonts are named, never brought along.
use super::Notice;
use crate::error::{Error, Result};
use docx_rs::{AlignmentType, DocGrid, DocGridType, Docx, Footer, PageMargin, PageNum, Paragraph, Run, RunFonts};
use std::io::Cursor;

pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A4 in twentieths of a point.
const PAGE: (u32, u32) = (11906, 16838);
/// Millimetres: top, left, bottom, right.
const MARGINS: (i32, i32, i32, i32) = (37, 28, 35, 26);
/// Height of one of the 22 lines of a page, in twentieths of a point.
const LINE: usize = 580;

const TITLE: (&str, usize) = ("方正小标宋简体", 44);
const BODY: (&str, usize) = ("仿宋_GB2312", 32);
const PAGE_NUMBER: (&str, usize) = ("宋体", 28);

fn twips(millimetres: i32) -> i32 {
    millimetres * 1440 * 10 / 254
}

fn run(text: &str, (font, half_points): (&str, usize)) -> Run {
    Run::new().add_text(text).fonts(RunFonts::new().east_asia(font).ascii(font).hi_ansi(font)).size(half_points)
}

fn line(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text, BODY))
}

pub fn file(notice: &Notice) -> Result<Vec<u8>> {
    let (top, left, bottom, right) = MARGINS;
    let margin = PageMargin::new().top(twips(top)).left(twips(left)).bottom(twips(bottom)).right(twips(right));
    let number = Paragraph::new()
        .align(AlignmentType::Center)
        .add_run(run("— ", PAGE_NUMBER))
        .add_page_num(PageNum::new())
        .add_run(run(" —", PAGE_NUMBER));
    let mut docx = Docx::new()
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margin)
        .footer(Footer::new().add_paragraph(number))
        .add_paragraph(Paragraph::new().align(AlignmentType::Center).add_run(run("督办单", TITLE)))
        .add_paragraph(line(&notice.number).align(AlignmentType::Center))
        .add_paragraph(line(""))
        .add_paragraph(line(&format!("{}：", notice.to)));
    for text in &notice.paragraphs {
        // Two characters, in hundredths.
        docx = docx.add_paragraph(line(text).first_line_chars(200));
    }
    docx = docx
        .add_paragraph(line(""))
        .add_paragraph(line(&notice.signed_by).align(AlignmentType::Right))
        .add_paragraph(line(&notice.dated).align(AlignmentType::Right));
    docx.document = docx.document.doc_grid(DocGrid::new().grid_type(DocGridType::Lines).line_pitch(LINE));
    let mut file = Cursor::new(Vec::new());
    docx.pack(&mut file).map_err(Error::internal)?;
    Ok(file.into_inner())
}
