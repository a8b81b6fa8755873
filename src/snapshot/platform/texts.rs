//! Reads the texts of a platform file; a mistake is reported with its line.

use std::time::Duration;

use toml::Spanned;

use super::Text;
use crate::error::{Error, Result, escape};

/// How long a command may take if the file does not say.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The text of a platform file, for the lines of mistakes.
pub(super) struct Texts<'a> {
    pub(super) text: &'a str,
}

impl Texts<'_> {
    /// Returns the error for a mistake at a place of the file.
    pub(super) fn mistake<T>(&self, place: &Spanned<T>, reason: &str) -> Error {
        self.mistake_at(place.span().start, reason)
    }

    /// Returns the error for a mistake at a byte of the file.
    pub(super) fn mistake_at(&self, at: usize, reason: &str) -> Error {
        refusal(reason).at_line(line_of(self.text, at))
    }

    pub(super) fn check_name(&self, name: &Spanned<String>, field: &str) -> Result<()> {
        if is_name(name.get_ref()) {
            return Ok(());
        }
        Err(self.mistake(name, &format!("`{field}` must consist of letters, digits, `_` and `-`")))
    }

    /// Returns a text as it stands, with its line.
    pub(super) fn own(&self, text: &Spanned<String>) -> Text {
        Text { text: text.get_ref().clone(), line: line_of(self.text, text.span().start) }
    }

    /// Returns a text in which every `${` is closed.
    pub(super) fn template(&self, text: &Spanned<String>) -> Result<Text> {
        let sound =
            text.get_ref().split("${").skip(1).all(|rest| rest.split_once('}').is_some_and(|(n, _)| is_name(n)));
        if sound { Ok(self.own(text)) } else { Err(self.mistake(text, "a value is written as `${name}`")) }
    }

    /// Returns the words of a command; the first is the program.
    pub(super) fn command(&self, words: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Text>> {
        let first = words.get_ref().first();
        if first.is_none_or(|first| first.get_ref().is_empty()) {
            return Err(self.mistake(words, "a command needs a program: [\"program\", \"argument\"]"));
        }
        if let Some(bad) = words.get_ref().iter().find(|word| word.get_ref().contains('\0')) {
            return Err(self.mistake(bad, "NUL in a command"));
        }
        words.get_ref().iter().map(|word| self.template(word)).collect()
    }

    pub(super) fn timeout(&self, text: Option<&Spanned<String>>) -> Result<Duration> {
        let Some(text) = text else { return Ok(TIMEOUT) };
        duration(text.get_ref()).ok_or_else(|| self.mistake(text, "a time is written as 30s, 10m or 2h"))
    }
}

pub(super) fn refusal(reason: &str) -> Error {
    Error::usage(format!("the platform file cannot be read: {}", escape::line(reason)))
}

pub(super) fn line_of(text: &str, at: usize) -> u64 {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() as u64 + 1
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
}

/// Reads a number with `s`, `m` or `h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let number: u64 = text[..text.len() - 1].parse().ok()?;
    number.checked_mul(unit).filter(|seconds| (1..=7 * 24 * 3600).contains(seconds)).map(Duration::from_secs)
}
