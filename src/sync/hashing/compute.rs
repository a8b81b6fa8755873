//! Computes hashes. PostgreSQL and MariaDB do it in SQL; for SQLite the inputs are read and hashed on all processors.

use md5::{Digest, Md5};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::db::rows::{OpenMode, ReadBatch, ReadSelect};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::hex::hex;
use crate::model::neutral::NeutralType;
use crate::model::schema::Column;
use crate::stream::cpu;

use super::statements::CHUNK_ROWS;
use super::{HashMode, TableFill, numbers, parse};

/// Bytes of inputs hashed as one piece of work.
const BATCH_BYTES: usize = 256 * 1024;
/// The most batches that wait to be hashed.
const WAITING_BATCHES: usize = 4;
/// Rows per INSERT into the work table.
const INSERT_ROWS: usize = 500;

/// Id, stored hash, computed hash.
type Hashed = (i64, Option<String>, Option<String>);

impl TableFill<'_> {
    /// Collects the rows whose hash has to be written or cannot be computed in the work table.
    pub(super) async fn gather(&mut self, mode: HashMode) -> Result<()> {
        if !self.statements.dialect().computes_hashes() {
            return self.stream(true).await;
        }
        if self.counts.rows <= CHUNK_ROWS {
            self.session.execute(&self.statements.gather(None, i64::MAX)).await?;
            self.context.run.progress.add_rows(self.counts.rows);
            return Ok(());
        }
        let mut after = None;
        while let Some((upto, rows)) = self.next_rows(after).await? {
            let gathered = self.session.execute(&self.statements.gather(after, upto)).await?;
            self.context.run.progress.add_rows(if mode == HashMode::Missing { gathered } else { rows });
            after = Some(upto);
        }
        Ok(())
    }

    /// Counts hashes that are wrong or cannot be computed.
    pub(super) async fn check(&mut self) -> Result<()> {
        if !self.statements.dialect().computes_hashes() {
            return self.stream(false).await;
        }
        let mut after = None;
        while let Some((upto, rows)) = self.next_rows(after).await? {
            let found = numbers(self.session, &self.statements.check(after, upto)).await?;
            let count = |at: usize| found.get(at).and_then(|count| u64::try_from(*count).ok()).unwrap_or(0);
            self.counts.wrong += count(1);
            self.counts.missing_parent += count(2);
            self.context.run.progress.add_rows(rows);
            after = Some(upto);
        }
        Ok(())
    }

    /// Returns the highest id and the number of the next rows, or `None` at the end.
    async fn next_rows(&mut self, after: Option<i64>) -> Result<Option<(i64, u64)>> {
        self.context.run.cancel.check()?;
        let found = numbers(self.session, &self.statements.next_rows(after)).await?;
        let [upto, rows] = found.as_slice() else { return Ok(None) };
        Ok(Some((*upto, u64::try_from(*rows).unwrap_or(0))))
    }

    /// Reads the inputs of all rows in a session of its own and hashes them. Keeps the differences for writing, or only counts
    /// them.
    async fn stream(&mut self, keep: bool) -> Result<()> {
        let mut reader = Session::open(&self.context.database, OpenMode::ReadOnly).await?;
        let select = self.select();
        let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
        let reading = tokio::spawn(async move { reader.read(&select, BATCH_BYTES, sender).await });
        let hashed = self.hash(receiver, keep).await;
        let read = reading.await.map_err(|error| Error::internal("a reader died").because(error))?;
        hashed?;
        read.map(|_| ())
    }

    fn select(&self) -> ReadSelect {
        ReadSelect {
            table: self.statements.table.clone(),
            columns: vec![
                Column::of_query("id", NeutralType::Integer),
                Column::of_query("input", NeutralType::Text),
                Column::of_query("stored", NeutralType::Text),
            ],
            expressions: self.statements.cells().to_vec(),
            from_where: self.statements.range(None, i64::MAX),
        }
    }

    async fn hash(&mut self, mut receiver: mpsc::Receiver<Result<ReadBatch>>, keep: bool) -> Result<()> {
        let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let mut working = JoinSet::new();
        let mut open = true;
        loop {
            while open && working.len() <= workers {
                match receiver.recv().await {
                    Some(batch) => {
                        let batch = batch?;
                        if !batch.refused.is_empty() {
                            return Err(Error::schema("a natural key holds a value that is not text"));
                        }
                        working.spawn(cpu::run(move || hash_rows(&batch)));
                    }
                    None => open = false,
                }
            }
            self.context.run.cancel.check()?;
            let Some(job) = working.join_next().await else { return Ok(()) };
            let rows = job.map_err(|error| Error::internal("a hashing task died").because(error))??;
            self.take(&rows, keep).await?;
        }
    }

    async fn take(&mut self, rows: &[Hashed], keep: bool) -> Result<()> {
        self.context.run.progress.add_rows(rows.len() as u64);
        let differing: Vec<Hashed> =
            rows.iter().filter(|(_, stored, hash)| hash.is_none() || stored != hash).cloned().collect();
        if keep {
            for rows in differing.chunks(INSERT_ROWS) {
                self.session.execute(&self.statements.insert(rows)).await?;
            }
        } else {
            self.counts.wrong +=
                differing.iter().filter(|(_, stored, hash)| stored.is_none() || stored != hash).count() as u64;
            self.counts.missing_parent += differing.iter().filter(|(.., hash)| hash.is_none()).count() as u64;
        }
        Ok(())
    }
}

fn hash_rows(batch: &ReadBatch) -> Result<Vec<Hashed>> {
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    (0..batch.rows.rows())
        .map(|row| {
            let id = batch.rows.cell(row, 0).map_or_else(|| parse(""), |cell| parse(&text(cell)))?;
            let hash = batch.rows.cell(row, 1).map(|input| hex(&Md5::digest(input)));
            Ok((id, batch.rows.cell(row, 2).map(text), hash))
        })
        .collect()
}
