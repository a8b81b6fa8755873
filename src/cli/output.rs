//! Standard output and standard error. A reader that went away is no failure: what it wanted it has.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};

use crate::error::{Error, Result, escape};

/// Prints a result on standard output: a page, in which nothing hidden is left, or JSON, which is exact.
///
/// # Errors
/// `File`, when it cannot be written, but not when nobody reads it any more.
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

/// Prints lines on standard error, in which nothing hidden is left. One that cannot be printed is lost: there is no better place to say so.
pub(super) fn message(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape::page(line));
}

/// Prints an event as JSON, exactly, on standard error.
pub(super) fn event(event: &serde_json::Value) {
    let _ = writeln!(io::stderr().lock(), "{event}");
}
