//! Describes tables from what DESCRIBE returns.

use crate::migrate::mapping::{DAY_COLUMNS, Output};
use crate::migrate::rows::column_of;
use crate::migrate::table::TargetTable;
use crate::model::neutral::NeutralType;
use crate::model::schema::{Column, Limits, Table};

use super::statements::native;

/// Returns a table for the rows of DESCRIBE: name, type and comment of each column, the partition's columns among them. Spark
/// and Hive repeat those below a line that begins with `#`.
pub(super) fn table(name: &str, rows: Vec<Vec<Option<String>>>) -> Table {
    let cells = rows.into_iter().map(|row| {
        let mut cells = row.into_iter().map(|cell| cell.unwrap_or_default().trim().to_owned());
        (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
    });
    let columns = cells.take_while(|(name, _)| !name.is_empty() && !name.starts_with('#'));
    Table {
        name: name.to_owned(),
        columns: columns.map(|(name, native)| column(&name, &native)).collect(),
        ..Table::default()
    }
}

/// Returns a target table as `--init` makes it.
pub(super) fn made(output: &Output) -> TargetTable {
    let mut columns: Vec<Column> = output
        .columns
        .iter()
        .map(|column| Column { native: native(column.kind).to_owned(), ..column_of(&column.name, column.kind) })
        .collect();
    columns
        .extend(DAY_COLUMNS.iter().zip(["SMALLINT", "TINYINT", "TINYINT"]).map(|(name, native)| column(name, native)));
    TargetTable { name: output.table.clone(), columns }
}

fn column(name: &str, native: &str) -> Column {
    let word = native.to_ascii_lowercase();
    let integer = |bits: u32| Some((-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1));
    let (neutral, limits) = match word.as_str() {
        "tinyint" => (NeutralType::Integer, Limits { integer: integer(8), ..Limits::default() }),
        "smallint" => (NeutralType::Integer, Limits { integer: integer(16), ..Limits::default() }),
        "int" | "integer" => (NeutralType::Integer, Limits { integer: integer(32), ..Limits::default() }),
        "bigint" => (NeutralType::Integer, Limits { integer: integer(64), ..Limits::default() }),
        "float" | "double" | "real" => {
            let mut limits = Limits::default();
            limits.float.single = word == "float";
            (NeutralType::Float, limits)
        }
        _ => (NeutralType::Text, Limits { max_chars: length_of(&word), ..Limits::default() }),
    };
    Column { native: native.to_owned(), limits, ..Column::of_query(name, neutral) }
}

/// Returns the length of `varchar(20)`.
fn length_of(word: &str) -> Option<u64> {
    word.split_once('(')?.1.strip_suffix(')')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_is_described_once() {
        let row = |name: &str, native: &str| vec![Some(name.to_owned()), Some(native.to_owned()), None];
        let rows = vec![
            row("ip", "varchar(20)"),
            row("n", "int"),
            row("y", "smallint"),
            row("# Partition Information", ""),
            row("y", "smallint"),
        ];
        let table = table("t", rows);
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["ip", "n", "y"]);
        assert_eq!(table.columns[0].limits.max_chars, Some(20));
        assert_eq!(table.columns[2].limits.integer, Some((-32_768, 32_767)));
    }
}
