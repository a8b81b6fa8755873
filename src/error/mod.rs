//! What went wrong, where, and what to do next.
//!
//! There is one [`Error`] for the whole program. Each layer adds only what it alone knows, and a field that is set is never
//! overwritten, so the innermost fact wins: the dump-file decoder knows the line, the bundle reader the member, a stage the
//! table. The lower error is attached as `source` and never formatted into the text. Values of rows and secrets never
//! appear in an error.

pub mod escape;

use std::borrow::Cow;
use std::fmt;

/// Result with our own error type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The exit status of the program, the same for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything requested is done.
    Done = 0,
    /// A fault of gapsync itself.
    Internal = 1,
    /// The command line or the settings are wrong.
    Usage = 2,
    /// Rows were rejected and are in the rejects file. Also used for a run that was stopped because there were too many.
    Rejected = 3,
    /// A check found a difference.
    Difference = 4,
    /// The bundle is damaged, incomplete or of an unknown version.
    Damaged = 5,
    /// The database could not be reached or refused a statement.
    Database = 6,
    /// The schema does not fit the profile or the bundle.
    Schema = 7,
    /// `sync_hash` is missing in a carried table.
    MissingHash = 8,
    /// Another run holds the lock.
    Locked = 9,
    /// A file or disk is missing, inaccessible or full.
    File = 10,
    /// The bundle was imported, but an earlier one of its stream is missing.
    Gap = 11,
    /// A check before a snapshot failed; nothing was changed.
    Check = 12,
    /// A service could not be started again.
    Service = 13,
    /// Stopped by a signal.
    Interrupted = 130,
}

/// The class of an error, which decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A fault of gapsync itself.
    Internal,
    /// Options, settings or their combination.
    Usage,
    /// A bundle that is damaged, incomplete, hostile or of an unknown version.
    Damaged,
    /// An error of the database.
    Database,
    /// A schema or profile that does not fit.
    Schema,
    /// NULL in a `sync_hash` that must be filled first.
    MissingHash,
    /// Another run holds the lock.
    Locked,
    /// An error of a file or disk.
    File,
    /// More rejected rows than the run was allowed.
    Rejects,
    /// What was restored differs from what was saved.
    Difference,
    /// A check that failed before anything was changed.
    Check,
    /// A service that could not be started again.
    Service,
    /// A signal asked the run to stop.
    Interrupted,
}

impl ErrorKind {
    /// Returns the exit status of a run that ends with this kind of error.
    #[must_use]
    pub fn exit_status(self) -> ExitStatus {
        match self {
            Self::Internal => ExitStatus::Internal,
            Self::Usage => ExitStatus::Usage,
            Self::Damaged => ExitStatus::Damaged,
            Self::Database => ExitStatus::Database,
            Self::Schema => ExitStatus::Schema,
            Self::MissingHash => ExitStatus::MissingHash,
            Self::Locked => ExitStatus::Locked,
            Self::File => ExitStatus::File,
            Self::Rejects => ExitStatus::Rejected,
            Self::Difference => ExitStatus::Difference,
            Self::Check => ExitStatus::Check,
            Self::Service => ExitStatus::Service,
            Self::Interrupted => ExitStatus::Interrupted,
        }
    }

    /// Returns the name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::Damaged => "damaged",
            Self::Database => "database",
            Self::Schema => "schema",
            Self::MissingHash => "missing-hash",
            Self::Locked => "locked",
            Self::File => "file",
            Self::Rejects => "rejects",
            Self::Difference => "difference",
            Self::Check => "check",
            Self::Service => "service",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The place of an error; each part is set only if it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// File on disk, as the user named it.
    pub path: Option<String>,
    /// Member of the bundle.
    pub member: Option<String>,
    /// Table.
    pub table: Option<String>,
    /// Line in the member or file, from 1.
    pub line: Option<u64>,
    /// Column name.
    pub column: Option<String>,
    /// The last intact member of the bundle, if it is unknown which member follows.
    pub after: Option<String>,
    /// How many bytes of the file had been read when the error was noticed.
    pub byte: Option<u64>,
}

impl Place {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, value: &dyn fmt::Display| {
            let written = write!(f, "{separator}{name} `{value}`");
            separator = ", ";
            written
        };
        if let Some(path) = &self.path {
            part(f, "file", path)?;
        }
        if let Some(member) = &self.member {
            part(f, "member", member)?;
        }
        if let Some(table) = &self.table {
            part(f, "table", table)?;
        }
        if let Some(line) = &self.line {
            part(f, "line", line)?;
        }
        if let Some(column) = &self.column {
            part(f, "column", column)?;
        }
        if let Some(after) = &self.after {
            part(f, "after the member", after)?;
        }
        if let Some(byte) = &self.byte {
            part(f, "at or before byte", byte)?;
        }
        Ok(())
    }
}

/// An error with its place, a hint for the user and its cause.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    what: Cow<'static, str>,
    place: Place,
    hint: Option<Cow<'static, str>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Returns an error. `what` is a lower-case fragment without a full stop and without values of rows.
    #[must_use]
    pub fn new(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, what: what.into(), place: Place::default(), hint: None, source: None }))
    }

    /// Returns an internal error.
    #[must_use]
    pub fn internal(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Internal, what)
    }

    /// Returns an error in options or settings.
    #[must_use]
    pub fn usage(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Usage, what)
    }

    /// Returns an error for a damaged or hostile bundle.
    #[must_use]
    pub fn damaged(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Damaged, what)
    }

    /// Returns an error of the database.
    #[must_use]
    pub fn database(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Database, what)
    }

    /// Returns an error for a schema or profile that does not fit.
    #[must_use]
    pub fn schema(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Schema, what)
    }

    /// Returns an error of a file, with a hint if the disk is full.
    #[must_use]
    pub fn file(path: impl AsRef<std::path::Path>, what: impl Into<Cow<'static, str>>, source: std::io::Error) -> Self {
        let full = source.kind() == std::io::ErrorKind::StorageFull;
        let error = Self::new(ErrorKind::File, what).at_path(path.as_ref().display().to_string()).because(source);
        if full {
            error.hint("Make room on this disk or choose another one, then run the command again.")
        } else {
            error
        }
    }

    /// Attaches the cause, unless there already is one.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source.get_or_insert_with(|| source.into());
        self
    }

    /// Adds a hint on what to do next: a sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Sets the file, unless it is known.
    #[must_use]
    pub fn at_path(mut self, path: impl Into<String>) -> Self {
        self.0.place.path.get_or_insert_with(|| path.into());
        self
    }

    /// Sets the bundle member, unless it is known.
    #[must_use]
    pub fn at_member(mut self, member: impl Into<String>) -> Self {
        self.0.place.member.get_or_insert_with(|| member.into());
        self
    }

    /// Sets the table, unless it is known.
    #[must_use]
    pub fn at_table(mut self, table: impl Into<String>) -> Self {
        self.0.place.table.get_or_insert_with(|| table.into());
        self
    }

    /// Sets the line, unless it is known.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.0.place.line.get_or_insert(line);
        self
    }

    /// Sets the column, unless it is known.
    #[must_use]
    pub fn at_column(mut self, column: impl Into<String>) -> Self {
        self.0.place.column.get_or_insert_with(|| column.into());
        self
    }

    /// Sets the last intact member before the place, unless a member is known.
    #[must_use]
    pub fn after_member(mut self, member: impl Into<String>) -> Self {
        if self.0.place.member.is_none() {
            self.0.place.after.get_or_insert_with(|| member.into());
        }
        self
    }

    /// Sets the byte in the file, unless it is known.
    #[must_use]
    pub fn at_byte(mut self, byte: u64) -> Self {
        self.0.place.byte.get_or_insert(byte);
        self
    }

    /// Returns the class of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what happened, without place and cause.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// Returns where it happened.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Returns what to do next.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)?;
        if !self.0.place.is_empty() {
            write!(f, " ({})", self.0.place)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_place_wins() {
        let error = Error::damaged("row ends inside quotes").at_line(7).at_member("data/t/00001.csv").at_line(1);
        assert_eq!(error.to_string(), "row ends inside quotes (member `data/t/00001.csv`, line `7`)");
        assert_eq!(error.kind().exit_status() as u8, 5);
    }
}
