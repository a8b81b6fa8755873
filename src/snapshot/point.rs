//! The recovery point: what a snapshot says about itself in the header of its bundle.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::chain::Link;
use crate::error::{Error, Result};
use crate::model::manifest::{Header, SNAPSHOT};

/// How the stores agree with one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The services did not run.
    Stopped,
    /// The services were frozen for a moment: each store is as after a power failure, all at one moment.
    Frozen,
    /// The services ran, and the stores were taken one after the other.
    #[default]
    Ordered,
}

impl Class {
    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Frozen => "frozen",
            Self::Ordered => "ordered",
        }
    }
}

/// The recovery point of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// What tells it from others.
    pub id: String,
    /// How its stores agree.
    pub class: Class,
    /// Its place among the snapshots of its platform.
    #[serde(default)]
    pub link: Link,
    /// Milliseconds between the instants of the first and the last store.
    pub skew_ms: u64,
    /// The stores, in order.
    pub stores: Vec<PointStore>,
    /// Stores of the platform that were left out.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// The snapshot that has what did not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseMark>,
}

/// A snapshot that another one is on the base of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseMark {
    /// Its id.
    pub id: String,
    /// The name of its bundle.
    pub name: String,
    /// SHA-256 of its bundle.
    pub sha256: String,
}

/// A store at a recovery point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointStore {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Where it was on the source.
    pub root: String,
    /// Whether it holds passwords or keys.
    pub secret: bool,
    /// When it was taken, UTC.
    pub time: String,
    /// Bytes that it takes on a disk, as far as they were known at its instant.
    #[serde(default)]
    pub bytes: u64,
    /// Version of its engine; empty for files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The engine's name for its instant; empty for files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub position: String,
}

impl Point {
    /// Reads the recovery point of a header.
    ///
    /// # Errors
    /// `Usage` if the bundle is no snapshot; `Damaged` if it does not say what it holds.
    pub fn of(header: &Header) -> Result<Self> {
        if header.kind.as_deref() != Some(SNAPSHOT) {
            return Err(Error::usage("the bundle is not a snapshot")
                .hint("It holds rows of tables: use `gapsync import`, `inspect` or `verify`."));
        }
        let malformed = || Error::damaged("bundle.json does not describe a recovery point");
        let point = header.options.get("snapshot").ok_or_else(malformed)?;
        let point: Self = serde_json::from_value(point.clone()).map_err(|error| malformed().because(error))?;
        let name = |name: &str| {
            !name.is_empty()
                && name.len() <= 255
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        let mut names: Vec<&str> = point.stores.iter().map(|store| store.name.as_str()).collect();
        let all = names.iter().all(|store| name(store)) && name(&point.id);
        names.sort_unstable();
        names.dedup();
        let sound = |base: &BaseMark| name(&base.id) && !base.name.contains(['/', '\0']) && !base.name.is_empty();
        if !all || names.len() != point.stores.len() || !point.base.as_ref().is_none_or(sound) {
            return Err(malformed());
        }
        Ok(point)
    }

    /// Returns the names of the stores.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.stores.iter().map(|store| store.name.clone()).collect()
    }
}

/// Returns the time of this machine's clock as a neutral timestamp.
#[must_use]
pub fn now() -> String {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");
    let text = OffsetDateTime::now_utc().format(&FORMAT).unwrap_or_default();
    text.strip_suffix(".000000").map(str::to_owned).unwrap_or(text)
}
