//! What the model says of itself, without a database: it holds what the contract promises, case by case.

use super::Installation;
use super::compare::{differences, readable};
use super::export::{ExportOptions, export};
use super::hash::md5_hex;
use super::import::{ImportOptions, import};
use super::schema::Schema;
use crate::property::case::{Case, Journey};
use crate::support::Engine;

const CASES: u64 = 400;

fn everything() -> ExportOptions {
    ExportOptions { include_deleted: true, include_investigations: true, ..ExportOptions::default() }
}

#[test]
fn a_hash_is_the_md5_of_its_key() {
    let schema = Schema::mini(Engine::Sqlite);
    let row = |cells: &[(&str, &str)]| cells.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()))).collect();
    let mut all = Installation::default();
    all.tables.insert("kinds".into(), vec![row(&[("id", "3"), ("name", "ü")])]);
    all.tables.insert("things".into(), vec![row(&[("id", "7"), ("kind_id", "3"), ("value", "")])]);
    all.tables
        .insert("thing_notes".into(), vec![row(&[("id", "1"), ("thing_id", "7"), ("moment", "2019-05-05 05:05:05")])]);
    let link =
        [("id", "1"), ("src_type", "thing"), ("src_object_id", "7"), ("dest_type", "sample"), ("dest_object_id", "2")];
    all.tables.insert("samples".into(), vec![row(&[("id", "2"), ("uuid", "11111111-1111-1111-1111-111111111111")])]);
    all.tables.insert("links".into(), vec![row(&link)]);
    all.fill_hashes(&schema);
    let kind = md5_hex("2:ü");
    let thing = md5_hex(&format!("32:{kind}0:"));
    let sample = md5_hex("36:11111111-1111-1111-1111-111111111111");
    let hash = |table: &str| all.rows(table)[0]["sync_hash"].clone().unwrap();
    assert_eq!(hash("kinds"), kind);
    assert_eq!(hash("things"), thing);
    assert_eq!(hash("thing_notes"), md5_hex(&format!("32:{thing}26:2019-05-05 05:05:05.000000-")));
    assert_eq!(hash("links"), md5_hex(&format!("6:sample32:{sample}5:thing32:{thing}")));
}

#[test]
fn hashes_are_the_published_ones() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/sync_hash.json");
    let vectors: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = vectors["rows"].as_array().unwrap();
    let mut all = Installation::default();
    for vector in rows {
        let cells = vector["values"].as_object().unwrap().iter();
        let mut row: super::Row =
            cells.map(|(column, value)| (column.clone(), value.as_str().map(str::to_owned))).collect();
        row.insert("id".into(), Some(vector["id"].to_string()));
        all.tables.entry(vector["table"].as_str().unwrap().to_owned()).or_default().push(row);
    }
    let schema = Schema::mini(Engine::Sqlite);
    for vector in rows {
        let table = schema.profile.table(vector["table"].as_str().unwrap()).unwrap();
        let row = all.find(&table.name, &vector["id"].to_string()).unwrap();
        let text = super::hash::key_text(&schema, &all, table, row);
        assert_eq!(text.as_deref(), vector["input"].as_str());
        assert_eq!(text.map(|text| md5_hex(&text)).as_deref(), vector["md5"].as_str());
    }
}

#[test]
fn no_hash_is_null_and_none_occurs_twice() {
    for seed in 0..CASES {
        let case = Case::new(seed, Engine::Postgres);
        let schema = Case::schema(Engine::Postgres, case.without_samples);
        let mut target = case.target.clone();
        let (bundle, _) = export(&Schema::mini(Engine::Postgres), &case.source, &case.export);
        let _ = import(&schema, &mut target, &bundle, case.import);
        for table in schema.tables().filter(|table| schema.has_hash(&table.name)) {
            let hashes: Vec<_> = target.rows(&table.name).iter().map(|row| row["sync_hash"].clone()).collect();
            assert!(hashes.iter().all(Option::is_some), "seed {seed}: {} has a NULL hash", table.name);
            let different: std::collections::BTreeSet<_> = hashes.iter().collect();
            assert_eq!(different.len(), hashes.len(), "seed {seed}: twins in {}", table.name);
        }
    }
}

#[test]
fn a_second_import_changes_nothing() {
    let mut imported = 0;
    for seed in 0..CASES {
        let case = Case::new(seed, Engine::Mariadb);
        let schema = Case::schema(Engine::Mariadb, case.without_samples);
        let bundle = match &case.journey {
            Journey::Exported => export(&Schema::mini(Engine::Mariadb), &case.source, &case.export).0,
            Journey::HandMade(bundle) => bundle.clone(),
        };
        let mut target = case.target.clone();
        let Ok(first) = import(&schema, &mut target, &bundle, case.import) else { continue };
        let after = target.clone();
        let second = import(&schema, &mut target, &bundle, case.import).unwrap();
        let rejected: u64 = first.counts.values().map(|counts| counts.rejected).sum();
        imported += 1;
        // A row that was refused because another stood in its way may find the way free the second time.
        if rejected == 0 {
            for (table, counts) in &second.counts {
                assert_eq!((counts.inserted, counts.updated), (0, 0), "seed {seed}: {table}");
                assert_eq!(counts.created_at_adjusted, 0, "seed {seed}: {table}");
            }
            assert_eq!(after, target, "seed {seed}");
        }
    }
    assert!(imported > CASES / 2, "most cases import: {imported}");
}

#[test]
fn what_came_in_goes_back_without_a_change() {
    for seed in 0..CASES {
        let case = Case::new(seed, Engine::Sqlite);
        let schema = Case::schema(Engine::Sqlite, case.without_samples);
        let mut target = case.target.clone();
        let options = ImportOptions { trusted_hashes: true, ..case.import };
        let (bundle, _) = export(&Schema::mini(Engine::Sqlite), &case.source, &everything());
        if import(&schema, &mut target, &bundle, options).is_err() {
            continue;
        }
        let (back, _) = export(&schema, &target, &everything());
        let before = readable(&schema, &target);
        let again = import(&schema, &mut target, &back, options).expect("nothing is inserted");
        assert_eq!(differences(&before, &readable(&schema, &target), 5), "", "seed {seed}");
        let changed: u64 = again.counts.values().map(|counts| counts.staged - counts.unchanged).sum();
        assert_eq!(changed, 0, "seed {seed}");
    }
}

#[test]
fn the_cases_reach_every_rule() {
    let mut totals = gapsync::sync::report::ImportCounts::default();
    let (mut refused, mut ignored_tables, mut ignored_columns, mut referenced) = (0, 0, 0, 0);
    for seed in 0..CASES {
        let case = Case::new(seed, Engine::Postgres);
        let schema = Case::schema(Engine::Postgres, case.without_samples);
        let (exported, dragged) = export(&Schema::mini(Engine::Postgres), &case.source, &case.export);
        referenced += dragged;
        let bundle = if let Journey::HandMade(bundle) = &case.journey { bundle.clone() } else { exported };
        match import(&schema, &mut case.target.clone(), &bundle, case.import) {
            Ok(imported) => {
                imported.counts.values().for_each(|counts| totals.add(counts));
                ignored_tables += imported.ignored_tables.len();
                ignored_columns += imported.ignored_columns.len();
            }
            Err(_) => refused += 1,
        }
    }
    println!(
        "{totals:?}; refused {refused}, tables {ignored_tables}, columns {ignored_columns}, referenced {referenced}"
    );
    let counts = [
        totals.inserted,
        totals.updated,
        totals.unchanged,
        totals.kept,
        totals.duplicates,
        totals.ignored,
        totals.rejected,
        totals.created_at_adjusted,
        totals.orphans_nulled,
        refused,
    ];
    assert!(counts.iter().all(|&count| count > 20), "{totals:?}, refused {refused}");
    assert!(ignored_tables > 20 && ignored_columns > 20 && referenced > 100);
}
