//! `snapshot drill`: restores a snapshot on trial, under names and into folders that nobody uses, compares it with its facts, and
//! removes all of it again. What it has shown stands in a certificate beside the bundle.
//!
//! A drill is a restore that is never published: whatever happens, it is taken back, as one that failed would be.

use std::path::{Path, PathBuf};

use super::kept::{header, kept};
use super::platform::{Content, Store};
use super::point::{Point, PointStore};
use super::report::SnapshotBody;
use super::request::{DrillRequest, NotDrilled, RestoreRequest, Selection, Until};
use super::restore::restore;
use super::store::sink;
use crate::bundle::reader::BundleSource;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::run::Context;
use crate::run::ended::Ended;

/// Restores a snapshot on trial: that of the request, or the newest of the platform in a folder.
///
/// # Errors
/// Those that end it before it has a report: `File` if there is no snapshot; `Schema` if none of its stores can be restored on
/// trial; `Usage`; those of the engines.
pub async fn drill(request: &DrillRequest, context: &Context) -> Result<Ended<SnapshotBody>> {
    request.selection.check_names()?;
    let bundle = match &request.bundle {
        Some(bundle) => bundle.clone(),
        None => newest(request, context).await?,
    };
    let point = header(&bundle, "the bundle", &context.cancel).await?.snapshot;
    let scratch = scratch(request, &bundle)?;
    let trial = tokio::task::block_in_place(|| Trial::of(request, &point, &scratch))?;
    let restore_request = RestoreRequest {
        selection: Selection { only: trial.taken, without: Vec::new(), ..request.selection.clone() },
        source: BundleSource::Path(bundle),
        root: None,
        aside: scratch,
        base: None,
        until: Until::default(),
        renames: trial.renames,
        replace: false,
        kill_leftovers: false,
        no_start: true,
        resume: false,
        command: String::new(),
        dry_run: false,
        drill: Some(trial.left),
        require_drill: false,
        limits: request.limits.clone(),
    };
    Ok(Box::pin(restore(&restore_request, context)).await)
}

/// Returns the newest snapshot of the platform in a folder.
async fn newest(request: &DrillRequest, context: &Context) -> Result<PathBuf> {
    let platform = &request.selection.platform.name;
    let (found, unread) = kept(&request.folder, &context.cancel).await?;
    for line in unread {
        context.progress.warning(format!("left out: {}", escape::line(&line)));
    }
    let newest = found.into_iter().find(|kept| kept.platform == *platform);
    newest.map(|kept| request.folder.join(kept.name)).ok_or_else(|| {
        Error::new(ErrorKind::File, format!("there is no snapshot of {platform} in the folder"))
            .at_path(request.folder.display().to_string())
            .hint("Name the folder of its snapshots, or one snapshot with --file.")
    })
}

/// Returns the folder for stores of files: where the bundle is, unless another one is named.
fn scratch(request: &DrillRequest, bundle: &Path) -> Result<PathBuf> {
    let folder = request.scratch.as_deref().or(bundle.parent().filter(|folder| !folder.as_os_str().is_empty()));
    let folder = folder.unwrap_or(Path::new("."));
    folder.canonicalize().map_err(|error| Error::file(folder, "the folder for the drill cannot be used", error))
}

/// Which stores are restored on trial, under which names, and which are not.
struct Trial {
    taken: Vec<String>,
    renames: Vec<(String, String)>,
    left: Vec<NotDrilled>,
}

impl Trial {
    /// Asks every store of a snapshot whether it can be restored on trial.
    fn of(request: &DrillRequest, point: &Point, scratch: &Path) -> Result<Self> {
        let selection = &request.selection;
        let values = selection.platform.values(&selection.values)?;
        let stores = selection.platform.stores(&values, |name| selection.takes(name))?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let mut trial = Self { taken: Vec::new(), renames: Vec::new(), left: Vec::new() };
        for (index, saved) in point.stores.iter().enumerate() {
            let Some(store) = stores.iter().find(|store| store.name == saved.name) else {
                let why = if selection.platform.store_names().contains(&saved.name.as_str()) {
                    "it was not asked for"
                } else {
                    "it is not restored: the platform file has no such store"
                };
                trial.left.push(NotDrilled { store: saved.name.clone(), why: why.to_owned() });
                continue;
            };
            let name = name(store, &format!("{}_{index}", &id[..8]), scratch);
            match possible(store, &name, saved, selection) {
                Ok(()) => {
                    trial.taken.push(store.name.clone());
                    trial.renames.push((store.name.clone(), name));
                }
                // What it cannot do under another name is no fault of the snapshot.
                Err(error) if matches!(error.kind(), ErrorKind::Schema | ErrorKind::Usage) => {
                    trial.left.push(NotDrilled { store: store.name.clone(), why: error.to_string() });
                }
                Err(error) => return Err(error),
            }
        }
        if trial.taken.is_empty() {
            let why = trial.left.first().map(|left| format!(": {}: {}", left.store, left.why)).unwrap_or_default();
            return Err(Error::schema(format!("no store of the snapshot can be restored on trial{why}")));
        }
        Ok(trial)
    }
}

/// Returns a name for a store that nobody uses.
fn name(store: &Store, id: &str, scratch: &Path) -> String {
    match &store.content {
        Content::Cassandra(_) | Content::Mariadb(_) => format!("gapsync_drill_{id}"),
        Content::Postgresql(config) if config.folder.is_none() => format!("gapsync_drill_{id}"),
        Content::Search(_) => format!("gapsync-drill-{id}-*"),
        _ => scratch.join(format!("gapsync-drill-{id}-{}", store.name)).display().to_string(),
    }
}

/// Asks whether a store can be restored under another name.
fn possible(store: &Store, name: &str, saved: &PointStore, selection: &Selection) -> Result<()> {
    match sink(store, Some(name), &selection.credentials)? {
        Some(mut sink) => sink.probe(saved).map(|_| ()),
        None => Ok(()),
    }
}
