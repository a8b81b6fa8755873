//! What becomes of a bundle on its way, and what the target says to it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::history::{Fault, History, Parcel};
use super::world::Run;

/// Points at which an import is killed, before it has ended.
const POINTS: [&str; 8] = [
    "import.member",
    "import.staged",
    "import.resolve:2",
    "import.insert",
    "import.update",
    "import.committed:2",
    "import.files",
    "import.before-finish",
];

impl History<'_> {
    /// Imports a bundle, smoothly or not.
    pub(super) fn deliver(&mut self, parcel: Parcel) -> Result<(), Fault> {
        match self.rng.below(100) {
            0..7 => self.deliver_strictly(parcel),
            7..14 => self.deliver_without_rejects(parcel),
            14..26 => self.deliver_with_death(parcel),
            _ => self.import(&parcel, &[], None).map(drop),
        }
    }

    fn deliver_strictly(&mut self, parcel: Parcel) -> Result<(), Fault> {
        let (would_miss, stream) = (self.misses(&parcel), parcel.stream);
        let run = self.import(&parcel, &["--strict-chain"], None)?;
        match (run.status == 5, would_miss) {
            (true, true) => {
                if self.rng.chance(70) {
                    self.bag.push(parcel);
                }
                Ok(())
            }
            (true, false) => Err(format!("a bundle whose parent is there was refused: {}", run.stderr)),
            (false, true) if self.still_missing(stream).is_empty() => Ok(()),
            (false, true) => Err("a bundle whose parent is missing was not refused".into()),
            (false, false) => Ok(()),
        }
    }

    /// An import that shall end before anything is written if a row is rejected.
    fn deliver_without_rejects(&mut self, parcel: Parcel) -> Result<(), Fault> {
        let run = self.import(&parcel, &["--max-rejects=0"], None)?;
        if !ended(&run) && self.rng.chance(70) {
            self.bag.push(parcel);
        }
        Ok(())
    }

    fn deliver_with_death(&mut self, parcel: Parcel) -> Result<(), Fault> {
        let point = *self.rng.pick(&POINTS);
        let run = self.import(&parcel, &[], Some(point))?;
        if run.status != -1 {
            return Ok(());
        }
        match self.rng.below(10) {
            0..4 => {
                let resumed = self.import(&parcel, &["--resume"], None)?;
                if ended(&resumed) {
                    Ok(())
                } else {
                    Err(format!("--resume ended with {}: {}", resumed.status, resumed.stderr))
                }
            }
            4..8 => self.import(&parcel, &[], None).map(drop),
            8 => {
                self.bag.push(parcel);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Runs an import, and holds what it says of the chain against what it has seen.
    pub(super) fn import(&mut self, parcel: &Parcel, more: &[&str], point: Option<&str>) -> Result<Run, Fault> {
        let target = self.streams[parcel.stream].target;
        let limit = *self.rng.pick(&[1, 7, 1000]);
        let mut arguments = vec!["import".to_owned(), format!("--file={}", parcel.file.display())];
        arguments.push(format!("--object-limit={limit}"));
        arguments.push(format!("--files-root={}", self.world.targets[target].files.display()));
        arguments.push(format!("--override-description={}", if self.override_description { "Y" } else { "N" }));
        arguments.extend(more.iter().map(|text| (*text).to_owned()));
        let behind = self.misses(parcel);
        let run = self.on_target(target, &arguments, point);
        let totals = &run.report["totals"];
        let counts: Vec<String> = totals
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, n)| n.as_u64() != Some(0))
            .map(|(k, n)| format!("{k} {n}"))
            .collect();
        self.note(format!(
            "target {target}: import of {:?} {more:?} {point:?}: {} ({})",
            parcel.sequence,
            run.status,
            counts.join(", ")
        ));
        if !ended(&run) {
            let allowed = run.status == -1 && point.is_some() || !more.is_empty();
            return if allowed { Ok(run) } else { Err(format!("import ended with {}: {}", run.status, run.stderr)) };
        }
        let newest = self.applied(parcel.stream).filter_map(|other| other.sequence).max().unwrap_or(0);
        self.seen[target].applied.push(parcel.clone());
        let said = run.status == 11 || run.report["chain"]["missing"] != Value::Null;
        let missing = self.missing(parcel.stream);
        if said && missing.is_empty() {
            return Err("import says that a bundle is missing, but none is".into());
        }
        let lost = self.still_missing(parcel.stream);
        if behind && parcel.sequence > Some(newest) && !said && !lost.is_empty() {
            return Err(format!("bundles {lost:?} are missing, and import does not say so"));
        }
        Ok(run)
    }

    pub(super) fn applied(&self, stream: usize) -> impl Iterator<Item = &Parcel> {
        self.seen[self.streams[stream].target].applied.iter().filter(move |parcel| parcel.stream == stream)
    }

    /// Whether nothing of the stream that the target has leads up to a bundle.
    fn misses(&self, parcel: &Parcel) -> bool {
        let Some(sequence) = parcel.sequence else { return false };
        let newest = self.applied(parcel.stream).filter_map(|other| other.sequence).max().unwrap_or(0);
        let has_parent = self.applied(parcel.stream).any(|other| Some(&other.digest) == parcel.parent.as_ref());
        sequence > 1 && !has_parent && parcel.covers > newest + 1
    }

    /// The numbers of bundles that a target lacks, though it has later ones.
    pub(super) fn missing(&self, stream: usize) -> BTreeSet<u64> {
        self.uncovered(stream, |parcel| parcel.sequence.is_some())
    }

    /// Those of them that no bundle of explicit dates has brought either.
    pub(super) fn still_missing(&self, stream: usize) -> BTreeSet<u64> {
        self.uncovered(stream, |_| true)
    }

    fn uncovered(&self, stream: usize, counts: impl Fn(&Parcel) -> bool) -> BTreeSet<u64> {
        let newest = self.applied(stream).filter_map(|parcel| parcel.sequence).max().unwrap_or(0);
        let covered = |number: &u64| {
            self.applied(stream).any(|parcel| counts(parcel) && (parcel.covers..=parcel.through).contains(number))
        };
        (1..=newest).filter(|number| !covered(number)).collect()
    }
}

/// Whether an import got to its end. One that stops at its limit of rejects ends with 3 as well, but fails.
pub(super) fn ended(run: &Run) -> bool {
    [0, 3, 11].contains(&run.status) && run.report["error"].is_null() && run.report["status"] != "failed"
}
