//! Random rows under random words that say which rows travel (`only`, `except`, `carry`, `window`, `map`), against the rules in plain code; and
//! two bundles of a stream against one of everything.

use std::collections::BTreeSet;

use super::{Own, count};
use crate::property::rng::Rng;
use crate::support::{Engine, engines};

/// Cases an engine.
const CASES: u64 = 6;

const SCHEMA: &str = "
CREATE TABLE site (id {id}, name {text} NOT NULL, updated_at {time});
CREATE TABLE member (id {id}, site_id bigint NOT NULL, name {text} NOT NULL);
CREATE TABLE event (id {id}, name {text} NOT NULL, level int, published smallint NOT NULL, site_id bigint, updated_at {time}, \
released {time});
CREATE TABLE note (id {id}, event_id bigint NOT NULL, name {text} NOT NULL, kind {text});
CREATE TABLE entry (id {id}, event_id bigint NOT NULL, name {text} NOT NULL);
";

/// A date in the past, and one after every export of a test.
const OLD: &str = "'2020-01-01 00:00:00'";
const NEW: &str = "'2090-01-01 00:00:00'";

/// The words of a profile.
#[derive(Debug)]
struct Words {
    published: bool,
    levels: bool,
    kinds: bool,
    /// Whether notes of the kind `shut` stay at home.
    shut: bool,
    referenced: bool,
    map: bool,
    windows: bool,
    /// What `--only` says about the level.
    asked: Option<i64>,
}

impl Words {
    fn drawn(rng: &mut Rng) -> Self {
        let mut half = || rng.chance(50);
        let (published, levels, kinds, referenced, map, windows) = (half(), half(), half(), half(), half(), half());
        let asked = rng.chance(25).then_some(2);
        let shut = rng.chance(50);
        Self { published, levels, kinds, shut, referenced, map, windows, asked }
    }

    fn profile(&self) -> String {
        let mut only = Vec::new();
        only.extend(self.published.then_some("published = [1]"));
        only.extend(self.levels.then_some("level = [1, 2]"));
        let word = |on: bool, word: &str| if on { format!("{word}\n") } else { String::new() };
        let table = |name: &str, group: &str, key: &str, words: &[String]| {
            let words = words.concat();
            format!("[[table]]\nname = \"{name}\"\ngroup = \"{group}\"\nkey = [{key}]\nmatch = \"key\"\n{words}")
        };
        let goes_with_event = "references = { event_id = \"events\" }\n".replace("events", "event");
        [
            table("site", "metadata", "\"name\"", &[word(self.referenced, "carry = \"referenced\"")]),
            table(
                "member",
                "metadata",
                "\"site_id\", \"name\"",
                &["references = { site_id = \"site\" }\nwindow = \"site_id\"\n".to_owned()],
            ),
            table(
                "event",
                "object",
                "\"name\"",
                &[
                    format!("only = {{ {} }}\n", only.join(", ")),
                    word(self.map, "map = { level = { 1 = 0, 2 = 1 } }"),
                    "references = { site_id = \"site\" }\nwindow = \"released\"\n".to_owned(),
                ],
            ),
            table(
                "note",
                "context",
                "\"event_id\", \"name\"",
                &[
                    word(self.kinds, "only = { kind = [\"open\"] }"),
                    word(self.shut, "except = { kind = [\"shut\"] }"),
                    word(self.windows, "window = \"event_id\""),
                    goes_with_event.clone(),
                ],
            ),
            table(
                "entry",
                "context",
                "\"event_id\", \"name\"",
                &[word(self.windows, "window = \"id\""), goes_with_event],
            ),
        ]
        .concat()
    }
}

#[derive(Clone, Debug)]
struct Event {
    level: Option<i64>,
    published: bool,
    site: Option<usize>,
    new: bool,
    released: bool,
}

/// The rows of a source. A row's id is its place in its table, from 1, and its name tells both.
#[derive(Clone, Debug, Default)]
struct Rows {
    sites: usize,
    /// The sites of members.
    members: Vec<usize>,
    events: Vec<Event>,
    /// The event of a note, and its kind.
    notes: Vec<(usize, Option<&'static str>)>,
    /// The events of entries.
    entries: Vec<usize>,
}

impl Rows {
    /// Adds rows. Rows that are there stay as they are, but for events that are published now.
    fn grow(&mut self, rng: &mut Rng, new: bool) {
        self.sites += 2;
        for site in self.sites - 2..self.sites {
            self.members.push(site);
        }
        for event in &mut self.events {
            if !event.published && rng.chance(40) {
                event.published = true;
                event.released = true;
            }
        }
        for _ in 0..3 {
            let level = *rng.pick(&[None, Some(0), Some(1), Some(2)]);
            let site = rng.chance(70).then(|| rng.below(self.sites));
            self.events.push(Event { level, published: rng.chance(50), site, new, released: false });
        }
        for _ in 0..4 {
            self.notes
                .push((rng.below(self.events.len()), *rng.pick(&[None, Some("open"), Some("OPEN"), Some("shut")])));
            self.entries.push(rng.below(self.events.len()));
        }
    }

    fn write(&self, own: &Own) {
        let mut sql = String::new();
        let mut put = |table: &str, columns: &str, rows: Vec<String>| {
            sql +=
                &format!("DELETE FROM {table}; INSERT INTO {table} (id, name, {columns}) VALUES {};", rows.join(", "));
        };
        let numbered = |name: char, at: usize, rest: String| format!("({}, '{name}{at}{name}', {rest})", at + 1);
        let id = |at: Option<usize>| at.map_or_else(|| "NULL".to_owned(), |at| (at + 1).to_string());
        put("site", "updated_at", (0..self.sites).map(|at| numbered('S', at, OLD.to_owned())).collect());
        let members = self.members.iter().enumerate();
        put("member", "site_id", members.map(|(at, site)| numbered('M', at, id(Some(*site)))).collect());
        let event = |(at, event): (usize, &Event)| {
            let level = event.level.map_or_else(|| "NULL".to_owned(), |level| level.to_string());
            let date = if event.new { NEW } else { OLD };
            let released = if event.released { NEW } else { "NULL" };
            let published = u8::from(event.published);
            numbered('E', at, format!("{level}, {published}, {}, {date}, {released}", id(event.site)))
        };
        put(
            "event",
            "level, published, site_id, updated_at, released",
            self.events.iter().enumerate().map(event).collect(),
        );
        let note = |(at, (event, kind)): (usize, &(usize, Option<&str>))| {
            let kind = kind.map_or_else(|| "NULL".to_owned(), |kind| format!("'{kind}'"));
            numbered('N', at, format!("{}, {kind}", id(Some(*event))))
        };
        put("note", "event_id, kind", self.notes.iter().enumerate().map(note).collect());
        let entries = self.entries.iter().enumerate();
        put("entry", "event_id", entries.map(|(at, event)| numbered('L', at, id(Some(*event)))).collect());
        own.database.run(&sql);
    }
}

/// What travels: a line for each row, as [`look`] shows it; the names of the other rows; and the rows held back by table.
fn expected(words: &Words, rows: &Rows) -> (BTreeSet<String>, Vec<String>, [usize; 3]) {
    let travels = |event: &Event| {
        (!words.published || event.published)
            && (!words.levels || [Some(1), Some(2)].contains(&event.level))
            && words.asked.is_none_or(|asked| event.level == Some(asked))
    };
    let site_travels =
        |site: usize| !words.referenced || rows.events.iter().any(|event| event.site == Some(site) && travels(event));
    let (mut lines, mut behind) = (BTreeSet::new(), Vec::new());
    let mut put = |travels: bool, name: String, rest: String| {
        if travels {
            lines.insert(format!("{name}{rest}"));
        } else {
            behind.push(name);
        }
    };
    for site in 0..rows.sites {
        put(site_travels(site), format!("S{site}S"), String::new());
    }
    for (at, site) in rows.members.iter().enumerate() {
        put(site_travels(*site), format!("M{at}M"), format!(" S{site}S"));
    }
    for (at, event) in rows.events.iter().enumerate() {
        let level = match (event.level, words.map) {
            (Some(level @ 1..=2), true) => level - 1,
            (level, _) => level.unwrap_or(-1),
        };
        let site = event.site.map_or_else(|| "-".to_owned(), |site| format!("S{site}S"));
        put(travels(event), format!("E{at}E"), format!(" {level} {site}"));
    }
    let note_travels = |(event, kind): &(usize, Option<&str>)| {
        travels(&rows.events[*event])
            && (!words.kinds || *kind == Some("open"))
            && (!words.shut || *kind != Some("shut"))
    };
    for (at, note) in rows.notes.iter().enumerate() {
        put(note_travels(note), format!("N{at}N"), format!(" E{}E", note.0));
    }
    for (at, event) in rows.entries.iter().enumerate() {
        put(travels(&rows.events[*event]), format!("L{at}L"), format!(" E{event}E"));
    }
    let held_back = [
        rows.events.iter().filter(|event| !travels(event)).count(),
        rows.notes.iter().filter(|note| !note_travels(note)).count(),
        rows.entries.iter().filter(|event| !travels(&rows.events[**event])).count(),
    ];
    (lines, behind, held_back)
}

/// The rows of a target.
fn look(own: &Own) -> BTreeSet<String> {
    [
        "SELECT name FROM site",
        "SELECT m.name, s.name FROM member AS m JOIN site AS s ON s.id = m.site_id",
        "SELECT e.name, coalesce(e.level, -1), coalesce(s.name, '-') FROM event AS e LEFT JOIN site AS s ON s.id = e.site_id",
        "SELECT n.name, e.name FROM note AS n JOIN event AS e ON e.id = n.event_id",
        "SELECT n.name, e.name FROM entry AS n JOIN event AS e ON e.id = n.event_id",
    ]
    .iter()
    .flat_map(|query| own.look(query))
    .collect()
}

/// A target with ids that differ from those of the source.
fn target(engine: Engine, profile: &str) -> Own {
    let own = Own::new(engine, profile, SCHEMA);
    own.database.run(
        "INSERT INTO site (id, name) VALUES (50, 'x'); INSERT INTO event (id, name, published) VALUES (70, 'x', 0); \
         INSERT INTO note (id, event_id, name) VALUES (60, 70, 'x'); INSERT INTO entry (id, event_id, name) VALUES (60, 70, 'x'); \
         DELETE FROM entry; DELETE FROM note; DELETE FROM event; DELETE FROM site;",
    );
    own
}

#[test]
fn what_the_words_say_travels_and_nothing_else() {
    for engine in engines() {
        for seed in 0..CASES {
            let mut rng = Rng::new(seed + 1);
            let words = Words::drawn(&mut rng);
            let profile = words.profile();
            let source = Own::new(engine, &profile, SCHEMA);
            let following = target(engine, &profile);
            let only = words.asked.map(|level| format!("--only=event.level={level}"));
            let mut rows = Rows::default();
            for bundle in 1..=3 {
                rows.grow(&mut rng, bundle > 1);
                rows.write(&source);
                let case = format!("{engine:?}, seed {seed}, bundle {bundle}: {words:?}\n{rows:#?}");
                let (lines, behind, held_back) = expected(&words, &rows);
                let options: Vec<&str> = only.iter().map(String::as_str).chain(["--compression=none"]).collect();
                let (path, report) = source.export(&options);
                let carried = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                if let Some(name) = behind.iter().find(|name| carried.contains(name.as_str())) {
                    panic!("{name} is in the bundle: {case}");
                }
                if bundle == 1 {
                    let counted = ["event", "note", "entry"].map(|table| report["tables"][table]["held_back"].as_u64());
                    assert_eq!(counted.map(|rows| rows.unwrap_or(0) as usize), held_back, "{case}");
                }
                following.import(&path, &[], 0);
                assert_eq!(look(&following), lines, "{case}");
            }
        }
    }
}

#[test]
fn rows_of_a_window_are_those_that_are_new() {
    for engine in engines() {
        let words = Words {
            published: true,
            levels: false,
            kinds: false,
            shut: false,
            referenced: true,
            map: false,
            windows: true,
            asked: None,
        };
        let source = Own::new(engine, &words.profile(), SCHEMA);
        source.database.run(&format!(
            "INSERT INTO site (id, name, updated_at) VALUES (1, 's', {OLD});
             INSERT INTO event (id, name, published, site_id, updated_at) VALUES (1, 'a', 1, 1, {OLD}), (2, 'b', 1, NULL, {OLD});
             INSERT INTO note (id, event_id, name) VALUES (1, 1, 'x'), (2, 2, 'y');
             INSERT INTO entry (id, event_id, name) VALUES (1, 1, 'x'), (2, 2, 'y');"
        ));
        let rows = |report: &serde_json::Value| ["event", "note", "entry"].map(|table| count(report, table, "rows"));
        assert_eq!(rows(&source.export(&[]).1), [2, 2, 2], "{engine:?}");
        // While other tests write on the same server, no id is settled, and the entries travel whole.
        let is_quiet = |entries: u64, all: u64, new: u64| entries == new || engine != Engine::Sqlite && entries == all;
        let [events, notes, entries] = rows(&source.export(&[]).1);
        assert!(notes == 0 && is_quiet(entries, 2, 0) && (events == 0 || entries > 0), "{engine:?}: nothing is new");
        source.database.run("INSERT INTO entry (id, event_id, name) VALUES (9, 2, 'z');");
        let [events, notes, entries] = rows(&source.export(&[]).1);
        assert!(
            notes == 0 && is_quiet(entries, 3, 1) && events > 0,
            "{engine:?}: an entry, and the event that it needs"
        );
        source.database.run(&format!("UPDATE event SET updated_at = {NEW} WHERE id = 1;"));
        assert_eq!(rows(&source.export(&[]).1)[1], 1, "{engine:?}: the note of a changed event");
    }
}
