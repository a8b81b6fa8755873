//! Draws worlds.

use gapsync::model::neutral::NeutralType;

use super::world::{Kind, Missing, Reference, Table, To, Word, World};
use crate::model::schema::{Column, Limit};
use crate::property::rng::Rng;

/// Names of tables; one is a word of SQL, one has capitals.
const NAMES: [&str; 4] = ["thing", "order", "Note", "entry"];

const KEYS: [&str; 3] = ["name", "key", "Part"];

const TYPES: [NeutralType; 11] = [
    NeutralType::Text,
    NeutralType::Integer,
    NeutralType::Decimal,
    NeutralType::Float,
    NeutralType::Bool,
    NeutralType::Bytes,
    NeutralType::Date,
    NeutralType::Time,
    NeutralType::Timestamp,
    NeutralType::Json,
    NeutralType::Uuid,
];

pub(super) fn world(rng: &mut Rng) -> World {
    let count = 1 + rng.below(NAMES.len());
    let mut world =
        World { tables: Vec::new(), conditions: rng.chance(30), version: rng.chance(15).then(|| rng.chance(80)) };
    for place in 0..count {
        let table = table(rng, &world, place);
        world.tables.push(table);
    }
    let is_ring = count > 1 && rng.chance(20);
    if is_ring {
        add_reference(rng, &mut world.tables[0], "last_ref", To::Table(count - 1));
    }
    for place in 0..count {
        let words = words(rng, &world, place, is_ring);
        world.tables[place].words = words;
    }
    if super::circle::is_circular(&world) {
        for table in &mut world.tables {
            table.words.retain(|word| *word != Word::CarryReferenced);
        }
    }
    for place in 0..count {
        add_count(rng, &mut world, place);
    }
    world
}

fn column(name: &str, neutral: NeutralType, nullable: bool) -> Column {
    Column { name: name.to_owned(), neutral, limit: Limit::None, nullable, default: None, unique: false }
}

fn table(rng: &mut Rng, world: &World, place: usize) -> Table {
    let mut table = Table {
        name: NAMES[place],
        group: rng.pick::<&str>(&["metadata", "object", "context", "link", "tag"]),
        id: rng.pick::<&str>(&["id", "nr"]),
        columns: Vec::new(),
        key: Vec::new(),
        unique: rng.chance(40),
        references: Vec::new(),
        words: Vec::new(),
    };
    let parts = *rng.pick(&[1, 1, 2, 3]);
    for &part in &KEYS[..parts] {
        if place > 0 && part != KEYS[0] && rng.chance(40) || place > 0 && rng.chance(10) {
            let parent = rng.below(place);
            let name = format!("{}_key", NAMES[parent]);
            if !table.has(&name) {
                add_reference(rng, &mut table, &name, To::Table(parent));
                if rng.chance(25) && can_be_named(&world.tables[parent]) {
                    let key = world.tables[parent].column(&world.tables[parent].key[0]).neutral;
                    add_by(&mut table, &format!("{}_key_uid", NAMES[parent]), key);
                }
                table.key.push(name);
                continue;
            }
        }
        let neutral = if rng.chance(75) { NeutralType::Text } else { NeutralType::Integer };
        table.columns.push(column(part, neutral, rng.chance(20)));
        table.key.push(part.to_owned());
    }
    for (parent, &name) in NAMES.iter().enumerate().take(place) {
        if rng.chance(50) {
            let by = rng.chance(30) && can_be_named(&world.tables[parent]);
            add_reference(rng, &mut table, &format!("{name}_ref"), To::Table(parent));
            if by {
                add_by(
                    &mut table,
                    &format!("{name}_uid"),
                    world.tables[parent].column(&world.tables[parent].key[0]).neutral,
                );
            }
        }
    }
    if rng.chance(20) {
        add_reference(rng, &mut table, "parent", To::Table(place));
    }
    if place > 0 && rng.chance(25) {
        add_polymorphic(rng, &mut table, place);
    }
    for (name, neutral, nullable) in [
        ("level", NeutralType::Integer, true),
        ("kind", NeutralType::Text, true),
        ("info", NeutralType::Text, true),
        ("mark", NeutralType::Text, true),
        ("trace", NeutralType::Text, true),
        ("stamp", NeutralType::Integer, true),
        ("changed", NeutralType::Timestamp, true),
        ("r_stamp", NeutralType::Integer, true),
        ("r_changed", NeutralType::Timestamp, true),
        ("gone", NeutralType::Timestamp, true),
    ] {
        table.columns.push(column(name, neutral, nullable));
    }
    for name in ["flag", "locked", "attrs"] {
        table.columns.push(Column { default: Some("0".to_owned()), ..column(name, NeutralType::Integer, false) });
    }
    table.columns.push(column("more", *rng.pick(&TYPES), true));
    if rng.chance(30) {
        table.columns.push(column("created_at", NeutralType::Timestamp, true));
    }
    if rng.chance(35) {
        table.columns.push(Column { unique: true, ..column("nick", NeutralType::Text, true) });
    }
    table
}

/// Whether one column, which is no reference, names a row of the table.
fn can_be_named(table: &Table) -> bool {
    table.key.len() == 1 && table.reference(&table.key[0]).is_none()
}

fn add_reference(rng: &mut Rng, table: &mut Table, name: &str, to: To) {
    let may_wait = to == To::Table(table_place(table)) || name == "last_ref";
    let nullable = rng.chance(60);
    let zero = if nullable { rng.chance(20) } else { may_wait || rng.chance(70) };
    let missing = *rng.pick(&[None, None, Some(Missing::Reject), Some(Missing::Skip)]);
    let missing = missing.filter(|_| !may_wait);
    table
        .columns
        .push(Column { default: (!nullable).then(|| "0".to_owned()), ..column(name, NeutralType::Integer, nullable) });
    table.references.push(Reference { column: name.to_owned(), to, zero, nullable, missing, by: None });
}

fn table_place(table: &Table) -> usize {
    NAMES.iter().position(|name| *name == table.name).unwrap()
}

/// Gives the last reference a column with the key.
fn add_by(table: &mut Table, name: &str, neutral: NeutralType) {
    table.columns.push(column(name, neutral, true));
    table.references.last_mut().unwrap().by = Some(name.to_owned());
}

fn add_polymorphic(rng: &mut Rng, table: &mut Table, place: usize) {
    let numbers = rng.chance(40);
    let names: [&'static str; 2] = if numbers { ["0", "7"] } else { ["a", "B"] };
    let mut codes = vec![(names[0], rng.below(place))];
    if rng.chance(60) {
        codes.push((names[1], rng.below(place)));
    }
    let neutral = if numbers { NeutralType::Integer } else { NeutralType::Text };
    table.columns.push(column("object_type", neutral, true));
    let in_key = table.key.len() < 3 && rng.chance(25);
    add_reference(rng, table, "object", To::Code("object_type".to_owned(), codes));
    if in_key {
        table.key.push("object".to_owned());
    }
}

fn words(rng: &mut Rng, world: &World, place: usize, is_ring: bool) -> Vec<Word> {
    let table = &world.tables[place];
    let mut words = Vec::new();
    let mut may = |rng: &mut Rng, percent: usize, word: Word| {
        if rng.chance(percent) {
            words.push(word);
        }
    };
    let kind = *rng.pick(&[Kind::Datetime, Kind::Datetime, Kind::Epoch, Kind::EpochMs, Kind::EpochUs, Kind::Version]);
    let dated = rng.chance(75);
    may(rng, if dated { 100 } else { 0 }, Word::Date(kind));
    let deleted = Word::Deleted { flag: rng.chance(50), always: rng.chance(40) };
    may(rng, 35, deleted);
    if let Some(text) = table.key.iter().find(|name| table.column(name).neutral == NeutralType::Text) {
        may(rng, 25, Word::Fold(text.clone()));
        may(rng, 10, Word::SkipIf(text.clone()));
    } else {
        may(rng, 15, Word::SkipIf("kind".to_owned()));
    }
    let level: &[Vec<&'static str>] = &[vec!["1"], vec!["1", "2"], vec!["0", "1"]];
    let kinds: &[Vec<&'static str>] = &[vec!["x"], vec!["x", "y"], vec!["x", "X"]];
    let only = if rng.chance(50) { ("level", rng.pick(level)) } else { ("kind", rng.pick(kinds)) };
    may(rng, 20, Word::Only(only.0, only.1.clone()));
    let except = if rng.chance(50) { ("level", rng.pick(level)) } else { ("kind", rng.pick(kinds)) };
    may(rng, 20, Word::Except(except.0, except.1.clone()));
    may(rng, 15, Word::CarryReferenced);
    let mut windows = vec![table.id.to_owned()];
    let earlier = |reference: &&Reference| matches!(reference.to, To::Table(parent) if parent < place);
    windows.extend(table.references.iter().filter(earlier).map(|reference| reference.column.clone()));
    if dated && kind != Kind::Version {
        windows.push(if kind == Kind::Datetime { "r_changed" } else { "r_stamp" }.to_owned());
    }
    let window = rng.pick(&windows).clone();
    may(rng, 35, Word::Window(window));
    let map = *rng.pick(&[("level", "1", "0"), ("level", "2", "1"), ("kind", "x", "z")]);
    may(rng, 25, Word::Map(map.0, map.1, map.2));
    may(rng, 25, Word::Set("mark", "7"));
    if rng.chance(25) {
        let value = *rng.pick(&["", "from here"]);
        may(rng, 100, Word::Exclude("info", value));
    } else {
        may(rng, 20, Word::Description("info"));
    }
    match rng.below(10) {
        0 | 1 => may(rng, 100, Word::KeepRows),
        2 | 3 => {
            let column = *rng.pick(&["kind", "level", "more", "mark"]);
            may(rng, 100, Word::Keep(column));
        }
        _ => {}
    }
    may(rng, 25, Word::Guard);
    if !is_ring {
        let guarded = |reference: &&&Reference| {
            let To::Table(parent) = reference.to else { return false };
            let parent = &world.tables[parent];
            parent.says(&Word::Guard) || parent.follows().is_some()
        };
        let followed = table.references.iter().filter(earlier).collect::<Vec<_>>();
        if let Some(followed) = followed.iter().find(guarded) {
            may(rng, 60, Word::Follows(followed.column.clone()));
        }
    }
    if table.has("nick") && table.key.iter().all(|column| table.reference(column).is_none()) {
        may(rng, 60, Word::UniqueSuffix);
    }
    words
}

/// Lets a table count the rows of a later one, or own new rows of one.
fn add_count(rng: &mut Rng, world: &mut World, place: usize) {
    let children = (place + 1..world.tables.len()).flat_map(|child| {
        let references = world.tables[child].references.iter();
        let leads = references.filter(|reference| reference.to == To::Table(place));
        leads.map(move |reference| (child, reference.column.clone())).collect::<Vec<_>>()
    });
    let children: Vec<(usize, String)> = children.collect();
    if !children.is_empty() && rng.chance(30) {
        let (child, by) = rng.pick(&children).clone();
        let word = Word::Count(child, by, rng.chance(50));
        world.tables[place].words.push(word);
    }
    let owners: Vec<usize> = (0..place).filter(|owner| can_be_named(&world.tables[*owner])).collect();
    if !owners.is_empty() && rng.chance(12) {
        let owner = *rng.pick(&owners);
        world.tables[place].columns.push(column("owner", NeutralType::Integer, true));
        world.tables[place].words.push(Word::Owner(owner));
    }
}
