//! Matches the bundle's tables to the target's, in the order in which they are merged.

use std::collections::BTreeSet;

use crate::db::dialect::Dialect;
use crate::error::Result;
use crate::model::completed::Completed;
use crate::model::manifest::Header;
use crate::model::order::{Order, order};
use crate::model::schema::Table;

use super::counters::counters;
use super::fit::Joined;
use super::target::{Fitting, Taken, Target};

/// Fits the bundle to the target.
///
/// # Errors
/// `Schema`, if a key column is missing on either side, a column that must have a value does not travel, or the tables cannot
/// be put in order.
pub(super) fn fit(fitting: &Fitting<'_>) -> Result<Target> {
    let mut ignored_tables = Vec::new();
    let mut taken = Taken::new();
    for (index, table) in fitting.header.tables.iter().enumerate() {
        match (fitting.profile.table(&table.name), fitting.base(&table.name)) {
            (Some(profile), Some(found)) => {
                taken.insert(&table.name, (index, profile, found));
            }
            _ => ignored_tables.push(table.name.clone()),
        }
    }
    let order = order_of(fitting, &taken)?;
    let mut ignored_columns = Vec::new();
    let mut tables = Vec::new();
    for name in &order.tables {
        let Some((index, profile, base)) = taken.get(name.as_str()).filter(|_| fitting.is_present(name)) else {
            continue;
        };
        let joined = Joined {
            fitting,
            taken: &taken,
            index: *index,
            header: &fitting.header.tables[*index],
            profile,
            base,
            deferred: order.deferred.get(name).cloned().unwrap_or_default(),
        };
        tables.push(joined.fit(&mut ignored_columns).map_err(|error| error.at_table(name))?);
    }
    let counters = counters(fitting, &tables)?;
    Ok(Target { tables, counters, ignored_tables, ignored_columns })
}

/// Fits a bundle to a database before any of it is staged.
///
/// # Errors
/// As [`fit`].
pub(in crate::sync) fn fit_of_header(
    dialect: Dialect,
    profile: &Completed,
    catalogue: &[Table],
    header: &Header,
) -> Result<Target> {
    let arrival = header.profile.digest != profile.digest();
    fit(&Fitting {
        dialect,
        profile,
        catalogue,
        header,
        pid: std::process::id(),
        arrival,
        from_rejects: false,
        present: None,
        partial: BTreeSet::new(),
    })
}

fn order_of(fitting: &Fitting<'_>, taken: &Taken<'_>) -> Result<Order> {
    let nullable = |table: &str, column: &str| {
        taken.get(table).and_then(|(_, _, table)| table.column(column)).is_none_or(|column| column.nullable)
    };
    order(fitting.profile, &nullable, &|table| taken.contains_key(table))
}
