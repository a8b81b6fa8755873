//! Bundles that no export of ours would write: duplicates, missing parents, unfit values, forged hashes, unknown tables and
//! columns, rows in any order. And sources whose rows are nearly the target's.

use std::collections::BTreeSet;

use gapsync::model::neutral::NeutralType;

use super::generate;
use super::rng::Rng;
use super::values::{self, SERIALS};
use crate::model::bundle::{Bundle, BundleTable, hash_column};
use crate::model::schema::Schema;
use crate::model::{Installation, Row, cell};

/// Spoils a bundle, on its way to `target`, in some of the ways there are. Only [`forged_hashes`] makes a hash that is not that
/// of the row's key.
pub(crate) fn spoil(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle, target: &Installation) {
    let ways: [fn(&mut Rng, &Schema, &mut Bundle); 13] = [
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
        no_dates,
        forged_hashes,
        no_hashes,
    ];
    for way in ways {
        if rng.chance(40) {
            way(rng, schema, bundle);
        }
    }
    if rng.chance(40) {
        references_by_hash(rng, schema, bundle, target);
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
            let fixed = is_reference || table.in_key(column) || *column == table.hash || *column == *table.id;
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
                for column in [column.to_owned(), hash_column(column)] {
                    table.columns.retain(|(name, _)| *name != column);
                    table.files.iter_mut().flatten().for_each(|row| drop(row.remove(&column)));
                }
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

/// The bundle does not say when the rows of some tables changed last.
fn no_dates(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for table in &mut bundle.tables {
        if rng.chance(20) {
            table.columns.retain(|(name, _)| name != "updated_at");
            table.files.iter_mut().flatten().for_each(|row| drop(row.remove("updated_at")));
        }
    }
}

/// Some rows come under the hash of another row, or of none.
fn forged_hashes(rng: &mut Rng, _: &Schema, bundle: &mut Bundle) {
    for table in &mut bundle.tables {
        let hashes: Vec<Option<String>> =
            table.rows().filter_map(|row| row.get("sync_hash").cloned()).filter(Option::is_some).collect();
        for row in table.files.iter_mut().flatten() {
            if row.contains_key("sync_hash") && rng.chance(8) {
                let other = if rng.chance(50) { rng.pick(&hashes).clone() } else { Some(any_hash(rng)) };
                row.insert("sync_hash".into(), other);
            }
        }
    }
}

/// A hash that no row has.
fn any_hash(rng: &mut Rng) -> String {
    format!("{:016x}{:016x}", rng.next(), rng.next())
}

/// Optional references that come as a hash: of a row that only the target has, of none, or of one that nobody can name.
fn references_by_hash(rng: &mut Rng, schema: &Schema, bundle: &mut Bundle, target: &Installation) {
    let travelling: BTreeSet<String> =
        bundle.tables.iter().flat_map(BundleTable::rows).filter_map(|row| row.get("sync_hash")?.clone()).collect();
    for table in &mut bundle.tables {
        let Some(profile) = schema.profile.table(&table.name) else { continue };
        let optional: Vec<String> = schema
            .references(profile)
            .filter(|column| !schema.is_hard(profile, column) && table.columns.iter().any(|(name, _)| name == column))
            .map(str::to_owned)
            .collect();
        for column in optional.into_iter().filter(|_| rng.chance(50)).collect::<Vec<_>>() {
            let extra = hash_column(&column);
            if !table.columns.iter().any(|(name, _)| *name == extra) {
                table.columns.push((extra.clone(), NeutralType::Text));
            }
            for row in table.files.iter_mut().flatten() {
                let parent = match profile.polymorphic(&column) {
                    Some(reference) => {
                        let code = cell(row, &reference.type_column).unwrap_or_default();
                        schema.profile.codes(reference).get(code)
                    }
                    None => profile.references.get(&column).map(|reference| &reference.table),
                };
                let kept = row.entry(extra.clone()).or_default().clone();
                let Some(parent) = parent.filter(|_| kept.is_none() && rng.chance(40)) else { continue };
                let on_target = target.rows(parent).iter().filter_map(|row| row.get("sync_hash")?.clone());
                let absent: Vec<String> = on_target.filter(|hash| !travelling.contains(hash)).collect();
                let hash = match rng.below(4) {
                    0 => "-".to_owned(),
                    1 => any_hash(rng),
                    _ if absent.is_empty() => "-".to_owned(),
                    _ => rng.pick(&absent).clone(),
                };
                row.insert(column.clone(), None);
                row.insert(extra.clone(), Some(hash));
            }
        }
    }
}

/// Gives rows of the source that the target has, too, the target's date; many of them also its other values, so that a row may
/// differ in one column alone, or not at all.
pub(super) fn equal_dates(rng: &mut Rng, schema: &Schema, source: &mut Installation, target: &Installation) {
    for table in schema.tables().filter(|table| schema.has_hash(&table.name)) {
        for row in source.tables.entry(table.name.clone()).or_default() {
            let hash = cell(row, &table.hash);
            let Some(twin) = target.rows(&table.name).iter().find(|twin| cell(twin, &table.hash) == hash) else {
                continue;
            };
            if !rng.chance(60) {
                continue;
            }
            row.insert(table.date.column.clone(), twin[&table.date.column].clone());
            let often = *rng.pick(&[0, 90, 100]);
            for (column, value) in twin {
                let is_reference = schema.references(table).any(|other| other == column);
                let fixed = is_reference || table.in_key(column) || *column == *table.id || *column == table.created;
                if !fixed && column != "serial" && rng.chance(often) {
                    row.insert(column.clone(), value.clone());
                }
            }
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
