//! Cuts the bytes of a dump file into rows, whatever its dialect.

use crate::error::{Error, Result};
use crate::model::batch::{Position, RowBatch};

/// Memory at which a batch of rows is passed on.
const BATCH_BYTES: usize = 256 << 10;

/// Where a row ends.
pub enum Parsed {
    /// A row is there.
    Row {
        /// Bytes of the row with its line end.
        bytes: usize,
        /// Line feeds in them.
        lines: u64,
    },
    /// The bytes end before the row does.
    Incomplete,
}

/// A dialect of dump files.
pub trait ParseRow {
    /// Reads the row at the start of `data`, which is never empty, into the batch. What it leaves in the batch when the row
    /// is incomplete is dropped by the caller.
    ///
    /// # Errors
    /// `Damaged`, without a place.
    fn row(&mut self, data: &[u8], batch: &mut RowBatch) -> Result<Parsed>;

    /// How many bytes at the start of `data`, which ends with a line, are sound text.
    fn sound_bytes(&self, data: &[u8]) -> usize;

    /// Whether the first row of a file names the columns.
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
    /// What is not parsed yet; `checked` of its first bytes are sound text.
    buffer: Vec<u8>,
    checked: usize,
    /// Size of the buffer below which a row that was incomplete is not tried again, so that a long row costs a linear time.
    wanted: usize,
    line: u64,
    rows: u64,
    header_seen: bool,
    batch: RowBatch,
}

impl<P: ParseRow> RowReader<P> {
    /// Returns a reader of one dump file, `dump_file` being its number from 1, whose rows have so many columns and bytes at
    /// most.
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

    /// Takes the next piece; full batches go to `emit`.
    ///
    /// # Errors
    /// `Damaged` with the line; what `emit` returns.
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

    /// Ends the file; the last batch goes to `emit`. Returns its rows.
    ///
    /// # Errors
    /// `Damaged` when the file ends inside a row or lacks its header row; what `emit` returns.
    pub fn finish(mut self, emit: &mut dyn FnMut(RowBatch) -> Result<()>) -> Result<u64> {
        self.wanted = 0;
        self.push(&[], emit)?;
        if !self.buffer.is_empty() {
            return Err(Error::damaged("dump file ends inside a row").at_line(self.line));
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

    /// Checks the text of all complete lines. A row may go on after its last complete line, but a character cannot.
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
