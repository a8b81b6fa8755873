//! Reads `neo4j.conf`: where the data of a server is.

use std::fs;
use std::path::{Path, PathBuf};

use super::tool::Version;
use super::{DATABASES, TRANSACTIONS};
use crate::error::{Error, Result};
use crate::snapshot::platform::{Neo4j, property};

/// The folders of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directories {
    pub(super) data: PathBuf,
    pub(super) transactions: PathBuf,
}

impl Directories {
    /// Reads the configuration of a server.
    ///
    /// # Errors
    /// `File` if it cannot be read; `Schema` if it says something that is not understood here.
    pub(super) fn read(config: &Neo4j) -> Result<Self> {
        let text = fs::read_to_string(&config.conf).map_err(|error| {
            Error::file(&config.conf, "the configuration of Neo4j cannot be read", error)
                .hint("Name it in the platform file: `conf = \"/etc/neo4j/neo4j.conf\"`.")
        })?;
        Self::of(&text, config)
    }

    fn of(text: &str, config: &Neo4j) -> Result<Self> {
        let refused = |key: &str, what: &str| {
            Error::schema(format!("the configuration of Neo4j sets {key}, {what}"))
                .at_path(config.conf.display().to_string())
        };
        // In the words of version 5, and of those before.
        let first = |keys: &[&'static str]| keys.iter().find_map(|key| Some((*key, property(text, key)?)));
        if let Some((key, _)) = first(&["dbms.directories.tx_log"]) {
            return Err(refused(key, "and this version of gapsync cannot carry a log of Neo4j 3 that is elsewhere"));
        }
        let folder = |keys: &[&'static str], usual: PathBuf, base: &Path| match first(keys) {
            Some((key, value)) if value.contains(['\\', '$', '"']) => {
                Err(refused(key, "to a path that is quoted or computed, which cannot be read here"))
            }
            Some((_, value)) => Ok(base.join(value.trim_end_matches('/'))),
            None => Ok(usual),
        };
        let home = &config.home;
        let home = folder(&["server.directories.neo4j_home", "dbms.directories.neo4j_home"], home.clone(), home)?;
        let data = folder(&["server.directories.data", "dbms.directories.data"], home.join("data"), &home)?;
        let keys = ["server.directories.transaction.logs.root", "dbms.directories.transaction.logs.root"];
        let transactions = folder(&keys, data.join(TRANSACTIONS), &home)?;
        Ok(Self { data, transactions })
    }

    /// Returns those of another data folder.
    pub(super) fn below(data: &Path) -> Self {
        Self { data: data.to_owned(), transactions: data.join(TRANSACTIONS) }
    }

    pub(super) fn databases(&self) -> PathBuf {
        self.data.join(DATABASES)
    }

    /// Returns a configuration that says nothing else, in the words of a version.
    pub(super) fn configuration(&self, version: &Version, logs: &Path) -> String {
        let prefix = if version.number.0 >= 5 { "server" } else { "dbms" };
        format!(
            "{prefix}.directories.data={}\n{prefix}.directories.transaction.logs.root={}\n{prefix}.directories.logs={}\n",
            self.data.display(),
            self.transactions.display(),
            logs.display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_are_those_of_every_version_and_the_last_line_counts() {
        let config = Neo4j { home: "/var/lib/neo4j".into(), ..Neo4j::default() };
        let read = |text: &str| Directories::of(text, &config).map(|found| (found.data, found.transactions));
        let is = |data: &str, transactions: &str| (PathBuf::from(data), PathBuf::from(transactions));
        assert_eq!(read("").unwrap(), is("/var/lib/neo4j/data", "/var/lib/neo4j/data/transactions"));
        let text =
            "#server.directories.data=/no\nserver.directories.data=/one\nserver.directories.data = /media/neo4j/\n";
        assert_eq!(read(text).unwrap(), is("/media/neo4j", "/media/neo4j/transactions"));
        let text = "dbms.directories.data=graphs\ndbms.directories.transaction.logs.root=/logs/tx\n";
        assert_eq!(read(text).unwrap(), is("/var/lib/neo4j/graphs", "/logs/tx"));
        let text = "server.directories.neo4j_home=/opt/neo4j\nserver.directories.data=data\n";
        assert_eq!(read(text).unwrap(), is("/opt/neo4j/data", "/opt/neo4j/data/transactions"));
        for wrong in ["server.directories.data=$(pwd)", "dbms.directories.tx_log=/logs", "dbms.directories.data=a\\ b"]
        {
            read(wrong).unwrap_err();
        }
        let below = Directories::below(Path::new("/x/data"));
        for version in ["4.4.40", "5.26.0", "2025.01.0"] {
            let text = below.configuration(&Version::of(version).unwrap(), Path::new("/x/logs"));
            assert_eq!(Directories::of(&text, &config).unwrap(), below, "{version}");
        }
    }
}
