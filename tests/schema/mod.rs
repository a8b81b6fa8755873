//! Writes the schema files in `sql/` from the profiles and the descriptions of their columns, and checks that the files are
//! what it writes. `GAPSYNC_BLESS=1` rewrites them.

mod common;
mod describe;
mod mariadb;
mod postgres;
mod shells;
mod sqlite;

use std::path::Path;

use gapsync::model::profile::Profile;

#[test]
fn schema_files_are_what_the_generator_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("GAPSYNC_BLESS").is_some();
    let mut stale = Vec::new();
    let mut keep = |path: String, text: &str| {
        let path = root.join(path);
        if bless {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
            stale.push(path);
        }
    };
    for name in ["threatq", "mini"] {
        let read = |path: String| std::fs::read_to_string(root.join(path)).unwrap();
        let profile = Profile::parse(&read(format!("sql/profiles/{name}.toml"))).unwrap();
        let description = read(format!("tests/schema/{name}.txt"));
        let schema = describe::Schema::new(&profile, &description);
        keep(format!("sql/sqlite/{name}.sql"), &sqlite::schema(&schema, &sqlite::ledger()));
        keep(format!("sql/postgres/{name}.sql"), &postgres::schema(&schema, &postgres::ledger()));
        keep(format!("sql/mariadb/{name}.sql"), &mariadb::schema(&schema, &mariadb::ledger()));
    }
    keep("sql/sqlite/ledger.sql".into(), &sqlite::ledger());
    keep("sql/postgres/ledger.sql".into(), &postgres::ledger());
    keep("sql/mariadb/ledger.sql".into(), &mariadb::ledger());
    assert!(stale.is_empty(), "run the test with GAPSYNC_BLESS=1, these files are stale: {stale:?}");
}
