//! Physical files of exported rows, from below the files root into the bundle.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use md5::{Digest, Md5};
use roaring::RoaringTreemap;

use crate::bundle::writer::{BundleWriter, FileOutcome};
use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::model::profile::{FileColumns, Profile};
use crate::model::run::FileCounts;

use super::plan::SourceTable;

const PAGE: usize = 1000;

/// Carries files of the rows that travelled.
pub(super) struct Files<'a> {
    root: PathBuf,
    profile: &'a Profile,
    ignored_types: &'a [String],
    /// MD5 of the paths carried so far: two rows may record one path, a bundle holds it once.
    carried: HashSet<[u8; 16]>,
    /// What happened.
    pub(super) counts: FileCounts,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

impl<'a> Files<'a> {
    /// Files below `root`, without those of `ignored_types`.
    ///
    /// # Errors
    /// `File`, when the root cannot be read.
    pub(super) fn new(root: &Path, profile: &'a Profile, ignored_types: &'a [String]) -> Result<Self> {
        let root = root.canonicalize().map_err(|error| Error::file(root, "the files root cannot be used", error))?;
        let counts = FileCounts::default();
        Ok(Self { root, profile, ignored_types, carried: HashSet::new(), counts, warnings: Vec::new() })
    }

    /// Carries the files of one table's rows.
    ///
    /// # Errors
    /// `Database`, `File`.
    pub(super) async fn table(
        &mut self,
        session: &mut Session,
        writer: &mut BundleWriter,
        table: &SourceTable,
        travelled: &RoaringTreemap,
    ) -> Result<()> {
        let Some(columns) = &table.profile.files else { return Ok(()) };
        let ignored = self.ignored_ids(session, table, columns).await?;
        let dialect = session.dialect();
        let name = |column: &str| format!("a.{}", dialect.ident(column));
        let mut ids = travelled.iter();
        loop {
            let page: Vec<u64> = ids.by_ref().take(PAGE).collect();
            if page.is_empty() {
                return Ok(());
            }
            let statement = format!(
                "SELECT {}, {} {} ORDER BY {}",
                name(&columns.path),
                name(&columns.type_column),
                table.of_ids(dialect, &page),
                name(&table.profile.id)
            );
            for row in session.query(&statement).await? {
                let mut cells = row.into_iter();
                let (path, kind) = (cells.next().flatten(), cells.next().flatten());
                if kind.is_some_and(|kind| ignored.contains(&kind)) {
                    self.counts.skipped += 1;
                } else if let Some(path) = path {
                    self.carry(writer, &path).await?;
                }
            }
        }
    }

    /// Ids of the file types that stay behind; types are named by the first column of their key.
    async fn ignored_ids(
        &mut self,
        session: &mut Session,
        table: &SourceTable,
        columns: &FileColumns,
    ) -> Result<HashSet<String>> {
        let types = table.profile.references.get(&columns.type_column).and_then(|name| self.profile.table(name));
        let (Some(types), false) = (types, self.ignored_types.is_empty()) else { return Ok(HashSet::new()) };
        let dialect = session.dialect();
        let mut ids = HashSet::new();
        for kind in self.ignored_types {
            let statement = format!(
                "SELECT {} FROM {} WHERE {} = {}",
                dialect.ident(&types.id),
                dialect.ident(&types.name),
                dialect.ident(&types.key[0]),
                dialect.literal(kind)
            );
            let found = session.query(&statement).await?;
            if found.is_empty() {
                self.warnings.push(format!("no file type has the name `{kind}` given to --ignore-file-types"));
            }
            ids.extend(found.into_iter().flatten().flatten());
        }
        Ok(ids)
    }

    async fn carry(&mut self, writer: &mut BundleWriter, recorded: &str) -> Result<()> {
        let relative = recorded.trim_start_matches('/');
        let plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
        // The cleaned path differs where the recorded one has empty or `.` parts, which no member name may have.
        let clean: PathBuf = Path::new(relative).components().collect();
        if relative.is_empty() || !plain || clean.as_os_str() != relative {
            self.warnings
                .push("a recorded path is not a plain path below the files root; its file was left out".into());
            self.counts.skipped += 1;
            return Ok(());
        }
        if !self.carried.insert(Md5::digest(relative.as_bytes()).into()) {
            return Ok(());
        }
        let source = match self.root.join(relative).canonicalize() {
            Ok(source) => source,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.counts.placeholders += 1;
                return Ok(());
            }
            Err(error) => return Err(Error::file(relative, "cannot read a file", error)),
        };
        if !source.starts_with(&self.root) || !source.is_file() {
            self.warnings.push("a recorded path leads outside the files root; its file was left out".into());
            self.counts.skipped += 1;
            return Ok(());
        }
        match writer.file(relative, &source).await? {
            FileOutcome::Written { .. } => self.counts.placed += 1,
            FileOutcome::Absent => self.counts.placeholders += 1,
        }
        Ok(())
    }
}
