//! Writes the source's rows to dump files, table by table; for each table, the rows that others refer to come last.

use std::collections::BTreeMap;

use roaring::RoaringTreemap;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::bundle::writer::BundleWriter;
use crate::db::dialect::Dialect;
use crate::db::rows::{ReadBatch, ReadSelect};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::manifest::{REFERENCE_HASH, UNKNOWN_HASH};
use crate::rows::dump::{DumpEncoder, DumpFile};
use crate::run::rejects::{Reject, Rejects};
use crate::sync::report::ExportCounts;

use super::plan::{Reference, SourceTable};

/// Bytes of a batch of rows between the database and a dump file.
const BATCH_BYTES: usize = 256 * 1024;
/// The most batches that wait for the encoder.
const WAITING_BATCHES: usize = 4;
/// Rows read by id at a time.
const ID_PAGE: usize = 1000;

/// The state of a run through the tables.
pub(super) struct Rows<'a> {
    pub(super) writer: &'a mut BundleWriter,
    pub(super) rejects: &'a mut Rejects,
    pub(super) progress: &'a crate::event::Progress,
    pub(super) cancel: &'a crate::stream::cancel::Cancel,
    /// The most rows in one dump file.
    pub(super) object_limit: u64,
    /// Size at which a dump file ends even if it has fewer rows.
    pub(super) dump_bytes: usize,
    /// Index of the current table in the header.
    pub(super) index: usize,
    /// Ids of rows that travel because of others, by table: rows to which travelling rows refer, and rows that travel along.
    pub(super) referred: BTreeMap<String, RoaringTreemap>,
    /// Ids that travel, for tables where they are needed later.
    pub(super) travelled: BTreeMap<String, RoaringTreemap>,
}

impl Rows<'_> {
    /// Finds all rows that the tables of a cycle need from each other, before any of them is written.
    ///
    /// # Errors
    /// `Database`.
    pub(super) async fn close_ring(&mut self, snapshot: &mut Snapshot, ring: &[&SourceTable]) -> Result<()> {
        if ring.iter().all(|table| table.references.is_empty()) {
            return Ok(());
        }
        let mut seen: BTreeMap<&str, RoaringTreemap> = BTreeMap::new();
        let ring: Vec<&&SourceTable> = ring.iter().filter(|table| table.profile.id.is_number()).collect();
        for table in &ring {
            let from_where = table.asked(snapshot.dialect());
            let ids = self.note_only(snapshot, table, &from_where).await?;
            seen.insert(&table.profile.name, ids);
        }
        loop {
            let mut found = false;
            for table in &ring {
                let name = table.profile.name.as_str();
                let wanted = self.referred.get(name).cloned().unwrap_or_default();
                let new = wanted - seen.get(name).cloned().unwrap_or_default();
                for page in pages(&new) {
                    found = true;
                    let from_where = table.of_ids(snapshot.dialect(), &page);
                    self.note_only(snapshot, table, &from_where).await?;
                }
                *seen.entry(name).or_default() |= new;
            }
            if !found {
                return Ok(());
            }
        }
    }

    /// Reads rows only for their references. Returns their ids.
    async fn note_only(
        &mut self,
        snapshot: &mut Snapshot,
        table: &SourceTable,
        from_where: &str,
    ) -> Result<RoaringTreemap> {
        let mut ids = RoaringTreemap::new();
        let mut reading = snapshot.read(table, from_where)?;
        while let Some(batch) = reading.receiver.recv().await {
            let batch = batch?;
            for row in 0..batch.rows.rows() {
                ids.insert(id_of(&batch.rows, row, table.id)?);
                self.note(table, &batch.rows, row);
            }
        }
        snapshot.end(reading).await?;
        Ok(ids)
    }

    /// Writes the table at the current index in the header: the rows of the window, then those that others refer to.
    ///
    /// # Errors
    /// `Database`, `File`, `Interrupted`.
    pub(super) async fn table(
        &mut self,
        snapshot: &mut Snapshot,
        index: usize,
        table: &SourceTable,
    ) -> Result<ExportCounts> {
        let name = &table.profile.name;
        self.progress.table(name);
        let mut counts = ExportCounts::default();
        self.index = index;
        let columns = table.announced();
        let mut encoder = DumpEncoder::new(&columns, self.object_limit).cut_at(self.dump_bytes);
        let partial = !table.window.is_empty();
        // Nobody asks for the rows of a table whose ids are no numbers: it travels whole, or nothing refers to it.
        let remember = (partial && table.profile.id.is_number()) || table.profile.files.is_some();
        let mut travelled = RoaringTreemap::new();
        let asked = table.asked(snapshot.dialect());
        self.pour(snapshot, table, &asked, &mut encoder, &mut counts, remember.then_some(&mut travelled)).await?;
        loop {
            // A table that travels whole includes all rows that others refer to.
            let wanted = self.referred.remove(name).unwrap_or_default() - &travelled;
            if wanted.is_empty() {
                break;
            }
            let before = counts.rows;
            for page in pages(&wanted) {
                let from_where = table.of_ids(snapshot.dialect(), &page);
                self.pour(snapshot, table, &from_where, &mut encoder, &mut counts, Some(&mut travelled)).await?;
            }
            counts.referenced_rows += counts.rows - before;
            // Ids that were not found must not be looked for again.
            travelled |= wanted;
        }
        if let Some(file) = encoder.finish() {
            self.put(file, &mut counts).await?;
        }
        if remember {
            self.travelled.insert(name.clone(), travelled);
        }
        Ok(counts)
    }

    async fn pour(
        &mut self,
        snapshot: &mut Snapshot,
        table: &SourceTable,
        from_where: &str,
        encoder: &mut DumpEncoder,
        counts: &mut ExportCounts,
        mut travelled: Option<&mut RoaringTreemap>,
    ) -> Result<()> {
        let mut reading = snapshot.read(table, from_where)?;
        while let Some(batch) = reading.receiver.recv().await {
            self.cancel.check()?;
            let batch = batch?;
            self.refuse(table, &batch, counts)?;
            for row in 0..batch.rows.rows() {
                if let Some(travelled) = travelled.as_deref_mut() {
                    travelled.insert(id_of(&batch.rows, row, table.id)?);
                }
                self.note(table, &batch.rows, row);
                if let Some(file) = encoder.push(&batch.rows, row) {
                    self.put(file, counts).await?;
                }
            }
            counts.rows += batch.rows.rows() as u64;
            self.progress.add_rows(batch.rows.rows() as u64);
        }
        snapshot.end(reading).await
    }

    async fn put(&mut self, file: DumpFile, counts: &mut ExportCounts) -> Result<()> {
        counts.dump_files += 1;
        self.writer.dump_file(self.index, file).await
    }

    fn refuse(&mut self, table: &SourceTable, batch: &ReadBatch, counts: &mut ExportCounts) -> Result<()> {
        counts.rejected += batch.refused.len() as u64;
        let rejects: Vec<Reject> = batch
            .refused
            .iter()
            .map(|refused| Reject {
                position: 0,
                reason: format!("`{}` {}", refused.column, refused.reason),
                fields: table
                    .own_columns()
                    .iter()
                    .zip(&refused.cells)
                    .map(|(column, cell)| {
                        let text = cell.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                        (column.name.clone(), text)
                    })
                    .collect(),
                parents: parents(table, &refused.cells),
            })
            .collect();
        self.rejects.write(&table.profile.name, &rejects)
    }

    /// Records the references of a travelling row.
    fn note(&mut self, table: &SourceTable, rows: &RowBatch, row: usize) {
        for reference in &table.references {
            let (column, parent) = match reference {
                Reference::Plain(column, parent) => (*column, parent),
                Reference::Polymorphic(column, code, codes) => {
                    let code = rows.cell(row, *code).and_then(|code| std::str::from_utf8(code).ok());
                    let Some(parent) = code.and_then(|code| codes.get(code)) else { continue };
                    (*column, parent)
                }
            };
            if let Some(id) = rows.cell(row, column).and_then(parse_id) {
                match self.referred.get_mut(parent) {
                    Some(ids) => {
                        ids.insert(id);
                    }
                    None => {
                        self.referred.insert(parent.clone(), RoaringTreemap::from_iter([id]));
                    }
                }
            }
        }
    }
}

/// The snapshot's session, lent to the task that reads while this one encodes.
pub(super) struct Snapshot {
    dialect: Dialect,
    session: Option<Session>,
}

impl Snapshot {
    /// Returns a snapshot for a session in which one is open.
    pub(super) fn new(session: Session) -> Self {
        Self { dialect: session.dialect(), session: Some(session) }
    }

    /// Returns the engine.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the session, between two reads.
    ///
    /// # Errors
    /// `Internal` if an earlier read failed.
    pub(super) fn session(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(|| Error::internal("the snapshot's session is gone"))
    }

    /// Reads the ids of some rows of a table.
    ///
    /// # Errors
    /// `Database`; `Schema` if an id is not a number.
    pub(super) async fn ids(&mut self, table: &SourceTable, from_where: &str) -> Result<RoaringTreemap> {
        let column = table.columns[table.id].clone();
        let mut reading = self.start(ReadSelect {
            table: table.profile.name.clone(),
            expressions: vec![format!("a.{}", self.dialect.ident(&column.name))],
            columns: vec![column],
            from_where: from_where.to_owned(),
        })?;
        let mut ids = RoaringTreemap::new();
        while let Some(batch) = reading.receiver.recv().await {
            let rows = batch?.rows;
            for row in 0..rows.rows() {
                ids.insert(id_of(&rows, row, 0)?);
            }
        }
        self.end(reading).await?;
        Ok(ids)
    }

    fn read(&mut self, table: &SourceTable, from_where: &str) -> Result<Reading> {
        self.start(ReadSelect {
            table: table.profile.name.clone(),
            columns: table.columns.clone(),
            expressions: table.expressions.clone(),
            from_where: from_where.to_owned(),
        })
    }

    fn start(&mut self, select: ReadSelect) -> Result<Reading> {
        let mut session = self.session.take().ok_or_else(|| Error::internal("the snapshot's session is gone"))?;
        let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
        let task = tokio::spawn(async move {
            let outcome = session.read(&select, BATCH_BYTES, sender).await;
            (session, outcome)
        });
        Ok(Reading { receiver, task })
    }

    async fn end(&mut self, reading: Reading) -> Result<()> {
        // The reader stops when nobody listens any more.
        drop(reading.receiver);
        let (session, outcome) = reading.task.await.map_err(|error| Error::internal("a reader died").because(error))?;
        self.session = Some(session);
        outcome.map(|_| ())
    }
}

struct Reading {
    receiver: mpsc::Receiver<Result<ReadBatch>>,
    task: JoinHandle<(Session, Result<u64>)>,
}

/// Returns the references of a refused row to rows that stay behind, each with the row's hash if known.
fn parents(table: &SourceTable, cells: &[Option<Vec<u8>>]) -> Vec<(String, String)> {
    let columns = table.columns.iter().zip(cells).skip(table.own);
    let known = columns.filter_map(|(column, cell)| {
        let hash = String::from_utf8(cell.clone()?).ok().filter(|hash| hash != UNKNOWN_HASH)?;
        Some((column.name.strip_suffix(REFERENCE_HASH)?.to_owned(), hash))
    });
    known.collect()
}

/// Splits ids into pages, lowest first.
pub(super) fn pages(ids: &RoaringTreemap) -> impl Iterator<Item = Vec<u64>> {
    let mut ids = ids.iter();
    std::iter::from_fn(move || {
        let page: Vec<u64> = ids.by_ref().take(ID_PAGE).collect();
        (!page.is_empty()).then_some(page)
    })
}

/// Returns an id as the sets store it: the same 64 bits.
fn parse_id(cell: &[u8]) -> Option<u64> {
    std::str::from_utf8(cell).ok()?.parse::<i64>().ok().map(i64::cast_unsigned)
}

fn id_of(rows: &RowBatch, row: usize, column: usize) -> Result<u64> {
    rows.cell(row, column).and_then(parse_id).ok_or_else(|| Error::schema("a row has no 64-bit id"))
}
