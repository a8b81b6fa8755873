//! Compares what a run will need on each disk with the free space there.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::event::Progress;
use crate::model::run::{Disk, Need};

use super::report::grid::size;

/// Needs below this are never refused: estimates of small runs are rough, and such a run fails soon if it must.
const SMALL: u64 = 64 << 20;

/// What a run will write, part by part.
#[derive(Default)]
pub struct Parts(Vec<Part>);

struct Part {
    name: &'static str,
    /// Upper bound.
    bytes: u64,
    likely: u64,
    place: Option<PathBuf>,
}

impl Parts {
    /// Adds bytes that go to a file or folder, or with `None` to a server whose disks cannot be seen.
    pub fn add(&mut self, name: &'static str, bytes: u64, place: Option<&Path>) {
        self.add_likely(name, bytes, bytes, place);
    }

    /// Adds at most `bytes`, of which `likely` will probably be used.
    pub fn add_likely(&mut self, name: &'static str, bytes: u64, likely: u64, place: Option<&Path>) {
        if bytes > 0 {
            self.0.push(Part { name, bytes, likely: likely.min(bytes), place: place.map(Path::to_owned) });
        }
    }

    /// Adds up what goes to each disk and looks up how much is free there.
    pub fn need(self) -> Need {
        let mut disks: BTreeMap<Option<u64>, Disk> = BTreeMap::new();
        for part in self.0 {
            // If the place cannot be examined, the run itself will report what is wrong with it.
            let device = part.place.as_deref().and_then(|place| place.metadata().ok()).map(|found| found.dev());
            let place = part.place.filter(|_| device.is_some()).and_then(|place| place.canonicalize().ok());
            let disk = disks.entry(device).or_insert_with(|| Disk {
                path: place.as_ref().map(|place| place.display().to_string()),
                free_bytes: place.as_deref().and_then(free),
                ..Disk::default()
            });
            disk.bytes = disk.bytes.saturating_add(part.bytes);
            disk.likely_bytes = disk.likely_bytes.saturating_add(part.likely);
            let sum = disk.parts.entry(part.name.to_owned()).or_default();
            *sum = sum.saturating_add(part.bytes);
        }
        let disks: Vec<Disk> = disks.into_values().collect();
        Need { bytes: disks.iter().fold(0, |sum, disk| sum.saturating_add(disk.bytes)), disks }
    }
}

/// Returns how many bytes this process may still write on the disk of `path`.
pub fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Describes a disk in one line: how much will be written, how much is free, and for what.
pub fn line(disk: &Disk) -> String {
    let parts: Vec<String> = disk.parts.iter().map(|(name, bytes)| format!("{name} {}", size(*bytes))).collect();
    let place = match (&disk.path, disk.free_bytes) {
        (Some(path), Some(free)) => format!("on the disk of {path}, where {} are free", size(free)),
        (Some(path), None) => format!("on the disk of {path}, whose free space is not known"),
        (None, _) => "on the server, whose free space cannot be seen from here".to_owned(),
    };
    let likely =
        if disk.likely_bytes < disk.bytes { format!(", likely {},", size(disk.likely_bytes)) } else { String::new() };
    format!("{}{likely} {place} ({})", size(disk.bytes), parts.join(", "))
}

/// Reports what is needed, and refuses to begin if that is more than is free. With `ignore` it only warns, and returns the
/// warnings.
///
/// # Errors
/// `File`, with both figures.
pub fn require(need: &Need, ignore: bool, progress: &Progress) -> Result<Vec<String>> {
    for disk in &need.disks {
        progress.note(format!("needs at most {}", line(disk)));
    }
    let mut warnings = Vec::new();
    for disk in need.disks.iter().filter(|disk| is_short(disk)) {
        let what = format!("not enough free space: {}", line(disk));
        if !ignore {
            let error = Error::new(ErrorKind::File, what).hint(
                "Make room or choose another disk. The estimate counts every row as new; if it is too high, continue \
                 with --ignore-free-space.",
            );
            return Err(error);
        }
        progress.warning(what.as_str());
        warnings.push(what);
    }
    Ok(warnings)
}

/// Returns whether a disk has too little free space for a need that is not small.
pub fn is_short(disk: &Disk) -> bool {
    disk.likely_bytes > SMALL && disk.free_bytes.is_some_and(|free| free < disk.likely_bytes)
}

/// Returns a share of `bytes`, given in hundredths.
pub fn share(bytes: u64, hundredths: u64) -> u64 {
    (bytes / 100).saturating_mul(hundredths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(bytes: u64, free: Option<u64>) -> Disk {
        let parts = [("growth".to_owned(), bytes)].into();
        Disk { path: Some("/data".to_owned()), bytes, likely_bytes: bytes, free_bytes: free, parts }
    }

    #[test]
    fn only_a_large_need_that_does_not_fit_is_refused() {
        let mib = |count: u64| count << 20;
        for (bytes, free, short) in [
            (mib(100), Some(mib(99)), true),
            (mib(100), Some(mib(100)), false),
            (mib(100), None, false),
            (mib(60), Some(0), false),
        ] {
            let need = Need { bytes, disks: vec![disk(bytes, free)] };
            let refused = require(&need, false, &Progress::silent());
            assert_eq!(refused.is_err(), short);
            assert_eq!(require(&need, true, &Progress::silent()).unwrap().len(), usize::from(short));
            if let Err(error) = refused {
                assert_eq!(
                    error.to_string(),
                    "not enough free space: 100.0 MiB on the disk of /data, where 99.0 MiB are free (growth 100.0 MiB)"
                );
            }
        }
    }

    #[test]
    fn a_run_is_refused_for_what_it_likely_needs() {
        let likely = Disk { likely_bytes: 70 << 20, ..disk(200 << 20, Some(80 << 20)) };
        assert_eq!(
            line(&likely),
            "200.0 MiB, likely 70.0 MiB, on the disk of /data, where 80.0 MiB are free (growth 200.0 MiB)"
        );
        assert!(!is_short(&likely));
        assert!(is_short(&Disk { free_bytes: Some(69 << 20), ..likely }));
    }

    #[test]
    fn parts_on_one_disk_are_one_sum() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::default();
        parts.add("bundle", 5, Some(folder.path()));
        parts.add("files", 7, Some(folder.path()));
        parts.add("growth", 0, Some(folder.path()));
        parts.add("log", 11, None);
        let need = parts.need();
        assert_eq!((need.bytes, need.disks.len()), (23, 2));
        assert!(need.disks.iter().any(|disk| disk.bytes == 12 && disk.free_bytes.is_some() && disk.parts.len() == 2));
        assert!(need.disks.iter().any(|disk| disk.bytes == 11 && disk.path.is_none() && disk.free_bytes.is_none()));
    }
}
