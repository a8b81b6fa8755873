//! Writes the rows of the catalogue.

use serde_json::{Value, json};

use super::{Entry, FACTS, FILES, PARTS, Part, STEPS, tables};
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
    fn new(table: usize) -> Self {
        let header = tables().swap_remove(table);
        Self { columns: header.columns.len(), encoder: DumpEncoder::new(&header.columns, ROWS) }
    }

    fn push(&mut self, cells: &[Option<String>]) -> Option<DumpFile> {
        let mut batch = RowBatch::new(self.columns);
        cells.iter().for_each(|cell| batch.push(cell.as_ref().map(String::as_bytes)));
        batch.end_row(0);
        self.encoder.push(&batch, 0)
    }

    /// Returns the dump files of some rows.
    fn of(table: usize, rows: impl Iterator<Item = Vec<Option<String>>>) -> Vec<DumpFile> {
        let mut own = Self::new(table);
        let mut files: Vec<DumpFile> = rows.filter_map(|row| own.push(&row)).collect();
        files.extend(own.encoder.finish());
        files
    }
}

/// Returns the dump files of the entries; the names of their stores are by index.
pub(in crate::snapshot) fn files(entries: &[Entry], stores: &[String]) -> Vec<DumpFile> {
    Rows::of(FILES, entries.iter().map(|entry| file(entry, &stores[entry.store])))
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
        entry.owner.clone(),
        entry.group.clone(),
        Some(entry.mtime.to_string()),
        entry.link.as_deref().map(bytes),
        (!xattrs.is_empty()).then(|| Value::Object(xattrs).to_string()),
        entry.sha256.clone(),
    ]
}

/// Returns the dump files of the parts.
pub(in crate::snapshot) fn parts(parts: &[Part]) -> Vec<DumpFile> {
    let row = |part: &Part| {
        let number = |number: u64| Some(number.to_string());
        vec![
            number(part.file),
            number(part.part),
            number(part.offset),
            number(part.bytes),
            Some(part.sha256.clone()),
            Some(part.member.clone()),
        ]
    };
    Rows::of(PARTS, parts.iter().map(row))
}

/// Returns the dump files of the facts: store, object, measure, value.
pub(in crate::snapshot) fn facts(facts: &[(String, String, String, u64)]) -> Vec<DumpFile> {
    let row = |(store, object, measure, value): &(String, String, String, u64)| {
        vec![Some(store.clone()), Some(object.clone()), Some(measure.clone()), Some(value.to_string())]
    };
    Rows::of(FACTS, facts.iter().map(row))
}

/// Returns the dump files of the steps.
pub(in crate::snapshot) fn steps(steps: &[DoneStep<'_>]) -> Vec<DumpFile> {
    let row = |(index, step): (usize, &DoneStep<'_>)| {
        let text = |text: &str| Some(text.to_owned());
        vec![Some((index + 1).to_string()), text(step.what), text(step.started), text(step.ended), text(step.outcome)]
    };
    Rows::of(STEPS, steps.iter().enumerate().map(row))
}

fn bytes(content: &[u8]) -> String {
    format!("\\x{}", hex(content))
}
