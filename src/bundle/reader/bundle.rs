//! Reads a bundle of version 1, member by member.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::emit::Output;
use super::members::Members;
use super::source::Pieces;
use super::{BundleEnd, Item, Origin, ReadLimits, ReadOptions, TableEnd};
use crate::bundle::header;
use crate::bundle::layout::{self, MAX_DUMP_FILE, MemberName, printable};
use crate::bundle::tar::{Entry, TarReader};
use crate::error::{Error, Result};
use crate::model::batch::RowBatch;
use crate::model::manifest::Header;
use crate::rows::decode::BundleRows;
use crate::rows::reader::RowReader;
use crate::stream::digest::{Md5Tap, Tap};

/// How many members are searched for a header if the first one is not the header.
const LOOKED_AT: usize = 100_000;

/// Hint for a bundle that was unpacked and repacked.
const AS_WRITTEN: &str = "Use the tarball as the export wrote it: names and order of its members are checked.";

struct Walk<'a> {
    tar: TarReader<Pieces>,
    output: &'a Output,
    limits: &'a ReadLimits,
    header: Header,
    members: Members,
    tables: Vec<TableEnd>,
    files: u64,
    /// What the manifest says of rows that are missing.
    rejected: BTreeMap<String, u64>,
}

/// Reads a bundle and sends its items, including the end.
///
/// # Errors
/// Those of `reader::ItemStream::next`.
pub(super) fn read(pieces: Pieces, origin: &Origin, options: &ReadOptions, output: &Output) -> Result<()> {
    let mut tar = TarReader::new(pieces);
    let mut members = Members::default();
    let header = read_header(&mut tar, &mut members)?;
    output.send(Item::Header(Box::new(header.clone())))?;
    let tables = vec![TableEnd::default(); header.tables.len()];
    let mut walk =
        Walk { tar, output, limits: &options.limits, header, members, tables, files: 0, rejected: BTreeMap::new() };
    let mut before = layout::HEADER.to_owned();
    while let Some(entry) = walk.tar.next().map_err(|error| error.after_member(printable(&before)))? {
        if walk.member(&entry).map_err(|error| error.at_member(printable(&entry.name)))? {
            return walk.end(origin);
        }
        before = entry.name;
    }
    Err(Error::damaged("bundle has no manifest: it is incomplete"))
}

fn read_header(tar: &mut TarReader<Pieces>, members: &mut Members) -> Result<Header> {
    let entry = match tar.next()? {
        Some(entry) if entry.name == layout::HEADER && !entry.folder => entry,
        Some(entry) => return Err(no_bundle(tar, entry)),
        None => {
            return Err(Error::damaged("the archive is empty: it holds no bundle")
                .hint("Check that this is the right file; if it is, copy it again."));
        }
    };
    let mut read = |tar: &mut TarReader<Pieces>| {
        let content = read_whole(tar, entry.bytes, header::MAX_BYTES)?;
        let mut tap = Tap::default();
        tap.update(&content);
        members.begin(&entry.name)?;
        members.end(&entry.name, None, &tap.finish())?;
        header::parse(&content)
    };
    read(tar).map_err(|error| error.at_member(layout::HEADER))
}

/// Returns the error for an archive that does not begin like a bundle. In a repacked bundle, the header comes later.
fn no_bundle(tar: &mut TarReader<Pieces>, first: Entry) -> Error {
    let mut next = Some(first);
    for _ in 0..LOOKED_AT {
        let Some(entry) = next else { break };
        if let Some(folder) = entry.name.strip_suffix(layout::HEADER)
            && (folder.is_empty() || folder.ends_with('/'))
        {
            let what = if folder.is_empty() {
                "this bundle was repacked with its members in another order".to_owned()
            } else {
                format!("this bundle was repacked with the folder `{}` in front of its members", printable(folder))
            };
            return Error::damaged(what).hint(AS_WRITTEN);
        }
        // Damage further on does not change the verdict.
        next = tar.next().unwrap_or(None);
    }
    Error::damaged("bundle.json is not the first member: this is not a gapsync bundle")
        .hint("To read a tarball of SELECT … INTO OUTFILE files, use --dialect outfile.")
}

/// The content of the current member.
struct Content<'a>(&'a mut TarReader<Pieces>);

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.0.content().map_err(io::Error::other)?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.0.consume(count);
        Ok(count)
    }
}

fn check_size(bytes: u64, max_bytes: u64) -> Result<()> {
    if bytes <= max_bytes { Ok(()) } else { Err(Error::damaged(format!("member is larger than {max_bytes} bytes"))) }
}

fn read_whole(tar: &mut TarReader<Pieces>, bytes: u64, max_bytes: u64) -> Result<Vec<u8>> {
    check_size(bytes, max_bytes)?;
    let mut content = Vec::new();
    loop {
        let piece = tar.content()?;
        let count = piece.len();
        if count == 0 {
            return Ok(content);
        }
        content.extend_from_slice(piece);
        tar.consume(count);
    }
}

impl Walk<'_> {
    /// Reads a member. Returns `true` for the manifest.
    fn member(&mut self, entry: &Entry) -> Result<bool> {
        if entry.folder {
            return Err(Error::damaged("member is a folder: this bundle was repacked").hint(AS_WRITTEN));
        }
        layout::check_path(&entry.name)?;
        let Some(name) = MemberName::parse(&entry.name) else {
            return Err(Error::damaged("member that bundle.json does not announce"));
        };
        match name {
            MemberName::Header => Err(Error::damaged("member appears twice in the bundle")),
            MemberName::Manifest => {
                check_size(entry.bytes, self.members.max_manifest_bytes())?;
                let tables: Vec<&str> = self.header.tables.iter().map(|table| &*table.name).collect();
                self.rejected = self.members.check(Content(&mut self.tar), &tables)?;
                Ok(true)
            }
            MemberName::Dump { table, number } => {
                let announced = self.header.tables.iter().position(|announced| announced.name == table);
                let Some(table) = announced else {
                    return Err(Error::damaged("dump file of a table that bundle.json does not announce"));
                };
                self.dump(entry, table, number).map(|()| false)
            }
            MemberName::File { .. } if !self.header.files => {
                Err(Error::damaged("physical file, though bundle.json announces none"))
            }
            MemberName::File { path } => self.file(entry, path).map(|()| false),
        }
    }

    fn dump(&mut self, entry: &Entry, table: usize, number: u32) -> Result<()> {
        let before = self.tables[table].dump_files;
        if u64::from(number) <= before && number > 0 {
            return Err(Error::damaged("member appears twice in the bundle"));
        }
        if u64::from(number) != before + 1 {
            return Err(Error::damaged("dump files of the table are not numbered in order: one is missing"));
        }
        if number > MAX_DUMP_FILE {
            return Err(Error::damaged("table has too many dump files"));
        }
        let announced = &self.header.tables[table];
        let mut tap = Tap::default();
        let parser = BundleRows::new(&announced.columns);
        let mut rows = RowReader::new(parser, announced.columns.len(), number, self.limits.max_row_bytes);
        let mut left = announced.max_rows - self.tables[table].rows;
        let output = self.output;
        let mut emit = |batch: RowBatch| {
            left = left
                .checked_sub(batch.rows() as u64)
                .ok_or_else(|| Error::damaged("table has more rows than bundle.json announces"))?;
            output.rows(table, batch)
        };
        loop {
            let piece = self.tar.content()?;
            let count = piece.len();
            if count == 0 {
                break;
            }
            tap.update(piece);
            rows.push(piece, &mut emit)?;
            self.tar.consume(count);
        }
        let rows = rows.finish(&mut emit)?;
        self.members.end(&entry.name, Some(rows), &tap.finish())?;
        let counted = &mut self.tables[table];
        counted.rows += rows;
        counted.bytes += tap.bytes();
        counted.dump_files += 1;
        Ok(())
    }

    fn file(&mut self, entry: &Entry, path: &str) -> Result<()> {
        layout::check_path(path)?;
        self.members.begin(&entry.name)?;
        self.output.send(Item::FileStart { path: path.to_owned(), bytes: entry.bytes })?;
        let mut tap = Tap::default();
        // Platforms that store digests of their files store MD5; a snapshot needs none.
        let mut md5 = self.header.kind.is_none().then(Md5Tap::default);
        loop {
            let piece = self.tar.content()?;
            let count = piece.len();
            if count == 0 {
                break;
            }
            tap.update(piece);
            if let Some(md5) = &mut md5 {
                md5.update(piece);
            }
            self.output.send(Item::FileData(piece.to_vec()))?;
            self.tar.consume(count);
        }
        let seen = tap.finish();
        let md5 = md5.map(Md5Tap::finish_hex).unwrap_or_default();
        self.output.send(Item::FileEnd { md5, sha256: seen.sha256 })?;
        self.members.end(&entry.name, None, &seen)?;
        self.files += 1;
        Ok(())
    }

    fn end(mut self, origin: &Origin) -> Result<()> {
        if let Some(entry) = self.tar.next()? {
            return Err(Error::damaged("member after the manifest").at_member(printable(&entry.name)));
        }
        let (mark, codec, sidecar) = origin.finish(self.tar.into_inner())?;
        let end = BundleEnd {
            mark,
            codec,
            totals: self.members.totals(),
            tables: self.tables,
            files: self.files,
            rejected: self.rejected,
            sidecar,
            unknown_members: Vec::new(),
        };
        self.output.send(Item::End(Box::new(end)))
    }
}
