//! Writes the rows of the catalogue.

use serde_json::{Value, json};

use super::{Entry, FACTS, FILES, PARTS, Part, STEPS, tables};
use crate::error::Result;
use crate::model::batch::RowBatch;
use crate::model::hex::hex;
use crate::rows::dump::{DumpEncoder, DumpFile};

/// Rows of a dump file; their bytes cut it as well.
const ROWS: u64 = 100_000;

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

    fn push(&mut self, cells: &[Option<String>]) -> Option<DumpFile> {
        let mut batch = RowBatch::new(self.columns);
        cells.iter().for_each(|cell| batch.push(cell.as_ref().map(String::as_bytes)));
        batch.end_row(0);
        self.encoder.push(&batch, 0)
    }

    /// Hands out the dump files of some rows, one at a time.
    fn of(
        table: usize,
        based: bool,
        rows: impl Iterator<Item = Vec<Option<String>>>,
        emit: &mut Emit<'_>,
    ) -> Result<()> {
        let mut own = Self::new(table, based);
        for row in rows {
            own.push(&row).map_or(Ok(()), |file| emit(table, file))?;
        }
        own.encoder.finish().map_or(Ok(()), |file| emit(table, file))
    }
}

/// Takes a dump file of the table at an index of the header.
pub(in crate::snapshot) type Emit<'a> = dyn FnMut(usize, DumpFile) -> Result<()> + 'a;

/// What the entries of a bundle are written from.
pub(in crate::snapshot) struct Content<'a> {
    /// The entries of all stores, numbered in order.
    pub(in crate::snapshot) entries: &'a [&'a [Entry]],
    /// The names of the stores by index.
    pub(in crate::snapshot) stores: &'a [String],
    /// The parts of files that have several, or holes, in order. Any other file is one part, or empty.
    pub(in crate::snapshot) parts: &'a [Part],
    /// The id of the snapshot that this one is on the base of.
    pub(in crate::snapshot) base: Option<&'a str>,
}

impl Content<'_> {
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().copied().flatten()
    }

    /// Hands out the dump files of the entries.
    ///
    /// # Errors
    /// Those of `emit`.
    pub(in crate::snapshot) fn files(&self, emit: &mut Emit<'_>) -> Result<()> {
        let row = |entry: &Entry| {
            let mut cells = file(entry, &self.stores[entry.store]);
            cells.extend(self.base.map(|base| entry.based.then(|| base.to_owned())));
            cells
        };
        Rows::of(FILES, self.base.is_some(), self.entries().map(row), emit)
    }

    /// Hands out the dump files of the parts.
    ///
    /// # Errors
    /// Those of `emit`.
    pub(in crate::snapshot) fn parts(&self, emit: &mut Emit<'_>) -> Result<()> {
        let mut rest = self.parts;
        let rows = self.entries().flat_map(|entry| {
            let own;
            (own, rest) = rest.split_at(rest.iter().take_while(|part| part.file == entry.id).count());
            let whole = own.is_empty().then(|| whole(entry)).flatten();
            own.iter().copied().chain(whole).map(|part| row(entry, &self.stores[entry.store], &part))
        });
        Rows::of(PARTS, false, rows, emit)
    }
}

/// Returns the only part of a file that travels as one member.
fn whole(entry: &Entry) -> Option<Part> {
    let sha256 = entry.sha256.filter(|_| entry.bytes > 0 && entry.holes.is_empty() && !entry.based)?;
    Some(Part { file: entry.id, part: 1, offset: 0, bytes: entry.bytes, sha256 })
}

fn row(entry: &Entry, store: &str, part: &Part) -> Vec<Option<String>> {
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

fn file(entry: &Entry, store: &str) -> Vec<Option<String>> {
    let number = |number: u64| Some(number.to_string());
    let xattrs: serde_json::Map<String, Value> =
        entry.xattrs.iter().map(|(name, value)| (hex(name), Value::String(hex(value)))).collect();
    vec![
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
    ]
}

/// Hands out the dump files of the facts: store, object, measure, value.
///
/// # Errors
/// Those of `emit`.
pub(in crate::snapshot) fn facts(facts: &[(String, String, String, u64)], emit: &mut Emit<'_>) -> Result<()> {
    let row = |(store, object, measure, value): &(String, String, String, u64)| {
        vec![Some(store.clone()), Some(object.clone()), Some(measure.clone()), Some(value.to_string())]
    };
    Rows::of(FACTS, false, facts.iter().map(row), emit)
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
    Rows::of(STEPS, false, steps.iter().enumerate().map(row), emit)
}

fn bytes(content: &[u8]) -> String {
    format!("\\x{}", hex(content))
}
