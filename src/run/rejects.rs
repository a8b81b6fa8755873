//! Writes the rejects file, the only place where values of rows appear. It is created only when a row is rejected, and only
//! its owner can read it.

mod reasons;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::model::batch::Position;
use crate::model::hex::{hex, md5_of_hex};
use crate::rows::rejects::{RejectReader, RejectRow, write_header, write_row};
use crate::stream::durable::{create_new, replace};

/// The limit above which rejected rows stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectLimit {
    /// More than this many rows.
    Rows(u64),
    /// More than this many millionths of the staged rows.
    Millionths(u32),
}

impl fmt::Display for RejectLimit {
    /// Writes the limit as it is typed: `500`, `0.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Millionths(millionths) => {
                let (whole, fraction) = (millionths / 10_000, format!("{:04}", millionths % 10_000));
                let fraction = fraction.trim_end_matches('0');
                if fraction.is_empty() { write!(f, "{whole}%") } else { write!(f, "{whole}.{fraction}%") }
            }
        }
    }
}

/// Hashes of rows that others refer to, by table and by id on the source.
#[derive(Clone, Debug, Default)]
pub struct Hashes(BTreeMap<String, HashMap<i64, [u8; 16]>>);

impl Hashes {
    /// Remembers the hash of a row, 32 hex digits, unless one is known already. Returns false if it is not a hash.
    pub fn insert(&mut self, table: &str, id: i64, hash: &str) -> bool {
        let Some(hash) = md5_of_hex(hash) else { return false };
        match self.0.get_mut(table) {
            Some(hashes) => {
                hashes.entry(id).or_insert(hash);
            }
            None => {
                self.0.insert(table.to_owned(), HashMap::from([(id, hash)]));
            }
        }
        true
    }

    /// Returns the hash of a row.
    pub fn get(&self, table: &str, id: i64) -> Option<String> {
        self.0.get(table)?.get(&id).map(|hash| hex(hash))
    }

    /// Returns the ids and hashes of a table, ordered by id.
    pub fn of(&self, table: &str) -> Vec<(i64, String)> {
        let mut all: Vec<_> = self.0.get(table).into_iter().flatten().map(|(id, hash)| (*id, hex(hash))).collect();
        all.sort_unstable();
        all
    }

    /// Returns the names of the tables.
    pub fn tables(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// A rejected row.
#[derive(Clone, Debug)]
pub struct Reject {
    /// Its place as returned by `Position::to_number`; zero if it comes from no dump file.
    pub position: i64,
    /// Why it was rejected: names the column but not its value.
    pub reason: String,
    /// Its fields: column and neutral text.
    pub fields: Vec<(String, Option<String>)>,
    /// Reference column → hash of the row that it refers to, if that is known.
    pub parents: Vec<(String, String)>,
}

/// Writes rejected rows and counts them.
pub struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    /// Name of the rejects file that the rows come from, if they come from one.
    source: Option<String>,
    /// The files that the rows come from, by the number in their positions, if they do not come from dump files.
    files: Vec<String>,
    /// Hashes of rows that are not in any sync table: rejected earlier, or known from a rejects file.
    pub hashes: Hashes,
    limit: Option<RejectLimit>,
    rejected: u64,
    staged: u64,
    /// Whether `staged` is final.
    whole: bool,
    /// Whether no base table has been written yet.
    planning: bool,
    /// Bytes that are known to be on disk.
    synced: u64,
}

impl Rejects {
    /// Returns a writer that will create `path` for the first rejected row.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            source: None,
            files: Vec::new(),
            hashes: Hashes::default(),
            limit: None,
            rejected: 0,
            staged: 0,
            whole: false,
            planning: true,
            synced: 0,
        }
    }

    /// Sets the limit.
    pub fn limited(self, limit: Option<RejectLimit>) -> Self {
        Self { limit, ..self }
    }

    /// Sets the name of the rejects file that the rows come from.
    pub fn of(self, source: Option<String>) -> Self {
        Self { source, ..self }
    }

    /// Names files that rows will come from: the first of them has the number `known + 1` in the positions of its rows.
    pub fn name_files(&mut self, known: usize, names: impl IntoIterator<Item = String>) {
        self.files.truncate(known);
        self.files.extend(names);
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Continues the file of a run that died.
    pub fn go_on_with(&mut self, path: PathBuf) {
        self.path = path;
    }

    /// Returns what a reason says about a row that is referred to but missing.
    pub fn missing(&self) -> &'static str {
        match self.source {
            None => "neither in the bundle nor usable",
            Some(_) => "neither in the rejects file nor found in the database",
        }
    }

    /// Returns ids on the source and hashes of the rows that a rejects file refers to; empty if the rows do not come from
    /// one.
    pub fn known(&self, table: &str) -> Vec<(i64, String)> {
        if self.is_retry() { self.hashes.of(table) } else { Vec::new() }
    }

    /// Returns whether the rows come from a rejects file.
    pub fn is_retry(&self) -> bool {
        self.source.is_some()
    }

    /// Returns how many rows were rejected.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Counts rows as staged.
    pub fn see(&mut self, rows: u64) {
        self.staged += rows;
    }

    /// Takes over the counts of a resumed run, all of whose rows were staged.
    pub fn recount(&mut self, staged: u64, rejected: u64) {
        (self.staged, self.rejected, self.whole) = (staged, rejected, true);
    }

    /// Records that all rows are staged, so that a limit given as a share applies from now on.
    ///
    /// # Errors
    /// Those of [`Self::check`].
    pub fn all_seen(&mut self) -> Result<()> {
        self.whole = true;
        self.check()
    }

    /// Records that base tables are written from now on.
    pub fn applying(&mut self) {
        self.planning = false;
    }

    /// Checks whether the run may continue.
    ///
    /// # Errors
    /// `Rejects` if more rows were rejected than the limit allows.
    pub fn check(&self) -> Result<()> {
        let Some(limit) = self.limit else { return Ok(()) };
        let too_many = match limit {
            RejectLimit::Rows(rows) => self.rejected > rows,
            RejectLimit::Millionths(share) => {
                self.whole && u128::from(self.rejected) * 1_000_000 > u128::from(self.staged) * u128::from(share)
            }
        };
        if !too_many {
            return Ok(());
        }
        let of = if self.whole { "" } else { "the first " };
        let what = format!(
            "{} of {of}{} rows were rejected, more than --max-rejects={limit} allows",
            self.rejected, self.staged
        );
        let so_far = if self.planning { "No table was touched" } else { "Earlier chunks remain as they are" };
        let next = if self.files.is_empty() {
            "Fix the target and import again, or import with a higher --max-rejects and take the rejected rows in later with \
             --retry-rejects."
        } else {
            "Correct the records in their files and migrate again, or migrate with a higher --max-rejects."
        };
        Err(Error::new(ErrorKind::Rejects, what)
            .at_path(self.path.display().to_string())
            .hint(format!("{so_far}. The reasons are in this file. {next}")))
    }

    /// Appends rows of a table.
    ///
    /// # Errors
    /// `File`.
    pub fn write(&mut self, table: &str, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.rejected += rejects.len() as u64;
        let rows = rejects.iter().map(|reject| self.row(table, reject)).collect::<Vec<_>>();
        let mut append = || {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(created(&self.path)?),
            };
            rows.iter().try_for_each(|row| write_row(file, row))
        };
        append().map_err(|error| unwritten(&self.path, error))
    }

    fn row(&self, table: &str, reject: &Reject) -> RejectRow {
        let Position { dump_file, line } = Position::from_number(reject.position);
        let named = || self.files.get((dump_file as usize).checked_sub(1)?).cloned();
        let file = || self.source.clone().or_else(named).unwrap_or_else(|| format!("data/{table}/{dump_file:05}.csv"));
        let nowhere = reject.position == 0;
        RejectRow {
            table: table.to_owned(),
            dump_file: if nowhere { String::new() } else { file() },
            dump_line: if nowhere { String::new() } else { line.to_string() },
            reason: reject.reason.clone(),
            fields: reject.fields.clone(),
            parents: reject.parents.clone(),
        }
    }

    /// Opens what was written so far for reading. Returns `None` if no row was rejected.
    ///
    /// # Errors
    /// `File`.
    pub fn reread(&mut self) -> Result<Option<RejectReader<BufReader<File>>>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        let opened = file.flush().and_then(|()| File::open(&self.path));
        let opened = opened.map_err(|error| unwritten(&self.path, error))?;
        RejectReader::new(BufReader::new(opened), u64::MAX).map(Some)
    }

    /// Begins a second version of the file, which [`Self::replace`] puts in its place.
    ///
    /// # Errors
    /// `File`.
    pub fn rewrite(&self) -> Result<Rewrite> {
        let path = self.path.with_file_name(format!(".gapsync-{}.part", uuid::Uuid::new_v4().simple()));
        let file = created(&path).map_err(|error| unwritten(&path, error))?;
        Ok(Rewrite { path, file })
    }

    /// Replaces the first version with the second, to which further rows are appended.
    ///
    /// # Errors
    /// `File`.
    pub fn replace(&mut self, mut rewrite: Rewrite) -> Result<()> {
        let flushed = rewrite.file.flush();
        let replaced = flushed.and_then(|()| replace(rewrite.file.get_ref(), &rewrite.path, &self.path));
        replaced.map_err(|error| unwritten(&self.path, error))?;
        self.file = Some(rewrite.file);
        self.synced = 0;
        Ok(())
    }

    /// Syncs what was written and returns the file's length. A checkpoint that counts rejected rows is written after this.
    ///
    /// # Errors
    /// `File`.
    pub fn mark(&mut self) -> Result<u64> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let length = file.stream_position().and_then(|length| {
            if length > self.synced {
                file.flush()?;
                file.get_ref().sync_data()?;
                self.synced = length;
            }
            Ok(length)
        });
        length.map_err(|error| Error::file(&self.path, "cannot write the rejects file", error))
    }

    /// Cuts the file back to a length that [`Self::mark`] returned, in this process or in one that died.
    ///
    /// # Errors
    /// `File` if the file is missing or shorter.
    pub fn rewind(&mut self, length: u64) -> Result<()> {
        if let Some(file) = self.file.take() {
            // Buffered rows are dropped on purpose.
            let _ = file.into_parts();
            if length == 0 {
                let _ = std::fs::remove_file(&self.path);
            }
        }
        (self.synced, self.rejected, self.staged, self.whole) = (length, 0, 0, false);
        if length == 0 {
            return Ok(());
        }
        let open = || {
            let mut file = OpenOptions::new().write(true).open(&self.path)?;
            if file.metadata()?.len() < length {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            file.set_len(length)?;
            file.seek(SeekFrom::End(0))?;
            Ok(BufWriter::new(file))
        };
        let file =
            open().map_err(|error| Error::file(&self.path, "the rejects file is not as the run left it", error))?;
        self.file = Some(file);
        Ok(())
    }

    /// Syncs the file and returns its path, or `None` if no row was rejected.
    ///
    /// # Errors
    /// `File`.
    pub fn finish(&mut self) -> Result<Option<&Path>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush().and_then(|()| file.get_ref().sync_all()).map_err(|error| unwritten(&self.path, error))?;
        Ok(Some(&self.path))
    }
}

/// A second version of a rejects file.
pub struct Rewrite {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Rewrite {
    /// Appends a row.
    ///
    /// # Errors
    /// `File`.
    pub fn row(&mut self, row: &RejectRow) -> Result<()> {
        write_row(&mut self.file, row).map_err(|error| unwritten(&self.path, error))
    }
}

/// Creates a file with its header row.
fn created(path: &Path) -> std::io::Result<BufWriter<File>> {
    let mut file = BufWriter::new(create_new(path, 0o600)?);
    write_header(&mut file)?;
    Ok(file)
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::file(path, "cannot write the rejects file", error)
}
