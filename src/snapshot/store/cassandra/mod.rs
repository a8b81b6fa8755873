//! Cassandra: a keyspace as a store.
//!
//! [`sstables`] takes a snapshot by `nodetool` and gives the files that it linked; [`rows`] reads the rows by CQL, with the time
//! at which each value was written and the one at which it expires. Both give the schema as the server describes it, and
//! [`written`] describes it for servers that cannot, [`load`] restores either into a keyspace that does not exist yet. [`schema`] gives the keyspace another name in all of its
//! statements, [`cql`] cuts them into tokens. [`session`] speaks to the server, [`keyspace`] asks it about the keyspace,
//! [`tool`] runs `nodetool` and `sstableloader`, [`digest`] checks the files against the digests that Cassandra wrote, [`count`]
//! counts rows.

mod count;
mod cql;
mod digest;
mod keyspace;
mod load;
mod rows;
mod schema;
mod session;
mod sstables;
mod tool;
mod written;

use super::contract::{Left, Sink, Source};
use crate::error::{Error, Result};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Cassandra;

/// Returns a keyspace to make a snapshot of.
pub(in crate::snapshot) fn source(config: &Cassandra, login: Option<Login>) -> Box<dyn Source> {
    if config.rows {
        Box::new(rows::Rows::new(config.clone(), login))
    } else {
        Box::new(sstables::Sstables::new(config.clone(), login))
    }
}

/// Returns a keyspace to restore, perhaps under another name.
pub(in crate::snapshot) fn sink(config: &Cassandra, rename: Option<&str>, login: Option<Login>) -> Box<dyn Sink> {
    Box::new(load::Keyspace::new(config.clone(), rename, login))
}

/// Removes what a run that died has left in Cassandra, and says what was done.
///
/// # Errors
/// `Database`, `File`.
pub(in crate::snapshot) fn undo(left: &Left, login: Option<Login>) -> Result<String> {
    match left {
        Left::CassandraSnapshot { nodetool, name } => {
            tool::clear(nodetool, name)?;
            Ok(format!("removed Cassandra's snapshot {name}"))
        }
        Left::CassandraKeyspace { hosts, keyspace, .. } => {
            session::Cql::connect(hosts, login.as_ref())?.drop_keyspace(keyspace)?;
            Ok(format!("dropped the keyspace {keyspace}"))
        }
        _ => Err(Error::internal("what is left is not Cassandra's")),
    }
}
