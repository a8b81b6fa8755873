//! What an engine is and holds: its version, its `path.repo`, its indices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{Ask, Client};
use crate::error::{Error, ErrorKind, Result, escape};

/// The oldest Elasticsearch that is carried.
const OLDEST: Number = (7, 0, 0);

/// The last Elasticsearch whose snapshots OpenSearch reads.
const LAST_SHARED: (u32, u32) = (7, 10);

type Number = (u32, u32, u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    Elasticsearch,
    OpenSearch,
}

impl Product {
    fn name(self) -> &'static str {
        match self {
            Self::Elasticsearch => "Elasticsearch",
            Self::OpenSearch => "OpenSearch",
        }
    }

    /// Returns the name of its configuration.
    fn file(self) -> &'static str {
        match self {
            Self::Elasticsearch => "elasticsearch.yml",
            Self::OpenSearch => "opensearch.yml",
        }
    }
}

/// An engine and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    product: Product,
    number: Number,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor, patch) = self.number;
        write!(f, "{} {major}.{minor}.{patch}", self.product.name())
    }
}

impl Version {
    /// Asks an engine for its version.
    ///
    /// # Errors
    /// `Schema` if it is too old; `Database` if it is something else, or does not answer.
    pub(super) fn ask(client: &Client) -> Result<Self> {
        let what = "the engine cannot be asked for its version";
        // While nodes are upgraded, the oldest one counts.
        let answer = client.get(Ask { path: &["_nodes", "settings"], query: &[], what })?;
        let nodes = answer["nodes"].as_object().into_iter().flatten();
        let oldest = nodes.filter_map(|(_, node)| number(node["version"].as_str()?)).min();
        let number = oldest
            .ok_or_else(|| Error::database("this is neither Elasticsearch nor OpenSearch").at_path(client.address()))?;
        // Only OpenSearch always has this page.
        let front = client.probe(Ask { path: &[], query: &[], what })?;
        let product = match front["version"]["distribution"].as_str() {
            Some("opensearch") => Product::OpenSearch,
            _ => Product::Elasticsearch,
        };
        let found = Self { product, number };
        if product == Product::Elasticsearch && number < OLDEST {
            return Err(Error::schema(format!("{found} is too old: its indices can be saved from 7.0")));
        }
        Ok(found)
    }

    /// Reads what [`Self::to_string`] gives.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, text) = text.split_once(' ')?;
        let product = [Product::Elasticsearch, Product::OpenSearch].into_iter().find(|known| known.name() == name)?;
        Some(Self { product, number: number(text)? })
    }

    /// Returns whether this engine reads snapshots of another.
    fn reads(self, other: Self) -> bool {
        let (own, its) = (self.number, other.number);
        match (other.product, self.product) {
            // OpenSearch 1 is a fork of Elasticsearch 7.10.
            (Product::Elasticsearch, Product::OpenSearch) => {
                its.0 == LAST_SHARED.0 && its.1 <= LAST_SHARED.1 && own.0 <= 2
            }
            (Product::OpenSearch, Product::Elasticsearch) => false,
            _ => own >= its && own.0 <= its.0 + 1,
        }
    }

    /// Checks that this engine reads snapshots of another.
    ///
    /// # Errors
    /// `Schema`.
    pub(super) fn check_reads(self, other: Self) -> Result<()> {
        if self.reads(other) {
            return Ok(());
        }
        Err(Error::schema(format!("{self} cannot restore a snapshot of {other}")).hint(
            "Restore into the same product, in the same version or a newer one up to the next major version; \
             OpenSearch 1 and 2 also read Elasticsearch 7.0 to 7.10.",
        ))
    }
}

fn number(text: &str) -> Option<Number> {
    let mut parts = text.split(['.', '-']);
    let mut part = || parts.next()?.parse().ok();
    Some((part()?, part()?, part()?))
}

/// Asks which folder repositories may be below, and returns that or the chosen one below it.
///
/// # Errors
/// `Schema` if there is none, or it cannot be seen here; `File` if it may not be read.
pub(super) fn repository_folder(client: &Client, version: Version, chosen: Option<&Path>) -> Result<PathBuf> {
    let ask = Ask { path: &["_nodes", "settings"], query: &[], what: "the settings of the nodes cannot be read" };
    let answer = client.get(ask)?;
    let nodes = answer["nodes"].as_object().cloned().unwrap_or_default();
    let mut folders: Vec<PathBuf> = Vec::new();
    for node in nodes.values().filter(|node| holds_data(node)) {
        let own = path_repo(&node["settings"]["path"]["repo"]);
        if own.is_empty() {
            let name = escape::line(node["name"].as_str().unwrap_or("?")).into_owned();
            return Err(Error::schema(format!("the node {name} has no path.repo, so it cannot write snapshots"))
                .at_path(client.address())
                .hint(format!(
                    "Add the line `path.repo: [\"/var/backups/search\"]` to {} of every node, with a folder that they \
                     share and their user owns, and restart them.",
                    version.product.file()
                )));
        }
        if folders.is_empty() {
            folders = own;
        } else {
            folders.retain(|folder| own.contains(folder));
        }
    }
    let first = folders.first().ok_or_else(|| {
        Error::schema("the nodes have no path.repo in common")
            .hint("Set path.repo to the same folder on every node, and restart them.")
    })?;
    let folder = first.join(chosen.unwrap_or(Path::new("")));
    if !folders.iter().any(|known| folder.starts_with(known)) {
        let known: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(Error::schema("the folder of the repository is not below path.repo")
            .at_path(folder.display().to_string())
            .hint(format!("Choose one below {}.", escape::line(&known.join(", ")))));
    }
    match std::fs::read_dir(&folder) {
        Ok(_) => Ok(folder),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::schema("the folder of the repository is not on this machine")
                .at_path(folder.display().to_string())
                .hint("Run it where the engine runs, or mount its folder here under the same path."))
        }
        Err(error) => Err(Error::new(ErrorKind::File, "the folder of the repository cannot be read")
            .at_path(folder.display().to_string())
            .because(error)
            .hint("Run it as root, or as the user of the engine.")),
    }
}

fn holds_data(node: &Value) -> bool {
    let role = |role: &Value| {
        let role = role.as_str().unwrap_or_default();
        role.starts_with("data") || matches!(role, "master" | "cluster_manager")
    };
    node["roles"].as_array().is_none_or(|roles| roles.iter().any(role))
}

/// Reads the setting, which is one text or several.
fn path_repo(value: &Value) -> Vec<PathBuf> {
    let texts: Vec<&str> = match value {
        Value::String(text) => text.split(',').collect(),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    // One that is not absolute is below the home of the engine, wherever that is.
    let paths = texts.into_iter().map(|text| PathBuf::from(text.trim()));
    paths.filter(|path| path.is_absolute()).map(|path| path.components().collect()).collect()
}

/// Mappings, settings and aliases of the indices of a snapshot, by name: the content of `indices.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Described {
    /// The engine and its version.
    pub(super) engine: String,
    /// The name of the snapshot in the repository.
    pub(super) snapshot: String,
    pub(super) indices: BTreeMap<String, Value>,
}

/// Asks for the indices that names, aliases and patterns stand for. Each stands for at least one.
///
/// # Errors
/// `Schema` if there is none, or one cannot be saved; `Database` if one is red.
pub(super) fn describe(client: &Client, wanted: &[String]) -> Result<BTreeMap<String, Value>> {
    let mut found = BTreeMap::new();
    for name in wanted {
        let query = [("expand_wildcards", "open,closed")];
        let ask = Ask { path: &[name], query: &query, what: "the index cannot be looked at" };
        let answer = client.find(ask)?.unwrap_or_default();
        let indices = answer.as_object().filter(|indices| !indices.is_empty()).ok_or_else(|| {
            Error::schema(format!("there is no index `{}`", escape::line(name)))
                .at_path(client.address())
                .hint("Check `indices` of the store in the platform file, and its values.")
        })?;
        found.extend(indices.clone());
    }
    for (name, index) in &found {
        let shown = escape::line(name);
        // Every value of a setting is a text.
        if index["settings"]["index"]["verified_before_close"] == "true" {
            return Err(Error::schema(format!("the index {shown} is closed"))
                .hint("Open it first, or choose `indices` of the store so that it is left out."));
        }
        if let Some(stream) = index["data_stream"].as_str() {
            let what = format!("the index {shown} belongs to the data stream {}", escape::line(stream));
            return Err(Error::schema(what).hint("Data streams cannot be carried: choose other `indices`."));
        }
    }
    let health = health(client)?;
    if let Some(name) = found.keys().find(|name| health.get(*name).is_some_and(|health| health == "red")) {
        let what = format!("the index {} is red: some of its shards are missing", escape::line(name));
        return Err(Error::database(what)
            .at_path(client.address())
            .hint("Look at _cluster/allocation/explain, and put it right before a snapshot is made."));
    }
    Ok(found)
}

/// Returns a number of indices in words.
pub(super) fn indices(count: usize) -> String {
    if count == 1 { "1 index".to_owned() } else { format!("{count} indices") }
}

/// Asks for the health of all indices: `green`, `yellow` or `red`.
///
/// # Errors
/// `Database`.
pub(super) fn health(client: &Client) -> Result<BTreeMap<String, String>> {
    let query = [("level", "indices")];
    let ask = Ask { path: &["_cluster", "health"], query: &query, what: "the health of the indices cannot be read" };
    let answer = client.get(ask)?;
    let indices = answer["indices"].as_object().into_iter().flatten();
    Ok(indices.map(|(name, index)| (name.clone(), index["status"].as_str().unwrap_or_default().to_owned())).collect())
}

/// Counts the documents of an index, those that were written last among them.
///
/// # Errors
/// `Database`, also if a shard does not answer.
pub(super) fn count(client: &Client, index: &str) -> Result<u64> {
    let what = "the documents of the index cannot be counted";
    client.get(Ask { path: &[index, "_refresh"], query: &[], what })?;
    let answer = client.get(Ask { path: &[index, "_count"], query: &[], what })?;
    let all = answer["_shards"]["failed"] == 0;
    let incomplete = || Error::database(what).because("a shard does not answer").at_path(client.address());
    answer["count"].as_u64().filter(|_| all).ok_or_else(incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_reads_its_own_line_forward_by_one_major_version() {
        let version = |text| Version::parse(text).unwrap();
        for (engine, snapshot, reads) in [
            ("Elasticsearch 8.19.4", "Elasticsearch 7.17.29", true),
            ("Elasticsearch 7.17.29", "Elasticsearch 7.17.29", true),
            ("Elasticsearch 7.17.28", "Elasticsearch 7.17.29", false),
            ("Elasticsearch 7.17.29", "Elasticsearch 8.19.4", false),
            ("Elasticsearch 9.0.0", "Elasticsearch 7.17.29", false),
            ("OpenSearch 2.19.6", "Elasticsearch 7.10.2", true),
            ("OpenSearch 2.19.6", "Elasticsearch 7.11.0", false),
            ("OpenSearch 3.1.0", "Elasticsearch 7.10.2", false),
            ("OpenSearch 3.1.0", "OpenSearch 2.19.6", true),
            ("Elasticsearch 8.19.4", "OpenSearch 1.0.0", false),
        ] {
            assert_eq!(version(engine).reads(version(snapshot)), reads, "{engine} {snapshot}");
            assert_eq!(version(engine).to_string(), engine);
        }
        assert_eq!(Version::parse("Elasticsearch"), None);
        assert_eq!(number("8.0.0-SNAPSHOT"), Some((8, 0, 0)));
    }

    #[test]
    fn the_setting_is_one_text_or_several() {
        let paths = |value: Value| path_repo(&value);
        assert_eq!(paths(serde_json::json!(["/a/", "b"])), [PathBuf::from("/a")]);
        assert_eq!(paths(serde_json::json!("/a, /b")), [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert!(paths(Value::Null).is_empty());
    }
}
