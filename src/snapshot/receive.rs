//! Receives the stores of a snapshot while its bundle is read: each is put together beside its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::content::Take;
use super::journal::{Journal, State};
use super::platform::{Content, Store};
use super::point::Point;
use super::request::RestoreRequest;
use super::store::files::staging::Staging;
use super::store::sink;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::manifest::Header;
use crate::run::disk::{Parts, is_short, line};
use crate::stream::fail;

/// Takes the members of the stores that are restored.
pub(in crate::snapshot) struct Restorer<'a> {
    pub(in crate::snapshot) request: &'a RestoreRequest,
    /// The stores of the platform that are meant.
    pub(in crate::snapshot) stores: Vec<Store>,
    pub(in crate::snapshot) state: Option<&'a State>,
    pub(in crate::snapshot) journal: Journal,
    pub(in crate::snapshot) targets: Vec<Target>,
    /// The target of the member that is being read.
    pub(in crate::snapshot) open: Option<usize>,
}

/// Checks that each new name is for a store that is restored.
pub(in crate::snapshot) fn check_renames(request: &RestoreRequest) -> Result<()> {
    let known = request.selection.platform.store_names();
    let wrong =
        request.renames.iter().find(|(store, _)| !known.contains(&store.as_str()) || !request.selection.takes(store));
    match wrong {
        None if request.root.is_some() && !request.renames.is_empty() => {
            Err(Error::usage("--root takes every store, so none can get another name")
                .hint("Leave out --root or --rename."))
        }
        None => Ok(()),
        Some((store, _)) => {
            Err(Error::usage(format!("--rename names `{}`, which is not restored", escape::line(store)))
                .hint(format!("The platform has {}.", known.join(", "))))
        }
    }
}

impl Take for Restorer<'_> {
    fn begin(&mut self, header: &Header, point: &Point) -> Result<()> {
        let platform = &self.request.selection.platform.name;
        if header.profile.name != *platform {
            let shown = escape::line(&header.profile.name).into_owned();
            return Err(Error::schema(format!("the snapshot is of the platform {shown}, not of {platform}"))
                .hint(format!("Use the platform file that made it: --platform {shown}.")));
        }
        // The journal must name places that mean the same in another folder.
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|error| Error::file(path, "the folder cannot be used", error))
        };
        let root = self.request.root.as_deref().map(absolute).transpose()?;
        let beside = absolute(&self.request.aside)?;
        for store in &self.stores {
            let Some(index) = point.stores.iter().position(|known| known.name == store.name) else {
                if self.request.selection.only.contains(&store.name) {
                    return Err(Error::schema(format!("the snapshot does not hold the store {}", store.name)));
                }
                continue;
            };
            let rename = self.request.renames.iter().find(|(known, _)| *known == store.name).map(|(_, name)| &**name);
            let mut engine = sink(store, rename, &self.request.selection.credentials)?;
            if root.is_some() {
                engine = None;
            }
            if let Some(sink) = &mut engine {
                sink.may_replace(self.request.replace);
            }
            let folder = engine.as_mut().map(|sink| sink.probe(&point.stores[index])).transpose()?;
            let elsewhere = rename.filter(|_| engine.is_none()).map(PathBuf::from);
            let aside = store.aside && self.request.root.is_none() && elsewhere.is_none();
            let place = match (&root, &store.content) {
                (Some(root), _) => root.join(&store.name),
                (None, _) if elsewhere.is_some() => elsewhere.clone().unwrap_or_default(),
                (None, _) if folder.is_some() => folder.unwrap_or_default().join(&store.name),
                (None, Content::Folder { folder, .. }) if !aside => folder.clone(),
                (None, _) => beside.join(format!("{}-{}-{}", platform, &point.id[..point.id.len().min(8)], store.name)),
            };
            // Nobody uses an engine's new name yet.
            let live = self.request.root.is_none() && !aside && engine.is_none() && elsewhere.is_none();
            let own = self.request.root.is_none() && !aside && rename.is_none();
            let name = store.name.clone();
            self.targets.push(Target { index, name, place, live, own, staging: None, sink: engine });
        }
        if self.targets.is_empty() {
            return Err(Error::schema("the snapshot holds none of the stores that are to be restored"));
        }
        for target in &self.targets {
            target.check(self.request.replace)?;
        }
        self.check_room(point)?;
        if self.request.dry_run {
            return Ok(());
        }
        if let Some(root) = &root {
            fs::create_dir_all(root).map_err(|error| Error::file(root, "the folder cannot be created", error))?;
        }
        for target in &self.targets {
            self.journal.staging.push(target.staging_folder(&self.journal.id)?);
        }
        if let Some(state) = self.state {
            state.write(&self.journal)?;
        }
        for (target, folder) in self.targets.iter_mut().zip(&self.journal.staging) {
            target.staging = Some(Staging::create(folder)?);
        }
        fail::point("restore.staged");
        Ok(())
    }

    fn member(&mut self, store: Option<usize>, number: u64, part: Option<(u64, u64)>) -> Result<()> {
        self.open = self.targets.iter().position(|target| Some(target.index) == store);
        match self.staging() {
            Some(staging) => staging.begin(number, part),
            None => Ok(()),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<()> {
        match self.staging() {
            Some(staging) => staging.write(bytes),
            None => Ok(()),
        }
    }

    fn end(&mut self) {
        if let Some(staging) = self.staging() {
            staging.end();
        }
        fail::point("restore.member");
    }
}

impl Restorer<'_> {
    /// Refuses to begin if the stores do not fit on the disks of their places.
    fn check_room(&self, point: &Point) -> Result<()> {
        let mut parts = Parts::default();
        for target in &self.targets {
            let place = target.parent().ancestors().find(|folder| folder.is_dir());
            parts.add("what is restored", point.stores[target.index].bytes, place);
        }
        match parts.need().disks.iter().find(|disk| is_short(disk)) {
            None => Ok(()),
            Some(disk) => {
                let what = format!("not enough free space: {}", line(disk));
                Err(Error::new(ErrorKind::File, what)
                    .hint("Nothing was changed. Make room, restore fewer stores with --only, or below another folder with --root."))
            }
        }
    }

    fn staging(&mut self) -> Option<&mut Staging> {
        self.targets.get_mut(self.open?)?.staging.as_mut()
    }

    /// Removes what was not published, and then the journal that names it.
    pub(in crate::snapshot) fn drop_staging(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        for target in &mut self.targets {
            let loaded = self.journal.left.iter().any(|(store, _)| *store == target.name);
            if let Some(sink) = target.sink.as_mut().filter(|_| loaded) {
                outcome = outcome.and(sink.discard());
            }
            target.staging = None;
        }
        // What could not be removed is for `recover`.
        outcome?;
        self.state.map_or(Ok(()), State::clear)
    }
}
