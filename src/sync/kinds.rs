//! Refuses columns whose values are not what the profile takes them for, before anything is read by a wrong rule.

use crate::db::dialect::Dialect;
use crate::error::{Error, Result};
use crate::model::change::{DateKind, DeletionKind};
use crate::model::id::IdKind;
use crate::model::neutral::NeutralType;
use crate::model::profile::{Polymorphic, Profile, TableProfile};
use crate::model::schema::{Column, ForeignKey, Table};

/// Refuses ids that are no whole numbers, and dates and soft-delete columns that are not of their kind.
///
/// # Errors
/// `Schema` with the table, the column and the words that correct the profile.
pub(super) fn require_kinds(dialect: Dialect, profile: &Profile, catalogue: &[Table]) -> Result<()> {
    for table in &profile.tables {
        let Some(base) = catalogue.iter().find(|base| base.name == table.name) else { continue };
        faults(dialect, profile, (table, base), catalogue).into_iter().try_for_each(Err)?;
    }
    Ok(())
}

/// Returns everything that is wrong with these columns of a table.
pub(super) fn faults(
    dialect: Dialect,
    profile: &Profile,
    (table, base): (&TableProfile, &Table),
    catalogue: &[Table],
) -> Vec<Error> {
    let mut checked =
        vec![id(table, base), date(dialect, table, base), deleted(dialect, table, base), window(dialect, table, base)];
    checked.extend(base.foreign_keys.iter().map(|key| to_no_id(profile, table, key)));
    checked.extend(table.references.iter().map(|(column, to)| same_type(profile, (base, column), to, catalogue)));
    checked.extend(table.polymorphic.iter().map(|reference| code(profile, reference, base)));
    checked.into_iter().filter_map(Result::err).map(|error| error.at_table(&table.name)).collect()
}

fn id(table: &TableProfile, base: &Table) -> Result<()> {
    if table.id.is_key() {
        return unique_key(table, base);
    }
    let Some(column) = base.column(&table.id) else { return Ok(()) };
    let name = &column.name;
    if !table.id.kind.fits(column.neutral) {
        let what = match table.id.kind {
            IdKind::Global => "the ids of the table are neither whole numbers, nor texts, UUIDs or bytes",
            IdKind::Number | IdKind::Key => "the ids of the table are not whole numbers",
        };
        return Err(Error::schema(what).at_column(name).hint(format!(
            "Write `id = {{ column = \"{name}\", kind = \"global\" }}` in the profile if an id means the same row on every \
             installation, so that it can be kept. Otherwise name a column with whole numbers, or leave the table out."
        )));
    }
    if table.id.is_global() && base.primary_key != [name.as_str()] {
        return Err(Error::schema("ids that are kept must be the primary key of the table")
            .at_column(name)
            .hint("Name the primary key with `id`, and what is the same on every installation with `key`."));
    }
    Ok(())
}

/// Refuses a table without ids whose key is neither its primary key nor another unique key.
fn unique_key(table: &TableProfile, base: &Table) -> Result<()> {
    let is_key = |columns: &Vec<String>| {
        let all = base.columns.iter().filter(|column| table.in_key(&column.name));
        !columns.is_empty()
            && all.clone().count() == columns.len()
            && all.clone().all(|column| columns.contains(&column.name))
    };
    if is_key(&base.primary_key) || base.unique_keys.iter().any(|key| is_key(&key.columns)) {
        return Ok(());
    }
    Err(Error::schema("the key of a table without ids is not its primary key")
        .hint("Name all columns of the primary key, or of another unique key, with `key`, or name the column with the id with `id`."))
}

/// Refuses a foreign key to a table without ids: nothing would lead to the same row on the target.
fn to_no_id(profile: &Profile, table: &TableProfile, key: &ForeignKey) -> Result<()> {
    let without = profile.table(&key.table).is_some_and(|parent| parent.id.is_key());
    if !without || !table.lets_travel(&key.column) || table.references.contains_key(&key.column) {
        return Ok(());
    }
    Err(Error::schema(format!("the column refers to `{}`, whose rows have no id in the profile", key.table))
        .at_column(&key.column)
        .hint("Leave the column at home with `exclude`, or leave the table out of the profile."))
}

/// Refuses a reference to ids that are kept if the column is of another type.
fn same_type(profile: &Profile, (base, column): (&Table, &String), to: &str, catalogue: &[Table]) -> Result<()> {
    let parent = profile.table(to).filter(|parent| parent.id.is_global());
    let id = parent.and_then(|parent| catalogue.iter().find(|table| table.name == to)?.column(&parent.id));
    match (base.column(column), id) {
        (Some(reference), Some(id)) if reference.neutral != id.neutral => {
            Err(Error::schema(format!("the column has another type than the ids of `{to}`"))
                .at_column(column)
                .hint("Remove the reference from the profile, or give both columns the same type."))
        }
        _ => Ok(()),
    }
}

/// Refuses codes that a column of numbers cannot hold: an engine would take a word for 0.
fn code(profile: &Profile, reference: &Polymorphic, base: &Table) -> Result<()> {
    let Some(column) = base.column(&reference.type_column) else { return Ok(()) };
    let is_number = |code: &str| code.parse::<i64>().is_ok_and(|number| number.to_string() == code);
    let codes = profile.codes(reference).keys();
    let wrong = match column.neutral {
        NeutralType::Integer => codes.into_iter().find(|code| !is_number(code)),
        NeutralType::Bool => codes.into_iter().next(),
        _ => None,
    };
    let Some(wrong) = wrong else { return Ok(()) };
    let codes = &reference.codes;
    Err(Error::schema(format!("the column cannot hold the code `{wrong}` of the list `{codes}`"))
        .at_column(&column.name)
        .hint(match column.neutral {
            NeutralType::Bool => "The column holds true and false: give it another type of whole numbers.",
            _ => "The column holds whole numbers: write them into the list as `0 = \"…\"`.",
        }))
}

fn date(dialect: Dialect, table: &TableProfile, base: &Table) -> Result<()> {
    let kind = table.date.kind;
    let Some(column) = base.column(&table.date).filter(|column| !kind.fits(column, dialect.keeps_types())) else {
        return Ok(());
    };
    let name = &column.name;
    let hint = match (kind, column.neutral) {
        (DateKind::Datetime, NeutralType::Integer) => format!(
            "Write `date = {{ column = \"{name}\", kind = \"epoch\" }}` in the profile if the column counts seconds since 1970, \
             with the kind `epoch-ms` or `epoch-us` if it counts milliseconds or microseconds, and `version` if it only grows."
        ),
        (_, NeutralType::Timestamp) => format!("Write `date = \"{name}\"` in the profile."),
        _ => "Name the column with the date and time of the last change in the profile (`date = \"…\"`). If there is none, \
              name one that does not exist: rows are then compared by their content, and each export carries all of them."
            .to_owned(),
    };
    Err(Error::schema(format!("the date of the last change is not of the kind `{}`", kind.name()))
        .at_column(name)
        .hint(hint))
}

fn window(dialect: Dialect, table: &TableProfile, base: &Table) -> Result<()> {
    let Some(name) = &table.window else { return Ok(()) };
    let Some(column) = base.column(name) else {
        return Err(Error::schema("the table lacks the column that the profile names in `window`")
            .at_column(name)
            .hint("Correct the profile, or remove `window` from the table."));
    };
    let kind = table.date.kind;
    if *name == *table.id
        || table.references.contains_key(name)
        || kind.is_moment() && kind.fits(column, dialect.keeps_types())
    {
        return Ok(());
    }
    Err(Error::schema("`window` names neither the id, nor a reference, nor a date").at_column(name).hint(format!(
        "Another date has to be of the kind of `date`, which is `{}` here. A reference has to be in `references`.",
        kind.name()
    )))
}

fn deleted(dialect: Dialect, table: &TableProfile, base: &Table) -> Result<()> {
    let Some(deleted) = &table.deleted else { return Ok(()) };
    let Some(column) = base.column(deleted).filter(|column| !deleted.fits(column, dialect.keeps_types())) else {
        return Ok(());
    };
    let Column { name, neutral, .. } = column;
    let (what, hint) = match (deleted.kind, neutral) {
        (DeletionKind::Date, NeutralType::Integer | NeutralType::Bool) => (
            "the soft-delete column is not of the kind `date`",
            format!(
                "Write `deleted = {{ column = \"{name}\", kind = \"flag\" }}` in the profile if 0 means not deleted."
            ),
        ),
        (DeletionKind::Date, _) => (
            "the soft-delete column is not of the kind `date`: it has no NULL, or no time of the deletion",
            "Remove `deleted` from the profile if rows of this table are not marked as deleted.".to_owned(),
        ),
        (DeletionKind::Flag, _) => (
            "the soft-delete column is not of the kind `flag`",
            format!("Write `deleted = \"{name}\"` in the profile if it is NULL until a row is deleted."),
        ),
    };
    Err(Error::schema(what).at_column(name).hint(hint))
}
