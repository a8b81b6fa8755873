//! A table to be created.

use crate::model::neutral::NeutralType;
use crate::model::profile::{Match, TableProfile};

use super::description::Column;

/// Bytes that every engine can store in an index entry: a third of PostgreSQL's page, less than MariaDB's 3072.
const INDEX_BYTES: u32 = 2700;

/// A table to create.
pub(super) struct Table<'a> {
    pub(super) profile: &'a TableProfile,
    /// Its columns, except those that the profile defines for every table.
    pub(super) columns: Vec<Column>,
}

impl Table<'_> {
    /// Returns the described column with a name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(super) fn has_hash(&self) -> bool {
        self.profile.matched_by == Match::Hash
    }

    /// Returns the columns that the profile defines, with their types.
    pub(super) fn decided(&self) -> Vec<(&str, NeutralType)> {
        let profile = self.profile;
        let deleted = profile.deleted.as_ref().map(|deleted| &deleted.column);
        let dates = [Some(&profile.created), Some(&profile.date.column), deleted];
        let mut decided = vec![(profile.id.as_str(), NeutralType::Integer)];
        decided.extend(dates.into_iter().flatten().map(|name| (name.as_str(), NeutralType::Timestamp)));
        decided.extend(self.has_hash().then_some((profile.hash.as_str(), NeutralType::Text)));
        decided
    }

    /// Returns the natural key if it fits into an index and its order matters.
    pub(super) fn unique_key(&self) -> Option<Vec<&str>> {
        let key = key(self.profile);
        let bytes = |name: &&str| self.column(name).map_or(Some(40), |column| column.kind.index_bytes());
        let bytes = key.iter().map(bytes).sum::<Option<u32>>();
        (bytes.is_some_and(|bytes| bytes <= INDEX_BYTES) && !self.profile.unordered).then_some(key)
    }

    /// Returns the columns to index together: references, polymorphic pairs, and the date, unless a unique key begins with
    /// them.
    pub(super) fn indexes(&self) -> Vec<Vec<&str>> {
        let profile = self.profile;
        let references = self.columns.iter().filter(|column| profile.references.contains_key(&column.name));
        let pairs = profile.polymorphic.iter().map(|pair| vec![pair.type_column.as_str(), pair.id.as_str()]);
        let date = vec![profile.date.as_str()];
        let all = references.map(|column| vec![column.name.as_str()]).chain(pairs).chain([date]);
        let key = self.unique_key().unwrap_or_default();
        all.filter(|columns| !key.starts_with(columns)).collect()
    }
}

/// Returns the columns of a natural key, including type columns.
pub(super) fn key(table: &TableProfile) -> Vec<&str> {
    let type_of = |column: &String| table.polymorphic(column).map(|reference| reference.type_column.as_str());
    table.key.iter().flat_map(|column| type_of(column).into_iter().chain([column.as_str()])).collect()
}
