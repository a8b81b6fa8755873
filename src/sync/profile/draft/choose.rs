//! Chooses what a profile says of a table: its id, its key, its dates, what stays at home.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::change::{CarryDeleted, DateColumn, DateKind, DeletedColumn, DeletionKind};
use crate::model::id::{IdColumn, IdKind};
use crate::model::likeness::{plain, referred};
use crate::model::neutral::NeutralType;
use crate::model::profile::Group;
use crate::model::schema::{Column, Table};

use super::look::Look;
use super::questions::Question;

/// Words in the names of columns that hold the time of the last change, the best one first.
const CHANGED: [&str; 10] = [
    "updated_at",
    "date_modified",
    "modified_at",
    "last_modified",
    "last_update",
    "last_updated",
    "modified",
    "updated",
    "last_change",
    "timestamp",
];

/// Words in the names of columns that hold the time of creation.
const CREATED: [&str; 6] = ["created_at", "date_created", "creation_date", "create_date", "date_added", "created"];

/// Names of columns that mark a row as deleted.
const DELETED: [&str; 4] = ["deleted_at", "deleted", "is_deleted", "date_deleted"];

/// Names of columns that often tell rows apart, the best one first.
const NAMING: [&str; 9] = ["name", "code", "email", "username", "login", "slug", "value", "key", "title"];

/// Rows from which a table without dates is worth a question.
const MANY: i64 = 10_000;

/// The usual name of a column with our own hash, which only says again what the key is.
const HASH: &str = "sync_hash";

/// Words in the names of columns that hold a secret.
const SECRET: [&str; 8] = ["password", "passwd", "secret", "api_key", "apikey", "auth_key", "authkey", "token"];

/// What the draft says of a table.
#[derive(Clone, Debug)]
pub(super) struct Drafted {
    pub(super) name: String,
    pub(super) rows: i64,
    pub(super) group: Group,
    pub(super) id: IdColumn,
    pub(super) key: Vec<String>,
    /// Why these columns are the key.
    pub(super) key_note: String,
    pub(super) date: Option<DateColumn>,
    pub(super) created: Option<String>,
    pub(super) deleted: Option<DeletedColumn>,
    pub(super) descriptions: Vec<String>,
    pub(super) references: BTreeMap<String, Reference>,
    /// Column → the text for new rows, and why it stays at home.
    pub(super) exclude: BTreeMap<String, (String, String)>,
    /// What a person has to decide, with what it is about.
    pub(super) questions: Vec<(Question, String)>,
}

/// What a column refers to.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) table: String,
    /// Why, if the catalogue does not declare it.
    pub(super) guess: Option<String>,
    /// Whether 0 stands for no row.
    pub(super) zero_is_none: bool,
}

impl Drafted {
    pub(super) fn ask(&mut self, question: Question, about: String) {
        self.questions.push((question, about));
    }
}

/// Drafts a table, without what it refers to. Returns the reason if it cannot be carried.
///
/// # Errors
/// `Database`.
pub(super) async fn table(base: &Table, look: &mut Look<'_>) -> Result<Result<Drafted, String>> {
    let id = match id(base) {
        Ok(id) => id,
        Err(reason) => return Ok(Err(reason)),
    };
    let rows = look.rows(&base.name).await?;
    let mut drafted = Drafted {
        name: base.name.clone(),
        rows,
        group: Group::Object,
        id,
        key: Vec::new(),
        key_note: String::new(),
        date: None,
        created: None,
        deleted: None,
        descriptions: base
            .columns
            .iter()
            .map(|column| column.name.clone())
            .filter(|name| name == "description")
            .collect(),
        references: BTreeMap::new(),
        exclude: BTreeMap::new(),
        questions: Vec::new(),
    };
    dates(base, &mut drafted, look).await?;
    secrets(base, &mut drafted);
    stay_at_home(base, &mut drafted);
    if let Err(reason) = key(base, &mut drafted, look).await? {
        return Ok(Err(reason));
    }
    Ok(Ok(drafted))
}

/// Returns the id, or why there is none. A number means another row elsewhere; any other id is taken for the same everywhere.
fn id(base: &Table) -> Result<IdColumn, String> {
    let neutral = |name: &String| base.column(name).map(|column| column.neutral);
    match base.primary_key.as_slice() {
        [] if row_key(base).is_some() => Ok(IdColumn::of_key()),
        [] => Err("it has no primary key".to_owned()),
        // A row that shares its number with the row that it belongs to.
        [name] if base.foreign_keys.iter().any(|key| key.column == *name) => Ok(IdColumn::of_key()),
        [name] => {
            let of = |kind| IdColumn { column: name.clone(), kind };
            let kinds = [IdKind::Number, IdKind::Global];
            let kind = neutral(name).and_then(|neutral| kinds.into_iter().find(|kind| kind.fits(neutral)));
            kind.map(of).ok_or_else(|| format!("its primary key `{name}` is neither a number nor a text nor a UUID"))
        }
        _ => Ok(IdColumn::of_key()),
    }
}

/// Returns the columns that name a row: the primary key, or else a unique key of columns that are never NULL.
fn row_key(base: &Table) -> Option<&Vec<String>> {
    let is_sure = |name: &String| base.column(name).is_some_and(|column| !column.nullable && !column.generated);
    let unique = base.unique_keys.iter().map(|key| &key.columns).filter(|columns| columns.iter().all(is_sure));
    std::iter::once(&base.primary_key).filter(|columns| !columns.is_empty()).chain(unique).next()
}

/// Finds the columns with the times of the last change, creation and deletion.
async fn dates(base: &Table, drafted: &mut Drafted, look: &mut Look<'_>) -> Result<()> {
    let moment = |column: &&Column| column.neutral == NeutralType::Timestamp;
    let date = |column: String, kind: DateKind| Some(DateColumn { column, kind });
    drafted.date = named(base, &CHANGED, moment).and_then(|column| date(column, DateKind::Datetime));
    drafted.created = named(base, &CREATED, moment);
    if drafted.date.is_none() {
        let number = named(base, &CHANGED, |column: &&Column| column.neutral == NeutralType::Integer);
        let range = match &number {
            Some(column) => look.range(&base.name, column).await?,
            None => None,
        };
        if let (Some(column), Some(kind)) = (number, range.and_then(|range| epoch(range.least, range.most))) {
            drafted.ask(Question::Date, format!("`{column}`, of the kind `{}`", kind.name()));
            drafted.date = date(column, kind);
        } else if drafted.rows > MANY {
            drafted.ask(Question::NoDate, format!("{} rows", drafted.rows));
        }
    }
    let deleted = |column: String, kind: DeletionKind| Some(DeletedColumn { column, kind, carry: CarryDeleted::Asked });
    drafted.deleted = named(base, &DELETED, |column| moment(column) && column.nullable)
        .and_then(|column| deleted(column, DeletionKind::Date));
    let flag = |column: &&Column| matches!(column.neutral, NeutralType::Bool | NeutralType::Integer);
    if drafted.deleted.is_none()
        && let Some(column) = named(base, &DELETED, flag)
    {
        drafted.ask(Question::Deleted, format!("`{column}`"));
        drafted.deleted = deleted(column, DeletionKind::Flag);
    }
    Ok(())
}

/// Returns the unit of numbers that look like moments of the years 2001 to 2106.
fn epoch(least: i64, most: i64) -> Option<DateKind> {
    [(DateKind::Epoch, 1), (DateKind::EpochMs, 1000), (DateKind::EpochUs, 1_000_000)]
        .into_iter()
        .find(|(_, unit)| least >= 1_000_000_000 * unit && most < (1 << 32) * unit)
        .map(|(kind, _)| kind)
}

/// Returns the first column that has one of the names and fits.
fn named(base: &Table, names: &[&str], fits: impl Fn(&&Column) -> bool) -> Option<String> {
    names.iter().find_map(|name| {
        let found =
            base.columns.iter().filter(|column| !column.generated).find(|column| plain(&column.name) == plain(name));
        found.filter(&fits).map(|column| column.name.clone())
    })
}

fn secrets(base: &Table, drafted: &mut Drafted) {
    for column in base.columns.iter().filter(|column| column.neutral == NeutralType::Text && !column.generated) {
        let name = plain(&column.name);
        if SECRET.iter().any(|word| name.contains(&plain(word))) {
            let text = if column.nullable || column.has_default { "" } else { "-" };
            drafted.exclude.insert(column.name.clone(), (text.to_owned(), "its name sounds like a secret".to_owned()));
            drafted.ask(Question::Secret, format!("`{}`", column.name));
        }
    }
}

/// Leaves out columns whose values no other engine could take.
fn stay_at_home(base: &Table, drafted: &mut Drafted) {
    const GEOMETRY: [&str; 9] = [
        "geometry",
        "geography",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
    ];
    for column in base.columns.iter().filter(|column| !column.generated) {
        let declared = column.native.to_ascii_lowercase();
        let kind = declared.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        if GEOMETRY.contains(&kind) {
            drafted
                .exclude
                .insert(column.name.clone(), (String::new(), format!("values of the type {kind} do not travel")));
        }
    }
}

/// Finds what makes two rows the same.
async fn key(base: &Table, drafted: &mut Drafted, look: &mut Look<'_>) -> Result<Result<(), String>> {
    if !drafted.id.is_number() {
        drafted.key = row_key(base).cloned().unwrap_or_default();
        let note = if base.primary_key.is_empty() { "a unique key" } else { "the primary key" };
        note.clone_into(&mut drafted.key_note);
        if drafted.id.is_global() && base.column(&drafted.id).is_some_and(|id| id.neutral != NeutralType::Uuid) {
            drafted.ask(Question::GlobalId, format!("`{}`", *drafted.id));
        }
        return Ok(Ok(()));
    }
    let travels = |name: &String| {
        *name != HASH
            && base.column(name).is_some_and(|column| !column.generated)
            && !drafted.exclude.contains_key(name)
    };
    let mut declared: Vec<&Vec<String>> = base
        .unique_keys
        .iter()
        .map(|key| &key.columns)
        .filter(|columns| columns.iter().all(travels) && !columns.contains(&drafted.id.column))
        // A number that means another row elsewhere tells nothing apart there.
        .filter(|columns| !columns.iter().any(|name| is_unclear(base, name)))
        .collect();
    let nullable =
        |columns: &[String]| columns.iter().any(|name| base.column(name).is_none_or(|column| column.nullable));
    declared.sort_by_key(|columns| (!is_global(base, columns), nullable(columns), columns.len()));
    if let Some(columns) = declared.first() {
        drafted.key = (*columns).clone();
        "a unique key".clone_into(&mut drafted.key_note);
        if nullable(columns)
            && let Some(twins) = look.twins(&base.name, columns).await?.filter(|twins| *twins > 0)
        {
            drafted.ask(Question::SharedKey, format!("{twins} of {} rows share {}", drafted.rows, listed(columns)));
        }
        return Ok(Ok(()));
    }
    let all = all_columns(base, drafted);
    if all.is_empty() {
        return Ok(Err("it has no column besides its id that could tell its rows apart".to_owned()));
    }
    let mut guesses = guesses(base, drafted);
    guesses.push(if drafted.rows == 0 { all } else { without_figures(base, all, look).await? });
    for columns in guesses {
        if look.twins(&base.name, &columns).await? == Some(0) {
            let judged = if drafted.rows == 0 { ", with no rows to judge by" } else { "" };
            drafted.ask(Question::Key, format!("{}{judged}", listed(&columns)));
            drafted.key = columns;
            "a guess".clone_into(&mut drafted.key_note);
            return Ok(Ok(()));
        }
        drafted.key = columns;
    }
    let twins = look.twins(&base.name, &drafted.key).await?;
    let about = twins.map_or_else(
        || format!("{}, and the table is too large to see how many", listed(&drafted.key)),
        |twins| format!("{twins} of {} rows share {}", drafted.rows, listed(&drafted.key)),
    );
    drafted.ask(Question::SharedKey, about);
    "a guess: all columns".clone_into(&mut drafted.key_note);
    Ok(Ok(()))
}

/// Returns whether a column sounds like a reference that the catalogue does not declare.
fn is_unclear(base: &Table, name: &str) -> bool {
    let is_number = base.column(name).is_some_and(|column| column.neutral == NeutralType::Integer);
    is_number && referred(name).is_some() && !base.foreign_keys.iter().any(|key| key.column == name)
}

/// Drops figures and times without which no two rows are the same either. Texts and references stay: a key that is too narrow
/// makes one row of two, one that is too wide only makes two of one that was edited.
async fn without_figures(base: &Table, all: Vec<String>, look: &mut Look<'_>) -> Result<Vec<String>> {
    let stays = |name: &String| {
        let refers = base.foreign_keys.iter().any(|key| key.column == *name) || is_unclear(base, name);
        refers || base.column(name).is_some_and(|column| column.neutral == NeutralType::Text)
    };
    let mut kept = all.clone();
    for name in all.iter().rev().filter(|name| !stays(name)) {
        let fewer: Vec<String> = kept.iter().filter(|column| *column != name).cloned().collect();
        if !fewer.is_empty() && look.twins(&base.name, &fewer).await? == Some(0) {
            kept = fewer;
        }
    }
    Ok(kept)
}

/// Returns whether a key is a global id: the same on every installation.
fn is_global(base: &Table, columns: &[String]) -> bool {
    let [name] = columns else { return false };
    let spelled = plain(name);
    base.column(name).is_some_and(|column| column.neutral == NeutralType::Uuid)
        || spelled.contains("uuid")
        || spelled.contains("guid")
}

/// Returns keys that a table may have although it does not declare them, the best one first.
fn guesses(base: &Table, drafted: &Drafted) -> Vec<Vec<String>> {
    let usable = |column: &&Column| {
        !column.generated
            && column.name != *drafted.id
            && column.name != HASH
            && !drafted.exclude.contains_key(&column.name)
    };
    let columns: Vec<&Column> = base.columns.iter().filter(usable).collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    found.extend(
        columns
            .iter()
            .filter(|column| is_global(base, std::slice::from_ref(&column.name)))
            .map(|column| vec![column.name.clone()]),
    );
    for name in NAMING {
        let spelled = plain(name);
        let own = format!("{}{spelled}", plain(base.name.trim_end_matches('s')));
        let is =
            |column: &&&Column| [&spelled, &own].contains(&&plain(&column.name)) && column.neutral == NeutralType::Text;
        found.extend(columns.iter().filter(is).map(|column| vec![column.name.clone()]));
    }
    let parents: Vec<String> = columns
        .iter()
        .filter(|column| base.foreign_keys.iter().any(|key| key.column == column.name))
        .map(|column| column.name.clone())
        .collect();
    if parents.len() > 1 {
        found.push(parents.clone());
    }
    for name in found.clone().into_iter().filter(|columns| columns.len() == 1).flatten() {
        if !parents.is_empty() && !parents.contains(&name) {
            found.push(parents.iter().cloned().chain([name]).collect());
        }
    }
    found
}

/// Returns every column that could be part of a key.
fn all_columns(base: &Table, drafted: &Drafted) -> Vec<String> {
    let date = drafted.date.as_deref();
    let deleted = drafted.deleted.as_deref();
    let times = [date, drafted.created.as_ref(), deleted];
    let usable = |column: &&Column| {
        !column.generated
            && column.name != *drafted.id
            && column.name != HASH
            && !drafted.exclude.contains_key(&column.name)
            && !times.contains(&Some(&column.name))
            && !matches!(column.neutral, NeutralType::Float | NeutralType::Json | NeutralType::Bytes)
    };
    base.columns.iter().filter(usable).map(|column| column.name.clone()).collect()
}

/// Returns names for a sentence.
pub(super) fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Says of each table which kind of data it has, once it is known who refers to whom.
pub(super) fn groups(tables: &mut [Drafted]) {
    let parents: Vec<String> =
        tables.iter().flat_map(|table| table.references.values()).map(|reference| reference.table.clone()).collect();
    for table in tables {
        let own = table.references.values().filter(|reference| reference.table != table.name).count();
        let in_key = table.key.iter().filter(|column| table.references.contains_key(*column)).count();
        table.group = if in_key > 1 {
            Group::Link
        } else if in_key == 1 {
            Group::Context
        } else if own == 0 && table.date.is_none() && parents.contains(&table.name) {
            Group::Metadata
        } else {
            Group::Object
        };
    }
}
