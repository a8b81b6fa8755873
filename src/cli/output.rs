//! Standard output and standard error. A reader that went away is no failure: what it wanted it has.

use std::io::{self, ErrorKind, Write};

use crate::error::{Error, Result};

/// Prints a result on standard output.
///
/// # Errors
/// `File`, when it cannot be written, but not when nobody reads it any more.
pub(super) fn result(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(crate::error::ErrorKind::File, "standard output cannot be written").because(error))
        }
        _ => Ok(()),
    }
}

/// Prints a line on standard error. One that cannot be printed is lost: there is no better place to say so.
pub(super) fn message(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
