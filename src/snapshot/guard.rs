//! The guard: a process that freezes services and thaws them, whatever happens to the process that asked for it.
//!
//! It is this program, started again. Orders come as lines of JSON on its standard input, answers go to its standard output. It
//! thaws everything when it is told to, when its input ends, as it does when the other process dies, and when the pause has
//! become too long.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::freeze::Frozen;
use crate::error::{Error, ErrorKind, Result, escape};

/// An order to the guard.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// The longest pause, in milliseconds.
    Limit(u64),
    Freeze(Frozen),
    Thaw,
}

/// An answer of the guard.
#[derive(Default, Serialize, Deserialize)]
struct Answer {
    /// What failed.
    fault: Option<String>,
    /// The pause so far.
    pause_ms: u64,
    /// Whether everything was thawed because the pause had become too long.
    late: bool,
}

/// Serves orders until everything is thawed for good.
pub fn serve(input: impl BufRead + Send + 'static, mut output: impl Write) {
    let (sender, orders) = mpsc::channel();
    std::thread::spawn(move || {
        for line in input.lines().map_while(std::result::Result::ok) {
            let Ok(order) = serde_json::from_str::<Order>(&line) else { break };
            if sender.send(order).is_err() {
                break;
            }
        }
    });
    let (mut frozen, mut limit): (Vec<Frozen>, _) = (Vec::new(), Duration::from_secs(30));
    let (mut begun, mut late): (Option<Instant>, Option<Duration>) = (None, None);
    loop {
        let left = begun.filter(|_| late.is_none()).map(|begun| limit.saturating_sub(begun.elapsed()));
        let next = left.map_or_else(
            || orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            |left| orders.recv_timeout(left),
        );
        let (fault, ends) = match next {
            Ok(Order::Limit(milliseconds)) => {
                limit = Duration::from_millis(milliseconds);
                continue;
            }
            Ok(Order::Freeze(_)) if late.is_some() => (None, false),
            Ok(Order::Freeze(service)) => {
                begun = begun.or(Some(Instant::now()));
                frozen.retain(|known| known.name != service.name);
                frozen.push(service);
                (frozen.last().and_then(|service| service.freeze().err()), false)
            }
            Ok(Order::Thaw) => (thaw(&mut frozen), true),
            Err(RecvTimeoutError::Timeout) => {
                thaw(&mut frozen);
                late = Some(begun.map_or(limit, |begun| begun.elapsed()));
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                thaw(&mut frozen);
                return;
            }
        };
        let pause = late.unwrap_or_else(|| begun.map_or(Duration::ZERO, |begun| begun.elapsed()));
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let answer = Answer { fault: fault.map(|error| error.to_string()), pause_ms, late: late.is_some() };
        // Nobody may be there to read it.
        let _ = serde_json::to_string(&answer).map(|line| writeln!(output, "{line}").and_then(|()| output.flush()));
        if ends {
            return;
        }
    }
}

/// Thaws services, the last one first. One that fails is tried again once.
fn thaw(frozen: &mut Vec<Frozen>) -> Option<Error> {
    let mut first = None;
    while let Some(service) = frozen.pop() {
        if let Err(error) = service.thaw().or_else(|_| service.thaw()) {
            first = first.or(Some(error));
        }
    }
    first
}

/// A guard that was started. Dropping it thaws everything.
pub(in crate::snapshot) struct Guard {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Guard {
    /// Starts a guard for pauses of at most `limit`.
    ///
    /// # Errors
    /// `File` if this program cannot be started again.
    pub(in crate::snapshot) fn start(limit: Duration) -> Result<Self> {
        let fault = |error| {
            Error::file(std::path::Path::new("/proc/self/exe"), "the guard of frozen services cannot be started", error)
        };
        let mut command = Command::new(std::env::current_exe().map_err(fault)?);
        command.args(["--progress", "off", "snapshot", "guard"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().map_err(fault)?;
        let (orders, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or_else(|| Error::internal("a guard without a pipe"))?;
        let mut guard = Self { child, orders, answers: BufReader::new(answers) };
        guard.send(&Order::Limit(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)))?;
        Ok(guard)
    }

    /// Freezes a service.
    ///
    /// # Errors
    /// `Database` if it does not freeze, or the pause has become too long.
    pub(in crate::snapshot) fn freeze(&mut self, service: &Frozen) -> Result<()> {
        self.send(&Order::Freeze(service.clone()))?;
        let answer = self.answer()?;
        match answer.fault {
            Some(fault) => Err(Error::database(fault)),
            None if answer.late => Err(too_long(answer.pause_ms)),
            None => Ok(()),
        }
    }

    /// Thaws everything, and returns how long the pause was.
    ///
    /// # Errors
    /// `Service` if a service does not thaw; `Database` if it was thawed before, because the pause had become too long.
    pub(in crate::snapshot) fn thaw(&mut self) -> Result<Duration> {
        self.send(&Order::Thaw)?;
        let answer = self.answer()?;
        let _ = self.child.wait();
        match answer.fault {
            Some(fault) => Err(Error::new(ErrorKind::Service, escape::line(&fault).into_owned())
                .hint("Act now. `gapsync snapshot recover` thaws what is frozen.")),
            None if answer.late => Err(too_long(answer.pause_ms)),
            None => Ok(Duration::from_millis(answer.pause_ms)),
        }
    }

    fn send(&mut self, order: &Order) -> Result<()> {
        let line =
            serde_json::to_string(order).map_err(|error| Error::internal("an order to the guard").because(error))?;
        let orders = self.orders.as_mut().ok_or_else(|| Error::internal("a guard without a pipe"))?;
        writeln!(orders, "{line}").and_then(|()| orders.flush()).map_err(|error| gone().because(error))
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| gone().because(error))?;
        serde_json::from_str(&line).map_err(|error| gone().because(error))
    }
}

fn too_long(pause_ms: u64) -> Error {
    Error::database(format!("the pause became too long: everything was thawed after {pause_ms} ms"))
        .hint("There is no snapshot. Allow a longer pause with --max-pause, or choose --mode stopped or ordered.")
}

fn gone() -> Error {
    Error::new(ErrorKind::Service, "the guard of frozen services is gone")
        .hint("Act now. `gapsync snapshot recover` thaws what is frozen.")
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The end of its input is the order to thaw.
        self.orders = None;
        let _ = self.child.wait();
    }
}
