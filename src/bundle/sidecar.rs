//! Compares a bundle with the file `<bundle>.sha256` beside it, if there is one, in the form of `sha256sum`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::hex::is_hex;
use crate::stream::digest::Seen;

/// Longer files of that name were not written by gapsync.
const MAX_BYTES: u64 = 64 << 10;

/// Returns the path of a bundle's digest file.
pub(in crate::bundle) fn path_of(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// Returns the single line of the file.
pub(in crate::bundle) fn line(sha256_hex: &str, name: &str) -> String {
    format!("{sha256_hex}  {name}\n")
}

/// Compares a bundle's digest with the one beside it. Returns `false` if there is none.
///
/// # Errors
/// `Damaged` if they differ or the file holds no digest; `File` if it cannot be read.
pub(super) fn check(bundle: &Path, seen: &Seen) -> Result<bool> {
    let path = path_of(bundle);
    let mut text = Vec::new();
    match File::open(&path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::file(&path, "the digest beside the bundle cannot be read", error)),
    }
    let name = bundle.file_name().unwrap_or_default().to_string_lossy();
    let text = String::from_utf8_lossy(&text);
    match digest_for(&text, &name) {
        Some(digest) if digest.eq_ignore_ascii_case(&seen.sha256_hex()) => Ok(true),
        Some(_) => Err(Error::damaged("digest of the bundle differs from the one beside it")
            .hint(format!("`sha256sum -c {name}.sha256` shows the same; copy both files again."))),
        None => {
            Err(Error::damaged("the file beside the bundle does not hold its SHA-256")
                .at_path(path.display().to_string()))
        }
    }
}

/// Returns the digest on the line with that name, or the only digest if the bundle was renamed.
fn digest_for<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut digests = text.lines().filter_map(|line| {
        let (digest, rest) = line.split_once(' ')?;
        let listed = rest.strip_prefix([' ', '*']).unwrap_or(rest);
        let is_digest = is_hex(digest, 64);
        is_digest.then_some((digest, listed.rsplit('/').next() == Some(name)))
    });
    let first = digests.next()?;
    if first.1 {
        return Some(first.0);
    }
    let mut rest = digests.peekable();
    if rest.peek().is_none() { Some(first.0) } else { rest.find(|(_, named)| *named).map(|(digest, _)| digest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_bundle_counts() {
        let (a, b) = ("a".repeat(64), "B".repeat(64));
        assert_eq!(digest_for(&line(&a, "x.tar"), "x.tar"), Some(&*a));
        assert_eq!(digest_for(&line(&a, "x.tar"), "renamed.tar"), Some(&*a));
        let two = format!("{a} *x.tar\n{b}  ./y.tar\n");
        assert_eq!(digest_for(&two, "y.tar"), Some(&*b));
        assert_eq!(digest_for(&two, "z.tar"), None);
        assert_eq!(digest_for("no digest\n", "x.tar"), None);
    }
}
