//! The streams that were imported into a database, and how far each has come.

use serde::Serialize;

use crate::db::session::Session;
use crate::error::Result;
use crate::model::manifest::{Source, Stream};
use crate::sync::moment;

use super::{Cells, Gap, open_gaps};

/// A stream that was imported here.
#[derive(Clone, Debug, Serialize)]
pub struct StreamState {
    /// The stream.
    pub stream: Stream,
    /// The installation where it comes from.
    pub source: Source,
    /// The highest sequence number that was applied.
    pub last_sequence: Option<u64>,
    /// When its newest bundle was created, by the clock of the source.
    pub last_created_at: String,
    /// When that bundle was applied, UTC.
    pub last_applied_at: String,
    /// Seconds since the newest bundle was created: later changes are not known here.
    pub staleness_seconds: i64,
    /// The bundles that are missing.
    pub gaps: Vec<Gap>,
}

/// Reads the state of every stream that was imported into a database.
///
/// # Errors
/// `Database`.
pub(in crate::sync) async fn streams(session: &mut Session, now: &str) -> Result<Vec<StreamState>> {
    let statement = "SELECT stream, receiver, source, engine, sequence, created_at, applied_at FROM gapsync_applied \
         ORDER BY source, receiver, stream, id";
    let mut states: Vec<StreamState> = Vec::new();
    for row in session.query(statement).await? {
        let Some(found) = read_state(Cells(row.into_iter())) else { continue };
        match states.last_mut().filter(|state| state.stream == found.stream) {
            None => states.push(found),
            Some(state) => {
                state.last_sequence = state.last_sequence.max(found.last_sequence);
                if moment::read(&found.last_created_at) >= moment::read(&state.last_created_at) {
                    state.last_created_at = found.last_created_at;
                    state.last_applied_at = found.last_applied_at;
                }
            }
        }
    }
    let mut gaps = open_gaps(session).await?;
    let now = moment::read(now);
    for state in &mut states {
        let made = moment::read(&state.last_created_at);
        state.staleness_seconds = now.zip(made).map_or(0, |(now, made)| ((now - made) / moment::SECOND).max(0));
        let (own, others) = gaps.into_iter().partition(|gap| gap.stream == state.stream.id);
        (state.gaps, gaps) = (own, others);
    }
    Ok(states)
}

fn read_state(mut cells: Cells) -> Option<StreamState> {
    Some(StreamState {
        stream: Stream { id: cells.text()?, receiver: cells.text() },
        source: Source { installation: cells.text()?, engine: cells.text()? },
        last_sequence: cells.number(),
        last_created_at: cells.text()?,
        last_applied_at: cells.time()?,
        staleness_seconds: 0,
        gaps: Vec::new(),
    })
}
