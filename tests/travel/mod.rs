//! What an export takes along: rows that stayed behind because of a row that lives again, references to rows that do not
//! travel, rows without a date, and what it leaves out: rows that refer to a kind of object that nobody knows.

mod dates;
mod references;
mod revived;
mod strangers;

use std::collections::BTreeMap;
use std::process::Command;

use crate::conformance::command::{Exported, Site};
use crate::conformance::describe::Profile;
use crate::support::{Engine, finish};

/// A row of a dump file, by column; none is NULL.
type Row = BTreeMap<String, Option<String>>;

/// An installation with the rows of a script.
fn site(engine: Engine, script: &str) -> Site {
    let site = Site::empty(engine, &Profile::read("mini"));
    site.database.run(script);
    site.fill_hashes();
    site
}

/// The rows of a table in a bundle, by id. No value of these tests holds a comma or a quote.
fn rows(exported: &Exported, table: &str) -> BTreeMap<u64, Row> {
    let member = format!("data/{table}/00001.csv");
    let ended = finish(Command::new("tar").arg("-xOf").arg(&exported.bundle).arg(member));
    let mut lines = ended.stdout.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut rows = BTreeMap::new();
    for line in lines {
        let cells = line.split(',').map(|cell| (cell != "\\N").then(|| cell.to_owned()));
        let row: Row = names.iter().map(|name| (*name).to_owned()).zip(cells).collect();
        let id = row["id"].as_ref().expect("an id").parse().expect("a number");
        rows.insert(id, row);
    }
    rows
}

/// The ids of a table's rows in a bundle.
fn ids(exported: &Exported, table: &str) -> Vec<u64> {
    rows(exported, table).into_keys().collect()
}

/// A cell of a row.
fn cell<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row[column].as_deref()
}
