//! Writes the statements that are sent to a database to a file, for anyone who wants to see them.
//!
//! Each statement is written with the session that sent it, its rows and its seconds, so that the file reads like a script.
//! Text literals are left out: they hold values of rows, hashes and records of runs.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::stream::durable::create_new;

use super::error::class_of;

/// Only the owner may read the file: names of tables and columns do not concern other users.
const MODE: u32 = 0o600;

/// A file that statements are written to. Clones write to the same file.
#[derive(Clone)]
pub struct Trace(Arc<Shared>);

struct Shared {
    sessions: AtomicU64,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    path: String,
    /// Why a statement could not be written. Nothing is written after that.
    failed: Option<io::Error>,
}

impl PartialEq for Trace {
    /// Returns whether both write to the same file.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trace {}

impl Trace {
    /// Creates the file, which only its owner can read.
    ///
    /// # Errors
    /// `File`, also if a file of that name exists.
    pub fn create(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let file = create_new(path, MODE).map_err(|error| {
            Error::new(ErrorKind::File, "the file for statements cannot be created")
                .at_path(&shown)
                .because(error)
                .hint("Give --trace-sql the name of a file that does not exist yet, in a writable folder.")
        })?;
        let out = Mutex::new(Out { file, path: shown, failed: None });
        Ok(Self(Arc::new(Shared { sessions: AtomicU64::new(0), out })))
    }

    /// Returns whether all statements were written.
    ///
    /// # Errors
    /// `File`, with the first reason why one was not.
    pub fn end(&self) -> Result<()> {
        let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = out.failed.take().or_else(|| out.file.sync_all().err());
        let Some(error) = failed else { return Ok(()) };
        Err(Error::new(ErrorKind::File, "not all statements could be written").at_path(&out.path).because(error))
    }

    /// Returns the trace of a session that begins.
    pub(super) fn session(&self) -> Traced {
        Traced { trace: self.clone(), number: self.0.sessions.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

/// The statements of one session.
pub(super) struct Traced {
    trace: Trace,
    number: u64,
}

impl Traced {
    /// Writes a statement that was sent, with its outcome.
    pub(super) fn sent(&self, statement: &str, took: Duration, outcome: std::result::Result<u64, &Error>) {
        let outcome = match outcome {
            Ok(1) => "1 row".to_owned(),
            Ok(rows) => format!("{rows} rows"),
            Err(error) => class_of(error).map_or_else(|| "failed".to_owned(), |class| format!("failed, {class:?}")),
        };
        let text = format!(
            "-- session {}: {outcome} in {:.3} s\n{};\n",
            self.number,
            took.as_secs_f64(),
            without_texts(statement.trim_end().trim_end_matches(';'))
        );
        let mut out = self.trace.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.failed.is_none()
            && let Err(error) = out.file.write_all(text.as_bytes())
        {
            out.failed = Some(error);
        }
    }
}

/// Returns a statement with the content of each text literal replaced by `…`. Quoted names and comments remain.
fn without_texts(statement: &str) -> String {
    let mut shown = String::with_capacity(statement.len());
    let mut rest = statement;
    while let Some(at) = rest.find(['\'', '"', '`', '-', '/']) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let whole = match rest.as_bytes() {
            [b'\'', ..] => {
                shown.push_str("'…'");
                rest = &rest[quoted(rest, '\'')..];
                continue;
            }
            [b'"', ..] => quoted(rest, '"'),
            [b'`', ..] => quoted(rest, '`'),
            [b'-', b'-', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ => 1,
        };
        shown.push_str(&rest[..whole]);
        rest = &rest[whole..];
    }
    shown.push_str(rest);
    shown
}

/// Returns the length of the quoted word at the beginning of a text. A quote inside it is doubled. If the word has no end,
/// it is everything that follows.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_left_out_and_nothing_else() {
        let statement =
            "SELECT \"it's\", `a'b`, x - 1 / 2, X'00' -- it's a note\nFROM t /* 'so' */ WHERE a = 'it''s' AND b = ''";
        let shown =
            "SELECT \"it's\", `a'b`, x - 1 / 2, X'…' -- it's a note\nFROM t /* 'so' */ WHERE a = '…' AND b = '…'";
        assert_eq!(without_texts(statement), shown);
        assert_eq!(without_texts("SELECT 'open"), "SELECT '…'");
    }

    proptest! {
        #[test]
        fn no_value_is_shown(parts in proptest::collection::vec(("[a-z \"`(),;-]{0,8}", "\\PC{0,12}"), 0..6)) {
            let mut statement = String::new();
            let mut expected = String::new();
            for (name, value) in &parts {
                // Quote names and texts like the engines do.
                let name = format!("\"{}\"", name.replace('"', "\"\""));
                statement.push_str(&format!("{name} = '{}', ", value.replace('\'', "''")));
                expected.push_str(&format!("{name} = '…', "));
            }
            prop_assert_eq!(without_texts(&statement), expected);
        }
    }
}
