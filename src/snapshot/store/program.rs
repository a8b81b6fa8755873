//! Runs an engine's own programs: what they write is read in pieces, and what they say about a failure is told in one line.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::contract::Pieces;
use crate::error::{Error, Result, escape};
use crate::stream::cancel::Cancel;

/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// Bytes kept of what a program says.
const MAX_SAID: u64 = 64 << 10;

/// How much of a message is shown.
const MAX_SHOWN: usize = 300;

/// How often a program is looked at.
const TICK: Duration = Duration::from_millis(20);

/// A program that runs, with all that it has started. Dropping it ends them.
pub(super) struct Running {
    name: String,
    child: Child,
    messages: Option<JoinHandle<String>>,
}

impl Running {
    /// Starts a program, named `name` in messages. `missing` makes the error if that cannot be.
    ///
    /// # Errors
    /// That of `missing`.
    pub(super) fn start(
        mut command: Command,
        name: &str,
        missing: impl FnOnce(std::io::Error) -> Error,
    ) -> Result<Self> {
        let mut child = command.process_group(0).stderr(Stdio::piped()).spawn().map_err(missing)?;
        let messages = child.stderr.take().map(|pipe| std::thread::spawn(move || said(pipe)));
        Ok(Self { name: name.to_owned(), child, messages })
    }

    /// Returns its standard output, if that was asked for.
    ///
    /// # Errors
    /// `Internal` if it was not.
    pub(super) fn output(&mut self) -> Result<ChildStdout> {
        self.child.stdout.take().ok_or_else(|| Error::internal("a program without output"))
    }

    /// Returns its standard input, if that was asked for.
    ///
    /// # Errors
    /// `Internal` if it was not.
    pub(super) fn input(&mut self) -> Result<ChildStdin> {
        self.child.stdin.take().ok_or_else(|| Error::internal("a program without input"))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// `Database` if it fails, with what it says; `Interrupted`.
    pub(super) fn end(&mut self, cancel: &Cancel) -> Result<()> {
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => {
                    cancel.check()?;
                    std::thread::sleep(TICK);
                }
                Err(error) => return Err(Error::internal("a program cannot be waited for").because(error)),
            }
        };
        let messages = self.messages.take().and_then(|messages| messages.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        let shown = message(&messages);
        let how = status
            .code()
            .map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with status {code}"));
        Err(Error::database(format!("`{}` {how}: {shown}", self.name)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what a program says, and reads on when that is too much, so that it never waits.
pub(super) fn said(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let _ = pipe.by_ref().take(MAX_SAID).read_to_end(&mut kept);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}

/// Returns the line of messages that says what is wrong. The lines after it repeat statements and rows.
fn message(messages: &str) -> String {
    let tells = |line: &&str| !line.is_empty() && !line.starts_with("Run with '--verbose'");
    let lines = || messages.lines().map(str::trim).filter(tells);
    let line = lines().find(|line| line.contains("error:") || line.contains("ERROR:")).or_else(|| lines().next_back());
    let shown: String = line.unwrap_or("it does not say why").chars().take(MAX_SHOWN).collect();
    escape::line(&shown).into_owned()
}

/// What a program writes to standard output, on its way.
pub(super) struct Output {
    running: Running,
    pipe: ChildStdout,
    cancel: Cancel,
    ended: bool,
}

impl Output {
    /// Reads what a program writes, which was started with its standard output as a pipe.
    ///
    /// # Errors
    /// `Internal` if it was not.
    pub(super) fn of(mut running: Running, cancel: &Cancel) -> Result<Self> {
        let pipe = running.output()?;
        Ok(Self { running, pipe, cancel: cancel.clone(), ended: false })
    }
}

impl Pieces for Output {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.ended {
            return Ok(None);
        }
        self.cancel.check()?;
        let mut piece = Vec::with_capacity(PIECE);
        let read = self.pipe.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        read.map_err(|error| Error::internal("the output of a program cannot be read").because(error))?;
        if piece.len() < PIECE {
            self.ended = true;
            // What was cut short is no dump, whatever was read.
            self.running.end(&self.cancel)?;
        }
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_the_first_error_without_what_follows() {
        let said = "pg_restore: while PROCESSING TOC:\npg_restore: error: could not execute query: ERROR:  no index\nDETAIL:  Key (a)=(geheim)\n";
        assert_eq!(message(said), "pg_restore: error: could not execute query: ERROR:  no index");
        assert_eq!(message("one\ntwo\n\n"), "two");
        assert_eq!(
            message("It is in use.\nRun with '--verbose' for a more detailed error message.\n"),
            "It is in use."
        );
        assert_eq!(message(""), "it does not say why");
    }
}
