//! The whole profile, with rows in every table, from each engine into each.

use std::collections::BTreeMap;

use super::command::{Site, assert_counts};
use super::describe::Profile;
use super::expect::{ALL, Rules, differences, merged};
use super::fill::Side;
use super::look::{digest, dump, existing, number};
use crate::support::{Engine, engines, finish, gapsync};

#[test]
fn from_sqlite_into_each_engine() {
    from(Engine::Sqlite);
}

#[test]
fn from_postgres_into_each_engine() {
    from(Engine::Postgres);
}

#[test]
fn from_mariadb_into_each_engine() {
    from(Engine::Mariadb);
}

#[test]
fn the_same_rows_have_the_same_values_and_hashes_on_each_engine() {
    let profile = Profile::read("threatq");
    let dumps: Vec<_> =
        engines().into_iter().map(|engine| dump(&Site::filled(engine, &profile, Side::A).database, &profile)).collect();
    for other in &dumps[1..] {
        assert_eq!(differences(&dumps[0], other), "");
    }
}

/// A's rows from one engine, exported once, into B on each engine, and what B then holds back into A.
fn from(engine: Engine) {
    if !engines().contains(&engine) {
        return;
    }
    let profile = Profile::read("threatq");
    let a = Site::filled(engine, &profile, Side::A);
    let source = dump(&a.database, &profile);
    let before = digest(&a.database, &profile);
    let exported = a.export_all();
    assert_eq!(digest(&a.database, &profile), before, "an export writes no base table");
    for (table, rows) in &source {
        assert_eq!(exported.report["tables"][table]["rows"], rows.len(), "{table}");
    }
    looks_right(&a, &exported.bundle, &source);

    let mut merged_side = None;
    for target in engines() {
        let b = Site::filled(target, &profile, Side::B);
        into(&b, &exported.bundle, &source, &profile);
        let back = b.export_all();
        let expected = dump(&b.database, &profile);
        let totals = &a.import(&back.bundle, &[])["totals"];
        if merged_side.is_none() {
            // A learns what only B had, once; the same rows from another engine's B are known then.
            assert_ne!(totals["inserted"], 0);
        } else {
            assert_eq!((&totals["inserted"], &totals["updated"]), (&0.into(), &0.into()), "{target:?}: {totals}");
        }
        merged_side.get_or_insert(dump(&a.database, &profile));
        nothing_to_do(&b, &b.export(&["--include-deleted=Y", "--include-investigations=Y", "--full"]).bundle, &profile);
        // The bundle before it went to another engine's B; the whole covers it.
        nothing_to_do(&b, &a.export(&["--include-deleted=Y", "--include-investigations=Y", "--full"]).bundle, &profile);
        assert_eq!(differences(&dump(&b.database, &profile), &expected), "");
    }
}

/// `inspect` and `verify`, which need no database.
fn looks_right(site: &Site, bundle: &std::path::Path, source: &super::look::Dump) {
    for command in ["inspect", "verify"] {
        let mut run = gapsync([command, bundle.to_str().unwrap(), "--json", "--progress=off"]);
        let ended = finish(run.current_dir(site.folder.path()));
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        let object = super::command::json(&ended.stdout);
        let text = object.to_string();
        for table in source.keys() {
            assert!(text.contains(&format!("\"{table}\"")), "{command} does not name {table}: {text}");
        }
    }
}

/// Preview, import and import again, each compared with what must be.
fn into(b: &Site, bundle: &std::path::Path, source: &super::look::Dump, profile: &Profile) {
    let engine = b.database.engine;
    let owner_hash = "SELECT sync_hash FROM users WHERE id = 13;";
    let rules = Rules {
        scope: ALL,
        keep_created_at: true,
        override_description: true,
        owner: Some(b.database.run(owner_hash).trim().to_owned()),
    };
    let target = dump(&b.database, profile);
    let (expected, counts) = merged(profile, source, &target, &rules);

    let (before, tables) = (digest(&b.database, profile), existing(&b.database));
    let preview = b.import(bundle, &["--dry-run"]);
    assert_eq!(preview["status"], "dry-run");
    assert_counts(&preview, &counts);
    assert_eq!(digest(&b.database, profile), before, "{engine:?}: a preview writes no base table");
    assert_eq!(existing(&b.database), tables, "{engine:?}: a preview leaves no table");
    assert_eq!(number(&b.database, "SELECT count(*) FROM synchronizations WHERE type = 'import';"), 0);

    let report = b.import(bundle, &[]);
    assert_eq!(report["status"], "finished");
    assert_counts(&report, &counts);
    assert_eq!(preview["tables"], report["tables"], "{engine:?}: a preview foretells what a run does");
    assert_eq!(differences(&dump(&b.database, profile), &expected), "", "{engine:?}");
    assert_eq!(existing(&b.database), tables, "{engine:?}: an import leaves no table");

    nothing_to_do(b, bundle, profile);
}

/// An import that finds all rows known.
fn nothing_to_do(site: &Site, bundle: &std::path::Path, profile: &Profile) {
    let before = digest(&site.database, profile);
    let report = site.import(bundle, &[]);
    assert_eq!(report["status"], "nothing-to-do", "{}", report["totals"]);
    let none: BTreeMap<&str, u64> = ["inserted", "updated", "rejected", "duplicates", "ignored"].map(|n| (n, 0)).into();
    for (name, zero) in none {
        assert_eq!(report["totals"][name], zero, "{name}");
    }
    assert_eq!(digest(&site.database, profile), before, "{:?}", site.database.engine);
}
