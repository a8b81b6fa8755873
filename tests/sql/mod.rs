//! What is sent to each engine: a page a table, with the statements of a run in their order. Read from top to bottom, a page is
//! the life of the table's rows: hashed and read on the source, then loaded, resolved and written on the target.
//!
//! The pages come from `--trace-sql` of real runs, so nothing is in them that is not sent. `GAPSYNC_BLESS=1` writes them anew;
//! a change of a page is a change of what the databases are asked to do, and is read as such.

mod page;
mod queries;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::conformance::command::Site;
use crate::conformance::describe::{Profile, repository};
use crate::conformance::fill::Side;
use crate::support::{Engine, engines};

/// Runs a command with its statements written to a file; returns the file.
fn traced(site: &Site, name: &str, arguments: &[&str]) -> String {
    let option = format!("--trace-sql={name}");
    site.expect(&[arguments, &[&option]].concat(), 0);
    std::fs::read_to_string(site.folder.path().join(name)).unwrap()
}

/// The pages of an engine by table: of an export, and of an import into a database that has half of the rows.
fn pages(engine: Engine) -> BTreeMap<String, String> {
    let profile = Profile::read("mini");
    let source = Site::filled(engine, &profile, Side::A);
    let target = Site::filled(engine, &profile, Side::B);
    // Hashes are made anew, so that the statements which make them are seen.
    for table in profile.tables.iter().filter(|table| table.has_hash()) {
        source.database.run(&format!("UPDATE {} SET sync_hash = NULL;", table.name()));
    }
    let hashed = traced(&source, "hashed.sql", &["fill-sync-hash"]);
    let scope = ["export", "--include-deleted=Y", "--include-investigations=Y", "--jobs=1"];
    let exported = traced(&source, "exported.sql", &scope);
    let bundle = crate::conformance::command::files(source.folder.path(), ".tar.gz").remove(0);
    let file = format!("--file={}", bundle.display());
    let imported = traced(&target, "imported.sql", &["import", &file, "--jobs=1"]);
    let names: Vec<&str> = profile.tables.iter().map(|table| table.name()).collect();
    let mut pages = BTreeMap::new();
    for (title, trace) in [("fill-sync-hash", hashed), ("export", exported), ("import", imported)] {
        for table in &profile.tables {
            let text = page::of_table(table.name(), &names, &trace);
            if !text.is_empty() {
                *pages.entry(table.name().to_owned()).or_insert_with(String::new) +=
                    &format!("-- ===== {title} =====\n\n{text}");
            }
        }
    }
    pages
}

#[test]
fn statements_are_as_kept() {
    let bless = std::env::var_os("GAPSYNC_BLESS").is_some();
    let mut stale = Vec::new();
    for engine in engines() {
        let folder: PathBuf = repository("tests/sql").join(engine.name());
        for (table, text) in pages(engine) {
            let path = folder.join(format!("{table}.sql"));
            if bless {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
                let now = std::env::temp_dir().join(format!("gapsync-{}-{table}.sql", engine.name()));
                std::fs::write(&now, &text).unwrap();
                stale.push(format!("diff {} {}", path.display(), now.display()));
            }
        }
    }
    assert!(stale.is_empty(), "GAPSYNC_BLESS=1 keeps what is sent now; look at it first:\n{}", stale.join("\n"));
}
