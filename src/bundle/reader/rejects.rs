//! Reads a rejects file as if it were a bundle: table by table, in whatever order its rows are.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::PathBuf;

use super::emit::Output;
use super::{BundleEnd, Item, TableEnd};
use crate::error::{Error, Result};
use crate::model::batch::{Position, RowBatch};
use crate::model::manifest::BundleMark;
use crate::model::manifest::{Header, TableHeader, Totals};
use crate::rows::rejects::{RejectReader, RejectRow, RowPlace};
use crate::stream::cancel::Cancel;
use crate::stream::codec::Codec;

/// Size at which a batch of rows is passed on.
const BATCH_BYTES: usize = 256 << 10;

/// Consecutive rows of one table in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where the first row begins.
    pub place: RowPlace,
    /// Number of rows.
    pub rows: u64,
}

/// The result of a first pass over a rejects file.
#[derive(Clone, Debug)]
pub struct RejectsPlan {
    /// The file.
    pub path: PathBuf,
    /// Its tables, as a bundle would announce them. Each table without rows is sent as an empty batch.
    pub header: Header,
    /// The stretches of each table's rows in the file.
    pub stretches: Vec<Vec<Stretch>>,
    /// Name, digest and size of the file.
    pub mark: BundleMark,
    /// Size limit of a row.
    pub max_row_bytes: u64,
}

/// Sends the items of the file, including the end.
///
/// # Errors
/// Those of `reader::ItemStream::next`.
pub(super) fn read(plan: &RejectsPlan, output: &Output, cancel: &Cancel) -> Result<()> {
    output.send(Item::Header(Box::new(plan.header.clone())))?;
    let mut tables = Vec::with_capacity(plan.stretches.len());
    for (index, (table, stretches)) in plan.header.tables.iter().zip(&plan.stretches).enumerate() {
        if stretches.is_empty() {
            output.rows(index, RowBatch::new(table.columns.len()))?;
        }
        let mut end = TableEnd { rows: 0, bytes: 0, dump_files: 1 };
        for stretch in stretches {
            cancel.check()?;
            end.rows += stretch.rows;
            end.bytes += rows(plan, *stretch, index, output).map_err(|error| error.at_table(&table.name))?;
        }
        tables.push(end);
    }
    let rows = tables.iter().map(|table| table.rows).sum();
    let totals = Totals { members: 1, rows, bytes: plan.mark.bytes };
    let (mark, codec) = (plan.mark.clone(), Codec::None);
    let (rejected, unknown_members) = (BTreeMap::new(), Vec::new());
    let end = BundleEnd { mark, codec, totals, tables, files: 0, rejected, sidecar: false, unknown_members };
    output.send(Item::End(Box::new(end)))
}

/// Reads a stretch of rows and returns its size in bytes.
fn rows(plan: &RejectsPlan, stretch: Stretch, index: usize, output: &Output) -> Result<u64> {
    let table = &plan.header.tables[index];
    let opened = File::open(&plan.path).and_then(|mut file| {
        file.seek(SeekFrom::Start(stretch.place.offset))?;
        Ok(BufReader::new(file))
    });
    let input = opened.map_err(|error| Error::file(&plan.path, "the rejects file cannot be read", error))?;
    let mut reader = RejectReader::at(input, stretch.place, plan.max_row_bytes);
    let mut batch = RowBatch::new(table.columns.len());
    for _ in 0..stretch.rows {
        let found = reader.next_row()?.filter(|(_, row)| row.table == table.name);
        let (place, row) = found.ok_or_else(changed)?;
        push(&mut batch, table, &row).map_err(|error| error.at_line(place.line))?;
        batch.end_row(Position { dump_file: 1, line: place.line }.to_number());
        if batch.bytes() >= BATCH_BYTES {
            output.rows(index, std::mem::replace(&mut batch, RowBatch::new(table.columns.len())))?;
        }
    }
    if !batch.is_empty() {
        output.rows(index, batch)?;
    }
    Ok(reader.place().offset - stretch.place.offset)
}

fn push(batch: &mut RowBatch, table: &TableHeader, row: &RejectRow) -> Result<()> {
    if row.fields.len() > table.columns.len() {
        return Err(changed());
    }
    for (index, column) in table.columns.iter().enumerate() {
        // Rows of a table have their columns in the same order, unless somebody has rewritten them.
        let same = row.fields.get(index).filter(|(name, _)| *name == column.name);
        let found = same.or_else(|| row.fields.iter().find(|(name, _)| *name == column.name));
        batch.push(found.and_then(|(_, value)| value.as_deref()).map(str::as_bytes));
    }
    Ok(())
}

fn changed() -> Error {
    Error::damaged("the rejects file was changed while it was being read")
}
