//! Fits one table of a bundle to its base table: which columns are carried, and how the rows are merged.

use std::collections::BTreeSet;

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::manifest::{REFERENCE_HASH, TableHeader};
use crate::model::neutral::NeutralType;
use crate::model::profile::{Match, Polymorphic, TableProfile};
use crate::model::reference::Missing;
use crate::model::schema::{Characters, Column, Limits, Table, TextLimits};
use crate::sync::dated::not_deleted;
use crate::sync::merge::hash::{Key, not_joined};
use crate::sync::merge::{BaseRows, Lookup, Matching, MergeTable, Parent, Pivot, To, pivot_alias};

use super::by::{by, by_id};
use super::counters::counted_by;
use super::guarding::{guarding, require_followed};
use super::lookup::{is_nullable, lookup, no_primary_key};
use super::names::{sync_table_name, sync_table_names};
use super::refers::references;
use super::sets::set_of;
use super::skips::skips;
use super::target::{Field, Fitting, Taken, TargetTable};

/// A table of the bundle, its rules, and the base table of the target.
pub(super) struct Joined<'a> {
    pub(super) fitting: &'a Fitting<'a>,
    /// All tables that the target has.
    pub(super) taken: &'a Taken<'a>,
    /// Index in the bundle's header.
    pub(super) index: usize,
    pub(super) header: &'a TableHeader,
    pub(super) profile: &'a TableProfile,
    pub(super) base: &'a Table,
    /// References that are filled in once all rows of a cycle exist.
    pub(super) deferred: BTreeSet<String>,
}

/// The columns of the bundle that are carried.
struct Carried {
    /// The columns to load, the id first.
    fields: Vec<Field>,
    /// Hashes of rows that did not travel: reference column → raw column.
    hashes: Vec<(String, String)>,
    /// Each `table.column` that the target lacks or that must not travel.
    ignored: Vec<String>,
}

impl Joined<'_> {
    /// Fits the table, and adds the columns that are skipped to `ignored_columns`.
    ///
    /// # Errors
    /// `Schema`, if a key column is missing on either side, or a column that must have a value does not travel.
    pub(super) fn fit(&self, ignored_columns: &mut Vec<String>) -> Result<TargetTable> {
        let profile = self.profile;
        let arrival = self.hash_arrives();
        self.check_key()?;
        let Carried { fields, hashes, mut ignored } = self.carried(arrival)?;
        ignored_columns.append(&mut ignored);
        let is_hash = |field: &Field| self.by_hash() && field.column.name == profile.hash;
        let hash = fields.iter().position(is_hash).filter(|_| !arrival);
        let constants = self.constants();
        self.check_filled(&fields, &constants, arrival)?;
        let merge = self.merge(&fields, &hashes, constants, arrival)?;
        Ok(TargetTable {
            profile: profile.clone(),
            header: self.index,
            fields,
            hash,
            arrival_hash: if arrival { self.base.column(&profile.hash).cloned() } else { None },
            longest_row: self.base.longest_row.unwrap_or(u64::MAX),
            owner: self.owner(),
            refers: references(self.fitting.profile, profile, self.base),
            merge,
        })
    }

    fn dialect(&self) -> Dialect {
        self.fitting.dialect
    }

    fn by_hash(&self) -> bool {
        self.profile.matched_by == Match::Hash
    }

    /// Returns whether the hash is computed on arrival instead of being taken from the bundle.
    fn hash_arrives(&self) -> bool {
        let in_bundle = self.header.columns.iter().any(|column| column.name == self.profile.hash);
        self.by_hash() && (self.fitting.arrival || !in_bundle)
    }

    fn check_key(&self) -> Result<()> {
        if self.by_hash() && self.base.column(&self.profile.hash).is_none() {
            return Err(Error::schema("the target's table has no hash column").at_column(&self.profile.hash).hint(
                "Create the schema with `gapsync init`, or set `match = \"key\"` for this table in the profile.",
            ));
        }
        if !self.profile.id.is_key() && self.base.column(&self.profile.id).is_none() {
            return Err(Error::schema("the target's table has no id column").at_column(&self.profile.id.column));
        }
        for column in key_columns(self.profile) {
            if !self.header.columns.iter().any(|announced| announced.name == column) {
                return Err(Error::schema("the bundle's table lacks a column of the natural key").at_column(column));
            }
            if self.base.column(&column).is_none() {
                return Err(Error::schema("the target's table lacks a column of the natural key").at_column(column));
            }
        }
        Ok(())
    }

    fn carried(&self, arrival: bool) -> Result<Carried> {
        let mut fields = Vec::new();
        let mut hashes = Vec::new();
        let mut ignored = Vec::new();
        for (source, column) in self.header.columns.iter().enumerate() {
            let found = self.base.column(&column.name).filter(|found| !found.generated);
            match found.filter(|found| self.profile.lets_travel(&found.name)) {
                Some(_) if arrival && !self.fitting.from_rejects && column.name == self.profile.hash => {}
                Some(found) => fields.push(Field {
                    source,
                    neutral: column.neutral,
                    name: column.name.clone(),
                    none: self.profile.none(&column.name).map(|none| none.to_string()),
                    column: Column { nullable: is_nullable(self.profile, self.base, &column.name), ..found.clone() },
                }),
                None => match self.hash_of_reference(&column.name) {
                    Some(reference) => {
                        let raw = format!("gs_h{source}");
                        hashes.push((reference.to_owned(), raw.clone()));
                        fields.push(Field {
                            source,
                            neutral: NeutralType::Text,
                            name: column.name.clone(),
                            none: None,
                            column: self.hash_column(raw),
                        });
                    }
                    None => ignored.push(format!("{}.{}", self.header.name, column.name)),
                },
            }
        }
        // The first field must have a value. In a table without ids, every column of the key must have one.
        let first = if self.profile.id.is_key() { &self.profile.key[0] } else { &self.profile.id.column };
        let id = fields
            .iter()
            .position(|field| field.column.name == *first)
            .ok_or_else(|| Error::schema("the bundle's table has no id column").at_column(first))?;
        fields.swap(0, id);
        fields[1..].sort_by_key(|field| field.source);
        Ok(Carried { fields, hashes, ignored })
    }

    /// Returns the carried reference column for whose row this column of the bundle holds the hash.
    fn hash_of_reference<'c>(&self, column: &'c str) -> Option<&'c str> {
        let reference = column.strip_suffix(REFERENCE_HASH)?;
        let refers = self.profile.polymorphic(reference).is_some()
            || self.fitting.profile.reference(self.profile, reference).is_some();
        (refers && self.base.column(reference).is_some() && self.profile.lets_travel(reference)).then_some(reference)
    }

    /// Returns a raw column for the hashes of rows that did not travel.
    fn hash_column(&self, name: String) -> Column {
        let native = match self.dialect() {
            Dialect::Sqlite => "TEXT",
            Dialect::Postgres => "varchar(32) COLLATE \"C\"",
            Dialect::Mariadb => "varchar(32) CHARACTER SET ascii COLLATE ascii_bin",
        };
        let text = TextLimits { no_nul: true, characters: Characters::Ascii, ..TextLimits::default() };
        Column {
            name,
            neutral: NeutralType::Text,
            native: native.to_owned(),
            nullable: true,
            has_default: false,
            generated: false,
            limits: Limits { max_chars: Some(32), text, ..Limits::default() },
        }
    }

    /// Returns the columns that get a constant value in new rows because they do not travel.
    fn constants(&self) -> Vec<(String, String)> {
        let excluded = self.profile.exclude.iter().filter(|(_, value)| !value.is_empty());
        let excluded = excluded.map(|(name, value)| (name.clone(), self.dialect().literal(value)));
        let there = excluded.filter(|(name, _)| self.base.column(name).is_some());
        there.chain(self.set()).collect()
    }

    /// Returns the columns that an import fills itself, with their values.
    fn set(&self) -> Vec<(String, String)> {
        let there = self.profile.set.iter().filter(|(name, _)| self.base.column(name).is_some());
        there.map(|(name, value)| (name.clone(), self.dialect().literal(&value.text()))).collect()
    }

    /// Fails if new rows would lack a required value.
    fn check_filled(&self, fields: &[Field], constants: &[(String, String)], arrival: bool) -> Result<()> {
        for column in &self.base.columns {
            let filled = fields.iter().any(|field| field.column.name == column.name)
                || constants.iter().any(|(name, _)| *name == column.name)
                || self.profile.owner.as_ref().is_some_and(|owner| owner.column == column.name)
                || (arrival && column.name == self.profile.hash);
            if !filled && !column.nullable && !column.has_default && !column.generated {
                return Err(Error::schema("the target requires a value that the bundle does not carry")
                    .at_column(&column.name)
                    .hint("Give the column a default on the target, or export with a profile that carries it."));
            }
        }
        Ok(())
    }

    fn merge(
        &self,
        fields: &[Field],
        hashes: &[(String, String)],
        constants: Vec<(String, String)>,
        arrival: bool,
    ) -> Result<MergeTable> {
        let (profile, base) = (self.profile, self.base);
        let is_reference_hash = |name: &str| hashes.iter().any(|(_, raw)| raw == name);
        let carried = self.besides_id(fields).iter().map(|field| &field.column);
        let carried = carried.filter(|column| !is_reference_hash(&column.name));
        let mut columns: Vec<String> = carried.clone().map(|column| column.name.clone()).collect();
        let neutral = carried.map(|column| (column.name.clone(), column.neutral)).collect();
        let in_bundle = columns.contains(&profile.hash);
        if arrival && !in_bundle {
            columns.push(profile.hash.clone());
        }
        let carries = |name: &str| columns.iter().any(|column| column == name).then(|| name.to_owned());
        let (raw, sync) = sync_table_names(self.dialect(), &base.name, self.fitting.pid);
        let is_fixed = |column: &&String| {
            profile.in_key(column)
                || profile.on_existing.keeps_column(column)
                || (self.by_hash() && **column == profile.hash)
        };
        let pivots = self.pivots(fields, hashes)?;
        let guard = guarding(self.fitting, profile)?;
        require_followed(guard.as_ref(), &pivots)?;
        Ok(MergeTable {
            base: base.name.clone(),
            raw,
            sync,
            id: if profile.id.is_key() { "gs_row".to_owned() } else { profile.id.column.clone() },
            id_kind: profile.id.kind,
            // A hash that is computed on arrival is not among the fields: it is added when the row is resolved.
            natives: fields.iter().map(|field| (field.column.name.clone(), field.column.native.clone())).collect(),
            fixed: columns.iter().filter(is_fixed).cloned().collect(),
            keeps_existing: profile.on_existing.keeps_rows(),
            neutral,
            descriptions: profile.descriptions.iter().filter_map(|name| carries(name)).collect(),
            places: profile.files.iter().filter_map(|files| carries(&files.path)).collect(),
            date: carries(&profile.date).filter(|_| profile.owned_by.is_none()),
            date_kind: profile.date.kind,
            date_nullable: base.column(&profile.date).is_none_or(|column| column.nullable),
            // A time of creation in numbers is a column like any other.
            created: carries(&profile.created).filter(|name| profile.owned_by.is_none() && self.is_date(name)),
            stamped: base.stamped.clone(),
            matching: self.matching(&pivots, in_bundle, arrival)?,
            skips: skips(self.fitting, self.profile, &columns)?,
            set: set_of(self.fitting, self.header, profile, &pivots)?,
            pivots,
            guard,
            counted: counted_by(self.fitting, profile),
            suffixed: profile.unique_suffix.as_deref().and_then(carries),
            constants,
            assigned: self.set().into_iter().filter(|(name, _)| !profile.on_existing.keeps_column(name)).collect(),
            unique_keys: unique_keys(profile, base, &columns),
            sequence: base
                .id_sequence
                .as_ref()
                .filter(|_| profile.id.is_number())
                .map(|sequence| self.dialect().literal(sequence)),
            columns,
        })
    }

    fn is_date(&self, name: &str) -> bool {
        let number = |column: &Column| matches!(column.neutral, NeutralType::Integer | NeutralType::Bool);
        !self.base.column(name).is_some_and(number)
    }

    /// Returns how rows find their base rows. `in_bundle`: the bundle's own hash is loaded; `arrival`: the hash is computed
    /// anyway.
    fn matching(&self, pivots: &[Pivot], in_bundle: bool, arrival: bool) -> Result<Matching> {
        if !self.by_hash() {
            let columns = key_columns(self.profile);
            let may_be_null = |name: &&String| is_nullable(self.profile, self.base, name);
            let nullable = columns.iter().filter(may_be_null).cloned().collect();
            let lookup = lookup(self.dialect(), self.profile, self.base, &columns);
            if self.profile.id.is_key() && lookup == Lookup::Digest {
                return Err(no_primary_key());
            }
            let (unordered, fold) = (self.profile.unordered, self.profile.fold.clone());
            return Ok(Matching::Key { columns, nullable, unordered, fold, lookup });
        }
        let column = self.profile.hash.clone();
        if !arrival {
            let joined = |column: &str| self.joined_hash(pivots, column);
            return Ok(Matching::Hash { column, arrival: None, verified: Some(self.computed_hash(&joined)?) });
        }
        let computed = self.computed_hash(&not_joined)?;
        if !in_bundle {
            return Ok(Matching::Hash { column, arrival: Some(computed), verified: None });
        }
        let carried = format!("s.{}", self.dialect().ident(&column));
        let carried = match self.dialect() {
            // MariaDB does not combine a computed text with a column of a smaller character set.
            Dialect::Mariadb => format!("CONVERT({carried} USING utf8mb4)"),
            Dialect::Sqlite | Dialect::Postgres => carried,
        };
        Ok(Matching::Hash { column, arrival: Some(format!("COALESCE({computed}, {carried})")), verified: None })
    }

    /// Returns the SQL for the hash of a raw row `s`, built from its own columns and the hashes of resolved rows.
    fn computed_hash(&self, joined: &dyn Fn(&str) -> Option<String>) -> Result<String> {
        let types = |column: &str| {
            let announced = self.header.columns.iter().find(|announced| announced.name == column);
            let stored = self.base.column(column).map(|column| column.neutral);
            stored.or(announced.map(|column| column.neutral)).unwrap_or(NeutralType::Text)
        };
        let parent = |name: &str| self.hashed_parent(name, 0);
        let (dialect, profile) = (self.dialect(), self.fitting.profile);
        Key { dialect, profile, columns: &types, row: "s", parent: &parent, joined }.hash(self.profile)
    }

    /// Returns the SQL for the hash of a referenced row, read from the join that maps its id, or `None` if there is no such
    /// join or the table has no hashes.
    fn joined_hash(&self, pivots: &[Pivot], column: &str) -> Option<String> {
        let name = self.fitting.profile.reference(self.profile, column)?;
        let (_, parent, _) = self.taken.get(name).filter(|(_, parent, _)| parent.matched_by == Match::Hash)?;
        let number = pivots.iter().position(|pivot| pivot.column() == column && pivot.is_joined())?;
        Some(format!("{}.{}", pivot_alias(number), self.dialect().ident(&parent.hash)))
    }

    /// Returns the source in which the hash of a resolved parent is looked up: its sync table or, for a table that is matched
    /// by key and has no hash column, a query that computes the hash.
    fn hashed_parent(&self, name: &str, depth: usize) -> Option<String> {
        let (_, profile, base) = self.taken.get(name).filter(|_| self.fitting.is_present(name))?;
        let sync = self.dialect().ident(&sync_table_name(self.dialect(), name, self.fitting.pid));
        // A key that refers back to its own table was refused when the order was computed.
        if profile.matched_by == Match::Hash || depth >= self.fitting.profile.tables.len() {
            return Some(sync);
        }
        let types = |column: &str| base.column(column).map_or(NeutralType::Text, |column| column.neutral);
        let parent = |name: &str| self.hashed_parent(name, depth + 1);
        let alias = format!("gs_k{depth}");
        let (dialect, all) = (self.dialect(), self.fitting.profile);
        let key = Key { dialect, profile: all, columns: &types, row: &alias, parent: &parent, joined: &not_joined };
        let hash = key.hash(profile).ok()?;
        let (id, column) = (self.dialect().ident(&profile.id), self.dialect().ident(&profile.hash));
        Some(format!("(SELECT {alias}.{id}, {hash} AS {column} FROM {sync} AS {alias})"))
    }

    fn pivots(&self, fields: &[Field], hashes: &[(String, String)]) -> Result<Vec<Pivot>> {
        let mut pivots = Vec::new();
        for field in self.besides_id(fields) {
            let column = &field.column.name;
            let mut global = None;
            let to = if let Some(reference) = self.profile.polymorphic(column) {
                To::ByCode {
                    type_column: reference.type_column.clone(),
                    parents: self.for_existing(reference, |name| self.parent(name)),
                    bases: self
                        .for_existing(reference, |name| self.base_rows(name))
                        .into_iter()
                        .filter_map(|(code, base)| Some((code, base?)))
                        .collect(),
                }
            } else if let Some(name) = self.fitting.profile.reference(self.profile, column) {
                global = self.fitting.profile.table(name).filter(|parent| parent.id.is_global());
                To::Table { parent: self.parent(name), base: self.base_rows(name) }
            } else {
                continue;
            };
            pivots.push(Pivot {
                column: column.clone(),
                to,
                hash: hashes.iter().find(|(reference, _)| reference == column).map(|(_, raw)| raw.clone()),
                by: match global {
                    Some(parent) => Some(by_id(self.fitting, &field.column, parent)?),
                    None => by(self.fitting, self.profile, column, fields)?,
                },
                global: global.is_some(),
                none: self.profile.none(column),
                required: self.profile.needs(column, field.column.nullable),
                skips: self.profile.missing(column) == Some(Missing::Skip),
                deferred: self.deferred.contains(column),
            });
        }
        Ok(pivots)
    }

    /// Maps the codes of a polymorphic reference, for the tables that the target has, to what `of` returns for the table.
    fn for_existing<T>(&self, reference: &Polymorphic, of: impl Fn(&str) -> T) -> Vec<(String, T)> {
        let codes = self.fitting.profile.codes(reference).iter();
        let there = codes.filter(|(_, name)| self.fitting.base(name).is_some());
        there.map(|(code, name)| (code.clone(), of(name))).collect()
    }

    /// Returns the fields without that of the id, if the table has one.
    fn besides_id<'f>(&self, fields: &'f [Field]) -> &'f [Field] {
        if self.profile.id.is_key() { fields } else { &fields[1..] }
    }

    /// Returns the resolved table of a parent, or `None` if the bundle has no rows of it.
    fn parent(&self, name: &str) -> Option<Parent> {
        let (_, profile, _) = self.taken.get(name).filter(|_| self.fitting.is_present(name))?;
        let table = sync_table_name(self.dialect(), name, self.fitting.pid);
        Some(Parent { table, id: profile.id.column.clone() })
    }

    /// Returns the base table of a parent that is matched by its hash.
    fn base_rows(&self, name: &str) -> Option<BaseRows> {
        let profile = self.fitting.profile.table(name).filter(|table| table.matched_by == Match::Hash)?;
        let base = self.fitting.base(name)?;
        base.column(&profile.hash)?;
        Some(BaseRows { table: base.name.clone(), id: profile.id.column.clone(), hash: profile.hash.clone() })
    }

    /// Returns the owner column for new rows and the query for the owner: the newest active administrator, by the highest id on
    /// a tie.
    fn owner(&self) -> Option<(String, String)> {
        let owner = self.profile.owner.as_ref()?;
        let users = self.fitting.profile.table(&owner.table)?;
        let column = |name: &str| self.dialect().ident(name);
        let chosen = owner.option.as_ref().and_then(|option| self.fitting.profile.chosen.get(option));
        let roles: Vec<String> = owner.roles.iter().chain(chosen).map(|role| self.dialect().literal(role)).collect();
        let found = |name: &str| self.fitting.base(&users.name).and_then(|base| base.column(name));
        let deleted = users.deleted.as_ref().and_then(|deleted| Some((deleted, found(deleted)?)));
        let active = deleted.map_or_else(String::new, |(deleted, found)| {
            format!(" AND {}", not_deleted(self.dialect(), deleted, found, None))
        });
        let id = column(&users.id);
        let created = found(&users.created).map(|_| column(&users.created));
        let newest = created.map_or_else(String::new, |created| format!("({created} IS NULL), {created} DESC, "));
        let statement = format!(
            "SELECT {id} FROM {} WHERE {} IN ({}){active} ORDER BY {newest}{id} DESC LIMIT 1",
            column(&users.name),
            column(&owner.role),
            roles.join(", "),
        );
        Some((owner.column.clone(), statement))
    }
}

/// Returns the columns of the key, including the type columns of its polymorphic fields.
fn key_columns(profile: &TableProfile) -> Vec<String> {
    let mut columns = Vec::new();
    for field in &profile.key {
        columns.extend(profile.polymorphic(field).map(|reference| reference.type_column.clone()));
        columns.push(field.clone());
    }
    columns
}

/// Returns the unique keys in which two different rows can clash. The natural key, and any key that contains it, cannot.
fn unique_keys(profile: &TableProfile, table: &Table, carried: &[String]) -> Vec<(Vec<String>, bool)> {
    let natural = key_columns(profile);
    table
        .unique_keys
        .iter()
        .filter(|key| !natural.iter().all(|column| key.columns.contains(column)))
        .filter(|key| key.columns.iter().all(|column| carried.contains(column) && *column != profile.hash))
        .map(|key| (key.columns.clone(), key.nulls_equal))
        .collect()
}
