//! Makes a failing case smaller: leaves out words, then rows, as long as it fails in the same way.

use super::play::{Case, Fault};
use crate::model::Installation;

/// Runs of smaller cases at most.
const TRIES: usize = 250;

/// The smallest case found that fails in the same way, and how.
pub(super) fn shrink(case: Case, fault: Fault, fails: &dyn Fn(&Case) -> Option<Fault>) -> (Case, Fault) {
    let (mut case, mut fault) = (case, fault);
    let (mut tries, mut at) = (0, 0);
    while let Some(smaller) = candidates(&case).into_iter().nth(at) {
        tries += 1;
        if tries > TRIES {
            break;
        }
        match fails(&smaller).filter(|found| found.what == fault.what) {
            Some(found) => (case, fault) = (smaller, found),
            None => at += 1,
        }
    }
    (case, fault)
}

/// The case with something less, in many ways, the larger steps first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut smaller = Vec::new();
    let mut add = |change: &dyn Fn(&mut Case)| {
        let mut less = case.clone();
        change(&mut less);
        smaller.push(less);
    };
    if case.later != case.source {
        add(&|less| less.later = less.source.clone());
        add(&|less| less.source = less.later.clone());
    }
    if case.world.conditions {
        add(&|less| less.world.conditions = false);
    }
    if case.world.version.is_some() {
        add(&|less| less.world.version = None);
    }
    for (place, table) in case.world.tables.iter().enumerate() {
        for word in 0..table.words.len() {
            add(&|less| drop(less.world.tables[place].words.remove(word)));
        }
        for (at, reference) in table.references.iter().enumerate() {
            if reference.by.is_some() {
                add(&|less| less.world.tables[place].references[at].by = None);
            }
            if reference.missing.is_some() {
                add(&|less| less.world.tables[place].references[at].missing = None);
            }
            if !table.in_key(&reference.column) {
                add(&|less| drop(less.world.tables[place].references.remove(at)));
            }
        }
        if table.unique {
            add(&|less| less.world.tables[place].unique = false);
        }
    }
    for table in &case.world.tables {
        let mut less_rows = |of: fn(&mut Case) -> &mut Installation, count: usize| {
            for row in (0..count).rev() {
                add(&|less| {
                    if let Some(rows) = of(less).tables.get_mut(table.name) {
                        rows.remove(row);
                    }
                });
            }
        };
        less_rows(|case| &mut case.target, case.target.rows(table.name).len());
        less_rows(|case| &mut case.later, case.later.rows(table.name).len());
        less_rows(|case| &mut case.source, case.source.rows(table.name).len());
    }
    smaller
}
