//! Tables whose primary key is not one number: link tables, and tables whose ids mean the same row everywhere. The rules once
//! more in plain code, for every type that such an id can have.

use std::collections::BTreeMap;

use super::{Own, count};
use crate::property::rng::Rng;
use crate::support::{Engine, engines};

/// Cases an engine.
const CASES: u64 = 4;

/// The type of the kept ids.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Uuid,
    Text,
    Bytes,
    Number,
}

const KINDS: [Kind; 4] = [Kind::Uuid, Kind::Text, Kind::Bytes, Kind::Number];

impl Kind {
    fn column(self, engine: Engine) -> &'static str {
        match (self, engine) {
            (Self::Uuid, Engine::Sqlite) => "char(36)",
            (Self::Uuid, _) => "uuid",
            (Self::Text, _) => "varchar(40)",
            (Self::Bytes, Engine::Sqlite) => "blob",
            (Self::Bytes, Engine::Postgres) => "bytea",
            (Self::Bytes, Engine::Mariadb) => "varbinary(16)",
            (Self::Number, _) => "bigint",
        }
    }

    /// Returns the literal of an id. Texts that look like numbers must stay texts.
    fn literal(self, engine: Engine, id: usize) -> String {
        match (self, engine) {
            (Self::Uuid, _) => format!("'0000000{id}-aaaa-4bbb-8ccc-dddddddddddd'"),
            (Self::Text, _) => format!("'0{id}'"),
            (Self::Bytes, Engine::Postgres) => format!("'\\x000{id}ff'"),
            (Self::Bytes, _) => format!("x'000{id}ff'"),
            (Self::Number, _) => format!("{id}"),
        }
    }

    /// Returns the number of an id that a query selects, for any type.
    fn shown(self, engine: Engine, column: &str) -> String {
        match (self, engine) {
            (Self::Uuid, Engine::Postgres) => format!("substr({column}::text, 8, 1)"),
            (Self::Uuid, _) => format!("substr({column}, 8, 1)"),
            (Self::Text, _) => format!("substr({column}, 2, 1)"),
            (Self::Bytes, Engine::Postgres) => format!("substr(encode({column}, 'hex'), 4, 1)"),
            // SQLite's `hex` makes an empty text of NULL.
            (Self::Bytes, _) => format!("nullif(substr(hex({column}), 4, 1), '')"),
            (Self::Number, _) => column.to_owned(),
        }
    }
}

/// `{key}` is the type of the kept ids.
const SCHEMA: &str = "
CREATE TABLE thing (id {id}, name {text} NOT NULL, UNIQUE (name));
CREATE TABLE tag (code {key} PRIMARY KEY, name {text} NOT NULL, parent {key}, updated_at {time} NOT NULL);
CREATE TABLE note (id {id}, name {text} NOT NULL, tag {key}, updated_at {time} NOT NULL, UNIQUE (name));
CREATE TABLE thing_tag (thing_id bigint NOT NULL REFERENCES thing (id), tag {key} NOT NULL REFERENCES tag (code), weight int,
    updated_at {time} NOT NULL, PRIMARY KEY (thing_id, tag));
CREATE TABLE pair (one_id bigint NOT NULL, two_id bigint NOT NULL, PRIMARY KEY (one_id, two_id));
";

const PROFILE: &str = "
[[table]]
name = \"thing\"
group = \"metadata\"
key = [\"name\"]
match = \"key\"

[[table]]
name = \"tag\"
group = \"metadata\"
key = [\"code\"]
match = \"key\"
id = { column = \"code\", kind = \"global\" }
references.parent = \"tag\"

[[table]]
name = \"note\"
group = \"context\"
key = [\"name\"]
match = \"key\"
references.tag = \"tag\"

[[table]]
name = \"thing_tag\"
group = \"link\"
key = [\"thing_id\", \"tag\"]
match = \"key\"
id = { kind = \"key\" }

[[table]]
name = \"pair\"
group = \"link\"
key = [\"one_id\", \"two_id\"]
match = \"key\"
id = { kind = \"key\" }
references = { one_id = \"thing\", two_id = \"thing\" }
";

const DATES: [&str; 3] = ["2020-01-01 00:00:00", "2022-02-02 00:00:00", "2090-03-03 00:00:00"];

#[derive(Clone, Debug, PartialEq)]
struct Tag {
    name: usize,
    parent: Option<usize>,
    date: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Note {
    tag: Option<usize>,
    date: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Weight {
    weight: usize,
    date: usize,
}

/// The rows of a side by what they are everywhere: things by name, tags by id, links by both.
#[derive(Clone, Debug, Default, PartialEq)]
struct Side {
    things: Vec<usize>,
    tags: BTreeMap<usize, Tag>,
    notes: BTreeMap<usize, Note>,
    links: BTreeMap<(usize, usize), Weight>,
    pairs: Vec<(usize, usize)>,
}

impl Side {
    fn drawn(rng: &mut Rng) -> Self {
        let date = |rng: &mut Rng| rng.below(DATES.len());
        let mut things: Vec<usize> = (0..5).collect();
        rng.shuffle(&mut things);
        things.truncate(1 + rng.below(4));
        let mut codes: Vec<usize> = (1..7).collect();
        rng.shuffle(&mut codes);
        codes.truncate(1 + rng.below(5));
        let one = |rng: &mut Rng, of: &[usize]| rng.chance(60).then(|| *rng.pick(of));
        let tag = |rng: &mut Rng| Tag { name: rng.below(3), parent: one(rng, &codes), date: date(rng) };
        let tags = codes.iter().map(|code| (*code, tag(rng))).collect();
        let notes = (0..4).filter(|_| rng.chance(60)).collect::<Vec<usize>>();
        let notes = notes.into_iter().map(|name| (name, Note { tag: one(rng, &codes), date: date(rng) })).collect();
        let all = things.iter().flat_map(|thing| codes.iter().map(|code| (*thing, *code)));
        let links: Vec<(usize, usize)> = all.filter(|_| rng.chance(50)).collect();
        let links = links.into_iter().map(|link| (link, Weight { weight: rng.below(3), date: date(rng) })).collect();
        let all = things.iter().flat_map(|one| things.iter().map(|two| (*one, *two)));
        let pairs = all.filter(|_| rng.chance(30)).collect();
        Self { things, tags, notes, links, pairs }
    }

    /// Writes the rows. `from` is the number before those of its things and notes.
    fn write(&self, own: &Own, kind: Kind, from: usize) {
        let engine = own.database.engine;
        let id = |code: &usize| kind.literal(engine, *code);
        let null = |code: &Option<usize>| code.as_ref().map_or_else(|| "NULL".to_owned(), id);
        let place = |thing: &usize| from + 1 + self.things.iter().position(|other| other == thing).unwrap();
        let mut rows = Vec::new();
        for (number, name) in self.things.iter().enumerate() {
            rows.push(format!("INSERT INTO thing (id, name) VALUES ({}, 't{name}');", from + 1 + number));
        }
        for (code, tag) in &self.tags {
            let (parent, date) = (null(&tag.parent), DATES[tag.date]);
            rows.push(format!("INSERT INTO tag VALUES ({}, 'n{}', {parent}, '{date}');", id(code), tag.name));
        }
        for (number, (name, note)) in self.notes.iter().enumerate() {
            let (tag, date) = (null(&note.tag), DATES[note.date]);
            rows.push(format!("INSERT INTO note VALUES ({}, 'm{name}', {tag}, '{date}');", from + 1 + number));
        }
        for ((thing, tag), Weight { weight, date }) in &self.links {
            let (thing, tag, date) = (place(thing), id(tag), DATES[*date]);
            rows.push(format!("INSERT INTO thing_tag VALUES ({thing}, {tag}, {weight}, '{date}');"));
        }
        for (one, two) in &self.pairs {
            rows.push(format!("INSERT INTO pair VALUES ({}, {});", place(one), place(two)));
        }
        own.database.run(&rows.concat());
    }

    /// What an import makes of this side, and its counts by table: inserted, updated, unchanged, kept.
    fn take(&mut self, from: &Self) -> BTreeMap<&'static str, [u64; 4]> {
        let mut counts = BTreeMap::new();
        let new = |all: usize, new: usize| [new as u64, 0, (all - new) as u64, 0];
        let things: Vec<usize> = from.things.iter().filter(|name| !self.things.contains(name)).copied().collect();
        counts.insert("thing", new(from.things.len(), things.len()));
        self.things.extend(things);
        let pairs: Vec<_> = from.pairs.iter().filter(|pair| !self.pairs.contains(pair)).copied().collect();
        counts.insert("pair", new(from.pairs.len(), pairs.len()));
        self.pairs.extend(pairs);
        counts.insert("tag", newer(&mut self.tags, &from.tags, |tag| tag.date));
        counts.insert("note", newer(&mut self.notes, &from.notes, |note| note.date));
        counts.insert("thing_tag", newer(&mut self.links, &from.links, |link| link.date));
        counts
    }

    /// The rows as [`found`] shows them.
    fn shown(&self) -> Vec<String> {
        let none = |code: Option<usize>| code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let mut rows: Vec<String> = self.things.iter().map(|name| format!("t{name}")).collect();
        let tags = self.tags.iter();
        rows.extend(tags.map(|(code, tag)| format!("{code} n{} {} {}", tag.name, none(tag.parent), tag.date)));
        rows.extend(self.notes.iter().map(|(name, note)| format!("m{name} {} {}", none(note.tag), note.date)));
        let links = self.links.iter();
        rows.extend(links.map(|((thing, tag), link)| format!("t{thing} {tag} {} {}", link.weight, link.date)));
        rows.extend(self.pairs.iter().map(|(one, two)| format!("t{one} t{two}")));
        rows.sort();
        rows
    }
}

/// Takes the newer rows, and of two with the same date the one that arrives.
fn newer<K: Ord + Clone, R: Clone + PartialEq>(
    ours: &mut BTreeMap<K, R>,
    theirs: &BTreeMap<K, R>,
    date: impl Fn(&R) -> usize,
) -> [u64; 4] {
    let mut counts = [0; 4];
    for (key, row) in theirs {
        let what = match ours.get(key) {
            None => 0,
            Some(old) if date(row) < date(old) => 3,
            Some(old) if old == row => 2,
            Some(_) => 1,
        };
        counts[what] += 1;
        if what < 2 {
            ours.insert(key.clone(), row.clone());
        }
    }
    counts
}

/// The rows of a database, by what they are everywhere.
fn found(own: &Own, kind: Kind) -> Vec<String> {
    let show = |column: &str| format!("coalesce({}, '-')", kind.shown(own.database.engine, column));
    let show = |column: &str| {
        if kind == Kind::Number { format!("coalesce(CAST({column} AS char(9)), '-')") } else { show(column) }
    };
    let date = |column: &str| {
        format!("CASE WHEN {column} < '2021-01-01' THEN 0 WHEN {column} < '2030-01-01' THEN 1 ELSE 2 END")
    };
    let mut rows = Vec::new();
    for query in [
        "SELECT name FROM thing".to_owned(),
        format!("SELECT {}, name, {}, {} FROM tag", show("code"), show("parent"), date("updated_at")),
        format!("SELECT name, {}, {} FROM note", show("tag"), date("updated_at")),
        format!(
            "SELECT t.name, {}, l.weight, {} FROM thing_tag l JOIN thing t ON t.id = l.thing_id",
            show("l.tag"),
            date("l.updated_at")
        ),
        "SELECT a.name, b.name FROM pair p JOIN thing a ON a.id = p.one_id JOIN thing b ON b.id = p.two_id".to_owned(),
    ] {
        rows.extend(own.look(&query).into_iter().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    rows.sort();
    rows
}

fn own(engine: Engine, kind: Kind) -> Own {
    Own::new(engine, PROFILE, &SCHEMA.replace("{key}", kind.column(engine)))
}

fn agree(report: &serde_json::Value, counts: &BTreeMap<&'static str, [u64; 4]>, case: &str) {
    for (table, expected) in counts.iter().filter(|(_, counts)| counts.iter().any(|count| *count > 0)) {
        let found = ["inserted", "updated", "unchanged", "kept"].map(|what| count(report, table, what));
        assert_eq!(found, *expected, "{table}: {case}");
    }
}

/// From each engine to itself and to the next one, every type of ids.
#[test]
fn links_and_kept_ids_do_what_the_model_does() {
    let all = engines();
    for (place, source) in all.iter().copied().enumerate() {
        for seed in 0..CASES {
            let mut rng = Rng::new(1000 * place as u64 + seed + 1);
            let target = if seed % 2 == 0 { source } else { all[(place + 1) % all.len()] };
            let kind = KINDS[(seed as usize + place) % KINDS.len()];
            let (a, b) = (own(source, kind), own(target, kind));
            let (ours, mut theirs) = (Side::drawn(&mut rng), Side::drawn(&mut rng));
            ours.write(&a, kind, 0);
            theirs.write(&b, kind, 100);
            let (bundle, _) = a.export(&[]);
            let case = format!("{source:?} to {target:?}, {kind:?}, seed {seed}:\n{ours:#?}\n{theirs:#?}");
            for again in [false, true] {
                let counts = theirs.take(&ours);
                let report = b.import(&bundle, &[], 0);
                agree(&report, &counts, &format!("again: {again}, {case}"));
                assert_eq!(found(&b, kind), theirs.shown(), "again: {again}, {case}");
            }
        }
    }
}

/// Two things of the source are one row of the target, and so are their links.
#[test]
fn links_of_rows_that_become_one_become_one() {
    let profile = PROFILE.replacen("match = \"key\"", "match = \"key\"\nfold = [\"name\"]", 1);
    for engine in engines() {
        let schema = SCHEMA
            .replace("{key}", Kind::Text.column(engine))
            .replace(", UNIQUE (name));\nCREATE TABLE tag", ");\nCREATE TABLE tag");
        let (a, b) = (Own::new(engine, &profile, &schema), Own::new(engine, &profile, &schema));
        a.database.run(
            "INSERT INTO thing (id, name) VALUES (1, 'x'), (2, 'X'), (3, 'y'); INSERT INTO tag VALUES ('c', 'n', NULL, '2020-01-01'); \
             INSERT INTO thing_tag VALUES (1, 'c', 1, '2020-01-01'), (2, 'c', 2, '2021-01-01'), (3, 'c', 3, '2020-01-01'); \
             INSERT INTO pair VALUES (1, 2), (2, 1), (1, 3);",
        );
        b.database.run("INSERT INTO thing (id, name) VALUES (7, 'x');");
        let (bundle, _) = a.export(&[]);
        for again in [false, true] {
            let report = b.import(&bundle, &[], 0);
            let outcome = |table: &str| ["inserted", "unchanged", "duplicates"].map(|what| count(&report, table, what));
            assert_eq!(outcome("thing_tag"), if again { [0, 2, 1] } else { [2, 0, 1] }, "{engine:?}: {report}");
            assert_eq!(outcome("pair"), if again { [0, 2, 1] } else { [2, 0, 1] }, "{engine:?}: {report}");
            let links = b.look("SELECT t.name, l.weight FROM thing_tag l JOIN thing t ON t.id = l.thing_id ORDER BY 1");
            assert_eq!(links, ["x 2", "y 3"], "{engine:?}: the newer one counts");
        }
    }
}

/// What a link needs and does not get takes the link with it; what the target alone has is found by its id.
#[test]
fn links_and_references_follow_what_becomes_of_their_rows() {
    for engine in engines() {
        let kind = Kind::Uuid;
        let schema = SCHEMA.replace("{key}", kind.column(engine));
        let guarded = schema.replace(
            ", UNIQUE (name));\nCREATE TABLE tag",
            ", UNIQUE (name), CHECK (name <> 'bad'));\nCREATE TABLE tag",
        );
        let deleted = PROFILE.replacen("match = \"key\"", "match = \"key\"\ndeleted = \"gone\"", 1);
        let gone = |schema: &str| schema.replacen("UNIQUE (name)", "gone {time}, UNIQUE (name)", 1);
        let (a, b) = (Own::new(engine, &deleted, &gone(&schema)), Own::new(engine, &deleted, &gone(&guarded)));
        let id = |code| kind.literal(engine, code);
        a.database.run(&format!(
            "INSERT INTO thing (id, name, gone) VALUES (1, 'good', NULL), (2, 'bad', NULL), (3, 'gone', '2020-01-01'); \
             INSERT INTO tag VALUES ({0}, 'n', NULL, '2020-01-01'); \
             INSERT INTO thing_tag VALUES (1, {0}, 1, '2020-01-01'), (2, {0}, 2, '2020-01-01'), (3, {0}, 3, '2020-01-01'); \
             INSERT INTO pair VALUES (1, 2), (1, 1), (1, 3); \
             INSERT INTO note VALUES (1, 'here', {0}, '2020-01-01'), (2, 'there', {1}, '2020-01-01'), (3, 'nowhere', {2}, '2020-01-01');",
            id(1),
            id(2),
            id(3)
        ));
        b.database.run(&format!("INSERT INTO tag VALUES ({}, 'only there', NULL, '2020-01-01');", id(2)));
        let (bundle, report) = a.export(&[]);
        let travelled = ["thing", "thing_tag", "pair", "note"].map(|table| count(&report, table, "rows"));
        assert_eq!(travelled, [2, 2, 2, 3], "{engine:?}: {report}");
        let report = b.import(&bundle, &[], 3);
        let rejected = ["thing", "thing_tag", "pair", "note"].map(|table| count(&report, table, "rejected"));
        assert_eq!(rejected, [1, 1, 1, 0], "{engine:?}: {report}");
        let links = b.look("SELECT t.name, l.weight FROM thing_tag l JOIN thing t ON t.id = l.thing_id");
        assert_eq!(links, ["good 1"], "{engine:?}");
        assert_eq!(b.look("SELECT count(*) FROM pair"), ["1"], "{engine:?}");
        let notes =
            b.look("SELECT n.name, coalesce(t.name, '-') FROM note n LEFT JOIN tag t ON t.code = n.tag ORDER BY 1");
        assert_eq!(notes, ["here n", "nowhere -", "there only there"], "{engine:?}");
    }
}

/// Killed while it writes, an import goes on where it was.
#[test]
fn an_import_of_links_and_kept_ids_goes_on_after_its_end() {
    for engine in engines() {
        let (a, b) = (own(engine, Kind::Uuid), own(engine, Kind::Uuid));
        let mut rng = Rng::new(7);
        let (mut ours, mut theirs) = (Side::drawn(&mut rng), Side::drawn(&mut rng));
        // So that there is something to insert in each table.
        ours.links = theirs
            .tags
            .keys()
            .chain(ours.tags.keys())
            .map(|tag| ((ours.things[0], *tag), Weight { weight: 1, date: 1 }))
            .collect();
        ours.tags.extend(theirs.tags.clone());
        ours.write(&a, Kind::Uuid, 0);
        theirs.write(&b, Kind::Uuid, 100);
        let (bundle, _) = a.export(&[]);
        theirs.take(&ours);
        let file = format!("--file={}", bundle.display());
        for (pass, resume) in [(1, false), (1, true), (2, true)] {
            let mut command = b.command(&["import", &file]);
            if resume {
                command.arg("--resume");
            }
            let killed = crate::support::finish(command.env("GAPSYNC_FAIL_POINT", format!("import.committed:{pass}")));
            assert_ne!(killed.status, 0, "{engine:?}: {}", killed.stdout);
        }
        b.expect(&["import", &file, "--resume"], 0);
        assert_eq!(found(&b, Kind::Uuid), theirs.shown(), "{engine:?}");
    }
}

/// Tables with such ids have no window: what an export leaves out once would never arrive.
#[test]
fn tables_without_numbers_travel_whole_in_every_export() {
    for engine in engines() {
        let a = own(engine, Kind::Text);
        a.database.run(
            "INSERT INTO thing (id, name) VALUES (1, 'x'); INSERT INTO tag VALUES ('c', 'n', NULL, '2020-01-01'); \
             INSERT INTO thing_tag VALUES (1, 'c', 1, '2020-01-01'); INSERT INTO note VALUES (1, 'm', 'c', '2020-01-01');",
        );
        a.export(&[]);
        let (_, report) = a.export(&[]);
        let rows = ["tag", "thing_tag"].map(|table| count(&report, table, "rows"));
        assert_eq!(rows, [1, 1], "{engine:?}: {report}");
        assert!(report["tables"]["note"]["rows"].as_u64().is_none_or(|rows| rows == 0), "{engine:?}: {report}");
    }
}

#[test]
fn ids_that_are_not_what_the_profile_says_are_refused() {
    let table = |words: &str, key: &str| {
        format!("[[table]]\nname = \"tag\"\ngroup = \"object\"\nkey = [{key}]\nmatch = \"key\"\n{words}\n")
    };
    for engine in engines() {
        let schema = SCHEMA.replace("{key}", Kind::Uuid.column(engine));
        let other = schema.replace(
            "note (id {id}, name {text} NOT NULL, tag uuid",
            "note (id {id}, name {text} NOT NULL, tag varchar(40)",
        );
        for (words, key, part) in [
            ("id = \"code\"", "\"name\"", "kind = \"global\""),
            ("id = { column = \"name\", kind = \"global\" }", "\"name\"", "must be the primary key"),
            ("id = { column = \"updated_at\", kind = \"global\" }", "\"name\"", "neither whole numbers"),
            ("id = { kind = \"key\" }", "\"name\"", "is not its primary key"),
        ] {
            let own = Own::new(engine, &table(words, key), &schema);
            for command in [&["export"][..], &["profile", "check"]] {
                let ended = own.expect(command, 7);
                let told = ended.stderr + &ended.stdout;
                assert!(told.contains(part), "{engine:?}, {words}, {command:?}: no {part} in {told}");
            }
        }
        // A declared reference to rows that have no id.
        let child = "CREATE TABLE child (id {id}, of_id bigint REFERENCES solo (thing_id), name {text});";
        let solo = "CREATE TABLE solo (thing_id bigint NOT NULL PRIMARY KEY REFERENCES thing (id));";
        let words = format!(
            "{PROFILE}[[table]]\nname = \"solo\"\ngroup = \"link\"\nkey = [\"thing_id\"]\nmatch = \"key\"\nid = {{ kind = \"key\" }}\n\
             [[table]]\nname = \"child\"\ngroup = \"link\"\nkey = [\"name\"]\nmatch = \"key\"\n"
        );
        let own = Own::new(engine, &words, &format!("{schema}{solo}{child}"));
        let told = own.expect(&["export"], 7).stderr;
        assert!(told.contains("of_id") && told.contains("no id"), "{engine:?}: {told}");
        if engine != Engine::Sqlite {
            let own = Own::new(engine, PROFILE, &other);
            let told = own.expect(&["export"], 7).stderr;
            assert!(told.contains("another type"), "{engine:?}: {told}");
        }
    }
}
