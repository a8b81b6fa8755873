//! The digests of a file's records by day. A file whose rows have days of their own, such as a summary of a month, grows and
//! changes; the digests say which of its days did.

use std::collections::{BTreeMap, BTreeSet};

use md5::{Digest, Md5};

use super::dates::{self, Date};

/// A digest for each day of a file. It does not depend on the order of the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DayDigests(BTreeMap<Date, u128>);

impl DayDigests {
    /// Adds a record.
    pub(super) fn add<'a>(&mut self, day: Date, cells: impl Iterator<Item = Option<&'a [u8]>>) {
        let mut digest = Md5::new();
        for cell in cells {
            digest.update([u8::from(cell.is_some())]);
            let cell = cell.unwrap_or_default();
            digest.update((cell.len() as u64).to_le_bytes());
            digest.update(cell);
        }
        self.sum(day, u128::from_le_bytes(digest.finalize().into()));
    }

    /// Adds other records of the same file.
    pub(super) fn join(&mut self, other: Self) {
        other.0.into_iter().for_each(|(day, digest)| self.sum(day, digest));
    }

    fn sum(&mut self, day: Date, digest: u128) {
        let known = self.0.entry(day).or_default();
        *known = known.wrapping_add(digest);
    }

    /// Returns the days.
    pub(super) fn days(&self) -> impl Iterator<Item = Date> {
        self.0.keys().copied()
    }

    /// Returns whether there are records of a day.
    pub(super) fn has(&self, day: Date) -> bool {
        self.0.contains_key(&day)
    }

    /// Returns the days whose records are not those that they were.
    pub(super) fn changed_since(&self, before: &Self) -> impl Iterator<Item = Date> {
        self.0
            .iter()
            .filter(|(day, digest)| before.0.get(day).is_some_and(|known| known != *digest))
            .map(|(day, _)| *day)
    }

    /// Returns the digests of all other days.
    pub(super) fn without(&self, days: &BTreeSet<Date>) -> Self {
        Self(self.0.iter().filter(|(day, _)| !days.contains(day)).map(|(day, digest)| (*day, *digest)).collect())
    }

    /// Returns the digests as the ledger keeps them: a JSON object.
    pub(super) fn to_json(&self) -> String {
        let text = |(day, digest): (&Date, &u128)| (dates::shown(*day), format!("{digest:032x}").into());
        serde_json::Value::Object(self.0.iter().map(text).collect()).to_string()
    }

    /// Reads what [`DayDigests::to_json`] wrote.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        let texts: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let read =
            |(day, digest): (String, String)| Some((dates::leading(&day)?.0, u128::from_str_radix(&digest, 16).ok()?));
        texts.into_iter().map(read).collect::<Option<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = (2017, 1, 4);
    const NEXT: Date = (2017, 1, 5);

    fn digests(records: &[(Date, &[Option<&str>])]) -> DayDigests {
        let mut digests = DayDigests::default();
        for (day, cells) in records {
            digests.add(*day, cells.iter().map(|cell| cell.map(str::as_bytes)));
        }
        digests
    }

    #[test]
    fn only_days_with_other_records_differ() {
        let before = digests(&[(DAY, &[Some("a"), Some("1")]), (DAY, &[Some("b"), None]), (NEXT, &[Some("c"), None])]);
        let moved = digests(&[(NEXT, &[Some("c"), None]), (DAY, &[Some("b"), None]), (DAY, &[Some("a"), Some("1")])]);
        assert_eq!(before, moved);
        for records in [
            &[(DAY, &[Some("a1"), Some("")][..]), (DAY, &[Some("b"), None])][..],
            &[(DAY, &[Some("a"), Some("1")][..]), (DAY, &[Some("b"), Some("")])],
            &[(DAY, &[Some("a"), Some("1")][..]), (DAY, &[Some("b"), None]), (DAY, &[Some("b"), None])],
        ] {
            assert_eq!(digests(records).changed_since(&before).collect::<Vec<_>>(), [DAY], "{records:?}");
        }
    }

    #[test]
    fn the_ledger_keeps_them_as_text() {
        let all = digests(&[(DAY, &[Some("a")]), (NEXT, &[None])]);
        assert_eq!(DayDigests::from_json(&all.to_json()), Some(all.clone()));
        assert_eq!(all.without(&BTreeSet::from([DAY])).days().collect::<Vec<_>>(), [NEXT]);
        assert_eq!(DayDigests::from_json("{\"x\": \"1\"}"), None);
    }
}
