//! Cuts the bytes of a dump file into rows, for any dialect.

use crate::error::{Error, Result};
use crate::model::batch::{Position, RowBatch};

/// Size at which a batch of rows is passed on.
const BATCH_BYTES: usize = 256 << 10;

/// Result of parsing a row.
pub enum Parsed {
    /// The row is complete.
    Row {
        /// Length of the row with its line end.
        bytes: usize,
        /// Number of line feeds in it.
        lines: u64,
    },
    /// The bytes end before the row does.
    Incomplete,
}

/// A dialect of dump files.
pub trait ParseRow {
    /// Reads the row at the start of `data`, which is never empty, into the batch. If the row is incomplete, the caller
    /// discards what was added to the batch.
    ///
    /// # Errors
    /// `Damaged`, without a place.
    fn row(&mut self, data: &[u8], batch: &mut RowBatch) -> Result<Parsed>;

    /// Reads a row from `data`, which is what remains after the last complete row of a file and is never empty. Returns `None`
    /// if a file must not end like this.
    ///
    /// # Errors
    /// `Damaged`, without a place.
    fn tail(&mut self, _data: &[u8], _batch: &mut RowBatch) -> Result<Option<Parsed>> {
        Ok(None)
    }

    /// Returns how many bytes at the start of `data` are valid text. `data` ends with a complete line.
    fn sound_bytes(&self, data: &[u8]) -> usize;

    /// Returns whether the first row of a file names the columns.
    fn header_row(&self) -> bool;

    /// Checks the header row.
    ///
    /// # Errors
    /// `Damaged`, without a place.
    fn check_header(&mut self, batch: &RowBatch) -> Result<()>;
}

/// Reads the rows of one dump file from pieces of it.
pub struct RowReader<P> {
    parser: P,
    columns: usize,
    dump_file: u32,
    max_row_bytes: usize,
    /// Bytes not parsed yet, of which the first `checked` are valid text.
    buffer: Vec<u8>,
    checked: usize,
    /// Buffer size below which an incomplete row is not tried again, so that parsing a long row takes linear time.
    wanted: usize,
    line: u64,
    rows: u64,
    header_seen: bool,
    batch: RowBatch,
}

impl<P: ParseRow> RowReader<P> {
    /// Returns a reader of one dump file. `dump_file` is its number, from 1; `columns` and `max_row_bytes` limit its rows.
    pub fn new(parser: P, columns: usize, dump_file: u32, max_row_bytes: u64) -> Self {
        let header_seen = !parser.header_row();
        Self {
            parser,
            columns,
            dump_file,
            max_row_bytes: usize::try_from(max_row_bytes).unwrap_or(usize::MAX),
            buffer: Vec::new(),
            checked: 0,
            wanted: 0,
            line: 1,
            rows: 0,
            header_seen,
            batch: RowBatch::new(columns),
        }
    }

    /// Parses the next piece and passes full batches to `emit`.
    ///
    /// # Errors
    /// `Damaged` with the line; errors of `emit`.
    pub fn push(&mut self, piece: &[u8], emit: &mut dyn FnMut(RowBatch) -> Result<()>) -> Result<()> {
        self.buffer.extend_from_slice(piece);
        if self.buffer.len() < self.wanted {
            return Ok(());
        }
        self.check_text()?;
        let mut start = 0;
        while start < self.checked {
            let parsed = self.parser.row(&self.buffer[start..self.checked], &mut self.batch);
            match parsed.map_err(|error| error.at_line(self.line))? {
                Parsed::Row { bytes, lines } => {
                    self.end_row(bytes)?;
                    start += bytes;
                    self.line += lines;
                    if self.batch.bytes() >= BATCH_BYTES {
                        emit(std::mem::replace(&mut self.batch, RowBatch::new(self.columns)))?;
                    }
                }
                Parsed::Incomplete => {
                    self.batch.drop_row();
                    break;
                }
            }
        }
        self.buffer.drain(..start);
        self.checked -= start;
        if self.buffer.len() > self.max_row_bytes {
            return Err(self.too_long());
        }
        self.wanted = self.buffer.len() * 2;
        Ok(())
    }

    /// Ends the file, passes the last batch to `emit`, and returns the number of rows.
    ///
    /// # Errors
    /// `Damaged` if the file ends inside a row or lacks its header row; errors of `emit`.
    pub fn finish(mut self, emit: &mut dyn FnMut(RowBatch) -> Result<()>) -> Result<u64> {
        self.wanted = 0;
        self.push(&[], emit)?;
        let rest = std::mem::take(&mut self.buffer);
        let mut start = 0;
        while start < rest.len() {
            match self.parser.tail(&rest[start..], &mut self.batch).map_err(|error| error.at_line(self.line))? {
                Some(Parsed::Row { bytes, lines }) => {
                    self.end_row(bytes)?;
                    start += bytes;
                    self.line += lines;
                }
                Some(Parsed::Incomplete) | None => {
                    return Err(Error::damaged("dump file ends inside a row").at_line(self.line));
                }
            }
        }
        if !self.header_seen {
            return Err(Error::damaged("dump file has no header row").at_line(1));
        }
        if !self.batch.is_empty() {
            emit(self.batch)?;
        }
        Ok(self.rows)
    }

    fn end_row(&mut self, bytes: usize) -> Result<()> {
        if bytes > self.max_row_bytes {
            return Err(self.too_long());
        }
        self.batch.end_row(Position { dump_file: self.dump_file, line: self.line }.to_number());
        if self.header_seen {
            self.rows += 1;
            return Ok(());
        }
        self.parser.check_header(&self.batch).map_err(|error| error.at_line(self.line))?;
        self.header_seen = true;
        self.batch = RowBatch::new(self.columns);
        Ok(())
    }

    /// Checks the text of all complete lines. A row may extend past its last complete line, but a character cannot.
    fn check_text(&mut self) -> Result<()> {
        let fresh = &self.buffer[self.checked..];
        let complete = memchr::memrchr(b'\n', fresh).map_or(0, |at| at + 1);
        let sound = self.parser.sound_bytes(&fresh[..complete]);
        if sound < complete {
            let before = &self.buffer[..self.checked + sound];
            let line = self.line + memchr::memchr_iter(b'\n', before).count() as u64;
            return Err(Error::damaged("text is not UTF-8").at_line(line));
        }
        self.checked += complete;
        Ok(())
    }

    fn too_long(&self) -> Error {
        Error::damaged(format!("row is longer than {} bytes", self.max_row_bytes))
            .at_line(self.line)
            .hint("If the bundle is trusted, raise the limit with --max-row-bytes.")
    }
}
