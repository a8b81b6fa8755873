//! The byte budget, which limits memory whatever the size of the rows.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit of the semaphore. An acquisition is a 32-bit number there, which reaches 4 TiB when it counts KiB.
const UNIT: u64 = 1024;

/// Bytes that may be in flight at the same time. Clones share them.
#[derive(Clone, Debug)]
pub struct Budget {
    units: Arc<Semaphore>,
    total: u32,
}

/// A share of the budget, returned to it on drop.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Budget {
    /// Returns a budget of this many bytes, at least one KiB.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let total = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(total as usize)), total }
    }

    /// Waits until the bytes are free and takes them. A request larger than the whole budget takes all of it, so that an
    /// oversized batch moves alone instead of never. Waiters are served in order.
    ///
    /// # Panics
    /// Never: the semaphore is not closed as long as a budget exists.
    pub async fn acquire(&self, bytes: u64) -> Permit {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.total);
        let permit = Arc::clone(&self.units).acquire_many_owned(units).await;
        Permit(permit.expect("the semaphore is never closed"))
    }

    /// Returns how many bytes are free.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.units.available_permits() as u64 * UNIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[tokio::test]
    async fn a_batch_larger_than_the_budget_moves_alone() {
        let budget = Budget::new(1 << 20);
        let whole = budget.acquire(1 << 40).await;
        assert_eq!(budget.free(), 0);
        let mut next = pin!(budget.acquire(1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(next.as_mut().poll(&mut context).is_pending());
        drop(whole);
        assert!(matches!(next.as_mut().poll(&mut context), Poll::Ready(_)));
    }
}
