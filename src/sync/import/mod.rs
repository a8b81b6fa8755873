//! Import: a bundle into the database.
//!
//! Plan first: the whole bundle is staged and checked (`load`), then every row learns what will become of it (`resolve`), and
//! only then are base tables written (`apply`). A preview is the same without the last step, so its counts are the real ones.
//!
//! What is done stands in a checkpoint in the database (`checkpoint`). After trouble that passes the run reads it and goes on
//! from there (`run`), and so does another process with `--resume` (`resume`).

use crate::db::error::{SqlClass, class_of};
use crate::db::rows::OpenMode;
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::run::{ImportCounts, Report};
use crate::model::schema::Table;
use crate::run::ended::{self, Ended, fresh_report, rejects_path, shown_name};
use crate::run::ledger;
use crate::run::lock::Lock;
use crate::run::rejects::Rejects;

use super::Context;
use super::place::require_tables;
use super::rights::admitted;

mod apply;
pub(in crate::sync) mod checkpoint;
mod close;
mod dependants;
mod each;
pub(in crate::sync) mod files;
mod fit;
pub(in crate::sync) mod fitting;
mod kept;
mod lanes;
mod load;
mod names;
pub(in crate::sync) mod need;
mod place;
mod refers;
mod reject;
mod request;
mod resolve;
mod resume;
mod retry;
mod run;
mod stage;
mod steps;
pub(in crate::sync) mod tables;
mod target;

pub use request::ImportRequest;
pub(in crate::sync) use resume::forget;

use checkpoint::Checkpoint;
use files::Spool;

/// Runs an import. The report is there however it ended.
pub async fn import(request: &ImportRequest, context: &Context) -> Ended<ImportCounts> {
    let mut report = fresh_report("import", request.options());
    report.bundle.name = shown_name(request.retry_rejects.as_deref().or(request.file.as_deref()));
    let path = rejects_path(&context.run.report_dir, &report.bundle.name);
    let source = request.retry_rejects.is_some().then(|| report.bundle.name.clone());
    let mut rejects = Rejects::new(path).limited(request.max_rejects).of(source);
    let outcome = Box::pin(Import { request, context, report: &mut report, rejects: &mut rejects }.run()).await;
    let suffix = if request.dry_run { "-sync-import-dry-run.txt" } else { "-sync-import.txt" };
    ended::end(report, outcome, &context.run, suffix)
}

/// What is said, once, where the server allows fewer connections than would work side by side.
const FEW: &str = "the server has no room for all the connections that would work side by side: the run goes on with those that it \
                   got, and takes longer for it";

struct Import<'a> {
    request: &'a ImportRequest,
    context: &'a Context,
    report: &'a mut Report<ImportCounts>,
    rejects: &'a mut Rejects,
}

/// What a run holds: given back whatever happens.
struct Held {
    /// None while loaders have it, and after it was lost.
    session: Option<Session>,
    lock: Lock,
    catalogue: Vec<Table>,
    /// Ledger tables that this run made.
    created: Vec<String>,
    checkpoint: Checkpoint,
    spool: Option<Spool>,
    /// Whether standard input was not touched yet.
    unread: bool,
}

impl Held {
    fn session(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(|| Error::internal("the database session is gone"))
    }
}

impl Import<'_> {
    async fn run(&mut self) -> Result<()> {
        if self.request.dry_run && self.request.fill_sync_hash {
            return Err(Error::usage("a dry run cannot fill sync_hash").hint("Run `gapsync fill-sync-hash` first."));
        }
        let mut session = admitted(self.connect().await, self.context, self.request.commands()).await?;
        session.require_unicode().await?;
        let catalogue = session.catalogue().await?;
        require_tables(&mut session, &catalogue, &self.context.profile).await?;
        let created = ledger::ensure_ledger(&mut session, &catalogue).await?;
        let lock = Lock::acquire(&mut session, &self.context.database, &self.context.run.progress).await?;
        if !self.request.dry_run {
            self.report.tables_created.clone_from(&created);
        }
        let checkpoint = Checkpoint::default();
        let session = Some(session);
        let mut held = Held { session, lock, catalogue, created, checkpoint, spool: None, unread: true };
        let outcome = match Box::pin(self.begin(&mut held)).await {
            Ok(()) => Box::pin(self.attempts(&mut held)).await,
            Err(error) => Err(error),
        };
        Box::pin(self.close(held, outcome)).await
    }

    async fn connect(&self) -> Result<Session> {
        let mut session = Session::open(&self.context.database, OpenMode::ReadWrite).await?;
        self.request.resources.give_memory(&mut session).await?;
        Ok(session)
    }
}

impl Import<'_> {
    /// Connects once for each of `wanted`, as far as the server has room: fewer loaders are slower and no trouble. Where there
    /// is room for none at all, the first failure is the run's.
    ///
    /// # Errors
    /// `Database`; never for want of room when `least` connections are there.
    async fn connect_some(&mut self, wanted: usize, least: usize) -> Result<Vec<Session>> {
        let mut sessions = Vec::new();
        while sessions.len() < wanted {
            match self.connect().await {
                Ok(session) => sessions.push(session),
                Err(error) if sessions.len() >= least && class_of(&error) == Some(SqlClass::Busy) => {
                    if !self.report.warnings.iter().any(|warning| warning == FEW) {
                        self.context.run.progress.warning(FEW);
                        self.report.warnings.push(FEW.to_owned());
                    }
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(sessions)
    }
}

/// Makes a sync table, in place of one that a process of this run has left: a server may have made it when that was dead.
///
/// # Errors
/// `Database`.
async fn make_table(session: &mut Session, name: &str, create: &str) -> Result<()> {
    match session.execute(create).await {
        Err(error) if class_of(&error) == Some(SqlClass::Exists) => {
            drop_tables(session, &[name.to_owned()]).await?;
            session.execute(create).await.map(|_| ())
        }
        made => made.map(|_| ()),
    }
}

/// Drops tables, all or none where the engine can.
pub(in crate::sync) async fn drop_tables(session: &mut Session, names: &[String]) -> Result<()> {
    for name in names {
        let statement = format!("DROP TABLE IF EXISTS {}", session.dialect().ident(name));
        session.execute(&statement).await.map_err(|error| error.at_table(name))?;
    }
    Ok(())
}
