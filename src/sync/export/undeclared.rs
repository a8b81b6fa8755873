//! Finds columns that look like references but are none in the profile. Their numbers travel as they are, and a number of the
//! source may be that of another row on the target.

use crate::model::likeness::{is_table_of, referred};
use crate::model::neutral::NeutralType;

use super::plan::{Planner, SourceTable};

/// Returns a warning that names the columns, or `None` if there are none.
pub(super) fn warning(planner: &Planner<'_>, tables: &[SourceTable]) -> Option<String> {
    let mut found = Vec::new();
    for table in tables {
        let profile = &table.profile;
        for column in table.own_columns().iter().filter(|column| column.neutral == NeutralType::Integer) {
            let declared = planner.profile.reference(profile, &column.name).is_some()
                || profile.polymorphic(&column.name).is_some()
                || column.name == *profile.id;
            let Some(row) = referred(&column.name).filter(|_| !declared) else { continue };
            let tables = planner.catalogue.iter().map(|table| &table.name);
            if let Some(to) = tables.filter(|table| is_table_of(table, &row)).min_by_key(|table| table.len()) {
                found.push(format!("{}.{} ({to})", profile.name, column.name));
            }
        }
    }
    (!found.is_empty()).then(|| {
        format!(
            "columns that look like references but are none in the profile: {}. Their numbers are carried as they are and may \
             lead to other rows on the target. Add them to `references`, or to `exclude`",
            found.join(", ")
        )
    })
}
