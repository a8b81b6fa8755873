//! Waits for a future in code that blocks, as that of stores does.

use std::future::Future;

/// Waits for a future that needs the runtime: sockets, timers. Must be called on a thread of the runtime.
pub(in crate::snapshot) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
