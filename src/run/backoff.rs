//! Decides which errors are temporary and how long to wait before the next attempt.

use std::time::{Duration, Instant};

use crate::db::error::{SqlClass, class_of};
use crate::error::{Error, Result};
use crate::stream::cancel::Cancel;

/// How long failures may follow one another without any progress: longer than a server takes to restart.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// How often a wait checks for a stop.
const TICK: Duration = Duration::from_millis(100);

/// Returns whether another attempt may succeed, as after a deadlock, a lock timeout or a server restart.
pub fn passes(error: &Error) -> bool {
    matches!(class_of(error), Some(SqlClass::Transient | SqlClass::Lost | SqlClass::Busy))
}

/// Waits between attempts: 0.2 s at first, then twice as long each time, at most 5 s. Each is shortened by a random amount,
/// so that two runs that block each other do not collide again.
#[derive(Debug, Default)]
pub struct Backoff {
    /// Time of the first failure since the last progress.
    since: Option<Instant>,
    failures: u32,
}

impl Backoff {
    /// Records progress: the next failure counts as the first again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Returns how long to wait after a failure, or `None` once the patience is used up.
    pub fn delay(&mut self) -> Option<Duration> {
        let since = self.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= PATIENCE {
            return None;
        }
        let wait = SHORTEST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures += 1;
        let chance = uuid::Uuid::new_v4().as_bytes()[0];
        Some(wait.mul_f64(1.0 - 0.3 * f64::from(chance) / 255.0))
    }
}

/// Waits, unless the run is asked to stop.
///
/// # Errors
/// Returns `Interrupted` when it is.
pub async fn wait(duration: Duration, cancel: &Cancel) -> Result<()> {
    let end = Instant::now() + duration;
    loop {
        cancel.check()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        tokio::time::sleep(left.min(TICK)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_five_seconds() {
        let mut backoff = Backoff::default();
        let waits: Vec<f64> = (0..8).filter_map(|_| backoff.delay()).map(|wait| wait.as_secs_f64()).collect();
        assert!(waits.len() == 8 && (0.13..=0.2).contains(&waits[0]) && (3.5..=5.0).contains(&waits[7]), "{waits:?}");
        backoff.reset();
        assert!(backoff.delay().is_some_and(|wait| wait <= SHORTEST));
    }
}
