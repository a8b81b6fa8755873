//! Converts the errors of PostgreSQL.

use sqlx::postgres::PgDatabaseError;

use super::super::error::{SqlClass, SqlError, no_database, no_room, refused_login, wrong_password};
use super::super::url::DatabaseUrl;
use crate::error::Error;

/// The server's function that refuses a statement whose rows a policy would hide.
const ROW_SECURITY: &str = "check_enable_rls";

/// Returns the server's code for an error, or `None` if the error is not the server's.
pub(super) fn code(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(reported) => reported.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::code),
        _ => None,
    }
}

/// Converts the error of a failed login.
pub(super) fn unreachable(error: sqlx::Error, url: &DatabaseUrl) -> Error {
    let login = url.login();
    let what = match code(&error) {
        Some("28P01") => wrong_password(&login),
        Some("28000") => refused_login(&login),
        Some("3D000") => no_database(&login),
        Some("53300") => no_room(&login),
        // If the server asks for a password and there is none, the driver itself reports that.
        None if login.password.is_none() && error.to_string().contains("password") => wrong_password(&login),
        _ => return refused(error),
    };
    match &error {
        sqlx::Error::Database(database) => match database.try_downcast_ref::<PgDatabaseError>() {
            Some(database) => what.because(classified(database)),
            None => what,
        },
        _ => what,
    }
}

/// Converts an error of the driver. DETAIL and CONTEXT are left out because they repeat rows.
pub(super) fn refused(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(reported) => match reported.try_downcast_ref::<PgDatabaseError>() {
            Some(reported) if reported.routine() == Some(ROW_SECURITY) => hidden_rows(classified(reported)),
            Some(reported) => classified(reported).into_error(),
            None => SqlError::new(SqlClass::Other, None, None, reported.message()).into_error(),
        },
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
            SqlError::new(SqlClass::Lost, None, None, &error.to_string()).into_error()
        }
        _ => SqlError::new(SqlClass::Other, None, None, &error.to_string()).into_error(),
    }
}

fn classified(reported: &PgDatabaseError) -> SqlError {
    let class = match class_of(reported.code()) {
        // If two sessions create the same table at once, the later one violates an index of the catalogue.
        SqlClass::Unique if reported.schema() == Some("pg_catalog") => SqlClass::Exists,
        class => class,
    };
    let named = match class {
        SqlClass::NotNull | SqlClass::Value => reported.column(),
        _ => reported.constraint(),
    };
    SqlError::new(class, Some(reported.code().to_owned()), named.map(str::to_owned), reported.message())
}

/// Returns the error for rows that a policy hides from the user.
fn hidden_rows(refusal: SqlError) -> Error {
    Error::database(
        "row level security would hide rows of a table from this user, and the rest must not be taken for the whole table",
    )
    .because(refusal)
    .hint("Connect as the owner of the table (without FORCE ROW LEVEL SECURITY), or as a role that has BYPASSRLS.")
}

fn class_of(code: &str) -> SqlClass {
    match code {
        "23505" | "23P01" => SqlClass::Unique,
        "23503" | "23001" => SqlClass::ForeignKey,
        "23502" => SqlClass::NotNull,
        // A check, a check at the end of a view, a RAISE in a trigger.
        "23514" | "44000" | "P0001" => SqlClass::Check,
        "40001" | "40P01" => SqlClass::Transient,
        "55P03" | "53300" => SqlClass::Busy,
        "57P01" | "57P02" | "57P03" | "57P05" => SqlClass::Lost,
        // Disk full, an I/O error.
        "53100" | "58030" => SqlClass::Disk,
        "42501" | "25006" => SqlClass::Permission,
        "42P01" | "42703" | "42704" | "42883" | "3D000" | "3F000" => SqlClass::Missing,
        "42P07" | "42710" => SqlClass::Exists,
        _ => match code.get(..2) {
            Some("22" | "23") => SqlClass::Value,
            Some("08") => SqlClass::Lost,
            Some("28") => SqlClass::Permission,
            _ => SqlClass::Other,
        },
    }
}
