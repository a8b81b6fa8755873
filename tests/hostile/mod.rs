//! Bundles that were damaged on their way or made to harm: each is refused, or means what the sound one means.

pub(crate) mod build;
pub(crate) mod flips;
mod limits;
mod members;
mod names;
mod outfile;
mod streams;

use std::collections::BTreeMap;
use std::path::Path;

use gapsync::bundle::reader::{self, BundleSource, DumpFormat, Item, ReadLimits, ReadOptions};
use gapsync::error::{Error, ErrorKind, Result};
use gapsync::event::Progress;
use gapsync::stream::budget::Budget;
use gapsync::stream::cancel::Cancel;
use gapsync::sync::inspect::{Inspection, verify};

use build::{Tar, on_disk};

/// Verifies a bundle with the default limits.
async fn verified(path: &Path) -> Result<Inspection> {
    verify(Some(path), &ReadLimits::default(), &Progress::silent(), &Cancel::default()).await
}

/// Verifies the bytes of a bundle.
async fn verified_bytes(bytes: &[u8]) -> Result<Inspection> {
    verified(&on_disk(bytes).path).await
}

/// Why the bundle that a tar is when ended is refused, with the member.
async fn refusal(tar: &Tar) -> (String, Option<String>) {
    refusal_of(&tar.ended()).await
}

/// Why a bundle is refused, with the member.
async fn refusal_of(bytes: &[u8]) -> (String, Option<String>) {
    let error = verified_bytes(bytes).await.expect_err("a bundle that is not sound");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    (error.what().to_owned(), error.place().member.clone())
}

fn said(what: &str, member: impl Into<Option<&'static str>>) -> (String, Option<String>) {
    (what.to_owned(), member.into().map(str::to_owned))
}

/// All that a bundle holds, in order, as text.
async fn items(path: &Path) -> Result<Vec<String>> {
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: ReadLimits::default(),
        budget: Budget::new(1 << 20),
        outfile_columns: BTreeMap::new(),
    };
    let mut stream = reader::read(BundleSource::Path(path.to_owned()), options, Progress::silent(), Cancel::default());
    let mut items = Vec::new();
    let mut data = Vec::new();
    while let Some(item) = stream.next().await? {
        match item {
            Item::Header(header) => items.push(format!("{header:?}")),
            Item::Rows { table, batch, .. } => {
                let rows = (0..batch.rows()).map(|row| {
                    let cells: Vec<_> = batch.row(row).map(|cell| cell.map(<[u8]>::to_vec)).collect();
                    format!("{table} {} {cells:?}", batch.position(row))
                });
                items.extend(rows);
            }
            Item::FileStart { path, bytes } => items.push(format!("{path} {bytes}")),
            Item::FileData(piece) => data.extend(piece),
            Item::FileEnd { md5, .. } => items.push(format!("{md5} {:?}", std::mem::take(&mut data))),
            Item::End(end) => {
                items.push(format!("{:?} {:?} {}", end.totals, end.tables, end.files));
                return Ok(items);
            }
        }
    }
    Err(Error::internal("no end"))
}
