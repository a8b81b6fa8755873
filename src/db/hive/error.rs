//! Classifies what HiveServer2 engines refuse. Hive and Spark send SQL states, Impala mostly a text.

use super::super::error::{SqlClass, SqlError};
use super::thrift::Fault;
use super::url::HiveUrl;
use crate::error::Error;

/// Longer texts are cut: Spark adds its own plan of a statement.
const MAX_TEXT: usize = 600;

/// Converts what the server reported about a statement.
pub(super) fn refused(state: Option<&str>, said: &str) -> Error {
    let said = told(said);
    SqlError::new(class_of(state.unwrap_or_default(), &said), state.map(str::to_owned), None, &said).into_error()
}

/// Converts an error of the connection.
pub(super) fn lost(what: &str) -> Error {
    SqlError::new(SqlClass::Lost, None, None, what).into_error()
}

/// Converts an answer that cannot be understood.
pub(super) fn unreadable(fault: Fault) -> Error {
    let what = format!("the server's answer cannot be read: {}", fault.0);
    SqlError::new(SqlClass::Other, None, None, &what).into_error().hint(
        "Check that the address has the port of HiveServer2 (Impala: 21050, Hive and Spark: 10000), and that its options \
         `auth` and `tls` are what the server expects.",
    )
}

/// Returns the error for a login that the server refused.
pub(super) fn refused_login(url: &HiveUrl, said: &str) -> Error {
    let reason = SqlError::new(SqlClass::Permission, None, None, &told(said));
    Error::database(format!("the server {} refuses the login of the user `{}`", url.server(), url.user()))
        .because(reason)
        .hint("Check the user in the address, and its password there or in GAPSYNC_PASSWORD.")
}

/// Returns the error for a server that does not begin a session.
pub(super) fn silent(url: &HiveUrl) -> Error {
    let reason = SqlError::new(SqlClass::Lost, None, None, "there was no answer in time");
    Error::database(format!("the server {} did not begin a session", url.server())).because(reason).hint(
        "Check that the address is right, and that its options `auth` and `tls` are what the server expects: a server that \
         waits for a login of another kind never answers.",
    )
}

/// Returns the part of a server's text that says what happened: no stack, and nothing that repeats the statement, which may
/// have values in it.
fn told(said: &str) -> String {
    let end = ["\n== SQL", "\n\tat ", "\nat org.", "Caused by:", " at org.", " near '", " Error near", "== SQL", "\n^"]
        .iter()
        .filter_map(|mark| said.find(mark))
        .min()
        .unwrap_or(said.len());
    let mut text = &said[..end];
    // Names of Java's classes before the text, as in `org.apache.…HiveSQLException: Error running query: …`.
    while let Some((class, rest)) = text.split_once(": ")
        && (class.starts_with("org.") || class.starts_with("java.") || class == "Error running query")
    {
        text = rest;
    }
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(MAX_TEXT).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

fn class_of(state: &str, said: &str) -> SqlClass {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match state {
        _ if state.starts_with("22") => SqlClass::Value,
        "42P01" | "42S02" | "42704" | "42703" | "42000"
            if says(&["NOT_FOUND", "not found", "does not exist", "UNRESOLVED"]) =>
        {
            SqlClass::Missing
        }
        "42P07" | "42P06" | "42710" | "42S01" => SqlClass::Exists,
        "42501" | "28000" => SqlClass::Permission,
        "40001" => SqlClass::Transient,
        "23502" => SqlClass::NotNull,
        // 08S01 is Hive's state for every failed task, not only for a lost connection.
        _ if says(&["No space left", "DiskOutOfSpace", "DSQuotaExceeded", "exceeds quota"]) => SqlClass::Disk,
        _ if says(&["could not be cast", "CAST_INVALID_INPUT", "NumberFormatException", "out of range"]) => {
            SqlClass::Value
        }
        _ if says(&[
            "AuthorizationException",
            "Permission denied",
            "does not have privileges",
            "AccessControlException",
        ]) =>
        {
            SqlClass::Permission
        }
        _ if says(&[
            "Could not resolve table",
            "Could not resolve path",
            "does not exist",
            "TABLE_OR_VIEW_NOT_FOUND",
        ]) =>
        {
            SqlClass::Missing
        }
        _ if says(&["already exists", "ALREADY_EXISTS"]) => SqlClass::Exists,
        _ if says(&[
            "Admission for query",
            "queue full",
            "Too many",
            "timed out",
            "LockException",
            "Invalid query handle",
        ]) =>
        {
            SqlClass::Busy
        }
        _ if says(&[
            "Invalid SessionHandle",
            "Invalid session",
            "Session is closed",
            "SparkContext has been shutdown",
        ]) =>
        {
            SqlClass::Lost
        }
        _ => SqlClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::error::class_of as kind;
    use super::*;

    #[test]
    fn texts_are_classified_and_lose_what_repeats_values() {
        for (state, said, class) in [
            (
                "42P01",
                "org.apache.hive.service.cli.HiveSQLException: Error running query: [TABLE_OR_VIEW_NOT_FOUND] \
                 org.apache.spark.sql.AnalysisException: The table `x` cannot be found.; line 1 pos 14;\n\tat secret",
                SqlClass::Missing,
            ),
            (
                "42601",
                "[PARSE_SYNTAX_ERROR] Syntax error at or near 'selec'.(line 1, pos 0)\n\n== SQL ==\nselec 'secret'",
                SqlClass::Other,
            ),
            ("22018", "[CAST_INVALID_INPUT] The value 'secret' of the type \"STRING\" cannot be cast", SqlClass::Value),
            ("HY000", "AnalysisException: Could not resolve table reference: 'x'", SqlClass::Missing),
            ("HY000", "AuthorizationException: User 'ann' does not have privileges to execute", SqlClass::Permission),
            (
                "08S01",
                "Error while processing statement: FAILED: Execution Error, return code 2: No space left on device",
                SqlClass::Disk,
            ),
            ("", "Invalid SessionHandle: SessionHandle [1]", SqlClass::Lost),
        ] {
            let error = refused(Some(state), said);
            assert_eq!(kind(&error), Some(class), "{said}");
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(!cause.contains("secret") && !cause.starts_with("org.") && !cause.is_empty(), "{cause}");
        }
        let long = "x".repeat(10_000);
        assert!(told(&long).len() < 1000);
    }
}
