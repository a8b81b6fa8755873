//! The reader's end of the channel to its caller.

use tokio::sync::mpsc::Sender;

use super::Item;
use crate::error::{Error, ErrorKind, Result};
use crate::model::batch::RowBatch;
use crate::stream::budget::Budget;
use crate::stream::wait::block_on;

/// Sends items, and blocks while the caller is slower.
pub(super) struct Output {
    sender: Sender<Result<Item>>,
    budget: Budget,
}

impl Output {
    pub(super) fn new(sender: Sender<Result<Item>>, budget: Budget) -> Self {
        Self { sender, budget }
    }

    /// Sends an item.
    ///
    /// # Errors
    /// `Interrupted` if the caller has dropped its stream.
    pub(super) fn send(&self, item: Item) -> Result<()> {
        self.sender.blocking_send(Ok(item)).map_err(|_| dropped())
    }

    /// Sends rows as soon as the budget has room for them.
    ///
    /// # Errors
    /// `Interrupted` if the caller has dropped its stream.
    pub(super) fn rows(&self, table: usize, batch: RowBatch) -> Result<()> {
        let permit = block_on(async {
            tokio::select! {
                permit = self.budget.acquire(batch.bytes() as u64) => Ok(permit),
                () = self.sender.closed() => Err(dropped()),
            }
        })?;
        self.send(Item::Rows { table, batch, permit })
    }

    /// Sends the error that ends the stream.
    pub(super) fn fail(&self, error: Error) {
        // If the stream was dropped, which then caused the error, nobody receives it.
        let _ = self.sender.blocking_send(Err(error));
    }
}

fn dropped() -> Error {
    Error::new(ErrorKind::Interrupted, "the reader of the bundle was stopped")
}
