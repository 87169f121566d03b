//! The files of attachments against their rows. A file lies under the hash of its content, so that what was changed on
//! the disk shows by itself.
use super::{Verdict, found, with};
use crate::{attachment, db::Db, error::Result, issue::query::Attachment, schema::*};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Mutex};

const BATCH: i64 = 500;

pub(super) fn check(db: &Db, directory: &Path, verdict: &Mutex<Verdict>) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let rows: Vec<(String, Attachment)> = db.read_blocking(|conn| {
            let rows = attachments::table.inner_join(issues::table).filter(attachments::id.gt(after));
            let rows = rows.order(attachments::id).limit(BATCH);
            // One that cannot be read was found with its issue.
            Ok(rows.select((issues::number, Attachment::as_select())).load(conn).unwrap_or_default())
        })?;
        let Some((_, last)) = rows.last() else { return Ok(()) };
        after = last.id;
        for (number, one) in &rows {
            with(verdict, |verdict| verdict.files += 1)?;
            if let Some(what) = wrong(directory, one)? {
                found(verdict, format!("问题 {number}"), format!("附件“{}”{what}", one.name))?;
            }
        }
    }
}

fn wrong(directory: &Path, one: &Attachment) -> Result<Option<&'static str>> {
    let Some(path) = attachment::path(directory, &one.content_hash).filter(|path| path.is_file()) else {
        return Ok(Some("的文件不在了"));
    };
    let mut hasher = Sha256::new();
    let size = std::io::copy(&mut std::fs::File::open(&path)?, &mut hasher)?;
    if hex::encode(hasher.finalize()) != one.content_hash {
        return Ok(Some("的文件被改动"));
    }
    let is_told = size as i64 == one.size && attachment::content_type(&path).is_ok_and(|kind| kind == one.content_type);
    Ok((!is_told).then_some("登记的大小或类型与文件不符"))
}
