//! Converts the errors of SQLite.

use rusqlite::ffi;

use super::super::error::{SqlClass, SqlError};
use crate::error::Error;

/// Converts an error of the library.
pub(super) fn refused(error: rusqlite::Error) -> Error {
    let text = match &error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        _ => error.to_string(),
    };
    let Some(code) = error.sqlite_extended_error_code() else {
        return SqlError::new(SqlClass::Other, None, None, &text).into_error();
    };
    let class = class_of(code, &text);
    let named = match class {
        // "UNIQUE constraint failed: things.serial"
        SqlClass::Unique | SqlClass::NotNull | SqlClass::Check => {
            text.split_once(" failed: ").map(|(_, name)| name.to_owned())
        }
        _ => None,
    };
    SqlError::new(class, Some(code.to_string()), named, &text).into_error()
}

fn class_of(code: i32, text: &str) -> SqlClass {
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            SqlClass::Unique
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => SqlClass::ForeignKey,
        ffi::SQLITE_CONSTRAINT_NOTNULL => SqlClass::NotNull,
        ffi::SQLITE_CONSTRAINT_DATATYPE => SqlClass::Value,
        _ => match code & 0xff {
            ffi::SQLITE_CONSTRAINT => SqlClass::Check,
            ffi::SQLITE_MISMATCH | ffi::SQLITE_TOOBIG => SqlClass::Value,
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => SqlClass::Busy,
            ffi::SQLITE_FULL | ffi::SQLITE_IOERR => SqlClass::Disk,
            ffi::SQLITE_READONLY | ffi::SQLITE_PERM | ffi::SQLITE_AUTH => SqlClass::Permission,
            ffi::SQLITE_ERROR if text.starts_with("no such ") => SqlClass::Missing,
            _ => SqlClass::Other,
        },
    }
}
