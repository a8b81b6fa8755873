//! The catalogue of the latest snapshot of a platform that is on no base: it stays in the state folder, so that a snapshot on that base
//! need not read the bundle from its first byte to its last.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalogue::read::{Catalogue, check_tables};
use super::catalogue::write::Kept;
use super::point::{BaseMark, Point};
use crate::bundle::reader::{self, BundleSource, DumpFormat, Item, ReadLimits, ReadOptions};
use crate::bundle::writer::{self, BundleWriter, Compression};
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::model::manifest::{BundleMark, Header};
use crate::stream::budget::Budget;
use crate::stream::cancel::Cancel;
use crate::stream::codec::{Codec, Effort};
use crate::stream::durable;
use crate::stream::wait::block_on;

/// What stands beside the catalogue.
#[derive(Serialize, Deserialize)]
struct Latest {
    mark: BaseMark,
    bundle: Identity,
    /// File name of the catalogue, which is a bundle without the content of files.
    catalogue: String,
}

/// What is another one after a file was written to, copied or replaced.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    mtime: (i64, i64),
    ctime: (i64, i64),
}

impl Identity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            mtime: (metadata.mtime(), metadata.mtime_nsec()),
            ctime: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

fn path(folder: &Path, platform: &str) -> PathBuf {
    folder.join(format!("snapshot-latest-{platform}.json"))
}

fn read(folder: &Path, platform: &str) -> Option<Latest> {
    serde_json::from_slice(&fs::read(path(folder, platform)).ok()?).ok()
}

/// Keeps the catalogue of a snapshot whose bundle was written to a folder, in place of that of an earlier one of its platform, unless it
/// is on a base. Returns a warning if that fails: the snapshot is there.
pub(in crate::snapshot) fn keep(
    folder: &Path,
    target: Option<&Path>,
    id: &str,
    (bundle, header, mut files): (&BundleMark, &Header, Kept),
) -> Option<String> {
    let target = target.filter(|_| Point::of(header).is_ok_and(|point| point.base.is_none()))?;
    let mark = BaseMark { id: id.to_owned(), name: bundle.name.clone(), sha256: bundle.sha256.clone() };
    let kept = write(folder, &target.join(&bundle.name), &mark, header, &mut files);
    kept.err().map(|error| format!("its catalogue was not kept, so a snapshot on its base reads all of it: {error}"))
}

fn write(folder: &Path, bundle: &Path, mark: &BaseMark, header: &Header, files: &mut Kept) -> Result<()> {
    let platform = &header.profile.name;
    let earlier = read(folder, platform);
    let catalogue = format!("snapshot-latest-{platform}-{}.tar.zst", mark.id);
    let compression = Compression { codec: Codec::Zstd, effort: Effort::Quick, threads: 1 };
    let mut written = block_on(BundleWriter::private(Some(folder), &catalogue, compression, header))?;
    files.emit(&mut |table, file| block_on(written.dump_file(table, file)))?;
    block_on(written.finish())?;
    let fault = |error| Error::file(bundle, "a bundle that was just written cannot be looked at", error);
    let latest = Latest { mark: mark.clone(), bundle: Identity::of(bundle).map_err(fault)?, catalogue };
    let path = path(folder, platform);
    let write = || durable::write_private(&path, &serde_json::to_vec_pretty(&latest)?);
    write().map_err(|error| Error::file(&path, "the catalogue of a snapshot cannot be kept", error))?;
    if let Some(earlier) =
        earlier.filter(|earlier| earlier.catalogue != latest.catalogue && is_name(&earlier.catalogue))
    {
        writer::remove(folder, &earlier.catalogue);
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    !text.contains('/')
}

/// Returns the recovery point and the entries of a bundle, if they are kept and the bundle is the very file that they are of.
pub(in crate::snapshot) async fn find(
    folder: &Path,
    platform: &str,
    bundle: &Path,
    cancel: &Cancel,
) -> Option<(BaseMark, Point, Catalogue)> {
    let latest = read(folder, platform).filter(|latest| is_name(&latest.catalogue))?;
    if Identity::of(bundle).ok()? != latest.bundle {
        return None;
    }
    // If it cannot be read, nothing is lost: the bundle has all of it.
    let (point, catalogue) = catalogue(&folder.join(&latest.catalogue), cancel).await.ok()?;
    (point.id == latest.mark.id).then_some((latest.mark, point, catalogue))
}

async fn catalogue(path: &Path, cancel: &Cancel) -> Result<(Point, Catalogue)> {
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: ReadLimits::default(),
        budget: Budget::new(4 << 20),
        outfile_columns: BTreeMap::new(),
    };
    let mut items = reader::read(BundleSource::Path(path.to_owned()), options, Progress::silent(), cancel.clone());
    let mut catalogue = Catalogue::on(None, &std::env::temp_dir());
    let mut begun = None;
    while let Some(item) = items.next().await? {
        match (item, &begun) {
            (Item::Header(header), None) => {
                check_tables(&header, false)?;
                let point = Point::of(&header)?;
                let stores = point.names();
                begun = Some((point, stores));
            }
            (Item::Rows { table, batch, .. }, Some((_, stores))) => catalogue.add(table, &batch, stores)?,
            (Item::End(_), Some(_)) => break,
            _ => return Err(Error::damaged("a catalogue that was kept holds something else")),
        }
    }
    let (point, _) = begun.ok_or_else(|| Error::damaged("a catalogue that was kept has no header"))?;
    Ok((point, catalogue))
}
