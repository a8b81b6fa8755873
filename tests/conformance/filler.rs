//! The filler itself: what the suite stands on.

use std::collections::{BTreeMap, BTreeSet};

use super::describe::{Profile, Table, repository};
use super::fill::{Rows, Side, Value, rows};
use super::insert::load;
use super::look::{dump, number};
use crate::support::{Engine, engines, fresh_database};

#[test]
fn every_table_has_rows_and_both_sides_share_half_of_the_keys() {
    for name in ["threatq", "mini"] {
        let profile = Profile::read(name);
        for table in &profile.tables {
            let keys = [Side::A, Side::B].map(|side| keys(table, &rows(&profile, table, side)));
            assert_eq!((keys[0].len(), keys[1].len()), (8, 8), "{}", table.name());
            assert_eq!(keys[0].intersection(&keys[1]).count(), 4, "{}", table.name());
        }
    }
}

/// The natural keys of the rows, a pair that has no order in a fixed one.
fn keys(table: &Table, rows: &Rows) -> BTreeSet<String> {
    let key = |row: &BTreeMap<String, Value>| {
        let fields = row.iter().filter(|(column, _)| table.in_key(column));
        let mut fields: Vec<String> = fields.map(|(_, value)| format!("{value:?}")).collect();
        if table.entry.unordered {
            fields.sort();
        }
        fields.join(" ")
    };
    rows.iter().map(|(_, row)| key(row)).collect()
}

#[test]
fn the_statements_run_in_every_shell() {
    for engine in engines() {
        for name in ["threatq", "mini"] {
            let profile = Profile::read(name);
            for side in [Side::A, Side::B] {
                let database = fresh_database(engine);
                let schema = repository(format!("sql/{}/{name}.sql", engine.name()));
                database.run(&std::fs::read_to_string(schema).unwrap());
                load(&database, &profile, side);
                for table in &profile.tables {
                    let rows = number(&database, &format!("SELECT count(*) FROM {};", table.name()));
                    assert_eq!(rows, 8, "{engine:?} {}", table.name());
                }
                if engine != Engine::Sqlite {
                    dump(&database, &profile);
                }
            }
        }
    }
}
