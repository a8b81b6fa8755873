//! Finds the description of a profile's columns: in the program for a shipped profile, otherwise in a file.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};

/// The columns of the shipped profiles.
const SHIPPED: [(&str, &str); 2] = [
    ("threatq", include_str!("../../../sql/profiles/threatq.columns.txt")),
    ("mini", include_str!("../../../sql/profiles/mini.columns.txt")),
];

/// A description of columns.
pub struct Described {
    /// The description.
    pub text: Cow<'static, str>,
    /// The file it was read from, or `None` for a shipped profile.
    pub file: Option<PathBuf>,
}

/// Returns the name of the schema file of a user's own profile.
pub(in crate::sync) fn schema_file(name: &str, dialect: Dialect) -> String {
    format!("{name}.{}.sql", dialect.name())
}

/// Reads the description of a profile's columns: the given file, or the shipped description, or `<name>.columns.txt` beside the
/// file of the profile. Returns `None` if there is none.
///
/// # Errors
/// `File`.
pub fn described(name: &str, profile_file: Option<&Path>, columns: Option<&Path>) -> Result<Option<Described>> {
    let read = |path: &Path| std::fs::read_to_string(path);
    let unreadable = |path: &Path, error| Error::file(path, "the description of the columns cannot be read", error);
    let from = |path: &Path, text| Some(Described { text: Cow::Owned(text), file: Some(path.to_owned()) });
    if let Some(path) = columns {
        return Ok(from(path, read(path).map_err(|error| unreadable(path, error))?));
    }
    let Some(file) = profile_file else {
        let shipped = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
        return Ok(shipped.map(|(_, text)| Described { text: Cow::Borrowed(*text), file: None }));
    };
    let path = file.with_file_name(columns_file(name));
    match read(&path) {
        Ok(text) => Ok(from(&path, text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path, error)),
    }
}

/// Returns the name of the file that describes the columns of a user's own profile.
fn columns_file(name: &str) -> String {
    format!("{name}.columns.txt")
}

/// Returns the error for a profile without a description of its columns.
#[must_use]
pub fn undescribed(name: &str, profile_file: Option<&Path>, dialect: Dialect) -> Error {
    let error = Error::schema("the columns of the profile's tables are not described");
    let Some(file) = profile_file else { return error };
    error.at_path(file.with_file_name(columns_file(name)).display().to_string()).hint(format!(
        "Describe them in this file, as `sql/profiles/threatq.columns.txt` does. `init` also runs SQL of your own, from `{}` \
         beside it. For tables that a database has already, `gapsync schema --existing` prints what they lack.",
        schema_file(name, dialect)
    ))
}
