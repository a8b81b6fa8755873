//! The byte budget: what keeps memory bounded, whatever the size of the rows.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit of the semaphore. Counting KiB lets one acquisition, a 32-bit number there, reach 4 TiB.
const UNIT: u64 = 1024;

/// Bytes that may be in flight at one time. Clones share them.
#[derive(Clone, Debug)]
pub struct Budget {
    units: Arc<Semaphore>,
    total: u32,
}

/// A part of the budget; gives it back when dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Budget {
    /// A budget of so many bytes, at least one KiB.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let total = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(total as usize)), total }
    }

    /// Waits until the bytes are free and takes them. More bytes than the whole budget take all of it, so that a batch
    /// that is larger than the budget moves alone instead of never. Those who wait are served in their order.
    ///
    /// # Panics
    /// Never: the semaphore is not closed while a budget is there.
    pub async fn acquire(&self, bytes: u64) -> Permit {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.total);
        let permit = Arc::clone(&self.units).acquire_many_owned(units).await;
        Permit(permit.expect("the semaphore is never closed"))
    }

    /// Bytes that nobody holds now.
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
