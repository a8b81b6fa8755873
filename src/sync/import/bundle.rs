//! The bundle as an import reads it: all of it, only its files, or only its digest.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crate::bundle::reader::{self, BundleSource, DumpFormat, Item, ItemStream, ReadOptions};
use crate::error::{Error, ErrorKind, Result, escape};
use crate::event::Progress;
use crate::model::manifest::{ColumnHeader, Header, SNAPSHOT};
use crate::model::schema::Table;
use crate::run::shell::shell_word;
use crate::stream::budget::Budget;
use crate::stream::cancel::Cancel;
use crate::stream::digest::Tap;
use crate::sync::Context;

use super::checkpoint::{Checkpoint, Stage};
use super::files::Spool;
use super::job::Job;
use super::request::{ImportRequest, Input};
use super::retake::Retake;

/// Bytes of the bundle digested at a time.
const PIECE: usize = 1 << 20;

/// The input of the import, and whether it can still be read.
pub(super) struct Bundle<'a> {
    job: Job<'a>,
    /// Whether reading has begun. Standard input can be read only once.
    touched: bool,
}

impl<'a> Bundle<'a> {
    /// Returns the bundle for a new run.
    pub(super) fn new(job: Job<'a>) -> Self {
        Self { job, touched: false }
    }

    /// Returns whether the bundle can be read, or read again.
    pub(super) fn can_be_read(&self) -> bool {
        self.job.request.input != Input::Stdin || !self.touched
    }

    /// Starts to read the bundle, or the rejects file that takes its place.
    ///
    /// # Errors
    /// `Damaged` if it does not begin with its header; `File`.
    pub(super) async fn open(
        &mut self,
        catalogue: &[Table],
        retake: Option<&Retake<'_>>,
    ) -> Result<(ItemStream, Box<Header>)> {
        let request = self.job.request;
        self.touched = true;
        let options = ReadOptions {
            dialect: request.dialect,
            limits: request.limits.clone(),
            budget: Budget::new(request.resources.row_bytes()),
            outfile_columns: self.outfile_columns(catalogue),
        };
        let source = request.input.bundle().map_or(BundleSource::Stdin, |path| BundleSource::Path(path.to_owned()));
        let mut stream = match retake {
            Some(retake) => retake.stream(options.budget),
            None => reader::read(source, options, self.job.progress().clone(), self.job.cancel().clone()),
        };
        match stream.next().await? {
            Some(Item::Header(header)) => {
                refuse_kind(&header, self.job.request.input.bundle())?;
                if self.job.is_bundle() {
                    self.job.context.profile.require_agreement(&header.profile.options)?;
                }
                Ok((stream, header))
            }
            _ => Err(Error::damaged("the bundle does not begin with its header")),
        }
    }

    /// Returns the columns of the base tables, for tarballs that do not list them.
    fn outfile_columns(&self, catalogue: &[Table]) -> BTreeMap<String, Vec<ColumnHeader>> {
        if self.job.request.dialect != DumpFormat::Outfile {
            return BTreeMap::new();
        }
        catalogue
            .iter()
            .filter(|table| self.job.context.profile.table(&table.name).is_some())
            .map(|table| {
                let columns = table.columns.iter();
                let columns = columns.map(|column| ColumnHeader { name: column.name.clone(), neutral: column.neutral });
                (table.name.clone(), columns.collect())
            })
            .collect()
    }

    /// Returns the SHA-256 of the bundle, in hex.
    ///
    /// # Errors
    /// `File` if it cannot be read; `Interrupted`.
    pub(super) async fn digest(&mut self) -> Result<String> {
        self.touched = true;
        let path = self.job.request.input.path().map(ToOwned::to_owned);
        let (progress, cancel) = (self.job.progress().clone(), self.job.cancel().clone());
        let digested = tokio::task::spawn_blocking(move || match path {
            None => digest_of(std::io::stdin().lock(), &progress, &cancel),
            Some(path) => std::fs::File::open(&path)
                .map_err(|error| Error::file(&path, "the bundle cannot be opened", error))
                .and_then(|file| digest_of(file, &progress, &cancel)),
        });
        digested.await.map_err(|error| Error::internal("digesting the bundle failed").because(error))?
    }

    /// Opens the files that an earlier process kept, or reads them from the bundle again. In the second case the bundle's
    /// digest is returned too.
    ///
    /// # Errors
    /// `File`; those of the reader.
    pub(super) async fn files(
        &mut self,
        catalogue: &[Table],
        checkpoint: &Checkpoint,
    ) -> Result<(Spool, Option<String>)> {
        let Checkpoint { plan, position, .. } = checkpoint;
        let (pid, root) = (plan.pid, self.job.request.files_root.as_deref());
        if position.stage > Stage::Files {
            // All files are in place.
            return Ok((Spool::new(root, Some(pid))?, None));
        }
        if let Some(spool) = Spool::reopen(root, pid, plan.loaded.files)? {
            return Ok((spool, None));
        }
        let (mut stream, _) = self.open(catalogue, None).await?;
        let mut spool = Spool::new(root, Some(pid))?;
        self.job.progress().phase("read", None, Some(plan.bundle.bytes));
        loop {
            match stream.next().await? {
                Some(Item::FileStart { path, .. }) => spool.start(&path)?,
                Some(Item::FileData(data)) => spool.write(&data)?,
                Some(Item::FileEnd { md5, .. }) => spool.end(&md5)?,
                Some(Item::End(end)) => return Ok((spool, Some(end.mark.sha256))),
                Some(_) => {}
                None => return Err(Error::internal("the bundle's reader ended without a result")),
            }
        }
    }
}

/// Refuses a bundle that is of another kind, or was made with other options of the profile, before a database is asked for. What
/// else is wrong is found by the import itself.
///
/// # Errors
/// `Usage` with the command for such a bundle, or with the options; `Schema` if only one side has an option.
pub(super) async fn check_header(request: &ImportRequest, context: &Context) -> Result<()> {
    context.profile.require_options(true)?;
    let Some(path) = request.input.bundle().filter(|_| request.dialect == DumpFormat::Bundle) else { return Ok(()) };
    let options = ReadOptions {
        dialect: request.dialect,
        limits: request.limits.clone(),
        budget: Budget::new(1 << 20),
        outfile_columns: BTreeMap::new(),
    };
    let mut items =
        reader::read(BundleSource::Path(path.to_owned()), options, Progress::silent(), context.run.cancel.clone());
    match items.next().await {
        Ok(Some(Item::Header(header))) => {
            refuse_kind(&header, Some(path))?;
            context.profile.require_agreement(&header.profile.options)
        }
        _ => Ok(()),
    }
}

/// Refuses a bundle that holds no rows for an import.
fn refuse_kind(header: &Header, file: Option<&Path>) -> Result<()> {
    let Some(kind) = &header.kind else { return Ok(()) };
    let file = file.map_or_else(|| "-".to_owned(), |file| shell_word(&file.display().to_string()));
    let what = format!("the bundle is a {}, which an import cannot place", escape::line(kind));
    Err(if kind == SNAPSHOT {
        let hint = format!("Restore it: gapsync snapshot restore --platform NAME --file {file}");
        Error::usage(what).hint(hint)
    } else {
        Error::usage(what).hint("It was made by a newer version of gapsync: use that one.")
    })
}

fn digest_of(mut input: impl Read, progress: &Progress, cancel: &Cancel) -> Result<String> {
    let mut tap = Tap::default();
    let mut piece = vec![0; PIECE];
    loop {
        cancel.check()?;
        match input.read(&mut piece) {
            Ok(0) => return Ok(tap.finish().sha256_hex()),
            Ok(count) => {
                tap.update(&piece[..count]);
                progress.add_bytes(count as u64);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::new(ErrorKind::File, "the bundle cannot be read").because(error)),
        }
    }
}
