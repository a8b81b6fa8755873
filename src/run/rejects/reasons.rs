//! Counts why rows were rejected and names some rows for each reason. Reads the rejects file, so that a resumed run also
//! covers the rows rejected before it.

use std::collections::HashMap;

use crate::error::Result;
use crate::model::hex::is_hex;
use crate::model::profile::Profile;
use crate::model::run::{RejectReason, RejectedRow};
use crate::rows::rejects::RejectRow;

use super::Rejects;

/// How many reasons are listed separately; the rows of all others are counted together.
const REASONS: usize = 100;

/// How many rows are named for each reason.
const EXAMPLES: usize = 3;

/// Counts the rows whose reason is not listed separately.
const OTHERS: &str = "other reasons, see the rejects file";

impl Rejects {
    /// Returns the reasons for the rows rejected so far, the most frequent one first. A profile names rows by their id and hash.
    ///
    /// # Errors
    /// `File`.
    pub fn reasons(&mut self, profile: Option<&Profile>) -> Result<Vec<RejectReason>> {
        let Some(mut rows) = self.reread()? else { return Ok(Vec::new()) };
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut reasons: Vec<RejectReason> = Vec::new();
        let mut others = RejectReason { reason: OTHERS.to_owned(), ..RejectReason::default() };
        while let Some((_, row)) = rows.next_row()? {
            let counted = match places.get(&row.reason) {
                Some(place) => &mut reasons[*place],
                None if reasons.len() < REASONS => {
                    places.insert(row.reason.clone(), reasons.len());
                    reasons.push(RejectReason { reason: row.reason.clone(), ..RejectReason::default() });
                    let last = reasons.len() - 1;
                    &mut reasons[last]
                }
                None => &mut others,
            };
            counted.rows += 1;
            if counted.examples.len() < EXAMPLES {
                counted.examples.push(named(&row, profile));
            }
        }
        // The sort is stable: equal counts keep the order of the file.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
        reasons.extend((others.rows > 0).then_some(others));
        Ok(reasons)
    }
}

/// Returns how a report names a row. To avoid showing any values, an id that is not a number or a hash that is malformed is
/// left out.
fn named(row: &RejectRow, profile: Option<&Profile>) -> RejectedRow {
    let table = profile.and_then(|profile| profile.table(&row.table));
    let text = |column: &str| {
        let field = row.fields.iter().find(|(name, _)| name == column);
        field.and_then(|(_, text)| text.clone())
    };
    RejectedRow {
        table: row.table.clone(),
        id: table.and_then(|table| text(&table.id)?.parse().ok()),
        sync_hash: table.and_then(|table| text(&table.hash)).filter(|hash| is_hex(hash, 32)),
        dump_file: row.dump_file.clone(),
        line: row.dump_line.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reject;
    use super::*;

    #[test]
    fn reasons_are_counted_and_rows_named_without_their_values() {
        let profile = Profile::parse(include_str!("../../../sql/profiles/threatq.toml")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut rejects = Rejects::new(folder.path().join("x-rejects.csv"));
        assert_eq!(rejects.reasons(Some(&profile)).unwrap(), []);
        let reject = |reason: String, id: &str, hash: &str| Reject {
            position: (1 << 40) + 2,
            reason,
            fields: [("id", id), ("value", "secret"), ("sync_hash", hash)]
                .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
                .into(),
            parents: Vec::new(),
        };
        let hash = "ab".repeat(16);
        let mut rows = vec![reject("rare".into(), "secret", "secret")];
        rows.extend((1..=5).map(|id| reject("often".into(), &id.to_string(), &hash)));
        rows.extend((0..200).map(|reason| reject(format!("reason {reason}"), "7", &hash)));
        rejects.write("indicators", &rows).unwrap();
        let reasons = rejects.reasons(Some(&profile)).unwrap();
        assert_eq!(reasons.len(), REASONS + 1);
        assert_eq!((reasons[0].reason.as_str(), reasons[0].rows, reasons[0].examples.len()), ("often", 5, EXAMPLES));
        assert_eq!(reasons[0].examples[2].id, Some(3));
        assert_eq!(reasons[0].examples[2].sync_hash.as_ref(), Some(&hash));
        assert_eq!((reasons[1].reason.as_str(), reasons[1].examples[0].id), ("rare", None));
        assert_eq!((reasons[REASONS].reason.as_str(), reasons[REASONS].rows), (OTHERS, 102));
        assert!(!serde_json::to_string(&reasons).unwrap().contains("secret"));
    }
}
