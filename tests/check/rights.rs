//! The rights of each command are those of the README: they are enough, each is needed, and one that is missing is named.

use gapsync::db::dialect::Dialect;
use gapsync::sync::rights::Command;

use super::{Room, grants};
use crate::support::{Engine, engines};

fn servers() -> impl Iterator<Item = Engine> {
    engines().into_iter().filter(|engine| *engine != Engine::Sqlite)
}

/// The name of a command for `check --for`, where it has one.
fn for_check(command: Command) -> Option<&'static str> {
    matches!(command, Command::Import | Command::Export | Command::FillSyncHash).then(|| command.typed())
}

#[test]
fn the_rights_of_the_readme_are_enough() {
    for engine in servers() {
        let room = Room::new(engine);
        for command in Command::ALL {
            room.take_all();
            room.give(&room.statements(command));
            if let Some(name) = for_check(command) {
                let (status, report) = room.check(name);
                assert_eq!((status, grants(&report)), (0, Vec::new()), "{engine:?} {command:?}: {report}");
            }
            let ended = room.perform(command);
            assert_eq!(ended.status, 0, "{engine:?} {command:?}: {}{}", ended.stdout, ended.stderr);
            if command == Command::Import {
                // Rows with ids of their own move the sequences.
                room.database.run("INSERT INTO things (id, kind_id, value) SELECT 4, id, 'four' FROM kinds;");
                let again = room.run(&["import", "--file=second.tar.gz"]);
                assert_eq!(again.status, 0, "{engine:?}: {}{}", again.stdout, again.stderr);
                assert_eq!(room.database.run("SELECT count(*) FROM things").trim(), "5");
            }
        }
    }
}

/// Every right of a statement by itself: the right, and what it is on.
fn single(statement: &str) -> Vec<(String, String)> {
    let (rights, rest) = statement.strip_prefix("GRANT ").unwrap().split_once(" ON ").unwrap();
    let (object, _) = rest.rsplit_once(" TO ").unwrap();
    rights.split(", ").map(|right| (right.to_owned(), object.to_owned())).collect()
}

#[test]
fn a_right_that_is_missing_is_named_before_anything_is_made() {
    for engine in servers() {
        let room = Room::new(engine);
        for command in Command::ALL {
            let statements = room.statements(command);
            for (right, object) in statements.iter().flat_map(|statement| single(statement)) {
                let what = format!("{engine:?} {command:?} without {right} on {object}");
                room.take_all();
                room.give(&statements);
                room.database.run(&format!("REVOKE {right} ON {object} FROM {};", room.user));
                let before = room.tables();
                let ended = room.perform(command);
                assert_eq!(ended.status, 6, "{what}: {}", ended.stderr);
                assert_eq!(ended.stderr.matches("GRANT ").count(), 1, "{what}: {}", ended.stderr);
                assert!(ended.stderr.contains(&format!("GRANT {right} ON ")), "{what}: {}", ended.stderr);
                assert_eq!(room.tables(), before, "{what}");
                let hint = ended.stderr.split("grants them with: ").nth(1).unwrap();
                let mut missing = vec![hint.split(" `gapsync check").next().unwrap().to_owned()];
                if let Some(name) = for_check(command) {
                    let (status, report) = room.check(name);
                    assert_eq!((status, grants(&report)), (6, missing.clone()), "{what}");
                    missing = grants(&report);
                }
                room.give(&missing);
                let ended = room.perform(command);
                assert_eq!(ended.status, 0, "{what}, and then with `{missing:?}`: {}", ended.stderr);
            }
        }
    }
}

#[test]
fn a_user_without_rights_gets_all_statements_at_once() {
    for engine in servers() {
        let room = Room::new(engine);
        for command in Command::ALL {
            room.take_all();
            let before = room.tables();
            let refused = room.perform(command);
            assert_eq!(refused.status, 6, "{engine:?} {command:?}: {}", refused.stderr);
            assert_eq!(room.tables(), before);
            let hint = refused.stderr.split("grants them with: ").nth(1).expect("statements are shown");
            room.give(&[hint.split(" `gapsync check").next().unwrap().to_owned()]);
            let ended = room.perform(command);
            assert_eq!(ended.status, 0, "{engine:?} {command:?} with {hint}: {}", ended.stderr);
        }
        room.take_all();
        let (status, report) = room.check("all");
        assert_eq!(status, 6, "{report}");
        room.give(&grants(&report));
        let (status, report) = room.check("all");
        assert_eq!(status, 0, "{report}");
    }
}

#[test]
fn rights_may_come_from_another_role_or_be_those_of_columns() {
    for engine in servers() {
        let room = Room::new(engine);
        let statements: Vec<String> =
            room.statements(Command::Import).iter().map(|line| line.replace(&room.user, "carriers")).collect();
        room.database.run("CREATE ROLE carriers;");
        room.give(&statements);
        room.database.run(&format!("GRANT carriers TO {};", room.user));
        if engine == Engine::Mariadb {
            room.database.run(&format!("SET DEFAULT ROLE carriers FOR {};", room.user));
        }
        assert_eq!(grants(&room.check("import").1), Vec::<String>::new());
        let ended = room.perform(Command::Import);
        assert_eq!(ended.status, 0, "{engine:?}: {}", ended.stderr);

        room.database.run(&format!("REVOKE carriers FROM {};", room.user));
        room.take_all();
        let given = room.statements(Command::ExportWithoutRecord);
        room.give(&given);
        let columns = if engine == Engine::Postgres {
            room.database.run(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns \
                               WHERE table_name = 'things' AND table_schema = 'public'",
            )
        } else {
            room.database.run(
                "SELECT group_concat('`', column_name, '`') FROM information_schema.columns \
                               WHERE table_name = 'things' AND table_schema = database()",
            )
        };
        if engine == Engine::Postgres {
            room.database.run(&format!(
                "REVOKE SELECT ON things FROM {0}; GRANT SELECT ({1}) ON things TO {0};",
                room.user,
                columns.trim()
            ));
        } else {
            // Without a right on the whole, each table needs its own.
            room.take_all();
            let tables = room.tables();
            for table in tables.lines() {
                let of = if table == "things" { format!(" ({})", columns.trim()) } else { String::new() };
                room.database.run(&format!("GRANT SELECT{of} ON `{}`.`{table}` TO {};", room.name, room.user));
            }
        }
        let ended = room.perform(Command::ExportWithoutRecord);
        assert_eq!(ended.status, 0, "{engine:?}: {}", ended.stderr);
    }
}

#[test]
fn a_grant_of_mariadb_holds_for_one_database_alone() {
    if !engines().contains(&Engine::Mariadb) {
        return;
    }
    let room = Room::new(Engine::Mariadb);
    room.database.run("CREATE DATABASE `a_b%c`;");
    let (admin, user) = [&room.database.url, &room.url].map(|url| url.replace(&room.name, "a_b%25c")).into();
    let ended = super::run(room.folder.path(), &admin, &["init"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let refused = super::run(room.folder.path(), &user, &["import", "--file=first.tar.gz"]);
    assert_eq!(refused.status, 6);
    assert!(refused.stderr.contains("ON `a\\_b\\%c`.* TO"), "{}", refused.stderr);
    let hint = refused.stderr.split("grants them with: ").nth(1).unwrap().split(" `gapsync check").next().unwrap();
    room.database.run(hint);
    let ended = super::run(room.folder.path(), &user, &["import", "--file=first.tar.gz"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    // Neither is it one for other databases whose names the pattern would match.
    room.database.run("CREATE DATABASE axbyc;");
    let other = super::run(room.folder.path(), &room.url.replace(&room.name, "axbyc"), &["history"]);
    assert_eq!(other.status, 6, "{}", other.stderr);
    room.database.run("DROP DATABASE `a_b%c`; DROP DATABASE axbyc;");
}

#[test]
fn the_readme_names_the_rights_of_each_command() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let section = text.split("\n## Rights\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks: Vec<&str> = section.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 2);
    for (block, dialect, place, user) in
        [(blocks[0], Dialect::Postgres, "public", "\"sync\""), (blocks[1], Dialect::Mariadb, "threatq", "`sync`@`%`")]
    {
        let mut named = Vec::new();
        for part in block.split("-- ").skip(1) {
            let mut lines = part.lines();
            let commands: Vec<&str> = lines.next().unwrap().split(", ").collect();
            let shown: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            for command in Command::ALL.into_iter().filter(|command| commands.contains(&command.typed())) {
                assert_eq!(shown, command.statements(dialect, place, "threatq", user), "{dialect:?} {command:?}");
                named.push(command);
            }
        }
        named.sort_unstable();
        assert_eq!(named, Command::ALL, "{dialect:?}");
    }
}
