//! `sync_hash` from its definition.

use gapsync::model::neutral::NeutralType;
use gapsync::model::profile::{Polymorphic, TableProfile};
use md5::{Digest, Md5};

use super::schema::Schema;
use super::{Installation, Row, cell};

/// The hash of a row among the rows of `all`; `None` when a row that its key refers to is missing.
pub(crate) fn sync_hash(schema: &Schema, all: &Installation, table: &TableProfile, row: &Row) -> Option<String> {
    Some(md5_hex(&key_text(schema, all, table, row)?))
}

/// The text that the hash is computed of: for each field of the natural key its length in bytes, a colon and the text, or a
/// hyphen for NULL.
pub(crate) fn key_text(schema: &Schema, all: &Installation, table: &TableProfile, row: &Row) -> Option<String> {
    if table.unordered {
        let mut sides = Vec::new();
        for column in &table.key {
            let reference = table.polymorphic(column).unwrap();
            sides.push((cell(row, &reference.type_column), parent_hash(schema, all, table, row, column)?));
        }
        sides.sort_by(|left, right| (left.0, left.1.as_deref()).cmp(&(right.0, right.1.as_deref())));
        return Some(sides.iter().map(|(code, hash)| field(*code) + &field(hash.as_deref())).collect());
    }
    let mut text = String::new();
    for column in &table.key {
        if let Some(Polymorphic { type_column, .. }) = table.polymorphic(column) {
            text += &field(cell(row, type_column));
            text += &field(parent_hash(schema, all, table, row, column)?.as_deref());
        } else if table.references.contains_key(column) {
            text += &field(parent_hash(schema, all, table, row, column)?.as_deref());
        } else {
            let neutral = schema.column(&table.name, column).map_or(NeutralType::Text, |column| column.neutral);
            text += &field(cell(row, column).map(|value| hashed_form(value, neutral)).as_deref());
        }
    }
    Some(text)
}

/// The hash of the row that a key column refers to: `Some(None)` when the column is NULL, `None` when there is no such row.
fn parent_hash(
    schema: &Schema,
    all: &Installation,
    table: &TableProfile,
    row: &Row,
    column: &str,
) -> Option<Option<String>> {
    let Some((parent, id)) = schema.target(table, row, column) else { return Some(None) };
    let parent = schema.profile.table(parent?)?;
    let parent_row = all.find(&parent.name, id)?;
    Some(Some(sync_hash(schema, all, parent, parent_row)?))
}

fn field(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| format!("{}:{text}", text.len()))
}

/// Times always have six digits of fraction.
fn hashed_form(value: &str, neutral: NeutralType) -> String {
    match neutral {
        NeutralType::Timestamp | NeutralType::Time if !value.contains('.') => format!("{value}.000000"),
        _ => value.to_owned(),
    }
}

pub(crate) fn md5_hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
