//! The base of a snapshot: an earlier one that has what did not change since, which does not travel again.
//!
//! A file whose digest is that of the base is only named in the catalogue, wherever the base has it: an index engine gives what it
//! saves another name each time. A base has no base of its own, so two bundles are all that a restore needs.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::catalogue::index::Index;
use super::catalogue::read::Catalogue;
use super::catalogue::{Entry, Kind};
use super::content::{Nothing, read_one};
use super::journal::State;
use super::latest;
use super::point::{BaseMark, Point, PointStore};
use super::store::files::read::Content;
use crate::bundle::reader::{BundleSource, ReadLimits};
use crate::error::{Error, Result, escape};
use crate::run::Context;
use crate::stream::fail;

/// A snapshot that a new one is made on the base of.
#[derive(Debug)]
pub(in crate::snapshot) struct Base {
    pub(in crate::snapshot) mark: BaseMark,
    point: Point,
    index: Index,
    /// The stores of files and their paths, by digest.
    digests: HashMap<[u8; 32], Vec<(usize, Vec<u8>)>>,
    sizes: HashSet<(usize, u64)>,
    /// Numbers of files that an entry of the new snapshot is: each becomes one file when it is restored.
    taken: HashSet<u64>,
}

impl Base {
    /// Reads the snapshot that a new one of a platform is made on the base of, or its catalogue alone if that is kept.
    ///
    /// # Errors
    /// `Usage` if it is of another platform, or on a base itself; `Damaged`; `File`; `Interrupted`.
    pub(in crate::snapshot) async fn read(path: &Path, platform: &str, context: &Context) -> Result<Self> {
        if let Ok(state) = State::place()
            && let Some((mark, point, catalogue)) = latest::find(&state, platform, path, &context.cancel).await
        {
            return Self::of(mark, point, &catalogue);
        }
        fail::point("base.whole");
        let source = BundleSource::Path(path.to_owned());
        let whole = read_one(&source, &ReadLimits::default(), context, &mut Nothing).await?;
        let refused = |what: String, hint: &str| {
            Err(Error::usage(what).at_path(path.display().to_string()).hint(hint.to_owned()))
        };
        if whole.header.profile.name != platform {
            let shown = escape::line(&whole.header.profile.name).into_owned();
            return refused(
                format!("the base is of the platform {shown}, not of {platform}"),
                "Name a snapshot of this platform with --base.",
            );
        }
        if let Some(own) = &whole.point.base {
            let hint = format!("Name its base: --base {}.", escape::line(&own.name));
            return refused("the base is a snapshot on a base itself".to_owned(), &hint);
        }
        let mark = BaseMark { id: whole.point.id.clone(), name: whole.end.mark.name, sha256: whole.end.mark.sha256 };
        Self::of(mark, whole.point, &whole.catalogue)
    }

    fn of(mark: BaseMark, point: Point, catalogue: &Catalogue) -> Result<Self> {
        let (mut digests, mut sizes) = (HashMap::<_, Vec<_>>::new(), HashSet::new());
        for entry in catalogue.entries.iter() {
            let entry = entry?;
            if entry.kind == Kind::File && entry.bytes > 0 {
                sizes.insert((entry.store, entry.bytes));
                digests.entry(entry.sha256.unwrap_or_default()).or_default().push((entry.store, entry.path));
            }
        }
        let index = Index::of(&point.names(), &catalogue.entries)?;
        Ok(Self { mark, index, point, digests, sizes, taken: HashSet::new() })
    }

    /// Returns a store as the base has it, with its entries in order.
    pub(in crate::snapshot) fn store(&self, name: &str) -> Option<(&PointStore, Vec<Entry>)> {
        let store = self.point.stores.iter().find(|store| store.name == name)?;
        Some((store, self.index.of_store(name)))
    }

    fn number(&self, store: &str) -> Option<usize> {
        self.point.stores.iter().position(|known| known.name == store)
    }

    /// Returns whether a store of the base has a file of this size.
    pub(in crate::snapshot) fn has_size(&self, store: &str, bytes: u64) -> bool {
        self.number(store).is_some_and(|store| self.sizes.contains(&(store, bytes)))
    }

    /// Returns the size of the file that the base has at the path of an entry.
    pub(in crate::snapshot) fn size_at(&self, store: &str, entry: &Entry) -> Option<u64> {
        self.index.file(store, &entry.path).map(|known| known.bytes)
    }

    /// Marks an entry that is known to be a file of the base.
    pub(in crate::snapshot) fn is_at(&mut self, store: &str, entry: &Entry) {
        self.taken.extend(self.index.file(store, &entry.path).map(|known| known.id));
    }

    /// Lets an entry be the file of the base that has its content, if there is one: that at its path, or another one that no entry
    /// is yet. Returns whether there is.
    pub(in crate::snapshot) fn take(&mut self, store: &str, entry: &mut Entry, content: &Content) -> bool {
        let Some(number) = self.number(store) else { return false };
        let same = |known: &&Entry| {
            (known.bytes, &known.holes, known.sha256) == (content.bytes, &content.holes, Some(content.sha256))
                && !self.taken.contains(&known.id)
        };
        let others = self.digests.get(&content.sha256).into_iter().flatten().filter(|(of, _)| *of == number);
        let paths = std::iter::once(&entry.path).chain(others.map(|(_, path)| path));
        let mut found = paths.filter_map(|path| self.index.file(store, path));
        let Some(known) = found.find(same) else { return false };
        entry.based = true;
        entry.link = (known.path != entry.path).then(|| known.path.clone());
        let id = known.id;
        self.taken.insert(id);
        true
    }
}
