//! The program is killed at every step; a repeat and `--resume` must both reach the end of an undisturbed run.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::model::compare::{Readable, differences, readable};
use crate::model::schema::Schema;
use crate::property::case::{Case, Journey};
use crate::property::tables::{self, Hashes};
use crate::property::wire;
use crate::support::{Database, Ended, Engine, engines, finish, gapsync};

/// Points of an import, and which passes of each; one that comes less often kills nothing the last times.
const POINTS: [(&str, &[u32]); 16] = [
    ("import.begun", &[1]),
    ("import.header", &[1]),
    ("import.member", &[1, 3]),
    ("import.between", &[2]),
    ("import.staged", &[1]),
    ("import.indexed", &[2]),
    ("import.resolve", &[1, 4]),
    ("import.resolved", &[1]),
    ("import.insert", &[1, 5]),
    ("import.update", &[1, 2]),
    ("import.deferred", &[1, 2]),
    ("import.committed", &[1, 4, 9]),
    ("import.files", &[1]),
    ("import.before-finish", &[1]),
    ("import.dropped", &[1]),
    ("import.after-finish", &[1]),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Repeat,
    Resume,
}

/// A target, a bundle, and what an undisturbed import makes of them.
struct Bench {
    schema: Schema,
    case: Case,
    target: Database,
    folder: TempDir,
    bundle: PathBuf,
    end: Readable,
    report: Value,
    rejects: String,
    took: Duration,
}

impl Bench {
    fn new(engine: Engine) -> Self {
        let mut target = tables::create(engine, false);
        let schema = Schema::mini(engine);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // A case in which much happens: new rows, changed ones, rejected ones, and references in rings.
        for seed in 0.. {
            let case = Case::new(seed, engine);
            let Journey::HandMade(bundle) = &case.journey else { continue };
            if case.without_samples || !case.import.trusted_hashes {
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            let written = wire::write(folder.path(), "b.tar", bundle, &schema.profile, true);
            let bundle = runtime.block_on(written);
            let mut bench = Self {
                schema: Schema::mini(engine),
                case,
                target,
                folder,
                bundle,
                end: Readable::new(),
                report: Value::Null,
                rejects: String::new(),
                took: Duration::ZERO,
            };
            bench.reset();
            let began = Instant::now();
            let ended = bench.import(&[], None);
            let report: Value = serde_json::from_str(&ended.stdout).expect("a report");
            let count = |name: &str| report["totals"][name].as_u64().unwrap_or(0);
            let much = count("inserted") > 15 && count("updated") > 3 && count("rejected") > 1 && count("staged") < 80;
            if ended.status != 3 || !much {
                // A run that failed keeps its tables, and nobody would know whose they are once the ledger is gone.
                let url = format!("--database={}", bench.target.url);
                finish(&mut gapsync(["cleanup", "--force", "--progress=off", "--profile=mini", &url]));
                target = bench.target;
                continue;
            }
            bench.took = began.elapsed();
            bench.end = bench.state();
            bench.rejects = bench.rejects_file();
            bench.report = report;
            return bench;
        }
        unreachable!("seeds do not end");
    }

    /// The target as it was before.
    fn reset(&self) {
        let ledger = "DROP TABLE IF EXISTS gapsync_checkpoint;\nDROP TABLE IF EXISTS gapsync_lock;\n";
        self.target.run(ledger);
        tables::fill(&self.target, &self.schema, &self.case.target, Hashes::Given);
        let _ = std::fs::remove_file(self.folder.path().join("b-rejects.csv"));
    }

    fn state(&self) -> Readable {
        readable(&self.schema, &tables::read(&self.target, &self.schema))
    }

    fn rejects_file(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("b-rejects.csv")).unwrap_or_default()
    }

    fn command(&self, options: &[&str], point: Option<&str>) -> std::process::Command {
        let choice = |name: &str, on: bool| format!("--{name}={}", if on { "Y" } else { "N" });
        let mut command = gapsync([
            "import".to_owned(),
            format!("--database={}", self.target.url),
            "--profile=mini".to_owned(),
            "--progress=off".to_owned(),
            "--json".to_owned(),
            "--object-limit=2".to_owned(),
            format!("--report-dir={}", self.folder.path().display()),
            format!("--file={}", self.bundle.display()),
            choice("keep-created-at", self.case.import.keep_created_at),
            choice("override-description", self.case.import.override_description),
        ]);
        command.args(options);
        if let Some(point) = point {
            command.env("GAPSYNC_FAIL_POINT", point);
        }
        command
    }

    fn import(&self, options: &[&str], point: Option<&str>) -> Ended {
        finish(&mut self.command(options, point))
    }

    /// What differs from the undisturbed end after an import was killed and taken up again.
    fn check(&self, way: Way) -> Result<(), String> {
        let options: &[&str] = if way == Way::Resume { &["--resume"] } else { &[] };
        let ended = self.import(options, None);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let finished = report["error"].is_null();
        // A run that had done all, or had not begun, cannot be resumed.
        let over = way == Way::Resume && ended.status == 2;
        if !over && !finished {
            return Err(format!("status {}: {}", ended.status, ended.stderr));
        }
        if over && self.state() != self.end {
            let again = self.import(&[], None);
            if again.status != 3 && again.status != 0 {
                return Err(format!("after a refused resume: {}", again.stderr));
            }
        }
        let differs = differences(&self.end, &self.state(), 5);
        if !differs.is_empty() {
            return Err(differs);
        }
        if way == Way::Resume && !over {
            for part in ["tables", "totals", "files"] {
                if report[part] != self.report[part] {
                    return Err(format!("{part}: {} instead of {}", report[part], self.report[part]));
                }
            }
            // A second process does not know the parents that the first one rejected: the last column may be empty there.
            let named = |file: &str| -> Vec<String> {
                file.lines().map(|line| line.split(",\"{").next().unwrap_or_default().to_owned()).collect()
            };
            if named(&self.rejects_file()) != named(&self.rejects) {
                return Err(format!("rejects:\n{}instead of\n{}", self.rejects_file(), self.rejects));
            }
        }
        let left = sync_tables(&self.target);
        if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
    }
}

fn sync_tables(database: &Database) -> Vec<Vec<String>> {
    database.rows(match database.engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'sync_import%'",
        Engine::Postgres => "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'sync_import%'",
        Engine::Mariadb => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND table_name LIKE 'sync_import%'"
        }
    })
}

fn killed_everywhere(engine: Engine) {
    if !engines().contains(&engine) {
        return;
    }
    let bench = Bench::new(engine);
    let mut faults = Vec::new();
    println!("{:<10} {:<24} {:<8} end", "engine", "killed at", "then");
    for (point, passes) in POINTS {
        for pass in passes {
            for way in [Way::Repeat, Way::Resume] {
                bench.reset();
                let place = format!("{point}:{pass}");
                let killed = bench.import(&[], Some(&place)).status == -1;
                if !killed {
                    assert!(*pass > 1, "{point} is never passed");
                    continue;
                }
                let outcome = bench.check(way);
                let shown = if outcome.is_ok() { "equal" } else { "DIFFERS" };
                println!("{:<10} {place:<24} {:<8} {shown}", engine.name(), format!("{way:?}").to_lowercase());
                if let Err(fault) = outcome {
                    faults.push(format!("{} {place} {way:?}: {fault}", engine.name()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn killed_at_random(engine: Engine) {
    if !engines().contains(&engine) {
        return;
    }
    let bench = Bench::new(engine);
    let long = std::env::var_os("GAPSYNC_TEST_LONG").is_some();
    let kills: u32 = if long { 500 } else { 20 };
    let mut faults = Vec::new();
    for kill in 0..kills {
        bench.reset();
        let mut child = bench.command(&[], None).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let after = bench.took.mul_f64(f64::from(kill) / f64::from(kills));
        std::thread::sleep(after);
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        let way = if kill % 2 == 0 { Way::Resume } else { Way::Repeat };
        if let Err(fault) = bench.check(way) {
            faults.push(format!("{} after {after:?} ({ended}) {way:?}: {fault}", engine.name()));
        }
    }
    println!("{}: {kills} kills within {:?}, {} faults", engine.name(), bench.took, faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_import_into_sqlite_is_killed_everywhere() {
    killed_everywhere(Engine::Sqlite);
}

#[test]
fn an_import_into_postgres_is_killed_everywhere() {
    killed_everywhere(Engine::Postgres);
}

#[test]
fn an_import_into_mariadb_is_killed_everywhere() {
    killed_everywhere(Engine::Mariadb);
}

#[test]
fn an_import_into_sqlite_is_killed_at_random() {
    killed_at_random(Engine::Sqlite);
}

#[test]
fn an_import_into_postgres_is_killed_at_random() {
    killed_at_random(Engine::Postgres);
}

#[test]
fn an_import_into_mariadb_is_killed_at_random() {
    killed_at_random(Engine::Mariadb);
}

#[test]
fn cleanup_tells_runs_that_can_go_on_from_dead_ones() {
    for engine in engines() {
        let bench = Bench::new(engine);
        let cleanup = |options: &[&str]| {
            let mut command = gapsync(["cleanup", "--progress=off", "--profile=mini"]);
            finish(command.args(options).arg(format!("--database={}", bench.target.url)))
        };
        // One that had not read its bundle is dead.
        bench.reset();
        assert_eq!(bench.import(&[], Some("import.between:2")).status, -1);
        assert!(!cleanup(&[]).stdout.contains("can continue"), "{engine:?}");
        assert_eq!(sync_tables(&bench.target), Vec::<Vec<String>>::new(), "{engine:?}");
        assert_eq!(bench.import(&["--resume"], None).status, 2, "{engine:?}");

        assert_eq!(bench.import(&[], Some("import.committed:2")).status, -1);
        let tables = sync_tables(&bench.target);
        let listed = cleanup(&[]);
        assert!(listed.stdout.contains("of b.tar can continue: gapsync import"), "{engine:?}: {listed:?}");
        assert!(listed.stdout.contains("--resume") && !tables.is_empty(), "{engine:?}: {listed:?}");
        assert_eq!(sync_tables(&bench.target), tables, "{engine:?}");
        // Other options would come to another end.
        let other = if bench.case.import.keep_created_at { "--keep-created-at=N" } else { "--keep-created-at=Y" };
        let mut command = bench.command(&["--resume"], None);
        let same = format!("--keep-created-at={}", if bench.case.import.keep_created_at { "Y" } else { "N" });
        let arguments: Vec<_> = command.get_args().filter(|argument| **argument != *same).map(Into::into).collect();
        let arguments: Vec<std::ffi::OsString> = arguments;
        let refused = finish(gapsync(arguments).arg(other));
        assert!(refused.status == 2 && refused.stderr.contains("--keep-created-at"), "{engine:?}: {refused:?}");
        assert_eq!(finish(&mut command).status, 3, "{engine:?}");
        assert_eq!(differences(&bench.end, &bench.state(), 5), "", "{engine:?}");

        bench.reset();
        assert_eq!(bench.import(&[], Some("import.committed:2")).status, -1);
        assert!(cleanup(&["--force"]).stdout.contains("dropped"), "{engine:?}");
        assert_eq!(sync_tables(&bench.target), Vec::<Vec<String>>::new(), "{engine:?}");
        assert_eq!(bench.import(&["--resume"], None).status, 2, "{engine:?}");
    }
}

/// A server may still be making a table for a process that has died: it comes when the run that follows has died too.
#[test]
fn a_table_that_comes_late_is_dropped_by_the_next_import_that_ends() {
    for engine in engines() {
        let bench = Bench::new(engine);
        bench.reset();
        assert_eq!(bench.import(&[], Some("import.recorded")).status, -1, "{engine:?}");
        let pid = &bench.target.rows("SELECT pid FROM gapsync_lock")[0][0];
        assert_eq!(bench.import(&[], Some("import.member:1")).status, -1, "{engine:?}");
        bench.target.run(&format!("CREATE TABLE sync_import_labels_{pid}_raw (n int)"));
        assert_eq!(bench.import(&[], None).status, 3, "{engine:?}");
        assert_eq!(differences(&bench.end, &bench.state(), 5), "", "{engine:?}");
        assert_eq!(sync_tables(&bench.target), Vec::<Vec<String>>::new(), "{engine:?}");
    }
}

/// It may also come while the run that follows is at work: here a trigger makes it.
#[test]
fn a_table_that_comes_during_the_next_import_is_dropped_by_it() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let bench = Bench::new(Engine::Postgres);
    bench.reset();
    assert_eq!(bench.import(&[], Some("import.recorded")).status, -1);
    let pid = &bench.target.rows("SELECT pid FROM gapsync_lock")[0][0];
    bench.target.run(&format!(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN CREATE TABLE IF NOT EXISTS sync_import_labels_{pid}_raw (n int); RETURN NULL; END $$;\n\
         CREATE TRIGGER late AFTER INSERT ON synchronizations FOR EACH ROW EXECUTE FUNCTION late();\n"
    ));
    assert_eq!(bench.import(&[], None).status, 3);
    assert_eq!(differences(&bench.end, &bench.state(), 5), "");
    assert_eq!(sync_tables(&bench.target), Vec::<Vec<String>>::new());
}

#[test]
fn an_export_that_is_killed_leaves_no_bundle_and_can_be_repeated() {
    const POINTS: [&str; 8] = [
        "export.header",
        "export.member:2",
        "export.between",
        "export.between:3",
        "export.manifest",
        "export.before-rename",
        "export.after-rename",
        "export.finish",
    ];
    for engine in engines() {
        let schema = Schema::mini(engine);
        let source = tables::create(engine, false);
        let many = |case: &Case| case.source.tables.values().filter(|rows| rows.len() > 4).count() > 4;
        let case = (0..).map(|seed| Case::new(seed, engine)).find(many).unwrap();
        tables::fill(&source, &schema, &case.source, Hashes::Given);
        for point in POINTS {
            let folder = tempfile::tempdir().unwrap();
            let export = |point: Option<&str>| {
                let mut command =
                    gapsync(["export", "--profile=mini", "--progress=off", "--include-deleted", "--object-limit=2"]);
                // Rows without a date are in every window; the others are, whenever the last export was.
                command.arg("--start-date=1900-01-01");
                command.arg(format!("--database={}", source.url)).current_dir(folder.path());
                if let Some(point) = point {
                    command.env("GAPSYNC_FAIL_POINT", point);
                }
                finish(&mut command)
            };
            assert_eq!(export(Some(point)).status, -1, "{engine:?}: {point} is never passed");
            let bundles = bundles(folder.path());
            let complete = matches!(point, "export.after-rename" | "export.finish");
            assert_eq!(bundles.len(), usize::from(complete), "{engine:?} {point}: {bundles:?}");
            let repeated = export(None);
            assert_eq!(repeated.status, 0, "{engine:?} {point}: {}", repeated.stderr);
            for bundle in self::bundles(folder.path()) {
                let verified = finish(gapsync(["verify"]).arg(&bundle));
                assert_eq!(verified.status, 0, "{engine:?} {point}: {}", verified.stderr);
            }
        }
    }
}

/// Bundles that have their final name.
fn bundles(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().ends_with(".tar.gz")).collect()
}
