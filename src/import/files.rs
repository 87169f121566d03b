//! Files of imports, below the data directory and shared by all instances: what was sent and the rows that came back,
//! under their content's hash; first passwords until they are fetched, under the import's number.
use super::Opened;
use crate::{
    config::Config,
    db::connect::private_directory,
    error::{Error, Result},
    sheet::{Column, Kind, Layout, SheetWriter},
};
use std::path::{Path, PathBuf};

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Where they lie; made if it is not there.
pub fn directory(config: &Config) -> Result<PathBuf> {
    let path = config.data_dir.join("imports");
    private_directory(&path)?;
    Ok(path)
}

pub fn passwords(config: &Config, import_id: i64) -> PathBuf {
    config.data_dir.join("imports").join(format!("passwords-{import_id}.xlsx"))
}

/// Readable by its owner only, on disk before it returns.
pub fn write_passwords(path: &Path, opened: &[Opened]) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let heads = [("账号", 18.0), ("姓名", 12.0), ("所属", 36.0), ("初始口令", 22.0)];
    let column = |(head, width): (&'static str, f64)| Column { head: head.into(), width, kind: Kind::Text };
    let layout = Layout {
        name: "初始口令".into(),
        title: "新开账号的初始口令（本人首次登录后必须修改，请当面或分别交给本人）".into(),
        line: String::new(),
        columns: heads.into_iter().map(column).collect(),
    };
    let mut writer = SheetWriter::new(layout)?;
    for one in opened {
        let values = [&one.account, &one.name, &one.belongs, &one.password];
        writer.row(&values.map(|text| text.as_str().into()))?;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    writer.finish_to(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

/// The passwords, for the one time they are fetched.
pub fn take_passwords(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(|_| {
        Error::refused("初始口令只能下载一次，已经下载过了。没有记下的，请安全管理员在“权限管理”里重置口令")
    })?;
    std::fs::remove_file(path)?;
    Ok(bytes)
}
