//! Writes staged rows as Parquet files that the engine can read.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::sheet::{Content, Sheet};
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
    ///
    /// # Errors
    /// `Internal`.
    pub(super) fn start(store: Arc<Store>, tables: Vec<(&TargetTable, String)>) -> Result<Self> {
        let (sender, batches) = mpsc::channel(WAITING);
        let file = |(table, folder): (&TargetTable, String)| {
            let sheet = Some(Sheet::new(table)?);
            Ok(File { table: table.name.clone(), folder, number: 0, sheet, open: None })
        };
        let files = tables.into_iter().map(file).collect::<Result<_>>()?;
        let writer = Writer { store, files };
        Ok(Self { sender, writer: tokio::spawn(writer.run(batches)) })
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
    /// Rows that are still to be written. Absent only while the pool works on them.
    sheet: Option<Sheet>,
    open: Option<Open>,
}

/// A file that is being written.
struct Open {
    upload: Upload,
    content: Content,
    /// Its bytes so far.
    bytes: u64,
}

struct Writer {
    store: Arc<Store>,
    files: Vec<File>,
}

impl Writer {
    async fn run(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<()> {
        while let Some((table, rows, permit)) = batches.recv().await {
            let file = &mut self.files[table];
            let mut sheet = file.take()?;
            // Collecting is work for the pool: the thread here serves other tasks too.
            let (sheet, pushed) = crate::stream::cpu::run(move || {
                let pushed = sheet.push(&rows);
                (sheet, pushed)
            })
            .await;
            drop(permit);
            pushed.map_err(|error| error.at_table(&file.table))?;
            let full = sheet.bytes() >= GROUP_BYTES;
            file.sheet = Some(sheet);
            if full {
                file.write(&self.store).await?;
            }
        }
        for file in &mut self.files {
            file.write(&self.store).await?;
            file.end().await?;
        }
        Ok(())
    }
}

impl File {
    fn take(&mut self) -> Result<Sheet> {
        self.sheet.take().ok_or_else(|| Error::internal("the rows of a staged file are missing"))
    }

    /// Writes what was collected, and ends a file that is large enough.
    async fn write(&mut self, store: &Store) -> Result<()> {
        let mut sheet = self.take()?;
        if sheet.bytes() == 0 {
            self.sheet = Some(sheet);
            return Ok(());
        }
        let Open { mut upload, mut content, bytes } = match self.open.take() {
            Some(open) => open,
            None => {
                self.number += 1;
                let upload = store.upload(&format!("{}/part-{:05}.parquet", self.folder, self.number)).await?;
                Open { upload, content: sheet.begin()?, bytes: 0 }
            }
        };
        let (sheet, content, piece) = crate::stream::cpu::run(move || {
            let piece = sheet.write(&mut content).and_then(|()| content.take());
            (sheet, content, piece)
        })
        .await;
        let piece = piece?;
        upload.write(&piece).await?;
        self.sheet = Some(sheet);
        let bytes = bytes + piece.len() as u64;
        self.open = Some(Open { upload, content, bytes });
        if bytes >= FILE_BYTES { self.end().await } else { Ok(()) }
    }

    async fn end(&mut self) -> Result<()> {
        let Some(Open { mut upload, content, .. }) = self.open.take() else { return Ok(()) };
        upload.write(&content.end()?).await?;
        upload.finish().await.map(|_| ())
    }
}
