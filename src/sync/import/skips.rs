//! Rows that the target does not want, because a list of its own names them (`skip_if`). They are left out and counted as ignored,
//! and so is everything that depends on them.

use crate::error::{Error, Result};
use crate::model::profile::TableProfile;
use crate::model::selection::SkipRule;
use crate::sync::equal::text_bytes;

use super::target::Fitting;

/// Returns the conditions that a raw row `s` is on a list. None is ever NULL.
///
/// # Errors
/// `Schema` if the target lacks a list, or a column of it, or the bundle lacks the column of the row.
pub(super) fn skips(fitting: &Fitting<'_>, profile: &TableProfile, columns: &[String]) -> Result<Vec<String>> {
    let dialect = fitting.dialect;
    let skip = |rule: &SkipRule| {
        let list = fitting.catalogue.iter().find(|table| table.name == rule.table);
        if list.is_none_or(|list| list.column(&rule.column).is_none()) {
            return Err(Error::schema("the target lacks the list that `skip_if` names, or this user may not read it")
                .at_table(&rule.table)
                .at_column(&rule.column));
        }
        if !columns.contains(&rule.key) {
            return Err(Error::schema("the bundle lacks the column that `skip_if` compares").at_column(&rule.key));
        }
        let (key, listed) =
            (format!("s.{}", dialect.ident(&rule.key)), format!("gs_l.{}", dialect.ident(&rule.column)));
        Ok(format!(
            "({key} IS NOT NULL AND {} IN (SELECT {} FROM {} AS gs_l WHERE {listed} IS NOT NULL))",
            text_bytes(dialect, &key),
            text_bytes(dialect, &listed),
            dialect.ident(&rule.table)
        ))
    };
    profile.skip_if.iter().map(skip).collect()
}
