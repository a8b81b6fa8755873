//! `snapshot list`: the snapshots in a folder, with their age.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::certificate::Certificate;
use super::chain::missing;
use super::point::{BaseMark, Point};
use crate::bundle::reader::{self, BundleSource, DumpFormat, Item, ReadLimits, ReadOptions};
use crate::error::{Error, Result};
use crate::event::Progress;
use crate::stream::budget::Budget;
use crate::stream::cancel::Cancel;

/// A snapshot in a folder.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// Name of the file.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The platform.
    pub platform: String,
    /// When it was made, UTC.
    pub created_at: String,
    /// How old it is.
    pub age_seconds: u64,
    /// Its recovery point.
    pub snapshot: Point,
    /// Whether the file with its digest is beside it.
    pub sidecar: bool,
    /// Its newest drill, if there is a certificate about this very bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<KeptDrill>,
}

/// The drill of a snapshot in a folder.
#[derive(Clone, Debug, Serialize)]
pub struct KeptDrill {
    /// When it ended, UTC.
    pub finished_at: String,
    /// How long ago that is.
    pub age_seconds: u64,
    /// Whether every store was restored.
    pub full: bool,
}

/// Lists the snapshots in a folder, the newest first, and the bundles whose header cannot be read. Only headers are read.
///
/// # Errors
/// `File` if the folder cannot be read.
pub async fn kept(folder: &Path, cancel: &Cancel) -> Result<(Vec<Kept>, Vec<String>)> {
    let fault = |error| Error::file(folder, "the folder cannot be read", error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let name = entry.map_err(fault)?.file_name();
        let shown = name.to_string_lossy().into_owned();
        let tarball = [".tar", ".tar.gz", ".tar.zst"].iter().any(|suffix| shown.ends_with(suffix));
        if shown.contains("-snapshot-") && tarball {
            names.push((shown, folder.join(name)));
        }
    }
    names.sort();
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for (name, path) in names {
        cancel.check()?;
        match header(&path, &name, cancel).await {
            Ok(kept) => found.push(kept),
            Err(error) => unread.push(format!("{name}: {error}")),
        }
    }
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.name.cmp(&a.name)));
    Ok((found, unread))
}

/// Returns the numbers that are missing in the chain of each platform.
#[must_use]
pub fn gaps(found: &[Kept]) -> Vec<(String, Vec<u64>)> {
    let mut chains: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for kept in found.iter().filter(|kept| kept.snapshot.link.sequence > 0) {
        let chain = (kept.platform.as_str(), kept.snapshot.link.chain.as_str());
        chains.entry(chain).or_default().push(kept.snapshot.link.sequence);
    }
    let gaps = chains.into_iter().map(|((platform, _), sequences)| (platform.to_owned(), missing(sequences)));
    gaps.filter(|(_, missing)| !missing.is_empty()).collect()
}

/// Returns the snapshots whose base is not among those that were found, each with that base.
#[must_use]
pub fn without_base(found: &[Kept]) -> Vec<(&Kept, &BaseMark)> {
    let is_there = |base: &BaseMark| found.iter().any(|kept| kept.snapshot.id == base.id);
    let based = found.iter().filter_map(|kept| Some((kept, kept.snapshot.base.as_ref()?)));
    based.filter(|(_, base)| !is_there(base)).collect()
}

pub(in crate::snapshot) async fn header(path: &Path, name: &str, cancel: &Cancel) -> Result<Kept> {
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: ReadLimits::default(),
        budget: Budget::new(1 << 20),
        outfile_columns: BTreeMap::new(),
    };
    let source = BundleSource::Path(path.to_owned());
    let mut items = reader::read(source, options, Progress::silent(), cancel.clone());
    let Some(Item::Header(header)) = items.next().await? else {
        return Err(Error::damaged("the bundle does not begin with its header"));
    };
    let snapshot = Point::of(&header)?;
    let bytes = path.metadata().map_or(0, |metadata| metadata.len());
    let age_seconds = age(&header.created_at).ok_or_else(|| Error::damaged("the snapshot has no date"))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".sha256");
    // A certificate that is malformed, or about another file, attests nothing.
    let certificate = Certificate::read(path).ok().flatten().filter(|certificate| {
        let digest = std::fs::read_to_string(&beside).unwrap_or_default();
        certificate.bundle.bytes == bytes && digest.starts_with(&certificate.bundle.sha256)
    });
    let drill = certificate.and_then(|certificate| {
        let Certificate { finished_at, full, .. } = certificate;
        Some(KeptDrill { age_seconds: age(&finished_at)?, finished_at, full })
    });
    Ok(Kept {
        name: name.to_owned(),
        bytes,
        platform: header.profile.name,
        created_at: header.created_at,
        age_seconds,
        snapshot,
        sidecar: Path::new(&beside).is_file(),
        drill,
    })
}

/// Returns how many seconds ago a neutral timestamp was; zero for one in the future.
fn age(created_at: &str) -> Option<u64> {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let whole = created_at.split('.').next()?;
    let made = PrimitiveDateTime::parse(whole, &FORMAT).ok()?.assume_utc();
    Some(u64::try_from((OffsetDateTime::now_utc() - made).whole_seconds()).unwrap_or(0))
}
