//! Runs PostgreSQL's own programs: `pg_dump`, `pg_dumpall`, `pg_restore`, `psql`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::program::{Output, Running, said};
use super::server::Server;
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot::platform::Postgresql;
use crate::stream::cancel::Cancel;

/// Returns the words that run a program.
fn words(config: &Postgresql, program: &str) -> Vec<String> {
    config.exec.iter().cloned().chain([path(config, program).display().to_string()]).collect()
}

fn command(config: &Postgresql, server: &Server, program: &str, arguments: &[String]) -> Command {
    let words = words(config, program);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(arguments).env("LC_ALL", "C");
    if let Some(password) = server.password() {
        command.env("PGPASSWORD", password);
    }
    command
}

/// Starts a program.
fn start(command: Command, config: &Postgresql, program: &str) -> Result<Running> {
    Running::start(command, program, |error| {
        Error::new(ErrorKind::File, "a program of PostgreSQL cannot be started")
            .at_path(words(config, program).swap_remove(0))
            .hint("Name its folder in the platform file: `bin = \"/usr/pgsql-15/bin\"`.")
            .because(error)
    })
}

/// Returns the path of a program that runs on this machine.
pub(super) fn path(config: &Postgresql, program: &str) -> PathBuf {
    config.bin.as_ref().map_or_else(|| program.into(), |bin| bin.join(program))
}

/// Asks a program of this machine for its major version, and refuses another one.
///
/// # Errors
/// `File` if it cannot be started; `Schema` if it is of another version.
pub(super) fn is_of(config: &Postgresql, program: &str, major: u32) -> Result<()> {
    let mut command = Command::new(path(config, program));
    command.arg("--version").env("LC_ALL", "C");
    match major_of(command, config, program)? {
        Some(found) if found == major => Ok(()),
        found => {
            let found = found.map_or_else(|| "an unknown version".to_owned(), |found| found.to_string());
            let what = format!("`{program}` is of PostgreSQL {found}, and the data folder of {major}");
            Err(Error::schema(what).hint(format!(
                "Nothing was changed. Name the folder of the right programs in the platform file: `bin = \"/usr/pgsql-{major}/bin\"`."
            )))
        }
    }
}

/// Returns the major version that a program says it is of.
fn major_of(mut command: Command, config: &Postgresql, program: &str) -> Result<Option<u32>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut running = start(command, config, program)?;
    let output = said(running.output()?);
    running.end(&Cancel::default())?;
    Ok(output.split_whitespace().find_map(|word| {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    }))
}

/// Asks a program for its major version, and refuses one that is older than the server.
///
/// # Errors
/// `File` if it cannot be started; `Schema` if it is too old.
pub(super) fn fits(config: &Postgresql, server: &Server, program: &str, version: u32) -> Result<()> {
    let found = major_of(command(config, server, program, &["--version".to_owned()]), config, program)?;
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

/// Starts a program whose standard output is read.
///
/// # Errors
/// `File` if it cannot be started.
pub(super) fn output(
    config: &Postgresql,
    server: &Server,
    program: &str,
    arguments: &[String],
    cancel: &Cancel,
) -> Result<Output> {
    let mut command = command(config, server, program, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Output::of(start(command, config, program)?, cancel)
}

/// Starts a program whose standard input is written.
///
/// # Errors
/// `File` if it cannot be started.
pub(super) fn input(config: &Postgresql, server: &Server, program: &str, arguments: &[String]) -> Result<Running> {
    let mut command = command(config, server, program, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    start(command, config, program)
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
    start(command, config, program)?.end(cancel)
}
