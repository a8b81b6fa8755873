//! Convergence: random histories of a source, of its bundles and of its targets; however they went, a last export and import
//! makes the targets what the source is, nothing of a target's own is lost, and whatever was missing on the way had been said.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `GAPSYNC_TEST_SEED` | where the histories come from; printed by every run |
//! | `GAPSYNC_TEST_CASE` | runs this history alone |
//! | `GAPSYNC_TEST_LONG` | thousands of histories, from a seed by the clock |

mod deliver;
mod edit;
mod history;
mod judge;
mod late;
mod target;
mod world;

use std::time::{Instant, SystemTime};

use crate::support::{self, Engine};
use history::History;
use world::World;

/// Histories with SQLite. The servers, which need much longer, play fewer of the same.
const HISTORIES: u64 = 90;
const SERVER_HISTORIES: u64 = 30;
const LONG_HISTORIES: u64 = 3000;
/// Histories that fail before a run gives up.
const MOST_FAULTS: usize = 3;

#[test]
fn sqlite_converges() {
    run(Engine::Sqlite);
}

#[test]
fn postgres_converges() {
    run(Engine::Postgres);
}

#[test]
fn mariadb_converges() {
    run(Engine::Mariadb);
}

fn number(variable: &str) -> Option<u64> {
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
        None if long => 0..LONG_HISTORIES,
        None => 0..if engine == Engine::Sqlite { HISTORIES } else { SERVER_HISTORIES },
    };
    let began = Instant::now();
    let mut world = World::new(engine);
    let mut failed = Vec::new();
    for number in cases.clone() {
        let mut history = History::new(&mut world, seed.wrapping_mul(1_000_003).wrapping_add(number));
        let played = history.play();
        history.end();
        if let Err(fault) = played {
            let steps = history.log.join("\n  ");
            println!("{}: GAPSYNC_TEST_SEED={seed} GAPSYNC_TEST_CASE={number}\n  {steps}\n{fault}\n", engine.name());
            failed.push(number);
        }
        if failed.len() == MOST_FAULTS {
            break;
        }
    }
    println!("{}: seed {seed}, {} histories, {:?}", engine.name(), cases.end - cases.start, began.elapsed());
    assert!(failed.is_empty(), "{}: of seed {seed} the histories {failed:?} did not converge", engine.name());
}
