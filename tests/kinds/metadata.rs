//! Metadata of the target is not downgraded: what it says of its users and its handling levels stays.

use crate::conformance::describe::repository;
use crate::support::{Database, Ended, engines, finish, fresh_database, gapsync};

fn run(command: &str, database: &Database, more: &[String]) -> Ended {
    let mut gapsync = gapsync([command, "--progress=off"]);
    let ended = finish(gapsync.arg(format!("--database={}", database.url)).args(more));
    assert_eq!(ended.status, 0, "{command}: {}", ended.stderr);
    ended
}

#[test]
fn an_administrator_is_not_deleted_and_a_level_is_not_lowered() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let [source, target] = [(); 2].map(|()| fresh_database(engine));
        for (database, deleted, level, date) in [(&source, "'2026-01-05 00:00:00'", 1, 5), (&target, "NULL", 4, 1)] {
            run("init", database, &[]);
            database.run(&format!(
                "INSERT INTO users (email, display_name, role, created_at, updated_at, deleted_at) \
                 VALUES ('a@x.org', 'name {level}', 'admin', '2026-01-01 00:00:00', '2026-01-0{date} 00:00:00', {deleted});\n\
                 INSERT INTO tlp (name, level, created_at, updated_at) \
                 VALUES ('RED', {level}, '2026-01-01 00:00:00', '2026-01-0{date} 00:00:00');"
            ));
            run("fill-sync-hash", database, &[]);
        }
        let here = folder.path().display();
        run(
            "export",
            &source,
            &[format!("--target={here}"), format!("--report-dir={here}"), "--include-deleted=Y".into()],
        );
        let mut files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let bundle = files.find(|path| path.to_string_lossy().ends_with(".tar.gz")).unwrap();
        run("import", &target, &[format!("--file={}", bundle.display()), format!("--report-dir={here}")]);
        let users = "SELECT count(*) FROM users WHERE deleted_at IS NULL AND role = 'admin'";
        assert_eq!(target.rows(users), [["1"]], "{engine:?}");
        assert_eq!(target.rows("SELECT level FROM tlp WHERE name = 'RED'"), [["4"]], "{engine:?}");
        // What is not guarded arrives as ever.
        assert_eq!(target.rows("SELECT display_name FROM users"), [["name 1"]], "{engine:?}");
    }
}

#[test]
fn a_table_that_keeps_its_rows_takes_new_ones_alone() {
    let name = "name = \"users\"\n";
    let shipped = std::fs::read_to_string(repository("sql/profiles/threatq.toml")).unwrap();
    let users = shipped.split("[[table]]").find(|table| table.contains(name)).unwrap();
    let kept = users.replace("on_existing = { deleted_at = \"keep\" }", "on_existing = \"keep\"");
    assert_ne!(users, kept, "the shipped profile has changed");
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("own.toml");
        std::fs::write(&profile, shipped.replace(users, &kept)).unwrap();
        let [source, target] = [(); 2].map(|()| fresh_database(engine));
        for (database, user, date) in [(&source, "theirs", 5), (&target, "own", 1)] {
            run("init", database, &[]);
            let date = format!("'2026-01-0{date} 00:00:00'");
            let new = if user == "own" { "none" } else { "new" };
            database.run(&format!(
                "INSERT INTO users (email, display_name, created_at, updated_at) VALUES \
                 ('a@x.org', '{user}', {date}, {date}), ('{new}@x.org', '{user}', {date}, {date});"
            ));
            run("fill-sync-hash", database, &[]);
        }
        let here = folder.path().display();
        run("export", &source, &[format!("--target={here}"), format!("--report-dir={here}")]);
        let mut files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let bundle = files.find(|path| path.to_string_lossy().ends_with(".tar.gz")).unwrap();
        let options = [format!("--file={}", bundle.display()), format!("--report-dir={here}")];
        run("import", &target, &[&options[..], &[format!("--profile={}", profile.display())]].concat());
        let names = target.rows("SELECT display_name FROM users ORDER BY email");
        assert_eq!(names, [["own"], ["theirs"], ["own"]], "{engine:?}");
        // Without that word the bundle's newer row wins.
        run("import", &target, &options);
        assert_eq!(target.rows("SELECT display_name FROM users WHERE email = 'a@x.org'"), [["theirs"]], "{engine:?}");
    }
}

#[test]
fn an_optional_reference_to_an_unknown_kind_is_left_out_and_its_row_is_not() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let [source, target] = [(); 2].map(|()| fresh_database(engine));
        for database in [&source, &target] {
            run("init", database, &[]);
        }
        source.run("INSERT INTO sources (type, reference_id, name) VALUES ('other_sources', 1, 'S1');");
        run("fill-sync-hash", &source, &[]);
        let here = folder.path().display();
        run("export", &source, &[format!("--target={here}"), format!("--report-dir={here}")]);
        let mut files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let bundle = files.find(|path| path.to_string_lossy().ends_with(".tar.gz")).unwrap();
        let options = [format!("--file={}", bundle.display()), format!("--report-dir={here}"), "--json".into()];
        let report = run("import", &target, &options).stdout;
        assert!(report.contains("references to missing rows"), "{engine:?}: {report}");
        let found = "SELECT count(*) FROM sources WHERE name = 'S1' AND reference_id IS NULL";
        assert_eq!(target.rows(found), [["1"]], "{engine:?}: {report}");
    }
}
