//! Notices names that come twice among more than memory holds: at once among those in memory, else at the end.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crate::bundle::layout::NameKey;
use crate::stream::field;
use crate::stream::sorter::Sorter;
use crate::stream::spill::lowered;

/// Bytes of a name and its number.
const RECORD: usize = 24;

/// Bytes that a name takes in memory while it is looked for.
const IN_MEMORY: usize = 40;

/// Names, each with a number that grows.
pub(super) struct Distinct {
    recent: HashMap<NameKey, u64>,
    most: usize,
    /// Those that are no longer in memory.
    earlier: Option<Sorter<RECORD>>,
    /// Half of the budget.
    budget: usize,
    folder: std::path::PathBuf,
}

impl Distinct {
    /// Returns an empty set, which needs so many bytes of memory and goes to a file in a folder beyond them.
    pub(super) fn new(folder: &Path, budget: usize) -> Self {
        let budget = lowered(budget) / 2;
        let most = (budget / IN_MEMORY).max(1);
        Self { recent: HashMap::new(), most, earlier: None, budget, folder: folder.to_owned() }
    }

    /// Adds a name. Returns false if it is known to be there already.
    ///
    /// # Errors
    /// If the file fails.
    pub(super) fn insert(&mut self, name: NameKey, number: u64) -> io::Result<bool> {
        if self.recent.contains_key(&name) {
            return Ok(false);
        }
        if self.recent.len() >= self.most {
            self.put_by()?;
        }
        self.recent.insert(name, number);
        Ok(true)
    }

    fn put_by(&mut self) -> io::Result<()> {
        let earlier = self.earlier.get_or_insert_with(|| Sorter::new(&self.folder, self.budget));
        for (name, number) in self.recent.drain() {
            let mut record = [0; RECORD];
            record[..name.len()].copy_from_slice(&name);
            record[name.len()..].copy_from_slice(&number.to_be_bytes());
            earlier.push(record)?;
        }
        Ok(())
    }

    /// Returns the number of the first name that was there before, and forgets all names.
    ///
    /// # Errors
    /// If the file fails.
    pub(super) fn repeated(&mut self) -> io::Result<Option<u64>> {
        if self.earlier.is_some() {
            self.put_by()?;
        }
        // All that is in memory differ.
        let Some(earlier) = self.earlier.take() else { return Ok(None) };
        let (mut before, mut first): (Option<NameKey>, Option<u64>) = (None, None);
        for record in earlier.sorted()? {
            let record = record?;
            let (name, number): (NameKey, u64) = (field(&record, 0), u64::from_be_bytes(field(&record, 16)));
            if before == Some(name) {
                first = Some(first.map_or(number, |first| first.min(number)));
            }
            before = Some(name);
        }
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_first_name_that_comes_twice_is_noticed_whatever_the_budget(
            names in proptest::collection::vec(0_u8..60, 0..60),
            budget in 0_usize..2000,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut distinct = Distinct::new(folder.path(), budget);
            let mut noticed = None;
            for (number, name) in names.iter().enumerate() {
                if !distinct.insert([*name; 16], number as u64).unwrap() {
                    noticed = Some(number);
                    break;
                }
            }
            let repeated = distinct.repeated().unwrap().map(|number| number as usize);
            let wanted = (0..names.len()).find(|at| names[..*at].contains(&names[*at]));
            proptest::prop_assert_eq!(repeated.or(noticed), wanted);
        }
    }
}
