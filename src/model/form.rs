//! Reading the forms of words in a profile, and errors that name the word that was probably meant.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::error::{Error, escape};

/// Reads a value that is a name or a table of words. A wrong word is an error that names it, which an untagged enum's is not.
///
/// # Errors
/// Those of the deserializer; `expecting` says what was expected.
pub(super) fn name_or_fields<'de, D, F, T>(deserializer: D, expecting: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    F: Deserialize<'de>,
    T: From<String> + From<F>,
{
    struct Forms<F, T>(&'static str, PhantomData<(F, T)>);
    impl<'de, F: Deserialize<'de>, T: From<String> + From<F>> Visitor<'de> for Forms<F, T> {
        type Value = T;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str(self.0)
        }

        fn visit_str<E>(self, name: &str) -> Result<T, E> {
            Ok(T::from(name.to_owned()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            F::deserialize(MapAccessDeserializer::new(map)).map(T::from)
        }
    }
    deserializer.deserialize_any(Forms::<F, T>(expecting, PhantomData))
}

/// Returns the error for a profile, or a part of one, that cannot be read. It has the place that TOML reports and, if a word is
/// unknown, the known one that is most like it.
pub(super) fn unread(what: impl Into<std::borrow::Cow<'static, str>>, cause: toml::de::Error) -> Error {
    let meant = meant(cause.message());
    let error = Error::schema(what).because(cause);
    match meant {
        Some((word, known)) => error.hint(format!("Did you mean `{known}` instead of `{}`?", escape::line(&word))),
        None => error,
    }
}

/// Returns the unknown word of a message and the expected one that is most like it.
fn meant(message: &str) -> Option<(String, String)> {
    message.strip_prefix("unknown ")?;
    let mut words = message.split('`').skip(1).step_by(2);
    let word = words.next()?;
    let nearest = words.map(|known| (distance(word, known), known)).min()?;
    let is_near = nearest.0 <= word.chars().count().max(nearest.1.len()) / 3 + 1 && nearest.0 < nearest.1.len();
    is_near.then(|| (word.to_owned(), nearest.1.to_owned()))
}

/// Returns how many letters have to be added, removed or replaced to make one word from another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = above + 1;
        for (place, wanted) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != *wanted);
            corner = row[place + 1];
            row[place + 1] = replaced.min(corner + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::Profile;

    #[test]
    fn letters_are_counted() {
        for (one, other, letters) in [("", "ab", 2), ("only", "only", 0), ("onyl", "only", 2), ("folds", "fold", 1)] {
            assert_eq!((distance(one, other), distance(other, one)), (letters, letters), "{one} {other}");
        }
    }

    #[test]
    fn an_unknown_word_is_an_error_with_its_line_and_the_nearest_word() {
        for (line, nearest) in [
            ("fodl = ['name']", Some("fold")),
            ("excepts = { level = [1] }", Some("except")),
            ("date = { colum = 'a' }", Some("column")),
            ("deleted = { column = 'a', knd = 'flag' }", Some("kind")),
            ("references.a = { tabel = 'notes' }", Some("table")),
            ("guard = { colunm = 'a', value = 0 }", Some("column")),
            ("carry = 'refferenced'", Some("referenced")),
            ("date = { column = 'a', kind = 'epochs' }", Some("epoch")),
            ("something_else_entirely = 1", None),
        ] {
            let text = format!("name = 'p'\n[[table]]\nname = 'notes'\ngroup = 'object'\nkey = ['name']\n{line}\n");
            let error = Profile::parse(&text).unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            assert!(cause.contains("line 6"), "{line}: {cause}");
            let hint = nearest.map(|nearest| format!("Did you mean `{nearest}`"));
            let told = error.advice().unwrap_or_default();
            assert!(hint.as_ref().map_or(told.is_empty(), |hint| told.starts_with(hint)), "{line}: {told}");
        }
        let text = "name = 'p'\n[options.side]\nvalues = ['a']\n[[table]]\nname = 'n'\ngroup = 'object'\nkey = ['name']\nmatch = 'key'\nwhen.a = { fodl = ['name'] }\n";
        let error = Profile::parse(text).unwrap_err();
        assert!(error.advice().unwrap_or_default().starts_with("Did you mean `fold`"), "{error}");
    }
}
