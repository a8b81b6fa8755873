//! Ctrl-C and SIGTERM: the first asks the run to stop at the next safe point, the second ends the program.

use tokio::task::JoinHandle;

use crate::error::ExitStatus;
use crate::event::Progress;
use crate::stream::cancel::Cancel;

/// Listens for signals until it is dropped.
pub(super) struct Signals(JoinHandle<()>);

impl Signals {
    /// Starts to listen, on the current runtime.
    pub(super) fn listen(cancel: Cancel, progress: Progress) -> Self {
        Self(tokio::spawn(async move {
            // A system that lets nobody listen ends the program at the first signal, which is no worse than the second.
            let Some(mut signals) = Heard::new() else { return };
            signals.next().await;
            cancel.request();
            progress.warning("stopping at the next safe point; once more to stop at once");
            signals.next().await;
            std::process::exit(ExitStatus::Interrupted as i32);
        }))
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(unix)]
struct Heard {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Heard {
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt()).ok()?;
        Some(Self { interrupt, terminate: signal(SignalKind::terminate()).ok()? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Heard;

#[cfg(not(unix))]
impl Heard {
    fn new() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
