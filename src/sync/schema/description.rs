//! Reads a description of columns. A table's name is at the start of a line. Below it, each column has an indented line: name,
//! type, and optionally `not null`, `default WORD` and `unique`. A line that begins with `#` is a comment.
//!
//! `*_notes` describes every table with such a name that has no entry of its own, and `{owner}` in the name of a column is the
//! table's name without that ending. The columns that the profile defines for every table are not described: id, dates, hash.

use crate::error::{Error, Result, escape};
use crate::model::neutral::NeutralType;

/// The longest limited text that MariaDB allows in a column, in characters of four bytes.
const LONGEST_VARCHAR: u32 = 16_383;

/// Digits of a decimal, and of its fraction, that every engine supports.
const DECIMAL_DIGITS: u32 = 65;
const DECIMAL_FRACTION: u32 = 38;

const TYPES: &str = "Types are integer, int32, id, decimal(p,s), double, bool, text, varchar(n), bytes, date, time, timestamp, \
                     json and uuid.";

/// A type in a description.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Int32,
    /// The id of a row.
    Id,
    Varchar(u32),
    Decimal(u32, u32),
    Plain(NeutralType),
}

impl Kind {
    fn parse(text: &str) -> Result<Self> {
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')').ok_or_else(|| unknown(text))?.split(',').collect()),
            None => (text, Vec::new()),
        };
        let numbers: Vec<u32> =
            arguments.iter().map(|number| number.parse()).collect::<Result<_, _>>().map_err(|_| unknown(text))?;
        Ok(match (name, numbers.as_slice()) {
            ("varchar", [length @ 1..=LONGEST_VARCHAR]) => Self::Varchar(*length),
            ("varchar", _) => {
                return Err(Error::schema("the length of the column cannot be used").hint(format!(
                    "Write varchar(n) with 1 to {LONGEST_VARCHAR} characters, or text for any length."
                )));
            }
            ("decimal", [digits @ 1..=DECIMAL_DIGITS, fraction @ 0..=DECIMAL_FRACTION]) if fraction <= digits => {
                Self::Decimal(*digits, *fraction)
            }
            ("decimal", _) => {
                return Err(Error::schema("the digits of the column cannot be used").hint(format!(
                    "Write decimal(p,s) with up to {DECIMAL_DIGITS} digits, up to {DECIMAL_FRACTION} of them behind the point."
                )));
            }
            ("int32", []) => Self::Int32,
            ("id", []) => Self::Id,
            ("integer", []) => Self::Plain(NeutralType::Integer),
            ("double", []) => Self::Plain(NeutralType::Float),
            ("bool", []) => Self::Plain(NeutralType::Bool),
            ("text", []) => Self::Plain(NeutralType::Text),
            ("bytes", []) => Self::Plain(NeutralType::Bytes),
            ("date", []) => Self::Plain(NeutralType::Date),
            ("time", []) => Self::Plain(NeutralType::Time),
            ("timestamp", []) => Self::Plain(NeutralType::Timestamp),
            ("json", []) => Self::Plain(NeutralType::Json),
            ("uuid", []) => Self::Plain(NeutralType::Uuid),
            _ => return Err(unknown(text)),
        })
    }

    /// Returns the type in which values of the column travel.
    pub(super) fn neutral(self) -> NeutralType {
        match self {
            Self::Int32 | Self::Id => NeutralType::Integer,
            Self::Varchar(_) => NeutralType::Text,
            Self::Decimal(..) => NeutralType::Decimal,
            Self::Plain(neutral) => neutral,
        }
    }

    /// Returns the most bytes that a value takes in an index, or `None` if values may be too long for an index.
    pub(super) fn index_bytes(self) -> Option<u32> {
        match self {
            Self::Plain(NeutralType::Text | NeutralType::Bytes | NeutralType::Json) => None,
            Self::Varchar(length) => Some(length * 4),
            Self::Int32 | Self::Id | Self::Decimal(..) | Self::Plain(_) => Some(40),
        }
    }

    /// Returns whether a word can be the default of such a column.
    fn accepts(self, default: &str) -> bool {
        match self {
            Self::Int32 => default.parse::<i32>().is_ok(),
            Self::Plain(NeutralType::Integer) => default.parse::<i64>().is_ok(),
            Self::Plain(NeutralType::Float) => default.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Plain(NeutralType::Bool) => matches!(default, "t" | "f"),
            Self::Decimal(..) => {
                let digits = default.strip_prefix('-').unwrap_or(default).replacen('.', "", 1);
                !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
            }
            Self::Varchar(length) => default.chars().count() <= length as usize && !is_quoted(default),
            Self::Plain(NeutralType::Text) => !is_quoted(default),
            Self::Id | Self::Plain(_) => false,
        }
    }
}

fn is_quoted(word: &str) -> bool {
    word.starts_with(['\'', '"'])
}

fn unknown(text: &str) -> Error {
    Error::schema(format!("`{}` is not a column type", escape::line(text))).hint(TYPES)
}

/// A column in a description.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// Line in the description.
    pub(super) line: u64,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
    pub(super) unique: bool,
}

impl Column {
    fn parse(text: &str, line: u64) -> Result<Self> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default().to_owned();
        let kind = words.next().ok_or_else(|| Error::schema("the column has no type").hint(TYPES))?;
        let mut column = Self { line, name, kind: Kind::parse(kind)?, nullable: true, default: None, unique: false };
        while let Some(word) = words.next() {
            match word {
                "not" if words.next() == Some("null") => column.nullable = false,
                "unique" => column.unique = true,
                "default" => column.default = Some(column.read_default(words.next())?),
                other => {
                    return Err(Error::schema(format!("`{}` is not understood here", escape::line(other)))
                        .hint("After the type a line may have `not null`, `default WORD` and `unique`."));
                }
            }
        }
        if column.unique && column.kind.index_bytes().is_none() {
            return Err(Error::schema("a column of this type cannot be unique")
                .hint("Give it a type of limited length, such as varchar(255)."));
        }
        Ok(column)
    }

    fn read_default(&self, word: Option<&str>) -> Result<String> {
        let word = word.filter(|word| self.kind.accepts(word));
        word.map(str::to_owned).ok_or_else(|| {
            Error::schema("the default does not fit the type").hint(
                "Defaults are single words: a number, t or f for bool, or a text without quotes. Ids, bytes, dates, times, json and uuid \
                 have none.",
            )
        })
    }
}

/// The columns of a table, or of the tables whose names have the same ending.
#[derive(Debug)]
pub(super) struct Entry {
    /// Line in the description.
    pub(super) line: u64,
    /// A name, or `*` and the ending of names.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// Reads a description.
///
/// # Errors
/// `Schema`, with the line.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, text) in (1..).zip(text.lines()) {
        let content = text.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if text.starts_with(char::is_whitespace) {
            let entry = entries.last_mut().ok_or_else(|| {
                Error::schema("a column is described before any table")
                    .at_line(line)
                    .hint("Put the table's name above it, without indentation.")
            })?;
            let column = Column::parse(content, line).map_err(|error| error.at_table(&entry.name).at_line(line))?;
            entry.columns.push(column);
        } else {
            if let Some(earlier) = entries.iter().find(|entry| entry.name == content) {
                return Err(Error::schema("the table is described twice")
                    .at_table(content)
                    .at_line(line)
                    .hint(format!("Its other description begins at line {}. Remove one of them.", earlier.line)));
            }
            entries.push(Entry { line, name: content.to_owned(), columns: Vec::new() });
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_a_type_and_words() {
        let entries =
            parse("# a comment\n\nthings\n    name varchar(20) not null default x\n\tsize decimal(5,2) unique\n")
                .unwrap();
        let [things] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((things.name.as_str(), things.line, things.columns.len()), ("things", 3, 2));
        let [name, size] = things.columns.as_slice() else { panic!("{things:?}") };
        assert_eq!((name.kind, name.nullable, name.default.as_deref()), (Kind::Varchar(20), false, Some("x")));
        assert_eq!((size.kind, size.nullable, size.unique, size.line), (Kind::Decimal(5, 2), true, true, 5));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (column, what) in [
            ("name", "the column has no type"),
            ("name string", "`string` is not a column type"),
            ("name varchar", "the length of the column cannot be used"),
            ("name varchar(0)", "the length of the column cannot be used"),
            ("name varchar(9", "`varchar(9` is not a column type"),
            ("name integer(9)", "`integer(9)` is not a column type"),
            ("name decimal(5,6)", "the digits of the column cannot be used"),
            ("name text NOT NULL", "`NOT` is not understood here"),
            ("name text not nul", "`not` is not understood here"),
            ("name text unique", "a column of this type cannot be unique"),
            ("name text default", "the default does not fit the type"),
            ("name bool default true", "the default does not fit the type"),
            ("name int32 default 3000000000", "the default does not fit the type"),
            ("name varchar(9) default 'a'", "the default does not fit the type"),
            ("name varchar(9) default a b", "`b` is not understood here"),
        ] {
            let error = parse(&format!("things\n    ok text\n    {column}\n")).unwrap_err();
            assert_eq!(error.to_string(), format!("{what} (table `things`, line `3`)"), "{column}");
            assert!(error.advice().is_some(), "{column}");
        }
        assert_eq!(parse("  name text\n").unwrap_err().place().line, Some(1));
        assert_eq!(parse("a\n  name text\na\n").unwrap_err().place().line, Some(3));
    }
}
