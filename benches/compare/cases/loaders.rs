//! The general loaders: pgloader into staging tables, myloader and then a merge by hand.

use std::process::Command;

use super::{Case, Results, peer, remove};
use crate::Outcome;
use crate::engine::{self, Engine};
use crate::measure::plain;
use crate::peers::{self, Staged};
use crate::world::{Cut, World};

const PGLOADER: Case =
    Case { name: "stage (read included)", against: "pgloader of the unpacked files", target: Some(0.25) };
const MYLOADER: Case = Case { name: "import", against: "myloader, then a merge by hand", target: Some(0.8) };

/// Runs what the engine has.
pub(crate) fn run(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    match engine.name() {
        "PostgreSQL" if world.wants(&PGLOADER) => pgloader(world, engine, results),
        "MariaDB" if world.wants(&MYLOADER) => myloader(world, engine, results),
        _ => Ok(()),
    }
}

fn pgloader(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    let rows = world.options.rows;
    world.filled(engine, "first", Cut::First, rows)?;
    let bundle = world.bundle(Cut::Second, rows)?;
    let (tables, folder) = world.unpacked(&bundle)?;
    let script = world.scratch.join("pgloader.load");
    std::fs::write(&script, peers::postgres::pgloader(&tables, &folder, &engine.place()))?;
    for _ in 0..world.options.pairs {
        engine.restore("first")?;
        let ours = world.ours(engine, &["import", "--file", &bundle.display().to_string()])?;
        engine.sql(&peers::postgres::staging(&tables))?;
        let mut command = Command::new("pgloader");
        command.args(["--quiet", "--root-dir"]).arg(world.scratch.join("pgloader")).arg(&script);
        let theirs = peer(&mut command, engine)?;
        let count = |table: &Staged| format!("SELECT count(*) FROM stg_{};\n", table.name());
        let counts = engine.sql(&tables.iter().map(count).collect::<String>())?;
        let loaded: u64 = counts.lines().filter_map(|line| line.trim().parse::<u64>().ok()).sum();
        if ours.report["totals"]["staged"].as_u64() != Some(loaded) {
            return Err(format!("pgloader loaded {loaded} rows, gapsync {}", ours.report["totals"]["staged"]).into());
        }
        let staged = ours.phase("read") + ours.phase("stage");
        results.add_values(&PGLOADER, engine.name(), "s", staged, theirs.seconds);
    }
    Ok(())
}

fn myloader(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    let rows = world.options.rows;
    world.filled(engine, "first", Cut::First, rows)?;
    let bundle = world.bundle(Cut::Second, rows)?;
    let (tables, _) = world.unpacked(&bundle)?;
    world.filled(engine, "source", Cut::Second, rows)?;
    engine.restore("source")?;
    let dump = world.scratch.join("mydumper");
    remove(&dump)?;
    std::fs::create_dir(&dump)?;
    let names = peers::list(tables.iter().map(Staged::name)).replace(' ', "");
    plain(world.peer("mydumper").arg(engine.place()).arg(&dump).arg("gzip").arg(names))?;
    let script = world.scratch.join("myloader.sql");
    std::fs::write(&script, peers::mariadb::merge_loaded(&tables))?;
    for _ in 0..world.options.pairs {
        engine.restore("first")?;
        let ours = world.ours(engine, &["import", "--file", &bundle.display().to_string()])?;
        let digests = engine::digests(engine, &tables)?;
        engine.restore("first")?;
        let mut command = world.peer("import-myloader");
        let theirs = peer(command.arg(&dump).arg(engine.place()).arg(&script), engine)?;
        if engine::digests(engine, &tables)? != digests {
            return Err("gapsync and myloader with its merge ended differently".into());
        }
        results.add(&MYLOADER, engine.name(), &ours.run, &theirs);
    }
    Ok(())
}
