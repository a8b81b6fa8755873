//! Puts the files of all staged rows in place, page by page.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use roaring::RoaringTreemap;
use rustix::fs::OFlags;

use crate::db::session::Session;
use crate::error::{Error, Result};
use crate::run::backoff;
use crate::stream::cancel::Cancel;
use crate::stream::fail;
use crate::stream::root::{Root, Trouble, copy_md5};
use crate::sync::import::checkpoint::{Also, Checkpoint, Position};
use crate::sync::import::target::{Target, TargetTable};
use crate::sync::merge::{Action, Merge};
use crate::sync::report::{FileCounts, RejectedFile};

use super::judge::{FileRow, Judge, PLACEHOLDER, TAKEN, Verdict, What};
use super::owners::{FileTable, Owners};
use super::{Md5Bytes, Spool, kept_name, key};

/// Rows whose files are placed at a time.
const PAGE: usize = 1000;

/// The most rejected files that a report lists.
const NAMED: usize = 1000;

/// What placing files needs apart from the files.
pub(in crate::sync::import) struct Placing<'a> {
    pub(in crate::sync::import) session: &'a mut Session,
    pub(in crate::sync::import) merge: &'a Merge,
    pub(in crate::sync::import) target: &'a Target,
    /// All tables of the target whose rows have files.
    pub(in crate::sync::import) tables: &'a [FileTable],
    pub(in crate::sync::import) checkpoint: &'a mut Checkpoint,
    pub(in crate::sync::import) cancel: &'a Cancel,
}

/// A table of the bundle whose rows have files.
struct Carried<'t> {
    /// Index among the tables of the target that have rows.
    step: usize,
    /// Index among all tables with files.
    index: usize,
    table: &'t TargetTable,
}

impl Placing<'_> {
    /// Places the files of all staged rows that the checkpoint does not list as done.
    ///
    /// A page is counted, and the counts are saved, before the first of its files is placed, so repeating a page counts nothing
    /// twice.
    ///
    /// # Errors
    /// `Database`, `File`, `Interrupted`.
    pub(in crate::sync::import) async fn run(&mut self, spool: &Spool) -> Result<()> {
        let Some(root) = &spool.root else {
            self.checkpoint.position.files.skipped = self.checkpoint.plan.loaded.files_skipped;
            return Ok(());
        };
        let carried = Self::carried(self.target, self.tables, self.checkpoint.position.file_table);
        if carried.is_empty() {
            return Ok(());
        }
        let undecided = self.undecided(&carried).await?;
        let mut owners = Owners::read(self.session, self.merge, root, self.tables, &undecided).await?;
        let mut planned = HashMap::new();
        for carried in &carried {
            let position = &mut self.checkpoint.position;
            if carried.step != position.file_table {
                (position.file_table, position.file_placed, position.file_counted) = (carried.step, 0, 0);
            }
            loop {
                self.cancel.check()?;
                let mut judge = Judge { root, known: &spool.known, owners: &mut owners, planned: &mut planned };
                if self.page(carried, spool, &mut judge).await? < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Decides on a page of rows and places their files. Returns the number of rows.
    async fn page(&mut self, carried: &Carried<'_>, spool: &Spool, judge: &mut Judge<'_>) -> Result<usize> {
        let Some(columns) = &carried.table.profile.files else { return Ok(0) };
        let after = self.checkpoint.position.file_placed;
        let merge = &carried.table.merge;
        let statement = self.merge.file_rows(merge, columns, (after, PAGE));
        let page = self.session.query(&statement).await?;
        let Some(last) = page.last().and_then(|row| row.first()?.as_deref()?.parse().ok()) else { return Ok(0) };
        let rows: Vec<FileRow> =
            page.iter().filter_map(|row| read(carried.index, columns.is_template(), row)).collect();
        let count = self.checkpoint.position.file_counted < last;
        let mut verdicts = Vec::with_capacity(rows.len());
        for row in &rows {
            let verdict = judge.judge(row)?;
            if count {
                self.checkpoint.position.count(&merge.base, row, &verdict);
            }
            verdicts.push(verdict);
        }
        if let Some(folder) = &spool.folder {
            if count {
                self.checkpoint.position.file_counted = last;
                self.checkpoint.save(self.session, Also::Nothing).await?;
            }
            for (row, verdict) in rows.iter().zip(verdicts) {
                if let Err(reason) = self.place(carried.index, judge.root, folder, row, &verdict).await? {
                    self.checkpoint.position.refuse(&merge.base, row, &verdict, reason);
                }
                fail::point("import.file");
            }
            judge.planned.clear();
        }
        self.checkpoint.position.file_placed = last;
        Ok(page.len())
    }

    /// Places the file of one row, then records its new path in the row. Returns the reason if that is impossible.
    async fn place(
        &mut self,
        table: usize,
        root: &Root,
        folder: &Path,
        row: &FileRow,
        verdict: &Verdict,
    ) -> Result<Result<(), &'static str>> {
        let Verdict::Place { path, what, renamed } = verdict else { return Ok(Ok(())) };
        let written = match what {
            None => Ok(()),
            Some(What::Placeholder) => root.put(path, |file| file.write_all(PLACEHOLDER)),
            Some(What::Content(content)) => {
                // Two rows may record the same path: copy the file, and leave the original to the folder's removal.
                let kept = folder.join(kept_name(&key(row.bundle.trim_start_matches('/')), content));
                root.put(path, |file| copy_kept(&kept, content, file))
            }
        };
        match written {
            Ok(()) => {}
            Err(Trouble::Path(reason)) => return Ok(Err(reason)),
            Err(Trouble::System(error)) => {
                return Err(Error::file(root.path().join(path), "a file cannot be placed", error));
            }
        }
        let Some(renamed) = renamed else { return Ok(Ok(())) };
        let table = &self.tables[table];
        let Some((column, _)) = &table.recorded else { return Ok(Err(TAKEN)) };
        let new = (column.as_str(), renamed.as_str());
        let statement = self.merge.record_path(&table.name, (&table.id, row.row.1), new, table.date.as_deref());
        match self.session.execute(&statement).await {
            Ok(_) => Ok(Ok(())),
            Err(error) if backoff::passes(&error) => Err(error.at_table(&table.name)),
            Err(_) => {
                if what.is_some() {
                    // It belongs to no row. If it cannot be removed, it is harmless.
                    let _ = root.remove(path);
                }
                Ok(Err("its path belongs to another row, and the database does not accept another name"))
            }
        }
    }

    /// Returns the tables whose files are not all in place.
    fn carried<'t>(target: &'t Target, tables: &[FileTable], from: usize) -> Vec<Carried<'t>> {
        let mut carried = Vec::new();
        for (step, table) in target.tables.iter().enumerate().skip(from) {
            let has = |name: &str| name == table.merge.id || table.merge.columns.iter().any(|column| column == name);
            let index = tables.iter().position(|candidate| candidate.name == table.merge.base);
            let files = table.profile.files.as_ref().filter(|files| files.needed().all(has));
            if let (Some(index), Some(_)) = (index, files) {
                carried.push(Carried { step, index, table });
            }
        }
        carried
    }

    /// Returns the rows that this run inserted and whose files it has not decided on, by table.
    async fn undecided(&mut self, carried: &[Carried<'_>]) -> Result<HashMap<usize, RoaringTreemap>> {
        let position = &self.checkpoint.position;
        let (reached, placed) = (position.file_table, position.file_placed);
        let mut undecided = HashMap::new();
        for carried in carried {
            let after = if carried.step == reached { placed } else { 0 };
            let ids = self.session.cells(&self.merge.made_rows(&carried.table.merge, after)).await?;
            let ids = ids.into_iter().filter_map(|id| id.parse::<i64>().ok());
            undecided.insert(carried.index, ids.map(i64::cast_unsigned).collect());
        }
        Ok(undecided)
    }
}

/// Reads a row of [`Merge::file_rows`]. Returns `None` if it has no path. `fixed`: its path is made from its numbers.
fn read(table: usize, fixed: bool, row: &[Option<String>]) -> Option<FileRow> {
    let cell = |index: usize| row.get(index).cloned().flatten();
    let number = |index: usize| cell(index)?.parse::<i64>().ok();
    // An empty digest means no digest.
    let digest = |index: usize| cell(index).filter(|digest| !digest.is_empty());
    // In a preview a new row has no id yet. Negative numbers take its place.
    let id = number(1).or_else(|| number(0).map(|number| -number))?;
    Some(FileRow {
        row: (table, id),
        new: number(2) == Some(Action::Insert as i64),
        fixed,
        target: cell(3)?,
        bundle: cell(4)?,
        digest: digest(5),
        announced: digest(6),
    })
}

/// Copies a kept file. Its name states its content; a file with other content was put there by someone else.
fn copy_kept(kept: &Path, content: &Md5Bytes, to: &mut File) -> std::io::Result<()> {
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let mut from = OpenOptions::new().read(true).custom_flags(no_link).open(kept)?;
    if copy_md5(&mut from, to)? == *content {
        return Ok(());
    }
    Err(std::io::Error::other("the kept file has changed since it was read from the bundle"))
}

impl Position {
    /// Counts what happens to the file of a row.
    fn count(&mut self, table: &str, row: &FileRow, verdict: &Verdict) {
        if let Verdict::Reject(reason) = verdict {
            self.reject(table, row, reason);
            return;
        }
        *counted_as(&mut self.files, verdict) += 1;
        self.files.renamed += u64::from(matches!(verdict, Verdict::Place { renamed: Some(_), .. }));
    }

    /// Moves a file that was to be placed to the refused ones.
    fn refuse(&mut self, table: &str, row: &FileRow, verdict: &Verdict, reason: &'static str) {
        let count = counted_as(&mut self.files, verdict);
        *count = count.saturating_sub(1);
        if matches!(verdict, Verdict::Place { renamed: Some(_), .. }) {
            self.files.renamed = self.files.renamed.saturating_sub(1);
        }
        self.reject(table, row, reason);
    }

    fn reject(&mut self, table: &str, row: &FileRow, reason: &str) {
        self.files.rejected += 1;
        if self.rejected_files.len() < NAMED {
            let (table, path, reason) = (table.to_owned(), row.target.clone(), reason.to_owned());
            self.rejected_files.push(RejectedFile { table, path, reason });
        }
    }
}

/// Returns the counter to which a file belongs.
fn counted_as<'c>(counts: &'c mut FileCounts, verdict: &Verdict) -> &'c mut u64 {
    match verdict {
        Verdict::Place { what: Some(What::Content(_)), .. } => &mut counts.placed,
        Verdict::Place { what: Some(What::Placeholder), .. } => &mut counts.placeholders,
        Verdict::Reject(_) => &mut counts.rejected,
        Verdict::Leave | Verdict::Place { what: None, .. } => &mut counts.skipped,
    }
}
