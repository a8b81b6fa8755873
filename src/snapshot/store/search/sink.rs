//! Indices while they are restored.

use std::io::ErrorKind as Io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Ask, Client, short, shown};
use super::engine::{Described, Version, count, health, indices, repository_folder};
use super::names::{Renaming, is_legal};
use super::repository::{self, PREFIX, Use};
use super::source::{DOCUMENTS, INDEX, INDICES, REPOSITORY};
use crate::error::{Error, Result, escape};
use crate::run::report::grid::counted;
use crate::snapshot::credentials::Login;
use crate::snapshot::platform::Search;
use crate::snapshot::point::PointStore;
use crate::snapshot::store::contract::{Earlier, Fact, Left, Load, Sink};
use crate::stream::cancel::Cancel;
use crate::stream::fail;

/// How often a restored index is looked at.
const TICK: Duration = Duration::from_millis(100);

/// The most that is read of `indices.json`.
const MAX_DESCRIBED: u64 = 64 << 20;

pub(super) struct SearchSink {
    config: Search,
    rename: Option<String>,
    login: Option<Login>,
    /// The folder for repositories, once it was asked for.
    folder: Option<PathBuf>,
    /// The name of the repository that is registered.
    registered: Option<String>,
    /// What the snapshot says about its indices, once they are being restored.
    described: Described,
    /// The names of the indices that were made.
    made: Vec<String>,
    /// Whether it was asked to replace what is there.
    replace: bool,
}

impl SearchSink {
    pub(super) fn new(config: Search, rename: Option<String>, login: Option<Login>) -> Self {
        let described = Described::default();
        Self { config, rename, login, folder: None, registered: None, described, made: Vec::new(), replace: false }
    }

    fn client(&self) -> Result<Client> {
        Client::open(&self.config.url, self.login.clone())
    }

    fn renaming(&self) -> Result<Renaming> {
        Renaming::read(self.rename.as_deref())
    }

    /// Lets the engine restore, and checks every shard of what it made.
    fn restore(&mut self, load: &mut Load<'_>) -> Result<String> {
        let begun = Instant::now();
        let client = self.client()?;
        let described = described(load.tree)?;
        let renaming = self.renaming()?;
        renaming.check(described.indices.len())?;
        let names: Vec<String> = described.indices.keys().map(|former| renaming.of(former)).collect();
        for name in &names {
            check_free(&client, name, &load.kept.name, self.replace)?;
        }
        let folder = self.folder.clone().ok_or_else(|| Error::internal("the engine was not asked first"))?;
        give(load.tree, &folder)?;
        let repository = format!("{PREFIX}{}", load.id);
        (load.leave)(Left::SearchRepository {
            url: self.config.url.clone(),
            repository: repository.clone(),
            snapshot: None,
            folder: load.tree.to_owned(),
        })?;
        self.registered = Some(repository.clone());
        repository::register(&client, &repository, &load.tree.join(REPOSITORY), Use::Read)?;
        fail::point("search.attached");
        check_snapshot(&client, &repository, &described)?;
        (load.leave)(Left::SearchIndices { url: self.config.url.clone(), indices: names.clone() })?;
        self.made = names;
        fail::point("search.restoring");
        let former: Vec<&str> = described.indices.keys().map(String::as_str).collect();
        let mut wanted = json!({
            "indices": former.join(","), "include_global_state": false, "partial": false,
            "include_aliases": renaming == Renaming::Same,
        });
        if let Some(replacement) = renaming.replacement() {
            wanted["rename_pattern"] = "(.+)".into();
            wanted["rename_replacement"] = replacement.into();
        }
        let ask = Ask {
            path: &["_snapshot", &repository, &described.snapshot, "_restore"],
            query: &[("wait_for_completion", "true")],
            what: "the indices cannot be restored",
        };
        let answer = client.post(ask, &wanted, self.config.timeout, load.cancel)?;
        self.described = described;
        fail::point("search.restored");
        let shards = &answer["snapshot"]["shards"];
        let total = shards["total"].as_u64().unwrap_or(0);
        if shards["failed"] != 0 || shards["successful"] != total || total == 0 {
            return Err(self.failed(&client, &format!("{} of {total} shards failed", shards["failed"])));
        }
        let deadline = begun + self.config.timeout;
        let yellow = self.settled(&client, deadline, load.cancel)?;
        self.unregister(&client)?;
        if !yellow.is_empty() {
            let named = escape::line(&yellow.join(", ")).into_owned();
            (load.warnings).push(format!("{}: replicas of {named} have no node yet", load.kept.name));
        }
        let seconds = begun.elapsed().as_secs_f64();
        Ok(format!("{}, {}, {seconds:.1} s", indices(self.made.len()), counted(total, "shard")))
    }

    /// Waits until every index answers and all of its shards came from the snapshot. Returns those that lack replicas.
    fn settled(&self, client: &Client, deadline: Instant, cancel: &Cancel) -> Result<Vec<String>> {
        loop {
            cancel.check()?;
            let health = health(client)?;
            let state = |name: &String| health.get(name).map_or("red", String::as_str);
            if self.made.iter().all(|name| state(name) != "red") {
                for name in &self.made {
                    self.recovered(client, name)?;
                }
                return Ok(self.made.iter().filter(|name| state(name) == "yellow").cloned().collect());
            }
            if Instant::now() > deadline {
                return Err(self.failed(client, "an index stays red"));
            }
            std::thread::sleep(TICK);
        }
    }

    /// Checks that the primary shards of an index were recovered from a snapshot to the end.
    fn recovered(&self, client: &Client, name: &str) -> Result<()> {
        let ask = Ask { path: &[name, "_recovery"], query: &[], what: "the recovery of the index cannot be looked at" };
        let answer = client.get(ask)?;
        let shards = answer[name]["shards"].as_array().map_or(&[][..], Vec::as_slice);
        let primaries: Vec<&Value> = shards.iter().filter(|shard| shard["primary"] == true).collect();
        let sound = |shard: &&Value| shard["type"] == "SNAPSHOT" && shard["stage"] == "DONE";
        if primaries.is_empty() || !primaries.iter().all(sound) {
            return Err(self.failed(client, &format!("a shard of {} was not restored to its end", escape::line(name))));
        }
        Ok(())
    }

    /// Returns the error for shards that the engine did not restore, with its own reason.
    fn failed(&self, client: &Client, what: &str) -> Error {
        let detail = self.detail(client).unwrap_or_default();
        let damaged = detail.to_lowercase().contains("corrupt") || detail.contains("checksum");
        let what = format!("the engine could not restore the indices: {what}");
        let error = if damaged { Error::damaged(what) } else { Error::database(what) };
        let error = error.at_path(client.address()).because(if detail.is_empty() {
            "the engine gives no reason".to_owned()
        } else {
            short(&detail)
        });
        error.hint("Nothing of it is kept. The log of the engine says more.")
    }

    /// Returns why a shard has no node.
    fn detail(&self, client: &Client) -> Option<String> {
        let query = [("format", "json"), ("h", "index,state,unassigned.details")];
        let ask = Ask { path: &["_cat", "shards"], query: &query, what: "the shards cannot be listed" };
        let answer = client.get(ask).ok()?;
        let own = |shard: &&Value| self.made.iter().any(|name| shard["index"] == name.as_str());
        let details = answer.as_array()?.iter().filter(own).filter_map(|shard| shard["unassigned.details"].as_str());
        details.map(str::to_owned).next()
    }

    fn unregister(&mut self, client: &Client) -> Result<()> {
        if let Some(name) = &self.registered {
            repository::remove(client, name, None, None)?;
            self.registered = None;
        }
        Ok(())
    }
}

impl Sink for SearchSink {
    fn place(&self) -> String {
        let names = match &self.rename {
            Some(name) => name.clone(),
            None => self.config.indices.join(","),
        };
        format!("{}/{names}", shown(&self.config.url))
    }

    fn may_replace(&mut self, replace: bool) {
        self.replace = replace;
    }

    fn probe(&mut self, kept: &PointStore) -> Result<PathBuf> {
        let client = self.client()?;
        let version = Version::ask(&client)?;
        let former = Version::parse(&kept.version)
            .ok_or_else(|| Error::damaged(format!("the snapshot does not say what engine {} is of", kept.name)))?;
        version.check_reads(former)?;
        let renaming = self.renaming()?;
        let singles = self.config.indices.iter().filter(|name| is_legal(name));
        renaming.check(singles.clone().count())?;
        // What a pattern stands for is known once the bundle was read.
        for name in singles {
            check_free(&client, &renaming.of(name), &kept.name, self.replace)?;
        }
        let folder = repository_folder(&client, version, self.config.repository.as_deref())?;
        Ok(self.folder.insert(folder).clone())
    }

    fn take_over(&mut self, _: &PointStore, earlier: &Earlier<'_>) -> Result<Option<PathBuf>> {
        let own =
            |left: &&Left| if let Left::SearchIndices { indices, .. } = left { Some(indices.clone()) } else { None };
        let Some(made) = earlier.left.iter().find_map(own).filter(|_| earlier.loaded) else { return Ok(None) };
        let client = self.client()?;
        for name in &made {
            let ask = Ask { path: &[name], query: &[], what: "it cannot be asked whether there is an index" };
            if client.find(ask)?.is_none() {
                return Ok(None);
            }
        }
        (self.described, self.made) = (described(earlier.tree)?, made);
        let folder = repository_folder(&client, Version::ask(&client)?, self.config.repository.as_deref())?;
        Ok(Some(self.folder.insert(folder).clone()))
    }

    fn load(&mut self, load: &mut Load<'_>) -> Result<String> {
        let outcome = self.restore(load);
        if outcome.is_err() {
            // Why it failed says more than that the engine now refuses this too.
            let _ = self.discard();
        }
        outcome
    }

    fn compare(&mut self, facts: &[Fact]) -> Result<Vec<String>> {
        let client = self.client()?;
        let renaming = self.renaming()?;
        let mut differ = Vec::new();
        for fact in facts.iter().filter(|fact| fact.measure == DOCUMENTS) {
            let name = renaming.of(fact.object.strip_prefix(INDEX).unwrap_or(&fact.object));
            let found = if is_legal(&name) { count(&client, &name)? } else { 0 };
            if found != fact.value {
                differ.push(format!("{} has {found} documents instead of {}", escape::line(&name), fact.value));
            }
        }
        for (former, index) in &self.described.indices {
            let name = renaming.of(former);
            let ask = Ask { path: &[&name], query: &[], what: "the restored index cannot be looked at" };
            let answer = client.get(ask)?;
            let restored = &answer[&name];
            if restored["mappings"] != index["mappings"] {
                differ.push(format!("the mappings of {} differ", escape::line(&name)));
            }
            // An alias belongs to the index that has its place.
            if renaming == Renaming::Same && restored["aliases"] != index["aliases"] {
                differ.push(format!("the aliases of {} differ", escape::line(&name)));
            }
        }
        Ok(differ)
    }

    fn publish(&mut self) -> Result<String> {
        Ok(format!("restored as {}", escape::line(&self.made.join(", "))))
    }

    fn discard(&mut self) -> Result<()> {
        if self.registered.is_none() && self.made.is_empty() {
            return Ok(());
        }
        let client = self.client()?;
        // First the indices: a repository that is being restored from cannot be unregistered.
        delete(&client, &self.made)?;
        self.made.clear();
        self.unregister(&client)
    }
}

/// Deletes indices, and returns how many there were.
///
/// # Errors
/// `Database`, with the command that does it by hand.
pub(super) fn delete(client: &Client, indices: &[String]) -> Result<usize> {
    let mut gone = 0;
    for index in indices {
        if !is_legal(index) {
            return Err(Error::internal("an index that is not ours was to be deleted"));
        }
        let ask = Ask { path: &[index], query: &[], what: "an index that was being restored cannot be deleted" };
        let deleted = client.delete(ask);
        let by_hand = format!("By hand: curl -X DELETE '{}/{index}'", client.address());
        gone += usize::from(deleted.map_err(|error| error.hint(by_hand))?);
    }
    Ok(gone)
}

/// Checks that no index, alias or data stream has a name.
fn check_free(client: &Client, name: &str, store: &str, replace: bool) -> Result<()> {
    let ask = Ask { path: &[name], query: &[], what: "it cannot be asked whether there is an index" };
    if client.find(ask)?.is_none() {
        return Ok(());
    }
    let hint = if replace {
        format!(
            "Nothing was changed: no engine renames an index, so --replace could not keep the old one. Restore beside it \
             (--rename {store}=NAME) and let an alias lead to the new one, or clone the old one, delete it, and restore again."
        )
    } else {
        format!("Delete it, or restore beside it: --rename {store}=NAME. Nothing was changed.")
    };
    Err(Error::schema(format!("there is an index or alias {} already", escape::line(name)))
        .at_path(client.address())
        .hint(hint))
}

/// Reads `indices.json` of a tree.
fn described(tree: &Path) -> Result<Described> {
    let wrong = || Error::damaged("the description of the indices cannot be read").at_member(INDICES);
    let path = tree.join(INDICES);
    let fault = |error: std::io::Error| match error.kind() {
        Io::NotFound => wrong(),
        _ => Error::file(&path, "the description of the indices cannot be read", error),
    };
    if std::fs::symlink_metadata(&path).map_err(fault)?.len() > MAX_DESCRIBED {
        return Err(wrong());
    }
    let described: Described =
        serde_json::from_slice(&std::fs::read(&path).map_err(fault)?).map_err(|error| wrong().because(error))?;
    // What is put together there comes from outside, and goes into addresses.
    let snapshot =
        described.snapshot.strip_prefix(PREFIX).is_some_and(|id| id.chars().all(|c| c.is_ascii_alphanumeric()));
    if !snapshot || described.indices.is_empty() || !described.indices.keys().all(|name| is_legal(name)) {
        return Err(wrong());
    }
    Ok(described)
}

/// Checks that a repository holds the snapshot that its bundle describes, and no other.
fn check_snapshot(client: &Client, repository: &str, described: &Described) -> Result<()> {
    let ask =
        Ask { path: &["_snapshot", repository, "_all"], query: &[], what: "the restored repository cannot be read" };
    let answer = client.get(ask)?;
    let found = answer["snapshots"].as_array().map_or(&[][..], Vec::as_slice);
    let [snapshot] = found else {
        return Err(Error::damaged(format!("the repository holds {} snapshots, not one", found.len())));
    };
    let mut indices: Vec<&str> =
        snapshot["indices"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    indices.sort_unstable();
    let same = indices.iter().copied().eq(described.indices.keys().map(String::as_str));
    if snapshot["state"] != "SUCCESS" || snapshot["snapshot"] != described.snapshot.as_str() || !same {
        return Err(Error::damaged("the repository does not hold the snapshot that its bundle describes"));
    }
    Ok(())
}

/// Gives a tree, and the folders between, to the owner of the folder of the engine.
///
/// # Errors
/// `File`, with what to do if only root may.
fn give(tree: &Path, engine: &Path) -> Result<()> {
    let fault = |path: &Path, error: std::io::Error| {
        let denied = error.kind() == Io::PermissionDenied;
        let error = Error::file(path, "the files cannot be given to the user of the engine", error);
        if denied { error.hint("Run it as root, or as the user of the engine.") } else { error }
    };
    let of = engine.metadata().map_err(|error| fault(engine, error))?;
    let one = |path: &Path| -> std::io::Result<bool> {
        let metadata = path.symlink_metadata()?;
        if (metadata.uid(), metadata.gid()) != (of.uid(), of.gid()) {
            std::os::unix::fs::lchown(path, Some(of.uid()), Some(of.gid()))?;
        }
        let needed = if metadata.is_dir() { 0o700 } else { 0o600 };
        if !metadata.is_symlink() && metadata.mode() & needed != needed {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(metadata.mode() & 0o7777 | needed))?;
        }
        Ok(metadata.is_dir())
    };
    let mut above = tree.parent();
    while let Some(folder) = above.filter(|folder| *folder != engine && folder.starts_with(engine)) {
        one(folder).map_err(|error| fault(folder, error))?;
        above = folder.parent();
    }
    let mut open = vec![tree.to_owned()];
    while let Some(path) = open.pop() {
        if one(&path).map_err(|error| fault(&path, error))? {
            let entries = std::fs::read_dir(&path).map_err(|error| fault(&path, error))?;
            for entry in entries {
                open.push(entry.map_err(|error| fault(&path, error))?.path());
            }
        }
    }
    Ok(())
}
