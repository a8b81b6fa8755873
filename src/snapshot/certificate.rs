//! The certificate of a drill: which bundle was restored on trial, what of it was compared, and what was not tried.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, escape};
use crate::model::manifest::BundleMark;
use crate::stream::durable;

/// The form of a certificate.
const FORMAT: u32 = 1;

/// The largest certificate that is read.
const MAX_BYTES: u64 = 1 << 20;

/// What a drill has shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Certificate {
    /// The form of the certificate.
    pub format: u32,
    /// The version of gapsync that made it.
    pub gapsync: String,
    /// Name, digest and size of the bundle.
    pub bundle: BundleMark,
    /// The platform.
    pub platform: String,
    /// Id of the recovery point.
    pub snapshot: String,
    /// When the drill began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub finished_at: String,
    /// How long it took.
    pub seconds: f64,
    /// How many facts were compared, over all stores.
    pub facts: u64,
    /// Whether every store of the bundle was restored on trial.
    pub full: bool,
    /// The stores of the bundle.
    pub stores: Vec<DrilledStore>,
}

/// A store in a drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrilledStore {
    /// Its name.
    pub name: String,
    /// Whether it was restored on trial, and its facts were equal.
    pub drilled: bool,
    /// How many of its facts were compared.
    pub facts: u64,
    /// Why it was not restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Certificate {
    /// Returns the form that this version writes.
    #[must_use]
    pub fn format() -> u32 {
        FORMAT
    }

    /// Writes the certificate beside its bundle, in place of an older one. It is on disk then.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn write(&self, bundle: &Path) -> Result<PathBuf> {
        let path = beside(bundle);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::internal("the certificate cannot be written as JSON").because(error))?;
        durable::write_private(&path, &text)
            .map_err(|error| Error::file(&path, "the certificate of the drill cannot be written", error))?;
        Ok(path)
    }

    /// Reads the certificate beside a bundle, or returns `None` if there is none.
    ///
    /// # Errors
    /// `Schema` if it is malformed; `File`.
    pub fn read(bundle: &Path) -> Result<Option<Self>> {
        let path = beside(bundle);
        let fault = |error| Error::file(&path, "the certificate of the drill cannot be read", error);
        match path.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(error)),
            Ok(found) if found.len() > MAX_BYTES => return Err(malformed(&path)),
            Ok(_) => {}
        }
        let text = fs::read(&path).map_err(fault)?;
        let certificate: Self = serde_json::from_slice(&text).map_err(|_| malformed(&path))?;
        if certificate.format != FORMAT {
            return Err(malformed(&path));
        }
        Ok(Some(certificate))
    }

    /// Reads the certificate that a restore requires.
    ///
    /// # Errors
    /// `Schema` if there is none, or it is malformed; `File`.
    pub(in crate::snapshot) fn required(bundle: &Path) -> Result<Self> {
        Self::read(bundle)?.ok_or_else(|| refused("the bundle has no certificate of a drill", bundle))
    }

    /// Checks that the certificate is about this bundle and all of the stores that are restored.
    ///
    /// # Errors
    /// `Schema` if it is not.
    pub(in crate::snapshot) fn check(&self, bundle: &Path, sha256: &str, stores: &[&str]) -> Result<()> {
        if self.bundle.sha256 != sha256 {
            return Err(refused("the certificate of the drill is about another bundle", bundle));
        }
        let drilled = |name: &str| self.stores.iter().any(|store| store.name == name && store.drilled);
        match stores.iter().find(|name| !drilled(name)) {
            None => Ok(()),
            Some(name) => {
                let what = format!("the store {} was not restored in the drill", escape::line(name));
                Err(refused(&what, bundle))
            }
        }
    }
}

/// Returns where the certificate of a bundle is.
fn beside(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".drill.json");
    name.into()
}

fn malformed(path: &Path) -> Error {
    Error::schema("the certificate of the drill cannot be read, or is of another version")
        .at_path(path.display().to_string())
        .hint("Drill the bundle again: `gapsync snapshot drill --file BUNDLE`.")
}

fn refused(what: &str, bundle: &Path) -> Error {
    Error::schema(what.to_owned()).at_path(beside(bundle).display().to_string()).hint(
        "Nothing was changed. Drill the bundle with `gapsync snapshot drill --file BUNDLE`, or restore it without --require-drill.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_certificate_counts_for_its_bundle_and_its_stores_alone() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("x-snapshot-1.tar.zst");
        assert!(Certificate::read(&bundle).unwrap().is_none());
        assert_eq!(Certificate::required(&bundle).unwrap_err().kind(), ErrorKind::Schema);
        let store = |name: &str, drilled| DrilledStore { name: name.to_owned(), drilled, facts: 4, why: None };
        let certificate = Certificate {
            format: FORMAT,
            gapsync: String::new(),
            bundle: BundleMark { name: String::new(), sha256: "ab".to_owned(), bytes: 1 },
            platform: String::new(),
            snapshot: String::new(),
            started_at: String::new(),
            finished_at: String::new(),
            seconds: 0.5,
            facts: 4,
            full: false,
            stores: vec![store("files", true), store("graph", false)],
        };
        certificate.write(&bundle).unwrap();
        let read = Certificate::required(&bundle).unwrap();
        read.check(&bundle, "ab", &["files"]).unwrap();
        for (digest, stores) in [("ac", vec!["files"]), ("ab", vec!["files", "graph"]), ("ab", vec!["other"])] {
            assert_eq!(read.check(&bundle, digest, &stores).unwrap_err().kind(), ErrorKind::Schema);
        }
        for wrong in ["", "{}", "{\"format\": 2}", "[1"] {
            fs::write(beside(&bundle), wrong).unwrap();
            assert_eq!(Certificate::read(&bundle).unwrap_err().kind(), ErrorKind::Schema);
        }
    }
}
