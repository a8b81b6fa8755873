//! Counts rows by CQL, in ranges of tokens side by side.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use scylla::client::session::Session;

use super::super::contract::Fact;
use super::cql::quoted;
use super::keyspace::{Role, Table};
use super::session::{Cql, Raw, rows};
use crate::error::{Error, Result};
use crate::snapshot::wait::wait;

/// What a fact about the rows of a table is called.
pub(super) const ROWS: &str = "rows";

/// What a fact about values that expire is called: no more rows than that can vanish by themselves.
pub(super) const EXPIRING: &str = "expiring values";

/// What the object of a fact begins with.
pub(super) const TABLE: &str = "table ";

/// Ranges that the tokens are cut into.
const RANGES: usize = 32;

/// Ranges that are asked for at once.
const AT_ONCE: usize = 8;

/// Returns conditions that cut a table into ranges of tokens. No row has the lowest token.
pub(super) fn ranges(table: &Table) -> Vec<String> {
    let token = format!("token({})", table.list(Role::Partition));
    let width = u64::MAX / RANGES as u64;
    let bound = |at: usize| {
        // From the lowest number up; the last range ends at the highest.
        let from_lowest = if at == RANGES { u64::MAX } else { width * at as u64 };
        i64::MIN.wrapping_add_unsigned(from_lowest)
    };
    (0..RANGES).map(|at| format!("{token} > {} AND {token} <= {}", bound(at), bound(at + 1))).collect()
}

/// Returns what a table is called in a fact.
pub(super) fn object(table: &str) -> String {
    format!("{TABLE}{table}")
}

/// Counts the rows of tables, and in each the values that expire.
///
/// # Errors
/// `Database`, with the table.
pub(super) fn count(cql: &Cql, keyspace: &str, tables: &[Table], types: &[String]) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    for table in tables {
        let timed = table.columns.iter().filter(|column| column.has_time(types));
        let expiring: Vec<String> = timed.map(|column| format!(", count(ttl({}))", quoted(&column.name))).collect();
        let query =
            format!("SELECT count(*){} FROM {}.{} WHERE ", expiring.concat(), quoted(keyspace), quoted(&table.name));
        let queries = ranges(table).into_iter().map(|range| format!("{query}{range}")).collect();
        let sums = wait(sum(&cql.session(), queries)).map_err(|error| {
            let name = crate::error::escape::line(&table.name).into_owned();
            Error::database("the rows of a table cannot be counted").at_table(name).because(error)
        })?;
        let value = |count: i64| u64::try_from(count).unwrap_or(0);
        let fact = |measure: &str, count: i64| Fact {
            object: object(&table.name),
            measure: measure.to_owned(),
            value: value(count),
        };
        facts.push(fact(ROWS, sums.first().copied().unwrap_or(0)));
        facts.push(fact(EXPIRING, sums.iter().skip(1).sum()));
    }
    Ok(facts)
}

/// Returns the sum of each column over queries that return a row of counts.
async fn sum(session: &Session, queries: Vec<String>) -> Result<Vec<i64>> {
    let ask = |query: String| rows::<Raw>(session, query);
    let mut sums = Vec::new();
    let mut answers = stream::iter(queries).map(ask).buffer_unordered(AT_ONCE);
    while let Some(answer) = answers.try_next().await? {
        for row in answer {
            sums.resize(row.0.len(), 0);
            for (sum, cell) in sums.iter_mut().zip(row.0) {
                let count = cell.as_deref().and_then(|bytes| bytes.try_into().ok()).map_or(0, i64::from_be_bytes);
                *sum += count;
            }
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_cover_all_tokens_but_the_lowest() {
        let table = Table { name: "t".into(), id: String::new(), columns: Vec::new() };
        let found = ranges(&table);
        let bounds: Vec<(i64, i64)> = found
            .iter()
            .map(|text| {
                let numbers: Vec<i64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
                (numbers[0], numbers[1])
            })
            .collect();
        assert_eq!((bounds[0].0, bounds[RANGES - 1].1), (i64::MIN, i64::MAX));
        assert!(bounds.windows(2).all(|pair| pair[0].1 == pair[1].0 && pair[0].0 < pair[0].1));
    }
}
