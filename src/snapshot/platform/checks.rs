//! Checks of a platform, ready to be made.

use std::time::Duration;

use regex::Regex;

use crate::run::shell::shell_word;

/// When a check is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before anything is changed.
    Before,
    /// While the services are stopped.
    Fenced,
    /// Once they run again.
    After,
}

impl When {
    /// Returns its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Fenced => "fenced",
            Self::After => "after",
        }
    }
}

/// What a check expects of its command, besides that it ends with a status.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// The status that it ends with.
    pub status: i32,
    /// Its output has a match.
    pub output: Option<Regex>,
    /// At least one line matches the first, and each that does matches the second.
    pub lines: Option<(Regex, Regex)>,
}

/// What a check expects of the answer to an HTTP request, besides a status of 2xx.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Where its value is in an answer of JSON, as a JSON pointer.
    pub json: Option<String>,
    /// The values that pass; all if there are none.
    pub one_of: Vec<String>,
    /// The values that pass with a warning.
    pub warn: Vec<String>,
}

/// What a check asks.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A command.
    Command {
        /// The command.
        run: Vec<String>,
        /// What it must say.
        expect: Expect,
    },
    /// An address, by HTTP.
    Http {
        /// The address.
        url: String,
        /// What it must answer.
        expect: Answer,
    },
}

impl Ask {
    /// Returns it for people.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Command { run, .. } => run.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" "),
            Self::Http { url, .. } => format!("GET {url}"),
        }
    }
}

/// A check, ready to be made.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name for people.
    pub name: String,
    /// When it is made.
    pub when: When,
    /// What is asked.
    pub ask: Ask,
    /// How long it may take.
    pub timeout: Duration,
}
