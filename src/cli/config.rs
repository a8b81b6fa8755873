//! Finds and reads the configuration file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

/// The contents of a configuration file. Relative paths are resolved from the current folder, as on the command line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// Same as `--database`.
    pub(super) database: Option<String>,
    /// Password for the database.
    pub(super) password: Option<String>,
    /// Same as `--profile`.
    pub(super) profile: Option<String>,
    /// Same as `--files-root`.
    pub(super) files_root: Option<PathBuf>,
    /// Folder in which bundles are searched for that are not in the current folder.
    pub(super) transfer_folder: Option<PathBuf>,
    /// Same as `--report-dir`.
    pub(super) report_dir: Option<PathBuf>,
    /// Same as `--progress`.
    pub(super) progress: Option<String>,
}

/// The configuration, and what the user should know about its file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) config: Config,
    pub(super) warning: Option<String>,
    /// Notice that a file in the current folder was ignored, which earlier versions would have read.
    pub(super) unread: Option<String>,
}

/// Reads the file `named`, or else the first that exists in the usual places. An empty name means no file. The current
/// folder is not one of these places: it may be a disc whose author must not choose the settings.
///
/// # Errors
/// `Usage` if it is malformed; `File` if it cannot be read, or `named` is missing.
pub(super) fn find(named: Option<&Path>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Found> {
    match named {
        Some(path) if path.as_os_str().is_empty() => Ok(Found::default()),
        Some(path) => read(path)?.ok_or_else(|| {
            Error::new(ErrorKind::File, "the configuration file is missing").at_path(path.display().to_string())
        }),
        None => {
            for path in usual_places(variable) {
                if let Some(found) = read(&path)? {
                    return Ok(Found { unread: unread(), ..found });
                }
            }
            Ok(Found { unread: unread(), ..Found::default() })
        }
    }
}

fn usual_places(variable: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    // A relative path would be inside the current folder, which may be a disc from elsewhere.
    let set = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let user = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let user = user.map(|folder| folder.join("gapsync/config.toml"));
    user.into_iter().chain([PathBuf::from("/etc/gapsync.toml")]).collect()
}

/// Reads the configuration from a file. Returns `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Found>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(path, "the configuration file cannot be read", error)),
    };
    let config: Config = toml::from_str(&text).map_err(|error| fault(path, &text, &error))?;
    let warning = (config.password.is_some() && others_may_read(path))
        .then(|| format!("`{}` holds a password and can be read by other users: run chmod 600 on it", path.display()));
    Ok(Some(Found { config, warning, unread: None }))
}

fn unread() -> Option<String> {
    let there = Path::new("gapsync.toml").symlink_metadata().is_ok();
    there.then(|| "`gapsync.toml` in the current folder is ignored; use --config to read it".to_owned())
}

/// Shows only the first line of TOML's message: the others quote the file, which may hold a password.
fn fault(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() as u64 + 1);
    let what = Error::usage("the configuration file cannot be read").at_path(path.display().to_string());
    let what = match line {
        Some(line) => what.at_line(line),
        None => what,
    };
    what.because(error.message().to_owned())
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_line_and_quotes_nothing() {
        let text = "database = 'sqlite:x.db'\npassword = 5 # s3cret\n";
        let error = toml::from_str::<Config>(text).unwrap_err();
        let error = fault(Path::new("c.toml"), text, &error);
        assert_eq!(error.to_string(), "the configuration file cannot be read (file `c.toml`, line `2`)");
        assert!(!format!("{error:?}").contains("s3cret"));
    }

    #[test]
    fn no_file_need_be_there_unless_it_was_named() {
        let nowhere = |name: &str| Some(if name == "HOME" { "." } else { "/nonexistent" }.to_owned());
        assert!(find(None, &nowhere).unwrap().config.database.is_none());
        assert!(find(Some(Path::new("")), &nowhere).is_ok());
        assert_eq!(find(Some(Path::new("/nonexistent/x")), &nowhere).unwrap_err().kind(), ErrorKind::File);
    }
}
