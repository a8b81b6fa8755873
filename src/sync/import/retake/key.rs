//! The text whose MD5 is a row's hash, with a gap for the hash of an unknown parent. `merge::hash` builds the same text in SQL.

use md5::{Digest, Md5};

use crate::model::completed::Completed;
use crate::model::hex::hex;
use crate::model::neutral::NeutralType;
use crate::model::profile::TableProfile;

use super::super::refers::text;

/// What is known about a referenced row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Its hash.
    Hash(String),
    /// It is the row to be found.
    Wanted,
    /// Nothing.
    Unknown,
}

/// The text before and after the 32 digits of the wanted hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) before: String,
    pub(super) after: String,
}

/// A piece of the text of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Text(String),
    Gap,
}

/// Computes the hash of a row from its fields and the hashes of the rows it refers to. Returns `None` if a row that its key
/// refers to is unknown.
pub(in crate::sync::import) fn hash(
    profile: &Completed,
    table: &TableProfile,
    types: &dyn Fn(&str) -> NeutralType,
    fields: &[(String, Option<String>)],
    parents: &[(String, String)],
) -> Option<String> {
    let mut sides = Vec::new();
    for column in &table.key {
        let value = text(fields, column);
        let parent = || parents.iter().find(|(name, _)| name == column).map(|(_, hash)| format!("32:{hash}"));
        let referred = || if value.is_none() { Some("-".to_owned()) } else { parent() };
        if let Some(pair) = table.polymorphic(column) {
            let code = text(fields, &pair.type_column).filter(|code| profile.codes(pair).contains_key(*code))?;
            sides.push((code.to_owned(), format!("{}:{code}", code.len()), referred()?));
        } else if table.references.contains_key(column) {
            sides.push((String::new(), String::new(), referred()?));
        } else {
            sides.push((String::new(), String::new(), framed(value, types(column))));
        }
    }
    if table.unordered {
        sides.sort();
    }
    let key: String = sides.into_iter().map(|(_, code, field)| code + &field).collect();
    Some(hex(&Md5::digest(key.as_bytes())))
}

/// Computes the digest of a row's key, as `merge::key` does in SQL, from its fields and the target's ids of the rows it refers to.
/// Returns `None` if a row that the key refers to is unknown.
pub(in crate::sync::import) fn digest(
    profile: &Completed,
    table: &TableProfile,
    types: &dyn Fn(&str) -> NeutralType,
    fields: &[(String, Option<String>)],
    parents: &[(String, String)],
) -> Option<String> {
    let mut sides = Vec::new();
    for column in &table.key {
        let pair = table.polymorphic(column);
        let code = pair.map(|pair| framed(text(fields, &pair.type_column), NeutralType::Text));
        let value = text(fields, column);
        let field = if pair.is_some() || profile.reference(table, column).is_some() {
            let existing = parents.iter().find(|(name, _)| name == column).map(|(_, id)| id.as_str());
            framed(if value.is_some() { Some(existing?) } else { None }, NeutralType::Integer)
        } else if table.fold.contains(column) {
            framed(value.map(str::to_lowercase).as_deref(), types(column))
        } else {
            framed(value, types(column))
        };
        sides.push(code.unwrap_or_default() + &field);
    }
    if table.unordered {
        sides.sort();
    }
    Some(hex(&Md5::digest(sides.concat().as_bytes())))
}

/// Returns the possible texts of a row's key, one for each place where the wanted hash may belong: an unordered pair has two.
/// Returns `None` if more than one hash is unknown.
pub(super) fn gaps(
    profile: &Completed,
    table: &TableProfile,
    types: &dyn Fn(&str) -> NeutralType,
    fields: &[(String, Option<String>)],
    parent: &dyn Fn(&str) -> Known,
) -> Vec<Gap> {
    let mut sides = Vec::new();
    for column in &table.key {
        let value = text(fields, column);
        let hash = || match parent(column) {
            Known::Hash(hash) => Some(vec![Piece::Text(format!("32:{hash}"))]),
            Known::Wanted => Some(vec![Piece::Text("32:".to_owned()), Piece::Gap]),
            Known::Unknown => None,
        };
        let (code, pieces) = if let Some(pair) = table.polymorphic(column) {
            let Some(code) = text(fields, &pair.type_column).filter(|code| profile.codes(pair).contains_key(*code))
            else {
                return Vec::new();
            };
            (code, if value.is_none() { Some(vec![Piece::Text("-".to_owned())]) } else { hash() })
        } else if table.references.contains_key(column) {
            ("", if value.is_none() { Some(vec![Piece::Text("-".to_owned())]) } else { hash() })
        } else {
            ("", Some(vec![Piece::Text(framed(value, types(column)))]))
        };
        let Some(mut pieces) = pieces else { return Vec::new() };
        if table.polymorphic(column).is_some() {
            pieces.insert(0, Piece::Text(format!("{}:{code}", code.len())));
        }
        sides.push((code.to_owned(), pieces));
    }
    let orders: Vec<Vec<(String, Vec<Piece>)>> = match <[_; 2]>::try_from(sides.clone()) {
        Ok([left, right]) if table.unordered => {
            // If both sides have the same code, the wanted hash decides the order.
            let (first, second) = if left.0 <= right.0 { (left, right) } else { (right, left) };
            let mirrored = first.0 == second.0;
            let mut orders = vec![vec![first.clone(), second.clone()]];
            orders.extend(mirrored.then(|| vec![second, first]));
            orders
        }
        _ => vec![sides],
    };
    orders.into_iter().filter_map(|sides| gap(sides.into_iter().flat_map(|(_, pieces)| pieces))).collect()
}

/// Returns the text on both sides of the only gap.
fn gap(pieces: impl Iterator<Item = Piece>) -> Option<Gap> {
    let mut gap = Gap { before: String::new(), after: String::new() };
    let mut found = false;
    for piece in pieces {
        match piece {
            Piece::Gap if found => return None,
            Piece::Gap => found = true,
            Piece::Text(text) if found => gap.after.push_str(&text),
            Piece::Text(text) => gap.before.push_str(&text),
        }
    }
    found.then_some(gap)
}

/// Returns `<length in bytes>:<text>`, or `-` for NULL. Times always have six digits of fraction.
fn framed(value: Option<&str>, neutral: NeutralType) -> String {
    let Some(value) = value else { return "-".to_owned() };
    let timed = matches!(neutral, NeutralType::Time | NeutralType::Timestamp) && !value.contains('.');
    let fraction = if timed { ".000000" } else { "" };
    format!("{}:{value}{fraction}", value.len() + fraction.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mini() -> Completed {
        let text = include_str!("../../../../sql/profiles/mini.toml");
        let profile = crate::model::profile::Profile::parse(text).expect("the shipped profile");
        Completed::without_catalogue(&profile)
    }

    fn computed_gaps(table: &str, fields: &[(&str, &str)], parents: &[(&str, Known)]) -> Vec<(String, String)> {
        let profile = mini();
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
        let parent = |column: &str| {
            parents.iter().find(|(name, _)| *name == column).map_or(Known::Unknown, |(_, parent)| parent.clone())
        };
        let types = |column: &str| if column == "moment" { NeutralType::Timestamp } else { NeutralType::Text };
        let found = gaps(&profile, profile.table(table).expect("a table"), &types, &fields, &parent);
        found.into_iter().map(|gap| (gap.before, gap.after)).collect()
    }

    fn pair(before: &str, after: &str) -> (String, String) {
        (before.to_owned(), after.to_owned())
    }

    #[test]
    fn a_gap_stands_where_the_hash_belongs() {
        let note = [("thing_id", "7"), ("moment", "2026-01-01 00:00:00")];
        let found = computed_gaps("thing_notes", &note, &[("thing_id", Known::Wanted)]);
        assert_eq!(found, [pair("32:", "26:2026-01-01 00:00:00.000000-")]);
        assert_eq!(computed_gaps("thing_notes", &note, &[]), []);
        let tag = [("label_id", "1"), ("object_id", "2"), ("object_type", "thing")];
        let known = ("label_id", Known::Hash("a".repeat(32)));
        let found = computed_gaps("labelled", &tag, &[known, ("object_id", Known::Wanted)]);
        assert_eq!(found, [pair(&format!("32:{}5:thing32:", "a".repeat(32)), "")]);
    }

    #[test]
    fn a_pair_is_tried_both_ways_where_only_the_hash_can_tell() {
        let hash = "b".repeat(32);
        let parents = [("src_object_id", Known::Wanted), ("dest_object_id", Known::Hash(hash.clone()))];
        let link =
            |src, dest| [("src_object_id", "1"), ("src_type", src), ("dest_object_id", "2"), ("dest_type", dest)];
        let found = computed_gaps("links", &link("thing", "thing"), &parents);
        let known = format!("5:thing32:{hash}");
        assert_eq!(found, [pair("5:thing32:", &known), pair(&format!("{known}5:thing32:"), "")]);
        assert_eq!(
            computed_gaps("links", &link("thing", "city"), &parents),
            [pair(&format!("4:city32:{hash}5:thing32:"), "")]
        );
        assert_eq!(computed_gaps("links", &link("thing", "other"), &parents), []);
    }
}
