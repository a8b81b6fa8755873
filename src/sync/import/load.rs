//! The bundle, from its first byte to its last: into sync tables, or only its files, or only its digest.

use std::collections::BTreeMap;
use std::time::Instant;

use md5::{Digest, Md5};

use crate::bundle::reader::{self, Dialect as DumpDialect, Item, ItemStream, ReadOptions, Source};
use crate::db::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::completed::Completed;
use crate::model::manifest::{ColumnHeader, Header};
use crate::model::profile::hex;
use crate::model::run::BundleMark;
use crate::model::schema::Table;
use crate::run::disk::require;
use crate::stream::budget::Budget;
use crate::stream::fail;
use crate::sync::hashing::strangers::is_stranger;
use crate::sync::hashing::{self, HashCounts, HashMode};
use crate::sync::merge::{Merge, MergeOptions};
use crate::sync::place;

use super::checkpoint::{Also, Checkpoint, Loaded, Stage};
use super::files::Spool;
use super::fitting;
use super::reject::complete;
use super::retry::Retry;
use super::stage::{Staged, Staging};
use super::target::{Fitting, Target};
use super::{Held, Import, ImportRequest, drop_tables, need, tables};

impl Import<'_> {
    /// The merge of this run.
    pub(super) fn merge(&self, held: &Held) -> Merge {
        let options = MergeOptions {
            keep_created_at: self.request.keep_created_at,
            override_description: self.request.override_description,
            import_time: held.checkpoint.plan.import_time.clone(),
            late: held.checkpoint.plan.loaded.late,
        };
        Merge::new(self.context.database.dialect(), options)
    }

    /// How the bundle fits the target; its tables with rows alone, once they are known.
    pub(super) fn fit(&mut self, held: &Held, header: &Header, staged: bool) -> Result<Target> {
        let plan = &held.checkpoint.plan;
        let retry = self.request.retry_rejects.is_some();
        let arrival = retry
            || self.request.dialect == DumpDialect::Outfile
            || header.profile.digest != self.context.profile.digest();
        let profile = Completed::join(&self.context.profile, &held.catalogue);
        let target = fitting::fit(&Fitting {
            dialect: self.context.database.dialect(),
            profile: &profile,
            catalogue: &held.catalogue,
            header,
            pid: plan.pid,
            arrival,
            retry,
            present: staged.then(|| plan.loaded.present.clone()),
        })?;
        if !staged {
            self.report.ignored_tables.clone_from(&target.ignored_tables);
            self.report.ignored_columns.clone_from(&target.ignored_columns);
        }
        Ok(target)
    }

    /// Starts to read the bundle, or the rejects file in its place.
    async fn open_bundle(&self, held: &mut Held, retry: Option<&Retry<'_>>) -> Result<(ItemStream, Box<Header>)> {
        let source = self.request.file.clone().map_or(Source::Stdin, Source::Path);
        held.unread = false;
        let options = ReadOptions {
            dialect: self.request.dialect,
            limits: self.request.limits.clone(),
            budget: Budget::new(self.request.resources.row_bytes()),
            outfile_columns: self.outfile_columns(&held.catalogue),
        };
        let mut stream = match retry {
            Some(retry) => retry.stream(options.budget),
            None => reader::read(source, options, self.context.run.progress.clone(), self.context.run.cancel.clone()),
        };
        match stream.next().await? {
            Some(Item::Header(header)) => Ok((stream, header)),
            _ => Err(Error::damaged("the bundle does not begin with its header")),
        }
    }

    /// Whether the bundle can be read, and read again.
    pub(super) fn can_read(&self, held: &Held) -> bool {
        self.request.file.is_some() || self.request.retry_rejects.is_some() || held.unread
    }

    /// Stages the bundle; the checkpoint then says that all of it was read and checked.
    pub(super) async fn load(&mut self, held: &mut Held) -> Result<()> {
        let session = held.session.as_mut();
        let session = session.ok_or_else(|| Error::internal("the database session is gone"))?;
        let pid = held.checkpoint.plan.pid;
        if self.report.retries > 0 || self.request.resume {
            let left = tables::of(session, pid).await?;
            drop_tables(session, &left).await?;
        }
        self.rejects.rewind(0)?;
        held.spool = None;
        let catalogue = held.catalogue.clone();
        let mut retry = match &self.request.retry_rejects {
            Some(path) => {
                let most = self.request.limits.max_row_bytes;
                Some(Retry::new(path.clone(), most, self.context, &catalogue).await?)
            }
            None => None,
        };
        let (mut stream, header) = self.open_bundle(held, retry.as_ref()).await?;
        fail::point("import.header");
        let session = held.session()?;
        let late = self.enter_chain(session, &header).await?;
        let target = self.fit(held, &header, false)?;
        let session = held.session()?;
        if target.tables.is_empty() && header.tables.iter().any(|table| table.max_rows > 0) {
            return Err(place::wrong_bundle());
        }
        target.check_replication(session).await?;
        let ImportRequest { file, files_root, dry_run, .. } = self.request;
        let asked = need::Asked { file: file.as_deref(), files_root: files_root.as_deref(), dry_run: *dry_run };
        let need = need::of_import(asked, self.context, &header, session).await;
        let need = self.report.need.insert(need);
        for warning in require(need, self.request.ignore_free_space, &self.context.run.progress)? {
            self.warn_once(warning);
        }
        self.require_hashes(session, &target, &catalogue).await?;
        if let Some(retry) = &mut retry {
            for warning in retry.find(session, self.rejects).await? {
                self.warn_once(warning);
            }
        }
        tables::record(session, pid, &target).await?;
        fail::point("import.recorded");
        let root = self.request.files_root.as_deref().filter(|_| retry.is_none());
        held.spool = Some(Spool::new(root, (!self.request.dry_run).then_some(pid))?);
        let merge = self.merge(held);
        let seconds = Instant::now();
        let staged = self.stage(&mut stream, &header, &target, &merge, held).await?;
        let seconds = (staged.read_seconds, (seconds.elapsed().as_secs_f64() - staged.read_seconds).max(0.0));

        self.rejects.all_seen()?;
        let known = std::mem::take(&mut held.checkpoint.plan.bundle);
        if !known.sha256.is_empty() && known.sha256 != staged.end.mark.sha256 {
            held.checkpoint.plan.bundle = known;
            return Err(other_bundle());
        }
        held.checkpoint.plan.bundle = BundleMark { name: known.name, ..staged.end.mark };
        let (files, files_skipped) = held.spool.as_ref().map_or((0, 0), Spool::held);
        let left_out = |member: &String| format!("`{member}` is no table of the profile and was left out");
        held.checkpoint.plan.loaded = Loaded {
            counts: staged.counts,
            present: staged.present,
            files,
            files_skipped,
            fit: String::new(),
            seconds,
            warnings: staged.end.unknown_members.iter().map(left_out).collect(),
            late,
        };
        let fitted = self.fit(held, &header, true)?;
        complete(held.session()?, &merge, &fitted, self.rejects).await?;
        held.checkpoint.plan.loaded.fit = fit_digest(&fitted);
        held.checkpoint.plan.header = Some(*header);
        held.checkpoint.progress.rejects = self.rejects.mark()?;
        held.checkpoint.progress.stage = Stage::Resolve;
        let Held { session, checkpoint, lock, .. } = held;
        let session = session.as_mut().ok_or_else(|| Error::internal("the database session is gone"))?;
        if !session.loads_alone() {
            session.begin().await?;
        }
        lock.check(session).await?;
        checkpoint.save(session, Also::All).await?;
        session.commit().await?;
        fail::point("import.staged");
        Ok(())
    }

    async fn stage(
        &mut self,
        stream: &mut ItemStream,
        header: &Header,
        target: &Target,
        merge: &Merge,
        held: &mut Held,
    ) -> Result<Staged> {
        let lost = || Error::internal("the database session is gone");
        let mut session = held.session.take().ok_or_else(lost)?;
        // The size of the file is known exactly, where the header only bounds the rows.
        let bytes = self.request.file.as_deref().and_then(|path| path.metadata().ok()).map(|file| file.len());
        self.context.run.progress.phase("stage", header.max_rows(), bytes);
        let mut loaders = Vec::new();
        let mut alone = session.loads_alone();
        if alone {
            session.begin().await?;
            loaders.push(session);
        } else {
            loaders = self.connect_some(self.request.resources.loaders(), 0).await?;
            if loaders.is_empty() {
                // The run's own session does nothing else meanwhile.
                loaders.push(session);
                alone = true;
            } else {
                held.session = Some(session);
            }
        }
        let mut staging = Staging {
            target,
            tables: &header.tables,
            rejects: self.rejects,
            spool: held.spool.as_mut().ok_or_else(lost)?,
            merge,
            progress: &self.context.run.progress,
            cancel: &self.context.run.cancel,
        };
        let (staged, mut loaders) = staging.run(stream, loaders).await;
        if alone {
            held.session = loaders.pop();
        }
        staged
    }

    /// Opens the files that an earlier process kept, or reads them from the bundle once more; gives the bundle's digest when
    /// it was read.
    pub(super) async fn spool_again(&mut self, held: &mut Held) -> Result<Option<String>> {
        let Checkpoint { plan, progress, .. } = &held.checkpoint;
        let (pid, root) = (plan.pid, self.request.files_root.as_deref());
        held.spool = if progress.stage > Stage::Files {
            // All are in place.
            Some(Spool::new(root, Some(pid))?)
        } else {
            Spool::reopen(root, pid, plan.loaded.files)?
        };
        if held.spool.is_some() {
            return Ok(None);
        }
        let (mut stream, _) = self.open_bundle(held, None).await?;
        let mut spool = Spool::new(root, Some(pid))?;
        self.context.run.progress.phase("read", None, Some(held.checkpoint.plan.bundle.bytes));
        loop {
            match stream.next().await? {
                Some(Item::FileStart { path, bytes }) => spool.start(&path, bytes)?,
                Some(Item::FileData(data)) => spool.write(&data)?,
                Some(Item::FileEnd { md5 }) => spool.end(&md5)?,
                Some(Item::End(end)) => {
                    held.spool = Some(spool);
                    return Ok(Some(end.mark.sha256));
                }
                Some(_) => {}
                None => return Err(Error::internal("the bundle's reader ended without a result")),
            }
        }
    }

    /// Fails, or fills, where a carried base table has rows without a hash.
    async fn require_hashes(&self, session: &mut Session, target: &Target, catalogue: &[Table]) -> Result<()> {
        let dialect = session.dialect();
        let profile = Completed::join(&self.context.profile, catalogue);
        let mut missing = Vec::new();
        for table in target.tables.iter().filter(|table| table.hash.is_some() || table.arrival_hash.is_some()) {
            let mut statement = format!(
                "SELECT 1 FROM {} AS t WHERE t.{} IS NULL",
                dialect.ident(&table.profile.name),
                dialect.ident(&table.profile.hash)
            );
            if let Some(stranger) = is_stranger(dialect, &profile, catalogue, &table.profile, "t") {
                statement = format!("{statement} AND NOT {stranger}");
            }
            statement += " LIMIT 1";
            if !session.query(&statement).await?.is_empty() {
                missing.push(table.profile.name.as_str());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if self.request.fill_sync_hash {
            let catalogue = session.catalogue().await?;
            let filled = hashing::fill(HashMode::Missing, session, &catalogue, self.context).await?;
            let stuck = |counts: &HashCounts| !counts.twins.is_empty() || counts.missing_parent > 0;
            return match filled.tables.iter().find(|(_, counts)| stuck(counts)) {
                None => Ok(()),
                Some((table, _)) => Err(Error::schema("sync_hash cannot be filled for every row")
                    .at_table(table)
                    .hint("Run `gapsync fill-sync-hash` to see which rows stand in the way.")),
            };
        }
        Err(Error::new(ErrorKind::MissingHash, format!("sync_hash is missing in {}", missing.join(", ")))
            .hint("Run `gapsync fill-sync-hash` on this database, or import with --fill-sync-hash."))
    }

    /// Columns of the base tables, for tarballs that do not name them.
    fn outfile_columns(&self, catalogue: &[Table]) -> BTreeMap<String, Vec<ColumnHeader>> {
        if self.request.dialect != DumpDialect::Outfile {
            return BTreeMap::new();
        }
        catalogue
            .iter()
            .filter(|table| self.context.profile.table(&table.name).is_some())
            .map(|table| {
                let columns = table.columns.iter();
                let columns = columns.map(|column| ColumnHeader { name: column.name.clone(), neutral: column.neutral });
                (table.name.clone(), columns.collect())
            })
            .collect()
    }
}

/// Tells whether a bundle fits the target as it did before.
pub(super) fn fit_digest(target: &Target) -> String {
    hex(&Md5::digest(format!("{target:?}").as_bytes()))
}

pub(super) fn other_bundle() -> Error {
    Error::usage("this is not the bundle of the run that is to go on")
        .hint("Give the same file again, or import this one without --resume.")
}
