//! What all cases share: programs, bundles, scratch folder, and gapsync's own runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cases::Case;
use crate::engine::Engine;
use crate::measure::{Run, plain, run};
use crate::peers::{self, Staged};
use crate::{Options, Outcome};

/// Installations that bundles are made of: what the target holds, and what is imported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// In the database before.
    First,
    /// In the bundle that is imported: half of its rows are the first's too, half of those newer.
    Second,
}

/// Programs, data and folders of a run.
pub(crate) struct World {
    /// What was asked for.
    pub(crate) options: Options,
    /// Emptied and removed at the end.
    pub(crate) scratch: PathBuf,
    root: PathBuf,
}

/// A run of gapsync with its report.
pub(crate) struct Ours {
    /// What it cost.
    pub(crate) run: Run,
    /// What `--json` printed.
    pub(crate) report: Value,
}

impl Ours {
    /// Seconds of a phase of the report.
    pub(crate) fn phase(&self, name: &str) -> f64 {
        let phases = self.report["phases"].as_array();
        let found = phases.and_then(|phases| phases.iter().find(|phase| phase["name"] == name));
        found.map_or(0.0, |phase| phase["seconds"].as_f64().unwrap_or_default())
    }

    /// All phases in a line.
    pub(crate) fn phases(&self) -> String {
        let each = |phase: &Value| {
            format!("{} {:.2}", phase["name"].as_str().unwrap_or("?"), phase["seconds"].as_f64().unwrap_or(0.0))
        };
        peers::list(self.report["phases"].as_array().into_iter().flatten().map(each))
    }

    /// Peak of memory, MB.
    pub(crate) fn peak_mb(&self) -> f64 {
        self.report["peak_memory_bytes"].as_f64().unwrap_or_default() / 1e6
    }
}

impl World {
    /// Makes the scratch folder.
    pub(crate) fn new(options: Options) -> Outcome<Self> {
        let parent = options.scratch.clone().unwrap_or_else(std::env::temp_dir);
        let scratch = parent.join(format!("gapsync-bench.{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let scratch = scratch.canonicalize()?;
        // A socket's path holds 107 bytes at most.
        if scratch.as_os_str().len() > 80 {
            return Err("the scratch folder's path is too long for sockets; give another with --scratch".into());
        }
        stop_on_signal(scratch.clone());
        let root = options.root.canonicalize()?;
        Ok(Self { options, scratch, root })
    }

    /// A built program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        // This program lies in `release/examples`.
        let own = std::env::current_exe().unwrap_or_default();
        let examples = own.parent().unwrap_or(Path::new(".")).to_owned();
        if name == "gapsync" { examples.join("..").join(name) } else { examples.join(name) }
    }

    /// A peer's script.
    pub(crate) fn peer(&self, name: &str) -> Command {
        Command::new(self.root.join("benches/peers").join(name))
    }

    /// Whether a case is wanted.
    pub(crate) fn wants(&self, case: &Case) -> bool {
        let text = format!("{} against {}", case.name, case.against);
        self.options.case.is_empty() || self.options.case.iter().any(|part| text.contains(part.as_str()))
    }

    /// The bundle of an installation, made when it is not there.
    pub(crate) fn bundle(&self, cut: Cut, rows: u64) -> Outcome<PathBuf> {
        let name = if cut == Cut::First { "first" } else { "second" };
        let path = self.scratch.join(format!("{name}-{rows}.tar.gz"));
        if !path.exists() {
            say(&format!("making {}", path.display()));
            let mut make = Command::new(self.program("fixture"));
            make.arg("multiply").arg("--from").arg(self.root.join("fixtures/threatq-sample.tar.gz"));
            plain(make.args(["--rows", &(rows * 2 / 5).to_string(), "--cut", name, "--out"]).arg(&path))?;
        }
        Ok(path)
    }

    /// The tables of a bundle, unpacked below the folder that is given back too.
    pub(crate) fn unpacked(&self, bundle: &Path) -> Outcome<(Vec<Staged>, PathBuf)> {
        let folder = bundle.with_extension("unpacked");
        if !folder.exists() {
            std::fs::create_dir(&folder)?;
            plain(Command::new("tar").arg("-xf").arg(bundle).arg("-C").arg(&folder))?;
        }
        Ok((peers::staged(&folder)?, folder))
    }

    /// Runs gapsync on the engine's database.
    pub(crate) fn ours(&self, engine: &dyn Engine, arguments: &[&str]) -> Outcome<Ours> {
        let mut command = Command::new(self.program("gapsync"));
        command.args(arguments).args(["--database", &engine.url(), "--json", "--progress", "off"]);
        command.arg("--report-dir").arg(&self.scratch).current_dir(&self.scratch).env("GAPSYNC_CONFIG", "");
        let run = run(&mut command, Some(engine))?;
        let report = serde_json::from_str(&run.output).unwrap_or(Value::Null);
        Ok(Ours { run, report })
    }

    /// Makes and saves the state in which the database holds the bundle of an installation, unless it was made before.
    pub(crate) fn filled(&self, engine: &mut dyn Engine, state: &str, cut: Cut, rows: u64) -> Outcome<()> {
        let made = self.scratch.join(format!("{}-{state}.made", engine.name()));
        if made.exists() {
            return Ok(());
        }
        let bundle = self.bundle(cut, rows)?;
        say(&format!("{}: making the state `{state}`", engine.name()));
        engine.empty()?;
        self.ours(engine, &["init"])?;
        self.ours(engine, &["import", "--file", &bundle.display().to_string()])?;
        engine.save(state)?;
        Ok(std::fs::write(made, "")?)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

/// Lets a signal stop the servers and remove the scratch folder, as the regular end does.
fn stop_on_signal(scratch: PathBuf) {
    use tokio::signal::unix::{SignalKind, signal};
    std::thread::spawn(move || -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (mut interrupt, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = term.recv() => {}
            }
            Ok::<(), std::io::Error>(())
        })?;
        // Nothing of theirs is kept: PostgreSQL's quickest stop, and MariaDB's.
        for (file, how) in [("pg/data/postmaster.pid", "-QUIT"), ("my/pid", "-KILL")] {
            let pid = std::fs::read_to_string(scratch.join(file)).unwrap_or_default();
            if let Some(pid) = pid.lines().next() {
                Command::new("kill").args([how, pid]).status()?;
            }
        }
        std::fs::remove_dir_all(&scratch)?;
        std::process::exit(130)
    });
}

/// Says what goes on.
pub(crate) fn say(text: &str) {
    eprintln!("benches/run: {text}");
}
