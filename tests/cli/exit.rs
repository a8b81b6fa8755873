//! Every exit code that a run can end with, and that nothing is written where nothing should be.

use super::Desk;

/// Runs the program and expects an exit code and words on standard error.
#[track_caller]
fn expect(desk: &Desk, arguments: &[&str], status: i32, words: &str) {
    let ended = desk.run(arguments);
    assert!(
        ended.status == status && ended.stderr.contains(words),
        "expected {status} and `{words}`, got {}:\n{}",
        ended.status,
        ended.stderr
    );
}

#[test]
fn done_is_0_and_a_second_import_has_nothing_to_do() {
    let desk = Desk::with_rows();
    let bundle = desk.export();
    desk.make("b.db");
    let import = ["import", "--database", "sqlite:b.db", "--file", &bundle];
    let first = desk.run(&import);
    assert!(first.status == 0 && first.stdout.contains("status       finished"), "{first:?}");
    let second = desk.run(&import);
    assert!(second.status == 0 && second.stdout.contains("status       nothing to do"), "{second:?}");
    let verified = desk.run(&["verify", &bundle]);
    assert!(verified.status == 0 && verified.stdout.contains("is intact"), "{verified:?}");
}

#[test]
fn rejected_rows_are_3_and_stand_in_a_file_of_their_own() {
    let desk = Desk::with_rows();
    desk.sql("a.db", "INSERT INTO things (id, kind_id, value, n) VALUES (4, 1, 'four', 'no number')");
    assert_eq!(desk.run(&["fill-sync-hash", "--database=sqlite:a.db"]).status, 0);
    expect(&desk, &["export", "--database=sqlite:a.db"], 3, "");
    let rejects = desk.files().into_iter().find(|name| name.ends_with("-rejects.csv")).unwrap();
    let text = std::fs::read_to_string(desk.path().join(rejects)).unwrap();
    assert!(text.contains("no number"), "{text}");
}

#[test]
fn a_wrong_hash_is_4_when_it_is_checked() {
    let desk = Desk::with_rows();
    expect(&desk, &["fill-sync-hash", "--check", "--database=sqlite:a.db"], 0, "");
    desk.sql("a.db", "UPDATE kinds SET sync_hash = 'ffffffffffffffffffffffffffffffff' WHERE id = 1");
    expect(&desk, &["fill-sync-hash", "--check", "--database=sqlite:a.db"], 4, "");
    expect(&desk, &["fill-sync-hash", "--all", "--database=sqlite:a.db"], 0, "");
    expect(&desk, &["fill-sync-hash", "--check", "--database=sqlite:a.db"], 0, "");
}

#[test]
fn a_damaged_bundle_is_5() {
    let desk = Desk::with_rows();
    let bundle = desk.export();
    desk.make("b.db");
    let mut bytes = std::fs::read(desk.path().join(&bundle)).unwrap();
    bytes.truncate(bytes.len() - 20);
    desk.write("cut.tar.gz", &bytes);
    desk.write("text.tar.gz", "no bundle at all");
    for (name, told) in [("cut.tar.gz", "gapsync verify"), ("text.tar.gz", "this is not a tarball")] {
        expect(&desk, &["verify", name], 5, "error: ");
        expect(&desk, &["inspect", name], 5, "error: ");
        expect(&desk, &["import", "--database=sqlite:b.db", "--file", name], 5, told);
    }
    assert_eq!(desk.sql("b.db", "SELECT count(*) FROM things"), "0\n");
    assert!(desk.files().contains(&"cut-sync-import.txt".to_owned()), "{:?}", desk.files());
}

#[test]
fn a_database_that_cannot_be_used_is_6() {
    let desk = Desk::empty();
    desk.write("x.tar.gz", "");
    for database in ["sqlite:none.db", "postgres://u@127.0.0.1:1/d", "mariadb://u@127.0.0.1:1/d"] {
        expect(&desk, &["export", "--database", database], 6, "error: ");
        expect(&desk, &["history", "--database", database], 6, "error: ");
        expect(&desk, &["import", "--file=x.tar.gz", "--database", database], 6, "error: ");
    }
    desk.write("garbage.db", "this is no database, and long enough to be looked at");
    expect(&desk, &["history", "--database=sqlite:garbage.db"], 6, "error: ");
}

#[test]
fn a_schema_that_does_not_fit_is_7() {
    let desk = Desk::with_rows();
    expect(&desk, &["init", "--database=sqlite:a.db"], 7, "the database is not empty");
    desk.sql("other.db", "CREATE TABLE things (id INTEGER PRIMARY KEY)");
    expect(&desk, &["export", "--database=sqlite:other.db"], 7, "error: ");
    desk.write("broken.toml", "name = 'x'\n[[table]]\nname = 't'\ngroup = 'object'\nkey = []\n");
    expect(&desk, &["history", "--database=sqlite:a.db", "--profile=broken.toml"], 7, "broken.toml");
    // The database takes NULLs for different, a natural key takes them for equal.
    desk.sql(
        "a.db",
        "INSERT INTO thing_notes (thing_id, moment, value) VALUES (1, '2026-01-01', 'x'), (1, '2026-01-01', 'y')",
    );
    expect(&desk, &["fill-sync-hash", "--database=sqlite:a.db"], 7, "hint: ");
}

#[test]
fn a_missing_hash_is_8() {
    let desk = Desk::with_rows();
    let bundle = desk.export();
    desk.make("b.db");
    desk.sql("b.db", "INSERT INTO kinds (name) VALUES ('gamma')");
    let import = ["import", "--database=sqlite:b.db", "--file", &bundle];
    expect(&desk, &import, 8, "hint: Run `gapsync fill-sync-hash`");
    assert_eq!(desk.sql("b.db", "SELECT count(*) FROM things"), "0\n");
    expect(&desk, &[&import[..], &["--fill-sync-hash"]].concat(), 0, "");
    desk.sql("a.db", "UPDATE kinds SET sync_hash = NULL");
    expect(&desk, &["export", "--database=sqlite:a.db"], 8, "hint: ");
}

#[test]
fn a_file_that_is_missing_is_10() {
    let desk = Desk::with_rows();
    desk.write("plain", "");
    let bundle = desk.export();
    expect(&desk, &["import", "--database=sqlite:a.db", "--file=none.tar.gz"], 10, "none.tar.gz");
    expect(&desk, &["verify", "none.tar.gz"], 10, "none.tar.gz");
    expect(&desk, &["export", "--database=sqlite:a.db", "--target=none"], 10, "none");
    expect(&desk, &["export", "--database=sqlite:a.db", "--target=plain"], 10, "plain");
    expect(&desk, &["export", "--database=sqlite:a.db", "--report-dir=none"], 10, "none");
    expect(&desk, &["export", "--database=sqlite:a.db", "--files-root=none"], 10, "none");
    expect(&desk, &["import", "--database=sqlite:a.db", "--file", &bundle, "--report-dir=none"], 10, "none");
    expect(&desk, &["history", "--database=sqlite:a.db", "--config=none.toml"], 10, "none.toml");
    expect(&desk, &["history", "--database=sqlite:a.db", "--profile=./none.toml"], 10, "none.toml");
}
