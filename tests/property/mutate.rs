//! Bundles that no export of ours would write: duplicates, missing parents, unfit values, unknown tables and columns, rows in
//! any order.

use gapsync::model::neutral::NeutralType;

use super::generate;
use super::rng::Rng;
use super::values::{self, SERIALS};
use crate::model::bundle::{Bundle, BundleTable};
use crate::model::schema::Schema;
use crate::model::{Row, cell};

/// Spoils a bundle in some of the ways there are. The bundle's hashes stay those of the rows' real keys.
pub(crate) fn spoil(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle) {
    let ways: [fn(&mut Rng, &Schema, &mut Bundle); 11] = [
        duplicate_rows,
        duplicate_rows,
        drop_rows,
        unfit_values,
        serials,
        dangling_references,
        unknown_names,
        missing_columns,
        columns_that_stay,
        unknown_codes,
        no_hashes,
    ];
    for way in ways {
        if rng.chance(40) {
            way(rng, schema, bundle);
        }
    }
    if rng.chance(30) {
        rng.shuffle(&mut bundle.tables);
    }
    cut(rng, bundle);
}

/// A table of the bundle that holds rows, and a row of it.
fn any_row(rng: &mut Rng, bundle: &Bundle) -> Option<(usize, usize)> {
    let filled: Vec<usize> = (0..bundle.tables.len()).filter(|&at| bundle.tables[at].rows().count() > 0).collect();
    let table = *filled.get(rng.below(filled.len().max(1)))?;
    Some((table, rng.below(bundle.tables[table].files[0].len())))
}

/// The same row again under another id, with other values and dates; some of its children refer to the copy.
fn duplicate_rows(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle) {
    for number in 0..1 + rng.below(4) {
        let Some((at, row)) = any_row(rng, bundle) else { return };
        let name = bundle.tables[at].name.clone();
        let Some(table) = schema.profile.table(&name) else { continue };
        let original = bundle.tables[at].files[0][row].clone();
        let old_id = cell(&original, "id").unwrap().to_owned();
        let new_id = format!("{}", 2_000_000 + rng.below(1000) * 10 + number);
        if bundle.tables[at].rows().any(|row| cell(row, "id") == Some(&new_id)) {
            continue;
        }
        let key: Row =
            original.iter().filter(|(column, _)| table.in_key(column)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let fresh = generate::fill(rng, schema, table, key);
        let mut copy = original.clone();
        for (column, value) in &mut copy {
            let is_reference = schema.references(table).any(|other| other == column);
            let fixed = is_reference || table.in_key(column) || *column == table.hash || *column == table.id;
            if !fixed && rng.chance(70) {
                *value =
                    fresh.get(column).cloned().flatten().or_else(|| value.clone().filter(|_| column == &table.created));
            }
        }
        copy.insert("id".into(), Some(new_id.clone()));
        if table.unordered && rng.chance(50) {
            mirror(&mut copy);
        }
        let place = rng.below(bundle.tables[at].files[0].len() + 1);
        bundle.tables[at].files[0].insert(place, copy);
        repoint(rng, schema, bundle, &name, &old_id, &new_id);
    }
}

fn mirror(link: &mut Row) {
    for (left, right) in [("src_type", "dest_type"), ("src_object_id", "dest_object_id")] {
        let kept = link[left].clone();
        link.insert(left.into(), link[right].clone());
        link.insert(right.into(), kept);
    }
}

/// Half of the references to a row lead to another instead.
fn repoint(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle, parent: &str, from: &str, to: &str) {
    for table in &mut bundle.tables {
        let Some(profile) = schema.profile.table(&table.name) else { continue };
        for row in table.files.iter_mut().flatten() {
            let columns: Vec<&str> = schema.references(profile).collect();
            for column in columns {
                if schema.target(profile, row, column) == Some((Some(parent), from)) && rng.chance(50) {
                    row.insert(column.to_owned(), Some(to.to_owned()));
                }
            }
        }
    }
}

fn drop_rows(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for _ in 0..1 + rng.below(4) {
        if let Some((table, row)) = any_row(rng, bundle) {
            bundle.tables[table].files[0].remove(row);
        }
    }
}

fn unfit_values(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle) {
    for table in &mut bundle.tables {
        let profile = schema.profile.table(&table.name).unwrap();
        for row in table.files.iter_mut().flatten() {
            let columns: Vec<_> = schema
                .columns(&table.name)
                .iter()
                .filter(|column| row.contains_key(&column.name) && column.name != "id")
                .collect();
            let column = *rng.pick(&columns);
            let is_reference = schema.references(profile).any(|other| other == column.name);
            if let Some(value) = values::unfit(rng, schema.engine, column).filter(|_| rng.chance(20)) {
                // A reference that is no number, or a key that no hash can be computed of, says nothing of the merge.
                if value.is_none() || !(is_reference || profile.in_key(&column.name)) {
                    row.insert(column.name.clone(), value);
                }
            }
        }
    }
}

/// Serials that clash with each other and with the target's.
fn serials(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for table in bundle.tables.iter_mut().filter(|table| table.name == "things") {
        for row in table.files.iter_mut().flatten() {
            if rng.chance(60) {
                row.insert("serial".into(), Some((*rng.pick(&SERIALS)).to_owned()));
            }
        }
    }
}

/// References outside the key lead to rows that are nowhere.
fn dangling_references(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle) {
    for table in &mut bundle.tables {
        let Some(profile) = schema.profile.table(&table.name) else { continue };
        for row in table.files.iter_mut().flatten() {
            let columns: Vec<&str> =
                schema.references(profile).filter(|column| !schema.is_hard(profile, column)).collect();
            for column in columns {
                let points = profile.polymorphic(column).is_none() || schema.target(profile, row, column).is_some();
                if points && row.contains_key(column) && rng.chance(25) {
                    row.insert(column.to_owned(), Some("3000001".to_owned()));
                }
            }
        }
    }
}

fn unknown_names(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    let at = rng.below(bundle.tables.len());
    bundle.tables[at].columns.push(("colour".to_owned(), NeutralType::Text));
    for row in bundle.tables[at].files.iter_mut().flatten() {
        row.insert("colour".into(), rng.chance(50).then(|| "green".to_owned()));
    }
    let columns = vec![("id".to_owned(), NeutralType::Integer), ("name".to_owned(), NeutralType::Text)];
    let row = |id: &str| Row::from([("id".into(), Some(id.to_owned())), ("name".into(), Some("gadget".to_owned()))]);
    bundle.tables.push(BundleTable { name: "gadgets".into(), columns, files: vec![vec![row("1"), row("2")]] });
}

fn missing_columns(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for (table, column) in
        [("things", "notes"), ("things", "amount"), ("cities", "twin_id"), ("people", "name"), ("links", "deleted_at")]
    {
        for table in bundle.tables.iter_mut().filter(|other| other.name == table) {
            if rng.chance(50) {
                table.columns.retain(|(name, _)| name != column);
                table.files.iter_mut().flatten().for_each(|row| drop(row.remove(column)));
            }
        }
    }
}

/// Roles, secrets and owners must not get in, even if a bundle holds them.
fn columns_that_stay(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for (table, column, value, neutral) in [
        ("people", "role", "admin", NeutralType::Text),
        ("people", "secret", "let me in", NeutralType::Text),
        ("cases", "owner_id", "1", NeutralType::Integer),
    ] {
        for table in bundle.tables.iter_mut().filter(|other| other.name == table) {
            table.columns.push((column.to_owned(), neutral));
            for row in table.files.iter_mut().flatten() {
                row.insert(column.to_owned(), rng.chance(80).then(|| value.to_owned()));
            }
        }
    }
}

/// Links and the like to a kind of object that nobody knows.
fn unknown_codes(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for (table, column) in
        [("links", "src_type"), ("links", "dest_type"), ("labelled", "object_type"), ("case_items", "object_type")]
    {
        for table in bundle.tables.iter_mut().filter(|other| other.name == table) {
            for row in table.files.iter_mut().flatten() {
                if rng.chance(15) {
                    row.insert(column.to_owned(), Some("gadget".to_owned()));
                }
            }
        }
    }
}

/// The bundle has no hash column in some of its tables.
fn no_hashes(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for table in &mut bundle.tables {
        if rng.chance(30) {
            table.columns.retain(|(name, _)| name != "sync_hash");
            table.files.iter_mut().flatten().for_each(|row| drop(row.remove("sync_hash")));
        }
    }
}

/// Shuffles rows and cuts them into dump files.
pub(super) fn cut(rng: &mut Rng, bundle: &mut Bundle) {
    for table in &mut bundle.tables {
        let mut rows: Vec<Row> = table.files.drain(..).flatten().collect();
        if rng.chance(60) {
            rng.shuffle(&mut rows);
        }
        table.files = vec![Vec::new()];
        for row in rows {
            if rng.chance(20) && table.files.last().is_some_and(|file| !file.is_empty()) {
                table.files.push(Vec::new());
            }
            table.files.last_mut().unwrap().push(row);
        }
    }
}
