//! Runs PostgreSQL's own programs: `pg_dump`, `pg_dumpall`, `pg_restore`, `psql`.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use super::server::Server;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::snapshot::platform::Postgresql;
use crate::snapshot::store::contract::Pieces;
use crate::stream::cancel::Cancel;

/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// Bytes kept of what a program says.
const MAX_SAID: u64 = 64 << 10;

/// How much of a message is shown.
const MAX_SHOWN: usize = 300;

/// How often a program is looked at.
const TICK: Duration = Duration::from_millis(20);

/// Returns the words that run a program.
fn words(config: &Postgresql, program: &str) -> Vec<String> {
    let own = config.bin.as_ref().map_or_else(|| program.into(), |bin| bin.join(program));
    config.exec.iter().cloned().chain([own.display().to_string()]).collect()
}

fn command(config: &Postgresql, server: &Server, program: &str, arguments: &[String]) -> Command {
    let words = words(config, program);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(arguments).env("LC_ALL", "C").process_group(0);
    if let Some(password) = server.password() {
        command.env("PGPASSWORD", password);
    }
    command
}

/// A program that runs. Dropping it ends it.
struct Running {
    name: String,
    child: Child,
    messages: Option<JoinHandle<String>>,
}

impl Running {
    fn start(mut command: Command, name: &str, program: &str) -> Result<Self> {
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(|error| {
            Error::new(ErrorKind::File, "a program of PostgreSQL cannot be started")
                .at_path(program.to_owned())
                .hint("Name its folder in the platform file: `bin = \"/usr/pgsql-15/bin\"`.")
                .because(error)
        })?;
        let messages = child.stderr.take().map(|pipe| std::thread::spawn(move || said(pipe)));
        Ok(Self { name: name.to_owned(), child, messages })
    }

    /// Waits for its end.
    fn end(&mut self, cancel: &Cancel) -> Result<()> {
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
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what a program says, and reads on when that is too much, so that it never waits.
fn said(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let _ = pipe.by_ref().take(MAX_SAID).read_to_end(&mut kept);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}

/// Returns the line of messages that says what is wrong. The lines after it repeat statements and rows.
fn message(messages: &str) -> String {
    let lines = || messages.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines().find(|line| line.contains("error:") || line.contains("ERROR:")).or_else(|| lines().next_back());
    let shown: String = line.unwrap_or("it does not say why").chars().take(MAX_SHOWN).collect();
    escape::line(&shown).into_owned()
}

/// Asks a program for its major version, and refuses one that is older than the server.
///
/// # Errors
/// `File` if it cannot be started; `Schema` if it is too old.
pub(super) fn fits(config: &Postgresql, server: &Server, program: &str, version: u32) -> Result<()> {
    let mut command = command(config, server, program, &["--version".to_owned()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut running = Running::start(command, program, &words(config, program)[0])?;
    let output = running.child.stdout.take().map(said).unwrap_or_default();
    running.end(&Cancel::default())?;
    let found = output.split_whitespace().find_map(|word| {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    let wanted = version / 10_000;
    match found {
        Some(found) if found >= wanted => Ok(()),
        found => {
            let found = found.map_or_else(|| "an unknown version".to_owned(), |found| found.to_string());
            Err(Error::schema(format!("`{program}` is of PostgreSQL {found}, and the server of {wanted}")).hint(
                format!(
                    "It must not be older than the server. Name the folder of newer programs in the platform file: \
                 `bin = \"/usr/pgsql-{wanted}/bin\"`."
                ),
            ))
        }
    }
}

/// What a program writes to standard output, on its way.
pub(super) struct Output {
    running: Running,
    pipe: ChildStdout,
    cancel: Cancel,
    ended: bool,
}

impl Output {
    /// Starts a program.
    ///
    /// # Errors
    /// `File` if it cannot be started.
    pub(super) fn of(
        config: &Postgresql,
        server: &Server,
        program: &str,
        arguments: &[String],
        cancel: &Cancel,
    ) -> Result<Self> {
        let mut command = command(config, server, program, arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut running = Running::start(command, program, &words(config, program)[0])?;
        let pipe = running.child.stdout.take().ok_or_else(|| Error::internal("a program without output"))?;
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

/// Gives a program a file, as an argument or as its standard input, and waits for its end.
///
/// # Errors
/// `Database` if it fails; `File` if it cannot be started; `Interrupted`.
pub(super) fn feed(
    config: &Postgresql,
    server: &Server,
    program: &str,
    arguments: &[String],
    file: &Path,
    cancel: &Cancel,
) -> Result<()> {
    let mut arguments = arguments.to_vec();
    // A container does not see our files.
    let input = if config.exec.is_empty() {
        arguments.push(file.display().to_string());
        Stdio::null()
    } else {
        File::open(file).map_err(|error| Error::file(file, "a dump cannot be read", error))?.into()
    };
    let mut command = command(config, server, program, &arguments);
    command.stdin(input).stdout(Stdio::null());
    Running::start(command, program, &words(config, program)[0])?.end(cancel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_the_first_error_without_what_follows() {
        let said = "pg_restore: while PROCESSING TOC:\npg_restore: error: could not execute query: ERROR:  no index\nDETAIL:  Key (a)=(geheim)\n";
        assert_eq!(message(said), "pg_restore: error: could not execute query: ERROR:  no index");
        assert_eq!(message("one\ntwo\n\n"), "two");
        assert_eq!(message(""), "it does not say why");
    }
}
