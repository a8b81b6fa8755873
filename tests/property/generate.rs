//! Installations of the small profile: a few rows a table from small pools of natural keys, so that two of them share many,
//! under ids that clash.

use std::collections::{BTreeMap, BTreeSet};

use gapsync::model::profile::TableProfile;

use super::rng::Rng;
use super::values::{self, CREATED, SERIALS, UPDATED};
use crate::model::schema::Schema;
use crate::model::{Installation, Row, cell};

/// Makes an installation with up to `most` rows a table.
pub(crate) fn installation(rng: &mut Rng, schema: &Schema, most: usize) -> Installation {
    let mut made = Installation::default();
    for table in schema.parents_first() {
        let mut keys = candidates(schema, &made, table);
        rng.shuffle(&mut keys);
        keys.truncate(if rng.chance(10) { 0 } else { rng.below(most + 1) });
        let mut ids = ids(rng, keys.len());
        let mut serials = SERIALS.to_vec();
        rng.shuffle(&mut serials);
        let complete = |row: &Row| {
            // A NOT NULL reference to a table that stayed empty: no such row.
            schema.columns(&table.name).iter().all(|column| column.nullable || row[&column.name].is_some())
        };
        let rows = keys.into_iter().map(|key| {
            let mut row = fill(rng, schema, table, key);
            row.insert("id".into(), ids.pop());
            if table.name == "things" {
                row.insert("serial".into(), serials.pop().filter(|_| rng.chance(50)).map(str::to_owned));
            }
            hard_references(rng, schema, &made, table, &mut row);
            row
        });
        let rows = rows.filter(complete).collect();
        made.tables.insert(table.name.clone(), rows);
    }
    soft_references(rng, schema, &mut made);
    made.fill_hashes(schema);
    made
}

/// Different ids, small ones for the most part.
fn ids(rng: &mut Rng, count: usize) -> Vec<String> {
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        ids.insert(if rng.chance(90) { 1 + rng.below(20) } else { 1 + rng.below(1_000_000) });
    }
    let mut ids: Vec<String> = ids.iter().map(usize::to_string).collect();
    rng.shuffle(&mut ids);
    ids
}

/// Every natural key that the pools allow, given the rows that are there.
pub(crate) fn candidates(schema: &Schema, made: &Installation, table: &TableProfile) -> Vec<Row> {
    if table.unordered {
        return pairs(schema, made, table);
    }
    let mut keys = vec![Row::new()];
    for column in &table.key {
        let options: Vec<Vec<(String, Option<String>)>> = match table.polymorphic(column) {
            Some(reference) => objects(schema, made, schema.profile.codes(reference))
                .into_iter()
                .map(|(code, id)| vec![(reference.type_column.clone(), Some(code)), (column.clone(), Some(id))])
                .collect(),
            None => match table.references.get(column) {
                Some(parent) => made.rows(parent).iter().map(|row| vec![(column.clone(), row["id"].clone())]).collect(),
                None => pool(&table.name, column)
                    .iter()
                    .map(|value| vec![(column.clone(), value.map(str::to_owned))])
                    .collect(),
            },
        };
        keys = keys
            .iter()
            .flat_map(|key| options.iter().map(move |cells| key.clone().into_iter().chain(cells.clone()).collect()))
            .collect();
    }
    keys
}

/// Links in one of their two directions; an object linked to itself, too.
fn pairs(schema: &Schema, made: &Installation, table: &TableProfile) -> Vec<Row> {
    let sides: Vec<_> = table.key.iter().map(|column| table.polymorphic(column).unwrap()).collect();
    let objects = objects(schema, made, schema.profile.codes(sides[0]));
    let mut keys = Vec::new();
    for (at, left) in objects.iter().enumerate() {
        for (other, right) in objects[at..].iter().enumerate() {
            let (first, second) = if (at + other) % 2 == 0 { (left, right) } else { (right, left) };
            let cells = [(sides[0], first), (sides[1], second)].into_iter().flat_map(|(side, (code, id))| {
                [(side.type_column.clone(), Some(code.clone())), (side.id.clone(), Some(id.clone()))]
            });
            keys.push(cells.collect());
        }
    }
    keys
}

/// (code, id) of every row that a polymorphic reference can point to.
fn objects(schema: &Schema, made: &Installation, codes: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let tables = codes.iter().filter(|(_, table)| schema.has(table));
    tables
        .flat_map(|(code, table)| {
            made.rows(table).iter().map(|row| (code.clone(), cell(row, "id").unwrap().to_owned()))
        })
        .collect()
}

/// The values of a plain key column.
pub(crate) fn pool(table: &str, column: &str) -> &'static [Option<&'static str>] {
    match (table, column) {
        ("kinds", _) => &[Some("alpha"), Some("Alpha"), Some("beta"), Some("beta "), Some("")],
        ("people", _) => &[Some("a@x.org"), Some("b@x.org"), Some("c@x.org"), Some("ü@x.org")],
        ("labels", _) => &[Some("red"), Some("blue"), Some("it's"), Some("\\N")],
        ("origins", "type") => &[Some("people"), Some("kinds"), Some("vendor")],
        ("origins", _) => &[Some("one"), Some("two")],
        ("places", _) => &[Some("P1"), Some("P2"), Some("P3"), Some("P4"), Some("p4")],
        ("cities", _) => &[Some("c1"), Some("c2")],
        ("things", _) => &[Some("v1"), Some("v2"), Some("1:v"), Some("-"), Some("tab\tand \u{1F480}")],
        ("samples", _) => &[
            Some("11111111-1111-1111-1111-111111111111"),
            Some("22222222-2222-2222-2222-222222222222"),
            Some("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"),
        ],
        ("thing_notes", "moment") => &[Some("2019-05-05 05:05:05"), Some("2019-05-05 05:05:05.000100")],
        ("thing_notes", _) => &[None, Some("0"), Some("1")],
        ("link_notes", _) => &[Some("close"), Some("far"), Some("")],
        ("cases", _) => &[Some("cccccccc-0000-0000-0000-000000000001"), Some("cccccccc-0000-0000-0000-000000000002")],
        ("settings", "area") => &[Some("ui"), Some("UI")],
        ("settings", _) => &[Some("theme"), Some("size"), Some("")],
        ("papers", "digest") => &[Some("0cc175b9c0f1b6a831c399e269772661"), Some("92eb5ffee6ae2fec3ad71c777531578f")],
        ("papers", _) => &[Some("one.pdf"), Some("two.pdf")],
        _ => panic!("no pool for the key column `{column}` of `{table}`"),
    }
}

/// Gives a key the other columns of its table, references NULL.
pub(crate) fn fill(rng: &mut Rng, schema: &Schema, table: &TableProfile, key: Row) -> Row {
    let mut row = key;
    for column in schema.columns(&table.name) {
        if row.contains_key(&column.name) {
            continue;
        }
        let is_reference = schema.references(table).any(|other| other == column.name);
        let value = match column.name.as_str() {
            "created_at" => Some((*rng.pick(&CREATED)).to_owned()),
            "updated_at" => (!rng.chance(12)).then(|| (*rng.pick(&UPDATED)).to_owned()),
            "deleted_at" => rng.chance(12).then(|| (*rng.pick(&UPDATED)).to_owned()),
            "role" => Some((*rng.pick(&["reader", "admin", "editor"])).to_owned()),
            "id" | "sync_hash" | "serial" => None,
            _ if is_reference => None,
            _ => values::value(rng, column),
        };
        row.insert(column.name.clone(), value);
    }
    row
}

/// Points NOT NULL references outside the key to some row.
pub(crate) fn hard_references(
    rng: &mut Rng,
    schema: &Schema,
    made: &Installation,
    table: &TableProfile,
    row: &mut Row,
) {
    for (column, parent) in table.references.iter().filter(|(column, _)| !table.in_key(column)) {
        if schema.is_hard(table, column) && !made.rows(parent).is_empty() {
            row.insert(column.clone(), rng.pick(made.rows(parent))["id"].clone());
        }
    }
}

/// Points nullable references outside the key to some row, perhaps to the row itself, now that all are there.
fn soft_references(rng: &mut Rng, schema: &Schema, made: &mut Installation) {
    let whole = made.clone();
    for table in schema.tables() {
        for row in made.tables.get_mut(&table.name).unwrap() {
            let columns: Vec<&str> = schema.references(table).filter(|column| !schema.is_hard(table, column)).collect();
            for column in columns {
                let parent = match table.polymorphic(column) {
                    Some(reference) => {
                        let code = cell(row, &reference.type_column).unwrap_or_default();
                        schema.profile.codes(reference).get(code)
                    }
                    None => table.references.get(column).map(|reference| &reference.table),
                };
                let parents = parent.map_or(&[][..], |parent| whole.rows(parent));
                if !parents.is_empty() && rng.chance(60) {
                    row.insert(column.to_owned(), rng.pick(parents)["id"].clone());
                }
            }
        }
    }
}
