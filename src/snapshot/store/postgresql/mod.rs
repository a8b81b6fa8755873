//! PostgreSQL: databases as a store, from a server that works; or all of a server that is stopped.
//!
//! [`source`] saves them: [`hold`] takes the instant of each, a session that exports its snapshot; `pg_dump` reads the schema and
//! large objects in it, and [`read`] the rows, by COPY over several connections. [`sink`] restores them into databases of other
//! names, which get theirs at the end: [`make`] makes and drops them, [`globals`] the roles that are missing, [`load`] brings
//! the rows. [`describe`] asks the catalogue and says in which form a snapshot keeps the answers, [`form`] reads COPY's binary form,
//! [`tool`] runs PostgreSQL's own programs, and [`server`] speaks to the server.
//!
//! [`stopped`] saves the folders of a server that is stopped, and [`place`] gives them their places again.

mod describe;
mod form;
mod globals;
mod hold;
mod load;
mod make;
mod place;
mod read;
mod server;
mod sink;
mod source;
mod stopped;
mod tool;

use std::path::PathBuf;

use super::contract::{PostgresqlMade, Sink, Source};
use crate::error::Result;
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Postgresql;

/// Returns databases to make a snapshot of.
///
/// # Errors
/// `Usage` if the address of the server cannot be read.
pub(in crate::snapshot) fn source(config: &Postgresql, login: Option<Login>) -> Result<Box<dyn Source>> {
    if let Some(folder) = &config.folder {
        return Ok(Box::new(stopped::Stopped::new(folder)));
    }
    let server = server::Server::new(&config.url, login)?;
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
        return Ok(Box::new(place::Folders::new(folder, rename)?));
    }
    let server = server::Server::new(&config.url, login)?;
    Ok(Box::new(sink::Databases::new(config.clone(), server, rename)))
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
