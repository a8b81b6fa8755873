//! Makes a failing case smaller: leaves out tables, then rows, as long as it still fails.

use super::case::{Case, Journey};
use crate::model::schema::Schema;
use crate::model::{Installation, cell};

/// Runs of smaller cases at most.
const TRIES: usize = 150;

/// The smallest case found for which `fails` still gives a fault, and that fault.
pub(super) fn shrink(
    case: Case,
    fault: String,
    schema: &Schema,
    fails: &dyn Fn(&Case) -> Option<String>,
) -> (Case, String) {
    let (mut case, mut fault) = (case, fault);
    let mut tries = 0;
    let mut at = 0;
    loop {
        let smaller = candidates(&case, schema);
        let Some(candidate) = smaller.get(at).cloned() else { return (case, fault) };
        tries += 1;
        if tries > TRIES {
            return (case, fault);
        }
        match fails(&candidate) {
            Some(found) => (case, fault) = (candidate, found),
            None => at += 1,
        }
    }
}

/// The case with one table or row less, in many ways, the larger steps first. A database loses only what nothing refers to.
fn candidates(case: &Case, schema: &Schema) -> Vec<Case> {
    let mut smaller = Vec::new();
    if let Journey::HandMade(bundle) = &case.journey {
        for (at, table) in bundle.tables.iter().enumerate().filter(|(_, table)| table.rows().count() > 0) {
            let mut less = bundle.clone();
            less.tables[at].files = vec![Vec::new()];
            smaller.push(Case { journey: Journey::HandMade(less), ..case.clone() });
            for file in 0..table.files.len() {
                for row in 0..table.files[file].len() {
                    let mut less = bundle.clone();
                    less.tables[at].files[file].remove(row);
                    smaller.push(Case { journey: Journey::HandMade(less), ..case.clone() });
                }
            }
        }
    } else {
        smaller.extend(without_a_row(&case.source, schema).map(|source| Case { source, ..case.clone() }));
    }
    smaller.extend(without_a_row(&case.target, schema).map(|target| Case { target, ..case.clone() }));
    smaller
}

fn without_a_row<'a>(whole: &'a Installation, schema: &'a Schema) -> impl Iterator<Item = Installation> + 'a {
    whole.tables.iter().rev().flat_map(move |(name, rows)| {
        (0..rows.len()).filter(move |&at| !is_referred_to(whole, schema, name, cell(&rows[at], "id").unwrap())).map(
            move |at| {
                let mut less = whole.clone();
                less.tables.get_mut(name).unwrap().remove(at);
                less
            },
        )
    })
}

fn is_referred_to(whole: &Installation, schema: &Schema, name: &str, id: &str) -> bool {
    schema.profile.tables.iter().any(|table| {
        whole.rows(&table.name).iter().any(|row| {
            schema.references(table).any(|column| schema.target(table, row, column) == Some((Some(name), id)))
        })
    })
}
