//! What only a person can know, asked once for all tables that it is about.

use std::collections::BTreeMap;

/// What is asked, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// Whether a guessed key is one.
    Key,
    /// What tells rows apart that have the same key.
    SharedKey,
    /// Whether ids mean the same row everywhere.
    GlobalId,
    /// Whether a number in a key means the same everywhere.
    KeyNumber,
    /// Whether a guessed reference is one.
    Reference,
    /// What a column refers to.
    Unknown,
    /// Whether 0 means none.
    ZeroIsNone,
    /// Whether a column is a reference although some of its values lead nowhere.
    Lost,
    /// Whether a number is the time of the last change.
    Date,
    /// Whether a table has the time of the last change.
    NoDate,
    /// Whether a column marks deleted rows.
    Deleted,
    /// Whether a column that sounds like a secret may travel.
    Secret,
}

impl Question {
    fn text(self) -> &'static str {
        match self {
            Self::Key => "No unique key is declared here. Do these columns tell the rows apart, on every installation?",
            Self::SharedKey => {
                "Some rows here share their key, and become one row on the other side. What else tells them apart?"
            }
            Self::GlobalId => "Do these ids mean the same row on every installation? They are kept as they are.",
            Self::KeyNumber => {
                "Do these numbers mean the same on every installation? They are part of a key and refer to nothing that is known."
            }
            Self::Reference => {
                "Are these columns references? They are taken for such by their names, and no value speaks against it."
            }
            Self::Unknown => {
                "To what do these columns refer? They sound like references, but no table is called so, and their numbers travel \
                 as they are."
            }
            Self::ZeroIsNone => {
                "Are these columns references, with 0 for none? They are taken for such by their names and values."
            }
            Self::Lost => {
                "Are these columns references? Some of their values lead nowhere, so that they are not taken for such, and their \
                 numbers travel as they are."
            }
            Self::Date => {
                "Do these columns hold the time of the last change? They are taken for it by their names and values."
            }
            Self::NoDate => {
                "Is there a column here with the time of the last change? None was found, so that every export carries all rows."
            }
            Self::Deleted => {
                "Do these columns mark deleted rows? They are taken for it by their names, so that such rows travel with \
                 --include-deleted alone."
            }
            Self::Secret => "Shall these columns travel? Their names sound like secrets, so that they stay at home.",
        }
    }
}

/// A question, and what it is about.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Asked {
    /// The question, one sentence or several.
    pub question: String,
    /// Tables and columns, each with what was found there.
    pub about: Vec<String>,
}

/// Returns what is asked of tables, each given by its name.
pub(super) fn gathered<'a>(tables: impl Iterator<Item = (&'a str, &'a [(Question, String)])>) -> Vec<Asked> {
    let mut asked: BTreeMap<Question, Vec<String>> = BTreeMap::new();
    for (table, questions) in tables {
        for (question, about) in questions {
            asked.entry(*question).or_default().push(format!("{table}: {about}"));
        }
    }
    asked.into_iter().map(|(question, about)| Asked { question: question.text().to_owned(), about }).collect()
}
