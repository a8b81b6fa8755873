//! The rejects file: the one place where values of rows appear. Made only when a row is rejected, readable by its owner alone.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::model::batch::Position;

/// How many rejected rows are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectLimit {
    /// More than these.
    Rows(u64),
    /// More than these millionths of the staged rows.
    Millionths(u32),
}

impl fmt::Display for RejectLimit {
    /// As it is typed: `500`, `0.5%`.
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

/// A rejected row.
#[derive(Clone, Debug)]
pub(super) struct Reject {
    /// Where it stands, as `Position::to_number` gives it; zero: nowhere in a bundle.
    pub(super) position: i64,
    /// Why, with the column but without its value.
    pub(super) reason: String,
    /// Its fields: column and text.
    pub(super) fields: Vec<(String, Option<String>)>,
}

/// Writes rejected rows as CSV: `table,dump_file,line,reason,row`, the row as a JSON object of column and text; counts them.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    limit: Option<RejectLimit>,
    rejected: u64,
    staged: u64,
    /// Whether `staged` will not grow any more.
    whole: bool,
    /// Whether no base table was written yet.
    planning: bool,
    /// Bytes that are known to be on the disk.
    synced: u64,
}

impl Rejects {
    /// Rejects that would go to `path`.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None, limit: None, rejected: 0, staged: 0, whole: false, planning: true, synced: 0 }
    }

    /// The same, of which only so many may be.
    pub(super) fn limited(self, limit: Option<RejectLimit>) -> Self {
        Self { limit, ..self }
    }

    /// Counts rows as staged.
    pub(super) fn see(&mut self, rows: u64) {
        self.staged += rows;
    }

    /// Takes over the counts of a run that goes on, all of whose rows were staged.
    pub(super) fn recount(&mut self, staged: u64, rejected: u64) {
        (self.staged, self.rejected, self.whole) = (staged, rejected, true);
    }

    /// All rows are staged: from now on a share of them is known too.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub(super) fn all_seen(&mut self) -> Result<()> {
        self.whole = true;
        self.check()
    }

    /// From now on base tables are written.
    pub(super) fn applying(&mut self) {
        self.planning = false;
    }

    /// Whether the run may go on.
    ///
    /// # Errors
    /// `Rejects`, when more rows were rejected than the limit allows.
    pub(super) fn check(&self) -> Result<()> {
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
        let so_far = if self.planning { "No table was touched" } else { "The chunks before this stay as they are" };
        Err(Error::new(ErrorKind::Rejects, what).at_path(self.path.display().to_string()).hint(format!(
            "{so_far}. See the reasons in this file. Mend the target and import again, or import with a higher \
             --max-rejects and take the rejected rows in later with --retry-rejects."
        )))
    }

    /// Appends rows of a table.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn write(&mut self, table: &str, rejects: &[Reject]) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.rejected += rejects.len() as u64;
        self.append(table, rejects).map_err(|error| Error::file(&self.path, "cannot write the rejects file", error))
    }

    fn append(&mut self, table: &str, rejects: &[Reject]) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.path)?;
                let mut file = BufWriter::new(file);
                file.write_all(b"table,dump_file,line,reason,row\n")?;
                self.file.insert(file)
            }
        };
        for reject in rejects {
            let fields: serde_json::Map<String, serde_json::Value> =
                reject.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
            let position = Position::from_number(reject.position);
            let (dump_file, line) = if reject.position == 0 {
                (String::new(), String::new())
            } else {
                (format!("data/{table}/{:05}.csv", position.dump_file), position.line.to_string())
            };
            let row = serde_json::Value::Object(fields).to_string();
            let cells = [table, &dump_file, &line, &reject.reason, &row].map(quoted);
            writeln!(file, "{}", cells.join(","))?;
        }
        Ok(())
    }

    /// Syncs what was written; gives the file's length. A checkpoint that counts rows as rejected is written after this.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn mark(&mut self) -> Result<u64> {
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

    /// Goes back to a length that [`Self::mark`] gave, in this process or in one that died: what came after is cut off.
    ///
    /// # Errors
    /// `File`, when the file is gone or shorter.
    pub(super) fn rewind(&mut self, length: u64) -> Result<()> {
        if let Some(file) = self.file.take() {
            // What is not written yet is not wanted.
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
        let file = open().map_err(|error| Error::file(&self.path, "the rejects file is not as it was left", error))?;
        self.file = Some(file);
        Ok(())
    }

    /// Syncs the file; gives its path when there is one.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn finish(&mut self) -> Result<Option<&Path>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush()
            .and_then(|()| file.get_ref().sync_all())
            .map_err(|error| Error::file(&self.path, "cannot write the rejects file", error))?;
        Ok(Some(&self.path))
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
