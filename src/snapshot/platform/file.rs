//! The shape of a platform file in TOML. What its texts mean is checked afterwards.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: Spanned<u32>,
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) values: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) discover: Vec<FileDiscover>,
    #[serde(default)]
    pub(super) service: Vec<FileService>,
    #[serde(default)]
    pub(super) check: Vec<FileCheck>,
    #[serde(default)]
    pub(super) queue: Vec<FileQueue>,
    #[serde(default)]
    pub(super) store: Vec<FileStore>,
    #[serde(default)]
    pub(super) after: Vec<FileAfter>,
    #[serde(default)]
    pub(super) report: Vec<FileReport>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileDiscover {
    pub(super) file: Spanned<String>,
    pub(super) syntax: Spanned<String>,
    pub(super) keys: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileService {
    pub(super) name: Spanned<String>,
    pub(super) unit: Option<Spanned<String>>,
    pub(super) stop: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) start: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) container: Option<Spanned<String>>,
    pub(super) engine: Option<Spanned<String>>,
    pub(super) running: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) running_prints: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) leftovers: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) pid_files: Vec<Spanned<String>>,
    pub(super) ready: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) ready_http: Option<Spanned<String>>,
    pub(super) freeze: Option<Spanned<bool>>,
    pub(super) pause: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) unpause: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) pids: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) timeout: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileCheck {
    pub(super) name: Spanned<String>,
    pub(super) when: Spanned<String>,
    pub(super) run: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) http: Option<Spanned<String>>,
    pub(super) json: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) one_of: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) warn: Vec<Spanned<String>>,
    pub(super) expect: Option<FileExpect>,
    pub(super) timeout: Option<Spanned<String>>,
}

/// What is waited for after a step.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSettled {
    pub(super) run: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) http: Option<Spanned<String>>,
    pub(super) json: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) one_of: Vec<Spanned<String>>,
    pub(super) expect: Option<FileExpect>,
    pub(super) timeout: Option<Spanned<String>>,
}

impl FileSettled {
    /// Returns the check that is made again and again.
    pub(super) fn check(&self, name: &Spanned<String>) -> FileCheck {
        let Self { run, http, json, one_of, expect, timeout } = self.clone();
        let when = Spanned::new(name.span(), "after".to_owned());
        FileCheck { name: name.clone(), when, run, http, json, one_of, warn: Vec::new(), expect, timeout }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileAfter {
    pub(super) name: Spanned<String>,
    pub(super) run: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) each: Vec<Spanned<String>>,
    pub(super) user: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) stores: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) unless: Vec<Spanned<String>>,
    pub(super) services: Spanned<String>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) settled: Option<FileSettled>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileReport {
    pub(super) name: Spanned<String>,
    pub(super) run: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) sql: Option<Spanned<String>>,
    pub(super) database: Option<Spanned<String>>,
    pub(super) user: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) stores: Vec<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileExpect {
    pub(super) status: Option<i32>,
    pub(super) output: Option<Spanned<String>>,
    pub(super) every_line: Option<Spanned<String>>,
    pub(super) is: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileQueue {
    pub(super) name: Spanned<String>,
    pub(super) redis: Spanned<String>,
    pub(super) lists: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) also: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) ignore: Vec<Spanned<String>>,
    pub(super) separator: Option<Spanned<String>>,
    pub(super) unacked: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) after: Option<Spanned<String>>,
    pub(super) drain_timeout: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileStore {
    pub(super) name: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) folder: Option<Spanned<String>>,
    pub(super) paths: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pub(super) exclude: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) follow: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) secret: bool,
    pub(super) restore: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) requires: BTreeMap<String, String>,
    pub(super) append_only: Option<Spanned<bool>>,
    pub(super) keyspace: Option<Spanned<String>>,
    pub(super) hosts: Option<Spanned<String>>,
    pub(super) exec: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) nodetool: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) loader: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) data: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) replication: Option<Spanned<String>>,
    pub(super) restore_with: Option<Spanned<String>>,
    pub(super) indices: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) url: Option<Spanned<String>>,
    pub(super) repository: Option<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) mode: Option<Spanned<String>>,
    pub(super) databases: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) globals: Option<Spanned<bool>>,
    pub(super) plain: Option<Spanned<bool>>,
    pub(super) archive: Option<Spanned<String>>,
    pub(super) bin: Option<Spanned<String>>,
    pub(super) connections: Option<Spanned<u8>>,
    pub(super) conf: Option<Spanned<String>>,
    pub(super) home: Option<Spanned<String>>,
    pub(super) admin: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) truth: Option<Spanned<bool>>,
    pub(super) derived_from: Option<Spanned<String>>,
    pub(super) rebuild: Option<Spanned<FileRebuild>>,
}

/// How the platform is told to rebuild a store.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRebuild {
    pub(super) set: FileFlag,
    pub(super) until: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileFlag {
    pub(super) file: Spanned<String>,
    pub(super) syntax: Spanned<String>,
    pub(super) key: Spanned<String>,
    pub(super) value: Spanned<toml::Value>,
}
