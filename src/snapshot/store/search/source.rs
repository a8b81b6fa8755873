//! Indices while a snapshot is made.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Ask, Client, short, shown};
use super::engine::{self, Described, Version, count, describe, repository_folder};
use super::repository::{self, PREFIX, Use};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::catalogue::{Entry, Kind};
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::{Content, Search};
use crate::snapshot::point::Class;
use crate::snapshot::store::contract::{Body, Fact, Fence, Left, Source, Taken};
use crate::snapshot::store::files::list::list;
use crate::snapshot::store::files::names::Names;
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// Names in the tree of the store.
pub(super) const REPOSITORY: &str = "repository";
pub(super) const INDICES: &str = "indices.json";

/// What is counted of an index.
pub(super) const DOCUMENTS: &str = "documents";

/// What the name of an index in a fact begins with.
pub(super) const INDEX: &str = "index ";

/// How often a snapshot in progress is looked at.
const TICK: Duration = Duration::from_millis(50);

/// What was left in the engine.
struct Own {
    /// The name of the repository and of its snapshot.
    name: String,
    folder: PathBuf,
}

pub(super) struct SearchSource {
    config: Search,
    login: Option<Login>,
    /// The folder for repositories, and the version of the engine, once they were asked for.
    found: Option<(PathBuf, Version)>,
    own: Option<Own>,
    /// The content of `indices.json`.
    described: Vec<u8>,
}

impl SearchSource {
    pub(super) fn new(config: Search, login: Option<Login>) -> Self {
        Self { config, login, found: None, own: None, described: Vec::new() }
    }

    fn client(&self) -> Result<Client> {
        Client::open(&self.config.url, self.login.clone())
    }

    /// Asks for the folder and the version, unless that was done before.
    fn find(&mut self, client: &Client) -> Result<(PathBuf, Version)> {
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        let version = Version::ask(client)?;
        let folder = repository_folder(client, version, self.config.repository.as_deref())?;
        Ok(self.found.insert((folder, version)).clone())
    }

    fn take(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        let begun = Instant::now();
        let client = self.client()?;
        let (parent, version) = self.find(&client)?;
        let name = format!("{PREFIX}{}", fence.id);
        let folder = parent.join(&name);
        (fence.leave)(Left::SearchRepository {
            url: self.config.url.clone(),
            repository: name.clone(),
            snapshot: Some(name.clone()),
            folder: folder.clone(),
        })?;
        self.own = Some(Own { name: name.clone(), folder: folder.clone() });
        // Nobody waits for a snapshot beside which the application works.
        let how = if fence.class == Class::Ordered { Use::WriteGently } else { Use::Write };
        repository::register(&client, &name, &folder, how)?;
        fail::point("search.registered");
        if !folder.is_dir() {
            return Err(unseen(&folder));
        }
        let indices = describe(&client, &self.config.indices)?;
        let names: Vec<String> = indices.keys().cloned().collect();
        // While others may write, a count says nothing about the instant.
        let counts = |wanted: bool| -> Result<Vec<u64>> {
            if wanted { names.iter().map(|name| count(&client, name)).collect() } else { Ok(Vec::new()) }
        };
        let stopped = fence.class == Class::Stopped;
        let before = counts(stopped)?;
        let what = "the snapshot cannot be begun";
        let ask = Ask { path: &["_snapshot", &name, &name], query: &[("wait_for_completion", "false")], what };
        client.put(
            ask,
            &json!({
                "indices": names.join(","), "ignore_unavailable": false, "include_global_state": false, "partial": false,
            }),
        )?;
        fail::point("search.begun");
        let shards = settled(&client, &name, &names, begun + self.config.timeout, fence.cancel)?;
        let after = counts(stopped)?;
        fail::point("search.saved");
        let mut taken = Taken { position: name.clone(), ..Taken::default() };
        for ((name, before), after) in names.iter().zip(before).zip(after) {
            if before == after {
                taken.facts.push(Fact {
                    object: format!("{INDEX}{name}"),
                    measure: DOCUMENTS.to_owned(),
                    value: after,
                });
            } else {
                let name = escape::line(name);
                taken.warnings.push(format!("somebody wrote to the index {name} while the services were stopped"));
            }
        }
        let described = Described { engine: version.to_string(), snapshot: name, indices };
        self.described = serde_json::to_vec_pretty(&described)
            .map_err(|error| Error::internal("the indices cannot be written as JSON").because(error))?;
        self.entries(&folder, &mut taken)?;
        taken.said = format!(
            "{}, {}, success after {:.1} s",
            engine::indices(names.len()),
            counted(shards, "shard"),
            begun.elapsed().as_secs_f64()
        );
        Ok(taken)
    }

    /// Lists the repository, which is complete and stays as it is.
    fn entries(&self, folder: &Path, taken: &mut Taken) -> Result<()> {
        let content = Content::Folder { folder: folder.to_owned(), exclude: Vec::new() };
        let listing = list(&content, &Names::read())?;
        taken.vanished = listing.vanished;
        if !listing.entries.iter().any(|entry| entry.path == b"index.latest") {
            return Err(unseen(folder));
        }
        let fault = |error| Error::file(folder, "the repository of the snapshot cannot be read", error);
        let metadata = folder.metadata().map_err(fault)?;
        let below = |path: &[u8]| {
            let separator: &[u8] = if path.is_empty() { b"" } else { b"/" };
            [REPOSITORY.as_bytes(), separator, path].concat()
        };
        let own = |path: &str, kind, bytes| Entry {
            uid: metadata.uid(),
            gid: metadata.gid(),
            mtime: metadata.mtime().saturating_mul(1_000_000_000),
            ..Entry::made_up(path.as_bytes(), kind, bytes, if kind == Kind::Folder { 0o700 } else { 0o600 })
        };
        taken.entries.push(own("", Kind::Folder, 0));
        taken.entries.push(own(INDICES, Kind::File, self.described.len() as u64));
        taken.entries.extend(listing.entries.into_iter().map(|entry| Entry {
            path: below(&entry.path),
            link: entry.link.map(|link| if entry.kind == Kind::Name { below(&link) } else { link }),
            ..entry
        }));
        Ok(())
    }
}

impl Source for SearchSource {
    fn root(&self) -> String {
        format!("{}/{}", shown(&self.config.url), self.config.indices.join(","))
    }

    fn plan(&self) -> String {
        let folder = self.config.repository.clone().unwrap_or_else(|| "path.repo".into());
        format!(
            "snapshot of {} into a repository of its own, {}/{PREFIX}<id>, until it is a success ({} s at most)",
            self.root(),
            folder.display(),
            self.config.timeout.as_secs()
        )
    }

    fn survives(&self) -> bool {
        true
    }

    fn probe(&mut self) -> Result<String> {
        let client = self.client()?;
        let (_, version) = self.find(&client)?;
        describe(&client, &self.config.indices)?;
        Ok(version.to_string())
    }

    fn fence(&mut self, fence: &mut Fence<'_>) -> Result<Taken> {
        let taken = self.take(fence);
        if taken.is_err() {
            // Why it failed says more than that the engine now refuses this too.
            let _ = self.release();
        }
        taken
    }

    fn body(&mut self, entry: &Entry) -> Result<Body> {
        use std::os::unix::ffi::OsStrExt;
        if entry.path == INDICES.as_bytes() {
            return Ok(Body::Bytes(self.described.clone()));
        }
        let missing = || Error::internal("a file that the repository does not have was asked for");
        let own = self.own.as_ref().ok_or_else(missing)?;
        let path = Path::new(std::ffi::OsStr::from_bytes(&entry.path));
        let below = path.strip_prefix(REPOSITORY).map_err(|_| missing())?;
        Ok(Body::File(own.folder.join(below)))
    }

    fn remember(&self) -> Option<Value> {
        let own = self.own.as_ref()?;
        Some(json!({"name": own.name, "folder": own.folder, "described": String::from_utf8_lossy(&self.described)}))
    }

    fn recall(&mut self, own: &Value, entries: &[Entry]) -> Result<bool> {
        let (Some(name), Some(folder), Some(described)) =
            (own["name"].as_str(), own["folder"].as_str(), own["described"].as_str())
        else {
            return Ok(false);
        };
        let client = self.client()?;
        let ask = Ask { path: &["_snapshot", name, name], query: &[], what: "the snapshot cannot be looked at" };
        let state = client.find(ask)?.map(|answer| answer["snapshots"][0]["state"].clone());
        self.own = Some(Own { name: name.to_owned(), folder: folder.into() });
        self.described = described.as_bytes().to_owned();
        let mut whole = state.is_some_and(|state| state == "SUCCESS");
        for entry in entries.iter().filter(|entry| entry.kind == Kind::File) {
            whole = whole
                && match self.body(entry)? {
                    Body::File(path) => path.metadata().is_ok_and(|is| is.len() == entry.bytes),
                    _ => true,
                };
        }
        if !whole {
            self.own = None;
        }
        Ok(whole)
    }

    fn release(&mut self) -> Result<()> {
        let Some(own) = &self.own else { return Ok(()) };
        repository::remove(&self.client()?, &own.name, Some(&own.name), Some(&own.folder))?;
        fail::point("search.released");
        self.own = None;
        Ok(())
    }
}

fn unseen(folder: &Path) -> Error {
    Error::new(ErrorKind::Schema, "what the engine writes cannot be seen on this machine")
        .at_path(folder.display().to_string())
        .hint("Run it where the engine runs, or mount the folder of path.repo here under the same path.")
}

/// Waits until a snapshot is a success, and returns the number of its shards.
fn settled(client: &Client, name: &str, names: &[String], deadline: Instant, cancel: &Cancel) -> Result<u64> {
    let ask = Ask { path: &["_snapshot", name, name], query: &[], what: "the snapshot cannot be looked at" };
    loop {
        cancel.check()?;
        let answer = client.find(ask)?;
        let snapshot = answer.as_ref().map(|answer| &answer["snapshots"][0]);
        let state = snapshot.and_then(|snapshot| snapshot["state"].as_str());
        match (state, snapshot) {
            (Some("IN_PROGRESS"), _) => {}
            (Some("SUCCESS"), Some(snapshot)) => return success(client, snapshot, names),
            (Some(state), Some(snapshot)) => return Err(failed(client, snapshot, state)),
            _ => {
                return Err(Error::database("the snapshot is gone: somebody deleted it, or the engine did")
                    .at_path(client.address()));
            }
        }
        if Instant::now() > deadline {
            return Err(Error::database("the snapshot is not finished in time")
                .at_path(client.address())
                .hint("Give it longer: `timeout` of the store in the platform file."));
        }
        std::thread::sleep(TICK);
    }
}

/// Judges a snapshot that calls itself a success.
fn success(client: &Client, snapshot: &Value, names: &[String]) -> Result<u64> {
    let shards = &snapshot["shards"];
    let total = shards["total"].as_u64().unwrap_or(0);
    let mut indices: Vec<&str> =
        snapshot["indices"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    indices.sort_unstable();
    if shards["failed"] != 0 || shards["successful"] != total || total == 0 || indices != names {
        return Err(failed(client, snapshot, "SUCCESS without all shards"));
    }
    Ok(total)
}

fn failed(client: &Client, snapshot: &Value, state: &str) -> Error {
    let shards = &snapshot["shards"];
    let what = format!(
        "the snapshot of the engine is no success but {}: {} of {} shards failed",
        escape::line(state),
        shards["failed"],
        shards["total"]
    );
    let failures = snapshot["failures"].as_array().into_iter().flatten();
    let mut named = failures.map(|failure| {
        let index = failure["index"].as_str().unwrap_or("?");
        let reason = failure["reason"].as_str().unwrap_or("no reason was given");
        format!("shard {} of {index}: {reason}", failure["shard_id"])
    });
    let first = named.next().unwrap_or_else(|| snapshot["reason"].as_str().unwrap_or("no reason was given").to_owned());
    Error::database(what).at_path(client.address()).because(short(&first)).hint(
        "Nothing of it is kept. Look at the log of the engine; a shard that is damaged must be restored or rebuilt first.",
    )
}
