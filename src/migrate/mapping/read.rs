//! Reads a mapping from TOML and checks it. Every mistake is reported with its line.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::value::{self, Condition, Names, Reason};
use super::{
    DAY_COLUMNS, Day, Family, Kind, Lookup, LookupColumn, LookupKey, Mapping, Output, OutputColumn, SourceColumn,
};
use crate::error::{Error, Result, escape};
use crate::rows::delimited::{Format, Surplus};
use crate::run::ledger;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMapping {
    pipeline: Spanned<String>,
    tree: Spanned<String>,
    #[serde(default)]
    ignored: Vec<Spanned<String>>,
    #[serde(default)]
    lookup: BTreeMap<String, RawLookup>,
    files: Vec<RawFamily>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLookup {
    path: Spanned<String>,
    delimiter: Spanned<String>,
    #[serde(default)]
    quote: Option<Spanned<String>>,
    key: Spanned<RawColumn>,
    value: Spanned<RawColumn>,
}

/// A column by number, from 1, or by name.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawColumn {
    Number(usize),
    Name(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFamily {
    family: Spanned<String>,
    path: Spanned<String>,
    delimiter: Spanned<String>,
    #[serde(default)]
    quote: Option<Spanned<String>>,
    #[serde(default)]
    null: Option<String>,
    #[serde(default)]
    surplus: Option<Spanned<String>>,
    #[serde(default)]
    open_end: bool,
    columns: Vec<Spanned<String>>,
    #[serde(default)]
    day: Option<Spanned<String>>,
    into: Vec<RawOutput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutput {
    table: Spanned<String>,
    #[serde(default, rename = "where")]
    condition: Option<Spanned<String>>,
    columns: Vec<Spanned<String>>,
}

/// Reads a mapping.
///
/// # Errors
/// `Usage` with the line and the reason.
pub(super) fn mapping(text: &str) -> Result<Mapping> {
    let raw: RawMapping = toml::from_str(text).map_err(|error| {
        let refused = refusal(error.message());
        match error.span() {
            Some(span) => refused.at_line(line_of(text, span.start)),
            None => refused,
        }
    })?;
    Reader { text, lookups: raw.lookup.keys().cloned().collect() }.mapping(raw)
}

fn refusal(reason: &str) -> Error {
    Error::usage(format!("the mapping cannot be read: {}", escape::line(reason)))
}

/// Returns whether gapsync keeps its own records in a table of this name, which engines may write in any case.
fn is_reserved(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    table.starts_with("gapsync_") || ledger::is_ours(&table)
}

fn line_of(text: &str, at: usize) -> u64 {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() as u64 + 1
}

struct Reader<'a> {
    text: &'a str,
    lookups: Vec<String>,
}

impl Reader<'_> {
    /// Returns the error for a mistake at a place of the file.
    fn mistake<T>(&self, place: &Spanned<T>, reason: &str) -> Error {
        refusal(reason).at_line(line_of(self.text, place.span().start))
    }

    fn mapping(&self, raw: RawMapping) -> Result<Mapping> {
        let tree = raw.tree.get_ref().trim_end_matches('/').to_owned();
        let inside = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !tree.split('/').all(inside) {
            return Err(self.mistake(&raw.tree, "`tree` is not the path of a folder below the old tree"));
        }
        if raw.pipeline.get_ref().is_empty() || !raw.pipeline.get_ref().chars().all(is_name) {
            return Err(self.mistake(&raw.pipeline, "`pipeline` must consist of letters, digits, `_` and `-`"));
        }
        if raw.files.is_empty() {
            return Err(refusal("there is no [[files]]"));
        }
        let ignored = raw.ignored.iter().map(|pattern| self.pattern(pattern)).collect::<Result<_>>()?;
        let lookups = raw.lookup.into_iter().map(|(name, lookup)| Ok((name, self.lookup(lookup)?)));
        let lookups = lookups.collect::<Result<_>>()?;
        let families = raw.files.iter().map(|family| self.family(family)).collect::<Result<Vec<_>>>()?;
        self.check_tables(&raw.files, &families)?;
        Ok(Mapping { pipeline: raw.pipeline.into_inner(), tree, ignored, lookups, families })
    }

    /// Two families may fill one table, but not with different columns.
    fn check_tables(&self, raw: &[RawFamily], families: &[Family]) -> Result<()> {
        let mut known: BTreeMap<&str, &Output> = BTreeMap::new();
        let outputs = families.iter().flat_map(|family| &family.outputs);
        for (raw, output) in raw.iter().flat_map(|family| &family.into).zip(outputs) {
            let shape = |output: &Output| -> Vec<(String, Kind)> {
                output.columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
            };
            match known.insert(&output.table, output) {
                Some(other) if shape(other) != shape(output) => {
                    return Err(self.mistake(&raw.table, "this table has other columns further up"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn lookup(&self, raw: RawLookup) -> Result<Lookup> {
        let column = |place: &Spanned<RawColumn>| match place.get_ref() {
            RawColumn::Number(0) => Err(self.mistake(place, "columns are counted from 1")),
            RawColumn::Number(number) => Ok(LookupColumn::Number(number - 1)),
            RawColumn::Name(name) => Ok(LookupColumn::Name(name.clone())),
        };
        let key = match raw.key.get_ref() {
            RawColumn::Name(name) if name == "md5" => LookupKey::Md5,
            _ => LookupKey::Column(column(&raw.key)?),
        };
        let format = Format {
            delimiter: self.byte(&raw.delimiter)?,
            quote: raw.quote.as_ref().map(|quote| self.byte(quote)).transpose()?,
            null: None,
            surplus: Surplus::Fault,
            open_end: true,
        };
        Ok(Lookup { path: self.pattern(&raw.path)?, format, key, value: column(&raw.value)? })
    }

    fn family(&self, raw: &RawFamily) -> Result<Family> {
        let path = self.pattern(&raw.path)?;
        let columns = raw.columns.iter().map(|column| self.source_column(column)).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        if let Some(again) = repeated(&names) {
            return Err(self.mistake(&raw.columns[again], "a column of this name is further up"));
        }
        if columns.is_empty() {
            return Err(self.mistake(&raw.family, "`columns` is empty"));
        }
        let groups: Vec<String> = path.capture_names().flatten().map(str::to_owned).collect();
        let names = Names { columns: &names, groups: &groups, lookups: &self.lookups };
        let day = match &raw.day {
            Some(text) => Day::Value(self.read(text, value::value(text.get_ref(), &names))?),
            None if groups.iter().any(|group| group == "day") => Day::Path,
            None => {
                let reason = "`path` has no group (?<day>…) and there is no `day`: no row would have a day";
                return Err(self.mistake(&raw.path, reason));
            }
        };
        let surplus = match raw.surplus.as_ref().map(|text| text.get_ref().as_str()) {
            None => Surplus::Fault,
            Some("first") => Surplus::First,
            Some("last") => Surplus::Last,
            Some(_) => {
                let place = raw.surplus.as_ref().unwrap_or(&raw.family);
                return Err(self.mistake(place, "`surplus` is \"first\" or \"last\""));
            }
        };
        let format = Format {
            delimiter: self.byte(&raw.delimiter)?,
            quote: raw.quote.as_ref().map(|quote| self.byte(quote)).transpose()?,
            null: raw.null.clone().map(String::into_bytes),
            surplus,
            open_end: raw.open_end,
        };
        if raw.into.is_empty() {
            return Err(self.mistake(&raw.family, "there is no [[files.into]]: no table takes these rows"));
        }
        let outputs = raw.into.iter().map(|output| self.output(output, &names)).collect::<Result<_>>()?;
        Ok(Family { name: raw.family.get_ref().clone(), path, format, columns, day, outputs })
    }

    fn output(&self, raw: &RawOutput, names: &Names<'_>) -> Result<Output> {
        let condition = match &raw.condition {
            Some(text) => self.read(text, value::condition(text.get_ref(), names))?,
            None => Condition::default(),
        };
        if raw.table.get_ref().is_empty() || !raw.table.get_ref().chars().all(is_name) {
            return Err(self.mistake(&raw.table, "the name of a table must consist of letters, digits, `_` and `-`"));
        }
        if is_reserved(raw.table.get_ref()) {
            return Err(self.mistake(&raw.table, "the table of this name is gapsync's own: choose another name"));
        }
        let mut columns: Vec<OutputColumn> = Vec::new();
        for text in &raw.columns {
            let column = self.output_column(text, names)?;
            if columns.iter().any(|known| known.name == column.name) {
                return Err(self.mistake(text, "a column of this name is further up"));
            }
            if DAY_COLUMNS.contains(&column.name.as_str()) {
                return Err(self.mistake(text, "y, m and d are filled with the day of the row"));
            }
            columns.push(column);
        }
        if columns.is_empty() {
            return Err(self.mistake(&raw.table, "`columns` is empty"));
        }
        Ok(Output { table: raw.table.get_ref().clone(), condition, columns })
    }

    /// Reads `name type`.
    fn source_column(&self, text: &Spanned<String>) -> Result<SourceColumn> {
        let read = |text: &str| {
            let (name, kind) = text.trim().rsplit_once(' ').ok_or("a column is written as `name type`")?;
            Ok(SourceColumn { name: name.trim().to_owned(), kind: kind_of(kind)? })
        };
        self.read(text, read(text.get_ref()))
    }

    /// Reads `name type = value`.
    fn output_column(&self, text: &Spanned<String>, names: &Names<'_>) -> Result<OutputColumn> {
        let read = |text: &str| {
            let (left, right) = text.split_once('=').ok_or("a column is written as `name type = value`")?;
            let (name, kind) = left.trim().rsplit_once(' ').ok_or("a column is written as `name type = value`")?;
            if !name.trim().chars().all(is_name) {
                return Err("the name of a column must consist of letters, digits, `_` and `-`".to_owned());
            }
            let value = value::value(right, names)?;
            Ok(OutputColumn { name: name.trim().to_owned(), kind: kind_of(kind)?, value })
        };
        self.read(text, read(text.get_ref()))
    }

    fn read<T, P>(&self, place: &Spanned<P>, read: std::result::Result<T, Reason>) -> Result<T> {
        read.map_err(|reason| self.mistake(place, &reason))
    }

    /// Compiles a pattern that has to match a whole path.
    fn pattern(&self, text: &Spanned<String>) -> Result<Regex> {
        let pattern = Regex::new(&format!("^(?:{})$", text.get_ref()));
        pattern.map_err(|error| {
            let shown = error.to_string();
            let last = shown.lines().last().unwrap_or_default().trim_start_matches("error: ");
            self.mistake(text, &format!("the pattern is not a regular expression: {last}"))
        })
    }

    fn byte(&self, text: &Spanned<String>) -> Result<u8> {
        match text.get_ref().as_bytes() {
            [byte] if !matches!(byte, b'\n' | b'\r') => Ok(*byte),
            _ => Err(self.mistake(text, "a delimiter or quote is one character, such as \",\" or \"\\t\"")),
        }
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// Returns the index of a name that occurs before.
fn repeated(names: &[String]) -> Option<usize> {
    (1..names.len()).find(|at| names[..*at].iter().any(|name| name.eq_ignore_ascii_case(&names[*at])))
}

fn kind_of(text: &str) -> std::result::Result<Kind, Reason> {
    match text.trim() {
        "text" => Ok(Kind::Text),
        "int" => Ok(Kind::Int),
        "bigint" => Ok(Kind::Bigint),
        "double" => Ok(Kind::Double),
        other => Err(format!("there is no type `{other}`; there are text, int, bigint and double")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = r#"pipeline = "web"
tree = "data/web"
[[files]]
family = "hits"
path = '(?<day>\d{8})/hits-(?<host>.+)\.csv'
delimiter = ","
columns = ["at text", "bytes int"]
[[files.into]]
table = "web_hits"
where = "bytes > 0"
columns = ["host text = path.host", "bytes bigint = bytes"]
"#;

    #[test]
    fn the_shipped_mappings_are_sound() {
        for name in Mapping::shipped_names() {
            let mapping = Mapping::shipped(name).expect("sound");
            assert_eq!(mapping.pipeline, name);
        }
        let tables = |name| Mapping::shipped(name).expect("sound").tables().len();
        assert_eq!(["flow", "dns", "proxy"].map(tables), [7, 7, 6]);
    }

    #[test]
    fn a_mistake_is_reported_with_its_line() {
        let refused = |from: &str, to: &str| {
            assert!(MAPPING.contains(from), "{from}");
            let error = Mapping::parse(&MAPPING.replacen(from, to, 1)).expect_err(to);
            (error.place().line, error.what().replace("the mapping cannot be read: ", ""))
        };
        assert!(Mapping::parse(MAPPING).is_ok());
        for (from, to, line, reason) in [
            ("\"web\"", "\"w b\"", 1, "`pipeline` must consist of letters, digits, `_` and `-`"),
            ("data/web", "../web", 2, "`tree` is not the path of a folder below the old tree"),
            ("family", "famly", 4, "unknown field `famly`"),
            ("(?<day>", "(?<tag>", 5, "`path` has no group (?<day>…) and there is no `day`: no row would have a day"),
            ("(?<host>.+)", "(?<host>.+", 5, "the pattern is not a regular expression: unclosed group"),
            ("\",\"", "\",,\"", 6, "a delimiter or quote is one character, such as \",\" or \"\\t\""),
            ("\"at text\"", "\"at date\"", 7, "there is no type `date`; there are text, int, bigint and double"),
            ("\"at text\"", "\"bytes text\"", 7, "a column of this name is further up"),
            ("bytes > 0", "byte > 0", 10, "the file has no column `byte`"),
            ("path.host", "path.hst", 11, "`path` has no group `hst`; a group is written (?<hst>…)"),
            ("\"host text", "\"d text", 11, "y, m and d are filled with the day of the row"),
        ] {
            let (at, said) = refused(from, to);
            assert_eq!(at, Some(line), "{to}: {said}");
            assert!(said.starts_with(reason), "{said}");
        }
    }
}
