//! What the reports of exports and imports have in common: the bundle, its place in its stream, its physical files.

use serde::{Deserialize, Serialize};

use crate::model::manifest::{BundleMark, Chain, Source, Window};
use crate::run::report::grid::grouped;
use crate::run::report::page::{Page, bytes, whole_seconds};

/// Outcomes of physical files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounts {
    /// Written below the files root, or put into the bundle.
    pub placed: u64,
    /// Placeholder texts that were written, or files missing from the source.
    pub placeholders: u64,
    /// Left out: the file existed already, there is no files root, or its type is ignored.
    pub skipped: u64,
    /// Refused because of their path or content; the report names them.
    #[serde(default)]
    pub rejected: u64,
    /// Counted additionally: files placed under a different name than in the bundle, because the path belongs to another
    /// row.
    #[serde(default)]
    pub renamed: u64,
    /// Whether an export found none of the files below the files root, which may not be mounted.
    #[serde(default)]
    pub lacking: bool,
}

/// A physical file that was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedFile {
    /// The table of its row.
    pub table: String,
    /// The path recorded in the row.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The place of a run's bundle in its stream. In JSON the fields of the chain come first, in the same object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundlePlace {
    /// Stream, sequence number and parent.
    #[serde(flatten)]
    pub chain: Chain,
    /// The installation that made the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When the bundle was made, by the clock of its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Earlier bundles that the target lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// The run that applied the same bundle earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_before: Option<AppliedBefore>,
}

/// Bundles of a stream that the target lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The first missing sequence number, or `None` if only the windows show that something is missing.
    pub from: Option<u64>,
    /// The last one.
    pub to: Option<u64>,
    /// The window of the missing bundles.
    pub window: Window,
    /// The command that closes the gap, to be run at the source with the options of its export.
    pub command: String,
}

impl Missing {
    /// Returns what people call the missing bundles: `bundle 2`, `bundles 2 to 4`.
    #[must_use]
    pub fn named(&self) -> String {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("bundle {from}"),
            (Some(from), Some(to)) => format!("bundles {from} to {to}"),
            _ => "a bundle of an unknown number".to_owned(),
        }
    }
}

/// The run that applied a bundle earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedBefore {
    /// Its id.
    pub run: i64,
    /// When it ended, UTC.
    pub at: String,
}

/// Writes which bundle it is, its place in its stream, and its window.
pub(super) fn facts(page: &mut Page, bundle: &BundleMark, place: Option<&BundlePlace>, window: Option<&Window>) {
    if !bundle.name.is_empty() {
        page.fact("bundle", if bundle.name == "-" { "standard input" } else { &bundle.name });
    }
    if !bundle.sha256.is_empty() {
        page.fact("sha256", &bundle.sha256);
        page.fact("size", &bytes(bundle.bytes));
    }
    if let Some(place) = place {
        origin(page, place);
    }
    if let Some(window) = window {
        page.fact("window from", window.start.as_deref().unwrap_or("the beginning"));
        page.fact("window to", window.end.as_deref().unwrap_or("now"));
    }
}

/// Writes the bundle's origin and its place in its stream.
fn origin(page: &mut Page, place: &BundlePlace) {
    if let Some(source) = &place.source {
        page.fact("source", &format!("{} installation {}", source.engine, source.installation));
    }
    if let Some(created_at) = &place.created_at {
        page.fact("made", &whole_seconds(created_at));
    }
    for (name, value) in place_facts(&place.chain) {
        page.fact(name, &value);
    }
    if let Some(before) = &place.applied_before {
        page.fact("applied", &format!("before, by run {} at {}", before.run, whole_seconds(&before.at)));
    }
}

/// Returns the name and value of each line on a bundle's place in its stream.
pub fn place_facts(chain: &Chain) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(stream) = &chain.stream {
        facts.push(("receiver", stream.receiver.clone().unwrap_or_else(|| "-".to_owned())));
        facts.push(("stream", stream.short()));
    }
    facts
        .push(("sequence", chain.sequence.map_or_else(|| "none, outside the chain".to_owned(), |own| own.to_string())));
    if let Some(covers) = chain.covers.filter(|covers| chain.sequence != Some(*covers)) {
        facts.push(("covers", format!("bundles from {covers} on")));
    }
    facts
}

/// Returns the bundles that the target lacks, if an earlier one is missing.
pub(super) fn lacking(place: Option<&BundlePlace>) -> Option<&Missing> {
    place.and_then(|place| place.missing.as_ref())
}

/// Writes the physical files that were refused.
pub(super) fn refused(page: &mut Page, files: &[RejectedFile]) {
    let named = files.iter().map(|file| format!("{} of {}: {}", file.path, file.table, file.reason));
    page.list("Physical files that were not taken", &named.collect::<Vec<_>>());
}

/// Writes which bundles are missing, and the command that closes the gap.
pub(super) fn remedy(page: &mut Page, place: Option<&BundlePlace>) {
    if let Some(lacking) = lacking(place) {
        page.block("An earlier bundle is missing", &missing(lacking));
    }
}

/// Returns the lines about missing bundles.
fn missing(missing: &Missing) -> String {
    let Missing { window, command, .. } = missing;
    let start = window.start.as_deref().unwrap_or("the beginning");
    let end = window.end.as_deref().unwrap_or("now");
    format!(
        "  {}, window from {start} to {end}\n  At the source, with the options of its export: {command}\n",
        missing.named()
    )
}

/// Returns the lines about physical files, or nothing if there were none.
pub(super) fn files(counts: &FileCounts, placed: &str, placeholders: &str) -> String {
    let named = [(placed, counts.placed), (placeholders, counts.placeholders), ("left out", counts.skipped)];
    let more = [("not taken", counts.rejected), ("under another name", counts.renamed)];
    let named: Vec<_> = named.into_iter().chain(more.into_iter().filter(|(_, count)| *count > 0)).collect();
    if named.iter().all(|(_, count)| *count == 0) {
        return String::new();
    }
    named.iter().map(|(name, count)| format!("  {name}: {}\n", grouped(*count))).collect()
}
