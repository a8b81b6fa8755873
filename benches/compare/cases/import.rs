//! Import: against the expert's script, again, with another object limit, and what staging takes of both.

use std::path::PathBuf;

use super::{Case, Results, peer, remove, steps};
use crate::Outcome;
use crate::engine::{self, Engine};
use crate::measure::Run;
use crate::peers::{self, Staged};
use crate::world::{Cut, Ours, World};

const IMPORT: Case = Case { name: "import", against: "the expert's script", target: Some(0.9) };
const AGAIN: Case = Case { name: "import again", against: "the first import", target: Some(0.35) };
const MEMORY: Case = Case { name: "peak memory of an import", against: "100 MB", target: Some(1.0) };
const LIMIT: Case = Case { name: "import, object limit 1000", against: "object limit 50000", target: Some(1.3) };

fn stage(engine: &str) -> Case {
    let (against, target) = match engine {
        "PostgreSQL" => ("`\\copy` of the unpacked files", 0.6),
        "MariaDB" => ("LOAD DATA LOCAL of the unpacked files", 0.7),
        _ => ("`.import` of the unpacked files", 0.5),
    };
    Case { name: "stage (read included)", against, target: Some(target) }
}

/// What the runs of this group need.
struct Import<'a> {
    world: &'a World,
    bundle: PathBuf,
    script: PathBuf,
    tables: Vec<Staged>,
}

/// Runs the group.
pub(crate) fn run(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    let stage = stage(engine.name());
    let wanted = |case: &Case| world.wants(case);
    if ![&IMPORT, &AGAIN, &LIMIT, &MEMORY, &stage].into_iter().any(wanted) {
        return Ok(());
    }
    let rows = world.options.rows;
    world.filled(engine, "first", Cut::First, rows)?;
    let bundle = world.bundle(Cut::Second, rows)?;
    let (tables, _) = world.unpacked(&bundle)?;
    let script = world.scratch.join(format!("expert-{}.sql", engine.name()));
    std::fs::write(&script, engine.expert(&tables))?;
    let group = Import { world, bundle, script, tables };
    let name = engine.name();
    let (memory_limit, memory) = match name {
        "SQLite" => (200.0, Case { against: "200 MB", ..MEMORY }),
        _ => (100.0, MEMORY),
    };
    for pair in 0..world.options.pairs {
        engine.restore("first")?;
        let ours = group.ours(engine, &[])?;
        let digests = engine::digests(engine, &group.tables)?;
        if wanted(&MEMORY) {
            results.add_values(&memory, name, "MB", ours.peak_mb(), memory_limit);
        }
        if wanted(&AGAIN) {
            results.add(&AGAIN, name, &group.ours(engine, &[])?.run, &ours.run);
        }
        if wanted(&LIMIT) {
            engine.restore("first")?;
            results.add(&LIMIT, name, &ours.run, &group.ours(engine, &["--object-limit", "50000"])?.run);
        }
        if wanted(&IMPORT) || wanted(&stage) {
            engine.restore("first")?;
            let expert = group.expert(engine)?;
            group.compare(&digests, &engine::digests(engine, &group.tables)?)?;
            results.add(&IMPORT, name, &ours.run, &expert);
            let steps = steps(&expert.output);
            let load = steps.iter().find(|(step, _)| step == "load").map_or(0.0, |(_, seconds)| *seconds);
            results.add_values(&stage, name, "s", ours.phase("read") + ours.phase("stage"), load);
            if pair + 1 == world.options.pairs {
                results.detail(format!("{name}, import: {}", ours.phases()));
                let steps = steps.iter().map(|(step, seconds)| format!("{step} {seconds:.2}"));
                results.detail(format!("{name}, expert's script: {}", peers::list(steps)));
            }
        }
    }
    Ok(())
}

impl Import<'_> {
    fn ours(&self, engine: &dyn Engine, more: &[&str]) -> Outcome<Ours> {
        let bundle = self.bundle.display().to_string();
        self.world.ours(engine, &[&["import", "--file", &bundle], more].concat())
    }

    fn expert(&self, engine: &dyn Engine) -> Outcome<Run> {
        let folder = self.world.scratch.join("expert");
        remove(&folder)?;
        let mut command = self.world.peer(&format!("import-{}", engine.name().to_lowercase()));
        peer(command.arg(&self.bundle).arg(engine.place()).arg(&folder).arg(&self.script), engine)
    }

    /// Both must have reached the same end.
    fn compare(&self, ours: &str, theirs: &str) -> Outcome<()> {
        let different: Vec<String> = ours
            .lines()
            .zip(theirs.lines())
            .filter(|(ours, theirs)| ours != theirs)
            .map(|(ours, theirs)| format!("{ours} but {theirs}"))
            .collect();
        if !different.is_empty() || ours.lines().count() != self.tables.len() {
            return Err(format!("gapsync and the expert's script ended differently:\n{}", different.join("\n")).into());
        }
        Ok(())
    }
}
