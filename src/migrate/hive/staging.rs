//! Writes staged rows as Parquet files that the engine can read.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::sheet::Sheet;
use crate::error::{Error, Result};
use crate::migrate::table::TargetTable;
use crate::model::batch::RowBatch;
use crate::store::{Store, Upload};
use crate::stream::budget::Permit;

/// Size of a staged file. The engine reads several at once.
const FILE_BYTES: u64 = 64 << 20;

/// Size at which the rows of a table become a row group. Each table of a pipeline may hold as much.
const GROUP_BYTES: usize = 4 << 20;

/// Batches that wait to be collected.
const WAITING: usize = 2;

/// Rows for a table, with their share of the budget.
type Batch = (usize, RowBatch, Option<Permit>);

/// The way into the staging tables.
pub(in crate::migrate) struct HiveStaging {
    sender: mpsc::Sender<Batch>,
    writer: JoinHandle<Result<()>>,
}

impl HiveStaging {
    /// Starts to write files. Each table comes with its folder.
    pub(super) fn start(store: Arc<Store>, tables: Vec<(&TargetTable, String)>) -> Self {
        let (sender, batches) = mpsc::channel(WAITING);
        let file = |(table, folder): (&TargetTable, String)| File {
            table: table.name.clone(),
            folder,
            number: 0,
            sheet: Sheet::new(table),
            upload: None,
            ending: None,
            piece: Vec::new(),
        };
        let writer = Writer { store, files: tables.into_iter().map(file).collect() };
        Self { sender, writer: tokio::spawn(writer.run(batches)) }
    }

    /// Hands over rows of a table.
    ///
    /// # Errors
    /// `File`, if a file cannot be written.
    pub(in crate::migrate) async fn send(&mut self, batch: Batch) -> Result<()> {
        if self.sender.send(batch).await.is_ok() {
            return Ok(());
        }
        ended(&mut self.writer).await.and_then(|()| Err(Error::internal("the staged files ended early")))
    }

    /// Waits until all rows are in files.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::migrate) async fn finish(&mut self) -> Result<()> {
        // A closed channel is the end of the rows.
        self.sender = mpsc::channel(1).0;
        ended(&mut self.writer).await
    }
}

async fn ended(writer: &mut JoinHandle<Result<()>>) -> Result<()> {
    writer.await.map_err(|error| Error::internal("the writer of staged files died").because(error))?
}

/// The files of a table.
struct File {
    table: String,
    folder: String,
    number: u32,
    /// Rows that are still to be written.
    sheet: Sheet,
    /// The file that is being written.
    upload: Option<Upload>,
    /// The one before it, until it is on its disk.
    ending: Option<JoinHandle<Result<u64>>>,
    /// Memory for a piece of it.
    piece: Vec<u8>,
}

struct Writer {
    store: Arc<Store>,
    files: Vec<File>,
}

impl Writer {
    async fn run(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<()> {
        while let Some((table, rows, permit)) = batches.recv().await {
            self.files[table].push(rows).await?;
            drop(permit);
            if self.files[table].sheet.waiting() >= GROUP_BYTES {
                self.files[table].write(&self.store).await?;
            }
        }
        for file in &mut self.files {
            file.write(&self.store).await?;
            file.end().await?;
            file.ended().await?;
        }
        Ok(())
    }
}

impl File {
    /// Lets the pool work on the rows and the piece: the thread here serves other tasks too.
    async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Sheet, &mut Vec<u8>) -> T + Send + 'static,
    ) -> T {
        let (mut sheet, mut piece) = (std::mem::take(&mut self.sheet), std::mem::take(&mut self.piece));
        let outcome;
        (self.sheet, self.piece, outcome) = crate::stream::cpu::run(move || {
            let outcome = work(&mut sheet, &mut piece);
            (sheet, piece, outcome)
        })
        .await;
        outcome
    }

    async fn push(&mut self, rows: RowBatch) -> Result<()> {
        let pushed = self.work(move |sheet, _| sheet.push(&rows)).await;
        pushed.map_err(|error| error.at_table(&self.table))
    }

    /// Writes what was collected, and ends a file that is large enough.
    async fn write(&mut self, store: &Store) -> Result<()> {
        if self.sheet.is_empty() {
            return Ok(());
        }
        let written = self
            .work(|sheet, piece| {
                sheet.write(piece);
                sheet.written()
            })
            .await;
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => {
                self.number += 1;
                store.upload(&format!("{}/part-{:05}.parquet", self.folder, self.number)).await?
            }
        };
        upload.write(&self.piece).await?;
        self.piece.clear();
        self.upload = Some(upload);
        if written >= FILE_BYTES { self.end().await } else { Ok(()) }
    }

    async fn end(&mut self) -> Result<()> {
        let Some(mut upload) = self.upload.take() else { return Ok(()) };
        self.work(Sheet::end).await;
        upload.write(&self.piece).await?;
        self.piece.clear();
        // A disk takes its time: the next file is begun meanwhile.
        self.ended().await?;
        self.ending = Some(tokio::spawn(upload.finish()));
        Ok(())
    }

    /// Waits for the file before the one that is being written.
    async fn ended(&mut self) -> Result<()> {
        let Some(ending) = self.ending.take() else { return Ok(()) };
        ending.await.map_err(|error| Error::internal("a staged file was not ended").because(error))?.map(|_| ())
    }
}
