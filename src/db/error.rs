//! What a database said, without the values of rows that servers like to repeat.

use std::fmt;

use super::login::Login;
use crate::error::{Error, ErrorKind};

/// What kind of trouble a statement met; decides what is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlClass {
    /// A unique key is taken.
    Unique,
    /// A foreign key leads nowhere, or a row that others refer to would go.
    ForeignKey,
    /// NULL where none may be.
    NotNull,
    /// A check or a trigger of the schema refused the row.
    Check,
    /// A value does not fit its column.
    Value,
    /// A deadlock or a clash of transactions: the same again may succeed.
    Transient,
    /// The connection or the server is gone.
    Lost,
    /// A lock was not to be had in time, or too many connections are open.
    Busy,
    /// Not allowed to this user, or the database is read-only.
    Permission,
    /// A table, column or database that is not there.
    Missing,
    /// A table or type of that name is there already.
    Exists,
    /// The disk of the database is full or fails.
    Disk,
    /// Anything else.
    Other,
}

/// A database's refusal. Its text never holds values of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// What kind it is.
    pub class: SqlClass,
    /// The engine's own code.
    pub code: Option<String>,
    /// Name of the constraint, key or column that was violated, as far as the engine tells it.
    pub constraint: Option<String>,
    /// What happened: our words where the server's could repeat a value.
    pub message: String,
}

impl SqlError {
    /// A refusal told in our own words, or in the server's where `said` cannot hold a value of a row.
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

    /// The refusal as the program's error, with the next thing to do.
    pub(super) fn into_error(self) -> Error {
        let class = self.class;
        let kind = if class == SqlClass::Disk { ErrorKind::File } else { ErrorKind::Database };
        let what = match class {
            SqlClass::Lost => "the connection to the database failed",
            SqlClass::Busy => "the database is busy",
            SqlClass::Permission => "the database does not permit it",
            SqlClass::Disk => "the disk of the database is full or fails",
            _ => "the database refused a statement",
        };
        let error = Error::new(kind, what).because(self);
        match class {
            SqlClass::Lost => error.hint("Check that the server is up and the URL right, then run the command again."),
            SqlClass::Busy => error.hint("Wait until other work on the database is done, then run the command again."),
            SqlClass::Permission => error.hint("Give the database user the rights it lacks, or use another user."),
            SqlClass::Disk => error.hint("Make room on the disk of the database, then run the command again."),
            _ => error,
        }
    }
}

/// Returns the error for a password that the server refused, or that it wants and was not given.
pub(super) fn wrong_password(login: &Login) -> Error {
    let user = login.user.as_deref().unwrap_or_default();
    let what = match login.password {
        Some(_) => format!("the server refuses the password of the user `{user}`"),
        None => format!("the server wants a password for the user `{user}`, and none was given"),
    };
    Error::database(what).hint(
        "Put the right password into GAPSYNC_PASSWORD or, as `password`, into the configuration file; check the user in \
         --database.",
    )
}

/// Returns the error for a user whom the server does not let in.
pub(super) fn refused_login(login: &Login) -> Error {
    let user = login.user.as_deref().unwrap_or_default();
    Error::database(format!("the server {} does not let the user `{user}` in", login.server()))
        .hint("Check the user in --database, and what the server allows to this user from this machine.")
}

/// Returns the error for a login that the server has no room for.
pub(super) fn no_room(login: &Login) -> Error {
    let user = login.user.as_deref().unwrap_or_default();
    Error::database(format!("the server {} has no room for another connection of the user `{user}`", login.server())).hint(
        "Wait until others have ended, raise the limit for this user or for the server, or use --jobs 1: a run then needs two \
         connections at most.",
    )
}

/// Returns the error for a database that is not there.
pub(super) fn no_database(login: &Login) -> Error {
    let name = login.database.as_deref().unwrap_or_default();
    Error::database(format!("there is no database `{name}` on {}", login.server()))
        .hint("Check the name at the end of --database, or create the database there first.")
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

/// What kind of refusal stands behind an error; `None` when none does.
#[must_use]
pub fn class_of(error: &Error) -> Option<SqlClass> {
    refusal(error).map(|refusal| refusal.class)
}

/// The refusal behind an error.
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
