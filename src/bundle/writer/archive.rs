//! Sends the members of a bundle through digest, tar and compressor.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Compression;
use super::FileOutcome;
use super::copy::{self, Content};
use super::file::{BundleFile, Early};
use crate::bundle::layout::{self, NameKey};
use crate::bundle::tar;
use crate::error::{Error, Result};
use crate::model::manifest::{BundleMark, Header, Member, Totals};
use crate::rows::dump::DumpFile;
use crate::stream::codec::Encoder;
use crate::stream::digest::{Md5Tap, Seen, Tap, TapHandle, Tapped};
use crate::stream::fail;
use crate::stream::spill::Spill;

const BUFFER_BYTES: usize = 1 << 20;

/// An archive that is being written.
pub(super) struct Archive {
    place: BundleFile,
    output: Encoder<BufWriter<Tapped<Early>>>,
    tap: TapHandle,
    header: Header,
    /// Rows and dump files by table.
    written: Vec<(u64, u32)>,
    paths: HashSet<NameKey>,
    /// The list of the manifest, as it will be there.
    members: Spill,
    totals: Totals,
}

/// Bytes of the list of members that are kept in memory.
const LIST_BYTES: usize = 4 << 20;

impl Archive {
    /// Creates the archive and writes the header.
    pub(super) fn start(place: BundleFile, compression: Compression, header: Header) -> Result<Self> {
        let Compression { codec, effort, threads } = compression;
        let (file, tap) = Tapped::new(place.open_file()?);
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let output = Encoder::with_effort(codec, effort, threads, file).ok_or_else(|| {
            Error::usage("bundles cannot be written with this compression").hint("Use gzip, zstd or none.")
        })?;
        let json = serde_json::to_vec_pretty(&header).map_err(|error| unwritable(error.into()))?;
        let written = vec![(0, 0); header.tables.len()];
        let members = Spill::new(&place.folder(), LIST_BYTES);
        let (paths, totals) = (HashSet::new(), Totals::default());
        let mut archive = Self { place, output, tap, header, written, paths, members, totals };
        archive.member(layout::HEADER, None, &json)?;
        fail::point("export.header");
        Ok(archive)
    }

    /// Adds a dump file.
    pub(super) fn dump_file(&mut self, table: usize, file: &DumpFile) -> Result<()> {
        let Some((announced, (rows, files))) = self.header.tables.get(table).zip(self.written.get_mut(table)) else {
            return Err(Error::internal("dump file of a table that the header does not announce"));
        };
        *rows += file.rows;
        *files += 1;
        if *rows > announced.max_rows || *files > layout::MAX_DUMP_FILE {
            return Err(Error::internal("more rows than the header announces").at_table(&announced.name));
        }
        let name = layout::dump_name(&announced.name, *files);
        self.member(&name, Some(file.rows), &file.content)?;
        fail::point("export.between");
        Ok(())
    }

    /// Adds a physical file.
    pub(super) fn file(&mut self, path: &str, source: &Path) -> Result<FileOutcome> {
        if !self.header.files || !self.paths.insert(layout::name_key(path)) {
            return Err(Error::internal("physical file that is not announced or was there before"));
        }
        let name = layout::file_name(path);
        let mut md5 = Md5Tap::default();
        let bytes = match copy::open(source)? {
            None => {
                self.paths.remove(&layout::name_key(path));
                return Ok(FileOutcome::Absent);
            }
            Some(Content::Small(content)) => {
                md5.update(&content);
                self.member(&name, None, &content)?;
                content.len() as u64
            }
            Some(Content::Large(mut large)) => {
                let (blocks, padding) = tar::member_header(&name, large.bytes());
                self.write(&blocks)?;
                let mut tap = Tap::default();
                while let Some(piece) = large.next_piece()? {
                    tap.update(piece);
                    md5.update(piece);
                    self.output.write_all(piece).map_err(|error| self.place.fault(CANNOT_WRITE, error))?;
                }
                self.write(&tar::END[..padding])?;
                self.note(&name, None, &tap.finish())?;
                large.bytes()
            }
        };
        Ok(FileOutcome::Written { bytes, md5: md5.finish_hex() })
    }

    /// Adds content from memory, whose SHA-256 is known, as a physical file. There may be very many, so it is up to the caller
    /// that each has a path of its own; a reader refuses a bundle in which two have the same.
    pub(super) fn part(&mut self, path: &str, content: &[u8], sha256: [u8; 32]) -> Result<()> {
        if !self.header.files {
            return Err(Error::internal("physical file that is not announced"));
        }
        let name = layout::file_name(path);
        let (blocks, padding) = tar::member_header(&name, content.len() as u64);
        self.write(&blocks)?;
        self.write(content)?;
        fail::point("export.member");
        self.write(&tar::END[..padding])?;
        self.note(&name, None, &Seen { sha256, bytes: content.len() as u64 })
    }

    /// Writes the manifest and the end, and publishes the bundle under its name. `rejected` are the rows that it lacks, by table.
    pub(super) fn finish(mut self, rejected: &BTreeMap<String, u64>) -> Result<BundleMark> {
        self.manifest(rejected)?;
        self.write(&tar::END)?;
        fail::point("export.manifest");
        let file = self.output.finish().and_then(|mut file| file.flush().map(|()| file));
        drop(file.map_err(|error| self.place.fault(CANNOT_WRITE, error))?);
        let seen = self.tap.tap().finish();
        let mark = BundleMark { name: self.place.name().to_owned(), sha256: seen.sha256_hex(), bytes: seen.bytes };
        self.place.publish(&mark.sha256)?;
        Ok(mark)
    }

    /// Writes the manifest, as [`Manifest`](crate::model::manifest::Manifest) reads it. Its list is never in memory as a whole.
    fn manifest(&mut self, rejected: &BTreeMap<String, u64>) -> Result<()> {
        let Self { members, totals, output, .. } = self;
        let totals = serde_json::to_string(totals).map_err(|error| unwritable(error.into()))?;
        let rejected = match rejected.is_empty() {
            true => String::new(),
            false => {
                let rejected = serde_json::to_string(rejected).map_err(|error| unwritable(error.into()))?;
                format!(",\"rejected\":{rejected}")
            }
        };
        let (begin, end) = ("{\"members\":[", format!("],\"totals\":{totals}{rejected}}}"));
        let size = begin.len() as u64 + members.bytes() + end.len() as u64;
        let (blocks, padding) = tar::member_header(layout::MANIFEST, size);
        let mut write = || {
            output.write_all(&blocks)?;
            output.write_all(begin.as_bytes())?;
            let copied = io::copy(&mut members.read(), output)?;
            if copied != members.bytes() {
                return Err(io::Error::other("the temporary list of the members is not what was written"));
            }
            output.write_all(end.as_bytes())?;
            output.write_all(&tar::END[..padding])
        };
        write().map_err(|error| self.place.fault(CANNOT_WRITE, error))
    }

    fn member(&mut self, name: &str, rows: Option<u64>, content: &[u8]) -> Result<()> {
        let (blocks, padding) = tar::member_header(name, content.len() as u64);
        self.write(&blocks)?;
        // Works in pieces, so that a piece is still in the CPU cache when it is written after being digested.
        let mut tap = Tap::default();
        for piece in content.chunks(BUFFER_BYTES) {
            tap.update(piece);
            self.write(piece)?;
        }
        fail::point("export.member");
        self.write(&tar::END[..padding])?;
        self.note(name, rows, &tap.finish())
    }

    fn note(&mut self, name: &str, rows: Option<u64>, seen: &Seen) -> Result<()> {
        let member = Member { name: name.to_owned(), rows, bytes: seen.bytes, sha256: seen.sha256_hex() };
        let mut line = if self.totals.members > 0 { b",".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut line, &member).map_err(|error| unwritable(error.into()))?;
        self.members.write_all(&line).map_err(|error| self.place.fault(CANNOT_KEEP, error))?;
        self.totals.members += 1;
        self.totals.rows += rows.unwrap_or(0);
        self.totals.bytes += seen.bytes;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).map_err(|error| self.place.fault(CANNOT_WRITE, error))
    }
}

const CANNOT_WRITE: &str = "the bundle cannot be written";
const CANNOT_KEEP: &str = "the list of the bundle's members cannot be kept in a temporary file";

fn unwritable(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::internal("header or manifest cannot be written as JSON").because(error)
}
