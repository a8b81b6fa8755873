//! Running a command and what it cost.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Outcome;
use crate::engine::Engine;

/// Clock ticks a second in `/proc/<pid>/stat`: the same on every Linux.
const TICKS: f64 = 100.0;

/// What a command printed and took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// Wall time.
    pub(crate) seconds: f64,
    /// CPU time of the command with its children, and of the database server.
    pub(crate) cpu_seconds: f64,
    /// Standard output.
    pub(crate) output: String,
}

/// Runs a command and measures it together with the server of `engine`.
pub(crate) fn run(command: &mut Command, engine: Option<&dyn Engine>) -> Outcome<Run> {
    let server = || engine.and_then(Engine::server).map_or(0.0, |pid| tree_seconds(pid, &processes()));
    let (server_before, children_before) = (server(), children_seconds());
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output()?;
    let seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = server() - server_before + children_seconds() - children_before;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} ended with {}:\n{text}", output.status).into());
    }
    Ok(Run { seconds, cpu_seconds, output: String::from_utf8_lossy(&output.stdout).into_owned() })
}

/// Runs a command that is not measured; gives its standard output.
pub(crate) fn plain(command: &mut Command) -> Outcome<String> {
    Ok(run(command, None)?.output)
}

struct Process {
    pid: u32,
    parent: u32,
    seconds: f64,
}

/// The fields of a `stat` file after the command's name, which may hold blanks: state is 0, parent 1, CPU times 11 to 14.
fn fields(stat: &str) -> Vec<u64> {
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect()
}

fn processes() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let read = |pid: u32| {
        let fields = fields(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
        let ticks: u64 = fields.get(11..15)?.iter().sum();
        Some(Process { pid, parent: u32::try_from(fields[1]).ok()?, seconds: ticks as f64 / TICKS })
    };
    pids.filter_map(read).collect()
}

/// CPU time of a process, its living descendants and those it has waited for.
fn tree_seconds(root: u32, all: &[Process]) -> f64 {
    let own: f64 = all.iter().filter(|process| process.pid == root).map(|process| process.seconds).sum();
    own + all.iter().filter(|process| process.parent == root).map(|child| tree_seconds(child.pid, all)).sum::<f64>()
}

/// CPU time of the children that this process has waited for.
fn children_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    fields(&stat).get(13..15).map_or(0.0, |times| times.iter().sum::<u64>() as f64 / TICKS)
}
