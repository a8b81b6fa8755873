//! A flag in the configuration of the platform for exactly one start: it has a store rebuilt that a snapshot leaves out.
//!
//! It is a block of lines at the end of the file, as the last word counts in HOCON. It is put there before a service is started
//! and taken out again once that works, or failed to. The rest of the file stays as it is, to the byte.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::platform::Rebuild;
use crate::error::{Error, Result};

const BEGIN: &str = "# gapsync: the next lines are for one start only";
const END: &str = "# gapsync: until here";

/// The largest configuration that is changed.
const MAX_BYTES: u64 = 16 << 20;

/// A flag that is in a file, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::snapshot) struct Flag {
    file: PathBuf,
    key: String,
    value: String,
    /// The service that is started with it.
    pub(in crate::snapshot) service: String,
}

impl Flag {
    /// Returns the flag of a store.
    pub(in crate::snapshot) fn of(rebuild: &Rebuild) -> Self {
        Self {
            file: rebuild.file.clone(),
            key: rebuild.key.clone(),
            value: rebuild.value.clone(),
            service: rebuild.until.clone(),
        }
    }

    /// Returns where it is put, in words.
    pub(in crate::snapshot) fn shown(&self) -> String {
        format!("{} = {} in {}", self.key, self.value, self.file.display())
    }

    /// Returns what a person has to do, where nothing starts the service: a sentence.
    pub(in crate::snapshot) fn by_hand(&self) -> String {
        format!(
            "for the first start of {}, put the line `{} = {}` at the end of {}, and take it out again afterwards",
            self.service,
            self.key,
            self.value,
            self.file.display()
        )
    }

    fn fault(&self) -> impl Fn(std::io::Error) -> Error + '_ {
        |error| {
            Error::file(&self.file, "the flag for one start cannot be put into the configuration or out of it", error)
        }
    }

    fn block(&self) -> String {
        format!("\n{BEGIN}\n{} = {}\n{END}\n", self.key, self.value)
    }

    /// Checks that the file is there and can be changed.
    ///
    /// # Errors
    /// `File`; `Usage` if a flag is in it already.
    pub(in crate::snapshot) fn check(&self) -> Result<()> {
        let mut file = OpenOptions::new().read(true).append(true).open(&self.file).map_err(self.fault())?;
        let text = read(&mut file).map_err(self.fault())?;
        if is_braced(&text) {
            return Err(Error::usage(
                "the configuration has braces around all of it, behind which nothing takes effect",
            )
            .at_path(self.file.display().to_string())
            .hint("Take the outer braces away: they mean nothing in HOCON."));
        }
        if find(&text).is_some() {
            return Err(Error::usage("a flag for one start is in the configuration already")
                .at_path(self.file.display().to_string())
                .hint(format!("Take out the lines from `{BEGIN}` to `{END}`.")));
        }
        Ok(())
    }

    /// Puts the flag into the file, and returns once it is on disk.
    ///
    /// # Errors
    /// `File`; `Usage` if the file is not read as it should be afterwards, when it is as before.
    pub(in crate::snapshot) fn put(&self) -> Result<()> {
        self.check()?;
        let mut file = OpenOptions::new().append(true).open(&self.file).map_err(self.fault())?;
        file.write_all(self.block().as_bytes()).and_then(|()| file.sync_all()).map_err(self.fault())?;
        if reads(&self.file, &self.key).as_deref() == Some(self.value.trim_matches('"')) {
            return Ok(());
        }
        self.take_out()?;
        Err(Error::usage(format!("{} does not take effect at the end of the configuration", self.key))
            .at_path(self.file.display().to_string())
            .hint("Look whether the file is HOCON to its end."))
    }

    /// Takes the flag out of the file, and returns whether it was there.
    ///
    /// # Errors
    /// `File`.
    pub(in crate::snapshot) fn take_out(&self) -> Result<bool> {
        let mut file = OpenOptions::new().read(true).write(true).open(&self.file).map_err(self.fault())?;
        let mut work = || {
            let text = read(&mut file)?;
            let Some((from, to)) = find(&text) else { return Ok(false) };
            // What somebody has added behind it meanwhile stays.
            file.seek(SeekFrom::Start(from as u64))?;
            file.write_all(&text[to..])?;
            file.set_len((from + text.len() - to) as u64)?;
            file.sync_all()?;
            Ok(true)
        };
        work().map_err(self.fault())
    }
}

fn read(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other("it is too long for a configuration"));
    }
    Ok(text)
}

/// Returns whether the first thing in a file is a brace, behind whose closing one HOCON allows nothing.
fn is_braced(text: &[u8]) -> bool {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut said = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"//"));
    said.next().is_some_and(|line| line.starts_with(b"{"))
}

/// Returns where a block begins and ends, with the line feed before it.
fn find(text: &[u8]) -> Option<(usize, usize)> {
    let (begin, end) = (format!("\n{BEGIN}\n"), format!("\n{END}\n"));
    let from = memchr::memmem::find(text, begin.as_bytes())?;
    // Half a block was being written when the run died.
    let to = memchr::memmem::find(&text[from..], end.as_bytes()).map_or(text.len(), |at| from + at + end.len());
    Some((from, to))
}

/// Returns the value of a key as the platform will read it.
fn reads(file: &Path, key: &str) -> Option<String> {
    hocon::parse_file(file).ok()?.get_string_option(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("application.conf");
        let flag = |value: &str| Flag {
            file: file.clone(),
            key: "db.janusgraph.forceDropAndRebuildIndex".to_owned(),
            value: value.to_owned(),
            service: "app".to_owned(),
        };
        for text in ["db.janusgraph { storage.x = 1 }\n", "a = 1", "", "a = 1\r\n\n\n"] {
            for value in ["true", "\"drop it\"", "5"] {
                std::fs::write(&file, text).unwrap();
                assert!(!flag(value).take_out().unwrap());
                flag(value).put().unwrap();
                assert_eq!(reads(&file, "db.janusgraph.forceDropAndRebuildIndex").unwrap(), value.trim_matches('"'));
                flag(value).check().unwrap_err();
                assert!(flag(value).take_out().unwrap());
                assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
            }
        }
        // What was added behind it stays, and half a block goes.
        std::fs::write(&file, "a = 1\n").unwrap();
        flag("true").put().unwrap();
        OpenOptions::new().append(true).open(&file).unwrap().write_all(b"b = 2\n").unwrap();
        assert!(flag("true").take_out().unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a = 1\nb = 2\n");
        std::fs::write(&file, format!("a = 1\n\n{BEGIN}\ndb.jan")).unwrap();
        assert!(flag("true").take_out().unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a = 1\n");
        // Nothing may follow a closing brace.
        let braced = "# all of it\n\n  { a = 1 }\n";
        std::fs::write(&file, braced).unwrap();
        flag("true").put().unwrap_err();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), braced);
    }
}
