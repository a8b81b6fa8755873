//! The cases, engine by engine, and the page that comes of them.

mod export;
mod fill;
mod import;
mod loaders;
mod scale;
mod verify;

use std::path::PathBuf;
use std::process::Command;

use crate::engine::{self, Engine};
use crate::measure::{Run, plain};
use crate::table::{Line, markdown};
use crate::world::{World, say};
use crate::{Outcome, measure};

/// Lines and remarks so far.
#[derive(Default)]
pub(crate) struct Results {
    lines: Vec<Line>,
    details: Vec<String>,
}

/// A case: its name, what it is compared with, and the highest ratio that is wanted.
pub(crate) struct Case {
    /// Name; `--case` looks in it.
    pub(crate) name: &'static str,
    /// The peer.
    pub(crate) against: &'static str,
    /// Target.
    pub(crate) target: Option<f64>,
}

impl Results {
    /// Adds a run of each side to the line of a case.
    pub(crate) fn add(&mut self, case: &Case, engine: &str, ours: &Run, theirs: &Run) {
        self.add_values(case, engine, "s", ours.seconds, theirs.seconds);
        let line = self.line(case, engine, "s");
        line.our_cpu.push(ours.cpu_seconds);
        line.their_cpu.push(theirs.cpu_seconds);
    }

    /// Adds a value of each side.
    pub(crate) fn add_values(&mut self, case: &Case, engine: &str, unit: &'static str, ours: f64, theirs: f64) {
        let line = self.line(case, engine, unit);
        line.ours.push(ours);
        line.theirs.push(theirs);
        say(&format!("{} against {}, {engine}: {ours:.2} {unit}, {theirs:.2} {unit}", case.name, case.against));
    }

    /// Adds a remark for the end of the page.
    pub(crate) fn detail(&mut self, text: String) {
        say(&text);
        self.details.push(text);
    }

    fn line(&mut self, case: &Case, engine: &str, unit: &'static str) -> &mut Line {
        let is_same = |line: &Line| line.case == case.name && line.against == case.against && line.engine == engine;
        let index = self.lines.iter().position(is_same).unwrap_or_else(|| {
            self.lines.push(Line {
                case: case.name.to_owned(),
                against: case.against.to_owned(),
                engine: engine.to_owned(),
                target: case.target,
                unit,
                ours: Vec::new(),
                theirs: Vec::new(),
                our_cpu: Vec::new(),
                their_cpu: Vec::new(),
            });
            self.lines.len() - 1
        });
        &mut self.lines[index]
    }
}

/// Runs all cases that are wanted; prints the page, and writes it after each group of cases, so that what was measured
/// outlives a run that is stopped.
pub(crate) fn all(world: World) -> Outcome<()> {
    let mut results = Results::default();
    let head = head(&world)?;
    let path = out(&world)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    verify::verify(&world, &mut results)?;
    let mut engines = engine::start(world.options.engine.as_deref(), &world.scratch)?;
    let described = engines.iter().map(|engine| engine.described()).collect::<Outcome<Vec<_>>>()?;
    for group in [import::run, export::run, fill::run, loaders::run, scale::run] {
        for engine in &mut engines {
            group(&world, engine.as_mut(), &mut results)?;
            std::fs::write(&path, page(&head, &described, &results))?;
        }
    }
    print!("{}", page(&head, &described, &results));
    say(&format!("written to {}", path.display()));
    Ok(())
}

fn page(head: &str, described: &[String], results: &Results) -> String {
    let mut page = format!("{head}\n");
    for text in described {
        page.push_str(&format!("- {text}\n"));
    }
    page.push_str(&format!("\n{}", markdown(&results.lines)));
    if !results.details.is_empty() {
        page.push_str("\nWhere the time goes, in seconds, last pair:\n\n");
        for text in &results.details {
            page.push_str(&format!("- {text}\n"));
        }
    }
    page
}

fn commit(world: &World) -> String {
    let mut git = Command::new("git");
    git.arg("-C").arg(&world.options.root).args(["describe", "--always", "--dirty", "--abbrev=9", "--exclude", "*"]);
    plain(&mut git).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn out(world: &World) -> Outcome<PathBuf> {
    let name = format!("benches/results/{}-{}.md", world.options.rows, commit(world));
    Ok(world.options.out.clone().unwrap_or_else(|| world.options.root.join(name)))
}

/// The head of the page: what was measured, when and on what.
fn head(world: &World) -> Outcome<String> {
    let options = &world.options;
    let cores = std::thread::available_parallelism()?;
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let memory = memory.lines().next().unwrap_or_default().split_whitespace().nth(1).unwrap_or("0");
    let memory: f64 = memory.parse::<f64>()? / 1024.0 / 1024.0;
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let cpu =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("").trim_start_matches(['\t', ':', ' ']);
    let date = plain(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]))?;
    let note = options.note.as_ref().map_or(String::new(), |note| format!("\n\n{note}"));
    Ok(format!(
        "# {} rows, commit {}\n\n{}, {cores} cores ({cpu}), {memory:.0} GiB of memory; client and server share them. Medians \
         of {} runs of each side, in turn. CPU seconds are those of client and server together. Written by \
         `benches/run --rows {}`.{note}\n",
        options.rows,
        commit(world),
        date.trim(),
        options.pairs,
        options.rows,
    ))
}

/// Seconds of the steps of an expert's script, in the order in which they were first met; SQLite's shell quotes some.
pub(crate) fn steps(output: &str) -> Vec<(String, f64)> {
    let marks: Vec<(&str, f64)> = output
        .lines()
        .filter_map(|line| line.trim_matches(['"', '\r']).strip_prefix('@')?.rsplit_once('|'))
        .filter_map(|(step, at)| Some((step.trim_end(), at.parse().ok()?)))
        .collect();
    let mut sums: Vec<(String, f64)> = Vec::new();
    for pair in marks.windows(2) {
        // The table is the last word of a mark that has one.
        let step = pair[0].0;
        let step = step.strip_suffix(step.rsplit_once(' ').map_or("", |(_, table)| table)).unwrap_or(step);
        let step = if step.is_empty() { pair[0].0 } else { step.trim_end() };
        let seconds = pair[1].1 - pair[0].1;
        match sums.iter_mut().find(|(name, _)| name == step) {
            Some((_, sum)) => *sum += seconds,
            None => sums.push((step.to_owned(), seconds)),
        }
    }
    sums
}

/// Removes a folder that a peer unpacked into.
pub(crate) fn remove(folder: &std::path::Path) -> Outcome<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// The measured run of a peer's script.
pub(crate) fn peer(command: &mut Command, engine: &dyn Engine) -> Outcome<Run> {
    measure::run(command, Some(engine))
}
