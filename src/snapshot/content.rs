//! Reads the bundle of a snapshot from its first byte to its last, and compares its catalogue with its members.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::catalogue::check::{self, Members, Sums};
use super::catalogue::read::{Catalogue, check_tables};
use super::catalogue::{Entry, part_of};
use super::held::{BaseContent, Held};
use super::point::{BaseMark, Point};
use crate::bundle::reader::{self, BundleEnd, BundleSource, DumpFormat, Item, ReadLimits, ReadOptions};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::model::manifest::Header;
use crate::run::Context;
use crate::stream::budget::Budget;
use crate::stream::digest::Tap;

/// Hint for a damaged snapshot.
const CARRY_AGAIN: &str = "Nothing was changed. Copy the bundle again, and compare its digest with the one that its creation showed; \
                           `gapsync snapshot verify` checks whether a copy is intact.";

/// Memory for rows of the catalogue in flight.
const BUDGET_BYTES: u64 = 4 << 20;

/// Takes the content of a snapshot while it is read. Nothing of it may be trusted before [`read`] has returned.
pub(in crate::snapshot) trait Take {
    /// Begins with the recovery point.
    ///
    /// # Errors
    /// If the snapshot cannot be taken here.
    fn begin(&mut self, header: &Header, point: &Point) -> Result<()>;

    /// Begins with the base of the snapshot, once all of the snapshot itself was taken: its members follow.
    ///
    /// # Errors
    /// If it cannot be taken here.
    fn begin_base(&mut self, _: &Point) -> Result<()> {
        Ok(())
    }

    /// Begins a member of a store, or with `None` one of no store: its number among all members, and file and offset if it
    /// is one of several parts.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn member(&mut self, store: Option<usize>, number: u64, part: Option<(u64, u64)>) -> Result<()>;

    /// Takes a piece of the member.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn piece(&mut self, bytes: &[u8]) -> Result<()>;

    /// Ends the member.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn end(&mut self) -> Result<()>;
}

/// Takes nothing.
pub(in crate::snapshot) struct Nothing;

impl Take for Nothing {
    fn begin(&mut self, _: &Header, _: &Point) -> Result<()> {
        Ok(())
    }

    fn member(&mut self, _: Option<usize>, _: u64, _: Option<(u64, u64)>) -> Result<()> {
        Ok(())
    }

    fn piece(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A snapshot that was read and checked.
#[derive(Debug)]
pub(in crate::snapshot) struct Whole {
    pub(in crate::snapshot) header: Header,
    pub(in crate::snapshot) point: Point,
    pub(in crate::snapshot) catalogue: Catalogue,
    /// What each store holds.
    pub(in crate::snapshot) sums: Vec<Sums>,
    pub(in crate::snapshot) end: BundleEnd,
    /// What does not travel again.
    pub(in crate::snapshot) base: Option<BaseContent>,
}

impl Whole {
    /// Returns the entries in order, each with what holds its content: in the base if the entry is based.
    ///
    /// # Errors
    /// In place of an entry: `File`.
    pub(in crate::snapshot) fn entries(&self) -> impl Iterator<Item = Result<(Entry, Option<Held>)>> + '_ {
        let mut based = self.base.as_ref().map(|base| base.iter());
        self.catalogue.own().map(move |own| {
            let (entry, held) = own?;
            let below = based.as_mut().filter(|_| entry.based).and_then(Iterator::next).transpose()?;
            Ok((entry, below.flatten().or(held)))
        })
    }
}

/// Checks that a bundle is the base that a snapshot names, and has all that the snapshot has of it.
fn based(below: &Whole, whole: &Whole, folder: &Path) -> Result<BaseContent> {
    let mark = whole.point.base.as_ref().ok_or_else(|| Error::internal("a snapshot without a base"))?;
    let end = &below.end.mark;
    if end.sha256 != mark.sha256 || below.point.id != mark.id {
        return Err(Error::damaged("the base is another bundle than the one that the snapshot was made on")
            .at_path(escape::line(&end.name).into_owned())
            .hint(wanted(mark)));
    }
    BaseContent::find((&below.catalogue, &below.point.names()), (&whole.catalogue, &whole.point.names()), folder)
}

fn wanted(mark: &BaseMark) -> String {
    format!(
        "Nothing was changed. Name it with --base: it was {}, with the SHA-256 {}.",
        escape::line(&mark.name),
        escape::line(&mark.sha256)
    )
}

/// Returns where the base of a snapshot is: what is named, which may be its folder, or a file of its name beside the bundle.
///
/// # Errors
/// `Damaged` if it is not there.
fn find(mark: &BaseMark, named: Option<&Path>, source: &BundleSource) -> Result<PathBuf> {
    let beside = match source {
        BundleSource::Path(path) => path.with_file_name(&mark.name),
        BundleSource::Stdin => PathBuf::from(&mark.name),
    };
    let path = named.map_or(beside, |named| if named.is_dir() { named.join(&mark.name) } else { named.to_owned() });
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::damaged("the base of the snapshot is missing").at_path(path.display().to_string()).hint(wanted(mark)))
}

/// The parts of one file, which come one after the other.
#[derive(Default)]
struct Join {
    id: u64,
    tap: Tap,
}

impl Join {
    /// Begins a part. The digest of the file before is complete then.
    fn begin(&mut self, part: Option<(u64, u64)>, members: &mut Members) -> Result<()> {
        let id = part.map_or(0, |(id, _)| id);
        if id != self.id {
            self.finish(members)?;
            *self = Self { id, tap: Tap::default() };
        }
        Ok(())
    }

    fn finish(&self, members: &mut Members) -> Result<()> {
        if self.id > 0 { members.join(self.id, self.tap.finish().sha256) } else { Ok(()) }
    }
}

/// Takes the base of a snapshot.
struct Below<'a>(&'a mut (dyn Take + Send));

impl Take for Below<'_> {
    fn begin(&mut self, _: &Header, point: &Point) -> Result<()> {
        self.0.begin_base(point)
    }

    fn member(&mut self, store: Option<usize>, number: u64, part: Option<(u64, u64)>) -> Result<()> {
        self.0.member(store, number, part)
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.piece(bytes)
    }

    fn end(&mut self) -> Result<()> {
        self.0.end()
    }
}

/// Reads a snapshot, and its base if it has one: that is named, or beside it.
///
/// # Errors
/// `Usage` if the bundle is none; `Damaged` with the first fault, also if the base is missing or another one; `File`;
/// `Interrupted`; those of `take`.
pub(in crate::snapshot) async fn read(
    source: &BundleSource,
    base: Option<&Path>,
    limits: &ReadLimits,
    context: &Context,
    take: &mut (dyn Take + Send),
) -> Result<Whole> {
    let mut whole = read_one(source, limits, context, take).await?;
    if let Some(mark) = &whole.point.base {
        let path = find(mark, base, source)?;
        let below = read_one(&BundleSource::Path(path), limits, context, &mut Below(take)).await?;
        whole.base = Some(based(&below, &whole, &std::env::temp_dir())?);
    }
    Ok(whole)
}

/// Reads a bundle without what it is on the base of.
///
/// # Errors
/// Those of [`read`].
pub(in crate::snapshot) async fn read_one(
    source: &BundleSource,
    limits: &ReadLimits,
    context: &Context,
    take: &mut (dyn Take + Send),
) -> Result<Whole> {
    let bytes = match source {
        BundleSource::Path(path) => path.metadata().ok().map(|metadata| metadata.len()),
        BundleSource::Stdin => None,
    };
    context.progress.phase("verify", None, bytes);
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: limits.clone(),
        budget: Budget::new(BUDGET_BYTES),
        outfile_columns: BTreeMap::new(),
    };
    let mut items = reader::read(source.clone(), options, context.progress.clone(), context.cancel.clone());
    // A bundle may lie where nobody may write.
    let folder = std::env::temp_dir();
    let (mut begun, mut catalogue, mut members) = (None, Catalogue::on(None, &folder), Members::new(&folder));
    let (mut path, mut size, mut join) = (String::new(), 0, Join::default());
    let mut stores = Vec::new();
    while let Some(item) = items.next().await.map_err(carry_again)? {
        match item {
            Item::Header(header) => {
                let point = Point::of(&header)?;
                check_tables(&header, point.base.is_some())?;
                catalogue = Catalogue::on(point.base.as_ref().map(|base| base.id.clone()), &folder);
                stores = point.names();
                take.begin(&header, &point)?;
                begun = Some((*header, point));
            }
            Item::Rows { table, batch, .. } => catalogue.add(table, &batch, &stores).map_err(carry_again)?,
            Item::FileStart { path: started, bytes } => {
                let (store, below) = started.split_once('/').unwrap_or((&started, ""));
                let store = stores.iter().position(|known| known == store);
                let part = part_of(below);
                join.begin(part, &mut members)?;
                take.member(store, members.count(), part)?;
                (path, size) = (started, bytes);
            }
            Item::FileData(piece) => {
                if join.id > 0 {
                    join.tap.update(&piece);
                }
                take.piece(&piece)?;
            }
            Item::FileEnd { sha256, .. } => {
                take.end()?;
                members.add(&path, size, sha256)?;
            }
            Item::End(end) => {
                join.finish(&mut members)?;
                let (header, point) = begun.ok_or_else(|| Error::internal("bundle without a header"))?;
                let sums = check::check(&mut catalogue, &members, &stores).map_err(carry_again)?;
                return Ok(Whole { header, point, catalogue, sums, end: *end, base: None });
            }
        }
    }
    Err(Error::internal("bundle without an end"))
}

/// Adds a hint for damaged bundles.
fn carry_again(error: Error) -> Error {
    if error.kind() == ErrorKind::Damaged { error.hint(CARRY_AGAIN) } else { error }
}
