//! Random rows under random words of a profile, against the rules in plain code: which rows travel, which row of the target is
//! the same, and which version wins.

use std::collections::BTreeMap;

use super::{Own, count};
use crate::property::rng::Rng;
use crate::support::engines;

/// Cases an engine.
const CASES: u64 = 8;

/// Moments in seconds since 1970, as a version, and as text.
const DATES: [(i64, i64, &str); 3] = [
    (1_600_000_000, 1, "2020-09-13 12:26:40"),
    (1_650_000_000, 2, "2022-04-15 05:20:00"),
    (1_700_000_000, 10, "2023-11-14 22:13:20"),
];

const NAMES: [&str; 6] = ["a", "A", "\u{e1}", "\u{c1}", "a ", "b"];

/// A row of a table; its id is its place there, from 1.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: &'static str,
    info: u64,
    date: Option<usize>,
    deleted: bool,
}

/// The words of a profile and the options of an export.
#[derive(Debug)]
struct Words {
    kind: &'static str,
    flag: bool,
    always: bool,
    fold: bool,
    include_deleted: bool,
    start: Option<usize>,
    end: Option<usize>,
}

impl Words {
    fn drawn(rng: &mut Rng) -> Self {
        let moment = |rng: &mut Rng| rng.chance(40).then(|| *rng.pick(&[0, 1, 2]));
        let start = moment(rng);
        Self {
            kind: *rng.pick(&["datetime", "epoch", "epoch-ms", "epoch-us", "version"]),
            flag: rng.chance(60),
            always: rng.chance(40),
            fold: rng.chance(40),
            include_deleted: rng.chance(40),
            start,
            end: moment(rng).filter(|end| start.is_none_or(|start| start <= *end)),
        }
    }

    fn profile(&self) -> String {
        let (kind, fold) = (self.kind, if self.fold { "fold = [\"name\"]" } else { "" });
        let date = if kind == "datetime" { "changed" } else { "stamp" };
        let (column, sort) = if self.flag { ("deleted", "flag") } else { ("gone", "date") };
        let carry = if self.always { "always" } else { "asked" };
        format!(
            "[[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"name\"]\nmatch = \"key\"\n{fold}\n\
             date = {{ column = \"{date}\", kind = \"{kind}\" }}\n\
             deleted = {{ column = \"{column}\", kind = \"{sort}\", carry = \"{carry}\" }}\n"
        )
    }

    fn carries_deleted(&self) -> bool {
        self.always || self.include_deleted
    }

    fn travels(&self, row: &Row) -> bool {
        let early = self.start.zip(row.date).is_some_and(|(start, date)| date < start);
        let late = self.end.zip(row.date).is_some_and(|(end, date)| date > end);
        (self.carries_deleted() || !row.deleted) && (self.kind == "version" || !early && !late)
    }

    fn identity(&self, row: &Row) -> String {
        if self.fold { row.name.to_lowercase() } else { row.name.to_owned() }
    }

    /// The columns of the event that a row is written to.
    fn values(&self, row: &Row) -> String {
        let null = || "NULL".to_owned();
        let unit = match self.kind {
            "epoch-ms" => 1000,
            "epoch-us" => 1_000_000,
            _ => 1,
        };
        let number =
            |(epoch, version, _): (i64, i64, &str)| if self.kind == "version" { version } else { epoch * unit };
        let stamp = row.date.map_or_else(null, |date| number(DATES[date]).to_string());
        let changed = row.date.map_or_else(null, |date| format!("'{}'", DATES[date].2));
        let gone = if row.deleted { "'2024-01-01 00:00:00'" } else { "NULL" };
        format!("'{}', '{}', {stamp}, {changed}, {}, {gone}", row.name, row.info, u8::from(row.deleted))
    }

    /// What an import makes of the target, and its counts: inserted, updated, unchanged, kept, duplicates.
    fn merge(&self, bundle: &[Row], target: &mut Vec<Row>) -> [u64; 5] {
        let mut counts = [0; 5];
        // Of several rows with one key, the newest counts, on a tie the first.
        let mut best: BTreeMap<String, usize> = BTreeMap::new();
        for (place, row) in bundle.iter().enumerate() {
            let counted = best.entry(self.identity(row)).or_insert(place);
            counts[4] += u64::from(*counted != place);
            if row.date > bundle[*counted].date {
                *counted = place;
            }
        }
        let mut order: Vec<(usize, String)> = best.into_iter().map(|(identity, place)| (place, identity)).collect();
        order.sort();
        let there = target.len();
        for (place, identity) in order {
            let row = &bundle[place];
            let Some(found) = target[..there].iter().position(|other| self.identity(other) == identity) else {
                target.push(Row { deleted: row.deleted && self.carries_deleted(), ..row.clone() });
                counts[0] += 1;
                continue;
            };
            let old = &mut target[found];
            let deleted = if self.carries_deleted() { row.deleted } else { old.deleted };
            let new = Row { name: old.name, deleted, ..row.clone() };
            match (row.date.cmp(&old.date), new == *old) {
                (std::cmp::Ordering::Less, _) => counts[3] += 1,
                (std::cmp::Ordering::Equal, true) => counts[2] += 1,
                _ => {
                    *old = new;
                    counts[1] += 1;
                }
            }
        }
        counts
    }
}

fn rows(rng: &mut Rng) -> Vec<Row> {
    let row = |rng: &mut Rng| Row {
        name: NAMES[rng.below(NAMES.len())],
        info: *rng.pick(&[1, 2]),
        date: *rng.pick(&[None, Some(0), Some(1), Some(2)]),
        deleted: rng.chance(30),
    };
    let most = *rng.pick(&[1, 4, 9]);
    (0..most).map(|_| row(rng)).collect()
}

const SCHEMA: &str = "CREATE TABLE event (id {id}, name {text} NOT NULL, info {text}, stamp bigint, changed {time}, \
                      deleted smallint NOT NULL DEFAULT 0, gone {time});";

/// The rows of a database as [`Words::values`] has them.
fn found(own: &Own, words: &Words) -> Vec<String> {
    let deleted = if words.flag { "deleted" } else { "CASE WHEN gone IS NULL THEN 0 ELSE 1 END" };
    let date = if words.kind == "datetime" {
        "CASE WHEN changed IS NULL THEN '-' WHEN changed < '2021-01-01' THEN '0' WHEN changed < '2023-01-01' THEN '1' ELSE '2' END"
    } else {
        "coalesce(stamp, -1)"
    };
    let mut rows = own.look(&format!("SELECT id, name, info, {date}, {deleted} FROM event"));
    rows.iter_mut().for_each(|row| *row = row.replace("  ", " _ "));
    rows.sort();
    rows
}

#[test]
fn an_import_does_what_the_words_say() {
    for engine in engines() {
        for seed in 0..CASES {
            let mut rng = Rng::new(seed + 1);
            let words = Words::drawn(&mut rng);
            let (a, b) = (Own::new(engine, &words.profile(), SCHEMA), Own::new(engine, &words.profile(), SCHEMA));
            let (source, mut target) = (rows(&mut rng), rows(&mut rng));
            for (own, rows) in [(&a, &source), (&b, &target)] {
                let values = |(place, row): (usize, &Row)| format!("({}, {})", place + 1, words.values(row));
                let values: Vec<String> = rows.iter().enumerate().map(values).collect();
                let columns = "id, name, info, stamp, changed, deleted, gone";
                own.database.run(&format!("INSERT INTO event ({columns}) VALUES {};", values.join(", ")));
            }
            let mut options = vec![format!("--include-deleted={}", if words.include_deleted { "Y" } else { "N" })];
            options.extend(words.start.map(|start| format!("--start-date={}", DATES[start].2)));
            options.extend(words.end.map(|end| format!("--end-date={}", DATES[end].2)));
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let (bundle, _) = a.export(&options);
            let travelling: Vec<Row> = source.iter().filter(|row| words.travels(row)).cloned().collect();
            let case = format!("{engine:?}, seed {seed}: {words:?}\n{source:#?}\n{target:#?}");
            for again in [false, true] {
                let expected = words.merge(&travelling, &mut target);
                let report = b.import(&bundle, &[], 0);
                let counts = ["inserted", "updated", "unchanged", "kept", "duplicates"];
                let counts = counts.map(|what| count(&report, "event", what));
                assert_eq!(counts, expected, "again: {again}, {case}");
            }
            // The same rows, written by the shell.
            let like = Own::new(engine, &words.profile(), SCHEMA);
            let ids = b.look("SELECT id FROM event ORDER BY id");
            assert_eq!(ids.len(), target.len(), "{case}");
            for (id, row) in ids.iter().zip(&target) {
                let columns = "id, name, info, stamp, changed, deleted, gone";
                like.database.run(&format!("INSERT INTO event ({columns}) VALUES ({id}, {});", words.values(row)));
            }
            assert_eq!(found(&b, &words), found(&like, &words), "{case}");
        }
    }
}
