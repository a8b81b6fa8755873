//! Converts the errors of MariaDB and MySQL.

use sqlx::mysql::MySqlDatabaseError;

use super::super::error::{SqlClass, SqlError, no_database, no_room, refused_login, wrong_password};
use super::super::url::DatabaseUrl;
use crate::error::Error;

/// Converts the error of a failed login.
pub(super) fn unreachable(error: sqlx::Error, url: &DatabaseUrl) -> Error {
    let sqlx::Error::Database(reported) = &error else { return refused(error) };
    let Some(reported) = reported.try_downcast_ref::<MySqlDatabaseError>() else { return refused(error) };
    let login = url.login();
    let what = match reported.number() {
        1045 => wrong_password(&login),
        1044 | 1130 | 1698 => refused_login(&login),
        1049 => no_database(&login),
        1040 | 1203 | 1226 => no_room(&login),
        _ => return refused(error),
    };
    what.because(classified(reported.number(), reported.code().unwrap_or_default(), reported.message()))
}

/// Converts an error of the driver.
pub(crate) fn refused(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(reported) => match reported.try_downcast_ref::<MySqlDatabaseError>() {
            Some(reported) => {
                classified(reported.number(), reported.code().unwrap_or_default(), reported.message()).into_error()
            }
            None => SqlError::new(SqlClass::Other, None, None, "the server gave no reason").into_error(),
        },
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
            SqlError::new(SqlClass::Lost, None, None, &error.to_string()).into_error()
        }
        _ => SqlError::new(SqlClass::Other, None, None, &error.to_string()).into_error(),
    }
}

/// Classifies an error that the server reported.
pub(crate) fn classified(number: u16, state: &str, message: &str) -> SqlError {
    let class = class_of(number, state, message);
    let named = match class {
        // "Duplicate entry 'x' for key 'serial'": the entry may contain anything, so the key is searched for from the end.
        SqlClass::Unique => between_last(message, "for key '", '\''),
        SqlClass::ForeignKey => between_last(message, "CONSTRAINT `", '`'),
        SqlClass::Check => between_first(message, "CONSTRAINT `", '`'),
        SqlClass::NotNull => between_first(message, "'", '\''),
        SqlClass::Value => between_last(message, "column '", '\'').or_else(|| {
            let path = message.rsplit_once("column `")?.1;
            between_last(path.split(" at row").next()?.trim_end_matches('`'), "`", '`')
        }),
        _ => None,
    };
    // A syntax error, for example, repeats the statement from where it went wrong, including literals.
    let reported = message.split(" near '").next().unwrap_or_default();
    SqlError::new(class, Some(number.to_string()), named, reported)
}

fn between_last(text: &str, before: &str, after: char) -> Option<String> {
    let (_, rest) = text.rsplit_once(before)?;
    Some(rest.split(after).next()?.to_owned())
}

fn between_first(text: &str, before: &str, after: char) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split(after).next()?.to_owned())
}

fn class_of(number: u16, state: &str, message: &str) -> SqlClass {
    match number {
        1022 | 1062 | 1169 | 1586 | 1859 => SqlClass::Unique,
        1216 | 1217 | 1451 | 1452 => SqlClass::ForeignKey,
        1048 | 1263 | 1364 => SqlClass::NotNull,
        3819 => SqlClass::Check,
        // MySQL uses this number for a different error.
        4025 if state == "23000" => SqlClass::Check,
        1213 | 1020 | 1180 => SqlClass::Transient,
        1205 | 1040 | 1203 | 1226 => SqlClass::Busy,
        1047 | 1053 | 1077 | 1080 | 1152 | 1158..=1161 | 1184 | 1927 | 2006 | 2013 | 2055 => SqlClass::Lost,
        // A file that cannot be written, a full disk, a full tablespace, a storage engine reporting the system's error 28.
        3 | 1021 | 1026 | 1114 => SqlClass::Disk,
        1030 if message.contains("error 28") => SqlClass::Disk,
        1044 | 1045 | 1095 | 1142 | 1143 | 1227 | 1290 | 1370 | 1698 | 1792 | 1836 | 3118 => SqlClass::Permission,
        1049 | 1051 | 1054 | 1109 | 1146 | 1305 => SqlClass::Missing,
        1050 => SqlClass::Exists,
        1264 | 1265 | 1292 | 1300 | 1366 | 1367 | 1406 | 1411 | 1416 | 1425 | 1441 | 1525 | 1690 | 1977 | 3140
        | 3141 | 3156 => SqlClass::Value,
        // SIGNAL in a trigger.
        _ if state == "45000" => SqlClass::Check,
        _ if state.starts_with("22") => SqlClass::Value,
        _ if state.starts_with("08") => SqlClass::Lost,
        _ if state == "40001" => SqlClass::Transient,
        _ => SqlClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_columns_are_named_and_values_are_not() {
        for (number, state, message, name) in [
            (1062, "23000", "Duplicate entry 'secret' for key 'x' for key 'serial'", Some("serial")),
            (1406, "22001", "Data too long for column 'short' at row 1", Some("short")),
            (1366, "22007", "Incorrect integer value: 'secret' for column `db`.`t`.`n` at row 1", Some("n")),
            (1292, "22007", "Incorrect datetime value: 'secret' for column `db`.`t`.`moment` at row 2", Some("moment")),
            (1048, "23000", "Column 'name' cannot be null", Some("name")),
            (4025, "23000", "CONSTRAINT `doc_check` failed for `db`.`t`", Some("doc_check")),
            (
                1452,
                "23000",
                "Cannot add or update a child row: a foreign key constraint fails (`d`.`t`, CONSTRAINT `fk` FOREIGN KEY (`a`) \
                 REFERENCES `b` (`id`))",
                Some("fk"),
            ),
            (1064, "42000", "You have an error in your SQL syntax; check near 'secret' at line 1", None),
            (1644, "45000", "secret is no good", None),
        ] {
            let error = classified(number, state, message);
            assert_eq!(error.constraint.as_deref(), name, "{message}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
