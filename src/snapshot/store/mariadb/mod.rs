//! MariaDB: databases as a store, from a server that works.
//!
//! [`source`] saves them: [`hold`] takes one instant for several sessions, [`describe`] asks what each database consists of, and
//! [`read`] brings the rows as lines for `LOAD DATA`, which [`line`] writes. [`sink`] restores them into databases of names that
//! nobody uses, which [`load`] fills; [`make`] moves their tables to their place at the end, and takes back what a restore has
//! made. [`script`] writes all of a database as a script, for people who restore it by hand. [`server`] speaks to the server,
//! and [`ask`] puts the queries of a platform file to it.

mod ask;
mod describe;
mod hold;
mod line;
mod load;
mod make;
mod read;
mod script;
mod server;
mod sink;
mod source;

use super::Cell;
use super::contract::{MariadbMade, Sink, Source};
use crate::error::Result;
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::{Mariadb, Query};

/// Returns databases to make a snapshot of.
///
/// # Errors
/// `Usage` if the address of the server cannot be read.
pub(in crate::snapshot) fn source(config: &Mariadb, login: Option<Login>) -> Result<Box<dyn Source>> {
    let server = server::MariadbServer::new(&config.url, login)?;
    Ok(Box::new(source::Databases::new(config.clone(), server)))
}

/// Returns databases to restore, one perhaps under another name.
///
/// # Errors
/// `Usage` if the address of the server cannot be read.
pub(in crate::snapshot) fn sink(config: &Mariadb, rename: Option<&str>, login: Option<Login>) -> Result<Box<dyn Sink>> {
    let server = server::MariadbServer::new(&config.url, login)?;
    Ok(Box::new(sink::Restored::new(config.clone(), server, rename)))
}

/// Asks a database a query, and gives the rows of the answer one by one.
///
/// # Errors
/// `Usage` if the address of the server cannot be read; `Database`.
pub(in crate::snapshot) async fn ask(
    config: &Mariadb,
    login: Option<Login>,
    query: &Query,
    take: &mut dyn FnMut(&[Cell<'_>]),
) -> Result<()> {
    ask::ask(&server::MariadbServer::new(&config.url, login)?, query, take).await
}

/// Drops what a run that died has made, gives what it had moved its name again, and says what was done.
///
/// # Errors
/// `Database`.
pub(in crate::snapshot) fn undo(made: &MariadbMade, login: Option<Login>) -> Result<String> {
    let done = make::take_back(&server::MariadbServer::new(&made.url, login)?, made)?;
    Ok(if done.is_empty() { "nothing is left in MariaDB".to_owned() } else { done.join(", ") })
}
