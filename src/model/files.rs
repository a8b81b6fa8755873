//! Where a profile says that the rows of a table have physical files.

use serde::{Deserialize, Serialize};

use super::selection::Only;
use crate::error::{Error, Result};

/// Columns that describe a physical file: `files = { path = "path", type = "type_id", digest = "md5" }`, or, if the platform names
/// files by the numbers of rows, `files = { path = "{event_id}/{id}" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileColumns {
    /// Column with the path below the files root, of which a leading `/` is stripped; or a template with columns in braces,
    /// which means another path on each side.
    ///
    /// Example: `path = "{thing_id}/{id}"`
    pub path: String,
    /// Foreign key to the table of file types, whose keys are the names in `--ignore-file-types`.
    ///
    /// Example: `type = "type_id"`
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_column: Option<String>,
    /// MD5 of the content, hex. With a template, the bundle's own digests decide.
    ///
    /// Example: `digest = "md5"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The rows that have a file: column → values. Empty: all rows.
    ///
    /// Example: `when = { type = ["attachment"] }`
    #[serde(default, skip_serializing_if = "Only::is_empty")]
    pub when: Only,
}

/// A part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A text.
    Text(&'a str),
    /// The value of a column.
    Column(&'a str),
}

impl FileColumns {
    /// Returns whether the path is made from the numbers of the row, so that no column records it.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.path.contains(['{', '}'])
    }

    /// Returns the parts of the path.
    #[must_use]
    pub fn parts(&self) -> Vec<Part<'_>> {
        if !self.is_template() {
            return vec![Part::Column(&self.path)];
        }
        let mut parts = Vec::new();
        for piece in self.path.split('{') {
            match piece.split_once('}') {
                Some((column, text)) => parts.extend([Part::Column(column), Part::Text(text)]),
                None => parts.push(Part::Text(piece)),
            }
        }
        parts.retain(|part| *part != Part::Text(""));
        parts
    }

    /// Returns the columns that a row with a file needs.
    pub fn needed(&self) -> impl Iterator<Item = &str> {
        let named = self.parts().into_iter().filter_map(|part| match part {
            Part::Column(column) => Some(column),
            Part::Text(_) => None,
        });
        named.chain(self.digest.as_deref()).chain(self.when.keys().map(String::as_str))
    }

    /// Checks the words.
    ///
    /// # Errors
    /// `Schema` if they make no sense.
    pub(super) fn check(&self) -> Result<()> {
        let fault = |what: &str| Err(Error::schema(format!("`files` {what}")));
        let paired = self
            .path
            .split('{')
            .skip(1)
            .all(|piece| piece.split_once('}').is_some_and(|(name, rest)| !name.is_empty() && !rest.contains('}')));
        if !paired || self.path.split('{').next().is_some_and(|first| first.contains('}')) {
            return fault("has a path whose braces do not hold the name of a column each");
        }
        match (self.is_template(), &self.digest) {
            (true, Some(_)) => {
                fault("has both a template and `digest`; with a template, the digests in the bundle decide")
            }
            (false, None) => fault("needs `digest`, the column with the MD5, unless its path is a template"),
            _ if self.when.values().any(Vec::is_empty) => fault("has no value for a column in `when`"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(path: &str) -> FileColumns {
        FileColumns { path: path.to_owned(), type_column: None, digest: None, when: Only::new() }
    }

    #[test]
    fn a_template_has_texts_and_columns() {
        use Part::{Column, Text};
        assert_eq!(files("path").parts(), [Column("path")]);
        assert_eq!(files("{a}/{b}").parts(), [Column("a"), Text("/"), Column("b")]);
        assert_eq!(files("x/{a}{b}.d").parts(), [Text("x/"), Column("a"), Column("b"), Text(".d")]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for right in ["{a}/{b}", "x{a}"] {
            files(right).check().unwrap();
        }
        for wrong in ["path", "{}", "{a", "a}", "{a}}", "a}{b}", "{a}/b}"] {
            files(wrong).check().expect_err(wrong);
        }
        let both = FileColumns { digest: Some("md5".to_owned()), ..files("{id}") };
        both.check().unwrap_err();
    }
}
