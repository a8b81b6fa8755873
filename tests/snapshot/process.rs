//! The process of an engine that a test kills and starts again, perhaps with nothing left in its folders.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long an engine may take to die, or to answer.
const LIMIT: Duration = Duration::from_secs(180);

/// A process, and what it takes to start another like it.
pub(super) struct Process {
    pub(super) pid: String,
    owner: (u32, u32),
    words: Vec<String>,
    environment: Vec<(String, String)>,
    folder: PathBuf,
}

impl Process {
    /// The process whose command line has both words.
    pub(super) fn of(word: &str, other: &str) -> Self {
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let words = words(&entry.path());
            if [word, other].iter().all(|wanted| words.iter().any(|known| known == wanted)) {
                let environment = fs::read_to_string(entry.path().join("environ")).unwrap();
                let variables = environment.split_terminator('\0').filter_map(|pair| pair.split_once('='));
                return Self {
                    pid: entry.file_name().to_string_lossy().into_owned(),
                    owner: fs::metadata(entry.path()).map(|metadata| (metadata.uid(), metadata.gid())).unwrap(),
                    words,
                    environment: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                    folder: fs::read_link(entry.path().join("cwd")).unwrap(),
                };
            }
        }
        panic!("no process has {word} and {other}");
    }

    /// Kills it, and waits until it is gone.
    pub(super) fn kill(&self) {
        assert!(Command::new("kill").args(["-KILL", &self.pid]).status().unwrap().success());
        let place = Path::new("/proc").join(&self.pid);
        // One that nobody has asked for its status yet has no command line.
        wait_until("the engine dies", || words(&place).is_empty());
    }

    /// Starts another one like it, and writes its number into the file `pid` of a folder, by which whoever has started the first
    /// one ends it: it outlives the tests. What it says goes to the file `log` there.
    pub(super) fn start(&self, home: &Path) {
        let log = fs::File::options().append(true).open(home.join("log")).unwrap();
        let mut command = Command::new("setsid");
        // The shell becomes the engine, with its number.
        command.args(["--fork", "sh", "-c", "echo $$ >\"$0\"; exec \"$@\""]).arg(self.folder.join("pid.new"));
        command.args(&self.words).env_clear().envs(self.environment.iter().cloned());
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // Only root can be another user, and needs to.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(self.owner.0).gid(self.owner.1);
        }
        assert!(command.status().unwrap().success());
        let noted = self.folder.join("pid.new");
        let complete = || fs::read_to_string(&noted).is_ok_and(|text| text.ends_with('\n'));
        wait_until("the engine starts", complete);
        fs::rename(noted, home.join("pid")).unwrap();
    }
}

fn words(process: &Path) -> Vec<String> {
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).split_terminator('\0').map(str::to_owned).collect()
}

/// Waits for what must happen.
pub(super) fn wait_until(what: &str, mut happens: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(begun.elapsed() < LIMIT, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Removes what is in folders that an engine fills.
pub(super) fn empty(folders: &[PathBuf]) {
    for entry in folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten()) {
        let path = entry.unwrap().path();
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
}
