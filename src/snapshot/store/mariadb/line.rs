//! The form of rows: lines that `LOAD DATA` reads, which `mariadb-dump --tab` writes as well, in the bytes that the columns hold.

use std::io::{self, BufRead};

use super::describe::{Column, Table};
use super::server::ident;

/// Returns the query that reads rows of a table, with its end. The first column of the answer is no column of the table: the
/// driver mistakes a row that begins with a value of 16 MiB for the end of the result.
pub(super) fn select(table: &Table, database: &str, end: &str) -> String {
    let one = |column: &Column| {
        let name = ident(&column.name);
        match column.kind.as_str() {
            // The server would show too few digits of a float of 32 bits.
            "float" => format!("CAST({name} AS DOUBLE)"),
            // It takes bytes without a character set for the inner form of these.
            "inet6" | "uuid" => format!("CAST({name} AS BINARY(16))"),
            "inet4" => format!("CAST({name} AS BINARY(4))"),
            // Of a word that is none, the text is empty, which may be a word of its own.
            "enum" if !column.zero.is_empty() => {
                format!("IF({name} + 0 = 0, '{}', CAST({name} AS BINARY))", column.zero)
            }
            _ => name,
        }
    };
    let columns: Vec<String> = std::iter::once("1".to_owned()).chain(table.columns.iter().map(one)).collect();
    format!("SELECT {} FROM {}.{}{end}", columns.join(", "), ident(database), ident(&table.name))
}

/// Returns the statement that loads a file of rows into a table. It must compute nothing: where a statement has variables, the
/// server takes an id of zero for one that is missing.
pub(super) fn load(table: &Table, file: &str) -> String {
    let fields: Vec<String> = table.columns.iter().map(|column| ident(&column.name)).collect();
    format!(
        "LOAD DATA LOCAL INFILE '{file}' INTO TABLE {} CHARACTER SET binary FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' \
         LINES TERMINATED BY '\\n' ({})",
        ident(&table.name),
        fields.join(", ")
    )
}

/// Counts the words of a file of rows that are none.
///
/// # Errors
/// Those of reading it.
pub(super) fn zeros(table: &Table, mut rows: impl BufRead) -> io::Result<u64> {
    let (mut count, mut line) = (0, Vec::new());
    while rows.read_until(b'\n', &mut line)? > 0 {
        let fields = line.strip_suffix(b"\n").unwrap_or(&line).split(|byte| *byte == b'\t');
        let is_zero = |(field, column): &(&[u8], &Column)| !column.zero.is_empty() && *field == column.zero.as_bytes();
        count += fields.zip(&table.columns).filter(is_zero).count() as u64;
        line.clear();
    }
    Ok(count)
}

/// Writes a value of a row.
pub(super) fn value(cell: Option<&[u8]>, out: &mut Vec<u8>) {
    let Some(mut rest) = cell else { return out.extend_from_slice(b"\\N") };
    while let Some(place) = memchr::memchr3(b'\\', b'\t', b'\n', rest) {
        out.extend_from_slice(&rest[..place]);
        out.extend_from_slice(match rest[place] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            _ => b"\\\\",
        });
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
}
