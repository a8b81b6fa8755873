//! Writes rows into the tables of a keyspace that was just made, many at once.
//!
//! A row whose values were written at different times takes a statement for each time. A statement makes the row exist, too;
//! that mark gets the time of the values.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt};
use scylla::client::session::Session;
use scylla::serialize::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;
use scylla::statement::prepared::PreparedStatement;

use super::super::cql::quoted;
use super::super::keyspace::{Role, Table};
use super::super::session::Cql;
use super::line::{Cell, FILE, Field, fields, header, parse};
use super::read::now;
use crate::error::{Error, Result, escape};
use crate::snapshot::wait::wait;
use crate::stream::cancel::Cancel;

/// Statements in flight.
const IN_FLIGHT: usize = 128;

/// Lines after which it is looked whether the run is to stop.
const LINES: u64 = 1000;

/// When a row without values was written is not known: before everything.
const FIRST: i64 = 1;

/// A value of a statement.
#[derive(Debug)]
enum Bound {
    Value(Vec<u8>),
    /// Stays as it is, which is NULL.
    Unset,
}

/// The values of a statement, as the protocol has them.
#[derive(Debug)]
struct Values(Vec<Bound>);

impl SerializeRow for Values {
    fn serialize(&self, _: &RowSerializationContext<'_>, writer: &mut RowWriter<'_>) -> Result<(), SerializationError> {
        for value in &self.0 {
            let cell = writer.make_cell_writer();
            let _written = match value {
                Bound::Value(bytes) => cell.set_value(bytes).map_err(SerializationError::new)?,
                Bound::Unset => cell.set_unset(),
            };
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Loads the rows of all tables below a folder. Returns how many there were.
///
/// # Errors
/// `Damaged` if a file is malformed; `File`, `Database`, `Interrupted`.
pub(in super::super) fn load(
    cql: &Cql,
    keyspace: &str,
    tables: &[Table],
    types: &[String],
    folder: &Path,
    cancel: &Cancel,
) -> Result<u64> {
    let mut rows = 0;
    for table in tables {
        let path = folder.join(&table.name).join(FILE);
        let file = File::open(&path)
            .map_err(|error| Error::file(&path, "the rows of a table are not in the snapshot", error))?;
        let writer = Writer {
            keyspace: keyspace.to_owned(),
            fields: fields(table, types),
            table: table.name.clone(),
            session: cql.session(),
            cancel: cancel.clone(),
        };
        rows += wait(writer.write(BufReader::new(file)))?;
    }
    Ok(rows)
}

struct Writer {
    keyspace: String,
    table: String,
    fields: Vec<Field>,
    session: Arc<Session>,
    cancel: Cancel,
}

/// The statements of a table.
struct Statements {
    /// Writes values of a row; for counters, adds to them.
    row: PreparedStatement,
    /// Writes values that a partition shares.
    shared: Option<PreparedStatement>,
}

impl Writer {
    /// Returns the positions of fields.
    fn at(&self, which: impl Fn(&Field) -> bool) -> Vec<usize> {
        (0..self.fields.len()).filter(|at| which(&self.fields[*at])).collect()
    }

    fn counts(&self) -> bool {
        self.fields.iter().any(|field| field.role >= Role::Static && !field.timed)
    }

    async fn prepare(&self, keys: &[usize], values: &[usize]) -> Result<PreparedStatement> {
        let name = |at: &usize| quoted(&self.fields[*at].name);
        let table = format!("{}.{}", quoted(&self.keyspace), quoted(&self.table));
        let statement = if self.counts() {
            let adds = values.iter().map(|at| format!("{0} = {0} + ?", name(at))).collect::<Vec<_>>().join(", ");
            let is = keys.iter().map(|at| format!("{} = ?", name(at))).collect::<Vec<_>>().join(" AND ");
            format!("UPDATE {table} SET {adds} WHERE {is}")
        } else {
            let all: Vec<String> = keys.iter().chain(values).map(name).collect();
            let marks = vec!["?"; all.len()].join(", ");
            format!("INSERT INTO {table} ({}) VALUES ({marks}) USING TIMESTAMP ? AND TTL ?", all.join(", "))
        };
        let mut statement = Box::pin(self.session.prepare(statement)).await.map_err(|error| self.refused(error))?;
        // The same row at the same time may be written twice; a counter may not be added to twice.
        statement.set_is_idempotent(!self.counts());
        Ok(statement)
    }

    fn refused(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        let table = escape::line(&self.table).into_owned();
        Error::database("Cassandra does not take a row").at_table(table).because(error)
    }

    async fn write(&self, mut file: BufReader<File>) -> Result<u64> {
        let (partition, key) =
            (self.at(|f| f.role == Role::Partition), self.at(|f| matches!(f.role, Role::Partition | Role::Clustering)));
        let (shared, own) = (self.at(|f| f.role == Role::Static), self.at(|f| f.role == Role::Regular));
        let has_own_rows = key.len() > partition.len();
        let statements = Statements {
            row: self.prepare(&key, &own).await?,
            shared: if shared.is_empty() { None } else { Some(self.prepare(&partition, &shared).await?) },
        };
        let fault = |error| Error::file(self.table.clone() + "/" + FILE, "the rows of a table cannot be read", error);
        let mut line = String::new();
        file.read_line(&mut line).map_err(fault)?;
        if line != header(&self.fields) {
            return Err(Error::damaged("the columns of a table are not those of its schema")
                .at_table(escape::line(&self.table).into_owned()));
        }
        let (mut rows, mut flight, mut last): (u64, _, Vec<Cell>) = (0, FuturesUnordered::new(), Vec::new());
        loop {
            line.clear();
            if file.read_line(&mut line).map_err(fault)? == 0 {
                break;
            }
            if rows.is_multiple_of(LINES) {
                self.cancel.check()?;
            }
            rows += 1;
            let located = |error: Error| error.at_table(escape::line(&self.table).into_owned()).at_line(rows + 1);
            let cells = parse(line.strip_suffix('\n').unwrap_or(&line), &self.fields).map_err(located)?;
            let mut work = Vec::new();
            if let Some(statement) = &statements.shared
                && (last.is_empty() || partition.iter().any(|at| last[*at] != cells[*at]))
            {
                work.extend(
                    self.bound(&cells, &partition, &shared, false).into_iter().map(|values| (statement, values)),
                );
            }
            // A partition may have values that it shares and no rows.
            if !has_own_rows || key.iter().all(|at| cells[*at].value.is_some()) {
                work.extend(self.bound(&cells, &key, &own, true).into_iter().map(|values| (&statements.row, values)));
            }
            for (statement, values) in work {
                if flight.len() >= IN_FLIGHT {
                    self.settle(flight.next().await)?;
                }
                flight.push(async move { Box::pin(self.session.execute_unpaged(statement, values)).await.map(|_| ()) });
            }
            last = cells;
        }
        while !flight.is_empty() {
            self.settle(flight.next().await)?;
        }
        Ok(rows)
    }

    fn settle<E: std::error::Error + Send + Sync + 'static>(&self, outcome: Option<Result<(), E>>) -> Result<()> {
        outcome.unwrap_or(Ok(())).map_err(|error| self.refused(error))
    }

    /// Returns the values of the statements that write a row: one for each time. What has expired is left out.
    fn bound(&self, cells: &[Cell], keys: &[usize], values: &[usize], is_row: bool) -> Vec<Values> {
        let bind = |at: &usize| cells[*at].value.clone().map_or(Bound::Unset, Bound::Value);
        if self.counts() {
            let any = values.iter().any(|at| cells[*at].value.is_some());
            // A counter that was never added to is 0 to a sum, and stays NULL.
            return any.then(|| Values(values.iter().chain(keys).map(bind).collect())).into_iter().collect();
        }
        let now = now();
        let mut groups: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
        let mut present = false;
        for at in values.iter().filter(|at| cells[**at].value.is_some()) {
            present = true;
            let left = cells[*at].expires.map_or(0, |expires| expires - now);
            if cells[*at].expires.is_some() && left <= 0 {
                continue;
            }
            groups.entry((cells[*at].written.unwrap_or(FIRST), left)).or_default().push(*at);
        }
        if is_row && !present {
            groups.insert((FIRST, 0), Vec::new());
        }
        let statement = |((written, left), group): ((i64, i64), Vec<usize>)| {
            let mut all: Vec<Bound> = keys.iter().map(bind).collect();
            all.extend(values.iter().map(|at| if group.contains(at) { bind(at) } else { Bound::Unset }));
            all.push(Bound::Value(written.to_be_bytes().to_vec()));
            all.push(Bound::Value(i32::try_from(left).unwrap_or(i32::MAX).to_be_bytes().to_vec()));
            Values(all)
        };
        groups.into_iter().map(statement).collect()
    }
}
