//! Writes to standard output and standard error. A reader that has gone away is not an error: it has what it wanted.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};

use crate::error::{Error, Result, escape};

/// Prints a result on standard output: either a page, with all hidden characters made visible, or exact JSON.
///
/// # Errors
/// `File` if it cannot be written for any reason other than a reader that has gone away.
pub(super) fn result(text: &str, json: bool) -> Result<()> {
    let text = if json { Cow::Borrowed(text) } else { escape::page(text) };
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(crate::error::ErrorKind::File, "standard output cannot be written").because(error))
        }
        _ => Ok(()),
    }
}

/// Prints lines on standard error, with hidden characters made visible. Ignores failures, because there is no better place
/// to report them.
pub(super) fn message(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape::page(line));
}

/// Prints an event as exact JSON on standard error.
pub(super) fn event(event: &serde_json::Value) {
    let _ = writeln!(io::stderr().lock(), "{event}");
}
