//! Runs a command of the platform file: an argument vector, never a shell.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::{Error, ErrorKind, Result, escape};

/// Bytes kept of what a command prints.
const MAX_OUTPUT: u64 = 1 << 20;

/// How much of a command's last message is shown.
const MAX_SHOWN: usize = 200;

/// What Java says about options that it takes from its environment: no message of the command.
const JAVA_NOTE: &str = "NOTE: Picked up JDK_JAVA_OPTIONS";

/// How often a command is looked at.
const TICK: Duration = Duration::from_millis(20);

/// What a command left behind.
#[derive(Debug)]
pub(in crate::snapshot) struct Ended {
    /// Its exit status, or `None` if a signal or its time limit ended it.
    pub(in crate::snapshot) status: Option<i32>,
    /// What it wrote to standard output.
    pub(in crate::snapshot) output: String,
    /// The last line of its messages.
    pub(in crate::snapshot) message: String,
    /// Whether it took too long.
    pub(in crate::snapshot) late: bool,
}

impl Ended {
    /// Returns how it ended, in words.
    pub(in crate::snapshot) fn described(&self) -> String {
        let how = match self.status {
            _ if self.late => "took too long and was killed".to_owned(),
            Some(status) => format!("ended with status {status}"),
            None => "was ended by a signal".to_owned(),
        };
        if self.message.is_empty() { how } else { format!("{how}: {}", self.message) }
    }
}

/// Runs a command to its end, in a process group of its own, so that Ctrl-C does not stop it half way.
///
/// # Errors
/// `File` if the program cannot be started.
pub(in crate::snapshot) fn run(words: &[String], limit: Duration) -> Result<Ended> {
    run_with(words, &[], limit)
}

/// Runs a command with further variables in its environment, as [`run`].
///
/// # Errors
/// `File` if the program cannot be started.
pub(in crate::snapshot) fn run_with(words: &[String], env: &[(String, String)], limit: Duration) -> Result<Ended> {
    let (program, arguments) = words.split_first().ok_or_else(|| Error::internal("a command without a program"))?;
    let mut command = Command::new(program);
    command.envs(env.iter().map(|(name, value)| (name, value)));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| {
        Error::new(ErrorKind::File, "a command of the platform file cannot be started")
            .at_path(program.clone())
            .because(error)
    })?;
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let begun = Instant::now();
    let mut late = false;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.code(),
            Ok(None) if begun.elapsed() > limit && !late => {
                late = true;
                // With what it has started, such as the command of another user.
                let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                let _ = group.map(|group| kill_process_group(group, Signal::KILL));
                let _ = child.kill();
            }
            Ok(None) => std::thread::sleep(TICK),
            Err(error) => return Err(Error::internal("a command cannot be waited for").because(error)),
        }
    };
    // A child of the command that was left behind keeps the pipes open; what is there by then is enough.
    let text = |collected: Option<Collected>| collected.map(Collected::text).unwrap_or_default();
    let messages = text(stderr);
    let last = messages.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with(JAVA_NOTE));
    let last = last.unwrap_or_default();
    let shown: String = last.chars().take(MAX_SHOWN).collect();
    let status = if late { None } else { status };
    Ok(Ended { status, output: text(stdout), message: escape::line(&shown).into_owned(), late })
}

/// The output of a command, on its way.
struct Collected {
    bytes: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Collected {
    fn text(self) -> String {
        let begun = Instant::now();
        while !self.thread.is_finished() && begun.elapsed() < Duration::from_millis(500) {
            std::thread::sleep(TICK / 10);
        }
        let bytes = self.bytes.lock().map(|bytes| bytes.clone()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> Collected {
    let bytes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&bytes);
    let thread = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        // All of it is read, so that the command never waits for us.
        while let Ok(count @ 1..) = pipe.read(&mut piece) {
            if let Ok(mut kept) = kept.lock()
                && (kept.len() as u64) < MAX_OUTPUT
            {
                kept.extend_from_slice(&piece[..count]);
            }
        }
    });
    Collected { bytes, thread }
}
