//! Users and passwords of the engines: from a file that only its owner may read, never from the command line.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result, escape};

/// Name of the file in the folder that systemd gives a unit with `LoadCredential=`.
const SYSTEMD_NAME: &str = "gapsync-snapshot";

/// The largest file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// A user of an engine, with the password.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The logins by store.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Where they were read from.
    path: Option<PathBuf>,
    logins: BTreeMap<String, Login>,
}

impl Credentials {
    /// Reads the logins: from the file that is named, else from `gapsync-snapshot` in `$CREDENTIALS_DIRECTORY`, else there are
    /// none. The file is TOML, a table for each store with `user` and `password`.
    ///
    /// # Errors
    /// `File` if it cannot be read, or others may read it; `Usage` if it is malformed.
    pub fn read(named: Option<&Path>) -> Result<Self> {
        let systemd = std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(SYSTEMD_NAME));
        match (named, systemd) {
            (Some(path), _) => Self::of_file(path),
            (None, Some(path)) if path.exists() => Self::of_file(&path),
            _ => Ok(Self::default()),
        }
    }

    fn of_file(path: &Path) -> Result<Self> {
        let fault = |error| Error::file(path, "the file of credentials cannot be read", error);
        let file = File::open(path).map_err(fault)?;
        let mode = file.metadata().map_err(fault)?.mode();
        if mode & 0o077 != 0 {
            return Err(Error::file(
                path,
                "others may read the file of credentials",
                std::io::ErrorKind::PermissionDenied.into(),
            )
            .hint("Take that right away: chmod 600."));
        }
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text).map_err(fault)?;
        // The parser's own message may show a part of the file.
        let logins: BTreeMap<String, Login> = toml::from_str(&text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            Error::usage("the file of credentials cannot be read as TOML")
                .at_path(path.display().to_string())
                .at_line(line as u64)
                .hint("Write a table for each store: [STORE], then user = \"…\" and password = \"…\".")
        })?;
        let path = std::path::absolute(path).map_err(fault)?;
        Ok(Self { path: Some(path), logins })
    }

    /// Checks that each login belongs to a store.
    ///
    /// # Errors
    /// `Usage` with the name that belongs to none.
    pub fn check(&self, stores: &[&str]) -> Result<()> {
        match self.logins.keys().find(|name| !stores.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(Error::usage(format!("the credentials are for a store `{}`", escape::line(name)))
                .hint(format!("The platform has {}.", stores.join(", ")))),
        }
    }

    /// Returns the login of a store, if it has one.
    #[must_use]
    pub fn of(&self, store: &str) -> Option<Login> {
        self.logins.get(store).cloned()
    }

    /// Returns the file that they were read from.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_refused_and_no_message_shows_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        let write = |text: &str, mode| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Credentials::read(Some(&path))
        };
        let sound = "[data]\nuser = \"u\"\npassword = \"geheim\"\n";
        assert!(write(sound, 0o640).unwrap_err().to_string().contains("others may read"));
        let read = write(sound, 0o600).unwrap();
        assert_eq!(read.of("data").unwrap().password, "geheim");
        assert!(read.of("index").is_none() && !format!("{read:?}").contains("geheim"));
        read.check(&["data"]).unwrap();
        assert!(read.check(&["index"]).unwrap_err().to_string().contains("data"));
        for wrong in ["[data]\nuser = \"u\"\npassword = geheim\n", "[data]\nuser = 'u'\npasswort = 'geheim'\n"] {
            let error = write(wrong, 0o400).unwrap_err();
            assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
        }
    }
}
