//! Checks a profile and a description before they become SQL.

use crate::db::dialect::Dialect;
use crate::error::{Error, Result, escape};
use crate::model::change::DeletionKind;
use crate::model::profile::OnExisting;
use crate::model::profile::{Profile, TableProfile};

use super::description::{Column, Kind};
use super::table::Table;

/// Refuses names and codes that the engines' shells read differently or that contain invisible characters.
///
/// # Errors
/// `Schema`.
pub(super) fn profile(dialect: Dialect, profile: &Profile) -> Result<()> {
    plain(&profile.name)?;
    for table in &profile.tables {
        let id = Some(&table.id.column).filter(|_| !table.id.is_key());
        let common = [&table.name, &table.date.column, &table.created, &table.hash];
        let mut names = common
            .into_iter()
            .chain(id)
            .chain(table.deleted.as_ref().map(|deleted| &deleted.column))
            .chain(columns(table));
        let mut codes = table.polymorphic.iter().flat_map(|pair| profile.codes(pair).keys());
        let checked =
            names.try_for_each(|text| name(dialect, text)).and_then(|()| codes.try_for_each(|text| plain(text)));
        checked.map_err(|error| error.at_table(&table.name))?;
    }
    Ok(())
}

/// Refuses dates and soft-delete columns of kinds for which no schema can be written.
///
/// # Errors
/// `Schema`.
pub(super) fn usual_kinds(profile: &Profile) -> Result<()> {
    let unusual = |table: &&TableProfile| {
        table.date.kind.is_number()
            || !table.id.is_number()
            || table.deleted.as_ref().is_some_and(|deleted| deleted.kind == DeletionKind::Flag)
    };
    profile.tables.iter().find(unusual).map_or(Ok(()), |table| {
        Err(Error::schema(
            "a schema is written only for ids of the kind `number`, dates of the kind `datetime` and deletions of the kind \
             `date`",
        )
            .at_table(&table.name)
            .hint(
                "Create this profile's tables with SQL of your own. `gapsync schema --existing` prints what they lack.",
            ))
    })
}

/// Refuses a name that the engine would truncate.
fn name(dialect: Dialect, text: &str) -> Result<()> {
    let (length, unit) = match dialect {
        Dialect::Sqlite => return plain(text),
        Dialect::Postgres => (text.len(), "bytes"),
        Dialect::Mariadb => (text.chars().count(), "characters"),
    };
    let longest = dialect.max_ident_len();
    if length > longest {
        return Err(Error::schema(format!("`{}` is too long for a name", escape::line(text)))
            .hint(format!("Names have up to {longest} {unit} on this engine.")));
    }
    plain(text)
}

/// Refuses a text that would end a literal, a function or a statement early in an engine's shell.
fn plain(text: &str) -> Result<()> {
    let seen = escape::line(text);
    if !text.is_empty() && seen == text && !["$$", "//", "\\"].iter().any(|mark| text.contains(mark)) {
        return Ok(());
    }
    Err(Error::schema(format!("`{seen}` cannot be written into a schema"))
        .hint("Names and codes must not be empty, nor contain `$$`, `//`, a backslash or invisible characters."))
}

/// Returns the columns of a table that its profile names, except those that every table has.
fn columns(table: &TableProfile) -> impl Iterator<Item = &String> {
    let kept = match &table.on_existing {
        OnExisting::Columns(columns) => Some(columns.keys()),
        OnExisting::Table(_) => None,
    };
    let pairs = table.polymorphic.iter().flat_map(|pair| [&pair.type_column, &pair.id]);
    let files =
        table.files.iter().flat_map(|files| files.digest.iter().chain(&files.type_column).chain(files.when.keys()));
    let paths = table.files.iter().filter(|files| !files.is_template()).map(|files| &files.path);
    let owner = table.owner.iter().map(|owner| &owner.column);
    let rest = table.descriptions.iter().chain(table.references.keys()).chain(table.exclude.keys());
    table.key.iter().chain(rest).chain(kept.into_iter().flatten()).chain(pairs).chain(files).chain(paths).chain(owner)
}

/// Checks the columns of a table against the profile.
///
/// # Errors
/// `Schema`, with the line if the fault is in the description.
pub(super) fn table(dialect: Dialect, table: &Table<'_>, all: &[Table<'_>]) -> Result<()> {
    let at = |error: Error, column: &Column| {
        error.at_table(&table.profile.name).at_column(&column.name).at_line(column.line)
    };
    for (index, column) in table.columns.iter().enumerate() {
        name(dialect, &column.name).map_err(|error| at(error, column))?;
        if let Some(default) = &column.default {
            plain(default).map_err(|error| at(error, column))?;
        }
        // Two of the engines ignore case in the names of columns.
        let same = |other: &str| other.to_lowercase() == column.name.to_lowercase();
        if table.columns.iter().take(index).any(|other| same(&other.name)) {
            return Err(at(Error::schema("the column is described twice").hint("Remove one of the lines."), column));
        }
        if table.decided().iter().any(|(name, _)| same(name)) {
            let error = Error::schema("the profile decides on this column")
                .hint("Remove its line: the columns for ids, dates and hashes are created automatically.");
            return Err(at(error, column));
        }
        reference(table.profile, column).map_err(|error| at(error, column))?;
    }
    let exists = |table: &Table<'_>, name: &str| {
        table.column(name).is_some() || table.decided().iter().any(|(decided, _)| *decided == name)
    };
    let missing = |table: &Table<'_>, name: &str| {
        Error::schema("the profile names a column that is not described")
            .at_table(&table.profile.name)
            .at_column(name)
            .hint("Add its line to the description, or correct the profile.")
    };
    if let Some(name) = columns(table.profile).find(|name| !exists(table, name)) {
        return Err(missing(table, name));
    }
    if let Some(owner) = &table.profile.owner
        && let Some(users) = all.iter().find(|other| other.profile.name == owner.table && !exists(other, &owner.role))
    {
        return Err(missing(users, &owner.role));
    }
    Ok(())
}

/// Checks that a column that refers to a row has the type of ids, and vice versa.
fn reference(table: &TableProfile, column: &Column) -> Result<()> {
    let pair = table.polymorphic(&column.name);
    let refers = table.references.contains_key(&column.name) || pair.is_some();
    if refers && column.kind != Kind::Id {
        return Err(
            Error::schema("a column that refers to a row must have the type of ids").hint("Give it the type id.")
        );
    }
    if !refers && column.kind == Kind::Id {
        return Err(Error::schema("the profile does not say which table the id belongs to")
            .hint("Add the column to `references` or `polymorphic` of the table, or give it the type integer."));
    }
    let is_type = table.polymorphic.iter().any(|pair| pair.type_column == column.name);
    if is_type && column.kind.index_bytes().is_none() {
        return Err(Error::schema("a column with type codes is indexed, but this type cannot be")
            .hint("Give it a type of limited length, such as varchar(50)."));
    }
    Ok(())
}
