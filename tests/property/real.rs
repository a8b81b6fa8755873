//! The real import, by a call of the library or by the program.

use std::path::Path;

use gapsync::bundle::reader::{DumpFormat, ReadLimits};
use gapsync::db::url::DatabaseUrl;
use gapsync::error::Error;
use gapsync::event::Progress;
use gapsync::run::report::Report;
use gapsync::run::resources::Resources;
use gapsync::stream::cancel::Cancel;
use gapsync::sync::Context;
use gapsync::sync::import::{ImportRequest, Input, import};
use gapsync::sync::report::ImportBody;
use tokio::runtime::Runtime;

use crate::model::import::ImportOptions;
use crate::model::schema::Schema;
use crate::support::{Database, finish, gapsync};

/// An import to run.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) target: &'a Database,
    pub(super) schema: &'a Schema,
    pub(super) file: &'a Path,
    pub(super) options: ImportOptions,
    /// Rows that one statement touches at most.
    pub(super) object_limit: u64,
    pub(super) dry_run: bool,
    /// The target's hashes are missing.
    pub(super) fill_sync_hash: bool,
}

/// How it ended.
pub(super) struct Outcome {
    /// Exit status.
    pub(super) status: i32,
    pub(super) report: Report<ImportBody>,
    /// What was said of an error.
    pub(super) message: String,
}

impl Job<'_> {
    pub(super) fn by_library(&self, runtime: &Runtime) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let request = ImportRequest {
            after_list: None,
            input: Input::File(self.file.to_owned()),
            dialect: DumpFormat::Bundle,
            limits: ReadLimits::default(),
            keep_created_at: self.options.keep_created_at,
            object_limit: self.object_limit,
            resources: Resources { jobs: 2, memory: Some(64 << 20) },
            override_description: self.options.override_description,
            dry_run: self.dry_run,
            fill_sync_hash: self.fill_sync_hash,
            files_root: None,
            max_rejects: None,
            ignore_free_space: false,
            keep_sync_tables: false,
            list_kept: false,
            resume: false,
            strict_chain: false,
            command: None,
        };
        let ended = runtime.block_on(import(&request, &context(self.target, self.schema, folder.path())));
        let rejected = if ended.report.totals.rejected > 0 { 3 } else { 0 };
        let status = ended.error.as_ref().map_or(rejected, |error| error.kind().exit_status() as i32);
        Outcome { status, message: ended.error.as_ref().map_or_else(String::new, chain), report: ended.report }
    }

    pub(super) fn by_program(&self) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let option = |name: &str, on: bool| format!("--{name}={}", if on { "Y" } else { "N" });
        let mut arguments = vec![
            "import".to_owned(),
            format!("--database={}", self.target.url),
            "--profile=mini".to_owned(),
            "--progress=off".to_owned(),
            "--json".to_owned(),
            format!("--report-dir={}", folder.path().display()),
            format!("--file={}", self.file.display()),
            format!("--object-limit={}", self.object_limit),
            option("keep-created-at", self.options.keep_created_at),
            option("override-description", self.options.override_description),
        ];
        arguments.extend(self.dry_run.then(|| "--dry-run".to_owned()));
        arguments.extend(self.fill_sync_hash.then(|| "--fill-sync-hash".to_owned()));
        let ended = finish(&mut gapsync(arguments));
        let report = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| {
            panic!("no report on standard output: {error}\n{}\n{}", ended.stdout, ended.stderr)
        });
        Outcome { status: ended.status, report, message: ended.stderr }
    }
}

/// What the commands are told of a database.
pub(super) fn context(database: &Database, schema: &Schema, folder: &Path) -> Context {
    Context {
        database: DatabaseUrl::parse(&database.url).unwrap(),
        profile: schema.profile.clone(),
        run: gapsync::run::Context {
            progress: Progress::silent(),
            cancel: Cancel::default(),
            report_dir: folder.to_owned(),
            again: String::new(),
        },
    }
}

/// An error with its causes.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
