//! Reports what a database refused, without the values of rows that servers like to repeat.

use std::fmt;

use super::login::Login;
use crate::error::{Error, ErrorKind};

/// The kind of a refusal, which decides how it is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlClass {
    /// The value of a unique key is taken.
    Unique,
    /// A foreign key refers to a missing row, or the row to be deleted is referred to.
    ForeignKey,
    /// NULL in a column that does not allow it.
    NotNull,
    /// A check or a trigger of the schema refused the row.
    Check,
    /// A value does not fit its column.
    Value,
    /// A deadlock or a conflict of transactions: another attempt may succeed.
    Transient,
    /// The connection or the server is gone.
    Lost,
    /// A lock timeout, or too many open connections.
    Busy,
    /// Forbidden to this user, or the database is read-only.
    Permission,
    /// A table, column or database does not exist.
    Missing,
    /// A table or type of that name already exists.
    Exists,
    /// The disk of the database is full or failing.
    Disk,
    /// Anything else.
    Other,
}

/// A refusal by the database. Its text never contains values of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// Its kind.
    pub class: SqlClass,
    /// The engine's own code.
    pub code: Option<String>,
    /// Name of the violated constraint, key or column, if the engine reports it.
    pub constraint: Option<String>,
    /// What happened, in our own words wherever the server's could repeat a value.
    pub message: String,
}

impl SqlError {
    /// Describes a refusal in our own words. Uses the server's text `said` only for kinds where it cannot contain a value
    /// of a row.
    pub(super) fn new(class: SqlClass, code: Option<String>, constraint: Option<String>, said: &str) -> Self {
        let named = |what: &str| match &constraint {
            Some(name) => format!("{what}: `{name}`"),
            None => what.to_owned(),
        };
        let message = match class {
            SqlClass::Unique => named("a unique key is taken"),
            SqlClass::ForeignKey => named("a foreign key is violated"),
            SqlClass::NotNull => named("NULL is not allowed"),
            SqlClass::Check => named("the row was refused by a check or trigger"),
            SqlClass::Value => named("a value does not fit its column"),
            _ => one_line(said),
        };
        Self { class, code, constraint, message }
    }

    /// Converts the refusal to the program's error, with a hint on what to do next.
    pub(crate) fn into_error(self) -> Error {
        let class = self.class;
        let kind = if class == SqlClass::Disk { ErrorKind::File } else { ErrorKind::Database };
        let what = match class {
            SqlClass::Lost => "the connection to the database failed",
            SqlClass::Busy => "the database is busy",
            SqlClass::Permission => "the database does not permit it",
            SqlClass::Disk => "the disk of the database is full or failing",
            _ => "the database refused a statement",
        };
        let error = Error::new(kind, what).because(self);
        match class {
            SqlClass::Lost => {
                error.hint("Check that the server is running and the URL is correct, then run the command again.")
            }
            SqlClass::Busy => {
                error.hint("Wait until other work on the database has ended, then run the command again.")
            }
            SqlClass::Permission => error.hint("Grant the database user the missing rights, or use another user."),
            SqlClass::Disk => error.hint("Make room on the disk of the database, then run the command again."),
            _ => error,
        }
    }
}

/// Returns the error for a password that the server refused, or that it requires and did not get.
pub(super) fn wrong_password(login: &Login) -> Error {
    let user = login.user.as_deref().unwrap_or_default();
    let what = match login.password {
        Some(_) => format!("the server refuses the password of the user `{user}`"),
        None => format!("the server requires a password for the user `{user}`, but none was given"),
    };
    Error::database(what).hint(
        "Set the correct password in GAPSYNC_PASSWORD or as `password` in the configuration file, and check the user \
         in --database.",
    )
}

/// Returns the error for a user who is not allowed to connect.
pub(super) fn refused_login(login: &Login) -> Error {
    let user = login.user.as_deref().unwrap_or_default();
    Error::database(format!("the server {} does not allow the user `{user}` to connect", login.server()))
        .hint("Check the user in --database, and what the server allows this user from this machine.")
}

/// Returns the error for a login beyond a connection limit.
pub(super) fn no_room(login: &Login) -> Error {
    let user = login.user.as_deref().unwrap_or_default();
    Error::database(format!("the server {} has no room for another connection of the user `{user}`", login.server())).hint(
        "Wait until other connections are closed, raise the limit for this user or the server, or use --jobs 1: a run \
         then needs at most two connections.",
    )
}

/// Returns the error for a database that does not exist.
pub(super) fn no_database(login: &Login) -> Error {
    let name = login.database.as_deref().unwrap_or_default();
    Error::database(format!("there is no database `{name}` on {}", login.server()))
        .hint("Check the name at the end of --database, or create the database first.")
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.code {
            Some(code) => write!(f, " (code {code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SqlError {}

/// Returns the kind of refusal that caused an error, or `None` if no refusal did.
#[must_use]
pub fn class_of(error: &Error) -> Option<SqlClass> {
    refusal(error).map(|refusal| refusal.class)
}

/// Returns the refusal that caused an error, if one did.
#[must_use]
pub fn refusal(error: &Error) -> Option<&SqlError> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<SqlError>() {
            return Some(refusal);
        }
        cause = error.source();
    }
    None
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
