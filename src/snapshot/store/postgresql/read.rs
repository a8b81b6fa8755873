//! Reads tables by COPY over several connections, all in one snapshot, and gives them out in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt;
use sqlx::postgres::PgConnection;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};

use super::describe::Table;
use super::form::{Answer, HEADER, TRAILER};
use super::server::{Server, execute, literal, refused, rows};
use crate::error::{Error, Result, escape};
use crate::snapshot::store::contract::Pieces;
use crate::stream::cancel::Cancel;
use crate::stream::wait::block_on;

/// Bytes of a piece.
const PIECE: usize = 512 << 10;

/// Pieces that wait to be taken, over all connections: 16 MiB.
const WAITING: usize = 32;

/// Rows of a stretch of pages.
struct Range {
    table: usize,
    binary: bool,
    sql: String,
}

type Answers = Receiver<Result<Vec<u8>>>;

/// What the connections share: the ranges that nobody reads yet, and where the answers go, in order.
struct Queue {
    ranges: VecDeque<Range>,
    order: UnboundedSender<Answers>,
}

/// Rows of each table, as they were counted on their way.
pub(super) type Counts = Arc<Mutex<Vec<u64>>>;

/// The tables of a database while they are read.
pub(super) struct Reading {
    order: UnboundedReceiver<Answers>,
    pub(super) counts: Counts,
}

/// What the connections need.
struct Work {
    server: Server,
    database: String,
    snapshot: String,
    names: Vec<String>,
    queue: Mutex<Queue>,
    counts: Counts,
    cancel: Cancel,
    waiting: usize,
}

impl Reading {
    /// Begins to read. Errors of the engine come with the pieces.
    pub(super) fn begin(
        server: &Server,
        (database, snapshot): (&str, &str),
        tables: &[Table],
        connections: usize,
        cancel: &Cancel,
    ) -> Self {
        let (order, answers) = mpsc::unbounded_channel();
        let ranges = tables.iter().enumerate().flat_map(|(index, table)| ranges(index, table));
        let counts = Arc::new(Mutex::new(vec![0; tables.len()]));
        let work = Arc::new(Work {
            server: server.clone(),
            database: database.to_owned(),
            snapshot: snapshot.to_owned(),
            names: tables.iter().map(|table| table.name.clone()).collect(),
            queue: Mutex::new(Queue { ranges: ranges.collect(), order }),
            counts: Arc::clone(&counts),
            cancel: cancel.clone(),
            waiting: (WAITING / connections.max(1)).max(2),
        });
        for _ in 0..connections.max(1) {
            tokio::spawn(connection(Arc::clone(&work)));
        }
        Self { order: answers, counts }
    }
}

/// Returns the statements that read a table, one after the other.
fn ranges(index: usize, table: &Table) -> impl Iterator<Item = Range> {
    let form = if table.binary { " WITH (FORMAT binary)" } else { "" };
    let range = move |range: &String| Range {
        table: index,
        binary: table.binary,
        sql: format!("COPY (SELECT {} FROM ONLY {}{range}) TO STDOUT{form}", table.columns.join(", "), table.name),
    };
    table.segments.iter().flat_map(|segment| &segment.ranges).map(range)
}

/// Reads ranges until there are none left, or nobody takes them any more.
async fn connection(work: Arc<Work>) {
    if let Err(error) = work.run().await {
        // The next answer is the error.
        let (sender, answers) = mpsc::channel(1);
        let _ = sender.send(Err(error)).await;
        let queue = work.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = queue.order.send(answers);
    }
}

impl Work {
    async fn run(&self) -> Result<()> {
        let mut connection = self.server.open(Some(&self.database)).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ";
        execute(&mut connection, &format!("{begin}{}", literal(&self.snapshot))).await.map_err(|error| {
            Error::database("the instant of a database is gone").because(error).hint("Make the snapshot again.")
        })?;
        let encoding = encoding(&mut connection).await?;
        while let Some((range, sender)) = self.next() {
            let name = &self.names[range.table];
            let located = |error: Error| error.at_table(escape::line(name).into_owned());
            if let Err(error) = self.range(&mut connection, &encoding, &range, &sender).await {
                let _ = sender.send(Err(located(error))).await;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes a range, and its place in the order.
    fn next(&self) -> Option<(Range, Sender<Result<Vec<u8>>>)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let range = queue.ranges.pop_front()?;
        let (sender, answers) = mpsc::channel(self.waiting);
        queue.order.send(answers).ok()?;
        Some((range, sender))
    }

    async fn range(
        &self,
        connection: &mut PgConnection,
        encoding: &str,
        range: &Range,
        sender: &Sender<Result<Vec<u8>>>,
    ) -> Result<()> {
        translate(connection, encoding, &range.sql).await?;
        let mut answer = Answer::new(range.binary);
        let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
        {
            let mut stream = connection.copy_out_raw(&range.sql).await.map_err(refused)?;
            while let Some(bytes) = stream.try_next().await.map_err(refused)? {
                answer.take(&bytes, &mut piece)?;
                if piece.len() >= PIECE {
                    self.cancel.check()?;
                    let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + PIECE / 4));
                    if sender.send(Ok(full)).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        answer.end()?;
        if let Some(count) = self.counts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(range.table) {
            *count += answer.rows;
        }
        if !piece.is_empty() {
            let _ = sender.send(Ok(piece)).await;
        }
        Ok(())
    }
}

/// Returns the encoding of a database.
///
/// # Errors
/// `Database`.
pub(super) async fn encoding(connection: &mut PgConnection) -> Result<String> {
    let found = rows(connection, "SHOW server_encoding").await?;
    Ok(found.into_iter().flatten().flatten().next().unwrap_or_default())
}

/// Sees to it that values travel as the database has them. A statement with other letters than those of ASCII has to be
/// translated; then values are, too.
///
/// # Errors
/// `Database`.
pub(super) async fn translate(connection: &mut PgConnection, encoding: &str, sql: &str) -> Result<()> {
    let wanted = if sql.is_ascii() || encoding == "SQL_ASCII" { encoding } else { "UTF8" };
    execute(connection, &format!("SET client_encoding = {}", literal(wanted))).await.map(|_| ())
}

/// The rows of a file of the snapshot, on their way: one answer after the other, as one.
pub(super) struct Rows {
    reading: Arc<Mutex<Reading>>,
    binary: bool,
    /// Answers that are still to come.
    left: usize,
    answer: Option<Answers>,
    begun: bool,
}

impl Rows {
    pub(super) fn new(reading: &Arc<Mutex<Reading>>, binary: bool, answers: usize) -> Self {
        Self { reading: Arc::clone(reading), binary, left: answers, answer: None, begun: false }
    }
}

impl Pieces for Rows {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if !self.begun {
            self.begun = true;
            if self.binary {
                return Ok(Some(HEADER.to_vec()));
            }
        }
        loop {
            if let Some(answer) = &mut self.answer {
                match block_on(answer.recv()) {
                    Some(piece) => return piece.map(Some),
                    None => self.answer = None,
                }
            }
            if self.left == 0 {
                let trailer = std::mem::take(&mut self.binary);
                return Ok(trailer.then(|| TRAILER.to_vec()));
            }
            let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
            let next = block_on(reading.order.recv());
            self.answer = Some(next.ok_or_else(|| Error::internal("rows of a table are missing"))?);
            self.left -= 1;
        }
    }
}
