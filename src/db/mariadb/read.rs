//! Follows.
use super::super::session::{ReadBatch, ReadSelect};
use super::MariadbSession;
use crate::error::{Error, Result};
use tokio::sync::mpsc;

pub(super) async fn rows(
    session: &mut MariadbSession,
    _select: &ReadSelect,
    _batch_bytes: usize,
    _sink: &mpsc::Sender<Result<ReadBatch>>,
) -> Result<u64> {
    session.query("SELECT 1").await?;
    Err(Error::internal("not built yet"))
}
