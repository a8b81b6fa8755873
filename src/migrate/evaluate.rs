//! Evaluates the values and conditions of a mapping for one row.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dates;
use super::lookup::Pairs;
use super::mapping::value::{Condition, Function, Holds, Value};

/// Why a value cannot be had: phrased to follow the column's name.
pub(super) type Fault = Cow<'static, str>;

/// A value: `None` is NULL.
pub(super) type Cell<'a> = Option<Cow<'a, [u8]>>;

/// What the values of a row come from.
pub(super) struct Row<'a> {
    /// The cells of the file, checked and in neutral form.
    pub(super) cells: &'a [Option<&'a [u8]>],
    /// The parts of the path.
    pub(super) path: &'a BTreeMap<String, String>,
    /// The lookups.
    pub(super) lookups: &'a BTreeMap<String, Arc<Pairs>>,
    /// The lookups that lacked a key of the row so far.
    unknown: RefCell<BTreeSet<String>>,
}

impl<'a> Row<'a> {
    /// Returns a row whose values come from these.
    pub(super) fn new(
        cells: &'a [Option<&'a [u8]>],
        path: &'a BTreeMap<String, String>,
        lookups: &'a BTreeMap<String, Arc<Pairs>>,
    ) -> Self {
        Self { cells, path, lookups, unknown: RefCell::default() }
    }

    /// Returns the lookups that lacked a key of the row. A missing or empty key is none.
    pub(super) fn unknown(self) -> BTreeSet<String> {
        self.unknown.into_inner()
    }

    /// Evaluates a value.
    ///
    /// # Errors
    /// The fault.
    pub(super) fn value(&self, value: &'a Value) -> Result<Cell<'a>, Fault> {
        Ok(match value {
            Value::Column(index) => self.cells[*index].map(Cow::Borrowed),
            Value::Path(group) => match self.path.get(group) {
                Some(part) => Some(Cow::Borrowed(part.as_bytes())),
                None => return Err(format!("needs `{group}`, which the name of the file lacks").into()),
            },
            Value::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Value::Null => None,
            Value::Replace(inner, from, to) => {
                self.value(inner)?.map(|cell| replaced(&cell, from.as_bytes(), to.as_bytes()).into())
            }
            Value::Call(function, inner) => self.call(*function, inner)?,
            Value::Lookup { name, key, default } => {
                let key = self.value(key)?;
                let found = key.as_deref().and_then(|key| self.lookups.get(name)?.get(key));
                match found {
                    Some(found) => Some(Cow::Owned(found.to_vec())),
                    None => {
                        if key.is_some_and(|key| !key.is_empty()) {
                            self.unknown.borrow_mut().insert(name.clone());
                        }
                        self.value(default)?
                    }
                }
            }
        })
    }

    fn call(&self, function: Function, inner: &'a Value) -> Result<Cell<'a>, Fault> {
        let Some(cell) = self.value(inner)? else { return Ok(None) };
        // A date or a time that is not there is no fault, except where a row needs one.
        if cell.is_empty() && function != Function::Iso {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&cell);
        let number = |number: Option<i64>| number.map(|number| number.to_string().into_bytes());
        let (read, fault) = match function {
            Function::Iso => (dates::iso(&text), "does not begin with a date"),
            Function::Epoch => (number(dates::epoch(&text)), "is not a date or time that is known"),
            Function::Hour => (number(dates::hour(&text).map(i64::from)), "is not a time of day"),
            Function::Minute => (number(dates::minute(&text).map(i64::from)), "is not a minute"),
        };
        read.map(|read| Some(Cow::Owned(read))).ok_or(Cow::Borrowed(fault))
    }

    /// Returns whether a condition holds. A value that cannot be had counts as NULL, which no comparison holds for.
    pub(super) fn holds(&self, condition: &'a Condition) -> bool {
        let test = |value: &'a Value, holds: &Holds| {
            let cell = self.value(value).unwrap_or(None);
            match (holds, cell) {
                (Holds::IsNull(wanted), cell) => cell.is_none() == *wanted,
                (_, None) => false,
                (Holds::IsText(wanted, text), Some(cell)) => (*cell == *text.as_bytes()) == *wanted,
                (Holds::Number(comparison, number), Some(cell)) => {
                    let text = std::str::from_utf8(&cell).unwrap_or_default();
                    text.parse().is_ok_and(|value: i64| comparison.holds(value, *number))
                }
            }
        };
        condition.0.is_empty() || condition.0.iter().any(|all| all.iter().all(|one| test(&one.value, &one.holds)))
    }
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if rest.starts_with(from) {
            out.extend_from_slice(to);
            rest = &rest[from.len()..];
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::mapping::value::{Names, condition, value};
    use super::*;

    fn evaluate(text: &str) -> Result<Option<String>, String> {
        let columns = ["a", "n", "none"].map(str::to_owned);
        let groups = ["ip".to_owned(), "gone".to_owned()];
        let names = Names { columns: &columns, groups: &groups, lookups: &["code".to_owned()] };
        let value = value(text, &names).expect("sound");
        let path = BTreeMap::from([("ip".to_owned(), "10_0_0_1".to_owned())]);
        let map = HashMap::from([(Box::from(&b"OK"[..]), Box::from(&b"200"[..]))]);
        let pairs = Pairs { map, digests: false };
        let lookups = BTreeMap::from([("code".to_owned(), Arc::new(pairs))]);
        let row = Row::new(&[Some(b"OK"), Some(b"7"), None], &path, &lookups);
        let cell = row.value(&value).map_err(|fault| fault.into_owned())?;
        Ok(cell.map(|cell| String::from_utf8(cell.into_owned()).expect("text")))
    }

    #[test]
    fn values_are_evaluated() {
        for (text, expected) in [
            ("a", Some("OK")),
            ("none", None),
            ("replace(path.ip, '_', '.')", Some("10.0.0.1")),
            ("lookup(code, a, '0')", Some("200")),
            ("lookup(code, n, '0')", Some("0")),
            ("lookup(code, none, a)", Some("OK")),
            ("epoch(none)", None),
            ("epoch('')", None),
            ("epoch('1970-01-02')", Some("86400")),
        ] {
            assert_eq!(evaluate(text), Ok(expected.map(str::to_owned)), "{text}");
        }
        assert_eq!(evaluate("epoch(a)"), Err("is not a date or time that is known".to_owned()));
        assert_eq!(evaluate("path.gone"), Err("needs `gone`, which the name of the file lacks".to_owned()));
    }

    #[test]
    fn conditions_hold_only_for_values() {
        let columns = ["a", "n", "none"].map(str::to_owned);
        let names = Names { columns: &columns, groups: &[], lookups: &[] };
        let (path, lookups) = (BTreeMap::new(), BTreeMap::new());
        let row = Row::new(&[Some(b"x"), Some(b"7"), None], &path, &lookups);
        for (text, expected) in [
            ("n > 6", true),
            ("n > 7", false),
            ("none <= 0", false),
            ("none > 0 or n = 7", true),
            ("n = 7 and a <> 'x'", false),
            ("none is null", true),
            ("epoch(a) is not null", false),
        ] {
            assert_eq!(row.holds(&condition(text, &names).expect("sound")), expected, "{text}");
        }
    }
}
