//! Random profiles over random tables: names, types, keys, references and words are drawn, and so are the rows of both sides. The
//! real export and import against the rules in plain code, round by round: every table, the counts of the reports and the
//! rejected rows.
//!
//! `GAPSYNC_TEST_SEED`, `GAPSYNC_TEST_CASE` and `GAPSYNC_TEST_LONG` as in `property`. A case that fails is made smaller.

mod circle;
mod database;
mod draw;
mod merge;
mod play;
mod profile;
mod rows;
mod show;
mod shrink;
mod travel;
mod world;
mod write;

use crate::model::Installation;
use crate::property::number;
use crate::property::rng::Rng;
use crate::support::{Engine, engines};
use play::{Case, play};
use rows::Keys;
use travel::Asked;

/// Cases on SQLite. The servers, which need much longer, take fewer of the same.
const CASES: u64 = 40;
const SERVER_CASES: u64 = 4;
const LONG_CASES: u64 = 2000;

impl Case {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let rng = &mut rng;
        let world = draw::world(rng);
        let source = rows::installation(rng, &world, Keys::Source);
        let mut target = rows::installation(rng, &world, Keys::Target);
        rows::align(rng, &world, &source, &mut target);
        let mut later = source.clone();
        if rng.chance(60) {
            rows::edit(rng, &world, &mut later, 0);
        }
        let asked = Asked::drawn(rng, &world);
        let blocked = ["a", "x", "b"].iter().filter(|_| rng.chance(30)).map(|value| (*value).to_owned()).collect();
        let host = *rng.pick(&["a", "A", "b", "far", "1"]);
        Self { world, asked, source, later, target, blocked, host }
    }
}

#[test]
fn drawn_profiles_carry_what_the_model_says_on_sqlite() {
    run(Engine::Sqlite, CASES);
}

#[test]
fn drawn_profiles_carry_what_the_model_says_on_postgres() {
    run(Engine::Postgres, SERVER_CASES);
}

#[test]
fn drawn_profiles_carry_what_the_model_says_on_mariadb() {
    run(Engine::Mariadb, SERVER_CASES);
}

fn run(engine: Engine, cases: u64) {
    if !engines().contains(&engine) {
        return;
    }
    let long = std::env::var_os("GAPSYNC_TEST_LONG").is_some();
    let seed = number("GAPSYNC_TEST_SEED").unwrap_or(1);
    let cases = match number("GAPSYNC_TEST_CASE") {
        Some(case) => case..case + 1,
        None if long => 0..LONG_CASES,
        None => 0..cases,
    };
    println!("{}: seed {seed}, cases {cases:?}", engine.name());
    for number in cases {
        let case = Case::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let Err(fault) = play(engine, &case) else { continue };
        println!("{}: seed {seed}, case {number}: {}", engine.name(), fault.text);
        let (small, small_fault) = shrink::shrink(case.clone(), fault.clone(), &|case| play(engine, case).err());
        let show = |rows: &Installation| play::shown(&small.world, rows);
        let later = if small.later == small.source { String::new() } else { format!("later\n{}", show(&small.later)) };
        panic!(
            "{}: GAPSYNC_TEST_SEED={seed} GAPSYNC_TEST_CASE={number}\n{}\nsmallest found: {}\n{:?}, blocked {:?}, host {}\n\
             {}\nsource\n{}{later}target\n{}",
            engine.name(),
            fault.text,
            small_fault.text,
            small.asked,
            small.blocked,
            small.host,
            profile::toml(&small.world),
            show(&small.source),
            show(&small.target)
        );
    }
}
