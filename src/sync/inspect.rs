//! `inspect` and `verify`: a bundle without a database.
//!
//! Both read the whole bundle: its real contents are listed in its last member, and unchecked figures are not worth printing.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::bundle::reader::{self, BundleEnd, BundleSource, DumpFormat, Item, ReadLimits, ReadOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Progress;
use crate::model::manifest::BundleMark;
use crate::model::manifest::{Header, Totals};
use crate::run::ended::CARRY_AGAIN;
use crate::stream::budget::Budget;
use crate::stream::cancel::Cancel;

/// Memory for rows in flight. They are only counted, so a few batches are enough.
const BUDGET_BYTES: u64 = 4 << 20;

/// The contents of a bundle, counted.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Name, digest and size of the file.
    pub bundle: BundleMark,
    /// The header.
    pub header: Header,
    /// Name, rows and bytes by table, in bundle order.
    pub tables: Vec<(String, u64, u64)>,
    /// Physical files.
    pub files: u64,
    /// Sums.
    pub totals: Totals,
    /// Whether there was a `<bundle>.sha256` beside the file, in which case its digest was compared.
    pub sidecar: bool,
}

/// Reads the whole bundle once and checks every digest and count. `None` is standard input. The phase is `verify`.
///
/// # Errors
/// `Damaged` with the first bad member; `File` if it cannot be read; `Interrupted`.
pub async fn verify(
    file: Option<&Path>,
    limits: &ReadLimits,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Inspection> {
    let bytes = file.and_then(|path| path.metadata().ok()).map(|metadata| metadata.len());
    progress.phase("verify", None, bytes);
    let source = file.map_or(BundleSource::Stdin, |path| BundleSource::Path(path.to_owned()));
    let options = ReadOptions {
        dialect: DumpFormat::Bundle,
        limits: limits.clone(),
        budget: Budget::new(BUDGET_BYTES),
        outfile_columns: BTreeMap::new(),
    };
    let mut items = reader::read(source, options, progress.clone(), cancel.clone());
    let mut header = None;
    while let Some(item) = items.next().await.map_err(carry_again)? {
        match item {
            Item::Header(announced) => header = Some(*announced),
            Item::Rows { batch, .. } => progress.add_rows(batch.rows() as u64),
            Item::FileStart { .. } | Item::FileData(_) | Item::FileEnd { .. } => {}
            Item::End(end) => {
                let header = header.ok_or_else(|| Error::internal("bundle without a header"))?;
                return Ok(inspection(header, *end));
            }
        }
    }
    Err(Error::internal("bundle without an end"))
}

/// Adds a hint for damaged bundles.
fn carry_again(error: Error) -> Error {
    if error.kind() != ErrorKind::Damaged {
        return error;
    }
    error.hint(CARRY_AGAIN)
}

fn inspection(header: Header, end: BundleEnd) -> Inspection {
    let named = header.tables.iter().zip(&end.tables);
    let tables = named.map(|(table, end)| (table.name.clone(), end.rows, end.bytes)).collect();
    Inspection { bundle: end.mark, header, tables, files: end.files, totals: end.totals, sidecar: end.sidecar }
}
