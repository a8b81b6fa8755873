//! A server of our own, which nobody else reaches: only its user and root enter the folder of its socket.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::error::{Error, ErrorKind, Result, escape};
use crate::stream::cancel::Cancel;

/// How much of a message is shown.
const MAX_SHOWN: usize = 300;

/// How often it is looked whether processes have ended before they are killed.
const TICKS: usize = 50;

/// Names in the folder of its socket.
const EMPTY: &str = "empty.conf";
const HBA: &str = "hba.conf";
const LOG: &str = "log";

/// How a server is started.
pub(super) struct Start<'a> {
    pub(super) program: PathBuf,
    pub(super) data: &'a Path,
    /// The folder of its socket, its settings and its messages, which is made here.
    pub(super) folder: &'a Path,
    /// User and group that it runs as, if they are not ours.
    pub(super) owner: Option<(u32, u32)>,
    pub(super) options: &'a [(String, String)],
}

/// A server that runs. Dropping it kills it, and removes the folder of its socket.
pub(super) struct Private {
    child: Child,
    data: PathBuf,
    folder: PathBuf,
}

impl Private {
    /// How often it is looked at.
    pub(super) const TICK: Duration = Duration::from_millis(100);

    /// Starts a server.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn start(start: Start<'_>) -> Result<Self> {
        let Start { program, data, folder, owner, options } = start;
        let fault = |error| Error::file(folder, "the folder for a server's socket cannot be used", error);
        let log = prepare(folder, owner).map_err(fault)?;
        let mut command = Command::new(&program);
        command.arg("-D").arg(data).current_dir(data).env("LC_ALL", "C").process_group(0);
        for (name, file) in [("config_file", EMPTY), ("ident_file", EMPTY), ("hba_file", HBA)] {
            command.arg("-c").arg(format!("{name}={}", folder.join(file).display()));
        }
        command.arg("-c").arg(format!("unix_socket_directories={}", folder.display())).args(["-c", "port=5432"]);
        for (name, value) in options {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        if let Some((user, group)) = owner {
            command.uid(user).gid(group);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().map_err(fault)?).stderr(log);
        let child = command.spawn().map_err(|error| {
            Error::new(ErrorKind::File, "the program of PostgreSQL's server cannot be started")
                .at_path(program.display().to_string())
                .because(error)
        })?;
        Ok(Self { child, data: data.to_owned(), folder: folder.to_owned() })
    }

    /// Returns whether it runs.
    ///
    /// # Errors
    /// `Internal` if the system does not say.
    pub(super) fn is_running(&mut self) -> Result<bool> {
        let ended = self.child.try_wait();
        ended
            .map(|status| status.is_none())
            .map_err(|error| Error::internal("a server cannot be waited for").because(error))
    }

    fn messages(&self) -> String {
        fs::read(self.folder.join(LOG)).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }

    /// Returns whether a message of it holds a text.
    pub(super) fn has_said(&self, text: &str) -> bool {
        self.messages().lines().any(|line| line.contains("LOG:") && line.contains(text))
    }

    /// Returns why it ended, in its own words.
    pub(super) fn fatal(&self) -> String {
        let messages = self.messages();
        // Those that ask too early are told so.
        let of_us = |line: &&str| !line.contains("FATAL:  the database system is ");
        let fatal = |line: &&str| (line.contains("FATAL:") || line.contains("PANIC:")) && of_us(line);
        let line =
            messages.lines().find(fatal).or_else(|| messages.lines().rfind(of_us)).unwrap_or("it does not say why");
        let shown: String = line.chars().take(MAX_SHOWN).collect();
        escape::line(shown.trim()).into_owned()
    }

    /// Shuts it down, and waits for that.
    ///
    /// # Errors
    /// `Database` if it does not end well; `Interrupted`.
    pub(super) fn stop(&mut self, cancel: &Cancel) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _ = pid.map(|pid| kill_process(pid, Signal::INT));
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(None) => {
                    cancel.check()?;
                    std::thread::sleep(Self::TICK);
                }
                _ => return Err(Error::database(format!("the recovered server does not shut down: {}", self.fatal()))),
            }
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            end(&self.data);
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes the folder of a server's socket, and returns the file for its messages.
fn prepare(folder: &Path, owner: Option<(u32, u32)>) -> std::io::Result<File> {
    fs::DirBuilder::new().mode(0o700).create(folder)?;
    for (name, text) in [(EMPTY, ""), (HBA, "local all all trust\n"), (LOG, "")] {
        let path = folder.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        if let Some((user, group)) = owner {
            chown(&path, Some(user), Some(group))?;
        }
    }
    if let Some((user, group)) = owner {
        chown(folder, Some(user), Some(group))?;
    }
    File::options().append(true).open(folder.join(LOG))
}

/// Returns the processes that work in a data folder: a server, what it has started, and a server that has just begun.
fn workers(data: &Path) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let works = |entry: &fs::DirEntry| fs::read_link(entry.path().join("cwd")).is_ok_and(|folder| folder == data);
    let number = |entry: fs::DirEntry| entry.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
    entries.filter(works).filter_map(number).collect()
}

/// Ends a server that works in a data folder, with its processes, at once. One of another folder is left alone.
pub(super) fn end(data: &Path) {
    let Ok(data) = data.canonicalize() else { return };
    for signal in [Signal::QUIT, Signal::KILL] {
        for pid in workers(&data) {
            // One that has ended meanwhile is as it should be.
            let _ = kill_process(pid, signal);
        }
        for _ in 0..TICKS {
            if workers(&data).is_empty() {
                return;
            }
            std::thread::sleep(Private::TICK);
        }
    }
}
