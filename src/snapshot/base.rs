//! The base of a snapshot: an earlier one that has what did not change since, which does not travel again.
//!
//! A file whose digest is that of the base is only named in the catalogue. A base has no base of its own, so two bundles are all that
//! a restore needs.

use std::path::Path;

use super::catalogue::Entry;
use super::catalogue::index::Index;
use super::content::{Nothing, read_one};
use super::point::{BaseMark, Point, PointStore};
use crate::bundle::reader::{BundleSource, ReadLimits};
use crate::error::{Error, Result, escape};
use crate::run::Context;

/// A snapshot that a new one is made on the base of.
#[derive(Debug)]
pub(in crate::snapshot) struct Base {
    pub(in crate::snapshot) mark: BaseMark,
    point: Point,
    index: Index,
}

impl Base {
    /// Reads the snapshot that a new one of a platform is made on the base of.
    ///
    /// # Errors
    /// `Usage` if it is of another platform, or on a base itself; `Damaged`; `File`; `Interrupted`.
    pub(in crate::snapshot) async fn read(path: &Path, platform: &str, context: &Context) -> Result<Self> {
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
        let index = Index::of(&whole.point.names(), &whole.catalogue.entries)?;
        Ok(Self { mark, index, point: whole.point })
    }

    /// Returns a store as the base has it, with its entries in order.
    pub(in crate::snapshot) fn store(&self, name: &str) -> Option<(&PointStore, Vec<Entry>)> {
        let store = self.point.stores.iter().find(|store| store.name == name)?;
        Some((store, self.index.of_store(name)))
    }

    /// Returns the file of the base that an entry may still be the same as.
    pub(in crate::snapshot) fn candidate(&self, store: &str, entry: &Entry) -> Option<&Entry> {
        self.index.file(store, &entry.path).filter(|known| known.bytes == entry.bytes)
    }
}
