//! Property tests: random installations, bundles and options; the real export and import against the reference model.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `GAPSYNC_TEST_SEED` | where the cases come from; printed by every run |
//! | `GAPSYNC_TEST_CASE` | runs this case alone |
//! | `GAPSYNC_TEST_LONG` | thousands of cases, from a seed by the clock |

mod bench;
pub(crate) mod case;
pub(crate) mod generate;
mod mutate;
mod real;
pub(crate) mod rng;
mod shrink;
pub(crate) mod tables;
pub(crate) mod values;
pub(crate) mod wire;

use std::time::{Instant, SystemTime};

use crate::model::compare::{differences, readable};
use crate::support::{self, Engine};
use bench::Bench;
use case::{Case, Journey};

/// Cases with SQLite. The servers, which need much longer, take fewer of the same.
const CASES: u64 = 100;
const SERVER_CASES: u64 = 50;
const LONG_CASES: u64 = 3000;
/// Failing cases that are printed; the first is made smaller.
const MOST_FAULTS: usize = 10;

#[test]
fn sqlite_imports_as_the_model_does() {
    run(Engine::Sqlite);
}

#[test]
fn postgres_imports_as_the_model_does() {
    run(Engine::Postgres);
}

#[test]
fn mariadb_imports_as_the_model_does() {
    run(Engine::Mariadb);
}

/// A number in the environment.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn run(engine: Engine) {
    if !support::engines().contains(&engine) {
        return;
    }
    let long = std::env::var_os("GAPSYNC_TEST_LONG").is_some();
    let clock = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let seed = number("GAPSYNC_TEST_SEED").unwrap_or_else(|| if long { clock() } else { 1 });
    let cases = match number("GAPSYNC_TEST_CASE") {
        Some(case) => case..case + 1,
        None if long => 0..LONG_CASES,
        None => 0..if engine == Engine::Sqlite { CASES } else { SERVER_CASES },
    };
    let begin = Instant::now();
    let bench = Bench::new(engine);
    let mut failed = Vec::new();
    for number in cases.clone() {
        let case = Case::new(seed.wrapping_mul(1_000_003).wrapping_add(number), engine);
        if let Err(fault) = bench.run(&case, number) {
            println!("{}: seed {seed}, case {number}: {fault}", engine.name());
            failed.push((number, case, fault));
        }
        if failed.len() == MOST_FAULTS {
            break;
        }
    }
    println!("{}: seed {seed}, {} cases, {:?}", engine.name(), cases.end - cases.start, begin.elapsed());
    if !failed.is_empty() {
        let (number, case, fault) = failed.swap_remove(0);
        report(&bench, engine, (seed, number), case, fault);
    }
    bench.check_leftovers();
}

/// Shrinks a failing case and fails the test with it.
fn report(bench: &Bench, engine: Engine, (seed, number): (u64, u64), case: Case, fault: String) -> ! {
    let schema = Case::schema(engine, false);
    let (small, small_fault) =
        shrink::shrink(case.clone(), fault.clone(), &schema, &|case| bench.run(case, number).err());
    let show = |rows: &crate::model::Installation| format!("{:#?}", readable(&schema, rows));
    let way = match &small.journey {
        Journey::Exported => format!("source {}", show(&small.source)),
        Journey::HandMade(bundle) => format!("{bundle:#?}"),
    };
    let folder = std::env::temp_dir().join(format!("gapsync-case-{}-{seed}-{number}.txt", engine.name()));
    let text = format!("{small_fault}\n\n{way}\n\ntarget {}", show(&small.target));
    let kept = std::fs::write(&folder, text).map_or("nowhere".into(), |()| folder.display().to_string());
    panic!(
        "{}: GAPSYNC_TEST_SEED={seed} GAPSYNC_TEST_CASE={number}\n\
         import {:?}, object limit {}, export {:?}, {}{}\n{fault}\nsmallest found (rows in {kept}):\n{small_fault}",
        engine.name(),
        case.import,
        case.object_limit,
        case.export,
        if matches!(case.journey, Journey::Exported) { "exported" } else { "made by hand" },
        if case.without_samples { ", target without samples" } else { "" },
    );
}

#[test]
fn tables_come_back_as_they_were_filled() {
    for engine in support::engines() {
        let whole = tables::create(engine, false);
        let without = tables::create(engine, true);
        for seed in 0..20 {
            let case = Case::new(seed, engine);
            let schema = Case::schema(engine, case.without_samples);
            let database = if case.without_samples { &without } else { &whole };
            let by_triggers = engine != Engine::Sqlite && seed % 2 == 0 && !case.without_samples;
            let hashes = if by_triggers { tables::Hashes::Left } else { tables::Hashes::Given };
            tables::fill(database, &schema, &case.target, hashes);
            let found = tables::read(database, &schema);
            let differs = differences(&readable(&schema, &case.target), &readable(&schema, &found), 5);
            assert_eq!(differs, "", "{}, seed {seed}", engine.name());
        }
    }
}
