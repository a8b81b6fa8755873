//! A profile of one's own: what `schema` prints for it runs on every engine, and `init` runs the same.

use std::path::Path;

use super::printed;
use crate::model::hash::md5_hex;
use crate::support::{Database, Ended, Engine, engines, finish, fresh_database, gapsync};

/// Tables with names of their own for what gapsync needs, with words of SQL and quotes in names, and all types in a key. Rows of
/// `countries` are matched by their key, and hashes go on through them.
const PROFILE: &str = r#"
name = "own"
codes.objects = { o = "order", c = "countries" }

[[table]]
name = "countries"
group = "metadata"
key = ["code"]
match = "key"
id = "nr"
date = "changed"

[[table]]
name = "order"
group = "object"
key = ["country_nr", "select"]
references = { country_nr = "countries", previous_nr = "order" }
id = "nr"
hash = "fingerprint"
date = "changed"
created = "made"
deleted = "gone"

[[table]]
name = "odd\"`table"
group = "context"
key = ["order_nr", "day", "size", "flag", "stamp", "clock", "raw", "ref", "n"]
references = { order_nr = "order" }

[[table]]
name = "links"
group = "link"
key = ["a_id", "b_id"]
unordered = true
polymorphic = [
    { id = "a_id", type = "a_type", codes = "objects" },
    { id = "b_id", type = "b_type", codes = "objects" },
]
"#;

const COLUMNS: &str = "\
# The columns of my platform.
countries
    code varchar(2) not null unique
order
    country_nr id not null
    select varchar(600) not null default none
    previous_nr id
    share double default 0.5
    open bool not null default t
odd\"`table
    order_nr id not null
    day date
    size decimal(10,2)
    flag bool
    stamp timestamp
    clock time
    raw bytes
    ref uuid
    n int32
links
    a_type varchar(10) not null
    a_id id not null
    b_type varchar(10) not null
    b_id id not null
*_x
    name varchar(80) not null
*_y
    name varchar(80) not null
";

/// Names so long that those of triggers are cut, and differ at the end alone.
fn long_tables() -> [String; 2] {
    ["x", "y"].map(|end| format!("{}{end}", "long_".repeat(12)))
}

/// The profile and the description of its columns in a folder.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = PROFILE.to_owned();
    for name in long_tables() {
        profile += &format!("[[table]]\nname = \"{name}\"\ngroup = \"object\"\nkey = [\"name\"]\n");
    }
    std::fs::write(folder.path().join("mine.toml"), profile).unwrap();
    std::fs::write(folder.path().join("own.columns.txt"), COLUMNS).unwrap();
    folder
}

fn run(command: &str, database: &Database, folder: &Path, more: &[&str]) -> Ended {
    let mut gapsync = gapsync([command, "--progress=off", "--profile=mine.toml"]);
    finish(gapsync.arg(format!("--database={}", database.url)).args(more).current_dir(folder))
}

/// Replaces `[name]` by the engine's quoted name.
fn quoted(engine: Engine, sql: &str) -> String {
    let quote = if engine == Engine::Mariadb { "`" } else { "\"" };
    let odd = if engine == Engine::Mariadb { "`odd\"``table`" } else { "\"odd\"\"`table\"" };
    sql.replace("[odd]", odd).replace(['[', ']'], quote)
}

const ROWS: &str = "
    INSERT INTO countries (nr, code) VALUES (1, 'de'), (2, 'fr');
    INSERT INTO [order] (nr, country_nr, [select]) VALUES (1, 1, 'one'), (2, 2, 'two');
    INSERT INTO [odd] (id, order_nr, day, size, flag, stamp, clock, ref, n) VALUES
        (1, 1, '2020-01-02', 1.50, TRUE, '2020-01-02 03:04:05', '01:02:03', '00112233-4455-6677-8899-aabbccddeeff', -7),
        (2, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO links (id, a_type, a_id, b_type, b_id) VALUES (1, 'o', 2, 'c', 1), (2, 'o', 2, 'o', 2);
";

/// Table and id, hash, and whether the row counts as changed lately.
const LOOK: &str = "
    SELECT 'order', nr, coalesce(fingerprint, ''), CASE WHEN changed > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM [order]
    UNION ALL SELECT 'odd', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM [odd]
    UNION ALL SELECT 'links', id, coalesce(sync_hash, ''), CASE WHEN updated_at > '2002-01-01 00:00:00' THEN 1 ELSE 0 END FROM links
    ORDER BY 1, 2;
";

fn look(database: &Database) -> Vec<(String, String, bool)> {
    let rows = database.rows(&quoted(database.engine, LOOK));
    rows.into_iter().map(|row| (format!("{} {}", row[0], row[1]), row[2].clone(), row[3] == "1")).collect()
}

fn check(database: &Database, folder: &Path) {
    if database.engine == Engine::Sqlite {
        let filled = run("fill-sync-hash", database, folder, &[]);
        assert_eq!(filled.status, 0, "{}", filled.stderr);
    }
    let checked = run("fill-sync-hash", database, folder, &["--check"]);
    assert_eq!(checked.status, 0, "{:?}: {}{}", database.engine, checked.stdout, checked.stderr);
}

#[test]
fn what_is_printed_runs_and_its_triggers_keep_the_hashes() {
    for engine in engines() {
        for by_init in [false, true] {
            let folder = folder();
            let database = fresh_database(engine);
            if by_init {
                let made = run("init", &database, folder.path(), &[]);
                assert_eq!(made.status, 0, "{engine:?}: {}", made.stderr);
            } else {
                let ended = printed(folder.path(), &["--profile=mine.toml", "--engine", engine.name()]);
                assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{engine:?}");
                database.run(&ended.stdout);
            }
            triggers_keep_the_hashes(&database, folder.path());
        }
    }
}

fn triggers_keep_the_hashes(database: &Database, folder: &Path) {
    let engine = database.engine;
    let sql = |text: &str| database.run(&quoted(engine, text));
    sql(ROWS);
    let computed = engine != Engine::Sqlite;
    assert!(look(database).iter().all(|(_, hash, _)| hash.is_empty() != computed), "{engine:?} {:?}", look(database));
    check(database, folder);
    let order = md5_hex(&format!("32:{}3:one", md5_hex("2:de")));
    assert_eq!(look(database)[4], ("order 1".to_owned(), order, true), "{engine:?}");

    sql("UPDATE [order] SET changed = '2001-01-01 00:00:00'; UPDATE [odd] SET updated_at = '2001-01-01 00:00:00';
         UPDATE links SET updated_at = '2001-01-01 00:00:00';");
    let before = look(database);
    assert!(before.iter().all(|(_, hash, touched)| !hash.is_empty() && !touched), "{engine:?} {before:?}");
    sql("UPDATE countries SET code = 'dk' WHERE nr = 1;");
    for ((row, hash, touched), (_, old, _)) in look(database).iter().zip(&before) {
        let reached = ["order 1", "odd 1", "links 1"].contains(&row.as_str());
        assert_eq!((hash != old, *touched), (reached, reached), "{engine:?} {row}");
        assert_eq!(hash.is_empty(), reached && !computed, "{engine:?} {row}");
    }
    check(database, folder);

    for name in long_tables() {
        sql(&format!("INSERT INTO {name} (name) VALUES ('{name}'); UPDATE {name} SET name = 'new';"));
        let stored = sql(&format!("SELECT coalesce(sync_hash, '') FROM {name};"));
        assert_eq!(stored.trim(), if computed { md5_hex("3:new") } else { String::new() }, "{engine:?}");
    }
    sql("INSERT INTO [odd] (id, order_nr, size) VALUES (3, 2, 3);");
    let stored = database.run(&quoted(engine, "SELECT coalesce(sync_hash, '') FROM [odd] WHERE id = 3;"));
    assert_eq!(stored.trim().is_empty(), !computed, "{engine:?}");
    check(database, folder);
}

#[test]
fn init_prefers_the_file_beside_the_profile_and_schema_says_so() {
    let folder = folder();
    let print = || printed(folder.path(), &["--profile=mine.toml", "--engine=sqlite"]);
    let beside = folder.path().join("own.sqlite.sql");
    let sql = print().stdout;
    for (text, warned) in
        [("", false), (sql.as_str(), false), ("CREATE TABLE countries (nr INTEGER PRIMARY KEY);\n", true)]
    {
        std::fs::write(&beside, text).unwrap();
        let ended = print();
        assert_eq!(ended.stdout, sql);
        assert_eq!(ended.stderr.contains("`init` runs own.sqlite.sql, which differs"), warned, "{}", ended.stderr);
    }
    let database = fresh_database(Engine::Sqlite);
    assert_eq!(run("init", &database, folder.path(), &[]).status, 0);
    assert_eq!(database.run("SELECT count(*) FROM sqlite_master WHERE name = 'order';").trim(), "0");
}

#[test]
fn a_wrong_description_is_named_with_its_line_and_nothing_is_printed() {
    let print = |columns: &str| {
        let folder = folder();
        let other = folder.path().join("other.txt");
        std::fs::write(other, columns).unwrap();
        let ended = printed(folder.path(), &["--profile=mine.toml", "--engine=mariadb", "--columns=other.txt"]);
        assert_eq!((ended.status, ended.stdout.as_str()), (7, ""), "{}", ended.stderr);
        ended.stderr
    };
    for (from, to, said) in [
        ("n int32", "n int", "`int` is not a column type (file `other.txt`, table `odd\"`table`, line `19`)"),
        ("raw bytes", "id bytes", "the profile decides on this column (file `other.txt`"),
        ("raw bytes", "REF bytes", "the column is described twice"),
        ("raw bytes", "raws bytes", "the profile names a column that is not described"),
        ("raw bytes", "raw json", "a float or JSON column cannot be part of a natural key"),
        ("raw bytes", "raw id", "the profile does not say which table the id belongs to"),
        ("order_nr id", "order_nr integer", "a column that refers to a row must have the type of ids"),
        ("a_type varchar(10)", "a_type text", "a column with type codes is indexed"),
        ("links\n", "liks\n", "the columns of the table are not described"),
        ("default none", "default a\\b", "cannot be written into a schema"),
        ("# The", "strangers\n    a text\n# The", "the description names a table that is not in the profile"),
        ("# The", "    a text\n# The", "a column is described before any table (file `other.txt`, line `1`)"),
    ] {
        let stderr = print(&COLUMNS.replacen(from, to, 1));
        assert!(stderr.contains(said), "{to}: {stderr}");
    }
}

#[test]
fn a_profile_without_a_description_is_refused_with_advice() {
    let folder = folder();
    std::fs::remove_file(folder.path().join("own.columns.txt")).unwrap();
    let ended = printed(folder.path(), &["--profile=mine.toml", "--engine=sqlite"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (7, ""));
    for said in ["are not described", "own.columns.txt", "gapsync schema --existing"] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let database = fresh_database(Engine::Sqlite);
    let ended = run("init", &database, folder.path(), &[]);
    assert!(ended.status == 7 && ended.stderr.contains("own.columns.txt"), "{}", ended.stderr);
    for wrong in [&["--profile=mini"][..], &["--engine=oracle"], &["--engine=sqlite", "--existing"]] {
        assert_eq!(printed(folder.path(), wrong).status, 2, "{wrong:?}");
    }
}
