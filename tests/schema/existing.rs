//! `schema --existing`: what tables lack that a platform made.

use std::path::Path;

use super::printed;
use crate::support::{Database, Ended, Engine, engines, finish, fresh_database, gapsync};

/// References are found in the catalogue.
const PROFILE: &str = r#"
name = "platform"
[[table]]
name = "kinds"
group = "metadata"
key = ["name"]
[[table]]
name = "things"
group = "object"
key = ["kind_id", "value"]
[[table]]
name = "notes"
group = "context"
key = ["thing_id", "text"]
[[table]]
name = "absent"
group = "object"
key = ["name"]
"#;

/// Tables as platforms have them: dates with a time zone, where the engine has such, texts without regard to case, one index on
/// a date.
fn database(engine: Engine) -> Database {
    let (id, whole, time) = match engine {
        Engine::Sqlite => ("INTEGER PRIMARY KEY", "INTEGER", "DATETIME"),
        Engine::Postgres => ("SERIAL PRIMARY KEY", "INTEGER", "TIMESTAMPTZ"),
        Engine::Mariadb => ("INT AUTO_INCREMENT PRIMARY KEY", "INT", "TIMESTAMP NULL"),
    };
    let dates = format!("created_at {time}, updated_at {time}");
    let database = fresh_database(engine);
    // Texts that differ in case alone are equal to the engine, but not to a hash.
    let text = match engine {
        Engine::Sqlite => "VARCHAR(50) COLLATE NOCASE",
        Engine::Postgres => "VARCHAR(50) COLLATE ci",
        Engine::Mariadb => "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    };
    if engine == Engine::Postgres {
        database.run("CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);");
    }
    database.run(&format!(
        "CREATE TABLE kinds (id {id}, name {text} NOT NULL, {dates});
         CREATE TABLE things (id {id}, kind_id {whole} NOT NULL REFERENCES kinds (id), value {text} NOT NULL, {dates});
         CREATE TABLE notes (id {id}, thing_id {whole} NOT NULL REFERENCES things (id), text {text} NOT NULL, {dates});
         CREATE INDEX own_index ON things (updated_at);
         INSERT INTO kinds (id, name) VALUES (1, 'a'), (2, 'b');
         INSERT INTO things (id, kind_id, value) VALUES (1, 1, 'x'), (2, 2, 'y');
         INSERT INTO notes (id, thing_id, text) VALUES (1, 1, 'n'), (2, 2, 'n');"
    ));
    database
}

fn run(command: &str, database: &Database, folder: &Path, more: &[&str]) -> Ended {
    let mut gapsync = gapsync([command, "--progress=off", "--profile=platform.toml"]);
    finish(gapsync.arg(format!("--database={}", database.url)).args(more).current_dir(folder))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("platform.toml"), PROFILE).unwrap();
    folder
}

#[test]
fn what_tables_lack_is_printed_and_works_there() {
    for engine in engines() {
        let (folder, database) = (folder(), database(engine));
        let print = || {
            let database = format!("--database={}", database.url);
            printed(folder.path(), &["--profile=platform.toml", "--existing", &database])
        };
        let additions = print();
        assert_eq!(additions.status, 0, "{engine:?}: {}", additions.stderr);
        assert!(additions.stderr.contains("no table `absent`"), "{}", additions.stderr);
        let count = |text: &str| additions.stdout.matches(text).count();
        let lacking = (count("ALTER TABLE"), count("CREATE UNIQUE INDEX"), count("CREATE INDEX"));
        assert_eq!((lacking, count("CREATE TABLE ")), ((3, 3, 2), 6), "{engine:?}: {}", additions.stdout);
        database.run(&additions.stdout);
        let filled = run("fill-sync-hash", &database, folder.path(), &[]);
        assert_eq!(filled.status, 0, "{engine:?}: {}", filled.stderr);

        // Once more: nothing is lacking, and the triggers are replaced.
        let again = print();
        assert!(!again.stdout.contains("ALTER TABLE") && !again.stdout.contains("INDEX"), "{}", again.stdout);
        database.run(&again.stdout);

        database.run(
            "UPDATE kinds SET name = 'A' WHERE id = 1;
             INSERT INTO things (id, kind_id, value) VALUES (3, 2, 'z');",
        );
        let now = match engine {
            Engine::Sqlite => "abs(julianday('now') - julianday(updated_at)) < 0.01",
            Engine::Postgres => "abs(extract(epoch FROM now() - updated_at)) < 600",
            Engine::Mariadb => "abs(timestampdiff(SECOND, updated_at, now())) < 600",
        };
        let changed =
            "SELECT 'thing', id FROM things WHERE now UNION ALL SELECT 'note', id FROM notes WHERE now ORDER BY 1, 2";
        assert_eq!(database.rows(&changed.replace("now", now)), [["note", "1"], ["thing", "1"]], "{engine:?}");
        let empty = database.rows("SELECT count(*) FROM things WHERE sync_hash IS NULL");
        assert_eq!(empty, [[if engine == Engine::Sqlite { "2" } else { "0" }]], "{engine:?}");
        if engine == Engine::Sqlite {
            assert_eq!(run("fill-sync-hash", &database, folder.path(), &[]).status, 0);
        }
        let check = run("fill-sync-hash", &database, folder.path(), &["--check"]);
        assert_eq!(check.status, 0, "{engine:?}: {}{}", check.stdout, check.stderr);
    }
}

#[test]
fn tables_that_do_not_fit_are_refused_and_nothing_is_printed() {
    for engine in engines() {
        let (folder, database) = (folder(), database(engine));
        let refused = |profile: &str, said: &str| {
            std::fs::write(folder.path().join("platform.toml"), profile).unwrap();
            let ended = run("schema", &database, folder.path(), &["--existing"]);
            assert_eq!((ended.status, ended.stdout.as_str()), (7, ""), "{engine:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(said), "{engine:?}: {}", ended.stderr);
        };
        refused(&PROFILE.replace("key = [\"name\"]", "key = [\"title\"]"), "lacks a column of its natural key");
        refused(
            &PROFILE.replace("name = \"notes\"", "date = \"moved\"\nname = \"notes\""),
            "lacks the column with the date of the last change",
        );
        refused(
            "name = \"p\"\n[[table]]\nname = \"x\"\ngroup = \"object\"\nkey = [\"y\"]\n",
            "none of the profile's tables",
        );
        if engine != Engine::Sqlite {
            let dated = PROFILE.replace("name = \"notes\"", "date = \"text\"\nname = \"notes\"");
            refused(&dated, "is not of its kind");
        }
    }
}
