//! The kinds of stores. Each has a folder of its own; what all of them do is [`contract`].
//!
//! To add a kind, add its variant to [`Content`](super::platform::Content), a folder here, and its lines below.

mod cassandra;
pub(in crate::snapshot) mod contract;
pub(in crate::snapshot) mod files;
mod folders;
mod jobs;
mod mariadb;
mod neo4j;
mod objects;
mod postgresql;
mod program;
pub(in crate::snapshot) mod queue;
pub(in crate::snapshot) mod search;

use std::borrow::Cow;

use tokio::time::timeout;

use self::contract::{Left, Sink, Source};
use self::files::source::Files;
use self::objects::{ObjectsIn, ObjectsOut};
use super::credentials::Credentials;
use super::platform::{Content, Query, Store};
use super::wait::wait;
use crate::error::{Error, Result};

/// Returns the way out of a store.
///
/// # Errors
/// `Usage` if its address cannot be read.
pub(in crate::snapshot) fn source(store: &Store, credentials: &Credentials) -> Result<Box<dyn Source>> {
    let login = credentials.of(&store.name);
    match &store.content {
        Content::Folder { .. } | Content::Paths { .. } => Ok(Box::new(Files::new(store))),
        Content::Objects(url) => Ok(Box::new(ObjectsOut::new(url, store.append_only))),
        Content::Search(search) => Ok(search::source(search.clone(), login)),
        Content::Cassandra(config) => Ok(cassandra::source(config, login)),
        Content::Queue(queue) => Ok(queue::source(queue, login)),
        Content::Postgresql(config) => postgresql::source(config, login),
        Content::Mariadb(config) => mariadb::source(config, login),
        Content::Neo4j(config) => Ok(neo4j::source(config)),
        Content::Rebuild(_) => Err(unsaved(store)),
    }
}

/// Returns the way into a store of an engine, under another name if one is given; `None` for files.
///
/// # Errors
/// `Usage` if its address cannot be read, or it cannot be renamed.
pub(in crate::snapshot) fn sink(
    store: &Store,
    rename: Option<&str>,
    credentials: &Credentials,
) -> Result<Option<Box<dyn Sink>>> {
    let login = credentials.of(&store.name);
    match &store.content {
        Content::Folder { .. } | Content::Paths { .. } | Content::Objects(_) => match (rename, &store.content) {
            (Some(url), _) if url.contains("://") => Ok(Some(Box::new(ObjectsIn::new(url)))),
            (Some(folder), _) if folder.starts_with('/') => Ok(None),
            (Some(_), _) => {
                Err(Error::usage(format!("the store {} is of files, which --rename gives another place", store.name))
                    .hint("Write an absolute path, s3://BUCKET/FOLDER or hdfs://HOST:PORT/FOLDER."))
            }
            (None, Content::Objects(url)) => Ok(Some(Box::new(ObjectsIn::new(url)))),
            (None, _) => Ok(None),
        },
        Content::Search(search) => Ok(Some(search::sink(search.clone(), rename, login))),
        Content::Cassandra(config) => Ok(Some(cassandra::sink(config, rename, login))),
        Content::Postgresql(config) => Ok(Some(postgresql::sink(config, rename, login)?)),
        Content::Mariadb(config) => Ok(Some(mariadb::sink(config, rename, login)?)),
        Content::Neo4j(config) => Ok(Some(neo4j::sink(config, rename)?)),
        Content::Queue(_) | Content::Rebuild(_) => Err(unsaved(store)),
    }
}

/// A value of an answer, with the name of its column; `None` for NULL.
pub(in crate::snapshot) type Cell<'a> = (&'a str, Option<Cow<'a, str>>);

/// Asks the database of a store in a session that changes nothing, and gives the rows of the answer one by one.
///
/// # Errors
/// `Database` if the server does not answer in time, refuses the login, or refuses the query.
pub(in crate::snapshot) fn ask(
    store: &Store,
    credentials: &Credentials,
    query: &Query,
    take: &mut dyn FnMut(&[Cell<'_>]),
) -> Result<()> {
    let login = credentials.of(&store.name);
    let late = || Error::database(format!("the answer did not come within {} s", query.timeout.as_secs()));
    wait(async {
        let answered = match &store.content {
            Content::Postgresql(config) => timeout(query.timeout, postgresql::ask(config, login, query, take)).await,
            Content::Mariadb(config) => timeout(query.timeout, mariadb::ask(config, login, query, take)).await,
            _ => return Err(Error::internal(format!("the store {} is not asked by SQL", store.name))),
        };
        answered.unwrap_or_else(|_| Err(late()))
    })
}

/// Removes from an engine what a run that died has left there. Returns what was done, in words.
///
/// # Errors
/// Those of the engine.
pub(in crate::snapshot) fn undo(store: &str, left: &Left, credentials: &Credentials) -> Result<String> {
    let login = credentials.of(store);
    match left {
        Left::Objects { url, tree } => objects::undo(url, tree),
        Left::RedisKeys { .. } => queue::undo(left, login.as_ref()),
        Left::SearchRepository { .. } | Left::SearchIndices { .. } => search::undo(left, login),
        Left::CassandraSnapshot { .. } | Left::CassandraKeyspace { .. } => cassandra::undo(left, login),
        Left::Postgresql(made) => postgresql::undo(made, login),
        Left::PostgresqlFolders { moves } => postgresql::move_back(moves),
        Left::PostgresqlRecovery { data, folder } => postgresql::end_recovery(data, folder),
        Left::Mariadb(made) => mariadb::undo(made, login),
        Left::Neo4jFolders { moves, made } => neo4j::move_back(moves, made),
    }
}

fn unsaved(store: &Store) -> Error {
    Error::internal(format!("the store {} is none that is saved or restored", store.name))
}
