//! Finds missing rights on a SQLite file: to write to the file itself and to its folder, where the log of changes is
//! created.

use std::path::Path;

use rustix::fs::{Access, access};

use super::super::rights::{Grants, Lacking, Object, Right, Rule};
use super::super::url::DatabaseUrl;

/// Checks that the file and its folder can be written to, if a rule requires it.
pub(in crate::db) fn lacking(url: &DatabaseUrl, rules: &[Rule]) -> Lacking {
    let mut grants = Grants::default();
    let writes = rules.iter().any(|rule| rule.1.contains(&Right::Write));
    if let Some(file) = url.file().filter(|_| writes) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for path in [file, folder] {
            if access(path, Access::WRITE_OK).is_err() {
                grants.add(Object::Path(path.display().to_string()), Right::Write);
            }
        }
    }
    Lacking { user: String::new(), grants }
}
