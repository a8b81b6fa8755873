//! A store of indices of Elasticsearch or OpenSearch, by the engine's own snapshots.
//!
//! [`source`] registers a repository of our own below the engine's `path.repo`, lets the engine put one snapshot into it, waits
//! until that is a success, and reads the files of the repository. [`sink`] registers the files that come out of a bundle as a
//! repository that is only read, and lets the engine restore from it. A status of 200 is no success with these engines: what
//! counts is the state of a snapshot, the number of shards that failed, and the health of an index.
//!
//! A tree of this store consists of two parts: the folder `repository`, which can also be registered by hand, and
//! `indices.json` ([`engine::Described`]), which has mappings, settings and aliases for people and for the comparison.
//!
//! [`client`] asks the engine; [`engine`] knows what it answers; [`repository`] is what we leave in it, and how to take it away;
//! [`names`] are those that indices get.

mod client;
mod engine;
mod names;
mod repository;
mod sink;
mod source;

use super::contract::{Left, Sink, Source};
use crate::error::{Error, Result};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Search;
use client::Client;

/// Returns the store while a snapshot is made.
pub(in crate::snapshot) fn source(config: Search, login: Option<Login>) -> Box<dyn Source> {
    Box::new(source::SearchSource::new(config, login))
}

/// Returns the store while it is restored. `rename` is the name of the restored index, or what it becomes with the former name
/// in the place of `*`; several indices need a `*`.
pub(in crate::snapshot) fn sink(config: Search, rename: Option<&str>, login: Option<Login>) -> Box<dyn Sink> {
    Box::new(sink::SearchSink::new(config, rename.map(str::to_owned), login))
}

/// Takes away what a run that died has left in the engine, and says what that was. Doing it again does no harm.
///
/// # Errors
/// `Database` if the engine does not answer or refuses; `File`.
pub(in crate::snapshot) fn undo(left: &Left, login: Option<Login>) -> Result<String> {
    match left {
        Left::SearchRepository { url, repository, snapshot, folder } => {
            // Without a snapshot the folder is one that a restore puts its stores together in, which removes it itself.
            let own = snapshot.as_ref().map(|_| folder.as_path());
            repository::remove(&Client::open(url, login)?, repository, snapshot.as_deref(), own)?;
            Ok(format!("removed the repository {repository} from {url}"))
        }
        Left::SearchIndices { url, indices } => {
            let gone = sink::delete(&Client::open(url, login)?, indices)?;
            Ok(format!("deleted {gone} of {} restored indices at {url}", indices.len()))
        }
        Left::CassandraSnapshot { .. }
        | Left::CassandraKeyspace { .. }
        | Left::Objects { .. }
        | Left::RedisKeys { .. }
        | Left::Postgresql(_)
        | Left::PostgresqlFolders { .. }
        | Left::PostgresqlRecovery { .. }
        | Left::Mariadb(_)
        | Left::Neo4jFolders { .. } => Err(Error::internal("this was not left in Elasticsearch")),
    }
}
