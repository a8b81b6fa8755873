//! Compares the content of a staged row with that of its base row.
//!
//! Used only for rows with equal dates. Columns that an update would not write are not compared: key, hash, dates, fixed
//! columns, and descriptions under `--override-description=N`. A value that the bundle could not supply, such as a reference to
//! a missing row, never differs.

use super::{Merge, MergeTable, Pivot};
use crate::model::neutral::NeutralType;
use crate::sync::none::null_if;

impl Merge {
    /// Returns the SQL condition that a base row `b` differs from a staged one. `staged` returns the SQL of a carried column;
    /// `mapped` returns that of a pivot's id on the target.
    pub(super) fn differs(
        &self,
        table: &MergeTable,
        staged: &dyn Fn(&str) -> String,
        mapped: &dyn Fn(&Pivot) -> String,
    ) -> String {
        let mut different = Vec::new();
        for (column, neutral) in &table.neutral {
            let skipped = table.fixed.contains(column)
                || table.date.as_ref() == Some(column)
                || table.created.as_ref() == Some(column)
                || table.pivots.iter().any(|pivot| pivot.looks_at(column));
            if skipped {
                continue;
            }
            let (value, base) = (staged(column), self.column("b", column));
            let mut unequal = self.unequal(*neutral, &value, &base);
            if table.suffixed.as_ref() == Some(column) {
                let suffixed = self.suffixed(table, column, staged);
                unequal = format!("({unequal} AND {})", self.unequal(*neutral, &suffixed, &base));
            }
            let staged = value;
            if table.places.contains(column) {
                different.push(format!("({staged} IS NOT NULL AND {base} IS NULL)"));
            } else if !table.descriptions.contains(column) {
                different.push(unequal);
            } else if self.options.override_description {
                different.push(format!("({staged} IS NOT NULL AND {unequal})"));
            }
        }
        // Deferred references are compared once they are mapped.
        for pivot in table.pivots.iter().filter(|pivot| !pivot.deferred()) {
            different.extend(self.refers_elsewhere(table, pivot, staged, &mapped(pivot)));
        }
        if different.is_empty() { "1=0".to_owned() } else { format!("({})", different.join(" OR ")) }
    }

    /// Returns the SQL condition that a base row `b` refers to a different row than the staged one, or `None` if an update
    /// would not write the reference.
    pub(super) fn refers_elsewhere(
        &self,
        table: &MergeTable,
        pivot: &Pivot,
        staged: &dyn Fn(&str) -> String,
        mapped: &str,
    ) -> Option<String> {
        let column = pivot.column();
        if table.fixed.iter().any(|fixed| fixed == column) || !table.columns.iter().any(|name| name == column) {
            return None;
        }
        let ours = null_if(&self.column("b", column), pivot.none);
        let mut elsewhere = format!("NOT ({})", self.dialect.null_safe_eq(&ours, mapped));
        if let Some(code) = pivot.type_column().filter(|code| !table.fixed.iter().any(|fixed| fixed == code)) {
            let unequal = self.unequal(NeutralType::Text, &staged(code), &self.column("b", code));
            elsewhere = format!("({elsewhere} OR {unequal})");
        }
        let columns = std::iter::once(column).chain(pivot.hash()).chain(pivot.key_column());
        let unset: Vec<String> = columns.map(|column| format!("{} IS NULL", staged(column))).collect();
        let unset = unset.join(" AND ");
        Some(format!("(({mapped} IS NOT NULL OR ({unset})) AND {elsewhere})"))
    }
}
