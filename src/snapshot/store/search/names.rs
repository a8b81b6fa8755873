//! The names of indices: which may be given, and what a restored index is called.

use crate::error::{Error, Result, escape};

/// What restored indices are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Renaming {
    /// As they were.
    Same,
    /// This; there is only one.
    Name(String),
    /// Their former name between these.
    Around(String, String),
}

impl Renaming {
    /// Reads what was asked for: a name, or one with `*` for the former name.
    ///
    /// # Errors
    /// `Usage` if no index can be called that.
    pub(super) fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::Same) };
        let renaming = match text.split_once('*') {
            None => Self::Name(text.to_owned()),
            Some((before, after)) => Self::Around(before.to_owned(), after.to_owned()),
        };
        let name = renaming.of("x");
        if name == "x" || !is_legal(&name) {
            let what = format!("no index can be called `{}`", escape::line(text));
            return Err(Error::usage(what).hint(
                "A name has lower-case letters, digits, `_`, `-` and `.`; one `*` stands for the former name, as in *_restored.",
            ));
        }
        Ok(renaming)
    }

    /// Returns what an index is called.
    pub(super) fn of(&self, former: &str) -> String {
        match self {
            Self::Same => former.to_owned(),
            Self::Name(name) => name.clone(),
            Self::Around(before, after) => format!("{before}{former}{after}"),
        }
    }

    /// Returns what the engine puts in the place of a former name, all of which is the first group of a pattern.
    pub(super) fn replacement(&self) -> Option<String> {
        let literal = |text: &str| text.replace('\\', r"\\").replace('$', r"\$");
        match self {
            Self::Same => None,
            Self::Name(name) => Some(literal(name)),
            Self::Around(before, after) => Some(format!("{}$1{}", literal(before), literal(after))),
        }
    }

    /// Checks that no two indices get the same name.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn check(&self, count: usize) -> Result<()> {
        if count > 1 && matches!(self, Self::Name(_)) {
            return Err(Error::usage(format!("{count} indices cannot get one name"))
                .hint("Give a name with `*`, which stands for the former name, as in *_restored."));
        }
        Ok(())
    }
}

/// Returns whether an index can have a name. The engines know more rules; these keep it one name and one part of a path.
pub(super) fn is_legal(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name.starts_with(['-', '_', '+'])
        && !matches!(name, "." | "..")
        && !name.chars().any(|c| c.is_control() || c.is_whitespace() || c.is_uppercase() || "\\/*?\"<>|,#:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_the_former_name() {
        let read = |text| Renaming::read(Some(text));
        assert_eq!(Renaming::read(None).unwrap().of("a"), "a");
        assert_eq!(read("b").unwrap().of("a"), "b");
        let around = read("old_*-$2").unwrap();
        assert_eq!((around.of("a"), around.replacement().unwrap()), ("old_a-$2".to_owned(), r"old_$1-\$2".to_owned()));
        assert_eq!(read("a$1").unwrap().replacement().unwrap(), r"a\$1");
        for text in ["", "*", "**", "*x*", "A", "a b", "_a", "-*", "a,b", "a/b", "a\u{0}"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("b").unwrap().check(2).is_err() && read("b*").unwrap().check(2).is_ok());
    }
}
