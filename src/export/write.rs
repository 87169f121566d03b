//! Block after block into the sheet, so that no more than a block is ever in memory.
use super::{
    columns::Source,
    query::{self, Line},
    row::row,
};
use crate::{
    db::Conn,
    directory::Directory,
    error::{Error, Result},
    sheet::{SheetError, SheetWriter},
    time::Time,
};

pub fn failed(error: SheetError) -> Error {
    Error::refused(error.to_string())
}

/// Writes what `block` gives after a key, until it gives None; returns the number of rows.
pub fn rows(
    conn: &mut Conn,
    writer: &mut SheetWriter,
    directory: &Directory,
    before: Time,
    with_words: bool,
    mut block: impl FnMut(&mut Conn, i64) -> Result<Option<(Vec<Line>, i64)>>,
) -> Result<i64> {
    let (mut serial, mut after) = (0, 0);
    while let Some((lines, last)) = block(conn, after)? {
        after = last;
        let around = query::around(conn, &lines, before, Source::ALL)?;
        for line in &lines {
            serial += 1;
            writer.row(&row(serial, line, &around, directory, with_words)).map_err(failed)?;
        }
    }
    Ok(serial)
}
