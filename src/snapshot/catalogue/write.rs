//! Writes the rows of the catalogue.

use std::io::{self, Read, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::{Entry, FACTS, Part, STEPS, tables};
use crate::error::{Error, ErrorKind, Result};
use crate::model::batch::RowBatch;
use crate::model::hex::hex;
use crate::rows::dump::{DumpEncoder, DumpFile};
use crate::stream::spill::Spill;

/// Rows of a dump file; their bytes cut it as well.
const ROWS: u64 = 100_000;

/// Size of a dump file that is kept, and the bytes of such files that are kept in memory.
const KEPT_FILE_BYTES: usize = 2 << 20;
const KEPT_BYTES: usize = 4 << 20;

/// A step that was carried out, as the catalogue keeps it.
pub(in crate::snapshot) struct DoneStep<'a> {
    pub(in crate::snapshot) what: &'a str,
    pub(in crate::snapshot) started: &'a str,
    pub(in crate::snapshot) ended: &'a str,
    pub(in crate::snapshot) outcome: &'a str,
}

/// Makes the dump files of one table.
pub(in crate::snapshot) struct Rows {
    columns: usize,
    encoder: DumpEncoder,
}

impl Rows {
    fn new(table: usize, based: bool) -> Self {
        let header = tables(based).swap_remove(table);
        Self { columns: header.columns.len(), encoder: DumpEncoder::new(&header.columns, ROWS) }
    }

    fn cut_at(self, bytes: usize) -> Self {
        Self { encoder: self.encoder.cut_at(bytes), ..self }
    }

    fn push(&mut self, cells: &[Option<String>]) -> Option<DumpFile> {
        let mut batch = RowBatch::new(self.columns);
        cells.iter().for_each(|cell| batch.push(cell.as_ref().map(String::as_bytes)));
        batch.end_row(0);
        self.encoder.push(&batch, 0)
    }

    /// Hands out the dump files of some rows, one at a time.
    fn of(table: usize, rows: impl Iterator<Item = Vec<Option<String>>>, emit: &mut Emit<'_>) -> Result<()> {
        let mut own = Self::new(table, false);
        for row in rows {
            own.push(&row).map_or(Ok(()), |file| emit(table, file))?;
        }
        own.encoder.finish().map_or(Ok(()), |file| emit(table, file))
    }
}

/// Takes a dump file of the table at an index of the header.
pub(in crate::snapshot) type Emit<'a> = dyn FnMut(usize, DumpFile) -> Result<()> + 'a;

/// The dump files of a table, which are kept until all content is written.
pub(in crate::snapshot) struct Kept {
    table: usize,
    rows: Rows,
    content: Spill,
    /// Rows and bytes of each.
    files: Vec<(u64, usize)>,
}

impl Kept {
    /// Returns those of the table at an index of the header, which go to a file in a folder when they become many. `based`: the
    /// snapshot is on the base of another.
    pub(in crate::snapshot) fn new(table: usize, based: bool, folder: &Path) -> Self {
        let rows = Rows::new(table, based).cut_at(KEPT_FILE_BYTES);
        Self { table, rows, content: Spill::new(folder, KEPT_BYTES), files: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn push(&mut self, cells: &[Option<String>]) -> Result<()> {
        let file = self.rows.push(cells);
        self.keep(file)
    }

    fn keep(&mut self, file: Option<DumpFile>) -> Result<()> {
        let Some(file) = file else { return Ok(()) };
        self.files.push((file.rows, file.content.len()));
        self.content.write_all(&file.content).map_err(unkept)
    }

    /// Hands out the dump files.
    ///
    /// # Errors
    /// `File`; those of `emit`.
    pub(in crate::snapshot) fn emit(&mut self, emit: &mut Emit<'_>) -> Result<()> {
        let last = self.rows.encoder.finish();
        self.keep(last)?;
        let mut kept = self.content.read();
        for (rows, bytes) in &self.files {
            let mut content = vec![0; *bytes];
            kept.read_exact(&mut content).map_err(unkept)?;
            emit(self.table, DumpFile { rows: *rows, content })?;
        }
        Ok(())
    }
}

fn unkept(error: io::Error) -> Error {
    Error::new(ErrorKind::File, "the catalogue cannot be kept in a temporary file").because(error)
}

/// Returns the row of a part.
pub(in crate::snapshot) fn part(entry: &Entry, store: &str, part: &Part) -> Vec<Option<String>> {
    let number = |number: u64| Some(number.to_string());
    vec![
        number(part.file),
        number(part.part),
        number(part.offset),
        number(part.bytes),
        Some(hex(&part.sha256)),
        Some(entry.member(store, part)),
    ]
}

/// Returns the row of an entry, in a snapshot that may be on the base of the one with this id.
pub(in crate::snapshot) fn file(entry: &Entry, store: &str, base: Option<&str>) -> Vec<Option<String>> {
    let number = |number: u64| Some(number.to_string());
    let xattrs: serde_json::Map<String, Value> =
        entry.xattrs.iter().map(|(name, value)| (hex(name), Value::String(hex(value)))).collect();
    let mut cells = vec![
        number(entry.id),
        Some(store.to_owned()),
        Some(bytes(&entry.path)),
        Some(entry.kind.letter().to_owned()),
        number(entry.bytes),
        (!entry.holes.is_empty()).then(|| json!(entry.holes).to_string()),
        number(entry.mode.into()),
        number(entry.uid.into()),
        number(entry.gid.into()),
        entry.owner.as_deref().map(str::to_owned),
        entry.group.as_deref().map(str::to_owned),
        Some(entry.mtime.to_string()),
        entry.link.as_deref().map(bytes),
        (!xattrs.is_empty()).then(|| Value::Object(xattrs).to_string()),
        entry.sha256.as_ref().map(|digest| hex(digest)),
    ];
    cells.extend(base.map(|base| entry.based.then(|| base.to_owned())));
    cells
}

/// Hands out the dump files of the facts: store, object, measure, value.
///
/// # Errors
/// Those of `emit`.
pub(in crate::snapshot) fn facts(facts: &[(String, String, String, u64)], emit: &mut Emit<'_>) -> Result<()> {
    let row = |(store, object, measure, value): &(String, String, String, u64)| {
        vec![Some(store.clone()), Some(object.clone()), Some(measure.clone()), Some(value.to_string())]
    };
    Rows::of(FACTS, facts.iter().map(row), emit)
}

/// Hands out the dump files of the steps.
///
/// # Errors
/// Those of `emit`.
pub(in crate::snapshot) fn steps(steps: &[DoneStep<'_>], emit: &mut Emit<'_>) -> Result<()> {
    let row = |(index, step): (usize, &DoneStep<'_>)| {
        let text = |text: &str| Some(text.to_owned());
        vec![Some((index + 1).to_string()), text(step.what), text(step.started), text(step.ended), text(step.outcome)]
    };
    Rows::of(STEPS, steps.iter().enumerate().map(row), emit)
}

fn bytes(content: &[u8]) -> String {
    format!("\\x{}", hex(content))
}
