//! Writes staged rows as text files that the engine can read: a field ends with 0x01, a backslash escapes, `\N` is NULL.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::statements::{CARRIAGE_RETURN, LINE_FEED};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::store::{Store, Upload};
use crate::stream::budget::Permit;

/// Size of a staged file. The engine reads several at once.
const FILE_BYTES: u64 = 64 << 20;

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Batches that wait to be encoded.
const WAITING: usize = 2;

/// Rows for a table, with their share of the budget.
type Batch = (usize, RowBatch, Option<Permit>);

/// Names of the tables in which a text has a line end.
pub(super) type WithLines = Arc<Mutex<BTreeSet<String>>>;

/// The way into the staging tables.
pub(in crate::migrate) struct HiveStaging {
    sender: mpsc::Sender<Batch>,
    writer: JoinHandle<Result<()>>,
}

impl HiveStaging {
    /// Starts to write files. Each table comes with its folder.
    pub(super) fn start(store: Arc<Store>, tables: Vec<(String, String)>, lines: WithLines) -> Self {
        let (sender, batches) = mpsc::channel(WAITING);
        let file = |(table, folder)| File { table, folder, number: 0, open: None, content: Vec::new() };
        let files = tables.into_iter().map(file);
        let writer = Writer { store, files: files.collect(), lines };
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

struct File {
    table: String,
    folder: String,
    number: u32,
    /// The file that is being written, and its bytes so far.
    open: Option<(Upload, u64)>,
    /// What is still to be written.
    content: Vec<u8>,
}

struct Writer {
    store: Arc<Store>,
    files: Vec<File>,
    lines: WithLines,
}

impl Writer {
    async fn run(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<()> {
        while let Some((table, rows, permit)) = batches.recv().await {
            let content = std::mem::take(&mut self.files[table].content);
            // Encoding is work for the pool: the thread here serves other tasks too.
            let (content, lines, fault) = crate::stream::cpu::run(move || encoded(content, &rows)).await;
            drop(permit);
            let file = &mut self.files[table];
            file.content = content;
            if fault {
                return Err(Error::schema(
                    "a text has both line ends and the control characters that stand for them in staged files",
                )
                .at_table(&file.table)
                .hint("Remove the characters 0x02 and 0x03 from the old files."));
            }
            if lines {
                self.lines.lock().unwrap_or_else(PoisonError::into_inner).insert(file.table.clone());
            }
            if file.content.len() >= PIECE {
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
    /// Writes what was collected, and ends a file that is large enough.
    async fn write(&mut self, store: &Store) -> Result<()> {
        if self.content.is_empty() {
            return Ok(());
        }
        let (mut upload, bytes) = match self.open.take() {
            Some(open) => open,
            None => {
                self.number += 1;
                (store.upload(&format!("{}/part-{:05}.txt", self.folder, self.number)).await?, 0)
            }
        };
        upload.write(&self.content).await?;
        let bytes = bytes + self.content.len() as u64;
        self.content.clear();
        self.open = Some((upload, bytes));
        if bytes >= FILE_BYTES { self.end().await } else { Ok(()) }
    }

    async fn end(&mut self) -> Result<()> {
        match self.open.take() {
            Some((upload, _)) => upload.finish().await.map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Appends rows to the content of a file. Returns whether a text has a line end, and whether one has a character that stands
/// for a line end.
fn encoded(mut out: Vec<u8>, rows: &RowBatch) -> (Vec<u8>, bool, bool) {
    let (mut lines, mut control) = (false, false);
    for row in 0..rows.rows() {
        for (index, cell) in rows.row(row).enumerate() {
            if index > 0 {
                out.push(1);
            }
            let Some(text) = cell else {
                out.extend_from_slice(b"\\N");
                continue;
            };
            if !text.iter().any(|byte| *byte < b' ' || *byte == b'\\') {
                out.extend_from_slice(text);
                continue;
            }
            for byte in text {
                match *byte {
                    b'\n' => out.push(LINE_FEED),
                    b'\r' => out.push(CARRIAGE_RETURN),
                    b'\\' | 1 => out.extend_from_slice(&[b'\\', *byte]),
                    byte => out.push(byte),
                }
                lines |= matches!(*byte, b'\n' | b'\r');
                control |= matches!(*byte, LINE_FEED | CARRIAGE_RETURN);
            }
        }
        out.push(b'\n');
    }
    (out, lines, lines && control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_or_a_row_is_escaped() {
        let mut rows = RowBatch::new(3);
        for cell in [Some(&b"a\x01b\\"[..]), None, Some(b"x\r\ny")] {
            rows.push(cell);
        }
        rows.end_row(1);
        let (text, lines, fault) = encoded(Vec::new(), &rows);
        assert_eq!(text, b"a\\\x01b\\\\\x01\\N\x01x\x03\x02y\n");
        assert_eq!((lines, fault), (true, false));
    }
}
