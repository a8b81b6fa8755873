//! PostgreSQL: databases as a store, from a server that works; or all of a server that is stopped.
//!
//! [`source`] saves them: [`hold`] takes the instant of each, a session that exports its snapshot; `pg_dump` reads the schema and
//! large objects in it, and [`read`] the rows, by COPY over several connections. [`sink`] restores them into databases of other
//! names, which get theirs at the end: [`make`] makes and drops them, [`globals`] the roles that are missing, [`load`] brings
//! the rows. [`describe`] asks the catalogue and says in which form a snapshot keeps the answers, [`form`] reads COPY's binary form,
//! [`tool`] runs PostgreSQL's own programs, [`server`] speaks to the server, and [`ask`] puts the queries of a platform file to it.
//!
//! [`plain`] is the script of `pg_dumpall`, for an empty server.
//!
//! [`stopped`] saves the folders of a server that is stopped, and [`place`] gives them their places again.
//!
//! [`archived`] copies the folders of a server that works, with its log of changes from the archive ([`spool`]); [`wal`] knows which
//! segments of it belong together, and [`marks`] what is said about them. [`recovery`] lets a server of its own ([`private`], [`settings`]) bring the copy to its instant,
//! or to another moment, before it gets its place.

mod archived;
mod ask;
mod describe;
mod form;
mod globals;
mod hold;
mod load;
mod make;
mod marks;
mod place;
mod plain;
mod private;
mod read;
mod recovery;
mod server;
mod settings;
mod sink;
mod source;
mod spool;
mod stopped;
mod tool;
mod wal;

use std::path::{Path, PathBuf};

use super::Cell;
use super::contract::{PostgresqlMade, Sink, Source};
use crate::error::{Error, Result};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::{Postgresql, Query};

/// Returns databases to make a snapshot of.
///
/// # Errors
/// `Usage` if the address of the server cannot be read.
pub(in crate::snapshot) fn source(config: &Postgresql, login: Option<Login>) -> Result<Box<dyn Source>> {
    if let (Some(folder), None) = (&config.folder, &config.archive) {
        return Ok(Box::new(stopped::Stopped::new(folder)));
    }
    let server = server::Server::new(&config.url, login)?;
    if let (Some(folder), Some(archive)) = (&config.folder, &config.archive) {
        return Ok(Box::new(archived::Archive::new(folder, archive, server)));
    }
    if config.plain {
        return Ok(Box::new(plain::Plain::new(config.clone(), server)));
    }
    Ok(Box::new(source::Logical::new(config.clone(), server)))
}

/// Returns databases to restore, one perhaps under another name.
///
/// # Errors
/// `Usage` if the address of the server cannot be read.
pub(in crate::snapshot) fn sink(
    config: &Postgresql,
    rename: Option<&str>,
    login: Option<Login>,
) -> Result<Box<dyn Sink>> {
    if let Some(folder) = &config.folder {
        let folders = place::Folders::new(folder, rename)?;
        if config.archive.is_some() {
            return Ok(Box::new(recovery::Recovery::new(config.clone(), folders.recovered())));
        }
        return Ok(Box::new(folders));
    }
    let server = server::Server::new(&config.url, login)?;
    if config.plain {
        if rename.is_some() {
            return Err(Error::usage("a plain script names its databases itself, so the store cannot be renamed"));
        }
        return Ok(Box::new(plain::Plain::new(config.clone(), server)));
    }
    Ok(Box::new(sink::Databases::new(config.clone(), server, rename)))
}

/// Asks a database a query, and gives the rows of the answer one by one.
///
/// # Errors
/// `Usage` if the address of the server cannot be read; `Database`.
pub(in crate::snapshot) async fn ask(
    config: &Postgresql,
    login: Option<Login>,
    query: &Query,
    take: &mut dyn FnMut(&[Cell<'_>]),
) -> Result<()> {
    ask::ask(&server::Server::new(&config.url, login)?, query, take).await
}

/// Drops what a run that died has made, and says what was done.
///
/// # Errors
/// `Database`.
pub(in crate::snapshot) fn undo(made: &PostgresqlMade, login: Option<Login>) -> Result<String> {
    let gone = make::remove(&server::Server::new(&made.url, login)?, made)?;
    Ok(if gone.is_empty() { "nothing is left in PostgreSQL".to_owned() } else { gone.join(", ") })
}

/// Moves folders back that a run which died has given their places, and says what was done.
///
/// # Errors
/// `File`.
pub(in crate::snapshot) fn move_back(moves: &[(PathBuf, PathBuf)]) -> Result<String> {
    super::folders::back(moves)?;
    Ok("the folders of PostgreSQL are where they were".to_owned())
}

/// Ends a server that a run which died has let recover, and says what was done.
///
/// # Errors
/// `File` if the folder of its socket cannot be removed.
pub(in crate::snapshot) fn end_recovery(data: &Path, folder: &Path) -> Result<String> {
    private::end(data);
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file(folder, "the folder of a server's socket cannot be removed", error))
        }
        _ => Ok("the server that recovered a copy of PostgreSQL is ended".to_owned()),
    }
}
