//! Sets of rows that belong to a row (`owned_by`): the target's becomes equal to the bundle's, twins and sets within sets too. The
//! rules once more in plain code.

use std::collections::BTreeMap;

use gapsync::db::dialect::Dialect;
use gapsync::sync::rights::Command;
use serde_json::Value;

use super::{Own, count, warnings};
use crate::conformance::command::json;
use crate::property::rng::Rng;
use crate::support::server::Server;
use crate::support::{Engine, engines, finish};

const SCHEMA: &str = "
CREATE TABLE owner (id {id}, name {text} NOT NULL, v {text}, stamp bigint NOT NULL, locked smallint NOT NULL DEFAULT 0);
CREATE TABLE item (id {id}, owner_id bigint NOT NULL, k {text} NOT NULL, v {text}, updated_at {time});
CREATE TABLE mark (id {id}, item_id bigint NOT NULL, name {text} NOT NULL);
";

fn profile(date: &str) -> String {
    format!(
        "[[table]]\nname = \"owner\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n\
         date = {{ column = \"stamp\", kind = \"{date}\" }}\n\
         exclude = {{ locked = \"1\" }}\nguard = {{ column = \"locked\", value = 0 }}\n\
         [[table]]\nname = \"item\"\ngroup = \"context\"\nkey = [\"owner_id\", \"k\"]\nmatch = \"key\"\nowned_by = \"owner_id\"\n\
         references = {{ owner_id = \"owner\" }}\n\
         [[table]]\nname = \"mark\"\ngroup = \"tag\"\nkey = [\"item_id\", \"name\"]\nmatch = \"key\"\nowned_by = \"item_id\"\n\
         references = {{ item_id = \"item\" }}\n"
    )
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    k: String,
    v: u64,
    marks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    v: u64,
    stamp: u64,
    locked: bool,
    items: Vec<Item>,
}

/// Owners by name.
type Side = BTreeMap<String, Owner>;

fn drawn_items(rng: &mut Rng) -> Vec<Item> {
    let items = (0..rng.below(6)).map(|_| Item {
        k: format!("k{}", rng.below(3)),
        v: rng.below(2) as u64,
        marks: (0..rng.below(3)).map(|_| format!("m{}", rng.below(2))).collect(),
    });
    items.collect()
}

fn drawn(rng: &mut Rng) -> Side {
    let mut side = Side::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        if rng.chance(75) {
            let (v, stamp, locked) = (rng.below(2) as u64, 1 + rng.below(3) as u64, rng.chance(75));
            side.insert(name.to_owned(), Owner { v, stamp, locked, items: drawn_items(rng) });
        }
    }
    side
}

fn write(own: &Own, side: &Side, first: usize) {
    let mut script = "DELETE FROM mark; DELETE FROM item; DELETE FROM owner;".to_owned();
    let mut id = first;
    for (name, owner) in side {
        let owner_id = id;
        let Owner { v, stamp, locked, items } = owner;
        script += &format!(
            "INSERT INTO owner (id, name, v, stamp, locked) VALUES ({owner_id}, '{name}', '{v}', {stamp}, {});",
            u8::from(*locked)
        );
        for Item { k, v, marks } in items {
            id += 1;
            let item = id;
            script += &format!("INSERT INTO item (id, owner_id, k, v) VALUES ({item}, {owner_id}, '{k}', '{v}');");
            for mark in marks {
                id += 1;
                script += &format!("INSERT INTO mark (id, item_id, name) VALUES ({id}, {item}, '{mark}');");
            }
        }
        id += 1;
    }
    own.database.run(&script);
}

/// Reads the rows of a database; sets in an order of their own.
fn found(own: &Own) -> Side {
    let mut side = Side::new();
    let mut items: BTreeMap<String, (String, Item)> = BTreeMap::new();
    for row in own.database.rows("SELECT id, owner_id, k, v FROM item") {
        let item = Item { k: row[2].clone(), v: row[3].parse().unwrap(), marks: Vec::new() };
        items.insert(row[0].clone(), (row[1].clone(), item));
    }
    for row in own.database.rows("SELECT item_id, name FROM mark") {
        items.get_mut(&row[0]).expect("a mark of an item").1.marks.push(row[1].clone());
    }
    let mut names = BTreeMap::new();
    for row in own.database.rows("SELECT id, name, v, stamp, locked FROM owner") {
        let number = |at: usize| row[at].parse::<u64>().unwrap();
        let owner = Owner { v: number(2), stamp: number(3), locked: number(4) == 1, items: Vec::new() };
        names.insert(row[0].clone(), row[1].clone());
        side.insert(row[1].clone(), owner);
    }
    for (owner, item) in items.into_values() {
        let name = names.get(&owner).expect("the owner of an item");
        side.get_mut(name).unwrap().items.push(item);
    }
    sorted(side)
}

fn sorted(mut side: Side) -> Side {
    for owner in side.values_mut() {
        owner.items.iter_mut().for_each(|item| item.marks.sort());
        owner.items.sort();
    }
    side
}

/// The target after an import, and how many items are deleted: of each set and key, those that the target has more.
fn merged(source: &Side, target: &Side) -> (Side, u64) {
    let (mut after, mut deleted) = (target.clone(), 0);
    for (name, theirs) in source {
        let ours = target.get(name);
        if ours.is_some_and(|ours| !ours.locked || ours.stamp > theirs.stamp) {
            continue;
        }
        let had = ours.map_or(&[][..], |ours| &ours.items);
        for k in ["k0", "k1", "k2"] {
            let number = |items: &[Item]| items.iter().filter(|item| item.k == k).count();
            deleted += number(had).saturating_sub(number(&theirs.items)) as u64;
        }
        after.insert(name.clone(), Owner { locked: true, ..theirs.clone() });
    }
    (sorted(after), deleted)
}

fn writes(report: &Value) -> [u64; 3] {
    ["inserted", "updated", "deleted"].map(|what| report["totals"][what].as_u64().unwrap_or(0))
}

#[test]
fn the_set_of_the_target_is_that_of_the_bundle() {
    for engine in engines() {
        for seed in 0..if engine == Engine::Sqlite { 6 } else { 3 } {
            let mut rng = Rng::new(seed + 100);
            let (a, b) = (Own::new(engine, &profile("version"), SCHEMA), Own::new(engine, &profile("version"), SCHEMA));
            let (mut source, mut target) = (drawn(&mut rng), drawn(&mut rng));
            write(&b, &target, 1000);
            for bundle in 1..=2 {
                write(&a, &source, 1);
                let (path, _) = a.export(&[]);
                let (expected, deleted) = merged(&source, &target);
                let case = format!("{engine:?}, seed {seed}, bundle {bundle}:\n{source:#?}\n{target:#?}");
                let told = b.import(&path, &["--dry-run"], 0);
                assert_eq!(found(&b), sorted(target.clone()), "a preview writes nothing: {case}");
                let small = if seed % 2 == 0 { "--object-limit=2" } else { "--object-limit=1000" };
                let report = b.import(&path, &[small], 0);
                assert_eq!(found(&b), expected, "{case}");
                assert_eq!(report["tables"]["item"]["deleted"].as_u64().unwrap_or(0), deleted, "{case}");
                assert_eq!(writes(&told), writes(&report), "{case}");
                assert_eq!(writes(&b.import(&path, &[], 0)), [0, 0, 0], "{case}");
                target = expected;
                for owner in source.values_mut() {
                    if rng.chance(60) {
                        owner.stamp += 2;
                        owner.items = drawn_items(&mut rng);
                    }
                }
            }
        }
    }
}

/// A bundle with some rows of a table and not the others must not be taken for one with whole sets.
#[test]
fn a_set_travels_whole_with_its_row_or_not_at_all() {
    let profile = format!(
        "{}[[table]]\nname = \"other\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\ndate = {{ column = \"stamp\", kind = \"epoch\" }}\n",
        profile("epoch").replace("{ owner_id = \"owner\" }", "{ owner_id = \"owner\", other_id = \"other\" }")
    );
    let schema = format!(
        "{}CREATE TABLE other (id {{id}}, name {{text}} NOT NULL, stamp bigint NOT NULL);",
        SCHEMA.replace("k {text} NOT NULL", "other_id bigint, k {text} NOT NULL")
    );
    let new = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for engine in engines() {
        let (a, b) = (Own::new(engine, &profile, &schema), Own::new(engine, &profile, &schema));
        a.database.run(
            "INSERT INTO other (id, name, stamp) VALUES (1, 'x', 5); \
             INSERT INTO owner (id, name, v, stamp) VALUES (1, 'a', '1', 5), (2, 'b', '1', 5), (3, 'c', '1', 5); \
             INSERT INTO item (id, owner_id, other_id, k, v) VALUES (1, 1, NULL, 'p', '1'), (2, 1, 1, 'q', '1'), (3, 2, NULL, 'p', '1'), (4, 3, NULL, 'p', '1');",
        );
        let (first, report) = a.export(&[]);
        assert_eq!(count(&report, "item", "rows"), 4, "{engine:?}");
        b.import(&first, &[], 0);
        let items =
            |own: &Own| own.look("SELECT o.name, i.k, i.v FROM item i JOIN owner o ON o.id = i.owner_id ORDER BY 1, 2");
        // Nothing of the owners is new, and a row that an item refers to is. Its number is another's key now, so that the item
        // would travel without the other of its set.
        a.database.run(&format!("UPDATE other SET name = 'y', stamp = {new}; UPDATE item SET v = '2' WHERE id = 4;"));
        let (second, report) = a.export(&[]);
        let carried = count(&report, "item", "rows");
        assert!(carried == 0 || carried == 2, "{engine:?}: {carried} rows of a set of two");
        b.import(&second, &[], 0);
        assert_eq!(items(&b), ["a p 1", "a q 1", "b p 1", "c p 1"], "{engine:?}");
        // Of three owners, one gets a smaller set and one an empty one. The bundle has the third neither, and does not say that
        // the set without rows is empty.
        a.database.run(&format!(
            "DELETE FROM item WHERE id IN (1, 3); UPDATE owner SET stamp = {new} WHERE name IN ('a', 'b'); \
             INSERT INTO owner (id, name, v, stamp) VALUES (4, 'd', '1', {new});"
        ));
        let (third, _) = a.export(&[]);
        let report = b.import(&third, &[], 0);
        assert_eq!(count(&report, "item", "deleted"), 1, "{engine:?}: {report}");
        assert_eq!(items(&b), ["a q 1", "b p 1", "c p 1"], "{engine:?}");
        // A whole bundle does.
        let (whole, _) = a.export(&["--full"]);
        let report = b.import(&whole, &[], 0);
        assert_eq!(count(&report, "item", "deleted"), 1, "{engine:?}: {report}");
        assert_eq!(items(&b), ["a q 1", "c p 2"], "{engine:?}");
        // A source that knows of no sets may have sent any rows.
        std::fs::write(
            a.folder.path().join("own.toml"),
            format!(
                "name = \"own\"\n{}",
                profile.replace("owned_by = \"owner_id\"", "").replace("owned_by = \"item_id\"", "")
            ),
        )
        .unwrap();
        let (other, _) = a.export(&["--full"]);
        let ended = b.expect(&["import", &format!("--file={}", other.display())], 7);
        assert!(ended.stderr.contains("owned_by") && ended.stderr.contains("item"), "{engine:?}: {}", ended.stderr);
    }
}

/// A set of which a row was rejected is not whole, so nothing is deleted from it, nor from the sets around it and within it.
#[test]
fn what_was_rejected_is_not_deleted() {
    let spared = |report: &Value| warnings(report).matches("nothing is deleted from them").count();
    for engine in engines() {
        let a = Own::new(Engine::Sqlite, &profile("version"), SCHEMA);
        let b = Own::new(engine, &profile("version"), SCHEMA);
        a.database.run(
            "INSERT INTO owner (id, name, stamp) VALUES (1, 'a', 2), (2, 'b', 2); \
             INSERT INTO item (id, owner_id, k, v) VALUES (1, 1, 'p', '1'), (2, 1, 'q', CAST(x'ff' AS TEXT)), (3, 2, 'p', '1'); \
             INSERT INTO mark (id, item_id, name) VALUES (1, 1, 'm');",
        );
        b.database.run(
            "INSERT INTO owner (id, name, stamp, locked) VALUES (7, 'a', 1, 1), (8, 'b', 1, 1); \
             INSERT INTO item (id, owner_id, k, v) VALUES (8, 7, 'q', 'old'), (9, 7, 'r', 'old'), (10, 8, 'r', 'old'); \
             INSERT INTO mark (id, item_id, name) VALUES (8, 8, 'n');",
        );
        let items =
            |own: &Own| own.look("SELECT o.name, i.k, i.v FROM item i JOIN owner o ON o.id = i.owner_id ORDER BY 1, 2");
        let marks =
            |own: &Own| own.look("SELECT i.k, m.name FROM mark m JOIN item i ON i.id = m.item_id ORDER BY 1, 2");
        // An item on the source, then a mark, whose items would go with it.
        let export = |status| {
            let report = json(&a.expect(&["export", "--json", "--full"], status).stdout);
            a.folder.path().join(report["bundle"]["name"].as_str().unwrap())
        };
        let report = b.import(&export(3), &[], 0);
        assert_eq!(spared(&report), 2, "{engine:?}: {report}");
        assert_eq!(items(&b), ["a p 1", "a q old", "a r old", "b p 1", "b r old"], "{engine:?}");
        assert_eq!(marks(&b), ["p m", "q n"], "{engine:?}");
        a.database.run("UPDATE item SET v = '2' WHERE id = 2; INSERT INTO mark (id, item_id, name) VALUES (2, 2, CAST(x'ff' AS TEXT));");
        let killed = export(3);
        let file = format!("--file={}", killed.display());
        let ended = finish(b.command(&["import", &file]).env("GAPSYNC_FAIL_POINT", "import.resolved"));
        assert_eq!(ended.status, -1, "{engine:?}: {ended:?}");
        let report = b.import(&killed, &["--resume"], 0);
        assert_eq!(spared(&report), 2, "{engine:?}: {report}");
        assert_eq!(items(&b), ["a p 1", "a q 2", "a r old", "b p 1", "b r old"], "{engine:?}");
        assert_eq!(marks(&b), ["p m", "q n"], "{engine:?}");
        // One that the target cannot hold.
        let narrow = match engine {
            Engine::Sqlite => "",
            Engine::Postgres => "ALTER TABLE item ALTER COLUMN v TYPE varchar(3)",
            Engine::Mariadb => "ALTER TABLE item MODIFY v varchar(3)",
        };
        a.database.run("UPDATE mark SET name = 'm' WHERE id = 2; UPDATE item SET v = 'long' WHERE id = 2;");
        if !narrow.is_empty() {
            b.database.run(narrow);
            let report = b.import(&export(0), &[], 3);
            assert_eq!(spared(&report), 2, "{engine:?}: {report}");
            assert_eq!(items(&b), ["a p 1", "a q 2", "a r old", "b p 1", "b r old"], "{engine:?}");
        }
        // Whole again.
        a.database.run("UPDATE item SET v = '3' WHERE id = 2");
        let report = b.import(&export(0), &[], 0);
        assert_eq!((spared(&report), count(&report, "item", "deleted")), (0, 2), "{engine:?}: {report}");
        assert_eq!(items(&b), ["a p 1", "a q 3", "b p 1"], "{engine:?}");
        assert_eq!(marks(&b), ["p m", "q m"], "{engine:?}");
    }
}

#[test]
fn what_is_deleted_makes_room_for_what_is_new() {
    let profile = profile("version").replace("[\"owner_id\", \"k\"]", "[\"owner_id\", \"k\", \"v\"]");
    let schema = SCHEMA.replace("v {text}, updated_at {time});", "v {text}, updated_at {time}, UNIQUE (owner_id, k));");
    let kept = "CREATE TABLE kept (id {id}, item_id bigint NOT NULL, FOREIGN KEY (item_id) REFERENCES item (id));";
    for engine in engines() {
        let (a, b) = (Own::new(engine, &profile, &schema), Own::new(engine, &profile, &format!("{schema}{kept}")));
        a.database.run(
            "INSERT INTO owner (id, name, stamp) VALUES (1, 'a', 2); \
             INSERT INTO item (id, owner_id, k, v) VALUES (1, 1, 'p', 'new'), (2, 1, 'q', 'same');",
        );
        b.database.run(
            "INSERT INTO owner (id, name, stamp, locked) VALUES (7, 'a', 1, 1); \
             INSERT INTO item (id, owner_id, k, v) VALUES (8, 7, 'p', 'old'), (9, 7, 'q', 'same'), (10, 7, 'r', 'used'), (11, 7, 's', 'gone'); \
             INSERT INTO kept (item_id) VALUES (10);",
        );
        let (bundle, _) = a.export(&[]);
        let report = b.import(&bundle, &[], 0);
        assert_eq!(
            [count(&report, "item", "inserted"), count(&report, "item", "deleted")],
            [1, 2],
            "{engine:?}: {report}"
        );
        // A row that others refer to stays, and the report says so.
        assert_eq!(b.look("SELECT k, v FROM item ORDER BY k"), ["p new", "q same", "r used"], "{engine:?}");
        assert!(warnings(&report).contains("not deleted: 1"), "{engine:?}: {report}");
        b.database.run("DELETE FROM kept;");
        let page = b.expect(&["import", &format!("--file={}", bundle.display())], 0).stdout;
        assert!(page.contains("deleted") && page.contains("owned_by"), "{engine:?}: {page}");
        assert_eq!(b.look("SELECT k, v FROM item ORDER BY k"), ["p new", "q same"], "{engine:?}");
    }
}

#[test]
fn an_import_that_is_killed_while_it_deletes_goes_on() {
    for engine in engines() {
        let (a, b) = (Own::new(engine, &profile("version"), SCHEMA), Own::new(engine, &profile("version"), SCHEMA));
        let many = |rows: std::ops::Range<u64>| {
            rows.map(|k| Item { k: format!("k{k:02}"), v: k, marks: vec!["m0".to_owned()] }).collect::<Vec<_>>()
        };
        let owner =
            |stamp: u64, items: Vec<Item>| Side::from([("a".to_owned(), Owner { v: 0, stamp, locked: true, items })]);
        write(&a, &owner(2, many(4..9)), 1);
        let (bundle, _) = a.export(&[]);
        let file = format!("--file={}", bundle.display());
        for point in ["import.delete:1", "import.committed:2", "import.insert:1"] {
            write(&b, &owner(1, many(0..6)), 1000);
            let mut command = crate::support::gapsync(["import", "--object-limit=2", &file]);
            command.args([&format!("--database={}", b.database.url), "--profile=own.toml", "--progress=off"]);
            let killed = finish(command.current_dir(b.folder.path()).env("GAPSYNC_FAIL_POINT", point));
            assert_eq!(killed.status, -1, "{engine:?}, {point}: {}{}", killed.stdout, killed.stderr);
            let report = b.import(&bundle, &["--resume", "--object-limit=2"], 0);
            assert_eq!(found(&b), sorted(owner(2, many(4..9))), "{engine:?}, {point}");
            let deleted = ["item", "mark"].map(|table| count(&report, table, "deleted"));
            assert_eq!(deleted, [4, 4], "{engine:?}, {point}: {report}");
        }
    }
}

#[test]
fn deleting_needs_the_right_to_delete() {
    for engine in engines().into_iter().filter(|engine| *engine != Engine::Sqlite) {
        let server = Server::start(engine);
        let postgres = engine == Engine::Postgres;
        let own = |database| Own { database, folder: tempfile::tempdir().unwrap() };
        let (a, b) = (own(server.database()), own(server.database()));
        for side in [&a, &b] {
            std::fs::write(side.folder.path().join("own.toml"), format!("name = \"own\"\n{}", profile("version")))
                .unwrap();
            side.database.run(&super::tables(engine, SCHEMA));
        }
        let one = |k: &str| vec![Item { k: k.to_owned(), v: 1, marks: Vec::new() }];
        let side = |stamp, items| Side::from([("a".to_owned(), Owner { v: 0, stamp, locked: true, items })]);
        write(&a, &side(2, one("k0")), 1);
        let (bundle, _) = a.export(&[]);
        b.import(&bundle, &[], 0);
        write(&b, &side(1, one("k1")), 50);
        let name = b.database.run(if postgres { "SELECT current_database()" } else { "SELECT database()" });
        let (dialect, place) = if postgres { (Dialect::Postgres, "public") } else { (Dialect::Mariadb, name.trim()) };
        let (user, url) = if postgres {
            b.database.run("CREATE ROLE sync LOGIN;");
            ("\"sync\"", b.database.url.replace("user=gapsync", "user=sync"))
        } else {
            b.database.run("CREATE USER sync@localhost;");
            ("`sync`@`localhost`", b.database.url.replace("root@", "sync@"))
        };
        b.database.run(&Command::Import.statements(dialect, place, name.trim(), user).join("\n"));
        let import = |words: &[&str]| {
            let mut command = crate::support::gapsync(["import", &format!("--file={}", bundle.display())]);
            command.args([&format!("--database={url}"), "--profile=own.toml", "--progress=off"]).args(words);
            finish(command.current_dir(b.folder.path()))
        };
        let refused = import(&[]);
        assert_eq!(refused.status, 6, "{engine:?}: {}", refused.stderr);
        let grants = refused.stderr.split("grants them with: ").nth(1).expect("the statements");
        let grants = grants.split(" `gapsync check").next().unwrap();
        assert_eq!(grants.matches("DELETE").count(), if postgres { 1 } else { 2 }, "{engine:?}: {grants}");
        assert!(
            grants.contains("item") && grants.contains("mark") && !grants.contains("owner"),
            "{engine:?}: {grants}"
        );
        // A preview deletes nothing.
        assert_eq!(import(&["--dry-run"]).status, 0, "{engine:?}");
        b.database.run(grants);
        let ended = import(&[]);
        assert_eq!(ended.status, 0, "{engine:?}: {}", ended.stderr);
        assert_eq!(b.look("SELECT k FROM item"), ["k0"], "{engine:?}");
    }
}
