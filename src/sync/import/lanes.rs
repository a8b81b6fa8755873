//! Runs the chunks of a step on several sessions but commits them in order. What is committed is always everything up to some
//! row, as if one session had done it, so a checkpoint needs no more information.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;
use crate::sync::merge::Merge;

use super::steps::{Chunk, Work, statements};
use super::target::TargetTable;

/// The shortest time that a lane waits for its turn before it gives way.
const PATIENCE: Duration = Duration::from_secs(2);

/// Finishes chunks, one after the other.
pub(super) trait Turn {
    /// Finishes and commits a chunk whose statements ran on `session`, in a transaction that is still open there. `ahead` is
    /// the number of rows that they wrote, or their error.
    ///
    /// # Errors
    /// As [`super::apply::Apply::run`]; the caller then has to roll the session back.
    async fn end(&mut self, session: &mut Session, chunk: Chunk, ahead: Result<u64>) -> Result<()>;
}

/// The statements that each chunk of a step runs.
#[derive(Clone, Copy)]
pub(super) struct Statements<'a> {
    pub(super) merge: &'a Merge,
    pub(super) table: &'a TargetTable,
    pub(super) work: Work,
}

/// The state shared by the lanes of a step.
struct Lanes<'a, T> {
    /// Locked by the lane whose turn it is.
    turns: Mutex<&'a mut T>,
    statements: Statements<'a>,
    cancel: &'a Cancel,
    chunks: Vec<Chunk>,
    next: AtomicUsize,
    /// Whether lanes were found waiting for each other's locks. From then on, each waits for its turn before it begins.
    collide: AtomicBool,
    /// The chunk that may commit now, or `None` after a lane has failed.
    turn: watch::Sender<Option<usize>>,
}

/// Applies the `chunks` of a step on `helpers`.
///
/// # Errors
/// As [`Turn::end`]; chunks that ran ahead of the failed one are rolled back.
pub(super) async fn run<T: Turn>(
    turns: &mut T,
    helpers: &mut [Session],
    statements: Statements<'_>,
    cancel: &Cancel,
    chunks: Vec<Chunk>,
) -> Result<()> {
    let lanes = Lanes {
        turns: Mutex::new(turns),
        statements,
        cancel,
        chunks,
        next: AtomicUsize::new(0),
        collide: AtomicBool::new(false),
        turn: watch::Sender::new(Some(0)),
    };
    let done = join_all(helpers.iter_mut().map(|session| lanes.lane(session))).await;
    done.into_iter().collect::<Result<()>>()?;
    // If the user stops the run, the lanes end between chunks.
    if *lanes.turn.borrow() == Some(lanes.chunks.len()) { Ok(()) } else { cancel.check() }
}

impl<T: Turn> Lanes<'_, T> {
    async fn lane(&self, session: &mut Session) -> Result<()> {
        let outcome = self.work(session).await;
        if outcome.is_err() {
            self.turn.send_replace(None);
            let _ = session.rollback().await;
        }
        outcome
    }

    async fn work(&self, session: &mut Session) -> Result<()> {
        let mut turn = self.turn.subscribe();
        while self.cancel.check().is_ok() {
            let mine = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&chunk) = self.chunks.get(mine) else { return Ok(()) };
            let began = Instant::now();
            let mut ahead = None;
            if !self.collide.load(Ordering::Relaxed) {
                ahead = Some(self.ahead(session, chunk).await);
            }
            // The lane's own time counts only if it did not wait for another lane.
            let collide = self.collide.load(Ordering::Relaxed);
            let patience = if collide && ahead.is_some() { Duration::ZERO } else { PATIENCE.max(began.elapsed() * 4) };
            // The lane whose turn it is may be waiting for a lock of this lane through a trigger. No server detects that as a
            // deadlock.
            let now = match timeout(patience, self.turn_of(&mut turn, mine)).await {
                Ok(now) => now?,
                Err(_) => {
                    self.collide.store(true, Ordering::Relaxed);
                    if ahead.take().is_some() {
                        session.rollback().await?;
                    }
                    self.turn_of(&mut turn, mine).await?
                }
            };
            if now.is_none() {
                return session.rollback().await;
            }
            let ahead = match ahead {
                Some(ahead) => ahead,
                None => self.ahead(session, chunk).await,
            };
            self.turns.lock().await.end(session, chunk, ahead).await?;
            self.turn.send_replace(Some(mine + 1));
        }
        Ok(())
    }

    /// Waits until a chunk may commit. Returns `None` if a lane has failed.
    async fn turn_of(&self, turn: &mut watch::Receiver<Option<usize>>, mine: usize) -> Result<Option<usize>> {
        let now = turn.wait_for(|turn| turn.is_none_or(|turn| turn == mine)).await.map(|turn| *turn);
        now.map_err(|error| Error::internal("a lane lost its turn").because(error))
    }

    /// Runs the statements of a chunk and leaves their transaction open.
    async fn ahead(&self, session: &mut Session, chunk: Chunk) -> Result<u64> {
        session.begin().await?;
        let Statements { merge, table, work } = self.statements;
        statements(session, merge, table, work, chunk).await
    }
}
