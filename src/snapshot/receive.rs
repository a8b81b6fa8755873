//! Receives the stores of a snapshot while its bundle is read: each is put together beside its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::content::Take;
use super::journal::{Journal, Progressed, State};
use super::platform::{Content, Store};
use super::point::{Point, PointStore};
use super::recover::undo_moves;
use super::request::{RestoreRequest, Until};
use super::resume;
use super::store::contract::{Earlier, Left, Sink};
use super::store::files::staging::Staging;
use super::store::{sink, undo};
use super::target::Target;
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::manifest::Header;
use crate::run::disk::{Parts, is_short, line};
use crate::run::report::grid::size;
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
    /// The names of the stores of the base, once that is read.
    pub(in crate::snapshot) of_base: Option<Vec<String>>,
    /// Whether an earlier run has begun it.
    pub(in crate::snapshot) resumed: bool,
    /// What of the earlier run was of use, a sentence for each store.
    pub(in crate::snapshot) continued: Vec<String>,
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
        self.identify(header)?;
        // The journal must name places that mean the same in another folder.
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|error| Error::file(path, "the folder cannot be used", error))
        };
        let root = self.request.root.as_deref().map(absolute).transpose()?;
        let beside = absolute(&self.request.aside)?;
        for store in &self.stores.clone() {
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
            let goes = engine.as_mut().is_some_and(|sink| sink.until(&self.request.until));
            if root.is_some() && self.request.until != Until::Instant {
                let what = "--root puts the files of a store into a folder and recovers no server, so no other moment is reached";
                return Err(Error::usage(what).hint(
                    "Nothing was changed. Leave out --root: --rename STORE=/FOLDER recovers a server into another data folder.",
                ));
            }
            if !goes && self.request.until != Until::Instant {
                let what =
                    format!("the store {} has no log of changes, so it is only restored to its snapshot", store.name);
                return Err(Error::usage(what).hint("Choose the stores that go to another moment with --only."));
            }
            let probed = engine.as_mut().filter(|_| !self.journal.published);
            let folder = probed.map(|sink| self.enter(&mut **sink, store, &point.stores[index])).transpose()?;
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
        if self.resumed {
            self.take_staging()?;
        }
        if !self.journal.published {
            self.targets.iter().try_for_each(|target| target.check(self.request.replace))?;
            self.check_room(point)?;
        }
        if self.request.dry_run {
            return Ok(());
        }
        if let Some(root) = &root {
            fs::create_dir_all(root).map_err(|error| Error::file(root, "the folder cannot be created", error))?;
        }
        if !self.resumed {
            self.journal.staging = self.staging_folders()?;
        }
        if let Some(state) = self.state {
            state.write(&self.journal)?;
        }
        for (target, folder) in self.targets.iter_mut().zip(&self.journal.staging).filter(|_| !self.resumed) {
            target.staging = Some(Staging::create(folder)?);
        }
        fail::point("restore.staged");
        Ok(())
    }

    fn begin_base(&mut self, point: &Point) -> Result<()> {
        self.of_base = Some(point.names());
        Ok(())
    }

    fn member(&mut self, store: Option<usize>, number: u64, part: Option<(u64, u64)>) -> Result<()> {
        let is_of = |target: &Target| match &self.of_base {
            Some(names) => store.is_some_and(|store| names[store] == target.name),
            None => Some(target.index) == store,
        };
        let wanted = |target: &Target| is_of(target) && self.is_missing(target);
        self.open = self.targets.iter().position(wanted);
        let of_base = self.of_base.is_some();
        match self.staging() {
            Some(staging) => staging.begin(number, part, of_base),
            None => Ok(()),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<()> {
        match self.staging() {
            Some(staging) => staging.write(bytes),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<()> {
        if let Some(staging) = self.staging() {
            staging.end()?;
        }
        fail::point("restore.member");
        Ok(())
    }
}

impl Restorer<'_> {
    /// Returns whether a store is still to be put together.
    pub(in crate::snapshot) fn is_missing(&self, target: &Target) -> bool {
        !self.journal.published && !self.is_loaded(&target.name)
    }

    fn staging_folders(&self) -> Result<Vec<PathBuf>> {
        self.targets.iter().map(|target| target.staging_folder(&self.journal.id)).collect()
    }

    /// Takes the folders of the earlier run.
    fn take_staging(&mut self) -> Result<()> {
        if !self.journal.published && self.staging_folders()? != self.journal.staging {
            return Err(Error::usage("the stores do not go where the restore that stopped was putting them")
                .hint("Run it in the same folder and with the same platform file, or `gapsync snapshot recover`."));
        }
        let folders = self.journal.staging.clone();
        for (index, folder) in folders.iter().enumerate().take(self.targets.len()) {
            let missing = self.is_missing(&self.targets[index]);
            let staging = if missing { Staging::resume(folder)? } else { Staging::at(folder) };
            self.targets[index].staging = Some(staging);
        }
        Ok(())
    }

    /// Notes what the restore was asked for, or checks that it is what an earlier run was asked for. Renames and flags of that
    /// run are taken back.
    ///
    /// # Errors
    /// `Usage` for another bundle; `File`.
    pub(in crate::snapshot) fn identify(&mut self, header: &Header) -> Result<()> {
        // A drill does not go on: it is held anew.
        if self.request.drill.is_some() {
            return Ok(());
        }
        let header = resume::digest_of(header)?;
        let Some(progressed) = &self.journal.progressed else {
            let (command, options) = (self.request.command.clone(), resume::options(self.request)?);
            self.journal.progressed = Some(Progressed { command, header, options, ..Progressed::default() });
            return Ok(());
        };
        if progressed.header != header {
            return Err(resume::other("the bundle is not that", progressed));
        }
        self.resumed = true;
        if !self.journal.published {
            undo_moves(&self.journal)?;
            self.journal.moves.clear();
        }
        for flag in &self.journal.flags {
            flag.take_out()?;
        }
        Ok(())
    }

    /// Notes the digest of the bundle, now that all of it was read.
    ///
    /// # Errors
    /// `Usage` if an earlier run has read another one; `File`.
    pub(in crate::snapshot) fn read_whole(&mut self, sha256: &str) -> Result<()> {
        let Some(progressed) = &mut self.journal.progressed else { return Ok(()) };
        if progressed.bundle.as_ref().is_some_and(|known| known != sha256) {
            return Err(resume::other("the digest of the bundle is not that", progressed));
        }
        progressed.bundle = Some(sha256.to_owned());
        self.state.map_or(Ok(()), |state| state.write(&self.journal))?;
        let reused = self.targets.iter().filter_map(|target| {
            let reused = target.staging.as_ref()?.reused()?;
            Some(format!("{}: {} were staged already, and are those of the bundle", target.name, size(reused)))
        });
        self.continued.extend(reused);
        Ok(())
    }

    /// Returns whether an engine has taken all of a store.
    pub(in crate::snapshot) fn is_loaded(&self, store: &str) -> bool {
        let progressed = self.journal.progressed.as_ref();
        progressed.is_some_and(|progressed| progressed.loaded.iter().any(|known| known == store))
    }

    /// Asks an engine whether the store can be restored, or lets it take over what an earlier run has left there. Returns the
    /// folder for the tree.
    ///
    /// # Errors
    /// Those of the engine.
    pub(in crate::snapshot) fn enter(
        &mut self,
        sink: &mut dyn Sink,
        store: &Store,
        kept: &PointStore,
    ) -> Result<PathBuf> {
        let name = &store.name;
        let loaded = self.is_loaded(name);
        let own = |(known, left): &(String, Left)| (known == name).then(|| left.clone());
        let left: Vec<Left> = self.journal.left.iter().filter_map(own).collect();
        if !self.resumed || (left.is_empty() && !loaded) {
            return sink.probe(kept);
        }
        let staging = self.journal.staging.get(self.targets.len());
        let tree = Staging::at(staging.map_or(Path::new(""), PathBuf::as_path)).tree();
        let earlier = Earlier { left: left.iter().collect(), loaded, id: &self.journal.id, tree: &tree };
        if let Some(folder) = sink.take_over(kept, &earlier)? {
            let how = if loaded { "was loaded already" } else { "is loaded from where it stopped" };
            self.continued.push(format!("{name}: {how}"));
            return Ok(folder);
        }
        for left in left.iter().rev() {
            undo(name, left, &self.request.selection.credentials)?;
        }
        self.journal.left.retain(|(known, _)| known != name);
        if let Some(progressed) = &mut self.journal.progressed {
            progressed.loaded.retain(|known| known != name);
        }
        self.state.map_or(Ok(()), |state| state.write(&self.journal))?;
        self.continued.push(format!("{name}: is loaded anew, as its engine cannot tell what of it is complete"));
        sink.probe(kept)
    }

    /// Leaves everything for a later run, and returns the command that goes on with it.
    pub(in crate::snapshot) fn keep(&mut self) -> Option<String> {
        self.targets.iter_mut().filter_map(|target| target.staging.as_mut()).for_each(Staging::keep);
        self.journal.progressed.as_ref().map(|progressed| progressed.command.clone())
    }

    /// Refuses to begin if the stores do not fit on the disks of their places.
    fn check_room(&self, point: &Point) -> Result<()> {
        let mut parts = Parts::default();
        for target in self.targets.iter().filter(|target| self.is_missing(target)) {
            let place = target.parent().ancestors().find(|folder| folder.is_dir());
            let held = target.staging.as_ref().map_or(0, Staging::held);
            parts.add("what is restored", point.stores[target.index].bytes.saturating_sub(held), place);
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
    ///
    /// # Errors
    /// Those of an engine that cannot be asked to remove what it has. All of the restore stays then.
    pub(in crate::snapshot) fn drop_staging(&mut self) -> Result<()> {
        let mut outcome = Ok(());
        for target in &mut self.targets {
            let loaded = self.journal.left.iter().any(|(store, _)| *store == target.name);
            if let Some(sink) = target.sink.as_mut().filter(|_| loaded) {
                outcome = outcome.and(sink.discard());
            }
        }
        // What could not be removed is for `recover`, or for a restore that goes on.
        outcome?;
        self.targets.iter_mut().filter_map(|target| target.staging.take()).for_each(Staging::discard);
        self.state.map_or(Ok(()), State::clear)
    }
}
