//! Random rows under random words about a target: what it owns, what it lacks, what it calls by the same name. The rules once
//! more in plain code.

use std::collections::BTreeSet;

use md5::{Digest, Md5};

use super::{Own, count};
use crate::property::rng::Rng;
use crate::support::engines;

/// Cases an engine.
const CASES: u64 = 8;

const SCHEMA: &str = "
CREATE TABLE org (id {id}, uuid {text} NOT NULL, name {text} NOT NULL, UNIQUE (uuid), UNIQUE (name));
CREATE TABLE event (id {id}, uuid {text} NOT NULL, org_id bigint NOT NULL, info {text}, kind {text}, stamp bigint NOT NULL,
    locked smallint NOT NULL DEFAULT 0, mark {text}, attrs bigint NOT NULL DEFAULT 0);
CREATE TABLE attr (id {id}, uuid {text} NOT NULL, event_id bigint NOT NULL, value {text}, stamp bigint NOT NULL);
";

/// The words of a profile.
#[derive(Debug)]
struct Words {
    guard: bool,
    missing: &'static str,
    keep_orgs: bool,
    keep_kind: bool,
    set: bool,
    count: bool,
}

impl Words {
    fn drawn(rng: &mut Rng) -> Self {
        Self {
            guard: rng.chance(70),
            missing: *rng.pick(&["", "reject", "skip"]),
            keep_orgs: rng.chance(50),
            keep_kind: rng.chance(50),
            set: rng.chance(50),
            count: rng.chance(50),
        }
    }

    fn profile(&self) -> String {
        let guard = if self.guard { "guard = { column = \"locked\", value = 0 }" } else { "" };
        let follows = if self.guard { "follows = \"event_id\"" } else { "" };
        let missing = if self.missing.is_empty() { String::new() } else { format!(", missing = \"{}\"", self.missing) };
        let orgs = if self.keep_orgs { "on_existing = \"keep\"" } else { "" };
        let kind = if self.keep_kind { "on_existing = { kind = \"keep\" }" } else { "" };
        let set = if self.set { "set = { mark = 7 }" } else { "" };
        let count = if self.count {
            "count = { column = \"attrs\", table = \"attr\", by = \"event_id\", only = { value = [1] } }"
        } else {
            ""
        };
        let date = "date = { column = \"stamp\", kind = \"epoch\" }";
        format!(
            "[[table]]\nname = \"org\"\ngroup = \"metadata\"\nkey = [\"uuid\"]\nmatch = \"key\"\nunique_suffix = \"name\"\n{orgs}\n\
             [[table]]\nname = \"event\"\ngroup = \"object\"\nkey = [\"uuid\"]\nmatch = \"key\"\n{date}\nexclude = {{ locked = \"1\", attrs = \"0\" }}\n{count}\n\
             references.org_id = {{ table = \"org\", none = 0{missing} }}\n{guard}\n{kind}\n{set}\n\
             [[table]]\nname = \"attr\"\ngroup = \"context\"\nkey = [\"uuid\"]\nmatch = \"key\"\n{date}\n\
             references.event_id = \"event\"\n{follows}\n"
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Org {
    uuid: &'static str,
    name: String,
}

/// References are places in the other table, from 1; 0 is none, and 77 leads nowhere.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    uuid: &'static str,
    org: usize,
    info: u64,
    kind: u64,
    stamp: u64,
    locked: bool,
    mark: Option<u64>,
    attrs: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Attr {
    uuid: &'static str,
    event: usize,
    value: u64,
    stamp: u64,
}

#[derive(Clone, Debug, Default)]
struct Side {
    orgs: Vec<Org>,
    events: Vec<Event>,
    attrs: Vec<Attr>,
}

const UUIDS: [&str; 6] = ["u1", "u2", "u3", "u4", "u5", "u6"];
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Different values of a pool.
fn some<T: Copy>(rng: &mut Rng, pool: &[T], most: usize) -> Vec<T> {
    let mut all = pool.to_vec();
    rng.shuffle(&mut all);
    all.truncate(rng.below(most + 1));
    all
}

impl Side {
    fn drawn(rng: &mut Rng, source: bool) -> Self {
        let uuids = some(rng, &UUIDS, 4);
        let mut names = NAMES.to_vec();
        rng.shuffle(&mut names);
        let orgs: Vec<Org> =
            uuids.into_iter().zip(names).map(|(uuid, name)| Org { uuid, name: name.to_owned() }).collect();
        let one = |rng: &mut Rng, count: usize, none: bool| match rng.below(10) {
            0 if source => 77,
            1 | 2 if none => 0,
            _ if count == 0 => usize::from(!none) * 77,
            _ => 1 + rng.below(count),
        };
        let events: Vec<Event> = some(rng, &UUIDS, 5)
            .into_iter()
            .map(|uuid| Event {
                uuid,
                org: one(rng, orgs.len(), true),
                info: rng.below(2) as u64,
                kind: rng.below(2) as u64,
                stamp: rng.below(3) as u64,
                locked: rng.chance(60),
                mark: None,
                attrs: 0,
            })
            .collect();
        let uuids = if source || !events.is_empty() { some(rng, &UUIDS, 6) } else { Vec::new() };
        let attrs = uuids.into_iter().map(|uuid| Attr {
            uuid,
            event: one(rng, events.len(), false),
            value: rng.below(2) as u64,
            stamp: rng.below(3) as u64,
        });
        let attrs = attrs.collect();
        Self { orgs, events, attrs }
    }

    fn write(&self, own: &Own) {
        let mut script = String::new();
        for (place, Org { uuid, name }) in self.orgs.iter().enumerate() {
            script += &format!("INSERT INTO org (id, uuid, name) VALUES ({}, '{uuid}', '{name}');\n", place + 1);
        }
        for (place, event) in self.events.iter().enumerate() {
            let Event { uuid, org, info, kind, stamp, locked, .. } = event;
            script += &format!(
                "INSERT INTO event (id, uuid, org_id, info, kind, stamp, locked) \
                 VALUES ({}, '{uuid}', {org}, '{info}', '{kind}', {stamp}, {});\n",
                place + 1,
                u8::from(*locked)
            );
        }
        for (place, Attr { uuid, event, value, stamp }) in self.attrs.iter().enumerate() {
            script += &format!(
                "INSERT INTO attr (id, uuid, event_id, value, stamp) VALUES ({}, '{uuid}', {event}, '{value}', {stamp});\n",
                place + 1
            );
        }
        if !script.is_empty() {
            own.database.run(&script);
        }
    }

    /// The rows as [`found`] reads them.
    fn shown(&self) -> Vec<String> {
        let org = |place: usize| match place {
            0 => "0",
            place => self.orgs.get(place - 1).map_or("lost", |org| org.uuid),
        };
        let orgs = self.orgs.iter().map(|Org { uuid, name }| format!("org {uuid} {name}"));
        let events = self.events.iter().map(|event| {
            let Event { uuid, info, kind, stamp, locked, mark, attrs, .. } = event;
            let mark = mark.map_or_else(|| "-".to_owned(), |mark| mark.to_string());
            format!("event {uuid} {} {info} {kind} {stamp} {} {mark} {attrs}", org(event.org), u8::from(*locked))
        });
        let attrs = self.attrs.iter().map(|Attr { uuid, event, value, stamp }| {
            let event = self.events.get(event.wrapping_sub(1)).map_or("lost", |event| event.uuid);
            format!("attr {uuid} {event} {value} {stamp}")
        });
        let mut all: Vec<String> = orgs.chain(events).chain(attrs).collect();
        all.sort();
        all
    }
}

/// Reads the rows of a database, references by the key of their row.
fn found(own: &Own) -> Vec<String> {
    let mut all = own.look("SELECT 'org', uuid, name FROM org");
    all.extend(own.look(
        "SELECT 'event', e.uuid, CASE WHEN e.org_id = 0 THEN '0' ELSE coalesce(o.uuid, 'lost') END, e.info, e.kind, e.stamp, \
         e.locked, coalesce(e.mark, '-'), e.attrs FROM event e LEFT JOIN org o ON o.id = e.org_id",
    ));
    all.extend(own.look(
        "SELECT 'attr', a.uuid, coalesce(e.uuid, 'lost'), a.value, a.stamp FROM attr a LEFT JOIN event e ON e.id = a.event_id",
    ));
    all.sort();
    all
}

/// What becomes of a row; `Some(place)` is its row on the target.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    There(usize),
    Ignored,
    Rejected,
    Guarded(Option<usize>),
}

/// Rows by table, each: inserted, updated, ignored, rejected, guarded.
type Counts = [[u64; 5]; 3];

fn suffixed(org: &Org) -> String {
    let digest = Md5::digest(format!("{}:{}", org.uuid.len(), org.uuid));
    format!("{}_{:02x}{:02x}", org.name, digest[0], digest[1])
}

/// Which names the organisations of a bundle get: of one name only one row can be called so.
fn names(words: &Words, bundle: &[Org], target: &[Org]) -> Vec<Option<String>> {
    let there = |org: &Org| target.iter().find(|other| other.uuid == org.uuid);
    let mut written: Vec<Option<String>> = Vec::new();
    for org in bundle {
        let is_written = match there(org) {
            None => true,
            Some(old) => !words.keep_orgs && old.name != org.name && old.name != suffixed(org),
        };
        let taken = target.iter().any(|other| other.uuid != org.uuid && other.name == org.name);
        let name = if taken { suffixed(org) } else { org.name.clone() };
        written.push(is_written.then_some(name));
    }
    written
}

fn merge(words: &Words, bundle: &Side, target: &mut Side) -> Counts {
    let mut counts = Counts::default();
    let before = target.clone();
    let names = names(words, &bundle.orgs, &before.orgs);
    let mut orgs = Vec::new();
    for (org, name) in bundle.orgs.iter().zip(names) {
        let place = target.orgs.iter().position(|other| other.uuid == org.uuid);
        counts[0][0] += u64::from(place.is_none());
        counts[0][1] += u64::from(place.is_some() && name.is_some());
        let place = place.unwrap_or_else(|| {
            target.orgs.push(org.clone());
            target.orgs.len() - 1
        });
        if let Some(name) = name {
            target.orgs[place].name = name;
        }
        orgs.push(place + 1);
    }
    let mut fates = Vec::new();
    let mut touched = BTreeSet::new();
    for event in &bundle.events {
        let place = before.events.iter().position(|other| other.uuid == event.uuid);
        let lost = event.org != 0 && event.org > orgs.len();
        let org = if event.org == 0 || lost { 0 } else { orgs[event.org - 1] };
        let fate = match place {
            Some(place) if words.guard && !before.events[place].locked => Fate::Guarded(Some(place)),
            _ if lost && words.missing == "reject" => Fate::Rejected,
            _ if lost && words.missing == "skip" => Fate::Ignored,
            None => {
                let mark = words.set.then_some(7);
                target.events.push(Event { org, locked: true, mark, ..event.clone() });
                counts[1][0] += 1;
                touched.insert(target.events.len() - 1);
                Fate::There(target.events.len() - 1)
            }
            Some(place) => {
                let old = &before.events[place];
                let new = Event {
                    org: if lost { old.org } else { org },
                    kind: if words.keep_kind { old.kind } else { event.kind },
                    locked: old.locked,
                    mark: old.mark,
                    attrs: old.attrs,
                    ..event.clone()
                };
                if event.stamp > old.stamp || event.stamp == old.stamp && new != *old {
                    target.events[place] = Event { mark: if words.set { Some(7) } else { old.mark }, ..new };
                    counts[1][1] += 1;
                    touched.insert(place);
                }
                Fate::There(place)
            }
        };
        count_fate(&mut counts[1], fate);
        fates.push(fate);
    }
    for attr in &bundle.attrs {
        let parent = fates.get(attr.event.wrapping_sub(1)).copied();
        let place = before.attrs.iter().position(|other| other.uuid == attr.uuid);
        let under = place.and_then(|place| before.events.get(before.attrs[place].event.wrapping_sub(1)));
        let owned = words.guard && under.is_some_and(|event| !event.locked);
        let fate = match (parent, place) {
            (Some(Fate::Guarded(_)), place) if words.guard => Fate::Guarded(place),
            (_, place) if owned => Fate::Guarded(place),
            (Some(Fate::Ignored), _) => Fate::Ignored,
            (None | Some(Fate::Rejected), _) => Fate::Rejected,
            (Some(Fate::There(event) | Fate::Guarded(Some(event))), place) => {
                let new = Attr { event: event + 1, ..attr.clone() };
                match place {
                    None => {
                        target.attrs.push(new);
                        counts[2][0] += 1;
                        touched.insert(event);
                    }
                    Some(place) => {
                        let old = &before.attrs[place];
                        if new.stamp > old.stamp || new.stamp == old.stamp && new != *old {
                            // Two numbers change if it goes over to another event.
                            touched.extend([old.event - 1, event]);
                            target.attrs[place] = new;
                            counts[2][1] += 1;
                        }
                    }
                }
                Fate::There(event)
            }
            (Some(Fate::Guarded(None)), _) => unreachable!("a guarded event is there"),
        };
        count_fate(&mut counts[2], fate);
    }
    for place in touched.into_iter().filter(|_| words.count) {
        let own = target.attrs.iter().filter(|attr| attr.event == place + 1 && attr.value == 1);
        target.events[place].attrs = own.count();
    }
    counts
}

fn count_fate(counts: &mut [u64; 5], fate: Fate) {
    match fate {
        Fate::There(_) => {}
        Fate::Ignored => counts[2] += 1,
        Fate::Rejected => counts[3] += 1,
        Fate::Guarded(_) => counts[4] += 1,
    }
}

#[test]
fn an_import_does_what_the_words_about_a_target_say() {
    for engine in engines() {
        for seed in 0..CASES {
            let mut rng = Rng::new(seed + 100);
            let words = Words::drawn(&mut rng);
            let (source, mut target) = (Side::drawn(&mut rng, true), Side::drawn(&mut rng, false));
            let profile = words.profile();
            let (a, b) = (Own::new(engine, &profile, SCHEMA), Own::new(engine, &profile, SCHEMA));
            source.write(&a);
            target.write(&b);
            let (bundle, _) = a.export(&["--full"]);
            let case = format!("{engine:?}, seed {seed}: {words:?}\n{source:#?}\n{target:#?}");
            for again in [false, true] {
                let expected = merge(&words, &source, &mut target);
                let rejected = expected.iter().any(|counts| counts[3] > 0);
                let report = b.import(&bundle, &[], if rejected { 3 } else { 0 });
                let counts = ["org", "event", "attr"].map(|table| {
                    ["inserted", "updated", "ignored", "rejected", "guarded"].map(|what| match what {
                        "guarded" => report["tables"][table][what].as_u64().unwrap_or(0),
                        what => count(&report, table, what),
                    })
                });
                assert_eq!(counts, expected, "again: {again}, {case}\n{report}");
                assert_eq!(found(&b), target.shown(), "again: {again}, {case}");
                assert!(!again || counts.iter().all(|counts| counts[..2] == [0, 0]), "{case}");
            }
        }
    }
}
