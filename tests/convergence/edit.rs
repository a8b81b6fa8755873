//! What happens to the rows of an installation, as its users would do it: each function makes one change.

use std::collections::BTreeSet;

use gapsync::model::neutral::NeutralType;
use gapsync::model::profile::TableProfile;

use crate::model::hash::{key_text, sync_hash};
use crate::model::schema::Schema;
use crate::model::{Installation, Row, cell};
use crate::property::generate;
use crate::property::rng::Rng;
use crate::property::values;

/// A row by table and id.
pub(super) type Place = (String, String);

/// What a row is known by on every installation: its hash, or the text of its key.
pub(super) fn identity(schema: &Schema, all: &Installation, table: &TableProfile, row: &Row) -> Option<String> {
    if schema.has_hash(&table.name) {
        cell(row, &table.hash).map(str::to_owned)
    } else {
        key_text(schema, all, table, row)
    }
}

/// The rows to choose from.
fn any_row(
    rng: &mut Rng,
    schema: &Schema,
    all: &Installation,
    fits: impl Fn(&TableProfile, &Row) -> bool,
) -> Option<Place> {
    let places = schema.tables().flat_map(|table| {
        let rows = all.rows(&table.name).iter().filter(|row| fits(table, row));
        rows.map(|row| (table.name.clone(), row["id"].clone().unwrap())).collect::<Vec<_>>()
    });
    let places: Vec<Place> = places.collect();
    if places.is_empty() { None } else { Some(rng.pick(&places).clone()) }
}

/// A row to change.
pub(super) fn row_mut<'a>(all: &'a mut Installation, (table, id): &Place) -> &'a mut Row {
    all.tables.get_mut(table).unwrap().iter_mut().find(|row| cell(row, "id") == Some(id)).unwrap()
}

/// A date for a row that changed; a row without one stays without one.
fn touch(row: &mut Row, table: &TableProfile, date: &str) {
    if cell(row, &table.date).is_some() {
        row.insert(table.date.column.clone(), Some(date.to_owned()));
    }
}

/// Adds a row with a new id.
pub(super) fn insert(
    rng: &mut Rng,
    schema: &Schema,
    all: &mut Installation,
    date: &str,
    files: &str,
) -> Option<String> {
    let tables: Vec<&TableProfile> = schema.tables().collect();
    let table = *rng.pick(&tables);
    let known: BTreeSet<String> =
        all.rows(&table.name).iter().filter_map(|row| key_text(schema, all, table, row)).collect();
    let mut keys = generate::candidates(schema, all, table);
    keys.retain(|key| key_text(schema, all, table, key).is_some_and(|text| !known.contains(&text)));
    if keys.is_empty() {
        return None;
    }
    let key = rng.pick(&keys).clone();
    let mut row = generate::fill(rng, schema, table, key);
    generate::hard_references(rng, schema, all, table, &mut row);
    let next =
        all.rows(&table.name).iter().map(|row| row["id"].as_ref().unwrap().parse().unwrap()).max().unwrap_or(0_i64) + 1;
    row.insert(table.id.column.clone(), Some(next.to_string()));
    row.insert(table.created.clone(), Some(date.to_owned()));
    row.insert(table.date.column.clone(), (!rng.chance(8)).then(|| date.to_owned()));
    if let Some(column) = &table.deleted {
        row.insert(column.column.clone(), rng.chance(12).then(|| date.to_owned()));
    }
    if table.name == "things" && rng.chance(40) {
        let serial = (*rng.pick(&values::SERIALS)).to_owned();
        let taken = all.rows("things").iter().any(|row| cell(row, "serial") == Some(&serial));
        row.insert("serial".into(), (!taken).then_some(serial));
    }
    if schema.columns(&table.name).iter().any(|column| !column.nullable && row[&column.name].is_none()) {
        return None;
    }
    let place = (table.name.clone(), next.to_string());
    all.tables.entry(table.name.clone()).or_default().push(row);
    if rng.chance(60) {
        relink_row(rng, schema, all, &place);
    }
    name_file(all, &place, files);
    all.fill_hashes(schema);
    Some(format!("insert {} {next}", table.name))
}

/// Gives a paper a path of its own.
pub(super) fn name_file(all: &mut Installation, place: &Place, files: &str) {
    if place.0 == "papers" {
        let path = format!("{files}/{}", place.1);
        row_mut(all, place).insert("path".into(), Some(path));
    }
}

/// Changes a value or two of a row.
pub(super) fn change(
    rng: &mut Rng,
    schema: &Schema,
    all: &mut Installation,
    date: &dyn Fn(&Row) -> String,
) -> Option<Place> {
    let place = any_row(rng, schema, all, alive)?;
    let table = schema.profile.table(&place.0).unwrap();
    let free: Vec<_> =
        schema.columns(&table.name).iter().filter(|column| is_free(schema, table, &column.name)).collect();
    if free.is_empty() {
        let row = row_mut(all, &place);
        let date = date(row);
        touch(row, table, &date);
        return Some(place);
    }
    for _ in 0..1 + rng.below(2) {
        let column = *rng.pick(&free);
        let value = values::value(rng, column);
        row_mut(all, &place).insert(column.name.clone(), value);
    }
    let row = row_mut(all, &place);
    let date = date(row);
    touch(row, table, &date);
    Some(place)
}

/// Whether users may write anything into a column: no key, no reference, nothing that the tools keep.
fn is_free(schema: &Schema, table: &TableProfile, column: &str) -> bool {
    let kept = [&table.id, &table.hash, &table.date.column, &table.created].iter().any(|name| *name == column);
    let special = ["serial", "path", "role", "secret"].contains(&column)
        || table.deleted.as_ref().is_some_and(|deleted| deleted.column == column);
    let reference = schema.references(table).any(|other| other == column);
    !(kept || special || reference || table.in_key(column))
}

/// Whether a row is not deleted.
pub(super) fn alive(table: &TableProfile, row: &Row) -> bool {
    table.deleted.as_ref().is_none_or(|column| cell(row, column).is_none())
}

/// Deletes a row softly, or brings a deleted one back.
pub(super) fn delete_or_revive(rng: &mut Rng, schema: &Schema, all: &mut Installation, date: &str) -> Option<Place> {
    let revive = rng.chance(55);
    let fits = |table: &TableProfile, row: &Row| table.deleted.is_some() && alive(table, row) != revive;
    let place = any_row(rng, schema, all, fits)?;
    let table = schema.profile.table(&place.0).unwrap();
    let row = row_mut(all, &place);
    row.insert(table.deleted.clone().unwrap().column, (!revive).then(|| date.to_owned()));
    touch(row, table, date);
    Some(place)
}

/// Points an optional reference of a row elsewhere.
pub(super) fn relink(
    rng: &mut Rng,
    schema: &Schema,
    all: &mut Installation,
    date: &dyn Fn(&Row) -> String,
) -> Option<Place> {
    let fits = |table: &TableProfile, row: &Row| alive(table, row) && !optional(schema, table).is_empty();
    let place = any_row(rng, schema, all, fits)?;
    relink_row(rng, schema, all, &place);
    let row = row_mut(all, &place);
    let date = date(row);
    touch(row, schema.profile.table(&place.0).unwrap(), &date);
    Some(place)
}

fn optional<'a>(schema: &Schema, table: &'a TableProfile) -> Vec<&'a str> {
    let fits = |column: &&str| !schema.is_hard(table, column) && table.references.contains_key(*column);
    schema.references(table).filter(fits).collect()
}

fn relink_row(rng: &mut Rng, schema: &Schema, all: &mut Installation, place: &Place) {
    let table = schema.profile.table(&place.0).unwrap();
    for column in optional(schema, table) {
        let parents = all.rows(&table.references[column]);
        let id = if parents.is_empty() || rng.chance(20) { None } else { rng.pick(parents)["id"].clone() };
        row_mut(all, place).insert(column.to_owned(), id);
    }
}

/// Changes the key of a row; all rows whose hash changes with it are touched, as the database's triggers do.
pub(super) fn change_key(rng: &mut Rng, schema: &Schema, all: &mut Installation, date: &str) -> Option<Place> {
    let before = all.clone();
    let plain = |table: &TableProfile| {
        let text =
            |column: &&String| schema.column(&table.name, column).is_some_and(|c| c.neutral == NeutralType::Text);
        let code = |column: &&String| !table.references.contains_key(*column) && table.polymorphic(column).is_none();
        table.key.iter().filter(text).find(code).cloned()
    };
    let renamed = |table: &TableProfile| ["kinds", "places", "things", "people"].contains(&table.name.as_str());
    let place = any_row(rng, schema, all, |table, row| renamed(table) && alive(table, row))?;
    let table = schema.profile.table(&place.0).unwrap();
    let column = plain(table)?;
    let value = *rng.pick(generate::pool(&table.name, &column));
    row_mut(all, &place).insert(column, value.map(str::to_owned));
    all.fill_hashes(schema);
    if has_twins(schema, all) {
        *all = before;
        return None;
    }
    for table in schema.tables().filter(|table| schema.has_hash(&table.name)) {
        for row in all.tables.entry(table.name.clone()).or_default() {
            let old = before.find(&table.name, cell(row, "id").unwrap()).unwrap();
            if old[&table.hash] != row[&table.hash] {
                row.insert(table.date.column.clone(), Some(date.to_owned()));
            }
        }
    }
    Some(place)
}

fn has_twins(schema: &Schema, all: &Installation) -> bool {
    schema.tables().any(|table| {
        let hashes: Vec<_> = all.rows(&table.name).iter().map(|row| sync_hash(schema, all, table, row)).collect();
        hashes.iter().collect::<BTreeSet<_>>().len() < hashes.len()
    })
}
