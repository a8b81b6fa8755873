//! The repository that a run registers in the engine, and how to take it away again.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Ask, Client};
use crate::error::{Error, Result};

/// How long the engine may use a repository after its snapshot was deleted.
const IN_USE: Duration = Duration::from_secs(30);

/// The longest file of a repository.
const CHUNK: &str = "16mb";

/// The beginning of the names of repositories, snapshots and folders.
pub(super) const PREFIX: &str = "gapsync_";

/// How a repository is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A snapshot is written as fast as the disks allow, because somebody waits for it.
    Write,
    /// A snapshot is written at the pace that the engine thinks fit beside its work.
    WriteGently,
    /// A snapshot is restored.
    Read,
}

/// Registers a folder as a repository. All nodes of the engine check that they can use it.
///
/// # Errors
/// `Database`.
pub(super) fn register(client: &Client, name: &str, folder: &Path, how: Use) -> Result<()> {
    let what = "the repository of the snapshot cannot be registered";
    let mut settings = json!({"location": folder.to_string_lossy(), "readonly": how == Use::Read});
    if how != Use::Read {
        // So each file is one member of the bundle, and `tar` alone makes a repository of it again.
        settings["chunk_size"] = CHUNK.into();
    }
    if how == Use::Write {
        settings["max_snapshot_bytes_per_sec"] = "0".into();
    }
    client
        .put(Ask { path: &["_snapshot", name], query: &[], what }, &json!({"type": "fs", "settings": settings}))
        .map(|_| ())
        .map_err(|error| error.hint("The user of the engine must be able to write to the folder of path.repo."))
}

/// Stops and deletes the snapshot of a repository, unregisters that and removes its folder, if these are given. Doing it again
/// does no harm.
///
/// # Errors
/// `Database` with the command that does it by hand; `File`.
pub(super) fn remove(client: &Client, name: &str, snapshot: Option<&str>, folder: Option<&Path>) -> Result<()> {
    let by_hand = |error: Error| {
        let folder = folder.map(|folder| format!(" && rm -r '{}'", folder.display())).unwrap_or_default();
        error.hint(format!("By hand: curl -X DELETE '{}/_snapshot/{name}'{folder}", client.address()))
    };
    // An engine that does not answer is not asked for half a minute.
    client.probe(Ask { path: &[], query: &[], what: "the repository cannot be unregistered" }).map_err(by_hand)?;
    if let Some(snapshot) = snapshot {
        let ask = Ask { path: &["_snapshot", name, snapshot], query: &[], what: "the snapshot cannot be deleted" };
        // It goes with the folder. What matters is that one in progress is stopped, and the next call waits for that.
        let _ = client.delete(ask);
    }
    let begun = Instant::now();
    let ask = Ask { path: &["_snapshot", name], query: &[], what: "the repository cannot be unregistered" };
    while let Err(error) = client.delete(ask) {
        if begun.elapsed() > IN_USE {
            return Err(by_hand(error));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let Some(folder) = folder else { return Ok(()) };
    // Nothing else is ever removed, whatever a journal says.
    let own = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    if !own {
        return Err(Error::internal("a folder that is not ours was to be removed"));
    }
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(by_hand(Error::file(folder, "the repository of the snapshot cannot be removed", error)))
        }
        _ => Ok(()),
    }
}
