//! Handles Ctrl-C, SIGTERM and SIGHUP: the first signal asks the run to stop at the next safe point, the second ends the
//! program.

use tokio::task::JoinHandle;

use super::output;
use crate::error::ExitStatus;
use crate::event::Progress;
use crate::stream::cancel::Cancel;

/// Listens for signals until it is dropped.
pub(super) struct Signals(JoinHandle<()>);

impl Signals {
    /// Starts listening, on the current runtime. `resume` says how a run continues that was stopped immediately.
    pub(super) fn listen(cancel: Cancel, progress: Progress, resume: Option<String>) -> Self {
        Self(tokio::spawn(async move {
            // If the system does not allow listening, the first signal ends the program, which is no worse than the second.
            let Some(mut signals) = Heard::new() else { return };
            signals.next().await;
            cancel.request();
            progress.warning("stopping at the next safe point; repeat to stop immediately");
            signals.next().await;
            if let Some(how) = resume {
                output::message(&how);
            }
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
    /// `None` if SIGHUP was ignored when the program was started, as `nohup` does.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Heard {
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt()).ok()?;
        let hang_up = if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup()).ok()?) };
        Some(Self { interrupt, terminate: signal(SignalKind::terminate()).ok()?, hang_up })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = async {
                match &mut self.hang_up {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            } => {}
        }
    }
}

/// Returns whether SIGHUP was ignored when the program started; false if the system does not report it.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
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
