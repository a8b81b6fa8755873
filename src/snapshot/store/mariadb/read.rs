//! Reads tables over several connections that see one instant, and gives their rows out in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlConnection;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};

use super::describe::{Database, Table};
use super::line;
use super::server::cell;
use crate::db::mariadb::refused;
use crate::error::{Error, Result, escape};
use crate::snapshot::store::contract::Pieces;
use crate::stream::cancel::Cancel;
use crate::stream::wait::block_on;

/// Bytes of a piece.
const PIECE: usize = 512 << 10;

/// Pieces that wait to be taken, over all connections: 32 MiB.
const WAITING: usize = 64;

type Answers = Receiver<Result<Vec<u8>>>;

/// A query that reads a stretch of a table: the number of the table, its name and the query.
type Range = (usize, String, String);

/// What the connections share: the ranges that nobody reads yet, and where the answers go, in order.
struct Queue {
    ranges: VecDeque<Range>,
    order: UnboundedSender<Answers>,
}

/// Rows of each table of all databases, as they were counted on their way.
pub(super) type Counts = Arc<Mutex<Vec<u64>>>;

/// Tables while they are read.
pub(super) struct Reading {
    order: UnboundedReceiver<Answers>,
    pub(super) counts: Counts,
}

/// What each connection works on.
struct Work {
    queue: Mutex<Queue>,
    counts: Counts,
    cancel: Cancel,
    waiting: usize,
}

impl Reading {
    /// Begins to read the tables of all databases. Errors of the engine come with the pieces.
    pub(super) fn begin(databases: &[Database], readers: Vec<MySqlConnection>, cancel: &Cancel) -> Self {
        let (order, answers) = mpsc::unbounded_channel();
        let tables = databases.iter().flat_map(|database| database.tables.iter().map(move |table| (database, table)));
        let of = |(index, (database, table)): (usize, (&Database, &Table))| -> Vec<Range> {
            let range = |end: &String| (index, table.name.clone(), line::select(table, &database.name, end));
            table.ranges.iter().map(range).collect()
        };
        let ranges: VecDeque<Range> = tables.clone().enumerate().flat_map(of).collect();
        let counts = Arc::new(Mutex::new(vec![0; tables.count()]));
        let work = Arc::new(Work {
            queue: Mutex::new(Queue { ranges, order }),
            counts: Arc::clone(&counts),
            cancel: cancel.clone(),
            waiting: (WAITING / readers.len().max(1)).max(2),
        });
        for reader in readers {
            tokio::spawn(connection(Arc::clone(&work), reader));
        }
        Self { order: answers, counts }
    }
}

/// Reads ranges until there are none left, or nobody takes them any more.
async fn connection(work: Arc<Work>, mut session: MySqlConnection) {
    while let Some(((index, table, sql), sender)) = work.next() {
        if let Err(error) = work.range(&mut session, index, &sql, &sender).await {
            let _ = sender.send(Err(error.at_table(escape::line(&table).into_owned()))).await;
            return;
        }
    }
}

impl Work {
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
        session: &mut MySqlConnection,
        index: usize,
        sql: &str,
        sender: &Sender<Result<Vec<u8>>>,
    ) -> Result<()> {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
        let mut count = 0;
        let mut rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch(session);
        while let Some(row) = rows.try_next().await.map_err(refused)? {
            for column in 1..sqlx::Row::len(&row) {
                if column > 1 {
                    piece.push(b'\t');
                }
                line::value(cell(&row, column)?, &mut piece);
            }
            piece.push(b'\n');
            count += 1;
            if piece.len() >= PIECE {
                self.cancel.check()?;
                let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + PIECE / 4));
                if sender.send(Ok(full)).await.is_err() {
                    return Ok(());
                }
            }
        }
        if let Some(counted) = self.counts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *counted += count;
        }
        if !piece.is_empty() {
            let _ = sender.send(Ok(piece)).await;
        }
        Ok(())
    }
}

/// The rows of a table, on their way: one answer after the other, as one.
pub(super) struct Rows {
    reading: Arc<Mutex<Reading>>,
    /// Answers that are still to come.
    left: usize,
    answer: Option<Answers>,
}

impl Rows {
    pub(super) fn new(reading: &Arc<Mutex<Reading>>, answers: usize) -> Self {
        Self { reading: Arc::clone(reading), left: answers, answer: None }
    }
}

impl Pieces for Rows {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(answer) = &mut self.answer {
                match block_on(answer.recv()) {
                    Some(piece) => return piece.map(Some),
                    None => self.answer = None,
                }
            }
            if self.left == 0 {
                return Ok(None);
            }
            let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
            let next = block_on(reading.order.recv());
            self.answer = Some(next.ok_or_else(|| {
                Error::database("the connections that hold the instant of MariaDB are gone")
                    .hint("Make the snapshot again.")
            })?);
            self.left -= 1;
        }
    }
}
