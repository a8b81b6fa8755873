//! Makes the rows of target tables from the records of a file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::account::Fate;
use super::dates::{self, Date};
use super::days::DayDigests;
use super::evaluate::Row;
use super::lookup::Pairs;
use super::mapping::value::Value;
use super::mapping::{DAY_COLUMNS, Day, Family, Kind, Output};
use crate::model::batch::RowBatch;
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, Limits, TextLimits};
use crate::model::value::{fit, plain_integer, write_float};
use crate::rows::delimited::EMPTY;
use crate::run::rejects::Reject;

/// A family, with what its rows are checked against.
#[derive(Debug)]
pub(super) struct Plan {
    /// The family.
    pub(super) family: Family,
    /// The names of its columns, as the header row has them.
    pub(super) names: Vec<String>,
    /// The lookups that its rows need.
    pub(super) lookups: Vec<String>,
    /// What its tables hold, in the order of the family's outputs: the columns of the mapping, then y, m and d.
    pub(super) targets: Vec<Vec<Column>>,
    /// What its own columns hold.
    sources: Vec<Column>,
    /// Whether a checked value of the family, or a part of the day, fits each column as it is.
    fitting: Vec<Vec<bool>>,
}

/// What is known of a file before its rows.
#[derive(Debug)]
pub(super) struct Facts {
    /// The parts of its path.
    pub(super) groups: BTreeMap<String, String>,
    /// The day of all its rows, unless they have days of their own.
    pub(super) day: Option<Date>,
    /// The lookups.
    pub(super) lookups: BTreeMap<String, Arc<Pairs>>,
    /// The only days whose rows are wanted, because the others are in the tables already.
    pub(super) only: Option<Arc<BTreeSet<Date>>>,
}

/// The rows of a batch, by output of the family.
#[derive(Debug)]
pub(super) struct Mapped {
    /// Records, without empty lines and without those of days that are not wanted.
    pub(super) records: u64,
    /// Records of days that are not wanted.
    pub(super) known: u64,
    /// The rows.
    pub(super) rows: Vec<RowBatch>,
    /// What became of each record.
    pub(super) fates: Vec<Fate>,
    /// The days of the rows.
    pub(super) days: Vec<BTreeSet<Date>>,
    /// The rejected rows, with the output that rejects them.
    pub(super) rejects: Vec<(usize, Reject)>,
    /// Digests of the days, if rows have days of their own.
    pub(super) digests: DayDigests,
    /// Records with a code that a lookup lacks, by lookup.
    pub(super) unknown: BTreeMap<String, u64>,
}

impl Plan {
    /// Returns the plan of a family whose tables have these columns, in the order of its outputs.
    pub(super) fn new(family: Family, targets: Vec<Vec<Column>>) -> Self {
        let mut lookups = BTreeSet::new();
        for column in family.outputs.iter().flat_map(|output| &output.columns) {
            needed(&column.value, &mut lookups);
        }
        let sources: Vec<Column> = family.columns.iter().map(|column| column_of(&column.name, column.kind)).collect();
        let days = DAY_COLUMNS.map(|name| {
            let mut column = column_of(name, Kind::Int);
            column.limits.integer = Some((0, 9999));
            column
        });
        let fitting = |(output, targets): (&Output, &Vec<Column>)| {
            let held = output.columns.iter().map(|column| match &column.value {
                Value::Column(index) => Some(&sources[*index]),
                _ => None,
            });
            let held = held.chain(days.iter().map(Some));
            held.zip(targets).map(|(source, target)| source.is_some_and(|source| takes_all(target, source))).collect()
        };
        Self {
            names: family.columns.iter().map(|column| column.name.clone()).collect(),
            lookups: lookups.into_iter().collect(),
            fitting: family.outputs.iter().zip(&targets).map(fitting).collect(),
            sources,
            family,
            targets,
        }
    }

    /// Makes the rows of a batch that `rows::delimited` has read.
    pub(super) fn map(&self, facts: &Facts, batch: &RowBatch) -> Mapped {
        let outputs = self.family.outputs.len();
        let mut mapped = Mapped {
            records: 0,
            known: 0,
            rows: self.targets.iter().map(|columns| RowBatch::like(columns.len(), batch)).collect(),
            fates: vec![Fate::default(); outputs],
            days: vec![BTreeSet::new(); outputs],
            rejects: Vec::new(),
            digests: DayDigests::default(),
            unknown: BTreeMap::new(),
        };
        let mut scratch = Scratch::default();
        for row in 0..batch.rows() {
            if batch.cell(row, self.sources.len()) != Some(EMPTY.as_bytes()) {
                self.record(facts, batch, row, &mut scratch, &mut mapped);
            }
        }
        mapped
    }

    fn record(&self, facts: &Facts, batch: &RowBatch, row: usize, scratch: &mut Scratch, mapped: &mut Mapped) {
        mapped.records += 1;
        let position = batch.position(row);
        let all = |reason: String, mapped: &mut Mapped| {
            mapped.fates.iter_mut().for_each(|fate| fate.rejected += 1);
            mapped.rejects.push((0, self.reject(batch, row, reason)));
        };
        if let Some(fault) = batch.cell(row, self.sources.len()) {
            return all(format!("the record {}", String::from_utf8_lossy(fault)), mapped);
        }
        let Scratch { numbers, day: texts } = scratch;
        let cells = match self.checked(batch, row, numbers) {
            Ok(cells) => cells,
            Err(reason) => return all(reason, mapped),
        };
        let row_of = Row::new(&cells, &facts.groups, &facts.lookups);
        let day = match self.day(facts, &row_of) {
            Ok(day) => day,
            Err(reason) => return all(reason, mapped),
        };
        if facts.only.as_ref().is_some_and(|only| !only.contains(&day)) {
            mapped.records -= 1;
            mapped.known += 1;
            return;
        }
        // Nearly always the day of the row before.
        if texts.0 != day {
            *texts = (day, [day.0.to_string(), day.1.to_string(), day.2.to_string()]);
        }
        if let Day::Value(_) = self.family.day {
            mapped.digests.add(day, batch.row(row));
        }
        // A value that cannot be had is a fault of the record, so that it reaches all of its tables or none.
        if let Some(reason) = self.fault(&row_of) {
            return all(reason, mapped);
        }
        for (index, output) in self.family.outputs.iter().enumerate() {
            if !row_of.holds(&output.condition) {
                mapped.fates[index].filtered += 1;
                continue;
            }
            match self.fill(index, &row_of, texts, &mut mapped.rows[index]) {
                Ok(()) => {
                    mapped.rows[index].end_row(position);
                    mapped.fates[index].inserted += 1;
                    // Nearly always the day of the row before.
                    if mapped.days[index].last() != Some(&day) {
                        mapped.days[index].insert(day);
                    }
                }
                Err(reason) => {
                    mapped.rows[index].drop_row();
                    mapped.fates[index].rejected += 1;
                    mapped.rejects.push((index, self.reject(batch, row, reason)));
                }
            }
        }
        for lookup in row_of.unknown() {
            *mapped.unknown.entry(lookup).or_default() += 1;
        }
    }

    /// Returns the digests of a batch's records by day. A record that cannot be read has no day.
    pub(super) fn digests(&self, facts: &Facts, batch: &RowBatch) -> DayDigests {
        let mut digests = DayDigests::default();
        let mut numbers = Numbers::default();
        for row in 0..batch.rows() {
            let whole = batch.cell(row, self.sources.len()).is_none();
            let Ok(cells) = self.checked(batch, row, &mut numbers) else { continue };
            let day = self.day(facts, &Row::new(&cells, &facts.groups, &facts.lookups));
            if let (true, Ok(day)) = (whole, day) {
                digests.add(day, batch.row(row));
            }
        }
        digests
    }

    /// Returns why a value of any output cannot be had. Values that are copied always can.
    fn fault(&self, row: &Row<'_>) -> Option<String> {
        let takes = self.family.outputs.iter().filter(|output| row.holds(&output.condition));
        let computed = |value: &Value| matches!(value, Value::Call(..) | Value::Path(_) | Value::Replace(..));
        takes.flat_map(|output| &output.columns).filter(|column| computed(&column.value)).find_map(|column| {
            let fault = row.value(&column.value).err()?;
            Some(format!("`{}` {fault}", self.blamed(&column.value, &column.name)))
        })
    }

    /// Returns the column of the file that a computed value comes from, or the name of the target's column.
    fn blamed<'a>(&'a self, value: &'a Value, name: &'a str) -> &'a str {
        match value {
            Value::Column(index) => &self.names[*index],
            Value::Call(_, inner) | Value::Replace(inner, ..) => self.blamed(inner, name),
            _ => name,
        }
    }

    /// Checks the cells of a record against the types of their columns, and returns them in neutral form.
    fn checked<'a>(
        &self,
        batch: &'a RowBatch,
        row: usize,
        numbers: &'a mut Numbers,
    ) -> Result<Vec<Option<&'a [u8]>>, String> {
        numbers.text.clear();
        numbers.places.clear();
        let has_nul = memchr::memchr(0, batch.row_bytes(row)).is_some();
        let mut cells = Vec::with_capacity(self.sources.len());
        for (index, (column, cell)) in self.sources.iter().zip(batch.row(row)).enumerate() {
            let Some(cell) = cell else {
                cells.push(None);
                continue;
            };
            if column.neutral == NeutralType::Text {
                if has_nul && memchr::memchr(0, cell).is_some() {
                    return Err(format!("`{}` holds a NUL character", column.name));
                }
                cells.push(Some(cell));
                continue;
            }
            let text = cell.trim_ascii();
            if text.is_empty() || text == b"NULL" {
                cells.push(None);
                continue;
            }
            cells.push(Some(text));
            if is_neutral(column, text) {
                continue;
            }
            let start = numbers.text.len();
            fit(column, NeutralType::Text, text, &mut numbers.text)
                .map_err(|unfit| format!("`{}` {}", column.name, unfit.reason))?;
            numbers.places.push((index, start..numbers.text.len()));
        }
        for (index, place) in &numbers.places {
            cells[*index] = Some(&numbers.text[place.clone()]);
        }
        Ok(cells)
    }

    fn day(&self, facts: &Facts, row: &Row<'_>) -> Result<Date, String> {
        match &self.family.day {
            Day::Path => facts.day.ok_or_else(|| "the path has no day".to_owned()),
            Day::Value(value) => {
                let blamed = self.blamed(value, "day");
                let cell = row.value(value).map_err(|fault| format!("`{blamed}` {fault}"))?.unwrap_or_default();
                let text = String::from_utf8_lossy(&cell);
                dates::leading(&text)
                    .map(|(day, _)| day)
                    .ok_or_else(|| format!("`{blamed}` does not begin with a date"))
            }
        }
    }

    /// Appends the cells of an output's row.
    fn fill(&self, output: usize, row: &Row<'_>, day: &DayTexts, rows: &mut RowBatch) -> Result<(), String> {
        let mut targets = self.targets[output].iter().zip(&self.fitting[output]);
        for (column, (target, fits)) in self.family.outputs[output].columns.iter().zip(&mut targets) {
            let (cell, source) = match &column.value {
                Value::Column(index) => (row.cells[*index].map(Cow::Borrowed), self.sources[*index].neutral),
                value => (row.value(value).map_err(|fault| format!("`{}` {fault}", column.name))?, NeutralType::Text),
            };
            put(target, source, *fits, cell.as_deref(), rows)?;
        }
        for ((target, fits), number) in targets.zip(&day.1) {
            let text = if target.neutral == NeutralType::Text { NeutralType::Text } else { NeutralType::Integer };
            put(target, text, *fits, Some(number.as_bytes()), rows)?;
        }
        Ok(())
    }

    fn reject(&self, batch: &RowBatch, row: usize, reason: String) -> Reject {
        let shown = |cell: Option<&[u8]>| cell.map(|cell| String::from_utf8_lossy(cell).into_owned());
        let whole = batch.cell(row, self.sources.len()).is_some();
        let fields = if whole {
            vec![("record".to_owned(), shown(batch.cell(row, 0)))]
        } else {
            self.names.iter().cloned().zip(batch.row(row).map(shown)).collect()
        };
        Reject { position: batch.position(row), reason, fields, parents: Vec::new() }
    }
}

/// A day, and its year, month and day as they are stored.
type DayTexts = (Date, [String; 3]);

/// What the rows of a batch use one after the other.
#[derive(Default)]
struct Scratch {
    numbers: Numbers,
    day: DayTexts,
}

/// The numbers of a row that its file does not have in neutral form.
#[derive(Default)]
struct Numbers {
    text: Vec<u8>,
    /// The index of each one's column, and where it lies in the text.
    places: Vec<(usize, Range<usize>)>,
}

/// Returns whether a whole number is in neutral form and in the range of its column, as nearly all are.
fn is_neutral(column: &Column, text: &[u8]) -> bool {
    let (NeutralType::Integer, Some((least, most))) = (column.neutral, column.limits.integer) else { return false };
    plain_integer(text).is_some_and(|number| (least..=most).contains(&i128::from(number)))
}

/// Appends a cell, which is known to fit or is made to.
fn put(
    target: &Column,
    source: NeutralType,
    fits: bool,
    cell: Option<&[u8]>,
    rows: &mut RowBatch,
) -> Result<(), String> {
    // An empty text is no number.
    let cell = cell.filter(|cell| !cell.is_empty() || target.neutral == NeutralType::Text);
    let Some(cell) = cell else {
        if !target.nullable {
            return Err(format!("`{}` is NULL, which the column does not allow", target.name));
        }
        rows.push(None);
        return Ok(());
    };
    if fits {
        rows.push(Some(cell));
        return Ok(());
    }
    let rounded = rounded(target, cell);
    let cell = rounded.as_deref().unwrap_or(cell);
    let mut outcome = Ok(());
    rows.push_with(|out| outcome = fit(target, source, cell, out));
    outcome.map_err(|unfit| format!("`{}` {}", target.name, unfit.reason))
}

/// Returns a float as a column of 32 bits holds it. Scores are that imprecise in Spot's own tables, too.
fn rounded(target: &Column, cell: &[u8]) -> Option<Vec<u8>> {
    if !target.limits.float.single {
        return None;
    }
    let number: f64 = std::str::from_utf8(cell).ok()?.parse().ok()?;
    let single = number as f32;
    if single.is_infinite() {
        return None;
    }
    let mut out = Vec::new();
    write_float(f64::from(single), &mut out);
    Some(out)
}

/// Returns whether a column takes every value that was checked for another one, without a change.
fn takes_all(target: &Column, source: &Column) -> bool {
    let (limits, known) = (&target.limits, &source.limits);
    target.neutral == source.neutral
        && match target.neutral {
            NeutralType::Integer => limits
                .integer
                .is_none_or(|(least, most)| known.integer.is_some_and(|(first, last)| least <= first && last <= most)),
            // Neither is NaN or infinite.
            NeutralType::Float => !limits.float.single && limits.decimal.is_none(),
            // No text has a NUL.
            NeutralType::Text => {
                let text = TextLimits { no_nul: limits.text.no_nul, ..TextLimits::default() };
                *limits == Limits { text, ..Limits::default() }
            }
            _ => false,
        }
}

fn needed(value: &Value, lookups: &mut BTreeSet<String>) {
    match value {
        Value::Lookup { name, key, default } => {
            lookups.insert(name.clone());
            needed(key, lookups);
            needed(default, lookups);
        }
        Value::Call(_, inner) | Value::Replace(inner, ..) => needed(inner, lookups),
        Value::Column(_) | Value::Path(_) | Value::Text(_) | Value::Null => {}
    }
}

/// Returns a column that can hold any value of a kind.
pub(super) fn column_of(name: &str, kind: Kind) -> Column {
    let neutral = match kind {
        Kind::Text => NeutralType::Text,
        Kind::Int | Kind::Bigint => NeutralType::Integer,
        Kind::Double => NeutralType::Float,
    };
    let mut column = Column::of_query(name, neutral);
    column.limits = Limits {
        integer: match kind {
            Kind::Int => Some((i32::MIN.into(), i32::MAX.into())),
            Kind::Bigint => Some((i64::MIN.into(), i64::MAX.into())),
            Kind::Text | Kind::Double => None,
        },
        ..Limits::default()
    };
    column.limits.float.no_nan = true;
    column.limits.float.no_infinity = true;
    column
}
