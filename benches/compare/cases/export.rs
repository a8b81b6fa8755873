//! Export: against the engine's own shell and a parallel compressor, against mydumper, and a small one out of a big base.

use std::path::PathBuf;

use super::{Case, Results, peer, remove};
use crate::Outcome;
use crate::engine::Engine;
use crate::measure::Run;
use crate::peers::{self, Staged};
use crate::world::{Cut, Ours, World};

const GZIP: &str = "gzip";
const ZSTD: &str = "zstd";
const NONE: &str = "none";
const SMALL: Case = Case { name: "export of 1,000 changed rows", against: "a full export", target: Some(0.05) };
/// Rows from which on a small export has its target: it takes about as long out of however many.
const SMALL_OUT_OF: u64 = 10_000_000;
/// Indicators that the small export finds changed.
const CHANGED: u64 = 1000;

/// A full export, with the peer that does the same work.
struct Full {
    case: Case,
    compression: &'static str,
    script: &'static str,
}

fn full(engine: &str) -> Vec<Full> {
    let (gzip, zstd, shell) = match engine {
        "PostgreSQL" => ("`psql \\copy` into `pigz -p2`", "`psql \\copy` into `zstd -3 -T2`", "export-postgresql"),
        "MariaDB" => ("`mariadb --batch --quick` into `pigz -p2`", "the same into `zstd -3 -T2`", "export-mariadb"),
        _ => ("`sqlite3 -csv` into `pigz -p2`", "`sqlite3 -csv` into `zstd -3 -T2`", "export-sqlite"),
    };
    let case = |name, against, target| Case { name, against, target: Some(target) };
    let mut all = vec![
        Full { case: case("export, gzip", gzip, 0.7), compression: GZIP, script: shell },
        Full { case: case("export, zstd", zstd, 1.0), compression: ZSTD, script: shell },
    ];
    if engine == "MariaDB" {
        let (gzip, none) = ("mydumper --compress, 2 threads", "mydumper, 2 threads");
        all.push(Full { case: case("export, gzip", gzip, 1.0), compression: GZIP, script: "mydumper" });
        all.push(Full { case: case("export, not compressed", none, 1.0), compression: NONE, script: "mydumper" });
    }
    all
}

struct Export<'a> {
    world: &'a World,
    tables: Vec<Staged>,
    /// Statements that print every table.
    statements: PathBuf,
    folder: PathBuf,
}

/// Runs the group.
pub(crate) fn run(world: &World, engine: &mut dyn Engine, results: &mut Results) -> Outcome<()> {
    let mut wanted = full(engine.name());
    wanted.retain(|full| world.wants(&full.case));
    if wanted.is_empty() && !world.wants(&SMALL) {
        return Ok(());
    }
    world.filled(engine, "first", Cut::First, world.options.rows)?;
    engine.restore("first")?;
    let (tables, _) = world.unpacked(&world.bundle(Cut::First, world.options.rows)?)?;
    let statements = world.scratch.join(format!("export-{}.sql", engine.name()));
    std::fs::write(&statements, engine.dump(&tables))?;
    let export = Export { world, tables, statements, folder: world.scratch.join("exports") };
    // Both sides find the tables in memory.
    let rows = export.rows(engine)?;
    let name = engine.name();
    for _ in 0..world.options.pairs {
        for full in &wanted {
            let ours = export.ours(engine, full.compression, &[])?;
            if ours.report["totals"]["rows"].as_u64() != Some(rows) {
                return Err(format!("the export has not all {rows} rows: {}", ours.report["totals"]).into());
            }
            results.add(&full.case, name, &ours.run, &export.theirs(engine, full)?);
        }
    }
    if world.wants(&SMALL) {
        let small = Case { target: SMALL.target.filter(|_| world.options.rows >= SMALL_OUT_OF), ..SMALL };
        let step = world.options.rows * 2 / 5 / CHANGED;
        engine.sql(&format!(
            "UPDATE indicators SET updated_at = '2035-01-01 00:00:00' WHERE id % {} = 0;",
            step.max(1)
        ))?;
        for _ in 0..world.options.pairs {
            let ours = export.ours(engine, GZIP, &["--start-date", "2034-01-01"])?;
            results.add(&small, name, &ours.run, &export.ours(engine, GZIP, &[])?.run);
        }
    }
    Ok(())
}

impl Export<'_> {
    fn ours(&self, engine: &dyn Engine, compression: &str, more: &[&str]) -> Outcome<Ours> {
        remove(&self.folder)?;
        std::fs::create_dir(&self.folder)?;
        let folder = self.folder.display().to_string();
        let all = ["export", "--target", &folder, "--compression", compression, "--include-deleted=Y", "--no-record"];
        self.world.ours(engine, &[&all, more].concat())
    }

    fn theirs(&self, engine: &dyn Engine, full: &Full) -> Outcome<Run> {
        remove(&self.folder)?;
        std::fs::create_dir(&self.folder)?;
        let mut command = self.world.peer(full.script);
        command.arg(engine.place()).arg(&self.folder).arg(full.compression);
        if full.script == "mydumper" {
            command.arg(peers::list(self.tables.iter().map(Staged::name)).replace(' ', ""));
        } else {
            command.arg(&self.statements);
        }
        peer(&mut command, engine)
    }

    fn rows(&self, engine: &dyn Engine) -> Outcome<u64> {
        let count = |table: &Staged| format!("SELECT count(*) FROM {};\n", engine.ident(table.name()));
        let counts = engine.sql(&self.tables.iter().map(count).collect::<String>())?;
        Ok(counts.lines().filter_map(|line| line.trim().parse::<u64>().ok()).sum())
    }
}
