//! `gapsync check`: reports whether a database is ready, and everything that is missing at once. It creates nothing, changes
//! nothing and takes no lock.

use std::path::PathBuf;

use serde::Serialize;

use crate::bundle::reader::ReadLimits;
use crate::db::dialect::Dialect;
use crate::db::error::{SqlClass, class_of};
use crate::db::rights::{Lacking, lacking, of_outsider};
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, ExitStatus, Result};
use crate::model::manifest::Header;
use crate::model::schema::Table;

use super::Context;
use super::rights::{self, Command};
use super::version;

mod hashes;
mod room;
pub(in crate::sync) mod schema;
mod time;

pub use hashes::TableHashes;

/// What to check.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// The commands to be run.
    pub commands: Vec<Command>,
    /// The bundle to be imported.
    pub file: Option<PathBuf>,
    /// The limits of its reader.
    pub limits: ReadLimits,
    /// Folder with the physical files.
    pub files_root: Option<PathBuf>,
}

impl CheckRequest {
    fn has(&self, command: Command) -> bool {
        self.commands.contains(&command)
    }
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All is well.
    Ok,
    /// No obstacle, but worth knowing.
    Warning,
    /// The command would fail, or not finish properly.
    Failed,
    /// The check could not be made.
    Unknown,
}

impl State {
    /// Returns the state as shown in the grid.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// One line of the grid.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was checked.
    pub check: &'static str,
    /// The result.
    pub state: State,
    /// The finding.
    pub found: String,
    /// The remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The exit status of a command that met this problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<u8>,
}

impl Line {
    pub(in crate::sync) fn new(check: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { check, state, found: found.into(), advice: None, exit_status: None }
    }

    pub(in crate::sync) fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    pub(in crate::sync) fn status(self, status: ExitStatus) -> Self {
        Self { exit_status: Some(status as u8), ..self }
    }

    /// Returns the line for an error that a command would meet too.
    pub(in crate::sync) fn of_error(check: &'static str, error: &Error) -> Self {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let line = Self::new(check, State::Failed, format!("{error}{cause}")).status(error.kind().exit_status());
        Self { advice: error.advice().map(str::to_owned), ..line }
    }
}

/// The findings of a check.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckReport {
    /// The lines of the grid.
    pub checks: Vec<Line>,
    /// The statements for an administrator to run.
    pub grants: Vec<String>,
    /// `sync_hash` by table.
    pub tables: std::collections::BTreeMap<String, TableHashes>,
    /// Estimated seconds for the import of the bundle, at the pace of earlier imports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_seconds: Option<f64>,
}

impl CheckReport {
    /// Returns the exit status of the most serious problem.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        use ExitStatus::{Damaged, Database, File, Gap, Internal, MissingHash, Schema, Usage};
        let has = |status: &ExitStatus| self.checks.iter().any(|line| line.exit_status == Some(*status as u8));
        let found = [Internal, Database, Damaged, Usage, Schema, MissingHash, File, Gap].into_iter().find(has);
        found.unwrap_or(ExitStatus::Done)
    }

    pub(in crate::sync) fn add(&mut self, line: Line) {
        self.checks.push(line);
    }

    /// Adds the lines of a check. If the check lacks a privilege, the line on rights already says so.
    pub(in crate::sync) fn take(&mut self, check: &'static str, lines: Result<Vec<Line>>) {
        match lines {
            Ok(mut lines) => self.checks.append(&mut lines),
            Err(error) if class_of(&error) == Some(SqlClass::Permission) => {
                self.add(Line::new(check, State::Unknown, "this user may not read it"));
            }
            Err(error) => self.add(Line::of_error(check, &error)),
        }
    }
}

/// Checks a database. All findings are in the report.
///
/// # Errors
/// `Interrupted`.
pub async fn check(request: &CheckRequest, context: &Context) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let dialect = context.database.dialect();
    let rules = rights::rules(dialect, &request.commands);
    let mut session = match Session::open(&context.database, OpenMode::ReadOnly).await {
        Ok(session) => session,
        Err(error) => {
            report.add(Line::of_error("connection", &error));
            if let Ok(Some(missing)) = of_outsider(&error, &context.database, &context.profile, &rules).await {
                note_rights(&mut report, &missing, &request.commands, dialect);
            }
            for check in ["schema", "sync_hash", "room", "clock", "chain"] {
                report.add(Line::new(check, State::Unknown, "there is no connection"));
            }
            return Ok(report);
        }
    };
    if let Err(error) = context.profile.require_options(request.commands.contains(&Command::Import)) {
        report.add(Line::of_error("options", &error));
    }
    let connected = connection(&mut session, context).await;
    report.take("connection", connected.map(|line| vec![line]));
    match lacking(&mut session, &context.database, &context.profile, &rules).await {
        Ok(missing) => note_rights(&mut report, &missing, &request.commands, dialect),
        Err(error) => report.add(Line::of_error("rights", &error)),
    }
    context.run.cancel.check()?;
    let header = match schema::header(request, context).await {
        Ok(header) => header,
        Err(error) => {
            report.add(Line::of_error("bundle", &error));
            None
        }
    };
    let catalogue = session.catalogue().await?;
    let version = match version::read(&mut session, &catalogue, &context.profile).await {
        Ok(version) => version,
        Err(error) => {
            report.add(Line::of_error("version", &error));
            None
        }
    };
    let mut checker =
        Checker { request, context, session: &mut session, catalogue: &catalogue, version, header: header.as_deref() };
    let is_there = checker.schema(&mut report).await;
    if is_there {
        let hashes = checker.hashes(&mut report.tables).await;
        report.take("sync_hash", hashes);
    } else {
        report.add(Line::new("sync_hash", State::Unknown, "there are no tables"));
    }
    context.run.cancel.check()?;
    let room = checker.room().await;
    report.take("room", Ok(room));
    let clock = checker.clock().await;
    report.take("clock", clock);
    let chain = checker.chain().await;
    report.take("chain", chain);
    if let Some(header) = checker.header {
        let time = checker.time(header, &mut report.estimated_seconds).await;
        report.take("time", time);
    }
    Ok(report)
}

/// What the checks examine.
struct Checker<'a> {
    request: &'a CheckRequest,
    context: &'a Context,
    session: &'a mut Session,
    catalogue: &'a [Table],
    /// The version of the platform's schema, if it could be read.
    version: Option<String>,
    header: Option<&'a Header>,
}

pub(in crate::sync) async fn connection(session: &mut Session, context: &Context) -> Result<Line> {
    let (name, statement) = match session.dialect() {
        Dialect::Sqlite => ("SQLite", "SELECT sqlite_version(), NULL"),
        Dialect::Postgres => ("PostgreSQL", "SELECT pg_catalog.current_setting('server_version'), current_user"),
        Dialect::Mariadb => ("MariaDB", "SELECT version(), CURRENT_USER()"),
    };
    let row = session.query(statement).await?.into_iter().next().unwrap_or_default();
    let cell = |index: usize| row.get(index).and_then(Option::as_deref);
    let user = cell(1).map(|user| format!(", user {user}")).unwrap_or_default();
    let found = format!("{name} {}{user}, {}", cell(0).unwrap_or_default(), context.database.shown());
    Ok(Line::new("connection", State::Ok, found))
}

/// Adds the line on rights, and the statements.
pub(in crate::sync) fn note_rights(
    report: &mut CheckReport,
    missing: &Lacking,
    commands: &[Command],
    dialect: Dialect,
) {
    let commands: Vec<&str> = commands.iter().map(|command| command.typed()).collect();
    let commands = commands.join(", ");
    report.grants = missing.grants.statements(dialect, &missing.user);
    report.add(if missing.grants.is_empty() {
        Line::new("rights", State::Ok, format!("all that is needed for {commands}"))
    } else {
        let mut rights: Vec<&str> =
            missing.grants.iter().flat_map(|(_, rights)| rights).map(|right| right.sql(dialect)).collect();
        rights.sort_unstable();
        rights.dedup();
        Line::new("rights", State::Failed, format!("{} is missing for {commands}", rights.join(", ")))
            .advice("let an administrator run the statements below")
            .status(ExitStatus::Database)
    });
}
