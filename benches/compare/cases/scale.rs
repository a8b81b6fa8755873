//! Ten times the rows: time and memory of an import against those of a tenth.

use super::{Case, Results};
use crate::Outcome;
use crate::engine::Engine;
use crate::world::{Cut, World};

/// Below this the tables that do not grow with the rows are too much of the whole.
const LEAST_ROWS: u64 = 10_000_000;

/// Runs the case.
pub(crate) fn run(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    let target = if engine.name() == "SQLite" { 11.5 } else { 11.0 };
    let time = Case { name: "import of ten times the rows, time", against: "a tenth of them", target: Some(target) };
    let memory = Case { name: "import of ten times the rows, memory", against: "a tenth of them", target: Some(1.1) };
    let is_named = world.options.case.iter().any(|part| time.name.contains(part.as_str()));
    let rows = world.options.rows;
    if !world.wants(&time) || (rows < LEAST_ROWS && !is_named) {
        return Ok(());
    }
    let tenth = rows / 10;
    world.filled(engine, "first", Cut::First, rows)?;
    world.filled(engine, "tenth", Cut::First, tenth)?;
    for _ in 0..world.options.pairs {
        let mut import = |state: &str, rows| {
            engine.restore(state)?;
            let bundle = world.bundle(Cut::Second, rows)?;
            world.ours(engine, &["import", "--file", &bundle.display().to_string()])
        };
        let (big, small) = (import("first", rows)?, import("tenth", tenth)?);
        results.add(&time, engine.name(), &big.run, &small.run);
        results.add_values(&memory, engine.name(), "MB", big.peak_mb(), small.peak_mb());
    }
    Ok(())
}
