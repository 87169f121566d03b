//! How written cells look.
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder};

use super::{Kind, Layout};

pub struct Formats {
    pub title: Format,
    pub line: Format,
    pub head: Format,
    pub text: Format,
    /// Text that a program could take for a formula keeps its quote even when someone edits the cell.
    pub quoted: Format,
    pub date: Format,
    pub moment: Format,
    pub by_column: Vec<Format>,
}

impl Formats {
    pub fn of(layout: &Layout) -> Formats {
        let cell = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
        let text = cell.clone().set_text_wrap();
        let by_kind = |kind: Kind| match kind {
            Kind::Text => text.clone(),
            Kind::Count => cell.clone().set_num_format("#,##0"),
            Kind::Decimal(0) => cell.clone().set_num_format("0"),
            Kind::Decimal(places) => cell.clone().set_num_format(format!("0.{}", "0".repeat(places.min(10).into()))),
            Kind::Rate => cell.clone().set_num_format("0.0"),
            Kind::Date => cell.clone().set_num_format("yyyy\\-mm\\-dd"),
        };
        let centred = Format::new().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter);
        Formats {
            title: centred.clone().set_bold().set_font_size(18),
            line: Format::new().set_align(FormatAlign::VerticalCenter),
            head: centred.set_bold().set_text_wrap().set_border(FormatBorder::Thin).set_background_color(0xF0F2F5u32),
            quoted: text.clone().set_quote_prefix(),
            date: by_kind(Kind::Date),
            moment: cell.clone().set_num_format("yyyy\\-mm\\-dd hh:mm"),
            by_column: layout.columns.iter().map(|column| by_kind(column.kind)).collect(),
            text,
        }
    }
}
