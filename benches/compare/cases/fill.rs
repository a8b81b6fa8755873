//! `fill-sync-hash` of all rows, against one UPDATE a table that sets the column to as many distinct values.

use super::{Case, Results, peer};
use crate::Outcome;
use crate::engine::{self, Engine};
use crate::peers::Staged;
use crate::world::{Cut, World};

const FILL: Case = Case { name: "fill-sync-hash of all rows", against: "one UPDATE a table", target: Some(1.6) };

/// Runs the case.
pub(crate) fn run(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    if !world.wants(&FILL) {
        return Ok(());
    }
    let rows = world.options.rows;
    world.filled(engine, "first", Cut::First, rows)?;
    let (tables, _) = world.unpacked(&world.bundle(Cut::First, rows)?)?;
    engine.restore("first")?;
    let filled = engine::digests(engine, &tables)?;
    let names: Vec<&str> = tables.iter().map(Staged::name).collect();
    engine.without_hashes(&names)?;
    engine.save("hashless")?;
    let script = world.scratch.join("update.sql");
    let update = |name: &&str| format!("UPDATE {} SET sync_hash = {};\n", engine.ident(name), engine.distinct());
    std::fs::write(&script, names.iter().map(update).collect::<String>())?;
    for _ in 0..world.options.pairs {
        engine.restore("hashless")?;
        let ours = world.ours(engine, &["fill-sync-hash"])?;
        if engine::digests(engine, &tables)? != filled {
            return Err("fill-sync-hash gave other hashes than the import had".into());
        }
        engine.restore("hashless")?;
        let mut command = world.peer(&format!("run-{}", engine.name().to_lowercase()));
        results.add(&FILL, engine.name(), &ours.run, &peer(command.arg(engine.place()).arg(&script), engine)?);
    }
    Ok(())
}
