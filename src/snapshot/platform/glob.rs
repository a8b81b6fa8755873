//! Patterns of paths: `*` and `?` within a name, `**` for any number of folders.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;

/// A pattern of paths.
#[derive(Clone, Debug)]
pub struct Glob {
    pattern: Regex,
    /// The folders in front of the first name with a wildcard; the whole path if there is none.
    base: PathBuf,
}

impl Glob {
    /// Compiles a pattern. What lies below a matching folder matches too.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/');
        let mut expression = "(?s-u)^".to_owned();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let taken = if rest.starts_with("**/") {
                expression += "(?:[^/]*/)*";
                3
            } else if rest.starts_with("**") {
                expression += ".*";
                2
            } else if next == '*' {
                expression += "[^/]*";
                1
            } else if next == '?' {
                expression += "[^/]";
                1
            } else {
                expression += &regex::escape(&next.to_string());
                next.len_utf8()
            };
            rest = &rest[taken..];
        }
        expression += "(?:/.*)?$";
        let is_wild = |part: &str| part.contains(['*', '?']);
        let mut base: Vec<&str> = text.split('/').take_while(|part| !is_wild(part)).collect();
        if base == [""] {
            base = vec!["/"];
        }
        Regex::new(&expression).ok().map(|pattern| Self { pattern, base: base.join("/").into() })
    }

    /// Returns whether a path matches, or lies below one that does.
    #[must_use]
    pub fn matches(&self, path: &[u8]) -> bool {
        self.pattern.is_match(path)
    }

    /// Returns whether a path matches, as [`Self::matches`].
    #[must_use]
    pub fn takes(&self, path: &Path) -> bool {
        self.matches(path.as_os_str().as_bytes())
    }

    /// Returns the path below which everything that matches is.
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_paths() {
        for (pattern, base, takes, leaves) in [
            ("/etc/thehive", "/etc/thehive", &["/etc/thehive", "/etc/thehive/a/b"][..], &["/etc/thehive2", "/etc"][..]),
            ("/etc/*/x.conf", "/etc", &["/etc/a/x.conf"], &["/etc/a/b/x.conf", "/etc/x.conf", "/etc/a/xaconf"]),
            ("/etc/**/x", "/etc", &["/etc/x", "/etc/a/x", "/etc/a/b/x/y"], &["/etc/ax"]),
            ("/etc/**", "/etc", &["/etc/a", "/etc/a/b"], &["/etca"]),
            ("/*.pid", "/", &["/a.pid"], &["/a/b.pid"]),
            ("/lib/x@?.service", "/lib", &["/lib/x@1.service"], &["/lib/x@12.service"]),
        ] {
            let glob = Glob::new(pattern).expect(pattern);
            assert_eq!(glob.base(), Path::new(base), "{pattern}");
            assert!(takes.iter().all(|path| glob.takes(Path::new(path))), "{pattern}");
            assert!(!leaves.iter().any(|path| glob.takes(Path::new(path))), "{pattern}");
        }
        assert!(Glob::new("/a/*").expect("sound").matches(b"/a/\xff\n"));
    }
}
